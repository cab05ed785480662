//! `somnium dreams show`.

use std::process::ExitCode;

use somnium_dream::NearMiss;

use super::list::block_changes;
use crate::claim_view;
use crate::command::Outcome;
use crate::memory_folder::{MemoryArgs, dream_or_latest, dream_time, record};
use crate::record::RunRecord;
use crate::remarks::Remarks;
use crate::screen::{Line, Screen};
use crate::words::{count, number};

/// Prints what one dream read, learnt, refused and skipped.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  somnium dreams show --memory memory
  somnium dreams show drm_2f61 --memory memory --json")]
pub(crate) struct Args {
    /// The dream's id or the start of it (default: the latest)
    id: Option<String>,
    #[command(flatten)]
    memory: MemoryArgs,
    /// Print the record as one JSON object
    #[arg(long)]
    json: bool,
}

impl Args {
    pub(super) fn run(self) -> Outcome {
        let folder = self.memory.open()?;
        let dream = dream_or_latest(&folder, self.id.as_deref())?;
        let record = record(&folder, &dream.id)?;
        let mut screen = Screen::stdout();
        if self.json {
            screen.json(&record)?;
        } else {
            let undone = if dream.undone { ", undone since" } else { "" };
            let line = Line::new().strong(dream.id.as_str()).plain(dream_time(dream.at)).plain(undone);
            screen.wrapped(0, line)?;
            print(&record, &mut screen)?;
        }
        screen.flush()?;
        Ok(ExitCode::SUCCESS)
    }
}

fn print(record: &RunRecord, screen: &mut Screen) -> std::io::Result<()> {
    let (report, inputs) = (&record.report, &record.inputs);
    let read = format!(
        "Read {} with {} from {}; {}.",
        count(inputs.sessions, "session"),
        count(inputs.events, "event"),
        count(inputs.files, "file"),
        block_changes(&report.memory),
    );
    screen.wrapped(0, read)?;
    heading("Stages", record.stages.counts.len(), screen)?;
    for (name, n) in &record.stages.counts {
        screen.line(format!("{:>10}  {name}", number(*n)))?;
    }
    heading("Learnt", report.claims.len(), screen)?;
    for (index, claim) in report.claims.iter().enumerate() {
        claim_view::print_item(index + 1, claim, false, screen)?;
    }
    print_misses("Nearly learnt", &report.near_misses, screen)?;
    print_misses("Refused", &record.stages.rejected, screen)?;
    for (heading, group) in Remarks::of(&report.skipped).groups() {
        group.print(heading, usize::MAX, "", screen)?;
    }
    Ok(())
}

fn print_misses(name: &str, misses: &[NearMiss], screen: &mut Screen) -> std::io::Result<()> {
    heading(name, misses.len(), screen)?;
    for miss in misses {
        screen.item(
            "  - ",
            Line::new()
                .name(miss.id.as_str())
                .plain("  ")
                .plain(&miss.title)
                .faint(format!("  ({})", miss.why)),
        )?;
    }
    Ok(())
}

/// Prints the heading of a list that is not empty.
fn heading(name: &str, items: usize, screen: &mut Screen) -> std::io::Result<()> {
    if items == 0 {
        return Ok(());
    }
    screen.blank()?;
    screen.line(Line::new().strong(name).plain(format!(": {}", number(items as u64))))
}
