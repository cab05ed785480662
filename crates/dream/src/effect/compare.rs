//! From what was counted about a note to differences with intervals.

use std::collections::BTreeMap;

use super::means::{self, Sample};
use super::rates::{self, Pair};
use super::report::{Beside, Contrast, Contrasts, PerSession, Rate, Saved, SavedOf, Within};
use super::track::{Cell, Cells, Group, Track};

/// Sessions that each group of dealt sessions needs before they decide.
pub(crate) const DEALT: u64 = 5;
/// Share of the sessions with the note that must find their like at a level: below it the next coarser one is taken.
/// Whether they do depends on where sessions ran, not on how they ended, so choosing biases nothing.
const COMPARABLE: f64 = 0.8;
/// Most strata: where there are more, projects tell as much, and sooner.
const MOST_STRATA: usize = 2_000;

/// What the numbers of a task and its project become at a level.
type Level = fn(&(u32, u32)) -> (u32, u32);

/// What a cell is compared by.
type Counted = fn(&Cell) -> (u64, u64);

/// Sessions and those that went against the note.
const AGAINST: Counted = |cell| (cell.sessions, cell.against);
/// Judged sessions and those that failed.
const FAILED: Counted = |cell| (cell.judged, cell.failed);

/// Everything that is compared about one note.
#[derive(Clone, Debug, Default)]
pub(crate) struct Compared {
    pub(crate) against: Contrasts,
    pub(crate) failed: Contrasts,
    pub(crate) saved: Option<Saved>,
}

impl Compared {
    pub(crate) fn of(track: &Track) -> Self {
        let against = contrasts(track, AGAINST);
        let failed = contrasts(track, FAILED);
        let saved = match decisive(&against) {
            Some((Beside::HeldBack, _)) => saved(track, Beside::HeldBack, &dealt(track)),
            _ => saved(track, Beside::Before, &level(track, Group::Before, AGAINST).1),
        };
        Self { against, failed, saved }
    }
}

/// Returns the contrast that a verdict rests on: what chance decided where there is enough of it, else what was before.
pub(crate) fn decisive(of: &Contrasts) -> Option<(Beside, Contrast)> {
    let enough = |found: &Contrast| found.with.sessions >= DEALT && found.without.sessions >= DEALT;
    let held_back = of.held_back.filter(enough).map(|found| (Beside::HeldBack, found));
    held_back.or(of.before.map(|found| (Beside::Before, found)))
}

/// Cells of the group with the note and of the one without.
type Pairs = Vec<(Cell, Cell)>;

fn contrasts(track: &Track, counted: Counted) -> Contrasts {
    let beside = |group| {
        let (within, pairs) = level(track, group, counted);
        contrast(&pairs, within, counted)
    };
    Contrasts {
        before: beside(Group::Before),
        not_shown: beside(Group::NotShown),
        held_back: contrast(&dealt(track), Within::Arrangement, counted),
    }
}

/// Sessions that were dealt, those with the note first.
fn dealt(track: &Track) -> Pairs {
    track.dealt.values().map(|[held_back, given]| (*given, *held_back)).collect()
}

/// Returns the sessions that were shown the note beside those of `group`, within the finest level at which most of them
/// find their like.
fn level(track: &Track, group: Group, counted: Counted) -> (Within, Pairs) {
    let all: u64 = counted(&track.total(Group::Shown)).0;
    let levels: [(Within, Level); 2] = [(Within::Task, |key| *key), (Within::Project, |key| (0, key.1))];
    for (within, key) in levels {
        let pairs = pairs(track, group, key);
        let shared: u64 =
            pairs.iter().filter(|(_, other)| counted(other).0 > 0).map(|(shown, _)| counted(shown).0).sum();
        if pairs.len() <= MOST_STRATA && shared as f64 >= COMPARABLE * all as f64 {
            return (within, pairs);
        }
    }
    (Within::Everything, pairs(track, group, |_| (0, 0)))
}

fn pairs(track: &Track, group: Group, key: Level) -> Pairs {
    let mut strata: BTreeMap<(u32, u32), Cells> = BTreeMap::new();
    for (at, cells) in &track.strata {
        let into = strata.entry(key(at)).or_default();
        into.iter_mut().zip(cells).for_each(|(into, cell)| into.add(cell));
    }
    let pair = |cells: &Cells| (cells[Group::Shown as usize], cells[group as usize]);
    strata.values().map(pair).filter(|(shown, other)| shown.sessions + other.sessions > 0).collect()
}

fn contrast(pairs: &Pairs, within: Within, counted: Counted) -> Option<Contrast> {
    let strata: Vec<Pair> = pairs
        .iter()
        .map(|(with, without)| {
            let ((treated, treated_hits), (control, control_hits)) = (counted(with), counted(without));
            Pair { treated, treated_hits, control, control_hits }
        })
        .collect();
    let found = rates::difference(&strata)?;
    let sum = |of: fn(&Pair) -> (u64, u64)| {
        let all = strata.iter().map(of);
        let (hits, sessions) = all.fold((0, 0), |sum, one| (sum.0 + one.0, sum.1 + one.1));
        Rate::of(hits, sessions)
    };
    let with = sum(|pair| (pair.treated_hits, pair.treated));
    let without = sum(|pair| (pair.control_hits, pair.control));
    Some(Contrast::of(with, without, within, found))
}

fn saved(track: &Track, beside: Beside, pairs: &Pairs) -> Option<Saved> {
    let of = |sample: fn(&Cell) -> Sample| {
        let samples: Vec<(Sample, Sample)> =
            pairs.iter().map(|(with, without)| (sample(with), sample(without))).collect();
        let found = means::difference(&samples)?;
        Some(PerSession { mean: -found.estimate, interval: [-found.high, -found.low] })
    };
    let steps = of(|cell| cell.steps)?;
    let sessions: u64 = pairs.iter().map(|(with, _)| with.sessions).sum();
    Some(Saved {
        of: if track.of_mistake { SavedOf::Mistake } else { SavedOf::Session },
        beside,
        steps,
        tokens: of(|cell| cell.tokens),
        steps_in_all: steps.mean * sessions as f64,
    })
}
