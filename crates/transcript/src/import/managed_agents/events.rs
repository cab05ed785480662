//! From the events of one session to the transcript's.

use std::collections::{BTreeMap, HashSet};

use somnium_types::{
    Body, Outcome, OutcomeSource, SessionId, Status, SubagentPhase, SystemKind, ThreadId, ToolResult,
    Transcript, Usage,
};

use crate::content::{self, str_at};
use crate::draft::{Draft, Place};
use crate::json::{Fields, Json};

/// One session on its way through.
pub(super) struct Session {
    draft: Draft,
    /// Calls that a person or a policy refused.
    refused: HashSet<String>,
    /// What was said to and by sub-agents: seen from both threads it is listed twice.
    passed_on: HashSet<(ThreadId, SubagentPhase, String)>,
    /// Tokens of the model requests, where they are listed.
    requests: Option<Usage>,
    /// The session's own count, used where no requests are listed.
    total: Usage,
}

type Read = Result<(), &'static str>;

impl Session {
    /// Starts from the session object, if there is one.
    pub(super) fn new(line: u64, about: Option<&Json>) -> Self {
        let mut session = Self {
            draft: Draft::new(""),
            refused: HashSet::new(),
            passed_on: HashSet::new(),
            requests: None,
            total: Usage::default(),
        };
        session.draft.transcript.source.line = Some(line);
        if let Some(about) = about {
            session.about(about);
        }
        session
    }

    fn about(&mut self, session: &Json) {
        let transcript = &mut self.draft.transcript;
        transcript.id = SessionId::from(str_at(session, "id").unwrap_or_default());
        transcript.started_at = session.get("created_at").and_then(content::time);
        let resources = session.get("resources").and_then(Json::as_array);
        let repository = resources.into_iter().flatten().find_map(|resource| str_at(resource, "url"));
        transcript.project = repository.map(str::to_owned);
        self.labels(session.get("metadata").unwrap_or(&Json::Null));
        for evaluation in session.get("outcome_evaluations").and_then(Json::as_array).into_iter().flatten() {
            self.graded(str_at(evaluation, "result"));
        }
        self.total = usage(session.get("usage"));
        if let Some(agent) = session.get("agent") {
            self.agent(agent);
            let prompt = str_at(agent, "system").unwrap_or_default();
            self.draft.system(Place::default(), SystemKind::Prompt, prompt);
        }
    }

    /// The API has no field for who a session is for or which task it is: clients keep that in `metadata`,
    /// under the names that this project's envelope uses.
    fn labels(&mut self, metadata: &Json) {
        let label =
            |keys: &[&str]| keys.iter().find_map(|key| str_at(metadata, key)).filter(|text| !text.is_empty());
        let transcript = &mut self.draft.transcript;
        transcript.principal = label(&["principal", "user_id"]).map(Into::into);
        transcript.team = label(&["team"]).map(Into::into);
        transcript.task = label(&["task", "task_id"]).map(Into::into);
        if let Some(project) = label(&["project", "domain"]) {
            transcript.project = Some(project.to_owned());
        }
    }

    fn agent(&mut self, agent: &Json) {
        let transcript = &mut self.draft.transcript;
        if let Some(name) = str_at(agent, "name").or_else(|| str_at(agent, "id")) {
            transcript.agent = Some(name.into());
        }
        let model = agent.get("model");
        let model = model.and_then(|model| model.as_str().or_else(|| str_at(model, "id")));
        if let Some(model) = model {
            transcript.model = Some(model.to_owned());
        }
    }

    pub(super) fn finish(self) -> Transcript {
        let mut transcript = self.draft.finish(|_| false);
        transcript.usage = self.requests.unwrap_or(self.total);
        transcript
    }

    /// Reads one event; returns why it cannot be used.
    pub(super) fn event(&mut self, event: &Json) -> Read {
        let kind = str_at(event, "type").ok_or("an event without a `type`")?;
        let mut at = None;
        for key in ["processed_at", "created_at"] {
            match event.get(key) {
                None | Some(Json::Null) => {}
                Some(time @ Json::String(_)) => {
                    let time = content::time(time).ok_or("an event with an impossible date")?;
                    at = at.or(Some(time));
                }
                Some(_) => return Err("an event with an impossible date"),
            }
        }
        let own = !kind.starts_with("session.thread_");
        let thread = str_at(event, "session_thread_id").filter(|_| own);
        let thread = thread.map_or(ThreadId::MAIN, |id| self.draft.thread(id, id));
        let place = Place { at, thread };
        match kind.split_once('.').ok_or("an event of a kind that is not known here")? {
            ("user", kind) => self.user(place, kind, event),
            ("agent", kind) => self.by_agent(place, kind, event),
            ("session", kind) => self.session(place, kind, event),
            ("span", kind) => self.span(place, kind, event),
            ("workflow_run", kind) => {
                if kind == "error" {
                    self.error(place, event);
                }
                Ok(())
            }
            ("system", "message") => {
                self.draft.system(place, SystemKind::Prompt, content(event)?);
                Ok(())
            }
            _ => Err("an event of a kind that is not known here"),
        }
    }

    fn user(&mut self, place: Place, kind: &str, event: &Json) -> Read {
        match kind {
            "message" => self.draft.user(place, &content(event)?),
            "interrupt" => {
                self.draft.interrupt(place.at);
                self.draft.system(place, SystemKind::Meta, "[interrupted by the user]");
            }
            "tool_confirmation" => {
                if str_at(event, "result") == Some("deny") {
                    self.refused.insert(str_at(event, "tool_use_id").unwrap_or_default().to_owned());
                    if let Some(text) = str_at(event, "deny_message").filter(|text| !text.trim().is_empty()) {
                        self.draft.push(place, Body::User { text: text.to_owned() });
                    }
                }
            }
            "custom_tool_result" => self.result(place, "custom_tool_use_id", event)?,
            "tool_result" => self.result(place, "tool_use_id", event)?,
            "define_outcome" => {
                let text = str_at(event, "description").ok_or("an outcome without a description")?;
                self.draft.user(place, text);
                let rubric = event.get("rubric").and_then(|rubric| str_at(rubric, "content"));
                self.draft.system(place, SystemKind::Prompt, rubric.unwrap_or_default());
            }
            _ => return Err("an event of a kind that is not known here"),
        }
        Ok(())
    }

    fn by_agent(&mut self, place: Place, kind: &str, event: &Json) -> Read {
        match kind {
            "message" => self.draft.assistant(place, content(event)?),
            "thinking" => {
                let text = event.get("content").map(content::text).unwrap_or_default();
                self.draft.thinking(place, text);
            }
            "tool_use" | "custom_tool_use" | "mcp_tool_use" => self.call(place, event)?,
            "tool_result" => self.result(place, "tool_use_id", event)?,
            "mcp_tool_result" => self.result(place, "mcp_tool_use_id", event)?,
            "thread_message_sent" => self.pass_on(place, "to", event)?,
            "thread_message_received" => self.pass_on(place, "from", event)?,
            "thread_context_compacted" => {
                self.draft.system(place, SystemKind::Compaction, "[context compacted]");
            }
            _ => return Err("an event of a kind that is not known here"),
        }
        Ok(())
    }

    fn call(&mut self, place: Place, event: &Json) -> Read {
        let name = str_at(event, "name").ok_or("a tool call without a `name`")?;
        let tool = match str_at(event, "mcp_server_name") {
            Some(server) => format!("mcp__{server}__{name}"),
            None => name.to_owned(),
        };
        let input = event.get("input").map(content::arguments).unwrap_or_default();
        let id = self.draft.call(place, str_at(event, "id"), &tool, input);
        if str_at(event, "evaluated_permission") == Some("deny") {
            self.refused.insert(id.as_str().to_owned());
        }
        Ok(())
    }

    fn result(&mut self, place: Place, key: &str, event: &Json) -> Read {
        let call = str_at(event, key).ok_or("a tool result that names no call")?;
        let text = event.get("content").map(content::text).unwrap_or_default();
        let failed = event.get("is_error").and_then(Json::as_bool) == Some(true);
        let status = match failed {
            true if self.refused.contains(call) => Status::Denied,
            true => Status::Error,
            false => Status::Ok,
        };
        self.draft.result(place, ToolResult { call: call.into(), text, status, exit_code: None });
        Ok(())
    }

    /// A message between the main thread and a sub-agent, seen from either side.
    fn pass_on(&mut self, place: Place, side: &str, event: &Json) -> Read {
        let text = content(event)?;
        let other = str_at(event, &format!("{side}_session_thread_id"));
        let (child, phase) = match (place.thread, side, other) {
            (ThreadId::MAIN, _, None) => return Err("a message to or from no thread"),
            (ThreadId::MAIN, side, Some(other)) => {
                let name = str_at(event, &format!("{side}_agent_name")).unwrap_or(other);
                let phase = if side == "to" { SubagentPhase::Start } else { SubagentPhase::Report };
                (self.draft.thread(other, name), phase)
            }
            (thread, "to", _) => (thread, SubagentPhase::Report),
            (thread, _, _) => (thread, SubagentPhase::Start),
        };
        if self.passed_on.insert((child, phase, text.clone())) {
            self.draft.push(place, Body::Subagent { phase, child, text });
        }
        Ok(())
    }

    fn session(&mut self, place: Place, kind: &str, event: &Json) -> Read {
        match kind {
            "thread_created" => {
                let id = str_at(event, "session_thread_id").unwrap_or_default();
                let thread = self.draft.thread(id, id);
                let named = self.draft.transcript.threads.get_mut(thread.0 as usize);
                if let (Some(named), Some(name)) = (named, str_at(event, "agent_name")) {
                    name.clone_into(&mut named.name);
                }
            }
            "error" => self.error(place, event),
            "usage" => self.total = usage(event.get("usage")),
            "updated" => {
                if let Some(agent) = event.get("agent") {
                    self.agent(agent);
                }
            }
            "status_idle" => {
                let reason = event.get("stop_reason").and_then(|reason| str_at(reason, "type"));
                if let Some(reason @ ("budget_reached" | "refusal" | "retries_exhausted")) = reason {
                    self.draft.system(place, SystemKind::Meta, format!("[stopped: {reason}]"));
                }
            }
            _ => {}
        }
        Ok(())
    }

    fn span(&mut self, place: Place, kind: &str, event: &Json) -> Read {
        match kind {
            "model_request_end" => {
                *self.requests.get_or_insert_default() += usage(event.get("model_usage"));
            }
            "outcome_evaluation_end" => {
                let result = str_at(event, "result").unwrap_or("no result");
                self.graded(Some(result));
                let why = str_at(event, "explanation").unwrap_or_default();
                self.draft.system(place, SystemKind::Grade, format!("{result}: {why}"));
            }
            _ => {}
        }
        Ok(())
    }

    /// Notes a grader's verdict. One that only asks for another round is none yet.
    fn graded(&mut self, result: Option<&str>) {
        let success = match result {
            Some("satisfied") => true,
            Some("failed" | "max_iterations_reached") => false,
            _ => return,
        };
        self.draft.transcript.outcome = Some(Outcome::new(success, OutcomeSource::Grader));
    }

    fn error(&mut self, place: Place, event: &Json) {
        let error = event.get("error").unwrap_or(&Json::Null);
        let part = |key: &str| str_at(error, key).unwrap_or_default();
        let text = format!("{}: {}", part("type"), part("message"));
        self.draft.system(place, SystemKind::Error, text);
    }
}

/// Returns the text of an event's content blocks.
fn content(event: &Json) -> Result<String, &'static str> {
    let blocks = event.get("content").and_then(Json::as_array).ok_or("an event without `content`")?;
    let whole = |block: &Json| match str_at(block, "type") {
        Some("text") => str_at(block, "text").is_some(),
        kind => kind.is_some(),
    };
    if blocks.is_empty() || !blocks.iter().all(whole) {
        return Err("an event whose `content` has no text");
    }
    Ok(blocks.iter().map(content::text).collect::<Vec<_>>().join("\n"))
}

/// Reads tokens as requests and sessions count them; sessions split what they wrote to the cache by lifetime.
fn usage(value: Option<&Json>) -> Usage {
    let tokens = |key: &str| value.and_then(|usage| usage.get(key)).and_then(Json::as_u64).unwrap_or(0);
    let written: BTreeMap<&str, u64> = value
        .and_then(|usage| usage.get("cache_creation")?.as_object())
        .map(Fields::sorted)
        .into_iter()
        .flatten()
        .filter_map(|(key, tokens)| Some((key, tokens.as_u64()?)))
        .collect();
    let written = written.into_values().fold(0, u64::saturating_add);
    Usage {
        input_tokens: tokens("input_tokens"),
        output_tokens: tokens("output_tokens"),
        cache_creation_input_tokens: tokens("cache_creation_input_tokens").saturating_add(written),
        cache_read_input_tokens: tokens("cache_read_input_tokens"),
    }
}
