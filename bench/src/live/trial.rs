//! The second phase: requests that nobody has seen, under each arm, judged by the first call.

use std::collections::BTreeMap;

use anyhow::Result;
use serde::Serialize;

use super::learn::work;
use super::model::Model;
use super::world::{World, stream};

/// How many notes the right one stands among, itself included.
const AMONG: usize = 8;

/// What the model is shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Arm {
    /// No note.
    Without,
    /// What was dreamt of this world's sessions.
    Dreamt,
    /// What was dreamt of another world's.
    Other,
    /// What somebody who knows the rule would write.
    Perfect,
    /// What was dreamt of this world's sessions, among seven others.
    Among,
}

impl Arm {
    /// Every arm, in the order of the report.
    pub const ALL: [Self; 5] = [Self::Without, Self::Dreamt, Self::Other, Self::Perfect, Self::Among];

    /// The arms in the order in which they are judged: what takes the most tokens comes last.
    pub const PASSES: [&[Self]; 2] =
        [&[Self::Without, Self::Dreamt, Self::Other, Self::Perfect], &[Self::Among]];

    /// The arms of a world whose rule is met by default: a perfect note has nothing to add there.
    pub const WHERE_MET: [Self; 3] = [Self::Without, Self::Dreamt, Self::Other];

    /// Returns what it is called.
    pub fn name(self) -> &'static str {
        match self {
            Self::Without => "without a note",
            Self::Dreamt => "with the dreamt note",
            Self::Other => "with another world's note",
            Self::Perfect => "with a perfect note",
            Self::Among => "with the dreamt note among eight",
        }
    }
}

/// First calls of one world that were accepted, request by request, under each arm.
pub type Outcomes = BTreeMap<Arm, Vec<bool>>;

/// Returns what each arm shows in the world at `at`, of the notes that were dreamt of all worlds.
pub fn shown(
    worlds: &[World],
    notes: &[Option<String>],
    at: usize,
    seed: u64,
) -> BTreeMap<Arm, Option<String>> {
    let world = &worlds[at];
    // Another tool's rule of another kind: neither the field nor the form can help by chance.
    let foreign = |other: &usize| {
        *other != at
            && worlds[*other].job.tool != world.job.tool
            && worlds[*other].rule.kind != world.rule.kind
            && notes[*other].is_some()
    };
    let mut others: Vec<usize> = (0..worlds.len()).filter(foreign).collect();
    let mut chance = stream(seed, &format!("others of {}", world.name));
    chance.shuffle(&mut others);
    let text = |other: &usize| notes.get(*other).cloned().flatten();
    let own = notes[at].clone();
    let mut among: Vec<String> = others.iter().skip(1).filter_map(text).take(AMONG - 1).collect();
    among.extend(own.clone());
    chance.shuffle(&mut among);
    BTreeMap::from([
        (Arm::Without, None),
        (Arm::Dreamt, own),
        (Arm::Other, others.first().and_then(text)),
        (Arm::Perfect, Some(world.perfect_note())),
        (Arm::Among, (!among.is_empty()).then(|| among.join("\n\n"))),
    ])
}

/// Judges a model in one world under some arms.
///
/// # Errors
///
/// If the model has no answer.
pub fn judge(
    world: &World,
    shown: &BTreeMap<Arm, Option<String>>,
    arms: &[Arm],
    model: &mut dyn Model,
) -> Result<Outcomes> {
    let mut outcomes = Outcomes::new();
    let counts = |arm: &Arm| arms.contains(arm) && (!world.rule.met || Arm::WHERE_MET.contains(arm));
    for (arm, notes) in shown.iter().filter(|(arm, _)| counts(arm)) {
        let mut accepted = Vec::with_capacity(world.tests.len());
        for ask in &world.tests {
            let turns = work(world, ask, notes.as_deref(), 1, model)?;
            accepted.push(turns.first().is_some_and(|turn| turn.error.is_none()));
        }
        outcomes.insert(*arm, accepted);
    }
    Ok(outcomes)
}
