//! The two steps of `cargo-deny`: licences, bans and sources, which need nothing from outside, and
//! advisories, which need their database.
//!
//! Where it is not installed it is built into `.tools/`, in the debug profile: it then takes a third of the
//! time, and checks a graph of this size as fast. See `docs/adr/0004-cargo-deny-is-built-where-it-is-missing.md`.

use std::path::Path;

use anyhow::Result;

use super::{Bench, Outcome};
use crate::command::{self, cargo};

/// The version that is built where none is installed.
const VERSION: &str = "0.20.2";

/// Checks licences, bans and sources against `deny.toml`.
pub(super) fn policy(bench: &Bench) -> Result<Outcome> {
    let Some(deny) = find_or_build(&bench.root)? else { return Ok(absent()) };
    let args = ["--locked", "check", "bans", "licenses", "sources"];
    Ok(Outcome::of(command::run(&bench.root, &deny, &args, &[])?, "a dependency breaks `deny.toml`"))
}

/// Checks for known vulnerabilities, where the database can be reached.
pub(super) fn advisories(bench: &Bench) -> Result<Outcome> {
    let Some(deny) = find(&bench.root) else { return Ok(absent()) };
    if !command::answers(&bench.root, &deny, &["fetch", "db"]) {
        return Ok(Outcome::Skipped("the advisory database is not reachable".to_owned()));
    }
    let args = ["--locked", "check", "--disable-fetch", "advisories"];
    Ok(Outcome::of(command::run(&bench.root, &deny, &args, &[])?, "a dependency has a known advisory"))
}

fn absent() -> Outcome {
    Outcome::Skipped("cargo-deny is not installed and could not be built".to_owned())
}

/// Returns the `cargo-deny` to use: the installed one, or ours in `.tools/`.
fn find(root: &Path) -> Option<String> {
    let ours = root.join(".tools/bin/cargo-deny").to_string_lossy().into_owned();
    ["cargo-deny".to_owned(), ours].into_iter().find(|deny| command::answers(root, deny, &["--version"]))
}

fn find_or_build(root: &Path) -> Result<Option<String>> {
    if let Some(deny) = find(root) {
        return Ok(Some(deny));
    }
    let args = ["install", "--locked", "--debug", "--root", ".tools", "--version", VERSION, "cargo-deny"];
    // Line tables of a tool's dependencies help nobody; without them it builds faster.
    let built = command::run(root, &cargo(), &args, &[("CARGO_PROFILE_DEV_DEBUG", "0")])?;
    Ok(if built { find(root) } else { None })
}
