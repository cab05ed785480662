//! Which steps failed, and as what.

use serde_json::{Value, json};
use somnium_dream::{Class, Normalised, Options, normalise};
use somnium_types::{Status, ThreadId};

use crate::common::*;

fn normalised(session: Session) -> Normalised {
    normalise(&session.build(), &Options::default())
}

/// The class and the line of each step that failed, by the number of the step.
fn failures(session: Session) -> Vec<(usize, Class, String)> {
    let steps = normalised(session).steps.into_iter().enumerate();
    steps.filter_map(|(at, step)| step.failure.map(|failure| (at, failure.class, failure.line))).collect()
}

fn one(session: Session) -> Option<(Class, String)> {
    let mut all = failures(session);
    assert!(all.len() < 2, "{all:?}");
    all.pop().map(|(_, class, line)| (class, line))
}

fn found(class: Class, line: &str) -> Option<(Class, String)> {
    Some((class, line.to_owned()))
}

fn new() -> Session {
    Session::new("s")
}

/// A call whose answer the source does not judge.
fn unknown(tool: &str, input: Value, text: &str) -> Option<(Class, String)> {
    one(new().call(tool, input, Status::Unknown, None, text))
}

#[test]
fn a_search_that_finds_nothing_has_not_failed() {
    for line in
        ["grep -rn dill beds", "rg dill", "diff a b", "cd beds && grep dill plan.md", "test -f plan.md"]
    {
        assert_eq!(one(new().shell(line, 1, "")), None, "{line}");
    }
    assert_eq!(one(new().shell("diff a b", 1, "< dill\n> cress\n")), None);
    assert!(one(new().shell("grep dill nowhere", 2, "grep: nowhere: No such file or directory")).is_some());
    assert!(one(new().shell("waterctl plan", 1, "")).is_some(), "the control: another program");
}

#[test]
fn a_success_is_believed_whatever_the_text_says() {
    let text = "Error: this is the text of a manual about errors\nTraceback (most recent call last):";
    assert_eq!(one(new().ok("read_page", json!({}), text)), None);
    assert_eq!(one(new().shell("cat manual.txt", 0, text)), None);
    assert!(unknown("read_page", json!({}), text).is_some(), "the control: nobody says that it is one");
}

#[test]
fn an_exit_status_counts_even_beside_a_mark_of_success() {
    let session = new().call("Bash", json!({ "command": "waterctl" }), Status::Ok, Some(2), "no water");
    assert_eq!(one(session), found(Class::Other, "no water"));
}

#[test]
fn an_answer_that_nobody_judged_is_read_at_its_start_only() {
    for text in [
        "Error: no such bed",
        "ERROR no such bed",
        "Exception: no such bed",
        "fatal: no such bed",
        "HTTP 404 no such bed",
    ] {
        assert!(unknown("find_bed", json!({}), text).is_some(), "{text}");
    }
    for text in ["The manual says:\nError: no such bed", "errorless work", "no errors", "Found 3 beds", ""] {
        assert_eq!(unknown("find_bed", json!({}), text), None, "{text}");
    }
}

#[test]
fn an_answer_in_json_is_read_for_its_error() {
    for (text, line) in [
        (r#"{"error": "bed 7 does not exist"}"#, "bed 7 does not exist"),
        (r#"{"error": {"code": 404, "message": "bed 7 does not exist"}}"#, "bed 7 does not exist"),
        (r#"{"success": false, "reason": "bed 7 does not exist"}"#, "bed 7 does not exist"),
        (r#"{"status": "error", "detail": "bed 7 does not exist"}"#, "bed 7 does not exist"),
    ] {
        assert_eq!(unknown("find_bed", json!({}), text), found(Class::NotFound, line), "{text}");
    }
    for text in [r#"{"beds": [], "note": "error"}"#, r#"{"success": true}"#, r#"{"beds": 3, "error": null}"#]
    {
        assert_eq!(unknown("find_bed", json!({}), text), None, "{text}");
    }
}

#[test]
fn an_empty_error_field_is_no_error() {
    for text in [
        r#"{"error": null, "beds": 3}"#,
        r#"{"error": false}"#,
        r#"{"errors": [], "beds": 3}"#,
        r#"{"error": ""}"#,
    ] {
        assert_eq!(unknown("find_bed", json!({}), text), None, "{text}");
    }
}

#[test]
fn a_traceback_is_told_by_its_last_line() {
    let text = "watering\nTraceback (most recent call last):\n  File \"water.py\", line 3, in <module>\n    bed.water()\nKeyError: 'north'\n";
    let input = json!({ "command": "python water.py" });
    assert_eq!(unknown("Bash", input, text), found(Class::BadValue, "KeyError: 'north'"));
    assert_eq!(unknown("read_page", json!({}), text), None, "the control: a page that holds one");
}

#[test]
fn a_refusal_and_an_interruption_are_not_errors_of_the_tool() {
    let refused =
        new().call("Bash", json!({ "command": "rm -r beds" }), Status::Denied, None, "not that one");
    assert_eq!(one(refused), found(Class::Denied, "not that one"));
    let stopped = new().call("Bash", json!({ "command": "sleep 900" }), Status::Interrupted, None, "stopped");
    assert_eq!(one(stopped), found(Class::Interrupted, "stopped"));
}

#[test]
fn the_same_call_with_the_same_answer_three_times_in_five_is_a_failure() {
    let ask = |session: Session, answer: &str| session.ok("read_sensor", json!({ "sensor": 1 }), answer);
    let other = |session: Session, at: usize| session.ok("look", json!({ "at": at }), "fine");

    let in_a_row = ask(ask(ask(new(), "21"), "21"), "21");
    assert_eq!(
        failures(in_a_row).iter().map(|(at, class, _)| (*at, *class)).collect::<Vec<_>>(),
        [(2, Class::RepeatedCall)]
    );
    let spread = ask(other(ask(other(ask(new(), "21"), 0), "21"), 1), "21");
    assert_eq!(failures(spread).iter().map(|(at, ..)| *at).collect::<Vec<_>>(), [4]);

    let too_far = ask(other(other(ask(other(ask(new(), "21"), 0), "21"), 1), 2), "21");
    assert_eq!(failures(too_far), []);
    assert_eq!(failures(ask(ask(new(), "21"), "21")), [], "twice is not three times");
    assert_eq!(failures(ask(ask(ask(new(), "21"), "22"), "23")), [], "an answer that changes is waited for");
    let mut transcript = ask(ask(ask(new(), "21"), "21"), "21").build();
    for (at, event) in transcript.events.iter_mut().enumerate() {
        event.thread = ThreadId(u32::try_from(at / 2).unwrap());
    }
    let steps = normalise(&transcript, &Options::default()).steps;
    assert!(steps.iter().all(|step| step.ok), "three sub-agents each ask once");
}

#[test]
fn work_that_is_thrown_away_is_undone() {
    for line in [
        "git checkout -- beds.md",
        "git reset --hard HEAD~1",
        "git restore beds.md",
        "cd x && git revert HEAD",
    ] {
        assert_eq!(one(new().shell(line, 0, "")).map(|found| found.0), Some(Class::Undone), "{line}");
    }
    for line in ["git checkout main", "git restore --staged beds.md", "git reset beds.md", "git log"] {
        assert_eq!(one(new().shell(line, 0, "")), None, "{line}");
    }
}

#[test]
fn an_edit_that_restores_what_an_edit_replaced_is_undone() {
    let edit =
        |file: &str, from: &str, to: &str| json!({ "file_path": file, "old_string": from, "new_string": to });
    let session = new().ok("Edit", edit("a.md", "dill", "cress"), "done");
    let back = session.clone().ok("Edit", edit("a.md", "cress", "dill"), "done");
    assert_eq!(
        failures(back).iter().map(|(at, class, _)| (*at, *class)).collect::<Vec<_>>(),
        [(1, Class::Undone)]
    );
    for other in [edit("b.md", "cress", "dill"), edit("a.md", "cress", "sage")] {
        assert_eq!(failures(session.clone().ok("Edit", other, "done")), []);
    }
}

#[test]
fn a_person_s_correction_counts_against_the_step_before_it() {
    let work = |session: Session| session.ok("look", json!({}), "fine").ok("sow", json!({}), "sown");
    for words in [
        "No, that's wrong: bed 3",
        "that is not what I asked for",
        "You forgot the second row",
        "please undo that",
    ] {
        let found = failures(work(new()).user(words));
        assert_eq!(found, [(1, Class::Corrected, words.to_owned())]);
    }
    for words in ["Thanks, that's right", "Now water bed 4", "What is wrong with bed 4?", "no rush"] {
        assert_eq!(failures(work(new()).user(words)), [], "{words}");
    }
    assert_eq!(failures(new().user("That's wrong")), [], "there was nothing to correct");
}

#[test]
fn a_grader_s_objection_is_a_failure_of_its_own() {
    let graded = |verdict: &str| one(new().ok("sow", json!({}), "sown").grade(verdict));
    assert_eq!(graded("needs_revision: bed 3 is empty"), found(Class::CriterionUnmet, "bed 3 is empty"));
    assert_eq!(graded("failed: bed 3 is empty"), found(Class::CriterionUnmet, "bed 3 is empty"));
    for verdict in ["satisfied: all beds are full", "needs_revision", "needs_revision: ", "bed 3: empty"] {
        assert_eq!(graded(verdict), None, "{verdict}");
    }
}

#[test]
fn an_objection_that_recurs_becomes_a_note() {
    let world = sessions("graded", 3, |session, at| {
        session
            .ok("sow", json!({}), "sown")
            .grade(&format!("needs_revision: the label of bed {at} lacks a date"))
    });
    let dreamt = dream(&world);
    let found = claim(&dreamt, "grader");
    assert_eq!(signature(found).class, "criterion-unmet");
    assert_eq!(signature(found).template.as_deref(), Some("the label of bed <*> lacks a date"));
    assert_eq!(signature(found).repair, None);
    assert_evidence(&dreamt, &world);
}

#[test]
fn refusals_that_recur_become_a_note_about_the_tool() {
    let world = sessions("refused", 3, |session, at| {
        session.call("Delete", json!({ "bed": at }), Status::Denied, None, format!("no, not bed {at}"))
    });
    let found = dream(&world);
    assert_eq!(signature(claim(&found, "Delete")).class, "denied-by-person");
    assert_eq!(repair(&found, "Delete"), None);
}

#[test]
fn a_call_without_an_answer_neither_failed_nor_succeeded() {
    let mut transcript = new().ok("sow", json!({}), "sown").build();
    transcript.events.pop();
    let steps = normalise(&transcript, &Options::default()).steps;
    assert_eq!(steps.len(), 1);
    assert!(!steps[0].ok && steps[0].failure.is_none() && steps[0].result.is_none());
}
