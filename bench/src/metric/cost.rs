//! M15, cost: events a second on one core, and peak memory.
//!
//! Every measurement runs in a process of its own (`somnium-bench cost`), so that its peak memory is its own,
//! with one thread.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::{Mutex, PoisonError};
use std::time::Instant;

use anyhow::{Context, Result, bail};
use serde::{Deserialize, Serialize};
use somnium_dream::{Normalised, Options, Prior, dream, normalise};
use somnium_transcript::read_files;
use somnium_types::Transcript;

/// Runs of each measurement; the median counts.
const RUNS: usize = 3;

/// What one run took.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Cost {
    /// Sessions read.
    pub sessions: u64,
    /// Events in them.
    pub events: u64,
    /// Bytes of text read, after decompression.
    pub bytes: u64,
    /// Seconds of reading alone (decompression, parsing and importing).
    pub read: f64,
    /// Seconds of normalising alone.
    pub normalise: f64,
    /// Seconds of dreaming alone.
    pub dream: f64,
    /// Seconds of reading, normalising and dreaming in one go, a session at a time.
    pub together: f64,
    /// Peak resident memory of that run in KiB; `None` where the system does not tell.
    pub peak_kib: Option<u64>,
}

/// Which part is run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Part {
    /// Stage after stage, everything in memory: seconds by stage.
    Stages,
    /// As the command does: seconds in all, peak memory.
    Whole,
}

/// Runs one part in this process, on one thread.
///
/// # Errors
///
/// If there is no thread to be had, or the dream fails.
pub fn run(files: &[PathBuf], part: Part) -> Result<Cost> {
    let pool = rayon::ThreadPoolBuilder::new().num_threads(1).build().context("cannot start a thread")?;
    pool.install(|| match part {
        Part::Stages => stages(files),
        Part::Whole => whole(files),
    })
}

fn stages(files: &[PathBuf]) -> Result<Cost> {
    let mut cost = Cost::default();
    let transcripts: Mutex<Vec<Transcript>> = Mutex::new(Vec::new());
    let start = Instant::now();
    let reports = read_files(files, &|transcript| {
        transcripts.lock().unwrap_or_else(PoisonError::into_inner).push(transcript);
    });
    cost.read = start.elapsed().as_secs_f64();
    cost.bytes = reports.iter().map(|report| report.bytes).sum();
    let transcripts = transcripts.into_inner().unwrap_or_else(PoisonError::into_inner);
    cost.sessions = transcripts.len() as u64;
    cost.events = transcripts.iter().map(|transcript| transcript.events.len() as u64).sum();
    let options = Options::default();
    let start = Instant::now();
    let sessions: Vec<Normalised> =
        transcripts.iter().map(|transcript| normalise(transcript, &options)).collect();
    cost.normalise = start.elapsed().as_secs_f64();
    drop(transcripts);
    let start = Instant::now();
    dream(sessions, Prior::default(), &options).context("the dream failed")?;
    cost.dream = start.elapsed().as_secs_f64();
    Ok(cost)
}

fn whole(files: &[PathBuf]) -> Result<Cost> {
    let mut cost = Cost::default();
    let options = Options::default();
    let start = Instant::now();
    let sessions: Mutex<Vec<Normalised>> = Mutex::new(Vec::new());
    let reports = read_files(files, &|transcript| {
        let session = normalise(&transcript, &options);
        sessions.lock().unwrap_or_else(PoisonError::into_inner).push(session);
    });
    let sessions = sessions.into_inner().unwrap_or_else(PoisonError::into_inner);
    cost.sessions = sessions.len() as u64;
    cost.events = sessions.iter().map(|session| u64::from(session.events)).sum();
    cost.bytes = reports.iter().map(|report| report.bytes).sum();
    dream(sessions, Prior::default(), &options).context("the dream failed")?;
    cost.together = start.elapsed().as_secs_f64();
    cost.peak_kib = peak_kib();
    Ok(cost)
}

/// Returns the highest resident memory of this process so far.
pub(super) fn peak_kib() -> Option<u64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    line.trim().strip_suffix("kB")?.trim().parse().ok()
}

/// Measures `files` in processes of `program`, which is this program: the median of three runs of each part.
///
/// # Errors
///
/// If a process fails or prints something else.
pub fn measure(program: &Path, files: &[PathBuf]) -> Result<Cost> {
    let (mut stages, mut wholes) = (Vec::new(), Vec::new());
    for _ in 0..RUNS {
        stages.push(in_child(program, files, "--stages")?);
        wholes.push(in_child(program, files, "--whole")?);
    }
    let first = &wholes[0];
    Ok(Cost {
        sessions: first.sessions,
        events: first.events,
        bytes: first.bytes,
        read: median(stages.iter().map(|cost| cost.read)),
        normalise: median(stages.iter().map(|cost| cost.normalise)),
        dream: median(stages.iter().map(|cost| cost.dream)),
        together: median(wholes.iter().map(|cost| cost.together)),
        peak_kib: wholes.iter().map(|cost| cost.peak_kib).max().flatten(),
    })
}

fn median(values: impl Iterator<Item = f64>) -> f64 {
    let mut values: Vec<f64> = values.collect();
    values.sort_by(f64::total_cmp);
    values.get(values.len() / 2).copied().unwrap_or(0.0)
}

fn in_child(program: &Path, files: &[PathBuf], part: &str) -> Result<Cost> {
    let output = Command::new(program)
        .arg("cost")
        .arg(part)
        .args(files)
        .output()
        .with_context(|| format!("cannot run `{} cost`", program.display()))?;
    if !output.status.success() {
        bail!("`cost {part}` failed: {}", String::from_utf8_lossy(&output.stderr).trim());
    }
    serde_json::from_slice(&output.stdout).context("`cost` printed something else than a measurement")
}
