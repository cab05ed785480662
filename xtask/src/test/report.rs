//! What the test command prints: a line a step, and a table at the end.

use std::fmt;
use std::time::Duration;

/// What is said of a step.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Verdict {
    Passed,
    Skipped(String),
    Failed(String),
    NotRun(String),
}

impl fmt::Display for Verdict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Passed => write!(f, "passed"),
            Self::Skipped(why) => write!(f, "skipped: {why}"),
            Self::Failed(how) => write!(f, "FAILED: {how}"),
            Self::NotRun(why) => write!(f, "NOT RUN: {why}"),
        }
    }
}

/// A step that is over.
pub(super) struct Row {
    pub name: &'static str,
    pub verdict: Verdict,
    pub took: Duration,
}

impl fmt::Display for Row {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:<14} {:>6.2} min  {}", self.name, minutes(self.took), self.verdict)
    }
}

/// Prints the table and tells whether the whole run passed.
pub(super) fn print(rows: &[Row], budget: Duration) -> bool {
    println!("\n==> summary");
    for row in rows {
        println!("{row}");
    }
    let total: Duration = rows.iter().map(|row| row.took).sum();
    let late = total > budget;
    println!("{:<14} {:>6.2} min  of {:.0} at most", "all", minutes(total), minutes(budget));
    if late {
        println!("FAILED: the steps took longer than they may");
    }
    let count = |wanted: fn(&Verdict) -> bool| rows.iter().filter(|row| wanted(&row.verdict)).count();
    let passed = count(|verdict| matches!(verdict, Verdict::Passed));
    let skipped = count(|verdict| matches!(verdict, Verdict::Skipped(_)));
    let failed = rows.len() - passed - skipped;
    println!("steps: {passed} passed, {failed} failed, {skipped} skipped");
    failed == 0 && !late
}

fn minutes(duration: Duration) -> f64 {
    duration.as_secs_f64() / 60.0
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(verdict: Verdict, seconds: u64) -> Row {
        Row { name: "step", verdict, took: Duration::from_secs(seconds) }
    }

    #[test]
    fn a_skip_is_no_failure_and_a_step_that_was_not_run_is() {
        let budget = Duration::from_secs(60);
        assert!(print(&[row(Verdict::Passed, 1), row(Verdict::Skipped("no net".to_owned()), 1)], budget));
        assert!(!print(&[row(Verdict::Failed("x".to_owned()), 1)], budget));
        assert!(!print(&[row(Verdict::NotRun("x".to_owned()), 1)], budget));
    }

    #[test]
    fn a_run_over_budget_fails() {
        assert!(!print(&[row(Verdict::Passed, 40), row(Verdict::Passed, 40)], Duration::from_secs(60)));
    }

    #[test]
    fn a_row_reads_without_colour() {
        let line = row(Verdict::Failed("it broke".to_owned()), 90).to_string();
        assert_eq!(line, "step             1.50 min  FAILED: it broke");
    }
}
