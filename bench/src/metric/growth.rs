//! M15, cost as a store grows: synthetic sessions in any number, and a second dream after 1% new ones.
//!
//! Each size runs in a process of its own, on one thread; sessions are made a batch at a time and never lie on a disk.
//! Time is that of the processor, which others on the machine do not lengthen much; making the sessions does not count.

use std::path::Path;
use std::process::Command;
use std::time::Instant;

use anyhow::{Context, Result, bail};
use serde::{Deserialize, Serialize};
use somnium_dream::{Dreamt, Normalised, Options, Past, Prior, Tally, digest, dream, normalise};
use somnium_transcript::read_bytes;

use super::cost::peak_kib;
use crate::figure::{Figure, Goal, Unit};
use crate::plot::{Axis, Chart, Scale};
use crate::stream::Stream;

/// A cold dream of 3.2 million events in 10 s on two cores.
const EVENTS: Goal = Goal::AtLeast(160_000.0);
const PEAK: Goal = Goal::AtMost(512.0);
/// Share of the time of the cold dream that the next one may take after 1% new sessions.
const AGAIN: Goal = Goal::AtMost(0.03);
/// Sessions that are made at a time.
const BATCH: u64 = 250;
/// Sessions in the second dream for one in the first.
const NEW: u64 = 100;
const SEED: u64 = 7;
/// Ticks of the processor clock in `/proc` a second: fixed on Linux.
const TICKS: f64 = 100.0;

/// What a store of one size took.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Growth {
    /// Sessions of the first dream.
    pub sessions: u64,
    /// Events in them.
    pub events: u64,
    /// Bytes of text.
    pub bytes: u64,
    /// Seconds of reading.
    pub read: f64,
    /// Seconds of normalising.
    pub normalise: f64,
    /// Seconds of dreaming.
    pub dream: f64,
    /// Seconds of the second dream with all that belongs to it.
    pub again: f64,
    /// Peak resident memory after the first dream, in KiB.
    pub peak_kib: Option<u64>,
    /// Claims in the memory.
    pub claims: usize,
    /// Bytes of what the dream counted and compared, packed.
    #[serde(default)]
    pub kept: u64,
}

impl Growth {
    fn cold(&self) -> f64 {
        self.read + self.normalise + self.dream
    }
}

/// Returns the seconds that this process has used a processor; the clock on the wall where the system does not tell.
fn spent(start: Instant) -> f64 {
    let stat = std::fs::read_to_string("/proc/self/stat").unwrap_or_default();
    // The name of the program, in brackets, may hold spaces; user and system time are the 12th and 13th after it.
    let fields = stat.rsplit_once(')').map_or("", |(_, rest)| rest);
    let ticks: Vec<f64> =
        fields.split_whitespace().skip(11).take(2).filter_map(|tick| tick.parse().ok()).collect();
    match ticks.as_slice() {
        [user, system] => (user + system) / TICKS,
        _ => start.elapsed().as_secs_f64(),
    }
}

/// Measures one size in this process.
///
/// # Errors
///
/// If there is no thread to be had, or a dream fails.
pub fn run(sessions: u64) -> Result<Growth> {
    let pool = rayon::ThreadPoolBuilder::new().num_threads(1).build().context("cannot start a thread")?;
    pool.install(|| {
        let (start, stream, options) = (Instant::now(), Stream::new(SEED), Options::default());
        let mut growth = Growth { sessions, ..Growth::default() };
        let known = read(&stream, 0, sessions, start, &mut growth);
        let before = spent(start);
        let first = dream(known, Prior::default(), &options).context("the dream failed")?;
        growth.dream = spent(start) - before;
        growth.peak_kib = peak_kib();
        growth.claims = first.report.claims.len();
        let kept = Kept::of(first)?;
        growth.kept = kept.tally.len() as u64;
        let mut second = Growth::default();
        let new = read(&stream, sessions, sessions + (sessions / NEW).max(1), start, &mut second);
        let before = spent(start);
        let prior = kept.prior(&new, &options)?;
        let again = dream(new, prior, &options).context("the second dream failed")?;
        again.tally.encode().context("cannot pack what was counted")?;
        growth.again = second.read + second.normalise + (spent(start) - before);
        Ok(growth)
    })
}

/// What a store keeps of a dream, packed as on a disk.
struct Kept {
    prior: Prior,
    sessions: Vec<u8>,
    tally: Vec<u8>,
}

impl Kept {
    fn of(mut dreamt: Dreamt) -> Result<Self> {
        let sessions = std::mem::take(&mut dreamt.news);
        let sessions = digest::encode(&sessions).context("cannot pack the sessions")?;
        let tally = dreamt.tally.encode().context("cannot pack what was counted")?;
        let prior = Prior { sessions: Past::Unread, ..Prior::default() }.after(dreamt);
        Ok(Self { prior: Prior { tally: None, ..prior }, sessions, tally })
    }

    /// Returns what the next dream is given: the sessions only where it needs them.
    fn prior(self, new: &[Normalised], options: &Options) -> Result<Prior> {
        let tally = Tally::decode(&self.tally).context("cannot unpack what was counted")?;
        let sessions = match tally.suffices(new, options) {
            true => Past::Unread,
            false => Past::Read(digest::decode(&self.sessions).context("cannot unpack the sessions")?),
        };
        Ok(Prior { sessions, tally: Some(tally), ..self.prior })
    }
}

fn read(stream: &Stream, from: u64, to: u64, start: Instant, growth: &mut Growth) -> Vec<Normalised> {
    let options = Options::default();
    let mut sessions = Vec::new();
    let mut at = from;
    while at < to {
        let end = to.min(at + BATCH);
        let bytes = stream.lines(at, end);
        growth.bytes += bytes.len() as u64;
        let mut transcripts = Vec::new();
        let before = spent(start);
        read_bytes("stream", bytes, &mut |transcript| transcripts.push(transcript));
        let read = spent(start);
        for transcript in transcripts {
            growth.events += transcript.events.len() as u64;
            sessions.push(normalise(&transcript, &options));
        }
        growth.read += read - before;
        growth.normalise += spent(start) - read;
        at = end;
    }
    sessions
}

/// Measures every size in a process of `program`, which is this program. A size that fails ends the row of sizes: what
/// is larger fails, too.
///
/// # Errors
///
/// If a process prints something else than a measurement.
pub fn measure(program: &Path, sizes: &[u64]) -> Result<(Vec<Growth>, Option<String>)> {
    let mut rows = Vec::new();
    for size in sizes {
        let output = Command::new(program)
            .args(["cost", "--stream", &size.to_string()])
            .output()
            .with_context(|| format!("cannot run `{} cost`", program.display()))?;
        if !output.status.success() {
            if rows.is_empty() {
                bail!("`cost --stream {size}` failed: {}", String::from_utf8_lossy(&output.stderr).trim());
            }
            return Ok((rows, Some(format!("{size} sessions: {}", output.status))));
        }
        rows.push(serde_json::from_slice(&output.stdout).context("`cost` printed something else")?);
    }
    Ok((rows, None))
}

fn on(growth: &Growth) -> String {
    format!("{} made sessions", growth.sessions)
}

/// Returns the rows; the goals are about the largest size.
pub fn figures(rows: &[Growth], failed: Option<&String>) -> Vec<Figure> {
    let mut figures = Vec::new();
    for (at, growth) in rows.iter().enumerate() {
        let is_last = at + 1 == rows.len();
        let goal = |figure: Figure, goal: Goal| if is_last { figure.goal(goal) } else { figure };
        let rate = |seconds: f64| (seconds > 0.0).then(|| growth.events as f64 / seconds);
        let row = |name: &str, unit, value| Figure::new("M15", name, &on(growth), unit, value);
        let parts = format!(
            "{} events, {:.2} GB; reading {:.2} s, normalising {:.2} s, dreaming {:.2} s",
            growth.events,
            growth.bytes as f64 / 1e9,
            growth.read,
            growth.normalise,
            growth.dream
        );
        let whole = row("events a second of one core, cold dream", Unit::PerSecond, rate(growth.cold()));
        figures.push(goal(whole.note(parts), EVENTS));
        let peak = growth.peak_kib.map(|kib| kib as f64 / 1024.0);
        figures.push(goal(row("peak memory, cold dream", Unit::Mebibytes, peak), PEAK));
        let again = (growth.cold() > 0.0).then(|| growth.again / growth.cold());
        let again = row("dream after 1% new sessions / cold dream", Unit::Ratio, again);
        figures.push(goal(again.note(format!("{:.2} s", growth.again)), AGAIN));
    }
    if let Some(why) = failed {
        let name = "events a second of one core, cold dream";
        figures.push(Figure::skipped("M15", name, "made sessions", EVENTS, why));
    }
    figures
}

/// Returns the charts, by file name.
pub fn charts(rows: &[Growth]) -> Vec<(&'static str, Chart)> {
    let x = || Axis::new("sessions in the store", Scale::Log);
    let line = |name: &str, of: &dyn Fn(&Growth) -> f64| {
        (name.to_owned(), rows.iter().map(|row| (row.sessions as f64, of(row))).collect::<Vec<_>>())
    };
    let rate = |of: fn(&Growth) -> f64| move |row: &Growth| row.events as f64 / of(row).max(0.01);
    let speed = Chart {
        title: "Events a second of one core".to_owned(),
        x: x(),
        y: Axis::new("events a second", Scale::Log),
        lines: vec![
            line("cold dream", &rate(Growth::cold)),
            line("reading alone", &rate(|row| row.read)),
            line("normalising alone", &rate(|row| row.normalise)),
            line("dreaming alone", &rate(|row| row.dream)),
        ],
        goal: Some(("goal, cold dream".to_owned(), 160_000.0)),
    };
    let memory = Chart {
        title: "Peak memory of a cold dream".to_owned(),
        x: x(),
        y: Axis::new("MiB", Scale::Log),
        lines: vec![line("cold dream", &|row| row.peak_kib.unwrap_or(0) as f64 / 1024.0)],
        goal: Some(("goal".to_owned(), 512.0)),
    };
    let again = Chart {
        title: "Dream after 1% new sessions, beside the cold dream".to_owned(),
        x: x(),
        y: Axis::new("seconds of one core", Scale::Log),
        lines: vec![line("cold dream", &Growth::cold), line("after 1% new", &|row| row.again)],
        goal: None,
    };
    vec![("cost-speed", speed), ("cost-memory", memory), ("cost-again", again)]
}
