//! Where known patterns stand.

use super::mine::REACH;
use super::symbol::Symbol;

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

    #[cfg(test)]
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
