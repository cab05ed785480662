//! M2, silent mistakes: what a dream says that failing sessions do wrong, against what they did do wrong.
//!
//! The answers (`key/mistakes-*.json`) come from comparing what agents changed with what they should have changed; the
//! engine sees outcomes and task keys only. One store is dreamt of for each benchmark and domain: what the agents of
//! one company would leave.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use anyhow::{Context as _, Result};
use serde::{Deserialize, Serialize};
use somnium_dream::{FeatureKind, Normalised, Options, Signature, SilentFeature};
use somnium_types::Outcome;

use crate::chance::Chance;
use crate::mining::dream_of;
use crate::report::Context;

mod naive;

pub use naive::naive;

/// The stores: name, the set that holds their sessions, and the project in it where it has several.
const STORES: &[(&str, &str, Option<&str>)] = &[
    ("tau1-airline", "tau1-airline", None),
    ("tau1-retail", "tau1-retail", None),
    ("tau2-airline", "tau2", Some("airline")),
    ("tau2-telecom", "tau2", Some("telecom")),
];

/// One entry of the answers.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Entry {
    /// Which way failing sessions go wrong, as in [`FeatureKind`]; some entries are of none of its kinds.
    pub kind: String,
    /// The tool.
    pub tool: String,
    /// The argument; empty where it is about none.
    pub argument: String,
    /// Failing sessions that go wrong so.
    pub failing_sessions: u64,
    /// Whether it counts for recall.
    pub recurring_and_reliable: bool,
}

#[derive(Deserialize)]
struct Answers {
    mistakes: Vec<Entry>,
}

/// The sessions of one company's agents, and what they do wrong.
#[derive(Clone, Debug)]
pub struct Store {
    /// Its name.
    pub name: &'static str,
    /// Its sessions.
    pub sessions: Vec<Normalised>,
    /// The answers.
    pub entries: Vec<Entry>,
}

/// Returns the stores whose sessions and answers are there.
///
/// # Errors
///
/// If answers cannot be read.
pub fn stores(context: &Context<'_>) -> Result<Vec<Store>> {
    let mut stores = Vec::new();
    for (name, set, project) in STORES {
        let (Some(set), Some(key)) = (context.set(set), context.key_file(&format!("mistakes-{name}.json")))
        else {
            continue;
        };
        let belongs = |session: &&Normalised| project.is_none() || session.project.as_deref() == *project;
        let sessions = set.sessions.iter().filter(belongs).cloned().collect();
        stores.push(Store { name, sessions, entries: answers(&key)? });
    }
    Ok(stores)
}

fn answers(path: &Path) -> Result<Vec<Entry>> {
    let text = std::fs::read_to_string(path).with_context(|| format!("cannot read `{}`", path.display()))?;
    let answers: Answers =
        serde_json::from_str(&text).with_context(|| format!("`{}` has another form", path.display()))?;
    Ok(answers.mistakes)
}

/// Returns the silent mistakes that a dream of sessions publishes.
///
/// # Errors
///
/// If the dream fails.
pub fn published(sessions: &[&Normalised]) -> Result<Vec<SilentFeature>> {
    let dreamt = dream_of(sessions, &Options::default())?;
    let feature = |signature: Signature| match signature {
        Signature::Mistake(mistake) => mistake.feature.filter(|_| mistake.silent),
        _ => None,
    };
    Ok(dreamt.report.claims.into_iter().filter_map(|claim| feature(claim.signature)).collect())
}

impl Entry {
    /// Whether a claim says just this: the same kind and tool, and the same argument where both name one.
    pub fn matches(&self, claim: &SilentFeature) -> bool {
        let same_argument = match claim.argument.as_deref() {
            Some(argument) => self.argument.is_empty() || self.argument == argument,
            None => true,
        };
        kind(claim.kind).as_deref() == Some(self.kind.as_str()) && self.tool == claim.tool && same_argument
    }
}

fn kind(kind: FeatureKind) -> Option<String> {
    serde_json::to_value(kind).ok()?.as_str().map(str::to_owned)
}

/// How claims of one store fare.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Score {
    /// For each entry that counts, whether a claim says it.
    pub found: Vec<(Entry, bool)>,
    /// For each claim that counts: whether an entry says it, and whether one that counts does.
    pub right: Vec<(SilentFeature, bool, bool)>,
    /// Claims whose tool the answers do not speak of, and those of kinds that they cannot tell.
    pub uncounted: usize,
}

/// Scores claims.
pub fn score(claims: &[SilentFeature], entries: &[Entry]) -> Score {
    let tools: BTreeSet<&str> = entries.iter().map(|entry| entry.tool.as_str()).collect();
    let counts = |claim: &&SilentFeature| {
        tools.contains(claim.tool.as_str())
            && !matches!(claim.kind, FeatureKind::Order | FeatureKind::Condition)
    };
    let counted: Vec<&SilentFeature> = claims.iter().filter(counts).collect();
    let says = |entry: &Entry| counted.iter().any(|claim| entry.matches(claim));
    let reliable = entries.iter().filter(|entry| entry.recurring_and_reliable);
    let right = |claim: &SilentFeature| {
        let mut matching = entries.iter().filter(|entry| entry.matches(claim)).peekable();
        let any = matching.peek().is_some();
        (claim.clone(), any, matching.any(|entry| entry.recurring_and_reliable))
    };
    Score {
        found: reliable.map(|entry| (entry.clone(), says(entry))).collect(),
        right: counted.iter().map(|claim| right(claim)).collect(),
        uncounted: claims.len() - counted.len(),
    }
}

impl Score {
    /// Adds the score of another store.
    pub fn add(&mut self, other: Self) {
        self.found.extend(other.found);
        self.right.extend(other.right);
        self.uncounted += other.uncounted;
    }
}

/// How shuffled outcomes are dealt.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shuffle {
    /// Among the sessions of each task: tasks stay as hard as they are.
    WithinTasks,
    /// Among all sessions.
    Everywhere,
}

/// Returns sessions whose outcomes were dealt anew.
pub fn shuffled(sessions: &[Normalised], how: Shuffle, seed: u64) -> Vec<Normalised> {
    let mut groups: BTreeMap<&str, Vec<usize>> = BTreeMap::new();
    for (at, session) in sessions.iter().enumerate() {
        let task = match how {
            Shuffle::WithinTasks => crate::split::task_of(session),
            Shuffle::Everywhere => "",
        };
        groups.entry(task).or_default().push(at);
    }
    let mut dealt = sessions.to_vec();
    let mut chance = Chance::new(seed);
    for members in groups.values() {
        let mut outcomes: Vec<Option<Outcome>> =
            members.iter().map(|at| sessions[*at].outcome.clone()).collect();
        chance.shuffle(&mut outcomes);
        members.iter().zip(outcomes).for_each(|(at, outcome)| dealt[*at].outcome = outcome);
    }
    dealt
}
