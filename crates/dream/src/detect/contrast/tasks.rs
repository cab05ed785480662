//! Sessions of one task beside each other: what each failing one does otherwise than the good one most like it.

use std::collections::{BTreeMap, BTreeSet};

use super::differ::{Features, differ, feature};
use super::roles::Tools;
use super::view::{Value, View, is_alike};
use crate::report::{FeatureKind, SilentFeature};

/// Most sessions of one task that are compared with each other: the work grows with the square.
const MAX_SESSIONS: usize = 40;

/// All pairs of sessions of one task.
pub(crate) struct Task {
    /// Places in the list of views.
    pub(crate) members: Vec<usize>,
    /// Whether each failed.
    pub(crate) failed: Vec<bool>,
    /// `pairs[a][b]`: how `a` differs from `b`.
    pairs: Vec<Vec<Features>>,
}

impl Task {
    /// Compares the judged sessions of a group. `None` where there are not two.
    pub(crate) fn compare(group: &[usize], views: &[View<'_>], tools: &Tools) -> Option<Self> {
        let judged = group.iter().copied().filter_map(|at| Some((at, views[at].failed?)));
        let (members, failed): (Vec<usize>, Vec<bool>) = judged.take(MAX_SESSIONS).unzip();
        if members.len() < 2 {
            return None;
        }
        let row = |a: &usize| members.iter().map(|b| differ(&views[*a], &views[*b], tools)).collect();
        let pairs = members.iter().map(row).collect();
        Some(Self { members, failed, pairs })
    }

    /// Returns how each member differs from the good one most like it, if the sessions had ended as `failed` says.
    /// `None` where there is no other good session to compare with.
    pub(crate) fn contrast<'t>(&'t self, failed: &[bool]) -> Vec<Option<&'t Features>> {
        let nearest = |a: usize| {
            let good = (0..failed.len()).filter(|b| *b != a && !failed[*b]);
            good.map(|b| &self.pairs[a][b]).min_by_key(|features| features.len())
        };
        (0..failed.len()).map(nearest).collect()
    }

    pub(crate) fn was_solved(&self) -> bool {
        self.failed.iter().any(|failed| !failed)
    }
}

/// Of a task that nobody solved: sessions that work on the same thing with the same tool and give an argument
/// different values cannot all be right. Those outside the largest group are counted as wrong.
pub(crate) fn disagreements(group: &[usize], views: &[View<'_>], tools: &Tools) -> BTreeMap<usize, Features> {
    type Slot<'s> = (&'s str, Vec<&'s str>, &'s str);
    type Group<'v, 's> = (&'v Value<'s>, Vec<usize>);
    let mut slots: BTreeMap<Slot<'_>, Vec<Group<'_, '_>>> = BTreeMap::new();
    for &at in group {
        let mut met = BTreeSet::new();
        for act in views[at].acts.iter().filter(|act| !tools.is_user_side(act.tool)) {
            // The first call on a thing only: of several it is not known which belongs to which.
            if !met.insert((act.tool, act.entity.clone())) {
                continue;
            }
            for (name, value) in &act.args {
                let groups = slots.entry((act.tool, act.entity.clone(), name)).or_default();
                match groups.iter_mut().find(|(other, _)| is_alike(other, value)) {
                    Some((_, members)) => members.push(at),
                    None => groups.push((value, vec![at])),
                }
            }
        }
    }
    let mut wrong: BTreeMap<usize, Features> = BTreeMap::new();
    for ((tool, _, name), groups) in slots {
        let largest = (0..groups.len()).max_by_key(|at| (groups[*at].1.len(), std::cmp::Reverse(*at)));
        let outside = groups.iter().enumerate().filter(|(at, _)| Some(*at) != largest);
        for at in outside.flat_map(|(_, (_, members))| members) {
            wrong.entry(*at).or_default().insert(feature(FeatureKind::WrongArgument, tool, Some(name)));
        }
    }
    wrong
}

/// Counts of one feature.
#[derive(Clone, Debug, Default)]
pub(crate) struct Tally {
    /// Failing sessions that differ so.
    pub(crate) failing: u64,
    /// Good sessions that differ so from another good session of their task.
    pub(crate) good: u64,
    /// Tasks of the failing ones.
    pub(crate) tasks: BTreeSet<usize>,
}

/// Counts over all tasks.
#[derive(Clone, Debug, Default)]
pub(crate) struct Tallies {
    pub(crate) features: BTreeMap<SilentFeature, Tally>,
    /// Failing and good sessions that could be compared, and those of the good ones that differ at all.
    pub(crate) failing: u64,
    pub(crate) good: u64,
    pub(crate) unlike: u64,
}

/// Counts how sessions differ, if they had ended as `labels` says.
pub(crate) fn tally(tasks: &[Task], labels: &[Vec<bool>]) -> Tallies {
    let mut tallies = Tallies::default();
    for (at, (task, failed)) in tasks.iter().zip(labels).enumerate() {
        for (features, failed) in task.contrast(failed).into_iter().zip(failed) {
            let Some(features) = features else { continue };
            tallies.failing += u64::from(*failed);
            tallies.good += u64::from(!failed);
            tallies.unlike += u64::from(!failed && !features.is_empty());
            for feature in features {
                let tally = tallies.features.entry(feature.clone()).or_default();
                if *failed {
                    tally.failing += 1;
                    tally.tasks.insert(at);
                } else {
                    tally.good += 1;
                }
            }
        }
    }
    tallies
}
