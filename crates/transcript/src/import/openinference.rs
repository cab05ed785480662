//! OpenTelemetry spans with the OpenInference conventions (`openinference.span.kind`, `llm.*`): messages as
//! numbered attributes.
//!
//! ```json
//! {"name": "llm", "context": {"trace_id": "…", "span_id": "…"}, "attributes": {
//!   "openinference.span.kind": "LLM", "llm.input_messages.0.message.role": "user",
//!   "llm.input_messages.0.message.content": "…"}}
//! ```

use serde_json::{Value, json};
use somnium_types::Usage;

use super::span_session::{self, Dialect, Keys, Kind, ToolUse};
use super::spans::{Span, list, may_hold_spans, spans};
use super::{Document, Importer, Layout, Sink};
use crate::content::{self, str_at};
use crate::json::Json;

pub(super) struct OpenInference;

impl Importer for OpenInference {
    fn name(&self) -> &'static str {
        "openinference"
    }

    fn title(&self) -> &'static str {
        "OpenInference spans"
    }

    fn layout(&self) -> Layout {
        Layout::Running
    }

    fn sniff(&self, sample: &[&Json<'_>]) -> bool {
        let mut documents = sample.iter().filter(|document| may_hold_spans(document));
        documents.any(|document| spans(&document.to_value()).iter().any(is_openinference))
    }

    fn import(&self, documents: &mut dyn Iterator<Item = Document<'_>>, sink: &mut Sink) {
        span_session::import(self, documents, sink);
    }
}

/// Returns whether a span has an attribute that only this convention knows.
pub(super) fn is_openinference(span: &Span) -> bool {
    span.attributes.contains_key("openinference.span.kind")
        || span.has("llm.input_messages.")
        || span.has("llm.output_messages.")
}

impl Dialect for OpenInference {
    fn kind(&self, span: &Span) -> Kind {
        match span.text(&["openinference.span.kind"]).map(str::to_ascii_uppercase).as_deref() {
            Some("LLM") => Kind::Model,
            Some("TOOL") => Kind::Tool,
            Some("AGENT") => Kind::Agent,
            None if span.has("llm.input_messages.") => Kind::Model,
            _ => Kind::Other,
        }
    }

    fn input(&self, span: &Span) -> Vec<Value> {
        messages(span, "llm.input_messages", "input.value", "user")
    }

    fn output(&self, span: &Span) -> Vec<Value> {
        let messages = messages(span, "llm.output_messages", "output.value", "assistant");
        // Some exporters drop the arguments of calls here but keep the message itself.
        let complete =
            |message: &Value| {
                message.get("tool_calls").and_then(Value::as_array).into_iter().flatten().all(|call| {
                    call.pointer("/function/arguments").is_some_and(|arguments| !arguments.is_null())
                })
            };
        if messages.iter().all(complete) {
            return messages;
        }
        let raw = span.attributes.get("output.value").map(recorded).unwrap_or_default();
        if raw.is_empty() { messages } else { raw }
    }

    fn tool(&self, span: &Span) -> ToolUse {
        let value = |key: &str| span.attributes.get(key).unwrap_or(&Value::Null);
        let mut input = content::arguments(&value("input.value").into());
        // What a Python call was given, as a tracer writes it down.
        if input.get("args").is_some_and(|args| args.as_array().is_some_and(Vec::is_empty))
            && let Some(named @ Value::Object(_)) = input.get("kwargs")
        {
            input = named.clone();
        }
        ToolUse {
            id: span.text(&["tool_call.id", "tool.call_id", "tool.id"]).map(str::to_owned),
            name: span.text(&["tool.name", "tool_call.function.name"]).unwrap_or(&span.name).to_owned(),
            input,
            output: match value("output.value") {
                Value::Null => String::new(),
                Value::String(text) => text.clone(),
                other => other.to_string(),
            },
        }
    }

    fn usage(&self, span: &Span) -> Usage {
        let read = span.count(&["llm.token_count.prompt_details.cache_read"]);
        Usage {
            input_tokens: span.count(&["llm.token_count.prompt"]).saturating_sub(read),
            output_tokens: span.count(&["llm.token_count.completion"]),
            cache_creation_input_tokens: span.count(&["llm.token_count.prompt_details.cache_write"]),
            cache_read_input_tokens: read,
        }
    }

    fn keys(&self) -> Keys {
        Keys {
            model: &["llm.model_name"],
            conversation: &["session.id"],
            agent: &["agent.name"],
            user: &["user.id"],
        }
    }
}

/// Returns the messages of one side: the numbered attributes, else what was recorded as a whole.
fn messages(span: &Span, prefix: &str, whole: &str, role: &str) -> Vec<Value> {
    let numbered: Vec<Value> = list(&span.attributes, prefix).iter().map(chat).collect();
    if !numbered.is_empty() {
        return numbered;
    }
    let Some(value) = span.attributes.get(whole) else { return Vec::new() };
    let found = recorded(value);
    let is_text = span.text(&[&whole.replace("value", "mime_type")]).is_none_or(|kind| kind == "text/plain");
    match value {
        Value::String(text) if found.is_empty() && is_text && !text.is_empty() => {
            vec![json!({"role": role, "content": text})]
        }
        _ => found,
    }
}

/// Returns the messages inside the recorded arguments or result of a client's call.
fn recorded(value: &Value) -> Vec<Value> {
    let parsed;
    let value = match value {
        Value::String(text) => match serde_json::from_str::<Value>(text) {
            Ok(value) => {
                parsed = value;
                &parsed
            }
            Err(_) => return Vec::new(),
        },
        value => value,
    };
    let is_message = |value: &Value| str_at(value, "role").is_some();
    let places = [Some(value), value.get("messages"), value.pointer("/args/0"), value.get("message")];
    for place in places.into_iter().flatten() {
        match place {
            Value::Array(list) if !list.is_empty() && list.iter().all(is_message) => return list.clone(),
            message @ Value::Object(_) if is_message(message) => return vec![message.clone()],
            _ => {}
        }
    }
    Vec::new()
}

/// Returns the chat message behind one unfolded `message`.
fn chat(entry: &Value) -> Value {
    let mut message = entry.get("message").unwrap_or(entry).clone();
    let contents = message.get("contents").and_then(Value::as_array).map(|contents| {
        contents.iter().map(|part| part.get("message_content").unwrap_or(part).clone()).collect::<Vec<_>>()
    });
    let calls = message.get("tool_calls").and_then(Value::as_array).map(|calls| {
        calls.iter().map(|call| call.get("tool_call").unwrap_or(call).clone()).collect::<Vec<_>>()
    });
    let function = str_at(&message, "function_call_name")
        .map(|name| json!({"name": name, "arguments": message.get("function_call_arguments_json")}));
    let Value::Object(fields) = &mut message else { return message };
    if let Some(contents) = contents {
        fields.entry("content").or_insert(contents.into());
    }
    if let Some(calls) = calls {
        fields.insert("tool_calls".to_owned(), calls.into());
    }
    if let Some(function) = function {
        fields.insert("function_call".to_owned(), function);
    }
    message
}
