//! Does `memory effect` say what is true? Stores are made whose notes help, do nothing or harm, and are judged by the
//! engine's own code.

pub mod naive;
pub mod world;

use rayon::prelude::*;
use serde::Serialize;
use somnium_dream::effect::observe::{Observed, observe};
use somnium_dream::effect::{Contrast, EffectKind};

use world::{Family, Note, PLAIN, Truth};

/// Stores of each family: in the long form (`SOMNIUM_LONG=5`) that many times as many.
pub const RUNS: u64 = 200;

/// Returns how many stores of each family are made.
pub fn runs() -> u64 {
    let times = std::env::var("SOMNIUM_LONG").ok().and_then(|times| times.parse().ok());
    RUNS * times.unwrap_or(1).max(1)
}

/// The kinds of store that are measured.
pub const FAMILIES: [Family; 15] = [
    Family { name: "5 exposures", exposures: 5, ..PLAIN },
    Family { name: "10 exposures", exposures: 10, ..PLAIN },
    Family { name: "20 exposures", exposures: 20, ..PLAIN },
    Family { name: "50 exposures", exposures: 50, ..PLAIN },
    Family { name: "200 exposures", exposures: 200, ..PLAIN },
    Family { name: "20 exposures, harder tasks since", exposures: 20, confounded: true, ..PLAIN },
    Family { name: "50 exposures, harder tasks since", exposures: 50, confounded: true, ..PLAIN },
    Family { name: "200 exposures, harder tasks since", exposures: 200, confounded: true, ..PLAIN },
    Family { name: "20 exposures, 30% held back", exposures: 20, hold_back: Some(0.3), ..PLAIN },
    Family { name: "50 exposures, 20% held back", exposures: 50, hold_back: Some(0.2), ..PLAIN },
    Family { name: "200 exposures, 10% held back", exposures: 200, hold_back: Some(0.1), ..PLAIN },
    Family { name: "50 exposures, all rates up since", exposures: 50, drift: 0.15, ..PLAIN },
    Family { name: "200 exposures, all rates up since", exposures: 200, drift: 0.15, ..PLAIN },
    Family {
        name: "50 exposures, 20% held back, all rates up since",
        exposures: 50,
        hold_back: Some(0.2),
        drift: 0.15,
        ..PLAIN
    },
    Family {
        name: "20 exposures, 30% held back, written because seen 3 times",
        exposures: 20,
        hold_back: Some(0.3),
        seen_before: 3,
        ..PLAIN
    },
];

/// So many of so many.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Share {
    /// Those that count.
    pub hits: u64,
    /// All.
    pub of: u64,
}

impl Share {
    fn add(&mut self, hit: bool) {
        self.hits += u64::from(hit);
        self.of += 1;
    }

    fn merge(&mut self, other: Self) {
        self.hits += other.hits;
        self.of += other.of;
    }

    /// Returns both together.
    pub fn with(mut self, other: Self) -> Self {
        self.merge(other);
        self
    }

    /// Returns the share; `None` of nothing.
    pub fn value(self) -> Option<f64> {
        (self.of > 0).then(|| self.hits as f64 / self.of as f64)
    }
}

/// What was found in the stores of one family.
#[derive(Clone, Debug, Default, Serialize)]
pub struct Calibration {
    /// The family.
    pub family: &'static str,
    /// Stores.
    pub runs: u64,
    /// Intervals of before and after that hold the true difference.
    pub before: Share,
    /// Intervals of held back and not that do.
    pub held_back: Share,
    /// The same of failing.
    pub failed: Share,
    /// Intervals of steps saved that do.
    pub steps: Share,
    /// Intervals of the naive estimate that do.
    pub naive: Share,
    /// Notes that do harm, and those of them that are called harmful: they leave the index.
    pub harmful_found: Share,
    /// Notes that help, and those that are called harmful.
    pub helpful_demoted: Share,
    /// Notes that do nothing, and those that are called harmful.
    pub null_demoted: Share,
    /// Notes called harmful, and those that do no harm.
    pub false_demotions: Share,
    /// Notes that help, and those that are said to help.
    pub helpful_found: Share,
    /// Notes that do nothing or harm, and those that are said to help.
    pub praised: Share,
}

/// Judges `runs` stores of a family.
pub fn measure(family: &Family, runs: u64, first_seed: u64) -> Calibration {
    let one = |run: u64| {
        let notes = world::store(family, first_seed.wrapping_add(run));
        let sessions: Vec<_> = notes.iter().map(|note| note.sessions.clone()).collect();
        let mut found = Calibration { family: family.name, runs: 1, ..Calibration::default() };
        notes.iter().zip(observe(&sessions)).for_each(|(note, observed)| found.add(note, &observed));
        found
    };
    let all: Vec<Calibration> = (0..runs).into_par_iter().map(one).collect();
    let blank = Calibration { family: family.name, ..Calibration::default() };
    all.iter().fold(blank, Calibration::with)
}

impl Calibration {
    fn add(&mut self, note: &Note, observed: &Observed) {
        let holds =
            |contrast: &Contrast, truth: f64| contrast.interval[0] <= truth && truth <= contrast.interval[1];
        if let Some(contrast) = &observed.against.before {
            let truth = note.of_shown(contrast);
            self.before.add(holds(contrast, truth));
            if let Some((low, high)) = naive::wald(&note.sessions) {
                self.naive.add(low <= truth && truth <= high);
            }
        }
        if let Some(contrast) = &observed.against.held_back {
            self.held_back.add(holds(contrast, note.of_dealt()));
        }
        if let Some(contrast) = &observed.failed.held_back {
            self.failed.add(holds(contrast, note.failures_of_dealt()));
        }
        if let Some(saved) = &observed.saved {
            let truth = match (saved.beside, &observed.against.before) {
                (somnium_dream::effect::Beside::Before, Some(contrast)) => note.of_shown(contrast),
                _ => note.of_dealt(),
            };
            let truth = -truth * world::steps_lost();
            self.steps.add(saved.steps.interval[0] <= truth && truth <= saved.steps.interval[1]);
        }
        let (harms, helps) =
            (observed.verdict.kind == EffectKind::Harms, observed.verdict.kind == EffectKind::Helps);
        match note.truth {
            Truth::Harms => self.harmful_found.add(harms),
            Truth::Helps => self.helpful_demoted.add(harms),
            Truth::Nothing => self.null_demoted.add(harms),
        }
        if harms {
            self.false_demotions.add(note.truth != Truth::Harms);
        }
        match note.truth {
            Truth::Helps => self.helpful_found.add(helps),
            _ => self.praised.add(helps),
        }
    }

    fn with(mut self, other: &Self) -> Self {
        self.runs += other.runs;
        let all = |of: &mut Self, other: &Self| {
            of.before.merge(other.before);
            of.held_back.merge(other.held_back);
            of.failed.merge(other.failed);
            of.steps.merge(other.steps);
            of.naive.merge(other.naive);
            of.harmful_found.merge(other.harmful_found);
            of.helpful_demoted.merge(other.helpful_demoted);
            of.null_demoted.merge(other.null_demoted);
            of.false_demotions.merge(other.false_demotions);
            of.helpful_found.merge(other.helpful_found);
            of.praised.merge(other.praised);
        };
        all(&mut self, other);
        self
    }
}
