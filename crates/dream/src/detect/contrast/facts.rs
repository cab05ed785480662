//! What a session knew: the scalars of its results by tool and path, and how figures about one thing compare.

use std::collections::{BTreeMap, BTreeSet};

use super::roles::{done, tool_of};
use crate::normalise::{Normalised, Step};

/// A place in the results of a tool: `list_documents`, `documents[].scanned`.
pub(crate) type Place<'s> = (&'s str, &'s str);

/// What a session knew.
#[derive(Debug, Default)]
pub(crate) struct Facts<'s> {
    /// Values by place.
    pub(crate) values: BTreeMap<Place<'s>, BTreeSet<&'s str>>,
    /// Pairs of places whose figures are about the same thing, and whether the first was below the second for any.
    pub(crate) below: BTreeMap<(Place<'s>, Place<'s>), bool>,
}

/// Most pairs of places that are compared in one session.
const MAX_PAIRS: usize = 400;

/// Reads what a session knew from the results of steps that `counts`.
pub(crate) fn facts<'s>(session: &'s Normalised, counts: impl Fn(&Step) -> bool) -> Facts<'s> {
    let mut facts = Facts::default();
    let mut about: BTreeMap<&str, BTreeMap<Place<'s>, f64>> = BTreeMap::new();
    for step in done(session).filter(|step| counts(step)) {
        for fact in &step.facts {
            let place = (tool_of(step), fact.path.as_str());
            facts.values.entry(place).or_default().insert(fact.value.as_str());
        }
        // The figures of a result are about what the call names.
        for thing in step.args.iter().filter(|arg| !arg.path.contains(['.', '['])) {
            let figures = step.facts.iter().filter(|fact| !fact.path.contains(['.', '[']));
            for (fact, figure) in figures.filter_map(|fact| Some((fact, figure(&fact.value)?))) {
                let place = (tool_of(step), fact.path.as_str());
                about.entry(thing.value.as_str()).or_default().insert(place, figure);
            }
        }
    }
    for figures in about.values() {
        for (a, x) in figures {
            for (b, y) in figures.iter().filter(|(b, _)| b.0 != a.0) {
                if facts.below.len() < MAX_PAIRS {
                    *facts.below.entry((*a, *b)).or_default() |= x < y;
                }
            }
        }
    }
    facts
}

/// A value as a figure.
pub(crate) fn figure(value: &str) -> Option<f64> {
    value.trim().parse::<f64>().ok().filter(|figure| figure.is_finite())
}
