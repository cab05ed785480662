//! `.somnium/state.json`: what dreams remember between runs.

use std::collections::BTreeMap;
use std::path::Path;

use serde::{Deserialize, Serialize};
use serde_json::Value;
use somnium_types::{BlockId, DreamId, Sha256Hex, Timestamp, sha256_hex};

use super::{ErasedMark, Feedback, HoldBack, SessionFile, StoreError};
use crate::{Baselines, MemoryPath, Places, Sketch};

/// The format version written by this program.
pub(super) const VERSION: u64 = 1;

/// The machine's side of a memory folder. The ledger belongs to the engine and is opaque here; fields that
/// this version does not know are kept.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct State {
    version: u64,
    /// What dreams wrote last, by block.
    #[serde(default)]
    pub baselines: Baselines,
    /// Blocks that a person deleted: they do not come back by themselves.
    #[serde(default)]
    pub tombstones: BTreeMap<BlockId, Tombstone>,
    /// What a person wants in the always-loaded index.
    #[serde(default, skip_serializing_if = "Places::is_empty")]
    pub pins: Places,
    /// What a person closed to dreams.
    #[serde(default, skip_serializing_if = "Places::is_empty")]
    pub frozen: Places,
    /// What is not to be read again: it was erased on request.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub erased: Vec<ErasedMark>,
    /// What agents said of notes.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub feedback: BTreeMap<BlockId, Feedback>,
    /// How many sessions start without a note, oldest first.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub hold_back: Vec<HoldBack>,
    /// The files with what is kept of sessions, oldest first. Take out those that are of no use any more; a
    /// [`Publication`](super::Publication) adds its own.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub sessions: Vec<SessionFile>,
    /// The dreams published to this folder, oldest first. Kept by the store.
    #[serde(default)]
    pub(super) dreams: Vec<DreamRecord>,
    /// The engine's claim ledger.
    #[serde(default)]
    pub ledger: Value,
    #[serde(flatten)]
    other: BTreeMap<String, Value>,
}

/// A block that a person deleted.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Tombstone {
    /// The SHA-256 of the block's bytes as a dream last wrote them.
    pub sha256: Sha256Hex,
    /// Where it was.
    pub path: MemoryPath,
    /// The dream that found it gone; `None` where a command deleted it.
    pub dream: Option<DreamId>,
    /// When it was found gone, or deleted.
    pub at: Timestamp,
    /// Who deleted it, where they said so.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub by: Option<String>,
    /// Why, as a short phrase.
    pub why: String,
    /// What it said, to know it again under another id.
    #[serde(default)]
    pub sketch: Sketch,
}

/// One dream in the history of a folder.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DreamRecord {
    /// Its id.
    pub id: DreamId,
    /// When it was published.
    pub at: Timestamp,
    /// How it was published.
    pub publication: PublicationKind,
    /// How many files it changed.
    pub files: usize,
    /// Whether it was undone since.
    #[serde(default)]
    pub undone: bool,
}

/// How a dream's result was written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PublicationKind {
    /// Into the folder that was read.
    InPlace,
    /// As a new folder.
    Copy,
}

impl Default for State {
    fn default() -> Self {
        Self {
            version: VERSION,
            baselines: Baselines::default(),
            tombstones: BTreeMap::new(),
            pins: Places::default(),
            frozen: Places::default(),
            erased: Vec::new(),
            feedback: BTreeMap::new(),
            hold_back: Vec::new(),
            sessions: Vec::new(),
            dreams: Vec::new(),
            ledger: Value::Null,
            other: BTreeMap::new(),
        }
    }
}

impl State {
    /// Returns the dreams published to this folder, oldest first.
    pub fn dreams(&self) -> &[DreamRecord] {
        &self.dreams
    }

    /// Returns the latest dream that was not undone.
    pub fn latest_dream(&self) -> Option<&DreamRecord> {
        self.dreams.iter().rev().find(|record| !record.undone)
    }

    /// Reads the document at `path` from its bytes.
    pub(super) fn from_json(bytes: &[u8], path: &Path) -> Result<Self, StoreError> {
        let value = versioned(bytes, path)?;
        serde_json::from_value(value).map_err(|error| damaged(path, error.to_string()))
    }

    pub(super) fn to_json(&self) -> Vec<u8> {
        json_bytes(self)
    }

    /// Takes over what people decided (deletions, pins, what is frozen) and what agents said of notes.
    /// Takes over what people decided: deletions, pins, what is frozen, how many sessions start without a note.
    pub(super) fn take_from_people(&mut self, now: &Self) {
        // One that a dream had noticed stays: people deleted it.
        self.tombstones.extend(now.tombstones.clone());
        self.pins.clone_from(&now.pins);
        self.frozen.clone_from(&now.frozen);
        self.erased.clone_from(&now.erased);
        self.feedback.clone_from(&now.feedback);
    }

    /// Whether no dream was published between the two.
    pub(super) fn knows_the_same_as(&self, other: &Self) -> bool {
        (&self.dreams, &self.ledger) == (&other.dreams, &other.ledger)
    }

    /// Takes away what was known as deleted `then` and a person allowed since.
    pub(super) fn forget_what_was_allowed(&mut self, then: &Self, now: &Self) {
        for id in then.tombstones.keys().filter(|id| !now.tombstones.contains_key(*id)) {
            self.tombstones.remove(id);
            if !now.baselines.blocks.contains_key(id) {
                self.baselines.blocks.remove(id);
            }
        }
        self.hold_back.clone_from(&now.hold_back);
    }

    /// Adds a dream; an earlier record of the same id gives way.
    pub(super) fn note(&mut self, record: DreamRecord) {
        self.dreams.retain(|known| known.id != record.id);
        self.dreams.push(record);
    }

    /// Adds the file of sessions that a dream writes; an earlier one of the same dream gives way.
    pub(super) fn keep_sessions(&mut self, dream: &DreamId, bytes: Option<&[u8]>) {
        let Some(bytes) = bytes else { return };
        self.sessions.retain(|file| file.dream != *dream);
        self.sessions.push(SessionFile { dream: dream.clone(), sha256: sha256_hex(bytes) });
    }
}

/// Parses a JSON object whose `version` this program knows.
pub(super) fn versioned(bytes: &[u8], path: &Path) -> Result<Value, StoreError> {
    let value: Value = serde_json::from_slice(bytes).map_err(|error| damaged(path, error.to_string()))?;
    match value.get("version").and_then(Value::as_u64) {
        None => Err(damaged(path, "it has no `version`".to_owned())),
        Some(found) if found > VERSION => {
            Err(StoreError::Newer { path: path.to_owned(), found, known: VERSION })
        }
        Some(_) => Ok(value),
    }
}

/// Returns a document as it is stored: indented, so that it diffs well, with a last line break.
pub(super) fn json_bytes(document: &impl Serialize) -> Vec<u8> {
    // Plain maps with string keys always serialise.
    let mut bytes = serde_json::to_vec_pretty(document).unwrap_or_default();
    bytes.push(b'\n');
    bytes
}

fn damaged(path: &Path, why: String) -> StoreError {
    let next = "restore it from version control or a backup, or move it away: the notes stay, and the next \
                dream takes every block for a person's";
    StoreError::Damaged { path: path.to_owned(), why, next }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn unknown_fields_survive_and_unknown_versions_are_refused() {
        let path = Path::new("state.json");
        let text = br#"{"version":1,"pens":["m-1"],"ledger":{"x":1}}"#;
        let state = State::from_json(text, path).unwrap();
        let again: Value = serde_json::from_slice(&state.to_json()).unwrap();
        assert_eq!(again["pens"][0], "m-1");
        assert_eq!(again["ledger"]["x"], 1);

        let newer = State::from_json(br#"{"version":2}"#, path).unwrap_err();
        assert!(newer.to_string().contains("format version 2"), "{newer}");
        for bad in [&b""[..], b"{", b"[]", b"{}", br#"{"version":1,"dreams":7}"#, b"\xff"] {
            let error = State::from_json(bad, path).unwrap_err();
            assert_eq!(error.code(), "SOM014");
            assert!(error.to_string().contains("state.json"), "{error}");
        }
    }
}
