//! What a dream reports of the memory that it found.

use serde::{Deserialize, Serialize};
use somnium_types::BlockId;

use crate::report::EvidenceRef;

/// What was made of the entries that were there without markers.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Reconciled {
    /// Entries that are people's, or may be: they are never changed.
    pub people: u64,
    /// Entries that agents wrote by themselves.
    pub agents: u64,
    /// Entries of agents that later sessions bear out.
    pub verified: u64,
    /// What was done, and what people are asked, by file and place.
    pub changes: Vec<Reconciling>,
}

impl Reconciled {
    /// Whether there was nothing to look at.
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }
}

/// One entry, and what became of it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Reconciling {
    /// What was done.
    pub action: Action,
    /// What was found.
    pub finding: FindingKind,
    /// Whose the entry is.
    pub owner: EntryOwner,
    /// The file, from the memory's root.
    pub path: String,
    /// What the entry says or said, secrets replaced.
    pub text: String,
    /// The entry that says the same, or what stands there now.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub with: Option<String>,
    /// Why, in words.
    pub why: String,
    /// The block of the archive that keeps the text, or the one of `conflicts.md` that asks.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub block: Option<BlockId>,
    /// Places in the sessions that say so.
    pub evidence: Vec<EvidenceRef>,
}

/// What was done about an entry.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Action {
    /// It went to the archive, because another entry says the same.
    Merged,
    /// Its value was replaced; what it said is in the archive.
    Replaced,
    /// It went to the archive.
    Archived,
    /// It stays, and `conflicts.md` asks a person.
    Asked,
    /// It stays for now: too few sessions say so, or a limit was reached.
    Waiting,
}

/// What was found about an entry.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FindingKind {
    /// Another entry says the same.
    Duplicate,
    /// Sessions say something else by now.
    Superseded,
    /// Sessions disagree, or keep changing.
    Contradicted,
    /// What it names is gone.
    Broken,
}

/// Whose an entry is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum EntryOwner {
    /// An agent wrote it during a session, or a person says that agents write that file.
    Agent,
    /// Anybody else.
    Person,
}
