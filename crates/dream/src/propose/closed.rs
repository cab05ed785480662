//! What people closed to dreams: places that they froze, and notes that they deleted under another id.

use std::collections::BTreeMap;

use somnium_memory::{Block, MemoryPath, Sketch};
use somnium_types::BlockId;

use crate::Prior;
use crate::compose::Draft;
use crate::proposal;

/// What a dream must not write.
pub(super) struct Closed<'a> {
    prior: &'a Prior,
    /// What deleted notes said.
    deleted: BTreeMap<&'a BlockId, &'a Sketch>,
}

impl<'a> Closed<'a> {
    pub(super) fn of(prior: &'a Prior) -> Self {
        let there: std::collections::BTreeSet<BlockId> =
            prior.memory.blocks().into_iter().map(|block| block.id).collect();
        // A person deleted those, too, only that no dream has noticed it yet.
        let gone = prior.baselines.blocks.iter().filter(|(id, _)| !there.contains(*id));
        let gone = gone.map(|(id, baseline)| (id, &baseline.sketch));
        let noticed = prior.tombstones.iter().map(|(id, tombstone)| (id, &tombstone.sketch));
        Self { prior, deleted: noticed.chain(gone).collect() }
    }

    /// Returns why a draft cannot be written where it would go; `block` is what is there of it now.
    pub(super) fn to(&self, draft: &Draft, block: Option<&Block>) -> Option<String> {
        let path = MemoryPath::new(&draft.path).ok();
        if let Some(place) = path.and_then(|path| self.prior.frozen.holding_file(&path).cloned()) {
            // A person may have moved it; out of the archive it would come back here.
            let is_elsewhere = block.is_some_and(|block| {
                block.path.as_str() != draft.path && !block.path.as_str().starts_with(super::ARCHIVE)
            });
            if !is_elsewhere {
                return Some(format!("`{place}` is frozen"));
            }
        }
        if block.is_some() {
            return None;
        }
        let sketch = Sketch::of(&format!("{}\n{}", draft.title, draft.body));
        let same = self.deleted.iter().find(|(_, deleted)| deleted.is_like(&sketch));
        same.map(|(id, _)| format!("a person deleted `{id}`, which says nearly the same"))
    }

    /// Whether the index cannot be written.
    pub(super) fn index(&self) -> bool {
        self.prior.frozen.holding_file(&self.prior.memory.index_path()).is_some()
    }

    /// Whether the quarantine cannot be written.
    pub(super) fn quarantine(&self) -> bool {
        let path = MemoryPath::new(proposal::QUARANTINE_FILE).ok();
        path.is_some_and(|path| self.prior.frozen.holding_file(&path).is_some())
    }
}
