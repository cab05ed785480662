//! What is not worth a reader's time however often it occurs.

use std::collections::BTreeSet;

use crate::detect::Detail;
use crate::detect::mistakes::words;
use crate::gate::{Judged, Loud};
use crate::ledger::{Key, Ledger};
use crate::normalise::Class;
use crate::report::{Blame, ClaimState};

/// Why a signature is not worth a note however often it occurs.
pub(super) fn too_general(key: &Key, has_repair: bool) -> Option<&'static str> {
    let Key::Mistake { tool, program, class, template } = key;
    let class_alone = template.is_none();
    if template.as_ref().is_some_and(|template| words(template) < 2) {
        return Some("too general to act on: its message is a single word");
    }
    match class {
        Class::Sibling => Some("it only follows from another failure"),
        Class::Interrupted => Some("that a person stopped it does not say what to do instead"),
        Class::Undone => Some("that it was undone does not say what to do instead"),
        Class::Denied if !class_alone => Some("too general to act on: the words are the harness's"),
        Class::Denied | Class::RepeatedCall | Class::Corrected => (program.is_some()
            || (tool == "bash" && *class != Class::Denied))
            .then_some("too general to act on"),
        Class::LintFailure | Class::TestFailure | Class::BuildFailure if class_alone => {
            program.is_none().then_some("too general to act on")
        }
        _ if class_alone && !has_repair => Some("too general to act on: no common message and no repair"),
        Class::Other if class_alone => Some("too general to act on: no common message"),
        _ => None,
    }
}

/// People (where they are known: else agents) that must have met what only concerns how work is done here.
const MANY: u64 = 2;

/// Who there is in a store.
#[derive(Clone, Copy)]
pub(super) struct Peers {
    principals: u64,
    agents: u64,
}

impl Peers {
    pub(super) fn of(ledger: &Ledger) -> Self {
        let rows = || ledger.sessions.values();
        let principals: BTreeSet<&str> = rows().filter_map(|row| row.principal.as_deref()).collect();
        let agents: BTreeSet<&str> = rows().map(|row| row.agent.as_str()).collect();
        Self { principals: principals.len() as u64, agents: agents.len() as u64 }
    }
}

/// Sends a loud mistake that passed back among the near misses where a reader could do nothing with its note:
/// no repair stood out, sessions with it end no worse, and it says nothing about the place.
pub(super) fn demote(claim: &mut Judged, peers: Peers) {
    if claim.state < ClaimState::Probation {
        return;
    }
    let Detail::Mistake(loud) = &claim.detail else { return };
    let is_of_the_place = loud.blame != Blame::Agent;
    if loud.repair.is_some() || claim.telling_outcome || is_of_the_place {
        return;
    }
    let Key::Mistake { tool, class, .. } = &loud.key;
    let (support, has_message) = (&claim.support, loud.message.is_some());
    // In a store of one person or one agent nobody else can meet it.
    let (many, needed, who) = match peers.principals {
        0 => (support.agents, peers.agents.min(MANY), "agents"),
        people => (support.principals, people.min(MANY), "people"),
    };
    let why = match class {
        Class::Denied if loud.program.is_none() && tool == "bash" => {
            Some("it does not say which commands people refuse".to_owned())
        }
        Class::Denied if many < needed => Some(format!("{many} of the {needed} {who} it needs")),
        Class::LintFailure | Class::TestFailure | Class::BuildFailure if !has_message => {
            Some("no common message".to_owned())
        }
        Class::LintFailure | Class::TestFailure | Class::BuildFailure if many < needed => {
            Some(format!("{many} of the {needed} {who} it needs"))
        }
        class if is_of_code(*class, loud, tool) => Some("an error of the code being worked on".to_owned()),
        _ => None,
    };
    let Some(why) = why else { return };
    let ended = claim.outcome.map_or_else(String::new, |outcome| {
        format!(
            ", and sessions with it end no worse ({} of {} failed, {} of {} others, q {})",
            outcome.fail_with, outcome.with, outcome.fail_without, outcome.without, outcome.q
        )
    });
    claim.state = ClaimState::Candidate;
    claim.why = Some(format!("nothing to do about it: {why}, no repair stood out{ended}"));
}

/// Whether it is what the code under work does when it runs, rather than what a tool wants.
fn is_of_code(class: Class, loud: &Loud, tool: &str) -> bool {
    match class {
        Class::SyntaxError | Class::UndefinedName | Class::BadValue | Class::Crash => {
            tool == "bash" || names_an_exception(loud)
        }
        Class::Other => names_an_exception(loud),
        _ => false,
    }
}

/// Whether a message begins with the name of an exception, as interpreters print them.
fn names_an_exception(loud: &Loud) -> bool {
    let first = loud.message.as_deref().and_then(|message| message.first());
    let name = first.map(|first| first.trim_end_matches(':'));
    name.is_some_and(|name| name.len() > 5 && (name.ends_with("Error") || name.ends_with("Exception")))
}
