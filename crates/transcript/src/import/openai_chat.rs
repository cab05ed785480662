//! OpenAI chat messages, the lingua franca of chat logs: bare lists, requests, responses, streams,
//! fine-tuning lines, and lists of conversations.
//!
//! ```json
//! {"messages": [{"role": "user", "content": "…"},
//!               {"role": "assistant", "tool_calls": [{"id": "…", "function": {"name": "…", "arguments": "{}"}}]},
//!               {"role": "tool", "tool_call_id": "…", "content": "…"}]}
//! ```
//! The format says nothing about the success of a tool call.

use serde_json::{Map, Value, json};
use somnium_types::{Actor, SystemKind};

use super::conversation::{self, Answer, Conversation};
use super::exchange::{Api, ApiImporter};
use crate::content::{self, str_at};
use crate::json::Json;

/// Everything that the chat API leaves behind.
pub(super) const OPENAI_CHAT: ApiImporter =
    ApiImporter { name: "openai-chat", title: "OpenAI chat messages", api: Api::OpenAiChat, read };

/// Reads a request (or a bare list of messages) and its response.
fn read(conversation: &mut Conversation, request: &Json, response: &Json) {
    let merged;
    let response = match response {
        Json::Array(chunks) => {
            merged = Json::from(merge(chunks));
            &merged
        }
        response => response,
    };
    let transcript = &mut conversation.transcript;
    let id = ["session_id", "conversation_id", "thread_id", "id"].iter().find_map(|key| str_at(request, key));
    transcript.id = id.unwrap_or_default().into();
    transcript.model = str_at(response, "model").or_else(|| str_at(request, "model")).map(str::to_owned);
    let list = match request {
        Json::Array(list) => Some(list.as_ref()),
        _ => request.get("messages").or_else(|| request.get("traj")).and_then(Json::as_array),
    };
    for message in list.into_iter().flatten() {
        push(conversation, message);
    }
    conversation.at = response.get("created").and_then(content::time);
    // A log may keep the choices beside the messages. Of several alternatives only the first went on.
    for answer in [response, request] {
        if let Some(message) = answer.pointer("/choices/0/message") {
            push(conversation, message);
        }
        if let Some(usage) = answer.get("usage") {
            conversation.spend(conversation::usage(usage));
        }
    }
}

/// Appends the events of one message.
pub(super) fn push(conversation: &mut Conversation, message: &Json) {
    let null = Json::Null;
    let text = content::text(message.get("content").unwrap_or(&null));
    let at = ["timestamp", "created_at"].iter().find_map(|key| content::time(message.get(key)?));
    let before = conversation.at;
    conversation.at = at.or(before);
    match str_at(message, "role").unwrap_or_default() {
        "user" => conversation.user(text),
        "system" | "developer" => conversation.system(text),
        "tool" | "function" => {
            let answer = Answer {
                id: str_at(message, "tool_call_id"),
                tool: str_at(message, "name"),
                ..Answer::default()
            };
            conversation.result(answer, text);
        }
        "assistant" => {
            conversation.thinking(reasoning(message));
            conversation.assistant(text);
            for place in ["/refusal", "/audio/transcript"] {
                let said = message.pointer(place).and_then(Json::as_str);
                conversation.assistant(said.unwrap_or_default());
            }
            for call in message.get("tool_calls").and_then(Json::as_array).into_iter().flatten() {
                push_call(conversation, call);
            }
            if let Some(call @ Json::Object(_)) = message.get("function_call") {
                let name = str_at(call, "name").unwrap_or_default();
                let input = content::arguments(call.get("arguments").unwrap_or(&null));
                conversation.call(None, name, input, Actor::Agent);
            }
        }
        // Roles beside the API's own are a harness's: planners, graders, notes.
        _ => conversation.harness(SystemKind::Meta, text),
    }
    conversation.at = before;
}

fn push_call(conversation: &mut Conversation, call: &Json) {
    let null = Json::Null;
    let function = call.get("function").or_else(|| call.get("custom")).unwrap_or(call);
    let input = function.get("arguments").or_else(|| function.get("input")).unwrap_or(&null);
    let name = str_at(function, "name").unwrap_or_default();
    conversation.call(str_at(call, "id"), name, content::arguments(input), Actor::Agent);
}

/// Returns the reasoning that several providers add to a message, each under a name of its own.
pub(super) fn reasoning(message: &Json) -> String {
    for key in ["reasoning_content", "reasoning", "thinking"] {
        if let Some(text) = str_at(message, key).filter(|text| !text.is_empty()) {
            return text.to_owned();
        }
    }
    let blocks = message.get("thinking_blocks").and_then(Json::as_array).into_iter().flatten();
    let texts: Vec<&str> = blocks.filter_map(|block| str_at(block, "thinking")).collect();
    texts.join("\n")
}

/// Puts the chunks of a streamed response together.
fn merge(chunks: &[Json<'_>]) -> Value {
    let chunks: Vec<Value> = chunks.iter().map(Json::to_value).collect();
    let mut texts: Map<String, Value> = Map::new();
    let mut calls: Vec<Value> = Vec::new();
    let (mut response, mut function) = (Map::new(), json!({}));
    for chunk in &chunks {
        for key in ["model", "created", "usage"] {
            if let Some(value) = chunk.get(key).filter(|value| !value.is_null()) {
                response.insert(key.to_owned(), value.clone());
            }
        }
        let Some(delta) = chunk.pointer("/choices/0/delta") else { continue };
        for key in ["content", "reasoning_content", "reasoning", "refusal"] {
            append(texts.entry(key).or_insert(Value::Null), delta.get(key));
        }
        for part in delta.get("tool_calls").and_then(Value::as_array).into_iter().flatten() {
            let index = part.get("index").and_then(Value::as_u64);
            let known = |call: &Value| call.get("index").and_then(Value::as_u64) == index;
            let position = calls.iter().position(known).unwrap_or_else(|| {
                calls.push(json!({"index": index, "function": {}}));
                calls.len() - 1
            });
            let Some(call) = calls.get_mut(position) else { continue };
            append(&mut call["id"], part.get("id"));
            append(&mut call["function"]["name"], part.pointer("/function/name"));
            append(&mut call["function"]["arguments"], part.pointer("/function/arguments"));
        }
        if let Some(part) = delta.get("function_call") {
            append(&mut function["name"], part.get("name"));
            append(&mut function["arguments"], part.get("arguments"));
        }
    }
    texts.insert("role".to_owned(), "assistant".into());
    texts.insert("tool_calls".to_owned(), calls.into());
    if function.get("name").is_some_and(Value::is_string) {
        texts.insert("function_call".to_owned(), function);
    }
    response.insert("choices".to_owned(), json!([{"message": texts}]));
    Value::Object(response)
}

/// Appends a piece of streamed text to what has come so far.
fn append(so_far: &mut Value, piece: Option<&Value>) {
    if let Some(Value::String(piece)) = piece {
        match so_far {
            Value::String(text) => text.push_str(piece),
            other => *other = piece.as_str().into(),
        }
    }
}
