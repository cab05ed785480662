//! Whether there is enough repetition to learn from.

use serde_json::json;
use somnium_dream::{Verdict, VerdictKind};
use somnium_types::{Transcript, sha256};

use crate::common::*;

/// A number below `bound` that depends on nothing but its arguments.
fn dice(seed: usize, session: usize, step: usize, bound: usize) -> usize {
    let digest = sha256(format!("{seed} {session} {step}").as_bytes());
    usize::from(u16::from_le_bytes([digest[0], digest[1]])) % bound
}

/// `count` sessions of 24 steps, each step by `tool(session, step, the step before)`.
fn walks(count: usize, tool: impl Fn(usize, usize, usize) -> usize) -> Vec<Transcript> {
    sessions("walk", count, |session, at| {
        let mut last = 0;
        (0..24).fold(session, |session, step| {
            last = tool(at, step, last);
            session.ok(&format!("tool_{last}"), json!({ "n": step }), "done")
        })
    })
}

fn verdict(world: &[Transcript]) -> Verdict {
    dream(world).report.verdict
}

#[test]
fn random_walks_have_too_little_repetition_whatever_the_number_of_tools() {
    for seed in 0..3 {
        for tools in [6, 12, 40] {
            let verdict = verdict(&walks(40, |session, step, _| dice(seed, session, step, tools)));
            assert_eq!(verdict.kind, VerdictKind::TooLittleRepetition, "{tools} tools: {verdict:?}");
            assert!(verdict.recurring.unwrap() < 0.10, "{tools} tools: {verdict:?}");
            assert!(verdict.text.unwrap().contains("dreaming will not help it much"));
        }
    }
}

#[test]
fn sessions_that_are_all_different_have_none() {
    let verdict = verdict(&walks(30, |session, step, _| session * 100 + step));
    assert_eq!((verdict.kind, verdict.recurring), (VerdictKind::TooLittleRepetition, Some(0.0)));
    assert!(verdict.text.unwrap().starts_with("0% of segments recur"));
}

#[test]
fn a_procedure_that_sessions_share_is_repetition() {
    // A third of each session is the same eight steps in order, the rest is chance.
    let shared = |session: usize, step: usize, _: usize| match step {
        8..16 => 100 + step,
        _ => dice(1, session, step, 12),
    };
    let verdict = verdict(&walks(40, shared));
    assert_eq!((verdict.kind, verdict.text), (VerdictKind::Repetitive, None));
    assert!(verdict.recurring.unwrap() > 0.2, "{:?}", verdict.recurring);
}

#[test]
fn what_notes_come_out_of_is_worth_dreaming_of_whatever_the_order_of_steps() {
    let walk = |session: usize, step: usize, _: usize| dice(1, session, step, 12);
    let mut world = walks(40, walk);
    assert_eq!(verdict(&world).kind, VerdictKind::TooLittleRepetition);
    world.extend(sessions("stuck", 6, |session, at| {
        let tools = ["open_valve", "sow", "prune"].iter();
        tools.fold(session, |session, tool| {
            session.error(tool, json!({}), format!("{tool} is jammed")).ok(
                &format!("t{at}"),
                json!({}),
                "done",
            )
        })
    }));
    assert_eq!(verdict(&world).kind, VerdictKind::Repetitive);
}

#[test]
fn one_tool_says_nothing_and_few_sessions_neither() {
    assert_eq!(verdict(&walks(40, |_, _, _| 0)).kind, VerdictKind::Unknown);
    assert_eq!(
        verdict(&walks(5, |session, step, _| dice(1, session, step, 9))).kind,
        VerdictKind::TooFewSessions
    );
    assert_eq!(verdict(&[]).kind, VerdictKind::TooFewSessions);
}
