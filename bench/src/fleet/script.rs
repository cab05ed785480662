//! A session before it has a format: who, for whom, when, and what was said and called.

use std::collections::BTreeMap;

use serde_json::Value;

use super::dice::Dice;
use super::plant::{Mark, Plant};

/// The formats in which the examples are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Format {
    /// Claude Code JSONL, one file a session. Carries no outcome and no task.
    ClaudeCode,
    /// Envelopes around OpenAI chat messages, one session a line.
    Envelope,
    /// Managed Agents: the session object and its list of events, one file a session.
    ManagedAgents,
}

/// Milliseconds since 1970 (UTC).
pub(super) type Millis = i64;

/// One session.
pub(super) struct Script {
    /// The id, as the format spells ids.
    pub(super) id: String,
    pub(super) format: Format,
    /// The fleet's folder and domain: `contracts` or `medical`.
    pub(super) domain: &'static str,
    pub(super) agent: String,
    pub(super) principal: &'static str,
    pub(super) team: &'static str,
    /// The contract or the record worked on: the task key.
    pub(super) task: &'static str,
    /// The client or the facility behind the task.
    pub(super) group: &'static str,
    /// Counts the judged attempts at one task, from 0.
    pub(super) trial: u32,
    /// The role text the agent runs under.
    pub(super) system: &'static str,
    /// Whether the work was right; `None` where nobody judged it.
    pub(super) success: Option<bool>,
    /// What the judge said, where there is one.
    pub(super) verdict: &'static str,
    pub(super) turns: Vec<Turn>,
    pub(super) planted: BTreeMap<Plant, Mark>,
    /// Draws of this session alone.
    pub(super) dice: Dice,
    clock: Millis,
}

/// One thing that happened, and when.
pub(super) struct Turn {
    pub(super) at: Millis,
    pub(super) body: Body,
}

pub(super) enum Body {
    /// A person wrote this.
    User(String),
    /// The agent wrote this.
    Say(String),
    /// The agent called a tool, which answered at `answered`.
    Call { tool: &'static str, input: Value, reply: Reply, answered: Millis },
}

/// What a tool answered.
#[derive(Clone)]
pub(super) enum Reply {
    Ok(String),
    Error(String),
    /// A person refused the call, in these words.
    Refused(String),
}

impl Reply {
    /// A JSON answer.
    pub(super) fn json(value: &Value) -> Self {
        Self::Ok(value.to_string())
    }
}

/// What is known of a session before its first turn.
pub(super) struct Opening {
    /// Unique over both fleets; seeds the session's draws.
    pub(super) label: String,
    pub(super) format: Format,
    pub(super) domain: &'static str,
    pub(super) agent: String,
    pub(super) principal: &'static str,
    pub(super) team: &'static str,
    pub(super) task: &'static str,
    pub(super) group: &'static str,
    pub(super) trial: u32,
    pub(super) system: &'static str,
    /// Working days after the fleet's first one.
    pub(super) day: u32,
}

/// Monday 2 March 2026, 00:00 UTC.
pub(super) const FIRST_DAY: Millis = 1_772_409_600_000;
const MINUTE: Millis = 60_000;
const DAY: Millis = 24 * 60 * MINUTE;

impl Script {
    pub(super) fn open(opening: Opening, seed: u64) -> Self {
        let mut dice = Dice::new(seed, &opening.label);
        let calendar_day = i64::from(opening.day / 5 * 7 + opening.day % 5);
        let clock = FIRST_DAY + calendar_day * DAY + 8 * 60 * MINUTE + dice.below(8 * 60 * 60_000) as Millis;
        let id = match opening.format {
            Format::ClaudeCode => dice.uuid(),
            Format::Envelope => format!("{}/{}/t{}", opening.domain, opening.task, opening.trial),
            Format::ManagedAgents => dice.tag("sesn_", 20),
        };
        Self {
            id,
            format: opening.format,
            domain: opening.domain,
            agent: opening.agent,
            principal: opening.principal,
            team: opening.team,
            task: opening.task,
            group: opening.group,
            trial: opening.trial,
            system: opening.system,
            success: None,
            verdict: "",
            turns: Vec::new(),
            planted: BTreeMap::new(),
            dice,
            clock,
        }
    }

    pub(super) fn user(&mut self, text: impl Into<String>) {
        self.wait(30, 240);
        self.push(Body::User(text.into()));
    }

    pub(super) fn say(&mut self, text: impl Into<String>) {
        self.wait(2, 9);
        self.push(Body::Say(text.into()));
    }

    pub(super) fn call(&mut self, tool: &'static str, input: Value, reply: Reply) {
        self.wait(2, 12);
        let at = self.clock;
        self.wait(1, 20);
        let answered = self.clock;
        self.turns.push(Turn { at, body: Body::Call { tool, input, reply, answered } });
    }

    /// Notes for the answer key that something planted happened here.
    pub(super) fn mark(&mut self, plant: Plant) {
        self.planted.entry(plant).or_default().count += 1;
    }

    /// Notes for the answer key that what was planted was put right later in the session.
    pub(super) fn mark_repaired(&mut self, plant: Plant) {
        self.planted.entry(plant).or_default().repaired = true;
    }

    /// Counts the calls that ended in an error.
    pub(super) fn failing_calls(&self) -> usize {
        let failed = |turn: &&Turn| matches!(turn.body, Body::Call { reply: Reply::Error(_), .. });
        self.turns.iter().filter(failed).count()
    }

    /// The shell as this format's agents call it.
    pub(super) fn shell(&self) -> &'static str {
        if self.format == Format::ClaudeCode { "Bash" } else { "bash" }
    }

    fn wait(&mut self, low: usize, high: usize) {
        self.clock += self.dice.between(low * 1000, high * 1000) as Millis;
    }

    fn push(&mut self, body: Body) {
        self.turns.push(Turn { at: self.clock, body });
    }
}

/// Replaces `{name}` by its value for each pair.
pub(super) fn fill(template: &str, values: &[(&str, &str)]) -> String {
    values.iter().fold(template.to_owned(), |text, (name, value)| text.replace(&format!("{{{name}}}"), value))
}
