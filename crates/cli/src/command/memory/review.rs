//! `somnium memory review`.

use std::io::{IsTerminal, stdin, stdout};
use std::path::PathBuf;
use std::process::ExitCode;

use serde_json::json;
use somnium_types::DreamId;

use crate::command::Outcome;
use crate::memory_folder::MemoryArgs;
use crate::person::Person;
use crate::review::{self, Sitting};
use crate::screen::{Line, Screen};

/// Goes on with the review of what a dream proposed: claim by claim, or by a file.
///
/// `somnium dream --review` and schedules lay proposals aside. Nothing of one is written until it is decided here.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  somnium memory review --memory memory
  somnium memory review --memory memory --file review.md
  somnium memory review --memory memory --json")]
pub(crate) struct Args {
    #[command(flatten)]
    memory: MemoryArgs,
    /// Write a review file where there is none, or carry out the one that is there
    #[arg(long, value_name = "FILE")]
    file: Option<PathBuf>,
    /// Take what waits away without a decision: the next dream proposes it again
    #[arg(long, conflicts_with = "file")]
    drop: bool,
    /// Print one JSON object; without a file, what waits
    #[arg(long)]
    json: bool,
}

impl Args {
    pub(super) fn run(self) -> Outcome {
        let mut folder = self.memory.open()?;
        let mut screen = Screen::stdout();
        if self.drop {
            return self.drop_all();
        }
        if let Some(path) = &self.file {
            let sitting = match path.exists() {
                true => None,
                false => review::waiting(&folder)?.map(Sitting::of).transpose()?,
            };
            let outcome = review::apply_or_write(path, &mut folder, sitting)?;
            review::print_file(&outcome, path, &folder, self.json, &mut screen)?;
        } else if self.json {
            review::list(&folder, &mut screen)?;
        } else {
            match review::waiting(&folder)? {
                None => screen.line("Nothing waits for a review.")?,
                Some(proposal) => {
                    let mut sitting = Sitting::of(proposal)?;
                    // Where results go elsewhere, the person still has to see what is asked.
                    let beside = stdin().is_terminal() && !stdout().is_terminal();
                    let mut dialog = if beside { Screen::beside() } else { Screen::stdout() };
                    let ended = review::ask(&mut sitting, &mut folder, &mut dialog)?;
                    dialog.flush()?;
                    review::print_ended(&ended, sitting.dream(), &folder, false, &mut screen)?;
                }
            }
        }
        screen.flush()?;
        Ok(ExitCode::SUCCESS)
    }

    fn drop_all(&self) -> Outcome {
        let mut folder = self.memory.open()?;
        let person = Person::here();
        let dreams = folder.proposed()?;
        folder.drop_proposals(&dreams, person.writer(), person.now())?;
        let mut screen = Screen::stdout();
        if self.json {
            screen.json(&json!({ "dropped": dreams }))?;
        } else if dreams.is_empty() {
            screen.line("Nothing waits for a review.")?;
        }
        for dream in dreams.iter().filter(|_: &&DreamId| !self.json) {
            screen.line(Line::from("Dropped what dream ").name(dream.as_str()).plain(" proposed."))?;
        }
        screen.flush()?;
        Ok(ExitCode::SUCCESS)
    }
}
