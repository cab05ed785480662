//! M17: are the preferences mined from real work worth keeping?
//!
//! What is published on the set of real work is mixed with the list of a baseline (the clauses that occur in most
//! sessions) and with what the gates held back, under ids that are hashes of the words, so that a judge sees sentences and nothing else. The rubric, the
//! mixed list and the verdicts are in `bench/reports/`; this module makes the list, and counts the verdicts. A
//! sentence without a verdict counts as not kept, and is listed.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;

use anyhow::{Result, bail};
use serde::Serialize;
use somnium_dream::{ClaimKind, Normalised, Options};
use somnium_types::{Actor, sha256_hex};

use crate::figure::{Figure, Goal, Unit};
use crate::mining::dream_of;
use crate::report::{Context, Measured};

/// The set with real work of people.
const SET: &str = "entire";
/// Sentences of the baseline: as many as a topic file holds.
const BASELINE: usize = 12;
/// Sessions that a clause of the baseline is said in.
const MIN_SESSIONS: usize = 2;
/// How ids of preferences start.
const PREFERENCE: &str = "p-";
const KEEP: Goal = Goal::AtLeast(0.70);
const NOISE: Goal = Goal::AtMost(0.0);

/// The verdicts that were given, as `id<tab>verdict<tab>sentence`.
const VERDICTS: &str = include_str!("../../reports/m17-verdicts.tsv");

/// What a judge says of a sentence.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    /// Worth keeping.
    Keep,
    /// No use.
    Drop,
    /// No sentence about how work is to be.
    Noise,
}

/// One sentence with its neutral id.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Sentence {
    /// A hash of the words: it tells nothing of where they come from, and gives the list its order.
    pub id: String,
    /// The words.
    pub words: String,
}

impl Sentence {
    fn of(words: &str) -> Self {
        let words = words.trim_matches(['“', '”']).to_owned();
        Self { id: sha256_hex(words.to_lowercase().as_bytes()).to_string()[..8].to_owned(), words }
    }
}

/// Reads the verdicts.
///
/// # Errors
///
/// If a line has another form.
pub fn verdicts(text: &str) -> Result<BTreeMap<String, Verdict>> {
    let mut verdicts = BTreeMap::new();
    for line in text.lines().filter(|line| !line.is_empty() && !line.starts_with('#')) {
        let mut cells = line.split('\t');
        let (Some(id), Some(verdict)) = (cells.next(), cells.next()) else { bail!("not a verdict: {line}") };
        let verdict = match verdict {
            "keep" => Verdict::Keep,
            "drop" => Verdict::Drop,
            "noise" => Verdict::Noise,
            other => bail!("`{other}` is no verdict"),
        };
        verdicts.insert(id.to_owned(), verdict);
    }
    Ok(verdicts)
}

/// Returns the titles of the preferences that a dream publishes, and of those that its gates held back.
///
/// # Errors
///
/// If the dream fails.
pub fn mined(sessions: &[Normalised]) -> Result<(Vec<Sentence>, Vec<Sentence>)> {
    let dreamt = dream_of(&sessions.iter().collect::<Vec<_>>(), &Options::default())?;
    let claims = dreamt.report.claims.iter().filter(|claim| claim.kind == ClaimKind::Preference);
    let published = claims.map(|claim| Sentence::of(&claim.title)).collect();
    let misses = dreamt.report.near_misses.iter().filter(|miss| miss.id.as_str().starts_with(PREFERENCE));
    Ok((
        published,
        misses.map(|miss| Sentence::of(&miss.title)).filter(|miss| !miss.words.is_empty()).collect(),
    ))
}

/// Returns the clauses of more than one word that most people say in most sessions, documents left out: what a list by
/// frequency would publish.
pub fn most_frequent(sessions: &[Normalised]) -> Vec<Sentence> {
    let mut said: BTreeMap<String, Said<'_>> = BTreeMap::new();
    for session in sessions {
        for turn in session.turns.iter().filter(|turn| turn.by == Actor::User && !turn.is_document) {
            for clause in turn.clauses.iter().filter(|clause| clause.text.split_whitespace().count() > 1) {
                let plain = |c: &char| c.is_alphanumeric() || *c == ' ';
                let key: String = clause.text.to_lowercase().chars().filter(plain).collect();
                let said = said.entry(key.trim().to_owned()).or_default();
                said.sessions.insert(session.id.as_str());
                said.people.insert(session.principal.as_ref().map(|who| who.as_str()));
                said.words.get_or_insert(&clause.text);
            }
        }
    }
    let mut ranked: Vec<Said<'_>> =
        said.into_values().filter(|said| said.sessions.len() >= MIN_SESSIONS).collect();
    ranked.sort_by_key(|said| Reverse((said.people.len(), said.sessions.len(), Reverse(said.words))));
    ranked.iter().take(BASELINE).filter_map(|said| said.words).map(Sentence::of).collect()
}

/// Where a clause is said, by whom, and how it is first spelt.
#[derive(Default)]
struct Said<'s> {
    sessions: BTreeSet<&'s str>,
    people: BTreeSet<Option<&'s str>>,
    words: Option<&'s str>,
}

/// Returns lists as one, in the order of the ids.
pub fn mixed(lists: &[&[Sentence]]) -> BTreeSet<Sentence> {
    lists.iter().flat_map(|list| list.iter().cloned()).collect()
}

/// Measures M17.
///
/// # Errors
///
/// If the dream fails, or the stored verdicts cannot be read.
pub fn rows(context: &Context<'_>) -> Result<Measured> {
    let Some(set) = context.set(SET) else {
        let figure = Figure::new("M17", "preferences worth keeping", SET, Unit::Share, None);
        return Ok(Measured::rows(vec![figure.goal(KEEP).note("the set is not present")]));
    };
    let (ours, held_back) = mined(&set.sessions)?;
    let theirs = most_frequent(&set.sessions);
    let lists =
        [("published", &ours), ("held back by the gates", &held_back), ("most frequent clauses", &theirs)];
    let verdicts = verdicts(VERDICTS)?;
    let mut figures = Vec::new();
    for (at, (name, list)) in lists.into_iter().enumerate() {
        let of = |wanted: Verdict| {
            list.iter().filter(|sentence| verdicts.get(&sentence.id) == Some(&wanted)).count()
        };
        let unjudged = list.iter().filter(|sentence| !verdicts.contains_key(&sentence.id)).count();
        let share = (!list.is_empty()).then(|| of(Verdict::Keep) as f64 / list.len() as f64);
        let note = format!("{} of {}, {unjudged} not judged", of(Verdict::Keep), list.len());
        let keep = Figure::new("M17", &format!("worth keeping: {name}"), SET, Unit::Share, share)
            .within(wilson(of(Verdict::Keep), list.len()))
            .note(note.as_str());
        let noise =
            Figure::new("M17", &format!("noise: {name}"), SET, Unit::Count, Some(of(Verdict::Noise) as f64));
        figures.extend(if at == 0 { [keep.goal(KEEP), noise.goal(NOISE)] } else { [keep, noise] });
    }
    let all = mixed(&[&ours, &held_back, &theirs]);
    let mut missed = String::new();
    for sentence in all.iter().filter(|sentence| !verdicts.contains_key(&sentence.id)) {
        let _ = writeln!(missed, "{}\t?\t{}", sentence.id, sentence.words);
    }
    Ok(Measured { missed, ..Measured::rows(figures).detail("preferences", all) })
}

/// Returns the 95% interval of a share (Wilson): a few sentences cannot be drawn again to more than they are.
fn wilson(hits: usize, all: usize) -> Option<(f64, f64)> {
    const Z: f64 = 1.96;
    let (hits, all) = (hits as f64, all as f64);
    let share = hits / all;
    let spread = Z * (share * (1.0 - share) / all + Z * Z / (4.0 * all * all)).sqrt();
    let (middle, scale) = (share + Z * Z / (2.0 * all), 1.0 + Z * Z / all);
    (all > 0.0).then(|| (((middle - spread) / scale).max(0.0), ((middle + spread) / scale).min(1.0)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_stored_verdicts_are_about_the_sentences_beside_them() {
        let stored = verdicts(VERDICTS).expect("the file is well formed");
        assert!(!stored.is_empty());
        for line in VERDICTS.lines().filter(|line| !line.starts_with('#') && !line.is_empty()) {
            let cells: Vec<&str> = line.split('\t').collect();
            assert_eq!(cells.len(), 3, "{line}");
            assert_eq!(Sentence::of(cells[2]).id, cells[0], "the id is a hash of the words");
        }
        let ids: Vec<&str> = VERDICTS.lines().filter(|line| !line.starts_with('#')).collect();
        assert!(ids.is_sorted(), "the list is in the order of the ids: neither method comes first");
    }

    #[test]
    fn a_verdict_of_another_kind_is_refused() {
        assert!(verdicts("abc\tmaybe\twords").is_err() && verdicts("abc").is_err());
        assert_eq!(verdicts("abc\tnoise\twords").expect("fine")["abc"], Verdict::Noise);
    }
}
