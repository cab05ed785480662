//! Few good playbooks out of many patterns: ranked by worth, near-identical ones merged.

use std::collections::{BTreeMap, BTreeSet};

use super::mine::CONVERGED;
use super::symbol::{ASK, Symbol};
use super::{Pattern, Study, spread};
use crate::report::{Benefit, Convergence};

/// Most playbooks of one project, and in all.
const PER_PROJECT: usize = 12;
const IN_ALL: usize = 40;
/// Patterns that are looked at closely, the most frequent for their length first.
const MAX_CLOSE: usize = 400;
/// Two patterns with this share of the shorter one in common, in order, are one procedure, in percent …
const SAME_STEPS: usize = 60;
/// … and so are two with this share of their kinds in common.
const SAME_KINDS: usize = 60;
/// Two patterns that the same sessions show are one from this share of their kinds on.
const SAME_SESSIONS: usize = 80;
const OVERLAP: usize = 30;
/// What is assumed of a benefit that nobody could measure.
const USUAL: f64 = 0.1;

/// A pattern that becomes a playbook.
pub(super) struct Chosen {
    pub(super) pattern: Pattern,
    pub(super) opportunity: Vec<usize>,
    pub(super) convergence: Convergence,
    pub(super) benefit: Option<Benefit>,
    pub(super) worth: f64,
}

/// Returns the playbooks, the best first.
pub(super) fn select(study: &Study<'_>, mut patterns: Vec<Pattern>) -> Vec<Chosen> {
    patterns
        .retain(|pattern| pattern.sessions.iter().filter(|at| study.teaches(**at)).count() >= study.needed);
    let rough = |pattern: &Pattern| pattern.sessions.len() * pattern.symbols.len();
    patterns.sort_by(|a, b| rough(b).cmp(&rough(a)).then_with(|| a.symbols.cmp(&b.symbols)));
    patterns.truncate(MAX_CLOSE);
    let mut candidates: Vec<Chosen> =
        patterns.into_iter().filter_map(|pattern| weigh(study, pattern)).collect();
    drop_parts(&mut candidates);
    candidates
        .sort_by(|a, b| b.worth.total_cmp(&a.worth).then_with(|| a.pattern.symbols.cmp(&b.pattern.symbols)));
    let mut chosen: Vec<Chosen> = Vec::new();
    let mut per_project: BTreeMap<Option<&str>, usize> = BTreeMap::new();
    for candidate in candidates {
        let project = project(study, &candidate.pattern);
        let count = per_project.get(&project).copied().unwrap_or(0);
        if count < PER_PROJECT && !chosen.iter().any(|other| same(&other.pattern, &candidate.pattern)) {
            *per_project.entry(project).or_default() += 1;
            chosen.push(candidate);
        }
    }
    chosen.truncate(IN_ALL);
    chosen
}

/// Leaves out what is part of a longer pattern that most of its sessions show: who does the one mostly goes on to do
/// the other.
fn drop_parts(candidates: &mut Vec<Chosen>) {
    let is_said = |one: &Chosen| {
        let (steps, sessions) = (&one.pattern.symbols, one.pattern.sessions.len());
        candidates.iter().map(|other| &other.pattern).any(|longer| {
            longer.symbols.len() > steps.len()
                && longer.sessions.len() * 2 >= sessions
                && is_part(steps, &longer.symbols)
        })
    };
    let said: Vec<bool> = candidates.iter().map(is_said).collect();
    let mut said = said.into_iter();
    candidates.retain(|_| !said.next().unwrap_or(false));
}

/// Reach, times what following it is worth, times how much it says.
fn weigh(study: &Study<'_>, pattern: Pattern) -> Option<Chosen> {
    let opportunity = study.opportunity(&pattern);
    if pattern.sessions.len() * 100 < opportunity.len() * CONVERGED {
        return None;
    }
    let flagged: Vec<_> = opportunity
        .iter()
        .map(|at| (study.sessions[*at], pattern.sessions.binary_search(at).is_ok()))
        .collect();
    let convergence = spread::convergence(&flagged, &pairs(study, &pattern, &opportunity))?;
    let benefit = spread::benefit(&flagged);
    // What shows to do harm is no workflow to recommend, however many do it.
    if benefit.as_ref().is_some_and(harms) {
        return None;
    }
    let steps: Vec<Symbol> = pattern.symbols.iter().copied().filter(|symbol| *symbol != ASK).collect();
    let kinds: BTreeSet<Symbol> = steps.iter().copied().collect();
    let reach = pattern.sessions.len() as f64 / study.sessions.len() as f64;
    let gain = benefit.as_ref().map_or(USUAL, |benefit| benefit.success_low.max(USUAL));
    // A longer procedure settles the order of more pairs of steps.
    let says = ((kinds.len() - 1) as f64).powf(1.5);
    let worth = reach * gain * says;
    Some(Chosen { pattern, opportunity, convergence, benefit, worth })
}

/// Whether even the upper bound of the benefit is below nothing.
fn harms(benefit: &Benefit) -> bool {
    2.0 * benefit.success - benefit.success_low < 0.0
}

/// What followed the steps of a pattern, by place in `opportunity`.
fn pairs(
    study: &Study<'_>,
    pattern: &Pattern,
    opportunity: &[usize],
) -> BTreeMap<usize, Vec<(Symbol, Symbol)>> {
    let of_session = |session: usize| {
        let items = study.of_session[session].clone().flat_map(|segment| study.items[segment].windows(2));
        items.filter(|pair| pattern.symbols.contains(&pair[0])).map(|pair| (pair[0], pair[1])).collect()
    };
    opportunity.iter().enumerate().map(|(at, session)| (at, of_session(*session))).collect()
}

/// The project that has most of a pattern's sessions.
fn project<'s>(study: &Study<'s>, pattern: &Pattern) -> Option<&'s str> {
    let mut counts: BTreeMap<Option<&str>, usize> = BTreeMap::new();
    for at in &pattern.sessions {
        *counts.entry(study.sessions[*at].project.as_deref()).or_default() += 1;
    }
    counts.into_iter().max_by_key(|(project, count)| (*count, std::cmp::Reverse(*project)))?.0
}

/// Whether two patterns are one procedure to a reader.
fn same(a: &Pattern, b: &Pattern) -> bool {
    let kinds = |pattern: &Pattern| -> BTreeSet<Symbol> {
        pattern.symbols.iter().copied().filter(|symbol| *symbol != ASK).collect()
    };
    let (in_a, in_b) = (kinds(a), kinds(b));
    let both = in_a.intersection(&in_b).count();
    let shared = a.sessions.iter().filter(|at| b.sessions.binary_search(at).is_ok()).count();
    let shorter = a.symbols.len().min(b.symbols.len());
    common(&a.symbols, &b.symbols) * 100 >= shorter * SAME_STEPS
        || both * 100 >= in_a.union(&in_b).count() * SAME_KINDS
        || (shared * 100 >= a.sessions.len().min(b.sessions.len()) * SAME_SESSIONS
            && both * 100 >= in_a.len().min(in_b.len()) * OVERLAP)
}

/// Whether the steps of one pattern occur in the other, in order.
fn is_part(part: &[Symbol], of: &[Symbol]) -> bool {
    let mut rest = of.iter();
    part.iter().all(|symbol| rest.any(|other| other == symbol))
}

/// Length of the longest common subsequence.
fn common(a: &[Symbol], b: &[Symbol]) -> usize {
    let mut row = vec![0; b.len() + 1];
    for x in a {
        let mut before = 0;
        for (at, y) in b.iter().enumerate() {
            let above = row[at + 1];
            row[at + 1] = if x == y { before + 1 } else { above.max(row[at]) };
            before = above;
        }
    }
    row[b.len()]
}
