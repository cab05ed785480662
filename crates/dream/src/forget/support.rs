//! What any session supports, and taking sessions out of what was counted.

use std::collections::BTreeSet;

use somnium_types::{ClaimId, SessionId};

use super::Forget;
use crate::Dreamt;
use crate::ledger::Ledger;
use crate::tally::{Counts, Tally};

/// Returns every claim that at least one session supports, however little: before any gate.
pub(super) fn of(dreamt: &Dreamt) -> BTreeSet<ClaimId> {
    let counted = dreamt.tally.counts.claims.keys().cloned();
    let found = dreamt.tally.comparison.iter().flat_map(|comparison| &comparison.findings);
    let judged = dreamt.report.claims.iter().map(|claim| claim.id.clone());
    let missed = dreamt.report.near_misses.iter().map(|miss| miss.id.clone());
    counted.chain(found.map(crate::gate::finding_id)).chain(judged).chain(missed).collect()
}

impl Tally {
    /// Returns what was counted without `gone`; what was compared has to be compared again.
    pub(super) fn without(mut self, gone: &BTreeSet<SessionId>) -> Self {
        let Counts { sessions, claims } = &mut self.counts;
        sessions.retain(|id, _| !gone.contains(id));
        claims.values_mut().for_each(|claim| claim.seen.retain(|id, _| !gone.contains(id)));
        claims.retain(|_, claim| !claim.seen.is_empty());
        self.comparison = None;
        self
    }
}

impl Ledger {
    /// Forgets what sessions, or a person, said. `kept` is the number of sessions that are left.
    pub(super) fn forget(&mut self, gone: &BTreeSet<SessionId>, what: &Forget, kept: usize) {
        let person = match what {
            Forget::Principal(name) => Some(name.as_str()),
            Forget::Session(_) => None,
        };
        for statement in self.statements.values_mut() {
            for sayings in [&mut statement.said, &mut statement.denied] {
                sayings.retain(|id, _| !gone.contains(id));
                let is_theirs = |by: &Option<String>| person.is_some() && by.as_deref() == person;
                sayings.values_mut().for_each(|said| said.retain(|saying| !is_theirs(&saying.principal)));
                sayings.retain(|_, said| !said.is_empty());
            }
            // In the words of somebody who still says it.
            let first = statement.said.values().flatten().next();
            if let Some(quote) = first.map(|saying| &saying.quote)
                && statement.said.values().flatten().all(|saying| saying.quote.text != statement.text)
            {
                statement.text.clone_from(&quote.text);
            }
        }
        self.statements.retain(|_, statement| !statement.said.is_empty());
        self.rules.retain(|id, _| !gone.contains(id));
        crate::proposal::forget(&mut self.quarantine, gone);
        self.recount(kept);
    }
}
