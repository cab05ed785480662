//! What `somnium memory effect` says: the object that `--json` prints.
//!
//! Field names are stable and documented in `docs/reference/effect-json.md`.

use serde::{Deserialize, Serialize};
use somnium_memory::store::HoldBack;
use somnium_types::{ClaimId, DreamId, Timestamp};

use super::rates::Difference;
use crate::report::{ClaimKind, ClaimState};

/// How the notes of a memory fare.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct EffectReport {
    /// Sessions that the memory knows.
    pub sessions: u64,
    /// The end of the newest of them.
    pub until: Option<Timestamp>,
    /// How many sessions start without a note, latest last; empty where none was ever held back.
    pub hold_back: Vec<HoldBack>,
    /// The notes, what matters most first.
    pub notes: Vec<NoteEffect>,
}

/// How one note fares.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct NoteEffect {
    /// The claim, and its block.
    pub id: ClaimId,
    /// The block's heading.
    pub title: String,
    /// The file that holds it, from the memory's root.
    pub path: String,
    /// Which pattern; `null` where no session shows it any more.
    pub kind: Option<ClaimKind>,
    /// How far its claim has come.
    pub state: ClaimState,
    /// Whether a person wrote or changed its block.
    pub of_a_person: bool,
    /// When it was first written.
    pub published: Publication,
    /// Where its occasion arose since.
    pub triggers: Triggers,
    /// Who was shown it since, and what they did.
    pub exposures: Exposures,
    /// What is counted: sessions that go against the note.
    pub measure: Measure,
    /// How often sessions went against it.
    pub against: Contrasts,
    /// How often sessions failed, where they were judged.
    pub failed: Contrasts,
    /// What it saves; `null` where nothing varies.
    pub saved: Option<Saved>,
    /// Whether sessions were shown what they were dealt; `null` where nothing was held back.
    pub dealt: Option<Compliance>,
    /// What to make of it.
    pub verdict: Verdict,
    /// What could stop the mistake where the note does not.
    pub guard: Option<Guard>,
    /// Rates over time.
    pub windows: Vec<Window>,
}

/// When a note was first written.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Publication {
    /// The dream that wrote it.
    pub dream: DreamId,
    /// That dream's clock: the newest event it knew. `null` where its sessions told no time.
    pub at: Option<Timestamp>,
}

/// Where the occasion of a note arose.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Triggers {
    /// Sessions.
    pub sessions: u64,
    /// Calls of the tool or the program in them; all calls where the note is about none.
    pub steps: u64,
}

/// Sessions that were shown a note.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Exposures {
    /// All of them.
    pub sessions: u64,
    /// Those with the occasion.
    pub with_occasion: u64,
    /// Of those, the ones that did as it says.
    pub followed: u64,
    /// The ones that went against it.
    pub violated: u64,
    /// The end of the last one.
    pub last: Option<Timestamp>,
}

/// What goes against a note.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Measure {
    /// Its mistake is made.
    Mistake,
    /// What it says has to be said again.
    SaidAgain,
    /// Its procedure is not gone by.
    NotFollowed,
    /// Nothing can be counted.
    Nothing,
}

/// The same rate beside three others.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Contrasts {
    /// Sessions that were shown the note beside those before it was written.
    pub before: Option<Contrast>,
    /// Sessions that were shown it beside those since that were not.
    pub not_shown: Option<Contrast>,
    /// Sessions dealt the note beside those dealt to start without it: the only one of the three that chance decided.
    pub held_back: Option<Contrast>,
}

/// Two rates and their difference.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Contrast {
    /// With the note.
    pub with: Rate,
    /// Without it.
    pub without: Rate,
    /// Within what like was compared with like.
    pub within: Within,
    /// With minus without, over all that is comparable: negative is better.
    pub difference: f64,
    /// Its 95% interval.
    pub interval: [f64; 2],
    /// One-sided probability of so much more, or still more, with the note, if it did nothing.
    pub p_harm: f64,
}

/// Sessions, and those of them that count.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Rate {
    /// Those that count.
    pub hits: u64,
    /// All of them.
    pub sessions: u64,
    /// Their share; 0 of nothing.
    pub rate: f64,
}

impl Rate {
    /// Returns the rate of `hits` among `sessions`.
    pub fn of(hits: u64, sessions: u64) -> Self {
        let rate = if sessions == 0 { 0.0 } else { hits as f64 / sessions as f64 };
        Self { hits, sessions, rate }
    }
}

impl Contrast {
    pub(crate) fn of(with: Rate, without: Rate, within: Within, found: Difference) -> Self {
        Self {
            with,
            without,
            within,
            difference: found.estimate,
            interval: [found.low, found.high],
            p_harm: found.p_more,
        }
    }

    /// Whether the whole interval is on the good side.
    pub fn is_better(&self) -> bool {
        self.interval[1] < 0.0
    }

    /// Whether the whole interval is on the bad side.
    pub fn is_worse(&self) -> bool {
        self.interval[0] > 0.0
    }
}

/// Within what sessions were compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Within {
    /// The same task.
    Task,
    /// The same project.
    Project,
    /// The time in which one share was held back.
    Arrangement,
    /// Nothing: all together.
    Everything,
}

/// What a note saves in each session with the occasion.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Saved {
    /// Of what the steps are.
    pub of: SavedOf,
    /// Beside which sessions.
    pub beside: Beside,
    /// Steps.
    pub steps: PerSession,
    /// Tokens, estimated as characters / 4; `null` where they do not vary.
    pub tokens: Option<PerSession>,
    /// Steps per session times the sessions that had the note.
    pub steps_in_all: f64,
}

/// Of what steps and tokens are counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SavedOf {
    /// Those between the mistake and the next success.
    Mistake,
    /// All of a session.
    Session,
}

/// Beside which sessions.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Beside {
    /// Those before the note.
    Before,
    /// Those dealt to start without it.
    HeldBack,
}

/// A mean with its interval: positive is saved.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct PerSession {
    /// Saved in each session.
    pub mean: f64,
    /// The 95% interval.
    pub interval: [f64; 2],
}

/// Whether sessions were shown what they were dealt.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Compliance {
    /// Sessions dealt the note.
    pub given: u64,
    /// Those of them that were shown it.
    pub given_shown: u64,
    /// Sessions dealt to start without it.
    pub held_back: u64,
    /// Those of them that were shown it all the same.
    pub held_back_shown: u64,
}

/// What to make of a note.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Verdict {
    /// In a word.
    pub kind: EffectKind,
    /// In a sentence.
    pub text: String,
    /// The contrast that it rests on.
    pub beside: Option<Beside>,
    /// The probability of harm that chance alone explains, Benjamini-Hochberg over all notes that were tested; `null`
    /// where it was not.
    pub q_harm: Option<f64>,
}

/// A verdict in a word, what matters most first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum EffectKind {
    /// Its mistake is made more often, or more sessions fail, with it than without.
    Harms,
    /// It is shown, and gone against all the same.
    ReadAndBroken,
    /// It is gone against more rarely with it than without.
    Helps,
    /// Neither can be told yet.
    Unclear,
    /// Too few sessions were shown it.
    TooEarly,
    /// Nothing can be counted.
    NotMeasured,
}

/// Sessions of a time.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Window {
    /// The first day.
    pub from: Timestamp,
    /// The day after the last.
    pub to: Timestamp,
    /// Which sessions.
    pub group: WindowGroup,
    /// How many, and those that went against the note.
    pub rate: Rate,
    /// The 95% interval of the rate.
    pub interval: [f64; 2],
}

/// Which sessions of a time.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum WindowGroup {
    /// Before the note was written.
    Before,
    /// Since then, shown it.
    Shown,
    /// Since then, not shown it.
    NotShown,
}

/// A hook that stops or asks before a call that the note is about. Somnium proposes it and never installs it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Guard {
    /// The tool, as sessions name it.
    pub tool: String,
    /// The program of its command line, where the note is about one.
    pub program: Option<String>,
    /// What it says.
    pub reason: String,
    /// What a person puts into the settings of Claude Code.
    pub settings: serde_json::Value,
}

/// What a dream did, or asks a person to do, because of a note's effect.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct EffectRemark {
    /// The note.
    pub id: ClaimId,
    /// Its heading.
    pub title: String,
    /// What was done.
    pub action: EffectAction,
    /// Why, in a sentence.
    pub why: String,
}

/// What came of a note's effect.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum EffectAction {
    /// It was shown to do harm, and went to the archive.
    Demoted,
    /// It was shown to do harm, and is a person's to take out.
    SuggestRemoval,
    /// It was shown in vain once more: only a guard could help.
    ProposeGuard,
}
