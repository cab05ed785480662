//! Silent mistakes: what failing sessions do that good sessions of the same task do not.

use crate::Options;
use crate::detect::Finding;
use crate::held_out::Split;
use crate::normalise::Normalised;
use crate::report::SilentFeature;

/// What only silent mistakes have.
#[derive(Clone, Debug)]
pub(crate) struct Silent {
    /// What differs from the good sessions.
    pub(crate) feature: SilentFeature,
}

impl Silent {
    /// Numbers that a note may say beyond support and outcome.
    pub(crate) fn numbers(&self) -> Vec<String> {
        Vec::new()
    }
}

/// Runs the detector.
pub(crate) fn detect(_sessions: &[&Normalised], _split: Split, _options: &Options) -> Vec<Finding> {
    Vec::new()
}
