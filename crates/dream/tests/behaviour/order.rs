//! The order in which sessions are read, and how they are batched, change no byte.

use std::collections::BTreeMap;
use std::thread;

use proptest::prelude::*;
use somnium_dream::{Normalised, Options, Past, Prior, normalise};
use somnium_types::{Body, Transcript};

use crate::common::*;

/// Dreams of sessions that are normalised in batches, one thread each.
fn dream_in_batches(sessions: &[Transcript], batch: usize) -> String {
    let options = &Options::default();
    let normalised: Vec<Normalised> = thread::scope(|scope| {
        let one_batch = |batch: &[Transcript]| -> Vec<Normalised> {
            batch.iter().map(|session| normalise(session, options)).collect()
        };
        let running: Vec<_> =
            sessions.chunks(batch).map(|batch| scope.spawn(move || one_batch(batch))).collect();
        // The last batch first: in real life the quickest comes first.
        running.into_iter().rev().flat_map(|batch| batch.join().unwrap()).collect()
    });
    bytes(&somnium_dream::dream(normalised, Prior::default(), options).unwrap())
}

#[test]
fn the_reverse_order_and_any_batch_give_the_same_bytes() {
    let mut world = garden();
    let expected = bytes(&dream(&world));
    assert!(dream(&world).report.claims.len() >= 4, "there is something to compare");
    world.reverse();
    assert_eq!(bytes(&dream(&world)), expected);
    for batch in [1, 4, 7, 30] {
        assert_eq!(dream_in_batches(&world, batch), expected);
    }
}

#[test]
fn another_event_is_another_dream() {
    let mut world = garden();
    let before = dream(&world).report.dream.id;
    assert_eq!(dream(&world).report.dream.id, before);
    let Some(Body::Assistant { text }) = world[11].events.last_mut().map(|event| &mut event.body) else {
        panic!("the last word is the agent's");
    };
    text.push('!');
    assert_ne!(dream(&world).report.dream.id, before);
}

#[test]
fn another_seed_or_another_memory_is_another_dream() {
    let world = garden();
    let mut seeded = Store::default();
    seeded.options.seed = 1;
    let mut other = Store::of(&[("MEMORY.md", "# Mine\n")]);
    let ids = [dream(&world), seeded.dream(&world), other.dream(&world)].map(|dreamt| dreamt.report.dream.id);
    assert!(ids[0] != ids[1] && ids[0] != ids[2] && ids[1] != ids[2], "{ids:?}");
}

#[test]
fn the_same_session_twice_counts_once_whichever_version_comes_first() {
    let world = garden();
    let mut older = world.clone();
    older.iter_mut().for_each(|session| session.events.truncate(session.events.len() / 2));
    let expected = bytes(&dream(&world));
    assert_eq!(bytes(&dream(&[world.clone(), older.clone(), world.clone()].concat())), expected);
    assert_eq!(bytes(&dream(&[older, world].concat())), expected);
}

#[test]
fn dreams_in_a_row_find_what_one_dream_finds() {
    let world = garden();
    let at_once = dream(&world);
    for size in [5, 11, 15] {
        let mut store = Store::default();
        let last = world.chunks(size).map(|batch| store.dream(batch)).last().unwrap();
        assert_eq!(
            serde_json::to_value(&last.report.claims).unwrap(),
            serde_json::to_value(&at_once.report.claims).unwrap(),
            "{size} at a time"
        );
        let blocks = |dreamt: &somnium_dream::Dreamt| -> BTreeMap<_, _> {
            let blocks = dreamt.memory.blocks().into_iter();
            blocks.map(|block| (block.id, (block.path, block.title, block.body, block.section))).collect()
        };
        assert_eq!(blocks(&last), blocks(&at_once), "{size} at a time");
        assert_eq!(claims(&last), claims(&at_once), "{size} at a time");
        let Past::Read(kept) = store.prior.sessions else { panic!("the sessions are there") };
        assert_eq!(kept, at_once.news, "{size} at a time");
    }
}

/// A word of a few, so that lines meet by chance.
fn line() -> impl Strategy<Value = String> {
    let word = prop::sample::select(vec!["bed", "pot", "is", "shut", "wet", "a7", "by", "bees", "Bed"]);
    prop::collection::vec(word, 3..6).prop_map(|words| words.join(" "))
}

/// Sessions that fail now and then with lines of few words.
fn chatter() -> impl Strategy<Value = Vec<Transcript>> {
    let steps = prop::collection::vec((0..3_usize, prop::option::weighted(0.6, line())), 1..6);
    prop::collection::vec((steps, 0..4_u8), 2..14).prop_map(|all| {
        sessions("chat", all.len(), |session, at| {
            let (steps, task) = &all[at];
            let session = session.task(task.to_string()).outcome(task % 2 == 0);
            steps.iter().fold(session, |session, (tool, failure)| {
                let (tool, input) = (["sow", "mow", "water"][*tool], serde_json::json!({ "bed": tool }));
                match failure {
                    Some(line) => session.error(tool, input, line.as_str()),
                    None => session.ok(tool, input, "fine"),
                }
            })
        })
    })
}

/// Sessions, and the same in another order.
fn shuffled(
    world: impl Strategy<Value = Vec<Transcript>>,
) -> impl Strategy<Value = (Vec<Transcript>, Vec<Transcript>)> {
    world.prop_flat_map(|world| (Just(world.clone()), Just(world).prop_shuffle()))
}

proptest! {
    #![proptest_config(proptest_config(24))]

    #[test]
    fn no_order_changes_a_byte((world, other) in shuffled(Just(garden()))) {
        prop_assert_eq!(bytes(&dream(&world)), bytes(&dream(&other)));
    }

    #[test]
    fn no_order_changes_a_byte_where_lines_meet_by_chance((world, other) in shuffled(chatter())) {
        prop_assert_eq!(bytes(&dream(&world)), bytes(&dream(&other)));
    }

    #[test]
    fn dreaming_again_changes_nothing_where_lines_meet_by_chance(world in chatter()) {
        let mut store = Store::default();
        let first = store.dream(&world);
        let second = store.dream(&world);
        prop_assert_eq!(files(&second.memory), files(&first.memory));
        prop_assert_eq!(&second.ledger, &first.ledger);
        prop_assert_eq!(claims(&second), claims(&first));
    }

    #[test]
    fn a_session_read_again_changes_nothing_where_lines_meet_by_chance(world in chatter(), at in 0..64_usize) {
        let mut store = Store::default();
        let first = store.dream(&world);
        let second = store.dream(&world[at % world.len()..][..1]);
        prop_assert_eq!(files(&second.memory), files(&first.memory));
        prop_assert_eq!(&second.ledger, &first.ledger);
        prop_assert_eq!(claims(&second), claims(&first));
    }

    #[test]
    fn batches_find_what_one_dream_finds_where_lines_meet_by_chance(
        (world, other) in shuffled(chatter()),
        size in 1..6_usize,
    ) {
        let mut store = Store::default();
        let last = other.chunks(size).map(|batch| store.dream(batch)).last().unwrap();
        let at_once = dream(&world);
        prop_assert_eq!(counted(&last), counted(&at_once));
        prop_assert_eq!(claims(&last), claims(&at_once));
    }
}

/// What is counted of every claim: all but how far it has come, which is a matter of its history.
fn counted(dreamt: &somnium_dream::Dreamt) -> BTreeMap<String, serde_json::Value> {
    let claims = dreamt.report.claims.iter().map(|claim| {
        let counted = (&claim.support, &claim.signature, &claim.outcome, &claim.evidence);
        (claim.id.to_string(), serde_json::to_value(counted).unwrap())
    });
    claims.collect()
}
