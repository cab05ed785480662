//! What showing a note is worth: one scale for all kinds.
//!
//! `U = reach · LB80(benefit) · fresh · trust`, divided by the tokens of its line where the index is filled. The
//! unit is *tool calls saved in a session that is shown the note*, whether it has the occasion or not:
//!
//! | kind | benefit where it applies |
//! | --- | --- |
//! | loud mistake | calls lost to it, times the share of them that the repair saves (lower bound) |
//! | silent mistake | how much more often sessions with it fail (lower bound), times the calls of a whole session: a failed session is lost |
//! | workflow | calls saved against other sessions of the same task, or success gained times the calls of a whole session |
//! | preference | corrections saved, each the calls between two turns of a person |
//!
//! `reach` is the share of recent sessions where it applies. A comparer gives `reach · LB80(benefit)` as
//! [`Finding::worth`](crate::detect::Finding::worth); freshness and trust are added here.

use somnium_types::Timestamp;

use super::ChosenRepair;
use crate::ledger::{Ledger, SessionRow};
use crate::stats;

/// Half-life of reach, in days.
const RECENT: f64 = 14.0;
/// Half-lives of freshness, in days.
pub(super) const MISTAKE: f64 = 90.0;
pub(super) const PREFERENCE: f64 = 180.0;
pub(super) const WORKFLOW: f64 = 60.0;
/// A note does not age faster than this many unused occasions a half-life: what had no occasion is not stale.
const OCCASIONS: f64 = 10.0;

/// Trust: what people said themselves.
pub(super) const SAID: f64 = 0.9;
/// What was observed with the tool's own word for it.
pub(super) const OBSERVED: f64 = 0.7;
/// What was inferred from how sessions ended.
pub(super) const INFERRED: f64 = 0.4;

/// What a mistake without a repair saves a reader who knows of it.
const WARNED: f64 = 0.1;

/// The time of a dream, and what sessions weigh by it.
pub(super) struct Clock {
    now: Option<Timestamp>,
    /// Sum over all sessions of their weight.
    recent: f64,
    /// Calls of the mean session: no note saves more.
    calls: f64,
}

/// The sessions that show a claim.
pub(super) struct Shares<'s> {
    pub(super) seen: Vec<&'s SessionRow>,
    /// Occasions since it was last seen.
    pub(super) quiet: u64,
    pub(super) half_life: f64,
}

impl Clock {
    pub(super) fn new(ledger: &Ledger, now: Option<Timestamp>) -> Self {
        let mut clock = Self { now, recent: 0.0, calls: 0.0 };
        clock.recent = ledger.sessions.values().map(|row| clock.weight(row, RECENT)).sum();
        let calls: f64 = ledger.sessions.values().map(|row| f64::from(row.steps)).sum();
        clock.calls = calls / ledger.sessions.len().max(1) as f64;
        clock
    }

    /// Returns 2^(-age / half-life) of a session; 1 where times are unknown.
    fn weight(&self, row: &SessionRow, half_life: f64) -> f64 {
        (-self.days(row) / half_life).exp2()
    }

    fn days(&self, row: &SessionRow) -> f64 {
        let (Some(now), Some(then)) = (self.now, row.ended_at) else { return 0.0 };
        now.duration_since(then).as_secs_f64().max(0.0) / 86_400.0
    }

    /// Returns the worth of a claim that saves `benefit` calls in each session that shows it.
    pub(super) fn worth(&self, shares: &Shares<'_>, benefit: f64, trust: f64) -> f64 {
        if shares.seen.is_empty() || self.recent == 0.0 {
            return 0.0;
        }
        let reach = shares.seen.iter().map(|row| self.weight(row, RECENT)).sum::<f64>() / self.recent;
        reach * benefit * self.fresh(shares) * trust
    }

    /// Returns the worth of what a comparer found.
    pub(super) fn of_finding(&self, shares: &Shares<'_>, saved: f64, trust: f64) -> f64 {
        // A detector's estimate is an estimate: no note saves more than a session has.
        let saved = if saved.is_finite() { saved.clamp(0.0, self.calls.max(1.0)) } else { 0.0 };
        saved * self.fresh(shares) * trust
    }

    /// Returns how fresh a claim is: by the days since it was last seen, but no faster than by the occasions
    /// that passed without it.
    fn fresh(&self, shares: &Shares<'_>) -> f64 {
        let days = shares.seen.iter().map(|row| self.days(row)).fold(f64::INFINITY, f64::min);
        let days = if days.is_finite() { days / shares.half_life } else { 0.0 };
        (-days.min(shares.quiet as f64 / OCCASIONS)).exp2()
    }
}

/// Returns the calls that knowing of a loud mistake saves in each session that would make it.
pub(super) fn of_repair(
    wasted: u64,
    sessions: usize,
    repair: Option<&ChosenRepair>,
    occurrences: u64,
) -> f64 {
    let saved = repair
        .map_or(WARNED, |repair| stats::rate_lower_bound(repair.recovered, occurrences, 0.8).max(WARNED));
    saved * wasted as f64 / sessions.max(1) as f64
}
