//! Worlds with planted patterns: real sessions in the background, and in some of them mistakes, procedures,
//! preferences and decoys that nobody but the seed knows.
//!
//! Everything about a plant comes from the seed: tool names, ids, messages, wording, who says it when. What is
//! planted is put into copies of real transcripts, which then go the way of all sessions. A plant's `k` is the
//! number of *mined* sessions that show it; a third or quarter as many that the engine holds out show it, too.

mod loud;
mod preference;
mod score;
mod silent;
mod store;
mod words;
mod workflow;

use serde::Serialize;
use somnium_dream::{FeatureKind, Normalised};

pub use score::{Found, Score, judge};
pub use store::Real;
use store::Store;
use words::Words;

/// Numbers of supporting sessions.
pub const SUPPORTS: [usize; 3] = [3, 5, 8];

/// Which pattern is planted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// A mistake with an error.
    Loud,
    /// A mistake without one.
    Silent,
    /// A procedure.
    Workflow,
    /// How people want things done.
    Preference,
}

impl Kind {
    /// Every kind.
    pub const ALL: [Self; 4] = [Self::Loud, Self::Silent, Self::Workflow, Self::Preference];

    /// Returns its name in the report.
    pub fn name(self) -> &'static str {
        match self {
            Self::Loud => "loud mistakes",
            Self::Silent => "silent mistakes",
            Self::Workflow => "workflows",
            Self::Preference => "preferences",
        }
    }
}

/// Why something must not be learnt.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Decoy {
    /// Too few sessions.
    BelowQuorum,
    /// Often, but in one session.
    OneSession,
    /// Often, but by one person: it must not become the team's.
    OneLoudPerson,
    /// Said by a page or a tool, not by a person or a failure.
    Tainted,
    /// Wanted at first, and then the opposite.
    Reversed,
    /// The same steps, but in no order.
    NoOrder,
    /// Fails often, and never in the same words.
    NoCommonWords,
    /// A habit that makes no difference to the outcome.
    NeutralHabit,
    /// Part of tasks that fail anyway.
    HardTasks,
}

/// By which a claim about a plant is known.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub enum What {
    /// A template that takes in this message, which is a new one of the same form.
    Loud {
        /// The message.
        message: String,
    },
    /// A feature of one of these kinds, about the tool and argument where they are given.
    Silent {
        /// Kind, tool, argument.
        features: Vec<(FeatureKind, Option<String>, Option<String>)>,
        /// What went wrong, in a word.
        slip: String,
    },
    /// These tools in this order.
    Workflow {
        /// The tools.
        steps: Vec<String>,
    },
    /// A preference for this value in this situation.
    Preference {
        /// When it matters.
        situation: String,
        /// What is wanted.
        value: String,
    },
    /// Any claim about this tool.
    AnyOf {
        /// The tool.
        tool: String,
    },
}

/// Something planted.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Plant {
    /// Which pattern.
    pub kind: Kind,
    /// Mined sessions that show it.
    pub k: usize,
    /// Why it must not be learnt; `None` where it has to be.
    pub decoy: Option<Decoy>,
    /// How to know it.
    pub what: What,
    /// Tools that nothing but this plant uses.
    pub vocabulary: Vec<String>,
    /// The sessions that show it.
    pub sessions: Vec<String>,
}

/// A store with planted patterns.
pub struct World {
    /// Its sessions.
    pub sessions: Vec<Normalised>,
    /// What is planted in them.
    pub plants: Vec<Plant>,
}

impl World {
    /// Plants the patterns of `seed` into sessions drawn from `sets`.
    pub fn make(seed: u64, sets: &[Vec<Real>]) -> Self {
        let (mut words, mut store) = (Words::new(seed), Store::draw(seed, sets));
        let mut plants = Vec::new();
        // First what takes whole sessions for itself, then what goes into any of them.
        for (turn, k) in SUPPORTS.into_iter().enumerate() {
            let slip = silent::SLIPS[(seed as usize * SUPPORTS.len() + turn) % silent::SLIPS.len()];
            plants.push(silent::plant(&mut words, &mut store, k, slip));
            plants.push(workflow::plant(&mut words, &mut store, k));
        }
        let whole: [fn(&mut Words, &mut Store) -> Plant; 5] = [
            silent::below_quorum,
            silent::neutral_habit,
            silent::hard_tasks,
            workflow::below_quorum,
            workflow::no_order,
        ];
        plants.extend(whole.map(|plant| plant(&mut words, &mut store)));
        for k in SUPPORTS {
            for _ in 0..2 {
                plants.push(loud::plant(&mut words, &mut store, k));
                plants.push(preference::plant(&mut words, &mut store, k));
            }
        }
        let anywhere: [fn(&mut Words, &mut Store) -> Plant; 8] = [
            loud::below_quorum,
            loud::one_session,
            loud::on_a_page,
            loud::other_words_each_time,
            preference::below_quorum,
            preference::one_loud_person,
            preference::on_a_page,
            preference::reversed,
        ];
        plants.extend(anywhere.map(|plant| plant(&mut words, &mut store)));
        Self { sessions: store.into_sessions(), plants }
    }
}
