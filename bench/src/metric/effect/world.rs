//! Made stores: notes whose true effects are known, and sessions that were shown them.

use somnium_dream::effect::observe::Observation;
use somnium_dream::effect::{Contrast, Within};

use crate::chance::Chance;

/// Notes of each truth in a store.
const OF_EACH: usize = 4;
/// Tasks, and how many of them belong to one project.
const TASKS: usize = 6;
const TASKS_A_PROJECT: usize = 3;
/// What each mistake costs, in steps, on average.
const STEPS_LOST: f64 = 3.0;
/// Share of sessions whose outcome is known.
const JUDGED: f64 = 0.7;
/// Failing sessions, without and with the mistake.
const FAILS: (f64, f64) = (0.15, 0.45);
/// Sessions that are dealt a note and not shown it, and those dealt to start without it that find it all the same.
const MISSED: f64 = 0.10;
const FOUND: f64 = 0.05;

/// What a note does.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Truth {
    /// It prevents most of the mistakes.
    Helps,
    /// It changes nothing.
    Nothing,
    /// It leads into the mistake.
    Harms,
}

impl Truth {
    /// Every truth.
    pub const ALL: [Self; 3] = [Self::Helps, Self::Nothing, Self::Harms];

    /// Returns how likely the mistake is with the note, where it is `rate` likely without.
    fn with_note(self, rate: f64) -> f64 {
        match self {
            Self::Helps => rate * 0.3,
            Self::Nothing => rate,
            Self::Harms => rate + (1.0 - rate) * 0.4,
        }
    }
}

/// A kind of store.
#[derive(Clone, Copy, Debug)]
pub struct Family {
    /// Its name in the report.
    pub name: &'static str,
    /// Sessions that are shown each note, about.
    pub exposures: usize,
    /// Share of sessions that start without a note.
    pub hold_back: Option<f64>,
    /// Whether hard tasks come up more often after the note was written, and are shown it more often.
    pub confounded: bool,
    /// What is added to every rate once the note is written, whoever is shown it.
    pub drift: f64,
    /// Whether notes were written because their mistake had been seen this often; others are not looked at.
    pub seen_before: u64,
}

/// A family without anything special.
pub const PLAIN: Family =
    Family { name: "", exposures: 20, hold_back: None, confounded: false, drift: 0.0, seen_before: 0 };

/// One note with its sessions and what is true of them.
#[derive(Clone, Debug)]
pub struct Note {
    /// What it does.
    pub truth: Truth,
    /// What sessions did.
    pub sessions: Vec<Observation>,
    /// For each session, how likely the mistake was without the note and with it.
    chances: Vec<(f64, f64)>,
}

/// Makes the store of a seed.
pub fn store(family: &Family, seed: u64) -> Vec<Note> {
    let mut dice = Dice(Chance::new(seed));
    let truths = Truth::ALL.iter().flat_map(|truth| [*truth; OF_EACH]);
    truths
        .map(|truth| {
            loop {
                let note = dice.note(family, truth);
                let before = note.sessions.iter().filter(|session| !session.after && session.against).count();
                if before as u64 >= family.seen_before {
                    return note;
                }
            }
        })
        .collect()
}

struct Dice(Chance);

impl Dice {
    /// A number from 0 to 1.
    fn share(&mut self) -> f64 {
        const STEPS: usize = 1 << 30;
        (self.0.below(STEPS) as f64 + 0.5) / STEPS as f64
    }

    fn happens(&mut self, chance: f64) -> bool {
        self.share() < chance
    }

    fn note(&mut self, family: &Family, truth: Truth) -> Note {
        let base = [0.1, 0.3, 0.6][self.0.below(3)];
        // The last tasks are the hard ones.
        let rates: Vec<f64> = (0..TASKS)
            .map(|task| {
                (base * (0.4 + 1.2 * task as f64 / (TASKS - 1) as f64) * (0.8 + 0.4 * self.share())).min(0.95)
            })
            .collect();
        let before = family.exposures + self.0.below(2 * family.exposures + 1);
        // As many more as are not shown it.
        let after = family.exposures + family.exposures / 3;
        let mut note = Note { truth, sessions: Vec::new(), chances: Vec::new() };
        for number in 0..before + after {
            let is_after = number >= before;
            let task = self.task(family, is_after);
            let is_hard = task >= TASKS / 2;
            let held_back = family.hold_back.filter(|_| is_after).map(|share| self.happens(share));
            let shown = is_after
                && match held_back {
                    Some(true) => self.happens(FOUND),
                    Some(false) => self.happens(1.0 - MISSED),
                    None if family.confounded => self.happens(if is_hard { 0.95 } else { 0.35 }),
                    None => self.happens(0.75),
                };
            let rate = (rates[task] + if is_after { family.drift } else { 0.0 }).min(0.98);
            let chances = (rate, truth.with_note(rate));
            let against = self.happens(if shown { chances.1 } else { chances.0 });
            let fails = if against { FAILS.1 } else { FAILS.0 };
            let failed = self.happens(JUDGED).then(|| self.happens(fails));
            let steps = if against { self.lost() } else { 0.0 };
            note.chances.push(chances);
            note.sessions.push(Observation {
                task: task as u32,
                project: (task / TASKS_A_PROJECT) as u32,
                after: is_after,
                shown,
                held_back,
                against,
                failed,
                steps,
            });
        }
        note
    }

    fn task(&mut self, family: &Family, is_after: bool) -> usize {
        // Two thirds of the work are hard afterwards, and one third was before.
        let hard = if is_after { 0.8 } else { 0.2 };
        match family.confounded {
            true => self.0.below(TASKS / 2) + if self.happens(hard) { TASKS / 2 } else { 0 },
            false => self.0.below(TASKS),
        }
    }

    /// Steps lost to one mistake: one at least, with a long tail, [`STEPS_LOST`] on average.
    fn lost(&mut self) -> f64 {
        let rest = STEPS_LOST - 1.0;
        1.0 + (-self.share().ln() * rest).round()
    }
}

/// The mean of what [`Dice::lost`] draws: rounding an exponential draw moves its mean a little.
pub fn steps_lost() -> f64 {
    let rest = STEPS_LOST - 1.0;
    // The sum of P(draw rounds to k or more).
    1.0 + (1..200).map(|k| (-(f64::from(k) - 0.5) / rest).exp()).sum::<f64>()
}

impl Note {
    /// Returns the true difference that a contrast with the sessions before estimates: what the note changes in the
    /// sessions that were shown it, weighed as the strata are.
    pub fn of_shown(&self, contrast: &Contrast) -> f64 {
        let stratum = |session: &Observation| match contrast.within {
            Within::Task => (session.task, session.project),
            Within::Project => (0, session.project),
            _ => (0, 0),
        };
        let mut strata: std::collections::BTreeMap<(u32, u32), (f64, f64, f64)> =
            std::collections::BTreeMap::new();
        for (session, (without, with)) in self.sessions.iter().zip(&self.chances) {
            let (shown, before, change) = strata.entry(stratum(session)).or_default();
            if !session.after {
                *before += 1.0;
            } else if session.shown {
                *shown += 1.0;
                *change += with - without;
            }
        }
        let weighed = strata.values().filter(|(shown, before, _)| *shown > 0.0 && *before > 0.0);
        let (sum, weight) = weighed.fold((0.0, 0.0), |(sum, all), (shown, before, change)| {
            let weight = shown * before / (shown + before);
            (sum + weight * change / shown, all + weight)
        });
        sum / weight
    }

    /// Returns the true difference between being dealt the note and not, over all sessions that were dealt.
    pub fn of_dealt(&self) -> f64 {
        let dealt =
            self.sessions.iter().zip(&self.chances).filter(|(session, _)| session.held_back.is_some());
        let changes: Vec<f64> =
            dealt.map(|(_, (without, with))| (with - without) * (1.0 - MISSED - FOUND)).collect();
        changes.iter().sum::<f64>() / changes.len().max(1) as f64
    }

    /// Returns the same of failing.
    pub fn failures_of_dealt(&self) -> f64 {
        self.of_dealt() * (FAILS.1 - FAILS.0)
    }
}
