//! Which of the repairs that were tried is written down.

use std::collections::{BTreeMap, BTreeSet};

use somnium_types::SessionId;

use super::examples::{self, Change, Example};
use super::places;
use crate::detect::{Repair, RepairKind, leaf};
use crate::ledger::{ANY_TOOL, Seen};
use crate::normalise::{Class, Quote};
use crate::stats;

/// The repair that is written down.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct ChosenRepair {
    pub(crate) repair: Repair,
    /// Failures it repaired.
    pub(crate) recovered: u64,
    /// Failures after which it was tried.
    pub(crate) tried: u64,
    /// Failures in all.
    pub(crate) of: u64,
    /// The value that most repairs gave to the argument that differs.
    pub(crate) value: Option<(String, String)>,
    /// How the argument that differs was written and has to be; empty where that shows no form.
    pub(crate) examples: Vec<Example>,
    pub(crate) places: Vec<(SessionId, Vec<Quote>)>,
}

/// Returns the repair that recovers most surely: the highest product of the 90% lower bounds of worked / tried
/// and (its root) worked / failures, among those that worked in `needed` sessions and for a fair share of the
/// failures. An argument that the message names goes before others that agents changed on the way.
pub(super) fn choose(
    mined: &[(&SessionId, &Seen)],
    named: &[String],
    occurrences: u64,
    class: Class,
    any_tool: bool,
    needed: usize,
) -> Option<ChosenRepair> {
    let tallies = tallies(mined, any_tool);
    let sure = |tally: &Tally| stats::rate_lower_bound(tally.worked, tally.tried, 0.9);
    let share = |tally: &Tally| stats::rate_lower_bound(tally.worked, occurrences, 0.9);
    let eligible = tallies.iter().filter(|(repair, tally)| {
        let enough =
            tally.worked * 4 >= occurrences || (tally.worked >= 10 && tally.worked * 10 >= occurrences);
        tally.sessions.len() >= needed && enough && sure(tally) >= 0.3 && is_telling(repair, class)
    });
    let score =
        |(repair, tally): (&Repair, &Tally)| sure(tally) * share(tally).sqrt() * kind_weight(repair.kind);
    let eligible: Vec<(&Repair, &Tally)> = eligible.collect();
    let is_named = |repair: &Repair| {
        repair.kind == RepairKind::Arguments
            && repair.single().is_some_and(|path| named.iter().any(|name| name == leaf(path)))
    };
    let of_named =
        eligible.iter().filter(|(repair, _)| is_named(repair)).map(|(_, tally)| tally.worked).max();
    let is_beside = |(repair, tally): &(&Repair, &Tally)| {
        repair.kind == RepairKind::Arguments
            && !is_named(repair)
            && of_named.is_some_and(|worked| worked >= tally.worked)
    };
    let eligible = eligible.into_iter().filter(|candidate| !is_beside(candidate));
    let best = eligible.max_by(|a, b| {
        let (x, y) = (score(*a), score(*b));
        x.total_cmp(&y).then_with(|| a.0.detail().cmp(&b.0.detail())).then_with(|| b.0.cmp(a.0))
    });
    best.map(|(repair, tally)| {
        let examples = examples(repair, tally);
        // What is shown has to be cited: its places come first.
        let shown: BTreeSet<usize> = examples.iter().map(|(place, _)| *place).collect();
        let others = (0..tally.places.len()).filter(|place| !shown.contains(place));
        let order = shown.iter().copied().chain(others).map(|at| &tally.places[at]);
        ChosenRepair {
            repair: repair.clone(),
            recovered: tally.worked,
            tried: tally.tried,
            of: occurrences,
            value: constant(repair, tally),
            places: places(order.map(|(id, quotes)| (id, quotes.as_slice()))),
            examples: examples.into_iter().map(|(_, example)| example).collect(),
        }
    })
}

/// Returns how the single argument that differs was written and has to be, with the place of each example.
fn examples(repair: &Repair, tally: &Tally) -> Vec<(usize, Example)> {
    let (RepairKind::Arguments, Some(path)) = (repair.kind, repair.single()) else { return Vec::new() };
    let quotes: Vec<Vec<Quote>> = tally.places.iter().map(|(_, quotes)| quotes.clone()).collect();
    examples::of(path, &tally.changes, &quotes)
}

fn tallies(mined: &[(&SessionId, &Seen)], any_tool: bool) -> BTreeMap<Repair, Tally> {
    let mut tallies: BTreeMap<Repair, Tally> = BTreeMap::new();
    for (id, seen) in mined {
        for tried in &seen.tries {
            for mut repair in generalisations(&tried.repair) {
                if any_tool && repair.kind == RepairKind::Retry {
                    repair.symbol = ANY_TOOL.to_owned(); // Whatever was called, it was called again.
                }
                let tally = tallies.entry(repair).or_default();
                tally.tried += u64::from(tried.tried);
                tally.worked += u64::from(tried.worked);
                if tried.worked > 0 {
                    tally.sessions.insert((*id).clone());
                    let place = tally.places.len();
                    tally.changes.extend(tried.values.iter().map(|(path, new)| Change {
                        path: path.clone(),
                        old: tried.olds.iter().find(|(of, _)| of == path).map(|(_, old)| old.clone()),
                        new: new.clone(),
                        place,
                    }));
                    tally.places.push(((*id).clone(), tried.quotes.clone()));
                    tally.values.extend(tried.values.iter().cloned());
                }
            }
        }
    }
    tallies
}

#[derive(Default)]
struct Tally {
    tried: u64,
    worked: u64,
    sessions: BTreeSet<SessionId>,
    places: Vec<(SessionId, Vec<Quote>)>,
    values: Vec<(String, String)>,
    changes: Vec<Change>,
}

impl Repair {
    /// Returns the only argument that was added or changed.
    pub(crate) fn single(&self) -> Option<&str> {
        match (self.added.as_slice(), self.changed.as_slice()) {
            ([path], []) | ([], [path]) => Some(path),
            _ => None,
        }
    }

    /// How much a repair says.
    fn detail(&self) -> usize {
        self.added.len() + self.removed.len() + self.changed.len()
    }
}

/// A repair that changes several arguments also counts for each of them alone.
fn generalisations(repair: &Repair) -> Vec<Repair> {
    let mut all = vec![repair.clone()];
    if repair.kind == RepairKind::Arguments && repair.detail() > 1 {
        let bare = Repair { added: vec![], removed: vec![], changed: vec![], ..repair.clone() };
        all.extend(repair.added.iter().map(|path| Repair { added: vec![path.clone()], ..bare.clone() }));
        all.extend(repair.changed.iter().map(|path| Repair { changed: vec![path.clone()], ..bare.clone() }));
    }
    all
}

/// Whether a repair tells a reader anything to do.
fn is_telling(repair: &Repair, class: Class) -> bool {
    match repair.kind {
        RepairKind::Arguments => (1..=3).contains(&repair.detail()),
        RepairKind::Retry => {
            matches!(class, Class::Timeout | Class::Network | Class::RateLimited | Class::Other)
        }
        RepairKind::Before | RepairKind::Switch => true,
    }
}

/// Between repairs of equal success the one that says more about the cause.
fn kind_weight(kind: RepairKind) -> f64 {
    match kind {
        RepairKind::Before => 1.0,
        RepairKind::Arguments => 0.95,
        RepairKind::Switch => 0.9,
        RepairKind::Retry => 0.6,
    }
}

/// Returns the value that at least 60% of the repairs gave to the single argument that differs.
fn constant(repair: &Repair, tally: &Tally) -> Option<(String, String)> {
    let path = repair.single()?;
    let values: Vec<&str> =
        tally.values.iter().filter(|(name, _)| name == path).map(|(_, value)| value.as_str()).collect();
    let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
    values.iter().for_each(|value| *counts.entry(value).or_default() += 1);
    let (value, count) =
        counts.into_iter().max_by_key(|(value, count)| (*count, std::cmp::Reverse(*value)))?;
    // A value with digits is somebody's id or date more often than a rule.
    let is_rule = value.len() <= 40 && !value.contains(|c: char| c.is_ascii_digit());
    (is_rule && count >= 3 && count * 10 >= values.len() * 6).then(|| (path.to_owned(), value.to_owned()))
}
