//! How well what a dream published tells the next action of other sessions.

use std::collections::BTreeMap;

use serde::Serialize;

use super::PartOf;
use crate::next::{NextActions, Predictor, actions};
use crate::normalise::Normalised;

/// How many actions may be named at a time.
const TOP: usize = 3;

/// How often the next action was foretold.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct NextAction {
    /// Actions that were named first.
    pub first: PartOf,
    /// Actions that were among the first three.
    pub three: PartOf,
    /// Actions that would be right if the most frequent one were always named: what anybody can do.
    pub commonest: PartOf,
    /// By action, the most frequent first.
    pub actions: Vec<ActionFate>,
}

/// How often one action was foretold.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ActionFate {
    /// The action.
    pub action: String,
    /// Named first.
    pub first: PartOf,
    /// Among the first three.
    pub three: PartOf,
}

/// Predicts every action of the agents in `sessions` from what was before it, and counts what was right.
pub fn next_action(published: &NextActions, sessions: &[&Normalised]) -> NextAction {
    let predictor = Predictor::new(published);
    let commonest =
        published.actions.iter().max_by_key(|action| (action.n, std::cmp::Reverse(&action.action)));
    let mut fate = NextAction::default();
    let mut by_action: BTreeMap<String, (PartOf, PartOf)> = BTreeMap::new();
    for session in sessions {
        for (thread, ranked) in actions(session).into_iter().zip(predictor.ranked(session, TOP)) {
            for (taken, ranked) in thread.into_iter().filter(|taken| taken.by_agent).zip(ranked) {
                let is_first = ranked.first() == Some(&taken.name.as_str());
                let is_named = ranked.contains(&taken.name.as_str());
                fate.first.add(is_first);
                fate.three.add(is_named);
                fate.commonest.add(commonest.is_some_and(|action| action.action == taken.name));
                let (first, three) = by_action.entry(taken.name).or_default();
                first.add(is_first);
                three.add(is_named);
            }
        }
    }
    let rows = by_action.into_iter().map(|(action, (first, three))| ActionFate { action, first, three });
    fate.actions = rows.collect();
    fate.actions.sort_by(|a, b| b.first.of.cmp(&a.first.of).then_with(|| a.action.cmp(&b.action)));
    fate
}
