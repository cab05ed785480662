//! What was said: turns of people, cut into clauses with their places, and the agent's answers.

use std::ops::Range;

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
/// Longest text that is read for figures, in bytes; most figures kept of it; longest figure, in digits.
const MAX_READ: usize = 4 << 10;
const MAX_FIGURES: usize = 64;
const MAX_FIGURE: usize = 16;

/// Longest turn, in bytes and in lines, that somebody says; what is longer is a document.
const MAX_SPOKEN: usize = 1_200;
const MAX_SPOKEN_LINES: usize = 24;
/// From this many headings on a text is a document, too.
const DOCUMENT_HEADINGS: usize = 2;
/// Open and close what was pasted.
const FENCES: &[&str] = &["```", "~~~", "\"\"\""];
/// Begin lines of others: replies, terminals, output of programs.
const QUOTED_LINES: &[char] = &['>', '❯', '⎿', '⏺', '•', '│', '✓', '✗', '⨯'];
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
    /// Where the text came from.
    pub origin: Origin,
    /// Who it was, where that is known.
    pub principal: Option<PrincipalId>,
    /// Of a person: the clauses in order. Of the agent: the start of what it said, as one.
    pub clauses: Vec<Quote>,
    /// Whether something is asked in it.
    #[serde(default)]
    pub asks: bool,
    /// Of a person: which of the clauses (from 0) stand in something that was pasted: a quotation, a code block.
    pub pasted: Vec<u32>,
    /// Whether a person's turn is a document rather than something said: long, or with headings.
    pub is_document: bool,
    /// Figures in the whole text, each once, in one way of writing: `1250` for `$1,250.00`.
    #[serde(default)]
    pub figures: Vec<String>,
}

/// Returns the turns of people and of the agent.
pub(super) fn collect(transcript: &Transcript) -> Vec<Turn> {
    let mut turns = Vec::new();
    for (index, event) in transcript.events.iter().enumerate() {
        let index = u32::try_from(index).unwrap_or(u32::MAX);
        let (by, said) = match &event.body {
            Body::User { text } => (Actor::User, said(index, text)),
            Body::Assistant { text } if !text.trim().is_empty() => {
                let end = text.floor_char_boundary(MAX_ANSWER.min(text.len()));
                (
                    Actor::Agent,
                    Said { clauses: vec![evidence::quote(index, text, 0..end)], ..Said::default() },
                )
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
            clauses: said.clauses,
            pasted: said.pasted,
            is_document: said.is_document,
            asks: event.text().contains(QUESTION_MARKS),
            figures: figures(event.text().as_ref()),
        });
    }
    turns
}

/// A person's words.
#[derive(Default)]
struct Said {
    clauses: Vec<Quote>,
    pasted: Vec<u32>,
    is_document: bool,
}

/// Cuts a person's words into clauses, and tells their own from what they pasted.
fn said(event: u32, text: &str) -> Said {
    let pasted = pasted(text);
    let clauses = clauses(event, text);
    let inside = |quote: &Quote| {
        let start = quote.span.start as usize;
        let opens = text.get(start..).is_some_and(|rest| rest.starts_with(QUOTES));
        opens || pasted.iter().any(|range| range.contains(&start))
    };
    let of_others = (0..).zip(&clauses).filter(|(_, quote)| inside(quote)).map(|(at, _)| at).collect();
    let headings = text.lines().filter(|line| line.starts_with('#')).count();
    let is_document =
        text.len() > MAX_SPOKEN || text.lines().count() > MAX_SPOKEN_LINES || headings >= DOCUMENT_HEADINGS;
    Said { clauses, pasted: of_others, is_document }
}

/// Returns where a text is not its writer's own: code blocks, quoted lines, lines of a terminal, and what stands
/// between triple quotation marks.
fn pasted(text: &str) -> Vec<Range<usize>> {
    let mut ranges = Vec::new();
    let (mut at, mut fence): (usize, Option<(&str, usize)>) = (0, None);
    for line in text.split_inclusive('\n') {
        let trimmed = line.trim();
        let mark = FENCES.iter().find(|mark| trimmed.matches(**mark).count() % 2 == 1).copied();
        match (fence, mark) {
            (None, Some(mark)) => fence = Some((mark, at)),
            (Some((open, from)), Some(mark)) if open == mark => {
                ranges.push(from..at + line.len());
                fence = None;
            }
            (None, None) if trimmed.starts_with(QUOTED_LINES) || line.starts_with(['\t', '|']) => {
                ranges.push(at..at + line.len());
            }
            _ => {}
        }
        at += line.len();
    }
    if let Some((_, from)) = fence {
        ranges.push(from..text.len());
    }
    ranges
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
