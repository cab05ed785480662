//! Claude Code's JSONL: a chain of lines, tool calls as blocks of assistant lines, their results as blocks of
//! user lines. Knows neither outcome nor task.

use serde::Serialize;
use serde_json::{Value, json};

use super::{MODEL, sorted, stamp, tokens};
use crate::fleet::dice::Dice;
use crate::fleet::script::{Body, Millis, Reply, Script};

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Line<'a> {
    parent_uuid: Option<String>,
    is_sidechain: bool,
    user_type: &'static str,
    cwd: &'a str,
    session_id: &'a str,
    version: &'static str,
    git_branch: &'static str,
    #[serde(rename = "type")]
    kind: &'static str,
    message: Value,
    #[serde(skip_serializing_if = "Option::is_none")]
    request_id: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    tool_use_result: Option<Value>,
    uuid: String,
    timestamp: String,
}

/// The notice that this harness puts beside the first request.
const REMINDER: &str = "<system-reminder>\nThe list of open tasks is empty. This is a notice of the tool, not of the user; do not mention it.\n</system-reminder>";

/// How this harness reports that a person refused a call; their words follow.
const REFUSED: &str = "The user doesn't want to proceed with this tool use. The tool use was rejected (eg. if it was a file edit, the new_string was NOT written to the file). To tell you how to proceed, the user said:\n";

/// Returns the session's lines.
pub(super) fn lines(script: &Script, dice: &mut Dice) -> serde_json::Result<String> {
    let mut writer = Writer {
        script,
        dice,
        cwd: format!("/home/{}/{}", script.principal, script.domain),
        last: None,
        context: tokens(script.system),
        text: String::new(),
    };
    for (index, turn) in script.turns.iter().enumerate() {
        match &turn.body {
            Body::User(text) if index == 0 => writer.user(
                turn.at,
                json!([{"type": "text", "text": REMINDER}, {"type": "text", "text": text}]),
                None,
            )?,
            Body::User(text) => writer.user(turn.at, json!(text), None)?,
            Body::Say(text) => {
                writer.assistant(turn.at, json!({"type": "text", "text": text}), "end_turn")?
            }
            Body::Call { tool, input, reply, answered } => {
                let id = writer.dice.tag("toolu_01", 22);
                let block = json!({"type": "tool_use", "id": id, "name": tool, "input": input});
                writer.assistant(turn.at, block, "tool_use")?;
                writer.answer(*answered, &id, tool, reply)?;
            }
        }
    }
    Ok(writer.text)
}

struct Writer<'a> {
    script: &'a Script,
    dice: &'a mut Dice,
    cwd: String,
    /// The line before.
    last: Option<String>,
    /// Tokens so far.
    context: u64,
    text: String,
}

impl Writer<'_> {
    fn user(&mut self, at: Millis, content: Value, result: Option<Value>) -> serde_json::Result<()> {
        self.context += tokens(&content.to_string());
        self.line(at, "user", json!({"role": "user", "content": content}), None, result)
    }

    fn assistant(&mut self, at: Millis, block: Value, stop: &str) -> serde_json::Result<()> {
        let output = tokens(&block.to_string());
        let message = json!({
            "id": self.dice.tag("msg_01", 22), "type": "message", "role": "assistant", "model": MODEL,
            "content": [block], "stop_reason": stop, "stop_sequence": null,
            "usage": {
                "input_tokens": 4, "output_tokens": output, "cache_creation_input_tokens": output,
                "cache_read_input_tokens": self.context,
            },
        });
        self.context += output;
        let request = self.dice.tag("req_01", 22);
        self.line(at, "assistant", message, Some(request), None)
    }

    fn answer(&mut self, at: Millis, call: &str, tool: &str, reply: &Reply) -> serde_json::Result<()> {
        let (text, failed) = match reply {
            Reply::Ok(text) => (text.clone(), false),
            Reply::Error(text) => (text.clone(), true),
            Reply::Refused(words) => (format!("{REFUSED}{words}"), true),
        };
        let result = match (failed, tool) {
            (true, _) => Some(json!(format!("Error: {text}"))),
            (false, "Bash") => Some(json!({"stdout": text, "stderr": "", "interrupted": false})),
            (false, _) => None,
        };
        let mut block = json!({"type": "tool_result", "tool_use_id": call, "content": text});
        if failed {
            block["is_error"] = json!(true);
        }
        self.user(at, json!([block]), result)
    }

    fn line(
        &mut self,
        at: Millis,
        kind: &'static str,
        message: Value,
        request_id: Option<String>,
        tool_use_result: Option<Value>,
    ) -> serde_json::Result<()> {
        let uuid = self.dice.uuid();
        let line = Line {
            parent_uuid: self.last.replace(uuid.clone()),
            is_sidechain: false,
            user_type: "external",
            cwd: &self.cwd,
            session_id: &self.script.id,
            version: "2.1.29",
            git_branch: "",
            kind,
            message: sorted(message),
            request_id,
            tool_use_result: tool_use_result.map(sorted),
            uuid,
            timestamp: stamp(at),
        };
        self.text.push_str(&serde_json::to_string(&line)?);
        self.text.push('\n');
        Ok(())
    }
}
