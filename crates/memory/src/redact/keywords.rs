//! The screen that clean text passes through: where do the keywords of the rules stand?
//!
//! The text is looked at two bytes at a time. Three table look-ups, for a pair and the two behind it, give the
//! groups of keywords that can begin at the pair's first byte (the lower half of a table's entry) or at its second
//! one (the upper half); their conjunction is almost always empty. The look-ups do not depend on each other, as
//! the steps of an automaton do, so that the processor overlaps them, which is also why this is no Aho-Corasick
//! automaton over the same 250 keywords. (The idea is that of the Teddy and FDR algorithms of Hyperscan, Wang et
//! al., NSDI 2019, in scalar form and with strides of two as in the latter.)

use std::sync::LazyLock;

use super::rules::RULES;

/// How many pairs of bytes the screen looks at.
const REACH: usize = 3;
/// How many groups there are: two bits of a look-up each, for the two bytes of a pair.
const GROUPS: usize = 32;
/// How many kinds of bytes are told apart. The lower five bits are the same for both cases of a letter; that a
/// digit or a mark has them too costs a closer look.
const KINDS: usize = 32;
/// How many pairs of bytes are told apart.
const PAIRS: usize = KINDS * KINDS;

/// A keyword in lower case and the ranks of the rules that wait for it.
struct Keyword {
    word: &'static [u8],
    /// Its first four bytes, as [`head`] returns them, and which of their bits it has.
    head: u32,
    mask: u32,
    ranks: Vec<usize>,
}

/// The bit in which the two cases of a letter differ, four times.
const CASE: u32 = 0x2020_2020;

/// Returns the first four bytes without regard to case, zeros behind the end.
fn head(bytes: &[u8]) -> u32 {
    let mut head = [0; 4];
    match bytes.first_chunk() {
        Some(first) => head = *first,
        None => head[..bytes.len()].copy_from_slice(bytes),
    }
    u32::from_le_bytes(head) | CASE
}

impl Keyword {
    fn new(word: &'static [u8], ranks: Vec<usize>) -> Self {
        let mask = u32::MAX >> (8 * 4_usize.saturating_sub(word.len()));
        Self { word, head: head(word) & mask, mask, ranks }
    }
}

/// The keywords of all rules. Built at the first use, in about a millisecond; the rules' own expressions are
/// compiled one by one, when a keyword of theirs is first met.
pub(super) struct Keywords {
    /// For each of the pairs from a place on, and each value of it: the groups that it does not rule out.
    tables: Box<[[u64; PAIRS]; REACH]>,
    groups: Vec<Vec<Keyword>>,
    /// The ranks of the rules without a keyword, which wait for two dots seven bytes apart.
    pub(super) dotted: Vec<usize>,
}

pub(super) static KEYWORDS: LazyLock<Keywords> = LazyLock::new(Keywords::new);

fn kind(byte: u8) -> usize {
    usize::from(byte) % KINDS
}

/// The pairs that a keyword can have at one place: their first and second bytes, where it is settled.
type Wanted = (Option<usize>, Option<usize>);

/// Returns what a word wants of each pair, if it begins at the first byte of the first pair, or at the second.
fn wanted(word: &[u8], begins: usize) -> [Wanted; REACH] {
    let at = |place: usize| word.get(place.checked_sub(begins)?).copied().map(kind);
    std::array::from_fn(|pair| (at(2 * pair), at(2 * pair + 1)))
}

fn all(kind: Option<usize>) -> impl Iterator<Item = usize> + Clone {
    (0..KINDS).filter(move |&other| kind.is_none_or(|kind| kind == other))
}

impl Keywords {
    fn new() -> Self {
        let mut words: Vec<&'static str> = RULES.iter().flat_map(|row| row.rule.keywords).copied().collect();
        words.sort_unstable();
        words.dedup();
        let mut tables = Box::new([[0; PAIRS]; REACH]);
        let mut groups = Vec::with_capacity(GROUPS);
        for (number, members) in divide(&words).into_iter().enumerate() {
            for (word, begins) in members.iter().flat_map(|word| [(word, 0), (word, 1)]) {
                for (table, (first, second)) in tables.iter_mut().zip(wanted(word.as_bytes(), begins)) {
                    for (first, second) in
                        all(first).flat_map(|first| all(second).map(move |second| (first, second)))
                    {
                        table[first + KINDS * second] |= 1 << (number + begins * GROUPS);
                    }
                }
            }
            let waiting = |word: &str| {
                (0..RULES.len()).filter(|&rank| RULES[rank].rule.keywords.contains(&word)).collect()
            };
            groups.push(members.iter().map(|word| Keyword::new(word.as_bytes(), waiting(word))).collect());
        }
        let dotted = (0..RULES.len()).filter(|&rank| RULES[rank].rule.keywords.is_empty()).collect();
        Self { tables, groups, dotted }
    }

    /// Calls `found` with the place of each keyword in `bytes`, in order, and the rank of a rule for it.
    pub(super) fn each(&self, bytes: &[u8], mut found: impl FnMut(usize, usize)) {
        let (chunks, rest) = bytes.as_chunks::<8>();
        let mut screen = Screen { tables: &self.tables, last: 0, but_one: 0 };
        let mut look = |at: usize, chunk: &[u8; 8]| {
            let passed = screen.pass(chunk);
            if passed[0] | passed[1] | passed[2] | passed[3] != 0 {
                self.confirm_step(bytes, at, &passed, &mut found);
            }
        };
        for (number, chunk) in chunks.iter().enumerate() {
            look(8 * number, chunk);
        }
        // The last pairs have fewer bytes behind them than the screen looks at.
        let mut end = [0; 16];
        end[..rest.len()].copy_from_slice(rest);
        for (number, chunk) in end.as_chunks::<8>().0.iter().enumerate() {
            look(bytes.len() - rest.len() + 8 * number, chunk);
        }
    }

    /// Looks closer at what passed the screen in the step at `at`.
    #[cold]
    fn confirm_step(&self, bytes: &[u8], at: usize, passed: &[u64; 4], found: &mut impl FnMut(usize, usize)) {
        for (pair, &groups) in passed.iter().enumerate().filter(|(_, groups)| **groups != 0) {
            // The first two pairs are those that waited for this step.
            let Some(at) = (at + 2 * pair).checked_sub(2 * (REACH - 1)) else { continue };
            self.confirm(bytes, at, groups & u64::from(u32::MAX), found);
            self.confirm(bytes, at + 1, groups >> GROUPS, found);
        }
    }

    fn confirm(&self, bytes: &[u8], at: usize, mut passed: u64, found: &mut impl FnMut(usize, usize)) {
        let Some(rest) = bytes.get(at..) else { return };
        let here = head(rest);
        while passed != 0 {
            for keyword in &self.groups[passed.trailing_zeros() as usize] {
                let alike = here & keyword.mask == keyword.head;
                let whole =
                    || rest.get(..keyword.word.len()).is_some_and(|w| w.eq_ignore_ascii_case(keyword.word));
                if alike && whole() {
                    keyword.ranks.iter().for_each(|&rank| found(at, rank));
                }
            }
            passed &= passed - 1;
        }
    }
}

/// A walk over a text, eight bytes a step.
struct Screen<'k> {
    tables: &'k [[u64; PAIRS]; REACH],
    /// The groups that the last pair allows to begin at it.
    last: u64,
    /// The groups that the last pair but one and the last allow to begin at the former.
    but_one: u64,
}

impl Screen<'_> {
    /// Takes the next bytes; returns the groups that can begin at each of four pairs, the first of which is the
    /// last but one of the step before.
    #[inline]
    fn pass(&mut self, chunk: &[u8; 8]) -> [u64; 4] {
        const KIND: u8 = KINDS as u8 - 1;
        const FIRST: u64 = u64::from_le_bytes([KIND, 0, KIND, 0, KIND, 0, KIND, 0]);
        let bytes = u64::from_le_bytes(*chunk);
        // The second byte of a pair goes right behind the five bits of the first.
        let pairs = bytes & FIRST | (bytes & FIRST << 8) >> 3;
        let pair = |bits: u32| (pairs >> bits) as usize % PAIRS;
        let (a, b, c, d) = (pair(0), pair(16), pair(32), pair(48));
        let [first, second, third] = self.tables;
        let passed = [
            self.but_one & third[a],
            self.last & second[a] & third[b],
            first[a] & second[b] & third[c],
            first[b] & second[c] & third[d],
        ];
        self.but_one = first[c] & second[d];
        self.last = first[d];
        passed
    }
}

/// Divides the sorted `words` into at most [`GROUPS`] runs such that the least text passes the screen.
///
/// A group lets through every mixture of its members' bytes, so frequent beginnings want to be alone and
/// rare ones can share. Neighbours in the order of the alphabet share their first bytes anyway; where to cut
/// is found by dynamic programming over (number of runs, words divided), in less than a millisecond.
fn divide<'w>(words: &'w [&'static str]) -> Vec<&'w [&'static str]> {
    /// The longest run that is considered.
    const RUN: usize = 24;
    let count = words.len();
    let frequencies: [f64; KINDS] = std::array::from_fn(|kind| {
        let bytes = (0..128u8).filter(|byte| !byte.is_ascii_uppercase());
        bytes.filter(|&byte| self::kind(byte) == kind).map(frequency).sum()
    });
    let share = |kind: Option<usize>| kind.map_or(1.0, |kind| frequencies[kind]);
    let mut costs = vec![[f64::INFINITY; RUN + 1]; count];
    for (from, costs) in costs.iter_mut().enumerate() {
        let mut seen: [[Vec<Wanted>; REACH]; 2] = Default::default();
        let mut passed = [[0.0_f64; REACH]; 2];
        for (word, cost) in words[from..].iter().zip(&mut costs[1..]) {
            for begins in 0..2 {
                for (place, pair) in wanted(word.as_bytes(), begins).into_iter().enumerate() {
                    if !seen[begins][place].contains(&pair) {
                        seen[begins][place].push(pair);
                        passed[begins][place] += share(pair.0) * share(pair.1);
                    }
                }
            }
            *cost =
                passed.iter().map(|shares| shares.iter().map(|share| share.min(1.0)).product::<f64>()).sum();
        }
    }
    // For each number of runs and of words: the least cost, and the length of the last run at that cost.
    let mut best = vec![vec![(f64::INFINITY, 0); count + 1]; GROUPS + 1];
    best[0][0].0 = 0.0;
    for runs in 1..=GROUPS {
        for end in 1..=count {
            for length in 1..=RUN.min(end) {
                let cost = best[runs - 1][end - length].0 + costs[end - length][length];
                if cost < best[runs][end].0 {
                    best[runs][end] = (cost, length);
                }
            }
        }
    }
    let mut runs = (0..=GROUPS).min_by(|&a, &b| best[a][count].0.total_cmp(&best[b][count].0)).unwrap_or(0);
    let mut end = count;
    let mut divided = Vec::with_capacity(runs);
    while runs > 0 {
        let start = end - best[runs][end].1;
        divided.push(&words[start..end]);
        end = start;
        runs -= 1;
    }
    divided
}

/// Returns roughly what share of the bytes of a transcript are `byte` in either case.
fn frequency(byte: u8) -> f64 {
    match byte {
        b' ' => 0.12,
        b'e' | b't' | b'a' | b'o' | b'i' | b'n' | b's' | b'r' => 0.06,
        b'a'..=b'z' => 0.02,
        b'0'..=b'9' | b'.' | b'-' | b'/' | b'_' | b':' | b'"' => 0.01,
        _ => 0.002,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(text: &str) -> Vec<(usize, usize)> {
        let mut found = Vec::new();
        KEYWORDS.each(text.as_bytes(), |at, rank| found.push((at, rank)));
        found
    }

    #[test]
    fn each_keyword_is_found_anywhere_in_any_case() {
        for (rank, row) in RULES.iter().enumerate() {
            for word in row.rule.keywords {
                assert_eq!(*word, word.to_ascii_lowercase(), "keywords are written in lower case");
                assert!(word.len() >= 2 && word.is_ascii());
                for (text, at) in [
                    ((*word).to_owned(), 0),
                    (format!("é {word}"), 3),
                    (format!("{} and more", word.to_ascii_uppercase()), 0),
                ] {
                    assert!(found(&text).contains(&(at, rank)), "{word}");
                }
                let shorter = &word[..word.len() - 1];
                let other = row.rule.keywords.iter().any(|other| shorter.starts_with(other));
                assert_eq!(found(shorter).contains(&(0, rank)), other, "{word}");
            }
        }
    }

    #[test]
    fn no_word_is_lost_in_the_division() {
        let mut words: Vec<&'static str> = RULES.iter().flat_map(|row| row.rule.keywords).copied().collect();
        words.sort_unstable();
        words.dedup();
        let divided = divide(&words);
        assert!(divided.len() <= GROUPS);
        let mut again: Vec<&str> = divided.concat();
        again.sort_unstable();
        assert_eq!(again, words);
        assert!(divide(&[]).is_empty());
    }

    #[test]
    fn there_is_one_rule_without_a_keyword_and_ordinary_text_passes() {
        assert_eq!(KEYWORDS.dotted.len(), 1);
        assert_eq!(found("The build runs in two steps; nothing else does."), []);
        assert_eq!(found(""), []);
    }
}
