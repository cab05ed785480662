//! One session, whatever tool wrote it.

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::{AgentId, Event, Outcome, PrincipalId, SessionId, Sha256Hex, TaskKey, TeamId, Thread, Timestamp};

/// Where a transcript was read from.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct SourceRef {
    /// The file's path as it was given, or `-` for standard input.
    pub path: String,
    /// The name of the format it was read as (`claude-code`, `openai-chat`, …).
    pub format: String,
    /// The line at which the session starts, from 1, where a file holds many.
    pub line: Option<u64>,
}

/// Something that could not be read, with its place and the reason.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Skipped {
    /// The file.
    pub source: String,
    /// The line, from 1, where it is known.
    pub line: Option<u64>,
    /// Why, as a short phrase without the content.
    pub why: String,
}

/// Tokens that a model used, as the source counted them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Usage {
    /// Fresh input tokens.
    pub input_tokens: u64,
    /// Output tokens, reasoning included.
    pub output_tokens: u64,
    /// Input tokens written to the provider's cache.
    pub cache_creation_input_tokens: u64,
    /// Input tokens read from the provider's cache.
    pub cache_read_input_tokens: u64,
}

impl std::ops::AddAssign for Usage {
    fn add_assign(&mut self, other: Self) {
        self.input_tokens = self.input_tokens.saturating_add(other.input_tokens);
        self.output_tokens = self.output_tokens.saturating_add(other.output_tokens);
        self.cache_creation_input_tokens =
            self.cache_creation_input_tokens.saturating_add(other.cache_creation_input_tokens);
        self.cache_read_input_tokens =
            self.cache_read_input_tokens.saturating_add(other.cache_read_input_tokens);
    }
}

/// One session: who ran it, for whom, on what, what happened, and how it ended.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Transcript {
    /// The session's id; from the source where it has one, else from the content.
    pub id: SessionId,
    /// Where it was read from. Not part of the content hash.
    pub source: SourceRef,
    /// Which agent ran it.
    pub agent: Option<AgentId>,
    /// Which model the agent used (the last one, where it changed).
    pub model: Option<String>,
    /// For whom.
    pub principal: Option<PrincipalId>,
    /// For which team.
    pub team: Option<TeamId>,
    /// The domain or project (a benchmark's domain, a repository, a working folder).
    pub project: Option<String>,
    /// What it was asked to do, where the source names it. Comparable only within `project`.
    pub task: Option<TaskKey>,
    /// The session that this one was forked from or started by.
    pub parent: Option<SessionId>,
    /// When it started (the first event's time where the source has no better one).
    pub started_at: Option<Timestamp>,
    /// When it ended (the last event's time where the source has no better one).
    pub ended_at: Option<Timestamp>,
    /// How it ended, if anybody judged it.
    pub outcome: Option<Outcome>,
    /// Tokens used.
    pub usage: Usage,
    /// The threads; the first is the main one.
    pub threads: Vec<Thread>,
    /// What happened, in order.
    pub events: Vec<Event>,
}

impl Transcript {
    /// Returns an empty transcript with one (main) thread.
    pub fn new(id: SessionId) -> Self {
        Self {
            id,
            source: SourceRef::default(),
            agent: None,
            model: None,
            principal: None,
            team: None,
            project: None,
            task: None,
            parent: None,
            started_at: None,
            ended_at: None,
            outcome: None,
            usage: Usage::default(),
            threads: vec![Thread::default()],
            events: Vec::new(),
        }
    }

    /// Fills `started_at` and `ended_at` from the events where the source did not give them.
    pub fn fill_times(&mut self) {
        let times = || self.events.iter().filter_map(|event| event.at);
        let (first, last) = (times().min(), times().max());
        self.started_at = self.started_at.or(first);
        self.ended_at = self.ended_at.or(last).max(self.started_at);
    }

    /// Returns the SHA-256 over everything but `source`: the same session read from another path, or from a
    /// compressed copy, has the same hash.
    pub fn content_hash(&self) -> Sha256Hex {
        let mut hash = Sha256::new();
        // Many small pieces become few large ones: a hash takes its time with each.
        let mut text = Vec::new();
        let meta = (
            (&self.id, &self.agent, &self.model, &self.principal, &self.team, &self.project, &self.task),
            (&self.parent, self.started_at, self.ended_at, &self.outcome, &self.usage, &self.threads),
        );
        // A vector takes whatever is written, and every part has a plain serialisation.
        let _ = serde_json::to_writer(&mut text, &meta);
        for event in &self.events {
            if text.len() >= HASHED_AT_A_TIME {
                hash.update(&text);
                text.clear();
            }
            let _ = serde_json::to_writer(&mut text, event);
            text.push(b'\n');
        }
        hash.update(&text);
        Sha256Hex::from_digest(hash.finalize().into())
    }
}

/// Bytes that are put together before they are hashed.
const HASHED_AT_A_TIME: usize = 32 << 10;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Body;

    #[test]
    fn the_content_hash_ignores_the_path_and_sees_everything_else() {
        let mut a = Transcript::new("s1".into());
        a.events.push(Event::new(Body::User { text: "hello".into() }));
        let mut b = a.clone();
        b.source.path = "elsewhere.jsonl.zst".into();
        assert_eq!(a.content_hash(), b.content_hash());
        b.events[0].body = Body::User { text: "hullo".into() };
        assert_ne!(a.content_hash(), b.content_hash());
    }
}
