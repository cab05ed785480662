//! What was said: turns of people, cut into clauses with their places, and the agent's answers.

use serde::{Deserialize, Serialize};
use somnium_types::{Actor, Body, Origin, PrincipalId, Transcript};

use super::Quote;
use crate::evidence;

/// Most clauses kept of one turn: what is longer is a document, not a request.
const MAX_CLAUSES: usize = 48;
/// Longest clause, in bytes.
const MAX_CLAUSE: usize = 240;
/// Longest text kept of an agent's answer, in bytes.
const MAX_ANSWER: usize = 600;

/// What ends a question, in the scripts that have a mark for it.
const QUESTION_MARKS: [char; 4] = ['?', '？', '؟', '՞'];

/// One turn of a dialogue.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Turn {
    /// Index of the event.
    pub event: u32,
    /// Thread of the session.
    pub thread: u32,
    /// Who speaks: a person or the agent.
    pub by: Actor,
    /// Where the text came from.
    pub origin: Origin,
    /// Who it was, where that is known.
    pub principal: Option<PrincipalId>,
    /// Of a person: the clauses in order. Of the agent: the start of what it said, as one.
    pub clauses: Vec<Quote>,
    /// Whether something is asked in it.
    #[serde(default)]
    pub asks: bool,
}

/// Returns the turns of people and of the agent.
pub(super) fn collect(transcript: &Transcript) -> Vec<Turn> {
    let mut turns = Vec::new();
    for (index, event) in transcript.events.iter().enumerate() {
        let index = u32::try_from(index).unwrap_or(u32::MAX);
        let asks = |text: &str| text.contains(QUESTION_MARKS);
        let (by, clauses, asks) = match &event.body {
            Body::User { text } => (Actor::User, clauses(index, text), asks(text)),
            Body::Assistant { text } if !text.trim().is_empty() => {
                let end = text.floor_char_boundary(MAX_ANSWER.min(text.len()));
                (Actor::Agent, vec![evidence::quote(index, text, 0..end)], asks(text))
            }
            _ => continue,
        };
        let principal = event.principal.as_ref().or(transcript.principal.as_ref());
        turns.push(Turn {
            event: index,
            thread: event.thread.0,
            by,
            origin: event.origin,
            principal: principal.map(|who| PrincipalId::from(super::label(who.as_str()))),
            clauses,
            asks,
        });
    }
    turns
}

/// Cuts a person's words at line breaks and ends of sentences.
fn clauses(event: u32, text: &str) -> Vec<Quote> {
    let mut clauses = Vec::new();
    let mut excerpts = evidence::Excerpts::of(text);
    let mut start = 0;
    let mut keep = |start: usize, end: usize| {
        let piece = &text[start..end];
        let lead = piece.len() - piece.trim_start().len();
        let piece = piece.trim();
        if !piece.is_empty() && piece.len() <= MAX_CLAUSE && clauses.len() < MAX_CLAUSES {
            clauses.push(excerpts.quote(event, start + lead..start + lead + piece.len()));
        }
    };
    let mut letters = text.char_indices().peekable();
    while let Some((at, c)) = letters.next() {
        let ends = c == '\n'
            || (matches!(c, '.' | '!' | '?' | ';')
                && letters.peek().is_none_or(|(_, next)| next.is_whitespace()));
        if ends {
            keep(start, at + c.len_utf8());
            start = at + c.len_utf8();
        }
    }
    keep(start, text.len());
    clauses
}
