//! What a dream is asked to do.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};
use somnium_memory::MemoryPath;
use somnium_types::{AgentId, PrincipalId, TeamId, Timestamp};

/// Everything that changes what a dream of the same sessions and the same memory writes.
///
/// The dream's id is a hash of the inputs, these options and the seed: equal options give equal bytes.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Options {
    /// Label of sessions that name no agent; sessions of other agents are left out.
    pub agent: Option<AgentId>,
    /// Label of sessions that name no team; sessions of other teams are left out.
    pub team: Option<TeamId>,
    /// People whose word holds for everybody.
    #[serde(skip_serializing_if = "BTreeSet::is_empty")]
    pub operators: BTreeSet<PrincipalId>,
    /// Files of the memory that agents write: all unmarked text in them is theirs.
    #[serde(skip_serializing_if = "BTreeSet::is_empty")]
    pub agent_files: BTreeSet<MemoryPath>,
    /// The clock of every decay. `None`: the time of the newest event.
    pub now: Option<Timestamp>,
    /// Seed of everything that is sampled.
    pub seed: u64,
    /// Token budget of the always-loaded index.
    pub index_tokens: u32,
    /// Most notes in one topic file; further ones are listed as near misses.
    pub notes_per_topic: usize,
    /// Most lines of one playbook.
    pub playbook_lines: usize,
    /// What to raise and what to leave out, in a person's words.
    pub instructions: Option<String>,
    /// The gates.
    pub gates: Gates,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            agent: None,
            team: None,
            operators: BTreeSet::new(),
            agent_files: BTreeSet::new(),
            now: None,
            seed: 0,
            index_tokens: 2_000,
            notes_per_topic: 12,
            playbook_lines: 150,
            instructions: None,
            gates: Gates::default(),
        }
    }
}

/// The numbers that a claim has to reach. The defaults are those of the concepts page on gates.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Gates {
    /// Distinct sessions that a claim needs.
    pub sessions: usize,
    /// The same where fewer than `small_store` sessions were given.
    pub sessions_small: usize,
    /// Below this many sessions a store counts as small.
    pub small_store: usize,
    /// Share of the sessions with the occasion that must show it, by its 80% lower bound: what decides in stores
    /// of several thousand sessions.
    pub rate: f64,
    /// Distinct days, tasks or agents (whichever is most) that a claim needs.
    pub spread: usize,
    /// Share of the sessions that is never mined, in percent.
    pub held_out_percent: u8,
    /// From this many sessions on a held-out split is made; below, one task (or day) is left out at a time.
    pub held_out_from: usize,
    /// Sessions that must have used a repair before it is written.
    pub repair_sessions: usize,
    /// Distinct people whose word holds for everybody.
    pub quorum: usize,
    /// Benjamini-Hochberg level for outcome lifts.
    pub q: f64,
}

impl Default for Gates {
    fn default() -> Self {
        Self {
            sessions: 3,
            sessions_small: 2,
            small_store: 20,
            rate: 0.001,
            spread: 2,
            held_out_percent: 20,
            held_out_from: 50,
            repair_sessions: 2,
            quorum: 3,
            q: 0.10,
        }
    }
}
