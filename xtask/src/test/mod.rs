//! `cargo xtask test`: every check and every test, in one command that a bare machine can run too.
//!
//! A step is a function and a row of [`STEPS`]. A step that fails does not stop the later ones, so that one
//! run tells all there is to mend; only what needs a build that broke is left out.

mod deny;
mod report;
mod requirements;
mod steps;
mod tools;

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use anyhow::Result;

use report::{Row, Verdict};

/// What all steps together may take. More is a failure: a test command that takes longer is not run.
const BUDGET: Duration = Duration::from_secs(45 * 60);

/// What a step came to.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Outcome {
    Passed,
    /// Could not be done here, and why; not a failure.
    Skipped(String),
    /// Failed, and how.
    Failed(String),
}

impl Outcome {
    fn of(succeeded: bool, what: &str) -> Self {
        if succeeded { Self::Passed } else { Self::Failed(what.to_owned()) }
    }
}

/// Where the steps work and what they found there.
struct Bench {
    /// The workspace root.
    root: PathBuf,
    /// `cargo nextest` is installed.
    nextest: bool,
}

/// One step.
struct Step {
    name: &'static str,
    run: fn(&Bench) -> Result<Outcome>,
    /// Makes no sense when the build broke.
    needs_build: bool,
    /// Only on request.
    optional: bool,
}

impl Step {
    const fn new(name: &'static str, run: fn(&Bench) -> Result<Outcome>) -> Self {
        Self { name, run, needs_build: false, optional: false }
    }

    const fn after_build(self) -> Self {
        Self { needs_build: true, ..self }
    }

    const fn on_request(self) -> Self {
        Self { optional: true, ..self }
    }
}

/// The name of the step that the others build on.
const BUILD: &str = "build";

/// Every step, in order: what is cheap and often wrong first.
const STEPS: &[Step] = &[
    Step::new("requirements", requirements::meet),
    Step::new("format", steps::format),
    Step::new("tidy", steps::tidy),
    Step::new("clippy", steps::clippy),
    Step::new(BUILD, steps::build),
    Step::new("tests", steps::tests).after_build(),
    Step::new("doc tests", steps::doc_tests).after_build(),
    Step::new("docs", steps::docs),
    Step::new("dependencies", deny::policy),
    Step::new("advisories", deny::advisories),
    Step::new("benches", steps::benches).after_build().on_request(),
];

/// Runs every step and tells whether all passed within the budget.
pub(crate) fn run(root: &Path, benches: bool) -> Result<bool> {
    let nextest = crate::command::answers(root, &crate::command::cargo(), &["nextest", "--version"]);
    let bench = Bench { root: root.to_path_buf(), nextest };
    let rows = run_steps(STEPS, &bench, benches, BUDGET);
    Ok(report::print(&rows, BUDGET))
}

/// Runs `steps` in order. Once `budget` is spent the rest is not started.
fn run_steps(steps: &[Step], bench: &Bench, with_optional: bool, budget: Duration) -> Vec<Row> {
    let start = Instant::now();
    let mut rows: Vec<Row> = Vec::new();
    let mut build_broke = false;
    for step in steps.iter().filter(|step| with_optional || !step.optional) {
        println!("\n==> {}", step.name);
        let started = Instant::now();
        let verdict = if start.elapsed() > budget {
            Verdict::NotRun("the time for all steps is spent".to_owned())
        } else if step.needs_build && build_broke {
            Verdict::NotRun("the build broke".to_owned())
        } else {
            match (step.run)(bench) {
                Ok(Outcome::Passed) => Verdict::Passed,
                Ok(Outcome::Skipped(why)) => Verdict::Skipped(why),
                Ok(Outcome::Failed(how)) => Verdict::Failed(how),
                Err(error) => Verdict::Failed(format!("{error:#}")),
            }
        };
        build_broke |= step.name == BUILD && matches!(verdict, Verdict::Failed(_));
        let row = Row { name: step.name, verdict, took: started.elapsed() };
        println!("<== {row}");
        rows.push(row);
    }
    rows
}

#[cfg(test)]
mod tests {
    use super::*;

    fn here() -> Bench {
        Bench { root: PathBuf::from("."), nextest: false }
    }

    fn passes(_: &Bench) -> Result<Outcome> {
        Ok(Outcome::Passed)
    }

    fn fails(_: &Bench) -> Result<Outcome> {
        Ok(Outcome::Failed("it is broken".to_owned()))
    }

    fn cannot_start(_: &Bench) -> Result<Outcome> {
        anyhow::bail!("no such program")
    }

    fn verdicts(steps: &[Step], budget: Duration) -> Vec<Verdict> {
        run_steps(steps, &here(), false, budget).into_iter().map(|row| row.verdict).collect()
    }

    #[test]
    fn a_failure_does_not_stop_the_later_steps() {
        let steps =
            [Step::new("a", fails), Step::new("b", cannot_start), Step::new("c", passes).after_build()];
        let verdicts = verdicts(&steps, BUDGET);
        assert_eq!(verdicts[0], Verdict::Failed("it is broken".to_owned()));
        assert_eq!(verdicts[1], Verdict::Failed("no such program".to_owned()));
        assert_eq!(verdicts[2], Verdict::Passed);
    }

    #[test]
    fn a_broken_build_stops_what_needs_it_and_nothing_else() {
        let steps =
            [Step::new(BUILD, fails), Step::new("tests", passes).after_build(), Step::new("docs", passes)];
        let verdicts = verdicts(&steps, BUDGET);
        assert!(matches!(verdicts[1], Verdict::NotRun(_)));
        assert_eq!(verdicts[2], Verdict::Passed);
    }

    #[test]
    fn nothing_starts_once_the_budget_is_spent() {
        let verdicts = verdicts(&[Step::new("a", passes)], Duration::ZERO);
        assert!(matches!(verdicts[0], Verdict::NotRun(_)));
    }

    #[test]
    fn optional_steps_wait_to_be_asked_for() {
        let steps = [Step::new("a", passes).on_request()];
        assert_eq!(run_steps(&steps, &here(), false, BUDGET).len(), 0);
        assert_eq!(run_steps(&steps, &here(), true, BUDGET).len(), 1);
    }

    #[test]
    fn no_step_turns_on_all_features() {
        let sources = [include_str!("steps.rs"), include_str!("deny.rs"), include_str!("tools.rs")];
        assert!(sources.iter().all(|source| !source.contains(concat!("--all", "-features"))));
    }
}
