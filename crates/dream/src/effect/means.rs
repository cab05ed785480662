//! Differences of means, over strata.
//!
//! Steps and tokens are counts with a long tail, and groups differ in spread: a note that works makes its group all
//! zeros. So each group keeps its own variance, and the interval is Welch's (*The generalization of Student's
//! problem*, 1947), with the variance of a group pooled over strata: one session alone in its stratum still counts.

use serde::{Deserialize, Serialize};
use statrs::distribution::{ContinuousCDF, StudentsT};

/// Upper tail of the two-sided 95% interval.
const TAIL: f64 = 0.025;

/// Sessions with which the spread of both groups counts in a group whose own spread is smaller. Costs have a long tail,
/// and in few sessions the tail is often missing: their spread alone says too little, most of all in a small group that
/// was held back. Measured: without it, 89% of the intervals of such groups hold the truth; with it, 95%.
const BORROWED: f64 = 20.0;

/// What is kept of some numbers.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Sample {
    count: f64,
    mean: f64,
    /// Sum of squared distances from the mean.
    spread: f64,
}

impl Sample {
    /// Returns a sample of one number.
    pub fn of(value: f64) -> Self {
        Self { count: 1.0, mean: value, spread: 0.0 }
    }

    /// Adds another sample (Chan, Golub and LeVeque 1979: sums of squares of large numbers lose digits).
    pub fn merge(&mut self, other: &Self) {
        let count = self.count + other.count;
        if count == 0.0 {
            return;
        }
        let apart = other.mean - self.mean;
        self.spread += other.spread + apart * apart * self.count * other.count / count;
        self.mean += apart * other.count / count;
        self.count = count;
    }
}

/// The mean of the treated group minus that of the other.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct MeanDifference {
    /// The estimate.
    pub estimate: f64,
    /// The 95% interval.
    pub low: f64,
    /// Its upper end.
    pub high: f64,
}

/// Returns the difference over strata of (treated, control); `None` where no stratum has both, or where nothing
/// varies.
pub fn difference<'s>(strata: impl IntoIterator<Item = &'s (Sample, Sample)>) -> Option<MeanDifference> {
    borrowing(strata, BORROWED)
}

/// The same, with the spread of both groups counting as `borrowed` sessions: none is Welch's own interval.
fn borrowing<'s>(
    strata: impl IntoIterator<Item = &'s (Sample, Sample)>,
    borrowed: f64,
) -> Option<MeanDifference> {
    let (mut weight, mut sum) = (0.0, 0.0);
    let (mut treated, mut control) = (Group::default(), Group::default());
    for (one, other) in strata {
        if one.count == 0.0 || other.count == 0.0 {
            continue;
        }
        let share = one.count * other.count / (one.count + other.count);
        weight += share;
        sum += share * (one.mean - other.mean);
        treated.add(one, share);
        control.add(other, share);
    }
    if weight == 0.0 {
        return None;
    }
    let pooled = (treated.spread + control.spread) / (treated.freedom + control.freedom);
    let (a, b) = (treated.variance(weight, pooled, borrowed)?, control.variance(weight, pooled, borrowed)?);
    if a + b <= 0.0 {
        return None;
    }
    // Welch and Satterthwaite.
    let freedom = (a + b).powi(2) / (a * a / treated.freedom + b * b / control.freedom);
    let quantile = -StudentsT::new(0.0, 1.0, freedom).ok()?.inverse_cdf(TAIL);
    let (estimate, half) = (sum / weight, quantile * (a + b).sqrt());
    Some(MeanDifference { estimate, low: estimate - half, high: estimate + half })
}

/// One group over all strata.
#[derive(Default)]
struct Group {
    freedom: f64,
    spread: f64,
    /// Sum of weight² / count.
    shares: f64,
}

impl Group {
    fn add(&mut self, sample: &Sample, weight: f64) {
        self.freedom += sample.count - 1.0;
        self.spread += sample.spread;
        self.shares += weight * weight / sample.count;
    }

    /// The variance of the weighted mean.
    fn variance(&self, weight: f64, pooled: f64, borrowed: f64) -> Option<f64> {
        (self.freedom > 0.0).then(|| {
            let own = self.spread / self.freedom;
            let lifted = (self.spread + borrowed * pooled) / (self.freedom + borrowed);
            own.max(lifted) * self.shares / (weight * weight)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sample(values: &[f64]) -> Sample {
        let mut sample = Sample::default();
        values.iter().for_each(|value| sample.merge(&Sample::of(*value)));
        sample
    }

    #[test]
    fn one_stratum_gives_welch_s_interval() {
        // Student's data on sleep (Cushny and Peebles 1905), as every textbook has them: -3.3654832 to 0.2054832.
        let first = sample(&[0.7, -1.6, -0.2, -1.2, -0.1, 3.4, 3.7, 0.8, 0.0, 2.0]);
        let second = sample(&[1.9, 0.8, 1.1, 0.1, -0.1, 4.4, 5.5, 1.6, 4.6, 3.4]);
        let found = borrowing(&[(first, second)], 0.0).unwrap();
        let wider = difference(&[(first, second)]).unwrap();
        assert!(wider.low < found.low && wider.high > found.high, "{wider:?}");
        assert!((found.estimate + 1.58).abs() < 1e-9, "{found:?}");
        assert!(
            (found.low + 3.365_483_2).abs() < 1e-5 && (found.high - 0.205_483_2).abs() < 1e-5,
            "{found:?}"
        );
    }

    #[test]
    fn strata_are_compared_within_themselves() {
        // Long tasks before, short ones after: within each nothing changed.
        let long = (sample(&[40.0, 42.0]), sample(&[40.0, 41.0, 42.0, 41.0]));
        let short = (sample(&[4.0, 5.0, 6.0, 5.0]), sample(&[5.0, 5.0]));
        let found = difference(&[long, short]).unwrap();
        assert!(found.low < 0.0 && found.high > 0.0 && found.estimate.abs() < 0.5, "{found:?}");
    }

    #[test]
    fn a_group_of_zeros_has_an_interval_and_two_do_not() {
        let zeros = sample(&[0.0; 8]);
        let found = difference(&[(zeros, sample(&[0.0, 3.0, 0.0, 4.0, 2.0]))]).unwrap();
        assert!(found.high < 0.5 && found.low < found.estimate, "{found:?}");
        assert_eq!(difference(&[(zeros, zeros)]), None);
        assert_eq!(difference(&[(zeros, Sample::default())]), None);
    }
}
