//! From measurements to rows of the table. The goals stand here and nowhere else.

use super::ALL;
use crate::baseline::Baseline;
use crate::figure::{Figure, Goal, Unit};
use crate::metric::cost::Cost;
use crate::metric::curve::{Comparison, USUAL_GATE};
use crate::metric::invariance::Invariance;
use crate::metric::lift::Pooled;
use crate::metric::provenance::Provenance;
use crate::metric::signatures::{Method, SetResult, Tallies};

const RECALL: Goal = Goal::AtLeast(0.80);
const PRECISION: Goal = Goal::AtLeast(0.70);
const LIFT: Goal = Goal::AtLeast(1.3);
const Q: Goal = Goal::AtMost(0.10);
const ALL_OF_IT: Goal = Goal::AtLeast(1.0);
/// A cold dream of 3.2 million events in 10 s on two cores.
const EVENTS: Goal = Goal::AtLeast(160_000.0);
const GIGABYTES: Goal = Goal::AtLeast(1.2);
const PEAK: Goal = Goal::AtMost(512.0);

pub(super) fn mistakes(
    results: &[SetResult],
    pooled: &Tallies,
    compared: &[(Method, Vec<Comparison>)],
) -> Vec<Figure> {
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

pub(super) fn lift(on: &str, pooled: &Pooled, has_goal: bool) -> Vec<Figure> {
    let (strong, seen) = pooled.strong;
    let lift = Figure::new("M3", "outcome lift of the top 10 claims", on, Unit::Ratio, pooled.lift)
        .note(format!("{strong} of {seen} claims reach 1.3 at q ≤ 0.10 by themselves"));
    let p = Figure::new("M3", "… p under shuffled outcomes", on, Unit::Share, pooled.p);
    if has_goal { vec![lift.goal(LIFT), p.goal(Q)] } else { vec![lift, p] }
}

pub(super) fn no_lift(on: &str) -> Figure {
    Figure::new("M3", "outcome lift of the top 10 claims", on, Unit::Ratio, None)
        .note("no outcomes, or all alike: nothing to tell")
}

pub(super) fn invariance(result: &Invariance) -> Vec<Figure> {
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

pub(super) fn provenance(on: &str, result: &Provenance) -> Vec<Figure> {
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

pub(super) fn cost(cost: &Cost) -> Vec<Figure> {
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
