//! The table of metrics. A metric is one line here and one function, which returns its rows with their goals.

use anyhow::Result;

use super::context::{Context, Measured};
use super::{effect, engine, fdr, lift, loud, poison, silent};
use crate::metric::{
    attribution, next_action, planted, preferences, retention, staleness, supersession, value,
};

/// A metric.
pub struct Metric {
    /// Its number, as `M1`.
    pub id: &'static str,
    /// What it is about, in a few words.
    pub about: &'static str,
    /// Measures it.
    pub measure: fn(&Context<'_>) -> Result<Measured>,
    /// Whether it measures time or memory, and so has to have the machine for itself.
    pub alone: bool,
}

/// A metric that may run beside others.
const fn metric(
    id: &'static str,
    about: &'static str,
    measure: fn(&Context<'_>) -> Result<Measured>,
) -> Metric {
    Metric { id, about, measure, alone: false }
}

/// Every metric, in the order of the report.
pub const METRICS: &[Metric] = &[
    metric("M1", "loud mistakes on unseen tasks", loud::measure),
    metric("M2", "silent mistakes against their answers", silent::measure),
    metric("M3", "outcome lift on unseen tasks", lift::measure),
    metric("M4", "the next action on unseen tasks", next_action::rows),
    metric("M5", "false discoveries among workflows", fdr::measure),
    metric("M6", "planted patterns", planted::rows),
    metric("M7", "retention over many dreams", retention::rows),
    metric("M8", "order invariance", engine::invariance),
    metric("M9", "values that change", supersession::rows),
    metric("M10", "things that are gone", staleness::rows),
    metric("M12", "provenance", engine::provenance),
    metric("M13", "poison", poison::measure),
    metric("M14", "value per token", value::rows),
    Metric { id: "M15", about: "cost", measure: engine::cost, alone: true },
    metric("M16", "attribution", attribution::rows),
    metric("M17", "team preferences on real work", preferences::rows),
    metric("M19", "effects of notes: intervals, and harm that is found", effect::measure),
];
