//! What people do to single blocks.

use somnium_types::{BlockId, Sha256Hex};

use crate::edit::index_lines;
use crate::{Block, Edit, EditError, Memory, MemoryPath, Sketch, apply};

/// A block that a person took out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Deletion {
    /// The memory without it.
    pub memory: Memory,
    /// Where it was.
    pub path: MemoryPath,
    /// Its bytes.
    pub sha256: Sha256Hex,
    /// What it said.
    pub sketch: Sketch,
}

/// Takes a block out.
///
/// # Errors
///
/// [`EditError::UnknownBlock`].
pub fn take_out(memory: &Memory, id: &BlockId) -> Result<Deletion, EditError> {
    let block = memory.block(id).ok_or_else(|| EditError::UnknownBlock { id: id.clone() })?;
    let after = without(memory, std::slice::from_ref(id))?;
    Ok(Deletion { memory: after, sketch: block.sketch(), path: block.path, sha256: block.sha256 })
}

/// Returns the memory without some blocks, and without the lines of the index that point to them.
///
/// # Errors
///
/// [`EditError::UnknownBlock`].
pub fn without(memory: &Memory, ids: &[BlockId]) -> Result<Memory, EditError> {
    let mut edits: Vec<Edit> = ids.iter().map(|id| Edit::Remove { id: id.clone() }).collect();
    let lines = memory.index_text().map(|text| index_lines(&text)).unwrap_or_default();
    let left: Vec<_> = lines.iter().filter(|line| !ids.contains(&line.block)).cloned().collect();
    if left.len() < lines.len() {
        edits.push(Edit::Index { lines: left });
    }
    apply(memory, &edits)
}

/// Gives a block the text that a person wrote: its heading without the marker, and what is below it.
///
/// # Errors
///
/// [`EditError::UnknownBlock`]; [`EditError::Unusable`] where the text is no block: without a heading, with a second
/// one of the same level, with a fence that is never closed.
pub fn rewrite(memory: &Memory, id: &BlockId, text: &str) -> Result<(Memory, Block), EditError> {
    let unknown = || EditError::UnknownBlock { id: id.clone() };
    let block = memory.block(id).ok_or_else(unknown)?;
    let text = text.trim_start_matches(['\n', '\r']);
    let (heading, body) = text.split_once('\n').unwrap_or((text, ""));
    let heading = heading.trim_end();
    let title = heading.trim_start_matches('#');
    if title.len() == heading.len() {
        let why = "it does not begin with a heading (`### …`)";
        return Err(EditError::Unusable { id: id.clone(), part: "title", why });
    }
    let title = title.split("<!--").next().unwrap_or(title).trim().to_owned();
    let put = Edit::Put {
        path: block.path.clone(),
        section: block.section.clone(),
        id: id.clone(),
        title,
        body: body.to_owned(),
    };
    let after = apply(memory, &[put])?;
    let block = after.block(id).ok_or_else(unknown)?;
    Ok((after, block))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn memory() -> Memory {
        let mut memory = Memory::default();
        let text = "# A\n\n### One  <!-- som:m-1 -->\nfirst\n\n### Two  <!-- som:m-2 -->\nsecond\n";
        memory.insert(MemoryPath::new("a.md").unwrap(), text.as_bytes());
        memory
    }

    #[test]
    fn a_block_gets_the_words_of_a_person_and_its_neighbours_stay() {
        let (after, block) =
            rewrite(&memory(), &"m-1".into(), "### Uno <!-- som:m-1 -->\n\n- mine\n").unwrap();
        assert_eq!((block.title.as_str(), block.body.as_str()), ("Uno", "- mine"));
        assert_eq!(after.block(&"m-2".into()), {
            let moved = memory().block(&"m-2".into()).unwrap();
            after.block(&"m-2".into()).filter(|block| block.sha256 == moved.sha256)
        });
        for bad in ["", "no heading", "###  ", "### A\n### B\n", "### A\n```\nopen"] {
            assert!(rewrite(&memory(), &"m-1".into(), bad).is_err(), "{bad:?}");
        }
        assert!(rewrite(&memory(), &"m-9".into(), "### A").is_err());
    }

    #[test]
    fn what_is_taken_out_can_be_known_again() {
        let deletion = take_out(&memory(), &"m-1".into()).unwrap();
        assert!(
            deletion.memory.block(&"m-1".into()).is_none() && deletion.memory.block(&"m-2".into()).is_some()
        );
        assert_eq!(deletion.path.as_str(), "a.md");
        assert_eq!(deletion.sketch, memory().block(&"m-1".into()).unwrap().sketch());
        assert!(take_out(&memory(), &"m-9".into()).is_err());
    }
}
