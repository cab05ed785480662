//! tau-bench results: graded dialogues of an agent with tools and a simulated customer.
//!
//! ```json
//! [{"task_id": 0, "trial": 0, "reward": 1.0, "info": {"task": {"user_id": "…"}}, "traj": [chat messages]}]
//! ```
//! One record is one session. The agent and the domain are named nowhere in the file.

use somnium_types::{Label, Outcome, OutcomeSource};

use super::conversation::Conversation;
use super::openai_chat;
use super::{Document, Importer, Layout, Sink};
use crate::content::str_at;
use crate::json::Json;

pub(super) struct TauBench;

impl Importer for TauBench {
    fn name(&self) -> &'static str {
        "tau-bench"
    }

    fn title(&self) -> &'static str {
        "tau-bench results"
    }

    fn layout(&self) -> Layout {
        Layout::Whole
    }

    fn sniff(&self, sample: &[&Json<'_>]) -> bool {
        let Some(first) = sample.first() else { return false };
        let first = first.as_array().and_then(|list| list.first()).unwrap_or(first);
        first.get("traj").is_some_and(Json::is_array) && first.get("reward").is_some()
    }

    fn import(&self, documents: &mut dyn Iterator<Item = Document<'_>>, sink: &mut Sink) {
        for document in documents {
            let records = match &document.value {
                Json::Array(list) => list,
                other => std::slice::from_ref(other),
            };
            for record in records {
                match record.get("traj").and_then(Json::as_array) {
                    Some(traj) => sink.emit(session(record, traj).transcript),
                    None => sink.skip(document.line, "a record without a `traj` list"),
                }
            }
        }
    }
}

fn session(record: &Json, traj: &[Json]) -> Conversation {
    let task = record.get("task_id").and_then(plain);
    let trial = record.get("trial").and_then(plain).unwrap_or_else(|| "0".to_owned());
    let id = task.as_ref().map(|task| format!("tau-{task}-{trial}")).unwrap_or_default();
    let mut conversation = Conversation::new(&id);
    for message in traj {
        openai_chat::push(&mut conversation, message);
    }
    let transcript = &mut conversation.transcript;
    transcript.task = task.map(Into::into);
    transcript.principal =
        record.pointer("/info/task").and_then(|task| str_at(task, "user_id")).map(Into::into);
    transcript.outcome = record.get("reward").and_then(Json::as_f64).map(rewarded);
    conversation
}

/// Returns the outcome behind a reward of one of the tau benchmarks: only the full reward is a success.
pub(super) fn rewarded(reward: f64) -> Outcome {
    let label = if reward >= 1.0 - 1e-6 { Label::Success } else { Label::Failure };
    Outcome { label, score: Some(reward), source: OutcomeSource::Reward }
}

/// Returns a number or a non-empty text as text.
pub(super) fn plain(value: &Json) -> Option<String> {
    match value {
        Json::String(text) => Some(text.as_ref().to_owned()).filter(|text| !text.is_empty()),
        Json::Number(number) => Some(number.to_string()),
        _ => None,
    }
}
