//! Frequent sequential patterns by pattern growth.
//!
//! After PrefixSpan (Pei et al., *PrefixSpan: Mining Sequential Patterns Efficiently by Prefix-Projected Pattern
//! Growth*, ICDE 2001): a pattern is known by the places at which its occurrences end, and one look at what follows
//! those places gives the places of all its extensions. Here a place is one number, a position in all items, because
//! every sequence ends with a mark of its own; what follows is read once for all extensions and then sorted by
//! counting, so that a node of the search costs one pass and no allocation of its own.

use super::{END, Sequences};

/// A pattern and the number of sequences that have it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Pattern {
    /// Its items in order.
    pub items: Vec<u32>,
    /// How many sequences hold them in that order.
    pub support: u32,
}

/// Which patterns are wanted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// In how many sequences a pattern must occur; at least one.
    pub support: u32,
    /// The length of the longest patterns.
    pub longest: usize,
    /// How many other items may stand between two neighbours of a pattern; `None`: any number.
    pub gap: Option<u32>,
}

/// Returns every pattern within the limits, the empty one left out, in lexical order.
pub fn frequent(sequences: &Sequences, limits: &Limits) -> Vec<Pattern> {
    let Some((sequences, names)) = without_rare(sequences, limits) else { return Vec::new() };
    let mut miner = Miner::new(&sequences, names, limits);
    let roots = miner.roots();
    let mut prefix = Vec::new();
    for (item, support, places) in roots {
        miner.grow(item, support, &places, &mut prefix);
    }
    miner.found
}

/// Drops items that are in too few sequences, and numbers the others from 0 in their order. With a bound on gaps
/// they stay as a hole: an item that is left out must still keep its neighbours apart.
fn without_rare(sequences: &Sequences, limits: &Limits) -> Option<(Sequences, Vec<u32>)> {
    let least = limits.support.max(1);
    let mut pairs: Vec<(u32, u32)> = Vec::with_capacity(sequences.items.len());
    for (number, items) in (0..).zip(sequences.iter()) {
        pairs.extend(items.iter().map(|item| (*item, number)));
    }
    pairs.sort_unstable();
    pairs.dedup();
    let groups = pairs.chunk_by(|a, b| a.0 == b.0);
    let names: Vec<u32> =
        groups.filter(|group| group.len() >= least as usize).map(|group| group[0].0).collect();
    if names.is_empty() || limits.longest == 0 {
        return None;
    }
    let hole = u32::try_from(names.len()).ok()?;
    let number = |item: &u32| names.binary_search(item).ok().and_then(|at| u32::try_from(at).ok());
    let renamed = sequences.iter().map(|items| {
        let items = items.iter().map(|item| number(item).unwrap_or(hole));
        items.filter(|item| limits.gap.is_some() || *item != hole).collect::<Vec<_>>()
    });
    Some((renamed.collect(), names))
}

struct Miner<'s> {
    items: &'s [u32],
    /// The sequence of each position; empty without a bound on gaps, where a pattern has one place a sequence.
    sequence_of: Vec<u32>,
    /// What the numbers stand for; the number behind the last is a hole.
    names: Vec<u32>,
    limits: Limits,
    /// By item: in how many sequences it follows.
    counts: Vec<u32>,
    /// By item: how many places it has.
    sizes: Vec<u32>,
    /// By item: the last round in which it was met.
    met: Vec<u32>,
    round: u32,
    /// What follows, in the order in which it was met.
    following: Vec<(u32, u32)>,
    found: Vec<Pattern>,
}

/// An extension of a pattern, its support, and where in the list its places are.
type Extension = (u32, u32, std::ops::Range<usize>);

impl<'s> Miner<'s> {
    fn new(sequences: &'s Sequences, names: Vec<u32>, limits: &Limits) -> Self {
        let size = names.len() + 1;
        let sequence_of = if limits.gap.is_some() {
            let all = (0..).zip(sequences.iter());
            all.flat_map(|(number, items)| std::iter::repeat_n(number, items.len() + 1)).collect()
        } else {
            Vec::new()
        };
        Self {
            items: &sequences.items,
            sequence_of,
            names,
            limits: Limits { support: limits.support.max(1), ..*limits },
            counts: vec![0; size],
            sizes: vec![0; size],
            met: vec![0; size],
            round: 0,
            following: Vec::new(),
            found: Vec::new(),
        }
    }

    /// The single items with their places.
    fn roots(&mut self) -> Vec<(u32, u32, Vec<u32>)> {
        let hole = u32::try_from(self.names.len()).unwrap_or(END);
        let mut roots: Vec<(u32, u32, Vec<u32>)> = (0..hole).map(|item| (item, 0, Vec::new())).collect();
        self.round += 1;
        for (at, item) in (0_u32..).zip(self.items) {
            if *item == END {
                self.round += 1;
                continue;
            }
            let Some((_, support, places)) = roots.get_mut(*item as usize) else { continue };
            let first = self.met[*item as usize] != self.round;
            self.met[*item as usize] = self.round;
            *support += u32::from(first);
            if first || self.limits.gap.is_some() {
                places.push(at + 1);
            }
        }
        roots
    }

    /// Keeps the pattern `prefix` with `item` behind it, and all that begin with it.
    fn grow(&mut self, item: u32, support: u32, places: &[u32], prefix: &mut Vec<u32>) {
        prefix.push(self.names[item as usize]);
        self.found.push(Pattern { items: prefix.clone(), support });
        if prefix.len() < self.limits.longest {
            match self.limits.gap {
                None => self.look_behind(places),
                Some(gap) => self.look_near(places, gap),
            }
            let (extensions, sorted) = self.sort();
            for (item, support, range) in extensions {
                self.grow(item, support, &sorted[range], prefix);
            }
        }
        prefix.pop();
    }

    /// Meets what follows each place: of an item only the first, which leaves the most to follow it.
    fn look_behind(&mut self, places: &[u32]) {
        self.following.clear();
        for place in places {
            self.round += 1;
            for (at, item) in (*place..).zip(&self.items[*place as usize..]) {
                if *item == END {
                    break;
                }
                let met = &mut self.met[*item as usize];
                if *met != self.round {
                    *met = self.round;
                    self.counts[*item as usize] += 1;
                    self.following.push((*item, at + 1));
                }
            }
        }
        self.sizes.copy_from_slice(&self.counts);
    }

    /// Meets what follows each place closely: every occurrence, since a later one may reach further.
    fn look_near(&mut self, places: &[u32], gap: u32) {
        self.following.clear();
        let hole = self.names.len();
        let (mut sequence, mut from) = (END, 0);
        for place in places {
            let of = self.sequence_of[*place as usize - 1];
            if of != sequence {
                (sequence, from) = (of, *place);
                self.round += 1;
            }
            // What the place before has looked at need not be looked at again.
            from = from.max(*place);
            let to = place.saturating_add(gap).saturating_add(1);
            while from < to {
                let item = self.items[from as usize];
                if item == END {
                    break;
                }
                from += 1;
                if item as usize == hole {
                    continue;
                }
                let met = &mut self.met[item as usize];
                self.counts[item as usize] += u32::from(*met != self.round);
                *met = self.round;
                self.sizes[item as usize] += 1;
                self.following.push((item, from));
            }
        }
    }

    /// Sorts what was met by item, and empties the counts.
    fn sort(&mut self) -> (Vec<Extension>, Vec<u32>) {
        let mut extensions = Vec::new();
        let mut end = 0;
        for (item, (count, size)) in (0..).zip(self.counts.iter_mut().zip(&mut self.sizes)) {
            let places = *size as usize;
            if *count >= self.limits.support {
                extensions.push((item, *count, end..end + places));
                // From now on: where the next place of this item goes.
                *size = u32::try_from(end).unwrap_or(END);
                end += places;
            } else {
                *size = END;
            }
            *count = 0;
        }
        let mut sorted = vec![0; end];
        if end > 0 {
            for (item, place) in &self.following {
                let next = &mut self.sizes[*item as usize];
                if *next != END {
                    sorted[*next as usize] = *place;
                    *next += 1;
                }
            }
        }
        self.sizes.fill(0);
        (extensions, sorted)
    }
}
