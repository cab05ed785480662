//! When a workflow is used: the words that requests of conforming sessions share and others do not.

use std::collections::{BTreeMap, BTreeSet};

use somnium_types::{Actor, Origin};

use crate::normalise::{Normalised, Quote};
use crate::stats;

/// A word needs this share of the conforming sessions, in percent.
const SHARE: usize = 40;
/// Level of the test against the other sessions, over all words.
const LEVEL: f64 = 0.05;
/// How much more common a word has to be in conforming sessions.
const TIMES: f64 = 1.5;
/// Tasks (or people, or sessions where neither is known) that have to say it: what one task says is its content.
const SPREAD: usize = 3;
/// Most words.
const MAX_WORDS: usize = 3;
/// Shortest and longest word, in letters.
const LENGTH: std::ops::RangeInclusive<usize> = 4..=24;

/// Words that say how something is said, not what is wanted. English; a list for another language goes beside it.
const FUNCTION_WORDS: &[&str] = &[
    "about",
    "after",
    "again",
    "all",
    "also",
    "another",
    "anything",
    "back",
    "because",
    "been",
    "before",
    "being",
    "both",
    "but",
    "can't",
    "could",
    "does",
    "doesn't",
    "doing",
    "don't",
    "each",
    "else",
    "even",
    "every",
    "false",
    "first",
    "from",
    "getting",
    "give",
    "going",
    "hasn't",
    "have",
    "haven't",
    "having",
    "hello",
    "help",
    "here",
    "how",
    "however",
    "i'd",
    "i'll",
    "i'm",
    "i've",
    "into",
    "isn't",
    "it's",
    "just",
    "keep",
    "know",
    "last",
    "let's",
    "like",
    "look",
    "made",
    "make",
    "many",
    "maybe",
    "more",
    "most",
    "much",
    "must",
    "need",
    "needs",
    "none",
    "note",
    "null",
    "okay",
    "once",
    "only",
    "other",
    "over",
    "please",
    "possible",
    "really",
    "right",
    "same",
    "says",
    "should",
    "since",
    "some",
    "something",
    "still",
    "such",
    "sure",
    "take",
    "than",
    "thank",
    "thanks",
    "that",
    "that's",
    "their",
    "them",
    "then",
    "there",
    "these",
    "they",
    "thing",
    "things",
    "think",
    "this",
    "those",
    "through",
    "true",
    "under",
    "until",
    "using",
    "very",
    "want",
    "wanted",
    "wants",
    "well",
    "were",
    "what",
    "what's",
    "when",
    "where",
    "which",
    "while",
    "will",
    "with",
    "without",
    "won't",
    "work",
    "would",
    "your",
    "yours",
    "you'd",
    "you're",
];

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
    let mut spread: BTreeMap<String, BTreeSet<&str>> = BTreeMap::new();
    for session in conforming {
        let task = session.task.as_ref().map(|task| task.as_str());
        let of = task.or(session.principal.as_ref().map(|who| who.as_str())).unwrap_or(session.id.as_str());
        words(session).into_iter().for_each(|word| _ = spread.entry(word).or_default().insert(of));
    }
    let share = |count: usize, of: usize| count as f64 / of.max(1) as f64;
    let (with, without) = (count(conforming), count(others));
    let common: Vec<(&String, usize, usize)> = with
        .iter()
        .filter(|(_, count)| **count * 100 >= conforming.len() * SHARE)
        .filter(|(word, _)| spread.get(*word).is_some_and(|of| of.len() >= SPREAD))
        .map(|(word, count)| (word, *count, without.get(word).copied().unwrap_or(0)))
        .filter(|(_, a, b)| share(*a, conforming.len()) >= TIMES * share(*b, others.len()))
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

/// Returns the clauses of the request: what a person says first.
pub(super) fn request(session: &Normalised) -> impl Iterator<Item = &Quote> {
    let said = session
        .turns
        .iter()
        .filter(|turn| turn.by == Actor::User && matches!(turn.origin, Origin::Owner | Origin::Teammate));
    said.take(1).flat_map(|turn| &turn.clauses)
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
        .filter(|word| {
            LENGTH.contains(&word.chars().count()) && word.chars().all(|c| c.is_alphabetic() || c == '\'')
        })
        .map(str::to_lowercase)
        .filter(|word| !FUNCTION_WORDS.contains(&word.as_str()))
}
