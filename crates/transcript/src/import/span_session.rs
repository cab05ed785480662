//! From the spans of a trace to a session: the calls of the model, replayed in order.
//!
//! Every call repeats the conversation so far, so each adds only what was new: at first all of its input, later
//! the user's further words, and always its output. Spans of tools supply the results, with times and status.

use std::collections::BTreeMap;

use serde_json::Value;
use somnium_types::{Actor, Status, SystemKind, Thread, ThreadId, Usage};

use super::conversation::{Answer, Conversation};
use super::openai_chat;
use super::spans::{Span, spans};
use super::{Document, Sink};
use crate::content::{self, str_at};

/// What a span stands for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// A call of a model.
    Model,
    /// A call of a tool.
    Tool,
    /// An agent at work.
    Agent,
    /// Anything else.
    Other,
}

/// A call of a tool, as its span tells it.
#[derive(Debug, Default)]
pub(super) struct ToolUse {
    pub(super) id: Option<String>,
    pub(super) name: String,
    pub(super) input: Value,
    pub(super) output: String,
}

/// A convention for the names of attributes.
pub(super) trait Dialect {
    /// Returns what the span stands for.
    fn kind(&self, span: &Span) -> Kind;
    /// Returns what the model was given, as OpenAI chat messages.
    fn input(&self, span: &Span) -> Vec<Value>;
    /// Returns what the model answered, as OpenAI chat messages.
    fn output(&self, span: &Span) -> Vec<Value>;
    /// Returns the call of a tool.
    fn tool(&self, span: &Span) -> ToolUse;
    /// Returns the tokens used.
    fn usage(&self, span: &Span) -> Usage;
    /// The names of the attributes that hold the model, the conversation, the agent and the user.
    fn keys(&self) -> Keys;
}

/// The names of attributes, the best first.
pub(super) struct Keys {
    pub(super) model: &'static [&'static str],
    pub(super) conversation: &'static [&'static str],
    pub(super) agent: &'static [&'static str],
    pub(super) user: &'static [&'static str],
}

/// Imports all spans of a file, one session for each conversation (or trace, where no conversation is named).
pub(super) fn import(
    dialect: &dyn Dialect,
    documents: &mut dyn Iterator<Item = Document<'_>>,
    sink: &mut Sink,
) {
    let mut all: Vec<Span> = Vec::new();
    for document in documents {
        let found = spans(&document.value.to_value());
        if found.is_empty() {
            sink.skip(document.line, "not a span");
        }
        all.extend(found);
    }
    let keys = dialect.keys();
    let mut conversations: BTreeMap<String, String> = BTreeMap::new();
    for span in &all {
        if let Some(id) = span.text(keys.conversation) {
            conversations.entry(span.trace.clone()).or_insert_with(|| id.to_owned());
        }
    }
    let mut order: Vec<String> = Vec::new();
    let mut sessions: BTreeMap<String, Vec<Span>> = BTreeMap::new();
    for span in all {
        let id = conversations.get(&span.trace).unwrap_or(&span.trace).clone();
        if !sessions.contains_key(&id) {
            order.push(id.clone());
        }
        sessions.entry(id).or_default().push(span);
    }
    for id in order {
        let mut spans = sessions.remove(&id).unwrap_or_default();
        // Exporters write a span when it ends; a tool's result is in by then.
        spans.sort_by_key(|span| match dialect.kind(span) {
            Kind::Tool => span.end.or(span.start),
            _ => span.start,
        });
        sink.emit(Replay::new(dialect, &id, &spans).run());
    }
}

/// One session in the making.
struct Replay<'a> {
    dialect: &'a dyn Dialect,
    spans: &'a [Span],
    by_id: BTreeMap<&'a str, &'a Span>,
    conversation: Conversation,
    threads: BTreeMap<String, ThreadId>,
    /// How often each message of a person or the harness has been said, by thread.
    said: BTreeMap<(ThreadId, String), usize>,
    /// Threads whose model spans record what the model answered.
    answered: Vec<ThreadId>,
    /// How many results each thread has had.
    results: BTreeMap<ThreadId, usize>,
}

impl<'a> Replay<'a> {
    fn new(dialect: &'a dyn Dialect, id: &str, spans: &'a [Span]) -> Self {
        Self {
            dialect,
            spans,
            by_id: spans.iter().map(|span| (span.id.as_str(), span)).collect(),
            conversation: Conversation::new(id),
            threads: BTreeMap::new(),
            said: BTreeMap::new(),
            answered: Vec::new(),
            results: BTreeMap::new(),
        }
    }

    fn run(mut self) -> somnium_types::Transcript {
        let talks = |kind: Kind| {
            let spans = self.spans.iter().filter(move |span| self.dialect.kind(span) == kind);
            spans
                .clone()
                .any(|span| !self.dialect.input(span).is_empty() || !self.dialect.output(span).is_empty())
        };
        // Without the messages of the model, those of the agents around it have to do.
        let talking = [Kind::Model, Kind::Agent, Kind::Other].into_iter().find(|kind| talks(*kind));
        for span in self.spans {
            let kind = self.dialect.kind(span);
            if kind == Kind::Tool {
                self.tool(span);
            } else if !self.is_nested(span, kind) {
                if Some(kind) == talking {
                    self.model(span);
                }
                if kind == Kind::Model {
                    self.conversation.spend(self.dialect.usage(span));
                }
            }
        }
        self.label();
        self.conversation.transcript
    }

    /// Returns whether the span only repeats its parent: wrappers of a client are often traced one by one.
    fn is_nested(&self, span: &Span, kind: Kind) -> bool {
        self.by_id.get(span.parent.as_str()).is_some_and(|parent| self.dialect.kind(parent) == kind)
    }

    fn label(&mut self) {
        let keys = self.dialect.keys();
        let spans = self.spans;
        let transcript = &mut self.conversation.transcript;
        transcript.started_at = spans.iter().filter_map(|span| span.start).min();
        transcript.ended_at = spans.iter().filter_map(|span| span.end).max();
        let last = spans.iter().rev().find_map(|span| span.text(keys.model)).map(str::to_owned);
        transcript.model = transcript.model.take().or(last);
        transcript.agent = spans.iter().find_map(|span| span.text(keys.agent)).map(Into::into);
        transcript.principal = spans.iter().find_map(|span| span.text(keys.user)).map(Into::into);
        let service = spans.iter().find_map(|span| span.resource.get("service.name")?.as_str());
        transcript.project = service.filter(|name| !name.starts_with("unknown_service")).map(str::to_owned);
        if transcript.events.is_empty() {
            // The content was not recorded; what is left is that something ran.
            if let Some(first) = spans.first() {
                self.conversation.at = first.start;
                self.conversation.harness(SystemKind::Meta, first.name.as_str());
            }
        }
    }

    /// Adds what a call of the model brought: new input, then its output.
    fn model(&mut self, span: &Span) {
        let thread = self.thread(span);
        self.conversation.thread = thread;
        self.conversation.at = span.start;
        if let (ThreadId::MAIN, Some(model)) = (thread, span.text(self.dialect.keys().model)) {
            self.conversation.transcript.model = Some(model.to_owned());
        }
        let mut counts: BTreeMap<String, usize> = BTreeMap::new();
        let mut results = 0;
        for message in self.dialect.input(span) {
            let role = str_at(&message, "role").unwrap_or_default().to_owned();
            match role.as_str() {
                "assistant" | "tool-call" if self.answered.contains(&thread) => {}
                "tool" | "function" | "tool-response" => {
                    results += 1;
                    self.result(&message, results);
                }
                _ => {
                    let text = content::text(&message.get("content").unwrap_or(&Value::Null).into());
                    let count = counts.entry(format!("{role}\n{text}")).or_default();
                    *count += 1;
                    let said = self.said.entry((thread, format!("{role}\n{text}"))).or_default();
                    if *count > *said {
                        *said += 1;
                        openai_chat::push(&mut self.conversation, &(&message).into());
                    }
                }
            }
        }
        self.conversation.at = span.end.or(span.start);
        for message in self.dialect.output(span) {
            openai_chat::push(&mut self.conversation, &(&message).into());
            if !self.answered.contains(&thread) {
                self.answered.push(thread);
            }
        }
        if span.failed == Some(true) {
            let why = span.error.as_deref().or_else(|| span.text(&["error.type"]));
            self.conversation.harness(SystemKind::Error, why.unwrap_or(&span.name));
        }
    }

    /// Adds the `nth` result of a model's input, unless it is known already: from a span, or from an earlier
    /// input.
    fn result(&mut self, message: &Value, nth: usize) {
        let id = str_at(message, "tool_call_id").filter(|id| !id.is_empty());
        let answer = Answer { id, tool: str_at(message, "name"), ..Answer::default() };
        let so_far = self.results.entry(self.conversation.thread).or_default();
        let known = id.is_some_and(|id| self.conversation.knows(id)) || nth <= *so_far;
        if self.conversation.awaits(answer) || !known {
            *so_far += 1;
            let text = content::text(&message.get("content").unwrap_or(&Value::Null).into());
            self.conversation.result(answer, text);
        }
    }

    /// Adds the result of a tool's span, and the call where no model's output told of it.
    fn tool(&mut self, span: &Span) {
        let tool = self.dialect.tool(span);
        if let Some(thread) = self.agent(span).and_then(|agent| self.threads.get(&agent)) {
            self.conversation.thread = *thread;
        }
        let status = match span.failed {
            Some(true) => Status::Error,
            Some(false) => Status::Ok,
            None if span.attributes.contains_key("error.type") => Status::Error,
            None => Status::Unknown,
        };
        let by_id = Answer { id: tool.id.as_deref(), ..Answer::default() };
        let by_name = Answer { tool: Some(&tool.name), ..Answer::default() };
        let mut answer = if tool.id.is_some() && self.conversation.awaits(by_id) { by_id } else { by_name };
        if !self.conversation.awaits(answer) {
            self.conversation.at = span.start;
            self.conversation.call(tool.id.as_deref(), &tool.name, tool.input, Actor::Agent);
            answer = if tool.id.is_some() { by_id } else { by_name };
        }
        self.conversation.at = span.end.or(span.start);
        answer.status = Some(status);
        let error = span.error.as_deref().filter(|_| tool.output.is_empty());
        self.conversation.result(answer, error.unwrap_or(&tool.output));
        *self.results.entry(self.conversation.thread).or_default() += 1;
    }

    /// Returns the thread of the agent that the span works for: the main one for the first agent seen.
    fn thread(&mut self, span: &Span) -> ThreadId {
        let Some(agent) = self.agent(span) else { return ThreadId::MAIN };
        if let Some(thread) = self.threads.get(&agent) {
            return *thread;
        }
        let mut thread = ThreadId::MAIN;
        if !self.threads.is_empty() {
            let threads = &mut self.conversation.transcript.threads;
            thread = ThreadId(u32::try_from(threads.len()).unwrap_or(u32::MAX));
            threads.push(Thread { name: agent.clone() });
        }
        self.threads.insert(agent, thread);
        thread
    }

    /// Returns the name of the nearest agent around a span.
    fn agent(&self, span: &Span) -> Option<String> {
        let keys = self.dialect.keys();
        let mut here = span;
        // A damaged file may hold a cycle; no real trace is this deep.
        for _ in 0..100 {
            if self.dialect.kind(here) == Kind::Agent {
                return Some(here.text(keys.agent).unwrap_or(&here.name).to_owned());
            }
            here = self.by_id.get(here.parent.as_str())?;
        }
        None
    }
}
