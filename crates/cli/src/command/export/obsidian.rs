//! `somnium export obsidian`: there is nothing to export.

use std::process::ExitCode;

use serde_json::json;
use somnium_memory::export::check_links;

use crate::command::Outcome;
use crate::memory_folder::MemoryArgs;
use crate::screen::{Line, Screen};
use crate::words::count;

/// Says how to open a memory in Obsidian, and whether all its links lead somewhere.
///
/// A memory folder is a vault as it is, so nothing is written. Exit status 1 where a link is broken.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  somnium export obsidian --memory memory")]
pub(crate) struct Args {
    #[command(flatten)]
    memory: MemoryArgs,
    /// Print one JSON object
    #[arg(long)]
    json: bool,
}

impl Args {
    pub(super) fn run(self) -> Outcome {
        let folder = self.memory.open()?;
        let report = check_links(folder.memory());
        let mut screen = Screen::stdout();
        if self.json {
            let broken = report.broken.iter().map(|link| {
                json!({
                    "path": format!("/{}", link.path),
                    "line": link.line,
                    "target": link.target,
                    "why": link.why,
                })
            });
            screen.json(&json!({
                "vault": self.memory.path().display().to_string(),
                "links": report.links,
                "broken": broken.collect::<Vec<_>>(),
            }))?;
        } else {
            let vault = Line::new().name(self.memory.path().display().to_string());
            screen.wrapped(
                0,
                vault.plain(" is an Obsidian vault as it is: choose “Open folder as vault” there."),
            )?;
            let links = count(report.links as u64, "link");
            if report.broken.is_empty() {
                screen.line(format!("{links}: all lead somewhere."))?;
            } else {
                screen.line(format!("{links}, {} of them broken:", report.broken.len()))?;
            }
            for link in &report.broken {
                let place = Line::new().name(format!("/{}:{}", link.path, link.line));
                screen.wrapped(2, place.plain(format!("  {}: {}", link.target, link.why)))?;
            }
        }
        screen.flush()?;
        Ok(if report.broken.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
    }
}
