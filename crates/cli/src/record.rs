//! The record of one dream, as `.somnium/runs/` keeps it.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use somnium_dream::{NearMiss, Options, Reconciling, Report, ReportedClaim, Retired, StageCounts};

use somnium_types::Timestamp;

use crate::reading::Inputs;

/// One dream: what it was asked, what it read, what it reports.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct RunRecord {
    /// What `--json` printed.
    pub(crate) report: Report,
    /// What each stage took in and gave out, and what was refused.
    pub(crate) stages: StageCounts,
    /// What it was asked to do.
    pub(crate) options: Options,
    /// What it read, in figures.
    pub(crate) inputs: Inputs,
    /// What it changed in the memory, as a unified diff.
    pub(crate) diff: String,
    /// What a person decided about it, where one did.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) review: Option<Decided>,
}

/// What a person decided about a dream, claim by claim.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Decided {
    /// Who, where that is known.
    pub(crate) by: Option<String>,
    /// When.
    pub(crate) at: Timestamp,
    /// `accept`, `edit`, `reject` or `later`, by item.
    pub(crate) decisions: BTreeMap<String, String>,
}

impl RunRecord {
    /// Returns the claim whose block has this id.
    pub(crate) fn claim(&self, id: &str) -> Option<&ReportedClaim> {
        self.report.claims.iter().find(|claim| claim.id.as_str() == id)
    }

    /// Returns the note in the archive with this id.
    pub(crate) fn retired(&self, id: &str) -> Option<&Retired> {
        self.report.retired.iter().find(|note| note.id.as_str() == id)
    }

    /// Returns the entry whose text, or the question about it, stands in this block.
    pub(crate) fn reconciled(&self, id: &str) -> Option<&Reconciling> {
        let is_it = |change: &&Reconciling| change.block.as_ref().is_some_and(|block| block.as_str() == id);
        self.report.reconciled.changes.iter().find(is_it)
    }

    /// Returns what did not become a note: near misses first, then what a stage refused.
    pub(crate) fn refused(&self) -> impl Iterator<Item = &NearMiss> {
        self.report.near_misses.iter().chain(&self.stages.rejected)
    }
}
