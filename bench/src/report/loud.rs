//! The rows of M1.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;

use anyhow::Result;
use serde::Serialize;

use super::context::{Context, Measured};
use crate::baseline::Baseline;
use crate::figure::{Figure, Goal, Unit};
use crate::metric::curve::{Comparison, Point, USUAL_GATE};
use crate::metric::signatures::{self, Method, Missed, SetResult, Tallies};

const RECALL: Goal = Goal::AtLeast(0.80);
const PRECISION: Goal = Goal::AtLeast(0.70);
/// Rows of what was missed that are kept of each set.
const MISSED: usize = 12;

/// The operating points of one method on one set (`pooled`: all of them).
#[derive(Clone, Debug, PartialEq, Serialize)]
struct Curve {
    on: String,
    method: String,
    points: Vec<Point>,
}

/// By error class and method: (steps whose signature was mined, failing steps).
type Classes = BTreeMap<&'static str, BTreeMap<String, (u64, u64)>>;

/// Measures M1.
pub(super) fn measure(context: &Context<'_>) -> Result<Measured> {
    let results: Vec<SetResult> =
        context.loaded.iter().map(|set| signatures::measure(set, context.splits)).collect::<Result<_>>()?;
    let pooled = signatures::pooled(&results);
    let compared =
        [Method::CountedMessage, Method::CountedTemplate, Method::PublishedTemplate, Method::CountedLadder];
    let compared = compared.map(|method| (method, signatures::against_baselines(&pooled, method)));
    let figures = mistakes(&results, &pooled, &compared);
    let comparisons: BTreeMap<String, Vec<Comparison>> =
        compared.into_iter().map(|(method, rows)| (method.name(), rows)).collect();
    let classes = by_class(&pooled);
    let curves = curves(&results, &pooled);
    let missed: Vec<Missed> =
        results.into_iter().flat_map(|result| result.missed.into_iter().take(MISSED)).collect();
    let text = missed_text(&classes, &missed);
    let measured = Measured::rows(figures)
        .detail("curves", curves)
        .detail("comparisons", comparisons)
        .detail("classes", classes)
        .detail("missed", missed);
    Ok(Measured { missed: text, ..measured })
}

fn by_class(pooled: &Tallies) -> Classes {
    let mut classes = Classes::new();
    for ((method, _), tally) in pooled.iter().filter(|((_, gate), _)| *gate == USUAL_GATE) {
        for (class, counts) in &tally.classes {
            classes.entry(class).or_default().insert(method.name(), *counts);
        }
    }
    classes
}

fn curves(results: &[SetResult], pooled: &Tallies) -> Vec<Curve> {
    let sets =
        results.iter().map(|result| (result.set.as_str(), &result.tallies)).chain([("pooled", pooled)]);
    let of = |(on, tallies): (&str, &Tallies)| -> Vec<Curve> {
        let methods: BTreeSet<Method> = tallies.keys().map(|(method, _)| *method).collect();
        let curve = |method: Method| Curve {
            on: on.to_owned(),
            method: method.name(),
            points: signatures::points(tallies, method),
        };
        methods.into_iter().map(curve).collect()
    };
    sets.flat_map(of).collect()
}

fn missed_text(classes: &Classes, missed: &[Missed]) -> String {
    let mut text = "Recall by class, at the usual gate:\n".to_owned();
    for (class, methods) in classes {
        let steps = methods.values().map(|counts| counts.1).max().unwrap_or(0);
        let _ = writeln!(text, "{class}: {steps} steps");
        for (method, (hits, steps)) in methods {
            let _ = writeln!(text, "    {:.2} {method}", *hits as f64 / (*steps).max(1) as f64);
        }
    }
    text.push_str("\nNot covered by a published claim at class level:\n");
    for Missed { set, tool, class, steps, sessions, lines } in missed {
        let _ = writeln!(text, "{set}: {tool} {class}: {steps} steps in {sessions} sessions");
        for line in lines {
            let _ = writeln!(text, "    {line}");
        }
    }
    text
}

fn mistakes(results: &[SetResult], pooled: &Tallies, compared: &[(Method, Vec<Comparison>)]) -> Vec<Figure> {
    let mut rows = Vec::new();
    let micro = "pooled over steps";
    let headline = Method::CountedLadder;
    rows.extend(pair(pooled, headline, micro, true));
    rows.extend(macro_mean(results, headline));
    for result in results {
        rows.extend(pair(&result.tallies, headline, &result.set, false));
    }
    for method in [
        Method::CountedMessage,
        Method::CountedTemplate,
        Method::CountedClass,
        Method::CountedClassAlone,
        Method::PublishedClass,
        Method::PublishedTemplate,
        Method::PublishedLadder,
        Method::WrittenClass,
    ] {
        rows.extend(pair(pooled, method, micro, false));
    }
    for baseline in Baseline::ALL {
        rows.extend(pair(pooled, Method::Baseline(baseline), micro, false));
    }
    for (method, comparisons) in compared {
        rows.extend(comparisons.iter().map(|comparison| margin(*method, comparison)));
    }
    rows
}

/// How much more recall a method has than a baseline at the precision of the baseline. The goal is that of
/// the template level; the other levels are shown beside it.
fn margin(method: Method, comparison: &Comparison) -> Figure {
    let name = format!("{}: recall above {}, equal precision", method.name(), comparison.rival);
    let least = comparison.least_margin;
    let least = least.map_or_else(String::new, |least| format!("least over gates 2-10: {least:+.2}"));
    let figure = Figure::new("M1", &name, "pooled over steps", Unit::Share, comparison.margin).note(least);
    // The goal is among methods of the same level: (tool, class) is not one of the template level.
    let has_goal = method == Method::CountedMessage && comparison.rival != Baseline::ToolClass.name();
    if has_goal { figure.goal(Goal::Above(0.0)) } else { figure }
}

fn pair(tallies: &Tallies, method: Method, on: &str, has_goal: bool) -> Vec<Figure> {
    let Some(tally) = tallies.get(&(method, USUAL_GATE)) else { return Vec::new() };
    let name = |what: &str| format!("{what}: {}", method.name());
    let recall =
        Figure::new("M1", &name("recall"), on, Unit::Share, tally.recall()).within(tally.recall_interval());
    let precision = Figure::new("M1", &name("precision"), on, Unit::Share, tally.precision())
        .within(tally.precision_interval());
    let steps: u64 = tally.tasks.values().map(|task| task.1).sum();
    let recall = recall.note(format!("{steps} failing steps judged"));
    let precision = precision.note(format!("{} signatures mined", tally.signatures.len()));
    if has_goal { vec![recall.goal(RECALL), precision.goal(PRECISION)] } else { vec![recall, precision] }
}

/// Means over sets: each set counts the same.
fn macro_mean(results: &[SetResult], method: Method) -> Vec<Figure> {
    let tallies: Vec<_> =
        results.iter().filter_map(|result| result.tallies.get(&(method, USUAL_GATE))).collect();
    let mean = |values: Vec<f64>| {
        let note = format!("{} sets with a value", values.len());
        ((!values.is_empty()).then(|| values.iter().sum::<f64>() / values.len() as f64), note)
    };
    let (recall, with_recall) = mean(tallies.iter().filter_map(|tally| tally.recall()).collect());
    let (precision, with_precision) = mean(tallies.iter().filter_map(|tally| tally.precision()).collect());
    let name = |what: &str| format!("{what}: {}", method.name());
    let on = "mean over sets";
    vec![
        Figure::new("M1", &name("recall"), on, Unit::Share, recall).goal(RECALL).note(with_recall),
        Figure::new("M1", &name("precision"), on, Unit::Share, precision)
            .goal(PRECISION)
            .note(with_precision),
    ]
}
