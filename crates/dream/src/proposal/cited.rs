//! Is a place there, does it hold these bytes, and whose words are they?

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::ops::Range;

use somnium_types::{Actor, Body, Origin, SessionId, ThreadId, Transcript, sha256_hex};

use super::{Bench, Citation};
use crate::channel::Channel;
use crate::evidence;
use crate::normalise::{Class, Normalised, Quote, Step, Turn, tool_key};

/// Longest place that may be cited, in bytes.
const MAX_PLACE: usize = 4 << 10;
/// Longest text kept of a place, in bytes.
const MAX_TEXT: usize = 240;

/// A place that was checked.
#[derive(Clone, Debug)]
pub(super) struct Cited {
    pub(super) session: SessionId,
    pub(super) quote: Quote,
    pub(super) channel: Channel,
    /// Where the text came from; of an agent that repeats something, where that came from.
    pub(super) origin: Origin,
    /// The tool that answered.
    pub(super) tool: Option<String>,
    /// For a place in what a tool of the own machine says when it fails: how.
    pub(super) failure: Option<Class>,
}

impl Cited {
    /// Returns what orders places.
    pub(super) fn key(&self) -> (&SessionId, u32, u32) {
        (&self.session, self.quote.span.event, self.quote.span.start)
    }
}

/// The transcripts that were asked for in this dream, or why there is none; each is checked once.
pub(super) type Shelf<'a> = BTreeMap<SessionId, Result<Cow<'a, Transcript>, &'static str>>;

/// Checks a citation. A place in a person's message is cut into the clauses that they said themselves.
pub(super) fn check<'a>(
    citation: &Citation,
    bench: &Bench<'a>,
    shelf: &mut Shelf<'a>,
) -> Result<Vec<Cited>, String> {
    let at = bench.sessions.binary_search_by(|session| session.id.cmp(&citation.session_id));
    let session = bench.sessions[at.map_err(|_| "it cites a session that is not known")?];
    if let Some(found) = kept(citation, session, bench) {
        return Ok(vec![found]);
    }
    let fetch = || {
        let transcript = bench.library.transcript(&citation.session_id);
        let transcript = transcript.ok_or("it cites a place that cannot be checked")?;
        let is_same = transcript.content_hash() == session.content_hash;
        is_same.then_some(transcript).ok_or("it cites another version of the session")
    };
    match shelf.entry(citation.session_id.clone()).or_insert_with(fetch) {
        Ok(transcript) => read(citation, transcript, session, bench),
        Err(why) => Err((*why).to_owned()),
    }
}

fn is_at(quote: &Quote, citation: &Citation) -> bool {
    let span = &quote.span;
    (span.event, [span.start, span.end], &span.sha256)
        == (citation.event_index, citation.bytes, &citation.sha256)
}

/// Looks for the place among those that the normalised session keeps.
fn kept(citation: &Citation, session: &Normalised, bench: &Bench<'_>) -> Option<Cited> {
    for turn in session.turns.iter().filter(|turn| turn.event == citation.event_index) {
        let quote = turn.own_clauses().find(|quote| is_at(quote, citation));
        if let Some(quote) = quote {
            return Some(of_turn(session, turn, quote.clone(), bench));
        }
        if let Some(quote) = turn.relayed_clauses().find(|quote| is_at(quote, citation)) {
            let relayed = of_turn(session, turn, quote.clone(), bench);
            return Some(Cited { channel: Channel::Relayed, origin: Origin::Web, ..relayed });
        }
    }
    let step = session.steps.iter().find(|step| step.result == Some(citation.event_index))?;
    let failure = step.failure.as_ref()?;
    let quote = Quote { span: failure.span.clone(), text: failure.line.clone() };
    is_at(&quote, citation).then(|| of_failure(session, step, quote))
}

/// Returns the channel of a turn.
pub(super) fn channel_of(turn: &Turn, bench: &Bench<'_>) -> Channel {
    if turn.by == Actor::Agent {
        return Channel::Agent;
    }
    if turn.thread != ThreadId::MAIN.0 || turn.origin == Origin::Agent {
        return Channel::SubAgent;
    }
    if !matches!(turn.origin, Origin::Owner | Origin::Teammate) {
        return Channel::Relayed;
    }
    let is_operator = turn.principal.as_ref().is_some_and(|who| bench.options.operators.contains(who));
    if is_operator { Channel::Operator } else { Channel::Person }
}

fn of_turn(session: &Normalised, turn: &Turn, quote: Quote, bench: &Bench<'_>) -> Cited {
    Cited {
        session: session.id.clone(),
        quote,
        channel: channel_of(turn, bench),
        origin: turn.origin,
        tool: None,
        failure: None,
    }
}

fn of_failure(session: &Normalised, step: &Step, quote: Quote) -> Cited {
    let failure = step.failure.as_ref().filter(|failure| !failure.external);
    let channel = match failure {
        Some(_) => Channel::Tool,
        None if step.tool.starts_with("mcp__") => Channel::Mcp,
        None => Channel::Web,
    };
    Cited {
        session: session.id.clone(),
        quote,
        channel,
        origin: channel.origin(),
        tool: Some(tool_key(step).to_owned()),
        failure: failure.map(|failure| failure.class),
    }
}

/// Reads the place in the transcript.
fn read(
    citation: &Citation,
    transcript: &Transcript,
    session: &Normalised,
    bench: &Bench<'_>,
) -> Result<Vec<Cited>, String> {
    let event =
        transcript.events.get(citation.event_index as usize).ok_or("it cites an event that is not there")?;
    let text = event.text();
    let range = citation.bytes[0] as usize..citation.bytes[1] as usize;
    let bytes = text.get(range.clone()).filter(|bytes| !bytes.trim().is_empty() && bytes.len() <= MAX_PLACE);
    let bytes = bytes.ok_or("it cites bytes that are not there, none, or too many")?;
    if sha256_hex(bytes.as_bytes()) != citation.sha256 {
        return Err("it cites bytes with another hash".to_owned());
    }
    let turn = session.turns.iter().find(|turn| turn.event == citation.event_index);
    if let Some(turn) = turn.filter(|_| matches!(event.body, Body::User { .. })) {
        return clauses(citation, turn, session, bench, &text);
    }
    let step = session.steps.iter().find(|step| step.result == Some(citation.event_index));
    let failing = step.and_then(|step| Some((step, step.failure.as_ref()?)));
    if let Some((step, failure)) = failing
        && overlap(&(failure.span.start..failure.span.end), citation) > 0
    {
        let quote = Quote { span: failure.span.clone(), text: failure.line.clone() };
        return Ok(vec![of_failure(session, step, quote)]);
    }
    let tool = match (&event.body, step) {
        (Body::ToolResult(result), None) => tool_of(transcript, result.call.as_str()),
        (_, Some(step)) => Some(step.tool.clone()),
        (Body::ToolCall(call), _) => Some(call.tool.clone()),
        _ => None,
    };
    let channel = Channel::of(event, tool.as_deref());
    Ok(vec![Cited {
        session: session.id.clone(),
        quote: start_of(citation.event_index, &text, range),
        channel,
        origin: turn.map_or(channel.origin(), |turn| turn.origin),
        tool,
        failure: None,
    }])
}

/// A place in a person's message: its clauses, or what is passed on where it touches that.
fn clauses(
    citation: &Citation,
    turn: &Turn,
    session: &Normalised,
    bench: &Bench<'_>,
    text: &str,
) -> Result<Vec<Cited>, String> {
    let touched = |quote: &&Quote| overlap(&(quote.span.start..quote.span.end), citation) > 0;
    let own: Vec<&Quote> = turn.own_clauses().filter(touched).collect();
    if own.is_empty() || turn.relayed_clauses().any(|quote| touched(&quote)) {
        let range = citation.bytes[0] as usize..citation.bytes[1] as usize;
        let quote = start_of(citation.event_index, text, range);
        let place = of_turn(session, turn, quote, bench);
        return Ok(vec![Cited { channel: Channel::Relayed, origin: Origin::Web, ..place }]);
    }
    Ok(own.into_iter().map(|quote| of_turn(session, turn, quote.clone(), bench)).collect())
}

fn overlap(range: &Range<u32>, citation: &Citation) -> u32 {
    range.end.min(citation.bytes[1]).saturating_sub(range.start.max(citation.bytes[0]))
}

fn start_of(event: u32, text: &str, range: Range<usize>) -> Quote {
    let end = text.floor_char_boundary((range.start + MAX_TEXT).min(range.end));
    evidence::quote(event, text, range.start..end)
}

fn tool_of(transcript: &Transcript, call: &str) -> Option<String> {
    transcript.events.iter().find_map(|event| match &event.body {
        Body::ToolCall(made) if made.id.as_str() == call => Some(made.tool.clone()),
        _ => None,
    })
}
