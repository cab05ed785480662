//! The two steps of `cargo-deny`: licences, bans and sources, which need nothing from outside, and
//! advisories, which need their database.

use anyhow::Result;

use super::{Bench, Outcome, tools};
use crate::command;

const TOOL: &str = "cargo-deny";

/// The version that is built where none is installed.
const VERSION: &str = "0.20.2";

/// Checks licences, bans and sources against `deny.toml`.
pub(super) fn policy(bench: &Bench) -> Result<Outcome> {
    let Some(deny) = tools::find_or_build(&bench.root, TOOL, VERSION)? else { return Ok(absent()) };
    let args = ["--locked", "check", "bans", "licenses", "sources"];
    Ok(Outcome::of(command::run(&bench.root, &deny, &args, &[])?, "a dependency breaks `deny.toml`"))
}

/// Checks for known vulnerabilities, where the database can be reached.
pub(super) fn advisories(bench: &Bench) -> Result<Outcome> {
    let Some(deny) = tools::find(&bench.root, TOOL) else { return Ok(absent()) };
    if !command::answers(&bench.root, &deny, &["fetch", "db"]) {
        return Ok(Outcome::Skipped("the advisory database is not reachable".to_owned()));
    }
    let args = ["--locked", "check", "--disable-fetch", "advisories"];
    Ok(Outcome::of(command::run(&bench.root, &deny, &args, &[])?, "a dependency has a known advisory"))
}

fn absent() -> Outcome {
    Outcome::Skipped("cargo-deny is not installed and could not be built".to_owned())
}
