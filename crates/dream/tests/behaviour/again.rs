//! The second dream, and the third: what is known already, what is new, what comes in a longer version.

use serde_json::json;
use somnium_dream::{ClaimState, DreamStatus};
use somnium_types::{Body, Transcript};

use crate::common::*;

#[test]
fn the_same_sessions_again_change_nothing() {
    let mut store = Store::default();
    let world = garden();
    let first = store.dream(&world);
    assert_eq!(first.report.dream.status, DreamStatus::Completed);
    for _ in 0..2 {
        let again = store.dream(&world);
        assert_eq!(again.report.dream.status, DreamStatus::CompletedEmpty);
        assert_eq!(files(&again.memory), files(&first.memory));
        assert_eq!(again.ledger, first.ledger);
        assert_eq!(again.report.claims, first.report.claims);
        let counts = &again.report.memory;
        assert_eq!((counts.blocks_added, counts.blocks_changed, counts.blocks_removed), (0, 0, 0));
    }
}

#[test]
fn a_dream_of_nothing_new_keeps_what_is_there() {
    let mut store = Store::default();
    let first = store.dream(&garden());
    let nothing = store.dream(&[]);
    assert_eq!(nothing.report.dream.status, DreamStatus::CompletedEmpty);
    assert_eq!(files(&nothing.memory), files(&first.memory));
    assert_eq!(nothing.report.claims, first.report.claims);
}

#[test]
fn a_dream_of_nothing_at_all_writes_nothing() {
    let dreamt = dream(&[]);
    assert_eq!(dreamt.report.dream.status, DreamStatus::CompletedEmpty);
    assert!(dreamt.memory.is_empty() && dreamt.report.claims.is_empty());
}

fn stuck(session: Session) -> Session {
    session.error("open_valve", json!({ "valve": "north" }), "the valve is stuck in its seat")
}

fn stuck_sessions(count: usize) -> Vec<Transcript> {
    sessions("stuck", count, |session, _| stuck(session))
}

#[test]
fn new_sessions_add_up() {
    let mut store = Store::default();
    let world = stuck_sessions(7);
    let first = store.dream(&world[..3]);
    assert_eq!(claim(&first, "open_valve").support.sessions, 3);
    let second = store.dream(&world[3..]);
    let both = claim(&second, "open_valve");
    assert_eq!((both.support.sessions, both.support.tasks, both.support.days), (7, 7, 7));
    assert_eq!(both.id, claim(&first, "open_valve").id);
    let counts = &second.report.memory;
    assert_eq!((counts.blocks_added, counts.blocks_changed, counts.blocks_removed), (0, 1, 0));
}

#[test]
fn sessions_that_are_read_again_beside_new_ones_count_once() {
    let mut store = Store::default();
    let world = stuck_sessions(7);
    store.dream(&world[..4]);
    assert_eq!(claim(&store.dream(&world[2..]), "open_valve").support.sessions, 7);
}

#[test]
fn a_longer_version_of_a_session_replaces_the_shorter_one() {
    let mut store = Store::default();
    store.dream(&sessions("s", 4, |session, _| stuck(session)));
    let longer = sessions("s", 4, |session, at| if at == 0 { stuck(stuck(session)) } else { stuck(session) });
    let dreamt = store.dream(&longer[..1]);
    assert_eq!(claim(&dreamt, "open_valve").support.sessions, 4);
    let evidence = dream(&longer);
    assert_eq!(claims(&dreamt), claims(&evidence), "as if the shorter version had never been read");
}

#[test]
fn a_version_without_the_mistake_takes_its_support_away() {
    let mut store = Store::default();
    store.dream(&stuck_sessions(3));
    let mended = sessions("stuck", 3, |session, _| session.ok("open_valve", json!({}), "open"));
    let dreamt = store.dream(&mended);
    assert!(!has_claim(&dreamt, "open_valve"));
    assert_eq!(dreamt.report.memory.blocks_removed, 1);
    let archived: Vec<_> = dreamt.memory.blocks().iter().map(|block| block.path.to_string()).collect();
    assert_eq!(archived, ["archive/notes/tools.md"]);
    let retired: Vec<_> =
        dreamt.report.retired.iter().map(|retired| (retired.state, &*retired.why)).collect();
    assert_eq!(retired, [(ClaimState::Withdrawn, "no session supports it any more")]);
    assert!(!dreamt.memory.index_text().unwrap_or_default().contains("valve"));
}

#[test]
fn a_candidate_becomes_a_note_when_a_later_dream_brings_the_third_session() {
    let mut store = Store::default();
    let world = stuck_sessions(3);
    let first = store.dream(&[world[..2].to_vec(), quiet(20)].concat());
    assert!(!has_claim(&first, "open_valve"));
    assert!(!near_misses(&first, "open_valve").is_empty());
    let second = store.dream(&world[2..]);
    let found = claim(&second, "open_valve");
    assert_eq!((found.state, found.support.sessions), (ClaimState::Note, 3));
    assert_evidence(&second, &world);
}

#[test]
fn a_message_seen_once_joins_the_template_that_a_later_dream_finds() {
    let line = |crop: &str| format!("cannot sow {crop} here before the frost");
    let world = |crops: &[&str]| {
        sessions(crops[0], crops.len(), |session, at| session.error("sow", json!({}), line(crops[at])))
    };
    let mut store = Store::default();
    assert!(store.dream(&world(&["basil"])).report.claims.is_empty());
    let dreamt = store.dream(&world(&["cress", "dill"]));
    let found = claim(&dreamt, "sow");
    assert_eq!(signature(found).template.as_deref(), Some("cannot sow <*> here before the frost"));
    assert_eq!(found.support.sessions, 3);
}

#[test]
fn what_a_message_has_in_common_does_not_depend_on_when_it_was_read() {
    let line = |season: &str| format!("cannot sow dill here before the {season}");
    let world = |name: &str, season: &str| {
        sessions(name, 3, |session, _| session.error("sow", json!({}), line(season)))
    };
    let mut store = Store::default();
    let first = store.dream(&world("first", "frost"));
    assert_eq!(templates(&first), [Some("cannot sow dill here before the frost")]);
    let second = store.dream(&world("second", "thaw"));
    assert_eq!(templates(&second), [Some("cannot sow dill here before the <*>")]);
    assert_eq!(second.report.claims[0].support.sessions, 6);
    let retired: Vec<_> = second.report.retired.iter().map(|retired| &retired.id).collect();
    assert_eq!(retired, [&first.report.claims[0].id], "the narrower note makes way");
}

#[test]
fn a_session_that_is_read_again_keeps_its_template() {
    let mut world = sessions("numbered", 3, |session, at| {
        session.error("open_bed", json!({}), format!("bed {at} is open wide"))
    });
    world.extend(sessions("named", 1, |session, _| {
        session.error("open_bed", json!({}), "bed rosemary is open wide")
    }));
    let mut store = Store::default();
    let first = store.dream(&world);
    let again = store.dream(&world[3..]);
    assert_eq!(files(&again.memory), files(&first.memory));
    assert_eq!(again.ledger, first.ledger);
}

#[test]
fn of_two_templates_that_fit_a_line_every_dream_takes_the_same() {
    let numbered = |name: &str| {
        sessions(name, 3, |session, at| {
            session.error("open_bed", json!({}), format!("bed {at} is open wide"))
        })
    };
    let named = |name: &str| {
        sessions(name, 3, |session, _| session.error("open_bed", json!({}), "bed rosemary is open wide"))
    };
    let mut store = Store::default();
    let first = store.dream(&[numbered("a"), named("b")].concat());
    assert_eq!(templates(&first), [Some("bed <*> is open wide"), Some("bed rosemary is open wide")]);
    let second = store.dream(&named("c"));
    let supports: Vec<_> = second
        .report
        .claims
        .iter()
        .map(|claim| (signature(claim).template.as_deref(), claim.support.sessions))
        .collect();
    assert!(supports.contains(&(Some("bed rosemary is open wide"), 6)), "{supports:?}");
    assert!(supports.contains(&(Some("bed <*> is open wide"), 3)), "{supports:?}");
}

#[test]
fn a_store_that_grows_past_the_small_one_keeps_its_confirmed_notes() {
    let mut store = Store::default();
    store.dream(&stuck_sessions(3));
    let later = store.dream(&quiet(30));
    assert_eq!(claim(&later, "open_valve").state, ClaimState::Note);
}

#[test]
fn a_ledger_of_another_version_or_a_damaged_one_stops_the_dream() {
    let mut store = Store::default();
    store.dream(&garden());
    let good = store.prior.clone();
    let refused = |ledger: serde_json::Value| {
        let prior = somnium_dream::Prior { ledger, ..good.clone() };
        somnium_dream::dream(vec![], prior, &store.options).err().map(|error| error.code())
    };
    assert_eq!(refused(good.ledger.clone()), None);
    let mut newer = good.ledger.clone();
    newer["version"] = 99.into();
    assert_eq!(refused(newer), Some("SOM014"));
    let mut damaged = good.ledger.clone();
    damaged["standings"] = json!([1, 2]);
    assert_eq!(refused(damaged), Some("SOM014"));
}

#[test]
fn only_new_events_make_another_version() {
    // The same session read from another path is the same session.
    let mut store = Store::default();
    let mut world = garden();
    let first = store.dream(&world);
    for session in &mut world {
        session.source.path = "elsewhere.jsonl.zst".into();
    }
    assert_eq!(claims(&store.dream(&world)), claims(&first));
    let Some(Body::User { text }) = world[0].events.first_mut().map(|event| &mut event.body) else {
        panic!("a person speaks first");
    };
    text.push_str(" Thanks!");
    assert_eq!(store.dream(&world).news.len(), 1);
}
