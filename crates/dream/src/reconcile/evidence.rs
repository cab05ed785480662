//! What sessions say about what memory says: statements of people, notes of agents, and what was there or not.

use std::collections::BTreeMap;

use somnium_types::{Actor, Origin, SessionId};

use super::found::Found;
use super::reading::{self, Reading};
use super::reference::{Reference, Use};
use crate::normalise::{Normalised, Span, Turn};
use crate::report::EvidenceRef;

/// One session's word on a matter.
#[derive(Clone, Debug)]
pub(super) struct Word<'s, T> {
    pub(super) session: &'s Normalised,
    pub(super) says: T,
    /// Whether it says that something changed.
    pub(super) switches: bool,
    pub(super) place: EvidenceRef,
}

/// Returns the sessions in the order of time; those without a time come first.
pub(super) fn in_order<'s>(sessions: &[&'s Normalised]) -> Vec<&'s Normalised> {
    let mut ordered = sessions.to_vec();
    ordered.sort_by(|a, b| (a.ended_at, &a.id).cmp(&(b.ended_at, &b.id)));
    ordered
}

/// A statement, with where it stands.
struct Statement<'s> {
    event: u32,
    span: &'s Span,
    text: &'s str,
    reading: Reading,
}

/// Returns what a session states: people in their own words, and the agent where it kept a note that it had not from
/// elsewhere. In order.
fn statements(session: &Normalised) -> Vec<Statement<'_>> {
    let people = session.turns.iter().filter(|turn| is_a_persons(turn));
    let said = people
        .flat_map(|turn| turn.own_clauses().map(|clause| (turn.event, &clause.span, clause.text.as_str())));
    let kept = session.written.iter().filter(|written| !written.external);
    let kept = kept.map(|written| (written.span.event, &written.span, written.text.as_str()));
    let mut all: Vec<Statement<'_>> = said
        .chain(kept)
        .filter(|(.., text)| reading::states(text))
        .map(|(event, span, text)| Statement { event, span, text, reading: reading::read(text) })
        .filter(|statement| statement.reading.is_a_statement())
        .collect();
    all.sort_by_key(|statement| (statement.event, statement.span.start));
    all
}

/// Whether a person says it, and in their own words.
fn is_a_persons(turn: &Turn) -> bool {
    turn.by == Actor::User && matches!(turn.origin, Origin::Owner | Origin::Teammate)
}

/// Which value of a note a statement is about, and what it says instead: the same values but one, or all of them.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Says {
    pub(super) slot: usize,
    pub(super) value: String,
}

/// Returns, by the number of the entry and the place of the value, what each session said last about it, in the order
/// of time.
pub(super) fn about<'s>(
    found: &[Found],
    sessions: &[&'s Normalised],
) -> BTreeMap<(usize, usize), Vec<Word<'s, String>>> {
    let mut by_word: BTreeMap<&str, Vec<usize>> = BTreeMap::new();
    for (number, found) in found.iter().enumerate().filter(|(_, found)| found.reading.has_a_value()) {
        for word in found.reading.words.iter().take(1) {
            by_word.entry(word).or_default().push(number);
        }
    }
    let mut said: BTreeMap<(usize, usize), Vec<Word<'s, String>>> = BTreeMap::new();
    if by_word.is_empty() {
        return said;
    }
    for session in sessions {
        for statement in statements(session) {
            let near = statement.reading.words.iter().filter_map(|word| by_word.get(word.as_str())).flatten();
            let near: Vec<usize> = near.copied().collect();
            for number in meant(found, &near, &statement.reading) {
                for says in compare(&found[number].reading, &statement.reading) {
                    let words = said.entry((number, says.slot)).or_default();
                    let place = place(&session.id, statement.span, statement.text);
                    let switches = statement.reading.switches;
                    let word = Word { session, says: says.value, switches, place };
                    match words.last_mut().filter(|last| last.session.id == session.id) {
                        // Said in one breath, they hold beside each other.
                        Some(last) if last.place.event_index == statement.event && last.says != word.says => {
                            last.says.clear();
                        }
                        Some(last) => *last = word,
                        None => words.push(word),
                    }
                }
            }
        }
    }
    said.values_mut().for_each(|words| words.retain(|word| !word.says.is_empty()));
    said
}

/// Returns the entries that a statement is about. Where several would do, those whose headings it names; where they
/// still stand under different headings, none.
fn meant(found: &[Found], near: &[usize], statement: &Reading) -> Vec<usize> {
    let is_about = |number: &&usize| {
        let found = &found[**number];
        let own = &found.reading.words;
        let mut extra = statement.words.difference(own);
        own.is_subset(&statement.words)
            && extra.all(|word| found.context.contains(word) || statement.says_when(word, own))
    };
    let about: Vec<usize> = near.iter().filter(is_about).copied().collect();
    let named = |number: &usize| found[*number].context.intersection(&statement.words).count();
    let most = about.iter().map(named).max().unwrap_or(0);
    let best: Vec<usize> = about.into_iter().filter(|number| named(number) == most).collect();
    let same = best.windows(2).all(|pair| found[pair[0]].shares_context(&found[pair[1]]));
    if same { best } else { Vec::new() }
}

fn compare(note: &Reading, statement: &Reading) -> Vec<Says> {
    let (ours, theirs) = (note.texts(), statement.texts());
    if ours.len() != theirs.len() {
        return Vec::new();
    }
    let all = ours.iter().zip(&theirs).enumerate();
    let differ: Vec<usize> = all.filter(|(_, (ours, theirs))| ours != theirs).map(|(slot, _)| slot).collect();
    let says = |slot: usize| Says { slot, value: theirs[slot].to_owned() };
    match differ[..] {
        [] => (0..ours.len()).map(says).collect(),
        [slot] => vec![says(slot)],
        _ => Vec::new(),
    }
}

/// Returns, by reference, what each session that used it found last, in the order of time.
pub(super) fn uses<'s>(
    references: &[&Reference],
    sessions: &[&'s Normalised],
) -> BTreeMap<Reference, Vec<Word<'s, Use>>> {
    let mut uses: BTreeMap<Reference, Vec<Word<'s, Use>>> = BTreeMap::new();
    for session in sessions {
        for reference in references {
            let mut used = session.steps.iter().filter_map(|step| Some((step, reference.used_in(step)?)));
            let Some((step, says)) = used.next_back() else { continue };
            let quote = step.quote.as_ref().map(|quote| (&quote.span, quote.text.as_str()));
            let missing = step.failure.as_ref().map(|failure| (&failure.span, failure.line.as_str()));
            let Some((span, text)) = missing.or(quote) else { continue };
            let place = place(&session.id, span, text);
            uses.entry((*reference).clone()).or_default().push(Word {
                session,
                says,
                switches: false,
                place,
            });
        }
    }
    uses
}

fn place(session: &SessionId, span: &Span, text: &str) -> EvidenceRef {
    EvidenceRef {
        session_id: session.clone(),
        event_index: span.event,
        bytes: [span.start, span.end],
        sha256: span.sha256.clone(),
        quote: text.to_owned(),
    }
}
