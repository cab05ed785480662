//! `somnium memory history` and `somnium memory blame`.

use std::process::ExitCode;

use serde::Serialize;
use serde_json::json;
use somnium_memory::store::{DreamRecord, Entry, Folder, What, Writer};
use somnium_types::{BlockId, Timestamp};

use super::change::{block_id, unknown_block};
use crate::command::Outcome;
use crate::memory_folder::{MemoryArgs, dream_time, dreams};
use crate::record::RunRecord;
use crate::screen::{Line, Screen};
use crate::words::count;

/// Names of blocks shown on one line of the history.
const SHOWN: usize = 4;

/// Lists every change to a memory, the newest first: which dream, which person, which blocks.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  somnium memory history --memory memory
  somnium memory history m-7f3a --memory memory")]
pub(crate) struct Args {
    /// Only changes to this block
    #[arg(value_name = "BLOCK")]
    block: Option<String>,
    #[command(flatten)]
    memory: MemoryArgs,
    /// Print one JSON object
    #[arg(long)]
    json: bool,
}

impl Args {
    pub(super) fn run(self) -> Outcome {
        let folder = self.memory.open()?;
        let block = self.block.as_deref().map(block_id);
        let is_asked = |entry: &Entry| block.as_ref().is_none_or(|id| entry.touches(id));
        let entries: Vec<(Option<u64>, Entry)> = folder
            .log()
            .map(|(seq, entry)| (Some(seq), entry.clone()))
            .chain(folder.unrecorded().map(|entry| (None, entry)))
            .filter(|(_, entry)| is_asked(entry))
            .collect();
        if let Some(id) =
            block.as_ref().filter(|id| entries.is_empty() && folder.memory().block(id).is_none())
        {
            return Err(unknown_block(&folder, id));
        }
        let mut screen = Screen::stdout();
        if self.json {
            let rows: Vec<_> =
                entries.iter().map(|(seq, entry)| json!({ "seq": seq, "entry": entry })).collect();
            screen.json(&json!({ "changes": rows }))?;
        } else {
            for (seq, entry) in entries.iter().rev() {
                print(*seq, entry, &mut screen)?;
            }
            if entries.is_empty() {
                screen.line("No change is known yet.")?;
            }
        }
        screen.flush()?;
        Ok(ExitCode::SUCCESS)
    }
}

fn print(seq: Option<u64>, entry: &Entry, screen: &mut Screen) -> std::io::Result<()> {
    let change = entry.change.as_ref().map(|id| id.as_str()).unwrap_or_default();
    let time = if seq.is_some() { dream_time(entry.at) } else { "  since then".to_owned() };
    let by = match entry.what {
        // Nobody did anything: here it begins.
        What::Found => String::new(),
        _ => format!(" by {}", entry.by),
    };
    let line = Line::new().strong(verb(&entry.what)).plain(format!("{by}{time}"));
    screen.wrapped(0, if change.is_empty() { line } else { line.plain("  ").name(change) })?;
    if let Some(why) = &entry.why {
        screen.wrapped(4, Line::from(why.as_str()))?;
    }
    let touched = touched(entry);
    if !touched.is_empty() {
        screen.wrapped(4, Line::new().faint(touched))?;
    }
    Ok(())
}

/// Returns what a change did, in one word or two.
pub(super) fn verb(what: &What) -> &'static str {
    match what {
        What::Found => "begun",
        What::Outside => "edited in the files",
        What::Dreamt => "dreamt",
        What::Copied => "dreamt into this copy",
        What::Edited => "edited",
        What::Removed => "deleted",
        What::Allowed => "allowed again",
        What::Pinned => "pinned",
        What::Unpinned => "unpinned",
        What::Frozen => "frozen",
        What::Thawed => "thawed",
        What::Proposed => "laid aside for review",
        What::Reviewed => "reviewed",
        What::Dropped => "dropped from review",
        What::Written => "written",
        What::Cited => "used",
        What::Reported => "reported as wrong",
        What::Settled => "settled",
        What::Set => "set",
        What::Undone(_) => "undone",
        What::Erased => "erased",
        What::Accepted => "accepted",
    }
}

fn touched(entry: &Entry) -> String {
    let marked = entry.marked.iter().map(ToString::to_string);
    let all: Vec<String> = marked.chain(entry.blocks.iter().map(|block| block.id.to_string())).collect();
    let names = &all[..all.len().min(SHOWN)];
    match (names.is_empty(), all.len() - names.len()) {
        (true, _) if entry.files.is_empty() => String::new(),
        (true, _) => count(entry.files.len() as u64, "file"),
        (false, 0) => names.join(", "),
        (false, more) => format!("{} and {more} more", names.join(", ")),
    }
}

/// Says for each block who wrote it as it stands, and when: the dream and its evidence, or the person.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  somnium memory blame --memory memory
  somnium memory blame m-7f3a --memory memory")]
pub(crate) struct BlameArgs {
    /// Only this block
    #[arg(value_name = "BLOCK")]
    block: Option<String>,
    #[command(flatten)]
    memory: MemoryArgs,
    /// Print one JSON object
    #[arg(long)]
    json: bool,
}

/// Who wrote a block as it stands.
#[derive(Debug, Serialize)]
struct Blamed {
    id: BlockId,
    path: String,
    title: String,
    /// Who wrote what it says now; `null` before any history was kept.
    by: Option<Writer>,
    at: Option<Timestamp>,
    what: Option<&'static str>,
    /// The dream that a person reviewed, where one did.
    dream: Option<String>,
    /// How often it was written before.
    earlier: usize,
    /// The dream that wrote it first.
    first: Option<Writer>,
    /// Sessions behind the claim, as the last dream that reports it counted them.
    sessions: Option<u64>,
    /// Some of them.
    evidence: Vec<String>,
}

/// Sessions named for one block.
const SESSIONS: usize = 3;

impl BlameArgs {
    pub(super) fn run(self) -> Outcome {
        let folder = self.memory.open()?;
        let asked = self.block.as_deref().map(block_id);
        let blamed: Vec<Blamed> =
            blame(&folder).into_iter().filter(|row| asked.as_ref().is_none_or(|id| *id == row.id)).collect();
        if let Some(id) = asked.as_ref().filter(|_| blamed.is_empty()) {
            return Err(unknown_block(&folder, id));
        }
        let mut screen = Screen::stdout();
        if self.json {
            screen.json(&json!({ "blocks": blamed }))?;
        } else {
            for row in &blamed {
                row.print(&mut screen)?;
            }
            if blamed.is_empty() {
                screen.line("There is no block.")?;
            }
        }
        screen.flush()?;
        Ok(ExitCode::SUCCESS)
    }
}

fn blame(folder: &Folder) -> Vec<Blamed> {
    let records = dreams(folder);
    let unrecorded = folder.unrecorded();
    let row = |block: somnium_memory::Block| {
        let entries: Vec<&Entry> =
            folder.log_of(&block.id).map(|(_, entry)| entry).filter(|entry| entry.what.writes()).collect();
        let now = unrecorded.as_ref().filter(|entry| entry.touches(&block.id));
        let last = now.or(entries.last().copied());
        let claim = records.iter().rev().find_map(|(_, record)| record.as_ref()?.claim(block.id.as_str()));
        let mut evidence: Vec<String> =
            claim.iter().flat_map(|claim| &claim.evidence).map(|span| span.session_id.to_string()).collect();
        evidence.dedup();
        evidence.truncate(SESSIONS);
        let reviewed = last.filter(|entry| entry.what == What::Reviewed);
        Blamed {
            dream: reviewed.and_then(|entry| Some(entry.change.as_ref()?.to_string())),
            path: format!("/{}", block.path),
            title: block.title,
            by: last.map(|entry| entry.by.clone()),
            at: last.filter(|_| now.is_none()).map(|entry| entry.at),
            what: last.map(|entry| decided(entry, &block.id, &records).unwrap_or(verb(&entry.what))),
            earlier: (entries.len() + usize::from(now.is_some())).saturating_sub(1),
            first: entries.first().map(|entry| entry.by.clone()),
            sessions: claim.map(|claim| claim.support.sessions),
            evidence,
            id: block.id,
        }
    };
    folder.memory().blocks().into_iter().map(row).collect()
}

/// Returns what a person decided about a block when they reviewed a dream.
fn decided(
    entry: &Entry,
    block: &BlockId,
    records: &[(&DreamRecord, Option<RunRecord>)],
) -> Option<&'static str> {
    let change = entry.change.as_ref().filter(|_| entry.what == What::Reviewed)?;
    let record = records.iter().find(|(dream, _)| dream.id.as_str() == change.as_str())?.1.as_ref()?;
    match record.review.as_ref()?.decisions.get(block.as_str())?.as_str() {
        "accept" => Some("accepted in a review"),
        "edit" => Some("edited in a review"),
        _ => None,
    }
}

impl Blamed {
    fn print(&self, screen: &mut Screen) -> std::io::Result<()> {
        screen.cut(Line::new().name(self.id.as_str()).plain("  ").plain(&self.title))?;
        let mut text = match (&self.by, self.what) {
            (Some(by), Some(what)) => format!("{what} by {by}"),
            _ => "there before any history was kept".to_owned(),
        };
        match self.at {
            Some(at) => text += &dream_time(at),
            None if self.by.is_some() => text += ", not in the history yet",
            None => {}
        }
        if let Some(dream) = &self.dream {
            text += &format!("; proposed by dream {dream}");
        }
        if self.earlier > 0 {
            let first = self.first.as_ref().map_or_else(String::new, |first| format!(", first by {first}"));
            text += &format!("; {} before{first}", count(self.earlier as u64, "version"));
        }
        if let Some(sessions) = self.sessions.filter(|_| !self.evidence.is_empty()) {
            text += &format!("; from {}: {}", count(sessions, "session"), self.evidence.join(", "));
        }
        screen.wrapped(4, Line::new().faint(text))
    }
}
