//! Real sessions of coding tools, where they lie beside the checkout.

use std::path::{Path, PathBuf};

use somnium_transcript::{paths, read_file};

/// Folder of the material, format that its files are in.
const FORMATS: &[(&str, &str)] = &[
    ("claude-code", "claude-code"),
    ("codex-rollout", "codex"),
    ("gemini-cli", "gemini-cli"),
    ("mini-swe-agent-traj", "mini-swe-agent"),
    ("opencode", "opencode"),
    ("pi", "pi"),
    ("swe-agent-traj", "swe-agent"),
];

fn shared() -> Option<PathBuf> {
    let beside = || Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared");
    let shared = std::env::var_os("SOMNIUM_SHARED").map_or_else(beside, PathBuf::from);
    shared.join("data/native").is_dir().then_some(shared)
}

#[test]
fn every_native_file_gives_a_session_of_its_format() {
    let Some(shared) = shared() else {
        println!("skipped: data not present");
        return;
    };
    for (folder, format) in FORMATS {
        let files = paths::expand(&[shared.join("data/native").join(folder)]).unwrap();
        assert!(!files.is_empty(), "{folder} is empty");
        for file in files {
            let report = read_file(&file, &mut |session| assert!(!session.events.is_empty()));
            let what = (report.format.as_deref(), report.sessions >= 1);
            assert_eq!(what, (Some(*format), true), "{}: {:?}", file.display(), report.skipped);
        }
    }
}

#[test]
fn hostile_events_are_listed_or_read_and_never_stop_the_reader() {
    let Some(shared) = shared() else {
        println!("skipped: data not present");
        return;
    };
    let corpus = shared.join("security/corpus/transcripts");
    let read = |name: &str| read_file(&corpus.join(name), &mut drop);
    for file in paths::expand(std::slice::from_ref(&corpus)).unwrap() {
        let report = read_file(&file, &mut drop);
        assert!(report.sessions > 0 || !report.skipped.is_empty(), "{}", file.display());
    }
    let dates = read("dates.jsonl");
    assert_eq!((dates.sessions, dates.events), (1, 1));
    assert!(dates.skipped.iter().all(|skipped| skipped.line.is_some() && skipped.why.contains("date")));
    assert!(read("empty_forms.jsonl").skipped.len() >= 11);
    assert_eq!(read("long_line_1mb.json").events, 1);
}
