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
use super::roles::{Role, Tools, done, is_id, tool_of};
use super::tasks::Task;
use super::view::View;
use super::{Family, Shown};
use crate::normalise::Normalised;
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
    /// It calls one tool before it first calls another on the same thing, which changes something. Calls on different
    /// things may come in any order.
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
    /// Where each tool is called first, and on what.
    first: BTreeMap<&'s str, (usize, BTreeSet<&'s str>)>,
    changes: BTreeSet<&'s str>,
    /// Places whose figures it knows, and whether it tells the user one.
    knows: BTreeMap<(&'s str, &'s str), bool>,
}

impl<'s> Ways<'s> {
    fn of(view: &View<'s>, tools: &Tools) -> Self {
        let is_own = |tool: &str| !tools.is_user_side(tool);
        Self::read(view.session, |tool| is_own(tool).then(|| tools.role(tool)))
    }

    /// Reads a session; tools without a role are left out.
    fn read(session: &'s Normalised, role: impl Fn(&str) -> Option<Role>) -> Self {
        let mut ways = Self::default();
        let (told, asked) = (figures(session, Actor::Agent), figures(session, Actor::User));
        for (at, step) in done(session).enumerate() {
            let tool = tool_of(step);
            match role(tool) {
                Some(Role::Look) => drop(ways.looks.insert(tool)),
                Some(Role::Act) => drop(ways.changes.insert(tool)),
                Some(Role::HandOff) | None => continue,
            }
            if ways.first.len() < MAX_TOOLS {
                let ids = step.args.iter().map(|arg| arg.value.as_str()).filter(|value| is_id(value));
                ways.first.entry(tool).or_insert_with(|| (at, ids.collect()));
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
            Habit::Before(tool, next) => {
                let ((at, on), (then, too)) = (self.first.get(tool)?, self.first.get(next)?);
                (!on.is_disjoint(too)).then_some(at < then)
            }
            Habit::Tells(tool, path) => self.knows.get(&(tool, path)).copied(),
        }
    }

    /// Everything that it has.
    fn habits(&self) -> impl Iterator<Item = Habit<'s>> {
        let looks = self.looks.iter().map(|tool| Habit::Looks(tool));
        let pairs =
            self.first.keys().flat_map(|tool| self.changes.iter().map(|next| Habit::Before(tool, next)));
        let before = pairs.filter(|habit| self.has(*habit) == Some(true));
        let told = self.knows.iter().filter(|(_, told)| **told);
        looks.chain(before).chain(told.map(|((tool, path), _)| Habit::Tells(tool, path)))
    }
}

fn figures(session: &Normalised, by: Actor) -> BTreeSet<String> {
    let turns = session.turns.iter().filter(|turn| turn.by == by);
    turns.flat_map(|turn| &turn.figures).filter_map(|text| Some(figure(text)?.to_string())).collect()
}

/// Whether a session does what a feature says that failing ones do not, by what it does alone; `None` where it has no
/// occasion, or where that cannot be told.
pub(crate) fn does_right(session: &Normalised, feature: &SilentFeature) -> Option<bool> {
    let detail = feature.detail.as_deref()?;
    let habit = match feature.kind {
        FeatureKind::Order => Habit::Before(&feature.tool, detail),
        FeatureKind::MissingInformationToUser => {
            let (tool, path) = detail.split_once('.')?;
            Habit::Tells(tool, path)
        }
        _ => return None,
    };
    Ways::read(session, |_| Some(Role::Act)).has(habit)
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
        let telling: Vec<Habit<'_>> =
            all.into_iter().filter(|habit| ways.iter().any(|ways| ways.has(*habit) == Some(false))).collect();
        let has = ways.iter().map(|ways| telling.iter().map(|habit| ways.has(*habit)).collect()).collect();
        Self { features: telling.into_iter().map(Habit::feature).collect(), has }
    }

    /// Returns, for each feature that all other good sessions of the task have and the member could have, whether
    /// the member lacks it; if the sessions had ended as `failed` says.
    fn lacking<'h>(&'h self, member: usize, failed: &'h [bool]) -> impl Iterator<Item = (usize, bool)> + 'h {
        let others = (0..failed.len()).filter(|at| *at != member && !failed[*at]).collect::<Vec<usize>>();
        (0..self.features.len()).filter_map(move |at| {
            let is_common =
                !others.is_empty() && others.iter().all(|other| self.has[*other][at] == Some(true));
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

/// How much failing sessions lack the same.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Lack {
    /// Pairs of tasks in which they do.
    pub(super) recurring: u64,
    /// The feature in which they differ most from good ones: twice the log-likelihood ratio of the two rates.
    pub(super) clearest: f64,
}

/// Counts over all tasks, if sessions had ended as `labels` says.
pub(super) fn lack(habits: &[Habits], labels: &[Vec<bool>]) -> Lack {
    let mut counts: BTreeMap<&SilentFeature, Counts> = BTreeMap::new();
    for (habits, failed) in habits.iter().zip(labels) {
        let mut lacked = BTreeSet::new();
        for (member, failing) in failed.iter().enumerate() {
            for (feature, lacks) in habits.lacking(member, failed) {
                let side =
                    &mut counts.entry(&habits.features[feature]).or_default().sides[usize::from(*failing)];
                side[usize::from(lacks)] += 1;
                if *failing && lacks {
                    lacked.insert(feature);
                }
            }
        }
        for feature in lacked {
            counts.entry(&habits.features[feature]).or_default().tasks += 1;
        }
    }
    let mut lack = Lack::default();
    for counts in counts.values() {
        lack.recurring += counts.tasks * counts.tasks.saturating_sub(1) / 2;
        if counts.tasks > 1 {
            lack.clearest = lack.clearest.max(counts.ratio());
        }
    }
    lack
}

/// What was counted of one feature.
#[derive(Default)]
struct Counts {
    /// Tasks of the failing sessions that lack it.
    tasks: u64,
    /// `[failing][lacks]`.
    sides: [[u64; 2]; 2],
}

impl Counts {
    /// Twice the log-likelihood ratio between two rates and one; 0 where failing sessions lack it no more often.
    fn ratio(&self) -> f64 {
        let [[g0, g1], [f0, f1]] = self.sides.map(|side| side.map(|count| count as f64));
        if f1 * (g0 + g1) <= g1 * (f0 + f1) {
            return 0.0;
        }
        let bits = |hits: f64, misses: f64| {
            let of = |part: f64| if part > 0.0 { part * (part / (hits + misses)).ln() } else { 0.0 };
            of(hits) + of(misses)
        };
        2.0 * (bits(f1, f0) + bits(g1, g0) - bits(f1 + g1, f0 + g0))
    }
}

/// Whether a session lacks a feature that all good ones of its task have.
pub(super) fn lacks(view: &View<'_>, good: &[&View<'_>], feature: &SilentFeature, tools: &Tools) -> bool {
    let good: Vec<Ways<'_>> = good.iter().map(|good| Ways::of(good, tools)).collect();
    let Some(first) = good.first() else { return false };
    let Some(habit) = first.habits().find(|habit| habit.feature() == *feature) else { return false };
    good.iter().all(|good| good.has(habit) == Some(true)) && Ways::of(view, tools).has(habit) == Some(false)
}
