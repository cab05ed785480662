//! What was said: turns of people, cut into clauses with their places, and the agent's answers.

use std::collections::HashMap;
use std::ops::Range;

use serde::{Deserialize, Serialize};
use somnium_types::{Actor, Body, Origin, PrincipalId, ThreadId, Transcript};

use super::Quote;
use crate::channel::{Channel, Heard, Passage, relayed};
use crate::evidence;

/// Most clauses kept of one turn: what is longer is a document, not a request.
const MAX_CLAUSES: usize = 48;
/// Longest clause, in bytes.
const MAX_CLAUSE: usize = 240;
/// Longest text kept of an agent's answer, in bytes.
const MAX_ANSWER: usize = 600;

/// What ends a question, in the scripts that have a mark for it.
const QUESTION_MARKS: [char; 4] = ['?', '？', '؟', '՞'];
/// Longest text that is read for figures, in bytes; most figures kept of it; longest figure, in digits.
const MAX_READ: usize = 4 << 10;
const MAX_FIGURES: usize = 64;
const MAX_FIGURE: usize = 16;

/// Longest turn, in bytes and in lines, that somebody says; what is longer is a document.
const MAX_SPOKEN: usize = 1_200;
const MAX_SPOKEN_LINES: usize = 24;
/// From this many headings on a text is a document, too.
const DOCUMENT_HEADINGS: usize = 2;
/// Begin clauses of others.
const QUOTES: &[char] = &['"', '“', '„', '«', '>'];

/// One turn of a dialogue.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Turn {
    /// Index of the event.
    pub event: u32,
    /// Thread of the session.
    pub thread: u32,
    /// Who speaks: a person or the agent.
    pub by: Actor,
    /// Where the text came from. Of an agent that repeats what it read: where that came from.
    pub origin: Origin,
    /// Who it was, where that is known.
    pub principal: Option<PrincipalId>,
    /// Of a person: the clauses in order. Of the agent: the start of what it said, as one.
    pub clauses: Vec<Quote>,
    /// Whether something is asked in it.
    #[serde(default)]
    pub asks: bool,
    /// Of a person: which of the clauses (from 0) are not their own: they stand in something that was pasted (a
    /// quotation, a code block), or repeat what the session had read elsewhere before.
    pub pasted: Vec<u32>,
    /// Whether a person's turn is a document rather than something said: long, or with headings.
    pub is_document: bool,
    /// Figures in the whole text, each once, in one way of writing: `1250` for `$1,250.00`.
    #[serde(default)]
    pub figures: Vec<String>,
}

impl Turn {
    /// Gives back what its lists have spare.
    fn shrink(&mut self) {
        self.clauses.shrink_to_fit();
        self.pasted.shrink_to_fit();
        self.figures.shrink_to_fit();
    }

    /// Returns the clauses that a person says in their own words: none of a document.
    pub fn own_clauses(&self) -> impl Iterator<Item = &Quote> {
        let own = (0..).zip(&self.clauses).filter(|(at, _)| !self.is_document && !self.pasted.contains(at));
        own.map(|(_, quote)| quote)
    }

    /// Returns the other ones.
    pub fn relayed_clauses(&self) -> impl Iterator<Item = &Quote> {
        let other = (0..).zip(&self.clauses).filter(|(at, _)| self.is_document || self.pasted.contains(at));
        other.map(|(_, quote)| quote)
    }
}

/// Returns the turns of people and of the agent.
pub(super) fn collect(transcript: &Transcript) -> Vec<Turn> {
    let passages = passages(transcript);
    let mut heard = Heard::listening_for(&passages);
    let mut passages = passages.into_iter().peekable();
    let mut tools: HashMap<&str, &str> = HashMap::new();
    let mut turns = Vec::new();
    for (index, event) in transcript.events.iter().enumerate() {
        let tool = match &event.body {
            Body::ToolCall(call) => {
                tools.insert(call.id.as_str(), &call.tool);
                continue;
            }
            Body::ToolResult(result) => tools.get(result.call.as_str()).copied(),
            _ => None,
        };
        let channel = Channel::of(event, tool);
        if !matches!(event.body, Body::User { .. } | Body::Assistant { .. }) {
            heard.listen(&event.text(), channel);
            continue;
        }
        let mut said: Vec<Passage> = Vec::new();
        while let Some(passage) = passages.next_if(|passage| passage.event == index) {
            said.push(passage);
        }
        let principal = event.principal.as_ref().or(transcript.principal.as_ref());
        let mut turn = Turn {
            event: u32::try_from(index).unwrap_or(u32::MAX),
            thread: event.thread.0,
            by: Actor::User,
            origin: event.origin,
            principal: principal.map(|who| PrincipalId::from(super::label(who.as_str()))),
            clauses: Vec::new(),
            pasted: Vec::new(),
            is_document: false,
            asks: event.text().contains(QUESTION_MARKS),
            figures: figures(event.text().as_ref()),
        };
        match &event.body {
            Body::User { text } => {
                if event.thread != ThreadId::MAIN {
                    turn.origin = turn.origin.max(Origin::Agent); // Who speaks to a sub-agent is an agent.
                }
                person(&mut turn, text, &said, channel, &mut heard);
                turns.push(turn);
            }
            Body::Assistant { text } if !text.trim().is_empty() => {
                let source = said.iter().filter_map(|passage| heard.source(passage)).min();
                turn.origin = source.map_or(event.origin, Channel::origin);
                turn.by = Actor::Agent;
                turn.clauses = vec![evidence::quote(turn.event, text, 0..answer(text))];
                heard.listen(text, source.unwrap_or(channel));
                turns.push(turn);
            }
            _ => {}
        }
    }
    turns.iter_mut().for_each(Turn::shrink);
    turns.shrink_to_fit();
    turns
}

/// Fills in what a person says, tells their own words from those of others, and listens to both.
fn person(turn: &mut Turn, text: &str, said: &[Passage], channel: Channel, heard: &mut Heard) {
    let relayed = relayed(text);
    let mut excerpts = evidence::Excerpts::of(text);
    for (at, passage) in (0..).zip(said) {
        let start = passage.range.start;
        let of_others = text[start..].starts_with(QUOTES)
            || relayed.iter().any(|range| range.contains(&start))
            || channel == Channel::Relayed
            || heard.source(passage).is_some();
        if of_others {
            turn.pasted.push(at);
        }
        turn.clauses.push(excerpts.quote(turn.event, passage.range.clone()));
    }
    let headings = text.lines().filter(|line| line.starts_with('#')).count();
    turn.is_document =
        text.len() > MAX_SPOKEN || text.lines().count() > MAX_SPOKEN_LINES || headings >= DOCUMENT_HEADINGS;
    let mut at = 0;
    for range in relayed {
        heard.listen(&text[at..range.start], channel);
        heard.listen(&text[range.clone()], Channel::Relayed);
        at = range.end;
    }
    heard.listen(&text[at..], channel);
}

/// Returns the clauses of people and the sentences of the agent's answers, in the order of their events.
fn passages(transcript: &Transcript) -> Vec<Passage> {
    let mut passages = Vec::new();
    for (index, event) in transcript.events.iter().enumerate() {
        let text = match &event.body {
            Body::User { text } => text.as_str(),
            Body::Assistant { text } => &text[..answer(text)],
            _ => continue,
        };
        passages.extend(clauses(text).into_iter().map(|range| Passage::new(index, text, range)));
    }
    passages
}

/// Returns how far an agent's answer is kept.
fn answer(text: &str) -> usize {
    text.floor_char_boundary(MAX_ANSWER.min(text.len()))
}

/// Returns the figures of a text, secrets left out.
fn figures(text: &str) -> Vec<String> {
    let text = &text[..text.floor_char_boundary(MAX_READ.min(text.len()))];
    if !text.contains(|c: char| c.is_ascii_digit()) {
        return Vec::new();
    }
    let text = evidence::excerpt(text, &(0..text.len()));
    let mut figures: Vec<String> = Vec::new();
    let is_part = |c: char| c.is_ascii_digit() || matches!(c, '.' | ',');
    for piece in text.split(|c: char| !is_part(c)) {
        let digits: String = piece.chars().filter(|c| *c != ',').collect();
        let digits = digits.trim_matches('.');
        let is_number = !digits.is_empty() && digits.len() <= MAX_FIGURE && digits.matches('.').count() <= 1;
        if !is_number || figures.len() == MAX_FIGURES {
            continue;
        }
        let plain = match digits.contains('.') {
            true => digits.trim_end_matches('0').trim_end_matches('.'),
            false => digits,
        };
        if !figures.iter().any(|figure| figure == plain) {
            figures.push(plain.to_owned());
        }
    }
    figures
}

/// Cuts text at line breaks and ends of sentences.
fn clauses(text: &str) -> Vec<Range<usize>> {
    let mut clauses = Vec::new();
    let mut start = 0;
    let mut keep = |start: usize, end: usize| {
        let piece = &text[start..end];
        let lead = piece.len() - piece.trim_start().len();
        let piece = piece.trim();
        if !piece.is_empty() && piece.len() <= MAX_CLAUSE && clauses.len() < MAX_CLAUSES {
            clauses.push(start + lead..start + lead + piece.len());
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
