//! In how many sessions a claim must have been seen.
//!
//! A constant starves small stores and floods large ones. What is asked for is a *rate*: the claim must be seen
//! in at least one of a thousand sessions that had the occasion, and surely so. In stores of up to a few
//! thousand sessions that is the constant; in larger ones it grows with them.

use std::collections::BTreeMap;

use crate::held_out::Split;
use crate::ledger::{ANY_TOOL, Ledger, Occasion};
use crate::options::Gates;
use crate::stats;

/// How sure the rate has to be.
const CONFIDENCE: f64 = 0.8;

/// What claims need, by what they are about.
pub(super) struct Needed {
    /// What any claim needs.
    pub(super) least: usize,
    rate: f64,
    /// Mined sessions in all, by tool, and by program.
    sessions: usize,
    tools: BTreeMap<String, usize>,
    programs: BTreeMap<String, usize>,
}

impl Needed {
    pub(super) fn of(ledger: &Ledger, split: Split, gates: &Gates) -> Self {
        let is_small = ledger.sessions.len() < gates.small_store;
        let least = if is_small { gates.sessions_small } else { gates.sessions };
        let mut needed =
            Self { least, rate: gates.rate, sessions: 0, tools: BTreeMap::new(), programs: BTreeMap::new() };
        for row in ledger.sessions.values() {
            if split.mines_row(row) {
                needed.sessions += 1;
                row.tools.keys().for_each(|tool| *needed.tools.entry(tool.clone()).or_default() += 1);
                row.programs.keys().for_each(|name| *needed.programs.entry(name.clone()).or_default() += 1);
            }
        }
        needed
    }

    /// Returns what a claim that was seen in `seen` mined sessions lacks.
    pub(super) fn lacks(&self, seen: u64, occasion: &Occasion) -> Option<String> {
        if (seen as usize) < self.least {
            return Some(format!("{seen} of the {} sessions it needs", self.least));
        }
        let (of, what) = self.occasions(occasion);
        let is_enough =
            |seen: usize| stats::rate_lower_bound(seen as u64, of as u64, CONFIDENCE) >= self.rate;
        if is_enough(seen as usize) {
            return None;
        }
        let (mut low, mut high) = (seen as usize, of);
        while low + 1 < high {
            let middle = usize::midpoint(low, high);
            if is_enough(middle) { high = middle } else { low = middle }
        }
        Some(format!("{seen} of the {high} sessions it needs among {of} {what}"))
    }

    /// Returns how many mined sessions had the occasion. Projects are left out: what is common in one of many
    /// is not thereby common.
    fn occasions(&self, occasion: &Occasion) -> (usize, String) {
        let count = |of: &BTreeMap<String, usize>, name: &str| of.get(name).copied().unwrap_or(0);
        match (&occasion.program, occasion.tool.as_deref()) {
            (Some(program), _) => (count(&self.programs, program), format!("that ran `{program}`")),
            (None, Some(tool)) if tool != ANY_TOOL => {
                (count(&self.tools, tool), format!("that called `{tool}`"))
            }
            _ => (self.sessions, "in all".to_owned()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn needed(sessions: usize, seen: u64) -> Option<String> {
        let tools = BTreeMap::from([("sow".to_owned(), sessions)]);
        let needed = Needed { least: 3, rate: 0.001, sessions, tools, programs: BTreeMap::new() };
        needed.lacks(seen, &Occasion { tool: Some("sow".to_owned()), ..Occasion::default() })
    }

    #[test]
    fn three_are_enough_in_a_thousand_and_a_dozen_in_ten_thousand() {
        assert_eq!(needed(1_000, 2).as_deref(), Some("2 of the 3 sessions it needs"));
        assert_eq!(needed(1_000, 3), None);
        assert_eq!(
            needed(10_000, 3).as_deref(),
            Some("3 of the 13 sessions it needs among 10000 that called `sow`")
        );
        assert_eq!(needed(10_000, 13), None);
    }
}
