//! `somnium memory`: what is in a memory folder.

mod diff;
mod ls;
mod show;

use clap::Subcommand;

use super::Outcome;

/// Looks into a memory folder.
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
}

impl Args {
    pub(super) fn run(self) -> Outcome {
        match self.command {
            Command::Ls(args) => args.run(),
            Command::Show(args) => args.run(),
            Command::Diff(args) => args.run(),
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
