//! Stage 6: from counted claims to blocks of text.
//!
//! The template path. Everything fixed is in [`phrases`], everything else comes out of the evidence as code or
//! as a quotation, or out of the ledger as a number; the validator checks just that.

mod mistake;
pub(crate) mod phrases;
mod quote;
mod text;
mod topic;

use crate::gate::Judged;
use crate::report::ClaimState;

pub(crate) use quote::pieces;

/// A block as it would be written.
#[derive(Clone, Debug)]
pub(crate) struct Draft {
    pub(crate) claim: Judged,
    /// File, from the memory's root: `notes/shell.md`.
    pub(crate) path: String,
    pub(crate) title: String,
    pub(crate) body: String,
}

/// How much a wording dares to say. A wording that the validator rejects is tried again plainer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Style {
    /// Everything that was counted.
    Full,
    /// Tool, class and counts alone.
    Plain,
}

/// Writes the block of every claim that passed its gate.
pub(crate) fn compose(judged: &[Judged], projects: usize) -> Vec<Draft> {
    judged
        .iter()
        .filter(|claim| claim.state >= ClaimState::Probation)
        .map(|claim| draft(claim, projects, Style::Full))
        .collect()
}

/// Writes the block of one claim.
pub(crate) fn draft(claim: &Judged, projects: usize, style: Style) -> Draft {
    Draft {
        path: format!("notes/{}.md", topic::of(claim, projects)),
        title: mistake::title(claim, style),
        body: mistake::body(claim, style),
        claim: claim.clone(),
    }
}

/// Returns what a claim is called where it is not written: in near misses.
pub(crate) fn name(claim: &Judged) -> String {
    mistake::title(claim, Style::Full)
}
