//! The rows of what the engine promises whatever it reads: M8, M12, M15.

use std::collections::BTreeMap;
use std::path::PathBuf;

use anyhow::{Context as _, Result};
use somnium_dream::Options;

use super::ALL;
use super::context::{Context, Measured};
use crate::data::SessionSet;
use crate::figure::{Figure, Goal, Unit};
use crate::metric::cost::{self, Cost};
use crate::metric::growth;
use crate::metric::invariance::{self, Invariance};
use crate::metric::provenance::{self, Provenance};
use crate::mining::dream_of;

const ALL_OF_IT: Goal = Goal::AtLeast(1.0);
/// A cold dream of 3.2 million events in 10 s on two cores.
const EVENTS: Goal = Goal::AtLeast(160_000.0);
const GIGABYTES: Goal = Goal::AtLeast(1.2);
const PEAK: Goal = Goal::AtMost(512.0);

/// Measures M8.
pub(super) fn invariance(context: &Context<'_>) -> Result<Measured> {
    let scratch = tempfile::tempdir().context("cannot make a scratch folder")?;
    let result = invariance::measure(&context.files(), scratch.path())?;
    Ok(Measured::rows(invariance_rows(&result)).detail("invariance", result))
}

/// Measures M12: checks the notes of each set, and of all sets in one store.
pub(super) fn provenance(context: &Context<'_>) -> Result<Measured> {
    let (sets, loaded) = (context.sets, context.loaded);
    let stores = loaded.iter().enumerate().map(|(at, set)| (set.name.clone(), vec![at]));
    let stores: Vec<(String, Vec<usize>)> =
        stores.chain([(ALL.to_owned(), (0..sets.len()).collect())]).collect();
    let (mut figures, mut results) = (Vec::new(), BTreeMap::new());
    for (name, members) in stores {
        let sessions: Vec<_> = members.iter().flat_map(|at| &loaded[*at].sessions).collect();
        let files: Vec<PathBuf> = members.iter().flat_map(|at| sets[*at].files.clone()).collect();
        let dreamt = dream_of(&sessions, &Options::default())?;
        let sources = provenance::sources(&files, &provenance::cited(&dreamt));
        let result = provenance::measure(&dreamt, &sources)?;
        figures.extend(provenance_rows(&name, &result));
        results.insert(name, result);
    }
    Ok(Measured::rows(figures).detail("provenance", results))
}

/// Measures M15.
pub(super) fn cost(context: &Context<'_>) -> Result<Measured> {
    let all = SessionSet { name: ALL.to_owned(), files: context.files() };
    let (mut figures, mut results) = (Vec::new(), BTreeMap::new());
    for set in std::iter::once(&all).chain(context.sets) {
        let measured = cost::measure(&context.settings.program, &set.files)?;
        if set.name == ALL {
            figures.extend(cost_rows(&measured));
        }
        results.insert(set.name.clone(), measured);
    }
    let (growth, failed) = growth::measure(&context.settings.program, &context.settings.sizes)?;
    figures.extend(growth::figures(&growth, failed.as_ref()));
    let mut measured = Measured::rows(figures).detail("cost", results).detail("growth", &growth);
    for (name, chart) in growth::charts(&growth) {
        measured = measured.plot(name, chart.svg());
    }
    Ok(measured)
}

fn invariance_rows(result: &Invariance) -> Vec<Figure> {
    let share = |(some, all): (usize, usize)| (all > 0).then(|| some as f64 / all as f64);
    let (identical, controls) = (result.identical(), result.controls_that_differ());
    vec![
        Figure::new(
            "M8",
            "orders, file cuts and thread counts with the same bytes",
            ALL,
            Unit::Share,
            share(identical),
        )
        .goal(ALL_OF_IT)
        .note(format!("{} of {}", identical.0, identical.1)),
        Figure::new("M8", "… controls that must differ and do", ALL, Unit::Share, share(controls))
            .goal(ALL_OF_IT)
            .note(format!("{} of {}", controls.0, controls.1)),
    ]
}

fn provenance_rows(on: &str, result: &Provenance) -> Vec<Figure> {
    let first = result.problems.iter().next();
    let note = first.map_or_else(
        || format!("{} claims, {} spans", result.claims, result.spans),
        |(claim, problem)| format!("{} of {} claims, {claim}: {problem}", result.sound, result.claims),
    );
    let (found, all) = result.tampered.values().fold((0, 0), |sum, one| (sum.0 + one.0, sum.1 + one.1));
    let mut rows = vec![
        Figure::new("M12", "claims whose every word and number is traced", on, Unit::Share, result.share())
            .goal(ALL_OF_IT)
            .note(note),
    ];
    if on == ALL {
        rows.push(
            Figure::new("M12", "… tampered claims that are found out", on, Unit::Share, result.found_out())
                .goal(ALL_OF_IT)
                .note(format!("{found} of {all}")),
        );
    }
    rows
}

fn cost_rows(cost: &Cost) -> Vec<Figure> {
    let rate = |amount: f64, seconds: f64| (seconds > 0.0).then(|| amount / seconds);
    let (events, gigabytes) = (cost.events as f64, cost.bytes as f64 / 1e9);
    let row = |name: &str, unit: Unit, value: Option<f64>| Figure::new("M15", name, ALL, unit, value);
    let stage = |name: &str, seconds: f64| {
        let note = format!("{:.0} events/s", rate(events, seconds).unwrap_or(0.0));
        row(name, Unit::Seconds, Some(seconds)).note(note)
    };
    let whole = format!("{} events, {gigabytes:.3} GB in {:.2} s", cost.events, cost.together);
    let peak = cost.peak_kib.map(|kib| kib as f64 / 1024.0);
    vec![
        row("events a second on one core, whole dream", Unit::PerSecond, rate(events, cost.together))
            .goal(EVENTS)
            .note(whole),
        row("GB a second on one core, whole dream", Unit::GigabytesPerSecond, rate(gigabytes, cost.together)),
        row("GB a second on one core, reading alone", Unit::GigabytesPerSecond, rate(gigabytes, cost.read))
            .goal(GIGABYTES),
        row("peak memory, whole dream", Unit::Mebibytes, peak).goal(PEAK),
        stage("reading alone", cost.read),
        stage("normalising alone", cost.normalise),
        stage("dreaming alone", cost.dream),
    ]
}
