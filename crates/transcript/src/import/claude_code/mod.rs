//! Claude Code: one JSON object a line, tied into a tree by `uuid` and `parentUuid`.
//!
//! ```json
//! {"type": "assistant", "uuid": "…", "parentUuid": "…", "sessionId": "…", "timestamp": "…", "cwd": "…",
//!  "message": {"id": "msg_…", "model": "…", "content": [{"type": "tool_use", …}], "usage": {…}}}
//! ```
//! A streamed message is written as several lines with one block each and the same `message.id` and usage. A
//! resumed session repeats lines of the earlier one, with their `uuid`s. Sub-agents appear as side chains
//! (`isSidechain`), as `progress` lines, or in files of their own.

mod lines;
mod results;

use std::collections::{BTreeMap, HashMap, VecDeque};

use somnium_types::{SessionId, ThreadId, Usage};

use super::{Document, Importer, Layout, Sink};
use crate::content::str_at;
use crate::draft::Draft;
use crate::json::Json;

pub(super) struct ClaudeCode;

/// Lines that say nothing about what happened: titles, modes, snapshots.
const BOOKKEEPING: &[&str] = &[
    "agent-name",
    "agent-color",
    "agent-setting",
    "ai-title",
    "bridge-session",
    "custom-title",
    "file-history-delta",
    "file-history-snapshot",
    "last-prompt",
    "mode",
    "permission-mode",
    "pr-link",
    "queue-operation",
    "summary",
    "tag",
    "worktree-state",
];

impl Importer for ClaudeCode {
    fn name(&self) -> &'static str {
        "claude-code"
    }

    fn title(&self) -> &'static str {
        "Claude Code"
    }

    fn layout(&self) -> Layout {
        Layout::Running
    }

    fn sniff(&self, sample: &[&Json<'_>]) -> bool {
        sample.iter().any(|line| {
            let Some(kind) = str_at(line, "type") else { return false };
            match kind {
                "summary" if line.get("leafUuid").is_some() => true,
                "file-history-snapshot" => line.get("messageId").is_some(),
                "user" | "assistant" => {
                    line.get("uuid").is_some() && line.get("message").is_some_and(Json::is_object)
                }
                "system" | "progress" | "attachment" => {
                    line.get("uuid").is_some() && line.get("parentUuid").is_some()
                }
                _ => line.get("sessionId").is_some() && BOOKKEEPING.contains(&kind),
            }
        })
    }

    fn import(&self, documents: &mut dyn Iterator<Item = Document<'_>>, sink: &mut Sink) {
        let mut file = File::default();
        let mut first = 1;
        for document in documents {
            if file.lines == 0 {
                first = document.line;
            }
            file.lines += 1;
            if let Err(why) = file.line(document.line, &document.value) {
                sink.skip(document.line, why);
            }
        }
        if file.conversations.is_empty() {
            sink.skip(first, "titles and snapshots only, no conversation");
        }
        for conversation in file.conversations {
            sink.emit(conversation.finish());
        }
    }
}

/// One file on its way through. Maps are only looked up, never walked, except where sorted.
#[derive(Default)]
struct File {
    lines: u64,
    conversations: Vec<Conversation>,
    by_session: HashMap<String, usize>,
    /// Every line's `uuid`, with its conversation and thread.
    by_uuid: HashMap<String, (usize, ThreadId)>,
}

impl File {
    /// Reads one line; returns why it could not be used.
    fn line(&mut self, number: u64, line: &Json) -> Result<(), &'static str> {
        let kind = str_at(line, "type").ok_or("a line without a `type`")?;
        let uuid = str_at(line, "uuid");
        if uuid.is_some_and(|uuid| self.by_uuid.contains_key(uuid)) {
            return Ok(());
        }
        let parent = str_at(line, "parentUuid").or_else(|| str_at(line, "logicalParentUuid"));
        let parent = parent.and_then(|parent| self.by_uuid.get(parent)).copied();
        match kind {
            "user" | "assistant" | "system" | "attachment" | "progress" => {}
            "queue-operation" => {
                let known = str_at(line, "sessionId").and_then(|id| self.by_session.get(id)).copied();
                if let Some(conversation) = known.and_then(|at| self.conversations.get_mut(at)) {
                    conversation.queue(line);
                }
                return Ok(());
            }
            // Older versions wrote a compaction as a summary with a message; the others are titles.
            "summary" if line.get("message").is_some() => {}
            _ if BOOKKEEPING.contains(&kind) => return Ok(()),
            _ => return Err("a kind of line that is not known here"),
        }
        let at = self.conversation(number, line, parent.map(|parent| parent.0));
        let Some(conversation) = self.conversations.get_mut(at) else { return Ok(()) };
        let same = parent.filter(|parent| parent.0 == at).map(|parent| parent.1);
        let thread = conversation.thread_of(line, same);
        if let Some(uuid) = uuid {
            self.by_uuid.insert(uuid.to_owned(), (at, thread));
        }
        conversation.line(kind, thread, line)
    }

    /// Returns the conversation of a line: that of its session, or that of the line it follows (a resumed
    /// session goes on under a new id), or a new one.
    fn conversation(&mut self, number: u64, line: &Json, parent: Option<usize>) -> usize {
        let session = str_at(line, "sessionId").unwrap_or_default();
        let known = self.by_session.get(session).copied().or(parent);
        let at = known.unwrap_or_else(|| {
            self.conversations.push(Conversation::new(session, number));
            self.conversations.len() - 1
        });
        if !session.is_empty() {
            self.by_session.insert(session.to_owned(), at);
        }
        at
    }
}

/// One conversation on its way through.
struct Conversation {
    draft: Draft,
    /// The session's id at its first line.
    first_id: String,
    /// Tokens by message: a message that is streamed in several lines repeats them.
    usage: BTreeMap<String, Usage>,
    /// Threads of sub-agents whose own lines have not been seen yet, by the task they were given.
    waiting: BTreeMap<String, ThreadId>,
    /// What the person typed while the agent worked, and whether it has come back as a line of its own.
    queued: VecDeque<(String, bool)>,
    /// Queued words of which the removal from the queue was the first trace.
    delivered: Vec<String>,
    /// The agents that side chains name; a file of one sub-agent names one and nothing else.
    side_agents: Vec<String>,
    /// The model that side chains use.
    side_model: Option<String>,
}

impl Conversation {
    fn new(session: &str, line: u64) -> Self {
        let mut draft = Draft::new(session);
        draft.transcript.source.line = Some(line);
        Self {
            draft,
            first_id: session.to_owned(),
            usage: BTreeMap::new(),
            waiting: BTreeMap::new(),
            queued: VecDeque::new(),
            delivered: Vec::new(),
            side_agents: Vec::new(),
            side_model: None,
        }
    }

    fn finish(self) -> somnium_types::Transcript {
        let mut transcript = self.draft.finish(|_| false);
        for usage in self.usage.into_values() {
            transcript.usage += usage;
        }
        if transcript.id.as_str() != self.first_id && !self.first_id.is_empty() {
            transcript.parent = Some(SessionId::from(self.first_id));
        }
        // The file of one sub-agent: its thread is the main one here, and it has an id of its own.
        let alone = transcript.events.iter().all(|event| event.thread == ThreadId(1));
        if let ([agent], true, 2) = (self.side_agents.as_slice(), alone, transcript.threads.len()) {
            transcript.parent = Some(transcript.id);
            transcript.id = SessionId::from(format!("agent-{agent}"));
            transcript.model = self.side_model;
            transcript.threads.truncate(1);
            for event in &mut transcript.events {
                event.thread = ThreadId::MAIN;
                if let somnium_types::Body::Subagent { child, .. } = &mut event.body {
                    *child = ThreadId::MAIN;
                }
            }
        }
        transcript
    }
}
