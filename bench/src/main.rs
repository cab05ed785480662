//! `somnium-bench`: one subcommand a module under `command/`.

mod command;

use clap::Parser;

/// Generates example sessions and measures the dream engine.
#[derive(Parser)]
#[command(name = "somnium-bench", version)]
struct Cli {
    #[command(subcommand)]
    command: command::Command,
}

fn main() -> anyhow::Result<()> {
    Cli::parse().command.run()
}
