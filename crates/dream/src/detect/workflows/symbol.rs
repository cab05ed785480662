//! The alphabet: what kinds of steps there are.
//!
//! The predictor of next actions uses it, too, so that what is mined and what is predicted are the same things.

use std::collections::{BTreeMap, BTreeSet};

use crate::normalise::{FILE_CLASS, Normalised, Step};

/// A kind of step, by its place in [`Alphabet::names`].
pub(crate) type Symbol = u16;

/// Steps that are too rare to have a symbol of their own.
pub(crate) const RARE: Symbol = 0;
/// The agent asks, and a person answers.
pub(crate) const ASK: Symbol = 1;

/// A kind of step needs this share of the sessions, in percent, and this many sessions.
const MIN_SHARE: usize = 1;
const MIN_SESSIONS: usize = 2;
/// The same for a special kind of a tool or program: below, it is merged with the general one, so that the alphabet
/// stays small enough to find patterns in it.
const MIN_SPECIAL: usize = 8;
/// A special kind that has this share of the general one, in percent, says no more than it.
const SAME: usize = 95;
/// Most symbols.
const MAX_SYMBOLS: usize = 240;
/// A verb has at most this many values …
const MAX_VERBS: usize = 8;
/// … of at most this many bytes, and stands in this share of the calls, in percent.
const MAX_VERB: usize = 24;
const VERB_SHARE: usize = 95;
/// Calls of a tool from which on its verb is looked for.
const VERB_CALLS: usize = 10;

/// The kinds of steps of a set of sessions.
#[derive(Clone, Debug, Default)]
pub(crate) struct Alphabet {
    /// The argument of a tool that says what it does.
    verbs: BTreeMap<String, String>,
    /// By the words of the kind, joined by a blank.
    symbols: BTreeMap<String, Symbol>,
    names: Vec<Vec<String>>,
}

impl Alphabet {
    /// Settles the alphabet of these sessions. Their order changes nothing.
    pub(crate) fn of(sessions: &[&Normalised]) -> Self {
        let mut alphabet = Self { verbs: verbs(sessions), ..Self::default() };
        let needed = |key: &str| {
            let share = if key.contains('\t') { MIN_SPECIAL } else { MIN_SHARE };
            MIN_SESSIONS.max(sessions.len() * share / 100)
        };
        let counts = alphabet.count(sessions);
        let mut kept: Vec<(&String, &(BTreeSet<usize>, usize))> = counts
            .iter()
            .filter(|(key, (seen, steps))| seen.len() >= needed(key) && tells(key, *steps, &counts))
            .collect();
        kept.sort_by(|a, b| b.1.0.len().cmp(&a.1.0.len()).then_with(|| a.0.cmp(b.0)));
        kept.truncate(MAX_SYMBOLS);
        let mut keys: Vec<&String> = kept.into_iter().map(|(key, _)| key).collect();
        keys.sort();
        alphabet.names = vec![Vec::new(), Vec::new()];
        for key in keys {
            let symbol = Symbol::try_from(alphabet.names.len()).unwrap_or(RARE);
            alphabet.symbols.insert(key.clone(), symbol);
            alphabet.names.push(key.split('\t').map(str::to_owned).collect());
        }
        alphabet
    }

    /// How many sessions show each kind at each level, and how many steps.
    fn count(&self, sessions: &[&Normalised]) -> BTreeMap<String, (BTreeSet<usize>, usize)> {
        let mut counts: BTreeMap<String, (BTreeSet<usize>, usize)> = BTreeMap::new();
        for (at, session) in sessions.iter().enumerate() {
            for words in session.steps.iter().filter_map(|step| self.words(step)) {
                for end in 1..=words.len() {
                    let entry = counts.entry(words[..end].join("\t")).or_default();
                    entry.0.insert(at);
                    entry.1 += 1;
                }
            }
        }
        counts
    }

    /// Returns the kind of a step; `None` for one that neither asks nor changes anything.
    pub(crate) fn symbol(&self, step: &Step) -> Option<Symbol> {
        let words = self.words(step)?;
        let kinds = (1..=words.len()).rev();
        Some(
            kinds
                .into_iter()
                .find_map(|end| self.symbols.get(&words[..end].join("\t")).copied())
                .unwrap_or(RARE),
        )
    }

    /// Returns how many symbols there are, [`RARE`] and [`ASK`] included.
    pub(crate) fn len(&self) -> usize {
        self.names.len()
    }

    /// Returns the words of a kind, from the general to the special; none of [`RARE`] and [`ASK`].
    pub(crate) fn name(&self, symbol: Symbol) -> &[String] {
        self.names.get(usize::from(symbol)).map_or(&[], Vec::as_slice)
    }

    /// The words of a step's action, with the verb of its tool behind the tool.
    fn words(&self, step: &Step) -> Option<Vec<String>> {
        let mut words = step.action.clone();
        let first = words.first()?;
        if !step.is_shell {
            if step.tool.starts_with("user:") {
                words[0] = step.tool.clone();
            } else if let Some(path) = self.verbs.get(first)
                && let Some(arg) = step.args.iter().find(|arg| arg.path == *path)
            {
                words.insert(1, arg.value.clone());
            }
        }
        Some(words)
    }
}

/// Whether a kind says more than the next more general one.
fn tells(key: &str, steps: usize, counts: &BTreeMap<String, (BTreeSet<usize>, usize)>) -> bool {
    let Some((general, _)) = key.rsplit_once('\t') else { return true };
    counts.get(general).is_none_or(|(_, all)| steps * 100 < all * SAME)
}

/// Returns the argument of each tool that says what it does: a word out of a few that decides which other
/// arguments there are.
fn verbs(sessions: &[&Normalised]) -> BTreeMap<String, String> {
    type Names = BTreeMap<BTreeSet<String>, usize>;
    let mut calls: BTreeMap<&str, usize> = BTreeMap::new();
    let mut values: BTreeMap<(&str, &str), BTreeMap<&str, Names>> = BTreeMap::new();
    for step in sessions.iter().flat_map(|session| &session.steps).filter(|step| !step.is_shell && step.ok) {
        *calls.entry(&step.tool).or_default() += 1;
        let names: BTreeSet<String> = step.args.iter().map(|arg| arg.path.clone()).collect();
        for arg in step.args.iter().filter(|arg| is_verb(&arg.value)) {
            let by_value = values.entry((&step.tool, &arg.path)).or_default();
            if by_value.len() <= MAX_VERBS {
                *by_value.entry(&arg.value).or_default().entry(names.clone()).or_default() += 1;
            }
        }
    }
    let mut verbs = BTreeMap::new();
    for ((tool, path), by_value) in values {
        let all = calls.get(tool).copied().unwrap_or(0);
        let with: usize = by_value.values().flat_map(|names| names.values()).sum();
        let usual: BTreeSet<_> = by_value
            .values()
            .filter_map(|names| {
                names.iter().max_by_key(|(names, count)| (**count, std::cmp::Reverse(*names)))
            })
            .map(|(names, _)| names)
            .collect();
        let decides = (2..=MAX_VERBS).contains(&by_value.len()) && usual.len() >= 2;
        if all >= VERB_CALLS && with * 100 >= all * VERB_SHARE && decides {
            verbs.entry(tool.to_owned()).or_insert_with(|| path.to_owned());
        }
    }
    verbs
}

fn is_verb(value: &str) -> bool {
    !value.is_empty()
        && value.len() <= MAX_VERB
        && value.chars().all(|c| c.is_ascii_lowercase() || c == '_' || c == '-')
}

/// Splits the words of a kind into those that stand in a call, and the class of the file that it is about.
pub(crate) fn parts(words: &[String]) -> (Vec<String>, Option<&str>) {
    let code = words.iter().filter(|word| !word.starts_with(FILE_CLASS)).cloned().collect();
    (code, words.iter().find_map(|word| word.strip_prefix(FILE_CLASS)))
}
