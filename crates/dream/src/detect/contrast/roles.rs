//! What each tool is for, by what its results say: which change something, which hand the work to a person,
//! which only look.
//!
//! There is no list of tools. A tool changes something if its result contradicts what was known of the same thing;
//! where no result tells, the verb in its name is a weak guess. A wrong guess costs little: tools on which good
//! sessions differ from each other are never held against a failing one (see [`test`](super::test)).

use std::collections::{BTreeMap, BTreeSet};

use crate::normalise::{Normalised, Step};

/// What a tool is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Role {
    /// It looks something up, works something out, or keeps a note.
    Look,
    /// It changes something.
    Act,
    /// It ends the session by handing over to a person.
    HandOff,
}

/// Marks tools that people call on their own devices.
const USER_SIDE: &str = "user:";

/// First words of names that usually only look; a weak guess where results do not tell.
const LOOKING: &[&str] = &[
    "get",
    "list",
    "search",
    "find",
    "check",
    "read",
    "view",
    "show",
    "query",
    "lookup",
    "fetch",
    "count",
    "calculate",
    "compute",
    "compare",
    "think",
    "plan",
    "is",
    "can",
    "has",
    "describe",
    "browse",
    "glob",
    "grep",
    "ls",
    "web",
];
/// How many results about something known are needed to judge by them.
const MIN_KNOWN: u32 = 2;
/// From this share of a tool's calls on, repeats with equal arguments in one session make it a look: what changes
/// something is not done again and again.
const POLLED: f64 = 0.4;
/// A hand-off is the last step of nearly every session that has it, and far from all sessions have it: the call by
/// which every session reports that it is done is none.
const LAST: f64 = 0.9;
const MOST_SESSIONS: f64 = 0.6;
/// Mean words of an argument that is prose.
const PROSE: f64 = 6.0;

/// What is known of the tools of a store.
#[derive(Clone, Debug, Default)]
pub(crate) struct Tools {
    roles: BTreeMap<String, Role>,
    /// Tools that change something that is there already: the last call decides.
    updates: BTreeSet<String>,
    /// Tools that people call on their own side.
    user_side: BTreeSet<String>,
    /// Arguments that name the thing a tool works on, by tool.
    entities: BTreeMap<String, BTreeSet<String>>,
    prose: BTreeSet<(String, String)>,
}

impl Tools {
    pub(crate) fn role(&self, tool: &str) -> Role {
        self.roles.get(tool).copied().unwrap_or(Role::Look)
    }

    pub(crate) fn is_update(&self, tool: &str) -> bool {
        self.updates.contains(tool)
    }

    pub(crate) fn is_user_side(&self, tool: &str) -> bool {
        self.user_side.contains(tool)
    }

    pub(crate) fn is_entity(&self, tool: &str, argument: &str) -> bool {
        self.entities.get(tool).is_some_and(|names| names.contains(argument))
    }

    pub(crate) fn is_prose(&self, tool: &str, argument: &str) -> bool {
        self.prose.contains(&(tool.to_owned(), argument.to_owned()))
    }
}

/// The tool of a step, whoever called it.
pub(crate) fn tool_of(step: &Step) -> &str {
    step.tool.strip_prefix(USER_SIDE).unwrap_or(&step.tool)
}

/// The top-level name of an argument's or fact's path.
pub(crate) fn top(path: &str) -> &str {
    path.split(['.', '[']).next().unwrap_or(path)
}

/// Steps that went through, of tools with arguments that mean the same everywhere: not command lines.
pub(crate) fn done(session: &Normalised) -> impl Iterator<Item = &Step> {
    session.steps.iter().filter(|step| step.ok && step.failure.is_none() && !step.is_shell)
}

/// What was counted of one tool.
#[derive(Default)]
struct Counts {
    calls: u32,
    /// Results about something that an earlier result told of, and those that contradict it.
    known: u32,
    contradicts: u32,
    /// Calls that repeat an earlier one of the session.
    again: u32,
    sessions: u32,
    last: u32,
    facts: u32,
}

/// Reads what the tools of a store are for.
pub(crate) fn infer(sessions: &[&Normalised]) -> Tools {
    let mut counts: BTreeMap<&str, Counts> = BTreeMap::new();
    let mut arguments = Arguments::default();
    let mut tools = Tools::default();
    for session in sessions {
        count_session(session, &mut counts, &mut arguments);
        for step in session.steps.iter().filter(|step| step.tool.starts_with(USER_SIDE)) {
            tools.user_side.insert(tool_of(step).to_owned());
        }
    }
    arguments.find_prose(&mut tools);
    let judged = sessions.len();
    for (tool, count) in &counts {
        let all_prose = arguments.names_of(tool).all(|name| tools.is_prose(tool, name));
        let has_arguments = arguments.names_of(tool).next().is_some();
        let role = count.role(tool, all_prose, has_arguments, judged);
        if role == Role::Act && count.contradicts_mostly() {
            tools.updates.insert((*tool).to_owned());
        }
        tools.roles.insert((*tool).to_owned(), role);
    }
    arguments.find_entities(&mut tools);
    tools
}

impl Counts {
    fn contradicts_mostly(&self) -> bool {
        self.known >= MIN_KNOWN && self.contradicts * 2 >= self.known && self.known * 4 >= self.calls
    }

    fn role(&self, tool: &str, all_prose: bool, has_arguments: bool, sessions: usize) -> Role {
        let share = |part: u32, whole: u32| f64::from(part) / f64::from(whole.max(1));
        let says_little = self.facts <= self.calls;
        let is_last = self.sessions >= MIN_KNOWN && share(self.last, self.sessions) >= LAST;
        let is_rare = f64::from(self.sessions) <= MOST_SESSIONS * sessions as f64;
        if is_last && is_rare && says_little && all_prose && has_arguments {
            return Role::HandOff;
        }
        if self.contradicts_mostly() {
            return Role::Act;
        }
        let looks = LOOKING.contains(&verb(tool).as_str());
        let only_notes = all_prose && has_arguments;
        if looks || only_notes || share(self.again, self.calls) >= POLLED { Role::Look } else { Role::Act }
    }
}

/// The first word of a tool's own name, in lower case: of `mcp__shop__getOrder` it is `get`.
fn verb(tool: &str) -> String {
    let own = tool.rsplit("__").next().unwrap_or(tool);
    let mut word = String::new();
    for c in own.chars() {
        if !c.is_alphanumeric() || (c.is_uppercase() && !word.is_empty()) {
            break;
        }
        word.extend(c.to_lowercase());
    }
    word
}

fn count_session<'s>(
    session: &'s Normalised,
    counts: &mut BTreeMap<&'s str, Counts>,
    arguments: &mut Arguments<'s>,
) {
    let mut states: BTreeMap<&str, BTreeMap<&str, BTreeSet<&str>>> = BTreeMap::new();
    let mut made: BTreeSet<u64> = BTreeSet::new();
    let mut called: BTreeSet<&str> = BTreeSet::new();
    let last = session.steps.last().map(tool_of);
    for step in done(session) {
        let tool = tool_of(step);
        let count = counts.entry(tool).or_default();
        count.calls += 1;
        count.facts += u32::try_from(step.facts.len()).unwrap_or(u32::MAX);
        count.again += u32::from(!made.insert(step.fingerprint));
        if called.insert(tool) {
            count.sessions += 1;
            count.last += u32::from(last == Some(tool));
        }
        let now = state(step);
        let (mut known, mut contradicts) = (false, false);
        for id in step.args.iter().filter(|arg| is_top(&arg.path) && is_id(&arg.value)) {
            if let Some(before) = states.get(id.value.as_str()) {
                let shared: Vec<_> = now.keys().filter(|path| before.contains_key(*path)).collect();
                known |= shared.len() >= 3;
                contradicts |= shared.len() >= 3 && shared.iter().any(|path| now[**path] != before[**path]);
            }
        }
        count.known += u32::from(known);
        count.contradicts += u32::from(contradicts);
        for id in step.args.iter().filter(|arg| is_top(&arg.path) && is_id(&arg.value)) {
            states.entry(id.value.as_str()).or_default().extend(now.clone());
        }
        arguments.count(step, tool);
    }
}

/// What a result says, by path.
fn state(step: &Step) -> BTreeMap<&str, BTreeSet<&str>> {
    let mut state: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
    for fact in step.facts.iter().filter(|fact| !fact.path.is_empty()) {
        state.entry(fact.path.as_str()).or_default().insert(fact.value.as_str());
    }
    state
}

fn is_top(path: &str) -> bool {
    !path.is_empty() && top(path) == path
}

/// Whether a value names one thing among many: it has a digit and is no plain amount.
pub(super) fn is_id(value: &str) -> bool {
    let digits = value.chars().filter(char::is_ascii_digit).count();
    let letters = value.chars().filter(|c| c.is_alphabetic() || *c == '#').count();
    value.len() <= 40 && !value.contains(' ') && digits > 0 && (letters > 0 || digits >= 5)
}

/// What was counted of one argument.
#[derive(Default)]
struct Argument {
    values: u32,
    /// Values that look like an id.
    ids: u32,
    words: u32,
    /// Values that the result has under the same name.
    echoed: u32,
}

/// What was counted of arguments, by tool and top-level name.
#[derive(Default)]
struct Arguments<'s>(BTreeMap<(&'s str, &'s str), Argument>);

impl<'s> Arguments<'s> {
    fn count(&mut self, step: &'s Step, tool: &'s str) {
        for arg in &step.args {
            let seen = self.0.entry((tool, top(&arg.path))).or_default();
            seen.values += 1;
            seen.words += u32::try_from(arg.value.split_whitespace().count()).unwrap_or(u32::MAX);
            if is_top(&arg.path) && is_id(&arg.value) {
                seen.ids += 1;
                let is_echo = step.facts.iter().any(|fact| fact.path == arg.path && fact.value == arg.value);
                seen.echoed += u32::from(is_echo);
            }
        }
    }

    fn names_of(&self, tool: &str) -> impl Iterator<Item = &'s str> {
        self.0.keys().filter(move |(of, _)| *of == tool).map(|(_, name)| *name)
    }

    fn find_prose(&self, tools: &mut Tools) {
        let prose = self.0.iter().filter(|(_, seen)| f64::from(seen.words) / f64::from(seen.values) >= PROSE);
        tools.prose = prose.map(|((tool, name), _)| ((*tool).to_owned(), (*name).to_owned())).collect();
    }

    /// What a tool works on is an id that tools which only look are asked about by the same name; where results
    /// repeat some of them, those.
    fn find_entities(&self, tools: &mut Tools) {
        let is_id = |seen: &Argument| seen.ids * 2 > seen.values;
        let looked_up: BTreeSet<&str> = self
            .0
            .iter()
            .filter(|((tool, _), seen)| tools.role(tool) == Role::Look && is_id(seen))
            .map(|((_, name), _)| *name)
            .collect();
        let mut found: BTreeMap<&str, Vec<(&str, bool)>> = BTreeMap::new();
        for ((tool, name), seen) in &self.0 {
            if is_id(seen) && looked_up.contains(name) {
                found.entry(tool).or_default().push((name, seen.echoed * 2 > seen.ids));
            }
        }
        for (tool, names) in found {
            let any_echo = names.iter().any(|(_, echoed)| *echoed);
            let kept =
                names.iter().filter(|(_, echoed)| *echoed || !any_echo).map(|(name, _)| (*name).to_owned());
            tools.entities.insert(tool.to_owned(), kept.collect());
        }
    }
}
