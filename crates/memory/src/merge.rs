//! Three-way merge: what a dream proposes for a memory that was edited while it ran.
//!
//! Whole files first: one that only one side changed is that side's. In a file that both changed, the dream's blocks
//! are put in one by one, by id, and only where the person left the block as the dream found it. So a person's edit
//! always stands, a block that a person deleted stays deleted, and nothing that the dream wrote elsewhere is lost.

use std::collections::{BTreeMap, BTreeSet};

use somnium_types::BlockId;

use crate::edit::index_lines;
use crate::{Block, Edit, EditError, Memory, MemoryPath, apply};

/// What a merge gave.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Merged {
    /// The memory with both sides' changes.
    pub memory: Memory,
    /// Blocks that the dream would have changed and a person changed or deleted meanwhile: they are as the person
    /// left them.
    pub kept: Vec<BlockId>,
}

/// Puts what `ours` changed in `base` into `theirs`, which changed `base` in its own way and wins.
///
/// # Errors
///
/// [`EditError`] where a block of ours cannot be written into what is there now.
pub fn merge(base: &Memory, ours: &Memory, theirs: &Memory) -> Result<Merged, EditError> {
    let paths: BTreeSet<&MemoryPath> =
        [base, ours, theirs].into_iter().flat_map(Memory::files).map(|(path, _)| path).collect();
    let both: BTreeSet<&MemoryPath> = paths
        .iter()
        .copied()
        .filter(|path| {
            let (base, ours, theirs) = (base.get(path), ours.get(path), theirs.get(path));
            ours != base && theirs != base && ours != theirs
        })
        .collect();
    let mut merged = Merged { memory: theirs.clone(), kept: Vec::new() };
    let sides = Sides { base: by_id(base), ours: by_id(ours), theirs: by_id(theirs) };
    // What left a file that both changed goes first, so that no block is ever there twice.
    let leaving: Vec<Edit> = sides.leaving(&both).map(|id| Edit::Remove { id: id.clone() }).collect();
    merged.memory = apply(&merged.memory, &leaving)?;
    for path in paths.iter().copied().filter(|path| ours.get(path) != base.get(path) && !both.contains(path))
    {
        match ours.get(path) {
            Some(bytes) => {
                let bytes = sides.without_kept(path, bytes, &mut merged.kept)?;
                merged.memory.insert(path.clone(), bytes);
            }
            None => merged.memory.remove(path),
        }
    }
    for block in sides.ours.values().filter(|block| both.contains(&block.path)) {
        let edits = sides.entering(block, &mut merged.kept);
        merged.memory = apply(&merged.memory, &edits)?;
    }
    let index = ours.index_path();
    if both.contains(&index)
        && let Some(text) = ours.index_text()
    {
        merged.memory = apply(&merged.memory, &[Edit::Index { lines: index_lines(&text) }])?;
    }
    merged.kept.sort_unstable();
    merged.kept.dedup();
    Ok(merged)
}

fn by_id(memory: &Memory) -> BTreeMap<BlockId, Block> {
    memory.blocks().into_iter().map(|block| (block.id.clone(), block)).collect()
}

struct Sides {
    base: BTreeMap<BlockId, Block>,
    ours: BTreeMap<BlockId, Block>,
    theirs: BTreeMap<BlockId, Block>,
}

impl Sides {
    /// Whether a person left a block as the dream found it.
    fn is_untouched(&self, id: &BlockId) -> bool {
        match (self.base.get(id), self.theirs.get(id)) {
            (Some(base), Some(theirs)) => (&base.sha256, &base.path) == (&theirs.sha256, &theirs.path),
            (base, theirs) => base.is_none() && theirs.is_none(),
        }
    }

    /// Returns the blocks that the dream took out of one of `files` and that a person left alone.
    fn leaving<'s>(&'s self, files: &'s BTreeSet<&MemoryPath>) -> impl Iterator<Item = &'s BlockId> {
        self.base.values().filter(|block| files.contains(&block.path)).map(|block| &block.id).filter(|id| {
            let stays = self.ours.get(*id).is_some_and(|ours| ours.path == self.base[*id].path);
            !stays && self.is_untouched(id)
        })
    }

    /// Returns the bytes of a file that only the dream changed, without the blocks that moved into it and that a
    /// person changed or deleted where they were.
    fn without_kept(
        &self,
        path: &MemoryPath,
        bytes: &[u8],
        kept: &mut Vec<BlockId>,
    ) -> Result<Vec<u8>, EditError> {
        let mut alone = Memory::default();
        alone.insert(path.clone(), bytes);
        let moved = alone.blocks().into_iter().map(|block| block.id);
        let lost: Vec<BlockId> = moved
            .filter(|id| self.base.get(id).is_none_or(|base| base.path != *path) && !self.is_untouched(id))
            .collect();
        let edits: Vec<Edit> = lost.iter().map(|id| Edit::Remove { id: id.clone() }).collect();
        kept.extend(lost);
        Ok(apply(&alone, &edits)?.get(path).unwrap_or_default().to_vec())
    }

    /// Returns the edits that bring a block of ours into a file that both sides changed.
    fn entering(&self, block: &Block, kept: &mut Vec<BlockId>) -> Vec<Edit> {
        let base = self.base.get(&block.id);
        let is_same = |base: &Block| {
            (&base.sha256, &base.path, &base.section) == (&block.sha256, &block.path, &block.section)
        };
        if base.is_some_and(is_same) {
            return Vec::new();
        }
        if !self.is_untouched(&block.id) {
            kept.push(block.id.clone());
            return Vec::new();
        }
        let (path, section, id) = (block.path.clone(), block.section.clone(), block.id.clone());
        let (title, body) = (block.title.clone(), block.body.clone());
        let put = Edit::Put { path: path.clone(), section: section.clone(), id: id.clone(), title, body };
        vec![put, Edit::Move { id, path, section }]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn memory(files: &[(&str, &str)]) -> Memory {
        let mut memory = Memory::default();
        for (path, text) in files {
            memory.insert(MemoryPath::new(path).unwrap(), text.as_bytes());
        }
        memory
    }

    fn block(id: &str, body: &str) -> String {
        format!("### T {id}  <!-- som:{id} -->\n{body}\n\n")
    }

    fn text(memory: &Memory, path: &str) -> String {
        String::from_utf8(memory.get(&MemoryPath::new(path).unwrap()).unwrap_or_default().to_vec()).unwrap()
    }

    fn notes(blocks: &[(&str, &str)]) -> Memory {
        let text: String = blocks.iter().map(|(id, body)| block(id, body)).collect();
        memory(&[("notes/a.md", &format!("# A\n\n{text}"))])
    }

    #[test]
    fn files_that_one_side_changed_are_that_sides() {
        let base = memory(&[("a.md", "a\n"), ("b.md", "b\n"), ("c.md", "c\n")]);
        let ours = memory(&[("a.md", "A\n"), ("b.md", "b\n"), ("d.md", "d\n")]);
        let theirs = memory(&[("a.md", "a\n"), ("b.md", "B\n"), ("c.md", "c\n"), ("e.md", "e\n")]);
        let merged = merge(&base, &ours, &theirs).unwrap();
        let expected = memory(&[("a.md", "A\n"), ("b.md", "B\n"), ("d.md", "d\n"), ("e.md", "e\n")]);
        assert_eq!(merged, Merged { memory: expected, kept: Vec::new() });
    }

    #[test]
    fn in_a_file_that_both_changed_the_persons_block_stands_and_ours_go_in() {
        let base = notes(&[("m-1", "one"), ("m-2", "two"), ("m-3", "three")]);
        let ours = notes(&[("m-1", "ONE"), ("m-2", "TWO"), ("m-3", "THREE"), ("m-4", "new")]);
        // The second was edited, the third deleted, and a line of the person's own added.
        let theirs = notes(&[("m-1", "one"), ("m-2", "two, says a person")]);
        let merged = merge(&base, &ours, &theirs).unwrap();
        let expected = notes(&[("m-1", "ONE"), ("m-2", "two, says a person"), ("m-4", "new")]);
        assert_eq!(text(&merged.memory, "notes/a.md").trim_end(), text(&expected, "notes/a.md").trim_end());
        assert_eq!(merged.kept, ["m-2", "m-3"].map(BlockId::from));
    }

    #[test]
    fn a_block_that_moved_is_in_one_place_whoever_touched_it() {
        let base = memory(&[("a.md", &(block("m-1", "one") + &block("m-2", "two")))]);
        let ours = memory(&[("a.md", &block("m-2", "two")), ("archive/a.md", &block("m-1", "one"))]);
        let beside = memory(&[("a.md", &("mine\n\n".to_owned() + &text(&base, "a.md")))]);
        let merged = merge(&base, &ours, &beside).unwrap();
        assert_eq!(merged.memory.duplicates(), []);
        assert_eq!(merged.memory.block(&"m-1".into()).unwrap().path.as_str(), "archive/a.md");
        assert!(text(&merged.memory, "a.md").starts_with("mine\n"));

        let edited = memory(&[("a.md", &(block("m-1", "mine") + &block("m-2", "two")))]);
        let merged = merge(&base, &ours, &edited).unwrap();
        assert_eq!(merged.memory.duplicates(), []);
        assert_eq!(merged.memory.block(&"m-1".into()).unwrap().body, "mine");
        assert_eq!(merged.memory.block(&"m-1".into()).unwrap().path.as_str(), "a.md");
        assert_eq!(merged.kept, [BlockId::from("m-1")]);
    }

    #[test]
    fn the_index_is_ours_and_what_is_around_it_theirs() {
        let index = |around: &str, line: &str| {
            let text = format!("{around}\n\n<!-- som:index -->\n- {line} → a.md#m-1\n<!-- som:/index -->\n");
            memory(&[("MEMORY.md", &text)])
        };
        let merged = merge(&index("old", "one"), &index("old", "two"), &index("new", "one")).unwrap();
        assert_eq!(merged.memory, index("new", "two"));
    }
}
