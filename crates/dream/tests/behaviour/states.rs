//! How far a claim comes over many dreams: confirmed, bearing load, shortened, archived, back again.

use serde_json::json;
use somnium_dream::{ClaimState, Dreamt, Health};
use somnium_types::{Body, SystemKind, Transcript};

use crate::common::*;

const LINE: &str = "the valve is stuck in its seat";

fn stuck(session: Session) -> Session {
    session.error("open_valve", json!({ "valve": "north" }), LINE)
}

fn fine(session: Session) -> Session {
    session.ok("open_valve", json!({ "valve": "north" }), "open")
}

/// Sessions `from..to` days after the first, that make the mistake.
fn stuck_on(name: &str, days: std::ops::Range<i64>) -> Vec<Transcript> {
    on(name, days, stuck)
}

fn on(name: &str, days: std::ops::Range<i64>, of: impl Fn(Session) -> Session) -> Vec<Transcript> {
    let session =
        |day: i64| of(Session::new(format!("{name}-{day}")).task(format!("{name} {day}")).day(day)).build();
    days.map(session).collect()
}

/// Sessions that the harness shows the notes of `store` first.
fn shown(
    store: &Store,
    name: &str,
    days: std::ops::Range<i64>,
    of: impl Fn(Session) -> Session,
) -> Vec<Transcript> {
    let text = files(&store.prior.memory);
    let memory = Body::System { kind: SystemKind::Memory, text };
    on(name, days, |session| of(session.event(memory.clone())))
}

fn health(dreamt: &Dreamt) -> Health {
    claim(dreamt, "open_valve").health
}

fn counts(health: Health) -> (u64, u64, u64) {
    (health.exposures, health.followed, health.violated)
}

/// Dreams once of five sessions that make the mistake and five that do not.
fn dreamt_once() -> Store {
    let mut store = Store::default();
    store.dream(&[stuck_on("first", 0..5), on("fine", 0..5, fine)].concat());
    store
}

#[test]
fn a_second_dream_with_new_sessions_confirms_and_the_same_sessions_do_not() {
    let mut store = Store::default();
    let world = on("one", 0..4, |session| stuck(session.task("one")).day(0));
    let spread = |world: Vec<Transcript>| [world, on("two", 1..2, |s| stuck(s.task("two")))].concat();
    let world = spread(world);
    assert_eq!(claim(&store.dream(&world), "open_valve").state, ClaimState::Probation);
    assert_eq!(claim(&store.dream(&world), "open_valve").state, ClaimState::Probation, "nothing new");
    assert_eq!(claim(&store.dream(&quiet(3)), "open_valve").state, ClaimState::Probation, "nothing of it");
    let later = on("later", 2..3, |session| stuck(session.task("one")));
    let dreamt = store.dream(&later);
    assert_eq!(claim(&dreamt, "open_valve").state, ClaimState::Note);
    let again = store.dream(&[]);
    assert_eq!(claim(&again, "open_valve").state, ClaimState::Note, "it stays confirmed");
}

#[test]
fn sessions_that_were_shown_a_note_and_had_the_occasion_are_counted() {
    let mut store = dreamt_once();
    let id = claim(&store.dream(&[]), "open_valve").id.clone();
    let world = [
        shown(&store, "good", 10..13, fine),
        shown(&store, "bad", 13..14, stuck),
        shown(&store, "other", 14..16, |session| session.ok("look_around", json!({}), "all is well")),
        on("unshown", 16..18, fine),
    ]
    .concat();
    let dreamt = store.dream(&world);
    assert_eq!(counts(health(&dreamt)), (6, 3, 1));
    assert_eq!(health(&dreamt).violation_rate, None, "four are too few to tell");
    assert_eq!(claim(&dreamt, "open_valve").id, id);
}

#[test]
fn headings_count_where_the_markers_were_stripped_and_so_does_a_file_that_was_read() {
    let mut store = dreamt_once();
    let plain: String = files(&store.prior.memory).replace("<!-- som:", "").replace(" -->", "");
    let title = store.dream(&[]).report.claims[0].title.clone();
    let heading = Body::System { kind: SystemKind::Memory, text: format!("# Notes\n\n### {title}\nBody.") };
    assert!(plain.contains(&title));
    let read = files(&store.prior.memory);
    let world = [
        on("heading", 10..12, |session| fine(session.event(heading.clone()))),
        on("read", 12..13, |session| fine(session.ok("Read", json!({ "path": "m.md" }), &read))),
        on("neither", 13..15, fine),
    ]
    .concat();
    assert_eq!(counts(health(&store.dream(&world))), (3, 3, 0));
}

#[test]
fn a_session_that_ran_before_the_note_was_never_shown_it() {
    let mut store = Store::default();
    let seen = Body::System { kind: SystemKind::Memory, text: "### x  <!-- som:m-93c8e6 -->".to_owned() };
    let world = on("first", 0..5, |session| stuck(session.event(seen.clone())));
    let dreamt = store.dream(&world);
    assert_eq!(claim(&dreamt, "open_valve").id.as_str(), "m-93c8e6", "the world's own note");
    assert_eq!(counts(health(&dreamt)), (0, 0, 0));
    assert_eq!(counts(health(&store.dream(&world))), (0, 0, 0));
}

#[test]
fn a_note_that_helps_where_it_is_shown_bears_load() {
    let mut store = dreamt_once();
    let dreamt = store.dream(&shown(&store.clone(), "four", 10..14, fine));
    assert_eq!(claim(&dreamt, "open_valve").state, ClaimState::Note, "four are not five");
    let dreamt = store.dream(&shown(&store.clone(), "fifth", 14..15, fine));
    assert_eq!(claim(&dreamt, "open_valve").state, ClaimState::LoadBearing);
    let health = health(&dreamt);
    assert_eq!((health.violation_rate, health.rate_before), (Some(0.0), Some(0.5)));
    assert!(!health.often_violated);
}

#[test]
fn a_note_that_is_shown_in_vain_is_shortened_and_put_first() {
    let mut store = dreamt_once();
    // Another note that is worth more.
    let costly = |session: Session| {
        let error =
            |session: Session| session.error("sow", json!({ "bed": 1 }), "bed 1 is not open for sowing");
        error(error(error(session)))
    };
    store.dream(&on("sow", 5..11, costly));
    let index = store.prior.memory.index_text().unwrap();
    assert!(index.find("sow").unwrap() < index.find("open_valve").unwrap(), "{index}");

    let dreamt = store.dream(&[]);
    let before = block(&dreamt.memory, claim(&dreamt, "open_valve")).body;
    let world = [shown(&store, "bad", 11..14, stuck), shown(&store, "good", 14..16, fine)].concat();
    let dreamt = store.dream(&world);
    let found = claim(&dreamt, "open_valve");
    assert!(found.health.often_violated, "{:?}", found.health);
    assert_eq!(found.health.violation_rate, Some(0.6));
    assert_ne!(found.state, ClaimState::LoadBearing);
    let after = block(&dreamt.memory, found).body;
    assert!(before.lines().count() > 1 && after.lines().count() == 1, "{before}\n---\n{after}");
    let index = dreamt.memory.index_text().unwrap();
    assert!(index.find("open_valve").unwrap() < index.find("sow").unwrap(), "{index}");
}

#[test]
fn a_pin_bears_load_and_comes_first() {
    let mut store = dreamt_once();
    let id = claim(&store.dream(&[]), "open_valve").id.clone();
    store.prior.pins.insert(id.as_str().into());
    store.options.index_tokens = 30;
    let dreamt = store.dream(&on("more", 5..9, |session| {
        session.error("sow", json!({ "bed": 1 }), "bed 1 is not open for sowing")
    }));
    assert_eq!(claim(&dreamt, "open_valve").state, ClaimState::LoadBearing);
    let index = dreamt.memory.index_text().unwrap();
    assert!(index.contains(id.as_str()) && !index.contains("sow"), "{index}");
}

/// Dreams of `count` sessions a day after the others that do well without being shown anything.
fn over(store: &mut Store, name: &str, from: i64, count: i64) -> Dreamt {
    store.dream(&on(name, from..from + count, fine))
}

#[test]
fn what_stopped_is_shortened_then_archived_and_comes_back_when_it_returns() {
    let mut store = dreamt_once();
    let id = claim(&store.dream(&[]), "open_valve").id.clone();
    let first = over(&mut store, "a", 10, 12);
    let found = claim(&first, "open_valve");
    assert_eq!(found.state, ClaimState::Condensed);
    assert!(!first.memory.index_text().unwrap().contains(id.as_str()), "out of the index");

    let same = store.dream(&[]);
    assert_eq!(
        claim(&same, "open_valve").state,
        ClaimState::Condensed,
        "a dream of nothing new does not count"
    );

    let second = over(&mut store, "b", 30, 3);
    assert!(!has_claim(&second, "open_valve"));
    let [retired] = &second.report.retired[..] else { panic!("{:#?}", second.report.retired) };
    assert_eq!((&retired.id, retired.state), (&id, ClaimState::Archived));
    assert_eq!(retired.path, "/archive/notes/tools.md");
    assert_eq!(retired.why, "not seen in the last 15 sessions that had the occasion");
    assert_eq!(second.report.memory.blocks_removed, 1);

    let back = store.dream(&stuck_on("back", 40..41));
    let found = claim(&back, "open_valve");
    assert_eq!((&found.id, found.path.as_str()), (&id, "/notes/tools.md"));
    assert_eq!(found.state, ClaimState::Note);
    assert!(back.report.retired.is_empty());
    assert!(back.memory.index_text().unwrap().contains(id.as_str()));
}

#[test]
fn what_had_no_occasion_is_not_over_and_neither_is_what_the_note_prevents() {
    let mut store = dreamt_once();
    for round in 0..4 {
        let name = format!("quiet {round}");
        let others = on(&name, 10 + round * 20..30 + round * 20, |session| {
            session.ok("look_around", json!({}), "all is well")
        });
        let prevented = shown(&store, &format!("shown {round}"), 10 + round * 20..30 + round * 20, fine);
        let dreamt = store.dream(&[others, prevented].concat());
        let state = claim(&dreamt, "open_valve").state;
        assert!(matches!(state, ClaimState::Note | ClaimState::LoadBearing), "{state:?} in round {round}");
    }
}

#[test]
fn a_persons_note_is_never_archived() {
    let mut store = dreamt_once();
    let found = claim(&store.dream(&[]), "open_valve").clone();
    store.replace("notes/tools.md", &found.title, "Warm the valve first");
    for round in 0..3 {
        over(&mut store, &format!("round {round}"), 10 + round * 20, 15);
    }
    let block = store.prior.memory.block(&found.id.as_str().into()).unwrap();
    assert_eq!((block.path.as_str(), block.title.as_str()), ("notes/tools.md", "Warm the valve first"));
}

#[test]
fn few_notes_go_at_once() {
    let tools: Vec<String> = (b'a'..b'm').map(|c| format!("lift_{}", char::from(c))).collect();
    let world = |name: &str, days: std::ops::Range<i64>, breaks: bool| {
        on(name, days, |session| {
            tools.iter().fold(session, |session, tool| match breaks {
                true => session.error(tool, json!({}), format!("{tool} is jammed between two floors")),
                false => session.ok(tool, json!({}), "up"),
            })
        })
    };
    let mut store = Store::default();
    let first = store.dream(&world("broken", 0..6, true));
    assert_eq!(first.report.claims.len(), 12);
    store.dream(&world("a", 10..25, false));
    let second = store.dream(&world("b", 30..45, false));
    assert_eq!(second.report.retired.len(), 1, "a tenth of twelve");
    let third = store.dream(&world("c", 50..55, false));
    assert_eq!(third.report.retired.len(), 2);
}
