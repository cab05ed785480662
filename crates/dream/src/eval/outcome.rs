//! How sessions that show a claim ended, beside those that do not.

use serde::Serialize;

use crate::stats;

/// Quantile of the normal distribution that cuts off 2.5% on either side.
const Z: f64 = 1.959_964;
/// What is added to each cell where one is empty, so that the ratio has an interval (Haldane and Anscombe).
const HALF: f64 = 0.5;

/// Outcomes of judged sessions.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Fate {
    /// Failed sessions that show it.
    pub fail_with: u64,
    /// Judged sessions that show it.
    pub with: u64,
    /// Failed sessions that could and do not show it.
    pub fail_without: u64,
    /// Judged sessions that could and do not show it.
    pub without: u64,
    /// P(fail | shown) / P(fail); 1 where none failed.
    pub lift: f64,
    /// Its 95% interval (Katz, by the ratio of the two rates); `None` where there is nothing to compare.
    pub interval: Option<(f64, f64)>,
    /// One-sided Fisher exact test in the direction that the claim says (a mistake: they fail more; a workflow:
    /// they fail less), adjusted by Benjamini-Hochberg over the claims with an outcome.
    pub q: f64,
}

/// Which way a claim says that sessions differ.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Direction {
    /// Those that show it fail more.
    Worse,
    /// Those that show it fail less.
    Better,
}

/// Counts of judged sessions.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Row {
    fail_with: u64,
    with: u64,
    fail_without: u64,
    without: u64,
}

impl Row {
    /// Adds one session; one that nobody judged says nothing.
    pub(super) fn add(&mut self, shows: bool, failed: Option<bool>) {
        let Some(failed) = failed else { return };
        let (fails, all) = match shows {
            true => (&mut self.fail_with, &mut self.with),
            false => (&mut self.fail_without, &mut self.without),
        };
        *fails += u64::from(failed);
        *all += 1;
    }

    /// Returns what the counts say; `None` where no judged session shows it. `q` is still the p-value.
    pub(super) fn fate(self, direction: Direction) -> Option<Fate> {
        let Self { fail_with, with, fail_without, without } = self;
        if with == 0 {
            return None;
        }
        let (failed, all) = ((fail_with + fail_without) as f64, (with + without) as f64);
        let lift = if failed > 0.0 { fail_with as f64 / with as f64 / (failed / all) } else { 1.0 };
        let q = match direction {
            Direction::Worse => stats::fisher_greater(fail_with, with, fail_without, without),
            Direction::Better => {
                stats::fisher_greater(with - fail_with, with, without - fail_without, without)
            }
        };
        Some(Fate { fail_with, with, fail_without, without, lift, interval: self.interval(), q })
    }

    /// The lift grows with the ratio of the two rates: its interval is that of the ratio, carried over.
    fn interval(self) -> Option<(f64, f64)> {
        if self.without == 0 || self.fail_with + self.fail_without == 0 {
            return None;
        }
        let is_bare = self.fail_with == 0 || self.fail_without == 0;
        let add = if is_bare { HALF } else { 0.0 };
        let (a, n) = (self.fail_with as f64 + add, self.with as f64 + add);
        let (b, m) = (self.fail_without as f64 + add, self.without as f64 + add);
        let ratio = ((a / n) / (b / m)).ln();
        let error = (1.0 / a - 1.0 / n + 1.0 / b - 1.0 / m).max(0.0).sqrt();
        let share = self.with as f64 / (self.with + self.without) as f64;
        let lift = |ratio: f64| {
            let ratio = ratio.exp();
            ratio / (share * ratio + 1.0 - share)
        };
        Some((lift(ratio - Z * error), lift(ratio + Z * error)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(fail_with: u64, with: u64, fail_without: u64, without: u64) -> Row {
        Row { fail_with, with, fail_without, without }
    }

    #[test]
    fn the_lift_lies_in_its_interval_and_shrinks_it_with_more_sessions() {
        let few = row(6, 8, 4, 12).fate(Direction::Worse).unwrap();
        let many = row(60, 80, 40, 120).fate(Direction::Worse).unwrap();
        assert!((few.lift - 1.5).abs() < 1e-9 && (many.lift - 1.5).abs() < 1e-9);
        let (low, high) = few.interval.unwrap();
        let (closer, nearer) = many.interval.unwrap();
        assert!(
            low < closer && closer < 1.5 && 1.5 < nearer && nearer < high,
            "{low} {closer} {nearer} {high}"
        );
        assert!(many.q < few.q && few.q < 0.1);
    }

    #[test]
    fn a_workflow_is_tested_the_other_way_round() {
        let better = row(0, 10, 8, 10).fate(Direction::Better).unwrap();
        let worse = row(0, 10, 8, 10).fate(Direction::Worse).unwrap();
        assert!(better.q < 0.01 && worse.q > 0.99);
        assert!(better.lift == 0.0 && better.interval.unwrap().1 < 1.0);
    }

    #[test]
    fn nothing_to_compare_has_no_interval() {
        assert_eq!(row(0, 0, 3, 5).fate(Direction::Worse), None);
        assert_eq!(row(2, 3, 0, 0).fate(Direction::Worse).unwrap().interval, None);
        assert_eq!(row(0, 3, 0, 4).fate(Direction::Worse).unwrap().interval, None);
    }
}
