//! The importers of coding tools and agents: one snapshot a fixture, and the special cases of each format.

mod discovery;
mod render;

use serde_json::{Value, json};
use somnium_transcript::{FileReport, read_bytes, read_file};
use somnium_types::{Body, Status, ThreadId, Transcript};

fn fixture(name: &str) -> (FileReport, Vec<Transcript>) {
    let path = format!("{}/tests/fixtures/{name}", env!("CARGO_MANIFEST_DIR"));
    let mut sessions = Vec::new();
    let report = read_file(path.as_ref(), &mut |session| sessions.push(session));
    (report, sessions)
}

fn lines(values: &[Value]) -> (FileReport, Vec<Transcript>) {
    let text: String = values.iter().map(|value| format!("{value}\n")).collect();
    let mut sessions = Vec::new();
    let report = read_bytes("test", text.into_bytes(), &mut |session| sessions.push(session));
    (report, sessions)
}

fn said(session: &Transcript) -> Vec<&str> {
    let user = |event: &'_ somnium_types::Event| matches!(event.body, Body::User { .. });
    session
        .events
        .iter()
        .filter(|event| user(event))
        .map(|event| match &event.body {
            Body::User { text } => text.as_str(),
            _ => "",
        })
        .collect()
}

#[test]
fn every_fixture_reads_as_its_snapshot() {
    for name in [
        "claude-code/kiln.jsonl",
        "claude-code/agent.jsonl",
        "codex/tide.jsonl",
        "codex/child.jsonl",
        "codex/oldest.jsonl",
        "gemini-cli/stock.json",
        "gemini-cli/stock.jsonl",
        "managed-agents/prices.json",
        "managed-agents/damaged.jsonl",
        "mini-swe-agent/reed.traj.json",
        "mini-swe-agent/older.traj.json",
        "opencode/glaze.json",
        "pi/loom.jsonl",
        "swe-agent/bell.traj",
    ] {
        let (report, sessions) = fixture(name);
        assert_eq!(report.format.as_deref(), name.split('/').next(), "{name}");
        let skipped: String = report
            .skipped
            .iter()
            .map(|skipped| format!("skipped {}: {}\n", skipped.line.unwrap_or(0), skipped.why))
            .collect();
        let text: String = sessions.iter().map(render::render).collect();
        insta::assert_snapshot!(name.replace(['/', '.'], "-"), text + &skipped);
    }
}

fn claude(uuid: &str, parent: Option<&str>, session: &str, kind: &str, content: Value) -> Value {
    json!({"type": kind, "uuid": uuid, "parentUuid": parent, "sessionId": session,
           "message": {"id": uuid, "role": kind, "content": content}})
}

#[test]
fn claude_code_a_resumed_session_is_one_and_two_unrelated_ones_are_two() {
    let resumed = [
        claude("a", None, "old", "user", json!("first")),
        claude("b", Some("a"), "new", "assistant", json!([{"type": "text", "text": "yes"}])),
        claude("c", None, "other", "user", json!("hello")),
    ];
    let (report, sessions) = lines(&resumed);
    assert_eq!((report.sessions, sessions[0].id.as_str(), sessions[1].id.as_str()), (2, "new", "other"));
    assert_eq!(sessions[0].parent.as_ref().map(|parent| parent.as_str()), Some("old"));
}

#[test]
fn claude_code_a_file_of_titles_is_reported_and_no_session() {
    let (report, sessions) = lines(&[json!({"type": "summary", "summary": "x", "leafUuid": "y"})]);
    assert!(sessions.is_empty());
    assert_eq!(report.skipped[0].why, "titles and snapshots only, no conversation");
}

#[test]
fn claude_code_unknown_lines_are_listed_and_the_others_kept() {
    let (report, sessions) = lines(&[
        claude("a", None, "s", "user", json!("first")),
        json!({"type": "wormhole", "sessionId": "s"}),
        json!([1]),
        claude("b", Some("a"), "s", "user", Value::Null),
        claude("c", Some("b"), "s", "user", json!([{"type": "text", "text": "last"}, {"type": "image"}])),
    ]);
    let listed: Vec<_> = report.skipped.iter().map(|skipped| skipped.line).collect();
    assert_eq!(listed, [Some(2), Some(3), Some(4)]);
    assert_eq!(said(&sessions[0]), ["first", "last\n[image]"]);
}

#[test]
fn claude_code_queued_words_are_said_once_whichever_way_they_come_back() {
    let queue = |operation: &str, content: Value| json!({"type": "queue-operation", "operation": operation, "content": content, "sessionId": "s"});
    let attached = |uuid: &str, text: &str| {
        json!({"type": "attachment", "uuid": uuid, "parentUuid": "a", "sessionId": "s",
               "attachment": {"type": "queued_command", "prompt": text, "commandMode": "prompt"}})
    };
    let (_, sessions) = lines(&[
        claude("a", None, "s", "user", json!("go")),
        queue("enqueue", json!("one")),
        queue("enqueue", json!("two")),
        queue("enqueue", json!("three")),
        queue("remove", Value::Null),
        attached("q1", "one"),
        attached("q2", "two"),
        queue("remove", Value::Null),
        queue("dequeue", Value::Null),
        claude("b", Some("a"), "s", "user", json!("three")),
    ]);
    let mut words = said(&sessions[0]);
    words.sort_unstable();
    assert_eq!(words, ["go", "one", "three", "two"]);
}

#[test]
fn codex_takes_messages_from_events_only_where_the_items_have_none() {
    let meta = json!({"type": "session_meta", "payload": {"id": "x", "cwd": "/w"}});
    let event =
        |kind: &str, text: &str| json!({"type": "event_msg", "payload": {"type": kind, "message": text}});
    let item = json!({"type": "response_item", "payload":
        {"type": "message", "role": "assistant", "content": [{"type": "output_text", "text": "done"}]}});
    let (_, sessions) = lines(&[meta, event("user_message", "do it"), event("agent_message", "done"), item]);
    let texts: Vec<_> = sessions[0].events.iter().map(|event| event.text().into_owned()).collect();
    assert_eq!(texts, ["do it", "done"]);
}

#[test]
fn codex_two_rollouts_in_one_file_are_two_sessions() {
    let meta = |id: &str| json!({"type": "session_meta", "payload": {"id": id, "cwd": "/home/lin/w"}});
    let user = json!({"type": "response_item", "payload":
        {"type": "message", "role": "user", "content": [{"type": "input_text", "text": "hi"}]}});
    let (report, sessions) = lines(&[meta("a"), user.clone(), meta("b"), user]);
    assert_eq!((report.sessions, sessions[1].id.as_str()), (2, "b"));
    assert_eq!(sessions[1].principal.as_ref().map(|who| who.as_str()), Some("lin"));
}

#[test]
fn pi_a_branch_that_was_left_is_a_thread_and_loops_end() {
    let entry = |id: &str, parent: &str, text: &str| json!({"type": "message", "id": id, "parentId": parent, "message": {"role": "user", "content": text}});
    let (_, sessions) = lines(&[
        entry("a", "d", "root"),
        entry("b", "a", "left"),
        entry("c", "b", "left too"),
        entry("d", "a", "taken"),
    ]);
    let threads: Vec<_> = sessions[0].events.iter().map(|event| event.thread).collect();
    assert_eq!(threads, [ThreadId(0), ThreadId(1), ThreadId(1), ThreadId(0)]);
}

#[test]
fn gemini_prompt_logs_are_no_sessions() {
    let log = json!([{"sessionId": "s", "messageId": 0, "type": "user", "message": "hello"}]);
    let (report, sessions) = lines(&[log]);
    assert!(sessions.is_empty() && report.format.as_deref() == Some("gemini-cli"));
    assert!(report.skipped[0].why.contains("prompt log"));
}

#[test]
fn managed_agents_reads_pages_bare_lists_and_lines_alike() {
    let event = |id: &str, kind: &str, text: &str| json!({"id": id, "type": kind, "content": [{"type": "text", "text": text}]});
    let events = [event("1", "user.message", "hello"), event("2", "agent.message", "hi")];
    let (_, by_line) = lines(&events);
    let (_, page) = lines(&[json!({"data": events})]);
    let (_, bare) = lines(&[json!(events)]);
    assert_eq!(by_line[0].events.len(), 2);
    assert_eq!(by_line[0].events, page[0].events);
    assert_eq!(by_line[0].events, bare[0].events);
    let (report, _) = lines(&[json!([events[0], {"type": "user.message"}])]);
    assert_eq!(report.skipped[0].why, "event 2: an event without `content`");
}

#[test]
fn managed_agents_a_satisfied_grader_is_a_success_and_another_round_is_nothing_yet() {
    let graded = |result: &str| {
        let (_, sessions) = lines(&[
            json!({"type": "user.define_outcome", "description": "list"}),
            json!({"type": "span.outcome_evaluation_end", "result": result, "explanation": ""}),
        ]);
        sessions[0].outcome.as_ref().map(|outcome| outcome.failed())
    };
    assert_eq!(graded("satisfied"), Some(false));
    assert_eq!(graded("failed"), Some(true));
    assert_eq!(graded("needs_revision"), None);
    assert_eq!(graded("interrupted"), None);
}

#[test]
fn an_interrupted_call_gets_no_second_result() {
    let meta = json!({"type": "session_meta", "payload": {"id": "x", "cwd": "/w"}});
    let item = |value: Value| json!({"type": "response_item", "payload": value});
    let (_, sessions) = lines(&[
        meta,
        item(json!({"type": "function_call", "name": "shell", "arguments": "{}", "call_id": "c"})),
        json!({"type": "event_msg", "payload": {"type": "turn_aborted"}}),
        item(json!({"type": "function_call_output", "call_id": "c", "output": "aborted by user after 2s"})),
    ]);
    let statuses: Vec<_> = sessions[0]
        .events
        .iter()
        .filter_map(|event| match &event.body {
            Body::ToolResult(result) => Some((result.status, result.text.as_str())),
            _ => None,
        })
        .collect();
    assert_eq!(statuses, [(Status::Interrupted, "aborted by user after 2s")]);
}
