//! `cargo xtask long` and `cargo xtask perf`: named runs that are too slow, or too much in need of a quiet
//! machine, for every change. A run is a row; adding one is adding a row.

use std::path::Path;
use std::time::Instant;

use anyhow::{Result, bail};
use clap::Args;

use crate::command;

/// One run.
pub(crate) struct Run {
    /// As given on the command line.
    pub name: &'static str,
    /// What it shows.
    pub what: &'static str,
    /// Arguments of `cargo`.
    pub cargo: &'static [&'static str],
    /// Environment on top of ours.
    pub env: &'static [(&'static str, &'static str)],
}

/// The long forms: tests that are `#[ignore = "long form"]`, and properties with more cases than usual.
pub(crate) const LONG: &[Run] = &[
    Run {
        name: "byte-identity",
        what: "what no edit names stays as it is: 20,000 random memories and edits for each property",
        cargo: &["test", "--locked", "-p", "somnium-memory", "--test", "byte_identity"],
        env: &[("PROPTEST_CASES", "20000")],
    },
    Run {
        name: "redaction",
        what: "secrets, decoys and personal data of 24 seeds",
        cargo: &["test", "--locked", "-p", "somnium-memory", "--test", "redact_corpus", "--", "--nocapture"],
        env: &[("SOMNIUM_LONG", "4")],
    },
    Run {
        name: "order",
        what: "the same bytes in any order and any batches: ten times as many random worlds",
        cargo: &["test", "--locked", "-p", "somnium-dream", "--test", "behaviour", "order::"],
        env: &[("SOMNIUM_LONG", "10")],
    },
    Run {
        name: "robustness",
        what: "arbitrary transcripts: no panic, and evidence that holds; ten times as many",
        cargo: &["test", "--locked", "-p", "somnium-dream", "--test", "behaviour", "robustness::"],
        env: &[("SOMNIUM_LONG", "10")],
    },
    Run {
        name: "effects",
        what: "effects of notes: 1,000 stores of each family with known effects",
        cargo: &[
            "test",
            "--locked",
            "--release",
            "-p",
            "somnium-bench",
            "--test",
            "effect",
            "--",
            "--nocapture",
        ],
        env: &[("SOMNIUM_LONG", "5")],
    },
    Run {
        name: "kills",
        what: "every command killed before every call that changes a file: the old state or the new one",
        cargo: &["test", "--locked", "-p", "somnium-cli", "--test", "kill", "--", "--nocapture"],
        env: &[("SOMNIUM_KILLS", "100000")],
    },
];

/// The comparisons.
pub(crate) const PERF: &[Run] = &[
    Run {
        name: "report",
        what: "the dream benchmark: every figure beside its goal and its baselines",
        cargo: &["run", "--locked", "--release", "-p", "somnium-bench", "--", "report"],
        env: &[],
    },
    Run {
        name: "peers",
        what: "stages of the engine beside what people use instead: orjson, DuckDB, drain3, datasketch, gaoya, SPMF",
        cargo: &["run", "--locked", "--release", "-p", "somnium-bench", "--", "peers"],
        env: &[],
    },
    Run {
        name: "instructions",
        what: "instruction counts of parsing, normalising and dreaming beside the committed ones",
        cargo: &["bench", "--locked", "-p", "somnium-bench", "--bench", "instructions"],
        env: &[],
    },
];

/// Which runs to do.
#[derive(Args)]
pub(crate) struct Selection {
    /// The runs to do; all of them unless given.
    names: Vec<String>,
    /// Lists the runs instead of doing them.
    #[arg(long)]
    list: bool,
}

/// Does the selected runs of `table` and tells whether all went well. One that fails does not stop the others.
pub(crate) fn run(root: &Path, table: &[Run], selection: &Selection) -> Result<bool> {
    let chosen = choose(table, &selection.names)?;
    if table.is_empty() {
        println!("there are no runs of this kind yet");
        return Ok(true);
    }
    if selection.list {
        for run in chosen {
            println!("{:<20} {}", run.name, run.what);
        }
        return Ok(true);
    }
    let mut failed = 0;
    for run in &chosen {
        println!("\n==> {}: {}", run.name, run.what);
        let start = Instant::now();
        let passed = command::run(root, &command::cargo(), run.cargo, run.env)?;
        let minutes = start.elapsed().as_secs_f64() / 60.0;
        println!("<== {}: {}, {minutes:.1} min", run.name, if passed { "passed" } else { "FAILED" });
        failed += usize::from(!passed);
    }
    println!("\nruns: {} passed, {failed} failed", chosen.len() - failed);
    Ok(failed == 0)
}

/// Returns the rows called `names`, or all of them.
fn choose<'a>(table: &'a [Run], names: &[String]) -> Result<Vec<&'a Run>> {
    let known = |name: &String| table.iter().any(|run| run.name == name);
    if let Some(unknown) = names.iter().find(|name| !known(name)) {
        let all: Vec<&str> = table.iter().map(|run| run.name).collect();
        bail!("no run is called `{unknown}`; there are: {}", all.join(", "));
    }
    Ok(table.iter().filter(|run| names.is_empty() || names.iter().any(|name| name == run.name)).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    const TABLE: &[Run] = &[
        Run { name: "good", what: "", cargo: &["--version"], env: &[] },
        Run { name: "bad", what: "", cargo: &["no-such-subcommand"], env: &[] },
    ];

    fn selection(names: &[&str], list: bool) -> Selection {
        Selection { names: names.iter().map(|name| (*name).to_owned()).collect(), list }
    }

    #[test]
    fn runs_are_chosen_by_name_and_their_failure_is_told() {
        let here = Path::new(".");
        assert!(run(here, TABLE, &selection(&["good"], false)).unwrap());
        assert!(!run(here, TABLE, &selection(&[], false)).unwrap());
        assert!(run(here, TABLE, &selection(&["bad"], true)).unwrap(), "listing runs nothing");
        assert!(run(here, TABLE, &selection(&["neither"], false)).is_err());
    }

    #[test]
    fn names_are_unique() {
        for table in [LONG, PERF] {
            let mut names: Vec<&str> = table.iter().map(|run| run.name).collect();
            names.sort_unstable();
            names.dedup();
            assert_eq!(names.len(), table.len());
        }
    }
}
