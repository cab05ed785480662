//! `somnium memory edit`.

use std::io::Read;
use std::process::ExitCode;

use serde_json::json;
use somnium_dream::review::source;
use somnium_memory::store::What;
use somnium_memory::{Block, rewrite};

use super::change::{self, block_id, unknown_block};
use crate::command::Outcome;
use crate::editor;
use crate::fault::Fault;
use crate::memory_folder::MemoryArgs;
use crate::screen::{Line, Screen};

/// Opens a block in your editor (`$VISUAL`, `$EDITOR`) and makes it yours: dreams leave it as you wrote it.
///
/// Any editor does that, too, on the file itself. What this adds is a check that the block still reads as one, and
/// your name in the history.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  somnium memory edit m-7f3a --memory memory
  echo '### Use `od -c`' | somnium memory edit m-7f3a --stdin --memory memory")]
pub(crate) struct Args {
    /// The block's id
    #[arg(value_name = "BLOCK")]
    block: String,
    #[command(flatten)]
    memory: MemoryArgs,
    /// Take the text from standard input
    #[arg(long)]
    stdin: bool,
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
        let id = block_id(&self.block);
        let block = folder.memory().block(&id).ok_or_else(|| unknown_block(&folder, &id))?;
        let before = source(&block);
        let text = if self.stdin { read_stdin()? } else { in_editor(&block, &before)? };
        let same = text.trim_end() == before.trim_end();
        let change = if same {
            None
        } else {
            let (after, _) = rewrite(folder.memory(), &id, &text).map_err(|error| {
                let fault = Fault::from_error(error.code(), &error);
                match editor::keep_draft(id.as_str(), &text) {
                    Some(path) => fault.hint(format!("your text is in `{path}`")),
                    None => fault,
                }
            })?;
            let state = folder.state().clone();
            Some(change::make(&mut folder, What::Edited, self.why.clone(), &after, &state)?)
        };
        let mut screen = Screen::stdout();
        if self.json {
            screen.json(&json!({ "change": change, "block": id }))?;
        } else if change.is_none() {
            screen.line(Line::new().name(id.as_str()).plain("  is as it was"))?;
        } else {
            screen.line(Line::new().name(id.as_str()).plain("  is yours now: dreams leave it as it is"))?;
        }
        screen.flush()?;
        Ok(ExitCode::SUCCESS)
    }
}

fn read_stdin() -> Result<String, Fault> {
    let mut text = String::new();
    std::io::stdin()
        .read_to_string(&mut text)
        .map_err(|error| Fault::from_error("SOM030", &error).hint("the text of a block is UTF-8"))?;
    Ok(text)
}

fn in_editor(block: &Block, text: &str) -> Result<String, Fault> {
    editor::edit(block.id.as_str(), text).map_err(|fault| fault.hint("`--stdin` needs no editor"))
}
