//! Convergence and benefit: does practice move towards a pattern, and is who follows it better off?

use std::collections::{BTreeMap, BTreeSet};

use statrs::distribution::{ContinuousCDF, Normal};

use super::symbol::{RARE, Symbol};
use crate::normalise::Normalised;
use crate::report::{Benefit, Convergence, Trend};

/// Windows of time that are compared; fewer where there are few sessions.
const WINDOWS: usize = 8;
/// Sessions that a window needs.
const PER_WINDOW: usize = 4;
/// Windows below which there is no trend to speak of.
const MIN_WINDOWS: usize = 4;
/// Level of the trend tests.
const LEVEL: f64 = 0.10;
/// Agents, tasks or people among which a pattern has to be shared.
const AGENTS: usize = 2;
const TASKS: usize = 3;
/// Quantile of the lower bounds: 80% from one side.
const Z80: f64 = 0.841_621;

/// Variance that is assumed where all sessions are alike.
const LEAST_VARIANCE: f64 = 0.01;

/// Looks at how a pattern spreads among the sessions that had the opportunity, the conforming ones flagged.
/// `pairs`: what followed the pattern's own steps in each of them.
pub(super) fn convergence(
    sessions: &[(&Normalised, bool)],
    pairs: &BTreeMap<usize, Vec<(Symbol, Symbol)>>,
) -> Option<Convergence> {
    let conforming = || sessions.iter().filter(|(_, conforms)| *conforms).map(|(session, _)| session);
    let agents = conforming().map(|session| &session.agent).collect::<BTreeSet<_>>().len();
    let tasks = conforming().filter_map(|session| session.task.as_ref()).collect::<BTreeSet<_>>().len();
    let people = conforming().filter_map(|session| session.principal.as_ref()).collect::<BTreeSet<_>>().len();
    if agents < AGENTS && tasks < TASKS && people < TASKS {
        return None;
    }
    let mut order: Vec<(somnium_types::Timestamp, usize)> = Vec::new();
    for (at, (session, _)) in sessions.iter().enumerate() {
        order.extend(session.started_at.map(|start| (start, at)));
    }
    order.sort();
    let windows = (order.len() / PER_WINDOW).min(WINDOWS);
    if windows < MIN_WINDOWS || order.len() * 2 < sessions.len() {
        return Some(Convergence {
            trend: Trend::Spread,
            agents: agents as u64,
            tasks: tasks as u64,
            first: None,
            last: None,
        });
    }
    let window = |at: usize| &order[at * order.len() / windows..(at + 1) * order.len() / windows];
    let share = |window: &[(somnium_types::Timestamp, usize)]| {
        window.iter().filter(|(_, at)| sessions[*at].1).count() as f64 / window.len() as f64
    };
    let shares: Vec<f64> = (0..windows).map(|at| share(window(at))).collect();
    let spread: Vec<f64> = (0..windows)
        .map(|at| entropy(window(at).iter().filter_map(|(_, at)| pairs.get(at)).flatten()))
        .collect();
    let trend = if mann_kendall(&shares) <= LEVEL {
        Trend::Rising
    } else if mann_kendall(&spread.iter().map(|h| -h).collect::<Vec<_>>()) <= LEVEL {
        Trend::Settling
    } else if mann_kendall(&shares.iter().map(|share| -share).collect::<Vec<_>>()) <= LEVEL {
        return None; // Practice moves away from it.
    } else {
        Trend::Steady
    };
    let half = windows / 2;
    let mean = |shares: &[f64]| (shares.iter().sum::<f64>() / shares.len() as f64 * 100.0).round() / 100.0;
    Some(Convergence {
        trend,
        agents: agents as u64,
        tasks: tasks as u64,
        first: Some(mean(&shares[..half])),
        last: Some(mean(&shares[windows - half..])),
    })
}

/// Entropy of what comes next, in bits, given what came before.
fn entropy<'p>(pairs: impl Iterator<Item = &'p (Symbol, Symbol)>) -> f64 {
    let mut after: BTreeMap<Symbol, BTreeMap<Symbol, f64>> = BTreeMap::new();
    let mut all = 0.0;
    for (from, to) in pairs.filter(|(from, _)| *from != RARE) {
        *after.entry(*from).or_default().entry(*to).or_default() += 1.0;
        all += 1.0;
    }
    let mut bits = 0.0;
    for next in after.values() {
        let total: f64 = next.values().sum();
        bits -= next.values().map(|count| count * (count / total).log2()).sum::<f64>();
    }
    if all > 0.0 { bits / all } else { 0.0 }
}

/// One-sided p of the Mann-Kendall test that a series goes up: normal approximation with the correction for
/// continuity, ties in the variance (Kendall 1975).
fn mann_kendall(series: &[f64]) -> f64 {
    let n = series.len() as f64;
    let mut s = 0.0;
    for (at, a) in series.iter().enumerate() {
        s += series[at + 1..]
            .iter()
            .map(|b| {
                if b > a {
                    1.0
                } else if b < a {
                    -1.0
                } else {
                    0.0
                }
            })
            .sum::<f64>();
    }
    let mut sorted = series.to_vec();
    sorted.sort_by(f64::total_cmp);
    let of_ties: f64 = sorted
        .chunk_by(|a, b| a == b)
        .map(|tie| tie.len() as f64)
        .map(|t| t * (t - 1.0) * (2.0 * t + 5.0))
        .sum();
    let variance = (n * (n - 1.0) * (2.0 * n + 5.0) - of_ties) / 18.0;
    if s <= 0.0 || variance <= 0.0 {
        return 1.0;
    }
    Normal::new(0.0, 1.0).map_or(1.0, |normal| normal.sf((s - 1.0) / variance.sqrt()))
}

/// Compares conforming with other judged sessions of the same task: share that went well, and steps. `None` where
/// no task has both.
pub(super) fn benefit(sessions: &[(&Normalised, bool)]) -> Option<Benefit> {
    let mut tasks: BTreeMap<&str, [Vec<(f64, f64)>; 2]> = BTreeMap::new();
    for (session, conforms) in sessions {
        let (Some(task), Some(outcome)) = (&session.task, &session.outcome) else { continue };
        let won = if outcome.failed() { 0.0 } else { 1.0 };
        let arms = tasks.entry(task.as_str()).or_default();
        arms[usize::from(*conforms)].push((won, session.steps.len() as f64));
    }
    let mixed: Vec<&[Vec<(f64, f64)>; 2]> =
        tasks.values().filter(|arms| arms.iter().all(|arm| !arm.is_empty())).collect();
    if mixed.is_empty() {
        return None;
    }
    let (gain, gain_low) = difference(&mixed, |(won, _)| *won);
    let (saved, saved_low) = difference(&mixed, |(_, steps)| -*steps);
    let hundredths = |x: f64| (x * 100.0).round() / 100.0;
    let tenths = |x: f64| (x * 10.0).round() / 10.0;
    Some(Benefit {
        tasks: mixed.len() as u64,
        success: hundredths(gain),
        success_low: hundredths(gain_low),
        steps_saved: tenths(saved),
        steps_saved_low: tenths(saved_low),
    })
}

/// Mean difference between the arms of each task, weighted by n1 n0 / (n1 + n0), with its 80% lower bound. The
/// variance is that of all residuals within arms: a task alone has too few sessions for one of its own.
fn difference(tasks: &[&[Vec<(f64, f64)>; 2]], of: impl Fn(&(f64, f64)) -> f64) -> (f64, f64) {
    let (mut sum, mut weights, mut residual, mut freedom) = (0.0, 0.0, 0.0, 0.0);
    let all: Vec<f64> = tasks.iter().flat_map(|arms| arms.iter().flatten()).map(&of).collect();
    let overall = all.iter().sum::<f64>() / all.len() as f64;
    let spread = all.iter().map(|one| (one - overall).powi(2)).sum::<f64>() / all.len() as f64;
    for arms in tasks {
        let means = [0, 1].map(|arm: usize| arms[arm].iter().map(&of).sum::<f64>() / arms[arm].len() as f64);
        let (n0, n1) = (arms[0].len() as f64, arms[1].len() as f64);
        let weight = n0 * n1 / (n0 + n1);
        sum += weight * (means[1] - means[0]);
        weights += weight;
        for arm in [0, 1] {
            residual += arms[arm].iter().map(|one| (of(one) - means[arm]).powi(2)).sum::<f64>();
            freedom += arms[arm].len() as f64 - 1.0;
        }
    }
    let mean = sum / weights;
    // The spread of all sessions counts as one more observation, so that few equal sessions are not a proof.
    let variance = (residual + spread.max(LEAST_VARIANCE)) / (freedom + 1.0);
    (mean, mean - Z80 * (variance / weights).sqrt())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_trend_is_told_from_noise() {
        assert!(mann_kendall(&[0.1, 0.2, 0.2, 0.4, 0.5, 0.7]) < 0.01);
        assert!(mann_kendall(&[0.5, 0.2, 0.6, 0.1, 0.5, 0.3]) > 0.5);
        // Kendall 1975: n = 4, S = 6, var = 26/3 without ties.
        let want = 1.0 - 0.955_28;
        assert!((mann_kendall(&[1.0, 2.0, 3.0, 4.0]) - want).abs() < 1e-3);
    }
}
