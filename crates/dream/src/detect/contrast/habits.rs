//! What all good sessions of a task have in common, beyond what they change: what they look up, in which order they do
//! things, and which figures they tell the user.
//!
//! [`differ`](super::differ) holds a failing session against the good one most like it. That is too strict here:
//! sessions look things up and do them in many ways that make no difference. So a habit is what *every* good session
//! of the task has; a failing one is held against all of them, a good one against all others.

use std::collections::{BTreeMap, BTreeSet};

use somnium_types::Actor;

use super::differ::{Features, RESPOND, feature};
use super::facts::figure;
use super::roles::{Role, Tools, done, tool_of};
use super::tasks::Task;
use super::view::View;
use super::{Family, Shown};
use crate::report::{FeatureKind, SilentFeature};

/// Most tools of one session whose order is compared: the work grows with the square.
const MAX_TOOLS: usize = 40;
/// Fewest characters of a figure that is told: shorter ones are met everywhere by chance.
const MIN_FIGURE: usize = 3;

/// Something that a session may have.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Habit<'s> {
    /// It calls a tool that only looks.
    Looks(&'s str),
    /// It calls one tool before it first calls another, which changes something.
    Before(&'s str, &'s str),
    /// It tells the user a figure from this place in a tool's results.
    Tells(&'s str, &'s str),
}

impl Habit<'_> {
    fn feature(self) -> SilentFeature {
        match self {
            Self::Looks(tool) => feature(FeatureKind::MissingAction, tool, None),
            Self::Before(tool, next) => {
                let detail = Some(next.to_owned());
                SilentFeature { detail, ..feature(FeatureKind::Order, tool, None) }
            }
            Self::Tells(tool, path) => {
                let detail = Some(format!("{tool}.{path}"));
                SilentFeature { detail, ..feature(FeatureKind::MissingInformationToUser, RESPOND, None) }
            }
        }
    }
}

/// What one session has, and what it could have.
#[derive(Default)]
struct Ways<'s> {
    looks: BTreeSet<&'s str>,
    /// Where each tool is called first.
    first: BTreeMap<&'s str, usize>,
    changes: BTreeSet<&'s str>,
    /// Places whose figures it knows, and whether it tells the user one.
    knows: BTreeMap<(&'s str, &'s str), bool>,
}

impl<'s> Ways<'s> {
    fn of(view: &View<'s>, tools: &Tools) -> Self {
        let mut ways = Self::default();
        let told = figures(view, Actor::Agent);
        let asked = figures(view, Actor::User);
        for (at, step) in done(view.session).enumerate() {
            let tool = tool_of(step);
            if tools.is_user_side(tool) {
                continue;
            }
            match tools.role(tool) {
                Role::Look => drop(ways.looks.insert(tool)),
                Role::Act => drop(ways.changes.insert(tool)),
                Role::HandOff => continue,
            }
            if ways.first.len() < MAX_TOOLS {
                ways.first.entry(tool).or_insert(at);
            }
            for fact in &step.facts {
                let Some(figure) = figure(&fact.value) else { continue };
                let figure = figure.to_string();
                if figure.len() >= MIN_FIGURE && !asked.contains(&figure) {
                    *ways.knows.entry((tool, fact.path.as_str())).or_default() |= told.contains(&figure);
                }
            }
        }
        ways
    }

    /// Whether it has a habit; `None` where it could not have it.
    fn has(&self, habit: Habit<'_>) -> Option<bool> {
        match habit {
            Habit::Looks(tool) => Some(self.looks.contains(tool)),
            Habit::Before(tool, next) => Some(self.first.get(tool)? < self.first.get(next)?),
            Habit::Tells(tool, path) => self.knows.get(&(tool, path)).copied(),
        }
    }

    /// Everything that it has.
    fn habits(&self) -> impl Iterator<Item = Habit<'s>> {
        let looks = self.looks.iter().map(|tool| Habit::Looks(tool));
        let before = self.first.iter().flat_map(move |(tool, at)| {
            let later = self.changes.iter().filter(move |next| self.first.get(*next).is_some_and(|then| at < then));
            later.map(|next| Habit::Before(tool, next))
        });
        let told = self.knows.iter().filter(|(_, told)| **told);
        looks.chain(before).chain(told.map(|((tool, path), _)| Habit::Tells(tool, path)))
    }
}

fn figures(view: &View<'_>, by: Actor) -> BTreeSet<String> {
    let turns = view.session.turns.iter().filter(|turn| turn.by == by);
    turns.flat_map(|turn| &turn.figures).filter_map(|text| Some(figure(text)?.to_string())).collect()
}

/// The habits of one task.
pub(super) struct Habits {
    features: Vec<SilentFeature>,
    /// By member, by feature.
    has: Vec<Vec<Option<bool>>>,
}

impl Habits {
    /// Reads the habits of the sessions of a task.
    pub(super) fn of(task: &Task, views: &[View<'_>], tools: &Tools) -> Self {
        let ways: Vec<Ways<'_>> = task.members.iter().map(|at| Ways::of(&views[*at], tools)).collect();
        let all: BTreeSet<Habit<'_>> = ways.iter().flat_map(Ways::habits).collect();
        // What all of them have tells nothing.
        let telling: Vec<Habit<'_>> = all
            .into_iter()
            .filter(|habit| ways.iter().any(|ways| ways.has(*habit) == Some(false)))
            .collect();
        let has = ways.iter().map(|ways| telling.iter().map(|habit| ways.has(*habit)).collect()).collect();
        Self { features: telling.into_iter().map(Habit::feature).collect(), has }
    }

    /// Returns, for each feature that all other good sessions of the task have and the member could have, whether
    /// the member lacks it; if the sessions had ended as `failed` says.
    fn lacking<'h>(&'h self, member: usize, failed: &'h [bool]) -> impl Iterator<Item = (usize, bool)> + 'h {
        let others = (0..failed.len()).filter(|at| *at != member && !failed[*at]).collect::<Vec<usize>>();
        (0..self.features.len()).filter_map(move |at| {
            let is_common = !others.is_empty() && others.iter().all(|other| self.has[*other][at] == Some(true));
            let has = self.has[member][at]?;
            is_common.then_some((at, !has))
        })
    }

    /// Adds what the sessions of a task lack.
    pub(super) fn add(&self, number: usize, task: &Task, shown: &mut BTreeMap<SilentFeature, Shown>) {
        for (member, failed) in task.failed.iter().enumerate() {
            for (feature, lacks) in self.lacking(member, &task.failed) {
                let shown = shown.entry(self.features[feature].clone()).or_default();
                shown.family = Family::Habits;
                if *failed {
                    shown.could += 1;
                    if lacks {
                        shown.failing.insert(task.members[member]);
                        shown.tasks.insert(number);
                    }
                } else {
                    shown.good_could += 1;
                    shown.good += u64::from(lacks);
                }
            }
        }
    }

    /// Returns what each member lacks, by its place in the list of views.
    pub(super) fn lacked(&self, task: &Task) -> Vec<(usize, Features)> {
        let of = |member: usize| {
            let lacking = self.lacking(member, &task.failed).filter(|(_, lacks)| *lacks);
            (task.members[member], lacking.map(|(feature, _)| self.features[feature].clone()).collect())
        };
        (0..task.members.len()).map(of).collect()
    }
}

/// Counts the pairs of tasks in which failing sessions lack the same, if sessions had ended as `labels` says.
pub(super) fn recurring(habits: &[Habits], labels: &[Vec<bool>]) -> u64 {
    let mut tasks: BTreeMap<&SilentFeature, u64> = BTreeMap::new();
    for (habits, failed) in habits.iter().zip(labels) {
        let failing = (0..failed.len()).filter(|member| failed[*member]);
        let lacked: BTreeSet<usize> = failing
            .flat_map(|member| habits.lacking(member, failed))
            .filter_map(|(feature, lacks)| lacks.then_some(feature))
            .collect();
        for feature in lacked {
            *tasks.entry(&habits.features[feature]).or_default() += 1;
        }
    }
    tasks.values().map(|tasks| tasks * (tasks - 1) / 2).sum()
}

/// Whether a session lacks a feature that all good ones of its task have.
pub(super) fn lacks(view: &View<'_>, good: &[&View<'_>], feature: &SilentFeature, tools: &Tools) -> bool {
    let good: Vec<Ways<'_>> = good.iter().map(|good| Ways::of(good, tools)).collect();
    let Some(first) = good.first() else { return false };
    let Some(habit) = first.habits().find(|habit| habit.feature() == *feature) else { return false };
    good.iter().all(|good| good.has(habit) == Some(true)) && Ways::of(view, tools).has(habit) == Some(false)
}
