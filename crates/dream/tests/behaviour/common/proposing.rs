//! Composers that propose what a test tells them to.

use std::collections::BTreeMap;

use somnium_dream::{
    Citation, ClaimKind, Composer, Dreamt, Proposed, Scope, View, dream_with, dream_without_channel_rules,
    normalise,
};
use somnium_types::{BlockId, SessionId, Transcript, sha256_hex};

use super::Store;

/// A composer that proposes a fixed list.
pub(crate) struct Fixed(pub(crate) Vec<Proposed>);

impl Composer for Fixed {
    fn propose(&self, _: &View<'_>) -> Vec<Proposed> {
        self.0.clone()
    }
}

/// Returns every place of `words` in these sessions.
pub(crate) fn places(sessions: &[Transcript], words: &str) -> Vec<Citation> {
    let mut places = Vec::new();
    for session in sessions {
        for (index, event) in session.events.iter().enumerate() {
            let text = event.text();
            let Some(start) = text.find(words) else { continue };
            places.push(Citation {
                session_id: session.id.clone(),
                event_index: u32::try_from(index).unwrap(),
                bytes: [start, start + words.len()].map(|at| u32::try_from(at).unwrap()),
                sha256: sha256_hex(words.as_bytes()),
            });
        }
    }
    places
}

/// A proposal for everybody.
pub(crate) fn proposal(sentence: &str, citations: Vec<Citation>) -> Proposed {
    Proposed {
        citations,
        title: sentence.to_owned(),
        body: String::new(),
        kind: ClaimKind::Preference,
        scope: Scope::Fleet,
        retires: None,
    }
}

/// The same sentence proposed by each of its places, and by all of them.
pub(crate) fn proposals(sessions: &[Transcript], sentence: &str) -> Vec<Proposed> {
    let all = places(sessions, sentence);
    assert!(!all.is_empty(), "{sentence:?} is nowhere");
    let each = all.iter().map(|place| proposal(sentence, vec![place.clone()]));
    each.chain([proposal(sentence, all.clone())]).collect()
}

/// The proposal that a note be done away with.
pub(crate) fn retiring(mut proposal: Proposed, block: &str) -> Proposed {
    proposal.retires = Some(BlockId::from(block));
    proposal
}

impl Store {
    /// Dreams with a composer and keeps the result.
    pub(crate) fn compose(&mut self, sessions: &[Transcript], proposed: Vec<Proposed>) -> Dreamt {
        self.composed(sessions, proposed, true)
    }

    /// The control: the same without the channel rules.
    pub(crate) fn compose_without_rules(
        &mut self,
        sessions: &[Transcript],
        proposed: Vec<Proposed>,
    ) -> Dreamt {
        self.composed(sessions, proposed, false)
    }

    fn composed(&mut self, sessions: &[Transcript], proposed: Vec<Proposed>, rules: bool) -> Dreamt {
        let library: BTreeMap<SessionId, Transcript> =
            sessions.iter().map(|session| (session.id.clone(), session.clone())).collect();
        let normalised = sessions.iter().map(|session| normalise(session, &self.options)).collect();
        let run = if rules { dream_with } else { dream_without_channel_rules };
        let dreamt = run(normalised, self.prior.clone(), &self.options, &Fixed(proposed), &library).unwrap();
        self.prior = std::mem::take(&mut self.prior).after(dreamt.clone());
        dreamt
    }
}
