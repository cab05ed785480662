//! Which way a text came in, and how far that way is trusted.
//!
//! Trust follows the channel, never the words: there is no list of phrases here that would tell an attack. What
//! comes from outside stays outside, whoever repeats it later.

mod heard;
mod relayed;

use serde::{Deserialize, Serialize};
use somnium_types::{Body, Event, Origin, SystemKind, ThreadId};

pub(crate) use heard::{Heard, Passage};
pub(crate) use relayed::relayed;

/// The way by which a text got into a session, the least trusted first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Channel {
    /// Fetched from elsewhere: web pages, search results.
    Web,
    /// An MCP server: its results, and what its tools say about themselves.
    Mcp,
    /// Text that a person passed on: quoted, fenced, attached, or the words of something read before.
    Relayed,
    /// What a sub-agent was told or reported.
    SubAgent,
    /// The output of a tool on the agent's own machine or service.
    Tool,
    /// Memory that was put in front of the agent: it is never evidence for itself.
    Memory,
    /// Other text of the harness: prompts, reminders, hooks.
    Harness,
    /// The agent's own words.
    Agent,
    /// A person's own words.
    Person,
    /// The own words of a person who may set rules for everybody.
    Operator,
}

impl Channel {
    /// Whether somebody who may decide something said it in their own words.
    pub fn is_a_person(self) -> bool {
        matches!(self, Self::Person | Self::Operator)
    }

    /// Returns its name in notes and reports.
    pub fn name(self) -> &'static str {
        match self {
            Self::Web => "web",
            Self::Mcp => "mcp",
            Self::Relayed => "relayed",
            Self::SubAgent => "sub_agent",
            Self::Tool => "tool",
            Self::Memory => "memory",
            Self::Harness => "harness",
            Self::Agent => "agent",
            Self::Person => "person",
            Self::Operator => "operator",
        }
    }

    /// Returns the channel of an event. A person's message may still hold passages that they only passed on.
    pub(crate) fn of(event: &Event, tool: Option<&str>) -> Self {
        let is_mcp = tool.is_some_and(|tool| tool.starts_with("mcp__"));
        match (&event.body, event.origin) {
            (Body::System { kind: SystemKind::Memory, .. }, _) => Self::Memory,
            (Body::Subagent { .. }, _) => Self::SubAgent,
            (Body::User { .. }, Origin::Owner | Origin::Teammate) if event.thread == ThreadId::MAIN => {
                Self::Person
            }
            (Body::User { .. }, Origin::Owner | Origin::Teammate | Origin::Agent) => Self::SubAgent,
            (Body::User { .. }, _) => Self::Relayed,
            (_, Origin::Web) if is_mcp => Self::Mcp,
            (_, Origin::Web) => Self::Web,
            (Body::ToolResult(_), _) => Self::Tool,
            (Body::System { .. }, _) => Self::Harness,
            (Body::Assistant { .. } | Body::Thinking { .. } | Body::ToolCall(_), _) => Self::Agent,
        }
    }

    /// Returns the lowest origin that a text of this channel can have.
    pub(crate) fn origin(self) -> Origin {
        match self {
            Self::Web | Self::Mcp | Self::Relayed | Self::SubAgent => Origin::Web,
            Self::Tool => Origin::Tool,
            Self::Memory | Self::Harness => Origin::System,
            Self::Agent => Origin::Agent,
            Self::Person | Self::Operator => Origin::Owner,
        }
    }

    /// Whether words that are heard here first are somebody else's when a person or the agent repeats them. The
    /// instructions that a session starts with are the operator's; what the agent says by itself is its own.
    pub(crate) fn is_heard(self) -> bool {
        !matches!(self, Self::Person | Self::Operator | Self::Agent | Self::Harness)
    }
}
