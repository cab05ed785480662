//! Stage 5: is a claim true of sessions that it was not mined from?

use std::collections::{BTreeMap, BTreeSet};

use somnium_types::{SessionId, sha256};

use crate::ledger::{Ledger, SessionRow};
use crate::options::Gates;

/// Which sessions are never mined.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Split {
    percent: u64,
}

impl Split {
    /// Settles the split for a store of `sessions` sessions: none is held out of a small one.
    pub(crate) fn of(sessions: usize, gates: &Gates) -> Self {
        let percent = if sessions >= gates.held_out_from { u64::from(gates.held_out_percent) } else { 0 };
        Self { percent }
    }

    /// Returns whether a session may be mined. Chosen by a hash of its id, so that a session stays on its
    /// side whatever else is read.
    pub(crate) fn mines(self, id: &SessionId) -> bool {
        u64::from(bucket(id)) >= self.percent
    }

    /// The same, of a session that is known.
    pub(crate) fn mines_row(self, row: &SessionRow) -> bool {
        u64::from(row.bucket) >= self.percent
    }

    /// Returns whether any session is held out.
    pub(crate) fn holds_out(self) -> bool {
        self.percent > 0
    }
}

/// Returns where a session stands among all: 0 to 99, by a hash of its id.
pub(crate) fn bucket(id: &SessionId) -> u8 {
    let digest = sha256(id.as_str().as_bytes());
    let bucket = (u32::from(u16::from_le_bytes([digest[0], digest[1]])) * 100) >> 16;
    u8::try_from(bucket).unwrap_or(u8::MAX)
}

/// What the check says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Verdict {
    /// Seen in sessions that were not mined.
    Confirmed,
    /// Not seen there.
    Unconfirmed,
    /// Too little to tell.
    Waiting,
}

/// Checks one claim by the sessions that show it. With a held-out split it must recur there; in a small store it must stand whichever
/// task (where there are no tasks: day) is left out, and recur in the one left out.
pub(crate) fn check<'s>(
    mut seen: impl Iterator<Item = &'s SessionId>,
    ledger: &Ledger,
    split: Split,
    gates: &Gates,
) -> Verdict {
    if split.holds_out() {
        return match seen.any(|id| !split.mines(id)) {
            true => Verdict::Confirmed,
            false => Verdict::Unconfirmed,
        };
    }
    let rows = seen.filter_map(|id| ledger.sessions.get(id));
    let mut folds: BTreeMap<&str, usize> = BTreeMap::new();
    for row in rows {
        if let Some(fold) = row.task.as_deref().or(row.day.as_deref()) {
            *folds.entry(fold).or_default() += 1;
        }
    }
    let total: usize = folds.values().sum();
    let all: BTreeSet<&str> =
        ledger.sessions.values().filter_map(|row| row.task.as_deref().or(row.day.as_deref())).collect();
    if all.len() < 2 {
        return Verdict::Waiting;
    }
    let stands = folds.len() > 1 && folds.values().all(|fold| total - fold >= gates.sessions_small);
    if stands { Verdict::Confirmed } else { Verdict::Unconfirmed }
}

/// What a claim of a small store lacks that does not stand without one of its tasks, in numbers.
pub(crate) fn rests_on_one(gates: &Gates) -> String {
    format!("without one of its tasks or days fewer than {} sessions are left", gates.sessions_small)
}

/// What a claim lacks where there is nothing to leave out.
pub(crate) fn too_few(ledger: &Ledger, gates: &Gates) -> String {
    format!(
        "too few sessions to hold any out: {} of {}, and all of one task or day",
        ledger.sessions.len(),
        gates.held_out_from
    )
}
