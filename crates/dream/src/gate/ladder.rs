//! The levels of the signature ladder, and what a claim says beyond the published ones below it.

use std::collections::{BTreeMap, BTreeSet};

use somnium_types::SessionId;

use crate::ledger::{Claim, Key, Seen};
use crate::normalise::Class;

/// Levels of the signature ladder. All but the last can be published.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Level {
    AnyTool,
    Template,
    Program,
    Tool,
    Class,
}

impl Level {
    /// The level's number in the ladder, from the most specific to the most general.
    pub(super) fn number(self) -> u8 {
        match self {
            Self::AnyTool | Self::Template => 1,
            Self::Program | Self::Tool => 2,
            Self::Class => 3,
        }
    }

    pub(super) fn of(key: &Key) -> Self {
        match key {
            key if key.is_a_class_alone() => Self::Class,
            key if key.is_about_any_tool() => Self::AnyTool,
            Key::Mistake { template: Some(_), .. } => Self::Template,
            Key::Mistake { program: Some(_), .. } => Self::Program,
            Key::Mistake { .. } => Self::Tool,
        }
    }
}

/// What published claims already say, so that a more general one is judged by the rest.
#[derive(Default)]
pub(super) struct Covered {
    /// By tool and class, how often in each session.
    counts: BTreeMap<(String, Class), BTreeMap<SessionId, u32>>,
    /// Templates that a claim about several tools has taken over.
    templates: BTreeSet<(Class, Vec<String>)>,
}

impl Covered {
    pub(super) fn cover(&mut self, key: &Key, seen: &BTreeMap<SessionId, Seen>) {
        let Key::Mistake { tool, class, template, .. } = key;
        if key.is_about_any_tool() {
            self.templates.extend(template.clone().map(|template| (*class, template)));
        }
        let tools = |seen: &Seen| match key.is_about_any_tool() {
            true => seen.tools.iter().cloned().collect(),
            false => vec![tool.clone()],
        };
        for (session, seen) in seen {
            for tool in tools(seen) {
                *self.counts.entry((tool, *class)).or_default().entry(session.clone()).or_default() +=
                    seen.count;
            }
        }
    }

    /// Returns the sessions of a claim in which it says more than what is covered.
    pub(super) fn rest(&self, claim: &Claim) -> BTreeMap<SessionId, Seen> {
        let Key::Mistake { tool, class, template, .. } = &claim.key;
        if let Some(template) = template {
            let taken =
                !claim.key.is_about_any_tool() && self.templates.contains(&(*class, template.clone()));
            return if taken { BTreeMap::new() } else { claim.seen.clone() };
        }
        let covered = self.counts.get(&(tool.clone(), *class));
        let rest = claim.seen.iter().filter_map(|(id, seen)| {
            let gone = covered.and_then(|sessions| sessions.get(id)).copied().unwrap_or(0);
            let left = seen.count.saturating_sub(gone);
            (left > 0).then(|| (id.clone(), Seen { count: left, ..seen.clone() }))
        });
        rest.collect()
    }
}
