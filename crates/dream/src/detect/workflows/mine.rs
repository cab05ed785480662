//! Sequences that recur: closed sequential patterns with at most one step between two of theirs.

use std::collections::BTreeMap;

use super::symbol::{ASK, RARE, Symbol};

/// Steps of a pattern, questions not counted.
pub(crate) const MIN_LENGTH: usize = 3;
/// Longest pattern, questions counted.
pub(crate) const MAX_LENGTH: usize = 12;
/// How far the next step of a pattern may be: right behind, or behind one other step.
pub(crate) const REACH: usize = 2;
/// Kinds of steps that a pattern needs: two kinds in turn are a loop, not a procedure.
const MIN_KINDS: usize = 3;
/// Share of the segments (in the end, of the sessions) with the opportunity that have to do it so, in percent: what
/// few do is no convergence.
pub(crate) const CONVERGED: usize = 10;
/// Most prefixes that are followed; where there are more, the support that is asked for grows.
const MAX_PREFIXES: usize = 20_000;

/// A pattern with the number of segments that hold it.
pub(crate) type Mined = BTreeMap<Vec<Symbol>, usize>;

/// Returns the closed patterns that at least `needed` segments hold, and the support that was asked for in the end.
///
/// Segments have no two equal symbols side by side, so a pattern that starts at a place has at most one way to go
/// on with a given symbol: the search never sees a prefix twice.
pub(crate) fn mine(
    segments: &[Vec<Symbol>],
    owners: &[usize],
    needed: usize,
    symbols: usize,
) -> (Mined, usize) {
    let mut needed = needed.max(2);
    loop {
        let mut search =
            Search { segments, needed, prefixes: 0, found: Mined::new(), next: vec![Vec::new(); symbols] };
        if search.run() {
            return (common(closed(search.found), segments, owners), needed);
        }
        needed += (needed / 3).max(1);
    }
}

/// Whether a pattern is one to speak of.
pub(crate) fn is_procedure(pattern: &[Symbol]) -> bool {
    let steps = pattern.iter().filter(|symbol| **symbol != ASK);
    let mut kinds: Vec<Symbol> = steps.copied().collect();
    let count = kinds.len();
    kinds.sort_unstable();
    kinds.dedup();
    count >= MIN_LENGTH && kinds.len() >= MIN_KINDS && pattern.last() != Some(&ASK)
}

/// Where a prefix ends: segment and place.
type Ends = Vec<(u32, u32)>;

struct Search<'a> {
    segments: &'a [Vec<Symbol>],
    needed: usize,
    prefixes: usize,
    found: Mined,
    next: Vec<Ends>,
}

impl Search<'_> {
    /// Returns whether it came to an end.
    fn run(&mut self) -> bool {
        let mut first: BTreeMap<Symbol, Ends> = BTreeMap::new();
        for (segment, items) in self.segments.iter().enumerate() {
            for (at, symbol) in items.iter().enumerate() {
                first.entry(*symbol).or_default().push((segment as u32, at as u32));
            }
        }
        let mut prefix = Vec::new();
        first.iter().filter(|(symbol, _)| **symbol != ASK && **symbol != RARE).all(|(symbol, ends)| {
            prefix.push(*symbol);
            let done = support(ends) < self.needed || self.grow(&mut prefix, ends);
            prefix.pop();
            done
        })
    }

    fn grow(&mut self, prefix: &mut Vec<Symbol>, ends: &Ends) -> bool {
        self.prefixes += 1;
        if self.prefixes > MAX_PREFIXES {
            return false;
        }
        if is_procedure(prefix) {
            self.found.insert(prefix.clone(), support(ends));
        }
        if prefix.len() == MAX_LENGTH {
            return true;
        }
        let mut seen: Vec<Symbol> = Vec::new();
        for (segment, at) in ends {
            let items = &self.segments[*segment as usize];
            for reach in 1..=REACH {
                let place = *at as usize + reach;
                let Some(symbol) = items.get(place).filter(|symbol| **symbol != RARE) else { continue };
                let ends = &mut self.next[usize::from(*symbol)];
                if ends.is_empty() {
                    seen.push(*symbol);
                }
                ends.push((*segment, place as u32));
            }
        }
        seen.sort_unstable();
        let grown: Vec<(Symbol, Ends)> = seen
            .into_iter()
            .map(|symbol| (symbol, std::mem::take(&mut self.next[usize::from(symbol)])))
            .collect();
        grown.into_iter().all(|(symbol, mut ends)| {
            ends.sort_unstable();
            ends.dedup();
            if support(&ends) < self.needed {
                return true;
            }
            prefix.push(symbol);
            let done = self.grow(prefix, &ends);
            prefix.pop();
            done
        })
    }
}

/// How many segments there are among ends, which are in order.
fn support(ends: &Ends) -> usize {
    ends.chunk_by(|a, b| a.0 == b.0).count()
}

/// Leaves out what few of the sessions with the opportunity do: those that use two thirds of a pattern's kinds in one
/// segment.
fn common(found: Mined, segments: &[Vec<Symbol>], owners: &[usize]) -> Mined {
    let bits = |symbols: &[Symbol]| {
        let steps = symbols.iter().filter(|symbol| **symbol > ASK && u32::from(**symbol) < u128::BITS);
        steps.fold(0_u128, |bits, symbol| bits | 1 << symbol)
    };
    let uses: Vec<u128> = segments.iter().map(|items| bits(items)).collect();
    let distinct = |segments: &mut dyn Iterator<Item = usize>| {
        // Segments of one session stand side by side.
        let (mut count, mut last) = (0, None);
        for owner in segments.map(|at| owners[at]) {
            count += usize::from(last.replace(owner) != Some(owner));
        }
        count
    };
    let matcher = Matcher::new(found.keys().map(Vec::as_slice));
    let mut shown = vec![Vec::new(); found.len()];
    for (at, items) in segments.iter().enumerate() {
        matcher.each(items, &mut |pattern| shown[pattern].push(at));
    }
    let rows = found.into_iter().zip(shown).filter(|((pattern, _), shown)| {
        let kinds = bits(pattern);
        let could = |at: &usize| (uses[*at] & kinds).count_ones() * 3 >= kinds.count_ones() * 2;
        let could = distinct(&mut (0..segments.len()).filter(could));
        distinct(&mut shown.iter().copied()) * 100 >= could * CONVERGED
    });
    // What the very same segments show is said once, by the longest: a run of steps that two segments happen to
    // share comes in dozens of variants.
    let mut by_extent: BTreeMap<Vec<usize>, (Vec<Symbol>, usize)> = BTreeMap::new();
    for ((pattern, support), mut shown) in rows {
        shown.dedup();
        let best = by_extent.entry(shown).or_default();
        if pattern.len() > best.0.len() {
            *best = (pattern, support);
        }
    }
    by_extent.into_values().collect()
}

/// Leaves out what a longer pattern says just as often.
fn closed(found: Mined) -> Mined {
    let mut contained: Vec<Vec<Symbol>> = Vec::new();
    for (pattern, support) in &found {
        for at in 0..pattern.len() {
            let mut shorter = pattern.clone();
            shorter.remove(at);
            if found.get(&shorter) == Some(support) {
                contained.push(shorter);
            }
        }
    }
    let mut found = found;
    for pattern in contained {
        found.remove(&pattern);
    }
    found
}

/// Finds patterns in segments: all of them in one pass.
pub(crate) struct Matcher {
    nodes: Vec<Node>,
    patterns: usize,
}

/// A prefix of patterns.
#[derive(Default)]
struct Node {
    /// The nodes one symbol further, by symbol.
    children: Vec<(Symbol, usize)>,
    /// The pattern that ends here.
    pattern: Option<usize>,
}

impl Matcher {
    pub(crate) fn new<'p>(patterns: impl Iterator<Item = &'p [Symbol]>) -> Self {
        let mut matcher = Self { nodes: vec![Node::default()], patterns: 0 };
        for pattern in patterns {
            let mut node = 0;
            for symbol in pattern {
                node = match matcher.nodes[node].children.binary_search_by_key(symbol, |(symbol, _)| *symbol)
                {
                    Ok(at) => matcher.nodes[node].children[at].1,
                    Err(at) => {
                        let child = matcher.nodes.len();
                        matcher.nodes[node].children.insert(at, (*symbol, child));
                        matcher.nodes.push(Node::default());
                        child
                    }
                };
            }
            matcher.nodes[node].pattern = Some(matcher.patterns);
            matcher.patterns += 1;
        }
        matcher
    }

    /// Returns how many of the segments hold each pattern, in the order in which they were given.
    pub(crate) fn support(&self, segments: &[Vec<Symbol>]) -> Vec<usize> {
        let mut counts = vec![0; self.patterns];
        let mut last = vec![usize::MAX; self.patterns];
        for (at, items) in segments.iter().enumerate() {
            self.each(items, &mut |pattern| {
                if last[pattern] != at {
                    last[pattern] = at;
                    counts[pattern] += 1;
                }
            });
        }
        counts
    }

    /// Calls `hit` for every place at which a pattern starts.
    pub(crate) fn each(&self, items: &[Symbol], hit: &mut dyn FnMut(usize)) {
        for start in 0..items.len() {
            if let Some(node) = self.child(0, items[start]) {
                self.walk(node, items, start, hit);
            }
        }
    }

    fn walk(&self, node: usize, items: &[Symbol], at: usize, hit: &mut dyn FnMut(usize)) {
        if let Some(pattern) = self.nodes[node].pattern {
            hit(pattern);
        }
        for place in at + 1..=at + REACH {
            if let Some(child) = items.get(place).and_then(|symbol| self.child(node, *symbol)) {
                self.walk(child, items, place, hit);
            }
        }
    }

    fn child(&self, node: usize, symbol: Symbol) -> Option<usize> {
        let children = &self.nodes[node].children;
        children.binary_search_by_key(&symbol, |(symbol, _)| *symbol).ok().map(|at| children[at].1)
    }
}

/// Returns the places of the first instance of a pattern in a segment.
pub(crate) fn instance(pattern: &[Symbol], items: &[Symbol]) -> Option<Vec<usize>> {
    fn go_on(pattern: &[Symbol], items: &[Symbol], places: &mut Vec<usize>) -> bool {
        let Some(symbol) = pattern.get(places.len()) else { return true };
        let (from, to) = match places.last() {
            Some(last) => (last + 1, last + REACH),
            None => return false,
        };
        (from..=to).any(|place| {
            items.get(place) == Some(symbol) && {
                places.push(place);
                let found = go_on(pattern, items, places);
                if !found {
                    places.pop();
                }
                found
            }
        })
    }
    let first = pattern.first()?;
    (0..items.len()).filter(|start| items[*start] == *first).find_map(|start| {
        let mut places = vec![start];
        go_on(pattern, items, &mut places).then_some(places)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_longest_of_equally_frequent_patterns_is_kept() {
        let segments = vec![vec![2, 3, 4, 5], vec![2, 9, 3, 4, 5], vec![2, 3, 4], vec![7, 2, 8, 8, 3, 4]];
        let (found, _) = mine(&segments, &[0, 1, 2, 3], 2, 10);
        assert_eq!(found, Mined::from([(vec![2, 3, 4, 5], 2), (vec![2, 3, 4], 3)]));
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
        let (found, _) = mine(&segments, &(0..60).collect::<Vec<_>>(), 6, 8);
        assert!(found.len() > 20);
        let counts = Matcher::new(found.keys().map(Vec::as_slice)).support(&segments);
        assert_eq!(counts, found.values().copied().collect::<Vec<_>>());
        for (pattern, support) in &found {
            let holding = segments.iter().filter(|items| instance(pattern, items).is_some()).count();
            assert_eq!(holding, *support, "{pattern:?}");
        }
    }
}
