//! Sequences that recur: closed sequential patterns with at most one step between two of theirs.

use std::collections::{BTreeMap, BTreeSet};

use super::symbol::{ASK, RARE, Symbol};

/// Steps of a pattern, questions not counted.
pub(crate) const MIN_LENGTH: usize = 3;
/// Longest pattern, questions counted.
pub(crate) const MAX_LENGTH: usize = 12;
/// How far the next step of a pattern may be: right behind, or behind one other step.
pub(crate) const REACH: usize = 2;
/// Kinds of steps that a pattern needs, and the share of its steps that have to be of different kinds, in percent:
/// what goes round and round is trial and error, not a procedure.
const MIN_KINDS: usize = 3;
const DIFFERENT: usize = 66;
/// Share of the segments (in the end, of the sessions) with the opportunity that have to do it so, in percent: what
/// few do is no convergence.
pub(crate) const CONVERGED: usize = 10;
/// Most prefixes that are followed; where there are more, the share that is asked for grows.
const MAX_PREFIXES: usize = 20_000;
/// Share of the sessions with a kind of step that have to show a pattern with it, in percent: what it is made of
/// decides how often a pattern has to be seen, not what else there is in the store.
const MIN_SHARE: usize = 4;

/// How many sessions show a pattern.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Support {
    pub(crate) sessions: usize,
    /// Without any other step in between.
    pub(crate) tight: usize,
}

/// Patterns with the sessions that show them.
pub(crate) type Mined = BTreeMap<Vec<Symbol>, Support>;

/// Segments, with the session of each; those of one session stand side by side.
#[derive(Clone, Copy)]
pub(crate) struct Stock<'a> {
    pub(crate) segments: &'a [Vec<Symbol>],
    pub(crate) owners: &'a [usize],
}

/// How many sessions have to show a pattern.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Demand {
    least: usize,
    share: usize,
    /// How many sessions have each kind of step.
    sessions: Vec<usize>,
}

impl Demand {
    /// What is asked of patterns in `stock` at first. At least `least` sessions.
    pub(crate) fn of(stock: Stock<'_>, least: usize, symbols: usize) -> Self {
        let mut sessions = vec![0; symbols];
        let mut last = vec![usize::MAX; symbols];
        for (items, owner) in stock.segments.iter().zip(stock.owners) {
            for symbol in items {
                let last = &mut last[usize::from(*symbol)];
                sessions[usize::from(*symbol)] += usize::from(*last != *owner);
                *last = *owner;
            }
        }
        Self { least: least.max(2), share: MIN_SHARE, sessions }
    }

    /// What a pattern with this kind of step needs.
    fn with(&self, symbol: Symbol) -> usize {
        let all = self.sessions.get(usize::from(symbol)).copied().unwrap_or(0);
        // Everybody is asked all the time, and no pattern is about that.
        if symbol == ASK { self.least } else { self.least.max(all * self.share / 100) }
    }

    /// Whether so many sessions are enough for a pattern.
    pub(crate) fn is_met(&self, pattern: &[Symbol], support: usize) -> bool {
        pattern.iter().all(|symbol| support >= self.with(*symbol))
    }

    /// The one of two that asks for more; they come from the same one.
    pub(crate) fn stricter(self, other: &Self) -> Self {
        if (other.share, other.least) > (self.share, self.least) { other.clone() } else { self }
    }

    /// Asks for more: first of patterns with frequent steps, in the end of all.
    fn raise(&mut self) {
        self.share += self.share.div_ceil(3);
        if self.share > 50 {
            self.least += self.least.div_ceil(3);
        }
    }
}

/// Returns the closed patterns of `stock`: of those that the very same segments show the longest. Where there are
/// too many, more is asked for, which `demand` then says.
pub(crate) fn mine(stock: Stock<'_>, demand: &mut Demand) -> Mined {
    loop {
        let needs = (0..demand.sessions.len()).map(|symbol| demand.with(symbol as Symbol)).collect();
        let next = vec![Vec::new(); demand.sessions.len()];
        let mut search = Search { stock, needs, prefixes: 0, found: BTreeMap::new(), next };
        if search.run() {
            return common(search.found, stock);
        }
        demand.raise();
    }
}

/// Whether a pattern is one to speak of.
pub(crate) fn is_procedure(pattern: &[Symbol]) -> bool {
    let steps = pattern.iter().filter(|symbol| **symbol != ASK);
    let mut kinds: Vec<Symbol> = steps.copied().collect();
    let count = kinds.len();
    kinds.sort_unstable();
    kinds.dedup();
    count >= MIN_LENGTH
        && kinds.len() >= MIN_KINDS
        && kinds.len() * 100 >= count * DIFFERENT
        && pattern.last() != Some(&ASK)
}

/// An occurrence of a prefix.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Place {
    segment: u32,
    /// Where it ends.
    end: u32,
    /// What stands right in front of it; [`RARE`] where nothing does.
    before: Symbol,
}

/// By the segments that show them: the longest pattern, and how many sessions show it.
type Extents = BTreeMap<Vec<u32>, (Vec<Symbol>, usize)>;

/// A search by pattern growth (after PrefixSpan, Pei et al. 2001) that leaves out what a longer pattern says at the
/// very same places, as BIDE does (Wang and Han 2004): runs of steps that sessions repeat to the letter would
/// otherwise come in thousands of variants.
struct Search<'a> {
    stock: Stock<'a>,
    /// What a pattern with each kind of step needs.
    needs: Vec<usize>,
    prefixes: usize,
    found: Extents,
    next: Vec<Vec<Place>>,
}

impl Search<'_> {
    /// Returns whether it came to an end.
    fn run(&mut self) -> bool {
        let mut first: BTreeMap<Symbol, Vec<Place>> = BTreeMap::new();
        for (segment, items) in self.stock.segments.iter().enumerate() {
            let mut before = RARE;
            for (end, symbol) in items.iter().enumerate() {
                let place = Place { segment: segment as u32, end: end as u32, before };
                first.entry(*symbol).or_default().push(place);
                before = *symbol;
            }
        }
        let mut prefix = Vec::new();
        first.iter().filter(|(symbol, _)| **symbol != ASK && **symbol != RARE).all(|(symbol, places)| {
            prefix.push(*symbol);
            let done = self.grow(&mut prefix, places, 0);
            prefix.pop();
            done
        })
    }

    /// Follows a prefix that all of `places` end. `needed`: what its steps but the last need.
    fn grow(&mut self, prefix: &mut Vec<Symbol>, places: &[Place], needed: usize) -> bool {
        let last = prefix.last().copied().unwrap_or(RARE);
        let needed = needed.max(self.needs[usize::from(last)]);
        // Most prefixes are dropped here: sessions are only counted where there are enough places.
        if places.len() < needed {
            return true;
        }
        let support = self.support(places);
        if support < needed || self.is_part_of_longer(places, support) {
            return true;
        }
        self.prefixes += 1;
        if self.prefixes > MAX_PREFIXES {
            return false;
        }
        let goes_on = self.always_next(places, support).filter(|_| prefix.len() < MAX_LENGTH);
        if goes_on.is_none_or(|next| next == ASK) && is_procedure(prefix) {
            self.keep(prefix, places, support);
        }
        if prefix.len() == MAX_LENGTH {
            return true;
        }
        for (symbol, places) in self.followers(places, goes_on) {
            prefix.push(symbol);
            let done = self.grow(prefix, &places, needed);
            prefix.pop();
            if !done {
                return false;
            }
        }
        true
    }

    /// What follows places, at most [`REACH`] behind; only `goes_on` where that always does.
    fn followers(&mut self, places: &[Place], goes_on: Option<Symbol>) -> Vec<(Symbol, Vec<Place>)> {
        let mut seen: Vec<Symbol> = Vec::new();
        for place in places {
            let items = &self.stock.segments[place.segment as usize];
            let behind = items.iter().zip(0_u32..).skip(place.end as usize + 1).take(REACH);
            for (symbol, end) in behind {
                if *symbol == RARE || goes_on.is_some_and(|next| next != *symbol) {
                    continue;
                }
                let next = &mut self.next[usize::from(*symbol)];
                if next.is_empty() {
                    seen.push(*symbol);
                }
                insert(next, Place { end, ..*place });
            }
        }
        seen.sort_unstable();
        let mut followers = Vec::new();
        for symbol in seen {
            let needed = self.needs[usize::from(symbol)];
            let next = &mut self.next[usize::from(symbol)];
            if next.len() >= needed {
                followers.push((symbol, next.clone()));
            }
            next.clear();
        }
        followers
    }

    fn keep(&mut self, prefix: &[Symbol], places: &[Place], support: usize) {
        let mut segments: Vec<u32> = places.iter().map(|place| place.segment).collect();
        segments.dedup();
        let best = self.found.entry(segments).or_default();
        if prefix.len() > best.0.len() {
            *best = (prefix.to_vec(), support);
        }
    }

    /// In how many sessions places are, which are in order.
    fn support(&self, places: &[Place]) -> usize {
        let owner = |place: &Place| self.stock.owners[place.segment as usize];
        places.chunk_by(|a, b| owner(a) == owner(b)).count()
    }

    /// Whether the same step stands in front of every place, so that a longer pattern says it all.
    fn is_part_of_longer(&self, places: &[Place], support: usize) -> bool {
        let before = places.first().map_or(RARE, |place| place.before);
        !matches!(before, RARE | ASK)
            && support >= self.needs[usize::from(before)]
            && places.iter().all(|place| place.before == before)
    }

    /// The step that stands right behind every place, if a pattern may go on with it.
    fn always_next(&self, places: &[Place], support: usize) -> Option<Symbol> {
        let next = |place: &Place| {
            self.stock.segments[place.segment as usize].get(place.end as usize + 1).copied().unwrap_or(RARE)
        };
        let first = places.first().map(next)?;
        let is_one = first != RARE
            && support >= self.needs[usize::from(first)]
            && places.iter().all(|place| next(place) == first);
        is_one.then_some(first)
    }
}

/// Adds a place that belongs at the end or just before it, once.
fn insert(places: &mut Vec<Place>, place: Place) {
    let at = places.iter().rposition(|other| *other <= place).map_or(0, |last| last + 1);
    if at == 0 || places[at - 1] != place {
        places.insert(at, place);
    }
}

/// Leaves out what few of the sessions with the opportunity do: those that use two thirds of a pattern's kinds in one
/// segment.
fn common(found: Extents, stock: Stock<'_>) -> Mined {
    let mut holding: BTreeMap<Symbol, Vec<usize>> = BTreeMap::new();
    for (at, items) in stock.segments.iter().enumerate() {
        for symbol in items.iter().collect::<BTreeSet<_>>() {
            holding.entry(*symbol).or_default().push(at);
        }
    }
    let mut uses = vec![0_usize; stock.segments.len()];
    let mut could_show = |pattern: &[Symbol]| {
        let kinds: BTreeSet<Symbol> = pattern.iter().copied().filter(|symbol| *symbol != ASK).collect();
        let mut touched: Vec<usize> = Vec::new();
        for at in kinds.iter().filter_map(|kind| holding.get(kind)).flatten() {
            if uses[*at] == 0 {
                touched.push(*at);
            }
            uses[*at] += 1;
        }
        touched.sort_unstable();
        let (mut count, mut last) = (0, None);
        for at in touched {
            if uses[at] * 3 >= kinds.len() * 2 {
                count += usize::from(last.replace(stock.owners[at]) != Some(stock.owners[at]));
            }
            uses[at] = 0;
        }
        count
    };
    let found = found
        .into_iter()
        .filter(|(_, (pattern, sessions))| sessions * 100 >= could_show(pattern) * CONVERGED);
    found
        .map(|(segments, (pattern, sessions))| {
            let holds = |at: &&u32| {
                stock.segments[**at as usize].windows(pattern.len()).any(|items| *items == pattern)
            };
            let tight: Vec<usize> =
                segments.iter().filter(holds).map(|at| stock.owners[*at as usize]).collect();
            let tight = tight.chunk_by(|a, b| a == b).count();
            (pattern, Support { sessions, tight })
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::super::matcher::{Matcher, instance};
    use super::*;

    fn mined(segments: &[Vec<Symbol>], least: usize, symbols: usize) -> BTreeMap<Vec<Symbol>, usize> {
        let owners: Vec<usize> = (0..segments.len()).collect();
        let stock = Stock { segments, owners: &owners };
        let found = mine(stock, &mut Demand::of(stock, least, symbols));
        found.into_iter().map(|(pattern, support)| (pattern, support.sessions)).collect()
    }

    #[test]
    fn only_the_longest_of_equally_frequent_patterns_is_kept() {
        let segments = vec![vec![2, 3, 4, 5], vec![2, 9, 3, 4, 5], vec![2, 3, 4], vec![7, 2, 8, 8, 3, 4]];
        assert_eq!(mined(&segments, 2, 10), BTreeMap::from([(vec![2, 3, 4, 5], 2), (vec![2, 3, 4], 3)]));
    }

    #[test]
    fn a_pattern_counts_once_a_session() {
        let segments = vec![vec![2, 3, 4], vec![2, 3, 4], vec![2, 5, 3, 4]];
        let stock = Stock { segments: &segments, owners: &[0, 0, 1] };
        let found = mine(stock, &mut Demand::of(stock, 2, 6));
        assert_eq!(found, Mined::from([(vec![2, 3, 4], Support { sessions: 2, tight: 1 })]));
    }

    #[test]
    fn rare_steps_need_fewer_sessions_than_common_ones() {
        let mut segments = vec![vec![2, 3, 4]; 90];
        segments.iter_mut().skip(3).for_each(|items| *items = vec![4, 3, 2]);
        segments.extend(vec![vec![5, 6, 7]; 3]);
        let found = mined(&segments, 3, 8);
        assert_eq!(found, BTreeMap::from([(vec![4, 3, 2], 87), (vec![5, 6, 7], 3)]));
    }

    #[test]
    fn long_copies_are_one_pattern_however_little_is_asked_for() {
        let copy: Vec<Symbol> = (2..100).collect();
        assert_eq!(mined(&vec![copy; 3], 2, 100).len(), 1);
    }

    #[test]
    fn the_matcher_counts_what_the_miner_counts() {
        let mut state = 7_u64;
        let mut draw = |below: u64| {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
            (state >> 33) % below
        };
        let segments: Vec<Vec<Symbol>> = (0..60)
            .map(|_| {
                let mut items: Vec<Symbol> = (0..12).map(|_| 2 + draw(5) as Symbol).collect();
                items.dedup();
                items
            })
            .collect();
        let found = mined(&segments, 6, 8);
        assert!(found.len() > 20);
        let counts = Matcher::new(found.keys().map(Vec::as_slice)).support(&segments);
        assert_eq!(counts, found.values().copied().collect::<Vec<_>>());
        for (pattern, support) in &found {
            let holding = segments.iter().filter(|items| instance(pattern, items).is_some()).count();
            assert_eq!(holding, *support, "{pattern:?}");
        }
    }
}
