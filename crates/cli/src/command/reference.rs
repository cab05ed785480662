//! `somnium reference`: the page `docs/reference/cli.md`, made from the definitions that parse the command
//! line. A test compares the two.

use std::fmt::Write;
use std::process::ExitCode;

use clap::{Arg, ArgAction, Command, CommandFactory};

use super::Outcome;
use crate::cli::Cli;
use crate::screen::Screen;

/// Prints the reference of this command line as Markdown.
#[derive(Debug, clap::Args)]
#[command(hide = true)]
pub(crate) struct Args {}

const HEAD: &str = "# The command line

<!-- Made by `somnium reference`; do not edit. -->

Results go to standard output; progress, warnings and errors go to standard error. Exit status: 0 when the
command did what it was asked to (with a warning when something was skipped), 1 for an error, 2 when nothing at
all was readable or the command line was not understood. `somnium explain CODE` prints the page of an error.
";

impl Args {
    pub(super) fn run(self) -> Outcome {
        let mut screen = Screen::stdout();
        for line in page().lines() {
            screen.line(line)?;
        }
        screen.flush()?;
        Ok(ExitCode::SUCCESS)
    }
}

fn page() -> String {
    let mut root = Cli::command();
    root.build();
    let mut page = HEAD.to_owned();
    for command in root.get_subcommands() {
        describe(command, 2, &mut page);
    }
    page
}

/// Appends the section of `command` and of those below it.
fn describe(command: &Command, level: usize, page: &mut String) {
    if command.is_hide_set() || command.get_name() == "help" {
        return;
    }
    // Writing to a string cannot fail.
    let name = command.get_bin_name().unwrap_or(command.get_name());
    let _ = write!(page, "\n{} `{name}`\n", "#".repeat(level));
    if let Some(about) = command.get_long_about().or(command.get_about()) {
        let paragraphs: Vec<_> = about.to_string().split("\n\n").map(sentence).collect();
        let _ = write!(page, "\n{}\n", paragraphs.join("\n\n"));
    }
    if !command.has_subcommands() {
        let usage = command.clone().render_usage().to_string();
        let lines: Vec<_> = usage.trim_start_matches("Usage: ").lines().map(str::trim).collect();
        let _ = write!(page, "\n```text\n{}\n```\n", lines.join("\n"));
    }
    let mut items = String::new();
    for arg in command.get_arguments().filter(|arg| !arg.is_hide_set() && arg.get_id() != "help") {
        describe_argument(arg, &mut items);
    }
    if !items.is_empty() {
        let _ = write!(page, "\n{items}");
    }
    if let Some(examples) = command.get_after_help() {
        let examples = examples.to_string();
        let lines: Vec<_> = examples.lines().skip(1).map(str::trim).collect();
        let _ = write!(page, "\n```sh\n{}\n```\n", lines.join("\n"));
    }
    for child in command.get_subcommands() {
        describe(child, level + 1, page);
    }
}

fn describe_argument(arg: &Arg, items: &mut String) {
    let value = match arg.get_action() {
        ArgAction::Set | ArgAction::Append => {
            let names = arg.get_value_names().unwrap_or_default();
            names.first().map(|name| format!("<{name}>")).unwrap_or_default()
        }
        _ => String::new(),
    };
    let spelt = match arg.get_long() {
        Some(long) if value.is_empty() => format!("--{long}"),
        Some(long) => format!("--{long} {value}"),
        None => value,
    };
    let help = arg.get_long_help().or(arg.get_help()).map(ToString::to_string).unwrap_or_default();
    let paragraphs: Vec<_> = help.split("\n\n").map(sentence).collect();
    let _ = write!(items, "- `{spelt}`: {}", paragraphs.join(" "));
    // A flag has the values `true` and `false` and the default `false`: nobody types them.
    let typed = arg.get_action().takes_values();
    let choices = arg.get_possible_values();
    let choices: Vec<_> = choices.iter().map(|choice| format!("`{}`", choice.get_name())).collect();
    if typed && !choices.is_empty() {
        let _ = write!(items, " One of {}.", choices.join(", "));
    }
    let defaults: Vec<_> = arg.get_default_values().iter().map(|value| value.to_string_lossy()).collect();
    if typed && !defaults.is_empty() {
        let _ = write!(items, " Default: `{}`.", defaults.join(" "));
    }
    items.push('\n');
}

/// Returns a help text as one line that ends like a sentence.
fn sentence(text: &str) -> String {
    let line = text.lines().map(str::trim).collect::<Vec<_>>().join(" ");
    if line.is_empty() || line.ends_with(['.', '?', '!', ':']) { line } else { line + "." }
}
