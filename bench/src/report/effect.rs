//! The rows of M19: what `memory effect` says is true.

use anyhow::Result;

use super::context::{Context, Measured};
use crate::figure::{Figure, Goal, Unit};
use crate::metric::effect::{Calibration, FAMILIES, Share, measure as measure_family, runs};

/// Intervals of 95% hold the truth that often.
const HOLDS: Goal = Goal::Within(0.93, 0.97);
/// The usual estimate has to fail where tasks changed, or the simulation shows nothing.
const CONTROL: Goal = Goal::AtMost(0.80);
/// Notes that leave the index without having done harm: the level at which harm is tested.
const DEMOTED: Goal = Goal::AtMost(0.05);
/// Harmful notes that are found once many sessions were shown them.
const FOUND: Goal = Goal::AtLeast(0.80);
/// Exposures that are many.
const MANY: usize = 200;

/// Measures M19.
pub(super) fn measure(context: &Context<'_>) -> Result<Measured> {
    let seed = context.settings.first_seed;
    let found: Vec<Calibration> =
        FAMILIES.iter().map(|family| measure_family(family, runs(), seed)).collect();
    Ok(Measured::rows(rows(&found)).detail("effect", &found))
}

/// Which families a row is about.
type Which = fn(&crate::metric::effect::world::Family) -> bool;

fn rows(found: &[Calibration]) -> Vec<Figure> {
    let on = format!("{} made stores of each of {} kinds", runs(), FAMILIES.len());
    let row = |name: &str, goal: Option<Goal>, which: Which, of: fn(&Calibration) -> Share| {
        let families = FAMILIES.iter().zip(found).filter(|(family, _)| which(family));
        let shares: Vec<(&str, Share)> = families
            .map(|(family, found)| (family.name, of(found)))
            .filter(|(_, share)| share.of > 0)
            .collect();
        let all = shares.iter().fold(Share::default(), |all, (_, share)| all.with(*share));
        let figure = Figure::new("M19", name, &on, Unit::Share, all.value()).note(spread(&shares, all));
        match goal {
            Some(goal) => figure.goal(goal),
            None => figure,
        }
    };
    let steady: Which = |family| family.drift == 0.0;
    let changed: Which = |family| family.confounded;
    let all: Which = |_| true;
    let many: Which = |family| family.exposures >= MANY && !family.confounded && family.drift == 0.0;
    vec![
        row("95% intervals that hold the truth: before and after", Some(HOLDS), steady, |found| found.before),
        row("… held back or not", Some(HOLDS), all, |found| found.held_back),
        row("… failed sessions, held back or not", Some(HOLDS), all, |found| found.failed),
        row("… steps saved", Some(HOLDS), steady, |found| found.steps),
        row(
            "… before and after, where all rates rose meanwhile",
            None,
            |family| family.drift > 0.0,
            |found| found.before,
        ),
        row(
            "control: all before beside all shown, Wald, where tasks changed",
            Some(CONTROL),
            changed,
            |found| found.naive,
        ),
        row("harmful notes found, after 200 exposures", Some(FOUND), many, |found| found.harmful_found),
        row("… in all kinds of store", None, all, |found| found.harmful_found),
        row("notes without effect that are demoted", Some(DEMOTED), all, |found| found.null_demoted),
        row("helpful notes that are demoted", Some(DEMOTED), all, |found| found.helpful_demoted),
        row("demotions that were wrong", Some(DEMOTED), all, |found| found.false_demotions),
        row("helpful notes said to help, after 200 exposures", None, many, |found| found.helpful_found),
        row("notes without effect, or harmful, said to help", Some(DEMOTED), all, |found| found.praised),
    ]
}

/// Says between which kinds of store a share lies.
fn spread(shares: &[(&str, Share)], all: Share) -> String {
    let values: Vec<(&str, f64)> =
        shares.iter().filter_map(|(name, share)| Some((*name, share.value()?))).collect();
    let least = values.iter().min_by(|a, b| a.1.total_cmp(&b.1));
    let most = values.iter().max_by(|a, b| a.1.total_cmp(&b.1));
    match (least, most) {
        (Some(least), Some(most)) if values.len() > 1 => {
            format!("{} of {}; {:.3} ({}) to {:.3} ({})", all.hits, all.of, least.1, least.0, most.1, most.0)
        }
        _ => format!("{} of {}", all.hits, all.of),
    }
}
