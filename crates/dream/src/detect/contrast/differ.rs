//! How one session differs from another of the same task.

use std::collections::{BTreeMap, BTreeSet};

use super::roles::Tools;
use super::view::{Act, View};
use crate::report::{FeatureKind, SilentFeature};

/// How a session differs.
pub(crate) type Features = BTreeSet<SilentFeature>;

/// The name that stands for what the user is told.
pub(crate) const RESPOND: &str = "RESPOND";

pub(crate) fn feature(kind: FeatureKind, tool: &str, argument: Option<&str>) -> SilentFeature {
    SilentFeature { kind, tool: tool.to_owned(), argument: argument.map(str::to_owned), detail: None }
}

/// Returns how `session` differs from `good`, by what both changed.
pub(crate) fn differ(session: &View<'_>, good: &View<'_>, tools: &Tools) -> Features {
    let mut features = Features::new();
    match (session.hand_off, good.hand_off) {
        (Some(step), None) => {
            features.insert(feature(FeatureKind::ExtraHandoff, super::roles::tool_of(step), None));
        }
        (None, Some(step)) => {
            features.insert(feature(FeatureKind::MissingHandoff, super::roles::tool_of(step), None));
        }
        _ => {}
    }
    let (mut extra, mut missing): (Vec<&Act<'_>>, Vec<&Act<'_>>) = (Vec::new(), Vec::new());
    for (tool, (ours, theirs)) in by_tool(session, good) {
        if tools.is_user_side(tool) {
            if ours.is_empty() {
                features.insert(feature(FeatureKind::MissingUserStep, tool, None));
            }
            continue;
        }
        let (more, less) = pair(ours, theirs, &mut features);
        extra.extend(more);
        missing.extend(less);
    }
    wrong_tools(&mut extra, &mut missing, tools, &mut features);
    features.extend(extra.iter().map(|act| feature(FeatureKind::ExtraAction, act.tool, None)));
    features.extend(missing.iter().map(|act| feature(FeatureKind::MissingAction, act.tool, None)));
    features
}

type Sides<'a, 's> = (Vec<&'a Act<'s>>, Vec<&'a Act<'s>>);

fn by_tool<'a, 's>(session: &'a View<'s>, good: &'a View<'s>) -> BTreeMap<&'s str, Sides<'a, 's>> {
    let mut tools: BTreeMap<&str, Sides<'a, 's>> = BTreeMap::new();
    session.acts.iter().for_each(|act| tools.entry(act.tool).or_default().0.push(act));
    good.acts.iter().for_each(|act| tools.entry(act.tool).or_default().1.push(act));
    tools
}

/// Pairs calls of one tool: equal ones, then those on the same thing, the most alike first. What differs in a pair
/// is a wrong argument; what has no partner is returned.
fn pair<'a, 's>(
    mut ours: Vec<&'a Act<'s>>,
    mut theirs: Vec<&'a Act<'s>>,
    features: &mut Features,
) -> (Vec<&'a Act<'s>>, Vec<&'a Act<'s>>) {
    ours.retain(|act| match theirs.iter().position(|other| act.is_same(other)) {
        Some(at) => {
            theirs.remove(at);
            false
        }
        None => true,
    });
    ours.retain(|act| {
        let on_same = theirs.iter().enumerate().filter(|(_, other)| other.entity == act.entity);
        let best = on_same
            .map(|(at, other)| (act.differs_in(other), at))
            .min_by_key(|(wrong, at)| (wrong.len(), *at));
        let Some((wrong, at)) = best else { return true };
        theirs.remove(at);
        features
            .extend(wrong.into_iter().map(|name| feature(FeatureKind::WrongArgument, act.tool, Some(name))));
        false
    });
    (ours, theirs)
}

/// Another tool on the same thing, where the good session used this one.
fn wrong_tools(
    extra: &mut Vec<&Act<'_>>,
    missing: &mut Vec<&Act<'_>>,
    tools: &Tools,
    features: &mut Features,
) {
    missing.retain(|wanted| {
        let shares = |act: &&Act<'_>| {
            let both_update = tools.is_update(act.tool) && tools.is_update(wanted.tool);
            act.tool != wanted.tool && both_update && act.entity == wanted.entity
        };
        let Some(at) = extra.iter().position(shares) else { return true };
        let used = extra.remove(at);
        let mut wrong = feature(FeatureKind::WrongTool, wanted.tool, None);
        wrong.detail = Some(used.tool.to_owned());
        features.insert(wrong);
        false
    });
}
