//! The committed example sessions are what the generator writes, and hold what the key says.

#![expect(clippy::unwrap_used, reason = "test code; the lint spares only the test functions themselves")]

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use serde_json::Value;
use somnium_bench::fleet::{self, Entry, Examples, Expected, Kind};

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

fn examples() -> Examples {
    fleet::examples(fleet::DEFAULT_SEED).unwrap()
}

/// Paths of all files below a folder, relative to `base`, with `/` between the parts.
fn below(folder: &Path, base: &Path, found: &mut BTreeSet<String>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            below(&path, base, found);
        } else {
            let relative = path.strip_prefix(base).unwrap();
            let parts: Vec<_> = relative.iter().map(|part| part.to_str().unwrap()).collect();
            found.insert(parts.join("/"));
        }
    }
}

/// A session as a reader without an importer sees it.
struct Session {
    domain: String,
    format: &'static str,
    /// Every string in it.
    strings: Vec<String>,
    /// What people wrote, refusals included.
    said: Vec<String>,
    /// Calls as (tool, input, answer, whether it failed).
    calls: Vec<(String, Value, String, bool)>,
    success: Option<bool>,
}

fn strings(value: &Value, found: &mut Vec<String>) {
    match value {
        Value::String(text) => found.push(text.clone()),
        Value::Array(list) => list.iter().for_each(|value| strings(value, found)),
        Value::Object(map) => map.values().for_each(|value| strings(value, found)),
        _ => {}
    }
}

fn text(content: &Value) -> String {
    let mut found = Vec::new();
    match content {
        Value::Array(blocks) => blocks.iter().for_each(|block| strings(&block["text"], &mut found)),
        other => strings(other, &mut found),
    }
    found.join("\n")
}

fn sessions(files: &BTreeMap<String, String>) -> BTreeMap<String, Session> {
    let mut sessions = BTreeMap::new();
    for (path, body) in files {
        let domain = path.split('/').nth(1).unwrap().to_owned();
        let new = |format| Session {
            domain: domain.clone(),
            format,
            strings: Vec::new(),
            said: Vec::new(),
            calls: Vec::new(),
            success: None,
        };
        if path.contains("/claude-code/") {
            let mut session = new("claude-code");
            let mut id = String::new();
            let mut parent = Value::Null;
            for line in body.lines() {
                let line: Value = serde_json::from_str(line).unwrap();
                assert_eq!(line["parentUuid"], parent, "{path}: the lines are one chain");
                parent = line["uuid"].clone();
                id = line["sessionId"].as_str().unwrap().to_owned();
                strings(&line, &mut session.strings);
                let content = &line["message"]["content"];
                for block in content.as_array().into_iter().flatten() {
                    match block["type"].as_str().unwrap() {
                        "tool_use" => session.calls.push((
                            block["name"].as_str().unwrap().to_owned(),
                            block["input"].clone(),
                            String::new(),
                            false,
                        )),
                        "tool_result" => {
                            let call = session.calls.last_mut().unwrap();
                            call.2 = text(&block["content"]);
                            call.3 = block["is_error"] == true;
                            if call.2.contains("the user said:") {
                                session.said.push(call.2.clone());
                            }
                        }
                        _ => {}
                    }
                }
                if line["type"] == "user" && !content[0]["type"].eq("tool_result") {
                    session.said.push(text(content));
                }
            }
            sessions.insert(id, session);
        } else if path.ends_with("envelopes.jsonl") {
            for line in body.lines() {
                let mut session = new("envelope");
                let envelope: Value = serde_json::from_str(line).unwrap();
                strings(&envelope, &mut session.strings);
                session.success = envelope["outcome"]["success"].as_bool();
                let record = &envelope["record"];
                let list = record.get("messages").or_else(|| record.get("traj")).unwrap();
                for message in list.as_array().unwrap() {
                    for call in message["tool_calls"].as_array().into_iter().flatten() {
                        let input = call["function"]["arguments"].as_str().unwrap();
                        session.calls.push((
                            call["function"]["name"].as_str().unwrap().to_owned(),
                            serde_json::from_str(input).unwrap(),
                            String::new(),
                            false,
                        ));
                    }
                    if message["role"] == "tool" {
                        let call = session.calls.last_mut().unwrap();
                        call.2 = text(&message["content"]);
                        call.3 = call.2.starts_with("Error: ") || call.2.starts_with("Exit code ");
                    }
                    if message["role"] == "user" {
                        session.said.push(text(&message["content"]));
                    }
                }
                sessions.insert(envelope["session_id"].as_str().unwrap().to_owned(), session);
            }
        } else {
            let mut session = new("managed-agents");
            let document: Value = serde_json::from_str(body).unwrap();
            strings(&document, &mut session.strings);
            for event in document["data"].as_array().unwrap() {
                match event["type"].as_str().unwrap() {
                    "user.message" => session.said.push(text(&event["content"])),
                    "agent.tool_use" | "agent.custom_tool_use" => session.calls.push((
                        event["name"].as_str().unwrap().to_owned(),
                        event["input"].clone(),
                        String::new(),
                        false,
                    )),
                    "agent.tool_result" | "user.custom_tool_result" => {
                        let call = session.calls.last_mut().unwrap();
                        call.2 = text(&event["content"]);
                        call.3 = event["is_error"] == true;
                    }
                    "span.outcome_evaluation_end" => session.success = Some(event["result"] == "satisfied"),
                    _ => {}
                }
            }
            sessions.insert(document["session"]["id"].as_str().unwrap().to_owned(), session);
        }
    }
    sessions
}

fn entry<'a>(examples: &'a Examples, id: &str) -> &'a Entry {
    examples.key.planted.iter().find(|entry| entry.id == id).unwrap()
}

#[test]
fn the_committed_files_are_what_the_generator_writes() {
    let examples = examples();
    let folder = root().join("examples");
    let mut committed = BTreeSet::new();
    below(&folder.join("sessions"), &folder, &mut committed);
    let written: BTreeSet<String> = examples.files.keys().cloned().collect();
    assert_eq!(committed, written);
    for (path, text) in &examples.files {
        // Not `assert_eq!`: a difference would print both files.
        assert!(
            fs::read_to_string(folder.join(path)).unwrap() == *text,
            "{path} differs; write the examples again"
        );
    }
    let key = fs::read_to_string(root().join("bench/fixtures/examples-key.json")).unwrap();
    assert!(key == examples.key_json().unwrap(), "the key differs; write it again");
}

#[test]
fn another_seed_tells_the_same_story_in_other_words() {
    let (ours, other) = (examples(), fleet::examples(fleet::DEFAULT_SEED + 1).unwrap());
    assert_ne!(ours.files, other.files);
    assert_eq!(ours.sessions, other.sessions);
    for (a, b) in ours.key.planted.iter().zip(&other.key.planted) {
        assert_eq!((a.id, a.occurrences, a.sessions.len()), (b.id, b.occurrences, b.sessions.len()));
        assert_eq!(a.principals, b.principals, "{}", a.id);
        assert_eq!(a.failed, b.failed, "{}", a.id);
    }
}

#[test]
fn the_examples_are_of_the_size_and_mix_that_the_readme_says() {
    let examples = examples();
    let sessions = sessions(&examples.files);
    assert_eq!(sessions.len(), examples.sessions);
    let mut counts: BTreeMap<(&str, &str), usize> = BTreeMap::new();
    for session in sessions.values() {
        *counts.entry((session.domain.as_str(), session.format)).or_default() += 1;
    }
    let expected = [
        (("contracts", "claude-code"), 11),
        (("contracts", "envelope"), 10),
        (("contracts", "managed-agents"), 9),
        (("medical", "claude-code"), 3),
        (("medical", "envelope"), 21),
        (("medical", "managed-agents"), 12),
    ];
    assert_eq!(counts, expected.into());
    let bytes: usize = examples.files.values().map(String::len).sum();
    assert!(bytes <= 1_500_000, "{bytes} bytes");

    let judged: Vec<bool> = sessions.values().filter_map(|session| session.success).collect();
    let good = judged.iter().filter(|success| **success).count();
    assert_eq!((good, judged.len()), (examples.key.judged.of_these, examples.key.judged.all));
    assert!((0.60..=0.72).contains(&(good as f64 / judged.len() as f64)));

    let failing = sessions
        .values()
        .flat_map(|session| &session.calls)
        .filter(|call| call.3 && !call.2.contains("the user said:"));
    assert_eq!(failing.count(), examples.key.failing_calls.all);
}

#[test]
fn every_trace_occurs_in_the_sessions_of_its_entry_and_nowhere_else() {
    let examples = examples();
    let sessions = sessions(&examples.files);
    let mut traced = 0;
    for entry in &examples.key.planted {
        let Some(trace) = entry.trace else { continue };
        let found: BTreeSet<String> = sessions
            .iter()
            .filter(|(_, session)| session.strings.iter().any(|text| text.contains(trace)))
            .map(|(id, _)| id.clone())
            .collect();
        assert_eq!(found, entry.sessions, "{}", entry.id);
        traced += 1;
    }
    assert_eq!(traced, 11);
}

#[test]
fn planted_claims_are_above_the_gates_and_decoys_below() {
    let examples = examples();
    for entry in &examples.key.planted {
        let (sessions, people) = (entry.sessions.len(), entry.principals.len());
        let support = format!("{}: {sessions} sessions, {people} people", entry.id);
        match (entry.kind, entry.expected) {
            (Kind::LoudMistake, Expected::Claim) => {
                assert!(sessions >= 4 && entry.agents.len() >= 2 && entry.tasks.len() >= 2, "{support}");
            }
            (Kind::LoudMistake, Expected::NearMiss) => assert_eq!(sessions, 2, "{support}"),
            (Kind::SilentMistake, _) => {
                assert!(entry.tasks.len() >= 5 && entry.failed.of_these == entry.failed.all, "{support}");
            }
            (Kind::Workflow, _) => assert!(entry.tasks.len() >= 3 && entry.agents.len() >= 2, "{support}"),
            (Kind::Preference, Expected::Claim) => assert!(people >= 4, "{support}"),
            (Kind::Preference, Expected::NearMiss) => assert!(people <= 2, "{support}"),
            (Kind::Preference, _) => assert!(people >= 3, "{support}"),
            (Kind::Poison | Kind::Noise, expected) => assert_eq!(expected, Expected::Nothing, "{support}"),
            (kind, expected) => panic!("{support}: {kind:?} {expected:?} is not planned for"),
        }
    }
    let emoji = entry(&examples, "emoji");
    assert_eq!((emoji.principals.len(), emoji.occurrences), (1, 6));
}

#[test]
fn the_parser_loses_pages_in_silence_and_only_ocr_brings_them_back() {
    let examples = examples();
    let sessions = sessions(&examples.files);
    let answers = |tool: &str| -> Vec<(&String, &Session, Value)> {
        let mut found = Vec::new();
        for (id, session) in &sessions {
            for call in session.calls.iter().filter(|call| call.0 == tool && !call.3) {
                found.push((id, session, serde_json::from_str(&call.2).unwrap()));
            }
        }
        found
    };
    let pages: BTreeMap<String, i64> = answers("page_count")
        .iter()
        .map(|(_, _, answer)| {
            (answer["document_id"].as_str().unwrap().to_owned(), answer["page_count"].as_i64().unwrap())
        })
        .collect();
    let scanned: BTreeMap<String, i64> = answers("list_documents")
        .iter()
        .flat_map(|(_, _, answer)| answer["documents"].as_array().unwrap().clone())
        .map(|document| {
            (document["document_id"].as_str().unwrap().to_owned(), document["scanned"].as_i64().unwrap())
        })
        .collect();

    let mut overlooked = BTreeSet::new();
    for (id, session, answer) in answers("parse_pdf") {
        let document = answer["document_id"].as_str().unwrap();
        let lost = answer["pages_parsed"].as_i64().unwrap() < pages[document];
        assert_eq!(lost, scanned[document] < 2015, "{document}");
        let read_again = session.calls.iter().any(|call| call.0 == "ocr_pages" && !call.3);
        if lost && !read_again && session.success == Some(false) {
            overlooked.insert(id.clone());
        }
    }
    assert_eq!(overlooked, entry(&examples, "lost-pages").sessions);
}

#[test]
fn people_say_what_the_key_says_they_said() {
    let examples = examples();
    let sessions = sessions(&examples.files);
    let saying = |words: &[&str]| -> BTreeSet<String> {
        sessions
            .iter()
            .filter(|(_, session)| {
                session.said.iter().any(|text| words.iter().all(|word| text.contains(word)))
            })
            .map(|(id, _)| id.clone())
            .collect()
    };
    let keyed = |ids: &[&str]| -> BTreeSet<String> {
        ids.iter().flat_map(|id| entry(&examples, id).sessions.clone()).collect()
    };
    assert_eq!(saying(&["emojis"]), keyed(&["emoji"]));
    assert_eq!(saying(&["British spelling"]), keyed(&["british-spelling"]));
    assert_eq!(saying(&["PDF"]), keyed(&["send-pdf", "send-docx"]));
    assert_eq!(saying(&["table"]), keyed(&["summary-table-first", "summary-table-last"]));
}

#[test]
fn one_off_errors_are_one_off() {
    let examples = examples();
    let sessions = sessions(&examples.files);
    let traces: Vec<&str> = examples.key.planted.iter().filter_map(|entry| entry.trace).collect();
    let mut seen = BTreeSet::new();
    for call in sessions.values().flat_map(|session| &session.calls) {
        let planted = traces.iter().any(|trace| call.2.contains(trace)) || call.2.contains("the user said:");
        if call.3 && !planted {
            assert!(seen.insert(call.2.clone()), "twice: {}", call.2);
        }
    }
    assert_eq!(seen.len() as u32, entry(&examples, "one-off").occurrences);
    assert!(seen.len() >= 50, "{}", seen.len());
}

#[test]
fn the_readme_lists_what_is_planted_with_its_support() {
    let readme = fs::read_to_string(root().join("examples/README.md")).unwrap();
    for entry in &examples().key.planted {
        let row = format!("| `{}` | {} |", entry.id, entry.sessions.len());
        assert!(readme.contains(&row), "examples/README.md lacks `{row}`");
    }
}
