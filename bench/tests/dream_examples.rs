//! A dream on the committed example sessions finds the loud mistakes that were planted in them, and none of
//! what was planted to mislead it.

#![expect(clippy::unwrap_used, reason = "test code; the lint spares only the test functions themselves")]

use std::path::{Path, PathBuf};
use std::sync::Mutex;

use somnium_bench::fleet::{self, Expected, Kind};
use somnium_dream::{Normalised, Options, Prior, Report, Signature, dream, normalise};
use somnium_transcript::{paths, read_files};

fn report() -> Report {
    let folder: PathBuf = Path::new(env!("CARGO_MANIFEST_DIR")).join("../examples/sessions");
    let sessions: Mutex<Vec<Normalised>> = Mutex::default();
    let files = paths::expand(&[folder]).unwrap();
    read_files(&files, &|transcript| {
        sessions.lock().unwrap().push(normalise(&transcript, &Options::default()));
    });
    dream(sessions.into_inner().unwrap(), &Prior::default(), &Options::default()).unwrap().report
}

/// Whether a claim of the report cites or says these words.
fn speaks_of(report: &Report, words: &str) -> bool {
    report.claims.iter().any(|claim| {
        claim.title.contains(words)
            || claim.text.contains(words)
            || claim.evidence.iter().any(|evidence| evidence.quote.contains(words))
    })
}

/// Whether a claim says that this tool is called in vain: it cites the calls, not what they answered.
fn is_repeated(report: &Report, tool: Option<&str>) -> bool {
    report.claims.iter().any(|claim| {
        let Signature::Mistake(signature) = &claim.signature else { return false };
        signature.class == "repeated-call" && Some(signature.tool.as_str()) == tool
    })
}

#[test]
fn every_planted_loud_mistake_is_a_note_and_no_decoy_is() {
    let report = report();
    let key = fleet::examples(fleet::DEFAULT_SEED).unwrap().key;
    let (mut found, mut kept_out) = (0, 0);
    for entry in &key.planted {
        let Some(trace) = entry.trace else { continue };
        if entry.kind == Kind::LoudMistake && entry.expected == Expected::Claim {
            let learnt = speaks_of(&report, trace) || is_repeated(&report, entry.tool);
            assert!(learnt, "`{}` ({trace}) is not learnt", entry.id);
            found += 1;
        } else if entry.expected != Expected::Claim {
            assert!(!speaks_of(&report, trace), "`{}` ({trace}) is learnt", entry.id);
            kept_out += 1;
        }
    }
    assert!(found >= 7 && kept_out >= 2, "{found} planted mistakes, {kept_out} decoys");
}
