//! How far each kind of cue is to be trusted: weights of a log-linear model, fitted by Newton's method.

use super::cues::KINDS;

/// Pull of each weight towards [`START`].
const RIDGE: f64 = 2e-3;
/// The weights before anything is known: the last actions alone.
pub(super) const START: [f64; KINDS] = [1.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0];
/// Steps; few are needed, because the problem is convex and small.
const STEPS: usize = 12;
/// Halvings of one step.
const HALVINGS: usize = 6;

/// One moment: what is said of each candidate, and which one it was.
pub(super) struct Example {
    pub(super) candidates: Vec<[f64; KINDS]>,
    pub(super) taken: usize,
}

/// Returns the weights under which what was done is most likely, to two decimals. None is below zero: a cue that
/// speaks against what it counts is noise, or says again what another one says.
pub(super) fn fit(examples: &[Example]) -> [f64; KINDS] {
    let mut is_used = [true; KINDS];
    loop {
        let weights = fit_some(examples, &is_used);
        let lowest =
            (0..KINDS).min_by(|a, b| weights[*a].total_cmp(&weights[*b])).filter(|at| weights[*at] < 0.0);
        let Some(lowest) = lowest else { return weights.map(|weight| (weight * 100.0).round() / 100.0) };
        is_used[lowest] = false;
    }
}

/// Fits the weights of some kinds; the others are zero.
fn fit_some(examples: &[Example], is_used: &[bool; KINDS]) -> [f64; KINDS] {
    let mut weights: [f64; KINDS] = std::array::from_fn(|at| if is_used[at] { START[at] } else { 0.0 });
    if examples.is_empty() {
        return weights;
    }
    let mut loss = value(examples, &weights);
    for _ in 0..STEPS {
        let (mut gradient, mut hessian) = derivatives(examples, &weights);
        for at in (0..KINDS).filter(|at| !is_used[*at]) {
            gradient[at] = 0.0;
            hessian.iter_mut().for_each(|row| row[at] = 0.0);
            hessian[at] = [0.0; KINDS];
            hessian[at][at] = 1.0;
        }
        let Some(step) = solve(hessian, gradient) else { break };
        let mut size = 1.0;
        let better = (0..HALVINGS).find_map(|_| {
            let tried: [f64; KINDS] = std::array::from_fn(|at| weights[at] - size * step[at]);
            size /= 2.0;
            let at = value(examples, &tried);
            (at < loss - 1e-9).then_some((tried, at))
        });
        let Some((tried, at)) = better else { break };
        (weights, loss) = (tried, at);
    }
    weights
}

fn shares(example: &Example, weights: &[f64; KINDS]) -> Vec<f64> {
    let score = |row: &[f64; KINDS]| row.iter().zip(weights).map(|(x, w)| x * w).sum::<f64>();
    let scores: Vec<f64> = example.candidates.iter().map(score).collect();
    let most = scores.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    let exps: Vec<f64> = scores.iter().map(|score| (score - most).exp()).collect();
    let sum: f64 = exps.iter().sum();
    exps.into_iter().map(|exp| exp / sum).collect()
}

fn value(examples: &[Example], weights: &[f64; KINDS]) -> f64 {
    let lost = examples.iter().map(|example| -shares(example, weights)[example.taken].max(1e-12).ln());
    let pull: f64 = weights.iter().zip(START).map(|(w, start)| (w - start) * (w - start)).sum();
    lost.sum::<f64>() / examples.len() as f64 + RIDGE / 2.0 * pull
}

type Square = [[f64; KINDS]; KINDS];

fn derivatives(examples: &[Example], weights: &[f64; KINDS]) -> ([f64; KINDS], Square) {
    let (mut gradient, mut hessian) = ([0.0; KINDS], [[0.0; KINDS]; KINDS]);
    let n = examples.len() as f64;
    for example in examples {
        let shares = shares(example, weights);
        let mut mean = [0.0; KINDS];
        for (row, share) in example.candidates.iter().zip(&shares) {
            for at in 0..KINDS {
                mean[at] += share * row[at];
            }
        }
        for at in 0..KINDS {
            gradient[at] += (mean[at] - example.candidates[example.taken][at]) / n;
        }
        for (row, share) in example.candidates.iter().zip(&shares) {
            for a in 0..KINDS {
                let left = share * (row[a] - mean[a]) / n;
                for b in 0..=a {
                    hessian[a][b] += left * (row[b] - mean[b]);
                }
            }
        }
    }
    for a in 0..KINDS {
        gradient[a] += RIDGE * (weights[a] - START[a]);
        hessian[a][a] += RIDGE;
        let lower = hessian[a];
        for (row, value) in hessian.iter_mut().zip(lower).take(a) {
            row[a] = value;
        }
    }
    (gradient, hessian)
}

/// Solves `matrix · x = right` for a positive definite matrix, by elimination.
fn solve(mut matrix: Square, mut right: [f64; KINDS]) -> Option<[f64; KINDS]> {
    for at in 0..KINDS {
        let pivot = matrix[at][at];
        if pivot.is_nan() || pivot <= 1e-12 {
            return None;
        }
        for below in at + 1..KINDS {
            let factor = matrix[below][at] / pivot;
            let upper = matrix[at];
            for (cell, above) in matrix[below].iter_mut().zip(upper) {
                *cell -= factor * above;
            }
            right[below] -= factor * right[at];
        }
    }
    for at in (0..KINDS).rev() {
        let known: f64 = (at + 1..KINDS).map(|after| matrix[at][after] * right[after]).sum();
        right[at] = (right[at] - known) / matrix[at][at];
    }
    Some(right)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Examples in which kind 1 always tells what was done, and kind 2 says nothing.
    fn examples() -> Vec<Example> {
        let row = |one: f64, two: f64| {
            let mut row = [0.0; KINDS];
            (row[1], row[2]) = (one, two);
            row
        };
        (0..200)
            .map(|n| {
                let noise = if n % 2 == 0 { 1.0 } else { -1.0 };
                let taken = (n / 2) % 2;
                let right = if n % 10 == 0 { -1.0 } else { 1.0 };
                let mut candidates = vec![row(-right, noise), row(-right, -noise)];
                candidates[taken][1] = right;
                Example { candidates, taken }
            })
            .collect()
    }

    #[test]
    fn what_tells_is_trusted_and_what_does_not_is_not() {
        let weights = fit(&examples());
        assert!(weights[1] > 0.8, "{weights:?}");
        assert!(weights[2].abs() < 0.1, "{weights:?}");
        assert_eq!(weights[0], 1.0, "nothing said of it: as it was");
    }

    #[test]
    fn without_examples_only_the_last_actions_count() {
        assert_eq!(fit(&[]), START);
    }
}
