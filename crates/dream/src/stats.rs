//! The few statistics that the gates use. Distributions come from `statrs`; what is built on them is here.

use statrs::distribution::{Beta, ContinuousCDF, DiscreteCDF, Hypergeometric};

/// Returns the one-sided p-value of Fisher's exact test that the first row has the higher rate:
/// `hits_a` of `total_a` against `hits_b` of `total_b`. 1 where there is nothing to compare.
pub fn fisher_greater(hits_a: u64, total_a: u64, hits_b: u64, total_b: u64) -> f64 {
    let (population, successes) = (total_a + total_b, hits_a + hits_b);
    if total_a == 0 || total_b == 0 || hits_a == 0 {
        return 1.0;
    }
    Hypergeometric::new(population, successes, total_a)
        .map_or(1.0, |distribution| distribution.sf(hits_a - 1).min(1.0))
}

/// Returns the Benjamini-Hochberg adjusted p-values (q), in the order of `p`.
///
/// Benjamini and Hochberg, *Controlling the false discovery rate*, 1995, step-up procedure.
pub fn benjamini_hochberg(p: &[f64]) -> Vec<f64> {
    let mut order: Vec<usize> = (0..p.len()).collect();
    order.sort_by(|&a, &b| p[a].total_cmp(&p[b]).then(a.cmp(&b)));
    let mut q = vec![1.0; p.len()];
    let mut least: f64 = 1.0;
    for (rank, &index) in order.iter().enumerate().rev() {
        least = least.min(p[index] * p.len() as f64 / (rank + 1) as f64);
        q[index] = least;
    }
    q
}

/// Returns the bound below which a rate of `hits` in `total` lies with probability `1 - confidence`, under a
/// uniform prior: the `1 - confidence` quantile of Beta(1 + hits, 1 + misses).
pub fn rate_lower_bound(hits: u64, total: u64, confidence: f64) -> f64 {
    let misses = total.saturating_sub(hits);
    Beta::new(1.0 + hits as f64, 1.0 + misses as f64).map_or(0.0, |beta| beta.inverse_cdf(1.0 - confidence))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn close(a: f64, b: f64) -> bool {
        (a - b).abs() < 1e-6
    }

    #[test]
    fn fisher_matches_the_tea_tasting_table() {
        // Fisher 1935: 3 of 4 against 1 of 4, one-sided p = 17/70.
        assert!(close(fisher_greater(3, 4, 1, 4), 17.0 / 70.0));
        assert!(close(fisher_greater(0, 4, 1, 4), 1.0));
        assert!(close(fisher_greater(4, 4, 0, 0), 1.0));
    }

    #[test]
    fn step_up_is_monotone_and_never_above_one() {
        let q = benjamini_hochberg(&[0.01, 0.04, 0.03, 0.9]);
        assert!(close(q[0], 0.04) && close(q[1], 0.16 / 3.0) && close(q[2], 0.16 / 3.0) && close(q[3], 0.9));
    }

    #[test]
    fn the_lower_bound_of_a_rate_grows_with_evidence() {
        assert!(rate_lower_bound(1, 1, 0.9) < rate_lower_bound(10, 10, 0.9));
        // Beta(1, 1) is uniform: its 10% quantile is 0.1.
        assert!(close(rate_lower_bound(0, 0, 0.9), 0.1));
    }
}
