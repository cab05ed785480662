//! From one dream to the next: confirmed, shortened, archived, back again.

use std::collections::BTreeMap;

use somnium_types::{ClaimId, DreamId, Timestamp};

use super::OCCASIONS;
use crate::detect::Detail;
use crate::gate::Judged;
use crate::ledger::{Failing, Ledger, Standing};
use crate::propose::Proposal;
use crate::report::ClaimState;

/// Dreams in which a claim must not pass before its note is archived.
const DREAMS: u32 = 2;

/// A note that is to be archived.
#[derive(Clone, Debug)]
pub(crate) struct Retire {
    pub(crate) id: ClaimId,
    pub(crate) why: String,
    /// Whether it was shown to do harm: then it does not come back by itself.
    pub(crate) is_harmful: bool,
}

impl Retire {
    /// A note that is over.
    pub(crate) fn new(id: ClaimId, why: String) -> Self {
        Self { id, why, is_harmful: false }
    }
}

/// Settles how far claims that were written before have come, and returns those whose notes are to go.
pub(crate) fn settle(judged: &mut [Judged], ledger: &mut Ledger) -> Vec<Retire> {
    let mut retire = Vec::new();
    let mut standings = std::mem::take(&mut ledger.standings);
    let mut by_id: BTreeMap<ClaimId, &mut Judged> =
        judged.iter_mut().map(|claim| (claim.id.clone(), claim)).collect();
    for (id, standing) in &mut standings {
        match by_id.get_mut(id) {
            Some(claim) => retire.extend(of_judged(claim, standing, ledger)),
            None => retire.extend(of_unfound(id, standing, ledger)),
        }
    }
    ledger.standings = standings;
    retire
}

fn of_judged(claim: &mut Judged, standing: &mut Standing, ledger: &Ledger) -> Option<Retire> {
    if claim.state >= ClaimState::Probation && !claim.health.is_over {
        standing.failing = None;
        return None;
    }
    let why = match &claim.why {
        Some(why) if claim.state < ClaimState::Probation => format!("it does not pass any more: {why}"),
        _ => format!("not seen in the last {} sessions that had the occasion", claim.health.quiet),
    };
    let (dreams, occasions) = fail(&claim.id, standing, ledger);
    if standing.retired.is_none() && (dreams < DREAMS || occasions < OCCASIONS) {
        if claim.state >= ClaimState::Probation {
            claim.state = ClaimState::Condensed;
            claim.why = Some(why);
        } else {
            claim.why = Some(format!(
                "{why}; its note is archived after {DREAMS} dreams with {OCCASIONS} occasions (so far {dreams} and \
                 {occasions})"
            ));
        }
        return None;
    }
    if claim.state >= ClaimState::Probation {
        claim.state = ClaimState::Archived;
        claim.why = Some(why.clone());
    }
    let is_due = (ledger.has_news || standing.asked) && standing.retired.is_none();
    is_due.then(|| Retire::new(claim.id.clone(), why))
}

/// A claim that nothing was judged of: its support is gone, or other claims say it now.
fn of_unfound(id: &ClaimId, standing: &mut Standing, ledger: &Ledger) -> Option<Retire> {
    // Without all sessions it cannot be told whether there still is such a pattern, nor without what was counted
    // of them.
    let is_unknown = standing.compared && !ledger.is_whole || ledger.has_lost;
    if is_unknown || standing.retired.is_some() {
        return None;
    }
    let is_gone = !standing.compared && !ledger.claims.contains_key(id);
    let (dreams, occasions) = fail(id, standing, ledger);
    let is_due = is_gone || (dreams >= DREAMS && occasions >= OCCASIONS);
    let why = match is_gone {
        true => "no session supports it any more",
        false => "its pattern is not found any more",
    };
    (is_due && (ledger.has_news || standing.asked)).then(|| Retire::new(id.clone(), why.to_owned()))
}

/// Counts one more dream in which a claim did not pass. Returns how many there were, and how many sessions
/// since had the occasion without being shown the note.
fn fail(id: &ClaimId, standing: &mut Standing, ledger: &Ledger) -> (u32, u64) {
    let number = ledger.dreams;
    let failing = standing.failing.get_or_insert(Failing { since: number, last: number, dreams: 1 });
    if failing.last < number {
        failing.last = number;
        failing.dreams += 1;
    }
    let rows = ledger.sessions.values().filter(|row| row.dream >= failing.since);
    let rows = rows.filter(|row| standing.occasion.is_in(row));
    let unshown = rows.filter(|row| !row.exposed.iter().any(|shown| shown == id.as_str()));
    (failing.dreams, unshown.count() as u64)
}

/// Remembers what this dream wrote, archived and brought back.
pub(crate) fn record(ledger: &mut Ledger, proposal: &Proposal, dream: &DreamId, at: Option<Timestamp>) {
    for draft in &proposal.written {
        let claim = &draft.claim;
        let number = ledger.dreams;
        let standing = ledger.standings.entry(claim.id.clone()).or_insert_with(|| Standing {
            compared: !matches!(claim.detail, Detail::Mistake(_)),
            ..Standing::new(dream.clone(), number, at, claim.occasion.clone())
        });
        standing.occasion = claim.occasion.clone();
        standing.retired = None;
        standing.asked = false;
    }
    for retired in &proposal.retired {
        if let Some(standing) = ledger.standings.get_mut(&retired.id) {
            standing.retired = Some(retired.why.clone());
            standing.asked = false;
            if retired.is_harmful {
                standing.harmful = Some(retired.why.clone());
            }
        }
    }
}
