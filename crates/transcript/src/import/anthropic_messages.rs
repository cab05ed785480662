//! Anthropic Messages: typed content blocks, tools that the provider runs, reasoning.
//!
//! ```json
//! {"model": "…", "system": "…", "messages": [
//!   {"role": "user", "content": "…"},
//!   {"role": "assistant", "content": [{"type": "tool_use", "id": "…", "name": "…", "input": {}}]},
//!   {"role": "user", "content": [{"type": "tool_result", "tool_use_id": "…", "is_error": true, "content": "…"}]}]}
//! ```

use serde_json::{Value, json};
use somnium_types::{Actor, Status};

use super::conversation::{self, Answer, Conversation};
use super::exchange::{Api, ApiImporter};
use crate::content::{self, str_at};
use crate::json::Json;

/// Everything that the Messages API leaves behind.
pub(super) const ANTHROPIC_MESSAGES: ApiImporter = ApiImporter {
    name: "anthropic-messages",
    title: "Anthropic Messages",
    api: Api::AnthropicMessages,
    read,
};

fn read(conversation: &mut Conversation, request: &Json, response: &Json) {
    let merged;
    let response = match response {
        Json::Array(events) => {
            merged = Json::from(merge(events));
            &merged
        }
        response => response,
    };
    let id = ["session_id", "conversation_id"].iter().find_map(|key| str_at(request, key));
    let transcript = &mut conversation.transcript;
    transcript.id = id.unwrap_or_default().into();
    transcript.model = str_at(response, "model").or_else(|| str_at(request, "model")).map(str::to_owned);
    if let Some(system) = request.get("system") {
        conversation.system(content::text(system));
    }
    let list = match request {
        Json::Array(list) => Some(list.as_ref()),
        request => request.get("messages").and_then(Json::as_array),
    };
    for message in list.into_iter().flatten() {
        push(conversation, message);
    }
    if str_at(response, "role").is_some() {
        push(conversation, response);
    }
    conversation.spend(response.get("usage").map(conversation::usage).unwrap_or_default());
}

/// Appends the events of one message.
fn push(conversation: &mut Conversation, message: &Json) {
    let role = str_at(message, "role").unwrap_or_default();
    match message.get("content") {
        Some(Json::Array(blocks)) => blocks.iter().for_each(|block| push_block(conversation, role, block)),
        Some(other) => say(conversation, role, content::text(other)),
        None => {}
    }
}

fn say(conversation: &mut Conversation, role: &str, text: String) {
    match role {
        "assistant" => conversation.assistant(text),
        "system" => conversation.system(text),
        _ => conversation.user(text),
    }
}

fn push_block(conversation: &mut Conversation, role: &str, block: &Json) {
    let kind = str_at(block, "type").unwrap_or_default();
    match kind {
        "thinking" => conversation.thinking(str_at(block, "thinking").unwrap_or_default()),
        // Encrypted: there is nothing to read.
        "redacted_thinking" => {}
        _ if kind == "tool_use" || kind.ends_with("_tool_use") => {
            let name = str_at(block, "name").unwrap_or_default();
            let tool = match str_at(block, "server_name") {
                Some(server) => format!("mcp__{server}__{name}"),
                None => name.to_owned(),
            };
            let input = content::arguments(block.get("input").unwrap_or(&Json::Null));
            conversation.call(str_at(block, "id"), &tool, input, Actor::Agent);
        }
        _ if kind == "tool_result" || kind.ends_with("_tool_result") => push_result(conversation, block),
        _ => say(conversation, role, content::text(block)),
    }
}

fn push_result(conversation: &mut Conversation, block: &Json) {
    let null = Json::Null;
    let content = block.get("content").unwrap_or(&null);
    let failed = str_at(content, "type").is_some_and(|kind| kind.ends_with("_tool_result_error"));
    let exit_code = content.get("return_code").and_then(Json::as_i64).and_then(|code| code.try_into().ok());
    let status = match block.get("is_error").and_then(Json::as_bool) {
        Some(true) => Status::Error,
        _ if failed => Status::Error,
        Some(false) => Status::Ok,
        None if exit_code.is_some() => {
            if exit_code == Some(0) {
                Status::Ok
            } else {
                Status::Error
            }
        }
        // The result of a tool that the provider runs is an error block or it worked.
        None if content.is_object() => Status::Ok,
        None => Status::Unknown,
    };
    let answer =
        Answer { id: str_at(block, "tool_use_id"), status: Some(status), exit_code, ..Answer::default() };
    conversation.result(answer, result_text(content));
}

/// Returns the text of a result: plain content blocks, or the objects that the provider's own tools return.
fn result_text(content: &Json) -> String {
    match content {
        Json::Array(items) => {
            let texts: Vec<String> = items.iter().map(result_text).filter(|text| !text.is_empty()).collect();
            texts.join("\n")
        }
        Json::Object(_) => {
            let keys = ["error_code", "error_message", "stdout", "stderr", "title", "url"];
            let mut texts: Vec<String> =
                keys.iter().filter_map(|key| str_at(content, key)).map(str::to_owned).collect();
            if let Some(inner @ (Json::Object(_) | Json::Array(_))) = content.get("content") {
                texts.push(result_text(inner));
            } else if let Some(data) = content.pointer("/source/data").and_then(Json::as_str) {
                texts.push(data.to_owned());
            }
            texts.retain(|text| !text.trim().is_empty());
            if texts.is_empty() { content::text(content) } else { texts.join("\n") }
        }
        other => content::text(other),
    }
}

/// Puts the events of a streamed response together.
fn merge(events: &[Json<'_>]) -> Value {
    let events: Vec<Value> = events.iter().map(Json::to_value).collect();
    let mut message = json!({});
    let mut blocks: Vec<Value> = Vec::new();
    for event in &events {
        match str_at(event, "type") {
            Some("message_start") => {
                message =
                    event.get("message").filter(|message| message.is_object()).cloned().unwrap_or(message);
            }
            Some("content_block_start") => {
                blocks.push(event.get("content_block").cloned().unwrap_or_default());
            }
            Some("content_block_delta") => {
                if let (Some(block), Some(delta)) = (blocks.last_mut(), event.get("delta")) {
                    extend(block, delta);
                }
            }
            Some("message_delta") => {
                if let (Some(Value::Object(total)), Some(Value::Object(last))) =
                    (message.get_mut("usage"), event.get("usage"))
                {
                    total.extend(last.clone());
                }
            }
            _ => {}
        }
    }
    message["content"] = blocks.into();
    message
}

/// Adds one piece to the block that is being streamed. Arguments stay text until they are complete.
fn extend(block: &mut Value, delta: &Value) {
    let Value::Object(block) = block else { return };
    for (from, to) in [("text", "text"), ("thinking", "thinking"), ("partial_json", "input")] {
        let Some(piece) = str_at(delta, from) else { continue };
        match block.entry(to).or_insert(Value::Null) {
            Value::String(text) => text.push_str(piece),
            other => *other = piece.into(),
        }
    }
}
