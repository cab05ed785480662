//! Silent mistakes: what failing sessions do otherwise than good ones of the same task.

use serde_json::json;
use somnium_dream::{Dreamt, FeatureKind, ReportedClaim, Signature, SilentFeature};
use somnium_types::Transcript;

use crate::common::*;

/// How a clerk works on an order.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Way {
    /// Looks the order up, refunds it to the card it was paid with, and sends a label.
    Right,
    /// Forgets the label.
    NoLabel,
    /// Refunds to the customer's other card.
    OtherCard,
    /// Cancels the order, too.
    Cancels,
    /// Gives the order to a person.
    HandsOff,
    /// Cancels where it should refund.
    CancelsInstead,
}

/// A session on the order of a task. Looking up is done in ways that have nothing to do with the outcome.
fn clerk(session: Session, task: usize, trial: usize, way: Way) -> Session {
    let order = format!("#W{task}001");
    let state = |status: &str| {
        let cards = json!([{"card_id": format!("card-{task}1")}]);
        json!({"order_id": order, "status": status, "carrier": "post", "customer_id": format!("c-{task}77"), "paid_with": cards})
            .to_string()
    };
    let cards = json!({"customer_id": format!("c-{task}77"), "cards": [format!("card-{task}1"), format!("card-{task}2")]});
    let mut session = session.user(&format!("Please send back what I ordered, order {order}.")).ok(
        "get_order",
        json!({"order_id": order}),
        &state("delivered"),
    );
    if trial.is_multiple_of(2) {
        session =
            session.ok("get_customer", json!({"customer_id": format!("c-{task}77")}), &cards.to_string());
    }
    if way == Way::HandsOff {
        let summary = "The customer wants to send something back and I cannot do that from here.";
        return session.ok("pass_to_colleague", json!({"summary": summary}), "passed on");
    }
    if way == Way::CancelsInstead {
        return session.ok("cancel_order", json!({"order_id": order}), &state("cancelled"));
    }
    let card = if way == Way::OtherCard { 2 } else { 1 };
    let refund = json!({"order_id": order, "card_id": format!("card-{task}{card}")});
    session = session.ok("refund_order", refund, &state("refunded"));
    if way == Way::Cancels {
        session = session.ok("cancel_order", json!({"order_id": order}), &state("cancelled"));
    }
    if way != Way::NoLabel {
        session = session.ok("send_label", json!({"order_id": order}), "label sent");
    }
    session
}

/// Eight tasks with four sessions each; one of each task, in odd tasks two, fails by working in `way`. Two
/// more sessions work on something that needs a cancellation, so that it is known what that does.
fn desk(way: Way) -> Vec<Transcript> {
    let mut sessions = Vec::new();
    for task in 1..=8_usize {
        for trial in 0..4 {
            let fails = trial < 1 + task % 2;
            let session = Session::new(format!("desk-{task}-{trial}")).task(format!("order {task}"));
            let session = clerk(session, task, trial, if fails { way } else { Way::Right });
            sessions.push(session.outcome(!fails).build());
        }
    }
    for task in 21..=22 {
        let session = Session::new(format!("cancel-{task}")).task(format!("order {task}"));
        sessions.push(clerk(session, task, 0, Way::CancelsInstead).outcome(true).build());
    }
    sessions
}

/// The silent mistakes of a dream, as they are reported.
fn claims(dreamt: &Dreamt) -> impl Iterator<Item = (&ReportedClaim, &SilentFeature)> {
    dreamt.report.claims.iter().filter_map(|claim| match &claim.signature {
        Signature::Mistake(mistake) => Some((claim, mistake.feature.as_ref()?)),
        _ => None,
    })
}

fn silent(dreamt: &Dreamt) -> Vec<&SilentFeature> {
    claims(dreamt).map(|(_, feature)| feature).collect()
}

fn first(dreamt: &Dreamt) -> &ReportedClaim {
    claims(dreamt).next().unwrap().0
}

fn only(way: Way) -> (Dreamt, Vec<Transcript>) {
    let sessions = desk(way);
    let dreamt = dream(&sessions);
    assert_eq!(silent(&dreamt).len(), 1, "{:#?}", dreamt.report);
    (dreamt, sessions)
}

#[track_caller]
fn assert_feature(dreamt: &Dreamt, kind: FeatureKind, tool: &str, argument: Option<&str>) {
    let feature = silent(dreamt)[0];
    assert_eq!((feature.kind, feature.tool.as_str(), feature.argument.as_deref()), (kind, tool, argument));
}

#[test]
fn a_call_that_failing_sessions_leave_out_is_missing() {
    let (dreamt, sessions) = only(Way::NoLabel);
    assert_feature(&dreamt, FeatureKind::MissingAction, "send_label", None);
    let claim = first(&dreamt);
    let outcome = claim.outcome.unwrap();
    assert_eq!((outcome.fail_with, outcome.with, outcome.fail_without, outcome.without), (12, 12, 0, 20));
    assert_eq!((claim.support.sessions, claim.support.tasks), (12, 8));
    assert_eq!(claim.title, "Do not leave out `send_label`");
    assert!(
        claim.text.contains("Of the runs that did so 12 of 12 failed, in 8 tasks; of the others 0 of 20"),
        "{}",
        claim.text
    );
    assert_evidence(&dreamt, &sessions);
    assert_eq!(foreign_words(&dreamt), Default::default());
}

#[test]
fn a_call_that_only_failing_sessions_make_is_one_too_many() {
    let (dreamt, _) = only(Way::Cancels);
    assert_feature(&dreamt, FeatureKind::ExtraAction, "cancel_order", None);
}

#[test]
fn a_value_from_elsewhere_is_a_wrong_argument_and_the_note_says_where_it_belongs() {
    let (dreamt, sessions) = only(Way::OtherCard);
    assert_feature(&dreamt, FeatureKind::WrongArgument, "refund_order", Some("card_id"));
    assert_eq!(silent(&dreamt)[0].detail.as_deref(), Some("get_order.paid_with[].card_id"));
    assert_eq!(first(&dreamt).title, "Take the `card_id` of `refund_order` from `get_order`");
    assert_evidence(&dreamt, &sessions);
}

#[test]
fn giving_up_is_an_early_hand_off() {
    let dreamt = dream(&desk(Way::HandsOff));
    let kinds: Vec<_> = silent(&dreamt).iter().map(|feature| (feature.kind, feature.tool.as_str())).collect();
    assert!(kinds.contains(&(FeatureKind::ExtraHandoff, "pass_to_colleague")), "{kinds:?}");
}

#[test]
fn another_tool_on_the_same_thing_is_said_once() {
    let dreamt = dream(&desk(Way::CancelsInstead));
    let wrong: Vec<_> = silent(&dreamt).into_iter().filter(|feature| feature.tool != "send_label").collect();
    assert_eq!(wrong.len(), 1, "{wrong:?}");
    assert_eq!((wrong[0].kind, wrong[0].tool.as_str()), (FeatureKind::WrongTool, "refund_order"));
    assert_eq!(wrong[0].detail.as_deref(), Some("cancel_order"));
}

#[test]
fn what_has_nothing_to_do_with_the_outcome_is_not_said() {
    // The label is left out in as many good sessions as failing ones: it is no mistake.
    let mut sessions = Vec::new();
    for task in 1..=8_usize {
        for trial in 0..4 {
            let session = Session::new(format!("desk-{task}-{trial}")).task(format!("order {task}"));
            let way = if (task + trial).is_multiple_of(2) { Way::NoLabel } else { Way::Right };
            sessions.push(clerk(session, task, trial, way).outcome(trial % 4 < 2).build());
        }
    }
    assert_eq!(silent(&dream(&sessions)), Vec::<&SilentFeature>::new());
}

#[test]
fn without_outcomes_nothing_is_silent() {
    let mut sessions = desk(Way::NoLabel);
    sessions.iter_mut().for_each(|session| session.outcome = None);
    assert!(silent(&dream(&sessions)).is_empty());
}

#[test]
fn the_order_of_sessions_changes_nothing() {
    let mut sessions = desk(Way::OtherCard);
    let forwards = bytes(&dream(&sessions));
    sessions.reverse();
    assert_eq!(bytes(&dream(&sessions)), forwards);
}

#[test]
fn of_tasks_that_nobody_solved_what_cannot_be_right_counts() {
    let mut sessions = desk(Way::NoLabel);
    // Two sessions a task, none good, which refund to different cards: one of the two is wrong.
    for task in 31..=36 {
        for trial in 0..2 {
            let session = Session::new(format!("unsolved-{task}-{trial}")).task(format!("order {task}"));
            let way = if trial == 0 { Way::Right } else { Way::OtherCard };
            sessions.push(clerk(session, task, trial, way).outcome(false).build());
        }
    }
    let dreamt = dream(&sessions);
    let wrong: Vec<_> =
        silent(&dreamt).into_iter().filter(|f| f.kind == FeatureKind::WrongArgument).collect();
    assert_eq!(wrong.len(), 1, "{:#?}", silent(&dreamt));
    assert_eq!((wrong[0].tool.as_str(), wrong[0].argument.as_deref()), ("refund_order", Some("card_id")));
}

#[test]
fn shuffled_outcomes_teach_nothing() {
    // The negative control: the same sessions, with the outcomes of each task dealt anew.
    let mut claims = 0;
    let mut chance = 1_u64;
    let mut draw = |below: usize| {
        chance = chance.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (chance >> 33) as usize % below
    };
    for _ in 0..20 {
        let mut sessions = desk(Way::NoLabel);
        for task in sessions[..32].chunks_mut(4) {
            for last in (1..task.len()).rev() {
                let other = draw(last + 1);
                let outcome = task[other].outcome.clone();
                task[other].outcome = std::mem::replace(&mut task[last].outcome, outcome);
            }
        }
        claims += silent(&dream(&sessions)).len();
    }
    assert!(claims <= 2, "{claims} claims in 20 dreams");
}

/// Twelve orders with four sessions each, of which a package heavier than 20 kg needs a courier. One session of each
/// heavy order forgets that, and fails.
fn parcels() -> Vec<Transcript> {
    let mut sessions = Vec::new();
    for task in 1..=12_usize {
        let weight = if task.is_multiple_of(2) { 22 + task } else { 4 + task };
        for trial in 0..4 {
            let order = format!("#P{task}001");
            let city = ["Oslo", "Bergen", "Moss"][task % 3];
            let answer = json!({"order_id": order, "weight_kg": weight, "city": city});
            let forgets = weight > 20 && trial == 0;
            let mut session = Session::new(format!("parcel-{task:02}-{trial}"))
                .task(format!("parcel {task}"))
                .user(&format!("Please ship {order}."))
                .ok("get_order", json!({"order_id": order}), &answer.to_string());
            if weight > 20 && !forgets {
                session = session.ok("book_courier", json!({"order_id": order}), "courier booked");
            }
            let session = session.ok("ship", json!({"order_id": order}), "on its way");
            sessions.push(session.outcome(!forgets).build());
        }
    }
    sessions
}

#[test]
fn a_note_says_when_something_is_called_for() {
    let sessions = parcels();
    let dreamt = dream(&sessions);
    assert_eq!(silent(&dreamt).len(), 1, "{:#?}", silent(&dreamt));
    assert_feature(&dreamt, FeatureKind::MissingAction, "book_courier", None);
    assert_eq!(silent(&dreamt)[0].detail.as_deref(), Some("get_order.weight_kg > 20"));
    assert_eq!(first(&dreamt).title, "Call `book_courier` when `weight_kg` of `get_order` is above 20");
    // Only heavy orders are counted: 6 that were forgotten, and 18 that were not.
    let outcome = first(&dreamt).outcome.unwrap();
    assert_eq!((outcome.fail_with, outcome.with, outcome.fail_without, outcome.without), (6, 6, 0, 18));
    assert_evidence(&dreamt, &sessions);
    assert_eq!(foreign_words(&dreamt), Default::default());
}

#[test]
fn a_fact_that_has_nothing_to_do_with_it_is_not_said() {
    // The same, where weights are dealt to orders whatever they need.
    let mut sessions = parcels();
    for (at, session) in sessions.iter_mut().enumerate() {
        for event in &mut session.events {
            if let somnium_types::Body::ToolResult(result) = &mut event.body {
                let weight = [31, 9, 12, 40, 7, 25, 18, 3, 28, 36, 11, 16][at / 4];
                let city = ["Oslo", "Bergen", "Moss"][at / 8 % 3];
                if result.text.contains("weight_kg") {
                    result.text = json!({"order_id": format!("#P{}001", at / 4 + 1), "weight_kg": weight, "city": city}).to_string();
                }
            }
        }
    }
    let dreamt = dream(&sessions);
    assert_feature(&dreamt, FeatureKind::MissingAction, "book_courier", None);
    assert_eq!(silent(&dreamt)[0].detail, None);
    assert_eq!(first(&dreamt).title, "Do not leave out `book_courier`");
}

#[test]
fn a_claim_is_looked_for_by_what_it_says_alone() {
    let dreamt = dream(&parcels());
    let claim = first(&dreamt);
    // Sessions that nobody judged, of a task that was never seen.
    let order = |weight: u32| {
        Session::new(format!("new-{weight}")).task("new").ok(
            "get_order",
            json!({"order_id": "#N1"}),
            &json!({"order_id": "#N1", "weight_kg": weight}).to_string(),
        )
    };
    let shows = |session: Session| {
        somnium_dream::eval::shows(claim, &somnium_dream::normalise(&session.build(), &Default::default()))
    };
    assert_eq!(shows(order(30)), Some(true));
    assert_eq!(shows(order(30).ok("book_courier", json!({"order_id": "#N1"}), "booked")), Some(false));
    assert_eq!(shows(order(10)), None);
}
