//! What the always-loaded index holds.

use std::collections::{BTreeMap, BTreeSet};

use somnium_memory::{Block, IndexLine, Memory, UNCONFIRMED};
use somnium_types::BlockId;

use super::ARCHIVE;
use crate::Options;
use crate::compose::Draft;
use crate::detect::Detail;
use crate::report::ClaimState;

/// Characters of a token, for estimates.
const CHARS_PER_TOKEN: usize = 4;

/// A line that the index could hold.
struct Line {
    line: IndexLine,
    tokens: usize,
    /// Pinned by a person; shown and gone against all the same, so that it must stand out; the others.
    rank: u8,
    /// Worth per token.
    density: f64,
}

/// Chooses the lines: what people pinned, then what is worth most per token, while the budget lasts.
pub(super) fn choose(
    written: &[Draft],
    after: &Memory,
    pins: &BTreeSet<BlockId>,
    options: &Options,
) -> Vec<IndexLine> {
    let blocks: BTreeMap<BlockId, Block> =
        after.blocks().into_iter().map(|block| (block.id.clone(), block)).collect();
    let mut lines: Vec<Line> = Vec::new();
    let mut worths: BTreeMap<&str, (f64, u8)> = BTreeMap::new();
    for draft in written.iter().filter(|draft| is_loaded(draft.claim.state)) {
        if matches!(&draft.claim.detail, Detail::Statement(stated) if stated.private) {
            continue; // Everybody loads the index.
        }
        let rank = if draft.claim.health.is_often_violated() { 1 } else { 2 };
        worths.insert(draft.claim.id.as_str(), (draft.claim.worth, rank));
    }
    for (id, block) in blocks {
        let is_pinned = pins.contains(&id);
        let known = worths.get(id.as_str()).copied();
        // What a person made theirs before anything confirmed it stays out.
        let waits = block.section.as_deref() == Some(UNCONFIRMED) || block.path.as_str().starts_with(ARCHIVE);
        if (known.is_none() || waits) && !is_pinned {
            continue;
        }
        let (worth, rank) = known.unwrap_or_default();
        let line = IndexLine { trigger: block.title.clone(), path: block.path.clone(), block: id };
        let tokens = tokens(&line.to_string());
        let rank = if is_pinned { 0 } else { rank };
        lines.push(Line { line, tokens, rank, density: worth / tokens.max(1) as f64 });
    }
    lines.sort_by(|a, b| {
        a.rank
            .cmp(&b.rank)
            .then(b.density.total_cmp(&a.density))
            .then_with(|| a.line.block.cmp(&b.line.block))
    });
    let mut left = options.index_tokens as usize;
    lines.retain(|line| {
        let fits = line.tokens <= left;
        left -= if fits { line.tokens } else { 0 };
        fits
    });
    lines.into_iter().map(|line| line.line).collect()
}

/// Whether notes in this state can be loaded always.
fn is_loaded(state: ClaimState) -> bool {
    matches!(state, ClaimState::Note | ClaimState::LoadBearing | ClaimState::Human)
}

/// Returns the estimated tokens of the index.
pub(crate) fn size(lines: &[IndexLine]) -> u64 {
    lines.iter().map(|line| tokens(&line.to_string())).sum::<usize>() as u64
}

fn tokens(text: &str) -> usize {
    text.len().div_ceil(CHARS_PER_TOKEN)
}
