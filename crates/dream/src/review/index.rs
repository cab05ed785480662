//! The index that fits what is there after the decisions.

use std::collections::{BTreeMap, BTreeSet};

use somnium_memory::{Edit, EditError, IndexLine, Memory, apply};
use somnium_types::BlockId;

use crate::propose::index_size;

use super::Sides;

/// Returns the lines: those of the dream, as far as what they name was accepted; and what stood there before of notes
/// that stay as they were.
pub(super) fn lines(
    before: &Memory,
    after: &Memory,
    decided: &Memory,
    sides: &Sides,
    kept: &BTreeSet<BlockId>,
    most: usize,
) -> Vec<IndexLine> {
    let there: BTreeMap<BlockId, _> =
        decided.blocks().into_iter().map(|block| (block.id.clone(), block)).collect();
    let earlier: BTreeMap<BlockId, IndexLine> =
        before.index_lines().into_iter().map(|line| (line.block.clone(), line)).collect();
    let mut lines: Vec<IndexLine> = Vec::new();
    let mut named = BTreeSet::new();
    for line in after.index_lines() {
        named.insert(line.block.clone());
        lines.extend(if kept.contains(&line.block) { earlier.get(&line.block).cloned() } else { Some(line) });
    }
    let left_out = before.index_lines().into_iter().filter(|line| kept.contains(&line.block));
    lines.extend(left_out.filter(|line| !named.contains(&line.block)));
    lines.retain_mut(|line| match there.get(&line.block) {
        Some(block) => {
            line.path = block.path.clone();
            // A person may have given the note another title in the review.
            if sides.after.get(&line.block).is_some_and(|after| after.title == line.trigger) {
                line.trigger.clone_from(&block.title);
            }
            true
        }
        None => false,
    });
    // The least valuable stand last.
    while index_size(&lines) > most as u64 && lines.pop().is_some() {}
    lines
}

/// Writes the index, unless it is the one that the dream left alone.
pub(super) fn write(
    memory: &Memory,
    lines: &[IndexLine],
    before: &Memory,
    after: &Memory,
) -> Result<Memory, EditError> {
    // Frozen, or nothing to say: then it stays as it is written there, in whatever form.
    if before.index_text() == after.index_text() && lines == after.index_lines() {
        return Ok(memory.clone());
    }
    apply(memory, &[Edit::Index { lines: lines.to_vec() }])
}
