//! Large stores: a night's few sessions are counted without reading the others again.

use serde_json::json;
use somnium_dream::{Dreamt, Options, Past, Prior, Tally, normalise};
use somnium_types::Transcript;

use crate::common::*;

/// From so many sessions on a store is large.
const LARGE: usize = 1_000;

/// Sessions `from..to` of a busy garden: a mistake now and then, and what three people want.
fn nights(from: usize, to: usize) -> Vec<Transcript> {
    let session = |at: usize| {
        let session = Session::new(format!("night-{at:05}")).day(at as i64 / 40).task((at % 50).to_string());
        let session = session.principal(["ada", "bo", "cy"][at % 3]);
        let session = match at % 10 {
            0 => session.error("open_valve", json!({ "valve": at }), "the valve is stuck in its seat"),
            1 => {
                session.user("Write the plan.").says("Here it is.").user("Always use bullet points in plans.")
            }
            _ => session.ok("water", json!({ "bed": at }), "wet"),
        };
        session.build()
    };
    (from..to).map(session).collect()
}

/// Dreams of new sessions with what an earlier dream left, as `past` has its sessions.
fn next(before: &Prior, new: &[Transcript], past: Past) -> Dreamt {
    let options = Options::default();
    let new = new.iter().map(|session| normalise(session, &options)).collect();
    let prior = Prior { sessions: past, ..before.clone() };
    somnium_dream::dream(new, prior, &options).unwrap()
}

fn store() -> Prior {
    let mut store = Store::default();
    store.dream(&nights(0, LARGE));
    store.prior
}

#[test]
fn what_is_counted_is_the_same_whether_the_other_sessions_are_read_again_or_not() {
    let (before, new) = (store(), nights(LARGE, LARGE + 10));
    let whole = next(&before, &new, before.sessions.clone());
    let quick = next(&before, &new, Past::Unread);
    assert_eq!(claims(&quick), claims(&whole));
    let valve = |dreamt: &Dreamt| serde_json::to_value(claim_about(dreamt, "open_valve")).unwrap();
    assert_eq!(valve(&quick), valve(&whole));
    assert_eq!(claim_about(&quick, "open_valve").support.sessions, mined(101));
    assert_eq!(quick.report.dream.id, whole.report.dream.id);
    assert_eq!(quick.news, whole.news);
    let compared = |dreamt: &Dreamt| (dreamt.report.compared.sessions, dreamt.report.compared.waiting);
    assert_eq!(compared(&whole), (1_010, 0));
    assert_eq!((compared(&quick), quick.report.compared.due), ((1_000, 10), 1_050));
}

/// Of so many sessions with the mistake, how many are not held out.
fn mined(count: usize) -> u64 {
    let all = store_of(count);
    let reported = claim_about(&all, "open_valve").support;
    assert_eq!(reported.sessions + reported.heldout, count as u64);
    reported.sessions
}

fn store_of(count: usize) -> Dreamt {
    dream(&nights(0, count * 10))
}

fn claim_about<'d>(dreamt: &'d Dreamt, word: &str) -> &'d somnium_dream::ReportedClaim {
    dreamt.report.claims.iter().find(|claim| claim.title.contains(word)).unwrap()
}

#[test]
fn what_only_a_comparison_shows_stands_as_it_was_found() {
    let before = store();
    let quick = next(&before, &nights(LARGE, LARGE + 10), Past::Unread);
    let whole = next(&before, &nights(LARGE, LARGE + 10), before.sessions.clone());
    let wish = |dreamt: &Dreamt| claim_about(dreamt, "bullet points").support.sessions;
    assert!(wish(&quick) < wish(&whole), "the new session waits");
    assert_eq!(wish(&quick), wish(&next(&before, &[], Past::Unread)));
}

#[test]
fn a_tally_will_do_until_the_store_has_grown_or_a_session_changed() {
    let before = store();
    let tally = before.tally.as_ref().unwrap();
    let options = Options::default();
    let will_do = |sessions: &[Transcript], options: &Options| {
        let sessions: Vec<_> = sessions.iter().map(|session| normalise(session, options)).collect();
        tally.suffices(&sessions, options)
    };
    assert!(will_do(&nights(LARGE, LARGE + 10), &options));
    assert!(will_do(&nights(LARGE - 20, LARGE + 10), &options), "known ones are no growth");
    assert!(will_do(&nights(LARGE, LARGE + 49), &options));
    assert!(!will_do(&nights(LARGE, LARGE + 50), &options), "5% more");
    let mut changed = nights(3, 4);
    changed[0].events.pop();
    assert!(!will_do(&changed, &options));
    changed.extend(nights(3, 4));
    assert!(will_do(&changed, &options), "of two versions the longer one counts, and that is known");
    assert!(!will_do(&[], &Options { seed: 1, ..Options::default() }));
    assert!(will_do(&[], &Options { instructions: Some("only mistakes".to_owned()), ..Options::default() }));

    let mut small = Store::default();
    small.dream(&nights(0, 60));
    assert!(!small.prior.tally.unwrap().suffices(&[], &options), "a small store is always compared");
}

#[test]
fn a_tally_comes_back_from_its_bytes_and_not_from_others() {
    let before = store();
    let tally = before.tally.as_ref().unwrap();
    let bytes = tally.encode().unwrap();
    let back = Tally::decode(&bytes).unwrap();
    assert_eq!(back.encode().unwrap(), bytes);
    assert_eq!(back.counts().unwrap(), tally.counts().unwrap());
    let new = nights(LARGE, LARGE + 10);
    let from_bytes = next(&Prior { tally: Some(back), ..before.clone() }, &new, Past::Unread);
    assert_eq!(self::bytes(&from_bytes), self::bytes(&next(&before, &new, Past::Unread)));

    let refused = |bytes: &[u8]| Tally::decode(bytes).err().map(|error| error.to_string());
    assert_eq!(refused(&bytes[..bytes.len() / 2]), Some("a tally that is damaged".to_owned()));
    let mut changed = bytes.clone();
    changed[bytes.len() / 2] ^= 1;
    assert!(refused(&changed).is_some());
    assert_eq!(refused(b"something else"), Some("not a tally that this version can read".to_owned()));
}

#[test]
fn a_store_whose_tally_was_lost_counts_again_and_says_the_same() {
    let before = store();
    let without = Prior { tally: None, ..before.clone() };
    let new = nights(LARGE, LARGE + 10);
    let (lost, whole) =
        (next(&without, &new, before.sessions.clone()), next(&before, &new, before.sessions.clone()));
    assert_eq!(files(&lost.memory), files(&whole.memory));
    assert_eq!(claims(&lost), claims(&whole));
    assert_eq!(lost.report.dream.id, whole.report.dream.id);
    assert_eq!(lost.news, whole.news);
}
