//! One item of a review as a person reads it.

use std::io;

use somnium_dream::review::{Happening, Item};
use somnium_dream::{EvidenceRef, ReportedClaim};

use super::Sitting;
use crate::screen::{Line, Screen};
use crate::{claim_view, diff_view};

/// Quotations that are shown of one claim.
pub(super) const QUOTES: usize = 2;

/// Returns what would happen, in two words or three.
pub(super) fn happening(happening: Happening) -> &'static str {
    match happening {
        Happening::Added => "new note",
        Happening::Changed => "changed note",
        Happening::Moved => "moved note",
        Happening::Archived => "note to the archive",
        Happening::Removed => "removed note",
        Happening::HeldBack => "held back",
        Happening::Text => "text of a file",
    }
}

/// Returns where an item goes, or where it is.
pub(super) fn place(item: &Item) -> Option<String> {
    let place = |block: &somnium_memory::Block| format!("/{}", block.path);
    match (&item.before, &item.after) {
        (Some(before), Some(after)) if before.path != after.path => {
            Some(format!("{} → {}", place(before), place(after)))
        }
        (_, Some(block)) | (Some(block), None) => Some(place(block)),
        (None, None) => None,
    }
}

/// Returns what was counted, in words of our own.
pub(super) fn counts(sitting: &Sitting, item: &Item) -> Option<String> {
    let claim = sitting.review.claim(item)?;
    Some(format!("{}; {}", claim_view::counts(&claim.support), claim_view::state(claim.state)))
}

/// Returns why a dream proposes it, beside that.
pub(super) fn why(sitting: &Sitting, item: &Item) -> Vec<String> {
    let mut why = Vec::new();
    if let Some(claim) = sitting.review.claim(item) {
        why.extend(claim.why.clone());
        why.extend(claim_view::shown(&claim.health));
        why.extend(claim_view::fix(claim).map(|fix| format!("worked next: {fix}")));
    }
    why.extend(sitting.review.why_retired(item).map(str::to_owned));
    why
}

/// Returns some of the places that show it, of different sessions first.
pub(super) fn quotes(claim: &ReportedClaim) -> Vec<&EvidenceRef> {
    let mut seen = std::collections::BTreeSet::new();
    let (first, rest): (Vec<_>, Vec<_>) =
        claim.evidence.iter().partition(|place| seen.insert(place.session_id.clone()));
    first.into_iter().chain(rest).take(QUOTES).collect()
}

/// Shows an item: what, why, and the difference.
pub(super) fn item(sitting: &Sitting, number: usize, item: &Item, screen: &mut Screen) -> io::Result<()> {
    let all = sitting.items().len();
    screen.blank()?;
    let head = Line::new()
        .strong(format!("{} of {all}", number + 1))
        .plain(format!("  {}  ", happening(item.happening)));
    let head = head.name(&item.id);
    screen.wrapped(0, place(item).map_or(head.clone(), |place| head.plain("  ").faint(place)))?;
    screen.wrapped(2, Line::new().strong(&item.title))?;
    for line in counts(sitting, item).into_iter().chain(why(sitting, item)) {
        screen.wrapped(2, line)?;
    }
    for place in sitting.review.claim(item).map(quotes).unwrap_or_default() {
        let from = format!("  ({}, event {})", place.session_id, place.event_index);
        screen.item("  seen: ", Line::from(&place.quote).faint(from))?;
    }
    screen.blank()?;
    diff_view::print(&sitting.review.diff(item), None, screen)?;
    screen.blank()
}
