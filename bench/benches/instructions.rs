//! Instruction counts of parsing, normalising and dreaming, held against committed numbers.
//!
//! `cargo bench -p somnium-bench --bench instructions` runs every case under `valgrind --tool=callgrind`, once
//! with one pass and once with five: a quarter of the difference is what one pass costs, without start-up and
//! without making the input. A case that takes over 5% more instructions than `baseline.json` says fails. Counting
//! instructions, not seconds, the gate does not mind a busy machine. The input is the example sessions, made
//! anew by their generator.
//!
//! `-- --bless` writes the counts of this run to `baseline.json`. Without valgrind it prints `skipped: …`.

use std::collections::BTreeMap;
use std::hint::black_box;
use std::path::Path;
use std::process::{Command, ExitCode};

use anyhow::{Context, Result, bail};
use somnium_bench::{fleet, instructions};
use somnium_dream::{Normalised, Options, Prior, dream, normalise};
use somnium_transcript::read_bytes;
use somnium_types::Transcript;

/// Passes that are averaged: hash seeds make a single one vary by a few per cent.
const PASSES: usize = 4;

/// A case: makes its input, then does the work some number of times.
type Case = fn(passes: usize) -> Result<()>;

const CASES: &[(&str, Case)] = &[
    ("parse claude-code", |passes| parse("claude-code", passes)),
    ("parse managed-agents", |passes| parse("managed-agents", passes)),
    ("parse envelope", |passes| parse("envelopes", passes)),
    ("normalise", normalise_all),
    ("dream", dream_all),
];

fn main() -> Result<ExitCode> {
    let arguments: Vec<String> = std::env::args().collect();
    if let Some(at) = arguments.iter().position(|argument| argument == "--case") {
        let (name, passes) = (arguments.get(at + 1), arguments.get(at + 2));
        let (name, passes) = name.zip(passes).context("`--case` takes a name and a number of passes")?;
        let case = CASES.iter().find(|(known, _)| known == name).context("no such case")?;
        one_thread()?.install(|| case.1(passes.parse()?))?;
        return Ok(ExitCode::SUCCESS);
    }
    if Command::new("valgrind").arg("--version").output().is_err() {
        println!("skipped: the instruction counts need valgrind (for example `apt-get install valgrind`)");
        return Ok(ExitCode::SUCCESS);
    }
    let mut counts = BTreeMap::new();
    for (name, _) in CASES {
        let more = counted(name, 1 + PASSES)? - counted(name, 1)?;
        counts.insert((*name).to_owned(), more / PASSES as i64);
    }
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("benches/baseline.json");
    if arguments.iter().any(|argument| argument == "--bless") {
        std::fs::write(&path, serde_json::to_string_pretty(&counts)? + "\n")?;
        println!("wrote {}", path.display());
        return Ok(ExitCode::SUCCESS);
    }
    let baseline =
        std::fs::read_to_string(&path).with_context(|| format!("cannot read `{}`", path.display()))?;
    let baseline: BTreeMap<String, i64> =
        serde_json::from_str(&baseline).context("the baseline is no JSON")?;
    let (lines, passed) = instructions::judge(&counts, &baseline);
    lines.iter().for_each(|line| println!("{line}"));
    Ok(if passed { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// Runs one case in a process of its own under callgrind, and returns its instructions.
fn counted(case: &str, passes: usize) -> Result<i64> {
    let output = Command::new("valgrind")
        .args(["--tool=callgrind", "--callgrind-out-file=/dev/null"])
        .arg(std::env::current_exe()?)
        .args(["--case", case, &passes.to_string()])
        .output()
        .context("cannot run valgrind")?;
    let said = String::from_utf8_lossy(&output.stderr);
    if !output.status.success() {
        bail!("`{case}` failed under valgrind: {said}");
    }
    let collected = said.lines().find_map(|line| line.split("Collected :").nth(1));
    collected.and_then(|count| count.trim().parse().ok()).context("valgrind printed no count")
}

/// A pool that runs everything on the calling thread: no waiting threads are counted.
fn one_thread() -> Result<rayon::ThreadPool> {
    let pool = rayon::ThreadPoolBuilder::new().num_threads(1).use_current_thread();
    pool.build().context("cannot make a pool of one thread")
}

/// Returns the example files whose path holds `part`.
fn files(part: &str) -> Result<Vec<(String, Vec<u8>)>> {
    let examples = fleet::examples(fleet::DEFAULT_SEED)?;
    let files = examples.files.into_iter().filter(|(path, _)| path.contains(part));
    Ok(files.map(|(path, text)| (path, text.into_bytes())).collect())
}

fn read(files: &[(String, Vec<u8>)]) -> Vec<Transcript> {
    let mut transcripts = Vec::new();
    for (path, bytes) in files {
        read_bytes(path, bytes.clone(), &mut |transcript| transcripts.push(transcript));
    }
    transcripts
}

fn parse(part: &str, passes: usize) -> Result<()> {
    let files = files(part)?;
    for _ in 0..passes {
        if black_box(read(black_box(&files))).is_empty() {
            bail!("the examples hold no `{part}` session");
        }
    }
    Ok(())
}

fn all_normalised(transcripts: &[Transcript]) -> Vec<Normalised> {
    let options = Options::default();
    transcripts.iter().map(|transcript| normalise(transcript, &options)).collect()
}

fn normalise_all(passes: usize) -> Result<()> {
    let transcripts = read(&files("")?);
    for _ in 0..passes {
        black_box(all_normalised(black_box(&transcripts)));
    }
    Ok(())
}

fn dream_all(passes: usize) -> Result<()> {
    let sessions = all_normalised(&read(&files("")?));
    for _ in 0..passes {
        black_box(dream(black_box(sessions.clone()), Prior::default(), &Options::default())?);
    }
    Ok(())
}
