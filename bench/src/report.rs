//! The report: every figure beside its goal, as one table and one JSON object.
//!
//! Everything but the figures of M15 is the same on every run and every machine. [`METRICS`] is the table of
//! metrics: to add one, write a function that returns its rows, and a line there.

mod context;
mod effect;
mod engine;
mod fdr;
mod lift;
mod loud;
mod poison;
mod rows;
mod silent;

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;
use std::path::PathBuf;

use anyhow::{Context as _, Result, bail};
use rayon::prelude::*;
use serde::Serialize;

use crate::data::{self, Loaded, Sets};
use crate::figure::{Figure, table};
use crate::split::{Split, task_of};

pub use context::{Context, Measured};
pub use rows::{METRICS, Metric};

/// What to measure.
#[derive(Clone, Debug)]
pub struct Settings {
    /// The folder with the sessions; `None` for the usual places.
    pub data: Option<PathBuf>,
    /// How many ways to split the tasks in two; each half is mined once and judged once.
    pub seeds: u64,
    /// The first seed, of splits and of everything that is drawn.
    pub first_seed: u64,
    /// The figures wanted, as `M1`; empty for all.
    pub only: Vec<String>,
    /// Sizes of the stores of made sessions whose cost is measured.
    pub sizes: Vec<u64>,
    /// This program, for measurements in processes of their own.
    pub program: PathBuf,
}

impl Settings {
    /// The first so many seeds.
    pub(crate) fn seeds(&self, count: u64) -> Range<u64> {
        self.first_seed..self.first_seed.saturating_add(count)
    }

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
    /// What lies behind them, by metric: curves, claims, what was missed.
    pub detail: BTreeMap<&'static str, BTreeMap<String, serde_json::Value>>,
    /// Plots as SVG documents, by file name without ending.
    #[serde(skip)]
    pub plots: BTreeMap<String, String>,
    /// What was missed, in words.
    #[serde(skip)]
    pub missed: String,
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
/// If there are no sessions, a metric is not known, or a stage of the engine fails.
pub fn run(settings: &Settings) -> Result<Report> {
    let unknown = |id: &&String| !METRICS.iter().any(|metric| metric.id.eq_ignore_ascii_case(id));
    if let Some(id) = settings.only.iter().find(unknown) {
        bail!("there is no figure `{id}`");
    }
    let Sets { source, sets, skipped } = data::find(settings.data.as_deref())?;
    let loaded: Vec<Loaded> = sets.par_iter().map(data::load).collect();
    let splits = Split::all(settings.seeds(settings.seeds));
    let key = context::key_beside(&sets);
    let context = Context { settings, sets: &sets, loaded: &loaded, splits: &splits, key };
    let mut report = Report {
        source,
        skipped,
        sets: loaded.iter().map(summary).collect(),
        figures: Vec::new(),
        detail: BTreeMap::new(),
        plots: BTreeMap::new(),
        missed: String::new(),
    };
    let wanted: Vec<&Metric> = METRICS.iter().filter(|metric| settings.wants(metric.id)).collect();
    let measure = |metric: &&Metric| {
        let measured = (metric.measure)(&context);
        measured.with_context(|| format!("cannot measure {}, {}", metric.id, metric.about))
    };
    let beside: Vec<Option<Measured>> = wanted
        .par_iter()
        .map(|metric| if metric.alone { Ok(None) } else { measure(metric).map(Some) })
        .collect::<Result<_>>()?;
    for (metric, measured) in wanted.iter().zip(beside) {
        let measured = match measured {
            Some(measured) => measured,
            None => measure(metric)?,
        };
        report.figures.extend(measured.figures);
        report.detail.insert(metric.id, measured.detail);
        report.plots.extend(measured.plots);
        report.missed.push_str(&measured.missed);
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
    let tasks: BTreeSet<&str> = set.sessions.iter().map(task_of).collect();
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
