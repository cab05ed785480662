//! The events of a session, in the order in which they happened.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::{CallId, PrincipalId, Timestamp};

/// Where a text came from. Trust follows origin, and only ever goes down.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Origin {
    /// The person on whose behalf the session runs.
    Owner,
    /// Another person of the same team.
    Teammate,
    /// The agent itself: its words, its tool arguments.
    Agent,
    /// The output of a tool on the agent's own machine or service.
    Tool,
    /// Text fetched from elsewhere: web pages, search results, other people's files, MCP servers.
    Web,
    /// The harness: system prompts, reminders, hook output, injected memory.
    System,
}

/// A line of events inside a session: the main one, a sub-agent, a side chain. `ThreadId(0)` is the main one.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct ThreadId(pub u32);

impl ThreadId {
    /// The session's main thread.
    pub const MAIN: Self = Self(0);
}

/// What is known about one thread of a session.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Thread {
    /// The sub-agent's name as the tool gave it, or the thread's own id; empty for the main thread.
    pub name: String,
}

/// One thing that happened.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Event {
    /// When, where the source says so.
    pub at: Option<Timestamp>,
    /// On which thread of the session.
    pub thread: ThreadId,
    /// Where the event's text came from.
    pub origin: Origin,
    /// Who said it, where that is not the session's own principal.
    pub principal: Option<PrincipalId>,
    /// What happened.
    pub body: Body,
}

/// What happened in an [`Event`].
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum Body {
    /// A person wrote this (and only what the person wrote: see [`SystemKind`] for the rest).
    User {
        /// Their words.
        text: String,
    },
    /// The agent said this to the person.
    Assistant {
        /// Its words.
        text: String,
    },
    /// The agent thought this, where the source keeps reasoning.
    Thinking {
        /// Its words.
        text: String,
    },
    /// A tool was called.
    ToolCall(ToolCall),
    /// A tool answered.
    ToolResult(ToolResult),
    /// The harness put this in front of the agent.
    System {
        /// Which kind of text it is.
        kind: SystemKind,
        /// The text.
        text: String,
    },
    /// A sub-agent was given work, or reported back.
    Subagent {
        /// Start or report.
        phase: SubagentPhase,
        /// The thread that does the work.
        child: ThreadId,
        /// The task given, or the report.
        text: String,
    },
}

/// Who called a tool. In some dialogues the simulated or real user has tools too.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Actor {
    /// The agent.
    #[default]
    Agent,
    /// The user.
    User,
}

/// A call of a tool.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ToolCall {
    /// Links the call to its [`ToolResult`]; made up (`call-<n>`) where the source has none.
    pub id: CallId,
    /// The tool's name as the source spells it, an MCP server's name in front where there is one
    /// (`mcp__server__tool`).
    pub tool: String,
    /// The arguments; an object in almost every source. Arguments that were not valid JSON are a string.
    pub input: Value,
    /// Who called.
    pub by: Actor,
}

impl ToolCall {
    /// The tool's name, a space, and the compact JSON of the arguments: `Value`'s own way to text, which goes
    /// through a formatter piece by piece, takes three times as long.
    fn text(&self) -> String {
        let mut text = Vec::with_capacity(self.tool.len() + 128);
        text.extend_from_slice(self.tool.as_bytes());
        text.push(b' ');
        // A value always has a JSON form, and a vector takes whatever is written.
        let _ = serde_json::to_writer(&mut text, &self.input);
        String::from_utf8(text).unwrap_or_default()
    }
}

/// What a tool answered.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ToolResult {
    /// The call that this answers.
    pub call: CallId,
    /// The answer as text; several text parts are joined by a line break, other parts named in brackets.
    pub text: String,
    /// What the *source* says about success. Importers never guess from the text.
    pub status: Status,
    /// The process exit code, where the source records one.
    pub exit_code: Option<i32>,
}

/// What the source says about a tool result.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Status {
    /// It is marked as a success.
    Ok,
    /// It is marked as an error.
    Error,
    /// A person or a policy refused the call.
    Denied,
    /// A person or a time limit stopped it.
    Interrupted,
    /// The source does not say.
    Unknown,
}

/// What kind of harness text a [`Body::System`] event holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SystemKind {
    /// The system or developer prompt.
    Prompt,
    /// A reminder or notice put between the turns.
    Reminder,
    /// What a hook printed.
    Hook,
    /// Memory or project instructions injected by the harness (`CLAUDE.md`, `AGENTS.md`, memory files).
    Memory,
    /// A summary that replaced earlier events.
    Compaction,
    /// A grader's verdict on the work so far, with its explanation.
    Grade,
    /// Local commands and their output, environment blocks, other bookkeeping.
    Meta,
    /// The harness or the model's provider failed.
    Error,
}

/// Whether a [`Body::Subagent`] event starts work or reports it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SubagentPhase {
    /// The child was given its task.
    Start,
    /// The child reported back.
    Report,
}

impl Event {
    /// Returns an event on the main thread without a time, with the origin that its body usually has.
    pub fn new(body: Body) -> Self {
        let origin = match &body {
            Body::User { .. } => Origin::Owner,
            Body::Assistant { .. } | Body::Thinking { .. } | Body::Subagent { .. } => Origin::Agent,
            Body::ToolCall(call) if call.by == Actor::User => Origin::Owner,
            Body::ToolCall(_) => Origin::Agent,
            Body::ToolResult(_) => Origin::Tool,
            Body::System { .. } => Origin::System,
        };
        Self { at: None, thread: ThreadId::MAIN, origin, principal: None, body }
    }

    /// Returns the same event with a time.
    pub fn at(mut self, at: Option<Timestamp>) -> Self {
        self.at = at;
        self
    }

    /// Returns the same event on another thread.
    pub fn on(mut self, thread: ThreadId) -> Self {
        self.thread = thread;
        self
    }

    /// Returns the same event with another origin.
    pub fn from(mut self, origin: Origin) -> Self {
        self.origin = origin;
        self
    }

    /// Returns the event's text: the one that byte spans of evidence point into. For a tool call it is the
    /// tool's name, a space, and the compact JSON of the arguments with the keys sorted.
    pub fn text(&self) -> std::borrow::Cow<'_, str> {
        match &self.body {
            Body::User { text }
            | Body::Assistant { text }
            | Body::Thinking { text }
            | Body::System { text, .. }
            | Body::Subagent { text, .. } => text.into(),
            Body::ToolResult(result) => result.text.as_str().into(),
            Body::ToolCall(call) => call.text().into(),
        }
    }
}
