//! Seeded chance for resampling: the same draws on every machine.

use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{Rng, SeedableRng};

/// A stream of chance.
#[derive(Clone, Debug)]
pub struct Chance(ChaCha8Rng);

impl Chance {
    /// Starts the stream of `seed`.
    pub fn new(seed: u64) -> Self {
        Self(ChaCha8Rng::seed_from_u64(seed))
    }

    /// Returns a number from 0 to `bound - 1`; 0 where `bound` is 0.
    pub fn below(&mut self, bound: usize) -> usize {
        let draw = u64::from(self.0.next_u32()) * (bound as u64);
        (draw >> 32) as usize
    }

    /// Puts `items` in a random order (Fisher-Yates).
    pub fn shuffle<T>(&mut self, items: &mut [T]) {
        for last in (1..items.len()).rev() {
            items.swap(last, self.below(last + 1));
        }
    }
}

/// How often resampling is done.
const RESAMPLES: usize = 1_000;

/// Returns the 95% interval of `sum of first / sum of second` over units that were drawn together, by the
/// percentile bootstrap (Efron, *Bootstrap Methods: Another Look at the Jackknife*, 1979). `None` without
/// units, or where every resample has a zero denominator.
pub fn bootstrap_ratio(units: &[(f64, f64)], seed: u64) -> Option<(f64, f64)> {
    let mut chance = Chance::new(seed);
    let mut ratios: Vec<f64> = (0..RESAMPLES)
        .filter_map(|_| {
            let (hits, total) = (0..units.len())
                .map(|_| units[chance.below(units.len())])
                .fold((0.0, 0.0), |(hits, total), (more_hits, more)| (hits + more_hits, total + more));
            (total > 0.0).then(|| hits / total)
        })
        .collect();
    ratios.sort_by(f64::total_cmp);
    let at = |share: f64| ratios.get(((ratios.len().max(1) - 1) as f64 * share).round() as usize).copied();
    Some((at(0.025)?, at(0.975)?))
}

/// Returns the 95% interval of the mean of paired differences, by the same bootstrap.
pub fn paired_interval(differences: &[f64], seed: u64) -> Option<(f64, f64)> {
    let units: Vec<(f64, f64)> = differences.iter().map(|difference| (*difference, 1.0)).collect();
    bootstrap_ratio(&units, seed)
}

/// Returns the 95% interval of the difference of two ratios of sums over the same units, drawn together.
pub fn paired_ratio_interval(ours: &[(f64, f64)], theirs: &[(f64, f64)], seed: u64) -> Option<(f64, f64)> {
    let mut chance = Chance::new(seed);
    let units = ours.len().min(theirs.len());
    let mut differences: Vec<f64> = (0..RESAMPLES)
        .filter_map(|_| {
            let mut sums = [0.0; 4];
            for _ in 0..units {
                let at = chance.below(units);
                let drawn = [ours[at].0, ours[at].1, theirs[at].0, theirs[at].1];
                sums.iter_mut().zip(drawn).for_each(|(sum, value)| *sum += value);
            }
            (sums[1] > 0.0 && sums[3] > 0.0).then(|| sums[0] / sums[1] - sums[2] / sums[3])
        })
        .collect();
    differences.sort_by(f64::total_cmp);
    let at = |share: f64| {
        differences.get(((differences.len().max(1) - 1) as f64 * share).round() as usize).copied()
    };
    Some((at(0.025)?, at(0.975)?))
}
