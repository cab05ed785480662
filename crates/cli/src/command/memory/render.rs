//! `somnium memory render`.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use serde_json::json;
use somnium_dream::effect::{self, hold_back};
use somnium_memory::store::write_folder;
use somnium_memory::{Memory, MemoryPath};
use somnium_types::{BlockId, SessionId};

use crate::command::Outcome;
use crate::fault::Fault;
use crate::kept;
use crate::memory_folder::MemoryArgs;
use crate::screen::Screen;

/// Prints the memory that a session is to be shown: all of it, but for the notes that are held back from it.
///
/// The same memory and the same id always give the same text. What is kept apart from agents (the archive, what came
/// from outside, open questions) and what is for one person's sessions alone is left out.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  somnium memory render --session 8d24f079 --memory memory
  somnium memory render --session 8d24f079 --index --memory memory
  somnium memory render --session 8d24f079 --output /srv/agent/memory --memory memory")]
pub(crate) struct Args {
    /// The id that the session has, or will have, in its transcript
    #[arg(long, value_name = "ID")]
    session: String,
    /// Only the file with the always-loaded index
    #[arg(long, conflicts_with = "output")]
    index: bool,
    /// Write the files to this new folder instead
    #[arg(long, value_name = "DIR")]
    output: Option<PathBuf>,
    #[command(flatten)]
    memory: MemoryArgs,
    /// Print one JSON object
    #[arg(long)]
    json: bool,
}

impl Args {
    pub(super) fn run(self) -> Outcome {
        let folder = self.memory.open()?;
        let prior = kept::state_of(&folder);
        let notes =
            effect::may_be_held_back(&prior).map_err(|error| Fault::from_error(error.code(), &error))?;
        let session = SessionId::from(self.session.as_str());
        let out = hold_back::held_back(&session, &notes, &prior.hold_back);
        let shown = hold_back::shown(folder.memory(), &out).map_err(|error| {
            Fault::new("SOM014", "the notes that are held back cannot be taken out").because(error)
        })?;
        let files = self.files(&shown);
        if let Some(to) = &self.output {
            write(to, &files)?;
        }
        let mut screen = Screen::stdout();
        if self.json {
            screen.json(&told(&session, &out, &files))?;
        } else if let Some(to) = &self.output {
            let what = format!("Wrote {} files to `{}`.", files.len(), to.display());
            screen.wrapped(0, what)?;
        } else {
            print(&files, &mut screen)?;
        }
        screen.flush()?;
        Ok(ExitCode::SUCCESS)
    }

    /// Returns the files to show, the index first.
    fn files<'m>(&self, shown: &'m Memory) -> Vec<(&'m MemoryPath, &'m [u8])> {
        let index = shown.index_path();
        let (mut first, rest): (Vec<_>, Vec<_>) = shown.files().partition(|(path, _)| **path == index);
        if !self.index {
            first.extend(rest);
        }
        first
    }
}

fn told(session: &SessionId, out: &BTreeSet<BlockId>, files: &[(&MemoryPath, &[u8])]) -> serde_json::Value {
    let file = |(path, bytes): &(&MemoryPath, &[u8])| json!({ "path": format!("/{path}"), "text": String::from_utf8_lossy(bytes) });
    json!({
        "session_id": session,
        "held_back": out,
        "files": files.iter().map(file).collect::<Vec<_>>(),
    })
}

/// Prints the files one after the other, line for line; what is no text is left out.
fn print(files: &[(&MemoryPath, &[u8])], screen: &mut Screen) -> std::io::Result<()> {
    let texts = files.iter().filter_map(|(_, bytes)| std::str::from_utf8(bytes).ok());
    for (number, text) in texts.filter(|text| !text.trim().is_empty()).enumerate() {
        if number > 0 {
            screen.blank()?;
        }
        text.trim_end().lines().try_for_each(|line| screen.line(line))?;
    }
    Ok(())
}

fn write(to: &Path, files: &[(&MemoryPath, &[u8])]) -> Result<(), Fault> {
    if fs::read_dir(to).is_ok_and(|mut entries| entries.next().is_some()) {
        return Err(Fault::new("SOM011", format!("`{}` exists already", to.display()))
            .hint("name a folder that does not exist with `--output`"));
    }
    Ok(write_folder(to, files.iter().copied())?)
}
