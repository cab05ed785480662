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

/// How often something was said in each session.
type Counts = BTreeMap<SessionId, u32>;

/// What published claims already say, so that a more general one is judged by the rest.
#[derive(Default)]
pub(super) struct Covered {
    /// By tool and class: what no claim about the tool need say again.
    by_tool: BTreeMap<(String, Class), Counts>,
    /// By program and class: what messages say already of a shell's program.
    by_program: BTreeMap<(String, Class), Counts>,
    /// Templates that a claim about several tools has taken over.
    templates: BTreeSet<Vec<String>>,
}

impl Covered {
    pub(super) fn cover(&mut self, key: &Key, seen: &BTreeMap<SessionId, Seen>) {
        let Key::Mistake { tool, class, template, .. } = key;
        if key.is_about_any_tool() {
            self.templates.extend(template.clone());
        }
        for (session, seen) in seen {
            let tools = match key.is_about_any_tool() {
                true => seen.tools.iter().cloned().collect(),
                false => vec![tool.clone()],
            };
            for tool in tools {
                add(&mut self.by_tool, (tool, *class), session, seen.count);
            }
            // Programs do not overlap: only a message can say something of each of several.
            if template.is_some() {
                for (program, count) in &seen.programs {
                    add(&mut self.by_program, (program.clone(), *class), session, *count);
                }
            }
        }
    }

    /// Returns the sessions of a claim in which it says more than what is covered.
    pub(super) fn rest(&self, claim: &Claim) -> BTreeMap<SessionId, Seen> {
        let Key::Mistake { tool, class, program, template } = &claim.key;
        let covered = match (template, program) {
            (Some(template), _) => {
                let taken = !claim.key.is_about_any_tool() && self.templates.contains(template);
                return if taken { BTreeMap::new() } else { claim.seen.clone() };
            }
            (None, Some(program)) => self.by_program.get(&(program.clone(), *class)),
            (None, None) => self.by_tool.get(&(tool.clone(), *class)),
        };
        let rest = claim.seen.iter().filter_map(|(id, seen)| {
            let gone = covered.and_then(|sessions| sessions.get(id)).copied().unwrap_or(0);
            let left = seen.count.saturating_sub(gone);
            (left > 0).then(|| (id.clone(), Seen { count: left, ..seen.clone() }))
        });
        rest.collect()
    }
}

fn add(
    counts: &mut BTreeMap<(String, Class), Counts>,
    key: (String, Class),
    session: &SessionId,
    count: u32,
) {
    *counts.entry(key).or_default().entry(session.clone()).or_default() += count;
}
