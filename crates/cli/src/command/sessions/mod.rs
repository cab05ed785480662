//! `somnium sessions`: what is in transcripts.

mod show;
mod stats;

use clap::Subcommand;

use super::Outcome;

/// Looks into session transcripts.
#[derive(Debug, clap::Args)]
#[command(arg_required_else_help = true)]
pub(crate) struct Args {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    Stats(stats::Args),
    Show(show::Args),
}

impl Args {
    pub(super) fn run(self) -> Outcome {
        match self.command {
            Command::Stats(args) => args.run(),
            Command::Show(args) => args.run(),
        }
    }
}
