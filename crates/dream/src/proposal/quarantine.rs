//! The quarantine: text from outside that somebody or something would have made into memory. Kept where people can
//! read it, with where it came from; no agent loads it, and no index names it.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};
use somnium_memory::{Block, Edit, MemoryPath, Owner};
use somnium_types::{BlockId, Origin, SessionId, sha256_hex};

use super::cited::Cited;
use super::same::Sentence;
use crate::channel::Channel;
use crate::evidence;
use crate::normalise::{Normalised, Quote, tool_key};
use crate::report::{EvidenceRef, Quarantined};

/// The file.
pub(crate) const FILE: &str = "quarantine.md";
/// How the ids of its rows begin.
const PREFIX: &str = "q-";
/// Most rows that are kept; those that came up in the most sessions stay.
const MAX_ROWS: usize = 200;
/// Most rows that one session can bring in, so that one page cannot push out everything else.
const MAX_OF_A_SESSION: usize = 20;
/// Most sessions that are remembered of one row.
const MAX_SESSIONS: usize = 64;
/// Longest text that is shown of a row, in characters.
const MAX_TEXT: usize = 200;

/// Why what asks for the removal of a note is held back.
pub(super) const RETIRES: &str = "it would do away with a note";

/// Rows by id.
pub(crate) type Quarantine = BTreeMap<BlockId, Row>;

/// One row.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Row {
    channel: Channel,
    origin: Origin,
    tool: Option<String>,
    why: String,
    /// The first place, by session and event.
    first: (SessionId, Quote),
    sessions: BTreeSet<SessionId>,
}

/// Returns why text of a channel is held back.
pub(super) fn reason(channel: Channel) -> &'static str {
    match channel {
        Channel::Web | Channel::Mcp => "text from elsewhere is never advice",
        Channel::Relayed => "passed on by a person, not said by one",
        Channel::SubAgent => "a sub-agent speaks for nobody",
        Channel::Tool => "what a tool prints is never advice",
        Channel::Memory => "memory is no evidence for itself",
        Channel::Harness => "the harness speaks for nobody",
        Channel::Agent => "the agent speaks for nobody",
        Channel::Person | Channel::Operator => "held back",
    }
}

/// Returns text as it may be shown: one line, without what acts on a reader's screen, cut to a length.
pub(super) fn shown(text: &str) -> String {
    let line = evidence::excerpt(text, &(0..text.len()));
    let line = line.split_whitespace().collect::<Vec<_>>().join(" ");
    match line.char_indices().nth(MAX_TEXT) {
        Some((end, _)) => format!("{} …", &line[..end]),
        None => line,
    }
}

/// Puts a place into quarantine.
pub(super) fn hold(rows: &mut Quarantine, place: &Cited, why: &str) {
    let text = Sentence::of(&place.quote.text).canonical();
    let tool = place.tool.as_deref().unwrap_or_default();
    let digest = sha256_hex([place.channel.name(), tool, &text].join("\u{0}").as_bytes());
    let id = BlockId::from(format!("{PREFIX}{}", digest.prefix(10)));
    let of_session = rows.values().filter(|row| row.first.0 == place.session).count();
    if !rows.contains_key(&id) && of_session >= MAX_OF_A_SESSION {
        return;
    }
    let first = (place.session.clone(), place.quote.clone());
    let row = rows.entry(id).or_insert_with(|| Row {
        channel: place.channel,
        origin: place.origin,
        tool: place.tool.clone(),
        why: why.to_owned(),
        first: first.clone(),
        sessions: BTreeSet::new(),
    });
    if at(&first) < at(&row.first) {
        row.first = first;
    }
    if row.sessions.len() < MAX_SESSIONS {
        row.sessions.insert(place.session.clone());
    }
    trim(rows);
}

fn at((session, quote): &(SessionId, Quote)) -> (&SessionId, u32, u32) {
    (session, quote.span.event, quote.span.start)
}

/// Keeps the rows of the most sessions.
fn trim(rows: &mut Quarantine) {
    while rows.len() > MAX_ROWS {
        let least =
            rows.iter().min_by_key(|(id, row)| (row.sessions.len(), std::cmp::Reverse((*id).clone())));
        let Some(id) = least.map(|(id, _)| id.clone()) else { return };
        rows.remove(&id);
    }
}

/// Holds back what tools from elsewhere say when they fail, where it recurs: it is counted, but its words stay out of
/// the notes.
pub(crate) fn of_failures(sessions: &[&Normalised], needed: usize, rows: &mut Quarantine) {
    let mut seen: BTreeMap<(String, String), Vec<Cited>> = BTreeMap::new();
    for session in sessions {
        for step in &session.steps {
            let Some(failure) = step.failure.as_ref().filter(|failure| failure.external) else { continue };
            let tool = tool_key(step).to_owned();
            let places = seen.entry((tool.clone(), failure.masked.join(" "))).or_default();
            if failure.line.trim().is_empty()
                || places.last().is_some_and(|place| place.session == session.id)
            {
                continue;
            }
            let channel = if tool.starts_with("mcp__") { Channel::Mcp } else { Channel::Web };
            places.push(Cited {
                session: session.id.clone(),
                quote: Quote { span: failure.span.clone(), text: failure.line.clone() },
                channel,
                origin: Origin::Web,
                tool: Some(tool),
                failure: None,
            });
        }
    }
    for places in seen.into_values().filter(|places| places.len() >= needed) {
        let Some(first) = places.first().map(|place| place.quote.clone()) else { continue };
        for place in places {
            // One row a message, however its numbers vary.
            let text = first.text.clone();
            let quote = Quote { text, ..place.quote.clone() };
            let shown = if place.quote == first { place.clone() } else { Cited { quote, ..place } };
            hold(rows, &shown, "recurring words of a tool from elsewhere are counted, not quoted");
        }
    }
}

/// Forgets what sessions brought in. A row whose first place is gone goes, too: it shows that place.
pub(crate) fn forget(rows: &mut Quarantine, gone: &BTreeSet<SessionId>) {
    rows.values_mut().for_each(|row| row.sessions.retain(|id| !gone.contains(id)));
    rows.retain(|_, row| !gone.contains(&row.first.0));
}

/// Returns whether a block is a row of the quarantine.
pub(crate) fn is_row(id: &BlockId) -> bool {
    id.as_str().starts_with(PREFIX)
}

/// Returns the edits that bring the file up to date. A row that a person changed stays as it is, one that a person
/// deleted does not come back.
pub(crate) fn edits(
    rows: &Quarantine,
    blocks: &BTreeMap<BlockId, Block>,
    owners: &BTreeMap<BlockId, Owner>,
    is_deleted: impl Fn(&BlockId) -> bool,
) -> Vec<Vec<Edit>> {
    let Ok(path) = MemoryPath::new(FILE) else { return Vec::new() };
    let gone = blocks.keys().filter(|id| is_row(id) && !rows.contains_key(*id));
    let gone = gone.filter(|id| owners.get(*id) == Some(&Owner::Ours));
    let mut edits: Vec<Vec<Edit>> = gone.map(|id| vec![Edit::Remove { id: id.clone() }]).collect();
    for (id, row) in rows {
        let is_ours = owners.get(id).is_none_or(|owner| *owner == Owner::Ours);
        if !is_ours || is_deleted(id) {
            continue;
        }
        let (title, body) = (row.title(), row.body());
        let same =
            blocks.get(id).is_some_and(|block| block.title == title && block.body.trim() == body.trim());
        if !same {
            edits.push(vec![Edit::Put { path: path.clone(), section: None, id: id.clone(), title, body }]);
        }
    }
    edits
}

/// Returns the rows as they are reported.
pub(crate) fn told(rows: &Quarantine) -> Vec<Quarantined> {
    rows.iter()
        .map(|(id, row)| Quarantined {
            id: id.clone(),
            channel: row.channel,
            origin: row.origin,
            tool: row.tool.clone(),
            text: shown(&row.first.1.text),
            why: row.why.clone(),
            sessions: row.sessions.len() as u64,
            first: EvidenceRef {
                session_id: row.first.0.clone(),
                event_index: row.first.1.span.event,
                bytes: [row.first.1.span.start, row.first.1.span.end],
                sha256: row.first.1.span.sha256.clone(),
                quote: shown(&row.first.1.text),
            },
        })
        .collect()
}

impl Row {
    fn title(&self) -> String {
        let from = self.tool.as_deref().map_or_else(String::new, |tool| format!(" from {}", code(tool)));
        format!("Held back: channel {}{from}", self.channel.name())
    }

    /// The text stands in code, so that no viewer draws a picture or a link from it.
    fn body(&self) -> String {
        let (session, quote) = &self.first;
        let sessions = match self.sessions.len() {
            1 => "1 session".to_owned(),
            many => format!("{many} sessions"),
        };
        format!(
            "Not advice: {}.\nText: {}\nFirst place: session {}, event {}, bytes {}-{}; seen in {sessions}.",
            self.why,
            code(&shown(&quote.text)),
            code(session.as_str()),
            quote.span.event,
            quote.span.start,
            quote.span.end,
        )
    }
}

fn code(text: &str) -> String {
    let text = shown(text).replace('`', "'").replace("<!", "< !").replace("-->", "-- >");
    format!("`{text}`")
}
