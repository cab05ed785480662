//! How one session differs from another of the same task.

use std::collections::{BTreeSet, HashMap};

use super::roles::{Tools, tool_of};
use super::view::{Act, View};
use crate::report::{FeatureKind, SilentFeature};

/// How a session differs.
pub(crate) type Features = BTreeSet<SilentFeature>;

/// One way in which sessions differ, in their own words. Ordered as features are.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct Way<'s> {
    kind: FeatureKind,
    tool: &'s str,
    argument: Option<&'s str>,
    detail: Option<&'s str>,
}

impl<'s> Way<'s> {
    pub(crate) fn new(kind: FeatureKind, tool: &'s str, argument: Option<&'s str>) -> Self {
        Self { kind, tool, argument, detail: None }
    }

    /// Whether it is what `feature` says.
    pub(crate) fn is(&self, feature: &SilentFeature) -> bool {
        let theirs = (feature.kind, feature.tool.as_str());
        (self.kind, self.tool) == theirs
            && (self.argument, self.detail) == (feature.argument.as_deref(), feature.detail.as_deref())
    }

    pub(crate) fn feature(&self) -> SilentFeature {
        let detail = self.detail.map(str::to_owned);
        SilentFeature { detail, ..feature(self.kind, self.tool, self.argument) }
    }
}

/// Ways by number: there are few of them, and very many pairs of sessions that differ so.
#[derive(Clone, Debug, Default)]
pub(crate) struct Book<'s> {
    numbers: HashMap<Way<'s>, u32>,
    ways: Vec<Way<'s>>,
}

impl<'s> Book<'s> {
    /// Returns the number of a way, which is given one where it has none.
    pub(crate) fn number(&mut self, way: Way<'s>) -> u32 {
        *self.numbers.entry(way).or_insert_with(|| {
            self.ways.push(way);
            u32::try_from(self.ways.len() - 1).unwrap_or(u32::MAX)
        })
    }

    pub(crate) fn feature(&self, number: u32) -> SilentFeature {
        self.ways[number as usize].feature()
    }

    pub(crate) fn len(&self) -> usize {
        self.ways.len()
    }
}

/// The name that stands for what the user is told.
pub(crate) const RESPOND: &str = "RESPOND";

pub(crate) fn feature(kind: FeatureKind, tool: &str, argument: Option<&str>) -> SilentFeature {
    SilentFeature { kind, tool: tool.to_owned(), argument: argument.map(str::to_owned), detail: None }
}

/// Returns how `session` differs from `good`, by what both changed: sorted, each way once.
pub(crate) fn differ<'s>(session: &View<'s>, good: &View<'s>, tools: &Tools) -> Vec<Way<'s>> {
    let mut ways = Vec::new();
    match (session.hand_off, good.hand_off) {
        (Some(step), None) => ways.push(Way::new(FeatureKind::ExtraHandoff, tool_of(step), None)),
        (None, Some(step)) => ways.push(Way::new(FeatureKind::MissingHandoff, tool_of(step), None)),
        _ => {}
    }
    let (mut extra, mut missing): (Vec<&Act<'_>>, Vec<&Act<'_>>) = (Vec::new(), Vec::new());
    session.beside(good, |tool, ours, theirs| {
        if tools.is_user_side(tool) {
            if ours.is_empty() {
                ways.push(Way::new(FeatureKind::MissingUserStep, tool, None));
            }
            return;
        }
        pair(ours, theirs, &mut ways);
        extra.append(ours);
        missing.append(theirs);
    });
    wrong_tools(&mut extra, &mut missing, tools, &mut ways);
    ways.extend(extra.iter().map(|act| Way::new(FeatureKind::ExtraAction, act.tool, None)));
    ways.extend(missing.iter().map(|act| Way::new(FeatureKind::MissingAction, act.tool, None)));
    ways.sort_unstable();
    ways.dedup();
    ways
}

/// Pairs calls of one tool: equal ones, then those on the same thing, the most alike first. What differs in a pair
/// is a wrong argument; what has no partner stays.
fn pair<'s>(ours: &mut Vec<&Act<'s>>, theirs: &mut Vec<&Act<'s>>, ways: &mut Vec<Way<'s>>) {
    ours.retain(|act| match theirs.iter().position(|other| act.is_same(other)) {
        Some(at) => {
            theirs.remove(at);
            false
        }
        None => true,
    });
    ours.retain(|act| {
        let on_same = theirs.iter().enumerate().filter(|(_, other)| other.entity == act.entity);
        let best = on_same.map(|(at, other)| (act.differs_in(other).count(), at)).min();
        let Some((_, at)) = best else { return true };
        let other = theirs.remove(at);
        let wrong = act.differs_in(other);
        ways.extend(wrong.map(|name| Way::new(FeatureKind::WrongArgument, act.tool, Some(name))));
        false
    });
}

/// Another tool on the same thing, where the good session used this one.
fn wrong_tools<'s>(
    extra: &mut Vec<&Act<'s>>,
    missing: &mut Vec<&Act<'s>>,
    tools: &Tools,
    ways: &mut Vec<Way<'s>>,
) {
    missing.retain(|wanted| {
        let shares = |act: &&Act<'_>| {
            let both_update = tools.is_update(act.tool) && tools.is_update(wanted.tool);
            act.tool != wanted.tool && both_update && act.entity == wanted.entity
        };
        let Some(at) = extra.iter().position(shares) else { return true };
        let used = extra.remove(at);
        ways.push(Way { detail: Some(used.tool), ..Way::new(FeatureKind::WrongTool, wanted.tool, None) });
        false
    });
}
