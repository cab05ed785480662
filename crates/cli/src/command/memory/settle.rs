//! `somnium memory settle`.

use std::process::ExitCode;

use serde_json::json;
use somnium_memory::store::{Remark, Says};

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
        let mut settled = Vec::new();
        for about in &ids {
            let reports =
                folder.state().feedback.get(about).map_or(0, |feedback| feedback.reports.len() as u64);
            if reports > 0 {
                let (id, why) = (change_id(), self.why.clone());
                let (at, by) = (person.now(), person.writer());
                folder.remark(Remark { id: &id, at, by, about, says: Says::Settled, why })?;
            }
            settled.push((about, reports));
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
