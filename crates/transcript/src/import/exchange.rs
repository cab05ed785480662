//! Recorded calls of a model API: pairs of request and response. Also settles, in one place and so
//! exclusively, which of the four APIs a body belongs to.
//!
//! ```json
//! [{"request": {"uri": "https://…/v1/messages", "body": {…}}, "response": {"status": 200, "body": {…}}}]
//! ```
//! A body is JSON, or text that holds JSON or a stream of server-sent events; `{"string": "…"}` around the
//! text is how some recorders write it. The longest conversation of a recording counts as the session.

use std::borrow::Cow;

use somnium_types::{Body, Event, SystemKind, Transcript, Usage};

use super::conversation::Conversation;
use super::{Document, Importer, Layout, Sink};
use crate::content::str_at;
use crate::json::{self, Json};

/// The model APIs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Api {
    /// `POST /v1/chat/completions`
    OpenAiChat,
    /// `POST /v1/responses`
    OpenAiResponses,
    /// `POST /v1/messages`
    AnthropicMessages,
    /// `POST …:generateContent`
    GoogleGenerateContent,
}

/// One call of a model API. A missing body is `null`; a streamed response is the array of its chunks.
struct Exchange<'a> {
    uri: &'a str,
    request: Cow<'a, Json<'a>>,
    response: Cow<'a, Json<'a>>,
}

/// Reads a request and its response into an empty conversation. Either may be `null`.
pub(super) type ReadExchange = fn(&mut Conversation, request: &Json, response: &Json);

/// Reads everything that one of the APIs leaves behind.
pub(super) struct ApiImporter {
    pub(super) name: &'static str,
    pub(super) title: &'static str,
    pub(super) api: Api,
    pub(super) read: ReadExchange,
}

impl Importer for ApiImporter {
    fn name(&self) -> &'static str {
        self.name
    }

    fn title(&self) -> &'static str {
        self.title
    }

    fn layout(&self) -> Layout {
        Layout::Whole
    }

    fn sniff(&self, sample: &[&Json<'_>]) -> bool {
        sample
            .first()
            .is_some_and(|first| api(first).or_else(|| api(several(first)?.first()?)) == Some(self.api))
    }

    fn import(&self, documents: &mut dyn Iterator<Item = Document<'_>>, sink: &mut Sink) {
        for document in documents {
            let list = several(&document.value).unwrap_or(std::slice::from_ref(&document.value));
            for value in list {
                match self.session(value) {
                    Some(transcript) => sink.emit(transcript),
                    None => sink.skip(document.line, "neither a request nor a response of this API"),
                }
            }
        }
    }
}

impl ApiImporter {
    fn session(&self, value: &Json) -> Option<Transcript> {
        if let Some(pairs) = recorded(value) {
            return self.longest(pairs);
        }
        let session = if of_response(value) == Some(self.api) {
            self.read(&Json::Null, value)
        } else if of_request(value) == Some(self.api) {
            // A log of requests often keeps the response in the same object.
            let response = value.get("response").filter(|response| of_response(response) == Some(self.api));
            self.read(value, response.unwrap_or(&Json::Null))
        } else {
            return None;
        };
        Some(session)
    }

    /// Returns the longest conversation of a recording, with the tokens of all its exchanges.
    fn longest(&self, pairs: &[Json]) -> Option<Transcript> {
        let mut read: Vec<(Transcript, Option<String>)> = Vec::new();
        for pair in pairs.iter().map(exchange).filter(|pair| pair.api() == Some(self.api)) {
            let mut transcript = self.read(&pair.request, &pair.response);
            // A request may continue an earlier response by its id instead of repeating it.
            let previous = str_at(&*pair.request, "previous_response_id");
            let earlier = read.iter().find(|(_, id)| previous.is_some() && id.as_deref() == previous);
            if let Some((earlier, _)) = earlier {
                let own = std::mem::replace(&mut transcript.events, earlier.events.clone());
                transcript.events.extend(own);
            }
            read.push((transcript, str_at(&*pair.response, "id").map(str::to_owned)));
        }
        let (longest, _) = read.iter().max_by_key(|(transcript, _)| transcript.events.len())?;
        let mut session = longest.clone();
        session.usage = Usage::default();
        for (transcript, _) in &read {
            if opening(transcript) == opening(longest) {
                session.usage += transcript.usage;
                for (event, told) in session.events.iter_mut().zip(&transcript.events) {
                    complete(event, told);
                }
            }
        }
        Some(session)
    }

    fn read(&self, request: &Json, response: &Json) -> Transcript {
        let mut conversation = Conversation::new("");
        (self.read)(&mut conversation, request, response);
        if let Some(error) = response.get("error").filter(|error| !error.is_null()) {
            let text = str_at(error, "message").map_or_else(|| error.to_string(), str::to_owned);
            conversation.harness(SystemKind::Error, text);
        }
        conversation.transcript
    }
}

/// Returns the API that a document speaks: a recording, a bare request, response or list of messages.
fn api(value: &Json) -> Option<Api> {
    match recorded(value) {
        Some(pairs) => pairs.iter().find_map(|pair| exchange(pair).api()),
        None => of_request(value).or_else(|| of_response(value)),
    }
}

/// Returns the conversations of a document that is a list of them.
fn several<'a, 't>(value: &'a Json<'t>) -> Option<&'a [Json<'t>]> {
    let list = value.as_array()?;
    (api(value).is_none() && list.first().is_some_and(|first| api(first).is_some())).then_some(list)
}

/// Adds what an earlier exchange told of the same event: its time, and a result that was not sent again.
fn complete(event: &mut Event, told: &Event) {
    if let (Body::ToolResult(result), Body::ToolResult(earlier)) = (&mut event.body, &told.body)
        && result.call == earlier.call
        && result.text.is_empty()
    {
        result.text.clone_from(&earlier.text);
    }
    if event.body == told.body {
        event.at = told.at.or(event.at);
    }
}

/// Returns the first thing that was said: exchanges of one conversation share it.
fn opening(transcript: &Transcript) -> Option<&Body> {
    let mut bodies = transcript.events.iter().map(|event| &event.body);
    bodies.find(|body| matches!(body, Body::User { .. } | Body::Assistant { .. } | Body::ToolCall(_)))
}

/// Returns the pairs of a recording.
fn recorded<'a, 't>(value: &'a Json<'t>) -> Option<&'a [Json<'t>]> {
    let is_pair =
        |value: &Json| value.get("request").is_some_and(Json::is_object) && value.get("response").is_some();
    let list = match value {
        Json::Object(map) if is_pair(value) && !map.contains_key("messages") => std::slice::from_ref(value),
        Json::Object(map) => map.get("interactions").or_else(|| map.get("exchanges"))?.as_array()?,
        Json::Array(list) => list,
        _ => return None,
    };
    (!list.is_empty() && list.iter().all(is_pair)).then_some(list)
}

fn exchange<'a>(pair: &'a Json<'a>) -> Exchange<'a> {
    let (request, response) = (&pair["request"], &pair["response"]);
    let uri = str_at(request, "uri").or_else(|| str_at(request, "url")).unwrap_or_default();
    Exchange { uri, request: body(request), response: body(response) }
}

/// Returns the body of one half of a pair; a half without the key `body` is the body itself.
fn body<'a>(half: &'a Json<'a>) -> Cow<'a, Json<'a>> {
    let body = half.get("body").unwrap_or(half);
    let text = match body {
        Json::String(text) => text,
        Json::Object(map) if map.len() <= 2 => match map.get("string").or_else(|| map.get("text")) {
            Some(Json::String(text)) => text,
            _ => return Cow::Borrowed(body),
        },
        _ => return Cow::Borrowed(body),
    };
    Cow::Owned(json::strict(text).unwrap_or_else(|| server_sent(text)))
}

/// Returns the JSON payloads of a stream of server-sent events; an empty array if there are none.
fn server_sent(text: &str) -> Json<'_> {
    let payloads = text.lines().filter_map(|line| line.strip_prefix("data:"));
    Json::Array(payloads.filter_map(|payload| json::strict(payload.trim())).collect())
}

impl Exchange<'_> {
    fn api(&self) -> Option<Api> {
        let path = self.uri.split(['?', '#']).next().unwrap_or_default();
        let by_path = [
            ("/chat/completions", Api::OpenAiChat),
            ("/responses", Api::OpenAiResponses),
            ("/messages", Api::AnthropicMessages),
            (":generateContent", Api::GoogleGenerateContent),
            (":streamGenerateContent", Api::GoogleGenerateContent),
        ];
        let by_path = by_path.iter().find(|(end, _)| path.ends_with(end)).map(|(_, api)| *api);
        // Other calls of the same service (uploads, listings) are neither.
        let by_body = || if path.is_empty() { of_request(&self.request) } else { None };
        of_response(&self.response).or(by_path).or_else(by_body)
    }
}

fn of_response(value: &Json) -> Option<Api> {
    let list = |key: &str| value.get(key).is_some_and(Json::is_array);
    if let Json::Array(chunks) = value {
        return chunks.first().and_then(of_chunk);
    }
    if list("choices") && !list("messages") {
        return Some(Api::OpenAiChat);
    }
    if list("candidates") && !list("contents") {
        return Some(Api::GoogleGenerateContent);
    }
    if list("output") && str_at(value, "object") == Some("response") {
        return Some(Api::OpenAiResponses);
    }
    let message = str_at(value, "type") == Some("message") && str_at(value, "role") == Some("assistant");
    (message && list("content") && value.get("stop_reason").is_some()).then_some(Api::AnthropicMessages)
}

fn of_chunk(chunk: &Json) -> Option<Api> {
    match (str_at(chunk, "object"), str_at(chunk, "type")) {
        (Some("chat.completion.chunk"), _) => Some(Api::OpenAiChat),
        (_, Some("message_start")) => Some(Api::AnthropicMessages),
        (_, Some(kind)) if kind.starts_with("response.") => Some(Api::OpenAiResponses),
        _ if chunk.get("candidates").is_some_and(Json::is_array) => Some(Api::GoogleGenerateContent),
        _ => None,
    }
}

fn of_request(value: &Json) -> Option<Api> {
    let messages = match value {
        Json::Array(list) => list,
        Json::Object(map) => {
            if let Some(Json::Array(contents)) = map.get("contents") {
                let parts = contents.first().and_then(|content| content.get("parts"));
                return parts.is_some_and(Json::is_array).then_some(Api::GoogleGenerateContent);
            }
            if let Some(input) = map.get("input") {
                let more = ["instructions", "previous_response_id", "reasoning", "tools", "include", "text"];
                let named = input.is_string() && more.iter().any(|key| map.contains_key(key));
                let items = input.as_array().is_some_and(|items| items.first().is_some_and(is_item));
                return (named || items).then_some(Api::OpenAiResponses);
            }
            // Agents' own logs keep messages too, among keys that no request has.
            let foreign = ["info", "trajectory_format", "trajectory", "history", "termination_reason"];
            let graded = map.contains_key("traj") && map.contains_key("reward");
            if graded || foreign.iter().any(|key| map.contains_key(key)) {
                return None;
            }
            map.get("messages").or_else(|| map.get("traj"))?.as_array()?
        }
        _ => return None,
    };
    of_messages(messages, value.get("system").is_some())
}

/// Tells lists of messages apart by what only one of the APIs has.
fn of_messages(messages: &[Json], system: bool) -> Option<Api> {
    let first = messages.first()?;
    if first.get("parts").is_some_and(Json::is_array) && str_at(first, "type").is_none() {
        let google = matches!(str_at(first, "role"), None | Some("user" | "model" | "function"));
        let typed = first["parts"].as_array().is_some_and(|p| p.iter().any(|p| p.get("type").is_some()));
        return (google && !typed).then_some(Api::GoogleGenerateContent);
    }
    if messages.iter().any(is_responses_item) {
        return messages.iter().all(is_item).then_some(Api::OpenAiResponses);
    }
    let roles = ["system", "developer", "user", "assistant", "tool", "function"];
    let known = |message: &Json| str_at(message, "role").is_some_and(|role| roles.contains(&role));
    if !messages.iter().all(|message| str_at(message, "role").is_some()) || !messages.iter().any(known) {
        return None;
    }
    // tau2-bench numbers its turns.
    if messages.iter().any(|message| message.get("turn_idx").is_some()) {
        return None;
    }
    let blocks = messages.iter().filter_map(|message| message.get("content")?.as_array()).flatten();
    let anthropic = blocks.filter_map(|block| str_at(block, "type")).any(is_anthropic_block);
    Some(if system || anthropic { Api::AnthropicMessages } else { Api::OpenAiChat })
}

/// Returns whether only Anthropic's messages have blocks of this type.
fn is_anthropic_block(kind: &str) -> bool {
    matches!(kind, "tool_use" | "tool_result" | "thinking" | "redacted_thinking")
        || kind.ends_with("_tool_use")
        || kind.ends_with("_tool_result")
}

/// Returns whether a value can stand in the input of the Responses API.
fn is_item(value: &Json) -> bool {
    is_responses_item(value) || (str_at(value, "role").is_some() && value.get("content").is_some())
}

/// Returns whether only the Responses API has this item.
fn is_responses_item(value: &Json) -> bool {
    match str_at(value, "type") {
        Some("reasoning") => value.get("summary").is_some(),
        Some("message") => {
            let part = value.pointer("/content/0/type").and_then(Json::as_str);
            matches!(part, Some("input_text" | "output_text"))
        }
        Some(kind) => kind.ends_with("_call") || kind.ends_with("_call_output"),
        None => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn bodies_belong_to_one_api_or_to_none() {
        let said = json!({"role": "user", "content": "hello"});
        let block = |kind: &str| json!({"role": "user", "content": [{"type": kind}]});
        let cases = [
            (json!([said]), Some(Api::OpenAiChat)),
            (json!({"messages": [said], "model": "m"}), Some(Api::OpenAiChat)),
            (json!({"traj": [said]}), Some(Api::OpenAiChat)),
            (json!({"choices": []}), Some(Api::OpenAiChat)),
            (json!({"messages": [said], "system": "be brief"}), Some(Api::AnthropicMessages)),
            (json!([said, block("tool_result")]), Some(Api::AnthropicMessages)),
            (json!([said, block("web_search_tool_result")]), Some(Api::AnthropicMessages)),
            (json!({"input": "hello", "instructions": "x"}), Some(Api::OpenAiResponses)),
            (json!({"input": [said]}), Some(Api::OpenAiResponses)),
            (
                json!([said, {"type": "function_call_output", "call_id": "c", "output": ""}]),
                Some(Api::OpenAiResponses),
            ),
            (json!({"contents": [{"parts": [{"text": "x"}]}]}), Some(Api::GoogleGenerateContent)),
            (json!([{"role": "model", "parts": [{"text": "x"}]}]), Some(Api::GoogleGenerateContent)),
            // Other tools' files, and embeddings.
            (json!({"traj": [said], "reward": 1}), None),
            (json!({"messages": [said], "info": {}}), None),
            (json!({"messages": [{"role": "user", "content": "x", "turn_idx": 0}]}), None),
            (json!({"input": "hello", "model": "embedder"}), None),
            (json!({"input": ["hello"], "model": "embedder"}), None),
            (json!([{"role": "user", "parts": [{"type": "text", "text": "x"}]}]), None),
        ];
        for (value, want) in cases {
            assert_eq!(api(&Json::from(&value)), want, "{value}");
        }
    }

    #[test]
    fn the_address_settles_what_the_bodies_do_not() {
        let pair = |uri: &str| {
            json!([{"request": {"uri": uri, "body": {"messages": [{"role": "user", "content": "x"}]}},
                                      "response": {"status": 500, "body": "down"}}])
        };
        let of = |uri: &str| api(&pair(uri).into());
        assert_eq!(of("https://a.test/v1/messages?beta=true"), Some(Api::AnthropicMessages));
        assert_eq!(of("https://a.test/v1/chat/completions"), Some(Api::OpenAiChat));
        assert_eq!(of("https://a.test/v1/files"), None);
    }
}
