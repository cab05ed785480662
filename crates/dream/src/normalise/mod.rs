//! Stage 1: from a transcript to the few facts that the detectors count.
//!
//! Pure and independent per session, so that it can run on any thread in any order and be cached by content
//! hash and [`VERSION`]. Secrets are replaced here, before anything is kept.

mod action;
mod args;
mod class;
mod exposed;
mod failure;
mod flow;
mod mask;
pub mod shell;
mod signals;
mod steps;
mod turns;
mod written;

use serde::{Deserialize, Serialize};
use somnium_types::{
    AgentId, Outcome, PrincipalId, SessionId, Sha256Hex, TaskKey, TeamId, Timestamp, Transcript,
};

use crate::{Options, evidence};

pub(crate) use action::FILE_CLASS;
pub(crate) use args::REPAIR_WINDOW;
pub use class::{Class, classify};
pub(crate) use exposed::heading_mark;
pub use flow::{Fact, Source};
pub(crate) use mask::{Token, tokens};
pub use mask::{WILDCARD, join, mask, with_masked};
pub(crate) use shell::READERS;
pub use turns::Turn;
pub use written::Written;

/// Changes whenever the same transcript would normalise differently.
pub const VERSION: u32 = 7;
/// The same for what notes are counted from. It is part of a dream's id, which stays where only more is kept.
pub(crate) const COUNTED: u32 = 6;

/// One session as the detectors see it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Normalised {
    /// The session.
    pub id: SessionId,
    /// Hash of the transcript this was made from.
    pub content_hash: Sha256Hex,
    /// The agent, or the tool that wrote the log where no agent is named.
    pub agent: AgentId,
    /// For whom it ran.
    pub principal: Option<PrincipalId>,
    /// For which team.
    pub team: Option<TeamId>,
    /// Domain, repository or working folder.
    pub project: Option<String>,
    /// Task key, made unique across projects.
    pub task: Option<TaskKey>,
    /// First and last event.
    pub started_at: Option<Timestamp>,
    /// Last event.
    pub ended_at: Option<Timestamp>,
    /// How it ended.
    pub outcome: Option<Outcome>,
    /// Events in the transcript.
    pub events: u32,
    /// Tool calls, in order.
    pub steps: Vec<Step>,
    /// What people and the agent said, in order.
    pub turns: Vec<Turn>,
    /// Notes that the session was shown: ids of blocks, and [marks of headings](heading_mark). Sorted.
    pub exposed: Vec<String>,
    /// Entries that the agent added to memory by itself.
    #[serde(default)]
    pub written: Vec<Written>,
}

impl Normalised {
    /// Whether it is of the agent and the team that the options name.
    fn is_asked_for(&self, options: &Options) -> bool {
        options.agent.as_ref().is_none_or(|agent| self.agent == *agent)
            && options.team.as_ref().is_none_or(|team| self.team.as_ref() == Some(team))
    }

    /// Of versions of one session the longest is first.
    fn by_id_and_length(&self, other: &Self) -> std::cmp::Ordering {
        let key = |of: &'_ Self| (std::cmp::Reverse(of.events), of.content_hash.clone());
        self.id.cmp(&other.id).then_with(|| key(self).cmp(&key(other)))
    }

    /// Returns the day (UTC) on which the session started, as `2026-03-02`.
    pub fn day(&self) -> Option<String> {
        self.started_at.map(|at| at.strftime("%Y-%m-%d").to_string())
    }
}

/// Normalises one transcript.
pub fn normalise(transcript: &Transcript, options: &Options) -> Normalised {
    let agent = transcript.agent.as_ref().map(|agent| AgentId::from(label(agent.as_str())));
    let project = transcript.project.as_deref().map(|project| label(&project_name(project)));
    let task = transcript.task.as_ref().map(|task| label(task.as_str()));
    let task = task.map(|task| match &project {
        Some(project) => TaskKey::from(format!("{project}/{task}")),
        None => TaskKey::from(task),
    });
    let team = transcript.team.as_ref().map(|team| TeamId::from(label(team.as_str())));
    let mut steps = steps::collect(transcript);
    signals::mark(transcript, &mut steps);
    args::collect(transcript, &mut steps);
    flow::trace(transcript, &mut steps);
    action::name(transcript, &mut steps);
    let written = written::collect(transcript, &steps);
    steps.shrink_to_fit();
    steps.iter_mut().for_each(Step::shrink);
    Normalised {
        id: transcript.id.clone(),
        content_hash: transcript.content_hash(),
        agent: agent
            .or_else(|| options.agent.clone())
            .unwrap_or_else(|| AgentId::from(transcript.source.format.as_str())),
        principal: transcript.principal.as_ref().map(|who| PrincipalId::from(label(who.as_str()))),
        team: team.or_else(|| options.team.clone()),
        project,
        task,
        started_at: transcript.started_at,
        ended_at: transcript.ended_at,
        outcome: transcript.outcome.clone(),
        events: u32::try_from(transcript.events.len()).unwrap_or(u32::MAX),
        steps,
        turns: turns::collect(transcript),
        exposed: exposed::collect(transcript),
        written,
    }
}

/// What a source calls something is text of a transcript like any other.
fn label(text: &str) -> String {
    evidence::excerpt(text, &(0..text.len()))
}

/// Leaves out sessions of other agents and teams, and earlier versions of a session that is there twice; sorts
/// the rest, so that nothing depends on the order in which they were read.
pub(crate) fn admit(mut sessions: Vec<Normalised>, options: &Options) -> Vec<Normalised> {
    sessions.retain(|session| session.is_asked_for(options));
    sessions.sort_by(Normalised::by_id_and_length);
    sessions.dedup_by(|later, first| later.id == first.id);
    sessions
}

/// Returns those that [`admit`] keeps.
pub(crate) fn admitted<'s>(sessions: &'s [Normalised], options: &Options) -> Vec<&'s Normalised> {
    let mut admitted: Vec<&Normalised> =
        sessions.iter().filter(|session| session.is_asked_for(options)).collect();
    admitted.sort_by(|a, b| a.by_id_and_length(b));
    admitted.dedup_by(|later, first| later.id == first.id);
    admitted
}

/// Returns every session that the store knows: the earlier ones, and `new` in the place of those that were read
/// again. Sorted by id.
pub(crate) fn merge<'s>(earlier: &'s [Normalised], new: &'s [Normalised]) -> Vec<&'s Normalised> {
    let again: std::collections::BTreeSet<&SessionId> = new.iter().map(|session| &session.id).collect();
    let earlier = earlier.iter().filter(|session| !again.contains(&session.id));
    let mut all: Vec<&Normalised> = earlier.collect();
    all.extend(new);
    all.sort_by(|a, b| a.id.cmp(&b.id));
    all
}

/// The name of a project: the last part of a working folder, whoever's home and whichever work tree it is in.
fn project_name(project: &str) -> String {
    let rooted = project.starts_with('/') || project.get(1..3) == Some(":\\");
    if !rooted {
        return project.to_owned();
    }
    let tree = project.split(
        ["/.worktrees/", "/.claude/worktrees/"]
            .iter()
            .find(|mark| project.contains(**mark))
            .copied()
            .unwrap_or("\0"),
    );
    let folder = tree.into_iter().next().unwrap_or(project);
    folder.trim_end_matches(['/', '\\']).rsplit(['/', '\\']).next().unwrap_or(folder).to_owned()
}

/// The tool of a step as the detectors count it: the shells of all agents are one tool.
pub(crate) fn tool_key(step: &Step) -> &str {
    if step.is_shell { "bash" } else { &step.tool }
}

/// The program that a shell step is about.
pub(crate) fn main_program(step: &Step) -> Option<&str> {
    shell::main_program(&step.programs)
}

/// One tool call with its result.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Step {
    /// Index of the call's event.
    pub call: u32,
    /// Index of the result's event.
    pub result: Option<u32>,
    /// Thread of the session.
    pub thread: u32,
    /// The tool as the source names it.
    pub tool: String,
    /// Whether the tool runs command lines.
    pub is_shell: bool,
    /// For shell tools: the programs of the command line with their subcommand (`git commit`), in order.
    pub programs: Vec<String>,
    /// Scalar arguments, secrets replaced.
    pub args: Vec<Arg>,
    /// Scalars of the result, secrets replaced; none for shells.
    pub facts: Vec<Fact>,
    /// The start of the call's text.
    pub quote: Option<Quote>,
    /// The start of the result's text, of the first result with facts that a tool has in the session.
    #[serde(default)]
    pub answer: Option<Box<Quote>>,
    /// Hash of tool and arguments: equal calls are equal.
    pub fingerprint: u64,
    /// What went wrong.
    pub failure: Option<Box<Failure>>,
    /// Whether there is a result and nothing went wrong.
    pub ok: bool,
    /// Size of call and result in characters.
    pub chars: u32,
    /// When it was called.
    #[serde(default)]
    pub at: Option<Timestamp>,
    /// What kind of step it is, from the general to the special: tool or program, telling flag, class of the file
    /// it is about (behind [`FILE_CLASS`]). Empty for calls that neither ask nor change anything.
    #[serde(default)]
    pub action: Vec<String>,
}

impl Step {
    /// Gives back what its lists have spare: many sessions are kept for the whole of a dream.
    fn shrink(&mut self) {
        self.programs.shrink_to_fit();
        self.args.shrink_to_fit();
        self.args.iter_mut().for_each(|arg| arg.sources.shrink_to_fit());
        self.facts.shrink_to_fit();
        self.action.shrink_to_fit();
        self.failure.iter_mut().for_each(|failure| failure.masked.shrink_to_fit());
    }
}

/// What went wrong in a step.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Failure {
    /// Error class (level 2 of the signature ladder).
    pub class: Class,
    /// The class of the message alone, whatever program printed it: equal messages are grouped by it.
    pub message: Class,
    /// The line that says so (level 0), secrets replaced, at most 240 characters.
    pub line: String,
    /// The line cut into tokens, what varies by its looks replaced by `<*>` (input of level 1).
    pub masked: Vec<String>,
    /// Where the line is.
    pub span: Span,
    /// Whether it is text from elsewhere, by a tool that fetches such: its words are counted, never shown.
    #[serde(default)]
    pub external: bool,
}

/// One scalar argument of a call.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Arg {
    /// Where it stands: `passengers[].dob`.
    pub path: String,
    /// Its value as text, shortened.
    pub value: String,
    /// Where name and value are in the call's text; only kept near failures.
    pub quote: Option<Box<Quote>>,
    /// Where the value was seen before the call.
    pub sources: Vec<Source>,
}

/// A place and what may be shown of it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Quote {
    /// The place.
    pub span: Span,
    /// Its text, secrets replaced.
    pub text: String,
}

/// A place in a transcript.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Span {
    /// Event index.
    pub event: u32,
    /// First byte in [`Event::text`](somnium_types::Event::text).
    pub start: u32,
    /// One past the last byte.
    pub end: u32,
    /// SHA-256 of the bytes.
    pub sha256: Sha256Hex,
}
