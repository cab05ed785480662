//! The blocks of both sides, and putting some changes into what was there.

use std::collections::{BTreeMap, BTreeSet};

use somnium_memory::{Block, Edit, EditError, Memory, apply};
use somnium_types::BlockId;

/// Blocks before and after a dream.
#[derive(Clone, Debug)]
pub(super) struct Sides {
    pub(super) before: BTreeMap<BlockId, Block>,
    pub(super) after: BTreeMap<BlockId, Block>,
    /// In the order of files and places afterwards: the order in which a dream adds them.
    order: Vec<BlockId>,
}

/// Words of a person in place of a block's: its title and its body.
pub(super) type Words = BTreeMap<BlockId, (String, String)>;

impl Sides {
    pub(super) fn of(before: &Memory, after: &Memory) -> Self {
        let by_id = |blocks: Vec<Block>| blocks.into_iter().map(|block| (block.id.clone(), block)).collect();
        let afterwards = after.blocks();
        let order = afterwards.iter().map(|block| block.id.clone()).collect();
        Self { before: by_id(before.blocks()), after: by_id(afterwards), order }
    }

    /// Returns every block of either side.
    pub(super) fn ids(&self) -> impl Iterator<Item = &BlockId> {
        let ids: BTreeSet<&BlockId> = self.before.keys().chain(self.after.keys()).collect();
        ids.into_iter()
    }
}

/// Whether a block has other words or another place.
pub(super) fn differs(before: Option<&Block>, after: Option<&Block>) -> bool {
    let what = |block: &Block| (block.sha256.clone(), block.path.clone(), block.section.clone());
    before.map(what) != after.map(what)
}

/// Makes the changes of `blocks` in `before`, with a person's words where there are some.
pub(super) fn replay(
    before: &Memory,
    sides: &Sides,
    blocks: &BTreeSet<BlockId>,
    words: &Words,
) -> Result<Memory, EditError> {
    let gone = blocks.iter().filter(|id| sides.before.contains_key(*id) && !sides.after.contains_key(*id));
    let mut edits: Vec<Edit> = gone.map(|id| Edit::Remove { id: id.clone() }).collect();
    for id in sides.order.iter().filter(|id| blocks.contains(*id)) {
        let Some(after) = sides.after.get(id) else { continue };
        let (path, section) = (after.path.clone(), after.section.clone());
        let (title, body) =
            words.get(id).cloned().unwrap_or_else(|| (after.title.clone(), after.body.clone()));
        let before = sides.before.get(id);
        let put = Edit::Put { path: path.clone(), section: section.clone(), id: id.clone(), title, body };
        // The words of a block that only moves are the same bytes, whatever its heading looks like.
        if words.contains_key(id) || before.is_none_or(|before| before.sha256 != after.sha256) {
            edits.push(put);
        }
        if before.is_some_and(|before| (&before.path, &before.section) != (&path, &section)) {
            edits.push(Edit::Move { id: id.clone(), path, section });
        }
    }
    apply(before, &edits)
}
