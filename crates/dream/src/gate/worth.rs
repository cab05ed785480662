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

/// Seconds of a day.
const DAY: f64 = 86_400.0;
/// Half-life of reach, in days; and in sessions: what is shared by fewer than these is no rate, so that in a store
/// with few sessions a fortnight older ones count, too.
const RECENT: f64 = 14.0;
const RECENT_SESSIONS: f64 = 100.0;
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
    /// When the sessions ended whose time is known, the earliest first.
    ends: Vec<Timestamp>,
    /// Weight of a session whose time is not known: that of the mean session.
    unknown: f64,
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
        let ends = ledger.sessions.values().map(|row| row.ended_at);
        let calls: f64 = ledger.sessions.values().map(|row| f64::from(row.steps)).sum();
        Self { calls: calls / ledger.sessions.len().max(1) as f64, ..Self::over(ends, now) }
    }

    /// Makes a clock for sessions that ended then.
    fn over(ends: impl Iterator<Item = Option<Timestamp>>, now: Option<Timestamp>) -> Self {
        let all: Vec<Option<Timestamp>> = ends.collect();
        let mut ends: Vec<Timestamp> = all.iter().flatten().copied().collect();
        ends.sort_unstable();
        let mut clock = Self { now, ends, unknown: 1.0, recent: 0.0, calls: 0.0 };
        if !clock.ends.is_empty() {
            let known: f64 = clock.ends.iter().map(|end| clock.weight(Some(*end))).sum();
            clock.unknown = known / clock.ends.len() as f64;
        }
        clock.recent = all.into_iter().map(|end| clock.weight(end)).sum();
        clock
    }

    /// Returns what a session that ended then weighs: half for every fortnight, but no less than half for every so
    /// many sessions that came after it.
    fn weight(&self, ended: Option<Timestamp>) -> f64 {
        let (Some(now), Some(then)) = (self.now, ended) else { return self.unknown };
        let days = now.duration_since(then).as_secs_f64().max(0.0) / DAY;
        let later = self.ends.len() - self.ends.partition_point(|end| *end <= then);
        (-(days / RECENT).min(later as f64 / RECENT_SESSIONS)).exp2()
    }

    fn days(&self, row: &SessionRow) -> f64 {
        let (Some(now), Some(then)) = (self.now, row.ended_at) else { return 0.0 };
        now.duration_since(then).as_secs_f64().max(0.0) / DAY
    }

    /// Returns the worth of a claim that saves `benefit` calls in each session that shows it.
    pub(super) fn worth(&self, shares: &Shares<'_>, benefit: f64, trust: f64) -> f64 {
        if shares.seen.is_empty() || self.recent == 0.0 {
            return 0.0;
        }
        let reach = shares.seen.iter().map(|row| self.weight(row.ended_at)).sum::<f64>() / self.recent;
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

#[cfg(test)]
mod tests {
    use super::*;

    fn clock(days: &[Option<i64>]) -> Clock {
        let at = |days: i64| Timestamp::from_second(days * 86_400).ok();
        let newest = days.iter().flatten().max().copied();
        Clock::over(days.iter().map(|day| day.and_then(at)), newest.and_then(at))
    }

    fn weight(clock: &Clock, day: i64) -> f64 {
        clock.weight(Timestamp::from_second(day * 86_400).ok())
    }

    #[test]
    fn sessions_fade_by_the_fortnight_where_there_are_many() {
        let many: Vec<Option<i64>> = (0..2_000).map(|at| Some(28 + at / 1_000)).chain([Some(0)]).collect();
        assert!((weight(&clock(&many), 15) - 0.5).abs() < 0.01, "one day less than a fortnight and one");
        assert!(weight(&clock(&many), 1) < 0.26);
    }

    #[test]
    fn few_sessions_do_not_fade_because_they_are_far_apart() {
        let few: Vec<Option<i64>> = (0..10).map(|at| Some(at * 300)).collect();
        assert!(weight(&clock(&few), 0) > 0.9);
    }

    #[test]
    fn a_session_without_a_time_weighs_as_the_mean_one() {
        let mixed: Vec<Option<i64>> = (0..400).map(|at| Some(at * 30)).chain([None]).collect();
        let clock = clock(&mixed);
        let mean = (0..400).map(|at| weight(&clock, at * 30)).sum::<f64>() / 400.0;
        assert!((clock.weight(None) - mean).abs() < 1e-9 && mean < 0.5);
        assert_eq!(super::Clock::over([None, None].into_iter(), None).recent, 2.0);
    }
}
