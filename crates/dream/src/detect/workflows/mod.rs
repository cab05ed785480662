//! Converged workflows: orders of actions that good sessions share and chance does not explain.

use crate::Options;
use crate::detect::Finding;
use crate::held_out::Split;
use crate::normalise::Normalised;
use crate::report::WorkflowSignature;

/// What only workflows have.
#[derive(Clone, Debug)]
pub(crate) struct Workflow {
    /// What is reported of it.
    pub(crate) signature: WorkflowSignature,
}

impl Workflow {
    /// Numbers that a note may say beyond support and outcome.
    pub(crate) fn numbers(&self) -> Vec<String> {
        Vec::new()
    }
}

/// Runs the detector.
pub(crate) fn detect(_sessions: &[&Normalised], _split: Split, _options: &Options) -> Vec<Finding> {
    Vec::new()
}
