//! How sessions with a mistake ended, against those that could have made it and did not.

use serde_json::json;
use somnium_dream::OutcomeLift;
use somnium_types::Transcript;

use crate::common::*;

/// Ten sessions that call `water` and `prune`. Sessions 0, 1, 2 and 9 fail. `water` goes wrong in 0 to 3,
/// `prune` in those that fail.
fn ten(of: impl Fn(Session, usize) -> Session) -> Vec<Transcript> {
    sessions("judged", 10, |session, at| {
        let session = match at {
            0..=3 => session.error("water", json!({}), "the can has a hole again"),
            _ => session.ok("water", json!({}), "watered"),
        };
        let session = match at {
            0..=2 | 9 => session.error("prune", json!({}), "these shears are blunt today"),
            _ => session.ok("prune", json!({}), "pruned"),
        };
        of(session, at)
    })
}

fn fails(at: usize) -> bool {
    matches!(at, 0..=2 | 9)
}

const WATER: OutcomeLift = OutcomeLift {
    fail_with: 3,
    with: 4,
    fail_without: 1,
    without: 6,
    // (3 / 4) / (4 / 10)
    lift: 1.875,
    // Fisher: (C(4,3) C(6,1) + C(4,4)) / C(10,4) = 25 / 210 = 0.119; the larger of two tests keeps its p.
    q: 0.119,
};

const PRUNE: OutcomeLift = OutcomeLift {
    fail_with: 4,
    with: 4,
    fail_without: 0,
    without: 6,
    lift: 2.5,
    // Fisher: 1 / 210 = 0.0048; the smaller of two tests is doubled.
    q: 0.01,
};

#[test]
fn lift_and_significance_are_those_of_the_table() {
    let dreamt = dream(&ten(|session, at| session.outcome(!fails(at))));
    assert_eq!(claim(&dreamt, "water").outcome, Some(WATER));
    assert_eq!(claim(&dreamt, "prune").outcome, Some(PRUNE));
}

#[test]
fn without_outcomes_there_is_none_and_the_mistake_is_a_note_all_the_same() {
    let dreamt = dream(&ten(|session, _| session));
    assert_eq!(claim(&dreamt, "water").outcome, None);
    let json = serde_json::to_value(&dreamt.report).unwrap();
    assert!(json["claims"].as_array().unwrap().iter().all(|claim| claim["outcome"].is_null()));
    assert_eq!(claim(&dreamt, "water").state, somnium_dream::ClaimState::Note);
}

#[test]
fn sessions_that_nobody_judged_are_not_in_the_table() {
    let mut world = ten(|session, at| session.outcome(!fails(at)));
    world.extend(sessions("unjudged", 5, |session, _| session.ok("water", json!({}), "watered")));
    world.extend(sessions("unjudged-too", 3, |session, _| {
        session.error("water", json!({}), "the can has a hole again")
    }));
    let dreamt = dream(&world);
    assert_eq!(claim(&dreamt, "water").outcome, Some(WATER));
    assert_eq!(claim(&dreamt, "water").support.sessions, 7);
}

#[test]
fn only_sessions_that_called_the_tool_are_compared() {
    let mut world = ten(|session, at| session.outcome(!fails(at)));
    world.extend(sessions("others", 6, |session, at| {
        session.ok("sweep", json!({}), "swept").outcome(at % 2 == 0)
    }));
    assert_eq!(claim(&dream(&world), "water").outcome, Some(WATER));

    world.extend(sessions("more", 6, |session, _| session.ok("water", json!({}), "watered").outcome(true)));
    let outcome = claim(&dream(&world), "water").outcome.unwrap();
    assert_eq!((outcome.fail_without, outcome.without), (1, 12));
}

#[test]
fn only_sessions_of_the_same_project_are_compared() {
    let mut world = ten(|session, at| session.outcome(!fails(at)).project("east"));
    let elsewhere = |session: Session| session.ok("water", json!({}), "watered").outcome(false);
    world.extend(sessions("elsewhere", 6, |session, _| elsewhere(session).project("west")));
    assert_eq!(claim(&dream(&world), "water").outcome, Some(WATER));

    world.extend(sessions("here", 6, |session, _| elsewhere(session).project("east")));
    let outcome = claim(&dream(&world), "water").outcome.unwrap();
    assert_eq!((outcome.fail_without, outcome.without), (7, 12));
}
