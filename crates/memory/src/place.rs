//! What a person can pin or freeze: a block, a file, a folder.

use std::collections::BTreeSet;
use std::fmt;

use serde::{Deserialize, Serialize};
use somnium_types::BlockId;

use crate::outline::is_block_id;
use crate::{Block, Memory, MemoryPath, PathError};

/// A block (`m-7f3a`), a file (`/notes/shell.md`) or a folder (`/notes/`).
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub enum Place {
    /// One block, wherever it is.
    Block(BlockId),
    /// Everything in a file.
    File(MemoryPath),
    /// Everything in a folder and below.
    Folder(MemoryPath),
    /// Everything.
    Root,
}

impl Place {
    /// Reads a place as people write it: with a slash it is a path, with one at its end a folder.
    ///
    /// # Errors
    /// [`PathError`] where the text is neither a path nor a block's id.
    pub fn parse(text: &str) -> Result<Self, PathError> {
        let text = text.strip_prefix("som:").unwrap_or(text);
        if text == "/" {
            return Ok(Self::Root);
        }
        let path = text.strip_prefix('/').unwrap_or(text);
        if let Some(folder) = path.strip_suffix('/') {
            return MemoryPath::new(folder).map(Self::Folder);
        }
        if path.len() < text.len() || path.contains('/') || has_extension(path) {
            return MemoryPath::new(path).map(Self::File);
        }
        if is_block_id(text) {
            return Ok(Self::Block(text.into()));
        }
        Err(PathError { path: text.to_owned(), why: "it is neither a path nor the id of a block" })
    }

    /// Whether a file lies in it.
    pub fn holds_file(&self, path: &MemoryPath) -> bool {
        match self {
            Self::Block(_) => false,
            Self::File(file) => file == path,
            Self::Folder(folder) => path.ancestors().any(|above| above == folder.as_str()),
            Self::Root => true,
        }
    }

    /// Whether a block lies in it.
    pub fn holds(&self, block: &Block) -> bool {
        matches!(self, Self::Block(id) if *id == block.id) || self.holds_file(&block.path)
    }
}

/// `notes.md` is a file, `m-1.2` a block: an extension has letters, and ids have digits behind a full stop.
fn has_extension(name: &str) -> bool {
    name.rsplit_once('.').is_some_and(|(stem, extension)| {
        !stem.is_empty() && extension.starts_with(|first: char| first.is_ascii_alphabetic())
    })
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Block(id) => write!(f, "{id}"),
            Self::File(path) => write!(f, "/{path}"),
            Self::Folder(path) => write!(f, "/{path}/"),
            Self::Root => f.write_str("/"),
        }
    }
}

impl TryFrom<String> for Place {
    type Error = PathError;

    fn try_from(text: String) -> Result<Self, PathError> {
        Self::parse(&text)
    }
}

impl From<Place> for String {
    fn from(place: Place) -> Self {
        place.to_string()
    }
}

/// Several places.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Places(pub BTreeSet<Place>);

impl Places {
    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Returns the first that holds the block.
    pub fn holding(&self, block: &Block) -> Option<&Place> {
        self.0.iter().find(|place| place.holds(block))
    }

    /// Returns the first that holds the whole file.
    pub fn holding_file(&self, path: &MemoryPath) -> Option<&Place> {
        self.0.iter().find(|place| place.holds_file(path))
    }

    /// Returns the blocks of `memory` that lie in one of them.
    pub fn blocks(&self, memory: &Memory) -> BTreeSet<BlockId> {
        if self.is_empty() {
            return BTreeSet::new();
        }
        let held = memory.blocks().into_iter().filter(|block| self.holding(block).is_some());
        held.map(|block| block.id).collect()
    }

    /// Returns what `after` would change in them, as people write it.
    pub fn changed(&self, before: &Memory, after: &Memory) -> Vec<Place> {
        if self.is_empty() {
            return Vec::new();
        }
        let blocks_after = after.blocks();
        let mut changed = Vec::new();
        for block in before.blocks().into_iter().filter(|block| self.holding(block).is_some()) {
            let now = blocks_after.iter().find(|now| now.id == block.id);
            if now.is_none_or(|now| (&now.sha256, &now.path) != (&block.sha256, &block.path)) {
                changed.push(Place::Block(block.id));
            }
        }
        let paths: BTreeSet<&MemoryPath> =
            before.files().chain(after.files()).map(|(path, _)| path).collect();
        let files = paths.into_iter().filter(|path| self.holding_file(path).is_some());
        let files = files.filter(|path| before.get(path) != after.get(path));
        changed.extend(files.cloned().map(Place::File));
        changed
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_read_back_as_they_are_written() {
        for text in ["m-7f3a", "/notes/shell.md", "/notes/", "/", "/MEMORY.md", "m-1.2"] {
            assert_eq!(Place::parse(text).unwrap().to_string(), text);
        }
        assert_eq!(Place::parse("notes/").unwrap().to_string(), "/notes/");
        assert_eq!(Place::parse("som:m-1").unwrap(), Place::Block("m-1".into()));
        assert_eq!(Place::parse("notes.md").unwrap().to_string(), "/notes.md");
        for text in ["", "a b", "../x.md", "/.somnium/state.json", "//"] {
            assert!(Place::parse(text).is_err(), "{text:?}");
        }
    }

    #[test]
    fn a_folder_holds_what_is_below_it_and_nothing_beside_it() {
        let mut memory = Memory::default();
        for (path, id) in [("notes/a.md", "m-1"), ("notes/deep/b.md", "m-2"), ("notes2/c.md", "m-3")] {
            memory.insert(MemoryPath::new(path).unwrap(), format!("### T  <!-- som:{id} -->\n").as_bytes());
        }
        let held = |text: &str| {
            let places = Places(BTreeSet::from([Place::parse(text).unwrap()]));
            places.blocks(&memory).into_iter().map(|id| id.to_string()).collect::<Vec<_>>()
        };
        assert_eq!(held("/notes/"), ["m-1", "m-2"]);
        assert_eq!(held("/notes/a.md"), ["m-1"]);
        assert_eq!(held("m-3"), ["m-3"]);
        assert_eq!(held("/"), ["m-1", "m-2", "m-3"]);
        assert!(held("/note/").is_empty());
    }

    #[test]
    fn changes_in_frozen_places_are_found() {
        let memory = |text: &str| {
            let mut memory = Memory::default();
            memory.insert(MemoryPath::new("notes/a.md").unwrap(), text.as_bytes());
            memory
        };
        let before = memory("top\n\n### A  <!-- som:a -->\none\n\n### B  <!-- som:b -->\ntwo\n");
        let after = memory("top\n\n### A  <!-- som:a -->\none\n\n### B  <!-- som:b -->\n2\n");
        let changed = |place: &str| {
            let places = Places(BTreeSet::from([Place::parse(place).unwrap()]));
            places.changed(&before, &after).iter().map(Place::to_string).collect::<Vec<_>>()
        };
        assert!(changed("a").is_empty());
        assert_eq!(changed("b"), ["b"]);
        assert_eq!(changed("/notes/"), ["b", "/notes/a.md"]);
    }
}
