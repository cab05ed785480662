//! Pi: a header line, then entries that form a tree by `id` and `parentId`.
//!
//! ```json
//! {"type": "session", "version": 3, "id": "…", "timestamp": "…", "cwd": "…"}
//! {"type": "message", "id": "…", "parentId": "…", "message": {"role": "assistant", "content": […], …}}
//! ```
//! The session is the path to the last entry. What lies beside it (the person went back and took another way)
//! is kept on threads of its own, one a branch.

use std::collections::{HashMap, HashSet};

use somnium_types::{SessionId, Status, SystemKind, ThreadId, ToolResult, Usage};

use super::{Document, Importer, Layout, Sink};
use crate::content::{self, str_at};
use crate::draft::{Draft, Place};
use crate::home;
use crate::json::Json;

pub(super) struct Pi;

impl Importer for Pi {
    fn name(&self) -> &'static str {
        "pi"
    }

    fn title(&self) -> &'static str {
        "Pi"
    }

    fn layout(&self) -> Layout {
        Layout::Running
    }

    fn sniff(&self, sample: &[&Json<'_>]) -> bool {
        sample.iter().any(|line| is_header(line) || is_message(line))
    }

    fn import(&self, documents: &mut dyn Iterator<Item = Document<'_>>, sink: &mut Sink) {
        let mut entries: Vec<Json> = Vec::new();
        let mut first = None;
        for Document { line, value } in documents {
            if is_header(&value) && !entries.is_empty() {
                session(first.unwrap_or(line), &std::mem::take(&mut entries), sink);
                first = None;
            }
            if str_at(&value, "type").is_none() {
                sink.skip(line, "a line without a `type`");
                continue;
            }
            first = first.or(Some(line));
            entries.push(value);
        }
        if let Some(line) = first {
            session(line, &entries, sink);
        }
    }
}

fn is_header(line: &Json) -> bool {
    let has = |key: &str| line.get(key).is_some();
    str_at(line, "type") == Some("session") && has("version") && has("id") && has("cwd")
}

fn is_message(line: &Json) -> bool {
    str_at(line, "type") == Some("message")
        && line.get("parentId").is_some()
        && line.get("message").is_some_and(|message| message.get("role").is_some())
}

fn session(line: u64, entries: &[Json], sink: &mut Sink) {
    let mut draft = Draft::new("");
    draft.transcript.source.line = Some(line);
    let main = path_to_the_last(entries);
    let mut threads: HashMap<&str, ThreadId> = HashMap::new();
    for entry in entries {
        if is_header(entry) {
            header(&mut draft, entry);
            continue;
        }
        let id = str_at(entry, "id").unwrap_or_default();
        let thread = if id.is_empty() || main.contains(id) {
            ThreadId::MAIN
        } else {
            // The first entry beside the path opens a thread, the ones that follow it stay there.
            let parent = str_at(entry, "parentId").and_then(|parent| threads.get(parent)).copied();
            parent.filter(|&thread| thread != ThreadId::MAIN).unwrap_or_else(|| draft.thread(id, id))
        };
        threads.insert(id, thread);
        let at = entry.get("timestamp").and_then(content::time);
        read(&mut draft, Place { at, thread }, entry);
    }
    sink.emit(draft.finish(|_| false));
}

/// Returns the ids on the way from the root to the last entry.
fn path_to_the_last<'a>(entries: &'a [Json<'_>]) -> HashSet<&'a str> {
    let parents: HashMap<&str, Option<&str>> =
        entries.iter().filter_map(|entry| Some((str_at(entry, "id")?, str_at(entry, "parentId")))).collect();
    let last = entries.iter().rev().find(|entry| entry.get("parentId").is_some());
    let mut path = HashSet::new();
    let mut at = last.and_then(|entry| str_at(entry, "id"));
    while let Some(id) = at {
        if !path.insert(id) {
            break;
        }
        at = parents.get(id).copied().flatten();
    }
    path
}

fn header(draft: &mut Draft, header: &Json) {
    let transcript = &mut draft.transcript;
    transcript.id = SessionId::from(str_at(header, "id").unwrap_or_default());
    transcript.started_at = header.get("timestamp").and_then(content::time);
    transcript.project = str_at(header, "cwd").map(str::to_owned);
    transcript.principal = str_at(header, "cwd").and_then(home::owner);
    // A path to the earlier session's file, whose name ends in its id.
    transcript.parent = str_at(header, "parentSession")
        .and_then(|path| path.rsplit(['/', '\\', '_']).next())
        .map(|name| SessionId::from(name.trim_end_matches(".jsonl")));
}

fn read(draft: &mut Draft, place: Place, entry: &Json) {
    let text = |key: &str| entry.get(key).map(content::text).unwrap_or_default();
    match str_at(entry, "type").unwrap_or_default() {
        "message" => message(draft, place, entry.get("message").unwrap_or(&Json::Null)),
        "model_change" => model(draft, entry, "modelId"),
        "compaction" | "branch_summary" => draft.system(place, SystemKind::Compaction, text("summary")),
        "custom_message" => draft.injected(place, SystemKind::Reminder, &text("content")),
        _ => {}
    }
}

fn model(draft: &mut Draft, value: &Json, key: &str) {
    if let Some(model) = str_at(value, key) {
        draft.transcript.model = Some(model.to_owned());
    }
}

fn message(draft: &mut Draft, place: Place, message: &Json) {
    let content = message.get("content").unwrap_or(&Json::Null);
    match str_at(message, "role").unwrap_or_default() {
        "user" => draft.user(place, &content::text(content)),
        "assistant" => assistant(draft, place, message, content),
        "toolResult" => {
            let status = match message.get("isError").and_then(Json::as_bool) {
                Some(true) => Status::Error,
                Some(false) => Status::Ok,
                None => Status::Unknown,
            };
            let call = str_at(message, "toolCallId").unwrap_or_default().into();
            let exit_code = message.get("details").and_then(|details| exit_code(details, "exitCode"));
            draft.result(place, ToolResult { call, text: content::text(content), status, exit_code });
        }
        "bashExecution" => {
            // The person ran a command themselves; it is shown to the agent.
            let command = str_at(message, "command").unwrap_or_default();
            let output = str_at(message, "output").unwrap_or_default();
            let code = exit_code(message, "exitCode").map(|code| format!("\n[exit code {code}]"));
            let text = format!("$ {command}\n{output}{}", code.unwrap_or_default());
            draft.system(place, SystemKind::Meta, text);
        }
        "compactionSummary" | "branchSummary" => {
            let summary = message.get("summary").map(content::text).unwrap_or_default();
            draft.system(place, SystemKind::Compaction, summary);
        }
        _ => draft.injected(place, SystemKind::Reminder, &content::text(content)),
    }
}

fn exit_code(value: &Json, key: &str) -> Option<i32> {
    value.get(key)?.as_i64()?.try_into().ok()
}

fn assistant(draft: &mut Draft, place: Place, message: &Json, content: &Json) {
    model(draft, message, "model");
    let usage = message.get("usage").unwrap_or(&Json::Null);
    let tokens = |key: &str| usage.get(key).and_then(Json::as_u64).unwrap_or(0);
    draft.transcript.usage += Usage {
        input_tokens: tokens("input"),
        output_tokens: tokens("output"),
        cache_creation_input_tokens: tokens("cacheWrite"),
        cache_read_input_tokens: tokens("cacheRead"),
    };
    let blocks = match content {
        Json::Array(blocks) => blocks.as_ref(),
        other => std::slice::from_ref(other),
    };
    for block in blocks {
        match str_at(block, "type") {
            Some("thinking") => draft.thinking(place, str_at(block, "thinking").unwrap_or_default()),
            Some("toolCall") => {
                let input = content::arguments(block.get("arguments").unwrap_or(&Json::Null));
                let tool = str_at(block, "name").unwrap_or_default();
                draft.call(place, str_at(block, "id"), tool, input);
            }
            _ => draft.assistant(place, content::text(block)),
        }
    }
    match str_at(message, "stopReason") {
        Some("error") => {
            let text = str_at(message, "errorMessage").unwrap_or("the model's provider failed");
            draft.system(place, SystemKind::Error, text);
        }
        Some("aborted") => draft.interrupt(place.at),
        _ => {}
    }
}
