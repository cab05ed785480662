//! mini-swe-agent: one `.traj.json` a run, a dialogue with a single shell tool.
//!
//! ```json
//! {"info": {"exit_status": "Submitted", "config": {…}}, "messages": [{"role": "assistant", …}],
//!  "instance_id": "…", "trajectory_format": "mini-swe-agent-1.1"}
//! ```
//! Newer runs call the shell through `tool_calls`; older ones put one fenced block of shell code into the text,
//! and get the output back as a user message. Both wrap it: `<returncode>N</returncode>`, `<output>…</output>`.

use serde_json::json;
use somnium_types::{CallId, Status, SystemKind, ToolResult, Usage};

use super::{Document, Importer, Layout, Sink};
use crate::content::{self, str_at};
use crate::draft::{Draft, Place};
use crate::json::Json;

pub(super) struct MiniSweAgent;

impl Importer for MiniSweAgent {
    fn name(&self) -> &'static str {
        "mini-swe-agent"
    }

    fn title(&self) -> &'static str {
        "mini-swe-agent"
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
                sink.skip(document.line, "no `messages` and `info` of a mini-swe-agent run");
            }
        }
    }
}

fn is_run(document: &Json) -> bool {
    let format = str_at(document, "trajectory_format");
    let info = |key: &str| document.get("info").and_then(|info| info.get(key)).is_some();
    document.get("messages").is_some_and(Json::is_array)
        && (format.is_some_and(|format| format.starts_with("mini-swe-agent"))
            || info("mini_version")
            || info("exit_status") && info("submission"))
}

fn run(document: &Json) -> somnium_types::Transcript {
    let mut draft = Draft::new("");
    let info = document.get("info").unwrap_or(&Json::Null);
    let model = info.get("config").and_then(|config| config.get("model"));
    draft.transcript.model = model.and_then(|model| str_at(model, "model_name")).map(str::to_owned);
    draft.transcript.task = str_at(document, "instance_id").map(Into::into);
    draft.transcript.outcome = content::resolved(document);
    let messages = document.get("messages").and_then(Json::as_array);
    // The call that waits for its output, in runs without call ids.
    let mut open: Option<CallId> = None;
    let mut asked = false;
    for message in messages.into_iter().flatten() {
        let place = Place::main(message.get("extra").and_then(time));
        let text = message.get("content").map(content::text).unwrap_or_default();
        match str_at(message, "role").unwrap_or_default() {
            "system" => draft.system(place, SystemKind::Prompt, text),
            "user" if !asked => {
                asked = true;
                draft.user(place, &text);
            }
            "assistant" => open = assistant(&mut draft, place, message, &text),
            "tool" => {
                let call = str_at(message, "tool_call_id").unwrap_or_default().into();
                draft.result(place, result(call, message, &text));
            }
            "user" => match (open.take(), is_output(&text)) {
                (Some(call), true) => draft.result(place, result(call, message, &text)),
                _ => draft.system(place, SystemKind::Reminder, text),
            },
            "exit" => {
                let status = message.get("extra").and_then(|extra| str_at(extra, "exit_status"));
                draft.system(place, SystemKind::Meta, format!("[exit: {}]", status.unwrap_or("unknown")));
            }
            _ => {}
        }
    }
    draft.finish(|_| false)
}

fn time(extra: &Json) -> Option<somnium_types::Timestamp> {
    let answered = || extra.get("response")?.get("created");
    extra.get("timestamp").or_else(answered).and_then(content::time)
}

/// Reads an answer of the model; returns the shell call in it that has no id of its own.
fn assistant(draft: &mut Draft, place: Place, message: &Json, text: &str) -> Option<CallId> {
    count(draft, message);
    draft.thinking(place, str_at(message, "reasoning_content").unwrap_or_default());
    draft.assistant(place, text);
    let calls = message.get("tool_calls").and_then(Json::as_array).filter(|calls| !calls.is_empty());
    let Some(calls) = calls else {
        let command = shell_block(text)?;
        return Some(draft.call(place, None, "bash", json!({ "command": command })));
    };
    for call in calls {
        let function = call.get("function").unwrap_or(&Json::Null);
        let input = content::arguments(function.get("arguments").unwrap_or(&Json::Null));
        draft.call(place, str_at(call, "id"), str_at(function, "name").unwrap_or("bash"), input);
    }
    None
}

fn count(draft: &mut Draft, message: &Json) {
    let usage = message.get("extra").and_then(|extra| extra.get("response")?.get("usage"));
    let Some(usage) = usage else { return };
    let tokens = |value: Option<&Json>| value.and_then(Json::as_u64).unwrap_or(0);
    let cached = tokens(usage.get("prompt_tokens_details").and_then(|details| details.get("cached_tokens")));
    draft.transcript.usage += Usage {
        input_tokens: tokens(usage.get("prompt_tokens")).saturating_sub(cached),
        output_tokens: tokens(usage.get("completion_tokens")),
        cache_creation_input_tokens: 0,
        cache_read_input_tokens: cached,
    };
}

/// Returns the code of the one fenced shell block in `text`; the agent runs nothing if there are more.
fn shell_block(text: &str) -> Option<&str> {
    let mut found = None;
    for fence in ["```bash\n", "```mswea_bash_command\n", "```sh\n"] {
        for block in text.split(fence).skip(1) {
            let (code, _) = block.split_once("\n```")?;
            if found.replace(code.trim()).is_some() {
                return None;
            }
        }
    }
    found
}

fn is_output(text: &str) -> bool {
    let text = text.trim_start();
    text.starts_with("<returncode>") || text.starts_with("<exception>")
}

/// Reads a shell output: the exit code from the message's own record or the wrapper, the text without wrapper.
fn result(call: CallId, message: &Json, text: &str) -> ToolResult {
    let extra = message.get("extra").unwrap_or(&Json::Null);
    let (exception, rest) = element(text, "exception").unwrap_or(("", text));
    let (code, rest) = match element(rest, "returncode") {
        Some((code, rest)) => (code.trim().parse().ok(), rest),
        None => (None, rest),
    };
    let recorded = extra.get("returncode").and_then(Json::as_i64).and_then(|code| i32::try_from(code).ok());
    let exit_code = recorded.or(code);
    let timed_out = str_at(extra, "exception_type") == Some("TimeoutExpired");
    let status = match exit_code {
        _ if timed_out => Status::Interrupted,
        Some(0) => Status::Ok,
        Some(_) => Status::Error,
        None => Status::Unknown,
    };
    let output = match element(rest, "output") {
        Some((output, after)) if after.trim().is_empty() => output.trim_start_matches('\n'),
        _ => rest.trim_start_matches('\n'),
    };
    let parts = [exception, output].into_iter().filter(|part| !part.trim().is_empty());
    ToolResult { call, text: parts.collect::<Vec<_>>().join("\n"), status, exit_code }
}

/// Reads `<name>inside</name>rest` at the start of `text`. The output may hold anything, so its end is the last
/// closing tag.
fn element<'a>(text: &'a str, name: &str) -> Option<(&'a str, &'a str)> {
    let inner = text.trim_start().strip_prefix('<')?.strip_prefix(name)?.strip_prefix('>')?;
    let close = format!("</{name}>");
    if name == "output" { inner.rsplit_once(&close) } else { inner.split_once(&close) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::json::json;

    #[test]
    fn the_wrapper_gives_the_exit_code_and_goes() {
        let read = |text: &str| result("c".into(), &Json::Null, text);
        let got = read("<returncode>2</returncode>\n<output>\na <output>x</output>\n</output>");
        assert_eq!(
            (got.text.as_str(), got.status, got.exit_code),
            ("a <output>x</output>\n", Status::Error, Some(2))
        );
        assert_eq!(read("plain").status, Status::Unknown);
        let late = json!({"extra": {"returncode": -1, "exception_type": "TimeoutExpired"}});
        let got = result(
            "c".into(),
            &late,
            "<exception>timed out</exception>\n<returncode>-1</returncode>\n<output>\n</output>",
        );
        assert_eq!((got.text.as_str(), got.status), ("timed out", Status::Interrupted));
    }

    #[test]
    fn only_a_single_shell_block_is_a_call() {
        assert_eq!(shell_block("look\n```bash\nls\n```"), Some("ls"));
        assert_eq!(shell_block("```mswea_bash_command\npwd\n```"), Some("pwd"));
        assert_eq!(shell_block("```bash\nls\n```\n```bash\npwd\n```"), None);
        assert_eq!(shell_block("none"), None);
    }
}
