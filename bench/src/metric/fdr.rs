//! M5, false discoveries among workflows: what the detector finds where there is nothing to find, against what it
//! finds in the data.
//!
//! Sessions are made anew such that the order of steps is chance alone: each stretch of work shuffled, or drawn from
//! a Markov chain that knows which step follows which. The whole detector runs on them. The baseline is what plain
//! sequence mining does: count in how many stretches a pattern of three steps occurs.

use std::ops::Range;

use rayon::prelude::*;
use serde::Serialize;
use somnium_dream::{NullModel, Options, WorkflowsFound, frequent_patterns, null_sessions, workflows_found};

use crate::data::Loaded;

/// Draws of each null model.
pub const DRAWS: u64 = 20;
/// Length of the patterns that the baseline counts.
pub const LENGTH: usize = 3;

/// What was found in a set and in chance of its kind.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Discoveries {
    /// The set.
    pub set: String,
    /// In the data.
    pub data: Found,
    /// In each draw: shuffled sessions.
    pub shuffled: Vec<Found>,
    /// In each draw: sessions of a Markov chain.
    pub markov: Vec<Found>,
}

/// What was found in one set of sessions.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Found {
    /// Patterns that pass both null models.
    pub patterns: usize,
    /// Playbooks made of them.
    pub playbooks: usize,
    /// Patterns of three steps that are frequent, which is all the baseline asks for.
    pub frequent: usize,
}

/// A null model.
pub const MODELS: [(NullModel, &str); 2] = [(NullModel::Shuffle, "shuffled"), (NullModel::Markov, "Markov")];

impl Discoveries {
    /// Returns the draws of a null model.
    pub fn draws(&self, model: NullModel) -> &[Found] {
        match model {
            NullModel::Shuffle => &self.shuffled,
            NullModel::Markov => &self.markov,
        }
    }

    /// Returns what a draw has on average, as a share of what the data has; `None` where the data has nothing and
    /// neither has chance.
    pub fn rate(&self, model: NullModel, of: impl Fn(&Found) -> usize) -> Option<f64> {
        let draws = self.draws(model);
        let mean = draws.iter().map(&of).sum::<usize>() as f64 / draws.len().max(1) as f64;
        let data = of(&self.data);
        match data {
            0 if mean == 0.0 => None,
            // Everything that is found where the data has nothing is false.
            data => Some(mean / data.max(1) as f64),
        }
    }
}

/// Measures one set, with a draw of each null model for each seed.
pub fn measure(set: &Loaded, seeds: Range<u64>) -> Discoveries {
    let options = Options::default();
    let draws = |model| -> Vec<Found> {
        let one = |seed| found(&null_sessions(&set.sessions, model, seed, &options), &options);
        seeds.clone().into_par_iter().map(one).collect()
    };
    Discoveries {
        set: set.name.clone(),
        data: found(&set.sessions, &options),
        shuffled: draws(NullModel::Shuffle),
        markov: draws(NullModel::Markov),
    }
}

fn found(sessions: &[somnium_dream::Normalised], options: &Options) -> Found {
    let WorkflowsFound { patterns, playbooks } = workflows_found(sessions, options);
    Found { patterns, playbooks, frequent: frequent_patterns(sessions, LENGTH, options) }
}
