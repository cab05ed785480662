//! Codex rollouts: one line an item, wrapped as `{"timestamp", "type", "payload"}`.
//!
//! ```json
//! {"timestamp": "…", "type": "session_meta", "payload": {"id": "…", "cwd": "…"}}
//! {"timestamp": "…", "type": "response_item", "payload": {"type": "function_call", "name": "…", …}}
//! {"timestamp": "…", "type": "event_msg", "payload": {"type": "exec_command_end", "exit_code": 0, …}}
//! ```
//! `response_item` is what went to and from the model; `event_msg` is what the screen showed and repeats most
//! of it, so messages are taken from there only where the items have none. The oldest rollouts begin with a
//! bare `{"id", "timestamp", "instructions"}` and hold bare items. A forked session begins with a copy of the
//! earlier one's lines, which is left out.

mod output;
mod session;

use self::session::Session;
use super::{Document, Importer, Layout, Sink};
use crate::content::str_at;
use crate::json::Json;

pub(super) struct Codex;

const WRAPPERS: &[&str] = &["compacted", "event_msg", "response_item", "session_meta", "turn_context"];

impl Importer for Codex {
    fn name(&self) -> &'static str {
        "codex"
    }

    fn title(&self) -> &'static str {
        "Codex rollout"
    }

    fn layout(&self) -> Layout {
        Layout::Running
    }

    fn sniff(&self, sample: &[&Json<'_>]) -> bool {
        sample.iter().any(|line| {
            let wrapped = str_at(line, "type").is_some_and(|kind| WRAPPERS.contains(&kind));
            wrapped && line.get("payload").is_some_and(Json::is_object) || is_bare_meta(line)
        })
    }

    fn import(&self, documents: &mut dyn Iterator<Item = Document<'_>>, sink: &mut Sink) {
        let mut session: Option<Session> = None;
        for Document { line, value } in documents {
            let (kind, payload) = match (str_at(&value, "type"), value.get("payload")) {
                (Some(kind), Some(payload)) => (kind, payload),
                _ if is_bare_meta(&value) => ("session_meta", &value),
                (Some(_), None) => ("response_item", &value),
                _ if value.get("record_type").is_some() => continue,
                _ => {
                    sink.skip(line, "a line without `type` and `payload`");
                    continue;
                }
            };
            let other =
                kind == "session_meta" && session.as_ref().is_some_and(|session| session.is_another(payload));
            if other && let Some(done) = session.take() {
                done.emit(sink);
            }
            let session = session.get_or_insert_with(|| Session::new(line));
            session.line(kind, value.get("timestamp"), payload);
        }
        if let Some(done) = session {
            done.emit(sink);
        }
    }
}

/// Returns whether this is the first line of a rollout of the oldest kind.
fn is_bare_meta(line: &Json) -> bool {
    let has = |key: &str| line.get(key).is_some();
    has("id") && has("timestamp") && has("instructions") && !has("type") && !has("messages")
}
