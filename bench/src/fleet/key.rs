//! The answer key: what is planted in which sessions. For tests and the report; the engine never reads it.

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;

use super::plant::{Expected, Kind, Plant};
use super::script::Script;

/// What is planted in the example sessions.
#[derive(Debug, Serialize)]
pub struct Key {
    /// The seed of the sessions.
    pub seed: u64,
    /// Sessions in all.
    pub sessions: usize,
    /// Sessions whose result somebody judged, and how many of them were good.
    pub judged: Share,
    /// Calls that failed with an error, and how many of them belong to a planted mistake.
    pub failing_calls: Share,
    /// One entry for each planted thing.
    pub planted: Vec<Entry>,
}

/// A part of a whole.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Share {
    /// The part.
    pub of_these: usize,
    /// The whole.
    pub all: usize,
}

/// One planted thing and where it occurs.
#[derive(Debug, Serialize)]
pub struct Entry {
    /// A name for tests and tables.
    pub id: &'static str,
    /// The kind of pattern.
    pub kind: Kind,
    /// What a dream should make of it.
    pub expected: Expected,
    /// The fleets it occurs in.
    pub domains: BTreeSet<&'static str>,
    /// The tool that fails, or whose call is missing.
    pub tool: Option<&'static str>,
    /// Words that occur in these sessions and in no others.
    pub trace: Option<&'static str>,
    /// What it is, in a sentence.
    pub says: &'static str,
    /// The tool that puts it right.
    pub repair: Option<&'static str>,
    /// Ids of the sessions in which it occurs.
    pub sessions: BTreeSet<String>,
    /// Those of them in which it was put right.
    pub repaired: BTreeSet<String>,
    /// Times it occurs, over all sessions.
    pub occurrences: u32,
    /// The agents that met it.
    pub agents: BTreeSet<String>,
    /// The people in whose sessions it occurs (for a preference: who said it), with the times it occurs.
    pub principals: BTreeMap<&'static str, u32>,
    /// The tasks in which it occurs.
    pub tasks: BTreeSet<&'static str>,
    /// Of its judged sessions, how many failed.
    pub failed: Share,
}

impl Key {
    pub(super) fn of(scripts: &[Script], seed: u64) -> Self {
        let judged: Vec<bool> = scripts.iter().filter_map(|script| script.success).collect();
        let planted: Vec<Entry> = Plant::ALL.iter().map(|plant| entry(*plant, scripts)).collect();
        let in_mistakes: u32 = planted
            .iter()
            .filter(|entry| entry.kind == Kind::LoudMistake && entry.expected == Expected::Claim)
            // Polling gets polite answers, not errors.
            .filter(|entry| entry.id != Plant::PollingLoop.describe().id)
            .map(|entry| entry.occurrences)
            .sum();
        Self {
            seed,
            sessions: scripts.len(),
            judged: Share { of_these: judged.iter().filter(|success| **success).count(), all: judged.len() },
            failing_calls: Share {
                of_these: in_mistakes as usize,
                all: scripts.iter().map(Script::failing_calls).sum(),
            },
            planted,
        }
    }
}

fn entry(plant: Plant, scripts: &[Script]) -> Entry {
    let what = plant.describe();
    let mut entry = Entry {
        id: what.id,
        kind: what.kind,
        expected: what.expected,
        domains: BTreeSet::new(),
        tool: what.tool,
        trace: what.trace,
        says: what.says,
        repair: what.repair,
        sessions: BTreeSet::new(),
        repaired: BTreeSet::new(),
        occurrences: 0,
        agents: BTreeSet::new(),
        principals: BTreeMap::new(),
        tasks: BTreeSet::new(),
        failed: Share { of_these: 0, all: 0 },
    };
    for script in scripts {
        let Some(mark) = script.planted.get(&plant) else { continue };
        entry.domains.insert(script.domain);
        entry.sessions.insert(script.id.clone());
        if mark.repaired {
            entry.repaired.insert(script.id.clone());
        }
        entry.occurrences += mark.count;
        entry.agents.insert(script.agent.clone());
        *entry.principals.entry(script.principal).or_default() += mark.count;
        entry.tasks.insert(script.task);
        if let Some(success) = script.success {
            entry.failed.all += 1;
            entry.failed.of_these += usize::from(!success);
        }
    }
    entry
}
