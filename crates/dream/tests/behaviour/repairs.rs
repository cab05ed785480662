//! What counts as having repaired a mistake, and what does not.

use serde_json::{Value, json};
use somnium_types::Status;

use crate::common::*;

/// Four sessions, each with a task and a day of its own.
fn four(of: impl Fn(Session, usize) -> Session) -> somnium_dream::Dreamt {
    dream(&sessions("s", 4, of))
}

/// The change, and (recovered, tried, of).
fn told(repair: Option<&somnium_dream::RepairSignature>) -> Option<(&str, &str, [u64; 3])> {
    repair.map(|repair| {
        (repair.tool.as_str(), repair.change.as_str(), [repair.recovered, repair.tried, repair.of])
    })
}

#[test]
fn the_same_call_again_repairs_what_passes_by_itself() {
    let input = |at: usize| json!({ "sensor": at });
    let dreamt = four(|session, at| {
        session.error("read_sensor", input(at), "the reading timed out").ok(
            "read_sensor",
            input(at),
            "21 degrees",
        )
    });
    assert_eq!(told(repair(&dreamt, "read_sensor")), Some(("read_sensor", "the same call again", [4, 4, 4])));
}

#[test]
fn the_same_call_again_is_no_advice_where_the_call_was_wrong() {
    let input = |at: usize| json!({ "sensor": at });
    let dreamt = four(|session, at| {
        let session = session.error("read_sensor", input(at), "invalid value for sensor in this house");
        session.ok("read_sensor", input(at), "21 degrees")
    });
    assert_eq!(repair(&dreamt, "read_sensor"), None);
}

#[test]
fn an_argument_that_was_added_is_named_with_its_usual_value() {
    let dreamt = four(|session, at| {
        session.error("sow", json!({ "bed": at }), "missing required argument for this bed").ok(
            "sow",
            json!({ "bed": at, "season": "spring" }),
            "sown",
        )
    });
    assert_eq!(told(repair(&dreamt, "sow")), Some(("sow", "add season → spring", [4, 4, 4])));
}

#[test]
fn a_value_of_each_session_s_own_is_not_a_rule() {
    let seasons = ["spring", "summer", "autumn", "winter"];
    let dreamt = four(|session, at| {
        session.error("sow", json!({ "bed": at }), "missing required argument for this bed").ok(
            "sow",
            json!({ "bed": at, "season": seasons[at] }),
            "sown",
        )
    });
    assert_eq!(told(repair(&dreamt, "sow")), Some(("sow", "add season", [4, 4, 4])));
}

#[test]
fn an_argument_that_was_dropped_is_named() {
    let dreamt = four(|session, at| {
        session.error("sow", json!({ "bed": at, "colour": "red" }), "unknown argument for this bed").ok(
            "sow",
            json!({ "bed": at }),
            "sown",
        )
    });
    assert_eq!(told(repair(&dreamt, "sow")), Some(("sow", "drop colour", [4, 4, 4])));
}

#[test]
fn an_argument_with_another_value_is_named_also_inside_lists() {
    let rows = |depth: usize| json!({ "rows": [{ "crop": "dill", "depth": depth }] });
    let dreamt = four(|session, at| {
        session.error("sow", rows(90 + at), "this seed lies too deep: invalid value").ok(
            "sow",
            rows(at),
            "sown",
        )
    });
    assert_eq!(told(repair(&dreamt, "sow")), Some(("sow", "change rows[].depth", [4, 4, 4])));
}

#[test]
fn a_flag_that_was_added_to_a_command_line_is_named() {
    let dreamt = four(|session, at| {
        session
            .shell(&format!("waterctl plan bed{at}"), 2, "waterctl: this plan needs a season, invalid input")
            .shell(&format!("waterctl plan --season=spring bed{at}"), 0, "planned")
    });
    assert_eq!(told(repair(&dreamt, "bash")), Some(("waterctl", "add --season", [4, 4, 4])));
}

#[test]
fn a_prerequisite_that_the_message_names_comes_first() {
    let input = |at: usize| json!({ "house": at });
    let dreamt = four(|session, at| {
        session
            .error("water", input(at), "the house is closed: call open_house first")
            .ok("open_house", json!({}), "open")
            .ok("water", input(at), "watered")
    });
    let first = "open_house first, then the same again";
    assert_eq!(told(repair(&dreamt, "water")), Some(("open_house", first, [4, 4, 4])));
}

#[test]
fn a_prerequisite_on_the_same_target_comes_first() {
    let file = |at: usize| json!({ "file_path": format!("/beds/Plan{at}.md") });
    let edit = |at: usize| {
        let mut edit = file(at);
        edit["old_string"] = "dill".into();
        edit["new_string"] = "cress".into();
        edit
    };
    let dreamt = four(|session, at| {
        session
            .error("Edit", edit(at), "File has not been read yet. Read it first.")
            .ok("Read", file(at), "dill")
            .ok("Edit", edit(at), "done")
    });
    assert_eq!(told(repair(&dreamt, "Edit")), Some(("Read", "Read first, then the same again", [4, 4, 4])));
}

#[test]
fn a_call_about_something_else_in_between_is_no_prerequisite() {
    let input = |at: usize| json!({ "house": at, "litres": 90 });
    let dreamt = four(|session, at| {
        session
            .error("water", input(at), "this is an invalid value for a house of this size")
            .ok("play_music", json!({ "song": "rain" }), "playing")
            .ok("water", json!({ "house": at, "litres": 20 }), "watered")
    });
    assert_eq!(told(repair(&dreamt, "water")), Some(("water", "change litres", [4, 4, 4])));
}

#[test]
fn another_program_stands_in_for_one_that_is_missing() {
    let dreamt = four(|session, at| {
        session.shell(&format!("file seed_{at}.bin"), 127, "bash: file: command not found").shell(
            &format!("xxd seed_{at}.bin"),
            0,
            "00000000: 7365 6564",
        )
    });
    assert_eq!(told(repair(&dreamt, "bash")), Some(("xxd", "→ xxd", [4, 4, 4])));
}

#[test]
fn a_program_on_something_else_does_not_stand_in() {
    let dreamt = four(|session, at| {
        session
            .shell(&format!("file seed_{at}.bin"), 127, "bash: file: command not found")
            .shell("uptime", 0, "up")
    });
    assert_eq!(repair(&dreamt, "bash"), None);
}

/// A script that fails in its code, then what comes `next`.
fn broken_script(next: impl Fn(Session, usize) -> Session) -> somnium_dream::Dreamt {
    four(|session, at| {
        let trace = "Traceback (most recent call last):\n  File \"water.py\", line 3\nNameError: name 'bed' is not defined";
        next(session.shell("python water.py", 1, trace), at)
    })
}

#[test]
fn reading_a_file_does_not_repair_its_code() {
    let dreamt = broken_script(|session, _| session.shell("cat water.py", 0, "print(bed)"));
    assert_no_repair(&dreamt);
    let dreamt = broken_script(|session, _| {
        session.shell("sed -n 1,3p water.py", 0, "print(bed)").shell("python water.py", 0, "")
    });
    assert_no_repair(&dreamt);
}

#[test]
fn the_edit_that_mends_code_is_not_what_to_do_next_time() {
    let edit = json!({ "file_path": "water.py", "old_string": "bed", "new_string": "beds" });
    let dreamt =
        broken_script(|session, _| session.ok("Edit", edit.clone(), "done").shell("python water.py", 0, ""));
    assert_no_repair(&dreamt);
}

/// Without a repair an error of the code being worked on is not worth a note.
fn assert_no_repair(dreamt: &somnium_dream::Dreamt) {
    assert!(!has_claim(dreamt, "bash"), "{:#?}", dreamt.report);
    let whys: Vec<_> = near_misses(dreamt, "python").iter().map(|miss| miss.why.clone()).collect();
    assert!(whys.iter().any(|why| why.contains("no repair stood out")), "{whys:?}");
}

#[test]
fn edits_before_the_tests_run_again_repair_no_test() {
    let edit =
        |at: usize| json!({ "file_path": "water.py", "old_string": "bed", "new_string": at.to_string() });
    let dreamt = four(|session, at| {
        session
            .shell("pytest -q tests", 1, "FAILED tests/test_water.py::test_bed - assert watering enough")
            .ok("Edit", edit(at), "done")
            .shell("pytest -q tests", 0, "3 passed")
    });
    assert_eq!(signature(claim(&dreamt, "bash")).class, "test-failure");
    assert_eq!(repair(&dreamt, "bash"), None);
}

#[test]
fn thinking_repairs_nothing() {
    let thought = "The bed may be under water already. Let me go over the plan of the whole house once more before I go on.";
    let input = |at: usize| json!({ "bed": format!("bed_{at}"), "litres": 90 });
    let dreamt = four(|session, at| {
        let session = session.error("water", input(at), "this is an invalid value for a bed of this size");
        let session = session.ok("think", json!({ "thought": thought }), "");
        session.ok("water", json!({ "bed": format!("bed_{at}"), "litres": 20 }), "watered")
    });
    assert_eq!(told(repair(&dreamt, "water")), Some(("water", "change litres", [4, 4, 4])));

    let dreamt = four(|session, at| {
        let session = session.error("water", input(at), "this is an invalid value for a bed of this size");
        session.ok("think", json!({ "thought": thought }), "")
    });
    assert_eq!(repair(&dreamt, "water"), None);
}

#[test]
fn a_short_thought_that_names_the_target_is_no_prerequisite() {
    let input = |at: usize, litres: usize| json!({ "bed": format!("bed_{at}"), "litres": litres });
    let dreamt = four(|session, at| {
        session
            .error("water", input(at, 90), "this is an invalid value for a bed of this size")
            .ok("think", json!({ "thought": format!("less for bed_{at} then") }), "")
            .ok("water", input(at, 20), "watered")
    });
    assert_eq!(told(repair(&dreamt, "water")), Some(("water", "change litres", [4, 4, 4])));
}

#[test]
fn prose_is_not_an_argument_that_was_wrong() {
    let text = |at: usize, tone: &str| {
        format!(
            "Dear gardener, bed {at} is dry again. {tone} send somebody with a can before noon, and tell us when it is done."
        )
    };
    let input = |at: usize, tone: &str, to: &str| -> Value { json!({ "to": to, "text": text(at, tone) }) };
    let dreamt = four(|session, at| {
        session
            .error("send_note", input(at, "Please", "crew"), "the recipient is an invalid value for notes")
            .ok("send_note", input(at, "Kindly", "gardeners"), "sent")
    });
    assert_eq!(told(repair(&dreamt, "send_note")), Some(("send_note", "change to → gardeners", [4, 4, 4])));
}

#[test]
fn what_was_tried_and_what_worked_is_counted() {
    // Failures: one each in 0, 1 and 2, two in 3, one in 4: six. Tried with another `litres` in 0, 1, 2 and once
    // in 3: four times. It worked in 0, 1 and 2: three times.
    let input = |at: usize, litres: usize| json!({ "bed": at, "litres": litres });
    let message = "this is an invalid value for a bed of this size";
    let dreamt = dream(&sessions("s", 5, |session, at| {
        let session = session.error("water", input(at, 90), message);
        match at {
            0..=2 => session.ok("water", input(at, 20), "watered"),
            3 => session.error("water", input(at, 80), message),
            _ => session.says("I give up"),
        }
    }));
    assert_eq!(told(repair(&dreamt, "water")), Some(("water", "change litres", [3, 4, 6])));
}

#[test]
fn a_repair_of_one_session_is_not_written() {
    let input = |at: usize, litres: usize| json!({ "bed": at, "litres": litres });
    let mended = |count: usize| {
        four(|session, at| {
            let session =
                session.error("water", input(at, 90), "this is an invalid value for a bed of this size");
            if at < count { session.ok("water", input(at, 20), "watered") } else { session }
        })
    };
    assert_eq!(repair(&mended(1), "water"), None);
    assert_eq!(told(repair(&mended(2), "water")), Some(("water", "change litres", [2, 2, 4])));
}

#[test]
fn what_comes_more_than_three_actions_later_is_not_the_repair() {
    let input = |at: usize, litres: usize| json!({ "bed": at, "litres": litres });
    let after = |others: usize| {
        four(|session, at| {
            let session =
                session.error("water", input(at, 90), "this is an invalid value for a bed of this size");
            let session =
                (0..others).fold(session, |session, at| session.ok("hum", json!({ "tune": at }), "hm"));
            session.ok("water", input(at, 20), "watered")
        })
    };
    assert!(repair(&after(2), "water").is_some());
    assert_eq!(repair(&after(3), "water"), None);
}

#[test]
fn another_thread_repairs_nothing() {
    let input = |at: usize, litres: usize| json!({ "bed": at, "litres": litres });
    let mut world = sessions("s", 4, |session, at| {
        session.error("water", input(at, 90), "this is an invalid value for a bed of this size").call(
            "water",
            input(at, 20),
            Status::Ok,
            None,
            "watered",
        )
    });
    assert!(repair(&dream(&world), "water").is_some());
    for event in world.iter_mut().flat_map(|session| &mut session.events[2..]) {
        event.thread = somnium_types::ThreadId(1);
    }
    assert_eq!(repair(&dream(&world), "water"), None);
}
