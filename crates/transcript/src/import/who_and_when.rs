//! Who&When: failed runs of several cooperating agents, as a flat history of named speakers.
//!
//! ```json
//! {"question": "…", "question_ID": "…", "history": [{"content": "…", "role": "…", "name": "Planner"}]}
//! ```
//! There are no tool calls in it. Every speaker is a thread of its own; the first entry is the task.

use serde_json::Value;
use somnium_types::{Body, Event, SessionId, SystemKind, Thread, ThreadId, Transcript};

use super::{Document, Importer, Layout, Sink};
use crate::content;

pub(super) struct WhoAndWhen;

impl Importer for WhoAndWhen {
    fn name(&self) -> &'static str {
        "who-and-when"
    }

    fn title(&self) -> &'static str {
        "Who&When"
    }

    fn layout(&self) -> Layout {
        Layout::Whole
    }

    fn sniff(&self, sample: &[&Value]) -> bool {
        let Some(first) = sample.first() else { return false };
        first.get("history").is_some_and(Value::is_array) && first.get("question").is_some()
    }

    fn import(&self, documents: &mut dyn Iterator<Item = Document>, sink: &mut Sink) {
        for document in documents {
            match transcript(&document.value) {
                Some(transcript) => sink.emit(transcript),
                None => sink.skip(document.line, "no `history` list"),
            }
        }
    }
}

fn transcript(value: &Value) -> Option<Transcript> {
    let history = value.get("history")?.as_array()?;
    let id = content::str_at(value, "question_ID").unwrap_or_default();
    let mut transcript = Transcript::new(SessionId::from(id));
    transcript.task = (!id.is_empty()).then(|| id.into());
    for (index, entry) in history.iter().enumerate() {
        let text = content::text(entry.get("content").unwrap_or(&Value::Null));
        let role = content::str_at(entry, "role").unwrap_or_default();
        let speaker = content::str_at(entry, "name").unwrap_or(role);
        // The person speaks first, or under the name that such frameworks give them.
        let body = if index == 0 || role == "human" {
            Body::User { text }
        } else if role == "system" {
            Body::System { kind: SystemKind::Prompt, text }
        } else {
            Body::Assistant { text }
        };
        let thread = thread(&mut transcript.threads, speaker, index);
        transcript.events.push(Event::new(body).on(thread));
    }
    Some(transcript)
}

/// Returns the thread of a speaker, new at their first word. The first entry is on the main thread.
fn thread(threads: &mut Vec<Thread>, speaker: &str, index: usize) -> ThreadId {
    if index == 0 || speaker.is_empty() {
        return ThreadId::MAIN;
    }
    let known = threads.iter().skip(1).position(|thread| thread.name == speaker);
    let at = known.map_or_else(
        || {
            threads.push(Thread { name: speaker.to_owned() });
            threads.len() - 1
        },
        |position| position + 1,
    );
    ThreadId(u32::try_from(at).unwrap_or(u32::MAX))
}
