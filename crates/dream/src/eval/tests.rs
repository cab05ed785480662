use somnium_types::{Actor, ClaimId, Origin, Outcome, OutcomeSource};

use super::*;
use crate::normalise::{Class, Failure, Span, Step, Turn};
use crate::report::*;

fn step(call: u32, tool: &str, fails: Option<&str>) -> Step {
    let failure = fails.map(|line| Failure {
        class: Class::NotFound,
        message: Class::NotFound,
        line: line.to_owned(),
        masked: crate::normalise::mask(line),
        span: Span { event: call, start: 0, end: 0, sha256: somnium_types::sha256_hex(b"") },
        external: false,
    });
    Step { ok: failure.is_none(), failure: failure.map(Box::new), ..crate::eval::session::blank(call, tool) }
}

fn session(id: &str, steps: Vec<Step>, success: Option<bool>) -> Normalised {
    let outcome = success.map(|success| Outcome::new(success, OutcomeSource::Reward));
    crate::eval::session::of_steps(id, steps, outcome)
}

fn claim(id: &str, kind: ClaimKind, signature: Signature) -> ReportedClaim {
    ReportedClaim {
        id: ClaimId::from(id),
        kind,
        state: ClaimState::Note,
        why: None,
        scope: Scope::Agent,
        title: id.to_owned(),
        text: String::new(),
        path: "/notes/x.md".to_owned(),
        support: Support::default(),
        health: Health::default(),
        outcome: None,
        signature,
        evidence: Vec::new(),
    }
}

fn mistake(tool: &str, template: &str) -> Signature {
    Signature::Mistake(MistakeSignature {
        tool: tool.to_owned(),
        program: None,
        class: "not-found".to_owned(),
        template: Some(template.to_owned()),
        silent: false,
        feature: None,
        repair: None,
        occurrences: 3,
        blame: Blame::Agent,
        wasted: Wasted::default(),
    })
}

fn workflow(tools: &[&str]) -> Signature {
    let step = |tool: &&str| WorkflowStep { tool: (*tool).to_owned(), ..WorkflowStep::default() };
    Signature::Workflow(WorkflowSignature {
        steps: tools.iter().map(step).collect(),
        ..WorkflowSignature::default()
    })
}

#[test]
fn a_mistake_is_seen_again_where_its_tool_says_the_same() {
    let claims = [
        claim("m-1", ClaimKind::Mistake, mistake("open", "part <*> not found")),
        claim("m-2", ClaimKind::Mistake, mistake("shut", "part <*> not found")),
        claim("m-3", ClaimKind::Mistake, mistake("*", "part <*> not found")),
    ];
    let bad =
        session("a", vec![step(0, "open", Some("Part 17 not found")), step(2, "shut", None)], Some(false));
    let other = session("b", vec![step(0, "open", Some("key 17 not found"))], Some(true));
    let fate = evaluate(&claims, &[&bad, &other]);
    let seen: Vec<(u64, u64)> =
        fate.claims.iter().map(|claim| (claim.sessions.n, claim.sessions.of)).collect();
    assert_eq!(seen, [(1, 2), (0, 1), (1, 2)]);
    assert_eq!((fate.recurrence.n, fate.recurrence.of), (2, 3));
    assert_eq!((fate.coverage.failing_steps.n, fate.coverage.failing_steps.of), (1, 2));
    assert_eq!((fate.coverage.failed_sessions.n, fate.coverage.failed_sessions.of), (1, 1));
    let outcome = fate.claims[0].outcome.unwrap();
    assert_eq!((outcome.fail_with, outcome.with, outcome.fail_without, outcome.without), (1, 1, 0, 1));
    assert!((outcome.lift - 2.0).abs() < 1e-9);
    assert_eq!(fate.claims[1].outcome, None, "never seen: no outcome");
}

#[test]
fn a_workflow_is_followed_in_order_with_one_step_between_and_not_across_requests() {
    let claims = [claim("w-1", ClaimKind::Workflow, workflow(&["look", "change", "check"]))];
    let of = |tools: &[&str]| {
        let steps = tools.iter().enumerate().map(|(at, tool)| step(2 * at as u32, tool, None)).collect();
        evaluate(&claims, &[&session("a", steps, None)]).claims[0].times
    };
    assert_eq!(of(&["look", "change", "check"]), 1);
    assert_eq!(of(&["look", "look", "think", "change", "check"]), 1);
    assert_eq!(of(&["look", "think", "talk", "change", "check"]), 0, "two steps between");
    assert_eq!(of(&["change", "look", "check"]), 0);
}

#[test]
fn the_order_of_sessions_changes_nothing() {
    let claims = [claim("m-1", ClaimKind::Mistake, mistake("open", "part <*> not found"))];
    let a = session("a", vec![step(0, "open", Some("part 1 not found"))], Some(false));
    let b = session("b", vec![step(0, "open", None)], Some(true));
    assert_eq!(evaluate(&claims, &[&a, &b]), evaluate(&claims, &[&b, &a]));
}

/// A session in which a person says something, and an agent asks or does not, between two steps.
fn talk(id: &str, said: &str, asks: bool) -> Normalised {
    let mut session =
        session(id, vec![step(0, "look", None), step(6, "change", None), step(8, "check", None)], None);
    let turn = |event: u32, by: Actor, text: &str, asks: bool| Turn {
        event,
        thread: 0,
        by,
        origin: if by == Actor::User { Origin::Owner } else { Origin::Agent },
        principal: None,
        clauses: vec![crate::evidence::quote(event, text, 0..text.len())],
        asks,
        pasted: Vec::new(),
        is_document: false,
        figures: Vec::new(),
    };
    session.turns = vec![turn(2, Actor::Agent, "Done so far", asks), turn(4, Actor::User, said, false)];
    session
}

#[test]
fn an_answer_goes_on_with_the_work_and_a_request_starts_anew() {
    let claims = [claim("w-1", ClaimKind::Workflow, workflow(&["look", "change", "check"]))];
    let times = |asks| evaluate(&claims, &[&talk("a", "yes, the second one", asks)]).claims[0].times;
    assert_eq!(times(true), 1);
    assert_eq!(times(false), 0);
    let asking = [claim("w-2", ClaimKind::Workflow, workflow(&["look", ASK_STEP, "change"]))];
    assert_eq!(evaluate(&asking, &[&talk("a", "yes, the second one", true)]).claims[0].times, 1);
}

#[test]
fn a_preference_is_seen_where_the_same_is_asked_for_again() {
    let signature = Signature::Preference(PreferenceSignature {
        situation: String::new(),
        attribute: "manner".to_owned(),
        value: "always write the changelog entry before the release".to_owned(),
        principals: 3,
        sessions: 3,
        dissent: Vec::new(),
        given_up: Vec::new(),
    });
    let claims = [claim("p-1", ClaimKind::Preference, signature)];
    let again = talk("a", "Please always write a changelog entry before each release.", false);
    let other = talk("b", "Please always run the slow tests.", false);
    let fate = &evaluate(&claims, &[&again, &other]).claims[0];
    assert!(fate.checked);
    assert_eq!((fate.sessions.n, fate.sessions.of), (1, 2));
}
