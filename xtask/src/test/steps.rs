//! The steps that are one call of cargo each. All use the dev profile, so that what one builds the next
//! finds.

use anyhow::Result;

use super::{Bench, Outcome};
use crate::command::{self, cargo};
use crate::tidy;

/// `cargo` with these arguments; `what` is said when it fails.
fn step(bench: &Bench, args: &[&str], env: &[(&str, &str)], what: &str) -> Result<Outcome> {
    Ok(Outcome::of(command::run(&bench.root, &cargo(), args, env)?, what))
}

pub(super) fn format(bench: &Bench) -> Result<Outcome> {
    step(bench, &["fmt", "--all", "--check"], &[], "run `cargo fmt --all`")
}

pub(super) fn tidy(bench: &Bench) -> Result<Outcome> {
    Ok(Outcome::of(tidy::run(&bench.root, false)?, "see above; `cargo xtask tidy` repeats it"))
}

pub(super) fn clippy(bench: &Bench) -> Result<Outcome> {
    let args = ["clippy", "--workspace", "--all-targets", "--locked", "--", "-D", "warnings"];
    step(bench, &args, &[], "clippy has objections")
}

pub(super) fn build(bench: &Bench) -> Result<Outcome> {
    let args: &[&str] = if bench.nextest {
        &["nextest", "run", "--workspace", "--locked", "--no-run"]
    } else {
        &["test", "--workspace", "--locked", "--no-run"]
    };
    step(bench, args, &[], "the tests do not compile")
}

pub(super) fn tests(bench: &Bench) -> Result<Outcome> {
    let args: &[&str] = if bench.nextest {
        &["nextest", "run", "--workspace", "--locked", "--profile", "ci"]
    } else {
        &["test", "--workspace", "--locked", "--lib", "--bins", "--tests", "--no-fail-fast"]
    };
    step(bench, args, &[], "tests fail")
}

pub(super) fn doc_tests(bench: &Bench) -> Result<Outcome> {
    step(bench, &["test", "--workspace", "--locked", "--doc"], &[], "examples in the docs fail")
}

pub(super) fn docs(bench: &Bench) -> Result<Outcome> {
    let args = ["doc", "--workspace", "--locked", "--no-deps"];
    step(bench, &args, &[("RUSTDOCFLAGS", "-D warnings")], "rustdoc has objections")
}

/// The instruction-count benches: every `benches/*.rs` of the workspace.
pub(super) fn benches(bench: &Bench) -> Result<Outcome> {
    if !command::answers(&bench.root, "valgrind", &["--version"]) {
        return Ok(Outcome::Skipped("valgrind is not installed".to_owned()));
    }
    step(bench, &["bench", "--workspace", "--locked", "--benches"], &[], "a bench is over its gate")
}
