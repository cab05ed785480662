//! The gate on instruction counts: what is committed, and how much more is too much.

use std::collections::BTreeMap;

/// How many per cent more than the baseline a case may take.
const LIMIT_PERCENT: f64 = 5.0;
/// Improvements beyond this should be committed, so that they are kept.
const STALE_PERCENT: f64 = 10.0;

/// Returns a line for each case, and whether none takes too many instructions. A case without a baseline
/// fails, and so does a baseline without a case.
pub fn judge(counts: &BTreeMap<String, i64>, baseline: &BTreeMap<String, i64>) -> (Vec<String>, bool) {
    let mut passed = true;
    let mut lines = Vec::new();
    for (name, count) in counts {
        let verdict = match baseline.get(name) {
            None => {
                passed = false;
                "no baseline: FAILED (run with `-- --bless`)".to_owned()
            }
            Some(before) => {
                let percent = (count - before) as f64 * 100.0 / *before as f64;
                let verdict = if percent > LIMIT_PERCENT {
                    passed = false;
                    "FAILED"
                } else if percent < -STALE_PERCENT {
                    "ok (much better: run with `-- --bless`)"
                } else {
                    "ok"
                };
                format!("{percent:+.2}% of {before}: {verdict}")
            }
        };
        lines.push(format!("{name:<24} {count:>14} instructions, {verdict}"));
    }
    for name in baseline.keys().filter(|name| !counts.contains_key(*name)) {
        passed = false;
        lines.push(format!("{name:<24} is in the baseline and is no case: FAILED (run with `-- --bless`)"));
    }
    (lines, passed)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn counts(rows: &[(&str, i64)]) -> BTreeMap<String, i64> {
        rows.iter().map(|(name, count)| ((*name).to_owned(), *count)).collect()
    }

    #[test]
    fn five_per_cent_more_pass_and_six_fail() {
        let baseline = counts(&[("parse", 1_000)]);
        assert!(judge(&counts(&[("parse", 1_050)]), &baseline).1);
        assert!(judge(&counts(&[("parse", 500)]), &baseline).1);
        assert!(!judge(&counts(&[("parse", 1_060)]), &baseline).1);
    }

    #[test]
    fn a_case_and_its_baseline_come_and_go_together() {
        assert!(!judge(&counts(&[("parse", 1), ("new", 1)]), &counts(&[("parse", 1)])).1);
        assert!(!judge(&counts(&[]), &counts(&[("parse", 1)])).1);
    }
}
