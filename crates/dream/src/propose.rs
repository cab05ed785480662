//! Stage 8: from accepted drafts to typed edits of the memory, around what people own.

use std::collections::{BTreeMap, BTreeSet};

use somnium_memory::{
    Baselines, Block, Edit, EditError, IndexLine, Memory, MemoryPath, Owner, apply, ownership,
};
use somnium_types::{BlockId, ClaimId, DreamId};

use crate::compose::{self, Draft};
use crate::gate::Judged;
use crate::report::{ClaimState, MemoryCounts, NearMiss};
use crate::{Options, Prior};

/// Heading of the blocks that wait for confirmation.
const UNCONFIRMED: &str = "Not yet confirmed";
/// Characters of a token, for estimates.
const CHARS_PER_TOKEN: usize = 4;

/// The change that a dream proposes.
#[derive(Debug)]
pub(crate) struct Proposal {
    pub(crate) memory: Memory,
    pub(crate) baselines: Baselines,
    /// Blocks that are in the memory afterwards, in the order of their worth.
    pub(crate) written: Vec<Draft>,
    pub(crate) counts: MemoryCounts,
    pub(crate) near_misses: Vec<NearMiss>,
    /// Blocks of people that were left alone.
    pub(crate) kept: Vec<BlockId>,
    /// Blocks that people deleted and that were not written again.
    pub(crate) deleted: Vec<BlockId>,
}

/// Turns drafts into edits and applies them to a copy of the memory.
pub(crate) fn propose(
    drafts: Vec<Draft>,
    supported: &BTreeSet<ClaimId>,
    prior: &Prior,
    options: &Options,
    dream: &DreamId,
) -> Result<Proposal, EditError> {
    let blocks: BTreeMap<BlockId, Block> =
        prior.memory.blocks().into_iter().map(|block| (block.id.clone(), block)).collect();
    let owners = ownership(&prior.memory, &prior.baselines);
    let mut proposal = Proposal {
        memory: prior.memory.clone(),
        baselines: prior.baselines.clone(),
        written: Vec::new(),
        counts: MemoryCounts::default(),
        near_misses: Vec::new(),
        kept: Vec::new(),
        deleted: Vec::new(),
    };
    let mut to_write: Vec<(Draft, Vec<Edit>)> = Vec::new();
    let mut in_topic: BTreeMap<String, usize> = BTreeMap::new();
    for draft in drafts {
        let id = BlockId::from(draft.claim.id.as_str());
        if prior.tombstones.contains_key(&id) || owners.get(&id) == Some(&Owner::Deleted) {
            proposal.near_misses.push(miss(&draft.claim, "a person deleted this note"));
            proposal.deleted.push(id);
            continue;
        }
        if owners.get(&id) == Some(&Owner::Person) {
            proposal.kept.push(id);
            let mut draft = draft;
            draft.claim.state = ClaimState::Human;
            proposal.written.push(draft);
            continue;
        }
        let places = in_topic.entry(draft.path.clone()).or_default();
        if *places >= options.notes_per_topic && !blocks.contains_key(&id) {
            let why = format!(
                "`{}` is full ({} notes); this one is worth less",
                draft.path, options.notes_per_topic
            );
            proposal.near_misses.push(miss(&draft.claim, &why));
            continue;
        }
        let path = match MemoryPath::new(&draft.path) {
            Ok(path) => path,
            Err(error) => {
                proposal.near_misses.push(miss(&draft.claim, &format!("cannot be written: {error}")));
                continue;
            }
        };
        *places += 1;
        let edits = write(&draft, &id, &path, blocks.get(&id));
        to_write.push((draft, edits));
    }
    let mut after = write_all(&prior.memory, to_write, &mut proposal);
    proposal
        .written
        .sort_by(|a, b| b.claim.worth.total_cmp(&a.claim.worth).then_with(|| a.claim.id.cmp(&b.claim.id)));
    let removed: Vec<Edit> =
        unsupported(&blocks, &owners, supported).into_iter().map(|id| Edit::Remove { id }).collect();
    proposal.counts.blocks_removed = removed.len() as u64;
    after = apply(&after, &removed)?;
    let lines = index(&proposal.written, &after, options);
    proposal.counts.index_tokens = lines.iter().map(|line| tokens(&line.to_string())).sum::<usize>() as u64;
    let index = Edit::Index { lines };
    let nothing_to_index =
        matches!(&index, Edit::Index { lines } if lines.is_empty()) && after.index_text().is_none();
    proposal.memory = if nothing_to_index { after } else { apply(&after, &[index])? };
    let changed = changed(&blocks, &proposal, &owners);
    let is_new = |id: &&BlockId| !blocks.contains_key(*id);
    proposal.counts.blocks_added = changed.iter().filter(is_new).count() as u64;
    proposal.counts.blocks_changed = changed.len() as u64 - proposal.counts.blocks_added;
    proposal.baselines.record(&proposal.memory, &changed, dream);
    proposal.counts.blocks_kept_for_people = proposal.kept.len() as u64;
    Ok(proposal)
}

/// Writes all blocks at once; where that fails, one by one, because one that cannot be written is no reason to
/// lose the others.
fn write_all(memory: &Memory, to_write: Vec<(Draft, Vec<Edit>)>, proposal: &mut Proposal) -> Memory {
    let all: Vec<Edit> = to_write.iter().flat_map(|(_, edits)| edits.iter().cloned()).collect();
    if let Ok(after) = apply(memory, &all) {
        proposal.written.extend(to_write.into_iter().map(|(draft, _)| draft));
        return after;
    }
    let mut after = memory.clone();
    for (draft, edits) in to_write {
        match apply(&after, &edits) {
            Ok(with_block) => {
                after = with_block;
                proposal.written.push(draft);
            }
            Err(error) => {
                proposal.near_misses.push(miss(&draft.claim, &format!("cannot be written: {error}")));
            }
        }
    }
    after
}

/// Returns the edits that bring one block to its new text and place: none where nothing changes.
fn write(draft: &Draft, id: &BlockId, path: &MemoryPath, block: Option<&Block>) -> Vec<Edit> {
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
    // It moves between confirmed and not, unless a person gave it a place of its own.
    let in_ours = block.section.as_deref().is_none_or(|section| section == UNCONFIRMED);
    if in_ours && block.section != section {
        edits.push(Edit::Move { id: id.clone(), path: block.path.clone(), section });
    }
    edits
}

/// Returns the blocks of ours that this dream wrote: new ones, and those whose bytes or place are others now.
fn changed(
    before: &BTreeMap<BlockId, Block>,
    proposal: &Proposal,
    owners: &BTreeMap<BlockId, Owner>,
) -> BTreeSet<BlockId> {
    let differs = |block: &Block| {
        before.get(&block.id).is_none_or(|old| {
            (&old.sha256, &old.path, &old.section) != (&block.sha256, &block.path, &block.section)
        })
    };
    let blocks = proposal.memory.blocks().into_iter();
    let ours = blocks.filter(|block| owners.get(&block.id).is_none_or(|owner| *owner == Owner::Ours));
    ours.filter(differs).map(|block| block.id).collect()
}

/// Returns our blocks whose claim lost all its support (its sessions were erased or read anew), at most a
/// tenth of all blocks and at most 20 in one dream.
fn unsupported(
    blocks: &BTreeMap<BlockId, Block>,
    owners: &BTreeMap<BlockId, Owner>,
    supported: &BTreeSet<ClaimId>,
) -> Vec<BlockId> {
    let budget = (blocks.len() / 10).clamp(1, 20);
    let without = blocks.keys().filter(|id| owners.get(*id) == Some(&Owner::Ours));
    let without = without.filter(|id| !supported.contains(&ClaimId::from(id.as_str())));
    without.take(budget).cloned().collect()
}

/// Chooses the lines of the always-loaded index: confirmed notes by worth per token, while the budget lasts.
fn index(written: &[Draft], after: &Memory, options: &Options) -> Vec<IndexLine> {
    let blocks: BTreeMap<BlockId, Block> =
        after.blocks().into_iter().map(|block| (block.id.clone(), block)).collect();
    let mut lines: Vec<(f64, usize, IndexLine)> = Vec::new();
    for draft in written.iter().filter(|draft| draft.claim.state > ClaimState::Probation) {
        let id = BlockId::from(draft.claim.id.as_str());
        let Some(block) = blocks.get(&id) else { continue };
        if block.section.as_deref() == Some(UNCONFIRMED) {
            continue; // A person made it theirs before anything confirmed it.
        }
        let line = IndexLine { trigger: block.title.clone(), path: block.path.clone(), block: id };
        let tokens = tokens(&line.to_string());
        lines.push((draft.claim.worth / tokens.max(1) as f64, tokens, line));
    }
    lines.sort_by(|a, b| b.0.total_cmp(&a.0).then_with(|| a.2.block.cmp(&b.2.block)));
    let mut left = options.index_tokens as usize;
    let fits = |tokens: usize, left: &mut usize| {
        let fits = tokens <= *left;
        if fits {
            *left -= tokens;
        }
        fits
    };
    lines.into_iter().filter(|(_, tokens, _)| fits(*tokens, &mut left)).map(|(_, _, line)| line).collect()
}

fn tokens(text: &str) -> usize {
    text.len().div_ceil(CHARS_PER_TOKEN)
}

fn miss(claim: &Judged, why: &str) -> NearMiss {
    NearMiss { id: claim.id.clone(), title: compose::name(claim), why: why.to_owned() }
}
