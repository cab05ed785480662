//! Preferences in sessions of others: is the same asked for again?

use std::collections::{BTreeMap, BTreeSet};

use somnium_types::SessionId;

use super::signals::{self, Saying};
use super::slots::speaks_of;
use super::{AGAINST, MANNER, reading};
use crate::normalise::Normalised;
use crate::report::PreferenceSignature;

/// Share of the words of a wish, in percent, that another has to have to be the same one, and how many at least.
const SAME_SHARE: usize = 60;
const SAME_WORDS: usize = 2;

/// Returns how often each session asks for what a claim says; 0 where a person speaks and does not ask for it.
pub(crate) fn asked(
    signatures: &[&PreferenceSignature],
    sessions: &[&Normalised],
) -> Vec<BTreeMap<SessionId, u64>> {
    let sayings = signals::collect(sessions);
    let of = |signature: &&PreferenceSignature| {
        let wish = Wish::of(signature);
        let mut asked: BTreeMap<SessionId, u64> = BTreeMap::new();
        for saying in &sayings {
            *asked.entry(saying.session.id.clone()).or_default() += u64::from(wish.is_said_by(saying));
        }
        asked
    };
    signatures.iter().map(of).collect()
}

/// What a claim says that people want.
enum Wish {
    /// A value of an attribute, about some things.
    Value { value: (String, String, bool), about: BTreeSet<String> },
    /// Something that no table has a name for, and whether people are for it.
    Words { words: BTreeSet<String>, is_for: bool },
}

impl Wish {
    fn of(signature: &PreferenceSignature) -> Self {
        let items = |text: &str| reading::read(text, None).map(|reading| reading.items).unwrap_or_default();
        let refused = signature.value.strip_prefix(AGAINST);
        let is_for = refused.is_none();
        let value = refused.unwrap_or(&signature.value).to_owned();
        if signature.attribute == MANNER {
            return Self::Words { words: items(&value), is_for };
        }
        Self::Value {
            value: (signature.attribute.clone(), value, is_for),
            about: items(&signature.situation),
        }
    }

    fn is_said_by(&self, saying: &Saying<'_>) -> bool {
        if saying.strength().is_none() {
            return false;
        }
        match self {
            Self::Value { value, about } => saying.reading.values.contains(value) && speaks_of(saying, about),
            Self::Words { words, is_for } => {
                let said = if *is_for { &saying.reading.items } else { &saying.reading.against };
                let both = words.iter().filter(|word| said.contains(*word)).count();
                both >= SAME_WORDS && both * 100 >= words.len() * SAME_SHARE
            }
        }
    }
}
