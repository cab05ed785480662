//! The baseline of M2: a plain contrast of success and failure within tasks.
//!
//! Every tool called or not, and every argument with or without the value that good sessions of the task give most
//! often, by a Mantel-Haenszel test over tasks at 0.10. Neither a continuity correction nor one for the many tests is
//! made: with them it finds less (14 of 46 entries) and is hardly more precise. It knows nothing of sources, of what
//! calls change, or of tasks that nobody solved. The last tool of a session counts as a hand-off if it takes prose.

use std::collections::{BTreeMap, BTreeSet};

use somnium_dream::{FeatureKind, Normalised, SilentFeature};
use statrs::distribution::{ContinuousCDF, Normal};

use crate::split::task_of;

/// Level of the test.
const LEVEL: f64 = 0.10;

/// For each feature, by task: failing with, failing, good with, good.
type Tables = BTreeMap<SilentFeature, BTreeMap<String, [f64; 4]>>;

/// Returns what the plain contrast publishes.
pub fn naive(sessions: &[&Normalised]) -> Vec<SilentFeature> {
    let mut tasks: BTreeMap<&str, Vec<(&Normalised, bool)>> = BTreeMap::new();
    for session in sessions {
        if let Some(outcome) = &session.outcome {
            tasks.entry(task_of(session)).or_default().push((session, outcome.failed()));
        }
    }
    tasks.retain(|_, members| members.iter().any(|(_, f)| *f) && members.iter().any(|(_, f)| !*f));
    let mut tables = Tables::new();
    for (task, members) in &tasks {
        let usual = usual(members);
        let shown: Vec<_> =
            members.iter().map(|(session, failed)| (features(session, &usual), *failed)).collect();
        let all: BTreeSet<&SilentFeature> = shown.iter().flat_map(|(features, _)| features).collect();
        for feature in all {
            let table = tables.entry(feature.clone()).or_default().entry((*task).to_owned()).or_default();
            for (features, failed) in &shown {
                let at = if *failed { 0 } else { 2 };
                table[at] += f64::from(u8::from(features.contains(feature)));
                table[at + 1] += 1.0;
            }
        }
    }
    tables.retain(|_, tables| mantel_haenszel(tables.values()) <= LEVEL);
    tables.into_keys().collect()
}

/// The commonest values of good sessions, by tool and argument; none for tools that they do not call.
fn usual<'s>(members: &[(&'s Normalised, bool)]) -> BTreeMap<(&'s str, &'s str), BTreeSet<&'s str>> {
    let mut counts: BTreeMap<(&str, &str), BTreeMap<BTreeSet<&str>, usize>> = BTreeMap::new();
    for (session, _) in members.iter().filter(|(_, failed)| !failed) {
        for (slot, value) in slots(session) {
            *counts.entry(slot).or_default().entry(value).or_default() += 1;
        }
    }
    let most =
        |values: BTreeMap<BTreeSet<&'s str>, usize>| values.into_iter().max_by_key(|(_, count)| *count);
    counts.into_iter().filter_map(|(slot, values)| Some((slot, most(values)?.0))).collect()
}

fn tool(name: &str) -> &str {
    name.strip_prefix("user:").unwrap_or(name)
}

fn slots(session: &Normalised) -> BTreeMap<(&str, &str), BTreeSet<&str>> {
    let mut slots: BTreeMap<(&str, &str), BTreeSet<&str>> = BTreeMap::new();
    for step in session.steps.iter().filter(|step| step.ok) {
        slots.entry((tool(&step.tool), "")).or_default();
        for arg in &step.args {
            let name = arg.path.split(['.', '[']).next().unwrap_or(&arg.path);
            slots.entry((tool(&step.tool), name)).or_default().insert(&arg.value);
        }
    }
    slots
}

fn features(session: &Normalised, usual: &BTreeMap<(&str, &str), BTreeSet<&str>>) -> BTreeSet<SilentFeature> {
    let slots = slots(session);
    let feature = |kind, tool: &str, argument: &str| SilentFeature {
        kind,
        tool: tool.to_owned(),
        argument: (!argument.is_empty()).then(|| argument.to_owned()),
        detail: None,
    };
    let by_user: BTreeSet<&str> =
        session.steps.iter().filter_map(|step| step.tool.strip_prefix("user:")).collect();
    let last = session.steps.last().map(|step| step.tool.as_str());
    let mut features = BTreeSet::new();
    for ((tool, argument), value) in &slots {
        match usual.get(&(*tool, *argument)) {
            Some(good) if good != value => {
                features.insert(feature(FeatureKind::WrongArgument, tool, argument));
            }
            None if argument.is_empty() => {
                let kind =
                    if last == Some(tool) { FeatureKind::ExtraHandoff } else { FeatureKind::ExtraAction };
                features.insert(feature(kind, tool, ""));
            }
            _ => {}
        }
    }
    for (tool, _) in usual.keys().filter(|slot| slot.1.is_empty() && !slots.contains_key(*slot)) {
        let kind = match by_user.is_empty() {
            true => FeatureKind::MissingAction,
            false => FeatureKind::MissingUserStep,
        };
        features.insert(feature(kind, tool, ""));
    }
    features
}

/// One-sided p of the common odds ratio being above one.
fn mantel_haenszel<'t>(tables: impl Iterator<Item = &'t [f64; 4]>) -> f64 {
    let (mut observed, mut expected, mut variance) = (0.0, 0.0, 0.0);
    for [with, failing, good_with, good] in tables {
        let (n, shown) = (failing + good, with + good_with);
        observed += with;
        expected += failing * shown / n;
        variance += failing * good * shown * (n - shown) / (n * n * (n - 1.0));
    }
    if variance <= 0.0 {
        return 1.0;
    }
    Normal::standard().sf((observed - expected) / variance.sqrt())
}
