//! Builds a transcript from a conversation: one thread, calls linked to their results.

use std::collections::BTreeMap;

use serde_json::Value;
use somnium_types::{
    Actor, Body, CallId, Event, SessionId, Status, SystemKind, ThreadId, Timestamp, ToolCall, ToolResult,
    Transcript, Usage,
};

use crate::content;
use crate::harness_text::{self, Piece};
use crate::json::Json;

/// A transcript while it is being built. Empty texts are left out.
pub(super) struct Conversation {
    /// What has been built so far.
    pub(super) transcript: Transcript,
    /// The time of the events that are pushed next.
    pub(super) at: Option<Timestamp>,
    /// The thread of the events that are pushed next.
    pub(super) thread: ThreadId,
    /// The tool of every call, to name the origin of its result.
    tools: BTreeMap<CallId, String>,
    /// Calls without a result so far, with the id that the source gave.
    open: Vec<(Option<String>, CallId)>,
    /// Calls and orphaned results seen, to make up ids.
    made_up: usize,
}

/// What the source says about a tool's answer.
#[derive(Clone, Copy, Default)]
pub(super) struct Answer<'a> {
    /// The id of the call that it answers.
    pub(super) id: Option<&'a str>,
    /// The tool's name, which links the answer where there is no id.
    pub(super) tool: Option<&'a str>,
    /// Success, error or neither.
    pub(super) status: Option<Status>,
    /// The process exit code.
    pub(super) exit_code: Option<i32>,
}

impl Conversation {
    /// Starts a conversation; an empty `id` is later made from the content.
    pub(super) fn new(id: &str) -> Self {
        Self {
            transcript: Transcript::new(SessionId::from(id)),
            at: None,
            thread: ThreadId::MAIN,
            tools: BTreeMap::new(),
            open: Vec::new(),
            made_up: 0,
        }
    }

    /// Appends `event`, at the current time if it has none.
    pub(super) fn push(&mut self, mut event: Event) {
        event.at = event.at.or(self.at);
        event.thread = self.thread;
        self.transcript.events.push(event);
    }

    /// Appends a user message, cut into the person's words and what a coding tool put around them: such tools
    /// talk to every model API.
    pub(super) fn user(&mut self, text: impl AsRef<str>) {
        for piece in harness_text::split(text.as_ref()) {
            match piece {
                Piece::Said(text) => self.say(text, |text| Body::User { text }),
                Piece::Harness(kind, text) => self.harness(kind, text),
            }
        }
    }

    /// Appends what the agent said.
    pub(super) fn assistant(&mut self, text: impl Into<String>) {
        self.say(text.into(), |text| Body::Assistant { text });
    }

    /// Appends what the agent thought.
    pub(super) fn thinking(&mut self, text: impl Into<String>) {
        self.say(text.into(), |text| Body::Thinking { text });
    }

    /// Appends a system message: the prompt before anybody spoke, a reminder after that.
    pub(super) fn system(&mut self, text: impl Into<String>) {
        let started = self.transcript.events.iter().any(|e| !matches!(e.body, Body::System { .. }));
        let kind = if started { SystemKind::Reminder } else { SystemKind::Prompt };
        self.harness(kind, text);
    }

    /// Appends a harness text of a known kind.
    pub(super) fn harness(&mut self, kind: SystemKind, text: impl Into<String>) {
        self.say(text.into(), |text| Body::System { kind, text });
    }

    fn say(&mut self, text: String, body: impl FnOnce(String) -> Body) {
        if !text.trim().is_empty() {
            self.push(Event::new(body(text)));
        }
    }

    /// Appends a call. Ids that the source gave twice are told apart: the second `x` becomes `x#2`.
    pub(super) fn call(&mut self, id: Option<&str>, tool: &str, input: Value, by: Actor) {
        let given = id.filter(|id| !id.is_empty());
        let id = match given {
            Some(given) => self.unique(given),
            None => self.make_up(),
        };
        self.tools.insert(id.clone(), tool.to_owned());
        self.open.push((given.map(str::to_owned), id.clone()));
        self.push(Event::new(Body::ToolCall(ToolCall { id, tool: tool.to_owned(), input, by })));
    }

    /// Appends a result. One without an id answers the oldest open call of that tool; one whose call is
    /// missing keeps its own id.
    pub(super) fn result(&mut self, answer: Answer<'_>, text: impl Into<String>) {
        let given = answer.id.filter(|id| !id.is_empty());
        let position = self.position(answer);
        let call = match (position, given) {
            (Some(position), _) => self.open.remove(position).1,
            (None, Some(given)) => CallId::from(given),
            (None, None) => self.make_up(),
        };
        let tool = self.tools.get(&call).map(String::as_str).or(answer.tool).unwrap_or_default();
        let origin = content::tool_origin(tool);
        let status = answer.status.unwrap_or(Status::Unknown);
        let result = ToolResult { call, text: text.into(), status, exit_code: answer.exit_code };
        self.push(Event::new(Body::ToolResult(result)).from(origin));
    }

    /// Returns whether there is an open call for this answer.
    pub(super) fn awaits(&self, answer: Answer<'_>) -> bool {
        self.position(answer).is_some()
    }

    /// Returns whether a call was made under this id of the source.
    pub(super) fn knows(&self, id: &str) -> bool {
        self.tools.contains_key(&CallId::from(id))
    }

    fn position(&self, answer: Answer<'_>) -> Option<usize> {
        match answer.id.filter(|id| !id.is_empty()) {
            Some(given) => self.open.iter().position(|(id, _)| id.as_deref() == Some(given)),
            None => self.open.iter().position(|(_, call)| {
                answer.tool.is_none_or(|tool| self.tools.get(call).is_some_and(|known| known == tool))
            }),
        }
    }

    /// Adds tokens.
    pub(super) fn spend(&mut self, usage: Usage) {
        self.transcript.usage += usage;
    }

    fn unique(&self, given: &str) -> CallId {
        let mut id = CallId::from(given);
        let mut copy = 1;
        while self.tools.contains_key(&id) {
            copy += 1;
            id = CallId::from(format!("{given}#{copy}"));
        }
        id
    }

    fn make_up(&mut self) -> CallId {
        self.made_up += 1;
        let name = format!("call-{}", self.made_up);
        self.unique(&name)
    }
}

/// Returns the token counts of a usage object, in the words of any of the model APIs.
pub(super) fn usage(value: &Json) -> Usage {
    let count = |keys: &[&str]| {
        keys.iter().find_map(|key| value.pointer(key).and_then(Json::as_u64)).unwrap_or_default()
    };
    let cached = count(&["/prompt_tokens_details/cached_tokens", "/input_tokens_details/cached_tokens"]);
    let input = count(&["/input_tokens", "/prompt_tokens"]);
    Usage {
        // OpenAI counts cached tokens among the input, Anthropic beside it.
        input_tokens: input.saturating_sub(cached),
        output_tokens: count(&["/output_tokens", "/completion_tokens"]),
        cache_creation_input_tokens: count(&["/cache_creation_input_tokens"]),
        cache_read_input_tokens: cached.saturating_add(count(&["/cache_read_input_tokens"])),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn links(conversation: &Conversation) -> Vec<String> {
        let links = conversation.transcript.events.iter().map(|event| match &event.body {
            Body::ToolCall(call) => format!("call {}", call.id),
            Body::ToolResult(result) => format!("result {}", result.call),
            other => format!("{other:?}"),
        });
        links.collect()
    }

    #[test]
    fn links_by_id_by_name_and_keeps_orphans() {
        let mut conversation = Conversation::new("");
        let named = |tool| Answer { tool: Some(tool), ..Answer::default() };
        let of = |id| Answer { id: Some(id), ..Answer::default() };
        conversation.call(None, "a", json!({}), Actor::Agent);
        conversation.call(None, "b", json!({}), Actor::Agent);
        conversation.result(named("b"), "of b");
        conversation.result(named("a"), "of a");
        conversation.call(Some("x"), "c", json!({}), Actor::Agent);
        conversation.result(of("x"), "first");
        conversation.call(Some("x"), "c", json!({}), Actor::Agent);
        conversation.result(of("x"), "second");
        conversation.result(of("gone"), "orphan");
        assert_eq!(
            links(&conversation),
            [
                "call call-1",
                "call call-2",
                "result call-2",
                "result call-1",
                "call x",
                "result x",
                "call x#2",
                "result x#2",
                "result gone"
            ]
        );
    }

    #[test]
    fn what_a_tool_put_into_a_user_message_is_not_the_persons() {
        let mut conversation = Conversation::new("");
        conversation.user("<system-reminder>\nBe careful.\n</system-reminder>\nPlease go on.");
        let bodies: Vec<&Body> = conversation.transcript.events.iter().map(|event| &event.body).collect();
        let [Body::System { kind: SystemKind::Reminder, .. }, Body::User { text }] = bodies.as_slice() else {
            panic!("{bodies:?}");
        };
        assert_eq!(text, "Please go on.");
    }

    #[test]
    fn usage_of_both_families() {
        let openai = usage(&crate::json::json!({"prompt_tokens": 10, "completion_tokens": 2,
            "prompt_tokens_details": {"cached_tokens": 4}}));
        assert_eq!((openai.input_tokens, openai.cache_read_input_tokens, openai.output_tokens), (6, 4, 2));
        let anthropic = usage(
            &crate::json::json!({"input_tokens": 10, "output_tokens": 2, "cache_read_input_tokens": 4}),
        );
        assert_eq!((anthropic.input_tokens, anthropic.cache_read_input_tokens), (10, 4));
    }
}
