//! When two sentences say the same, the opposite, or something else about the same thing. Careful on purpose: what
//! is not clearly the same does not count as support.

use std::collections::BTreeSet;

/// Words that turn a sentence round. Only ever used to keep sentences apart.
const NEGATIONS: &[&str] = &[
    "aucun",
    "avoid",
    "aren't",
    "can't",
    "cannot",
    "didn't",
    "doesn't",
    "don't",
    "isn't",
    "jamais",
    "jamás",
    "kein",
    "keine",
    "keinen",
    "never",
    "nicht",
    "nie",
    "niemals",
    "no",
    "nor",
    "not",
    "nunca",
    "pas",
    "sans",
    "shouldn't",
    "sin",
    "stop",
    "without",
    "won't",
];
/// Words that come and go with them, or with manners.
const FILLERS: &[&str] = &["always", "do", "does", "please"];
/// Fewest words of a sentence that may be found inside a longer one.
const MIN_INSIDE: usize = 3;
/// Longest sentence around it, in tenths of its length.
const MAX_AROUND: usize = 18;

/// Cuts a sentence into words: lower case, without the marks around them.
pub(super) fn tokens(text: &str) -> Vec<String> {
    text.split_whitespace()
        .map(|word| word.trim_matches(|c: char| !c.is_alphanumeric()).replace('’', "'").to_lowercase())
        .filter(|word| !word.is_empty())
        .collect()
}

/// A sentence, ready to be compared.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Sentence {
    words: Vec<String>,
    set: BTreeSet<String>,
    /// Names, paths, numbers: words that nothing can stand in for.
    marked: BTreeSet<String>,
    negated: bool,
}

impl Sentence {
    pub(super) fn of(text: &str) -> Self {
        let (mut words, mut negations) = (Vec::new(), 0);
        for word in tokens(text) {
            if NEGATIONS.contains(&word.as_str()) {
                negations += 1;
            } else if !FILLERS.contains(&word.as_str()) {
                words.push(word);
            }
        }
        let set: BTreeSet<String> = words.iter().cloned().collect();
        let marked = set.iter().filter(|word| is_marked(word)).cloned().collect();
        Self { words, set, marked, negated: negations % 2 == 1 }
    }

    /// Returns the words in one line: equal for sentences that differ by case and marks alone.
    pub(super) fn canonical(&self) -> String {
        let not = if self.negated { "not " } else { "" };
        format!("{not}{}", self.words.join(" "))
    }

    /// Whether both say the same: the same words, or one with a few words more around it.
    pub(super) fn says_the_same_as(&self, other: &Self) -> bool {
        if self.negated != other.negated || self.set.is_empty() {
            return false;
        }
        if self.words == other.words {
            return true;
        }
        let (short, long) = if self.set.len() <= other.set.len() { (self, other) } else { (other, self) };
        short.set.len() >= MIN_INSIDE
            && long.set.len() * 10 <= short.set.len() * MAX_AROUND
            && short.marked == long.marked
            && short.set.is_subset(&long.set)
    }

    /// Whether one denies what the other says.
    pub(super) fn denies(&self, other: &Self) -> bool {
        self.negated != other.negated && !self.set.is_empty() && self.set == other.set
    }

    /// Whether it says something else of the same thing: the contrary about a name that both have, or nearly the
    /// same sentence with another value.
    pub(super) fn is_at_odds_with(&self, other: &Self) -> bool {
        if self.says_the_same_as(other) {
            return false;
        }
        let contrary = self.negated != other.negated && !self.marked.is_disjoint(&other.marked);
        let common = self.set.intersection(&other.set).count();
        let all = self.set.union(&other.set).count();
        contrary || (common >= MIN_INSIDE && common * 2 >= all)
    }
}

/// Whether a word looks like a name in code: it holds a digit, or a mark between letters.
fn is_marked(word: &str) -> bool {
    word.chars().any(|c| c.is_ascii_digit() || (c.is_ascii_punctuation() && c != '\'' && c != '-'))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn same(a: &str, b: &str) -> bool {
        Sentence::of(a).says_the_same_as(&Sentence::of(b))
    }

    #[test]
    fn the_same_sentence_in_other_clothes_is_the_same() {
        assert!(same("Deploys go through rel.sh.", "deploys go through `rel.sh`"));
        assert!(same("As I said before: use pnpm in this repo", "Please use pnpm in this repo!"));
        assert!(same("don't use rel.sh", "never use rel.sh"));
    }

    #[test]
    fn another_value_or_a_denial_is_not_the_same() {
        for (a, b) in [
            ("deploys go through rel.sh", "deploys never go through rel.sh"),
            ("deploys go through rel.sh", "deploys go through ship.sh"),
            ("the port of the local server is 8081", "the port of the local server is 8082"),
            ("we deploy on friday from main", "we deploy on monday from main"),
            ("ok", "ok"),
        ] {
            assert_eq!(same(a, b), a == b, "{a} / {b}");
        }
        assert!(Sentence::of("never use rel.sh").denies(&Sentence::of("use rel.sh")));
        assert!(!Sentence::of("use pnpm, not npm").denies(&Sentence::of("use pnpm")));
    }

    #[test]
    fn a_rule_is_at_odds_with_its_contrary_and_not_with_other_matters() {
        let odds = |a: &str, b: &str| Sentence::of(a).is_at_odds_with(&Sentence::of(b));
        assert!(odds("never use rel.sh", "deploys go through rel.sh"));
        assert!(odds("deploys go through rel.sh", "deploys go through ship.sh"));
        assert!(!odds("deploys go through rel.sh", "Deploys go through rel.sh."));
        assert!(!odds("never store card numbers", "deploys go through rel.sh"));
    }
}
