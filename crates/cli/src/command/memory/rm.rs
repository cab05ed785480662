//! `somnium memory rm` and `somnium memory allow`.

use std::process::ExitCode;

use serde_json::json;
use somnium_memory::store::{Tombstone, What};
use somnium_memory::take_out;

use super::change::{self, block_id, unknown_block};
use crate::command::Outcome;
use crate::fault::Fault;
use crate::memory_folder::MemoryArgs;
use crate::person::Person;
use crate::screen::{Line, Screen};

/// Deletes blocks for good: no dream writes them again, or another that says nearly the same, until
/// `somnium memory allow` lets it.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  somnium memory rm m-7f3a --why 'we do not use that tool any more' --memory memory")]
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
        let (mut after, mut state) = (folder.memory().clone(), folder.state().clone());
        let mut removed = Vec::new();
        for id in self.blocks.iter().map(|text| block_id(text)) {
            let title = after.block(&id).ok_or_else(|| unknown_block(&folder, &id))?.title;
            let deletion = take_out(&after, &id).map_err(|error| Fault::from_error(error.code(), &error))?;
            let tombstone = Tombstone {
                sha256: deletion.sha256,
                path: deletion.path,
                dream: None,
                at: person.now(),
                by: person.name().map(str::to_owned),
                why: self.why.clone().unwrap_or_else(|| "a person deleted the block".to_owned()),
                sketch: deletion.sketch,
            };
            state.tombstones.insert(id.clone(), tombstone);
            state.baselines.blocks.remove(&id);
            after = deletion.memory;
            removed.push((id, title));
        }
        let change = change::make(&mut folder, What::Removed, self.why, &after, &state)?;
        let mut screen = Screen::stdout();
        if self.json {
            let ids: Vec<_> = removed.iter().map(|(id, _)| id).collect();
            screen.json(&json!({ "change": change, "removed": ids }))?;
        } else {
            for (id, title) in &removed {
                screen.cut(Line::from("Deleted ").name(id.as_str()).plain("  ").plain(title))?;
            }
            screen.wrapped(0, "It does not come back by itself. `somnium memory undo` takes this back.")?;
        }
        screen.flush()?;
        Ok(ExitCode::SUCCESS)
    }
}

/// Lets dreams write again what was deleted, should sessions still show it.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  somnium memory allow m-7f3a --memory memory")]
pub(crate) struct AllowArgs {
    /// The blocks' ids; without any, what was deleted is listed
    #[arg(value_name = "BLOCK")]
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

impl AllowArgs {
    pub(super) fn run(self) -> Outcome {
        let mut folder = self.memory.open()?;
        let mut screen = Screen::stdout();
        let mut state = folder.state().clone();
        if self.blocks.is_empty() {
            if self.json {
                screen.json(&json!({ "deleted": state.tombstones }))?;
            } else if state.tombstones.is_empty() {
                screen.line("Nothing was deleted.")?;
            }
            for (id, tombstone) in state.tombstones.iter().filter(|_| !self.json) {
                let who = tombstone.by.as_deref().unwrap_or("a person");
                let day = tombstone.at.strftime("%Y-%m-%d");
                screen.line(Line::new().name(id.as_str()).plain(format!("  /{}", tombstone.path)))?;
                screen.wrapped(4, Line::new().faint(format!("{who}, {day}: {}", tombstone.why)))?;
            }
            screen.flush()?;
            return Ok(ExitCode::SUCCESS);
        }
        let ids: Vec<_> = self.blocks.iter().map(|text| block_id(text)).collect();
        for id in &ids {
            if state.tombstones.remove(id).is_none() {
                return Err(Fault::new("SOM020", format!("`{id}` was not deleted"))
                    .hint("`somnium memory allow` without a block lists what was"));
            }
            // Else it would be noticed as gone again.
            state.baselines.blocks.remove(id);
        }
        let after = folder.memory().clone();
        let change = change::make(&mut folder, What::Allowed, self.why, &after, &state)?;
        if self.json {
            screen.json(&json!({ "change": change, "allowed": ids }))?;
        } else {
            for id in &ids {
                screen.line(Line::new().name(id.as_str()).plain("  may come back when sessions show it"))?;
            }
        }
        screen.flush()?;
        Ok(ExitCode::SUCCESS)
    }
}
