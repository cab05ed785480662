//! What a session did, as it is compared: the calls that count, by what they work on.

use std::collections::{BTreeMap, BTreeSet};

use super::roles::{Role, Tools, done, tool_of, top};
use crate::normalise::{Normalised, Step};

/// What an argument is given: by path, values in a form that is equal where they mean the same.
pub(crate) type Value<'s> = BTreeMap<&'s str, BTreeSet<String>>;

/// Whether two values say the same: a field that only one of them gives is no other value.
pub(crate) fn is_alike(a: &Value<'_>, b: &Value<'_>) -> bool {
    let mut common = a.keys().filter(|path| b.contains_key(*path)).peekable();
    common.peek().is_some() && common.all(|path| a[*path] == b[*path])
}

/// One call that changes something.
#[derive(Clone, Debug)]
pub(crate) struct Act<'s> {
    pub(crate) tool: &'s str,
    /// What it works on.
    pub(crate) entity: Vec<&'s str>,
    /// Its other arguments by top-level name.
    pub(crate) args: BTreeMap<&'s str, Value<'s>>,
    pub(crate) step: &'s Step,
}

impl<'s> Act<'s> {
    pub(crate) fn is_same(&self, other: &Self) -> bool {
        self.tool == other.tool && self.entity == other.entity && self.differs_in(other).is_empty()
    }

    /// Returns the arguments that the two give otherwise.
    pub(crate) fn differs_in(&self, other: &Self) -> BTreeSet<&'s str> {
        let names: BTreeSet<&str> = self.args.keys().chain(other.args.keys()).copied().collect();
        let differs = |name: &&str| match (self.args.get(*name), other.args.get(*name)) {
            (Some(a), Some(b)) => !is_alike(a, b),
            _ => true,
        };
        names.into_iter().filter(differs).collect()
    }
}

/// A session as it is compared.
#[derive(Clone, Debug)]
pub(crate) struct View<'s> {
    pub(crate) session: &'s Normalised,
    /// Whether it failed; `None` where nobody judged it.
    pub(crate) failed: Option<bool>,
    pub(crate) acts: Vec<Act<'s>>,
    pub(crate) hand_off: Option<&'s Step>,
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
    View { session, failed, acts, hand_off }
}

fn act<'s>(step: &'s Step, tool: &'s str, tools: &Tools) -> Act<'s> {
    let mut act = Act { tool, entity: Vec::new(), args: BTreeMap::new(), step };
    for arg in &step.args {
        let name = top(&arg.path);
        if tools.is_entity(tool, name) {
            act.entity.push(arg.value.as_str());
        } else if !tools.is_prose(tool, name) {
            let value = act.args.entry(name).or_default();
            value.entry(arg.path.as_str()).or_default().insert(plain(&arg.value));
        }
    }
    act
}

/// Equal where two values mean the same: lower case, numbers without their writing.
fn plain(value: &str) -> String {
    match value.trim().parse::<f64>() {
        Ok(number) if number.is_finite() => number.to_string(),
        _ => value.trim().to_lowercase(),
    }
}
