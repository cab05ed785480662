//! The rows of M5.

use anyhow::Result;
use rayon::prelude::*;
use somnium_dream::NullModel;

use super::context::{Context, Measured};
use crate::data::Loaded;
use crate::figure::{Figure, Goal, Unit};
use crate::metric::fdr::{self, Discoveries, Found};

const RATE: Goal = Goal::AtMost(0.05);
/// A store that holds sessions of several domains is measured by domain, too.
const MIN_SESSIONS: usize = 60;

/// Measures M5.
pub(super) fn measure(context: &Context<'_>) -> Result<Measured> {
    let mut parts: Vec<Loaded> = Vec::new();
    for set in context.loaded {
        parts.push(set.clone());
        parts.extend(by_project(set));
    }
    let all: Vec<Discoveries> =
        parts.par_iter().map(|part| fdr::measure(part, context.settings.seeds(fdr::DRAWS))).collect();
    let figures = all.iter().flat_map(rows).collect();
    Ok(Measured::rows(figures).detail("discoveries", &all))
}

/// The projects of a set that has several, each with enough sessions.
fn by_project(set: &Loaded) -> Vec<Loaded> {
    let mut projects: std::collections::BTreeMap<&str, Vec<_>> = std::collections::BTreeMap::new();
    for session in &set.sessions {
        projects.entry(session.project.as_deref().unwrap_or_default()).or_default().push(session.clone());
    }
    projects.retain(|_, sessions| sessions.len() >= MIN_SESSIONS);
    if projects.len() < 2 {
        return Vec::new();
    }
    let part = |(project, sessions): (&str, Vec<_>)| Loaded {
        name: format!("{} ({project})", set.name),
        sessions,
        reports: Vec::new(),
    };
    projects.into_iter().map(part).collect()
}

fn rows(found: &Discoveries) -> Vec<Figure> {
    let row = |model: NullModel, name: &str, of: fn(&Found) -> usize, what: &str| {
        let draws = found.draws(model);
        let sum: usize = draws.iter().map(of).sum();
        let note = format!("{} in the data, {sum} in {} draws", of(&found.data), draws.len());
        let name = format!("{what}: in {name} sessions / in data");
        Figure::new("M5", &name, &found.set, Unit::Share, found.rate(model, of)).note(note)
    };
    let mut rows = Vec::new();
    for (model, name) in fdr::MODELS {
        rows.push(row(model, name, |found| found.playbooks, "workflows").goal(RATE));
        rows.push(row(model, name, |found| found.patterns, "… patterns behind them").goal(RATE));
        rows.push(row(model, name, |found| found.frequent, "… support counting at length 3"));
    }
    rows
}
