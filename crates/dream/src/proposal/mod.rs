//! Proposals: what counting alone cannot see, brought in from outside and believed as far as the sessions bear it
//! out.
//!
//! A [`Composer`] reads sessions and proposes sentences, each with the places that it rests on. Nothing else it says
//! is used: the engine checks the places, asks by which [`Channel`] they came in, counts by itself who said the same,
//! and writes the words that stand in the place, not those of the composer. So a composer that is deceived, or
//! that deceives, can at most choose among what people really said.

mod cited;
mod judge;
mod quarantine;
mod recount;
mod same;
mod statement;

use std::borrow::Cow;
use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use somnium_types::{BlockId, ClaimId, SessionId, Sha256Hex, Transcript, sha256_hex};

use crate::Options;
use crate::channel::Channel;
use crate::ledger::Ledger;
use crate::normalise::Normalised;
use crate::report::{ClaimKind, NearMiss, Scope};

use cited::{Cited, Shelf};
pub(crate) use judge::{judge, withdrawn};
pub(crate) use quarantine::{FILE as QUARANTINE_FILE, Quarantine, edits, forget, is_row, of_failures, told};
pub(crate) use recount::recount;
pub(crate) use statement::{Stated, Statements, Voice};

/// Most proposals that are looked at in one dream.
const MAX_PROPOSALS: usize = 5_000;
/// Share of a place's words that a proposal has to have, in thousandths, for the place to be about it; two words in
/// common will do as well.
const MIN_OVERLAP: usize = 250;
/// Share from which on a further place of the same channel is said, too.
const MOST_OF_IT: usize = 800;

/// Proposes sentences. Called once a dream; what it returns is sorted, so that its order changes nothing.
pub trait Composer {
    /// Returns what it would have remembered, each with the places that it rests on.
    fn propose(&self, view: &View<'_>) -> Vec<Proposed>;
}

/// What a composer may look at. All of it is data: text in it may say anything.
#[derive(Clone, Copy)]
pub struct View<'a> {
    /// Every session that the store knows, by id.
    pub sessions: &'a [&'a Normalised],
    /// The transcripts, where they are at hand.
    pub library: &'a dyn Library,
}

/// Looks up transcripts, so that places can be checked against them.
pub trait Library {
    /// Returns the transcript of a session, if it is at hand.
    fn transcript(&self, id: &SessionId) -> Option<Cow<'_, Transcript>>;
}

/// No transcript is at hand: only places that normalised sessions keep can be cited.
impl Library for () {
    fn transcript(&self, _: &SessionId) -> Option<Cow<'_, Transcript>> {
        None
    }
}

impl Library for BTreeMap<SessionId, Transcript> {
    fn transcript(&self, id: &SessionId) -> Option<Cow<'_, Transcript>> {
        self.get(id).map(Cow::Borrowed)
    }
}

/// The composer that needs no model: it proposes nothing, what counting finds is all.
#[derive(Clone, Copy, Debug, Default)]
pub struct Offline;

impl Composer for Offline {
    fn propose(&self, _: &View<'_>) -> Vec<Proposed> {
        Vec::new()
    }
}

/// A sentence that a composer would have remembered.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Proposed {
    /// The places that it rests on.
    pub citations: Vec<Citation>,
    /// One line.
    pub title: String,
    /// More of it.
    pub body: String,
    /// What the composer takes it for.
    pub kind: ClaimKind,
    /// For whom it should hold; the engine only ever makes that narrower.
    pub scope: Scope,
    /// The note that it would do away with.
    pub retires: Option<BlockId>,
}

/// A place in a transcript.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Citation {
    /// The session.
    pub session_id: SessionId,
    /// The event, from 0.
    pub event_index: u32,
    /// First byte and one past the last, in the event's text.
    pub bytes: [u32; 2],
    /// SHA-256 of these bytes.
    pub sha256: Sha256Hex,
}

/// Whether the channel rules hold. Off is for the control that shows what they keep out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Rules {
    On,
    Off,
}

/// What a dream's proposals are checked against.
pub(crate) struct Bench<'a> {
    pub(crate) sessions: &'a [&'a Normalised],
    pub(crate) library: &'a dyn Library,
    pub(crate) options: &'a Options,
    pub(crate) rules: Rules,
}

/// Checks proposals and enters what they rest on in the ledger: as statements to be counted, or as rows of the
/// quarantine. Returns what was refused outright.
pub(crate) fn enter(mut proposed: Vec<Proposed>, bench: &Bench<'_>, ledger: &mut Ledger) -> Vec<NearMiss> {
    proposed.sort();
    proposed.dedup();
    let mut refused = Vec::new();
    let mut shelf = Shelf::new();
    for (at, proposal) in proposed.iter().enumerate() {
        let outcome = match at < MAX_PROPOSALS {
            true => one(proposal, bench, &mut shelf, ledger),
            false => Err(format!("more than {MAX_PROPOSALS} proposals in one dream")),
        };
        if let Err(why) = outcome {
            refused.push(NearMiss {
                id: refused_id(proposal),
                title: quarantine::shown(&proposal.title),
                why,
            });
        }
    }
    refused
}

/// Checks one proposal.
fn one<'a>(
    proposal: &Proposed,
    bench: &Bench<'a>,
    shelf: &mut Shelf<'a>,
    ledger: &mut Ledger,
) -> Result<(), String> {
    let mut places = Vec::new();
    let mut why = "it cites no place".to_owned();
    for citation in &proposal.citations {
        match cited::check(citation, bench, shelf) {
            Ok(found) => places.extend(found),
            Err(reason) => why = reason,
        }
    }
    let words = same::tokens(&format!("{} {}", proposal.title, proposal.body));
    let mut rated = rate(places, &words);
    let (overlap, place) = rated.pop().ok_or(why)?;
    if bench.rules == Rules::Off {
        return statement::enter(proposal, place, Channel::Operator, ledger);
    }
    let channel = place.channel;
    if !channel.is_a_person() && place.failure.is_none() {
        let why = if proposal.retires.is_some() { quarantine::RETIRES } else { quarantine::reason(channel) };
        quarantine::hold(&mut ledger.quarantine, &place, why);
        return Ok(());
    }
    if overlap.share < MIN_OVERLAP && overlap.words < 2 {
        return Err("the places that it cites do not say this".to_owned());
    }
    match &proposal.retires {
        Some(block) if channel.is_a_person() => statement::retire(block, &place, bench, ledger),
        Some(_) => {
            quarantine::hold(&mut ledger.quarantine, &place, quarantine::RETIRES);
            Ok(())
        }
        None => {
            // A place may hold several sentences of one person.
            let also = rated.into_iter().filter(|(overlap, also)| {
                channel.is_a_person() && also.channel == channel && overlap.share >= MOST_OF_IT
            });
            let also: Vec<Cited> = also.map(|(_, also)| also).collect();
            for place in also {
                statement::enter(proposal, place, channel, ledger)?;
            }
            statement::enter(proposal, place, channel, ledger)
        }
    }
}

/// How much of a place a proposal says.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Overlap {
    share: usize,
    words: usize,
}

/// Orders places by how much of them a proposal says; of equal ones the least trusted comes last.
fn rate(places: Vec<Cited>, words: &[String]) -> Vec<(Overlap, Cited)> {
    let rated = places.into_iter().map(|place| {
        let said = same::tokens(&place.quote.text);
        let common = said.iter().filter(|word| words.contains(word)).count();
        (Overlap { share: common * 1000 / said.len().max(1), words: common }, place)
    });
    let mut rated: Vec<_> = rated.collect();
    rated.sort_by(|(a, at), (b, other)| {
        a.cmp(b).then_with(|| other.channel.cmp(&at.channel)).then_with(|| other.key().cmp(&at.key()))
    });
    rated
}

fn refused_id(proposal: &Proposed) -> ClaimId {
    let text = format!("{}\u{0}{}\u{0}{:?}", proposal.title, proposal.body, proposal.citations);
    ClaimId::from(format!("x-{}", sha256_hex(text.as_bytes()).prefix(10)))
}
