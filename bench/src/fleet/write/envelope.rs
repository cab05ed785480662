//! Envelopes: one session a line, OpenAI chat messages inside, labels and outcome around them.

use serde::Serialize;
use serde_json::{Value, json};

use super::{MODEL, sorted, stamp};
use crate::fleet::dice::Dice;
use crate::fleet::script::{Body, Reply, Script};

#[derive(Serialize)]
struct Envelope<'a> {
    dataset: &'static str,
    session_id: &'a str,
    domain: &'static str,
    task_id: &'static str,
    task_group: &'static str,
    run_id: &'a str,
    agent: &'a str,
    model: &'static str,
    trial: u32,
    team: &'static str,
    principal: &'static str,
    created_at: String,
    outcome: Option<Value>,
    record: Value,
}

/// Returns the session's line.
pub(super) fn line(script: &Script, dice: &mut Dice) -> serde_json::Result<String> {
    let mut messages = vec![json!({"role": "system", "content": script.system})];
    // What the agent says just before a call goes into the message that makes the call.
    let mut said: Option<&str> = None;
    let mut turns = script.turns.iter().peekable();
    while let Some(turn) = turns.next() {
        let at = stamp(turn.at);
        match &turn.body {
            Body::User(text) => messages.push(json!({"role": "user", "content": text, "timestamp": at})),
            Body::Say(text) => {
                if turns.peek().is_some_and(|next| matches!(next.body, Body::Call { .. })) {
                    said = Some(text);
                } else {
                    messages.push(json!({"role": "assistant", "content": text, "timestamp": at}));
                }
            }
            Body::Call { tool, input, reply, answered } => {
                let id = dice.tag("call_", 20);
                let function = json!({"name": tool, "arguments": sorted(input.clone()).to_string()});
                messages.push(json!({
                    "role": "assistant", "content": said.take(), "timestamp": at,
                    "tool_calls": [{"id": id, "type": "function", "function": function}],
                }));
                messages.push(json!({
                    "role": "tool", "tool_call_id": id, "name": tool, "content": answer(reply),
                    "timestamp": stamp(*answered),
                }));
            }
        }
    }
    let list = if script.domain == "medical" { "traj" } else { "messages" };
    let envelope = Envelope {
        dataset: "somnium-examples",
        session_id: &script.id,
        domain: script.domain,
        task_id: script.task,
        task_group: script.group,
        run_id: &script.agent,
        agent: &script.agent,
        model: MODEL,
        trial: script.trial,
        team: script.team,
        principal: script.principal,
        created_at: script.turns.first().map(|turn| stamp(turn.at)).unwrap_or_default(),
        outcome: script
            .success
            .map(|success| json!({"reward": if success { 1.0 } else { 0.0 }, "success": success})),
        record: sorted(json!({ list: messages })),
    };
    serde_json::to_string(&envelope).map(|line| line + "\n")
}

/// Chat messages have no mark for errors: the text is all there is.
fn answer(reply: &Reply) -> String {
    match reply {
        Reply::Ok(text) | Reply::Error(text) => text.clone(),
        Reply::Refused(words) => format!("Error: a person refused this call and said: {words}"),
    }
}
