//! What memory a session was shown, told from real transcripts of every format that has some: a note is put where a
//! harness or a tool would have put it, and where nobody shows anything.

#![allow(clippy::unwrap_used, reason = "helpers of tests are tests")]

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use somnium_dream::{Options, normalise};
use somnium_transcript::read_bytes;
use somnium_types::{Body, Event, Transcript};

/// What a heading of a note ends in.
const MARKER: &str = " <!-- som:m-t3st01 -->";
const NOTE: &str = "m-t3st01";
/// Characters of the text that the marker is put behind: enough to be found again, few enough to be there.
const SNIPPET: std::ops::Range<usize> = 10..40;
/// Files of a format that are tried.
const FILES: usize = 4;

/// Where a note could stand.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Place {
    /// What the harness puts in front of the agent.
    Harness,
    /// What a tool answers.
    Tool,
    /// What people and agents say.
    Said,
}

/// Formats whose real transcripts show the note there. That a format is missing from a line means that none of the
/// transcripts at hand has such a text.
const SHOWN: [(Place, &[&str]); 2] = [
    (
        Place::Harness,
        &[
            "anthropic-messages",
            "claude-code",
            "codex-rollout",
            "mini-swe-agent-traj",
            "openai-chat",
            "swe-agent-traj",
            "tau-bench",
            "tau2-bench",
        ],
    ),
    (
        Place::Tool,
        &[
            "anthropic-messages",
            "claude-code",
            "codex-rollout",
            "mini-swe-agent-traj",
            "openai-chat",
            "opencode",
            "pi",
            "swe-agent-traj",
            "tau-bench",
            "tau2-bench",
        ],
    ),
];

fn native() -> Option<PathBuf> {
    let beside = || Path::new(env!("CARGO_MANIFEST_DIR")).join("../../shared");
    let shared = std::env::var_os("SOMNIUM_SHARED").map_or_else(beside, PathBuf::from);
    let native = shared.join("data/native");
    native.is_dir().then_some(native)
}

fn read(name: &str, raw: &str) -> Vec<Transcript> {
    let mut transcripts = Vec::new();
    read_bytes(name, raw.as_bytes().to_vec(), &mut |transcript| transcripts.push(transcript));
    transcripts
}

fn texts<'t>(transcript: &'t Transcript, place: Place) -> Vec<&'t str> {
    let text = |event: &'t Event| match (place, &event.body) {
        (Place::Harness, Body::System { text, .. }) => Some(text.as_str()),
        (Place::Tool, Body::ToolResult(result)) => Some(result.text.as_str()),
        (Place::Said, Body::User { text } | Body::Assistant { text }) => Some(text.as_str()),
        _ => None,
    };
    transcript.events.iter().filter_map(text).collect()
}

/// Returns plain words of a text that stand in the raw file as they are.
fn snippets(text: &str) -> impl Iterator<Item = &str> {
    let is_plain = |c: char| c.is_ascii_alphanumeric() || " ,.".contains(c);
    let runs = text.split(move |c: char| !is_plain(c)).map(str::trim);
    runs.filter(|run| run.len() >= SNIPPET.start).map(|run| &run[..run.len().min(SNIPPET.end)])
}

/// Puts the marker into a real file at a place of this kind, and at no place of the others; returns what the sessions
/// are then known to have been shown. `None` where the file has no such place.
fn with_marker(path: &Path, place: Place) -> Option<bool> {
    let raw = std::fs::read_to_string(path).ok()?;
    let name = path.to_string_lossy();
    let transcripts = read(&name, &raw);
    let others = [Place::Harness, Place::Tool, Place::Said].into_iter().filter(|other| *other != place);
    let elsewhere: Vec<&str> =
        others.flat_map(|other| transcripts.iter().flat_map(move |one| texts(one, other))).collect();
    let here = transcripts.iter().flat_map(|one| texts(one, place)).flat_map(snippets);
    let mut own =
        here.filter(|snippet| raw.contains(*snippet) && elsewhere.iter().all(|text| !text.contains(snippet)));
    let snippet = own.next()?;
    let changed = raw.replace(snippet, &format!("{snippet}{MARKER}"));
    let again = read(&name, &changed);
    // The words must have come through where they stood.
    let is_there = again.iter().any(|one| texts(one, place).iter().any(|text| text.contains(NOTE)));
    let shown =
        again.iter().any(|one| normalise(one, &Options::default()).exposed.iter().any(|id| id == NOTE));
    is_there.then_some(shown)
}

#[test]
fn real_transcripts_say_what_they_were_shown() {
    let Some(native) = native() else {
        println!("skipped: the shared data is not present beside the checkout");
        return;
    };
    let mut found: BTreeMap<Place, BTreeMap<String, bool>> = BTreeMap::new();
    let mut formats: Vec<PathBuf> =
        std::fs::read_dir(native).unwrap().map(|entry| entry.unwrap().path()).collect();
    formats.sort();
    for format in formats.iter().filter(|path| path.is_dir()) {
        let name = format.file_name().unwrap().to_string_lossy().into_owned();
        let mut files: Vec<PathBuf> =
            std::fs::read_dir(format).unwrap().map(|entry| entry.unwrap().path()).collect();
        files.sort();
        for place in [Place::Harness, Place::Tool, Place::Said] {
            let results: Vec<bool> =
                files.iter().take(FILES).filter_map(|file| with_marker(file, place)).collect();
            if !results.is_empty() {
                found.entry(place).or_default().insert(name.clone(), results.iter().all(|shown| *shown));
            }
        }
    }
    println!("{found:#?}");
    for (place, formats) in SHOWN {
        for format in formats {
            assert_eq!(found[&place].get(*format), Some(&true), "{format}: {place:?}");
        }
    }
    // The control: what people and agents say is not shown by anybody.
    let said = &found[&Place::Said];
    assert!(said.len() >= 5 && said.values().all(|shown| !shown), "{said:?}");
}
