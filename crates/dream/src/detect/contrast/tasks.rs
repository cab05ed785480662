//! Sessions of one task beside each other: what each failing one does otherwise than the good one most like it.

use std::collections::{BTreeMap, BTreeSet};

use super::differ::{Book, Features, differ, feature};
use super::roles::Tools;
use super::view::{Value, View, is_alike};
use crate::report::FeatureKind;

/// Most sessions of one task that are compared with each other: the work grows with the square. No more than a
/// [`Habits`](super::habits::Habits) can tell apart.
pub(super) const MAX_SESSIONS: usize = 40;

/// All pairs of sessions of one task.
pub(crate) struct Task {
    /// Places in the list of views.
    pub(crate) members: Vec<usize>,
    /// Whether each failed.
    pub(crate) failed: Vec<bool>,
    /// By member: the others, the most alike first.
    alike: Vec<Vec<u8>>,
    /// Where the ways of each pair begin, row by row: how `a` differs from `b`.
    starts: Vec<u32>,
    /// Numbers of ways.
    ways: Vec<u32>,
}

impl Task {
    /// Compares the judged sessions of a group. `None` where there are not two.
    pub(crate) fn compare<'s>(
        group: &[usize],
        views: &[View<'s>],
        tools: &Tools,
        book: &mut Book<'s>,
    ) -> Option<Self> {
        let judged = group.iter().copied().filter_map(|at| Some((at, views[at].failed?)));
        let (members, failed): (Vec<usize>, Vec<bool>) = judged.take(MAX_SESSIONS).unzip();
        if members.len() < 2 {
            return None;
        }
        let mut task = Self { members, failed, alike: Vec::new(), starts: vec![0], ways: Vec::new() };
        for a in 0..task.members.len() {
            let mut lengths: Vec<(usize, u8)> = Vec::with_capacity(task.members.len());
            for (b, name) in (0..task.members.len()).zip(0..) {
                let ways = differ(&views[task.members[a]], &views[task.members[b]], tools);
                if b != a {
                    lengths.push((ways.len(), name));
                }
                task.ways.extend(ways.into_iter().map(|way| book.number(way)));
                task.starts.push(u32::try_from(task.ways.len()).unwrap_or(u32::MAX));
            }
            lengths.sort_unstable();
            task.alike.push(lengths.into_iter().map(|(_, b)| b).collect());
        }
        task.ways.shrink_to_fit();
        Some(task)
    }

    /// Returns how each member differs from the good one most like it, if the sessions had ended as `failed` says.
    /// `None` where there is no other good session to compare with.
    pub(crate) fn contrast<'t>(&'t self, failed: &'t [bool]) -> impl Iterator<Item = Option<&'t [u32]>> {
        let nearest = |others: &Vec<u8>| others.iter().map(|b| usize::from(*b)).find(|b| !failed[*b]);
        self.alike.iter().enumerate().map(move |(a, others)| {
            let pair = a * self.members.len() + nearest(others)?;
            Some(&self.ways[self.starts[pair] as usize..self.starts[pair + 1] as usize])
        })
    }

    pub(crate) fn was_solved(&self) -> bool {
        self.failed.iter().any(|failed| !failed)
    }
}

/// Of a task that nobody solved: sessions that work on the same thing with the same tool and give an argument
/// different values cannot all be right. Those outside the largest group are counted as wrong.
pub(crate) fn disagreements(group: &[usize], views: &[View<'_>], tools: &Tools) -> BTreeMap<usize, Features> {
    type Slot<'s> = (&'s str, Vec<&'s str>, &'s str);
    type Group<'v, 's> = (Value<'v, 's>, Vec<usize>);
    let mut slots: BTreeMap<Slot<'_>, Vec<Group<'_, '_>>> = BTreeMap::new();
    for &at in group {
        let mut met = BTreeSet::new();
        for act in views[at].acts.iter().filter(|act| !tools.is_user_side(act.tool)) {
            // The first call on a thing only: of several it is not known which belongs to which.
            if !met.insert((act.tool, act.entity.clone())) {
                continue;
            }
            for value in act.arguments() {
                let name = value.first().map_or("", |given| given.name);
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

/// Counts over all tasks.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Tallies {
    /// Good sessions that differ from every other good one of their task.
    pub(crate) unlike: u64,
    /// Pairs of tasks in which failing sessions go wrong in the same way.
    pub(crate) recurring: u64,
}

/// Counts how sessions differ in any of so many `ways`, if they had ended as `labels` says.
pub(crate) fn tally(tasks: &[Task], ways: usize, labels: &[Vec<bool>]) -> Tallies {
    let mut tallies = Tallies::default();
    // Of each way: tasks whose failing sessions differ so, and the last of them.
    let mut counts: Vec<(u64, usize)> = vec![(0, usize::MAX); ways];
    for (at, (task, failed)) in tasks.iter().zip(labels).enumerate() {
        for (ways, failed) in task.contrast(failed).zip(failed) {
            let Some(ways) = ways else { continue };
            if !failed {
                tallies.unlike += u64::from(!ways.is_empty());
                continue;
            }
            for way in ways {
                let (tasks, last) = &mut counts[*way as usize];
                *tasks += u64::from(*last != at);
                *last = at;
            }
        }
    }
    tallies.recurring = counts.iter().map(|(tasks, _)| tasks * tasks.saturating_sub(1) / 2).sum();
    tallies
}
