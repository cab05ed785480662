//! Where one block goes, and what its text is.

use somnium_memory::{Block, Edit, MemoryPath, UNCONFIRMED};
use somnium_types::BlockId;

use super::ARCHIVE;
use crate::compose::Draft;
use crate::report::ClaimState;

/// Returns the edits that bring one block to its new text and place: none where nothing changes.
pub(super) fn write(draft: &Draft, id: &BlockId, path: &MemoryPath, block: Option<&Block>) -> Vec<Edit> {
    let section = (draft.claim.state == ClaimState::Probation).then(|| UNCONFIRMED.to_owned());
    let put = Edit::Put {
        path: path.clone(),
        section: section.clone(),
        id: id.clone(),
        title: draft.title.clone(),
        body: draft.body.clone(),
    };
    let Some(block) = block else { return vec![put] };
    let same_text = block.title == draft.title && block.body.trim() == draft.body.trim();
    let mut edits = Vec::new();
    if !same_text {
        edits.push(put);
    }
    // It moves between confirmed and not, and out of the archive, unless a person gave it a place of its own.
    let in_ours = block.section.as_deref().is_none_or(|section| section == UNCONFIRMED);
    let archived = block.path.as_str().starts_with(ARCHIVE);
    let home = if archived { path } else { &block.path };
    if archived || (in_ours && block.section != section) {
        edits.push(Edit::Move { id: id.clone(), path: home.clone(), section });
    }
    edits
}

/// Returns the place in the archive of a block of `path`.
pub(super) fn archive(path: &MemoryPath) -> Option<MemoryPath> {
    MemoryPath::new(&format!("{ARCHIVE}{path}")).ok()
}

/// Shortens what is over, and what is shown and gone against all the same; cuts what is longer than a file may
/// be. All of it are whole lines of what was validated.
pub(super) fn shorten(draft: &mut Draft, most_lines: usize) {
    let lines = match draft.claim.state {
        ClaimState::Condensed => 2, // What to do, and how often it was seen with an example.
        _ if draft.claim.health.is_often_violated() => 1,
        _ => most_lines,
    };
    if draft.body.lines().count() > lines {
        draft.body = draft.body.lines().take(lines).collect::<Vec<_>>().join("\n");
    }
}
