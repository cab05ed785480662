//! Managed Agents: the session object, and beside it the list of its events. The fleet's own tools are custom
//! tools, whose results the client sends; the shell and the web are the agent's.

use serde_json::{Value, json};

use super::{MODEL, sorted, stamp, tokens};
use crate::fleet::dice::Dice;
use crate::fleet::script::{Body, Millis, Reply, Script};

/// Tools that the agent runs itself.
const BUILT_IN: &[&str] = &["bash", "web_fetch"];

/// Returns the session's file.
pub(super) fn document(script: &Script, dice: &mut Dice) -> String {
    let outcome = dice.tag("outc_", 20);
    let mut events = Events { dice, list: Vec::new(), input: tokens(script.system), output: 0 };
    let start = script.turns.first().map_or(0, |turn| turn.at);
    let end = script.turns.last().map_or(start, |turn| turn.at) + 2_000;
    let judged = script.success.is_some();
    if judged {
        events.push(
            "user.define_outcome",
            start,
            json!({
                "outcome_id": outcome, "description": goal(script.domain), "max_iterations": 1,
                "rubric": {"type": "text", "content": rubric(script.domain)},
            }),
        );
    }
    for (index, turn) in script.turns.iter().enumerate() {
        match &turn.body {
            Body::User(text) => {
                if index > 0 {
                    events.idle(turn.at - 1_000);
                }
                events.text("user.message", turn.at, text);
                events.push("session.status_running", turn.at + 1, json!({}));
            }
            Body::Say(text) => events.text("agent.message", turn.at, text),
            Body::Call { tool, input, reply, answered } => {
                events.call(turn.at, tool, input);
                events.answer(*answered, tool, reply);
            }
        }
    }
    if let Some(success) = script.success {
        events.judge(end, &outcome, success, script.verdict);
    }
    events.idle(end + 9_000);
    let session = session(script, &outcome, start, end, events.usage());
    // One event a line: easy to read, and to compare.
    let events: Vec<String> = events.list.into_iter().map(|event| sorted(event).to_string()).collect();
    format!(
        "{{\"session\":{},\n\"data\":[\n{}\n],\n\"next_page\":null}}\n",
        sorted(session),
        events.join(",\n")
    )
}

fn goal(domain: &str) -> &'static str {
    if domain == "medical" {
        "A complete chronology, submitted"
    } else {
        "The marked-up contract is with the client"
    }
}

fn rubric(domain: &str) -> &'static str {
    if domain == "medical" {
        "- every dated event of the documents is in the chronology\n- the form accepted it"
    } else {
        "- the clause named in the request is redlined\n- the client received the exported file"
    }
}

fn result(success: bool) -> &'static str {
    if success { "satisfied" } else { "max_iterations_reached" }
}

fn session(script: &Script, outcome: &str, start: Millis, end: Millis, usage: Value) -> Value {
    let evaluations = script.success.map(|success| {
        json!({
            "type": "outcome_evaluation", "outcome_id": outcome, "description": goal(script.domain),
            "iteration": 0, "result": result(success), "explanation": script.verdict,
            "completed_at": stamp(end + 8_000),
        })
    });
    json!({
        "id": script.id, "type": "session", "status": "idle", "title": format!("{} {}", script.task, script.group),
        "agent": {
            "id": format!("agent_{}", script.agent), "type": "agent", "version": 1, "name": script.agent,
            "description": null, "model": {"id": MODEL, "effort": {"type": "high"}}, "system": script.system,
            "tools": [], "mcp_servers": [], "skills": [], "multiagent": null,
        },
        "environment_id": format!("env_{}", script.team), "deployment_id": null, "vault_ids": [], "resources": [],
        "metadata": {
            "domain": script.domain, "task_id": script.task, "task_group": script.group,
            "trial": script.trial.to_string(), "principal": script.principal, "team": script.team,
        },
        "budget": null, "outcome_evaluations": Vec::from_iter(evaluations), "usage": usage,
        "created_at": stamp(start), "updated_at": stamp(end + 9_000), "archived_at": null,
    })
}

struct Events<'a> {
    dice: &'a mut Dice,
    list: Vec<Value>,
    input: u64,
    output: u64,
}

impl Events<'_> {
    /// Appends an event and returns its id.
    fn push(&mut self, kind: &str, at: Millis, mut fields: Value) -> String {
        let id = self.dice.tag("sevt_01", 20);
        fields["id"] = json!(id);
        fields["type"] = json!(kind);
        fields["processed_at"] = json!(stamp(at));
        self.list.push(fields);
        id
    }

    fn text(&mut self, kind: &str, at: Millis, text: &str) {
        if kind == "user.message" {
            self.input += tokens(text);
        } else {
            self.output += tokens(text);
        }
        self.push(kind, at, json!({"content": [{"type": "text", "text": text}]}));
    }

    fn call(&mut self, at: Millis, tool: &str, input: &Value) {
        self.output += tokens(&input.to_string());
        let mut fields = json!({"name": tool, "input": input});
        if BUILT_IN.contains(&tool) {
            fields["evaluated_permission"] = json!("allow");
            self.push("agent.tool_use", at, fields);
        } else {
            self.push("agent.custom_tool_use", at, fields);
        }
    }

    /// Appends the answer to the event before.
    fn answer(&mut self, at: Millis, tool: &str, reply: &Reply) {
        let (text, failed) = match reply {
            Reply::Ok(text) => (text.clone(), false),
            Reply::Error(text) => (text.clone(), true),
            Reply::Refused(words) => (format!("Error: the call was refused: {words}"), true),
        };
        self.input += tokens(&text);
        let call = self.list.last().map(|event| event["id"].clone()).unwrap_or_default();
        let content = if text.is_empty() { json!([]) } else { json!([{"type": "text", "text": text}]) };
        let (kind, key) = if BUILT_IN.contains(&tool) {
            ("agent.tool_result", "tool_use_id")
        } else {
            ("user.custom_tool_result", "custom_tool_use_id")
        };
        self.push(kind, at, json!({key: call, "content": content, "is_error": failed}));
    }

    fn judge(&mut self, at: Millis, outcome: &str, success: bool, verdict: &str) {
        let fields = json!({"outcome_id": outcome, "iteration": 0});
        let start = self.push("span.outcome_evaluation_start", at, fields);
        self.push(
            "span.outcome_evaluation_end",
            at + 8_000,
            json!({
                "outcome_evaluation_start_id": start, "outcome_id": outcome, "iteration": 0,
                "result": result(success), "explanation": verdict,
                "usage": {
                    "input_tokens": 900, "output_tokens": 60, "cache_creation_input_tokens": 0,
                    "cache_read_input_tokens": 0,
                },
            }),
        );
    }

    fn idle(&mut self, at: Millis) {
        let usage = self.usage();
        self.push("session.usage", at, json!({"usage": usage, "budget": null}));
        self.push(
            "session.status_idle",
            at + 1,
            json!({"stop_reason": {"type": "end_turn"}, "stop_details": null}),
        );
    }

    /// The tokens so far.
    fn usage(&self) -> Value {
        json!({
            "input_tokens": self.input, "output_tokens": self.output, "cache_read_input_tokens": 0,
            "cache_creation": {"ephemeral_5m_input_tokens": 0, "ephemeral_1h_input_tokens": 0},
        })
    }
}
