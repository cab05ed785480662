//! Taking sessions, and what a person said in others, out of a list.

use std::collections::BTreeSet;

use serde_json::Value;
use somnium_memory::Traces;
use somnium_types::{SessionId, Timestamp};

use super::Forget;
use crate::normalise::{Normalised, Turn};

/// What stays, and what was taken.
#[derive(Debug, Default)]
pub(super) struct Taken {
    pub(super) kept: Vec<Normalised>,
    /// Sessions that were taken whole.
    pub(super) ids: BTreeSet<SessionId>,
    /// Sessions that lost turns.
    pub(super) shortened: usize,
    whole: Vec<Normalised>,
    turns: Vec<Turn>,
}

impl Taken {
    pub(super) fn from(sessions: Vec<Normalised>, what: &Forget) -> Self {
        let mut taken = Self::default();
        for mut session in sessions {
            let is_whole = match what {
                Forget::Session(id) => session.id == *id,
                Forget::Principal(name) => session.principal.as_ref() == Some(name),
            };
            if is_whole {
                taken.ids.insert(session.id.clone());
                taken.whole.push(session);
                continue;
            }
            if let Forget::Principal(name) = what {
                let said = |turn: &mut Turn| turn.principal.as_ref() == Some(name);
                let before = taken.turns.len();
                taken.turns.extend(session.turns.extract_if(.., said));
                taken.shortened += usize::from(taken.turns.len() > before);
            }
            taken.kept.push(session);
        }
        taken
    }

    /// Returns what only the sessions and turns say that were taken.
    pub(super) fn traces(&self, what: &Forget) -> Traces {
        let ids = self.ids.iter().map(|id| id.as_str().to_owned());
        let mut traces = Traces::of_names(ids.chain([what.name().to_owned()]));
        for session in &self.whole {
            each_text(session, &mut |text| traces.add(text));
        }
        for quote in self.turns.iter().flat_map(|turn| &turn.clauses) {
            traces.add(&quote.text);
        }
        for session in &self.kept {
            let mut texts = String::new();
            each_text(session, &mut |text| texts.extend([text, "\n"]));
            traces.spare(&texts);
        }
        traces
    }
}

/// Calls `each` with every text that is kept of a session. Times are no texts.
pub fn each_text(session: &Normalised, each: &mut impl FnMut(&str)) {
    // Plain structures always have a form in JSON.
    walk(&serde_json::to_value(session).unwrap_or_default(), each);
}

/// Returns every text of a report, one a line.
pub(super) fn texts_of(report: &crate::Report) -> String {
    let mut texts = String::new();
    walk(&serde_json::to_value(report).unwrap_or_default(), &mut |text| texts.extend([text, "\n"]));
    texts
}

fn walk(value: &Value, each: &mut impl FnMut(&str)) {
    match value {
        Value::String(text) if text.parse::<Timestamp>().is_err() => each(text),
        Value::Array(items) => items.iter().for_each(|item| walk(item, each)),
        Value::Object(fields) => fields.values().for_each(|value| walk(value, each)),
        _ => {}
    }
}
