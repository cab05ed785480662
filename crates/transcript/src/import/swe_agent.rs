//! SWE-agent: one `.traj` a run, a list of steps with thought, action and observation.
//!
//! ```json
//! {"environment": "…", "trajectory": [{"thought": "…", "action": "open a.py\n", "observation": "…"}],
//!  "history": [{"role": "system", …}], "info": {"exit_status": "submitted", "submission": "…"}}
//! ```
//! Actions are command lines. The agent's own commands (`open`, `edit`, …) are tools of that name, everything
//! else is a shell command. The log says nothing about success.

use serde_json::{Value, json};
use somnium_types::{Status, SystemKind, ToolResult, Usage};

use super::{Document, Importer, Layout, Sink};
use crate::content::{self, str_at};
use crate::draft::{Draft, Place};
use crate::json::Json;

pub(super) struct SweAgent;

/// Commands that SWE-agent brings along, in its default, its security and its browsing tool bundles.
const OWN_COMMANDS: &[&str] = &[
    "connect_exec",
    "connect_sendline",
    "connect_start",
    "connect_stop",
    "create",
    "debug_add_breakpoint",
    "debug_continue",
    "debug_exec",
    "debug_start",
    "debug_step",
    "debug_stop",
    "decompile",
    "disassemble",
    "edit",
    "exit_forfeit",
    "filemap",
    "find_file",
    "goto",
    "insert",
    "open",
    "scroll_down",
    "scroll_up",
    "search_dir",
    "search_file",
    "str_replace_editor",
    "submit",
    "view_image",
];

impl Importer for SweAgent {
    fn name(&self) -> &'static str {
        "swe-agent"
    }

    fn title(&self) -> &'static str {
        "SWE-agent trajectory"
    }

    fn layout(&self) -> Layout {
        Layout::Whole
    }

    fn sniff(&self, sample: &[&Json<'_>]) -> bool {
        sample.iter().any(|document| is_run(document))
    }

    fn import(&self, documents: &mut dyn Iterator<Item = Document<'_>>, sink: &mut Sink) {
        for document in documents {
            if is_run(&document.value) {
                let mut run = run(&document.value);
                run.source.line = Some(document.line);
                sink.emit(run);
            } else {
                sink.skip(document.line, "no `trajectory` of steps with actions");
            }
        }
    }
}

fn is_run(document: &Json) -> bool {
    let steps = document.get("trajectory").and_then(Json::as_array);
    steps.is_some_and(|steps| {
        steps.iter().all(|step| step.get("action").is_some() && step.get("observation").is_some())
    }) && (document.get("history").is_some() || document.get("info").is_some())
}

fn run(document: &Json) -> somnium_types::Transcript {
    let mut draft = Draft::new("");
    about(&mut draft, document);
    prompts(&mut draft, document);
    let place = Place::default();
    for step in document.get("trajectory").and_then(Json::as_array).into_iter().flatten() {
        self::step(&mut draft, place, step);
    }
    let exit = document.get("info").and_then(|info| str_at(info, "exit_status"));
    if let Some(exit) = exit {
        draft.system(place, SystemKind::Meta, format!("[exit: {exit}]"));
    }
    draft.finish(|_| false)
}

fn about(draft: &mut Draft, document: &Json) {
    let transcript = &mut draft.transcript;
    transcript.outcome = content::resolved(document);
    let info = document.get("info").unwrap_or(&Json::Null);
    let stats = info.get("model_stats").unwrap_or(&Json::Null);
    let tokens = |key: &str| stats.get(key).and_then(Json::as_u64).unwrap_or(0);
    transcript.usage = Usage {
        input_tokens: tokens("tokens_sent"),
        output_tokens: tokens("tokens_received"),
        ..Usage::default()
    };
    // The settings of the run, in some versions as JSON inside a string.
    let config = document.get("replay_config").map(content::arguments).unwrap_or_default();
    let agent = config.get("agent").unwrap_or(&Value::Null);
    transcript.model = agent.get("model").and_then(|model| str_at(model, "name")).map(str::to_owned);
    let problem = config.get("problem_statement").and_then(|problem| str_at(problem, "id"));
    let task = problem.or_else(|| str_at(document, "instance_id"));
    transcript.task = task.map(Into::into);
}

/// What stands before the first answer: prompts, demonstrations and, last, the task.
fn prompts(draft: &mut Draft, document: &Json) {
    let demonstration = |message: &Json| {
        message.get("is_demo").and_then(Json::as_bool) == Some(true)
            || str_at(message, "message_type") == Some("demonstration")
    };
    for message in document.get("history").and_then(Json::as_array).into_iter().flatten() {
        let text = message.get("content").map(content::text).unwrap_or_default();
        match str_at(message, "role") {
            _ if demonstration(message) => draft.system(Place::default(), SystemKind::Prompt, text),
            Some("user") => draft.user(Place::default(), &text),
            Some("system") => draft.system(Place::default(), SystemKind::Prompt, text),
            _ => break,
        }
    }
}

fn step(draft: &mut Draft, place: Place, step: &Json) {
    let text = |key: &str| step.get(key).map(content::text).unwrap_or_default();
    let thought = text("thought");
    let said = if thought.trim().is_empty() { text("response") } else { thought };
    draft.assistant(place, said.trim_end());
    let (action, observation) = (text("action"), text("observation"));
    let action = action.trim();
    if action.is_empty() {
        // The harness could not read an action in the answer, and says so.
        draft.system(place, SystemKind::Reminder, observation);
        return;
    }
    let (first, rest) = action.split_once(char::is_whitespace).unwrap_or((action, ""));
    let call = if OWN_COMMANDS.contains(&first) {
        draft.call(place, None, first, json!({ "arguments": rest }))
    } else {
        draft.call(place, None, "bash", json!({ "command": action }))
    };
    draft.result(place, ToolResult { call, text: observation, status: Status::Unknown, exit_code: None });
}
