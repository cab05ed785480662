//! Sessions and people that were erased from a memory are not read into it again.

use somnium_dream::Normalised;
use somnium_memory::store::{ErasedMark, State};
use somnium_types::Skipped;

use crate::words::count;

/// Leaves out of `sessions` what was erased. Returns what is told of it, which names nobody.
pub(crate) fn leave_out(state: &State, sessions: &mut Vec<Normalised>) -> Option<Skipped> {
    if state.erased.is_empty() {
        return None;
    }
    let is_erased = |name: &str| state.erased.iter().any(|mark: &ErasedMark| mark.is_of(name));
    let before = sessions.len();
    sessions.retain(|session| {
        let principal = session.principal.as_ref().is_some_and(|name| is_erased(name.as_str()));
        !principal && !is_erased(session.id.as_str())
    });
    for session in sessions.iter_mut() {
        session.turns.retain(|turn| !turn.principal.as_ref().is_some_and(|name| is_erased(name.as_str())));
    }
    let gone = before - sessions.len();
    (gone > 0).then(|| Skipped {
        source: "(sessions that were erased)".to_owned(),
        line: None,
        why: format!(
            "{} erased from this memory on request and not read again; the transcripts are still there",
            if gone == 1 { "one was".to_owned() } else { format!("{} were", count(gone as u64, "session")) }
        ),
    })
}
