//! One file a noun.

use std::process::ExitCode;

use clap::Subcommand;

use crate::fault::Fault;

mod explain;
mod reference;
mod sessions;

/// How a command ends.
pub(crate) type Outcome = Result<ExitCode, Fault>;

/// What `somnium` can do.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    Sessions(sessions::Args),
    Explain(explain::Args),
    Reference(reference::Args),
}

impl Command {
    /// Does it.
    pub(crate) fn run(self) -> Outcome {
        match self {
            Self::Sessions(args) => args.run(),
            Self::Explain(args) => args.run(),
            Self::Reference(args) => args.run(),
        }
    }
}
