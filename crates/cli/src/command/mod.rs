//! One file a noun.

use std::process::ExitCode;

use clap::Subcommand;

use crate::fault::Fault;

mod dream;
mod dreams;
mod eval;
mod explain;
mod export;
#[cfg(feature = "mcp")]
mod mcp;
mod memory;
mod memory_tool;
mod reference;
mod sessions;

/// How a command ends.
pub(crate) type Outcome = Result<ExitCode, Fault>;

/// What `somnium` can do.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    Dream(dream::Args),
    Dreams(dreams::Args),
    Memory(memory::Args),
    Sessions(sessions::Args),
    Export(export::Args),
    MemoryTool(memory_tool::Args),
    #[cfg(feature = "mcp")]
    Mcp(mcp::Args),
    Eval(eval::Args),
    Explain(explain::Args),
    Reference(reference::Args),
}

impl Command {
    /// Does it.
    pub(crate) fn run(self) -> Outcome {
        match self {
            Self::Dream(args) => args.run(),
            Self::Dreams(args) => args.run(),
            Self::Memory(args) => args.run(),
            Self::Sessions(args) => args.run(),
            Self::Export(args) => args.run(),
            Self::MemoryTool(args) => args.run(),
            #[cfg(feature = "mcp")]
            Self::Mcp(args) => args.run(),
            Self::Eval(args) => args.run(),
            Self::Explain(args) => args.run(),
            Self::Reference(args) => args.run(),
        }
    }
}
