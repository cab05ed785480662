//! `somnium memory settle`.

use std::process::ExitCode;

use serde_json::json;
use somnium_memory::store::{Remark, Says};
use somnium_types::BlockId;

use super::change::{block_id, unknown_block};
use crate::command::Outcome;
use crate::memory_folder::MemoryArgs;
use crate::person::{Person, change_id};
use crate::screen::{Line, Screen};
use crate::words::count;

/// Says that you looked at what agents reported as wrong: the notes are as you want them.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  somnium memory settle m-7f3a --why 'it holds, the agent used an old version' --memory memory")]
pub(crate) struct Args {
    /// The blocks' ids
    #[arg(value_name = "BLOCK", required = true)]
    blocks: Vec<String>,
    #[command(flatten)]
    memory: MemoryArgs,
    /// Why, for the history
    #[arg(long, value_name = "TEXT")]
    why: Option<String>,
    /// Print one JSON object
    #[arg(long)]
    json: bool,
}

impl Args {
    pub(super) fn run(self) -> Outcome {
        let mut folder = self.memory.open()?;
        let person = Person::here();
        let ids: Vec<_> = self.blocks.iter().map(|text| block_id(text)).collect();
        if let Some(unknown) = ids.iter().find(|id| folder.memory().block(id).is_none()) {
            return Err(unknown_block(&folder, unknown));
        }
        let reports =
            |id: &BlockId| folder.state().feedback.get(id).map_or(0, |known| known.reports.len() as u64);
        let settled: Vec<(&BlockId, u64)> = ids.iter().map(|id| (id, reports(id))).collect();
        let about: Vec<_> =
            settled.iter().filter(|(_, reports)| *reports > 0).map(|(id, _)| (*id).clone()).collect();
        if !about.is_empty() {
            let (id, why) = (change_id(), self.why);
            let (at, by) = (person.now(), person.writer());
            folder.remark(Remark { id: &id, at, by, about: &about, says: Says::Settled, why })?;
        }
        let mut screen = Screen::stdout();
        if self.json {
            let rows = settled.iter().map(|(id, reports)| json!({ "block": id, "reports": reports }));
            screen.json(&json!({ "settled": rows.collect::<Vec<_>>() }))?;
        } else {
            for (id, reports) in &settled {
                let words = match reports {
                    0 => "  nothing was reported".to_owned(),
                    reports => format!("  {} settled", count(*reports, "report")),
                };
                screen.line(Line::new().name(id.as_str()).plain(words))?;
            }
        }
        screen.flush()?;
        Ok(ExitCode::SUCCESS)
    }
}
