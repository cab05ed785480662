//! `somnium sessions stats`: per file, what was read and what was not.

use std::collections::BTreeMap;
use std::process::ExitCode;
use std::sync::Mutex;

use serde::Serialize;
use somnium_dream::{Options, normalise};
use somnium_transcript::FileReport;
use somnium_types::{Body, Label, Skipped, Transcript};

use crate::command::Outcome;
use crate::fault::{Fault, warn};
use crate::input::{SessionArgs, read_all};
use crate::progress::Progress;
use crate::reading::nothing_read;
use crate::remarks::Remarks;
use crate::screen::{Line, Paint, Screen};
use crate::words::{count, number};

/// Tools that the table for people names; `--json` has them all.
const TOP_TOOLS: usize = 5;
/// Remarks of a kind that a file shows to people.
const TOP_REMARKS: usize = 5;

/// Counts what is in transcripts: format, sessions, events, tools, failing steps, outcomes.
#[derive(Debug, clap::Args)]
#[command(
    override_usage = "somnium sessions stats [OPTIONS] <SESSIONS>...\n       somnium sessions stats [OPTIONS] --from <TOOL>",
    after_help = "Examples:
  somnium sessions stats sessions/
  somnium sessions stats runs/*.jsonl.zst --json
  somnium sessions stats --from codex --since 7d"
)]
pub(crate) struct Args {
    #[command(flatten)]
    sessions: SessionArgs,
    /// Print one JSON object
    #[arg(long)]
    json: bool,
}

/// The whole call.
#[derive(Debug, Serialize)]
struct Stats {
    sessions: u64,
    events: u64,
    failing_steps: u64,
    outcomes: Outcomes,
    files: Vec<FileStats>,
}

/// One file.
#[derive(Debug, Serialize)]
struct FileStats {
    path: String,
    format: Option<String>,
    sessions: u64,
    events: u64,
    #[serde(flatten)]
    counts: Counts,
    skipped: Vec<Skipped>,
}

/// What is counted session by session.
#[derive(Clone, Debug, Default, Serialize)]
struct Counts {
    tools: BTreeMap<String, u64>,
    failing_steps: u64,
    outcomes: Outcomes,
}

/// Sessions by how they ended.
#[derive(Clone, Copy, Debug, Default, Serialize)]
struct Outcomes {
    success: u64,
    failure: u64,
    none: u64,
}

impl Args {
    pub(super) fn run(self) -> Outcome {
        let sources = self.sessions.sources()?;
        let progress = Progress::start("counting");
        let counts: Mutex<BTreeMap<String, Counts>> = Mutex::default();
        let options = Options::default();
        let sources: Vec<_> = sources.iter().collect();
        let reports = read_all(&sources, &|_, transcript| {
            let session = Counts::of(&transcript, &options);
            progress.add(transcript.events.len() as u64);
            let mut counts = counts.lock().unwrap_or_else(|poisoned| poisoned.into_inner());
            counts.entry(transcript.source.path).or_default().add(session);
        });
        progress.finish();
        let counts = counts.into_inner().unwrap_or_else(|poisoned| poisoned.into_inner());
        let stats = Stats::of(reports, counts);
        let mut screen = Screen::stdout();
        if self.json {
            screen.json(&stats)?
        } else {
            stats.print(&mut screen)?
        }
        screen.flush()?;
        stats.end()
    }
}

impl Counts {
    fn of(transcript: &Transcript, options: &Options) -> Self {
        let mut counts = Self::default();
        for event in &transcript.events {
            if let Body::ToolCall(call) = &event.body {
                *counts.tools.entry(call.tool.clone()).or_default() += 1;
            }
        }
        let session = normalise(transcript, options);
        counts.failing_steps = session.steps.iter().filter(|step| step.failure.is_some()).count() as u64;
        let outcomes = &mut counts.outcomes;
        let ended = match transcript.outcome.as_ref().map(|outcome| outcome.label) {
            Some(Label::Success) => &mut outcomes.success,
            Some(Label::Failure) => &mut outcomes.failure,
            None => &mut outcomes.none,
        };
        *ended += 1;
        counts
    }

    fn add(&mut self, other: Self) {
        for (tool, calls) in other.tools {
            *self.tools.entry(tool).or_default() += calls;
        }
        self.failing_steps += other.failing_steps;
        self.outcomes.add(other.outcomes);
    }

    /// Returns the tools by how often they were called, then by name.
    fn tools_by_use(&self) -> Vec<(&str, u64)> {
        let mut tools: Vec<_> = self.tools.iter().map(|(tool, calls)| (tool.as_str(), *calls)).collect();
        tools.sort_by_key(|&(tool, calls)| (std::cmp::Reverse(calls), tool));
        tools
    }
}

impl Outcomes {
    fn add(&mut self, other: Self) {
        self.success += other.success;
        self.failure += other.failure;
        self.none += other.none;
    }

    fn line(self) -> String {
        let judged = [(self.success, "good"), (self.failure, "bad"), (self.none, "not judged")];
        let parts: Vec<_> =
            judged.iter().filter(|(n, _)| *n > 0).map(|(n, word)| format!("{} {word}", number(*n))).collect();
        parts.join(", ")
    }
}

impl Stats {
    fn of(reports: Vec<FileReport>, mut counts: BTreeMap<String, Counts>) -> Self {
        let mut stats = Self {
            sessions: 0,
            events: 0,
            failing_steps: 0,
            outcomes: Outcomes::default(),
            files: Vec::new(),
        };
        for report in reports {
            let counts = counts.remove(&report.path).unwrap_or_default();
            stats.sessions += report.sessions;
            stats.events += report.events;
            stats.failing_steps += counts.failing_steps;
            stats.outcomes.add(counts.outcomes);
            stats.files.push(FileStats {
                path: report.path,
                format: report.format,
                sessions: report.sessions,
                events: report.events,
                counts,
                skipped: report.skipped,
            });
        }
        stats
    }

    fn print(&self, screen: &mut Screen) -> Result<(), Fault> {
        for file in &self.files {
            file.print(screen)?;
        }
        let steps = count(self.failing_steps, "failing step");
        let line = Line::from(count(self.files.len() as u64, "file")).plain(": ");
        let line = line
            .strong(count(self.sessions, "session"))
            .plain(format!(", {}, {steps}", count(self.events, "event")));
        let outcomes = self.outcomes.line();
        let line = if outcomes.is_empty() { line } else { line.plain("; ").plain(outcomes) };
        screen.wrapped(0, line)?;
        Ok(())
    }

    /// Returns the exit status: 2 where nothing was readable, else 0, with a warning where reading has remarks.
    fn end(&self) -> Outcome {
        let skipped: Vec<_> = self.files.iter().flat_map(|file| &file.skipped).cloned().collect();
        if self.sessions == 0 {
            return Err(nothing_read(self.files.len(), &skipped));
        }
        if let Some(warning) = Remarks::of(&skipped).warning() {
            warn(&warning);
        }
        Ok(ExitCode::SUCCESS)
    }
}

impl FileStats {
    fn print(&self, screen: &mut Screen) -> Result<(), Fault> {
        let format = self.format.as_deref().unwrap_or("not a transcript");
        screen.wrapped(0, Line::new().strong(&self.path).plain("  ").name(format))?;
        if self.sessions > 0 {
            let outcomes = self.counts.outcomes.line();
            let line = format!(
                "{}, {}, {}; {outcomes}",
                count(self.sessions, "session"),
                count(self.events, "event"),
                count(self.counts.failing_steps, "failing step"),
            );
            screen.wrapped(2, line)?;
        }
        let tools = self.counts.tools_by_use();
        if !tools.is_empty() {
            let top: Vec<_> =
                tools.iter().take(TOP_TOOLS).map(|(tool, n)| format!("{tool} {}", number(*n))).collect();
            let rest = tools.len().saturating_sub(TOP_TOOLS);
            let rest = if rest > 0 { format!(", and {rest} more") } else { String::new() };
            screen.wrapped(2, Line::from("tools: ").plain(top.join(", ")).plain(rest))?;
        }
        for (heading, group) in Remarks::of(&self.skipped).groups() {
            let (shown, rest) = group.lines(TOP_REMARKS);
            for remark in shown {
                let heading = heading.to_lowercase();
                screen.wrapped(2, Line::new().with(Paint::Warn, heading).plain(" ").plain(remark))?;
            }
            if rest > 0 {
                screen.wrapped(2, format!("and {rest} more; `--json` lists them"))?;
            }
        }
        screen.blank()?;
        Ok(())
    }
}
