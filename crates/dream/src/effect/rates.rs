//! Differences of rates, over strata, with intervals that hold at small counts.
//!
//! A note that works is rarely broken, and most notes were shown to few sessions: the usual case is 0 of 7 beside
//! 4 of 12. The textbook (Wald) interval has no width there. These intervals ask instead, for every difference in
//! question, whether the counts would be unlikely if it were the true one: the score interval of Miettinen and
//! Nurminen (*Comparative analysis of two rates*, 1985), with Mantel-Haenszel weights where there are strata (Lu,
//! *Cochran-Mantel-Haenszel weighted Miettinen and Nurminen method*, 2008). At a difference of zero it is the
//! Cochran-Mantel-Haenszel test, so that interval and test never contradict each other, and it holds for a few large
//! strata as well as for many small ones.

use serde::{Deserialize, Serialize};
use statrs::distribution::{ContinuousCDF, Normal};

/// Two-sided level of every interval here.
pub const CONFIDENCE: f64 = 0.95;
/// The quantile of the normal distribution that goes with it.
const Z: f64 = 1.959_963_984_540_054;
/// Halvings of an interval of length 1: more than a report shows digits.
const HALVINGS: u32 = 44;

/// Two groups of one stratum.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Pair {
    /// Of so many in the treated group...
    pub treated: u64,
    /// ... so many had it.
    pub treated_hits: u64,
    /// The same of the other group.
    pub control: u64,
    /// ... so many had it.
    pub control_hits: u64,
}

/// The rate of the treated group minus that of the other.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Difference {
    /// The Mantel-Haenszel estimate.
    pub estimate: f64,
    /// The 95% interval.
    pub low: f64,
    /// Its upper end.
    pub high: f64,
    /// The probability of counts at least as much above zero if there were no difference (one-sided).
    pub p_more: f64,
}

/// Returns the difference over strata; `None` where no stratum has both groups.
pub fn difference(strata: &[Pair]) -> Option<Difference> {
    let strata: Vec<Stratum> = strata.iter().filter_map(Stratum::of).collect();
    let weight: f64 = strata.iter().map(|stratum| stratum.weight).sum();
    if weight == 0.0 {
        return None;
    }
    let estimate = strata.iter().map(|stratum| stratum.weight * stratum.difference()).sum::<f64>() / weight;
    // The score falls as the supposed difference rises: where it passes Z is the lower end.
    let end = |towards: f64, limit: f64| {
        let is_inside = |delta: f64| score(&strata, delta) * towards < Z;
        let (mut inside, mut outside) = (estimate, limit);
        if is_inside(limit) {
            return limit;
        }
        for _ in 0..HALVINGS {
            let middle = f64::midpoint(inside, outside);
            if is_inside(middle) { inside = middle } else { outside = middle }
        }
        inside
    };
    let (low, high) = (end(1.0, -1.0), end(-1.0, 1.0));
    let p_more = match score(&strata, 0.0) {
        0.0 => 1.0,
        score => Normal::standard().sf(score),
    };
    Some(Difference { estimate, low, high, p_more })
}

/// Returns the score statistic of a supposed difference: how many standard errors the counts lie above it.
fn score(strata: &[Stratum], delta: f64) -> f64 {
    let (mut above, mut variance) = (0.0, 0.0);
    for stratum in strata {
        above += stratum.weight * (stratum.difference() - delta);
        variance += stratum.weight * stratum.weight * stratum.variance(delta);
    }
    if above == 0.0 { 0.0 } else { above / variance.sqrt() }
}

struct Stratum {
    n1: f64,
    x1: f64,
    n0: f64,
    x0: f64,
    weight: f64,
}

impl Stratum {
    fn of(pair: &Pair) -> Option<Self> {
        let (n1, n0) = (pair.treated as f64, pair.control as f64);
        let (x1, x0) = (pair.treated_hits.min(pair.treated), pair.control_hits.min(pair.control));
        (n1 > 0.0 && n0 > 0.0).then(|| Self {
            n1,
            x1: x1 as f64,
            n0,
            x0: x0 as f64,
            weight: n1 * n0 / (n1 + n0),
        })
    }

    fn difference(&self) -> f64 {
        self.x1 / self.n1 - self.x0 / self.n0
    }

    /// The variance of the difference if its true value were `delta`, at the rates that fit the counts best then.
    fn variance(&self, delta: f64) -> f64 {
        let control = self.control_rate(delta).clamp((-delta).max(0.0), (1.0 - delta).min(1.0));
        let treated = (control + delta).clamp(0.0, 1.0);
        let all = self.n1 + self.n0;
        let variance = treated * (1.0 - treated) / self.n1 + control * (1.0 - control) / self.n0;
        variance * all / (all - 1.0)
    }

    /// The rate of the control group that is most likely if the difference is `delta`: the root of a cubic equation,
    /// in the closed form of Miettinen and Nurminen (1985, appendix 1).
    fn control_rate(&self, delta: f64) -> f64 {
        let (n1, n0, x0) = (self.n1, self.n0, self.x0);
        let (all, hits) = (n1 + n0, self.x1 + x0);
        let l2 = (n1 + 2.0 * n0) * delta - all - hits;
        let l1 = (n0 * delta - all - 2.0 * x0) * delta + hits;
        let l0 = x0 * delta * (1.0 - delta);
        let third = l2 / (3.0 * all);
        let q = third.powi(3) - l1 * l2 / (6.0 * all * all) + l0 / (2.0 * all);
        let p = (third * third - l1 / (3.0 * all)).max(0.0).sqrt() * if q < 0.0 { -1.0 } else { 1.0 };
        let ratio = if p == 0.0 { 0.0 } else { (q / p.powi(3)).clamp(-1.0, 1.0) };
        let angle = (std::f64::consts::PI + ratio.acos()) / 3.0;
        2.0 * p * angle.cos() - third
    }
}

/// Returns the 95% interval of one rate (Wilson, *Probable inference*, 1927); `None` of nothing.
pub fn rate_interval(hits: u64, total: u64) -> Option<(f64, f64)> {
    if total == 0 {
        return None;
    }
    let (n, share) = (total as f64, hits as f64 / total as f64);
    let middle = (share + Z * Z / (2.0 * n)) / (1.0 + Z * Z / n);
    let half = Z / (1.0 + Z * Z / n) * (share * (1.0 - share) / n + Z * Z / (4.0 * n * n)).sqrt();
    let low = if hits == 0 { 0.0 } else { (middle - half).max(0.0) };
    let high = if hits >= total { 1.0 } else { (middle + half).min(1.0) };
    Some((low, high))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pair(treated_hits: u64, treated: u64, control_hits: u64, control: u64) -> Pair {
        Pair { treated, treated_hits, control, control_hits }
    }

    /// Rounded to four digits, as the literature prints them.
    fn interval(strata: &[Pair]) -> (f64, f64) {
        let round = |value: f64| (value * 1e4).round() / 1e4;
        let found = difference(strata).unwrap();
        (round(found.low), round(found.high))
    }

    #[test]
    fn one_stratum_gives_the_published_intervals() {
        // Newcombe, *Interval estimation for the difference between independent proportions*, 1998, table II,
        // method 6 (Miettinen and Nurminen).
        assert_eq!(interval(&[pair(56, 70, 48, 80)]), (0.0528, 0.3382));
        assert_eq!(interval(&[pair(9, 10, 3, 10)]), (0.1700, 0.8406));
        assert_eq!(interval(&[pair(6, 7, 2, 7)]), (0.0342, 0.8534));
        assert_eq!(interval(&[pair(5, 56, 0, 29)]), (-0.0326, 0.1933));
        assert_eq!(interval(&[pair(0, 10, 0, 20)]), (-0.1658, 0.2844));
        assert_eq!(interval(&[pair(0, 10, 0, 10)]), (-0.2879, 0.2879));
        assert_eq!(interval(&[pair(10, 10, 0, 20)]), (0.7156, 1.0));
        // Here the equation can be solved by hand: (19 - z²) / (19 + z²).
        assert_eq!(interval(&[pair(10, 10, 0, 10)]), (0.6636, 1.0));
    }

    #[test]
    fn strata_give_the_published_intervals() {
        // Lu 2008.
        assert_eq!(interval(&[pair(3, 5, 1, 15), pair(4, 10, 3, 10), pair(18, 35, 2, 25)]), (0.1963, 0.5381));
        // Hartung and Knapp's 13 trials of cisapride; reference values of `ratesci` to six digits: 0.245286, 0.369981.
        let hits = [15, 12, 29, 42, 14, 44, 14, 29, 10, 17, 38, 19, 21];
        let others = [9, 1, 18, 31, 6, 17, 7, 23, 3, 6, 12, 22, 19];
        let n = [16, 16, 34, 56, 22, 54, 17, 58, 14, 26, 44, 29, 38];
        let m = [16, 16, 34, 56, 22, 55, 15, 58, 15, 27, 45, 30, 38];
        let trials: Vec<Pair> = (0..13).map(|at| pair(hits[at], n[at], others[at], m[at])).collect();
        let found = difference(&trials).unwrap();
        assert!((found.low - 0.245_286).abs() < 1e-6 && (found.high - 0.369_981).abs() < 1e-6, "{found:?}");
    }

    #[test]
    fn rare_events_in_many_strata_give_the_published_interval() {
        // The 17 trials with adverse events of Klingenberg, *A new and improved confidence interval for the
        // Mantel-Haenszel risk difference*, 2014: -0.27% to 0.38%. Ten of them have none.
        let hits = [0, 1, 0, 0, 0, 2, 5, 1, 4, 1, 1, 0, 0, 0, 0, 0, 4];
        let n = [432, 375, 80, 248, 50, 251, 605, 466, 525, 80, 375, 189, 55, 110, 85, 170, 1030];
        let others = [0, 0, 0, 1, 0, 0, 1, 2, 0, 0, 0, 0, 0, 0, 0, 0, 1];
        let m = [142, 125, 40, 84, 24, 85, 209, 231, 175, 40, 124, 59, 27, 56, 85, 85, 350];
        let trials: Vec<Pair> = (0..17).map(|at| pair(hits[at], n[at], others[at], m[at])).collect();
        assert_eq!(interval(&trials), (-0.0027, 0.0038));
    }

    #[test]
    fn the_test_is_that_of_cochran_mantel_and_haenszel() {
        // Laud's example: two-sided p = 0.0485233747, estimate 0.1142057102.
        let strata = [pair(25, 33, 4, 17), pair(34, 50, 17, 25), pair(28, 50, 15, 25), pair(52, 67, 22, 33)];
        let found = difference(&strata).unwrap();
        assert!((found.p_more - 0.048_523_374_7 / 2.0).abs() < 1e-9, "{found:?}");
        assert!((found.estimate - 0.114_205_710_2).abs() < 1e-9);
        assert!((found.low - 0.000_723_190_3).abs() < 1e-6 && (found.high - 0.229_765_284_9).abs() < 1e-6);
    }

    #[test]
    fn strata_with_one_group_say_nothing() {
        assert_eq!(difference(&[]), None);
        assert_eq!(difference(&[pair(3, 5, 0, 0), pair(0, 0, 2, 4)]), None);
        let one = difference(&[pair(3, 5, 1, 5)]);
        assert_eq!(difference(&[pair(3, 5, 1, 5), pair(9, 9, 0, 0)]), one);
        assert_eq!(difference(&[pair(0, 3, 0, 3)]).unwrap().p_more, 1.0);
    }

    #[test]
    fn one_rate_has_wilson_s_interval() {
        // Newcombe, *Two-sided confidence intervals for the single proportion*, 1998, table I, method 3.
        let round = |(low, high): (f64, f64)| ((low * 1e4).round() / 1e4, (high * 1e4).round() / 1e4);
        assert_eq!(round(rate_interval(81, 263).unwrap()), (0.2553, 0.3662));
        assert_eq!(round(rate_interval(15, 148).unwrap()), (0.0624, 0.1605));
        assert_eq!(round(rate_interval(0, 20).unwrap()), (0.0, 0.1611));
        assert_eq!(round(rate_interval(1, 29).unwrap()), (0.0061, 0.1718));
        assert_eq!(rate_interval(0, 0), None);
    }
}
