//! One run: every world is worked in, dreamt of, and judged.

use std::collections::BTreeMap;
use std::fmt::Write;

use anyhow::Result;
use serde::Serialize;
use serde_json::Value as Json;

use super::learn::{self, CALLS};
use super::model::Model;
use super::rule::Half;
use super::score;
use super::trial::{self, Arm, Outcomes};
use super::world::{Size, World, worlds};
use crate::figure::{self, Figure};

/// What is asked for.
#[derive(Clone, Copy, Debug)]
pub struct Settings {
    /// Which rules and wordings.
    pub half: Half,
    /// How much.
    pub size: Size,
    /// The seed of worlds, requests and arms.
    pub seed: u64,
}

/// What happened in one world.
#[derive(Clone, Debug, Serialize)]
pub struct WorldReport {
    /// Its name.
    pub name: String,
    /// Whether its rule is met by default.
    pub met: bool,
    /// The field that the rule is about.
    pub field: String,
    /// Requests to learn from.
    pub training: usize,
    /// Those whose first call was accepted.
    pub first_accepted: usize,
    /// Those of which any call was.
    pub accepted: usize,
    /// Calls for them.
    pub calls: usize,
    /// What the dream wrote, as the model is shown it.
    pub note: Option<String>,
    /// What somebody who knows the rule would write.
    pub perfect: String,
    /// First calls that were accepted, by arm.
    pub arms: Outcomes,
}

/// What came of a run.
#[derive(Clone, Debug, Serialize)]
pub struct LiveReport {
    /// What answered.
    pub model: String,
    /// Which rules and wordings.
    pub half: String,
    /// The seed.
    pub seed: u64,
    /// Answers that were needed, each request counted once for each time it was made.
    pub replies: u64,
    /// Worlds.
    pub worlds: Vec<WorldReport>,
    /// The figures.
    pub figures: Vec<Figure>,
    /// The sessions that were dreamt on.
    #[serde(skip)]
    pub sessions: Vec<Json>,
}

impl LiveReport {
    /// Returns the report as a page.
    pub fn page(&self) -> String {
        let mut page = format!(
            "# M18: a real model with and without what was dreamt\n\nModel: {}. {} worlds ({}), seed {}; {} replies, {} of them while learning.\n\n{}\n",
            self.model,
            self.worlds.len(),
            self.half,
            self.seed,
            self.replies,
            self.worlds.iter().map(|world| world.calls).sum::<usize>(),
            figure::table(&self.figures),
        );
        page.push_str(
            "Accepted first calls, world by world (learning: accepted at once / in the end / requests):\n\n",
        );
        page.push_str("| world | met | learning | without | dreamt | other | perfect | among |\n| --- | --- | --- | --- | --- | --- | --- | --- |\n");
        for world in &self.worlds {
            let met = if world.met { "yes" } else { "" };
            let WorldReport { name, first_accepted, accepted, training, .. } = world;
            let _ = write!(page, "| {name} | {met} | {first_accepted}/{accepted}/{training} |");
            for arm in Arm::ALL {
                let outcomes = world.arms.get(&arm).map(Vec::as_slice).unwrap_or_default();
                let hits = outcomes.iter().filter(|accepted| **accepted).count();
                let _ = write!(page, " {hits}/{} |", outcomes.len());
            }
            page.push('\n');
        }
        page
    }
}

/// Runs. `tell` is told what is done, a line at a time.
///
/// # Errors
///
/// If the model has no answer, or a dream fails.
pub fn run(settings: Settings, model: &mut dyn Model, tell: &mut dyn FnMut(&str)) -> Result<LiveReport> {
    let worlds = worlds(settings.half, settings.size, settings.seed);
    let mut counted = Counted { model, replies: 0 };
    let (mut reports, mut sessions) = (Vec::new(), Vec::new());
    for (at, world) in worlds.iter().enumerate() {
        tell(&format!("learning {} of {}: {}", at + 1, worlds.len(), world.name));
        let (report, of_world) = learn_in(world, &mut counted)?;
        tell(&indented(report.note.as_deref().unwrap_or("no note")));
        reports.push(report);
        sessions.extend(of_world);
    }
    let notes: Vec<Option<String>> = reports.iter().map(|report| report.note.clone()).collect();
    for arms in Arm::PASSES {
        for (at, world) in worlds.iter().enumerate() {
            let shown = trial::shown(&worlds, &notes, at, settings.seed);
            let outcomes = trial::judge(world, &shown, arms, &mut counted)?;
            tell(&format!("judged {} of {}: {}: {}", at + 1, worlds.len(), world.name, told(&outcomes)));
            reports[at].arms.extend(outcomes);
        }
    }
    let of = |met: bool| -> Vec<Outcomes> {
        reports.iter().filter(|report| report.met == met).map(|report| report.arms.clone()).collect()
    };
    let half = match settings.half {
        Half::Tuning => "tuning",
        Half::HeldOut => "held-out",
    };
    let figures = score::figures(&of(false), &of(true), &format!("{half} worlds"));
    Ok(LiveReport {
        model: counted.model.name().to_owned(),
        half: half.to_owned(),
        seed: settings.seed,
        replies: counted.replies,
        worlds: reports,
        figures,
        sessions,
    })
}

fn told(outcomes: &Outcomes) -> String {
    let hits = |accepted: &[bool]| accepted.iter().filter(|accepted| **accepted).count();
    let arms = outcomes
        .iter()
        .map(|(arm, accepted)| format!("{} of {} {}", hits(accepted), accepted.len(), arm.name()));
    arms.collect::<Vec<_>>().join(", ")
}

fn indented(text: &str) -> String {
    text.lines().map(|line| format!("    {line}")).collect::<Vec<_>>().join("\n")
}

fn learn_in(world: &World, model: &mut Counted<'_>) -> Result<(WorldReport, Vec<Json>)> {
    let name = model.model.name().to_owned();
    let (mut sessions, mut first_accepted, mut accepted, mut calls) = (Vec::new(), 0, 0, 0);
    for (number, ask) in world.training.iter().enumerate() {
        let turns = learn::work(world, ask, None, CALLS, model)?;
        calls += turns.len();
        first_accepted += usize::from(turns.first().is_some_and(|turn| turn.error.is_none()));
        accepted += usize::from(turns.last().is_some_and(|turn| turn.error.is_none()));
        sessions.push(learn::session(world, number, ask, &turns, &name));
    }
    let note = learn::notes(&learn::dream_of(&sessions)?);
    let report = WorldReport {
        name: world.name.clone(),
        met: world.rule.met,
        field: world.ruled().name.to_owned(),
        training: world.training.len(),
        first_accepted,
        accepted,
        calls,
        note,
        perfect: world.perfect_note(),
        arms: BTreeMap::new(),
    };
    Ok((report, sessions))
}

/// Counts what a model answers.
struct Counted<'m> {
    model: &'m mut dyn Model,
    replies: u64,
}

impl Model for Counted<'_> {
    fn name(&self) -> &str {
        self.model.name()
    }

    fn answer(&mut self, prompt: &super::model::Prompt) -> Result<super::model::Reply> {
        self.replies += 1;
        self.model.answer(prompt)
    }
}
