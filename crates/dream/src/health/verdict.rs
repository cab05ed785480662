//! Does this agent do anything twice? Dreaming helps where work repeats itself; where it does not, it is better
//! to say so.
//!
//! A step *recurs* if it lies in a run of steps that another session has, too. Short runs recur by chance, the
//! more so the fewer tools there are. So the run is as long as it takes for chance to explain at most half (the
//! chance is that of the same steps in a shuffled order, within each session), and what is reported is the
//! share beyond chance: (seen − chance) / (1 − chance).

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use somnium_types::sha256;

use crate::normalise::{Normalised, main_program, tool_key};
use crate::report::{Verdict, VerdictKind};

/// Lengths of runs that are tried.
const RUNS: std::ops::RangeInclusive<usize> = 3..=8;
/// The most that chance may explain.
const CHANCE: f64 = 0.5;
/// Shuffles of every session.
const SHUFFLES: u64 = 5;
/// Below this share of steps that recur beyond chance an agent does something different each time. Random walks
/// over 6 to 40 tools stay below 0.10; the least repetitive of the public sets of real sessions reaches 0.47.
const TOO_LITTLE: f64 = 0.15;
/// Sessions and steps below which nothing can be said.
const SESSIONS: usize = 8;
const STEPS: usize = 40;
/// From one note in so many sessions on there is something to learn, whatever the order of steps.
const SESSIONS_A_NOTE: usize = 25;

/// How much of what sessions do recurs.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) enum Recurrence {
    /// There is too little to say.
    TooFew,
    /// The order of steps says nothing: one tool, or two.
    Unknown,
    /// The share of steps beyond chance, and the sessions that have any.
    Share(f64, usize),
}

/// Measures the sessions of a store.
pub(crate) fn measure(sessions: &[&Normalised], seed: u64) -> Recurrence {
    let mut names: BTreeMap<(&str, Option<&str>), u32> = BTreeMap::new();
    let mut work: Vec<Vec<u32>> = Vec::new();
    for session in sessions {
        let symbols = session.steps.iter().map(|step| {
            let next = u32::try_from(names.len()).unwrap_or(u32::MAX);
            *names.entry((tool_key(step), main_program(step))).or_insert(next)
        });
        work.push(symbols.collect());
    }
    let steps: usize = work.iter().map(Vec::len).sum();
    let with_work = work.iter().filter(|work| !work.is_empty()).count();
    if with_work < SESSIONS || steps < STEPS {
        return Recurrence::TooFew;
    }
    let found =
        RUNS.map(|run| (run, chance(sessions, &work, run, seed))).find(|(_, chance)| *chance <= CHANCE);
    let Some((run, chance)) = found else {
        return Recurrence::Unknown;
    };
    let share = ((recurring(&work, run) - chance) / (1.0 - chance)).max(0.0);
    Recurrence::Share((share * 1000.0).round() / 1000.0, with_work)
}

/// Judges the sessions of a store, of which `notes` were written.
pub(crate) fn judge(recurrence: Recurrence, notes: usize) -> Verdict {
    let nothing = Verdict { kind: VerdictKind::TooFewSessions, recurring: None, text: None };
    let (share, with_work) = match recurrence {
        Recurrence::TooFew => return nothing,
        Recurrence::Unknown => return Verdict { kind: VerdictKind::Unknown, ..nothing },
        Recurrence::Share(share, with_work) => (share, with_work),
    };
    let is_little = share < TOO_LITTLE && notes * SESSIONS_A_NOTE < with_work;
    let text = is_little.then(|| {
        format!(
            "{:.0}% of segments recur: this agent does something different each time; dreaming will not help it \
             much",
            share * 100.0
        )
    });
    let kind = if is_little { VerdictKind::TooLittleRepetition } else { VerdictKind::Repetitive };
    Verdict { kind, recurring: Some(share), text }
}

/// Returns the share of steps that lie in a run of another session, too. What is shorter than a run is one.
fn recurring(work: &[Vec<u32>], run: usize) -> f64 {
    // By run: the first session that has it, or none where several do.
    let mut owners: BTreeMap<&[u32], Option<usize>> = BTreeMap::new();
    let runs = |steps: &'_ [u32]| run.min(steps.len()).max(1);
    for (at, steps) in work.iter().enumerate() {
        for window in steps.windows(runs(steps)) {
            owners
                .entry(window)
                .and_modify(|owner| *owner = owner.filter(|owner| *owner == at))
                .or_insert(Some(at));
        }
    }
    let (mut covered, mut all) = (0, 0);
    for steps in work {
        let run = runs(steps);
        let mut until = 0;
        for (at, window) in steps.windows(run).enumerate() {
            if owners.get(window).is_some_and(Option::is_none) {
                covered += (at + run) - until.max(at);
                until = at + run;
            }
        }
        all += steps.len();
    }
    if all == 0 { 0.0 } else { covered as f64 / all as f64 }
}

/// Returns the same share of steps in a shuffled order.
fn chance(sessions: &[&Normalised], work: &[Vec<u32>], run: usize, seed: u64) -> f64 {
    let shares = (0..SHUFFLES).map(|round| {
        let shuffled = sessions.iter().zip(work).map(|(session, steps)| {
            let mut steps = steps.clone();
            let digest = sha256(format!("{seed}/{round}/{}", session.id).as_bytes());
            let mut state = digest.iter().take(8).fold(1, |state, byte| (state << 8) | u64::from(*byte));
            for last in (1..steps.len()).rev() {
                steps.swap(last, below(&mut state, last + 1));
            }
            steps
        });
        recurring(&shuffled.collect::<Vec<_>>(), run)
    });
    shares.sum::<f64>() / SHUFFLES as f64
}

/// Returns a number below `bound` (SplitMix64, Steele and others 2014).
fn below(state: &mut u64, bound: usize) -> usize {
    *state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
    let mut z = *state;
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    ((z ^ (z >> 31)) % bound.max(1) as u64) as usize
}
