//! The signature ladder: what counts as the same mistake.

use serde_json::json;

use crate::common::*;

/// Sessions in which `move_bed` answers what `message` makes of the session's number, without a repair.
fn failing(name: &str, count: usize, message: impl Fn(usize) -> String) -> Vec<somnium_types::Transcript> {
    sessions(name, count, |session, at| session.error("move_bed", json!({ "bed": at }), message(at)))
}

#[test]
fn a_message_with_a_ticket_a_date_and_a_path_is_one_template() {
    let message = |at: usize| {
        format!("ticket GRN-{}{at} in /srv/beds/{at}/plan.json is locked until 2026-04-{:02}", at * 7, at + 1)
    };
    let dreamt = dream(&failing("lock", 6, message));
    let claim = claim(&dreamt, "move_bed");
    assert_eq!(signature(claim).template.as_deref(), Some("ticket <*> in <*> is locked until <*>"));
    assert_eq!(claim.support.sessions, 6);
    assert_eq!(dreamt.report.claims.len(), 1, "the levels above say nothing more");
}

#[test]
fn words_that_differ_in_a_line_become_a_wildcard() {
    let crops = ["basil", "cress", "dill", "fennel"];
    let dreamt = dream(&failing("crop", 4, |at| format!("cannot sow {} here before the frost", crops[at])));
    assert_eq!(templates(&dreamt), [Some("cannot sow <*> here before the frost")]);
}

#[test]
fn different_messages_are_different_mistakes() {
    let message = |at: usize| match at % 2 {
        0 => format!("the valve of bed {at} is stuck"),
        _ => format!("nobody waters bed {at} on sundays"),
    };
    let dreamt = dream(&failing("two", 8, message));
    assert_eq!(
        templates(&dreamt),
        [Some("nobody waters bed <*> on sundays"), Some("the valve of bed <*> is stuck")]
    );
    assert!(dreamt.report.claims.iter().all(|claim| claim.support.sessions == 4));
}

#[test]
fn messages_that_share_most_words_but_not_their_subject_stay_apart() {
    let message = |at: usize| format!("{} of bed {at} is stuck again", ["valve", "hatch"][at % 2]);
    let dreamt = dream(&failing("subject", 8, message));
    assert_eq!(
        templates(&dreamt),
        [Some("hatch of bed <*> is stuck again"), Some("valve of bed <*> is stuck again")]
    );
}

#[test]
fn a_capital_makes_no_other_mistake() {
    let message = |at: usize| match at % 2 {
        0 => format!("Valve {at} Is Jammed"),
        _ => format!("valve {at} is jammed"),
    };
    let dreamt = dream(&failing("case", 4, message));
    let claim = claim(&dreamt, "move_bed");
    assert_eq!(claim.support.sessions, 4);
    assert_eq!(
        signature(claim).template.as_deref().map(str::to_lowercase).as_deref(),
        Some("valve <*> is jammed")
    );
}

/// Messages of one class without a word in common where it counts.
const MISSING: [&str; 6] = [
    "bed rosemary does not exist",
    "row twelve-a does not exist in the plan",
    "Unknown resource",
    "greenhouse east not found",
    "there is a gap: marigolds cannot find a place",
    "sage: doesn't exist any more, ask the gardener",
];

#[test]
fn without_a_common_message_the_class_is_published_if_a_repair_is_known() {
    let world = sessions("class", 6, |session, at| {
        session.error("find_bed", json!({ "name": format!("bed {at}"), "year": 2025 }), MISSING[at]).ok(
            "find_bed",
            json!({ "name": format!("bed {at}"), "year": 2026 }),
            "found",
        )
    });
    let dreamt = dream(&world);
    let claim = claim(&dreamt, "find_bed");
    assert_eq!((signature(claim).class.as_str(), signature(claim).template.as_deref()), ("not-found", None));
    assert_eq!(claim.support.sessions, 6);
    assert_eq!(repair(&dreamt, "find_bed").map(|repair| repair.change.as_str()), Some("change year"));
}

#[test]
fn a_class_without_a_repair_is_too_general_to_publish() {
    let world =
        sessions("vague", 6, |session, at| session.error("find_bed", json!({ "name": at }), MISSING[at]));
    let dreamt = dream(&world);
    assert_eq!(templates(&dreamt), [None::<&str>; 0]);
    let whys: Vec<_> = near_misses(&dreamt, "find_bed").iter().map(|miss| miss.why.as_str()).collect();
    assert!(whys.iter().any(|why| why.starts_with("too general")), "{whys:?}");
}

#[test]
fn a_message_of_many_tools_is_one_mistake_of_the_environment() {
    let tools = ["read_sensor", "open_valve", "move_bed"];
    let world = sessions("busy", 6, |session, at| {
        session.error(tools[at % 3], json!({}), format!("HTTP 429 Too Many Requests (request {at})"))
    });
    let dreamt = dream(&world);
    let claim = claim(&dreamt, "*");
    assert_eq!((claim.support.sessions, signature(claim).class.as_str()), (6, "rate-limited"));
    assert_eq!(dreamt.report.claims.len(), 1, "not once more by tool");
}

#[test]
fn a_number_of_three_digits_is_not_the_status_of_a_web_server() {
    let numbers = [401, 403, 404, 409, 429, 502, 503, 504];
    let dreamt = dream(&failing("number", 8, |at| format!("bed {} is frozen over", numbers[at])));
    assert_eq!(templates(&dreamt), [Some("bed <*> is frozen over")]);
    assert_eq!(claim(&dreamt, "move_bed").support.sessions, 8);
}

#[test]
fn the_status_of_a_web_server_is_its_class() {
    for (line, class) in [
        ("HTTP 429 Too Many Requests", "rate-limited"),
        ("request failed with status code 503", "network"),
        ("HTTP/1.1 404 Not Found", "not-found"),
        ("server answered 401 Unauthorized", "authentication"),
    ] {
        let world = failing("web", 4, |_| line.to_owned());
        assert_eq!(signature(claim(&dream(&world), "move_bed")).class, class, "{line}");
    }
}

#[test]
fn a_value_that_varies_is_not_told_as_if_it_were_constant() {
    // In the first five sessions it is bed 1, in the others another one.
    let dreamt =
        dream(&failing("first", 9, |at| format!("bed {} is frozen over", if at < 5 { 1 } else { at })));
    let found = claim(&dreamt, "move_bed");
    assert!(!found.title.contains("bed 1 is frozen over"), "{}", found.title);
}

#[test]
fn a_value_that_never_varies_may_be_told() {
    let dreamt = dream(&failing("same", 4, |_| "bed 12b is frozen over".to_owned()));
    let found = claim(&dreamt, "move_bed");
    assert_eq!(signature(found).template.as_deref(), Some("bed <*> is frozen over"));
    assert!(found.title.contains("is frozen over”"), "{}", found.title);
}
