//! Recall against precision as the support gate rises, and recall at equal precision.

use serde::Serialize;

/// One operating point.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Point {
    /// Sessions that a signature needs to be mined.
    pub gate: usize,
    /// Mined signatures that are seen again / mined signatures.
    pub precision: f64,
    /// Failing steps whose signature was mined / failing steps.
    pub recall: f64,
    /// Mined signatures.
    pub mined: u64,
}

/// Returns the best recall that a method reaches at a precision of at least `precision`. Between two
/// neighbouring operating points it is interpolated; 0 where the method never gets that precise.
///
/// Points at which nothing was mined have no precision and are left out.
pub fn recall_at(points: &[Point], precision: f64) -> f64 {
    let points: Vec<&Point> = points.iter().filter(|point| point.mined > 0).collect();
    let alone = points.iter().filter(|point| point.precision >= precision).map(|point| point.recall);
    let between = points.windows(2).filter_map(|pair| {
        let (a, b) = (pair[0], pair[1]);
        let crosses = (a.precision - precision) * (b.precision - precision) < 0.0;
        crosses.then(|| {
            let share = (precision - a.precision) / (b.precision - a.precision);
            a.recall + share * (b.recall - a.recall)
        })
    });
    alone.chain(between).fold(0.0, f64::max)
}

/// How one method fares against another at equal precision.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Comparison {
    /// The other method.
    pub rival: String,
    /// By the rival's gate: its precision, its recall (the best at that precision), ours.
    pub at: Vec<(usize, f64, f64, f64)>,
    /// Least difference of recall over these points.
    pub least_margin: Option<f64>,
    /// Difference of recall at the rival's usual gate.
    pub margin: Option<f64>,
}

/// The gate that every method uses unless it is varied.
pub const USUAL_GATE: usize = 3;

/// Compares at each precision that the rival reaches.
pub fn compare(ours: &[Point], rival: &str, theirs: &[Point]) -> Comparison {
    let reached = theirs.iter().filter(|point| point.mined > 0);
    let at: Vec<(usize, f64, f64, f64)> = reached
        .map(|point| {
            let p = point.precision;
            (point.gate, p, recall_at(theirs, p), recall_at(ours, p))
        })
        .collect();
    let margin = |row: &(usize, f64, f64, f64)| row.3 - row.2;
    Comparison {
        rival: rival.to_owned(),
        least_margin: at.iter().map(margin).reduce(f64::min),
        margin: at.iter().find(|row| row.0 == USUAL_GATE).map(margin),
        at,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn points(rows: &[(f64, f64)]) -> Vec<Point> {
        let point = |(at, (precision, recall)): (usize, &(f64, f64))| Point {
            gate: at + 2,
            precision: *precision,
            recall: *recall,
            mined: 10,
        };
        rows.iter().enumerate().map(point).collect()
    }

    #[test]
    fn recall_is_interpolated_between_points_and_zero_beyond_the_last() {
        let curve = points(&[(0.5, 0.8), (0.7, 0.4)]);
        assert!((recall_at(&curve, 0.6) - 0.6).abs() < 1e-9);
        assert!((recall_at(&curve, 0.1) - 0.8).abs() < 1e-9);
        assert!(recall_at(&curve, 0.71).abs() < 1e-9);
    }

    #[test]
    fn nothing_mined_is_no_point() {
        let mut curve = points(&[(0.5, 0.8), (1.0, 0.9)]);
        curve[1].mined = 0;
        assert!(recall_at(&curve, 0.9).abs() < 1e-9);
    }

    #[test]
    fn the_better_curve_wins_and_not_the_other_way_round() {
        let (good, bad) = (points(&[(0.6, 0.8), (0.9, 0.5)]), points(&[(0.5, 0.7), (0.8, 0.3)]));
        assert!(compare(&good, "bad", &bad).least_margin.is_some_and(|margin| margin > 0.0));
        assert!(compare(&bad, "good", &good).least_margin.is_some_and(|margin| margin < 0.0));
    }
}
