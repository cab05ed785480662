//! Whose a block is, told by what the last dream wrote.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use somnium_types::{BlockId, DreamId, Sha256Hex};

use crate::{Memory, MemoryPath, Sketch};

/// What dreams wrote last, by block.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Baselines {
    /// The last bytes of ours, by block.
    pub blocks: BTreeMap<BlockId, Baseline>,
}

/// What a dream wrote last for one block.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Baseline {
    /// The SHA-256 of the block's bytes as written.
    pub sha256: Sha256Hex,
    /// The file that it was written to.
    pub path: MemoryPath,
    /// The dream that wrote it.
    pub dream: DreamId,
    /// What it says, to know it again should a person delete it.
    #[serde(default)]
    pub sketch: Sketch,
    /// Whether a person took the block over in a review: it is theirs, whatever its bytes.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub taken: bool,
}

/// Whose a block is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Owner {
    /// A dream wrote these very bytes: a dream may change them.
    Ours,
    /// A person wrote or changed it: no dream changes it again.
    Person,
    /// A dream wrote it and it is gone: it does not come back.
    Deleted,
}

impl Baselines {
    /// Puts back what was known of `blocks`, which are not as a dream wrote them.
    pub(crate) fn keep_for_people(&mut self, blocks: &[BlockId], known: &Self) {
        for id in blocks {
            match known.blocks.get(id) {
                Some(baseline) => self.blocks.insert(id.clone(), baseline.clone()),
                None => self.blocks.remove(id),
            };
        }
    }

    /// Notes the blocks `ids` as `dream` wrote them; an id that `after` does not hold is forgotten.
    pub fn record<'a>(
        &mut self,
        after: &Memory,
        ids: impl IntoIterator<Item = &'a BlockId>,
        dream: &DreamId,
    ) {
        let blocks: BTreeMap<_, _> =
            after.blocks().into_iter().map(|block| (block.id.clone(), block)).collect();
        for id in ids {
            match blocks.get(id) {
                Some(block) => {
                    let (sha256, path) = (block.sha256.clone(), block.path.clone());
                    let sketch = block.sketch();
                    let baseline = Baseline { sha256, path, dream: dream.clone(), sketch, taken: false };
                    self.blocks.insert(id.clone(), baseline);
                }
                None => {
                    self.blocks.remove(id);
                }
            }
        }
    }
}

/// Returns whose each known block is: every block in `memory` and every one in `baselines`. A block that a
/// person moved without changing it is still ours.
pub fn ownership(memory: &Memory, baselines: &Baselines) -> BTreeMap<BlockId, Owner> {
    let mut owners: BTreeMap<_, _> = baselines.blocks.keys().map(|id| (id.clone(), Owner::Deleted)).collect();
    for block in memory.blocks() {
        let ours =
            baselines.blocks.get(&block.id).is_some_and(|known| known.sha256 == block.sha256 && !known.taken);
        owners.insert(block.id, if ours { Owner::Ours } else { Owner::Person });
    }
    owners
}

#[cfg(test)]
mod tests {
    use super::*;

    fn memory(text: &str) -> Memory {
        let mut memory = Memory::default();
        memory.insert(MemoryPath::new("notes/a.md").unwrap(), text.as_bytes());
        memory
    }

    #[test]
    fn edited_new_and_deleted_blocks_are_told_apart() {
        let written = memory(
            "### A  <!-- som:a -->\none\n\n### B  <!-- som:b -->\ntwo\n\n### C  <!-- som:c -->\nthree\n",
        );
        let mut baselines = Baselines::default();
        let ids = ["a", "b", "c", "never"].map(BlockId::from);
        baselines.record(&written, &ids, &"drm_1".into());
        assert_eq!(baselines.blocks.len(), 3);
        assert!(ownership(&written, &baselines).values().all(|owner| *owner == Owner::Ours));

        let edited =
            memory("### C  <!-- som:c -->\nthree\n\n### B  <!-- som:b -->\ntwo!\n\n### D  <!-- som:d -->\n");
        let owners: Vec<_> = ownership(&edited, &baselines).into_values().collect();
        assert_eq!(owners, [Owner::Deleted, Owner::Person, Owner::Ours, Owner::Person]);
    }
}
