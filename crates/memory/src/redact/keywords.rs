//! The screen that clean text passes through: where do the keywords of the rules stand?
//!
//! Four table look-ups per byte, one for each of the four bytes from there on, give the groups of keywords
//! that can begin at it; their conjunction is almost always empty. The look-ups do not depend on each other,
//! as the steps of an automaton do, so that the processor overlaps them: on transcripts this reads two to three
//! times as fast as an Aho-Corasick automaton over the same 250 keywords, which is also why it is not one.
//! (The idea is that of the Teddy and FDR algorithms of Hyperscan, Wang et al., NSDI 2019, in scalar form.)

use std::sync::LazyLock;

use super::rules::RULES;

/// How many bytes of a keyword the screen looks at.
const REACH: usize = 4;
/// How many groups there are: one bit of a look-up each.
const GROUPS: usize = 64;

/// A keyword in lower case and the ranks of the rules that wait for it.
struct Keyword {
    word: &'static [u8],
    ranks: Vec<usize>,
}

/// The keywords of all rules. Built at the first use, in microseconds; the rules' own expressions are
/// compiled one by one, when a keyword of theirs is first met.
pub(super) struct Keywords {
    /// For each of the bytes from a place on, and each value of it: the groups that it does not rule out.
    tables: Box<[[u64; 256]; REACH]>,
    groups: Vec<Vec<Keyword>>,
    /// The ranks of the rules without a keyword, which wait for two dots seven bytes apart.
    pub(super) dotted: Vec<usize>,
}

pub(super) static KEYWORDS: LazyLock<Keywords> = LazyLock::new(Keywords::new);

impl Keywords {
    fn new() -> Self {
        let mut words: Vec<&'static str> = RULES.iter().flat_map(|row| row.rule.keywords).copied().collect();
        words.sort_unstable();
        words.dedup();
        let mut tables = Box::new([[0; 256]; REACH]);
        let mut groups = Vec::with_capacity(GROUPS);
        for (number, members) in divide(&words).into_iter().enumerate() {
            for word in members {
                for (at, table) in tables.iter_mut().enumerate() {
                    for (byte, groups) in (0u8..=255).zip(table.iter_mut()) {
                        if word.as_bytes().get(at).is_none_or(|wanted| byte.eq_ignore_ascii_case(wanted)) {
                            *groups |= 1 << number;
                        }
                    }
                }
            }
            let waiting = |word: &str| {
                (0..RULES.len()).filter(|&rank| RULES[rank].rule.keywords.contains(&word)).collect()
            };
            groups.push(
                members.iter().map(|word| Keyword { word: word.as_bytes(), ranks: waiting(word) }).collect(),
            );
        }
        let dotted = (0..RULES.len()).filter(|&rank| RULES[rank].rule.keywords.is_empty()).collect();
        Self { tables, groups, dotted }
    }

    /// Calls `found` with the place of each keyword in `bytes`, in order, and the rank of a rule for it.
    pub(super) fn each(&self, bytes: &[u8], mut found: impl FnMut(usize, usize)) {
        let [first, second, third, fourth] = &*self.tables;
        let groups = |window: &[u8; REACH]| {
            first[usize::from(window[0])]
                & second[usize::from(window[1])]
                & third[usize::from(window[2])]
                & fourth[usize::from(window[3])]
        };
        for (at, window) in bytes.array_windows::<REACH>().enumerate() {
            let passed = groups(window);
            if passed != 0 {
                self.confirm(bytes, at, passed, &mut found);
            }
        }
        // The last places have fewer bytes behind them than the screen looks at.
        for at in bytes.len().saturating_sub(REACH - 1)..bytes.len() {
            let mut window = [0; REACH];
            for (to, from) in window.iter_mut().zip(&bytes[at..]) {
                *to = *from;
            }
            self.confirm(bytes, at, groups(&window), &mut found);
        }
    }

    fn confirm(&self, bytes: &[u8], at: usize, mut passed: u64, found: &mut impl FnMut(usize, usize)) {
        while passed != 0 {
            for Keyword { word, ranks } in &self.groups[passed.trailing_zeros() as usize] {
                let Some(here) = bytes.get(at..at + word.len()) else { continue };
                // The last byte is the one that the screen has seen least of.
                let ends_alike = here.last().map(u8::to_ascii_lowercase) == word.last().copied();
                if ends_alike && here.eq_ignore_ascii_case(word) {
                    ranks.iter().for_each(|&rank| found(at, rank));
                }
            }
            passed &= passed - 1;
        }
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
    let mut costs = vec![[f64::INFINITY; RUN + 1]; count];
    for (from, costs) in costs.iter_mut().enumerate() {
        let mut seen = [[false; 256]; REACH];
        let mut passed = [0.0_f64; REACH];
        for (word, cost) in words[from..].iter().zip(&mut costs[1..]) {
            for at in 0..REACH {
                match word.as_bytes().get(at) {
                    Some(&byte) if seen[at][usize::from(byte)] => {}
                    Some(&byte) => {
                        seen[at][usize::from(byte)] = true;
                        passed[at] += frequency(byte);
                    }
                    None => passed[at] = 1.0,
                }
            }
            *cost = passed.iter().map(|share| share.min(1.0)).product();
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
