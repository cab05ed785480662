//! From the lines of one rollout to its events.

use std::collections::BTreeMap;

use serde_json::Value;
use somnium_types::{
    Body, Event, SessionId, SubagentPhase, SystemKind, ThreadId, ToolResult, Transcript, Usage,
};

use super::output::{self, Verdict};
use crate::content::{self, str_at};
use crate::draft::{Draft, Place};
use crate::harness_text::{self, Piece};
use crate::home;
use crate::import::Sink;
use crate::json::{self, Json};

/// One rollout on its way through.
pub(super) struct Session {
    draft: Draft,
    /// The session's own id, once its first line was read.
    id: Option<String>,
    /// The session that this one was forked from or started by.
    origin: Option<String>,
    /// Whether another agent, not a person, gives this session its work.
    subagent: bool,
    /// Lines that repeat the earlier session: `Some` while they last, with their number.
    inherited: Option<u64>,
    repeated: u64,
    /// Tokens that the earlier session had used when this one was forked.
    before: Usage,
    total: Usage,
    /// What events said about calls whose result has not been read yet.
    verdicts: BTreeMap<String, Verdict>,
    seen: Seen,
}

/// Which kinds of message the response items hold; events repeat them.
#[derive(Default)]
struct Seen {
    user: bool,
    assistant: bool,
    reasoning: bool,
}

impl Session {
    pub(super) fn new(line: u64) -> Self {
        let mut draft = Draft::new("");
        draft.transcript.source.line = Some(line);
        Self {
            draft,
            id: None,
            origin: None,
            subagent: false,
            inherited: None,
            repeated: 0,
            before: Usage::default(),
            total: Usage::default(),
            verdicts: BTreeMap::new(),
            seen: Seen::default(),
        }
    }

    /// Returns whether a session's first line begins another session (and not the copy of an earlier one).
    pub(super) fn is_another(&self, meta: &Json) -> bool {
        self.id.is_some() && self.id.as_deref() != str_at(meta, "id") && self.origin.is_none()
    }

    pub(super) fn emit(self, sink: &mut Sink) {
        let line = self.draft.transcript.source.line.unwrap_or(1);
        if self.repeated > 0 {
            sink.skip(
                line,
                format!("{} lines that repeat the session this one was forked from", self.repeated),
            );
        }
        sink.emit(self.finish());
    }

    fn finish(self) -> Transcript {
        let seen = self.seen;
        let mut transcript = self.draft.finish(|event: &Event| match event.body {
            Body::Assistant { .. } => !seen.assistant,
            Body::Thinking { .. } => !seen.reasoning,
            _ => !seen.user,
        });
        let (total, before) = (self.total, self.before);
        transcript.usage = Usage {
            input_tokens: total.input_tokens.saturating_sub(before.input_tokens),
            output_tokens: total.output_tokens.saturating_sub(before.output_tokens),
            cache_read_input_tokens: total
                .cache_read_input_tokens
                .saturating_sub(before.cache_read_input_tokens),
            cache_creation_input_tokens: 0,
        };
        transcript
    }

    pub(super) fn line(&mut self, kind: &str, at: Option<&Json>, payload: &Json) {
        let place = Place::main(at.and_then(content::time));
        self.end_of_copy(payload);
        if let Some(lines) = &mut self.inherited {
            *lines += 1;
            self.repeated += 1;
            if str_at(payload, "type") == Some("token_count") {
                self.tokens(payload);
                self.before = self.total;
            }
            return;
        }
        match kind {
            "session_meta" => self.meta(place, payload),
            "turn_context" => {
                if let Some(model) = str_at(payload, "model") {
                    self.draft.transcript.model = Some(model.to_owned());
                }
                self.folder(payload);
            }
            "response_item" => self.item(place, payload),
            "event_msg" => self.event(place, payload),
            "compacted" => {
                let text = str_at(payload, "message").unwrap_or_default();
                let kept = payload.get("replacement_history").and_then(Json::as_array).map_or(0, <[_]>::len);
                let text = if text.trim().is_empty() {
                    format!("[history replaced by {kept} messages]")
                } else {
                    text.to_owned()
                };
                self.draft.system(place, SystemKind::Compaction, text);
            }
            _ => {}
        }
    }

    /// The copy of an earlier session ends with the first turn that is younger than this session. Ids of turns
    /// and sessions begin with their time (UUID version 7).
    fn end_of_copy(&mut self, payload: &Json) {
        let (Some(_), Some(own), Some(turn)) = (self.inherited, &self.id, str_at(payload, "turn_id")) else {
            return;
        };
        let timed = |id: &str| id.len() == 36 && id.as_bytes().get(14) == Some(&b'7');
        if !timed(own) || !timed(turn) || turn > own.as_str() {
            self.inherited = None;
        }
    }

    fn meta(&mut self, place: Place, meta: &Json) {
        let id = str_at(meta, "id").unwrap_or_default();
        if let Some(own) = &self.id {
            if own != id {
                self.inherited = Some(1);
                self.repeated += 1;
            }
            return;
        }
        self.id = Some(id.to_owned());
        self.folder(meta);
        let spawn = meta.get("source").and_then(|source| source.get("subagent"));
        self.subagent = spawn.is_some();
        let parent = spawn.and_then(|spawn| str_at(spawn.get("thread_spawn")?, "parent_thread_id"));
        let parent = parent.or_else(|| str_at(meta, "forked_from_id"));
        self.origin = parent.map(str::to_owned);
        let transcript = &mut self.draft.transcript;
        transcript.id = SessionId::from(id);
        transcript.parent = parent.map(SessionId::from);
        transcript.agent = str_at(meta, "agent_role").map(Into::into);
        transcript.started_at = meta.get("timestamp").and_then(content::time);
        let prompt = meta.get("base_instructions").map(content::text).unwrap_or_default();
        self.draft.system(place, SystemKind::Prompt, prompt);
        let memory = meta.get("instructions").map(content::text).unwrap_or_default();
        self.draft.system(place, SystemKind::Memory, memory);
    }

    fn folder(&mut self, value: &Json) {
        let transcript = &mut self.draft.transcript;
        if let (None, Some(folder)) = (&transcript.project, str_at(value, "cwd")) {
            transcript.project = Some(folder.to_owned());
            transcript.principal = home::owner(folder);
        }
    }

    fn item(&mut self, place: Place, item: &Json) {
        match str_at(item, "type").unwrap_or_default() {
            "message" => self.message(place, item),
            "reasoning" => {
                self.seen.reasoning = true;
                let parts = ["summary", "content"].map(|key| item.get(key).map(content::text));
                let text: Vec<_> = parts.into_iter().flatten().filter(|text| !text.is_empty()).collect();
                self.draft.thinking(place, text.join("\n"));
            }
            "function_call" => {
                let input = content::arguments(item.get("arguments").unwrap_or(&Json::Null));
                self.call(place, item, &tool_name(item), input);
            }
            "custom_tool_call" => {
                let input = item.get("input").map(Json::to_value).unwrap_or_default();
                self.call(place, item, &tool_name(item), input);
            }
            "local_shell_call" => {
                let input = item.get("action").map(Json::to_value).unwrap_or_default();
                self.call(place, item, "local_shell", input);
            }
            "web_search_call" => {
                let input = item.get("action").map_or_else(|| serde_json::json!({}), Json::to_value);
                self.call(place, item, "web_search", input);
            }
            "function_call_output" | "custom_tool_call_output" | "local_shell_call_output" => {
                self.output(place, item);
            }
            _ => {}
        }
    }

    fn message(&mut self, place: Place, item: &Json) {
        let content = item.get("content").unwrap_or(&Json::Null);
        let parts = match content {
            Json::Array(parts) => parts.as_ref(),
            other => std::slice::from_ref(other),
        };
        let role = str_at(item, "role").unwrap_or_default();
        if role == "assistant" {
            self.seen.assistant = true;
            self.draft.assistant(place, content::text(content));
            return;
        }
        for text in parts.iter().map(content::text) {
            if role != "user" {
                self.draft.injected(place, SystemKind::Prompt, &text);
                continue;
            }
            self.seen.user = true;
            if self.notification(place, &text) {
                continue;
            }
            for body in self.cut(&text) {
                self.draft.push(place, body);
            }
        }
    }

    /// Cuts a user message; what is not the harness's is a person's, or the starting agent's.
    fn cut(&self, text: &str) -> Vec<Body> {
        let body = |piece| match piece {
            Piece::Harness(kind, text) => Body::System { kind, text },
            Piece::Said(text) if self.subagent => {
                let child = ThreadId::MAIN;
                Body::Subagent { phase: SubagentPhase::Start, child, text }
            }
            Piece::Said(text) => Body::User { text },
        };
        harness_text::split(text).into_iter().map(body).collect()
    }

    /// A sub-agent's report that came as a message: `{"agent_path": id, "status": {"completed": text}}`.
    fn notification(&mut self, place: Place, text: &str) -> bool {
        let report = || -> Option<(String, String)> {
            let inner = text.trim().strip_prefix("<subagent_notification>")?;
            let report = json::strict(inner.strip_suffix("</subagent_notification>")?)?;
            let agent = str_at(&report, "agent_path").or_else(|| str_at(&report, "agent_id"))?;
            let (_, text) = report.get("status")?.as_object()?.sorted().into_iter().next()?;
            Some((agent.to_owned(), content::text(text)))
        };
        let Some((agent, text)) = report() else { return false };
        let child = self.draft.thread(&agent, &agent);
        self.draft.push(place, Body::Subagent { phase: SubagentPhase::Report, child, text });
        true
    }

    fn call(&mut self, place: Place, item: &Json, tool: &str, input: Value) {
        let id = str_at(item, "call_id").or_else(|| str_at(item, "id"));
        let task = str_at(&input, "message").map(str::to_owned);
        let name = str_at(&input, "agent_type").unwrap_or("sub-agent").to_owned();
        let id = self.draft.call(place, id, tool, input);
        if let ("spawn_agent", Some(text)) = (tool, task) {
            let child = self.draft.thread(id.as_str(), &name);
            self.draft.push(place, Body::Subagent { phase: SubagentPhase::Start, child, text });
        }
    }

    fn output(&mut self, place: Place, item: &Json) {
        let call = str_at(item, "call_id").or_else(|| str_at(item, "id")).unwrap_or_default();
        let (text, mut verdict) = output::read(item.get("output").unwrap_or(&Json::Null));
        if let Some(said) = self.verdicts.remove(call) {
            verdict = Verdict { exit_code: said.exit_code.or(verdict.exit_code), ..said };
        }
        if self.draft.tool_of(call) == Some("spawn_agent") {
            self.name_agent(call, &text);
        }
        let (status, exit_code) = (verdict.status, verdict.exit_code);
        self.draft.result(place, ToolResult { call: call.into(), text, status, exit_code });
    }

    /// Gives the thread of a started sub-agent its id and its name.
    fn name_agent(&mut self, call: &str, text: &str) {
        let Some(started) = json::strict(text) else { return };
        let Some(thread) = self.draft.known_thread(call) else { return };
        if let Some(id) = str_at(&started, "agent_id") {
            self.draft.bind_thread(id, thread);
        }
        let named = self.draft.transcript.threads.get_mut(thread.0 as usize);
        if let (Some(named), Some(name)) = (named, str_at(&started, "nickname")) {
            name.clone_into(&mut named.name);
        }
    }

    fn event(&mut self, place: Place, event: &Json) {
        let text = |key: &str| str_at(event, key).unwrap_or_default().to_owned();
        let late = |body| Event::new(body).at(place.at);
        match str_at(event, "type").unwrap_or_default() {
            "user_message" => {
                for body in self.cut(&text("message")) {
                    self.draft.late(late(body));
                }
            }
            "agent_message" => self.draft.late(late(Body::Assistant { text: text("message") })),
            "agent_reasoning" => self.draft.late(late(Body::Thinking { text: text("text") })),
            "token_count" => self.tokens(event),
            "turn_aborted" => self.draft.interrupt(place.at),
            "error" | "stream_error" => self.draft.system(place, SystemKind::Error, text("message")),
            _ => {
                let (Some(call), Some(verdict)) = (str_at(event, "call_id"), output::of_event(event)) else {
                    return;
                };
                match self.draft.result_of(call) {
                    Some(result) => {
                        result.status = verdict.status;
                        result.exit_code = verdict.exit_code.or(result.exit_code);
                    }
                    None => {
                        self.verdicts.insert(call.to_owned(), verdict);
                    }
                }
            }
        }
    }

    /// Notes the running total of tokens. Codex counts cached tokens as input too.
    fn tokens(&mut self, event: &Json) {
        let Some(total) = event.get("info").and_then(|info| info.get("total_token_usage")) else { return };
        let tokens = |key: &str| total.get(key).and_then(Json::as_u64).unwrap_or(0);
        let cached = tokens("cached_input_tokens");
        self.total = Usage {
            input_tokens: tokens("input_tokens").saturating_sub(cached),
            output_tokens: tokens("output_tokens"),
            cache_creation_input_tokens: 0,
            cache_read_input_tokens: cached,
        };
    }
}

/// Returns a call's tool, with the MCP server in front where there is one.
fn tool_name(item: &Json) -> String {
    let name = str_at(item, "name").unwrap_or_default();
    match str_at(item, "namespace").filter(|space| space.starts_with("mcp__")) {
        Some(space) if !name.starts_with("mcp__") => {
            format!("{}__{name}", space.trim_end_matches('_'))
        }
        _ => name.to_owned(),
    }
}
