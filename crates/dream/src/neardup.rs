//! Texts that are nearly the same: at least four fifths of their runs of five words are common.
//!
//! ```text
//! text → set of runs ── 128 minima ── 25 bands of 5 ── those that share a band ── counted exactly
//! ```
//!
//! After Broder (*On the Resemblance and Containment of Documents*, SEQUENCES 1997): the least hash of a set is that
//! of another one as often as the two resemble each other. Two texts of a resemblance of 0.8 share one of the bands
//! with a probability of 0.99995; what shares one is then compared run by run, so that nothing is taken for alike that
//! is not.

/// Words of a run.
const RUN: usize = 5;
/// Hash functions.
const MINIMA: usize = 128;
/// Minima that must all agree …
const ROWS: usize = 5;
/// … in one of so many places.
const BANDS: usize = MINIMA / ROWS;
/// The resemblance from which on two texts are nearly the same, as a fraction.
const ALIKE: (usize, usize) = (4, 5);

/// The runs of words of a text, as a sorted set of hashes.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Runs(Box<[u64]>);

impl Runs {
    /// Returns the runs of five words of `text`; one of fewer words has one run.
    pub fn of(text: &str) -> Self {
        let mut words: Vec<u64> = Vec::with_capacity(text.len() / 6);
        if text.is_ascii() {
            // The same white space, without looking for characters of several bytes.
            let pieces = text.as_bytes().split(|byte| matches!(byte, b' ' | 0x09..=0x0d));
            words.extend(pieces.filter(|word| !word.is_empty()).map(hash));
        } else {
            words.extend(text.split_whitespace().map(|word| hash(word.as_bytes())));
        }
        let run = |words: &[u64]| words.iter().fold(0, |hash, word| mix(hash, *word));
        let mut runs: Vec<u64> = match words.len() {
            0 => Vec::new(),
            1..RUN => vec![run(&words)],
            _ => words.windows(RUN).map(run).collect(),
        };
        runs.sort_unstable();
        runs.dedup();
        Self(runs.into())
    }

    /// Whether at least four fifths of the runs that either has are common to both.
    pub fn is_alike(&self, other: &Self) -> bool {
        let (few, many) = (self.0.len().min(other.0.len()), self.0.len().max(other.0.len()));
        let alike = |common: usize, all: usize| all > 0 && common * ALIKE.1 >= all * ALIKE.0;
        if !alike(few, many) {
            return false;
        }
        let (mut ours, mut theirs, mut common) = (0, 0, 0);
        while let (Some(our), Some(their)) = (self.0.get(ours), other.0.get(theirs)) {
            common += usize::from(our == their);
            ours += usize::from(our <= their);
            theirs += usize::from(their <= our);
        }
        alike(common, self.0.len() + other.0.len() - common)
    }
}

/// Returns the pairs of texts that are nearly the same, by number, the smaller one first, sorted. Of equal texts each
/// is only paired with the first of them. Texts without a word are like no other.
pub fn pairs(texts: &[Runs]) -> Vec<(u32, u32)> {
    let mut order: Vec<u32> = (0..).take(texts.len()).collect();
    order.sort_by(|a, b| (&texts[*a as usize], a).cmp(&(&texts[*b as usize], b)));
    let (mut found, mut firsts) = (Vec::new(), Vec::new());
    for equal in order.chunk_by(|a, b| texts[*a as usize] == texts[*b as usize]) {
        if texts[equal[0] as usize].0.is_empty() {
            continue;
        }
        found.extend(equal[1..].iter().map(|other| (equal[0], *other)));
        firsts.push(equal[0]);
    }
    firsts.sort_unstable();
    for pair in candidates(texts, &firsts) {
        if texts[pair.0 as usize].is_alike(&texts[pair.1 as usize]) {
            found.push(pair);
        }
    }
    found.sort_unstable();
    found
}

/// Returns the pairs that share a band, each once.
fn candidates(texts: &[Runs], which: &[u32]) -> Vec<(u32, u32)> {
    let factors = factors();
    let mut bands: Vec<Vec<(u64, u32)>> = (0..BANDS).map(|_| Vec::with_capacity(which.len())).collect();
    for text in which {
        let minima = minima(&texts[*text as usize], &factors);
        for (band, rows) in bands.iter_mut().zip(minima.chunks_exact(ROWS)) {
            band.push((rows.iter().fold(0, |hash, row| mix(hash, u64::from(row.cast_unsigned()))), *text));
        }
    }
    let mut pairs = Vec::new();
    for mut band in bands {
        band.sort_unstable();
        for alike in band.chunk_by(|a, b| a.0 == b.0) {
            for (at, (_, text)) in alike.iter().enumerate() {
                pairs.extend(alike[at + 1..].iter().map(|(_, other)| (*text, *other)));
            }
        }
    }
    pairs.sort_unstable();
    pairs.dedup();
    pairs
}

/// The factors and summands of the hash functions, from a fixed generator.
fn factors() -> [[i16; MINIMA]; 2] {
    let mut state = 0;
    let mut next = || {
        state = mix(state, 1);
        top(state)
    };
    [std::array::from_fn(|_| next() | 1), std::array::from_fn(|_| next())]
}

/// For each hash function the least value over all runs. Sixteen bits, because every processor does eight of these at
/// a time; that two minima are equal by chance costs a comparison of two texts and no more.
fn minima(runs: &Runs, [factors, summands]: &[[i16; MINIMA]; 2]) -> [i16; MINIMA] {
    let mut minima = [i16::MAX; MINIMA];
    for run in &runs.0 {
        let run = top(*run);
        for ((least, factor), summand) in minima.iter_mut().zip(factors).zip(summands) {
            *least = (*least).min(run.wrapping_mul(*factor).wrapping_add(*summand));
        }
    }
    minima
}

/// The first two bytes.
fn top(hash: u64) -> i16 {
    let [first, second, ..] = hash.to_be_bytes();
    i16::from_be_bytes([first, second])
}

fn hash(word: &[u8]) -> u64 {
    let (chunks, rest) = word.as_chunks::<8>();
    let mut last = [0; 8];
    last[..rest.len()].copy_from_slice(rest);
    let hash = chunks.iter().fold(word.len() as u64, |hash, chunk| mix(hash, u64::from_le_bytes(*chunk)));
    mix(hash, u64::from_le_bytes(last))
}

/// Mixes one more number into a hash: the two halves of a product, as wyhash does.
fn mix(hash: u64, number: u64) -> u64 {
    let product = u128::from(hash ^ 0xa076_1d64_78bd_642f) * u128::from(number ^ 0xe703_7ed1_a0b4_28db);
    let [low, high] = [product as u64, (product >> 64) as u64];
    low ^ high
}
