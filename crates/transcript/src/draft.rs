//! A transcript in the making, with the bookkeeping that most importers share: which tool a call named, which
//! calls are still open, which thread belongs to whom.

use std::collections::BTreeMap;

use serde_json::Value;
use somnium_types::{
    Actor, Body, CallId, Event, Origin, SessionId, Status, SystemKind, Thread, ThreadId, Timestamp, ToolCall,
    ToolResult, Transcript,
};

use crate::content;
use crate::harness_text::{self, Piece};

/// Where and when the next events happen.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Place {
    pub(crate) at: Option<Timestamp>,
    pub(crate) thread: ThreadId,
}

impl Place {
    /// Returns a place on the main thread.
    pub(crate) fn main(at: Option<Timestamp>) -> Self {
        Self { at, thread: ThreadId::MAIN }
    }
}

struct Call {
    tool: String,
    place: Place,
    /// The index of the event that makes the call.
    asked: usize,
    /// The index of the event that answers it.
    answer: Option<usize>,
}

/// A transcript in the making.
pub(crate) struct Draft {
    pub(crate) transcript: Transcript,
    calls: BTreeMap<String, Call>,
    /// Calls without a result, in order.
    open: BTreeMap<usize, String>,
    threads: BTreeMap<String, ThreadId>,
    /// Events to be put in front of the event with that index.
    late: Vec<(usize, Event)>,
    made_up: usize,
}

impl Draft {
    /// Starts an empty transcript; an empty id is replaced by one from the content.
    pub(crate) fn new(id: impl Into<SessionId>) -> Self {
        Self {
            transcript: Transcript::new(id.into()),
            calls: BTreeMap::new(),
            open: BTreeMap::new(),
            threads: BTreeMap::new(),
            late: Vec::new(),
            made_up: 0,
        }
    }

    /// Appends an event with the origin that its body usually has.
    pub(crate) fn push(&mut self, place: Place, body: Body) {
        self.transcript.events.push(Event::new(body).at(place.at).on(place.thread));
    }

    /// Appends the agent's words, if there are any.
    pub(crate) fn assistant(&mut self, place: Place, text: impl Into<String>) {
        let text = text.into();
        if !text.trim().is_empty() {
            self.push(place, Body::Assistant { text });
        }
    }

    /// Appends the agent's thoughts, if there are any.
    pub(crate) fn thinking(&mut self, place: Place, text: impl Into<String>) {
        let text = text.into();
        if !text.trim().is_empty() {
            self.push(place, Body::Thinking { text });
        }
    }

    /// Appends text of the harness, if there is any.
    pub(crate) fn system(&mut self, place: Place, kind: SystemKind, text: impl Into<String>) {
        let text = text.into();
        if !text.trim().is_empty() {
            self.push(place, Body::System { kind, text });
        }
    }

    /// Appends a user message, cut into the person's words and the harness's text.
    pub(crate) fn user(&mut self, place: Place, text: &str) {
        for piece in harness_text::split(text) {
            match piece {
                Piece::Said(text) => self.push(place, Body::User { text }),
                Piece::Harness(kind, text) => self.push(place, Body::System { kind, text }),
            }
        }
    }

    /// Appends a user message that no person wrote: what is not harness text of a known kind is `kind`.
    pub(crate) fn injected(&mut self, place: Place, kind: SystemKind, text: &str) {
        for piece in harness_text::split(text) {
            match piece {
                Piece::Said(text) => self.system(place, kind, text),
                Piece::Harness(kind, text) => self.system(place, kind, text),
            }
        }
    }

    /// Appends a tool call; without an id it gets `call-<n>`.
    pub(crate) fn call(&mut self, place: Place, id: Option<&str>, tool: &str, input: Value) -> CallId {
        let id = match id {
            Some(id) if !id.is_empty() => CallId::from(id),
            _ => {
                self.made_up += 1;
                CallId::from(format!("call-{}", self.made_up))
            }
        };
        let asked = self.transcript.events.len();
        self.calls.insert(id.as_str().to_owned(), Call { tool: tool.to_owned(), place, asked, answer: None });
        self.open.insert(asked, id.as_str().to_owned());
        let call = ToolCall { id: id.clone(), tool: tool.to_owned(), input, by: Actor::Agent };
        self.push(place, Body::ToolCall(call));
        id
    }

    /// Appends a tool result; its origin follows from the tool that was called.
    pub(crate) fn result(&mut self, place: Place, result: ToolResult) {
        let mut origin = Origin::Tool;
        if let Some(call) = self.calls.get_mut(result.call.as_str()) {
            call.answer = Some(self.transcript.events.len());
            self.open.remove(&call.asked);
            origin = content::tool_origin(&call.tool);
        }
        let event = Event::new(Body::ToolResult(result)).at(place.at).on(place.thread).from(origin);
        self.transcript.events.push(event);
    }

    /// Returns the tool that a call named.
    pub(crate) fn tool_of(&self, call: &str) -> Option<&str> {
        self.calls.get(call).map(|call| call.tool.as_str())
    }

    /// Returns the result of a call that has been appended, to add what a later line says about it.
    pub(crate) fn result_of(&mut self, call: &str) -> Option<&mut ToolResult> {
        let index = self.calls.get(call)?.answer?;
        match &mut self.transcript.events.get_mut(index)?.body {
            Body::ToolResult(result) => Some(result),
            _ => None,
        }
    }

    /// Remembers that every call without a result so far was cut short here: those that stay without one get
    /// an [`Status::Interrupted`] result at this point.
    pub(crate) fn interrupt(&mut self, at: Option<Timestamp>) {
        let here = self.transcript.events.len();
        for id in std::mem::take(&mut self.open).into_values() {
            let Some(call) = self.calls.get(&id) else { continue };
            let body = Body::ToolResult(ToolResult {
                call: id.as_str().into(),
                text: String::new(),
                status: Status::Interrupted,
                exit_code: None,
            });
            let event = Event::new(body).at(at).on(call.place.thread).from(content::tool_origin(&call.tool));
            self.late.push((here, event));
        }
    }

    /// Remembers an event that belongs here, to be put in at the end if `finish` is told to keep it.
    pub(crate) fn late(&mut self, event: Event) {
        self.late.push((self.transcript.events.len(), event));
    }

    /// Returns the thread of `key`, a new one of that name at its first use.
    pub(crate) fn thread(&mut self, key: &str, name: &str) -> ThreadId {
        if let Some(&thread) = self.threads.get(key) {
            return thread;
        }
        let thread = ThreadId(u32::try_from(self.transcript.threads.len()).unwrap_or(u32::MAX));
        self.transcript.threads.push(Thread { name: name.to_owned() });
        self.threads.insert(key.to_owned(), thread);
        thread
    }

    /// Returns the thread of `key` if it is known.
    pub(crate) fn known_thread(&self, key: &str) -> Option<ThreadId> {
        self.threads.get(key).copied()
    }

    /// Lets `key` name a thread that exists already.
    pub(crate) fn bind_thread(&mut self, key: &str, thread: ThreadId) {
        self.threads.insert(key.to_owned(), thread);
    }

    /// Puts in the late events that `keep` wants (interrupted results only where none came after all) and
    /// returns the transcript.
    pub(crate) fn finish(mut self, keep: impl Fn(&Event) -> bool) -> Transcript {
        let calls = &mut self.calls;
        let late = self.late.into_iter().filter(|(_, event)| match &event.body {
            Body::ToolResult(result) => {
                calls.get_mut(result.call.as_str()).is_some_and(|call| call.answer.replace(0).is_none())
            }
            _ => keep(event),
        });
        let mut late = late.peekable();
        if late.peek().is_some() {
            let events = std::mem::take(&mut self.transcript.events);
            for (index, event) in events.into_iter().enumerate() {
                while let Some((_, late)) = late.next_if(|(at, _)| *at <= index) {
                    self.transcript.events.push(late);
                }
                self.transcript.events.push(event);
            }
            self.transcript.events.extend(late.map(|(_, event)| event));
        }
        self.transcript
    }
}
