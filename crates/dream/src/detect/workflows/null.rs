//! What chance brings forth: the same segments in another order, and segments drawn from a Markov chain.
//!
//! A pattern has to be rarer in both. A shuffle keeps which steps a stretch of work has and forgets their order: it
//! takes down what is frequent because its steps are. A first-order chain keeps what follows what: it takes down
//! what is frequent because its pairs are.

use std::collections::BTreeMap;

use statrs::distribution::{Binomial, DiscreteCDF};

use super::mine::{Matcher, Mined, mine};
use super::symbol::Symbol;
use crate::stats;

/// Draws of each null model.
const DRAWS: usize = 40;
/// Patterns with less than this many times the support that is asked for are rare.
const RARE: usize = 2;
/// Rare and common patterns are two families of tests: each may only spend its half of the level.
const STRATA: f64 = 2.0;
/// Swaps that are tried to part two equal neighbours after a shuffle.
const SWAPS: usize = 8;

/// A small generator of random numbers: SplitMix64 (Steele, Lea, Flood 2014).
#[derive(Clone, Debug)]
pub(crate) struct Dice(u64);

impl Dice {
    pub(crate) fn new(seed: u64, stream: u64) -> Self {
        Self(seed ^ stream.wrapping_mul(0xa076_1d64_78bd_642f))
    }

    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// A number below `limit`, which is above 0.
    pub(crate) fn below(&mut self, limit: usize) -> usize {
        ((u128::from(self.next()) * limit as u128) >> 64) as usize
    }
}

/// A null model.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Null {
    /// Each segment's items in random order.
    Shuffle,
    /// Segments of the same length from the chain of their group.
    Markov,
}

/// Which pairs follow each other, by group.
pub(crate) struct Chains {
    /// First items of segments, by group.
    starts: BTreeMap<usize, Vec<Symbol>>,
    next: BTreeMap<(usize, Symbol), Vec<Symbol>>,
}

impl Chains {
    pub(crate) fn of(segments: &[Vec<Symbol>], groups: &[usize]) -> Self {
        let mut chains = Self { starts: BTreeMap::new(), next: BTreeMap::new() };
        for (items, group) in segments.iter().zip(groups) {
            chains.starts.entry(*group).or_default().extend(items.first());
            for pair in items.windows(2) {
                chains.next.entry((*group, pair[0])).or_default().push(pair[1]);
            }
        }
        chains
    }

    /// Draws a segment of a group. A symbol that nothing ever followed is followed by a new start.
    pub(crate) fn draw(&self, group: usize, length: usize, dice: &mut Dice) -> Vec<Symbol> {
        let Some(starts) = self.starts.get(&group).filter(|starts| !starts.is_empty()) else {
            return Vec::new();
        };
        let mut items: Vec<Symbol> = Vec::with_capacity(length);
        while items.len() < length {
            let next = items.last().and_then(|last| self.next.get(&(group, *last)));
            let from = next.unwrap_or(starts);
            let symbol = from[dice.below(from.len())];
            if items.last() == Some(&symbol) {
                break; // Only where a start follows itself.
            }
            items.push(symbol);
        }
        items
    }
}

/// Puts things in random order, such that no two neighbours are equal where a few swaps can bring that about.
pub(crate) fn shuffle<T>(items: &mut [T], same: impl Fn(&T, &T) -> bool, dice: &mut Dice) {
    for at in (1..items.len()).rev() {
        items.swap(at, dice.below(at + 1));
    }
    for at in 1..items.len() {
        for _ in 0..SWAPS {
            if !same(&items[at - 1], &items[at]) {
                break;
            }
            items.swap(at, dice.below(items.len()));
        }
    }
}

/// A draw from a null model: segments like the ones given.
pub(crate) fn draw(
    null: Null,
    segments: &[Vec<Symbol>],
    groups: &[usize],
    chains: &Chains,
    dice: &mut Dice,
) -> Vec<Vec<Symbol>> {
    let mut drawn: Vec<Vec<Symbol>> = match null {
        Null::Shuffle => segments.to_vec(),
        Null::Markov => {
            let lengths = segments.iter().zip(groups);
            lengths.map(|(items, group)| chains.draw(*group, items.len(), dice)).collect()
        }
    };
    for items in &mut drawn {
        if null == Null::Shuffle {
            shuffle(items, |a, b| a == b, dice);
        }
        items.dedup();
    }
    drawn
}

/// What is mined, and what chance makes of it.
pub(crate) struct World<'a> {
    /// The segments that are mined.
    pub(crate) segments: &'a [Vec<Symbol>],
    /// The group of each.
    pub(crate) groups: &'a [usize],
    /// The session of each.
    pub(crate) owners: &'a [usize],
    /// What follows what in each group, whether the work went well or not: what good sessions do no more often than
    /// all of them is no reason for their success.
    pub(crate) chains: &'a Chains,
    /// How many symbols there are.
    pub(crate) symbols: usize,
}

/// Returns the q-value of each mined pattern under a null model, in the order of the patterns.
///
/// p: the support that chance reaches is at most as spread as a binomial with the mean over the draws (Hoeffding
/// 1956), whose mean is taken one hit too high. Patterns are mined before they are tested, so p alone would flatter
/// the rare ones: the draws are mined the same way, and q is the larger of Benjamini and Hochberg's and of the share
/// that as many patterns of a draw reach.
pub(crate) fn q_values(null: Null, mined: &Mined, world: &World<'_>, needed: usize, seed: u64) -> Vec<f64> {
    if mined.is_empty() {
        return Vec::new();
    }
    let World { segments, groups, owners, chains, symbols } = world;
    let mut dice = Dice::new(seed, 1 + null as u64);
    let draws: Vec<Vec<Vec<Symbol>>> =
        (0..DRAWS).map(|_| draw(null, segments, groups, chains, &mut dice)).collect();
    let decoys: Vec<(Mined, usize)> = draws.iter().map(|draw| mine(draw, owners, needed, *symbols)).collect();
    // A draw with too many patterns is mined at a higher support. What is below the highest was not looked for
    // everywhere, so it cannot be compared and does not pass.
    let needed = decoys.iter().map(|(_, needed)| *needed).max().unwrap_or(needed);
    let decoys: Vec<Mined> = decoys
        .into_iter()
        .map(|(decoy, _)| decoy.into_iter().filter(|(_, support)| *support >= needed).collect())
        .collect();
    let mut all: BTreeMap<&[Symbol], usize> = mined.keys().map(|pattern| (pattern.as_slice(), 0)).collect();
    all.extend(decoys.iter().flat_map(|decoy| decoy.keys()).map(|pattern| (pattern.as_slice(), 0)));
    let matcher = Matcher::new(all.keys().copied());
    let mut totals = vec![0; all.len()];
    for draw in &draws {
        for (total, count) in totals.iter_mut().zip(matcher.support(draw)) {
            *total += count;
        }
    }
    all.values_mut().zip(totals).for_each(|(slot, total)| *slot = total);
    let tail = |support: usize, others: usize, draws: usize| {
        let rate = (others as f64 + 1.0) / (draws * segments.len()) as f64;
        tail(support, segments.len(), rate)
    };
    // Rare and common patterns are tested apart: there are so many more rare ones, in chance as in the data, that
    // together they would hide the common ones.
    let is_rare = |support: usize| support < RARE * needed;
    let mut q = vec![1.0; mined.len()];
    for rare in [true, false] {
        let here: Vec<usize> = mined
            .values()
            .enumerate()
            .filter(|(_, support)| is_rare(**support) == rare)
            .map(|(at, _)| at)
            .collect();
        let all_p: Vec<f64> =
            mined.iter().map(|(pattern, support)| tail(*support, all[pattern.as_slice()], DRAWS)).collect();
        let p: Vec<f64> = here.iter().map(|at| all_p[*at]).collect();
        let mut by_chance: Vec<f64> = decoys
            .iter()
            .flatten()
            .filter(|(_, support)| is_rare(**support) == rare)
            .map(|(pattern, support)| {
                tail(*support, all[pattern.as_slice()].saturating_sub(*support), DRAWS - 1)
            })
            .collect();
        by_chance.sort_by(f64::total_cmp);
        let stepped = stats::benjamini_hochberg(&p);
        for (at, (a, b)) in here.into_iter().zip(against(&p, &by_chance).into_iter().zip(stepped)) {
            q[at] = (STRATA * a.max(b)).min(1.0);
        }
    }
    q
}

/// P(support ≥ `support`) where each of `segments` holds the pattern with probability `rate`.
fn tail(support: usize, segments: usize, rate: f64) -> f64 {
    if support == 0 {
        return 1.0;
    }
    let binomial = Binomial::new(rate.min(1.0), segments as u64);
    binomial.map_or(1.0, |binomial| binomial.sf(support as u64 - 1).clamp(0.0, 1.0))
}

/// For each p: how many of a draw's patterns have one as small, by how many of the data's do; made monotone.
fn against(p: &[f64], by_chance: &[f64]) -> Vec<f64> {
    let mut order: Vec<usize> = (0..p.len()).collect();
    order.sort_by(|a, b| p[*a].total_cmp(&p[*b]).then(a.cmp(b)));
    let mut q = vec![1.0; p.len()];
    let mut least: f64 = 1.0;
    for (rank, at) in order.iter().enumerate().rev() {
        let chance = by_chance.partition_point(|other| *other <= p[*at]);
        least = least.min((chance as f64 + 1.0) / DRAWS as f64 / (rank + 1) as f64);
        q[*at] = least;
    }
    q
}
