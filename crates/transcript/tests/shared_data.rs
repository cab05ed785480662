//! Reads every real file of the shared data, where that is present beside the checkout.
//!
//! The data is looked for in `$SOMNIUM_SHARED`, else in `../shared` seen from the workspace; without it every
//! test here prints `skipped: …` and passes.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use serde_json::Value;
use somnium_transcript::import::{IMPORTERS, Json, SAMPLE};
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

#[test]
fn sniffers_are_exclusive_on_real_files() {
    let Some(native) = shared("data/native") else { return };
    for (folder, format) in NATIVE {
        for path in files(&native.join(folder)) {
            let text = std::fs::read_to_string(&path).expect("a file that is there can be read");
            let sample: Vec<Value> = match serde_json::from_str(&text) {
                Ok(value) => vec![value],
                Err(_) => text.lines().filter_map(|l| serde_json::from_str(l).ok()).take(SAMPLE).collect(),
            };
            let sample: Vec<Json<'_>> = sample.iter().map(Json::from).collect();
            let sample: Vec<&Json<'_>> = sample.iter().collect();
            let claims: Vec<&str> = IMPORTERS.iter().filter(|i| i.sniff(&sample)).map(|i| i.name()).collect();
            assert_eq!(claims, [*format], "{}", path.display());
        }
    }
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

/// Files of which no line can be used, or only some; the place of what cannot be used is named.
#[test]
fn hostile_transcripts_are_read_or_listed() {
    let Some(hostile) = shared("security/corpus/transcripts") else { return };
    for path in files(&hostile) {
        let (transcripts, report) = read(&path);
        let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        let listed: Vec<_> = report.skipped.iter().map(|s| (s.line, s.why.as_str())).collect();
        println!("{name}: {:?}, {} sessions, {listed:?}", report.format, transcripts.len());
        assert!(!transcripts.is_empty() || !listed.is_empty(), "{name}");
        // Reasons name places, never content.
        assert!(listed.iter().all(|(_, why)| why.len() < 200), "{name}: {listed:?}");
        let text = std::fs::read(&path).expect("a file that is there can be read");
        let damaged = text.split(|&byte| byte == b'\n').zip(1..).filter(|(line, _)| {
            !line.trim_ascii().is_empty()
                && serde_json::from_str::<Value>(&String::from_utf8_lossy(line)).is_err()
        });
        for (_, number) in damaged {
            assert!(
                listed.iter().any(|(line, _)| *line == Some(number)),
                "{name}: line {number} of {listed:?}"
            );
        }
    }
}
