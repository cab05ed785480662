//! The report: every figure beside its goal, as one table and one JSON object.
//!
//! Everything but the figures of M15 is the same on every run and every machine.

mod rows;

use std::collections::BTreeMap;
use std::path::PathBuf;

use anyhow::{Context, Result};
use rayon::prelude::*;
use serde::Serialize;
use somnium_dream::Options;

use crate::data::{self, Loaded, SessionSet, Sets};
use crate::figure::{Figure, table};
use crate::metric::cost::{self, Cost};
use crate::metric::curve::{Comparison, Point, USUAL_GATE};
use crate::metric::invariance::{self, Invariance};
use crate::metric::lift::{self, ClaimLift};
use crate::metric::provenance::{self, Provenance};
use crate::metric::signatures::{self, Method, Missed, SetResult};
use crate::mining::dream_of;
use crate::split::Split;

/// What to measure.
#[derive(Clone, Debug)]
pub struct Settings {
    /// The folder with the sessions; `None` for the usual places.
    pub data: Option<PathBuf>,
    /// How many ways to split the tasks in two; each half is mined once and judged once.
    pub seeds: u64,
    /// The figures wanted, as `M1`; empty for all.
    pub only: Vec<String>,
    /// This program, for measurements in processes of their own.
    pub program: PathBuf,
}

impl Settings {
    fn wants(&self, id: &str) -> bool {
        self.only.is_empty() || self.only.iter().any(|wanted| wanted.eq_ignore_ascii_case(id))
    }
}

/// What a set holds.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct SetSummary {
    /// Its name.
    pub name: String,
    /// Sessions.
    pub sessions: usize,
    /// Tasks among them.
    pub tasks: usize,
    /// Sessions whose outcome is known, and those that failed.
    pub judged: (usize, usize),
    /// Events.
    pub events: u64,
    /// Tool calls.
    pub steps: usize,
    /// Failing steps by class. All of them count; none is left out.
    pub failing: BTreeMap<&'static str, usize>,
    /// Places that could not be read.
    pub skipped: usize,
}

/// The operating points of one method on one set (`pooled`: all of them).
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Curve {
    /// The set.
    pub on: String,
    /// The method.
    pub method: String,
    /// By gate.
    pub points: Vec<Point>,
}

/// Everything that was measured.
#[derive(Clone, Debug, Serialize)]
pub struct Report {
    /// Where the sessions come from.
    pub source: String,
    /// What was looked for and is not there.
    pub skipped: Option<String>,
    /// The sets.
    pub sets: Vec<SetSummary>,
    /// The figures.
    pub figures: Vec<Figure>,
    /// M1: recall against precision.
    pub curves: Vec<Curve>,
    /// M1: methods of the engine against each baseline, pooled, at equal precision.
    pub comparisons: BTreeMap<String, Vec<Comparison>>,
    /// M1, pooled, at the usual gate, by error class and method: (steps whose signature was mined, failing
    /// steps).
    pub classes: BTreeMap<&'static str, BTreeMap<String, (u64, u64)>>,
    /// M1: failing steps that no published claim covers at class level.
    pub missed: Vec<Missed>,
    /// M3: the top claims of each set on the first split.
    pub lifts: Vec<ClaimLift>,
    /// M8.
    pub invariance: Option<Invariance>,
    /// M12, by store.
    pub provenance: BTreeMap<String, Provenance>,
    /// M15, by set.
    pub cost: BTreeMap<String, Cost>,
}

impl Report {
    /// Returns the table of figures.
    pub fn table(&self) -> String {
        table(&self.figures)
    }
}

/// Name of all sets together.
pub const ALL: &str = "all sets";

/// Measures.
///
/// # Errors
///
/// If there are no sessions, or a stage of the engine fails.
pub fn run(settings: &Settings) -> Result<Report> {
    let Sets { source, sets, skipped } = data::find(settings.data.as_deref())?;
    let loaded: Vec<Loaded> = sets.par_iter().map(data::load).collect();
    let mut report = Report {
        source,
        skipped,
        sets: loaded.iter().map(summary).collect(),
        figures: Vec::new(),
        curves: Vec::new(),
        comparisons: BTreeMap::new(),
        classes: BTreeMap::new(),
        missed: Vec::new(),
        lifts: Vec::new(),
        invariance: None,
        provenance: BTreeMap::new(),
        cost: BTreeMap::new(),
    };
    let splits = Split::all(settings.seeds);
    let files: Vec<PathBuf> = sets.iter().flat_map(|set| set.files.clone()).collect();
    if settings.wants("M1") {
        mistakes(&loaded, &splits, &mut report)?;
    }
    if settings.wants("M3") {
        lifts(&loaded, &splits, &mut report)?;
    }
    if settings.wants("M8") {
        let scratch = tempfile::tempdir().context("cannot make a scratch folder")?;
        let result = invariance::measure(&files, scratch.path())?;
        report.figures.extend(rows::invariance(&result));
        report.invariance = Some(result);
    }
    if settings.wants("M12") {
        provenances(&sets, &loaded, &mut report)?;
    }
    if settings.wants("M15") {
        let all = SessionSet { name: ALL.to_owned(), files };
        for set in std::iter::once(&all).chain(&sets) {
            let measured = cost::measure(&settings.program, &set.files)?;
            if set.name == ALL {
                report.figures.extend(rows::cost(&measured));
            }
            report.cost.insert(set.name.clone(), measured);
        }
    }
    Ok(report)
}

fn summary(set: &Loaded) -> SetSummary {
    let mut failing: BTreeMap<&'static str, usize> = BTreeMap::new();
    for failure in
        set.sessions.iter().flat_map(|session| &session.steps).filter_map(|step| step.failure.as_ref())
    {
        *failing.entry(failure.class.slug()).or_default() += 1;
    }
    let tasks: std::collections::BTreeSet<&str> = set.sessions.iter().map(crate::split::task_of).collect();
    let outcomes: Vec<bool> =
        set.sessions.iter().filter_map(|session| Some(session.outcome.as_ref()?.failed())).collect();
    SetSummary {
        name: set.name.clone(),
        sessions: set.sessions.len(),
        tasks: tasks.len(),
        judged: (outcomes.len(), outcomes.iter().filter(|failed| **failed).count()),
        events: set.sessions.iter().map(|session| u64::from(session.events)).sum(),
        steps: set.sessions.iter().map(|session| session.steps.len()).sum(),
        failing,
        skipped: set.reports.iter().map(|file| file.skipped.len()).sum(),
    }
}

fn mistakes(loaded: &[Loaded], splits: &[Split], report: &mut Report) -> Result<()> {
    let results: Vec<SetResult> =
        loaded.iter().map(|set| signatures::measure(set, splits)).collect::<Result<_>>()?;
    let pooled = signatures::pooled(&results);
    let compared =
        [Method::CountedMessage, Method::CountedTemplate, Method::PublishedTemplate, Method::CountedLadder];
    let compared = compared.map(|method| (method, signatures::against_baselines(&pooled, method)));
    report.figures.extend(rows::mistakes(&results, &pooled, &compared));
    report.comparisons = compared.into_iter().map(|(method, rows)| (method.name(), rows)).collect();
    for ((method, gate), tally) in &pooled {
        for (class, counts) in tally.classes.iter().filter(|_| *gate == USUAL_GATE) {
            report.classes.entry(class).or_default().insert(method.name(), *counts);
        }
    }
    for (on, tallies) in
        results.iter().map(|result| (result.set.as_str(), &result.tallies)).chain([("pooled", &pooled)])
    {
        let methods: std::collections::BTreeSet<Method> = tallies.keys().map(|(method, _)| *method).collect();
        report.curves.extend(methods.into_iter().map(|method| Curve {
            on: on.to_owned(),
            method: method.name(),
            points: signatures::points(tallies, method),
        }));
    }
    report.missed = results.into_iter().flat_map(|result| result.missed.into_iter().take(12)).collect();
    Ok(())
}

fn lifts(loaded: &[Loaded], splits: &[Split], report: &mut Report) -> Result<()> {
    let mut all = Vec::new();
    for set in loaded {
        let parts = splits.par_iter().map(|split| lift::measure(set, *split)).collect::<Result<Vec<_>>>()?;
        let parts: Vec<_> = parts.into_iter().flatten().collect();
        let Some(first) = parts.first() else {
            report.figures.push(rows::no_lift(&set.name));
            continue;
        };
        report.lifts.extend(first.claims.iter().cloned());
        report.figures.extend(rows::lift(&set.name, &lift::pooled(&parts), false));
        all.extend(parts);
    }
    report.figures.extend(rows::lift("mean of the sets", &lift::pooled(&all), false));
    // The ten claims with the clearest lift of one store with everything in it.
    let merged = Loaded::merged(ALL, loaded);
    let parts = splits.par_iter().map(|split| lift::measure(&merged, *split)).collect::<Result<Vec<_>>>()?;
    let parts: Vec<_> = parts.into_iter().flatten().collect();
    if let Some(first) = parts.first() {
        report.lifts.extend(first.claims.iter().cloned());
    }
    report.figures.extend(rows::lift(ALL, &lift::pooled(&parts), true));
    Ok(())
}

/// Checks the notes of each set, and of all sets in one store.
fn provenances(sets: &[SessionSet], loaded: &[Loaded], report: &mut Report) -> Result<()> {
    let stores = loaded.iter().enumerate().map(|(at, set)| (set.name.clone(), vec![at]));
    let stores: Vec<(String, Vec<usize>)> =
        stores.chain([(ALL.to_owned(), (0..sets.len()).collect())]).collect();
    for (name, members) in stores {
        let sessions: Vec<_> = members.iter().flat_map(|at| &loaded[*at].sessions).collect();
        let files: Vec<PathBuf> = members.iter().flat_map(|at| sets[*at].files.clone()).collect();
        let dreamt = dream_of(&sessions, &Options::default())?;
        let sources = provenance::sources(&files, &provenance::cited(&dreamt));
        let result = provenance::measure(&dreamt, &sources)?;
        report.figures.extend(rows::provenance(&name, &result));
        report.provenance.insert(name, result);
    }
    Ok(())
}
