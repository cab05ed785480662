//! Silent mistakes in what all good sessions of a task have in common: order, look-ups, figures that the user is told.

use serde_json::json;
use somnium_dream::eval::shows;
use somnium_dream::{Dreamt, FeatureKind, Options, ReportedClaim, Signature, SilentFeature, normalise};
use somnium_types::Transcript;

use crate::common::*;

/// How a warehouse works on a crate.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Way {
    /// Looks it up, weighs it, checks its lock, loads it, and names the fee.
    Right,
    /// Loads it before it is weighed.
    WeighsLate,
    /// Never looks at the lock.
    NoLook,
    /// Does not name the fee.
    Silent,
}

fn warehouse(name: String, task: usize, way: Way) -> Session {
    let id = format!("crate-{task}7");
    let on = || json!({ "crate_id": id });
    let fee = 100 + 7 * task;
    let found = json!({"crate_id": id, "fee": fee, "rows": 3}).to_string();
    let mut session = Session::new(name)
        .task(format!("crate {task}"))
        .user(&format!("Please load {id}."))
        .ok("get_crate", on(), &found);
    if way != Way::NoLook {
        session = session.ok("check_lock", on(), "the lock is fine");
    }
    session = match way {
        Way::WeighsLate => {
            session.ok("load_crate", on(), "loaded").ok("weigh_crate", on(), "weighed and noted")
        }
        _ => session.ok("weigh_crate", on(), "weighed and noted").ok("load_crate", on(), "loaded"),
    };
    match way {
        Way::Silent => session.says("It is on board now."),
        _ => session.says(&format!("It is on board now. That makes {fee} euros.")),
    }
}

/// Eight tasks with four sessions each; one or two of each fail by working in `way`.
fn warehouses(way: Way) -> Vec<Transcript> {
    let mut sessions = Vec::new();
    for task in 1..=8_usize {
        for trial in 0..4 {
            let fails = trial < 1 + task % 2;
            let session =
                warehouse(format!("crate-{task}-{trial}"), task, if fails { way } else { Way::Right });
            sessions.push(session.outcome(!fails).build());
        }
    }
    sessions
}

fn silent(dreamt: &Dreamt) -> Vec<(&ReportedClaim, &SilentFeature)> {
    fn feature(claim: &ReportedClaim) -> Option<(&ReportedClaim, &SilentFeature)> {
        let Signature::Mistake(mistake) = &claim.signature else { return None };
        Some((claim, mistake.feature.as_ref()?))
    }
    dreamt.report.claims.iter().filter_map(feature).collect()
}

/// Dreams, expects one silent mistake of a kind, and returns it.
#[track_caller]
fn only(way: Way, kind: FeatureKind, tool: &str, detail: Option<&str>) -> ReportedClaim {
    let sessions = warehouses(way);
    let dreamt = dream(&sessions);
    let silent = silent(&dreamt);
    assert_eq!(silent.len(), 1, "{silent:#?}");
    let (claim, feature) = silent[0];
    assert_eq!((feature.kind, feature.tool.as_str(), feature.detail.as_deref()), (kind, tool, detail));
    assert_evidence(&dreamt, &sessions);
    assert_eq!(foreign_words(&dreamt), Default::default());
    claim.clone()
}

fn is_shown(claim: &ReportedClaim, session: Session) -> Option<bool> {
    shows(claim, &normalise(&session.build(), &Options::default()))
}

#[test]
fn another_order_on_the_same_thing_is_said_and_seen_again() {
    let claim = only(Way::WeighsLate, FeatureKind::Order, "weigh_crate", Some("load_crate"));
    assert_eq!(claim.title, "Call `weigh_crate` before `load_crate`");
    assert!(
        claim
            .text
            .starts_with("Failing runs call `weigh_crate` after `load_crate`, good runs of the same task"),
        "{}",
        claim.text
    );
    let new = |way| is_shown(&claim, warehouse("new".to_owned(), 20, way));
    assert_eq!((new(Way::WeighsLate), new(Way::Right)), (Some(true), Some(false)));
    let other = Session::new("other".to_owned()).ok("get_crate", json!({"crate_id": "crate-97"}), "none");
    assert_eq!(is_shown(&claim, other), None);
}

#[test]
fn the_order_of_calls_on_different_things_is_free() {
    // Failing sessions first do something about another crate, which good ones do in the end.
    let mut sessions = Vec::new();
    for task in 1..=8_usize {
        for trial in 0..4 {
            let fails = trial < 1 + task % 2;
            let on = |number: usize| json!({ "crate_id": format!("crate-{number}7") });
            let mut session = Session::new(format!("crate-{task}-{trial}")).task(format!("crate {task}"));
            let (first, second) = (("seal_crate", on(task)), ("load_crate", on(task + 50)));
            let order = if fails { [second, first] } else { [first, second] };
            for (tool, on) in order {
                session = session.ok(tool, on, "done and noted");
            }
            sessions.push(session.outcome(!fails).build());
        }
    }
    assert_eq!(silent(&dream(&sessions)).len(), 0);
}

#[test]
fn a_look_that_every_good_session_takes_is_missed() {
    let claim = only(Way::NoLook, FeatureKind::MissingAction, "check_lock", None);
    assert_eq!(claim.title, "Do not leave out `check_lock`");
}

#[test]
fn a_figure_that_is_never_told_is_named_by_its_place() {
    let claim = only(Way::Silent, FeatureKind::MissingInformationToUser, "RESPOND", Some("get_crate.fee"));
    assert_eq!(claim.title, "Tell the user the `fee` of `get_crate`");
    let new = |way| is_shown(&claim, warehouse("new".to_owned(), 20, way));
    assert_eq!((new(Way::Silent), new(Way::Right)), (Some(true), Some(false)));
    assert_eq!(is_shown(&claim, Session::new("other".to_owned()).user("Hello?")), None);
}

#[test]
fn habits_that_have_nothing_to_do_with_the_outcome_are_not_said() {
    for way in [Way::WeighsLate, Way::NoLook, Way::Silent] {
        let mut sessions = Vec::new();
        for task in 1..=8_usize {
            for trial in 0..4 {
                let way = if (task + trial).is_multiple_of(2) { way } else { Way::Right };
                let session = warehouse(format!("crate-{task}-{trial}"), task, way);
                sessions.push(session.outcome(trial < 2).build());
            }
        }
        assert_eq!(silent(&dream(&sessions)).len(), 0);
    }
}
