//! What a session did, as it is compared: the calls that count, by what they work on.

use std::borrow::Cow;

use super::roles::{Role, Tools, done, tool_of, top};
use crate::normalise::{Normalised, Step};

/// One thing that an argument is given.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Given<'s> {
    /// The argument's top-level name.
    pub(crate) name: &'s str,
    path: &'s str,
    /// In a form that is equal where two values mean the same.
    value: Cow<'s, str>,
}

/// What an argument is given, in order: neighbours of one path are its values.
pub(crate) type Value<'a, 's> = &'a [Given<'s>];

/// Whether two values say the same: a field that only one of them gives is no other value.
pub(crate) fn is_alike(a: Value<'_, '_>, b: Value<'_, '_>) -> bool {
    let mut is_common = false;
    for (ours, theirs) in beside(a, b, |given| given.path) {
        if ours.is_empty() || theirs.is_empty() {
            continue;
        }
        if !ours.iter().map(|given| &given.value).eq(theirs.iter().map(|given| &given.value)) {
            return false;
        }
        is_common = true;
    }
    is_common
}

/// Walks two lists in the order of `key` at once; one side is empty where only the other has a key.
fn beside<'a, T, K: Ord>(
    mut a: &'a [T],
    mut b: &'a [T],
    key: impl Fn(&T) -> K,
) -> impl Iterator<Item = (&'a [T], &'a [T])> {
    std::iter::from_fn(move || {
        let next = a.first().map(&key).into_iter().chain(b.first().map(&key)).min()?;
        let cut = |list: &mut &'a [T]| {
            let end = list.iter().position(|item| key(item) != next).unwrap_or(list.len());
            let (front, rest) = list.split_at(end);
            *list = rest;
            front
        };
        Some((cut(&mut a), cut(&mut b)))
    })
}

/// One call that changes something.
#[derive(Clone, Debug)]
pub(crate) struct Act<'s> {
    pub(crate) tool: &'s str,
    /// What it works on.
    pub(crate) entity: Vec<&'s str>,
    /// Its other arguments: sorted, each value once.
    args: Vec<Given<'s>>,
    pub(crate) step: &'s Step,
}

impl<'s> Act<'s> {
    pub(crate) fn is_same(&self, other: &Self) -> bool {
        self.tool == other.tool && self.entity == other.entity && self.differs_in(other).next().is_none()
    }

    /// Returns the arguments that the two give otherwise, in order.
    pub(crate) fn differs_in<'a>(&'a self, other: &'a Self) -> impl Iterator<Item = &'s str> + 'a {
        let both = beside(&self.args, &other.args, |given: &Given<'s>| given.name);
        both.filter(|(a, b)| !is_alike(a, b)).filter_map(|(a, b)| Some(a.first().or(b.first())?.name))
    }

    /// Returns its arguments, in order.
    pub(crate) fn arguments(&self) -> impl Iterator<Item = Value<'_, 's>> {
        self.args.chunk_by(|a, b| a.name == b.name)
    }
}

/// A session as it is compared.
#[derive(Clone, Debug)]
pub(crate) struct View<'s> {
    pub(crate) session: &'s Normalised,
    /// Whether it failed; `None` where nobody judged it.
    pub(crate) failed: Option<bool>,
    pub(crate) acts: Vec<Act<'s>>,
    /// Places of the acts by tool: those of one tool in their order.
    by_tool: Vec<u32>,
    pub(crate) hand_off: Option<&'s Step>,
}

impl<'s> View<'s> {
    /// Calls `with` for each tool of two sessions, in the order of their names, with the acts of both.
    pub(crate) fn beside<'a>(
        &'a self,
        other: &'a Self,
        mut with: impl FnMut(&'s str, &mut Vec<&'a Act<'s>>, &mut Vec<&'a Act<'s>>),
    ) {
        let (mut ours, mut theirs) = (Vec::new(), Vec::new());
        let (mut a, mut b) = (self.acts_by_tool().peekable(), other.acts_by_tool().peekable());
        while let Some(tool) = a.peek().into_iter().chain(b.peek()).map(|act| act.tool).min() {
            ours.clear();
            theirs.clear();
            ours.extend(std::iter::from_fn(|| a.next_if(|act| act.tool == tool)));
            theirs.extend(std::iter::from_fn(|| b.next_if(|act| act.tool == tool)));
            with(tool, &mut ours, &mut theirs);
        }
    }

    fn acts_by_tool(&self) -> impl Iterator<Item = &Act<'s>> {
        self.by_tool.iter().map(|at| &self.acts[*at as usize])
    }
}

/// Reads a session.
pub(crate) fn view<'s>(session: &'s Normalised, tools: &Tools) -> View<'s> {
    let mut acts: Vec<Act<'s>> = Vec::new();
    let mut hand_off = None;
    for step in done(session) {
        let tool = tool_of(step);
        match tools.role(tool) {
            Role::Look => {}
            Role::HandOff => hand_off = Some(step),
            Role::Act => {
                let act = act(step, tool, tools);
                if tools.is_update(tool) && !act.entity.is_empty() {
                    // Net effect: the last word on a thing is what holds.
                    acts.retain(|earlier| earlier.tool != tool || earlier.entity != act.entity);
                }
                if !acts.iter().any(|earlier| earlier.is_same(&act)) {
                    acts.push(act);
                }
            }
        }
    }
    let failed = session.outcome.as_ref().map(somnium_types::Outcome::failed);
    acts.shrink_to_fit();
    let mut by_tool: Vec<u32> = (0..).take(acts.len()).collect();
    by_tool.sort_by_key(|at| acts[*at as usize].tool);
    View { session, failed, acts, by_tool, hand_off }
}

fn act<'s>(step: &'s Step, tool: &'s str, tools: &Tools) -> Act<'s> {
    let (mut entity, mut args) = (Vec::new(), Vec::new());
    for arg in &step.args {
        let name = top(&arg.path);
        if tools.is_entity(tool, name) {
            entity.push(arg.value.as_str());
        } else if !tools.is_prose(tool, name) {
            args.push(Given { name, path: arg.path.as_str(), value: plain(&arg.value) });
        }
    }
    args.sort_unstable();
    args.dedup();
    args.shrink_to_fit();
    Act { tool, entity, args, step }
}

/// Equal where two values mean the same: lower case, numbers without their writing.
fn plain(value: &str) -> Cow<'_, str> {
    let trimmed = value.trim();
    let plain = match trimmed.parse::<f64>() {
        Ok(number) if number.is_finite() => number.to_string(),
        _ => trimmed.to_lowercase(),
    };
    if plain == trimmed { Cow::Borrowed(trimmed) } else { Cow::Owned(plain) }
}
