//! `--review` and `--review-file`: what the dream would change is laid aside and decided claim by claim.

use std::io::{IsTerminal, stdin, stdout};
use std::path::{Path, PathBuf};

use somnium_dream::Dreamt;
use somnium_memory::store::Folder;

use crate::fault::Fault;
use crate::memory_folder;
use crate::review::{self, Sitting};
use crate::screen::Screen;

/// How the result is decided.
#[derive(Debug, clap::Args)]
pub(super) struct ReviewArgs {
    /// Decide claim by claim before anything is written: accept, edit, reject, later
    #[arg(long, conflicts_with_all = ["output", "dry_run", "review_file"])]
    review: bool,
    /// Write what would change to this file, to be decided there; carry it out where it exists (no sessions needed)
    #[arg(long, value_name = "FILE", conflicts_with_all = ["output", "dry_run"])]
    pub(super) review_file: Option<PathBuf>,
}

impl ReviewArgs {
    /// Whether a person decides.
    pub(super) fn is_asked(&self) -> bool {
        self.review || self.review_file.is_some()
    }

    /// Carries the review file out where there is one. Returns whether there was.
    pub(super) fn apply(&self, memory: &Path, as_json: bool) -> Result<bool, Fault> {
        let Some(path) = self.review_file.as_deref().filter(|path| path.exists()) else { return Ok(false) };
        let mut folder = memory_folder::open_existing(memory)?;
        let outcome = review::apply_or_write(path, &mut folder, None)?;
        let mut screen = Screen::stdout();
        review::print_file(&outcome, path, &folder, as_json, &mut screen)?;
        screen.flush()?;
        Ok(true)
    }

    /// Has a person decide what was just dreamt and laid aside.
    pub(super) fn decide(&self, folder: &mut Folder, dreamt: &Dreamt, as_json: bool) -> Result<(), Fault> {
        let dream = &dreamt.report.dream.id;
        let mut sitting = Sitting::of_dream(folder, dream, dreamt.tally.encode().ok())?;
        let mut screen = Screen::stdout();
        if let Some(path) = &self.review_file {
            let outcome = review::apply_or_write(path, folder, Some(sitting))?;
            review::print_file(&outcome, path, folder, as_json, &mut screen)?;
        } else {
            // The result is a program's: the conversation goes beside it.
            let beside = as_json || stdin().is_terminal() && !stdout().is_terminal();
            let mut dialog = if beside { Screen::beside() } else { Screen::stdout() };
            let ended = review::ask(&mut sitting, folder, &mut dialog)?;
            dialog.flush()?;
            review::print_ended(&ended, dream, folder, as_json, &mut screen)?;
        }
        Ok(screen.flush()?)
    }
}
