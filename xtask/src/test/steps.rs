//! The steps that are one call of cargo each. All use the dev profile, so that what one builds the next
//! finds.

use anyhow::Result;

use super::{Bench, Outcome};
use crate::command::{self, cargo};
use crate::tidy;
use crate::workspace::Workspace;

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

/// The instruction-count benches: every `benches/*.rs` of the workspace. They are built in the bench profile,
/// because they count the instructions of what is shipped.
pub(super) fn benches(bench: &Bench) -> Result<Outcome> {
    let workspace = Workspace::read(&bench.root)?;
    let names = bench_targets(&workspace.files);
    if names.is_empty() {
        return Ok(Outcome::Skipped("there are no benches".to_owned()));
    }
    if !command::answers(&bench.root, "valgrind", &["--version"]) {
        return Ok(Outcome::Skipped("valgrind is not installed".to_owned()));
    }
    let mut args = vec!["bench", "--workspace", "--locked"];
    args.extend(names.iter().flat_map(|name| ["--bench", name]));
    step(bench, &args, &[], "a bench is over its gate")
}

/// Returns the names of the bench targets: those of the files right below a `benches/` folder.
fn bench_targets(files: &[String]) -> Vec<&str> {
    let names = files.iter().filter_map(|file| {
        let (_, file) = file.split_once("/benches/")?;
        file.strip_suffix(".rs").filter(|name| !name.contains('/'))
    });
    names.collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bench_targets_are_named_after_their_files() {
        let files = ["bench/benches/count.rs", "bench/benches/count/fixture.rs", "bench/src/lib.rs"];
        assert_eq!(bench_targets(&files.map(str::to_owned)), ["count"]);
    }
}
