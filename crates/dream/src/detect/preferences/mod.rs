//! Emergent team preferences: what several people ask for again and again.

use crate::Options;
use crate::detect::Finding;
use crate::held_out::Split;
use crate::normalise::Normalised;
use crate::report::PreferenceSignature;

/// What only preferences have.
#[derive(Clone, Debug)]
pub(crate) struct Preference {
    /// What is reported of it.
    pub(crate) signature: PreferenceSignature,
}

impl Preference {
    /// Numbers that a note may say beyond support and outcome.
    pub(crate) fn numbers(&self) -> Vec<String> {
        Vec::new()
    }
}

/// Runs the detector.
pub(crate) fn detect(_sessions: &[&Normalised], _split: Split, _options: &Options) -> Vec<Finding> {
    Vec::new()
}
