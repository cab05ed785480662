//! The blocks that a reconciliation writes: what went to the archive, and what people are asked.

use somnium_memory::{Block, Edit, MemoryPath};
use somnium_types::{BlockId, sha256_hex};

use super::decide::Decision;
use super::found::Found;
use super::report::{EntryOwner, FindingKind};
use crate::evidence;
use crate::propose::ARCHIVE;
use crate::report::EvidenceRef;
use crate::validate;

/// The file with what people are asked.
pub(super) const QUESTIONS: &str = "conflicts.md";
/// Begin the ids of both kinds of blocks.
const ARCHIVED: &str = "e-";
const ASKED: &str = "c-";
/// Digits of an id.
const DIGITS: usize = 10;
/// Longest quotation, in characters.
const MAX_QUOTE: usize = 160;

/// Whether a block is one of these: no claim stands behind it.
pub(crate) fn is_record(id: &BlockId) -> bool {
    is_question(id) || is_of(id, ARCHIVED)
}

/// Whether a block asks something.
pub(super) fn is_question(id: &BlockId) -> bool {
    is_of(id, ASKED)
}

fn is_of(id: &BlockId, prefix: &str) -> bool {
    let digits = id.as_str().strip_prefix(prefix);
    digits.is_some_and(|digits| digits.len() == DIGITS && digits.bytes().all(|byte| byte.is_ascii_hexdigit()))
}

/// A block to be written.
pub(super) struct Record {
    pub(super) id: BlockId,
    pub(super) path: MemoryPath,
    title: String,
    body: String,
}

impl Record {
    /// Whether it is written once: what went to the archive stays as it was then.
    pub(super) fn is_kept_as_it_is(&self) -> bool {
        !is_question(&self.id)
    }

    /// Returns the edits that bring it about: none where it is there already.
    pub(super) fn edits(&self, there: Option<&Block>) -> Vec<Edit> {
        let mut edits = Vec::new();
        if there.is_none_or(|block| block.title != self.title || block.body.trim() != self.body.trim()) {
            edits.push(Edit::Put {
                path: self.path.clone(),
                section: None,
                id: self.id.clone(),
                title: self.title.clone(),
                body: self.body.clone(),
            });
        }
        let is_away =
            there.is_some_and(|block| block.path.as_str().starts_with(ARCHIVE) && block.path != self.path);
        if is_away {
            edits.push(Edit::Move { id: self.id.clone(), path: self.path.clone(), section: None });
        }
        edits
    }
}

/// Returns the block that keeps what an entry said, its bytes in a fence.
pub(super) fn archived(found: &Found, raw: &str, decision: &Decision, with: Option<&str>) -> Option<Record> {
    let entry = &found.entry;
    let ending = if entry.path.is_markdown() { "" } else { ".md" };
    let path = MemoryPath::new(&format!("{ARCHIVE}{}{ending}", entry.path)).ok()?;
    let what = match decision.finding {
        FindingKind::Duplicate => "Said twice",
        FindingKind::Superseded => "Replaced",
        FindingKind::Contradicted | FindingKind::Broken => "Over",
    };
    let now = with.map_or_else(String::new, |with| format!("\nNow: {}", code(with)));
    Some(Record {
        id: id(ARCHIVED, found),
        path,
        title: format!("{what}: {}", code(&entry.text)),
        body: format!(
            "Moved here from {} by a dream: {}.{now}\n\n{}\n{}",
            place(found),
            decision.why,
            fenced(raw),
            places(&decision.places),
        ),
    })
}

/// Returns the block that asks about an entry.
pub(super) fn asked(found: &Found, raw: &str, decision: &Decision) -> Option<Record> {
    let whose = match found.owner {
        EntryOwner::Agent => "an agent's entry",
        EntryOwner::Person => "a person's text",
    };
    Some(Record {
        id: id(ASKED, found),
        path: MemoryPath::new(QUESTIONS).ok()?,
        title: decision.question.clone(),
        body: format!(
            "{} says ({whose}, left as it is):\n\n{}\n\nSessions: {}.\n{}\nTo answer, change that text, or delete this \
             block: then it is not asked again.",
            place(found),
            fenced(raw),
            decision.why,
            places(&decision.places),
        ),
    })
}

/// The same words at the same place are the same entry.
fn id(prefix: &str, found: &Found) -> BlockId {
    let entry = &found.entry;
    let digest = sha256_hex([entry.path.as_str(), &entry.text].join("\u{0}").as_bytes());
    BlockId::from(format!("{prefix}{}", digest.prefix(DIGITS)))
}

fn place(found: &Found) -> String {
    let path = code(&format!("/{}", found.entry.path));
    match found.entry.headings.last() {
        Some(heading) => format!("{path}, under {}", code(heading)),
        None => path,
    }
}

/// A fence that the text does not close.
fn fenced(raw: &str) -> String {
    let longest = raw.split(|c| c != '`').map(str::len).max().unwrap_or(0);
    let fence = "`".repeat(longest.max(2) + 1);
    format!("{fence}text\n{raw}\n{fence}")
}

fn places(places: &[EvidenceRef]) -> String {
    let line = |place: &EvidenceRef| {
        let quote = shown(&place.quote);
        let quote = if validate::may_quote(&quote) { format!(": {}", code(&quote)) } else { String::new() };
        format!("- session {}, event {}{quote}\n", code(place.session_id.as_str()), place.event_index)
    };
    let lines: String = places.iter().map(line).collect();
    if lines.is_empty() { lines } else { format!("\n{lines}") }
}

/// Returns text as it may be shown: one line, redacted, cut to a length.
pub(super) fn shown(text: &str) -> String {
    let line = evidence::excerpt(text, &(0..text.len()));
    let line = line.split_whitespace().collect::<Vec<_>>().join(" ");
    match line.char_indices().nth(MAX_QUOTE) {
        Some((end, _)) => format!("{} …", &line[..end]),
        None => line,
    }
}

/// The text stands in code, so that no viewer makes a link or a heading of it.
fn code(text: &str) -> String {
    let text = shown(text).replace('`', "'").replace("<!", "< !").replace("-->", "-- >");
    format!("`{text}`")
}
