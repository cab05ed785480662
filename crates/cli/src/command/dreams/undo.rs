//! `somnium dreams undo`.

use std::process::ExitCode;

use somnium_types::ChangeId;

use crate::command::Outcome;
use crate::memory_folder::{MemoryArgs, dream_or_latest};
use crate::person::Person;
use crate::screen::{Line, Screen};
use crate::words::count;

/// Puts the memory back to what it was before the latest dream, byte for byte.
///
/// A dream that wrote to a new folder left the memory as it was: delete that folder instead. Files that a
/// person edited since are never overwritten: the undo is refused.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  somnium dreams undo --memory memory")]
pub(crate) struct Args {
    /// The dream's id or the start of it (default: the latest)
    id: Option<String>,
    #[command(flatten)]
    memory: MemoryArgs,
    /// Print one JSON object
    #[arg(long)]
    json: bool,
}

impl Args {
    pub(super) fn run(self) -> Outcome {
        let mut folder = self.memory.open()?;
        let dream = dream_or_latest(&folder, self.id.as_deref())?.id.clone();
        let person = Person::here();
        let files = folder.undo(&ChangeId::from(&dream), person.now(), person.writer())?;
        let mut screen = Screen::stdout();
        if self.json {
            screen.json(&serde_json::json!({ "undone": dream, "files": files }))?;
        } else {
            let line = Line::from("Took back ").name(dream.as_str());
            let line = line.plain(format!(": {} as before.", count(files.len() as u64, "file")));
            screen.wrapped(0, line)?;
            for file in &files {
                screen.line(Line::from("  ").plain(file.as_str()))?;
            }
        }
        screen.flush()?;
        Ok(ExitCode::SUCCESS)
    }
}
