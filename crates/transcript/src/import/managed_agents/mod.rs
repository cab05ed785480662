//! Managed Agents: the events of a session, as the API lists and streams them.
//!
//! ```json
//! {"data": [{"id": "sevt_…", "type": "agent.tool_use", "processed_at": "…", "name": "bash", "input": {…}}]}
//! ```
//! Read as such a page, as a bare list, as one event a line, or as `{"session": {…}, "events": […]}`. An event
//! that cannot be used is listed with its line (and its number in the list) and the others are kept.

mod events;

use std::collections::HashMap;

use self::events::Session;
use super::{Document, Importer, Layout, Sink};
use crate::content::str_at;
use crate::json::Json;

pub(super) struct ManagedAgents;

impl Importer for ManagedAgents {
    fn name(&self) -> &'static str {
        "managed-agents"
    }

    fn title(&self) -> &'static str {
        "Managed Agents events"
    }

    fn layout(&self) -> Layout {
        Layout::Running
    }

    fn sniff(&self, sample: &[&Json<'_>]) -> bool {
        sample.iter().any(|document| is_event(document) || list(document).is_some())
    }

    fn import(&self, documents: &mut dyn Iterator<Item = Document<'_>>, sink: &mut Sink) {
        // Single events make up one session; a list is a session by itself.
        let mut single: Vec<(u64, Json)> = Vec::new();
        for Document { line, value } in documents {
            match list(&value) {
                Some(events) => {
                    let numbered: Vec<_> = events.iter().map(|event| (line, event)).collect();
                    session(line, value.get("session"), &numbered, sink);
                }
                None => single.push((line, value)),
            }
        }
        if let Some((first, _)) = single.first() {
            let numbered: Vec<_> = single.iter().map(|(line, event)| (*line, event)).collect();
            session(*first, None, &numbered, sink);
        }
    }
}

/// Namespaces of event types.
const NAMESPACES: &[&str] = &["agent", "session", "span", "user", "workflow_run"];

fn is_event(document: &Json) -> bool {
    let Some(kind) = str_at(document, "type") else { return false };
    let known = kind.split_once('.').is_some_and(|(space, _)| NAMESPACES.contains(&space));
    known || kind == "system.message"
}

/// Returns the events of a document that holds a list of them.
fn list<'a, 't>(document: &'a Json<'t>) -> Option<&'a [Json<'t>]> {
    let events = match document {
        Json::Array(events) => events,
        Json::Object(fields) => {
            let session = fields.get("session").is_some_and(Json::is_object);
            fields.get("data").or_else(|| fields.get("events").filter(|_| session))?.as_array()?
        }
        _ => return None,
    };
    events.iter().take(super::SAMPLE).any(is_event).then_some(events)
}

/// Reads one session from its events, each with its line.
fn session(line: u64, about: Option<&Json>, events: &[(u64, &Json)], sink: &mut Sink) {
    // A message that waited in the queue is listed twice: without a time, then with one.
    let mut last: HashMap<&str, usize> = HashMap::new();
    for (index, (_, event)) in events.iter().enumerate() {
        last.extend(str_at(event, "id").map(|id| (id, index)));
    }
    let mut session = Session::new(line, about);
    let listed = events.len() > 1 && events.iter().all(|(other, _)| *other == line);
    for (index, (line, event)) in events.iter().enumerate() {
        if str_at(event, "id").is_some_and(|id| last.get(id) != Some(&index)) {
            continue;
        }
        if let Err(why) = session.event(event) {
            let place = if listed { format!("event {}: ", index + 1) } else { String::new() };
            sink.skip(*line, format!("{place}{why}"));
        }
    }
    sink.emit(session.finish());
}
