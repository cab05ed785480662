//! `somnium memory-tool`: carries out the calls of a model that has Anthropic's memory tool.

use std::io::{self, BufRead, IsTerminal, Read};
use std::path::PathBuf;
use std::process::ExitCode;
use std::thread::sleep;
use std::time::Duration;

use serde_json::{Value, json};
use somnium_memory::store::{Change, What, Writer};
use somnium_memory::tool::{Call, MAX_FILE_BYTES, Reach, Refusal, forget_deleted};

use super::Outcome;
use crate::fault::{Fault, hint, warn};
use crate::memory_folder;
use crate::person::{Person, change_id};
use crate::screen::Screen;

/// Carries out the calls of a model that has Anthropic's memory tool (`memory_20250818`).
///
/// Reads one JSON object a line and prints one a line: the input of a call gives `{"content", "is_error"}`, and a whole
/// `tool_use` block gives the `tool_result` block to send back. `/memories` is the memory folder. Each change is one
/// that `somnium memory history` shows and `somnium memory undo` takes back.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  somnium memory-tool --memory memory '{\"command\":\"view\",\"path\":\"/memories\"}'
  somnium memory-tool --memory memory --agent triage < calls.jsonl")]
pub(crate) struct Args {
    /// One call; without it, calls are read from standard input
    #[arg(value_name = "CALL")]
    call: Option<String>,
    /// The memory folder; made by the first call that writes
    #[arg(long = "memory", value_name = "DIR")]
    folder: PathBuf,
    /// Who the agent is, for the history
    #[arg(long, value_name = "NAME", default_value = "memory-tool")]
    agent: String,
    /// The person whose session it is: the agent can read their file under `people/`, and nobody else's
    #[arg(long, value_name = "NAME")]
    person: Option<String>,
}

/// Longest line: a file as large as one may be, with every byte escaped.
const MAX_LINE: u64 = 8 * MAX_FILE_BYTES as u64;
/// How often a change is tried again when somebody else writes at the same time, and how long it waits before.
const ATTEMPTS: u32 = 8;
const PAUSE: Duration = Duration::from_millis(25);

impl Args {
    pub(super) fn run(self) -> Outcome {
        // Says once what is to be said of the folder. That somebody writes to it right now is no reason to stop.
        match memory_folder::open(&self.folder) {
            Err(fault) if !is_busy(&fault) => return Err(fault),
            _ => {}
        }
        let mut screen = Screen::stdout();
        if let Some(call) = &self.call {
            let (reply, is_error) = self.reply(&parse(call.as_bytes()));
            screen.json_line(&reply)?;
            screen.flush()?;
            return Ok(if is_error { ExitCode::FAILURE } else { ExitCode::SUCCESS });
        }
        let mut input = io::stdin().lock();
        if io::stdin().is_terminal() {
            hint("reads one call a line, such as {\"command\":\"view\",\"path\":\"/memories\"}");
        }
        while let Some(line) = next_line(&mut input).map_err(unreadable)? {
            if line.trim_ascii().is_empty() {
                continue;
            }
            screen.json_line(&self.reply(&parse(&line)).0)?;
            screen.flush()?;
        }
        Ok(ExitCode::SUCCESS)
    }

    /// Answers one line: what is to be printed, and whether it is an error.
    fn reply(&self, line: &Result<Value, Refusal>) -> (Value, bool) {
        let block = line.as_ref().ok().filter(|value| value["type"] == "tool_use");
        let input = line.as_ref().map(|value| block.map_or(value, |block| &block["input"]));
        let answer = input.map_err(Refusal::clone).and_then(|input| self.answer(input));
        let is_error = answer.is_err();
        let content = answer.unwrap_or_else(|refusal| refusal.0);
        let reply = match block {
            Some(block) => json!({
                "type": "tool_result",
                "tool_use_id": block["id"],
                "content": content,
                "is_error": is_error,
            }),
            None => json!({ "content": content, "is_error": is_error }),
        };
        (reply, is_error)
    }

    fn answer(&self, input: &Value) -> Result<String, Refusal> {
        let call = Call::read(input).map_err(|error| Refusal(error.to_string()))?;
        let reach = Reach { person: self.person.clone() };
        let mut attempt = 1;
        loop {
            match self.carry_out(&call, &reach)? {
                Ok(content) => return Ok(content),
                Err(fault) if is_busy(&fault) && attempt < ATTEMPTS => sleep(PAUSE * attempt),
                Err(fault) => return Err(told(&fault)),
            }
            attempt += 1;
        }
    }

    /// Carries a call out on the folder as it is now. `Ok(Err(…))` is a trouble of the folder's.
    fn carry_out(&self, call: &Call, reach: &Reach) -> Result<Result<String, Fault>, Refusal> {
        let mut folder = match memory_folder::reopen(&self.folder) {
            Ok(folder) => folder,
            Err(fault) => return Ok(Err(fault)),
        };
        let answer = call.answer(folder.memory(), &folder.state().frozen, reach)?;
        let Some(after) = answer.after else { return Ok(Ok(answer.content)) };
        let mut state = folder.state().clone();
        state.baselines = forget_deleted(&state.baselines, folder.memory(), &after);
        let id = change_id();
        let made = folder.change(Change {
            id: &id,
            at: Person::here().now(),
            by: Writer::Agent(somnium_memory::visible(&self.agent)),
            what: What::Written,
            why: None,
            after: &after,
            state: &state,
        });
        Ok(made.map(|_| answer.content).map_err(Fault::from))
    }
}

/// Whether somebody else writes, so that it may go a moment later: the folder is held, or changed since it was read.
fn is_busy(fault: &Fault) -> bool {
    matches!(fault.code(), Some("SOM012" | "SOM013"))
}

/// What the model is told when the folder itself is the trouble: its code, and not where it is on this machine. The
/// person is told the rest.
fn told(fault: &Fault) -> Refusal {
    let code = fault.code().unwrap_or("SOM011");
    warn(&fault.message());
    Refusal(format!("Error: the memory cannot be used now ({code})"))
}

fn parse(line: &[u8]) -> Result<Value, Refusal> {
    if line.len() as u64 > MAX_LINE {
        return Err(Refusal("Error: Invalid input for the memory tool: it is longer than 8 MiB".to_owned()));
    }
    serde_json::from_slice(line)
        .map_err(|error| Refusal(format!("Error: Invalid input for the memory tool: it is no JSON: {error}")))
}

/// Returns the next line, cut off behind the longest that is allowed; the rest of a longer one is passed over.
fn next_line(input: &mut impl BufRead) -> io::Result<Option<Vec<u8>>> {
    let mut line = Vec::new();
    if input.by_ref().take(MAX_LINE + 1).read_until(b'\n', &mut line)? == 0 {
        return Ok(None);
    }
    while line.len() as u64 > MAX_LINE && line.last() != Some(&b'\n') {
        let rest = input.fill_buf()?;
        let (taken, is_end) = match rest.iter().position(|&byte| byte == b'\n') {
            Some(at) => (at + 1, true),
            None => (rest.len(), rest.is_empty()),
        };
        input.consume(taken);
        if is_end {
            break;
        }
    }
    Ok(Some(line))
}

fn unreadable(error: io::Error) -> Fault {
    Fault::new("SOM002", "cannot read standard input").because(error)
}
