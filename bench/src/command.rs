//! The subcommands, one module each.

mod cost;
mod examples;
mod live;
mod peers;
mod report;

use clap::Subcommand;

#[derive(Subcommand)]
pub(crate) enum Command {
    /// Writes the example sessions that ship with the project.
    Examples(examples::Args),
    /// Measures the dream engine: every figure beside its goal.
    Report(report::Args),
    /// Lets a real model work with and without what was dreamt (M18).
    Live(live::Args),
    /// Runs what people use instead beside our stages.
    Peers(peers::Args),
    /// Measures the cost of one run in this process (used by `report`).
    #[command(hide = true)]
    Cost(cost::Args),
}

impl Command {
    pub(crate) fn run(self) -> anyhow::Result<()> {
        match self {
            Self::Examples(args) => examples::run(&args),
            Self::Report(args) => report::run(&args),
            Self::Live(args) => live::run(&args),
            Self::Peers(args) => peers::run(&args),
            Self::Cost(args) => cost::run(&args),
        }
    }
}
