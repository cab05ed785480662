//! Is what failing sessions do otherwise more than chance?
//!
//! Two questions. Of the store: would sessions that ended well be as much alike, and failing ones go wrong in the
//! same ways, if outcomes were dealt at random within each task? If so, nothing is learnt from it. Of each feature:
//! do failing sessions differ so more often than good ones of the same task differ from each other?

use statrs::function::beta::ln_beta;
use statrs::function::gamma::ln_gamma;

use super::habits::{self, Habits};
use super::tasks::{Task, tally};

/// Shuffles of the outcomes, and the work that they may cost, in pairs of sessions.
const SHUFFLES: usize = 999;
const MAX_PAIRS: usize = 4_000_000;
/// Level of the store's own test, shared by its two statistics.
const LEVEL: f64 = 0.05;

/// A stream of chance: SplitMix64 (Steele, Lea and Flood, *Fast splittable pseudorandom number generators*, 2014).
pub(crate) struct Chance(u64);

impl Chance {
    pub(crate) fn new(seed: u64) -> Self {
        Self(seed)
    }

    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// Puts `items` in a random order (Fisher-Yates).
    pub(crate) fn shuffle<T>(&mut self, items: &mut [T]) {
        for last in (1..items.len()).rev() {
            let drawn = (u128::from(self.next()) * (last as u128 + 1)) >> 64;
            items.swap(last, drawn as usize);
        }
    }
}

fn shuffles(tasks: &[Task]) -> usize {
    let pairs: usize = tasks.iter().map(|task| task.members.len().pow(2)).sum();
    SHUFFLES.min(MAX_PAIRS / pairs.max(1)).max(99)
}

/// Returns whether outcomes have to do with what all good sessions of a task have in common: whether failing ones lack
/// the same things in more tasks, or one thing more clearly, than by chance.
pub(super) fn habits_tell(tasks: &[Task], habits: &[Habits], seed: u64) -> bool {
    let labels: Vec<Vec<bool>> = tasks.iter().map(|task| task.failed.clone()).collect();
    let numbers = habits::Numbers::of(habits);
    let real = habits::lack(habits, &numbers, &labels);
    if real.recurring == 0 {
        return false;
    }
    let (shuffles, mut chance) = (shuffles(tasks), Chance::new(seed));
    let (mut as_recurring, mut as_clear) = (0, 0);
    for _ in 0..shuffles {
        let mut drawn = labels.clone();
        drawn.iter_mut().for_each(|labels| chance.shuffle(labels));
        let null = habits::lack(habits, &numbers, &drawn);
        as_recurring += usize::from(null.recurring >= real.recurring);
        as_clear += usize::from(null.clearest >= real.clearest);
    }
    let least = as_recurring.min(as_clear);
    2.0 * (least + 1) as f64 / (shuffles + 1) as f64 <= LEVEL
}

/// Returns whether outcomes have to do with what sessions changed, in the tasks that ended both ways.
/// Sessions differ in any of so many `ways`.
pub(crate) fn outcomes_tell(tasks: &[Task], ways: usize, seed: u64) -> bool {
    let labels: Vec<Vec<bool>> = tasks.iter().map(|task| task.failed.clone()).collect();
    let real = tally(tasks, ways, &labels);
    let shuffles = shuffles(tasks);
    let mut chance = Chance::new(seed);
    let (mut as_alike, mut as_recurring) = (0, 0);
    for _ in 0..shuffles {
        let mut drawn = labels.clone();
        drawn.iter_mut().for_each(|labels| chance.shuffle(labels));
        let null = tally(tasks, ways, &drawn);
        as_alike += usize::from(null.unlike <= real.unlike);
        as_recurring += usize::from(null.recurring >= real.recurring);
    }
    let least = as_alike.min(as_recurring);
    2.0 * (least + 1) as f64 / (shuffles + 1) as f64 <= LEVEL
}

/// How often good sessions differ from each other: of one feature, and of all features of its kind.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Noise {
    /// Good sessions that differ so, and those that could.
    pub(crate) hits: u64,
    pub(crate) total: u64,
    /// The same over all features of the kind.
    pub(crate) kind_hits: u64,
    pub(crate) kind_total: u64,
}

/// Sessions' worth of the kind's rate in the rate of one feature.
const STRENGTH: f64 = 10.0;

/// Returns the probability that `hits` or more of `total` failing sessions differ in some way, if they did so no
/// more often than good sessions differ from each other: beta-binomial, with the rate of the kind as prior.
pub(crate) fn excess(hits: u64, total: u64, noise: Noise) -> f64 {
    if hits == 0 || total == 0 {
        return 1.0;
    }
    let usual = (noise.kind_hits as f64 + 0.5) / (noise.kind_total as f64 + 1.0);
    let (a, b) = (usual * STRENGTH, (1.0 - usual) * STRENGTH);
    let (a, b) = (a + noise.hits as f64, b + noise.total.saturating_sub(noise.hits) as f64);
    // P(X = k) = C(n, k) B(k + a, n - k + b) / B(a, b)
    let n = total as f64;
    let probability = |k: u64| {
        let k = k as f64;
        (ln_choose(n, k) + ln_beta(k + a, n - k + b) - ln_beta(a, b)).exp()
    };
    (hits..=total).map(probability).sum::<f64>().min(1.0)
}

fn ln_choose(n: f64, k: f64) -> f64 {
    ln_gamma(n + 1.0) - ln_gamma(k + 1.0) - ln_gamma(n - k + 1.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_good_sessions_do_as_often_is_no_excess() {
        let noise = |hits, total| Noise { hits, total, kind_hits: hits, kind_total: total };
        assert!(excess(3, 10, noise(3, 10)) > 0.3);
        assert!(excess(3, 15, noise(0, 18)) < 0.05);
        assert!(excess(0, 15, noise(0, 18)) > 0.99);
        assert!(excess(8, 15, noise(0, 18)) < excess(3, 15, noise(0, 18)));
    }

    #[test]
    fn where_no_good_session_could_differ_the_kind_decides() {
        let unknown = |kind_hits| Noise { hits: 0, total: 0, kind_hits, kind_total: 100 };
        assert!(excess(3, 14, unknown(0)) < 0.05);
        assert!(excess(3, 14, unknown(20)) > 0.3);
    }

    #[test]
    fn chance_keeps_what_it_shuffles() {
        let mut items: Vec<u32> = (0..50).collect();
        Chance::new(1).shuffle(&mut items);
        assert_ne!(items, (0..50).collect::<Vec<_>>());
        items.sort_unstable();
        assert_eq!(items, (0..50).collect::<Vec<_>>());
    }
}
