//! What a dream reports once it is known what became of its claims.

use somnium_memory::Memory;
use somnium_types::BlockId;

use super::{Decision, Happening, Item, Review};
use crate::proposal;
use crate::propose::index_size;
use crate::report::{ClaimState, DreamStatus, NearMiss, Report};

/// Returns the report of a dream as far as it holds.
pub(super) fn after(review: &Review, decisions: &[(&Item, Decision)], memory: &Memory) -> Report {
    let mut report = review.report.clone();
    if decisions.iter().all(|(_, decision)| *decision == Decision::Accept) {
        return report;
    }
    for (item, decision) in decisions {
        match decision {
            Decision::Accept => {}
            Decision::Edit(_) => take_over(&mut report, item, memory),
            Decision::Reject | Decision::Later => leave(&mut report, item, decision, memory),
        }
    }
    count(&mut report, review, memory);
    let changed = *memory != review.before;
    report.dream.status = if changed { DreamStatus::Completed } else { DreamStatus::CompletedEmpty };
    report
}

/// Reports of a claim what its note says.
fn show(report: &mut Report, item: &Item, memory: &Memory) {
    let Some(claim) = report.claims.iter_mut().find(|claim| claim.id.as_str() == item.id) else { return };
    if let Some(block) = memory.block(&BlockId::from(item.id.as_str())) {
        (claim.title, claim.text, claim.path) = (block.title, block.body, format!("/{}", block.path));
    }
}

/// A claim whose note a person took over.
fn take_over(report: &mut Report, item: &Item, memory: &Memory) {
    show(report, item, memory);
    let claim = report.claims.iter_mut().find(|claim| claim.id.as_str() == item.id);
    if let Some(claim) = claim {
        claim.state = ClaimState::Human;
    }
}

fn leave(report: &mut Report, item: &Item, decision: &Decision, memory: &Memory) {
    let is_rejected = *decision == Decision::Reject;
    match item.happening {
        Happening::Added => {
            let Some(at) = report.claims.iter().position(|claim| claim.id.as_str() == item.id) else {
                return;
            };
            let claim = report.claims.remove(at);
            let why = if is_rejected { "a person rejected this note" } else { "left for later in a review" };
            let miss = NearMiss { id: claim.id, title: claim.title, why: why.to_owned() };
            report.near_misses.insert(0, miss);
        }
        Happening::Archived | Happening::Removed => {
            report.retired.retain(|retired| retired.id.as_str() != item.id);
        }
        Happening::Changed | Happening::Moved => {
            if is_rejected {
                take_over(report, item, memory);
            } else {
                show(report, item, memory);
            }
        }
        Happening::HeldBack | Happening::Text => {}
    }
    if is_rejected && item.before.is_some() {
        report.memory.blocks_kept_for_people += 1;
    }
}

/// Counts what changed anew.
fn count(report: &mut Report, review: &Review, memory: &Memory) {
    let after: std::collections::BTreeMap<_, _> =
        memory.blocks().into_iter().map(|block| (block.id.clone(), block)).collect();
    let (mut added, mut changed, mut removed) = (0, 0, 0);
    for item in review.items.iter().flat_map(|item| &item.blocks).filter(|id| !proposal::is_row(id)) {
        let (before, now) = (review.sides.before.get(item), after.get(item));
        if !super::differs(before, now) {
            continue;
        }
        match (before, now) {
            (None, _) => added += 1,
            (_, None) => removed += 1,
            (_, Some(now)) if super::is_archived(now) => removed += 1,
            _ => changed += 1,
        }
    }
    report.memory.blocks_added = added;
    report.memory.blocks_changed = changed;
    report.memory.blocks_removed = removed;
    report.memory.index_tokens = index_size(&memory.index_lines());
}
