//! Stage 8: from accepted drafts to typed edits of the memory, around what people own.

mod closed;
mod index;
mod place;

use std::collections::{BTreeMap, BTreeSet};

use somnium_memory::{
    Baselines, Block, Edit, EditError, IndexLine, Memory, MemoryPath, Owner, Places, apply, ownership,
};
use somnium_types::{BlockId, DreamId};

use crate::compose::{self, Draft};
use crate::detect::Detail;
use crate::gate::Judged;
use crate::health::Retire;
use crate::proposal::{self, Quarantine, Voice};
use crate::report::{ClaimState, MemoryCounts, NearMiss};
use crate::{Options, Prior};

use closed::Closed;

pub(crate) use index::size as index_size;

/// The folder of what is over.
pub(crate) const ARCHIVE: &str = "archive/";
/// Most notes that one dream archives.
pub(crate) const MAX_RETIRED: usize = 20;

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
    /// Notes that went to the archive.
    pub(crate) retired: Vec<Retire>,
    /// Blocks that people deleted and that were not written again.
    pub(crate) deleted: Vec<BlockId>,
}

/// Turns drafts into edits and applies them to a copy of the memory.
pub(crate) fn propose(
    drafts: Vec<Draft>,
    retiring: Vec<Retire>,
    held_back: &Quarantine,
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
        retired: Vec::new(),
        deleted: Vec::new(),
    };
    let closed = Closed::of(prior);
    let mut to_write: Vec<(Draft, Vec<Edit>)> = Vec::new();
    let mut in_topic: BTreeMap<String, usize> = BTreeMap::new();
    for mut draft in drafts {
        place::shorten(&mut draft, options.playbook_lines);
        let id = BlockId::from(draft.claim.id.as_str());
        if prior.tombstones.contains_key(&id) || owners.get(&id) == Some(&Owner::Deleted) {
            proposal.near_misses.push(miss(&draft.claim, "a person deleted this note"));
            proposal.deleted.push(id);
            continue;
        }
        if owners.get(&id) == Some(&Owner::Person) {
            proposal.kept.push(id);
            draft.claim.state = ClaimState::Human;
            proposal.written.push(draft);
            continue;
        }
        if blocks.get(&id).is_some_and(|block| prior.frozen.holding(block).is_some()) {
            proposal.kept.push(id);
            proposal.written.push(draft);
            continue;
        }
        if let Some(why) = closed.to(&draft, blocks.get(&id)) {
            proposal.near_misses.push(miss(&draft.claim, &why));
            continue;
        }
        let places = in_topic.entry(draft.path.clone()).or_default();
        // What operators set is theirs to limit.
        let is_a_rule =
            matches!(&draft.claim.detail, Detail::Statement(stated) if stated.voice == Voice::Operator);
        if !is_a_rule && *places >= options.notes_per_topic && !blocks.contains_key(&id) {
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
        let edits = place::write(&draft, &id, &path, blocks.get(&id));
        to_write.push((draft, edits));
    }
    let mut after = write_all(&prior.memory, to_write, &mut proposal);
    proposal
        .written
        .sort_by(|a, b| b.claim.worth.total_cmp(&a.claim.worth).then_with(|| a.claim.id.cmp(&b.claim.id)));
    let (retired, moves) = retire(retiring, &blocks, &owners, &prior.frozen);
    proposal.counts.blocks_removed = retired.len() as u64;
    proposal.retired = retired;
    after = apply(&after, &moves)?;
    if !closed.quarantine() {
        after = hold_back(after, held_back, prior, &blocks, &owners, &mut proposal);
    }
    let lines = index::choose(&proposal.written, &after, &prior.pins, options);
    proposal.counts.index_tokens = index::size(&lines);
    mark_load_bearing(&mut proposal.written, &lines, &prior.pins);
    let index = Edit::Index { lines };
    let nothing_to_index =
        matches!(&index, Edit::Index { lines } if lines.is_empty()) && after.index_text().is_none();
    proposal.memory = if nothing_to_index || closed.index() { after } else { apply(&after, &[index])? };
    let changed = changed(&blocks, &proposal, &owners);
    let notes: Vec<&BlockId> = changed.iter().filter(|id| !proposal::is_row(id)).collect();
    let added = notes.iter().filter(|id| !blocks.contains_key(**id)).count() as u64;
    proposal.counts.blocks_added = added;
    let others = added + proposal.counts.blocks_removed;
    proposal.counts.blocks_changed = (notes.len() as u64).saturating_sub(others);
    proposal.baselines.record(&proposal.memory, &changed, dream);
    proposal.counts.blocks_kept_for_people = proposal.kept.len() as u64;
    Ok(proposal)
}

/// What is in the index, and either helps where it is shown or is pinned, bears load.
fn mark_load_bearing(written: &mut [Draft], lines: &[IndexLine], pins: &BTreeSet<BlockId>) {
    let loaded: BTreeSet<&BlockId> = lines.iter().map(|line| &line.block).collect();
    for draft in written {
        let id = BlockId::from(draft.claim.id.as_str());
        let proven = draft.claim.health.helps() && !draft.claim.health.is_often_violated();
        if draft.claim.state == ClaimState::Note && loaded.contains(&id) && (proven || pins.contains(&id)) {
            draft.claim.state = ClaimState::LoadBearing;
        }
    }
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

/// Brings the quarantine up to date. A row that cannot be written costs only itself.
fn hold_back(
    mut after: Memory,
    rows: &Quarantine,
    prior: &Prior,
    blocks: &BTreeMap<BlockId, Block>,
    owners: &BTreeMap<BlockId, Owner>,
    proposal: &mut Proposal,
) -> Memory {
    let deleted = |id: &BlockId| prior.tombstones.contains_key(id) || owners.get(id) == Some(&Owner::Deleted);
    proposal.deleted.extend(rows.keys().filter(|id| deleted(id)).cloned());
    let edits = proposal::edits(rows, blocks, owners, deleted);
    let all: Vec<Edit> = edits.iter().flatten().cloned().collect();
    if let Ok(with_rows) = apply(&after, &all) {
        return with_rows;
    }
    for edits in edits {
        if let Ok(with_row) = apply(&after, &edits) {
            after = with_row;
        }
    }
    after
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

/// Moves the blocks of claims that are over into the archive: at most a tenth of all blocks and 20 in one
/// dream, never a person's and nothing that is frozen.
fn retire(
    wanted: Vec<Retire>,
    blocks: &BTreeMap<BlockId, Block>,
    owners: &BTreeMap<BlockId, Owner>,
    frozen: &Places,
) -> (Vec<Retire>, Vec<Edit>) {
    let budget = (blocks.len() / 10).clamp(1, MAX_RETIRED);
    let moves = wanted.into_iter().filter_map(|retire| {
        let id = BlockId::from(retire.id.as_str());
        let block = blocks.get(&id).filter(|_| owners.get(&id) == Some(&Owner::Ours))?;
        let is_there = block.path.as_str().starts_with(ARCHIVE);
        let path = place::archive(&block.path).filter(|_| !is_there)?;
        if frozen.holding(block).is_some() || frozen.holding_file(&path).is_some() {
            return None;
        }
        Some((retire, Edit::Move { id, path, section: None }))
    });
    moves.take(budget).unzip()
}

fn miss(claim: &Judged, why: &str) -> NearMiss {
    NearMiss { id: claim.id.clone(), title: compose::name(claim), why: why.to_owned() }
}
