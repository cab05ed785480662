//! `somnium dreams`: what past dreams did, and why.

mod explain;
mod list;
mod show;
mod undo;
mod why_not;

use clap::Subcommand;

use super::Outcome;

/// Looks at past dreams, explains their notes, takes one back.
#[derive(Debug, clap::Args)]
#[command(arg_required_else_help = true)]
pub(crate) struct Args {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    List(list::Args),
    Show(show::Args),
    Explain(explain::Args),
    WhyNot(why_not::Args),
    Undo(undo::Args),
}

impl Args {
    pub(super) fn run(self) -> Outcome {
        match self.command {
            Command::List(args) => args.run(),
            Command::Show(args) => args.run(),
            Command::Explain(args) => args.run(),
            Command::WhyNot(args) => args.run(),
            Command::Undo(args) => args.run(),
        }
    }
}
