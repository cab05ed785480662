//! Splits by task: what is mined on some tasks is judged on others.

use std::ops::Range;

use sha2::{Digest, Sha256};
use somnium_dream::Normalised;

/// Returns the key of a session's task. A session that names none is a task of its own.
pub fn task_of(session: &Normalised) -> &str {
    session.task.as_ref().map_or(session.id.as_str(), |task| task.as_str())
}

/// One way to cut a set in two.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Split {
    /// Chooses the halves.
    pub seed: u64,
    /// Which half is mined.
    pub mined: bool,
}

impl Split {
    /// Returns the splits of these seeds: each half is mined once and judged once.
    pub fn all(seeds: Range<u64>) -> Vec<Self> {
        seeds.flat_map(|seed| [true, false].map(|mined| Self { seed, mined })).collect()
    }

    /// Returns whether sessions of `task` are mined. Only the seed and the task's key decide.
    pub fn mines(self, task: &str) -> bool {
        let digest = Sha256::new().chain_update(self.seed.to_le_bytes()).chain_update(task).finalize();
        (digest[0] & 1 == 1) == self.mined
    }

    /// Cuts sessions into those that are mined and those on unseen tasks.
    pub fn cut(self, sessions: &[Normalised]) -> (Vec<&Normalised>, Vec<&Normalised>) {
        sessions.iter().partition(|session| self.mines(task_of(session)))
    }
}
