//! `somnium sessions show`: one transcript to read.

use std::path::PathBuf;
use std::process::ExitCode;

use somnium_types::{Actor, Body, Event, Label, Status, SubagentPhase, ThreadId, Transcript};

use crate::command::Outcome;
use crate::fault::{Fault, hint, warn};
use crate::input::{Source, ToolArgs};
use crate::reading::nothing_read;
use crate::remarks::Remarks;
use crate::screen::{Line, Paint, Screen};
use crate::words::{count, minute, name_of, number};

/// Lines of one event that are shown unless `--full` is given.
const SHOWN_LINES: usize = 12;
/// Session ids that a hint lists.
const LISTED_IDS: usize = 5;

/// Prints one transcript to read: who said and did what, event by event.
///
/// The numbers in front are the event indexes that the evidence of a claim names.
#[derive(Debug, clap::Args)]
#[command(
    override_usage = "somnium sessions show [OPTIONS] <FILE>\n       somnium sessions show [OPTIONS] --from <TOOL>",
    after_help = "Examples:
  somnium sessions show sessions/monday.jsonl
  somnium sessions show runs.jsonl.zst --session run-7 --full
  somnium sessions show --from claude-code"
)]
pub(crate) struct Args {
    /// The file
    #[arg(required_unless_present = "from", value_name = "FILE")]
    paths: Option<PathBuf>,
    #[command(flatten)]
    tool: ToolArgs,
    /// Which session, where the file holds several (default: the first)
    #[arg(long, value_name = "ID")]
    session: Option<String>,
    /// Print long events whole
    #[arg(long)]
    full: bool,
    /// Print the transcript as one JSON object
    #[arg(long)]
    json: bool,
}

impl Args {
    pub(super) fn run(self) -> Outcome {
        let sources = self.tool.sources_or(self.paths.as_slice())?;
        let found = self.find(&sources)?;
        if found.ids > 1 && self.session.is_none() {
            found.hint_at_others();
        }
        let mut screen = Screen::stdout();
        match found.transcript {
            Some(transcript) if self.json => screen.json(&transcript)?,
            Some(transcript) => print(&transcript, self.full, &mut screen)?,
            None => return Err(self.not_found(&found.first_ids)),
        }
        screen.flush()?;
        Ok(ExitCode::SUCCESS)
    }

    /// Reads up to the source that holds the session.
    fn find(&self, sources: &[Source]) -> Result<Found, Fault> {
        let mut found = Found { transcript: None, ids: 0, first_ids: Vec::new() };
        let mut skipped = Vec::new();
        for source in sources {
            let report = source.read(&mut |transcript| {
                found.ids += 1;
                if found.first_ids.len() < LISTED_IDS {
                    found.first_ids.push(transcript.id.to_string());
                }
                let wanted = self.session.as_deref().is_none_or(|id| id == transcript.id.as_str());
                if wanted && found.transcript.is_none() {
                    found.transcript = Some(transcript);
                }
            });
            skipped.extend(report.skipped);
            if found.transcript.is_some() {
                break;
            }
        }
        if found.ids == 0 {
            return Err(nothing_read(sources.len(), &skipped));
        }
        if let Some(warning) = Remarks::of(&skipped).warning() {
            warn(&warning);
        }
        Ok(found)
    }

    fn not_found(&self, ids: &[String]) -> Fault {
        let id = self.session.as_deref().unwrap_or_default();
        let ids: Vec<_> = ids.iter().map(|id| format!("`{id}`")).collect();
        Fault::new("SOM020", format!("no session has the id `{id}`"))
            .hint(format!("there are {}, for example", ids.join(", ")))
    }
}

/// What was looked for, and what else was there.
struct Found {
    transcript: Option<Transcript>,
    ids: usize,
    first_ids: Vec<String>,
}

impl Found {
    fn hint_at_others(&self) {
        let ids: Vec<_> = self.first_ids.iter().skip(1).map(|id| format!("`{id}`")).collect();
        hint(&format!(
            "there are {}; this is the first. `--session ID` shows another: {}",
            count(self.ids as u64, "session"),
            ids.join(", "),
        ));
    }
}

fn print(transcript: &Transcript, full: bool, screen: &mut Screen) -> Result<(), Fault> {
    print_head(transcript, screen)?;
    for (index, event) in transcript.events.iter().enumerate() {
        print_event(index, event, transcript, full, screen)?;
    }
    Ok(())
}

fn print_head(transcript: &Transcript, screen: &mut Screen) -> Result<(), Fault> {
    screen.line(Line::new().strong(transcript.id.as_str()).plain("  ").name(&transcript.source.format))?;
    let text = |id: Option<&str>| id.map(str::to_owned);
    let rows = [
        ("agent", text(transcript.agent.as_ref().map(AsRef::as_ref))),
        ("model", transcript.model.clone()),
        ("person", text(transcript.principal.as_ref().map(AsRef::as_ref))),
        ("team", text(transcript.team.as_ref().map(AsRef::as_ref))),
        ("project", transcript.project.clone()),
        ("task", text(transcript.task.as_ref().map(AsRef::as_ref))),
        ("parent", text(transcript.parent.as_ref().map(AsRef::as_ref))),
        ("started", transcript.started_at.map(minute)),
        ("ended", transcript.ended_at.map(minute)),
        ("outcome", outcome(transcript)),
        ("tokens", tokens(transcript)),
    ];
    for (name, value) in rows {
        if let Some(value) = value {
            screen.line(Line::new().faint(format!("{name:>8}")).plain("  ").plain(value))?;
        }
    }
    screen.blank()?;
    Ok(())
}

fn outcome(transcript: &Transcript) -> Option<String> {
    let outcome = transcript.outcome.as_ref()?;
    let label = if outcome.label == Label::Success { "good" } else { "bad" };
    let score = outcome.score.map(|score| format!(", score {score}")).unwrap_or_default();
    Some(format!("{label} (says: {}{score})", name_of(&outcome.source)))
}

fn tokens(transcript: &Transcript) -> Option<String> {
    let usage = &transcript.usage;
    let total = usage.input_tokens + usage.output_tokens;
    (total > 0).then(|| format!("{} in, {} out", number(usage.input_tokens), number(usage.output_tokens)))
}

fn print_event(
    index: usize,
    event: &Event,
    transcript: &Transcript,
    full: bool,
    screen: &mut Screen,
) -> Result<(), Fault> {
    let (paint, who) = speaker(&event.body);
    let mut head = Line::new().faint(format!("{index:>5}  ")).with(paint, who);
    if event.thread != ThreadId::MAIN {
        head.push(Paint::Faint, &format!("  on {}", thread_name(event.thread, transcript)));
    }
    if let Some(principal) = &event.principal {
        head.push(Paint::Faint, &format!("  {principal}"));
    }
    if let Some(at) = event.at {
        head.push(Paint::Faint, &format!("  {}", at.strftime("%H:%M:%S")));
    }
    screen.line(head)?;
    let text = match &event.body {
        Body::ToolCall(call) => call.input.to_string().into(),
        _ => event.text(),
    };
    let lines = text.trim_end().lines().count();
    let shown = if full { lines } else { SHOWN_LINES };
    for line in text.trim_end().lines().take(shown) {
        let limit = if full { usize::MAX } else { 600 };
        screen.wrapped(7, Line::from(line).cut(limit))?;
    }
    if lines > shown {
        screen.line(Line::new().faint(format!("       … {}", count((lines - shown) as u64, "more line"))))?;
    }
    Ok(())
}

fn speaker(body: &Body) -> (Paint, String) {
    match body {
        Body::User { .. } => (Paint::Strong, "person".to_owned()),
        Body::Assistant { .. } => (Paint::Strong, "agent".to_owned()),
        Body::Thinking { .. } => (Paint::Faint, "thinking".to_owned()),
        Body::ToolCall(call) if call.by == Actor::User => {
            (Paint::Name, format!("person calls {}", call.tool))
        }
        Body::ToolCall(call) => (Paint::Name, format!("calls {}", call.tool)),
        Body::ToolResult(result) => {
            let exit = result.exit_code.map(|code| format!(", exit {code}")).unwrap_or_default();
            match result.status {
                Status::Ok => (Paint::Good, format!("result: ok{exit}")),
                Status::Unknown => (Paint::Plain, format!("result{exit}")),
                status => (Paint::Bad, format!("result: {}{exit}", name_of(&status))),
            }
        }
        Body::System { kind, .. } => (Paint::Faint, format!("harness: {}", name_of(kind))),
        Body::Subagent { phase: SubagentPhase::Start, .. } => (Paint::Name, "sub-agent starts".to_owned()),
        Body::Subagent { phase: SubagentPhase::Report, .. } => (Paint::Name, "sub-agent reports".to_owned()),
    }
}

fn thread_name(thread: ThreadId, transcript: &Transcript) -> String {
    let name = transcript.threads.get(thread.0 as usize).map(|thread| thread.name.as_str());
    match name {
        Some(name) if !name.is_empty() => name.to_owned(),
        _ => format!("thread {}", thread.0),
    }
}
