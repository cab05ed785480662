//! What a tool output of Codex says: its text without the wrapper, and what the wrapper says about success.

use somnium_types::Status;

use crate::content::{self, str_at};
use crate::json::{self, Json};

/// What became of a call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Verdict {
    pub(super) status: Status,
    pub(super) exit_code: Option<i32>,
}

impl Verdict {
    fn new(status: Status) -> Self {
        Self { status, exit_code: None }
    }

    fn exit(code: i64) -> Self {
        let status = if code == 0 { Status::Ok } else { Status::Error };
        Self { status, exit_code: i32::try_from(code).ok() }
    }
}

/// Sentences that Codex itself answers with instead of a tool's output.
const OWN_ANSWERS: &[(&str, Status)] = &[
    ("aborted by user", Status::Interrupted),
    ("apply_patch verification failed", Status::Error),
    ("collab spawn failed", Status::Error),
    ("command timed out", Status::Interrupted),
    ("exec command rejected by user", Status::Denied),
    ("exec_command failed", Status::Error),
    ("execution error", Status::Error),
    ("failed in sandbox", Status::Error),
    ("failed to parse function arguments", Status::Error),
    ("patch rejected by user", Status::Denied),
    ("resources/list failed", Status::Error),
    ("resources/read failed", Status::Error),
    ("tool call error", Status::Error),
    ("unsupported call", Status::Error),
    ("unsupported custom tool call", Status::Error),
    ("write_stdin failed", Status::Error),
];

/// Reads an output: a text, a list of parts, or `{"content", "success"}`.
pub(super) fn read(output: &Json) -> (String, Verdict) {
    let text = content::text(output);
    if let Some(success) = output.get("success").and_then(Json::as_bool) {
        return (text, Verdict::new(if success { Status::Ok } else { Status::Error }));
    }
    if let Some((inner, code)) = json_wrapper(&text) {
        return (inner, Verdict::exit(code));
    }
    if let Some((code, body)) = text_wrapper(&text) {
        return (body.to_owned(), Verdict::exit(code));
    }
    let own = OWN_ANSWERS.iter().find(|(sentence, _)| text.starts_with(sentence));
    let verdict = Verdict::new(own.map_or(Status::Unknown, |row| row.1));
    (text, verdict)
}

/// Reads `{"output": "…", "metadata": {"exit_code": 0, …}}`.
fn json_wrapper(text: &str) -> Option<(String, i64)> {
    if !text.starts_with("{\"") {
        return None;
    }
    let value = json::strict(text)?;
    let code = value.get("metadata")?.get("exit_code")?.as_i64()?;
    Some((str_at(&value, "output")?.to_owned(), code))
}

/// Reads the lines that Codex puts before the output of a command:
/// `… / Process exited with code 0 / … / Output:` or `Exit code: 0 / Wall time: … / Output:`.
fn text_wrapper(text: &str) -> Option<(i64, &str)> {
    let mut code = None;
    let mut rest = text;
    let begins = ["Command: ", "Chunk ID: ", "Wall time: ", "Exit code: ", "Process exited "];
    if !begins.iter().any(|line| text.starts_with(line)) {
        return None;
    }
    while let Some((line, below)) = rest.split_once('\n') {
        rest = below;
        let line = line.trim_end();
        if line == "Output:" {
            return Some((code?, rest));
        }
        let number =
            line.strip_prefix("Process exited with code ").or_else(|| line.strip_prefix("Exit code: "));
        code = number.and_then(|number| number.trim().parse().ok()).or(code);
    }
    None
}

/// Reads what the end of a command, a patch, an MCP call or another tool says about its call.
pub(super) fn of_event(event: &Json) -> Option<Verdict> {
    let status = |ok: bool| Verdict::new(if ok { Status::Ok } else { Status::Error });
    match str_at(event, "type")? {
        "exec_command_end" => {
            let mut verdict = Verdict::exit(event.get("exit_code")?.as_i64()?);
            if str_at(event, "status") == Some("declined") {
                verdict.status = Status::Denied;
            }
            Some(verdict)
        }
        "patch_apply_end" if str_at(event, "status") == Some("declined") => {
            Some(Verdict::new(Status::Denied))
        }
        "patch_apply_end" | "dynamic_tool_call_response" => {
            event.get("success").and_then(Json::as_bool).map(status)
        }
        "mcp_tool_call_end" => {
            let result = event.get("result")?;
            let failed = result.get("Err").is_some()
                || result.get("Ok").and_then(|ok| ok.get("isError")).and_then(Json::as_bool) == Some(true);
            Some(status(!failed))
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::json::json;

    #[test]
    fn wrappers_are_taken_off_and_believed() {
        let exit = |code| Verdict::exit(code);
        let chunk = "Command: sh -c x\nChunk ID: 1\nWall time: 0.1 seconds\nProcess exited with code 2\nOutput:\nboom\n";
        assert_eq!(read(&json!(chunk)), ("boom\n".into(), exit(2)));
        assert_eq!(read(&json!("Exit code: 0\nWall time: 1 seconds\nOutput:\nok")), ("ok".into(), exit(0)));
        let inner = json!({"output": "done", "metadata": {"exit_code": 1}}).to_string();
        assert_eq!(read(&json!(inner)), ("done".into(), exit(1)));
        assert_eq!(read(&json!({"content": "x", "success": false})).1.status, Status::Error);
    }

    #[test]
    fn what_a_program_prints_is_not_believed() {
        for text in [
            "Process exited with code 3",
            "Chunk ID: 1\nProcess running with session ID 7\nOutput:\nProcess exited with code 3\n",
            "log\nExit code: 4\nOutput:\n",
            "error: no such file",
        ] {
            assert_eq!(read(&json!(text)), (text.to_owned(), Verdict::new(Status::Unknown)), "{text}");
        }
    }

    #[test]
    fn codex_own_answers_are_believed() {
        assert_eq!(read(&json!("exec command rejected by user")).1.status, Status::Denied);
        assert_eq!(read(&json!("aborted by user after 3.2s")).1.status, Status::Interrupted);
        assert_eq!(
            of_event(&json!({"type": "exec_command_end", "exit_code": 127})),
            Some(Verdict::exit(127))
        );
        let mcp = json!({"type": "mcp_tool_call_end", "result": {"Ok": {"isError": true}}});
        assert_eq!(of_event(&mcp).map(|verdict| verdict.status), Some(Status::Error));
    }
}
