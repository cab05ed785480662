//! The chores of the workspace, as `cargo xtask <chore>`: the layout check, the test command, the long
//! forms and the comparisons.
//!
//! It depends on nothing of ours, so that it still runs when the crates it looks after do not compile,
//! and on little else, because every bare machine compiles it first.

mod command;
mod runs;
mod test;
mod tidy;
mod workspace;

use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::Result;
use clap::{Parser, Subcommand};

/// Chores of the Somnium workspace.
#[derive(Parser)]
#[command(name = "cargo xtask", bin_name = "cargo xtask")]
struct Args {
    #[command(subcommand)]
    chore: Chore,
}

#[derive(Subcommand)]
enum Chore {
    /// Checks the layout of the workspace: dependency edges, sizes, pages, links, generated files.
    Tidy {
        /// Rewrites the generated files instead of reporting those that are stale.
        #[arg(long)]
        fix: bool,
        /// The workspace to check; the one around the current folder unless given.
        #[arg(long, value_name = "DIR")]
        root: Option<PathBuf>,
    },
    /// Runs every check and test, on a bare machine too.
    Test {
        /// Also runs the instruction-count benches, where valgrind is installed.
        #[arg(long)]
        benches: bool,
    },
    /// Runs the long forms: the tests that are too slow for every change.
    Long(runs::Selection),
    /// Runs the comparisons, in the release profile.
    Perf(runs::Selection),
}

fn main() -> ExitCode {
    match run(Args::parse().chore) {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::FAILURE
        }
    }
}

/// Runs one chore and tells whether all went well.
fn run(chore: Chore) -> Result<bool> {
    match chore {
        Chore::Tidy { fix, root } => {
            let root = root.map_or_else(workspace::root, Ok)?;
            tidy::run(&root, fix)
        }
        Chore::Test { benches } => test::run(&workspace::root()?, benches),
        Chore::Long(selection) => runs::run(&workspace::root()?, runs::LONG, &selection),
        Chore::Perf(selection) => runs::run(&workspace::root()?, runs::PERF, &selection),
    }
}
