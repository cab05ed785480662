//! Stage 6: from counted claims to blocks of text.
//!
//! The template path. Everything fixed is in [`phrases`], everything else comes out of the evidence as code or
//! as a quotation, or out of the ledger as a number; the validator checks just that.

mod mistake;
pub(crate) mod phrases;
mod preference;
mod quote;
mod silent;
mod statement;
mod text;
mod topic;
mod workflow;

use crate::detect::Detail;
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
        .filter(|claim| claim.state >= ClaimState::Probation && claim.state != ClaimState::Archived)
        .map(|claim| draft(claim, projects, Style::Full))
        .collect()
}

/// Writes the block of one claim.
pub(crate) fn draft(claim: &Judged, projects: usize, style: Style) -> Draft {
    let (path, body) = match &claim.detail {
        Detail::Mistake(loud) => (topic::of(claim, &loud.key, projects), mistake::body(claim, loud, style)),
        Detail::Silent(silent) => {
            (topic::of_silent(claim, silent, projects), silent::body(claim, silent, style))
        }
        Detail::Workflow(workflow) => {
            (workflow::path(claim, workflow), workflow::body(claim, workflow, style))
        }
        Detail::Preference(preference) => {
            (preference::path(claim, preference), preference::body(claim, preference, style))
        }
        Detail::Statement(stated) => {
            (statement::path(claim, stated, projects), statement::body(claim, stated))
        }
    };
    Draft { path, title: title(claim, style), body, claim: claim.clone() }
}

fn title(claim: &Judged, style: Style) -> String {
    match &claim.detail {
        Detail::Mistake(loud) => mistake::title(loud, style),
        Detail::Silent(silent) => silent::title(claim, silent, style),
        Detail::Workflow(workflow) => workflow::title(claim, workflow, style),
        Detail::Preference(preference) => preference::title(claim, preference, style),
        Detail::Statement(stated) => statement::title(stated),
    }
}

/// Returns what a claim is called where it is not written: in near misses.
pub(crate) fn name(claim: &Judged) -> String {
    title(claim, Style::Full)
}
