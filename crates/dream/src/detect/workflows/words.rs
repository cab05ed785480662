//! When a workflow is used: the words that requests of conforming sessions share and others do not.

use std::collections::{BTreeMap, BTreeSet};

use somnium_types::{Actor, Origin};

use crate::normalise::{Normalised, Quote};
use crate::stats;

/// A word needs this share of the conforming sessions, in percent.
const SHARE: usize = 40;
/// Level of the test against the other sessions, over all words.
const LEVEL: f64 = 0.05;
/// Most words.
const MAX_WORDS: usize = 3;
/// Shortest and longest word, in letters.
const LENGTH: std::ops::RangeInclusive<usize> = 4..=24;
/// Turns of a person that count as the request.
const TURNS: usize = 2;

/// A word with how many conforming and other sessions say it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Word {
    pub(super) word: String,
    pub(super) with: usize,
    pub(super) without: usize,
}

/// Returns the words that tell conforming sessions from the others, the most telling first.
pub(super) fn telling(conforming: &[&Normalised], others: &[&Normalised]) -> Vec<Word> {
    let count = |sessions: &[&Normalised]| {
        let mut counts: BTreeMap<String, usize> = BTreeMap::new();
        for word in sessions.iter().flat_map(|session| words(session)) {
            *counts.entry(word).or_default() += 1;
        }
        counts
    };
    let (with, without) = (count(conforming), count(others));
    let common: Vec<(&String, usize, usize)> = with
        .iter()
        .filter(|(_, count)| **count * 100 >= conforming.len() * SHARE)
        .map(|(word, count)| (word, *count, without.get(word).copied().unwrap_or(0)))
        .collect();
    let p: Vec<f64> = common
        .iter()
        .map(|(_, a, b)| {
            stats::fisher_greater(*a as u64, conforming.len() as u64, *b as u64, others.len() as u64)
        })
        .collect();
    let q = stats::benjamini_hochberg(&p);
    let mut telling: Vec<(f64, Word)> = common
        .into_iter()
        .zip(q)
        .filter(|(_, q)| *q <= LEVEL)
        .map(|((word, with, without), q)| (q, Word { word: word.clone(), with, without }))
        .collect();
    telling.sort_by(|a, b| {
        a.0.total_cmp(&b.0).then_with(|| b.1.with.cmp(&a.1.with)).then_with(|| a.1.word.cmp(&b.1.word))
    });
    let mut chosen: Vec<Word> = Vec::new();
    for (_, word) in telling {
        // `exchange` and `exchanges` are one word to a reader.
        let same = |other: &Word| other.word.starts_with(&word.word) || word.word.starts_with(&other.word);
        if chosen.len() < MAX_WORDS && !chosen.iter().any(same) {
            chosen.push(word);
        }
    }
    chosen
}

/// Returns the clauses of the request.
pub(super) fn request(session: &Normalised) -> impl Iterator<Item = &Quote> {
    let said = session
        .turns
        .iter()
        .filter(|turn| turn.by == Actor::User && matches!(turn.origin, Origin::Owner | Origin::Teammate));
    said.take(TURNS).flat_map(|turn| &turn.clauses)
}

/// Returns whether a clause says a word.
pub(super) fn says(clause: &str, word: &str) -> bool {
    split(clause).any(|other| other == word)
}

fn words(session: &Normalised) -> BTreeSet<String> {
    request(session).flat_map(|clause| split(&clause.text).collect::<Vec<_>>()).collect()
}

fn split(text: &str) -> impl Iterator<Item = String> {
    text.split(|c: char| !c.is_alphanumeric() && c != '\'')
        .filter(|word| LENGTH.contains(&word.chars().count()) && word.chars().all(char::is_alphabetic))
        .map(str::to_lowercase)
}
