//! What stands around the instances of a pattern: what came before, what is looked at afterwards, how it ends.

use std::collections::{BTreeMap, BTreeSet};

use super::segment::Segment;
use super::symbol::{ASK, Alphabet, RARE, Symbol};
use crate::normalise::{Class, Normalised, READERS, Source, main_program};

/// Share of the instances before which a step has to come to be a precondition, in percent.
const BEFORE: usize = 90;
/// Share of the instances that something has to follow to be said, in percent.
const AFTER: usize = 50;
/// Most preconditions.
const MAX_BEFORE: usize = 3;
/// How far behind the last step a check may be.
const CHECK_REACH: usize = 3;
/// Share of the calls of a tool whose answers are used later from which on it is one that looks things up, in
/// percent.
const SUPPLIES: usize = 10;

/// A kind of step and the number of instances that have it.
pub(super) type Count = (Symbol, usize);

/// What stands around a pattern.
#[derive(Clone, Debug, Default)]
pub(super) struct Around {
    pub(super) before: Vec<Count>,
    /// What is looked at after the last change.
    pub(super) check: Option<Count>,
    /// Instances after which the work on the request is over.
    pub(super) ends: usize,
}

/// One instance: the segments of its session, the segment that holds it, and its places there.
pub(super) struct Located<'s> {
    pub(super) segments: &'s [Segment],
    pub(super) segment: usize,
    pub(super) places: Vec<usize>,
}

/// Looks around the instances of a pattern.
pub(super) fn around(pattern: &[Symbol], instances: &[Located<'_>], looks: &BTreeSet<Symbol>) -> Around {
    let mut before: BTreeMap<Symbol, (usize, usize)> = BTreeMap::new();
    let mut checks: BTreeMap<Symbol, usize> = BTreeMap::new();
    let mut ends = 0;
    for found in instances {
        let Some((first, last)) = found.places.first().zip(found.places.last()) else { continue };
        let items = &found.segments[found.segment].items;
        let earlier =
            found.segments[..found.segment].iter().flat_map(|segment| &segment.items).chain(&items[..*first]);
        let mut seen = BTreeSet::new();
        for (at, item) in earlier.enumerate() {
            if seen.insert(item.symbol) {
                let entry = before.entry(item.symbol).or_default();
                entry.0 += 1;
                entry.1 += at;
            }
        }
        // What follows the last change and is not a step already.
        let changes = |at: &&usize| items[**at].symbol != ASK && !looks.contains(&items[**at].symbol);
        if let Some(change) = found.places.iter().rev().find(changes) {
            let mut follows = items[change + 1..].iter().take(CHECK_REACH).map(|item| item.symbol);
            if let Some(symbol) = follows.find(|symbol| looks.contains(symbol) && !pattern.contains(symbol)) {
                *checks.entry(symbol).or_default() += 1;
            }
        }
        ends += usize::from(last + 1 >= items.len());
    }
    let enough = |count: usize, share: usize| count * 100 >= instances.len() * share;
    let mut before: Vec<(usize, Count)> = before
        .into_iter()
        .filter(|(symbol, (count, _))| {
            enough(*count, BEFORE) && !matches!(*symbol, ASK | RARE) && !pattern.contains(symbol)
        })
        .map(|(symbol, (count, at))| (at / count, (symbol, count)))
        .collect();
    before.sort_unstable();
    before.truncate(MAX_BEFORE);
    let check = checks.into_iter().max_by_key(|(symbol, count)| (*count, std::cmp::Reverse(*symbol)));
    Around {
        before: before.into_iter().map(|(_, count)| count).collect(),
        check: check.filter(|(_, count)| enough(*count, AFTER)),
        ends,
    }
}

/// Returns the kinds of steps that look rather than change: tools whose answers later calls build on, programs that
/// only print, and programs that were seen to find fault with the work.
pub(super) fn looks(sessions: &[&Normalised], alphabet: &Alphabet) -> BTreeSet<Symbol> {
    let mut calls: BTreeMap<&str, (usize, usize)> = BTreeMap::new();
    for session in sessions {
        let mut used: BTreeSet<&str> = BTreeSet::new();
        // The first source is where a value came up; later answers may only repeat it.
        for source in session.steps.iter().flat_map(|step| &step.args).filter_map(|arg| arg.sources.first()) {
            if let Source::Result { tool, .. } = source {
                used.insert(tool);
            }
        }
        let tools: BTreeSet<&str> = session.steps.iter().map(|step| step.tool.as_str()).collect();
        for tool in tools {
            let entry = calls.entry(tool).or_default();
            entry.0 += 1;
            entry.1 += usize::from(used.contains(tool));
        }
    }
    let mut looks = BTreeSet::new();
    for step in sessions.iter().flat_map(|session| &session.steps) {
        let finds_fault = step.failure.as_ref().is_some_and(|failure| {
            matches!(failure.class, Class::TestFailure | Class::LintFailure | Class::BuildFailure)
        });
        let is_look = if step.is_shell {
            let prints = main_program(step).is_some_and(|program| READERS.contains(&program));
            let writes = step.action.get(1).is_some_and(|word| word == ">" || word == "-i");
            finds_fault || prints && !writes
        } else {
            let (all, supplied) = calls.get(step.tool.as_str()).copied().unwrap_or_default();
            finds_fault || supplied * 100 > all * SUPPLIES
        };
        if is_look {
            looks.extend(alphabet.symbol(step).filter(|symbol| *symbol != RARE));
        }
    }
    looks
}
