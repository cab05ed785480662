//! What people said, over all sessions: one [`Saying`] a clause.

use std::collections::{BTreeMap, BTreeSet};

use somnium_types::{Actor, Origin, ThreadId};

use super::language::Language;
use super::reading::{Reading, Strength, read};
use crate::normalise::{Class, Normalised, Quote, Turn};

/// A turn at least this long (in bytes) that is word for word the same in several sessions comes from a tool.
const TEMPLATE: usize = 120;
/// In this many sessions.
const TEMPLATE_SESSIONS: usize = 3;
/// A turn at least this long (in bytes) in which nobody says "I", "we" or "you" was pasted.
const IMPERSONAL: usize = 240;
/// Calls by which the beginnings of two sessions are told apart.
const OPENING_CALLS: usize = 3;
/// Longest clause (in words) that may say what somebody wants: longer ones are paragraphs.
const MAX_WORDS: usize = 32;

/// A clause of a person.
#[derive(Clone, Debug)]
pub(super) struct Saying<'s> {
    pub(super) session: &'s Normalised,
    /// Who; empty where that is not known.
    pub(super) who: &'s str,
    pub(super) quote: &'s Quote,
    pub(super) reading: Reading,
}

impl Saying<'_> {
    /// Returns how lasting the wish is, if it is one.
    pub(super) fn strength(&self) -> Option<Strength> {
        self.reading.wish.map(|wish| wish.strength)
    }

    /// Returns what the wish counts as. Who names what a thing is to be like, or on which occasion work is to be done
    /// so, asks for more than a piece of work.
    pub(super) fn weight(&self) -> Option<Strength> {
        let reading = &self.reading;
        let names = reading.values.iter().any(|(attribute, ..)| reading.language.needs_subject(attribute));
        let is_rule = reading.names_occasion && reading.wish.is_some_and(|wish| wish.is_about_how);
        let least = if names || is_rule { Strength::Demand } else { Strength::Request };
        self.strength().map(|strength| strength.max(least))
    }

    /// Whether it wants something about how the work is to be, for more than this once, and no table has a name for
    /// what it is.
    pub(super) fn is_about_how(&self) -> bool {
        self.reading.wish.is_some_and(|wish| wish.is_about_how)
            && !self.reading.once
            && self.reading.values.is_empty()
    }

    /// Orders sayings in time.
    pub(super) fn when(&self) -> impl Ord + use<'_> {
        (self.session.started_at, &self.session.id, self.quote.span.event, self.quote.span.start)
    }
}

/// Returns every clause that a person said in their own words, in the order of sessions.
pub(super) fn collect<'s>(sessions: &[&'s Normalised]) -> Vec<Saying<'s>> {
    let templates = templates(sessions);
    let mut sayings = Vec::new();
    let mut heard: BTreeSet<(Opening<'_>, &str)> = BTreeSet::new();
    for session in sessions {
        let mut language = None;
        let opening = opening(session);
        for turn in session.turns.iter().filter(|turn| is_by_a_person(turn)) {
            if turn.is_document || templates.contains(&text(turn)) {
                continue;
            }
            let mut said = of_turn(session, turn, &mut language);
            if let Some(opening) = &opening {
                said.retain(|saying| heard.insert((opening.clone(), saying.quote.text.as_str())));
            }
            sayings.extend(said);
        }
    }
    sayings
}

/// How a conversation begins: the person, their first words, the first calls.
type Opening<'s> = (&'s str, &'s str, Vec<u64>);

/// Returns how a session begins, if that tells it from others. A session that was resumed is there several times,
/// with everything that was said before; what begins alike is one conversation, in which a sentence counts once.
fn opening<'s>(session: &'s Normalised) -> Option<Opening<'s>> {
    let first = session.turns.iter().find(|turn| is_by_a_person(turn))?;
    let calls: Vec<u64> = session.steps.iter().take(OPENING_CALLS).map(|step| step.fingerprint).collect();
    let who = first.principal.as_ref().map_or("", |who| who.as_str());
    (calls.len() == OPENING_CALLS).then_some((who, first.clauses.first()?.text.as_str(), calls))
}

/// Words of the session's own people on its main thread; not of agents, tools, pages or harnesses.
fn is_by_a_person(turn: &Turn) -> bool {
    turn.by == Actor::User
        && matches!(turn.origin, Origin::Owner | Origin::Teammate)
        && turn.thread == ThreadId::MAIN.0
}

fn text(turn: &Turn) -> String {
    turn.clauses.iter().map(|clause| clause.text.as_str()).collect::<Vec<_>>().join("\n")
}

/// Returns the long turns that are the same in several sessions.
fn templates(sessions: &[&Normalised]) -> BTreeSet<String> {
    let mut seen: BTreeMap<String, BTreeSet<&str>> = BTreeMap::new();
    for session in sessions {
        for turn in session.turns.iter().filter(|turn| is_by_a_person(turn)) {
            let text = text(turn);
            if text.len() >= TEMPLATE {
                seen.entry(text).or_default().insert(session.id.as_str());
            }
        }
    }
    seen.retain(|_, sessions| sessions.len() >= TEMPLATE_SESSIONS);
    seen.into_keys().collect()
}

fn of_turn<'s>(
    session: &'s Normalised,
    turn: &'s Turn,
    language: &mut Option<&'static Language>,
) -> Vec<Saying<'s>> {
    let who = turn.principal.as_ref().map_or("", |who| who.as_str());
    let mut sayings: Vec<Saying<'_>> = Vec::new();
    let (mut length, mut is_personal, mut corrects) = (0, false, refused(session, turn));
    for (at, quote) in turn.clauses.iter().enumerate() {
        let Some(mut reading) = read(&quote.text, *language) else { continue };
        *language = Some(reading.language);
        length += quote.text.len();
        is_personal |= reading.is_personal;
        corrects |= at == 0 && reading.corrects && follows_work(session, turn);
        let relays = reading.relays && quote.text.contains(':');
        if relays {
            break; // What follows are the words of somebody else.
        }
        if !turn.pasted.contains(&(at as u32)) && reading.words <= MAX_WORDS {
            if let Some(before) = sayings.last() {
                reading.lean_on(&before.reading);
                // What was only refused is said with the rest.
                if before.reading.only_refuses() && !before.reading.against.is_disjoint(&reading.against) {
                    sayings.pop();
                }
            }
            sayings.push(Saying { session, who, quote, reading });
        }
    }
    if length >= IMPERSONAL && !is_personal {
        return Vec::new();
    }
    if corrects {
        sayings.iter_mut().for_each(|saying| raise(&mut saying.reading));
    }
    sayings
}

/// A wish in a correction weighs more than one in a request.
fn raise(reading: &mut Reading) {
    if let Some(wish) = &mut reading.wish {
        wish.strength = wish.strength.max(Strength::Correction);
    }
}

/// Whether the person had just refused a call.
fn refused(session: &Normalised, turn: &Turn) -> bool {
    let before = session.steps.iter().rfind(|step| step.call < turn.event && step.thread == turn.thread);
    before.is_some_and(|step| {
        let answered = step.result.unwrap_or(step.call);
        let is_last = !session
            .turns
            .iter()
            .any(|other| (answered..turn.event).contains(&other.event) && other.event != turn.event);
        is_last && step.failure.as_ref().is_some_and(|failure| failure.class == Class::Denied)
    })
}

/// Whether the agent had done or said anything before.
fn follows_work(session: &Normalised, turn: &Turn) -> bool {
    session.turns.iter().any(|other| other.by == Actor::Agent && other.event < turn.event)
        || session.steps.iter().any(|step| step.call < turn.event)
}
