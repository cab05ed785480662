//! Runs of a few items with small gaps, counted in memory of a fixed size.
//!
//! A count-min sketch (Cormode and Muthukrishnan, *An Improved Data Stream Summary*, J. Algorithms 2005): sums, so
//! that two of them add up to what one would have counted, in any order and any division. It never says too
//! little, and by how much it can say too much is known; what it says is frequent is then counted exactly.

/// Rows of counters: a gram is over-counted only if it meets others in all of them.
const ROWS: usize = 4;
/// Counters of a row; a power of two. Four rows take two megabytes.
const WIDTH: usize = 1 << 17;
/// Grams of one sequence that are told apart: repeats within a sequence count once.
const RECENT: usize = 1 << 12;

/// In how many sequences each gram of two or three items occurs, at most.
#[derive(Clone, PartialEq, Eq)]
pub struct Grams {
    gap: usize,
    counters: Box<[u32]>,
    sequences: u64,
}

/// What one sequence had, by hash: a table that is never emptied, only outdated.
struct Seen {
    slots: Box<[(u64, u64)]>,
}

impl Seen {
    /// Whether `hash` is new to `sequence`. When two grams of a sequence share a slot one may count twice: the sketch
    /// may say too much anyway.
    fn is_new(&mut self, hash: u64, sequence: u64) -> bool {
        let slot = &mut self.slots[(hash >> 20) as usize & (RECENT - 1)];
        let new = *slot != (hash, sequence);
        *slot = (hash, sequence);
        new
    }
}

impl Grams {
    /// Counts grams with at most `gap` other items between two neighbours.
    pub fn new(gap: usize) -> Self {
        Self { gap, counters: vec![0; ROWS * WIDTH].into(), sequences: 0 }
    }

    /// Counts the grams of each sequence, each gram once a sequence.
    pub fn add<'s>(&mut self, sequences: impl IntoIterator<Item = &'s [u32]>) {
        let mut seen = Seen { slots: vec![(0, 0); RECENT].into() };
        for (number, items) in (1..).zip(sequences) {
            self.sequences += 1;
            for (at, first) in items.iter().enumerate() {
                let seconds = items.iter().enumerate().skip(at + 1).take(self.gap + 1);
                for (next, second) in seconds {
                    let two = hash_of(hash_of(u64::MAX, *first), *second);
                    if seen.is_new(two, number) {
                        self.count(two);
                    }
                    for third in items.iter().skip(next + 1).take(self.gap + 1) {
                        let three = hash_of(two, *third);
                        if seen.is_new(three, number) {
                            self.count(three);
                        }
                    }
                }
            }
        }
    }

    /// Adds what another one counted with the same bound on gaps.
    pub fn merge(&mut self, other: &Self) {
        debug_assert_eq!(self.gap, other.gap, "counts of different grams do not add up");
        for (ours, theirs) in self.counters.iter_mut().zip(&other.counters) {
            *ours = ours.saturating_add(*theirs);
        }
        self.sequences += other.sequences;
    }

    /// Returns in how many sequences `gram` occurs at most.
    pub fn at_most(&self, gram: &[u32]) -> u32 {
        let hash = gram.iter().fold(u64::MAX, |hash, item| hash_of(hash, *item));
        places(hash).map(|place| self.counters[place]).min().unwrap_or(0)
    }

    /// Returns how many sequences were counted.
    pub fn sequences(&self) -> u64 {
        self.sequences
    }

    fn count(&mut self, hash: u64) {
        for place in places(hash) {
            self.counters[place] = self.counters[place].saturating_add(1);
        }
    }
}

impl std::fmt::Debug for Grams {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Grams")
            .field("gap", &self.gap)
            .field("sequences", &self.sequences)
            .finish_non_exhaustive()
    }
}

/// The counters of a hash, one in each row, by double hashing.
fn places(hash: u64) -> impl Iterator<Item = usize> {
    let step = (hash >> 32) | 1;
    (0..ROWS).map(move |row| {
        let at = hash.wrapping_add(step.wrapping_mul(row as u64)) as usize & (WIDTH - 1);
        row * WIDTH + at
    })
}

/// Mixes one more item into a hash (the finaliser of SplitMix64).
fn hash_of(hash: u64, item: u32) -> u64 {
    let mut mixed = hash.rotate_left(23) ^ u64::from(item).wrapping_add(0x9e37_79b9_7f4a_7c15);
    mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    mixed ^ (mixed >> 31)
}
