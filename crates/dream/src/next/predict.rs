//! Predicts the next action from what was published, and from nothing else.

use std::collections::HashMap;

use super::cues::{KINDS, Key, Names, Seen, cues, features};
use super::fit::START;
use super::moment::{Action, OTHER, Origin, Vocabulary, moments};
use super::published::{Cue, NextActions};
use crate::normalise::Normalised;

/// Predicts what an agent does next.
#[derive(Clone, Debug)]
pub struct Predictor {
    vocabulary: Vocabulary,
    names: Names,
    rows: HashMap<Key, Seen>,
    all: Seen,
    weights: [f64; KINDS],
    /// Whether the agent itself ever takes the action.
    is_taken: Vec<bool>,
}

impl Predictor {
    /// Reads what was published.
    pub fn new(published: &NextActions) -> Self {
        let mut vocabulary =
            Vocabulary::new(published.actions.iter().map(|action| action.action.clone()).collect());
        for inputs in &published.inputs {
            let origin = Origin {
                from: inputs.from.iter().cloned().collect(),
                shapes: inputs.shapes.iter().cloned().collect(),
            };
            vocabulary.inputs.insert(vocabulary.action(&inputs.action), origin);
        }
        let mut names = Names::default();
        let mut rows = HashMap::new();
        for row in &published.rows {
            let key: Key = (row.cue, row.key.iter().map(|part| names.enter(part)).collect());
            let next = row.next.iter().map(|(name, n)| (vocabulary.action(name), *n as f64));
            let next = next.filter(|(action, _)| *action != OTHER).collect();
            rows.insert(key, Seen { n: row.n as f64, next });
        }
        let mut weights = START;
        for trust in &published.trust {
            weights[trust.cue as usize] = trust.weight;
        }
        Self {
            all: rows.get(&(Cue::After, Vec::new())).cloned().unwrap_or_default(),
            is_taken: published.actions.iter().map(|action| action.n > 0).collect(),
            vocabulary,
            names,
            rows,
            weights,
        }
    }

    /// Returns, for every action of a session by thread, what was expected at that moment: at most `most` actions,
    /// the likeliest first. Each is predicted from what was there before it alone.
    pub fn ranked(&self, session: &Normalised, most: usize) -> Vec<Vec<Vec<&str>>> {
        let threads = moments(session, &self.vocabulary);
        threads.iter().map(|thread| thread.iter().map(|moment| self.rank(moment, most)).collect()).collect()
    }

    fn rank(&self, moment: &super::moment::Moment, most: usize) -> Vec<&str> {
        let cues = cues(moment, &self.vocabulary, &mut |text| self.names.find(text));
        let rows = features(&cues, self.is_taken.len(), &|key| self.rows.get(key).cloned(), &self.all);
        let mut scored: Vec<(f64, Action)> = rows
            .iter()
            .zip(0..)
            .filter(|(_, action)| self.is_taken[*action as usize])
            .map(|(row, action)| (row.iter().zip(self.weights).map(|(x, w)| x * w).sum(), action))
            .collect();
        scored.sort_by(|a, b| b.0.total_cmp(&a.0).then(a.1.cmp(&b.1)));
        scored.truncate(most);
        scored.into_iter().map(|(_, action)| self.vocabulary.name(action)).collect()
    }
}
