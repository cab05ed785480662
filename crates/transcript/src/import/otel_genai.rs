//! OpenTelemetry spans with the GenAI conventions (`gen_ai.*`), in their three generations: messages as JSON
//! attributes with parts, messages as span events, and messages as numbered attributes.
//!
//! ```json
//! {"name": "chat m", "context": {"trace_id": "…", "span_id": "…"}, "attributes": {
//!   "gen_ai.operation.name": "chat", "gen_ai.request.model": "m",
//!   "gen_ai.input.messages": "[{\"role\": \"user\", \"parts\": [{\"type\": \"text\", \"content\": \"…\"}]}]"}}
//! ```

use serde_json::{Map, Value, json};
use somnium_types::Usage;

use super::span_session::{self, Dialect, Keys, Kind, ToolUse};
use super::spans::{Attributes, Span, list, may_hold_spans, spans};
use super::{Document, Importer, Layout, Sink, openinference};
use crate::content::{self, str_at};
use crate::json::Json;

pub(super) struct OtelGenAi;

impl Importer for OtelGenAi {
    fn name(&self) -> &'static str {
        "otel-genai"
    }

    fn title(&self) -> &'static str {
        "OpenTelemetry GenAI spans"
    }

    fn layout(&self) -> Layout {
        Layout::Running
    }

    fn sniff(&self, sample: &[&Json<'_>]) -> bool {
        let documents = sample.iter().filter(|document| may_hold_spans(document));
        let all: Vec<Span> = documents.flat_map(|document| spans(&document.to_value())).collect();
        all.iter().any(is_genai) && !all.iter().any(openinference::is_openinference)
    }

    fn import(&self, documents: &mut dyn Iterator<Item = Document<'_>>, sink: &mut Sink) {
        span_session::import(self, documents, sink);
    }
}

fn is_genai(span: &Span) -> bool {
    span.has("gen_ai.") || span.events.iter().any(|(name, _)| name.starts_with("gen_ai."))
}

impl Dialect for OtelGenAi {
    fn kind(&self, span: &Span) -> Kind {
        match span.text(&["gen_ai.operation.name"]) {
            Some("execute_tool") => Kind::Tool,
            Some("invoke_agent" | "create_agent" | "invoke_workflow") => Kind::Agent,
            Some("embeddings" | "retrieval") => Kind::Other,
            Some(_) => Kind::Model,
            None if span.attributes.contains_key("gen_ai.tool.name") => Kind::Tool,
            None if span.text(&["gen_ai.request.model", "gen_ai.response.model"]).is_some() => Kind::Model,
            None => Kind::Other,
        }
    }

    fn input(&self, span: &Span) -> Vec<Value> {
        let mut found = Vec::new();
        if let Some(system) = find(span, "gen_ai.system_instructions") {
            found.push(json!({"role": "system", "content": part_text(&system)}));
        }
        if let Some(Value::Array(messages)) = find(span, "gen_ai.input.messages") {
            found.extend(messages.iter().flat_map(chat));
            return found;
        }
        for (name, attributes) in &span.events {
            let role = name.strip_prefix("gen_ai.").and_then(|name| name.strip_suffix(".message"));
            found.extend(role.map(|role| event_message(role, attributes)));
        }
        if found.is_empty() {
            found.extend(list(&span.attributes, "gen_ai.prompt").iter().flat_map(chat));
        }
        found
    }

    fn output(&self, span: &Span) -> Vec<Value> {
        if let Some(Value::Array(messages)) = find(span, "gen_ai.output.messages") {
            return messages.iter().flat_map(chat).collect();
        }
        let choices = span.events.iter().filter(|(name, _)| name == "gen_ai.choice");
        let choices: Vec<Value> = choices.map(|(_, fields)| event_message("assistant", fields)).collect();
        if !choices.is_empty() {
            return choices;
        }
        let Some(raw) = span.attributes.get("gen_ai.output") else {
            return list(&span.attributes, "gen_ai.completion").iter().flat_map(chat).collect();
        };
        match find(span, "gen_ai.output") {
            // A list of calls, as one family of exporters writes it.
            Some(Value::Array(calls)) if calls.iter().all(|call| call.get("tool.name").is_some()) => {
                let call = |call: &Value| json!({"function": {"name": call["tool.name"], "arguments": call["tool.args"]}});
                let calls: Vec<Value> = calls.iter().map(call).collect();
                vec![json!({"role": "assistant", "tool_calls": calls})]
            }
            _ => vec![json!({"role": "assistant", "content": plain(raw)})],
        }
    }

    fn tool(&self, span: &Span) -> ToolUse {
        let of = |keys: &[&str]| keys.iter().find_map(|key| span.attributes.get(*key)).cloned();
        let output =
            match of(&["gen_ai.tool.call.result", "gen_ai.tool.message", "gen_ai.output", "output.value"]) {
                None | Some(Value::Null) => String::new(),
                Some(Value::String(text)) => text,
                Some(other) => other.to_string(),
            };
        let arguments =
            of(&["gen_ai.tool.call.arguments", "gen_ai.tool.args", "gen_ai.tool.arguments", "input.value"]);
        ToolUse {
            id: span.text(&["gen_ai.tool.call.id"]).map(str::to_owned),
            name: span.text(&["gen_ai.tool.name"]).unwrap_or(&span.name).to_owned(),
            input: content::arguments(&arguments.unwrap_or_default().into()),
            output,
        }
    }

    fn usage(&self, span: &Span) -> Usage {
        let read = &["gen_ai.usage.cache_read.input_tokens", "gen_ai.usage.cache_read_input_tokens"];
        let write = &["gen_ai.usage.cache_creation.input_tokens", "gen_ai.usage.cache_creation_input_tokens"];
        Usage {
            input_tokens: span.count(&["gen_ai.usage.input_tokens", "gen_ai.usage.prompt_tokens"]),
            output_tokens: span.count(&["gen_ai.usage.output_tokens", "gen_ai.usage.completion_tokens"]),
            cache_creation_input_tokens: span.count(write),
            cache_read_input_tokens: span.count(read),
        }
    }

    fn keys(&self) -> Keys {
        Keys {
            model: &["gen_ai.response.model", "gen_ai.request.model"],
            conversation: &["gen_ai.conversation.id", "session.id"],
            agent: &["gen_ai.agent.name"],
            user: &["enduser.id", "user.id"],
        }
    }
}

/// Returns a value of the span or of one of its events, out of JSON text where it is that.
fn find(span: &Span, key: &str) -> Option<Value> {
    let events = span.events.iter().map(|(_, attributes)| attributes);
    let value = std::iter::once(&span.attributes).chain(events).find_map(|attributes| attributes.get(key))?;
    match value {
        Value::Null => None,
        Value::String(text) => Some(serde_json::from_str(text).unwrap_or_else(|_| value.clone())),
        other => Some(other.clone()),
    }
}

/// Returns the chat messages behind one message with parts: results of tools become messages of their own.
fn chat(message: &Value) -> Vec<Value> {
    let role = match str_at(message, "role").unwrap_or("user") {
        "model" => "assistant",
        role => role,
    };
    let Some(parts) = message.get("parts").and_then(Value::as_array) else {
        let Value::Object(mut message) = message.clone() else { return Vec::new() };
        message.insert("role".to_owned(), role.into());
        return vec![Value::Object(message)];
    };
    let (mut said, mut thought, mut calls, mut results) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
    for part in parts {
        match str_at(part, "type").unwrap_or("text") {
            "tool_call" => {
                let arguments = part.get("arguments").unwrap_or(&Value::Null);
                calls.push(
                    json!({"id": part["id"], "function": {"name": part["name"], "arguments": arguments}}),
                );
            }
            "tool_call_response" => {
                let answer = part.get("response").or_else(|| part.get("result")).unwrap_or(&Value::Null);
                results.push(json!({"role": "tool", "tool_call_id": part["id"], "content": plain(answer)}));
            }
            "reasoning" | "thinking" => thought.push(part_text(part)),
            _ => said.push(part_text(part)),
        }
    }
    let mut found = results;
    if !(said.is_empty() && thought.is_empty() && calls.is_empty()) {
        found.push(json!({"role": role, "content": said.join("\n"), "reasoning_content": thought.join("\n"), "tool_calls": calls}));
    }
    found
}

fn part_text(part: &Value) -> String {
    match part {
        Value::Array(parts) => parts.iter().map(part_text).collect::<Vec<_>>().join("\n"),
        other => content::text(&other.into()),
    }
}

fn plain(value: &Value) -> Value {
    match value {
        Value::String(_) | Value::Null => value.clone(),
        other => other.to_string().into(),
    }
}

/// Returns the message that a span event holds: its fields lie flat, or in a `message`, maybe as JSON text.
fn event_message(role: &str, attributes: &Attributes) -> Value {
    let mut fields = Map::new();
    for (key, value) in attributes {
        let value = match value {
            Value::String(text) if text.starts_with(['{', '[']) && key != "content" => {
                serde_json::from_str(text).unwrap_or_else(|_| value.clone())
            }
            value => value.clone(),
        };
        match (key.as_str(), value) {
            ("message" | "gen_ai.event.content" | "event.body", Value::Object(inner)) => fields.extend(inner),
            ("id", value) if role == "tool" => {
                fields.insert("tool_call_id".to_owned(), value);
            }
            (key, value) => {
                let key = key.strip_prefix("message.").unwrap_or(key);
                fields.insert(key.to_owned(), value);
            }
        }
    }
    let inner = fields.get("message").and_then(Value::as_object).cloned();
    fields.extend(inner.unwrap_or_default());
    fields.entry("role").or_insert_with(|| role.into());
    Value::Object(fields)
}
