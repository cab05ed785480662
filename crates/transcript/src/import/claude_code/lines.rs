//! From the lines of one conversation to its events.

use somnium_types::{Body, SessionId, Status, SubagentPhase, SystemKind, ThreadId, ToolResult, Usage};

use super::{Conversation, results};
use crate::content::{self, str_at};
use crate::draft::Place;
use crate::harness_text::{self, Piece};
use crate::home;
use crate::json::{Fields, Json};

/// The tools that start a sub-agent.
const SUBAGENT_TOOLS: &[&str] = &["Agent", "Task"];

impl Conversation {
    /// Returns the thread of a line; `parent` is that of the line it follows.
    pub(super) fn thread_of(&mut self, line: &Json, parent: Option<ThreadId>) -> ThreadId {
        if line.get("isSidechain").and_then(Json::as_bool) != Some(true) {
            return ThreadId::MAIN;
        }
        if let Some(agent) = str_at(line, "agentId") {
            if !self.side_agents.iter().any(|known| known == agent) {
                self.side_agents.push(agent.to_owned());
            }
            return self.agent_thread(agent, None, line);
        }
        if let Some(parent) = parent.filter(|&thread| thread != ThreadId::MAIN) {
            return parent;
        }
        let key = str_at(line, "uuid").unwrap_or("side chain").to_owned();
        self.agent_thread(&key, None, line)
    }

    /// Returns the thread of a sub-agent: the one opened by the call that started it, where that is known by
    /// `call` or by the task that is the sub-agent's first message.
    fn agent_thread(&mut self, agent: &str, call: Option<&str>, line: &Json) -> ThreadId {
        if let Some(thread) = self.draft.known_thread(agent) {
            return thread;
        }
        let opened = call.and_then(|call| self.draft.known_thread(call)).or_else(|| {
            let task = content::text(line.get("message")?.get("content")?);
            self.waiting.get(task.trim()).copied()
        });
        match opened {
            Some(thread) => {
                self.draft.bind_thread(agent, thread);
                thread
            }
            None => self.draft.thread(agent, agent),
        }
    }

    /// Reads one line of the kinds that hold events.
    pub(super) fn line(&mut self, kind: &str, thread: ThreadId, line: &Json) -> Result<(), &'static str> {
        let place = Place { at: line.get("timestamp").and_then(content::time), thread };
        self.about(line);
        match kind {
            "user" => self.user(place, line),
            "assistant" => self.assistant(place, line),
            "summary" => {
                let text = content::text(line.get("message").unwrap_or(&Json::Null));
                self.draft.system(place, SystemKind::Compaction, text);
                Ok(())
            }
            "system" => {
                self.system(place, line);
                Ok(())
            }
            "attachment" => {
                self.attachment(place, line);
                Ok(())
            }
            _ => self.progress(line),
        }
    }

    /// Notes the session, the folder and its owner.
    fn about(&mut self, line: &Json) {
        let transcript = &mut self.draft.transcript;
        let message = matches!(str_at(line, "type"), Some("user" | "assistant"));
        if let Some(id) = str_at(line, "sessionId").filter(|id| message && !id.is_empty()) {
            transcript.id = SessionId::from(id);
        }
        if let (None, Some(folder)) = (&transcript.project, str_at(line, "cwd")) {
            transcript.project = Some(folder.to_owned());
            transcript.principal = home::owner(folder);
        }
    }

    fn user(&mut self, place: Place, line: &Json) -> Result<(), &'static str> {
        let content = line.get("message").and_then(|message| message.get("content"));
        let blocks = match content {
            Some(Json::String(text)) => {
                self.user_text(place, line, text);
                return Ok(());
            }
            Some(Json::Array(blocks)) => blocks,
            _ => return Err("a message without content"),
        };
        let results = blocks.iter().filter(|block| str_at(block, "type") == Some("tool_result")).count();
        let details = line.get("toolUseResult").filter(|_| results == 1);
        let mut text = String::new();
        for block in blocks {
            if str_at(block, "type") == Some("tool_result") {
                self.user_text(place, line, &std::mem::take(&mut text));
                self.result(place, block, details);
            } else {
                if !text.is_empty() {
                    text.push('\n');
                }
                text.push_str(&content::text(block));
            }
        }
        self.user_text(place, line, &text);
        Ok(())
    }

    fn user_text(&mut self, place: Place, line: &Json, text: &str) {
        let flag = |key: &str| line.get(key).and_then(Json::as_bool) == Some(true);
        if flag("isCompactSummary") {
            self.draft.system(place, SystemKind::Compaction, text);
        } else if place.thread != ThreadId::MAIN {
            self.task(place, text);
        } else if flag("isMeta") {
            self.draft.injected(place, SystemKind::Prompt, text);
        } else if flag("isVisibleInTranscriptOnly") {
            self.draft.injected(place, SystemKind::Meta, text);
        } else {
            self.came_back(text);
            self.draft.user(place, text);
        }
    }

    /// A user message to a sub-agent: the task from the agent that started it, unless the call said it.
    fn task(&mut self, place: Place, text: &str) {
        if self.waiting.remove(text.trim()).is_some() {
            return;
        }
        for piece in harness_text::split(text) {
            match piece {
                Piece::Said(text) => {
                    let child = place.thread;
                    self.draft.push(place, Body::Subagent { phase: SubagentPhase::Start, child, text });
                }
                Piece::Harness(kind, text) => self.draft.system(place, kind, text),
            }
        }
    }

    fn result(&mut self, place: Place, block: &Json, details: Option<&Json>) {
        let call = str_at(block, "tool_use_id").unwrap_or_default();
        let text = content::text(block.get("content").unwrap_or(&Json::Null));
        let is_error = block.get("is_error").and_then(Json::as_bool) == Some(true);
        let verdict = results::judge(is_error, details, &text);
        let said = verdict.said.map(str::to_owned);
        let (status, exit_code) = (verdict.status, verdict.exit_code);
        self.draft.result(place, ToolResult { call: call.into(), text: text.clone(), status, exit_code });
        if let Some(text) = said {
            self.draft.push(place, Body::User { text });
        }
        let Some(tool) = self.draft.tool_of(call) else { return };
        if tool == "AskUserQuestion" {
            let answers = details.and_then(|details| details.get("answers")).and_then(Json::as_object);
            let answers = answers.map(Fields::sorted).unwrap_or_default();
            let answers = answers.into_values().filter_map(Json::as_str);
            let text = answers.collect::<Vec<_>>().join("\n");
            if !text.is_empty() {
                self.draft.push(place, Body::User { text });
            }
        } else if SUBAGENT_TOOLS.contains(&tool) {
            self.report(place, call, status, details, text);
        }
    }

    fn report(&mut self, place: Place, call: &str, status: Status, details: Option<&Json>, text: String) {
        let Some(child) = self.draft.known_thread(call) else { return };
        if let Some(agent) = details.and_then(|details| str_at(details, "agentId")) {
            self.draft.bind_thread(agent, child);
        }
        let launched = details.and_then(|details| str_at(details, "status"));
        if status == Status::Ok && launched.is_none_or(|status| status == "completed") {
            self.draft.push(place, Body::Subagent { phase: SubagentPhase::Report, child, text });
        }
    }

    fn assistant(&mut self, place: Place, line: &Json) -> Result<(), &'static str> {
        let message = line.get("message").ok_or("a message without content")?;
        let synthetic = str_at(message, "model") == Some("<synthetic>");
        if let Some(model) = str_at(message, "model").filter(|_| !synthetic) {
            let main = place.thread == ThreadId::MAIN;
            let known = if main { &mut self.draft.transcript.model } else { &mut self.side_model };
            *known = Some(model.to_owned());
        }
        self.count(message, line);
        let blocks = match message.get("content") {
            Some(Json::Array(blocks)) => blocks.as_ref(),
            Some(text @ Json::String(_)) => std::slice::from_ref(text),
            _ => return Err("a message without content"),
        };
        for block in blocks {
            match str_at(block, "type") {
                Some("thinking") => {
                    self.draft.thinking(place, str_at(block, "thinking").unwrap_or_default());
                }
                Some("redacted_thinking") => {}
                Some("tool_use" | "server_tool_use" | "mcp_tool_use") => self.call(place, block),
                Some(kind) if kind.ends_with("_tool_result") => self.result(place, block, None),
                _ if synthetic => {
                    let failed = line.get("isApiErrorMessage").and_then(Json::as_bool) == Some(true)
                        || content::text(block).starts_with("API Error");
                    let kind = if failed { SystemKind::Error } else { SystemKind::Meta };
                    self.draft.system(place, kind, content::text(block));
                }
                _ => self.draft.assistant(place, content::text(block)),
            }
        }
        Ok(())
    }

    fn call(&mut self, place: Place, block: &Json) {
        let tool = str_at(block, "name").unwrap_or_default();
        let input = block.get("input").map(Json::to_value).unwrap_or_default();
        let task = str_at(&input, "prompt").map(str::to_owned);
        let name = str_at(&input, "subagent_type").or_else(|| str_at(&input, "description"));
        let name = name.unwrap_or("sub-agent").to_owned();
        let id = self.draft.call(place, str_at(block, "id"), tool, input);
        if let (true, Some(text)) = (SUBAGENT_TOOLS.contains(&tool), task) {
            let child = self.draft.thread(id.as_str(), &name);
            self.waiting.insert(text.trim().to_owned(), child);
            self.draft.push(place, Body::Subagent { phase: SubagentPhase::Start, child, text });
        }
    }

    /// Counts the tokens of a message once, however many lines it takes: the largest count is the last one.
    fn count(&mut self, message: &Json, line: &Json) {
        let Some(usage) = message.get("usage") else { return };
        let tokens = |key: &str| usage.get(key).and_then(Json::as_u64).unwrap_or(0);
        let id = str_at(message, "id").or_else(|| str_at(line, "uuid")).unwrap_or_default();
        let counted: &mut Usage = self.usage.entry(id.to_owned()).or_default();
        counted.input_tokens = counted.input_tokens.max(tokens("input_tokens"));
        counted.output_tokens = counted.output_tokens.max(tokens("output_tokens"));
        counted.cache_creation_input_tokens =
            counted.cache_creation_input_tokens.max(tokens("cache_creation_input_tokens"));
        counted.cache_read_input_tokens =
            counted.cache_read_input_tokens.max(tokens("cache_read_input_tokens"));
    }

    fn system(&mut self, place: Place, line: &Json) {
        let text = content::text(line.get("content").unwrap_or(&Json::Null));
        match str_at(line, "subtype") {
            Some("compact_boundary" | "microcompact_boundary") => {
                self.draft.system(place, SystemKind::Compaction, text);
            }
            Some("api_error") => {
                let error = line.get("error").and_then(|error| str_at(error, "message"));
                self.draft.system(place, SystemKind::Error, error.map_or(text, str::to_owned));
            }
            Some("stop_hook_summary") => {
                let errors = line.get("hookErrors").map(content::text).unwrap_or_default();
                self.draft.system(place, SystemKind::Hook, errors);
            }
            _ if str_at(line, "level") == Some("error") => {
                self.draft.system(place, SystemKind::Error, text);
            }
            _ => self.draft.injected(place, SystemKind::Meta, &text),
        }
    }

    fn attachment(&mut self, place: Place, line: &Json) {
        let Some(attachment) = line.get("attachment") else { return };
        let kind = str_at(attachment, "type").unwrap_or_default();
        if kind == "queued_command" {
            let text = content::text(attachment.get("prompt").unwrap_or(&Json::Null));
            self.came_back(&text);
            if let Some(at) = self.delivered.iter().position(|known| known.trim() == text.trim()) {
                self.delivered.remove(at);
            } else if str_at(attachment, "commandMode").is_some_and(|mode| mode != "prompt") {
                self.draft.injected(place, SystemKind::Meta, &text);
            } else {
                self.draft.user(place, &text);
            }
            return;
        }
        let system = match kind {
            _ if kind.starts_with("hook_") => SystemKind::Hook,
            _ if kind.contains("memory") || kind.contains("memories") => SystemKind::Memory,
            "file"
            | "directory"
            | "edited_text_file"
            | "diagnostics"
            | "opened_file_in_ide"
            | "selected_lines_in_ide" => SystemKind::Meta,
            _ => SystemKind::Reminder,
        };
        let text = ["content", "snippet", "stdout", "stderr", "text", "filename"]
            .iter()
            .filter_map(|key| attachment.get(key))
            .map(attached_text)
            .find(|text| !text.trim().is_empty());
        self.draft.system(place, system, text.unwrap_or_default());
    }

    /// Progress of a sub-agent holds the sub-agent's own messages; the rest is of no use.
    fn progress(&mut self, line: &Json) -> Result<(), &'static str> {
        let Some(progress) = line.get("data") else { return Ok(()) };
        if str_at(progress, "type") != Some("agent_progress") {
            return Ok(());
        }
        let (Some(inner), Some(agent)) = (progress.get("message"), str_at(progress, "agentId")) else {
            return Ok(());
        };
        let thread = self.agent_thread(agent, str_at(line, "parentToolUseID"), inner);
        match str_at(inner, "type") {
            Some(kind @ ("user" | "assistant")) => {
                let at = inner.get("timestamp").or_else(|| line.get("timestamp")).and_then(content::time);
                let place = Place { at, thread };
                if kind == "user" { self.user(place, inner) } else { self.assistant(place, inner) }
            }
            _ => Ok(()),
        }
    }

    /// Words that the person typed while the agent worked. Most come back as a message or an attachment; older
    /// versions handed them on inside the turn and kept no other trace than the removal from the queue.
    pub(super) fn queue(&mut self, line: &Json) {
        let place = Place::main(line.get("timestamp").and_then(content::time));
        match str_at(line, "operation") {
            Some("enqueue") => {
                self.queued.extend(str_at(line, "content").map(|text| (text.to_owned(), false)));
            }
            Some("dequeue") => {
                self.queued.pop_front();
            }
            Some("remove") => {
                let Some((text, false)) = self.queued.pop_front() else { return };
                if text.trim_start().starts_with('/') {
                    self.draft.system(place, SystemKind::Meta, text.as_str());
                } else {
                    self.draft.user(place, &text);
                }
                self.delivered.push(text);
            }
            Some("popAll") => self.queued.clear(),
            _ => {}
        }
    }

    /// Notes that queued words have a line of their own.
    fn came_back(&mut self, text: &str) {
        let same = |(queued, back): &&mut (String, bool)| !*back && queued.trim() == text.trim();
        if let Some((_, back)) = self.queued.iter_mut().find(same) {
            *back = true;
        }
    }
}

/// Returns the text of an attachment's field, whose shape differs from kind to kind.
fn attached_text(value: &Json) -> String {
    match value {
        Json::Object(fields) => match fields.get("file").and_then(|file| str_at(file, "content")) {
            Some(text) => text.to_owned(),
            None => content::text(value),
        },
        _ => content::text(value),
    }
}
