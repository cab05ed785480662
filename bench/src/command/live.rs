//! `somnium-bench live`: does what a dream wrote help a real model?

use std::fs;
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::{Context, bail};
use clap::ValueEnum;
use somnium_bench::figure;
use somnium_bench::live::client::Client;
use somnium_bench::live::model::Model;
use somnium_bench::live::raw::Saved;
use somnium_bench::live::rule::Half;
use somnium_bench::live::run::{LiveReport, Settings, run as run_live};
use somnium_bench::live::world::Size;

/// Where the key of a server is looked for.
const KEY: &str = "SOMNIUM_LIVE_KEY";

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Which {
    /// Rules and wordings that the engine's wording may be improved on.
    Tuning,
    /// Other rules and other wordings, which are only measured.
    HeldOut,
}

#[derive(clap::Args)]
pub(crate) struct Args {
    /// The server: `http://127.0.0.1:8080`, with or without `/v1`. Without one only saved replies are used. A key, if
    /// the server wants one, is taken from `$SOMNIUM_LIVE_KEY`.
    #[arg(long, value_name = "URL", required_unless_present = "raw")]
    base_url: Option<String>,
    /// The model to ask for; by default the first one that the server lists.
    #[arg(long, value_name = "NAME")]
    model: Option<String>,
    /// What the report calls the model; by default its name.
    #[arg(long, value_name = "TEXT")]
    label: Option<String>,
    /// Which worlds.
    #[arg(long, value_enum, default_value = "held-out")]
    half: Which,
    /// How many worlds; a third of them have a rule that most would meet anyhow.
    #[arg(long, default_value_t = 36, value_name = "N")]
    worlds: usize,
    /// Requests to learn from in each world.
    #[arg(long, default_value_t = 6, value_name = "N")]
    training: usize,
    /// Requests to be judged by in each world, under each arm.
    #[arg(long, default_value_t = 4, value_name = "N")]
    tests: usize,
    /// The seed of worlds, requests and arms.
    #[arg(long, default_value_t = 0, value_name = "N")]
    seed: u64,
    /// Keeps every reply in this file (JSON lines), and asks nothing that it holds already: an interrupted run goes on.
    #[arg(long, value_name = "FILE")]
    raw: Option<PathBuf>,
    /// Writes everything that was measured to this file (JSON), and a page beside it (`.md`).
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
    /// Also writes the sessions that were dreamt on to this file, as `somnium dream` reads them.
    #[arg(long, value_name = "FILE")]
    sessions: Option<PathBuf>,
    /// Seconds to wait for one answer.
    #[arg(long, default_value_t = 300, value_name = "SECONDS")]
    timeout: u64,
}

pub(crate) fn run(args: &Args) -> anyhow::Result<()> {
    let half = match args.half {
        Which::Tuning => Half::Tuning,
        Which::HeldOut => Half::HeldOut,
    };
    let size = Size { worlds: args.worlds, training: args.training, tests: args.tests };
    let settings = Settings { half, size, seed: args.seed };
    let client = args.base_url.as_deref().map(|url| {
        let key = std::env::var(KEY).ok().filter(|key| !key.is_empty());
        Client::new(url, args.model.as_deref(), key, Duration::from_secs(args.timeout))
    });
    let client = client.transpose()?;
    let asked = client.as_ref().map(|client| client.name().to_owned()).or_else(|| args.model.clone());
    let Some(asked) = asked else { bail!("name the model of the saved replies with --model") };
    let mut model = Saved::new(client, &asked, args.raw.as_deref())?;
    let mut report = run_live(settings, &mut model, &mut |line| eprintln!("{line}"))?;
    eprintln!("{} replies are new, {} were there", model.fresh, model.again);
    report.model = args.label.clone().unwrap_or(asked);
    save(args, &report)?;
    print(&report, &mut io::stdout().lock()).context("cannot print the report")
}

fn save(args: &Args, report: &LiveReport) -> anyhow::Result<()> {
    if let Some(path) = &args.out {
        let json = serde_json::to_string_pretty(report).context("the report has no JSON form")?;
        write(path, &(json + "\n"))?;
        write(&path.with_extension("md"), &report.page())?;
    }
    if let Some(path) = &args.sessions {
        let lines: Vec<String> = report.sessions.iter().map(|session| session.to_string() + "\n").collect();
        write(path, &lines.concat())?;
    }
    Ok(())
}

fn write(path: &Path, text: &str) -> anyhow::Result<()> {
    fs::write(path, text).with_context(|| format!("cannot write `{}`", path.display()))
}

fn print(report: &LiveReport, out: &mut impl Write) -> io::Result<()> {
    writeln!(out, "{}", figure::table(&report.figures))?;
    let of = |met: bool| report.figures.iter().filter(|figure| figure.met == Some(met)).count();
    writeln!(out, "{} goals met, {} not met", of(true), of(false))
}
