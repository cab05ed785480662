//! The whole command line, as clap sees it.

use clap::Parser;

use crate::command::Command;

/// Dreaming for AI agents: reads what agents did, and writes down what they should know next time.
///
/// `somnium dream` reads session transcripts of any known tool and a folder of plain-text memory, counts
/// what recurs, and notes it down in Markdown, which is yours to change or to throw away. It needs no server, no
/// key and no network.
#[derive(Debug, Parser)]
#[command(
    name = "somnium",
    version,
    max_term_width = 100,
    arg_required_else_help = true,
    disable_help_subcommand = false,
    subcommand_value_name = "COMMAND",
    after_help = "Examples:
  somnium dream sessions/ --memory memory
  somnium dream --from claude-code --since 30d --memory memory
  somnium sessions stats sessions/
  somnium explain SOM001"
)]
pub(crate) struct Cli {
    #[command(subcommand)]
    pub(crate) command: Command,
}
