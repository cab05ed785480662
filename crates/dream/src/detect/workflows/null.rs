//! What chance brings forth: the same segments in another order, and segments drawn from a Markov chain.
//!
//! A pattern has to be rarer in both. A shuffle keeps which steps a stretch of work has and forgets their order: it
//! takes down what is frequent because its steps are. A first-order chain keeps what follows what: it takes down
//! what is frequent because its pairs are.

use std::collections::BTreeMap;

use super::mine::Stock;
use super::symbol::Symbol;

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
