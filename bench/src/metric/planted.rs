//! M6: planted patterns and decoys in real background sessions.
//!
//! F1 = 2 · found / (2 · found + missed + wrong). Found and missed are plants; wrong are decoys that were learnt
//! and claims about planted things that nobody planted.

use std::collections::BTreeMap;
use std::fmt::Write;
use std::ops::Range;
use std::path::PathBuf;
use std::sync::{Mutex, PoisonError};

use anyhow::Result;
use rayon::prelude::*;

use somnium_dream::{Options, normalise};
use somnium_transcript::read_files;

use crate::chance::bootstrap_ratio;
use crate::figure::{Figure, Goal, Unit};
use crate::mining::dream_of;
use crate::planted::{Decoy, Kind, Real, SUPPORTS, Score, World, judge};
use crate::report::{Context, Measured};

const F1: Goal = Goal::AtLeast(0.95);
const RECALL: Goal = Goal::AtLeast(0.90);
const NONE: Goal = Goal::AtMost(0.0);
/// Worlds of a report: as many as there are silent slips, so that each comes with every number of sessions.
const WORLDS: u64 = 7;
/// From this many supporting sessions on, nothing should be missed.
const ENOUGH: usize = 5;

/// Measures M6.
///
/// # Errors
///
/// If a dream fails.
pub fn rows(context: &Context<'_>) -> Result<Measured> {
    let worlds = WORLDS.min(2 * context.settings.seeds);
    let sets: Vec<Vec<Real>> = context.sets.iter().map(|set| read_all(&set.files)).collect();
    let scores = scores(&sets, context.settings.seeds(worlds))?;
    let mut figures =
        vec![f1(&scores, None).goal(F1), recall(&scores, None, 3).goal(RECALL), decoys(&scores).goal(NONE)];
    for kind in Kind::ALL {
        figures.push(f1(&scores, Some(kind)));
        figures.extend(SUPPORTS.map(|k| recall(&scores, Some(kind), k)));
    }
    let missed = missed(&scores);
    Ok(Measured { missed, ..Measured::rows(figures).detail("worlds", scores) })
}

/// Reads every session of `files` as it is, in the order of the ids.
pub fn read_all(files: &[PathBuf]) -> Vec<Real> {
    let options = Options::default();
    let all: Mutex<Vec<Real>> = Mutex::new(Vec::new());
    read_files(files, &|transcript| {
        let session = normalise(&transcript, &options);
        all.lock().unwrap_or_else(PoisonError::into_inner).push((transcript, session));
    });
    let mut all = all.into_inner().unwrap_or_else(PoisonError::into_inner);
    all.sort_by(|(a, x), (b, y)| (&a.id, &x.content_hash).cmp(&(&b.id, &y.content_hash)));
    all.dedup_by(|(a, _), (b, _)| a.id == b.id);
    all
}

/// Makes a world of each seed, dreams of each, and judges what was learnt.
///
/// # Errors
///
/// If a dream fails.
pub fn scores(sets: &[Vec<Real>], seeds: Range<u64>) -> Result<Vec<Score>> {
    let one = |seed: u64| {
        let world = World::make(seed, sets);
        // How many notes a topic may have is a matter of space, not of what was found.
        let options = Options { notes_per_topic: usize::MAX, ..Options::default() };
        let dreamt = dream_of(&world.sessions.iter().collect::<Vec<_>>(), &options)?;
        Ok(judge(&world.plants, &dreamt.report))
    };
    seeds.into_par_iter().map(one).collect()
}

fn is_of(kind: Option<Kind>, one: Kind) -> bool {
    kind.is_none_or(|kind| kind == one)
}

/// Returns the plants of one world that have to be learnt: (those that were, all of them).
fn learnt(score: &Score, kind: Option<Kind>, fits: &dyn Fn(usize) -> bool) -> (usize, usize) {
    let plants = score.plants.iter().filter(|found| found.plant.decoy.is_none());
    let plants = plants.filter(|found| is_of(kind, found.plant.kind) && fits(found.plant.k));
    plants.fold((0, 0), |(hits, all), found| (hits + usize::from(!found.claims.is_empty()), all + 1))
}

/// Returns the decoys of one world: (those that were learnt, all of them).
fn taken_in(score: &Score, kind: Option<Kind>) -> (usize, usize) {
    let decoys = score.plants.iter().filter(|found| found.plant.decoy.is_some());
    let decoys = decoys.filter(|found| is_of(kind, found.plant.kind));
    decoys.fold((0, 0), |(hits, all), found| (hits + usize::from(!found.claims.is_empty()), all + 1))
}

fn f1(scores: &[Score], kind: Option<Kind>) -> Figure {
    let mut units = Vec::new();
    let (mut found, mut all, mut wrong) = (0, 0, 0);
    for score in scores {
        let (hits, plants) = learnt(score, kind, &|k| k >= ENOUGH);
        let others = score.false_claims.iter().filter(|claim| is_of(kind, claim.0)).count();
        let false_ones = taken_in(score, kind).0 + others;
        units.push(((2 * hits) as f64, (hits + plants + false_ones) as f64));
        (found, all, wrong) = (found + hits, all + plants, wrong + false_ones);
    }
    let name = kind.map_or("planted patterns", Kind::name);
    Figure::new("M6", &format!("F1: {name}, k ≥ {ENOUGH}"), on(scores).as_str(), Unit::Share, ratio(&units))
        .within(bootstrap_ratio(&units, 6))
        .note(format!("{found} of {all} found, {wrong} wrong"))
}

fn recall(scores: &[Score], kind: Option<Kind>, support: usize) -> Figure {
    let of = |score: &Score| learnt(score, kind, &|k| k == support);
    let units: Vec<(f64, f64)> = scores.iter().map(of).map(|(hits, all)| (hits as f64, all as f64)).collect();
    let (hits, all) = units.iter().fold((0.0, 0.0), |sum, unit| (sum.0 + unit.0, sum.1 + unit.1));
    let name = kind.map_or("planted patterns", Kind::name);
    Figure::new("M6", &format!("recall: {name}, k = {support}"), &on(scores), Unit::Share, ratio(&units))
        .within(bootstrap_ratio(&units, 7))
        .note(format!("{hits:.0} of {all:.0}"))
}

fn decoys(scores: &[Score]) -> Figure {
    let (hits, all) = scores
        .iter()
        .map(|score| taken_in(score, None))
        .fold((0, 0), |sum, one| (sum.0 + one.0, sum.1 + one.1));
    let mut by_kind: BTreeMap<(Kind, Decoy), usize> = BTreeMap::new();
    for found in scores.iter().flat_map(|score| &score.plants).filter(|found| !found.claims.is_empty()) {
        if let Some(decoy) = found.plant.decoy {
            *by_kind.entry((found.plant.kind, decoy)).or_default() += 1;
        }
    }
    let named: Vec<String> =
        by_kind.iter().map(|((kind, decoy), count)| format!("{count} {} {decoy:?}", kind.name())).collect();
    let note = format!("of {all} {}", named.join(", "));
    Figure::new("M6", "decoys that were learnt", &on(scores), Unit::Count, Some(hits as f64))
        .note(note.trim_end().to_owned())
}

fn on(scores: &[Score]) -> String {
    format!("{} worlds", scores.len())
}

fn ratio(units: &[(f64, f64)]) -> Option<f64> {
    let (hits, all) = units.iter().fold((0.0, 0.0), |sum, unit| (sum.0 + unit.0, sum.1 + unit.1));
    (all > 0.0).then(|| hits / all)
}

/// Lists what was missed, and what was learnt and should not have been.
fn missed(scores: &[Score]) -> String {
    let mut text =
        "Planted patterns that were missed, decoys that were learnt, claims that nobody planted:\n"
            .to_owned();
    for (world, score) in scores.iter().enumerate() {
        for found in &score.plants {
            let plant = &found.plant;
            match (plant.decoy, found.claims.is_empty()) {
                (None, true) => {
                    let _ = writeln!(text, "world {world}: missed k={} {:?}", plant.k, plant.what);
                    for near in &found.near {
                        let _ = writeln!(text, "    {near}");
                    }
                }
                (Some(decoy), false) => {
                    let _ = writeln!(
                        text,
                        "world {world}: {decoy:?} learnt: {:?} {:?}",
                        found.titles, plant.what
                    );
                }
                _ => {}
            }
        }
        for (kind, id, title) in &score.false_claims {
            let _ = writeln!(text, "world {world}: nobody planted {id} ({}): {title}", kind.name());
        }
    }
    text
}
