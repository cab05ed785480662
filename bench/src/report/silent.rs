//! The rows of M2.

use std::fmt::Write;

use anyhow::Result;
use rayon::prelude::*;

use super::context::{Context, Measured};
use crate::chance::bootstrap_ratio;
use crate::figure::{Figure, Goal, Unit};
use crate::metric::silent::{self, Score, Shuffle, Store};
use somnium_dream::Normalised;

const RECALL: Goal = Goal::AtLeast(0.60);
const PRECISION: Goal = Goal::AtLeast(0.70);
const CHANCE: Goal = Goal::AtMost(0.10);
/// How often outcomes are dealt anew.
const SHUFFLES: u64 = 20;
/// The four stores together.
const TOGETHER: &str = "the four together";

/// Measures M2.
pub(super) fn measure(context: &Context<'_>) -> Result<Measured> {
    let stores = silent::stores(context)?;
    if stores.is_empty() {
        let none = Figure::new("M2", "silent mistakes: recall", TOGETHER, Unit::Share, None);
        return Ok(Measured::rows(vec![none.note("the sessions or their answers are not there")]));
    }
    let scores: Vec<Score> = stores.par_iter().map(score).collect::<Result<_>>()?;
    let plain: Vec<Score> = stores.iter().map(naive).collect();
    let halves: Vec<Score> = stores.par_iter().map(|store| half(store, context)).collect::<Result<_>>()?;
    let mut figures = rows("silent mistakes", TOGETHER, &sum(&scores), true);
    for (store, score) in stores.iter().zip(&scores) {
        figures.extend(rows("silent mistakes", store.name, score, false));
    }
    figures.extend(rows("silent mistakes, plain contrast", TOGETHER, &sum(&plain), false));
    figures.push(precision("silent mistakes mined on half of the tasks", TOGETHER, &sum(&halves)));
    for how in [Shuffle::WithinTasks, Shuffle::Everywhere] {
        figures.push(by_chance(&stores, how)?);
    }
    let missed = missed(&stores, &scores);
    let by_store: Vec<_> = stores.iter().map(|store| store.name).zip(&scores).collect();
    let measured = Measured::rows(figures).detail("scores", by_store).detail("plain", plain);
    Ok(Measured { missed, ..measured })
}

fn all(store: &Store) -> Vec<&Normalised> {
    store.sessions.iter().collect()
}

fn score(store: &Store) -> Result<Score> {
    Ok(silent::score(&silent::published(&all(store))?, &store.entries))
}

fn naive(store: &Store) -> Score {
    silent::score(&silent::naive(&all(store)), &store.entries)
}

/// Mines each half of the tasks of every split by itself.
fn half(store: &Store, context: &Context<'_>) -> Result<Score> {
    let mut sum = Score::default();
    for split in context.splits {
        let (fit, _) = split.cut(&store.sessions);
        sum.add(silent::score(&silent::published(&fit)?, &store.entries));
    }
    Ok(sum)
}

fn sum(scores: &[Score]) -> Score {
    let mut sum = Score::default();
    scores.iter().for_each(|score| sum.add(score.clone()));
    sum
}

fn rows(name: &str, on: &str, score: &Score, has_goal: bool) -> Vec<Figure> {
    let found: Vec<(f64, f64)> =
        score.found.iter().map(|(_, found)| (f64::from(u8::from(*found)), 1.0)).collect();
    let recall = share(&format!("{name}: recall"), on, &found).note(note(&found, "entries that recur"));
    let precision = precision(name, on, score);
    if has_goal { vec![recall.goal(RECALL), precision.goal(PRECISION)] } else { vec![recall, precision] }
}

fn precision(name: &str, on: &str, score: &Score) -> Figure {
    let right: Vec<(f64, f64)> =
        score.right.iter().map(|(_, right, _)| (f64::from(u8::from(*right)), 1.0)).collect();
    let reliable = score.right.iter().filter(|(_, _, reliable)| *reliable).count();
    let counted = note(&right, "claims");
    share(&format!("{name}: precision"), on, &right).note(format!(
        "{counted}; {reliable} of them among the entries that recur; {} not counted",
        score.uncounted
    ))
}

fn share(name: &str, on: &str, units: &[(f64, f64)]) -> Figure {
    let hits: f64 = units.iter().map(|unit| unit.0).sum();
    let value = (!units.is_empty()).then(|| hits / units.len() as f64);
    Figure::new("M2", name, on, Unit::Share, value).within(bootstrap_ratio(units, 2))
}

fn note(units: &[(f64, f64)], of: &str) -> String {
    format!("{} of {} {of}", units.iter().filter(|unit| unit.0 > 0.0).count(), units.len())
}

/// Claims under shuffled outcomes, as a share of those under the real ones.
fn by_chance(stores: &[Store], how: Shuffle) -> Result<Figure> {
    let count = |sessions: &[Normalised]| -> Result<usize> {
        Ok(silent::published(&sessions.iter().collect::<Vec<_>>())?.len())
    };
    let real: usize = stores.par_iter().map(|store| count(&store.sessions)).sum::<Result<usize>>()?;
    let runs: Vec<(&Store, u64)> =
        stores.iter().flat_map(|store| (0..SHUFFLES).map(move |seed| (store, seed))).collect();
    let counts: Vec<usize> = runs
        .par_iter()
        .map(|(store, seed)| count(&silent::shuffled(&store.sessions, how, *seed)))
        .collect::<Result<_>>()?;
    let total: usize = counts.iter().sum();
    let with_any = counts.iter().filter(|count| **count > 0).count();
    let name = match how {
        Shuffle::WithinTasks => "silent mistakes under outcomes shuffled within tasks / found",
        Shuffle::Everywhere => "silent mistakes under outcomes shuffled everywhere / found",
    };
    let value = total as f64 / SHUFFLES as f64 / real.max(1) as f64;
    Ok(Figure::new("M2", name, TOGETHER, Unit::Share, Some(value)).goal(CHANCE).note(format!(
        "{total} claims in {} dreams, {with_any} of which have any; {real} claims found",
        runs.len()
    )))
}

fn missed(stores: &[Store], scores: &[Score]) -> String {
    let mut text = "M2, entries that no claim says:\n".to_owned();
    for (store, score) in stores.iter().zip(scores) {
        for (entry, _) in score.found.iter().filter(|(_, found)| !found) {
            let crate::metric::silent::Entry { kind, tool, argument, failing_sessions, .. } = entry;
            let _ =
                writeln!(text, "    {}: {kind} {tool} {argument} ({failing_sessions} sessions)", store.name);
        }
        for (claim, _, _) in score.right.iter().filter(|(_, right, _)| !right) {
            let _ = writeln!(text, "    {}: not in the answers: {:?} {}", store.name, claim.kind, claim.tool);
        }
    }
    text
}
