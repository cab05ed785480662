//! `somnium-bench report`: every figure as one table, and as JSON.

use std::fs;
use std::io::{self, Write};
use std::path::PathBuf;

use anyhow::Context;
use somnium_bench::report::{self, Report, Settings};

#[derive(clap::Args)]
pub(crate) struct Args {
    /// Also writes everything that was measured to this file.
    #[arg(long, value_name = "FILE")]
    json: Option<PathBuf>,
    /// The folder with the sessions: files `<name>-dev.jsonl.zst`, or one sub-folder a set. By default the
    /// public development sets beside the checkout, and the example sessions where those are absent.
    #[arg(long, value_name = "DIR")]
    data: Option<PathBuf>,
    /// How many ways to split the tasks in two; each half is mined once and judged once.
    #[arg(long, default_value_t = 5)]
    seeds: u64,
    /// Counts seeds from here: other splits, other null sessions (M5), other planted worlds (M6).
    #[arg(long, default_value_t = 0, value_name = "SEED")]
    first_seed: u64,
    /// The figures to measure, as `M1,M12`; all of them by default.
    #[arg(long, value_delimiter = ',')]
    only: Vec<String>,
    /// Sizes of the stores of made sessions whose cost is measured (M15).
    #[arg(long, value_delimiter = ',', default_values_t = [1_000, 10_000])]
    sizes: Vec<u64>,
    /// Also measures the cost of stores of 100,000 and 1,000,000 sessions: takes long, and a lot of memory.
    #[arg(long)]
    scale: bool,
    /// Also writes the plots (SVG) to this folder.
    #[arg(long, value_name = "DIR")]
    plots: Option<PathBuf>,
    /// Also prints recall by error class, and by set the failing steps that no published claim covers.
    #[arg(long)]
    missed: bool,
}

pub(crate) fn run(args: &Args) -> anyhow::Result<()> {
    let larger: &[u64] = if args.scale { &[100_000, 1_000_000] } else { &[] };
    let settings = Settings {
        sizes: args.sizes.iter().chain(larger).copied().collect(),
        data: args.data.clone(),
        seeds: args.seeds,
        first_seed: args.first_seed,
        only: args.only.clone(),
        program: std::env::current_exe().context("this program cannot be found again")?,
    };
    let report = report::run(&settings)?;
    if let Some(path) = &args.json {
        let json = serde_json::to_string_pretty(&report).context("the report has no JSON form")?;
        fs::write(path, json + "\n").with_context(|| format!("cannot write `{}`", path.display()))?;
    }
    if let Some(folder) = &args.plots {
        fs::create_dir_all(folder).with_context(|| format!("cannot make `{}`", folder.display()))?;
        for (name, svg) in &report.plots {
            let path = folder.join(format!("{name}.svg"));
            fs::write(&path, svg).with_context(|| format!("cannot write `{}`", path.display()))?;
        }
    }
    print(&report, args.missed, &mut io::stdout().lock()).context("cannot print the report")
}

fn print(report: &Report, missed: bool, out: &mut impl Write) -> io::Result<()> {
    if let Some(skipped) = &report.skipped {
        writeln!(out, "skipped: {skipped}\n")?;
    }
    writeln!(out, "Sessions: {}\n", report.source)?;
    for set in &report.sets {
        let failing: usize = set.failing.values().sum();
        writeln!(
            out,
            "- {}: {} sessions, {} tasks, {} events, {} steps, {failing} failing; {} judged, {} of them failed",
            set.name, set.sessions, set.tasks, set.events, set.steps, set.judged.0, set.judged.1
        )?;
    }
    writeln!(out, "\n{}", report.table())?;
    if missed {
        writeln!(out, "{}", report.missed)?;
    }
    let skipped =
        report.figures.iter().filter(|figure| figure.goal.is_some() && figure.met.is_none()).count();
    let of = |met: bool| report.figures.iter().filter(|figure| figure.met == Some(met)).count();
    writeln!(out, "{} goals met, {} not met, {skipped} skipped", of(true), of(false))
}
