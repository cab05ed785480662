//! `somnium export`: a memory in the forms that agents and editors load.

mod obsidian;
mod section;
mod skills;

use clap::Subcommand;

use super::Outcome;

/// Puts a memory where agents and editors look for it.
#[derive(Debug, clap::Args)]
#[command(arg_required_else_help = true)]
pub(crate) struct Args {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    Skills(skills::Args),
    /// Keeps a section with the notes in an AGENTS.md
    ///
    /// The section stands between two marker lines. Everything else in the file stays as it is, to the byte, and the
    /// file is made where there is none. Doing it again changes nothing unless the memory changed.
    #[command(after_help = "Examples:
  somnium export agents-md AGENTS.md --memory memory
  somnium export agents-md AGENTS.md --memory memory --check
  somnium export agents-md ../other/AGENTS.md --memory memory --with-notes --budget 1500")]
    AgentsMd(section::Args),
    /// Keeps a section in a CLAUDE.md that has Claude Code load the index of the memory
    ///
    /// The section stands between two marker lines and imports the index (`@memory/MEMORY.md`), so that Claude Code
    /// always loads the present one; with `--with-notes` it holds the notes themselves. Everything else in the file
    /// stays as it is, to the byte, and the file is made where there is none.
    #[command(after_help = "Examples:
  somnium export claude-md CLAUDE.md --memory memory
  somnium export claude-md CLAUDE.md --memory memory --remove")]
    ClaudeMd(section::Args),
    Obsidian(obsidian::Args),
}

impl Args {
    pub(super) fn run(self) -> Outcome {
        match self.command {
            Command::Skills(args) => args.run(),
            Command::AgentsMd(args) => args.run(section::Form::Lines),
            Command::ClaudeMd(args) => args.run(section::Form::Import),
            Command::Obsidian(args) => args.run(),
        }
    }
}
