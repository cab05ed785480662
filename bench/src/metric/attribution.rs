//! M16, attribution: does the move that the engine blames lie within two of the labelled decisive one?
//!
//! Signatures are mined on the other half of the tasks. Every session is judged once a seed.

use std::collections::BTreeMap;
use std::path::Path;

use anyhow::{Context as _, Result};
use rayon::prelude::*;
use serde::Serialize;
use serde_json::Value;
use somnium_dream::attribution::{REACH, Sign, attribute};
use somnium_dream::{Normalised, Options};
use somnium_types::{Body, Transcript};

use super::planted::read_all;
use super::signatures::without_hold_out;
use crate::baseline::failing;
use crate::chance::{bootstrap_ratio, paired_interval};
use crate::figure::{Figure, Goal, Unit};
use crate::mining::{dream_of, mined};
use crate::report::{Context, Measured};
use crate::split::{Split, task_of};

/// The set with labels, and its answers.
const SET: &str = "who-and-when";
const KEY: &str = "who-and-when-dev-truth.jsonl";
const BETTER: Goal = Goal::Above(0.0);
const NAME: &str = "blamed move within 2 of the decisive one";

/// How often each way to blame is right about one session: a share of its draws.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Judged {
    /// The engine, over the splits that do not mine the session.
    pub engine: f64,
    /// The first move.
    pub first: f64,
    /// The last move.
    pub last: f64,
    /// Any move, with equal chances.
    pub random: f64,
    /// The first failing step, and where there is none the first move.
    pub first_failure: f64,
    /// The fourth move: the place at which most mistakes of these sessions are. It knows the labels.
    pub place: f64,
    /// What the engine saw, by sign.
    pub signs: BTreeMap<Sign, usize>,
}

/// Measures M16.
///
/// # Errors
///
/// If the key cannot be read, or a dream fails.
pub fn rows(context: &Context<'_>) -> Result<Measured> {
    let set = context.sets.iter().zip(context.loaded).find(|(set, _)| set.name == SET);
    let (Some((files, loaded)), Some(key)) = (set, context.key_file(KEY)) else {
        let why = "the sessions with labelled mistakes are not present";
        return Ok(Measured::rows(vec![Figure::skipped("M16", NAME, SET, BETTER, why)]));
    };
    let labels = labels(&key)?;
    let transcripts: BTreeMap<String, Transcript> = read_all(&files.files)
        .into_iter()
        .map(|(transcript, _)| (transcript.id.to_string(), transcript))
        .collect();
    let parts: Vec<BTreeMap<String, (bool, Sign)>> = context
        .splits
        .par_iter()
        .map(|split| blamed(*split, &loaded.sessions, &transcripts, &labels))
        .collect::<Result<_>>()?;
    let mut judged: BTreeMap<String, Judged> = BTreeMap::new();
    for (id, label) in &labels {
        let Some(transcript) = transcripts.get(id) else { continue };
        let Some(session) = loaded.sessions.iter().find(|session| session.id.as_str() == id) else {
            continue;
        };
        let mut one = baselines(transcript, session, *label);
        let hits: Vec<(bool, Sign)> = parts.iter().filter_map(|part| part.get(id).copied()).collect();
        one.engine = hits.iter().filter(|(hit, _)| *hit).count() as f64 / hits.len().max(1) as f64;
        hits.iter().for_each(|(_, sign)| *one.signs.entry(*sign).or_default() += 1);
        judged.insert(id.clone(), one);
    }
    Ok(Measured::rows(figures(&judged)).detail("sessions", judged))
}

/// Reads which move decided each session.
fn labels(key: &Path) -> Result<BTreeMap<String, usize>> {
    let text = std::fs::read_to_string(key).with_context(|| format!("cannot read `{}`", key.display()))?;
    let label = |line: &str| {
        let row: Value = serde_json::from_str(line).ok()?;
        let step = &row["ground_truth"]["mistake_step"];
        let step = step.as_u64().or_else(|| step.as_str()?.parse().ok())?;
        Some((row["session_id"].as_str()?.to_owned(), usize::try_from(step).ok()?))
    };
    Ok(text.lines().filter_map(label).collect())
}

/// Returns the number of a move: a result belongs to its call.
fn number(transcript: &Transcript, event: u32) -> usize {
    let before = transcript.events.iter().take(event as usize);
    before.filter(|event| !matches!(event.body, Body::ToolResult(_))).count()
}

fn is_near(at: usize, label: usize) -> bool {
    at.abs_diff(label) <= REACH
}

/// Mines one half of the sessions, and blames a move of each of the others.
fn blamed(
    split: Split,
    sessions: &[Normalised],
    transcripts: &BTreeMap<String, Transcript>,
    labels: &BTreeMap<String, usize>,
) -> Result<BTreeMap<String, (bool, Sign)>> {
    let (fit, test) = split.cut(sessions);
    let gate = Options::default().gates.sessions;
    let mining = mined(&dream_of(&fit, &without_hold_out(gate))?)?;
    let known: Vec<_> =
        mining.counted.into_iter().filter(|(_, sessions)| *sessions >= gate).map(|(key, _)| key).collect();
    let of = |session: &&Normalised| {
        let id = session.id.as_str();
        let (transcript, label) = (transcripts.get(id)?, *labels.get(id)?);
        let failures = failing(&[session]);
        let steps: Vec<u32> =
            session.steps.iter().filter(|step| step.failure.is_some()).map(|step| step.call).collect();
        let is_mined = |call: u32| {
            let at = steps.iter().position(|step| *step == call);
            at.and_then(|at| failures.get(at)).is_some_and(|step| known.iter().any(|key| key.matches(step)))
        };
        let found = attribute(transcript, session, &|step| is_mined(step.call));
        let (hit, sign) = found.map_or((false, Sign::None), |found| {
            (is_near(number(transcript, found.event), label), found.sign)
        });
        Some((id.to_owned(), (hit, sign)))
    };
    debug_assert!(test.iter().all(|session| !split.mines(task_of(session))));
    Ok(test.iter().filter_map(of).collect())
}

fn baselines(transcript: &Transcript, session: &Normalised, label: usize) -> Judged {
    let moves = number(transcript, u32::MAX);
    let right = |at: usize| f64::from(u8::from(is_near(at.min(moves.saturating_sub(1)), label)));
    let failure = session.steps.iter().find(|step| step.failure.is_some());
    Judged {
        first: right(0),
        last: right(usize::MAX),
        random: (0..moves).filter(|at| is_near(*at, label)).count() as f64 / moves.max(1) as f64,
        first_failure: right(failure.map_or(0, |step| number(transcript, step.call))),
        place: right(3),
        ..Judged::default()
    }
}

fn figures(judged: &BTreeMap<String, Judged>) -> Vec<Figure> {
    let share = |of: &dyn Fn(&Judged) -> f64| -> Vec<(f64, f64)> {
        judged.values().map(|one| (of(one), 1.0)).collect()
    };
    let mean = |units: &[(f64, f64)]| {
        (!units.is_empty()).then(|| units.iter().map(|unit| unit.0).sum::<f64>() / units.len() as f64)
    };
    let engine = share(&|one| one.engine);
    let signs = judged.values().flat_map(|one| &one.signs).fold(BTreeMap::new(), |mut sum, (sign, count)| {
        *sum.entry(format!("{sign:?}")).or_insert(0) += count;
        sum
    });
    let drawn: usize = signs.values().sum();
    let note: Vec<String> = signs
        .iter()
        .map(|(sign, count)| format!("{sign} {:.0}%", 100.0 * *count as f64 / drawn.max(1) as f64))
        .collect();
    let mut figures = vec![
        Figure::new("M16", NAME, SET, Unit::Share, mean(&engine))
            .within(bootstrap_ratio(&engine, 16))
            .note(format!("{} sessions; strongest sign: {}", judged.len(), note.join(", "))),
    ];
    type Way = fn(&Judged) -> f64;
    let ways: [(&str, Way, bool); 5] = [
        ("first move", |one| one.first, true),
        ("last move", |one| one.last, true),
        ("random move", |one| one.random, true),
        ("first failing step, else the first move", |one| one.first_failure, false),
        ("always the fourth move (chosen by the labels)", |one| one.place, false),
    ];
    for (name, way, has_goal) in ways {
        let theirs = share(&way);
        let differences: Vec<f64> = judged.values().map(|one| one.engine - way(one)).collect();
        let margin = mean(&share(&|one| one.engine - way(one)));
        let figure = Figure::new("M16", &format!("… above: {name}"), SET, Unit::Share, margin)
            .within(paired_interval(&differences, 17))
            .beside(name, mean(&theirs));
        figures.push(if has_goal { figure.goal_on_interval(BETTER) } else { figure });
    }
    figures
}
