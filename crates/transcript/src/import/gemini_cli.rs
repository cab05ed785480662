//! Gemini CLI: one document a session, or a header line and one message a line.
//!
//! ```json
//! {"sessionId": "…", "projectHash": "…", "messages": [
//!   {"id": "…", "type": "user", "content": "…"},
//!   {"id": "…", "type": "gemini", "content": "…", "thoughts": […], "toolCalls": [{"status": "success", …}]}]}
//! ```
//! A message is written again under its id when its tool calls have finished: the last writing counts.

use std::collections::HashMap;

use somnium_types::{SessionId, Status, SystemKind, ToolResult, Usage};

use super::{Document, Importer, Layout, Sink};
use crate::content::{self, str_at};
use crate::draft::{Draft, Place};
use crate::json::Json;

pub(super) struct GeminiCli;

impl Importer for GeminiCli {
    fn name(&self) -> &'static str {
        "gemini-cli"
    }

    fn title(&self) -> &'static str {
        "Gemini CLI"
    }

    fn layout(&self) -> Layout {
        Layout::Running
    }

    fn sniff(&self, sample: &[&Json<'_>]) -> bool {
        sample.iter().any(|document| is_header(document) || is_log(document))
    }

    fn import(&self, documents: &mut dyn Iterator<Item = Document<'_>>, sink: &mut Sink) {
        let mut session: Option<Session> = None;
        for Document { line, value } in documents {
            if is_log(&value) {
                sink.skip(
                    line,
                    "Gemini CLI's prompt log, which holds no answers; give it the files in `chats`",
                );
            } else if is_header(&value) {
                session.take().into_iter().for_each(|done| sink.emit(done.finish()));
                session = Some(Session::new(line, value));
            } else if let Some(session) = &mut session {
                session.update(value);
            } else {
                sink.skip(line, "a message before the session's first line");
            }
        }
        session.into_iter().for_each(|done| sink.emit(done.finish()));
    }
}

fn is_header(document: &Json) -> bool {
    document.get("sessionId").is_some() && document.get("projectHash").is_some()
}

/// Returns whether this is `logs.json`: a list of what was typed, over all sessions.
fn is_log(document: &Json) -> bool {
    document.as_array().and_then(|entries| entries.first()).is_some_and(|entry| {
        entry.get("sessionId").is_some() && entry.get("messageId").is_some() && entry.get("message").is_some()
    })
}

/// One session: its messages in the order in which they first appeared, each in its last writing.
struct Session<'a> {
    line: u64,
    header: Json<'a>,
    messages: Vec<Json<'a>>,
    by_id: HashMap<String, usize>,
}

impl<'a> Session<'a> {
    fn new(line: u64, mut header: Json<'a>) -> Self {
        let messages = header.take("messages");
        let mut session = Self { line, header, messages: Vec::new(), by_id: HashMap::new() };
        session.add(messages);
        session
    }

    fn add(&mut self, messages: Option<Json<'a>>) {
        if let Some(Json::Array(messages)) = messages {
            messages.into_iter().for_each(|message| self.message(message));
        }
    }

    /// Takes one line after the header: a message, or a change `{"$set": {…}}` of the header.
    fn update(&mut self, line: Json<'a>) {
        let mut line = line;
        if let Some(mut change) = line.take("$set") {
            self.add(change.take("messages"));
        } else if line.get("type").is_some() {
            self.message(line);
        }
    }

    fn message(&mut self, message: Json<'a>) {
        let known = str_at(&message, "id").and_then(|id| self.by_id.get(id)).copied();
        match known.and_then(|at| self.messages.get_mut(at)) {
            Some(earlier) => *earlier = message,
            None => {
                if let Some(id) = str_at(&message, "id") {
                    self.by_id.insert(id.to_owned(), self.messages.len());
                }
                self.messages.push(message);
            }
        }
    }

    fn finish(self) -> somnium_types::Transcript {
        let mut draft = Draft::new(SessionId::from(str_at(&self.header, "sessionId").unwrap_or_default()));
        draft.transcript.source.line = Some(self.line);
        draft.transcript.project = str_at(&self.header, "projectHash").map(str::to_owned);
        draft.transcript.started_at = self.header.get("startTime").and_then(content::time);
        for message in &self.messages {
            read(&mut draft, message);
        }
        draft.finish(|_| false)
    }
}

fn read(draft: &mut Draft, message: &Json) {
    let place = Place::main(message.get("timestamp").and_then(content::time));
    let text = message.get("content").map(content::text).unwrap_or_default();
    match str_at(message, "type").unwrap_or_default() {
        "user" => draft.user(place, &text),
        "gemini" => answer(draft, place, message, &text),
        "error" => draft.system(place, SystemKind::Error, text),
        "info" | "warning" => draft.system(place, SystemKind::Meta, text),
        _ => {}
    }
}

fn answer(draft: &mut Draft, place: Place, message: &Json, text: &str) {
    if let Some(model) = str_at(message, "model") {
        draft.transcript.model = Some(model.to_owned());
    }
    let usage = message.get("tokens").unwrap_or(&Json::Null);
    let tokens = |key: &str| usage.get(key).and_then(Json::as_u64).unwrap_or(0);
    // The API counts cached tokens as input too, and thoughts beside the output.
    draft.transcript.usage += Usage {
        input_tokens: tokens("input").saturating_sub(tokens("cached")),
        output_tokens: tokens("output").saturating_add(tokens("thoughts")),
        cache_creation_input_tokens: 0,
        cache_read_input_tokens: tokens("cached"),
    };
    for thought in list(message, "thoughts") {
        let at = thought.get("timestamp").and_then(content::time);
        let parts = ["subject", "description"].map(|key| str_at(thought, key).unwrap_or_default());
        let parts: Vec<_> = parts.into_iter().filter(|part| !part.is_empty()).collect();
        draft.thinking(Place { at: at.or(place.at), ..place }, parts.join("\n"));
    }
    draft.assistant(place, text);
    let calls = list(message, "toolCalls");
    for call in calls {
        let at = call.get("timestamp").and_then(content::time).or(place.at);
        let input = content::arguments(call.get("args").unwrap_or(&Json::Null));
        let tool = str_at(call, "name").unwrap_or_default();
        let id = draft.call(Place { at: place.at, ..place }, str_at(call, "id"), tool, input);
        let status = match str_at(call, "status") {
            Some("success") => Status::Ok,
            Some("error") => Status::Error,
            Some("cancelled") => Status::Denied,
            Some("executing" | "scheduled" | "validating" | "awaiting_approval") => continue,
            _ => Status::Unknown,
        };
        let text = response(call);
        draft.result(Place { at, ..place }, ToolResult { call: id, text, status, exit_code: None });
    }
}

fn list<'a, 't>(value: &'a Json<'t>, key: &str) -> &'a [Json<'t>] {
    value.get(key).and_then(Json::as_array).unwrap_or_default()
}

/// Returns the text of a call's `functionResponse`s: what they call `output` or `error`, else all of it.
fn response(call: &Json) -> String {
    let parts = list(call, "result").iter().map(|part| {
        let Some(response) = part.get("functionResponse").and_then(|part| part.get("response")) else {
            return content::text(part);
        };
        match response.get("output").or_else(|| response.get("error")) {
            Some(Json::String(text)) => text.as_ref().to_owned(),
            Some(other) => other.to_string(),
            None => response.to_string(),
        }
    });
    let text = parts.filter(|part| !part.is_empty()).collect::<Vec<_>>().join("\n");
    if text.is_empty() { str_at(call, "resultDisplay").unwrap_or_default().to_owned() } else { text }
}
