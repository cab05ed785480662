//! What worked next: the first success on the same target within three actions of a failure.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use crate::normalise::{Arg, Quote, Step, tool_key};

/// How many of the following actions are looked at.
const WINDOW: usize = crate::normalise::REPAIR_WINDOW;

/// How a repair differs from the call that failed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum RepairKind {
    /// Another tool first, then the same call (or the same tool) again.
    Before,
    /// The same tool with other arguments.
    Arguments,
    /// Another tool on the same target.
    Switch,
    /// The very same call again.
    Retry,
}

/// A repair without the values of one session: repairs are counted by this.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub(crate) struct Repair {
    /// Kind of difference.
    pub(crate) kind: RepairKind,
    /// The tool or program that worked (for [`RepairKind::Before`]: the one called in between).
    pub(crate) symbol: String,
    /// Arguments (or flags) that were added.
    pub(crate) added: Vec<String>,
    /// Arguments (or flags) that were dropped.
    pub(crate) removed: Vec<String>,
    /// Arguments whose value changed.
    pub(crate) changed: Vec<String>,
}

/// One try at repairing one failure.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Try {
    pub(crate) repair: Repair,
    pub(crate) worked: bool,
    /// Steps from the failure to this one.
    pub(crate) distance: u32,
    /// Places that show it: the call, and the arguments that differ.
    pub(crate) quotes: Vec<Quote>,
    /// New values of changed or added arguments.
    pub(crate) values: Vec<(String, String)>,
}

/// Returns what was tried after the failing step `at`, in order, up to the first success.
pub(crate) fn tries(steps: &[Step], at: usize) -> Vec<Try> {
    let failed = &steps[at];
    let next: Vec<&Step> =
        steps[at + 1..].iter().filter(|step| step.thread == failed.thread).take(WINDOW).collect();
    let mut tries = Vec::new();
    for (distance, step) in next.iter().enumerate() {
        let between = &next[..distance];
        let Some(found) = attempt(failed, step, between, distance) else { continue };
        let worked = found.worked;
        tries.push(found);
        if worked {
            break;
        }
    }
    tries
}

fn attempt(failed: &Step, step: &Step, between: &[&Step], distance: usize) -> Option<Try> {
    let same_tool = tool_key(failed) == tool_key(step);
    let symbol = symbol(step);
    let mut quotes: Vec<Quote> = step.quote.iter().cloned().collect();
    let (mut added, mut removed, mut changed, mut values) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
    let (kind, symbol) = if same_tool && same_programs(failed, step) {
        let helper = between.iter().rev().find(|other| other.ok && tool_symbol(other) != tool_symbol(failed));
        if let Some(helper) =
            helper.filter(|_| failed.programs.is_empty() || step.fingerprint == failed.fingerprint)
        {
            quotes.extend(helper.quote.iter().cloned());
            (RepairKind::Before, self::symbol(helper))
        } else if step.fingerprint == failed.fingerprint {
            (RepairKind::Retry, symbol)
        } else {
            let difference = Difference::between(failed, step);
            quotes.extend(difference.quotes);
            (added, removed, changed) = (difference.added, difference.removed, difference.changed);
            values = difference.values;
            (RepairKind::Arguments, symbol)
        }
    } else if related(failed, step) {
        (RepairKind::Switch, symbol)
    } else {
        return None;
    };
    let distance = u32::try_from(distance + 1).unwrap_or(u32::MAX);
    let repair = Repair { kind, symbol, added, removed, changed };
    Some(Try { repair, worked: step.ok, distance, quotes, values })
}

/// The name under which a step is counted as a repair: the last program of a shell line, else the tool.
pub(crate) fn symbol(step: &Step) -> String {
    step.programs.first().cloned().unwrap_or_else(|| step.tool.clone())
}

fn tool_symbol(step: &Step) -> (&str, Option<&String>) {
    (tool_key(step), step.programs.first())
}

fn same_programs(failed: &Step, step: &Step) -> bool {
    failed.programs.is_empty() && step.programs.is_empty()
        || failed.programs.iter().any(|program| step.programs.contains(program))
}

/// Whether another tool works on the same thing: a shared argument value or word, or names that say so
/// (`find_user_by_email`, `find_user_by_name`).
fn related(failed: &Step, step: &Step) -> bool {
    if !failed.programs.is_empty() && !step.programs.is_empty() {
        return shared(&words(failed), &words(step));
    }
    let values = |step: &Step| -> BTreeSet<String> {
        step.args.iter().filter(|arg| telling(&arg.value)).map(|arg| arg.value.clone()).collect()
    };
    shared(&values(failed), &values(step)) || similar_names(&failed.tool, &step.tool)
}

fn telling(value: &str) -> bool {
    value.len() >= 4 && value.contains(|c: char| !c.is_ascii_lowercase() || c == '/')
}

fn shared(a: &BTreeSet<String>, b: &BTreeSet<String>) -> bool {
    a.intersection(b).next().is_some()
}

/// The plain operands of a command line.
fn words(step: &Step) -> BTreeSet<String> {
    let line = step.args.first().map(|arg| arg.value.as_str()).unwrap_or_default();
    let words = line.split(|c: char| c.is_whitespace() || matches!(c, '"' | '\'' | ';' | '|' | '&' | '='));
    words.filter(|word| word.len() >= 4 && word.contains(['/', '.', '_'])).map(str::to_owned).collect()
}

fn similar_names(a: &str, b: &str) -> bool {
    let parts = |name: &str| -> BTreeSet<String> {
        let mut spaced = String::new();
        for c in name.chars() {
            if c.is_uppercase() {
                spaced.push('_');
            }
            spaced.extend(c.to_lowercase());
        }
        spaced
            .split(|c: char| !c.is_alphanumeric())
            .filter(|part| part.len() > 1)
            .map(str::to_owned)
            .collect()
    };
    let (a, b) = (parts(a), parts(b));
    let common = a.intersection(&b).count();
    common >= 2 && common * 2 >= a.union(&b).count()
}

/// How two calls of one tool differ.
#[derive(Default)]
struct Difference {
    added: Vec<String>,
    removed: Vec<String>,
    changed: Vec<String>,
    values: Vec<(String, String)>,
    quotes: Vec<Quote>,
}

impl Difference {
    fn between(failed: &Step, step: &Step) -> Self {
        if !failed.programs.is_empty() {
            return Self::of_flags(failed, step);
        }
        let mut difference = Self::default();
        let paths: BTreeSet<&str> =
            failed.args.iter().chain(&step.args).map(|arg| arg.path.as_str()).collect();
        for path in paths {
            let of = |args: &'_ [Arg]| -> Vec<String> {
                args.iter().filter(|arg| arg.path == path).map(|arg| arg.value.clone()).collect()
            };
            let (before, after) = (of(&failed.args), of(&step.args));
            if before == after {
                continue;
            }
            let list = match (before.is_empty(), after.is_empty()) {
                (true, _) => &mut difference.added,
                (_, true) => &mut difference.removed,
                _ => &mut difference.changed,
            };
            list.push(path.to_owned());
            if let [value] = after.as_slice() {
                difference.values.push((path.to_owned(), value.clone()));
            }
            let source = if after.is_empty() { &failed.args } else { &step.args };
            difference.quotes.extend(source.iter().find(|arg| arg.path == path).map(|arg| arg.quote.clone()));
        }
        difference
    }

    /// Command lines differ in their flags; operands are the matter of one session.
    fn of_flags(failed: &Step, step: &Step) -> Self {
        let flags = |step: &Step| -> BTreeSet<String> {
            let line = step.args.first().map(|arg| arg.value.as_str()).unwrap_or_default();
            let words = line.split_whitespace().filter(|word| word.starts_with('-') && word.len() > 1);
            words
                .map(|word| word.split('=').next().unwrap_or(word).to_owned())
                .filter(|word| word.chars().all(|c| c == '-' || c.is_ascii_alphabetic()))
                .collect()
        };
        let (before, after) = (flags(failed), flags(step));
        let line_quotes = step.args.first().map(|arg| arg.quote.clone());
        Self {
            added: after.difference(&before).cloned().collect(),
            removed: before.difference(&after).cloned().collect(),
            quotes: line_quotes.into_iter().collect(),
            ..Self::default()
        }
    }
}
