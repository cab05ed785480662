//! `somnium-bench cost`: one measurement in a process of its own, for `report`.

use std::path::PathBuf;

use somnium_bench::metric::cost::{self, Part};
use somnium_bench::metric::growth;

#[derive(clap::Args)]
pub(crate) struct Args {
    /// Runs the stages one after the other, everything in memory.
    #[arg(long, conflicts_with = "whole", required_unless_present_any = ["whole", "stream"])]
    stages: bool,
    /// Runs everything in one go, a session at a time.
    #[arg(long)]
    whole: bool,
    /// Runs so many made sessions, and a second dream after some more.
    #[arg(long, value_name = "SESSIONS", conflicts_with_all = ["stages", "whole"])]
    stream: Option<u64>,
    /// The session files.
    #[arg(required_unless_present = "stream")]
    files: Vec<PathBuf>,
}

pub(crate) fn run(args: &Args) -> anyhow::Result<()> {
    if let Some(sessions) = args.stream {
        println!("{}", serde_json::to_string(&growth::run(sessions)?)?);
        return Ok(());
    }
    let part = if args.stages { Part::Stages } else { Part::Whole };
    println!("{}", serde_json::to_string(&cost::run(&args.files, part)?)?);
    Ok(())
}
