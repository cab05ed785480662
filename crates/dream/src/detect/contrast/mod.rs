//! Silent mistakes: what failing sessions do that good sessions of the same task do not.
//!
//! [`roles`] infers which tools change something, [`view`] reduces a session to what it changed, [`clusters`] and
//! [`tasks`] put sessions of one task beside each other, [`differ`] says how two of them differ, [`habits`] what all
//! good ones have in common, [`told`] looks at what the user is told, [`test`] asks whether that is more than chance, and [`rank`] says each habit once.
//! [`when`] adds the [`condition`] under which something is called for, where [`facts`] tell.

mod clusters;
pub(crate) mod condition;
mod differ;
mod evidence;
mod facts;
pub(crate) mod habits;
mod held;
pub(crate) mod look;
mod rank;
pub(crate) mod roles;
mod tasks;
mod test;
mod told;
mod view;
mod when;

use std::collections::{BTreeMap, BTreeSet};

use crate::Options;
use crate::detect::Finding;
use crate::held_out::Split;
use crate::normalise::{Normalised, Quote};
use crate::report::{FeatureKind, SilentFeature};
use serde::{Deserialize, Serialize};
use somnium_types::SessionId;

use differ::{Book, Way};
use roles::Tools;
use tasks::Task;
use view::View;

pub(crate) use differ::RESPOND;
pub(crate) use evidence::source_name;

/// What only silent mistakes have.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Silent {
    /// What differs from the good sessions.
    pub(crate) feature: SilentFeature,
    /// Tool calls of good sessions that do it right, to be cited.
    pub(crate) models: Vec<(SessionId, Vec<Quote>)>,
    /// When it matters.
    pub(crate) condition: Option<condition::Condition>,
    /// Failing sessions that could show it.
    pub(crate) could: usize,
    /// Whether all sessions were mined, and tasks were left out one at a time instead.
    pub(crate) leaves_tasks_out: bool,
}

impl Silent {
    /// Numbers that a note may say beyond support and outcome.
    pub(crate) fn numbers(&self) -> Vec<String> {
        let limit = self.condition.as_ref().and_then(condition::Condition::limit);
        limit.into_iter().map(|limit| limit.to_string()).collect()
    }
}

/// Three decimals: what is printed is what is stored.
fn round(value: f64) -> f64 {
    (value * 1000.0).round() / 1000.0
}

/// Everything that is known of the mined sessions.
struct Store<'s> {
    tools: Tools,
    views: Vec<View<'s>>,
    /// Tasks with judged sessions that can be compared.
    tasks: Vec<Task>,
    /// The ways in which their sessions differ.
    book: Book<'s>,
    /// What the sessions of each task have in common; empty where outcomes have nothing to do with it.
    habits: Vec<habits::Habits>,
    /// Whether outcomes have to do with what sessions change.
    changes_tell: bool,
    /// Whether some sessions were held out.
    holds_out: bool,
}

/// How a feature was looked for. Each is tested by itself.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Family {
    /// What a session changes, against the good session most like it.
    #[default]
    Changes,
    /// What all good sessions have in common.
    Habits,
}

/// One way in which failing sessions differ.
#[derive(Clone, Debug, Default)]
pub(crate) struct Shown {
    pub(crate) family: Family,
    /// Failing sessions that show it, by place in the list of views.
    pub(crate) failing: BTreeSet<usize>,
    /// Failing sessions that could be compared at all: where they are few, fewer have to show it.
    pub(crate) pool: u64,
    /// Failing sessions that could show it.
    pub(crate) could: u64,
    /// Good sessions that differ so from the others of their task, and those that could.
    pub(crate) good: u64,
    pub(crate) good_could: u64,
    /// Tasks of the failing ones.
    pub(crate) tasks: BTreeSet<usize>,
}

/// Runs the detector.
pub(crate) fn detect(sessions: &[&Normalised], split: Split, options: &Options) -> Vec<Finding> {
    let holds_out = split.holds_out() && !are_few(sessions, options);
    let (mined, held): (Vec<&Normalised>, Vec<&Normalised>) =
        sessions.iter().copied().partition(|session| !holds_out || split.mines(&session.id));
    let ends: BTreeSet<bool> = mined.iter().filter_map(|session| ended(session)).collect();
    if ends.len() < 2 {
        return Vec::new();
    }
    let tools = roles::infer(&mined);
    let views: Vec<View<'_>> = mined.iter().map(|session| view::view(session, &tools)).collect();
    let groups = clusters::group(&views);
    let mut book = Book::default();
    let compared = groups.iter().filter_map(|group| Task::compare(group, &views, &tools, &mut book));
    let tasks: Vec<Task> = compared.collect();
    let changes_tell = test::outcomes_tell(&tasks, book.len(), options.seed);
    let mut habits: Vec<_> = tasks.iter().map(|task| habits::Habits::of(task, &views, &tools)).collect();
    if !test::habits_tell(&tasks, &habits, options.seed) {
        habits.clear();
    }
    if !changes_tell && habits.is_empty() {
        return Vec::new();
    }
    let store = Store { tools, views, tasks, book, habits, changes_tell, holds_out };
    let shown = store.shown(None);
    let held: Vec<View<'_>> = held.iter().map(|session| view::view(session, &store.tools)).collect();
    rank::findings(&store, shown, &held, options)
}

/// Whether so few sessions can show anything that none is held out: only failing ones of tasks that others solved
/// can, and a session that is taken away takes its comparisons along. Tasks are left out one at a time instead.
fn are_few(sessions: &[&Normalised], options: &Options) -> bool {
    let good: BTreeSet<_> =
        sessions.iter().filter(|session| ended(session) == Some(false)).map(|s| &s.task).collect();
    let can_show = |session: &&&Normalised| ended(session) == Some(true) && good.contains(&session.task);
    sessions.iter().filter(can_show).count() < options.gates.held_out_from
}

fn ended(session: &Normalised) -> Option<bool> {
    session.outcome.as_ref().map(somnium_types::Outcome::failed)
}

/// Sessions that can be compared with a good one of their task, or with each other.
#[derive(Default)]
struct Comparable {
    failing: BTreeSet<usize>,
    good: BTreeSet<usize>,
    /// Failing ones of tasks that nobody solved.
    unsolved: BTreeSet<usize>,
}

impl Store<'_> {
    /// Counts every way in which sessions differ, in all tasks but one.
    fn shown(&self, without: Option<usize>) -> BTreeMap<SilentFeature, Shown> {
        let mut shown: BTreeMap<SilentFeature, Shown> = BTreeMap::new();
        for ((number, task), habits) in self.tasks.iter().enumerate().zip(&self.habits) {
            if Some(number) != without {
                habits.add(number, task, &mut shown);
            }
        }
        let failing = self.tasks.iter().filter(|task| task.was_solved()).flat_map(|task| &task.failed);
        let pool = failing.filter(|failed| **failed).count() as u64;
        shown.values_mut().for_each(|shown| shown.pool = pool);
        if self.changes_tell {
            self.add_changes(without, &mut shown);
        }
        shown
    }

    /// Counts every way in which sessions differ in what they change and tell.
    fn add_changes(&self, without: Option<usize>, all: &mut BTreeMap<SilentFeature, Shown>) {
        let mut by_way: Vec<Option<Shown>> = vec![None; self.book.len()];
        let mut comparable = Comparable::default();
        for (number, task) in self.tasks.iter().enumerate().filter(|(number, _)| Some(*number) != without) {
            let rows = task.contrast(&task.failed).zip(&task.failed).zip(&task.members);
            for ((ways, failed), at) in rows {
                let Some(ways) = ways else { continue };
                let side = if *failed { &mut comparable.failing } else { &mut comparable.good };
                side.insert(*at);
                for way in ways {
                    let shown = by_way[*way as usize].get_or_insert_default();
                    if *failed {
                        shown.failing.insert(*at);
                        shown.tasks.insert(number);
                    } else {
                        shown.good += 1;
                    }
                }
            }
        }
        let met = (0..).zip(by_way).filter_map(|(way, shown)| Some((self.book.feature(way), shown?)));
        let mut shown: BTreeMap<SilentFeature, Shown> = met.collect();
        for (number, task) in self.tasks.iter().enumerate().filter(|(number, _)| Some(*number) != without) {
            if !task.was_solved() {
                comparable.unsolved.extend(&task.members);
                self.add_disagreements(number, &mut shown);
            }
        }
        for feature in self.possible() {
            shown.entry(feature).or_default();
        }
        for (feature, shown) in &mut shown {
            (shown.could, shown.good_could) = self.could(feature, &comparable);
        }
        let respond = differ::feature(FeatureKind::MissingInformationToUser, RESPOND, None);
        shown.insert(respond, told::untold(&self.tasks, &self.views, without));
        shown.values_mut().for_each(|shown| shown.pool = shown.could);
        all.extend(shown);
    }

    /// Everything in which sessions could differ: what they never differ in tells how rare it is that they do.
    fn possible(&self) -> BTreeSet<SilentFeature> {
        let mut possible = BTreeSet::new();
        for act in self.views.iter().flat_map(|view| &view.acts) {
            for name in act.arguments().filter_map(|value| Some(value.first()?.name)) {
                possible.insert(Way::new(FeatureKind::WrongArgument, act.tool, Some(name)));
            }
            let kinds = match self.tools.is_user_side(act.tool) {
                true => [FeatureKind::MissingUserStep].as_slice(),
                false => &[FeatureKind::MissingAction, FeatureKind::ExtraAction],
            };
            possible.extend(kinds.iter().map(|kind| Way::new(*kind, act.tool, None)));
        }
        possible.iter().map(Way::feature).collect()
    }

    /// Adds what cannot be right in a task that nobody solved.
    fn add_disagreements(&self, number: usize, shown: &mut BTreeMap<SilentFeature, Shown>) {
        for (at, features) in tasks::disagreements(&self.tasks[number].members, &self.views, &self.tools) {
            for feature in features {
                let shown = shown.entry(feature).or_default();
                shown.failing.insert(at);
                shown.tasks.insert(number);
            }
        }
    }

    /// How many failing and good sessions could show a feature: an argument can only be wrong in a call.
    fn could(&self, feature: &SilentFeature, comparable: &Comparable) -> (u64, u64) {
        let Comparable { failing, good, unsolved } = comparable;
        if feature.kind != FeatureKind::WrongArgument {
            return (failing.len() as u64, good.len() as u64);
        }
        let calls = |at: &&usize| self.views[**at].acts.iter().any(|act| act.tool == feature.tool);
        let failing = failing.union(unsolved).filter(calls).count();
        (failing as u64, good.iter().filter(calls).count() as u64)
    }
}
