//! How a session ended, and who says so.

use serde::{Deserialize, Serialize};

/// Whether the session did what it was asked to do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Label {
    /// It did.
    Success,
    /// It did not.
    Failure,
}

/// Who judged the session. Stronger sources come first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum OutcomeSource {
    /// A grader with a rubric (an outcome evaluation).
    Grader,
    /// A person said so.
    User,
    /// A numeric reward of a benchmark or an environment.
    Reward,
    /// A check resolved it: tests passed, an issue was marked resolved.
    Resolved,
    /// The exit status of the whole run.
    ExitCode,
    /// Nobody said who.
    Unknown,
}

/// The judged result of a session. A session that nobody judged has no `Outcome` at all.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Outcome {
    /// Success or failure.
    pub label: Label,
    /// The score behind the label, in the source's own unit, where it gave one.
    pub score: Option<f64>,
    /// Who judged.
    pub source: OutcomeSource,
}

impl Outcome {
    /// Returns an outcome without a score.
    pub fn new(success: bool, source: OutcomeSource) -> Self {
        Self { label: if success { Label::Success } else { Label::Failure }, score: None, source }
    }

    /// Returns whether the session failed.
    pub fn failed(&self) -> bool {
        self.label == Label::Failure
    }
}
