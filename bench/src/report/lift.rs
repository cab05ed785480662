//! The rows of M3.

use anyhow::Result;
use rayon::prelude::*;

use super::ALL;
use super::context::{Context, Measured};
use crate::data::Loaded;
use crate::figure::{Figure, Goal, Unit};
use crate::metric::lift::{self, Pooled, SplitLift};
use crate::split::Split;

const LIFT: Goal = Goal::AtLeast(1.3);
const Q: Goal = Goal::AtMost(0.10);

/// Measures M3.
pub(super) fn measure(context: &Context<'_>) -> Result<Measured> {
    let (mut figures, mut claims, mut all) = (Vec::new(), Vec::new(), Vec::new());
    for set in context.loaded {
        let parts = over_splits(set, context.splits)?;
        let Some(first) = parts.first() else {
            figures.push(no_lift(&set.name));
            continue;
        };
        claims.extend(first.claims.iter().cloned());
        figures.extend(rows(&set.name, &lift::pooled(&parts), false));
        all.extend(parts);
    }
    figures.extend(rows("mean of the sets", &lift::pooled(&all), false));
    // The ten claims with the clearest lift of one store with everything in it.
    let merged = Loaded::merged(ALL, context.loaded);
    let parts = over_splits(&merged, context.splits)?;
    claims.extend(parts.first().into_iter().flat_map(|first| first.claims.iter().cloned()));
    figures.extend(rows(ALL, &lift::pooled(&parts), true));
    Ok(Measured::rows(figures).detail("lifts", claims))
}

fn over_splits(set: &Loaded, splits: &[Split]) -> Result<Vec<SplitLift>> {
    let parts = splits.par_iter().map(|split| lift::measure(set, *split)).collect::<Result<Vec<_>>>()?;
    Ok(parts.into_iter().flatten().collect())
}

fn rows(on: &str, pooled: &Pooled, has_goal: bool) -> Vec<Figure> {
    let (strong, seen) = pooled.strong;
    let lift = Figure::new("M3", "outcome lift of the top 10 claims", on, Unit::Ratio, pooled.lift)
        .note(format!("{strong} of {seen} claims reach 1.3 at q ≤ 0.10 by themselves"));
    let p = Figure::new("M3", "… p under shuffled outcomes", on, Unit::Share, pooled.p);
    if has_goal { vec![lift.goal(LIFT), p.goal(Q)] } else { vec![lift, p] }
}

fn no_lift(on: &str) -> Figure {
    Figure::new("M3", "outcome lift of the top 10 claims", on, Unit::Ratio, None)
        .note("no outcomes, or all alike: nothing to tell")
}
