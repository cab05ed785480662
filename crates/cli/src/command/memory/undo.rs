//! `somnium memory undo`.

use std::process::ExitCode;

use somnium_types::ChangeId;

use super::history::verb;
use crate::command::Outcome;
use crate::fault::Fault;
use crate::memory_folder::MemoryArgs;
use crate::person::Person;
use crate::screen::{Line, Screen};
use crate::words::count;

/// Takes back the latest change, whoever made it, byte for byte.
///
/// Changes are taken back last first. Files that were edited since by other means are never overwritten: the undo
/// is refused.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  somnium memory undo --memory memory")]
pub(crate) struct Args {
    /// The change, as `somnium memory history` names it (default: the latest)
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
        let id = match &self.id {
            Some(id) => ChangeId::from(id.as_str()),
            None => folder.latest_change().cloned().ok_or_else(|| {
                Fault::new("SOM020", format!("nothing was changed in `{}`", folder.root().display()))
                    .hint("`somnium memory history` lists the changes")
            })?,
        };
        let done =
            folder.log().rev().map(|(_, entry)| entry).find(|entry| entry.change.as_ref() == Some(&id));
        let what = done.filter(|entry| !entry.marked.is_empty()).map(|entry| {
            let places: Vec<String> = entry.marked.iter().map(ToString::to_string).collect();
            format!("{} {}", verb(&entry.what), places.join(", "))
        });
        let person = Person::here();
        let files = folder.undo(&id, person.now(), person.writer())?;
        let mut screen = Screen::stdout();
        if self.json {
            screen.json(&serde_json::json!({ "undone": id, "files": files }))?;
        } else {
            let line = Line::from("Took back ").name(id.as_str()).plain(match (&what, files.len()) {
                (Some(what), 0) => format!(": {what} no more."),
                (_, files) => format!(": {} as before.", count(files as u64, "file")),
            });
            screen.wrapped(0, line)?;
            for file in &files {
                screen.line(Line::from("  ").plain(file.as_str()))?;
            }
        }
        screen.flush()?;
        Ok(ExitCode::SUCCESS)
    }
}
