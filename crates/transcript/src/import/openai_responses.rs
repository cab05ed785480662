//! OpenAI Responses: a flat list of items, some of which are calls of tools that the provider runs itself.
//!
//! ```json
//! {"model": "…", "instructions": "…", "input": [
//!   {"role": "user", "content": "…"},
//!   {"type": "reasoning", "summary": [{"type": "summary_text", "text": "…"}]},
//!   {"type": "function_call", "call_id": "…", "name": "…", "arguments": "{}"},
//!   {"type": "function_call_output", "call_id": "…", "output": "…"}]}
//! ```

use serde_json::{Map, Value};
use somnium_types::{Actor, Status};

use super::conversation::{self, Answer, Conversation};
use super::exchange::{Api, ApiImporter};
use crate::content::{self, str_at};
use crate::json::Json;

/// Everything that the Responses API leaves behind.
pub(super) const OPENAI_RESPONSES: ApiImporter =
    ApiImporter { name: "openai-responses", title: "OpenAI Responses", api: Api::OpenAiResponses, read };

fn read(conversation: &mut Conversation, request: &Json, response: &Json) {
    let merged;
    let response = match response {
        Json::Array(events) => {
            merged = Json::from(merge(events));
            &merged
        }
        response => response,
    };
    let transcript = &mut conversation.transcript;
    let id = ["conversation", "session_id"].iter().find_map(|key| str_at(request, key));
    transcript.id = id.unwrap_or_default().into();
    transcript.model = str_at(response, "model").or_else(|| str_at(request, "model")).map(str::to_owned);
    let instructions = str_at(request, "instructions").or_else(|| str_at(response, "instructions"));
    conversation.system(instructions.unwrap_or_default());
    match (request, request.get("input")) {
        (Json::Array(items), _) | (_, Some(Json::Array(items))) => {
            items.iter().for_each(|item| push(conversation, item));
        }
        (_, Some(Json::String(text))) => conversation.user(text),
        _ => {}
    }
    conversation.at = response.get("created_at").and_then(content::time);
    for item in response.get("output").and_then(Json::as_array).into_iter().flatten() {
        push(conversation, item);
    }
    conversation.spend(response.get("usage").map(conversation::usage).unwrap_or_default());
}

/// Appends the events of one item.
fn push(conversation: &mut Conversation, item: &Json) {
    let null = Json::Null;
    let field = |key: &str| item.get(key).unwrap_or(&null);
    let id = str_at(item, "call_id").or_else(|| str_at(item, "id"));
    match str_at(item, "type").unwrap_or("message") {
        "message" => {
            let text = message_text(field("content"));
            match str_at(item, "role").unwrap_or_default() {
                "assistant" => conversation.assistant(text),
                "system" | "developer" => conversation.system(text),
                _ => conversation.user(text),
            }
        }
        "reasoning" => {
            let full = content::text(field("content"));
            let text = if full.is_empty() { content::text(field("summary")) } else { full };
            conversation.thinking(text);
        }
        kind if kind.ends_with("_call_output") => {
            let answer = Answer { id, status: status(item), ..Answer::default() };
            conversation.result(answer, output_text(field("output")));
        }
        "function_call" => {
            let name = str_at(item, "name").unwrap_or_default();
            conversation.call(id, name, content::arguments(field("arguments")), Actor::Agent);
        }
        "custom_tool_call" => {
            let name = str_at(item, "name").unwrap_or_default();
            conversation.call(id, name, field("input").to_value(), Actor::Agent);
        }
        "mcp_call" => {
            let (server, name) = (str_at(item, "server_label"), str_at(item, "name").unwrap_or_default());
            let tool = format!("mcp__{}__{name}", server.unwrap_or_default());
            conversation.call(id, &tool, content::arguments(field("arguments")), Actor::Agent);
            let failed = !field("error").is_null();
            let text = output_text(field(if failed { "error" } else { "output" }));
            let status = if failed { Some(Status::Error) } else { status(item) };
            conversation.result(Answer { id, status, ..Answer::default() }, text);
        }
        kind if kind.ends_with("_call") => push_hosted(conversation, id, kind, item),
        _ => {}
    }
}

/// Appends a call whose item holds the call, and for tools that the provider runs the result too.
fn push_hosted(conversation: &mut Conversation, id: Option<&str>, kind: &str, item: &Json) {
    let keys = ["action", "code", "queries", "operation"];
    let input: Map<String, Value> =
        keys.iter().filter_map(|key| Some(((*key).to_owned(), item.get(key)?.to_value()))).collect();
    let tool = kind.trim_end_matches("_call");
    conversation.call(id, tool, Value::Object(input), Actor::Agent);
    // What runs at the client's end (a shell, a computer) is answered by an item of its own.
    if str_at(item, "call_id").is_none() {
        let texts = ["outputs", "results"].map(|key| item.get(key).map(output_text).unwrap_or_default());
        let answer = Answer { id, status: status(item), ..Answer::default() };
        conversation.result(answer, texts.concat());
    }
}

fn status(item: &Json) -> Option<Status> {
    match str_at(item, "status")? {
        "completed" => Some(Status::Ok),
        "failed" => Some(Status::Error),
        "incomplete" => Some(Status::Interrupted),
        _ => None,
    }
}

fn message_text(content: &Json) -> String {
    let refusals = content.as_array().into_iter().flatten().filter_map(|part| str_at(part, "refusal"));
    let refusals: Vec<&str> = refusals.collect();
    if refusals.is_empty() { content::text(content) } else { refusals.join("\n") }
}

fn output_text(output: &Json) -> String {
    match output {
        Json::Null => String::new(),
        Json::String(text) => text.as_ref().to_owned(),
        Json::Array(parts) => {
            let texts: Vec<String> = parts.iter().map(output_text).filter(|text| !text.is_empty()).collect();
            texts.join("\n")
        }
        other => {
            let shown = ["logs", "text", "message", "stdout", "filename", "url"];
            let found = shown.iter().find_map(|key| str_at(other, key)).map(str::to_owned);
            found.unwrap_or_else(|| other.to_string())
        }
    }
}

/// Returns the response that a stream ends with, or the items it got to.
fn merge(events: &[Json<'_>]) -> Value {
    let events: Vec<Value> = events.iter().map(Json::to_value).collect();
    let last = events.iter().rev().find(|event| {
        matches!(
            str_at(event, "type"),
            Some("response.completed" | "response.incomplete" | "response.failed")
        )
    });
    if let Some(response) = last.and_then(|event| event.get("response")) {
        return response.clone();
    }
    let items = events.iter().filter(|event| str_at(event, "type") == Some("response.output_item.done"));
    let items: Vec<Value> = items.filter_map(|event| event.get("item").cloned()).collect();
    let mut response = events.iter().find_map(|event| event.get("response").cloned()).unwrap_or_default();
    if !response.is_object() {
        response = Value::Object(Map::new());
    }
    response["output"] = items.into();
    response
}
