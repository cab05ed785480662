//! A block as a person edits it: its heading without the marker, and what is below it.

use somnium_memory::{Block, EditError, Memory, rewrite};
use somnium_types::BlockId;

/// Returns a block as a person edits it.
pub fn source(block: &Block) -> String {
    format!("### {}\n{}\n", block.title, block.body)
}

/// Reads what a person wrote: a title and a body.
pub(super) fn block(id: &BlockId, text: &str) -> Result<(String, String), EditError> {
    // The same reader as for an edit of the file, on a file of its own.
    let mut alone = Memory::default();
    alone.insert(somnium_memory::MemoryPath::index(), format!("### x  <!-- som:{id} -->\n").into_bytes());
    let (_, block) = rewrite(&alone, id, text)?;
    Ok((block.title, block.body))
}
