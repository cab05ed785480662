//! `somnium memory show`.

use std::process::ExitCode;

use somnium_memory::ownership;
use somnium_types::BlockId;

use super::owner_name;
use crate::command::Outcome;
use crate::fault::Fault;
use crate::memory_folder::MemoryArgs;
use crate::screen::{Line, Screen};

/// Prints one block of a memory.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  somnium memory show m-7f3a --memory memory")]
pub(crate) struct Args {
    /// The block's id, as in its `<!-- som:ID -->` marker
    #[arg(value_name = "BLOCK")]
    block: String,
    #[command(flatten)]
    memory: MemoryArgs,
    /// Print one JSON object
    #[arg(long)]
    json: bool,
}

impl Args {
    pub(super) fn run(self) -> Outcome {
        let folder = self.memory.open()?;
        let id = BlockId::from(self.block.trim_start_matches("som:"));
        let block = folder.memory().block(&id).ok_or_else(|| {
            Fault::new("SOM020", format!("no block `{id}` in `{}`", folder.root().display()))
                .hint("`somnium memory ls` lists the blocks")
        })?;
        let owners = ownership(folder.memory(), &folder.state().baselines);
        let owner = owner_name(owners.get(&id));
        let mut screen = Screen::stdout();
        if self.json {
            screen.json(&serde_json::json!({
                "id": block.id,
                "path": format!("/{}", block.path),
                "title": block.title,
                "section": block.section,
                "body": block.body,
                "owner": owner,
                "sha256": block.sha256,
            }))?;
        } else {
            let whose =
                if owner == "ours" { "as a dream wrote it" } else { "written or changed by a person" };
            screen.wrapped(0, Line::new().strong(&block.title))?;
            screen.wrapped(0, Line::new().faint(format!("{} in /{}, {whose}", block.id, block.path)))?;
            screen.blank()?;
            screen.text(0, &block.body)?;
        }
        screen.flush()?;
        Ok(ExitCode::SUCCESS)
    }
}
