//! What is kept of sessions comes back from its bytes as it was, or not at all.

use serde_json::json;
use somnium_dream::digest::{DigestError, decode, encode};
use somnium_dream::{Normalised, Options, Source, VERSION, normalise};

use crate::common::*;

/// Sessions in which every kind of thing occurs that is kept.
fn kept() -> Vec<Normalised> {
    let world = sessions("s", 6, |session, at| {
        session
            .project("/home/ivy/garden")
            .principal("ivy")
            .outcome(at % 2 == 0)
            .user(&format!("Please water bed{at}. Not too much!\nThen look at it."))
            .ok("find_bed", json!({ "name": format!("bed{at}") }), r#"{"bed_id": "b-77", "open": true}"#)
            .ok("water", json!({ "bed": "b-77", "litres": 2.5, "deep": [{ "x": null }] }), "done")
            .error("look", json!({ "bed": "b-77" }), "the gate is shut: 🌱 not available")
            .shell("cat /beds/é.txt", 1, "cat: /beds/é.txt: No such file or directory")
            .says("Done.")
    });
    world.iter().map(|session| normalise(session, &Options::default())).collect()
}

#[test]
fn all_that_is_kept_comes_back() {
    let sessions = kept();
    let steps = || sessions.iter().flat_map(|session| &session.steps);
    let args = || steps().flat_map(|step| &step.args);
    assert!(steps().any(|step| step.failure.is_some()), "a failure");
    assert!(steps().any(|step| !step.facts.is_empty()), "facts");
    assert!(args().any(|arg| matches!(arg.sources[..], [Source::Result { .. }])), "a source in a result");
    assert!(args().any(|arg| arg.sources == [Source::User]), "a source in a person's words");
    assert!(
        sessions[0].outcome.is_some() && sessions[0].started_at.is_some() && !sessions[0].turns.is_empty()
    );

    let bytes = encode(&sessions).unwrap();
    assert_eq!(decode(&bytes).unwrap(), sessions);
    assert_eq!(encode(&decode(&bytes).unwrap()).unwrap(), bytes);
    assert!(bytes.len() < serde_json::to_vec(&sessions).unwrap().len() / 4, "{} bytes", bytes.len());
    assert_eq!(decode(&encode([]).unwrap()).unwrap(), []);
}

#[test]
fn many_frames_are_one_list() {
    let mut sessions = Vec::new();
    for at in 0..500 {
        sessions
            .extend(kept().into_iter().map(|session| Normalised { id: format!("s{at}").into(), ..session }));
    }
    let bytes = encode(&sessions).unwrap();
    assert!(postcard_size(&sessions) > 3 << 20, "more than a few frames");
    assert!(decode(&bytes).unwrap() == sessions);
}

fn postcard_size(sessions: &[Normalised]) -> usize {
    serde_json::to_vec(sessions).unwrap().len() / 2
}

#[test]
fn damage_anywhere_is_seen() {
    let sessions = kept();
    let whole = encode(&sessions).unwrap();
    for at in 0..whole.len() {
        for flip in [0x01, 0x80, 0xff] {
            let mut bytes = whole.clone();
            bytes[at] ^= flip;
            // zstd ignores a few bits of its own; what matters is that nothing else is taken for a session.
            assert!(decode(&bytes).is_err() || decode(&bytes).unwrap() == sessions, "byte {at}, {flip:#x}");
        }
        if at != 20 {
            assert!(decode(&whole[..at]).is_err(), "cut at {at}");
        }
    }
    let mut longer = whole.clone();
    longer.push(0);
    assert_eq!(decode(&longer), Err(DigestError::Damaged));
}

#[test]
fn what_others_wrote_is_refused() {
    assert_eq!(decode(b""), Err(DigestError::Foreign));
    assert_eq!(decode(b"{\"version\":1}, and a little more text"), Err(DigestError::Foreign));
    let mut other = encode(&kept()).unwrap();
    other[16..20].copy_from_slice(&(VERSION + 1).to_le_bytes());
    assert_eq!(decode(&other), Err(DigestError::Version { found: VERSION + 1 }));
}

#[test]
fn lengths_that_lie_cost_nothing() {
    let mut bytes = encode([]).unwrap();
    bytes.extend([0xff; 8]);
    bytes.extend(b"short");
    assert_eq!(decode(&bytes), Err(DigestError::Damaged));
    // A vector that says that it holds 2^63 sessions' worth of steps.
    let frame = [vec![1, b's'], vec![0; 32], vec![0xff; 9]].concat();
    let packed = zstd_of(&frame);
    let mut bytes = encode([]).unwrap();
    bytes.extend(u32::try_from(packed.len()).unwrap().to_le_bytes());
    bytes.extend(u32::try_from(frame.len()).unwrap().to_le_bytes());
    bytes.extend(packed);
    assert_eq!(decode(&bytes), Err(DigestError::Damaged));
}

fn zstd_of(bytes: &[u8]) -> Vec<u8> {
    zstd::encode_all(bytes, 1).unwrap()
}
