//! What one line of the log says.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use somnium_types::{BlockId, ChangeId, DreamId, Sha256Hex, Timestamp, sha256_hex};

use crate::{Memory, MemoryPath, Place};

/// One change of a memory folder.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Entry {
    /// When: the clock of a dream, or the time of a command.
    pub at: Timestamp,
    /// Who.
    pub by: Writer,
    /// What.
    pub what: What,
    /// The change, where one of its own was made: names its folder under `history/`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub change: Option<ChangeId>,
    /// Why, in a person's words.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub why: Option<String>,
    /// What was pinned, frozen or allowed, or is so no more.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub marked: Vec<Place>,
    /// The blocks that are others afterwards.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub blocks: Vec<TouchedBlock>,
    /// The files that are others afterwards.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub files: Vec<TouchedFile>,
    /// Files under `.somnium` as they are from now on, but for the state; `None`: gone.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub machine: BTreeMap<String, Option<Sha256Hex>>,
    /// The bytes of `state.json` from now on; `None` where they stay.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub state: Option<Sha256Hex>,
}

/// Who made a change.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Writer {
    /// A dream.
    Dream(DreamId),
    /// A person, by the name given or that of the account.
    Person(String),
    /// An agent, through the tools for agents.
    Agent(String),
    /// Somebody with an editor: nobody told us who.
    Somebody,
}

impl std::fmt::Display for Writer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Dream(id) => write!(f, "dream {id}"),
            Self::Person(name) => f.write_str(name),
            Self::Agent(name) => write!(f, "agent {name}"),
            Self::Somebody => f.write_str("a person"),
        }
    }
}

/// What was done.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum What {
    /// The folder was found as it is: the first line of a log.
    Found,
    /// Files were changed by other means than a command of ours, since the line before.
    Outside,
    /// A dream was published into the folder.
    Dreamt,
    /// A dream wrote this folder as a copy of another.
    Copied,
    /// A block was given a person's words.
    Edited,
    /// A block was deleted for good.
    Removed,
    /// A deleted block may come back.
    Allowed,
    /// Notes were pinned to the index.
    Pinned,
    /// … and taken off it.
    Unpinned,
    /// Notes were closed to dreams.
    Frozen,
    /// … and opened again.
    Thawed,
    /// What a dream proposes was laid aside for a review, or decisions about it were.
    Proposed,
    /// A proposal was reviewed.
    Reviewed,
    /// A proposal was dropped without a decision.
    Dropped,
    /// An agent wrote to a file.
    Written,
    /// An agent says that it used a note.
    Cited,
    /// An agent says that a note is wrong.
    Reported,
    /// A person looked at what agents had reported.
    Settled,
    /// A setting was changed.
    Set,
    /// An earlier change was taken back.
    Undone(ChangeId),
    /// What only some sessions supported was taken out of everything.
    Erased,
    /// Lines written elsewhere were accepted by a person.
    Accepted,
}

impl What {
    /// Whether it changed notes, rather than saying something of them.
    pub fn writes(&self) -> bool {
        !matches!(self, Self::Cited | Self::Reported | Self::Settled)
    }
}

/// A block that a change touched.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TouchedBlock {
    /// The block.
    pub id: BlockId,
    /// The file that it is in, or was.
    pub path: MemoryPath,
    /// Its bytes afterwards; `None` where it is gone.
    pub sha256: Option<Sha256Hex>,
}

/// A file that a change touched.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TouchedFile {
    /// The file.
    pub path: MemoryPath,
    /// Its bytes afterwards; `None` where it is gone.
    pub sha256: Option<Sha256Hex>,
}

impl Entry {
    /// Whether it touches a block.
    pub fn touches(&self, block: &BlockId) -> bool {
        self.blocks.iter().any(|touched| touched.id == *block)
    }
}

/// What a folder holds, by hash: from its files, or from what a log says of them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(in crate::store) struct Known {
    files: BTreeMap<MemoryPath, Sha256Hex>,
    blocks: BTreeMap<BlockId, (MemoryPath, Sha256Hex)>,
}

impl Known {
    pub(in crate::store) fn of(memory: &Memory) -> Self {
        let blocks = memory.blocks().into_iter().map(|block| (block.id, (block.path, block.sha256)));
        let files = memory.files().map(|(path, bytes)| (path.clone(), sha256_hex(bytes)));
        Self { files: files.collect(), blocks: blocks.collect() }
    }

    /// Takes in what a line says.
    pub(super) fn add(&mut self, entry: &Entry) {
        for file in &entry.files {
            match &file.sha256 {
                Some(sha256) => self.files.insert(file.path.clone(), sha256.clone()),
                None => self.files.remove(&file.path),
            };
        }
        for block in &entry.blocks {
            match &block.sha256 {
                Some(sha256) => {
                    self.blocks.insert(block.id.clone(), (block.path.clone(), sha256.clone()));
                }
                None => {
                    self.blocks.remove(&block.id);
                }
            }
        }
    }
}

/// Returns the blocks and files in which two states of a folder differ, as they are in the later one.
pub(in crate::store) fn touched(before: &Known, after: &Known) -> (Vec<TouchedBlock>, Vec<TouchedFile>) {
    let mut blocks: Vec<TouchedBlock> = Vec::new();
    for (id, (path, _)) in before.blocks.iter().filter(|(id, _)| !after.blocks.contains_key(*id)) {
        blocks.push(TouchedBlock { id: id.clone(), path: path.clone(), sha256: None });
    }
    for (id, there) in after.blocks.iter().filter(|(id, there)| before.blocks.get(*id) != Some(*there)) {
        let (path, sha256) = there.clone();
        blocks.push(TouchedBlock { id: id.clone(), path, sha256: Some(sha256) });
    }
    blocks.sort_by(|a, b| a.id.cmp(&b.id));
    let gone = before.files.keys().filter(|path| !after.files.contains_key(*path));
    let mut files: Vec<TouchedFile> =
        gone.map(|path| TouchedFile { path: path.clone(), sha256: None }).collect();
    let others = after.files.iter().filter(|(path, sha256)| before.files.get(*path) != Some(*sha256));
    files.extend(
        others.map(|(path, sha256)| TouchedFile { path: path.clone(), sha256: Some(sha256.clone()) }),
    );
    files.sort_by(|a, b| a.path.cmp(&b.path));
    (blocks, files)
}

/// Returns the line for what happened to a folder since `known`, the last that its log says; `None` where nothing
/// did.
pub(in crate::store) fn outside(known: Option<&Known>, now: &Known, at: Timestamp) -> Option<Entry> {
    let (blocks, files) = touched(known.unwrap_or(&Known::default()), now);
    let what = if known.is_some() { What::Outside } else { What::Found };
    (known.is_none() || !files.is_empty()).then(|| Entry {
        at,
        by: Writer::Somebody,
        what,
        change: None,
        why: None,
        marked: Vec::new(),
        blocks,
        files,
        machine: BTreeMap::new(),
        state: None,
    })
}
