//! `somnium memory verify`.

use std::process::ExitCode;

use serde_json::json;
use somnium_memory::store::{Change, Folder, Standing};

use crate::command::Outcome;
use crate::memory_folder::MemoryArgs;
use crate::person::{Person, change_id};
use crate::screen::{Line, Paint, Screen};
use crate::words::count;

/// Checks that a memory's history is the one that was written: nothing of it changed, cut off, added or put back.
///
/// Notes that somebody edited with an editor are fine, and are named. The history is a chain whose key and last link
/// are kept on this machine, away from the memory. Exit status 1 where something is wrong.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  somnium memory verify --memory memory
  somnium memory verify --accept --memory memory")]
pub(crate) struct Args {
    #[command(flatten)]
    memory: MemoryArgs,
    /// Accept what another machine wrote to the history, after you looked at it with `somnium memory history`
    #[arg(long)]
    accept: bool,
    /// Print one JSON object
    #[arg(long)]
    json: bool,
}

impl Args {
    pub(super) fn run(self) -> Outcome {
        let mut folder = self.memory.open()?;
        let mut standing = folder.verify()?;
        if self.accept && standing.findings.iter().any(|found| found.acceptable) {
            accept(&mut folder)?;
            standing = folder.verify()?;
        }
        let edited = folder.unrecorded().map(|entry| entry.files).unwrap_or_default();
        let mut screen = Screen::stdout();
        if self.json {
            let edited: Vec<_> = edited.iter().map(|file| &file.path).collect();
            screen.json(&json!({ "sound": standing.is_sound(), "standing": standing, "edited": edited }))?;
        } else {
            print(&standing, &mut screen)?;
            if !edited.is_empty() {
                let names: Vec<_> = edited.iter().map(|file| format!("/{}", file.path)).collect();
                let files = count(edited.len() as u64, "file");
                screen.wrapped(
                    0,
                    format!(
                        "Edited by other means since the last change, which is fine: {files} ({}).",
                        names.join(", ")
                    ),
                )?;
            }
        }
        screen.flush()?;
        Ok(if standing.is_sound() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
    }
}

fn accept(folder: &mut Folder) -> Result<(), crate::fault::Fault> {
    let (person, id) = (Person::here(), change_id());
    let (after, state) = (folder.memory().clone(), folder.state().clone());
    folder.accept(Change {
        id: &id,
        at: person.now(),
        by: person.writer(),
        what: somnium_memory::store::What::Accepted,
        why: None,
        after: &after,
        state: &state,
    })?;
    Ok(())
}

fn print(standing: &Standing, screen: &mut Screen) -> std::io::Result<()> {
    let lines = count(standing.lines, "change");
    if standing.is_sound() {
        let text = match (standing.lines, standing.witnessed) {
            (0, _) => "There is no history yet.".to_owned(),
            (_, true) => format!("The history is as it was written: {lines}."),
            (_, false) => format!(
                "The history is whole in itself: {lines}. This machine had not seen it before, so that it cannot tell \
                 whether all of it is there."
            ),
        };
        return screen.wrapped(0, text);
    }
    screen.line(Line::new().with(Paint::Bad, "The history is not as it was written."))?;
    for found in &standing.findings {
        screen.wrapped(2, Line::new().strong(&found.place).plain(format!(": {}", found.why)))?;
    }
    screen.blank()?;
    let next = if standing.findings.iter().all(|found| found.acceptable) {
        "If you know who wrote it, look at `somnium memory history` and then accept it: `somnium memory verify --accept`."
    } else {
        "Nothing is written to this memory by somnium until that is settled. Put `.somnium/` back from version control or \
         a backup; the notes themselves are whole and can be read. To begin a new history, move `.somnium/log.jsonl` \
         and this machine's record of it away."
    };
    screen.wrapped(0, next)
}
