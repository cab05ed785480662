//! The memory as it was found: entries without markers, of people and of agents.
//!
//! ```text
//! entries → whose? → what do the sessions say? → say two the same? → limits → edits by byte range, archive, questions
//! ```
//!
//! Whoever wrote a text that no marker tells, owns it: nothing of it changes unless sessions show that an agent wrote
//! it, or a person says so of the file ([`Options::agent_files`]). What an agent wrote is merged, replaced or archived
//! where sessions say so, and what it said stays in the archive. About a person's text a question is put into
//! `conflicts.md`. Only what people say in their own words, what agents noted, and what steps came up against is
//! evidence; no text of a transcript is ever obeyed.

mod decide;
mod desk;
mod duplicates;
mod evidence;
mod found;
mod reading;
mod records;
mod reference;
mod report;
mod series;

use std::collections::BTreeSet;

use somnium_memory::fingerprint;
use somnium_types::DreamId;

use crate::ledger::Ledger;
use crate::normalise::Normalised;
use crate::propose::{MAX_RETIRED, Proposal};
use crate::{Options, Past, Prior};

use desk::Desk;
pub(crate) use records::is_record;
pub use report::*;
use series::Bar;

/// Of so many entries of agents one dream takes one away, and always one.
const ONE_OF: usize = 10;

/// Reconciles the memory that a dream is about to write with what the sessions say.
pub(crate) fn reconcile(
    sessions: &[&Normalised],
    proposal: &mut Proposal,
    prior: &Prior,
    ledger: &mut Ledger,
    options: &Options,
    dream: &DreamId,
) -> Reconciled {
    if matches!(prior.sessions, Past::Unread) {
        return Reconciled::default();
    }
    let found = found::find(&proposal.memory, sessions, &ledger.amended, options);
    let bar = Bar::of(ledger.sessions.len(), &options.gates);
    let mut heard = decide::hear(&found, &evidence::in_order(sessions), bar);
    duplicates::find(&found, &mut heard.decisions);
    let of = |owner| found.iter().filter(|found| found.owner == owner).count();
    let agents = of(EntryOwner::Agent);
    let verified = heard.borne_out.iter().filter(|number| found[**number].owner == EntryOwner::Agent).count();
    let mut desk = Desk::new(proposal, prior);
    let mut limit = (agents / ONE_OF).clamp(1, MAX_RETIRED);
    let (mut waiting, mut amends, mut changes) = (BTreeSet::new(), Vec::new(), Vec::new());
    for (number, decision) in heard.decisions.iter().enumerate() {
        let Some(decision) = decision else { continue };
        let print = found[number].entry.fingerprint();
        // Dreaming again of the same takes nothing more away.
        let is_over = !ledger.has_news && ledger.waiting.contains(&print);
        let mut none = 0;
        let limit = if is_over { &mut none } else { &mut limit };
        let settled = desk.settle(&found, number, decision, limit);
        if settled.waits {
            waiting.insert(print);
        }
        if settled.change.action == Action::Replaced
            && let Some(text) = &settled.change.with
        {
            ledger.amended.insert((found::file_of(&found[number].entry), fingerprint(text)));
        }
        amends.extend(settled.amend.map(|amend| (changes.len(), amend)));
        changes.push(settled.change);
    }
    for (at, amend) in amends.into_iter().rev() {
        desk.amend(amend, &mut changes[at]);
    }
    desk.close_questions(&changes);
    desk.finish(proposal, dream);
    ledger.waiting = waiting;
    Reconciled {
        people: of(EntryOwner::Person) as u64,
        agents: agents as u64,
        verified: verified as u64,
        changes,
    }
}
