//! `somnium-bench cost`: one measurement in a process of its own, for `report`.

use std::path::PathBuf;

use somnium_bench::metric::cost::{self, Part};

#[derive(clap::Args)]
pub(crate) struct Args {
    /// Runs the stages one after the other, everything in memory.
    #[arg(long, conflicts_with = "whole", required_unless_present = "whole")]
    stages: bool,
    /// Runs everything in one go, a session at a time.
    #[arg(long)]
    whole: bool,
    /// The session files.
    #[arg(required = true)]
    files: Vec<PathBuf>,
}

pub(crate) fn run(args: &Args) -> anyhow::Result<()> {
    let part = if args.stages { Part::Stages } else { Part::Whole };
    println!("{}", serde_json::to_string(&cost::run(&args.files, part)?)?);
    Ok(())
}
