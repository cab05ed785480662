//! The sessions that a store keeps, over many dreams.

use std::collections::BTreeMap;

use somnium_types::SessionId;

use crate::normalise::Normalised;

/// Returns the sessions of several dreams, oldest first, as one list by id: a session that was read again is
/// there in its latest version.
pub fn assemble(dreams: impl IntoIterator<Item = Vec<Normalised>>) -> Vec<Normalised> {
    let sessions = dreams.into_iter().flatten().map(|session| (session.id.clone(), session));
    sessions.collect::<BTreeMap<SessionId, Normalised>>().into_values().collect()
}
