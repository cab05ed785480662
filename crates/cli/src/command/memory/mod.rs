//! `somnium memory`: what is in a memory folder, and what people do to it.

mod change;
mod diff;
mod edit;
mod effect;
mod erase;
mod history;
mod hold_back;
mod ls;
mod mark;
mod render;
mod review;
mod rm;
mod settle;
mod show;
mod undo;
mod verify;

use clap::Subcommand;

use self::mark::Mark;
use super::Outcome;

/// Looks into a memory folder, and changes it as you say.
#[derive(Debug, clap::Args)]
#[command(arg_required_else_help = true)]
pub(crate) struct Args {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    Ls(ls::Args),
    Show(show::Args),
    Diff(diff::Args),
    Edit(edit::Args),
    Rm(rm::Args),
    Allow(rm::AllowArgs),
    /// Keeps notes in the always-loaded index, whatever they are worth
    #[command(after_help = "Examples:
  somnium memory pin m-7f3a --memory memory
  somnium memory pin /team/ --why 'everybody needs these' --memory memory")]
    Pin(mark::Args),
    /// Leaves it to their worth again whether notes are in the index
    #[command(after_help = "Examples:
  somnium memory unpin m-7f3a --memory memory")]
    Unpin(mark::Args),
    /// Closes notes, files or folders to dreams: nothing in them is changed, moved or added
    #[command(after_help = "Examples:
  somnium memory freeze /team/preferences.md --memory memory
  somnium memory freeze / --why 'audit' --memory memory")]
    Freeze(mark::Args),
    /// Opens what was frozen to dreams again
    #[command(after_help = "Examples:
  somnium memory thaw /team/preferences.md --memory memory")]
    Thaw(mark::Args),
    Settle(settle::Args),
    History(history::Args),
    Blame(history::BlameArgs),
    Effect(effect::Args),
    HoldBack(hold_back::Args),
    Render(render::Args),
    Undo(undo::Args),
    Review(review::Args),
    Verify(verify::Args),
    Erase(erase::Args),
}

impl Args {
    pub(super) fn run(self) -> Outcome {
        match self.command {
            Command::Ls(args) => args.run(),
            Command::Show(args) => args.run(),
            Command::Diff(args) => args.run(),
            Command::Edit(args) => args.run(),
            Command::Rm(args) => args.run(),
            Command::Allow(args) => args.run(),
            Command::Pin(args) => args.run(Mark::Pin),
            Command::Unpin(args) => args.run(Mark::Unpin),
            Command::Freeze(args) => args.run(Mark::Freeze),
            Command::Thaw(args) => args.run(Mark::Thaw),
            Command::Settle(args) => args.run(),
            Command::History(args) => args.run(),
            Command::Blame(args) => args.run(),
            Command::Effect(args) => args.run(),
            Command::HoldBack(args) => args.run(),
            Command::Render(args) => args.run(),
            Command::Undo(args) => args.run(),
            Command::Review(args) => args.run(),
            Command::Verify(args) => args.run(),
            Command::Erase(args) => args.run(),
        }
    }
}

/// Returns whose a block is, as JSON names it.
fn owner_name(owner: Option<&somnium_memory::Owner>) -> &'static str {
    match owner {
        Some(somnium_memory::Owner::Ours) => "ours",
        _ => "person",
    }
}
