//! Stage 2: what recurs. One module a pattern, one line each in [`RECORDERS`] or [`COMPARERS`].

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use somnium_types::SessionId;

use crate::Options;
use crate::gate::Loud;
use crate::health::Meaning;
use crate::held_out::Split;
use crate::ledger::Ledger;
use crate::normalise::{Normalised, Quote};
use crate::proposal::Stated;
use crate::report::{ClaimKind, OutcomeLift, Scope};

pub(crate) mod contrast;
pub(crate) mod mistakes;
pub(crate) mod preferences;
mod repair;
mod template;
pub(crate) mod workflows;

pub(crate) use repair::{Repair, RepairKind, can_be_repaired, leaf};
pub use template::TemplateTree;

/// Reads sessions and adds what it saw of each to the ledger's claims.
///
/// Such a detector never judges: everything it saw is recorded, with its place, whatever the count. It only reads
/// sessions that are new: what it saw of the others is in the ledger.
pub(crate) type Recorder = fn(sessions: &[&Normalised], split: Split, ledger: &mut Ledger);

/// Every recorder, in the order in which they run.
pub(crate) const RECORDERS: &[(&str, Recorder)] = &[("mistakes", mistakes::detect)];

/// Compares all sessions that the store knows with each other, and returns the patterns that it finds.
///
/// Only sessions that `split` mines may decide whether there is a pattern; those held out are looked through for
/// it afterwards.
pub(crate) type Comparer = fn(sessions: &[&Normalised], split: Split, options: &Options) -> Vec<Finding>;

/// Every comparer, in the order in which they run.
pub(crate) const COMPARERS: &[(&str, Comparer)] =
    &[("contrast", contrast::detect), ("workflows", workflows::detect), ("preferences", preferences::detect)];

/// A pattern that a comparer found, before the gates that all claims have in common.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Finding {
    /// Content only, without counts: its hash is the claim's id, so that the same pattern has the same id in every
    /// store.
    pub(crate) canonical: String,
    /// For whom it holds.
    pub(crate) scope: Scope,
    /// Every session that shows it, mined or not, with the places that show it (at most a few).
    pub(crate) seen: BTreeMap<SessionId, Vec<Quote>>,
    /// How sessions with and without it ended; `q` is that of the kind's own test.
    pub(crate) outcome: Option<OutcomeLift>,
    /// What it lacks by the tests of its own kind; `None` where it passes them.
    pub(crate) lacks: Option<String>,
    /// Whether sessions that were not mined confirm it, where the kind has a check of its own.
    pub(crate) confirmed: Option<bool>,
    /// The project that has nearly all of its sessions.
    pub(crate) project: Option<String>,
    /// What showing it to a session in scope is worth, in steps saved per session: reach times the 80% lower bound
    /// of the benefit, on the scale of [`worth`](crate::gate::worth). Age and trust are added by the gate.
    pub(crate) worth: f64,
    /// What only claims of this kind have.
    pub(crate) detail: Detail,
}

/// What only claims of one kind have. Only what a comparer finds is ever kept as bytes.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) enum Detail {
    /// A mistake that an error tells of.
    #[serde(skip)]
    Mistake(Box<Loud>),
    /// A mistake that no error tells of.
    Silent(Box<contrast::Silent>),
    /// A procedure.
    Workflow(Box<workflows::Workflow>),
    /// How people want things done.
    Preference(Box<preferences::Preference>),
    /// What people say, or a tool when it fails, in their own words.
    #[serde(skip)]
    Statement(Box<Stated>),
}

impl Detail {
    /// Returns which of the three patterns it is.
    pub(crate) fn kind(&self) -> ClaimKind {
        match self {
            Self::Mistake(_) | Self::Silent(_) => ClaimKind::Mistake,
            Self::Workflow(_) => ClaimKind::Workflow,
            Self::Preference(_) => ClaimKind::Preference,
            Self::Statement(stated) => stated.kind(),
        }
    }

    /// Returns what a session that shows the claim says about its note.
    pub(crate) fn meaning(&self) -> Meaning {
        match self {
            Self::Mistake(_) | Self::Silent(_) => Meaning::Violated,
            Self::Workflow(_) => Meaning::Followed,
            Self::Preference(_) | Self::Statement(_) => Meaning::SaidAgain,
        }
    }

    /// Returns the numbers that a note may say beyond support and outcome, as they are printed.
    pub(crate) fn numbers(&self) -> Vec<String> {
        match self {
            Self::Mistake(loud) => loud.numbers(),
            Self::Silent(silent) => silent.numbers(),
            Self::Workflow(workflow) => workflow.numbers(),
            Self::Preference(preference) => preference.numbers(),
            Self::Statement(_) => Vec::new(),
        }
    }
}
