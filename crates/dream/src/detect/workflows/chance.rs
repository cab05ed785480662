//! How many sessions would show a pattern by chance: what the null models expect, worked out rather than drawn.
//!
//! Counting draws cannot tell a pattern that chance brings forth once in a thousand stores from one that it never
//! does: both are absent from forty draws. What a null model expects can be worked out for any pattern. A segment
//! holds a pattern at most as often as there are ways to place it there, so what is worked out is never too little,
//! except for the shuffle's small preference for parting equal steps; the decoys are judged by the same measure.

use std::cell::OnceCell;
use std::collections::BTreeMap;

use super::mine::{MAX_LENGTH, Stock};
use super::null::Chains;
use super::symbol::Symbol;

/// Places of a segment for which it is worked out which step a chain shows there; behind them it has settled.
const SETTLED: usize = 24;

/// Something for patterns without other steps in between, and for those that may have them.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(super) struct Both<T> {
    pub(super) tight: T,
    pub(super) any: T,
}

impl Both<f64> {
    /// Whether both are larger than the others.
    pub(super) fn are_above(self, other: Self) -> bool {
        self.tight > other.tight && self.any > other.any
    }
}

/// Expects patterns under a null model.
pub(super) trait Expects {
    /// Returns the mean number of sessions that show a pattern. Where both are above `enough`, they may be too low.
    fn sessions(&self, pattern: &[Symbol], enough: Both<f64>) -> Both<f64>;
}

/// A bound on the probability of at least one of rare things of which `mean` are expected: close to
/// 1 - exp(-mean), and above it.
fn at_least_one(mean: f64) -> f64 {
    (mean / (1.0 + mean / 2.0)).min(1.0)
}

/// Ways to leave out steps between the steps of a pattern, by how many are left out in all.
fn ways(steps: usize) -> Vec<f64> {
    let mut ways = vec![1.0];
    for _ in 1..steps {
        let mut next = vec![0.0; ways.len() + 1];
        for (at, way) in ways.iter().enumerate() {
            next[at] += way;
            next[at + 1] += way;
        }
        ways = next;
    }
    ways
}

/// Each segment's own steps in random order.
pub(super) struct Shuffled<'a> {
    stock: Stock<'a>,
    /// How often each segment has each of its steps, by step.
    counts: Vec<Vec<(Symbol, u32)>>,
    /// The segments that have each step.
    holding: BTreeMap<Symbol, Vec<usize>>,
    ways: Vec<Vec<f64>>,
}

impl<'a> Shuffled<'a> {
    pub(super) fn of(stock: Stock<'a>) -> Self {
        let mut holding: BTreeMap<Symbol, Vec<usize>> = BTreeMap::new();
        let counts: Vec<Vec<(Symbol, u32)>> = stock
            .segments
            .iter()
            .enumerate()
            .map(|(at, items)| {
                let counts = counts(items);
                counts.iter().for_each(|(symbol, _)| holding.entry(*symbol).or_default().push(at));
                counts
            })
            .collect();
        Self { stock, counts, holding, ways: (0..=MAX_LENGTH).map(ways).collect() }
    }

    /// How often a pattern is expected in a segment.
    fn segment(&self, at: usize, steps: usize, kinds: &[(Symbol, u32)]) -> Both<f64> {
        let all = self.stock.segments[at].len();
        if all < steps {
            return Both::default();
        }
        // One choice of places holds the pattern with the probability that so many draws without putting back give
        // these steps in this order.
        let mut chance = 1.0;
        for (kind, times) in kinds {
            let Ok(found) = self.counts[at].binary_search_by_key(kind, |(symbol, _)| *symbol) else {
                return Both::default();
            };
            let there = self.counts[at][found].1;
            if there < *times {
                return Both::default();
            }
            chance *= (0..*times).map(|drawn| f64::from(there - drawn)).product::<f64>();
        }
        chance /= (0..steps).map(|drawn| (all - drawn) as f64).product::<f64>();
        let places = |left_out: usize| (all + 1).saturating_sub(steps + left_out) as f64;
        let ways = self.ways[steps].iter().enumerate();
        let any: f64 = ways.map(|(left_out, ways)| ways * places(left_out)).sum();
        Both { tight: chance * places(0), any: chance * any }
    }
}

fn counts(items: &[Symbol]) -> Vec<(Symbol, u32)> {
    let mut sorted = items.to_vec();
    sorted.sort_unstable();
    sorted.chunk_by(|a, b| a == b).map(|same| (same[0], same.len() as u32)).collect()
}

impl Expects for Shuffled<'_> {
    fn sessions(&self, pattern: &[Symbol], enough: Both<f64>) -> Both<f64> {
        let kinds = counts(pattern);
        let rarest =
            kinds.iter().filter_map(|(kind, _)| self.holding.get(kind)).min_by_key(|list| list.len());
        let mut sum = Both::default();
        for session in rarest
            .map_or(&[][..], Vec::as_slice)
            .chunk_by(|a, b| self.stock.owners[*a] == self.stock.owners[*b])
        {
            let mut mean = Both::default();
            for at in session {
                let segment = self.segment(*at, pattern.len(), &kinds);
                mean.tight += segment.tight;
                mean.any += segment.any;
            }
            sum.tight += at_least_one(mean.tight);
            sum.any += at_least_one(mean.any);
            if sum.are_above(enough) {
                break;
            }
        }
        sum
    }
}

/// Segments of the same length, and with the same start, from the chain of their group.
pub(super) struct Chained {
    groups: Vec<Group>,
}

/// One chain with the sessions that are drawn from it.
struct Group {
    /// The steps that it knows.
    symbols: Vec<Symbol>,
    /// Probability of each step right behind each other, row by row.
    next: Vec<f64>,
    /// The same without what never happens.
    follows: Vec<Vec<(usize, f64)>>,
    /// For each step: how often it is expected at the first places of a segment, by the number of places and by the
    /// segment's start, row by row; worked out when it is asked for.
    before: Vec<OnceCell<Vec<f64>>>,
    /// Starts and lengths that segments have.
    shapes: Vec<(usize, usize)>,
    /// The shapes of a session's segments, with how many sessions are like that.
    sessions: Vec<(Vec<usize>, usize)>,
}

impl Chained {
    pub(super) fn of(stock: Stock<'_>, groups: &[usize], chains: &Chains) -> Self {
        let mut alike: BTreeMap<usize, BTreeMap<Vec<(Symbol, usize)>, usize>> = BTreeMap::new();
        let all: Vec<usize> = (0..stock.segments.len()).collect();
        for session in all.chunk_by(|a, b| stock.owners[*a] == stock.owners[*b]) {
            // All segments of a session are of one project.
            let segments = session.iter().map(|at| &stock.segments[*at]);
            let mut shapes: Vec<(Symbol, usize)> =
                segments.filter_map(|items| Some((*items.first()?, items.len()))).collect();
            shapes.sort_unstable();
            *alike.entry(groups[session[0]]).or_default().entry(shapes).or_default() += 1;
        }
        Self { groups: alike.into_iter().map(|(group, alike)| Group::of(chains, group, &alike)).collect() }
    }
}

impl Group {
    fn of(chains: &Chains, group: usize, alike: &BTreeMap<Vec<(Symbol, usize)>, usize>) -> Self {
        let symbols = chains.symbols(group);
        let size = symbols.len();
        let place = |symbol: &Symbol| symbols.binary_search(symbol).ok();
        let mut next = vec![0.0; size * size];
        for (row, symbol) in symbols.iter().enumerate() {
            let after = chains.next(group, *symbol);
            for at in after.iter().filter_map(place) {
                next[row * size + at] += 1.0 / after.len() as f64;
            }
        }
        let row = |at: usize| next[at * size..(at + 1) * size].iter().copied().enumerate();
        let follows = (0..size).map(|at| row(at).filter(|(_, chance)| *chance > 0.0).collect()).collect();
        let mut shapes: Vec<(usize, usize)> =
            alike.keys().flatten().filter_map(|(first, length)| Some((place(first)?, *length))).collect();
        shapes.sort_unstable();
        shapes.dedup();
        let shape = |(first, length): &(Symbol, usize)| shapes.binary_search(&(place(first)?, *length)).ok();
        let sessions =
            alike.iter().map(|(of, count)| (of.iter().filter_map(shape).collect(), *count)).collect();
        Self { before: vec![OnceCell::new(); size], symbols, next, follows, shapes, sessions }
    }

    /// How often a step is expected at the first places of a segment: a row for each number of places, from none to
    /// [`SETTLED`], with a column for each start.
    fn before(&self, symbol: usize) -> &[f64] {
        self.before[symbol].get_or_init(|| {
            let size = self.symbols.len();
            let mut here = vec![0.0; size];
            here[symbol] = 1.0;
            let mut sums = vec![0.0; size];
            for row in 0..SETTLED {
                for at in 0..size {
                    sums.push(sums[row * size + at] + here[at]);
                }
                let one = |follows: &Vec<(usize, f64)>| {
                    follows.iter().map(|(at, chance)| chance * here[*at]).sum::<f64>()
                };
                here = self.follows.iter().map(one).collect();
            }
            sums
        })
    }

    /// How often a step is expected at the first `places` of a segment with this start.
    fn within(&self, places: usize, start: usize, symbol: usize) -> f64 {
        let (size, before) = (self.symbols.len(), self.before(symbol));
        let at = |row: usize| before[row * size + start];
        match places.checked_sub(SETTLED) {
            None => at(places),
            // From one place to the next it may still swing: the mean of two is nearer to where it settles.
            Some(more) => at(SETTLED) + more as f64 * (at(SETTLED) - at(SETTLED - 2)) / 2.0,
        }
    }

    /// Chances of a pattern behind its first step, by how many steps are left out in between; `None` where it never
    /// occurs. The first is that of the pattern without other steps in between.
    fn behind(&self, steps: &[usize]) -> Option<Vec<f64>> {
        let size = self.symbols.len();
        let mut behind = vec![1.0];
        for pair in steps.windows(2) {
            let near = self.next[pair[0] * size + pair[1]];
            let via = self.follows[pair[0]].iter();
            let far: f64 = via.map(|(over, chance)| chance * self.next[over * size + pair[1]]).sum();
            if near <= 0.0 && far <= 0.0 {
                return None;
            }
            let mut longer = vec![0.0; behind.len() + 1];
            for (left_out, chance) in behind.iter().enumerate() {
                longer[left_out] += chance * near;
                longer[left_out + 1] += chance * far;
            }
            behind = longer;
        }
        Some(behind)
    }

    fn expected(&self, pattern: &[Symbol]) -> Both<f64> {
        let places = pattern.iter().map(|symbol| self.symbols.binary_search(symbol).ok());
        let Some(steps) = places.collect::<Option<Vec<usize>>>() else { return Both::default() };
        let (Some(behind), Some(first)) = (self.behind(&steps), steps.first()) else {
            return Both::default();
        };
        let in_segment = |(start, length): &(usize, usize)| -> Both<f64> {
            let ways = behind.iter().enumerate();
            let mut chances = ways.map(|(left_out, chance)| {
                let places = (length + 1).saturating_sub(steps.len() + left_out);
                chance * self.within(places, *start, *first)
            });
            let tight = chances.next().unwrap_or(0.0);
            Both { tight, any: tight + chances.sum::<f64>() }
        };
        let means: Vec<Both<f64>> = self.shapes.iter().map(in_segment).collect();
        let mut sum = Both::default();
        for (shapes, count) in &self.sessions {
            let mean = |of: fn(&Both<f64>) -> f64| shapes.iter().map(|at| of(&means[*at])).sum::<f64>();
            sum.tight += at_least_one(mean(|mean| mean.tight)) * *count as f64;
            sum.any += at_least_one(mean(|mean| mean.any)) * *count as f64;
        }
        sum
    }
}

impl Expects for Chained {
    fn sessions(&self, pattern: &[Symbol], enough: Both<f64>) -> Both<f64> {
        let mut sum = Both::default();
        for group in &self.groups {
            let expected = group.expected(pattern);
            sum.tight += expected.tight;
            sum.any += expected.any;
            if sum.are_above(enough) {
                break;
            }
        }
        sum
    }
}

#[cfg(test)]
mod tests {
    use super::super::matcher::instance;
    use super::super::null::{Dice, Null, draw};
    use super::*;

    const ALL: Both<f64> = Both { tight: f64::INFINITY, any: f64::INFINITY };

    /// Segments in which what follows depends on what came before.
    fn segments() -> Vec<Vec<Symbol>> {
        let mut dice = Dice::new(3, 1);
        let segment = |_| {
            let mut items: Vec<Symbol> = Vec::new();
            for _ in 0..4 + dice.below(5) {
                let last = items.last().copied().unwrap_or(2);
                items.push(2 + (last + 1 + dice.below(3) as Symbol) % 9);
            }
            items.dedup();
            items
        };
        (0..200).map(segment).collect()
    }

    #[test]
    fn what_is_worked_out_is_what_draws_show() {
        let segments = segments();
        let owners: Vec<usize> = (0..segments.len()).map(|at| at / 2).collect();
        let groups = vec![0; segments.len()];
        let stock = Stock { segments: &segments, owners: &owners };
        let chains = Chains::of(&segments, &groups);
        let (shuffled, chained) = (Shuffled::of(stock), Chained::of(stock, &groups, &chains));
        for (null, expects) in [(Null::Shuffle, &shuffled as &dyn Expects), (Null::Markov, &chained)] {
            for pattern in [&segments[0][..3], &segments[7][1..4], &segments[9][..4]] {
                let mut dice = Dice::new(5, 2);
                let mut shown = 0;
                for _ in 0..400 {
                    let drawn = draw(null, &segments, &groups, &chains, &mut dice);
                    let holds =
                        |pair: &&[Vec<Symbol>]| pair.iter().any(|items| instance(pattern, items).is_some());
                    shown += drawn.chunks(2).filter(holds).count();
                }
                let (drawn, said) = (shown as f64 / 400.0, expects.sessions(pattern, ALL).any);
                assert!(
                    said > 0.6 * drawn && said < 1.4 * drawn + 0.2,
                    "{null:?} {pattern:?}: {said} for {drawn}"
                );
            }
        }
    }

    #[test]
    fn a_pattern_with_a_step_that_nobody_takes_is_not_expected() {
        let segments = segments();
        let owners: Vec<usize> = (0..segments.len()).collect();
        let stock = Stock { segments: &segments, owners: &owners };
        assert_eq!(Shuffled::of(stock).sessions(&[2, 3, 77], ALL), Both::default());
    }
}
