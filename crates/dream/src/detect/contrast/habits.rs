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
use super::tasks::{MAX_SESSIONS, Task};
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

/// Members of a task, a bit each.
type Members = u64;

const _: () = assert!(MAX_SESSIONS <= Members::BITS as usize, "a bit for each member");

/// Who of a task has a habit.
struct Who {
    feature: SilentFeature,
    has: Members,
    /// Who could have it.
    could: Members,
}

impl Who {
    /// Returns for which members all other good ones have it, if those with a bit in `good` had ended well.
    fn common(&self, good: Members) -> Members {
        // A single good session has no others.
        let with_others = match good {
            0 => 0,
            one if one.is_power_of_two() => !one,
            _ => Members::MAX,
        };
        let others_have = match good & !self.has {
            0 => Members::MAX,
            // One good session lacks it: it alone is held against others that all have it.
            one if one.is_power_of_two() => one,
            _ => 0,
        };
        with_others & others_have & self.could
    }
}

/// The habits of one task.
pub(super) struct Habits {
    who: Vec<Who>,
    members: usize,
}

impl Habits {
    /// Reads the habits of the sessions of a task.
    pub(super) fn of(task: &Task, views: &[View<'_>], tools: &Tools) -> Self {
        let ways: Vec<Ways<'_>> = task.members.iter().map(|at| Ways::of(&views[*at], tools)).collect();
        let all: BTreeSet<Habit<'_>> = ways.iter().flat_map(Ways::habits).collect();
        let who = |habit: Habit<'_>| {
            let (mut has, mut could) = (0, 0);
            for (member, ways) in ways.iter().enumerate() {
                let known = ways.has(habit);
                has |= Members::from(known == Some(true)) << member;
                could |= Members::from(known.is_some()) << member;
            }
            // What all of them have tells nothing.
            (has != could).then(|| Who { feature: habit.feature(), has, could })
        };
        Self { who: all.into_iter().filter_map(who).collect(), members: task.members.len() }
    }

    /// Returns, for each feature that all other good sessions of the task have and the member could have, whether
    /// the member lacks it; if those with a bit in `good` had ended well.
    fn lacking(&self, member: usize, good: Members) -> impl Iterator<Item = (&SilentFeature, bool)> {
        let bit: Members = 1 << member;
        let common = self.who.iter().filter(move |who| who.common(good) & bit != 0);
        common.map(move |who| (&who.feature, who.has & bit == 0))
    }

    /// Adds what the sessions of a task lack.
    pub(super) fn add(&self, number: usize, task: &Task, shown: &mut BTreeMap<SilentFeature, Shown>) {
        let good = good(&task.failed);
        for (member, failed) in task.failed.iter().enumerate() {
            for (feature, lacks) in self.lacking(member, good) {
                let shown = shown.entry(feature.clone()).or_default();
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
        let good = good(&task.failed);
        let of = |member: usize| {
            let lacking = self.lacking(member, good).filter(|(_, lacks)| *lacks);
            (task.members[member], lacking.map(|(feature, _)| feature.clone()).collect())
        };
        (0..task.members.len()).map(of).collect()
    }

    /// Returns the bits of all members.
    fn all(&self) -> Members {
        (0..self.members).map(|member| 1 << member).sum()
    }
}

/// Returns the bits of those that did not fail.
fn good(failed: &[bool]) -> Members {
    failed.iter().enumerate().map(|(member, failed)| Members::from(!failed) << member).sum()
}

/// Numbers for the features of all tasks, so that the same in several tasks is counted as one.
pub(super) struct Numbers {
    /// By task, by habit.
    numbers: Vec<Vec<usize>>,
    count: usize,
}

impl Numbers {
    pub(super) fn of(habits: &[Habits]) -> Self {
        let mut known: BTreeMap<&SilentFeature, usize> = BTreeMap::new();
        let numbers = habits.iter().map(|habits| {
            let of = habits.who.iter().map(|who| {
                let next = known.len();
                *known.entry(&who.feature).or_insert(next)
            });
            of.collect()
        });
        let numbers = numbers.collect();
        Self { numbers, count: known.len() }
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
pub(super) fn lack(habits: &[Habits], numbers: &Numbers, labels: &[Vec<bool>]) -> Lack {
    let mut counts = vec![Counts::default(); numbers.count];
    for ((habits, numbers), failed) in habits.iter().zip(&numbers.numbers).zip(labels) {
        let good = good(failed);
        let failing = habits.all() & !good;
        for (who, number) in habits.who.iter().zip(numbers) {
            let common = who.common(good);
            let count = &mut counts[*number];
            for (side, members) in count.sides.iter_mut().zip([good, failing]) {
                side[0] += u64::from((common & members & who.has).count_ones());
                side[1] += u64::from((common & members & !who.has).count_ones());
            }
            count.tasks += u64::from(common & failing & !who.has != 0);
        }
    }
    let mut lack = Lack::default();
    for counts in &counts {
        lack.recurring += counts.tasks * counts.tasks.saturating_sub(1) / 2;
        if counts.tasks > 1 {
            lack.clearest = lack.clearest.max(counts.ratio());
        }
    }
    lack
}

/// What was counted of one feature.
#[derive(Clone, Default)]
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

/// Returns what a session lacks that all good ones of its task have.
pub(super) fn lacked_by(view: &View<'_>, good: &[&View<'_>], tools: &Tools) -> Features {
    let Some((first, others)) = good.split_first() else { return Features::new() };
    let first = Ways::of(first, tools);
    let own = Ways::of(view, tools);
    let mut habits: BTreeMap<SilentFeature, Habit<'_>> = BTreeMap::new();
    for habit in first.habits() {
        habits.entry(habit.feature()).or_insert(habit);
    }
    habits.retain(|_, habit| own.has(*habit) == Some(false));
    for good in others {
        if habits.is_empty() {
            break;
        }
        let good = Ways::of(good, tools);
        habits.retain(|_, habit| good.has(*habit) == Some(true));
    }
    habits.into_keys().collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Who has a habit, by the definition: of a member, whether all others that ended well have it.
    fn by_definition(has: &[Option<bool>], failed: &[bool], member: usize) -> bool {
        let mut others = (0..has.len()).filter(|at| *at != member && !failed[*at]).peekable();
        others.peek().is_some() && others.all(|other| has[other] == Some(true)) && has[member].is_some()
    }

    #[test]
    fn bits_say_what_the_definition_says() {
        const MEMBERS: usize = 4;
        let ways = [None, Some(false), Some(true)];
        let mut common = 0;
        for code in 0..3_usize.pow(4) * (1 << MEMBERS) {
            let failed: Vec<bool> = (0..MEMBERS).map(|member| code >> member & 1 == 1).collect();
            let digit = |member| (code >> MEMBERS) / 3_usize.pow(member) % 3;
            let has: Vec<Option<bool>> = (0..4).map(|member| ways[digit(member)]).collect();
            let bits = |of: &dyn Fn(Option<bool>) -> bool| {
                has.iter().enumerate().map(|(at, has)| Members::from(of(*has)) << at).sum()
            };
            let who = Who {
                feature: feature(FeatureKind::Order, "tool", None),
                has: bits(&|has| has == Some(true)),
                could: bits(&|has| has.is_some()),
            };
            for member in 0..MEMBERS {
                let is_common = who.common(good(&failed)) >> member & 1 == 1;
                assert_eq!(is_common, by_definition(&has, &failed, member), "{has:?} {failed:?} {member}");
                common += usize::from(is_common);
            }
        }
        assert!(common > 100, "some are");
    }
}
