//! tau2-bench results: graded dialogues in which the simulated user may have tools too.
//!
//! ```json
//! {"info": {"agent_info": {"llm": "…"}, "environment_info": {"domain_name": "…"}},
//!  "simulations": [{"id": "…", "task_id": "…", "trial": 0, "reward_info": {"reward": 1.0},
//!    "messages": [{"role": "assistant", "turn_idx": 0, "content": null,
//!                  "tool_calls": [{"id": "…", "name": "…", "arguments": {}, "requestor": "assistant"}]},
//!                 {"role": "tool", "id": "…", "content": "…", "error": false, "requestor": "assistant"}]}]}
//! ```
//! A simulation by itself is read as well.

use somnium_types::{Actor, Status, SystemKind, Usage};

use super::conversation::{self, Answer, Conversation};
use super::openai_chat;
use super::tau_bench::{plain, rewarded};
use super::{Document, Importer, Layout, Sink};
use crate::content::{self, str_at};
use crate::json::Json;

pub(super) struct Tau2Bench;

impl Importer for Tau2Bench {
    fn name(&self) -> &'static str {
        "tau2-bench"
    }

    fn title(&self) -> &'static str {
        "tau2-bench results"
    }

    fn layout(&self) -> Layout {
        Layout::Whole
    }

    fn sniff(&self, sample: &[&Json<'_>]) -> bool {
        let Some(first) = sample.first() else { return false };
        first.get("simulations").is_some_and(Json::is_array) || is_simulation(first)
    }

    fn import(&self, documents: &mut dyn Iterator<Item = Document<'_>>, sink: &mut Sink) {
        for document in documents {
            let null = Json::Null;
            let info = document.value.get("info").unwrap_or(&null);
            let simulations = match document.value.get("simulations").and_then(Json::as_array) {
                Some(list) => list,
                None => std::slice::from_ref(&document.value),
            };
            for simulation in simulations {
                match simulation.get("messages").and_then(Json::as_array) {
                    Some(messages) => sink.emit(session(info, simulation, messages).transcript),
                    None => sink.skip(document.line, "a simulation without a `messages` list"),
                }
            }
        }
    }
}

/// Returns whether `value` is one simulation: messages with turn numbers.
fn is_simulation(value: &Json) -> bool {
    let messages = value.get("messages").and_then(Json::as_array);
    let numbered = |list: &[Json<'_>]| {
        list.iter().all(|message| message.get("role").is_some())
            && list.iter().any(|message| message.get("turn_idx").is_some())
    };
    messages.is_some_and(numbered)
}

fn session(info: &Json, simulation: &Json, messages: &[Json]) -> Conversation {
    let task = simulation.get("task_id").and_then(plain);
    let trial = simulation.get("trial").and_then(plain).unwrap_or_else(|| "0".to_owned());
    let id = simulation.get("id").and_then(plain);
    let id = id.or_else(|| task.as_ref().map(|task| format!("tau2-{task}-{trial}"))).unwrap_or_default();
    let mut conversation = Conversation::new(&id);
    let at = |pointer: &str| info.pointer(pointer).and_then(Json::as_str);
    let policy = str_at(simulation, "policy").or_else(|| at("/environment_info/policy"));
    conversation.harness(SystemKind::Prompt, policy.unwrap_or_default());
    for message in messages {
        push(&mut conversation, message);
    }
    let transcript = &mut conversation.transcript;
    transcript.task = task.map(Into::into);
    transcript.project = at("/environment_info/domain_name").map(str::to_owned);
    transcript.agent = at("/agent_info/implementation").map(Into::into);
    transcript.model = at("/agent_info/llm").map(str::to_owned);
    transcript.started_at = simulation.get("start_time").and_then(content::time);
    transcript.ended_at = simulation.get("end_time").and_then(content::time);
    transcript.outcome = simulation.pointer("/reward_info/reward").and_then(Json::as_f64).map(rewarded);
    conversation
}

fn push(conversation: &mut Conversation, message: &Json) {
    let text = || content::text(message.get("content").unwrap_or(&Json::Null));
    conversation.at = message.get("timestamp").and_then(content::time);
    match str_at(message, "role").unwrap_or_default() {
        "user" => {
            conversation.user(text());
            push_calls(conversation, message, Actor::User);
        }
        "assistant" => {
            conversation.thinking(thinking(message));
            conversation.assistant(text());
            push_calls(conversation, message, Actor::Agent);
            conversation.spend(usage(message));
        }
        "tool" => {
            let status = match message.get("error").and_then(Json::as_bool) {
                Some(true) => Status::Error,
                Some(false) => Status::Ok,
                None => Status::Unknown,
            };
            let answer = Answer { id: str_at(message, "id"), status: Some(status), ..Answer::default() };
            conversation.result(answer, text());
        }
        "system" => conversation.system(text()),
        _ => conversation.harness(SystemKind::Meta, text()),
    }
}

fn push_calls(conversation: &mut Conversation, message: &Json, actor: Actor) {
    for call in message.get("tool_calls").and_then(Json::as_array).into_iter().flatten() {
        let by = match str_at(call, "requestor") {
            Some("user") => Actor::User,
            Some("assistant") => Actor::Agent,
            _ => actor,
        };
        let input = content::arguments(call.get("arguments").unwrap_or(&Json::Null));
        conversation.call(str_at(call, "id"), str_at(call, "name").unwrap_or_default(), input, by);
    }
}

/// Returns the model's reasoning, which is kept where the model's provider put it.
fn thinking(message: &Json) -> String {
    let raw = message.get("raw_data").unwrap_or(&Json::Null);
    let places = [Some(message), raw.get("message"), raw.pointer("/choices/0/message"), Some(raw)];
    let texts = places.into_iter().flatten().map(openai_chat::reasoning);
    texts.into_iter().find(|text| !text.is_empty()).unwrap_or_default()
}

/// Returns the tokens of the agent's model; the provider's own count says more where it was kept.
fn usage(message: &Json) -> Usage {
    let own = message.pointer("/raw_data/usage").filter(|usage| usage.is_object());
    own.or_else(|| message.get("usage")).map(conversation::usage).unwrap_or_default()
}
