//! Reads every real file of the shared data, where that is present beside the checkout.
//!
//! The data is looked for in `$SOMNIUM_SHARED`, else in `../shared` seen from the workspace; without it every
//! test here prints `skipped: …` and passes.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use somnium_transcript::{FileReport, read_file};
use somnium_types::Transcript;

/// Returns the folder of the shared data, or says that the test is skipped.
fn shared(part: &str) -> Option<PathBuf> {
    let root = std::env::var_os("SOMNIUM_SHARED")
        .map_or_else(|| Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared"), PathBuf::from);
    let folder = root.join(part);
    if folder.is_dir() {
        return Some(folder);
    }
    println!("skipped: {part} of the shared data is not present");
    None
}

fn read(path: &Path) -> (Vec<Transcript>, FileReport) {
    let mut transcripts = Vec::new();
    let report = read_file(path, &mut |transcript| transcripts.push(transcript));
    (transcripts, report)
}

fn files(folder: &Path) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(folder).expect("a folder that is there can be listed");
    let mut files: Vec<PathBuf> =
        entries.flatten().map(|entry| entry.path()).filter(|path| path.is_file()).collect();
    files.sort();
    files
}

/// Folder of native files → the importer that must claim them.
const NATIVE: &[(&str, &str)] = &[
    ("anthropic-messages", "anthropic-messages"),
    ("claude-code", "claude-code"),
    ("codex-rollout", "codex"),
    ("gemini-cli", "gemini-cli"),
    ("google-generatecontent", "google-generate-content"),
    ("mini-swe-agent-traj", "mini-swe-agent"),
    ("openai-chat", "openai-chat"),
    ("openai-responses", "openai-responses"),
    ("opencode", "opencode"),
    ("openinference-spans", "openinference"),
    ("otel-genai-spans", "otel-genai"),
    ("pi", "pi"),
    ("swe-agent-traj", "swe-agent"),
    ("tau-bench", "tau-bench"),
    ("tau2-bench", "tau2-bench"),
];

#[test]
fn every_native_file_gives_sessions_in_its_own_format() {
    let Some(native) = shared("data/native") else { return };
    let mut wrong = Vec::new();
    for (folder, format) in NATIVE {
        for path in files(&native.join(folder)) {
            let (transcripts, report) = read(&path);
            println!(
                "{folder}/{}: {:?}, {} sessions, {} events, {} skipped, the first {:?}",
                path.file_name().unwrap_or_default().display(),
                report.format,
                report.sessions,
                report.events,
                report.skipped.len(),
                report.skipped.first().map(|skipped| &skipped.why)
            );
            if report.format.as_deref() != Some(format) || transcripts.is_empty() {
                wrong.push(format!("{}: {:?}", path.display(), report.format));
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

/// File → sessions, as the data's own description counts them.
const SESSIONS: &[(&str, usize)] = &[
    ("entire", 178),
    ("swe-mini", 86),
    ("tau1-airline", 78),
    ("tau1-retail", 187),
    ("tau2", 255),
    ("who-and-when", 117),
];

#[test]
fn every_file_of_sessions_has_the_count_of_its_description() {
    let Some(sessions) = shared("data/sessions") else { return };
    let mut wrong = Vec::new();
    for (name, count) in SESSIONS {
        let (transcripts, report) = read(&sessions.join(format!("{name}-dev.jsonl.zst")));
        let mut formats: BTreeMap<&str, usize> = BTreeMap::new();
        for transcript in &transcripts {
            *formats.entry(&transcript.source.format).or_default() += 1;
        }
        let judged = transcripts.iter().filter(|t| t.outcome.is_some()).count();
        let failed = transcripts.iter().filter(|t| t.outcome.as_ref().is_some_and(|o| o.failed())).count();
        println!(
            "{name}: {formats:?}, {} events, {judged} judged, {failed} failed, {} skipped {:?}",
            report.events,
            report.skipped.len(),
            report.skipped.first()
        );
        if report.format.as_deref() != Some("envelope") || transcripts.len() != *count {
            wrong.push(format!("{name}: {} of {count}, {:?}", transcripts.len(), report.skipped.first()));
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn broken_files_are_listed_and_skipped() {
    let Some(broken) = shared("data/native-broken") else { return };
    for path in files(&broken) {
        let (transcripts, report) = read(&path);
        println!("{}: {:?}", path.display(), report.skipped);
        assert!(transcripts.is_empty(), "{}", path.display());
        assert!(!report.skipped.is_empty(), "{}", path.display());
    }
}
