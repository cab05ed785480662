//! The subcommands, one module each.

mod examples;

use clap::Subcommand;

#[derive(Subcommand)]
pub(crate) enum Command {
    /// Writes the example sessions that ship with the project.
    Examples(examples::Args),
}

impl Command {
    pub(crate) fn run(self) -> anyhow::Result<()> {
        match self {
            Self::Examples(args) => examples::run(&args),
        }
    }
}
