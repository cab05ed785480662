//! Which claims have enough behind them, and what is said about the others.

use serde_json::json;
use somnium_dream::{ClaimState, Dreamt, NearMiss};
use somnium_types::{Transcript, sha256};

use crate::common::*;

/// A session that makes the mistake of these tests.
fn stuck(session: Session) -> Session {
    session.error("open_valve", json!({ "valve": "north" }), "the valve is stuck in its seat")
}

fn the_valve(dreamt: &Dreamt) -> Vec<&NearMiss> {
    near_misses(dreamt, "open_valve")
}

/// The state of the claim; `None` where it is not written.
fn state(dreamt: &Dreamt) -> Option<ClaimState> {
    has_claim(dreamt, "open_valve").then(|| claim(dreamt, "open_valve").state)
}

fn stuck_sessions(count: usize) -> Vec<Transcript> {
    sessions("stuck", count, |session, _| stuck(session))
}

#[test]
fn two_sessions_are_enough_in_a_small_store_only() {
    let world = |others: usize| [stuck_sessions(2), quiet(others)].concat();
    assert_eq!(state(&dream(&world(17))), Some(ClaimState::Probation));

    let dreamt = dream(&world(18));
    assert_eq!(state(&dreamt), None);
    let whys: Vec<_> = the_valve(&dreamt).iter().map(|miss| miss.why.clone()).collect();
    assert!(whys.contains(&"2 of the 3 sessions it needs".to_owned()), "{whys:?}");

    assert_eq!(state(&dream(&[stuck_sessions(3), quiet(17)].concat())), Some(ClaimState::Note));
}

#[test]
fn once_is_never_a_note() {
    let dreamt = dream(&[stuck_sessions(1), quiet(5)].concat());
    assert!(dreamt.report.claims.is_empty() && dreamt.memory.is_empty(), "{:#?}", dreamt.report);
    let many_times = (0..9).fold(Session::new("one"), |session, _| stuck(session));
    assert!(dream(&[many_times.build()]).report.claims.is_empty());
}

#[test]
fn one_task_on_one_day_by_one_agent_is_not_enough() {
    let world = |of: fn(Session, usize) -> Session| -> Vec<Transcript> {
        let session = |at| stuck(of(Session::new(format!("s-{at}")), at)).build();
        (0..4).map(session).collect()
    };
    let dreamt = dream(&world(|session, _| session.task("watering")));
    assert_eq!(state(&dreamt), None);
    let whys: Vec<_> = the_valve(&dreamt).iter().map(|miss| miss.why.clone()).collect();
    assert!(whys.contains(&"1 of the 2 tasks, days or agents it needs".to_owned()), "{whys:?}");

    let wider: [fn(Session, usize) -> Session; 3] = [
        |session, at| session.task(format!("watering {}", at % 2)),
        |session, at| session.task("watering").day(i64::try_from(at % 2).unwrap()),
        |session, at| session.task("watering").agent(["ivy", "moss"][at % 2]),
    ];
    for of in wider {
        assert!(state(&dream(&world(of))).is_some());
    }
}

#[test]
fn what_rests_on_one_task_stays_on_probation() {
    // Whichever task is left out, two sessions of others must show it.
    let world = |tasks: &[&str]| -> Vec<Transcript> {
        let all = tasks.iter().enumerate();
        let all = all.map(|(at, task)| stuck(Session::new(format!("s-{at}")).task(*task)).build());
        all.collect()
    };
    assert_eq!(state(&dream(&world(&["sow", "sow", "sow", "pick"]))), Some(ClaimState::Probation));
    assert_eq!(state(&dream(&world(&["sow", "sow", "pick", "pick"]))), Some(ClaimState::Note));
    assert_eq!(state(&dream(&world(&["sow", "mow", "pick"]))), Some(ClaimState::Note));
}

#[test]
fn without_tasks_days_are_left_out() {
    let world = |days: &[i64]| -> Vec<Transcript> {
        let all = days.iter().enumerate();
        let all = all.map(|(at, day)| stuck(Session::new(format!("s-{at}")).day(*day)).build());
        all.collect()
    };
    assert_eq!(state(&dream(&world(&[0, 0, 0, 1]))), Some(ClaimState::Probation));
    assert_eq!(state(&dream(&world(&[0, 1, 2]))), Some(ClaimState::Note));
}

#[test]
fn a_claim_on_probation_waits_in_its_section_and_out_of_the_index() {
    let mut store = Store::default();
    let dreamt = store.dream(&stuck_sessions(2));
    let written = block(&dreamt.memory, claim(&dreamt, "open_valve"));
    assert_eq!(written.section.as_deref(), Some("Not yet confirmed"));
    assert_eq!(dreamt.memory.index_text(), None);

    let dreamt = store.dream(&stuck_sessions(3)[2..]);
    let written = block(&dreamt.memory, claim(&dreamt, "open_valve"));
    assert_eq!(written.section, None, "confirmed by a new session");
    assert!(dreamt.memory.index_text().unwrap().contains(written.id.as_str()));
}

/// The documented split: the first two bytes of the SHA-256 of the session's id, as a little-endian number, in
/// the lowest fifth.
fn is_held_out(session: &Transcript) -> bool {
    let digest = sha256(session.id.as_str().as_bytes());
    u32::from(u16::from_le_bytes([digest[0], digest[1]])) * 100 / 65_536 < 20
}

#[test]
fn from_fifty_sessions_on_a_fifth_is_held_out_and_never_mined() {
    let world = stuck_sessions(90);
    let held_out = world.iter().filter(|session| is_held_out(session)).count() as u64;
    assert!((9..=27).contains(&held_out), "{held_out} of 90");

    let dreamt = dream(&world);
    let found = claim(&dreamt, "open_valve");
    assert_eq!((found.support.sessions, found.support.heldout), (90 - held_out, held_out));
    assert_eq!(found.state, ClaimState::Note);
    let cited = |session: &&Transcript| found.evidence.iter().any(|place| place.session_id == session.id);
    assert!(world.iter().any(|session| cited(&session)));
    assert!(!world.iter().filter(|session| is_held_out(session)).any(|session| cited(&session)));

    let small = dream(&world[..49]);
    assert_eq!(claim(&small, "open_valve").support.heldout, 0);
}

#[test]
fn what_is_not_seen_in_held_out_sessions_stays_on_probation() {
    let world = |also_held_out: bool| -> Vec<Transcript> {
        sessions("s", 60, |session, _| {
            let held_out = is_held_out(&session.clone().build());
            if held_out == also_held_out || !held_out { stuck(session) } else { session }
        })
    };
    assert_eq!(state(&dream(&world(true))), Some(ClaimState::Note));
    assert_eq!(state(&dream(&world(false))), Some(ClaimState::Probation));
}

#[test]
fn only_held_out_sessions_are_not_enough() {
    let world =
        sessions(
            "s",
            60,
            |session, _| {
                if is_held_out(&session.clone().build()) { stuck(session) } else { session }
            },
        );
    assert_eq!(state(&dream(&world)), None);
}

#[test]
fn a_full_topic_takes_no_more_notes() {
    let mut store = Store::default();
    store.options.notes_per_topic = 2;
    let faults =
        ["the pump hums without water", "no lamp glows above this bed", "somebody moved our ladder again"];
    let world =
        sessions("full", 9, |session, at| session.error("tend", json!({ "bed": at }), faults[at % 3]));
    let dreamt = store.dream(&world);
    assert_eq!(dreamt.report.claims.len(), 2);
    let full: Vec<_> = dreamt.report.near_misses.iter().filter(|miss| miss.why.contains("is full")).collect();
    assert_eq!(full.len(), 1);

    store = Store::default();
    assert_eq!(store.dream(&world).report.claims.len(), 3);
}
