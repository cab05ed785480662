//! `somnium-bench peers`: our stages beside what people use instead.

use std::path::PathBuf;

use anyhow::{Result, bail};
use somnium_bench::peers::{Measured, STAGES, Stage, Workshop, median};

#[derive(clap::Args)]
pub(crate) struct Args {
    /// The stages; all of them unless given.
    stages: Vec<String>,
    /// Where inputs and the others' environment are kept.
    #[arg(long, value_name = "DIR", default_value = "target/peers")]
    folder: PathBuf,
    /// Runs of each; the median counts.
    #[arg(long, default_value_t = 3)]
    runs: usize,
}

pub(crate) fn run(args: &Args) -> Result<()> {
    if let Some(unknown) = args.stages.iter().find(|name| STAGES.iter().all(|stage| stage.name != **name)) {
        let all: Vec<&str> = STAGES.iter().map(|stage| stage.name).collect();
        bail!("no stage is called `{unknown}`; there are: {}", all.join(", "));
    }
    std::fs::create_dir_all(&args.folder)?;
    let workshop = Workshop::open(&args.folder)?;
    println!("processor time of one thread; medians of {}; ratio: our rate by theirs\n", args.runs);
    println!("| stage | tool | rate | ratio | goal | met | result |");
    println!("| --- | --- | --- | --- | --- | --- | --- |");
    let wanted = |stage: &&Stage| args.stages.is_empty() || args.stages.iter().any(|name| name == stage.name);
    for stage in STAGES.iter().filter(wanted) {
        compare(&workshop, stage, args.runs)?;
    }
    Ok(())
}

fn compare(workshop: &Workshop, stage: &Stage, runs: usize) -> Result<()> {
    let ours: Vec<Measured> = (0..runs.max(1)).map(|_| workshop.ours(stage.name)).collect::<Result<_>>()?;
    let Some(ours) = median(ours) else { return Ok(()) };
    let (name, unit) = (stage.name, stage.unit);
    let (goal, met) = match stage.goal {
        Some(goal) => (format!("{goal} {unit}"), yes(ours.rate() >= goal)),
        None => ("-".to_owned(), "-"),
    };
    println!("| {name} | ours | {} {unit} | 1 | {goal} | {met} | {} |", figure(ours.rate()), ours.result);
    for peer in stage.peers {
        let theirs = workshop
            .install(peer.package)
            .and_then(|()| (0..runs.max(1)).map(|_| workshop.theirs(name, peer.name)).collect::<Result<_>>());
        let theirs = match theirs.map(median) {
            Ok(Some(theirs)) => theirs,
            Ok(None) => continue,
            Err(error) => {
                println!("| {name} | {} | skipped: {error:#} | - | - | - | - |", peer.name);
                continue;
            }
        };
        let ratio = ours.rate() / theirs.rate();
        let differs = peer.same && theirs.result != ours.result;
        let same = if peer.same { ", same result" } else { "" };
        println!(
            "| {name} | {} | {} {unit} | {} | {}×{same} | {} | {} |",
            peer.name,
            figure(theirs.rate()),
            figure(ratio),
            peer.times,
            yes(ratio >= peer.times && !differs),
            theirs.result
        );
    }
    Ok(())
}

fn yes(met: bool) -> &'static str {
    if met { "yes" } else { "NO" }
}

/// Three digits that say something.
fn figure(value: f64) -> String {
    match value {
        1000.0.. => format!("{value:.0}"),
        10.0.. => format!("{value:.1}"),
        _ => format!("{value:.2}"),
    }
}
