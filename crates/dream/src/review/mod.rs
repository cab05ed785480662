//! Review: what a dream would change, claim by claim, and what is left of it when a person has decided.
//!
//! A [`Review`] is made from what was there and what the dream returned. Its items are blocks that would be added,
//! changed, moved or taken out; what is held back from outside is one item, and so is each file whose text around
//! blocks would change. The index follows from the blocks. [`Review::decide`] is a function: the same decisions give
//! the same bytes, all accepted give the dream's own, and all left for later give back what was there.

mod change;
mod decide;
mod index;
mod report;
mod text;

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};
use somnium_memory::store::State;
use somnium_memory::{Block, EditError, Memory, MemoryPath, unified_diff};
use somnium_types::{BlockId, Timestamp};

use crate::proposal;
use crate::propose::ARCHIVE;
use crate::report::{Report, ReportedClaim};

use change::{Sides, differs, replay};

pub use decide::Decided;
pub use text::source;

/// The id of the item for everything that is held back.
const HELD_BACK: &str = "held-back";

/// What a person says to an item.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Decision {
    /// As the dream has it.
    Accept,
    /// In these words: a heading and what is below it. The block is the person's from then on.
    Edit(String),
    /// Not now, and never again: what is new does not come back, and what is there stays as it is and is the person's.
    Reject,
    /// Not now; the next dream asks again.
    #[default]
    Later,
}

/// Decisions by item; what is not named is left for later.
pub type Decisions = BTreeMap<String, Decision>;

/// Who decides.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Reviewer {
    /// Their name, where it is known.
    pub name: Option<String>,
    /// When.
    pub at: Timestamp,
}

/// What would happen to an item.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Happening {
    /// A new note.
    Added,
    /// A note says something else.
    Changed,
    /// A note goes to another place with the same words.
    Moved,
    /// A note goes to the archive.
    Archived,
    /// A note goes for good.
    Removed,
    /// Text from outside is listed apart.
    HeldBack,
    /// Text that is no note changes.
    Text,
}

/// One thing to decide.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Item {
    /// What decisions name it by: the id of its block, `held-back`, or a path with a slash in front.
    pub id: String,
    /// What would happen.
    pub happening: Happening,
    /// One line.
    pub title: String,
    /// The note as it is.
    pub before: Option<Block>,
    /// The note as it would be.
    pub after: Option<Block>,
    blocks: BTreeSet<BlockId>,
    files: BTreeSet<MemoryPath>,
}

/// Why decisions cannot be carried out.
#[derive(Debug, thiserror::Error)]
pub enum ReviewError {
    /// There is no such item.
    #[error("`{id}` is not in this review")]
    Unknown {
        /// What was named.
        id: String,
    },
    /// An item cannot be decided like this.
    #[error("`{id}` cannot be {verb}: {why}")]
    Impossible {
        /// The item.
        id: String,
        /// What was asked for.
        verb: &'static str,
        /// What is in the way.
        why: &'static str,
    },
    /// A text is no block.
    #[error("the text for `{id}` cannot be used")]
    Text {
        /// The item.
        id: String,
        /// What is wrong with it.
        source: EditError,
    },
    /// What is left cannot be put together.
    #[error("the accepted changes cannot be put together without the others; accept or leave all of them")]
    Apart(#[source] EditError),
}

/// A dream's changes, as items.
#[derive(Clone, Debug)]
pub struct Review {
    before: Memory,
    after: Memory,
    then: State,
    state: State,
    report: Report,
    sides: Sides,
    items: Vec<Item>,
    index_tokens: usize,
}

impl Review {
    /// Compares what was there with what a dream returned. `index_tokens` is how large the index may become.
    pub fn new(
        before: (&Memory, &State),
        after: (&Memory, &State),
        report: &Report,
        index_tokens: u32,
    ) -> Self {
        let sides = Sides::of(before.0, after.0);
        let mut items = items(before.0, after.0, &sides);
        let ranks: BTreeMap<&str, usize> =
            report.claims.iter().enumerate().map(|(rank, claim)| (claim.id.as_str(), rank)).collect();
        let rank = |item: &Item| ranks.get(item.id.as_str()).copied().unwrap_or(usize::MAX);
        // The strongest claim first, as everywhere; then what no claim is about.
        items.sort_by(|a, b| (rank(a), a.happening, &a.id).cmp(&(rank(b), b.happening, &b.id)));
        Self {
            before: before.0.clone(),
            after: after.0.clone(),
            then: before.1.clone(),
            state: after.1.clone(),
            report: report.clone(),
            sides,
            items,
            index_tokens: index_tokens as usize,
        }
    }

    /// Returns what there is to decide, the strongest claim first.
    pub fn items(&self) -> &[Item] {
        &self.items
    }

    /// Returns one item.
    pub fn item(&self, id: &str) -> Option<&Item> {
        self.items.iter().find(|item| item.id == id)
    }

    /// Returns the claim behind an item, with its counts and its evidence.
    pub fn claim(&self, item: &Item) -> Option<&ReportedClaim> {
        self.report.claims.iter().find(|claim| claim.id.as_str() == item.id)
    }

    /// Returns why a note goes, where one does.
    pub fn why_retired(&self, item: &Item) -> Option<&str> {
        let retired = self.report.retired.iter().find(|retired| retired.id.as_str() == item.id);
        retired.map(|retired| retired.why.as_str())
    }

    /// Returns what an item alone would change, as a unified diff without the index.
    pub fn diff(&self, item: &Item) -> String {
        let only = |memory: &Memory| {
            let mut part = Memory::default();
            let files = memory.files().filter(|(path, _)| item.files.contains(*path));
            files.for_each(|(path, bytes)| part.insert(path.clone(), bytes));
            part
        };
        let after = match item.happening {
            Happening::Text => Ok(self.after.clone()),
            _ => replay(&self.before, &self.sides, &item.blocks, &BTreeMap::new()),
        };
        after.map(|after| unified_diff(&only(&self.before), &only(&after))).unwrap_or_default()
    }

    /// Checks one decision by itself.
    ///
    /// # Errors
    ///
    /// [`ReviewError`] but for [`ReviewError::Apart`].
    pub fn check(&self, id: &str, decision: &Decision) -> Result<(), ReviewError> {
        let item = self.item(id).ok_or_else(|| ReviewError::Unknown { id: id.to_owned() })?;
        match decision {
            Decision::Accept | Decision::Later => Ok(()),
            Decision::Reject => item.can_be_rejected(),
            Decision::Edit(text) => {
                item.can_be_edited()?;
                let block = item.after.as_ref();
                let Some(block) = block else { return Ok(()) };
                let read = text::block(&block.id, text).map(drop);
                read.map_err(|source| ReviewError::Text { id: id.to_owned(), source })
            }
        }
    }
}

impl Item {
    /// Whether a person can say it in their own words.
    ///
    /// # Errors
    ///
    /// Why not.
    pub fn can_be_edited(&self) -> Result<(), ReviewError> {
        let why = match self.happening {
            Happening::HeldBack => "it quotes what came from outside",
            Happening::Text => "it is more than one passage; accept it, and edit the file",
            Happening::Removed | Happening::Archived => {
                "it goes with the words it has; reject it, and it stays"
            }
            _ => return Ok(()),
        };
        Err(ReviewError::Impossible { id: self.id.clone(), verb: "edited", why })
    }

    /// Whether a person can turn it down for good.
    ///
    /// # Errors
    ///
    /// Why not.
    pub fn can_be_rejected(&self) -> Result<(), ReviewError> {
        let why = "it is text around notes; leave it for later, or freeze the file";
        match self.happening {
            Happening::Text => {
                Err(ReviewError::Impossible { id: self.id.clone(), verb: "rejected for good", why })
            }
            _ => Ok(()),
        }
    }

    fn of_block(before: Option<&Block>, after: Option<&Block>) -> Option<Self> {
        let block = after.or(before)?;
        let happening = match (before, after) {
            (None, _) => Happening::Added,
            (Some(_), None) => Happening::Removed,
            (Some(_), Some(after)) if is_archived(after) && !before.is_some_and(is_archived) => {
                Happening::Archived
            }
            (Some(before), Some(after)) if before.sha256 == after.sha256 => Happening::Moved,
            _ => Happening::Changed,
        };
        Some(Self {
            id: block.id.to_string(),
            happening,
            title: block.title.clone(),
            before: before.cloned(),
            after: after.cloned(),
            blocks: BTreeSet::from([block.id.clone()]),
            files: [before, after].into_iter().flatten().map(|block| block.path.clone()).collect(),
        })
    }

    /// Several blocks, or a file's text with its blocks, as one.
    fn of_many(id: String, happening: Happening, title: String, of: &[Self]) -> Self {
        Self {
            id,
            happening,
            title,
            before: None,
            after: None,
            blocks: of.iter().flat_map(|item| item.blocks.iter().cloned()).collect(),
            files: of.iter().flat_map(|item| item.files.iter().cloned()).collect(),
        }
    }
}

fn is_archived(block: &Block) -> bool {
    block.path.as_str().starts_with(ARCHIVE)
}

/// Returns what differs, as items.
fn items(before: &Memory, after: &Memory, sides: &Sides) -> Vec<Item> {
    let changed = sides.ids().filter(|id| differs(sides.before.get(*id), sides.after.get(*id)));
    let of_block = |id: &BlockId| Item::of_block(sides.before.get(id), sides.after.get(id));
    let mut items: Vec<Item> = changed.filter_map(of_block).collect();
    let texts = texts(before, after, sides, &mut items);
    let (rows, mut notes): (Vec<_>, Vec<_>) =
        items.into_iter().partition(|item| proposal::is_row(&BlockId::from(item.id.as_str())));
    if !rows.is_empty() {
        let title = match rows.len() {
            1 => "1 text from outside is listed apart or not any more".to_owned(),
            n => format!("{n} texts from outside are listed apart or not any more"),
        };
        notes.push(Item::of_many(HELD_BACK.to_owned(), Happening::HeldBack, title, &rows));
    }
    notes.extend(texts);
    notes
}

/// Returns one item for every file whose changes are not those of its blocks and the index. Blocks of such a file go
/// with it, and with them the files that they come from or go to.
fn texts(before: &Memory, after: &Memory, sides: &Sides, items: &mut Vec<Item>) -> Vec<Item> {
    let all: BTreeSet<BlockId> = items.iter().flat_map(|item| item.blocks.iter().cloned()).collect();
    // Where it cannot be put together again block by block, it is taken as files.
    let replayed = replay(before, sides, &all, &BTreeMap::new());
    let replayed = replayed.and_then(|memory| index::write(&memory, &after.index_lines(), before, after));
    let replayed = replayed.unwrap_or_else(|_| before.clone());
    let paths: BTreeSet<MemoryPath> =
        replayed.files().chain(after.files()).map(|(path, _)| path.clone()).collect();
    let mut left: BTreeSet<MemoryPath> =
        paths.into_iter().filter(|path| replayed.get(path) != after.get(path)).collect();
    // A change of nothing but the index follows from no block.
    let index = after.index_path();
    if items.is_empty() && before.get(&index) != after.get(&index) {
        left.insert(index);
    }
    let mut texts = Vec::new();
    while let Some(path) = left.pop_first() {
        let mut files = BTreeSet::from([path.clone()]);
        let mut of_it = Vec::new();
        while let Some(at) = items.iter().position(|item| !item.files.is_disjoint(&files)) {
            let item = items.remove(at);
            files.extend(item.files.iter().cloned());
            of_it.push(item);
        }
        left.retain(|other| !files.contains(other));
        let title = match path == after.index_path() && of_it.is_empty() {
            true => "What stands in the index".to_owned(),
            false => format!("The text of `/{path}`"),
        };
        let mut item = Item::of_many(format!("/{path}"), Happening::Text, title, &of_it);
        item.files = files;
        texts.push(item);
    }
    texts
}
