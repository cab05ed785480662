//! Dataflow slots: what the instances of a pattern pass on, and where they have it from.

use std::collections::{BTreeMap, BTreeSet};

use crate::normalise::{Normalised, Source};
use crate::report::ArgSource;

/// Share of instances that have an argument, and that share its source, in percent.
const SHARE: usize = 60;
/// Share of instances with the same value from which on it is fixed, in percent.
const CONSTANT: usize = 95;
/// Instances that have to agree.
const AGREE: usize = 3;
/// Most arguments of one step.
const MAX_ARGS: usize = 6;
/// Longest fixed value, in bytes.
const MAX_CONSTANT: usize = 40;

/// One instance: a session and the step at each place of the pattern.
pub(super) type Instance<'s> = (&'s Normalised, Vec<Option<usize>>);

/// Most digits of a fixed value.
const MAX_DIGITS: usize = 3;

/// Where values come from by the words that the report uses.
pub(crate) const USER: &str = "user";
pub(crate) const INSTRUCTIONS: &str = "instructions";
pub(crate) const FIXED: &str = "constant";

/// Returns the arguments of each step of a pattern, with the source that most instances share.
pub(super) fn slots(length: usize, instances: &[Instance<'_>]) -> Vec<BTreeMap<String, ArgSource>> {
    (0..length).map(|at| of_step(at, instances)).collect()
}

#[derive(Default)]
struct Slot<'s> {
    instances: usize,
    values: BTreeMap<&'s str, usize>,
    sources: BTreeMap<String, usize>,
}

fn of_step(at: usize, instances: &[Instance<'_>]) -> BTreeMap<String, ArgSource> {
    let mut slots: BTreeMap<&str, Slot<'_>> = BTreeMap::new();
    for (session, places) in instances {
        let Some(step) = places[at].and_then(|step| session.steps.get(step)).filter(|step| !step.is_shell)
        else {
            continue;
        };
        let mut seen: BTreeMap<&str, (BTreeSet<&str>, BTreeSet<String>)> = BTreeMap::new();
        for arg in &step.args {
            let entry = seen.entry(&arg.path).or_default();
            entry.0.insert(&arg.value);
            entry.1.extend(arg.sources.iter().map(label));
        }
        for (path, (values, sources)) in seen {
            let slot = slots.entry(path).or_default();
            slot.instances += 1;
            values.into_iter().for_each(|value| *slot.values.entry(value).or_default() += 1);
            sources.into_iter().for_each(|source| *slot.sources.entry(source).or_default() += 1);
        }
    }
    let mut found: Vec<(usize, String, ArgSource)> = slots
        .into_iter()
        .filter(|(_, slot)| slot.instances * 100 >= instances.len() * SHARE && slot.instances >= AGREE)
        .filter_map(|(path, slot)| Some((slot.instances, path.to_owned(), slot.source()?)))
        .collect();
    found.sort_by(|a, b| b.0.cmp(&a.0).then_with(|| a.1.cmp(&b.1)));
    found.truncate(MAX_ARGS);
    found.into_iter().map(|(_, path, source)| (path, source)).collect()
}

impl Slot<'_> {
    fn source(&self) -> Option<ArgSource> {
        // Of equally many, a result says more than "somebody said it", and results come first in the order.
        let is_result = |label: &str| label != USER && label != INSTRUCTIONS;
        let shared = self.sources.iter().max_by_key(|(label, count)| {
            (**count, is_result(label), std::cmp::Reverse(label.len()), std::cmp::Reverse((*label).clone()))
        });
        if let Some((label, _)) = shared.filter(|(_, count)| *count * 100 >= self.instances * SHARE) {
            return Some(ArgSource { from: label.clone(), value: None });
        }
        // What comes from somewhere is data, even where it happens to be the same; the rest may be a setting.
        let fixed = self
            .values
            .iter()
            .find(|(value, count)| **count * 100 >= self.instances * CONSTANT && is_setting(value));
        fixed.map(|(value, _)| ArgSource { from: FIXED.to_owned(), value: Some((*value).to_owned()) })
    }
}

/// Whether a value looks like a setting: short, and no number of a customer or a phone.
fn is_setting(value: &str) -> bool {
    let digits = value.chars().filter(char::is_ascii_digit).count();
    !value.is_empty() && value.len() <= MAX_CONSTANT && digits <= MAX_DIGITS
}

fn label(source: &Source) -> String {
    match source {
        Source::Result { tool, path } if path.is_empty() => tool.clone(),
        Source::Result { tool, path } => format!("{tool}.{path}"),
        Source::User => USER.to_owned(),
        Source::Instructions => INSTRUCTIONS.to_owned(),
    }
}

/// The last name of a path: `passengers[].dob` is `dob` to a reader.
pub(crate) fn leaf(path: &str) -> &str {
    let path = path.trim_end_matches("[]");
    path.rsplit('.').next().unwrap_or(path).trim_end_matches("[]")
}
