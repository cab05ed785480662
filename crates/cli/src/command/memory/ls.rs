//! `somnium memory ls`.

use std::collections::BTreeSet;
use std::process::ExitCode;

use serde::Serialize;
use somnium_dream::{ClaimState, Health, Support};
use somnium_memory::store::{Feedback, Folder};
use somnium_memory::{Block, ownership};

use super::owner_name;
use crate::claim_view;
use crate::command::Outcome;
use crate::memory_folder::{MemoryArgs, dreams};
use crate::record::RunRecord;
use crate::screen::{Line, Screen};
use crate::words::count;

/// Lists the blocks of a memory by file: whose they are, how far their claims have come, who saw them.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  somnium memory ls --memory memory")]
pub(crate) struct Args {
    #[command(flatten)]
    memory: MemoryArgs,
    /// Print one JSON object
    #[arg(long)]
    json: bool,
}

#[derive(Debug, Serialize)]
struct Listing {
    blocks: Vec<Listed>,
    /// The file that holds the always-loaded index, where there is one.
    index: Option<String>,
    /// Other files without a block: a person's, kept as they are.
    other_files: Vec<String>,
}

#[derive(Debug, Serialize)]
struct Listed {
    id: String,
    path: String,
    title: String,
    section: Option<String>,
    owner: &'static str,
    state: Option<ClaimState>,
    support: Option<Support>,
    /// How the note fared where sessions were shown it.
    shown: Option<Health>,
    /// What agents said of it through the tools for agents.
    feedback: Option<Feedback>,
}

impl Args {
    pub(super) fn run(self) -> Outcome {
        let folder = self.memory.open()?;
        let listing = Listing::of(&folder);
        let mut screen = Screen::stdout();
        if self.json {
            screen.json(&listing)?
        } else {
            listing.print(&folder, &mut screen)?
        }
        screen.flush()?;
        Ok(ExitCode::SUCCESS)
    }
}

impl Listing {
    fn of(folder: &Folder) -> Self {
        let memory = folder.memory();
        let owners = ownership(memory, &folder.state().baselines);
        // The newest record that has a claim says most; an undone dream says nothing any more.
        let records: Vec<RunRecord> = dreams(folder)
            .into_iter()
            .rev()
            .filter(|(dream, _)| !dream.undone)
            .filter_map(|(_, record)| record)
            .collect();
        let retired = |block: &Block| Some(records.first()?.retired(block.id.as_str())?.state);
        let list = |block: &Block| {
            let claim = records.iter().find_map(|record| record.claim(block.id.as_str()));
            Listed {
                id: block.id.to_string(),
                path: format!("/{}", block.path),
                title: block.title.clone(),
                section: block.section.clone(),
                owner: owner_name(owners.get(&block.id)),
                state: retired(block).or(claim.map(|claim| claim.state)),
                shown: claim.map(|claim| claim.health).filter(|health| health.exposures > 0),
                support: claim.map(|claim| claim.support),
                feedback: folder.state().feedback.get(&block.id).cloned(),
            }
        };
        let blocks: Vec<_> = memory.blocks().iter().map(list).collect();
        let with_blocks: BTreeSet<_> = blocks.iter().map(|block| block.path.as_str()).collect();
        let paths = memory.files().map(|(path, _)| format!("/{path}"));
        let index = memory.index_text().map(|_| format!("/{}", memory.index_path()));
        let other = |path: &String| !with_blocks.contains(path.as_str()) && index.as_ref() != Some(path);
        let other_files = paths.filter(other).collect();
        Self { blocks, index, other_files }
    }

    fn print(&self, folder: &Folder, screen: &mut Screen) -> std::io::Result<()> {
        if self.blocks.is_empty() && self.index.is_none() && self.other_files.is_empty() {
            return screen.line(format!("`{}` is empty.", folder.root().display()));
        }
        let width = self.blocks.iter().map(|block| block.id.len()).max().unwrap_or(0);
        let mut file = "";
        for block in &self.blocks {
            if block.path != file {
                if !file.is_empty() {
                    screen.blank()?;
                }
                file = &block.path;
                screen.line(Line::new().strong(file))?;
            }
            let id = format!("  {:width$}", block.id);
            screen.cut(Line::new().name(id).plain("  ").plain(&block.title))?;
            screen.wrapped(width + 4, Line::new().faint(block.standing()))?;
        }
        if let Some(index) = &self.index {
            if !self.blocks.is_empty() {
                screen.blank()?;
            }
            screen.wrapped(0, Line::from("index: ").strong(index))?;
        }
        if !self.other_files.is_empty() {
            if self.index.is_none() && !self.blocks.is_empty() {
                screen.blank()?;
            }
            let files = count(self.other_files.len() as u64, "file");
            screen.wrapped(0, format!("{files} without blocks: {}", self.other_files.join(", ")))?;
        }
        Ok(())
    }
}

impl Listed {
    fn standing(&self) -> String {
        if self.path == "/quarantine.md" {
            return "held back: no agent loads it".to_owned();
        }
        let mut parts = Vec::new();
        if self.owner == "person" {
            parts.push("a person's".to_owned());
        }
        if let Some(state) = self.state {
            parts.push(claim_view::state(state).to_owned());
        }
        if let Some(support) = &self.support {
            parts.push(claim_view::counts(support));
        }
        parts.extend(self.shown.as_ref().and_then(claim_view::shown));
        if let Some(feedback) = &self.feedback {
            if feedback.cited > 0 {
                parts.push(format!("used {}", count(feedback.cited, "time")));
            }
            if let Some(report) = feedback.reports.last() {
                let times = count(feedback.reports.len() as u64, "time");
                parts.push(format!("reported as wrong {times}, last by {}: {}", report.by, report.why));
            }
        }
        if parts.is_empty() { "a dream's".to_owned() } else { parts.join("; ") }
    }
}
