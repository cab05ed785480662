//! `somnium dreams list`.

use std::process::ExitCode;

use serde::Serialize;
use somnium_dream::{DreamStatus, MemoryCounts};
use somnium_memory::store::{DreamRecord, PublicationKind};

use crate::command::Outcome;
use crate::memory_folder::{MemoryArgs, dream_time, dreams};
use crate::record::RunRecord;
use crate::screen::{Line, Paint, Screen};
use crate::words::{count, name_of};

/// Lists the dreams of a memory, oldest first.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  somnium dreams list --memory memory")]
pub(crate) struct Args {
    #[command(flatten)]
    memory: MemoryArgs,
    /// Print one JSON object
    #[arg(long)]
    json: bool,
}

#[derive(Debug, Serialize)]
struct List<'a> {
    dreams: &'a [Listed<'a>],
}

#[derive(Debug, Serialize)]
struct Listed<'a> {
    #[serde(flatten)]
    dream: &'a DreamRecord,
    status: Option<DreamStatus>,
    sessions: Option<u64>,
    claims: Option<usize>,
    memory: Option<MemoryCounts>,
}

impl Args {
    pub(super) fn run(self) -> Outcome {
        let folder = self.memory.open()?;
        let dreams = dreams(&folder);
        let listed: Vec<_> =
            dreams.iter().map(|(dream, record)| Listed::of(dream, record.as_ref())).collect();
        let mut screen = Screen::stdout();
        if self.json {
            screen.json(&List { dreams: &listed })?;
        } else if listed.is_empty() {
            screen.line(format!("No dream was published to `{}` yet.", folder.root().display()))?;
        } else {
            for dream in &listed {
                dream.print(&mut screen)?;
            }
        }
        screen.flush()?;
        Ok(ExitCode::SUCCESS)
    }
}

impl<'a> Listed<'a> {
    fn of(dream: &'a DreamRecord, record: Option<&RunRecord>) -> Self {
        let report = record.map(|record| &record.report);
        Self {
            dream,
            status: report.map(|report| report.dream.status),
            sessions: report.map(|report| report.dream.sessions),
            claims: report.map(|report| report.claims.len()),
            memory: report.map(|report| report.memory.clone()),
        }
    }

    fn print(&self, screen: &mut Screen) -> std::io::Result<()> {
        let dream = self.dream;
        let mut head = Line::new().name(dream.id.as_str()).plain(dream_time(dream.at));
        head = match dream.publication {
            PublicationKind::InPlace => head.plain("  in place"),
            PublicationKind::Copy => head.plain("  to a new folder"),
        };
        if dream.undone {
            head = head.with(Paint::Warn, "  undone");
        }
        screen.wrapped(0, head)?;
        let (Some(sessions), Some(claims), Some(memory)) = (self.sessions, self.claims, &self.memory) else {
            return screen.wrapped(2, "its record cannot be read");
        };
        let status = self.status.filter(|status| *status != DreamStatus::Completed);
        let status = status.map(|status| format!("; {}", name_of(&status))).unwrap_or_default();
        screen.wrapped(
            2,
            format!(
                "{}, {}; {}{status}",
                count(sessions, "session"),
                count(claims as u64, "note"),
                block_changes(memory),
            ),
        )
    }
}

/// Returns `2 blocks added, 1 changed`.
pub(super) fn block_changes(memory: &MemoryCounts) -> String {
    let changes = [
        (memory.blocks_added, "added"),
        (memory.blocks_changed, "changed"),
        (memory.blocks_removed, "removed"),
    ];
    let mut parts = Vec::new();
    for (n, what) in changes.into_iter().filter(|(n, _)| *n > 0) {
        parts.push(if parts.is_empty() {
            format!("{} {what}", count(n, "block"))
        } else {
            format!("{n} {what}")
        });
    }
    if parts.is_empty() { "no block changed".to_owned() } else { parts.join(", ") }
}
