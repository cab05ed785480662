//! Google generateContent: contents of parts, in camel case (REST) or snake case (SDKs).
//!
//! ```json
//! {"systemInstruction": {"parts": [{"text": "…"}]}, "contents": [
//!   {"role": "user", "parts": [{"text": "…"}]},
//!   {"role": "model", "parts": [{"functionCall": {"name": "…", "args": {}}}]},
//!   {"role": "user", "parts": [{"functionResponse": {"name": "…", "response": {"error": "…"}}}]}]}
//! ```
//! Calls often have no id: a response then answers the oldest open call of that name.

use serde_json::{Map, Value};
use somnium_types::{Actor, Status, Usage};

use super::conversation::{Answer, Conversation};
use super::exchange::{Api, ApiImporter};
use crate::content::{self, str_at};
use crate::json::Json;

/// Everything that the generateContent API leaves behind.
pub(super) const GOOGLE_GENERATE_CONTENT: ApiImporter = ApiImporter {
    name: "google-generate-content",
    title: "Google generateContent",
    api: Api::GoogleGenerateContent,
    read,
};

/// The name that calls of the built-in interpreter get here.
const CODE: &str = "code_execution";

fn read(conversation: &mut Conversation, request: &Json, response: &Json) {
    let merged;
    let response = match response {
        Json::Array(chunks) => {
            merged = Json::from(merge(chunks));
            &merged
        }
        response => response,
    };
    let model = either(response, "modelVersion", "model_version").or_else(|| request.get("model"));
    conversation.transcript.model = model.and_then(Json::as_str).map(str::to_owned);
    if let Some(system) = either(request, "systemInstruction", "system_instruction") {
        conversation.system(match system.get("parts") {
            Some(parts) => content::text(parts),
            None => content::text(system),
        });
    }
    let list = match request {
        Json::Array(list) => Some(list.as_ref()),
        request => request.get("contents").and_then(Json::as_array),
    };
    for content in list.into_iter().flatten() {
        push(conversation, content);
    }
    if let Some(content) = response.pointer("/candidates/0/content") {
        push_parts(conversation, "model", content);
    }
    let counted = either(response, "usageMetadata", "usage_metadata");
    conversation.spend(counted.map(usage).unwrap_or_default());
}

fn either<'a, 't>(value: &'a Json<'t>, camel: &str, snake: &str) -> Option<&'a Json<'t>> {
    value.get(camel).or_else(|| value.get(snake)).filter(|value| !value.is_null())
}

fn usage(value: &Json) -> Usage {
    let count = |camel, snake| either(value, camel, snake).and_then(Json::as_u64).unwrap_or_default();
    let cached = count("cachedContentTokenCount", "cached_content_token_count");
    let tools = count("toolUsePromptTokenCount", "tool_use_prompt_token_count");
    let thoughts = count("thoughtsTokenCount", "thoughts_token_count");
    Usage {
        input_tokens: count("promptTokenCount", "prompt_token_count")
            .saturating_sub(cached)
            .saturating_add(tools),
        output_tokens: count("candidatesTokenCount", "candidates_token_count").saturating_add(thoughts),
        cache_creation_input_tokens: 0,
        cache_read_input_tokens: cached,
    }
}

fn push(conversation: &mut Conversation, content: &Json) {
    push_parts(conversation, str_at(content, "role").unwrap_or("user"), content);
}

fn push_parts(conversation: &mut Conversation, role: &str, content: &Json) {
    for part in content.get("parts").and_then(Json::as_array).into_iter().flatten() {
        push_part(conversation, role, part);
    }
}

fn push_part(conversation: &mut Conversation, role: &str, part: &Json) {
    if let Some(call) = either(part, "functionCall", "function_call") {
        let input = content::arguments(call.get("args").unwrap_or(&Json::Null));
        let name = str_at(call, "name").unwrap_or_default();
        conversation.call(str_at(call, "id"), name, input, Actor::Agent);
    } else if let Some(response) = either(part, "functionResponse", "function_response") {
        push_response(conversation, response);
    } else if let Some(code) = either(part, "executableCode", "executable_code") {
        let input = code.as_object().map_or_else(|| Value::Object(Map::new()), |_| code.to_value());
        conversation.call(str_at(code, "id"), CODE, input, Actor::Agent);
    } else if let Some(result) = either(part, "codeExecutionResult", "code_execution_result") {
        let status = match str_at(result, "outcome") {
            Some("OUTCOME_OK") => Some(Status::Ok),
            Some("OUTCOME_FAILED") => Some(Status::Error),
            Some("OUTCOME_DEADLINE_EXCEEDED") => Some(Status::Interrupted),
            _ => None,
        };
        let answer = Answer { id: str_at(result, "id"), tool: Some(CODE), status, ..Answer::default() };
        conversation.result(answer, str_at(result, "output").unwrap_or_default());
    } else {
        let text = str_at(part, "text").map_or_else(|| named(part), str::to_owned);
        match role {
            "model" if part.get("thought").and_then(Json::as_bool) == Some(true) => {
                conversation.thinking(text);
            }
            "model" => conversation.assistant(text),
            _ => conversation.user(text),
        }
    }
}

/// Returns the name of a part without text, in brackets.
fn named(part: &Json) -> String {
    let kinds = ["inlineData", "inline_data", "fileData", "file_data"];
    kinds.iter().find(|kind| part.get(kind).is_some()).map(|kind| format!("[{kind}]")).unwrap_or_default()
}

/// Appends a function's answer. By the API's definition `error` holds a failure and `output` (or all of the
/// object) the result.
fn push_response(conversation: &mut Conversation, response: &Json) {
    let null = Json::Null;
    let body = response.get("response").unwrap_or(&null);
    let error = body.get("error").filter(|error| !error.is_null());
    let only =
        body.as_object().filter(|map| map.len() == 1).and_then(|map| map.sorted().into_values().next());
    let text = match error.or_else(|| body.get("output")).or(only).unwrap_or(body) {
        Json::String(text) => text.as_ref().to_owned(),
        Json::Null => String::new(),
        other => other.to_string(),
    };
    let answer = Answer {
        id: str_at(response, "id"),
        tool: str_at(response, "name"),
        status: error.map(|_| Status::Error),
        ..Answer::default()
    };
    conversation.result(answer, text);
}

/// Puts the chunks of a streamed response together: texts of the same kind in a row are one.
fn merge(chunks: &[Json<'_>]) -> Value {
    let chunks: Vec<Value> = chunks.iter().map(Json::to_value).collect();
    let mut parts: Vec<Map<String, Value>> = Vec::new();
    let mut response = Map::new();
    for chunk in &chunks {
        for (camel, snake) in [("modelVersion", "model_version"), ("usageMetadata", "usage_metadata")] {
            let value = chunk.get(camel).or_else(|| chunk.get(snake)).filter(|value| !value.is_null());
            if let Some(value) = value {
                response.insert(camel.to_owned(), value.clone());
            }
        }
        let list = chunk.pointer("/candidates/0/content/parts").and_then(Value::as_array);
        for part in list.into_iter().flatten().filter_map(Value::as_object) {
            let more = part.get("text").and_then(Value::as_str);
            if let (Some(more), Some(last)) = (more, parts.last_mut())
                && last.get("thought") == part.get("thought")
                && let Some(Value::String(text)) = last.get_mut("text")
            {
                text.push_str(more);
                continue;
            }
            parts.push(part.clone());
        }
    }
    response.insert("candidates".to_owned(), serde_json::json!([{"content": {"parts": parts}}]));
    Value::Object(response)
}
