//! What chance brings forth: the same segments in another order, and segments drawn from a Markov chain.
//!
//! A pattern has to be rarer in both. A shuffle keeps which steps a stretch of work has and forgets their order: it
//! takes down what is frequent because its steps are. A first-order chain keeps what follows what: it takes down
//! what is frequent because its pairs are.

use std::collections::BTreeMap;

use statrs::distribution::{Binomial, DiscreteCDF};

use super::LEVEL;
use super::chance::{Chained, Expects, Gaps, Shuffled};
use super::mine::{Demand, Mined, Stock, Support, mine};
use super::symbol::Symbol;

/// Draws of each null model.
const DRAWS: usize = 60;
/// Swaps that are tried to part two equal neighbours after a shuffle.
const SWAPS: usize = 8;

/// How many more patterns chance is taken to have brought forth in all draws than it has: one for the data, which are
/// a draw like the others where there is nothing to find, and two since patterns that chance brings forth come in
/// twos and threes. So a single find needs draws without any as good, which they have in one of sixty cases.
const UNSEEN: usize = 3;

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

    /// The first steps of a group's segments.
    pub(super) fn starts(&self, group: usize) -> &[Symbol] {
        self.starts.get(&group).map_or(&[], Vec::as_slice)
    }

    /// What follows a step; what starts a segment where nothing ever followed.
    pub(super) fn next(&self, group: usize, symbol: Symbol) -> &[Symbol] {
        self.next.get(&(group, symbol)).map_or_else(|| self.starts(group), Vec::as_slice)
    }

    /// The steps that a group's chain can show, in order.
    pub(super) fn symbols(&self, group: usize) -> Vec<Symbol> {
        let next = self.next.range((group, 0)..=(group, Symbol::MAX));
        let mut symbols: Vec<Symbol> =
            next.flat_map(|(_, next)| next).chain(self.starts(group)).copied().collect();
        symbols.sort_unstable();
        symbols.dedup();
        symbols
    }

    /// Draws a segment of a group that starts like one of its own: work of one sort does not become work of another
    /// half-way, as it would if each draw could start with anything. A symbol that nothing ever followed is followed
    /// by a new start.
    pub(crate) fn draw(&self, group: usize, like: &[Symbol], dice: &mut Dice) -> Vec<Symbol> {
        let mut items: Vec<Symbol> = Vec::with_capacity(like.len());
        items.extend(like.first());
        while let Some(last) = items.last().copied().filter(|_| items.len() < like.len()) {
            let from = self.next(group, last);
            if from.is_empty() {
                break;
            }
            let symbol = from[dice.below(from.len())];
            if last == symbol {
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
            let like = segments.iter().zip(groups);
            like.map(|(items, group)| chains.draw(*group, items, dice)).collect()
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
    /// Segments that may be mined: first those of good sessions, of which practice is learnt, then the others. What
    /// good sessions do no more often than all of them is no reason for their success, so that chains know all.
    pub(crate) segments: &'a [Vec<Symbol>],
    /// The session of each.
    pub(crate) owners: &'a [usize],
    /// The group of each.
    pub(crate) groups: &'a [usize],
    /// How many are of good sessions.
    pub(crate) good: usize,
}

impl<'a> World<'a> {
    /// What patterns are mined in.
    pub(crate) fn stock(&self) -> Stock<'a> {
        Stock { segments: &self.segments[..self.good], owners: &self.owners[..self.good] }
    }
}

/// What both null models expect in a world.
struct Expected<'a> {
    shuffled: Shuffled<'a>,
    chained: Chained,
    sessions: usize,
}

impl<'a> Expected<'a> {
    fn of(world: &World<'a>, chains: &Chains) -> Self {
        let stock = world.stock();
        Self {
            shuffled: Shuffled::of(stock),
            chained: Chained::of(stock, world.groups, chains),
            sessions: stock.owners.chunk_by(|a, b| a == b).count(),
        }
    }

    /// How well the two models explain a pattern, the better of the two, at the count that they explain worse: of
    /// sessions that show it, or of those that show it without other steps in between.
    fn p(&self, pattern: &[Symbol], support: &Support) -> f64 {
        let tight = self.p_of(pattern, support.tight, Gaps::None);
        tight.min(self.p_of(pattern, support.sessions, Gaps::Some))
    }

    /// The number of sessions that chance reaches is at most as spread as a binomial with the mean that the model
    /// expects (Hoeffding 1956).
    fn p_of(&self, pattern: &[Symbol], sessions: usize, gaps: Gaps) -> f64 {
        let enough = hopeless(sessions);
        let models: [&dyn Expects; 2] = [&self.shuffled, &self.chained];
        let mut largest: f64 = 0.0;
        for model in models {
            let mean = model.sessions(pattern, gaps, enough);
            if mean > enough {
                return 1.0;
            }
            largest = largest.max(tail(sessions, self.sessions, mean / self.sessions as f64));
        }
        largest
    }
}

/// Returns the q-values of each mined pattern under the two null models, in the order of the patterns.
///
/// Patterns are mined before they are tested, and the chain is that of the very sessions, so that p alone says little.
/// But draws can be treated the same way in all, and what is found in them is false: q is how many patterns of a draw
/// have as small a p, [`UNSEEN`] more in all than there were, as a share of the patterns of the data that do. `demand` is
/// what the patterns were asked for. Draws stop when no pattern can pass any more; then the q-values are lower bounds
/// above the level.
pub(crate) fn q_values(mined: &Mined, world: &World<'_>, demand: &Demand, seed: u64) -> Vec<[f64; 2]> {
    let chains = Chains::of(world.segments, world.groups);
    let expected = Expected::of(world, &chains);
    let mut p: Vec<f64> = mined.iter().map(|(pattern, support)| expected.p(pattern, support)).collect();
    let mut asked = demand.clone();
    let [shuffle, markov] = [Null::Shuffle, Null::Markov].map(|null| {
        let mut dice = Dice::new(seed, 1 + null as u64);
        let mut by_chance: Vec<f64> = Vec::new();
        for _ in 0..DRAWS {
            if against(&p, &by_chance).iter().all(|q| *q > LEVEL) {
                break;
            }
            let drawn = draw(null, world.segments, world.groups, &chains, &mut dice);
            let drawn = World { segments: &drawn, ..*world };
            let before = asked.clone();
            let decoys = mine(drawn.stock(), &mut asked);
            if asked != before {
                // What is below was not looked for everywhere, so it cannot be compared and does not pass.
                for (p, (pattern, support)) in p.iter_mut().zip(mined) {
                    *p = if asked.is_met(pattern, support.sessions) { *p } else { 1.0 };
                }
            }
            let expected = Expected::of(&drawn, &Chains::of(drawn.segments, drawn.groups));
            by_chance.extend(decoys.iter().map(|(pattern, support)| expected.p(pattern, support)));
            by_chance.sort_by(f64::total_cmp);
        }
        against(&p, &by_chance)
    });
    shuffle.into_iter().zip(markov).map(|(shuffle, markov)| [shuffle, markov]).collect()
}

/// The mean from which on so much support is nothing special, whatever else is found: its p is above 0.05.
fn hopeless(support: usize) -> f64 {
    let support = support as f64;
    (support - 1.25 * support.sqrt()).max(0.0)
}

/// P(support ≥ `support`) where each of `sessions` shows the pattern with probability `rate`.
fn tail(support: usize, sessions: usize, rate: f64) -> f64 {
    if support == 0 {
        return 1.0;
    }
    let binomial = Binomial::new(rate.min(1.0), sessions as u64);
    binomial.map_or(1.0, |binomial| binomial.sf(support as u64 - 1).clamp(0.0, 1.0))
}

/// For each p: how many of a draw's patterns have one as small, by how many of the data's do; made monotone.
///
/// `by_chance` is in order. Where the best of the data is no better than the best of a draw, there is nothing to tell
/// the data from chance by, however many patterns there are: those of one coincidence come in swarms.
fn against(p: &[f64], by_chance: &[f64]) -> Vec<f64> {
    let best = p.iter().copied().fold(1.0, f64::min);
    if by_chance.first().is_some_and(|chance| *chance <= best) {
        return vec![1.0; p.len()];
    }
    let mut order: Vec<usize> = (0..p.len()).collect();
    order.sort_by(|a, b| p[*a].total_cmp(&p[*b]).then(a.cmp(b)));
    let mut q = vec![1.0; p.len()];
    let mut least: f64 = 1.0;
    for (rank, at) in order.iter().enumerate().rev() {
        let chance = by_chance.partition_point(|other| *other <= p[*at]);
        least = least.min((chance + UNSEEN) as f64 / DRAWS as f64 / (rank + 1) as f64);
        q[*at] = least;
    }
    q
}
