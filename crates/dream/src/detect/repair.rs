//! What worked next: the first success on the same target within three actions of a failure.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use crate::normalise::{Arg, Class, Quote, READERS, Step, main_program, shell, tool_key};

/// First words of the names of tools that look and do not touch.
const READ_VERBS: &[&str] = &[
    "get",
    "list",
    "read",
    "view",
    "show",
    "search",
    "find",
    "fetch",
    "lookup",
    "look",
    "query",
    "check",
    "describe",
    "count",
    "glob",
    "grep",
    "ls",
    "open",
    "cat",
    "browse",
    "inspect",
    "status",
    "think",
    "calculate",
    "web",
    "compare",
    "load",
    "page",
];

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
    /// Values of changed arguments in the call that failed.
    pub(crate) olds: Vec<(String, String)>,
}

/// Returns what was tried after the failing step `at`.
///
/// A later success of the same tool is the repair, whatever was called in between; only where there is none
/// can another tool be it.
pub(crate) fn tries(steps: &[Step], at: usize) -> Vec<Try> {
    let failed = &steps[at];
    let Some(failure) = &failed.failure else { return Vec::new() };
    if !can_be_repaired(failure.class) || only_polls(failed) {
        return Vec::new();
    }
    let next: Vec<&Step> =
        steps[at + 1..].iter().filter(|step| step.thread == failed.thread).take(WINDOW).collect();
    let again: Vec<usize> = (0..next.len()).filter(|&at| same_action(failed, next[at])).collect();
    let success = again.iter().position(|&at| next[at].ok);
    let mut tries: Vec<Try> = again[..success.map_or(again.len(), |found| found + 1)]
        .iter()
        .map(|&at| once_more(failed, next[at], &next[..at], at))
        .collect();
    if success.is_none() && !is_about_code(failure.class, failed) {
        for (at, step) in next.iter().enumerate() {
            if !same_action(failed, step) && replaces(failed, step) {
                tries.push(switched(step, at));
                if step.ok {
                    break;
                }
            }
        }
    }
    tries
}

/// Whether something an agent did next can be what repaired a failure of this class.
pub(crate) fn can_be_repaired(class: Class) -> bool {
    !matches!(
        class,
        Class::Denied
            | Class::Interrupted
            | Class::Corrected
            | Class::Undone
            | Class::RepeatedCall
            | Class::Sibling
            | Class::CriterionUnmet
            | Class::TestFailure
            | Class::LintFailure
            | Class::BuildFailure
    )
}

/// Whether the failure is one of the code that was run: another program does not repair it.
fn is_about_code(class: Class, failed: &Step) -> bool {
    failed.is_shell
        && matches!(
            class,
            Class::SyntaxError
                | Class::UndefinedName
                | Class::BadValue
                | Class::Configuration
                | Class::Crash
                | Class::Other
        )
}

/// The same tool again (shell: the same program).
fn once_more(failed: &Step, step: &Step, between: &[&Step], at: usize) -> Try {
    let mut quotes: Vec<Quote> = step.quote.iter().cloned().collect();
    let (mut added, mut removed, mut changed) = (vec![], vec![], vec![]);
    let (mut values, mut olds) = (vec![], vec![]);
    let preparation =
        between.iter().find(|other| other.ok && !same_action(failed, other) && prepares(failed, other));
    let preparation = preparation.filter(|_| !failed.is_shell || step.fingerprint == failed.fingerprint);
    let (kind, symbol) = if let Some(preparation) = preparation {
        quotes.extend(preparation.quote.iter().cloned());
        (RepairKind::Before, self::symbol(preparation))
    } else if step.fingerprint == failed.fingerprint {
        (RepairKind::Retry, symbol(step))
    } else {
        let difference = Difference::between(failed, step);
        quotes.extend(difference.quotes);
        (added, removed, changed) = (difference.added, difference.removed, difference.changed);
        (values, olds) = (difference.values, difference.olds);
        (RepairKind::Arguments, symbol(step))
    };
    let repair = Repair { kind, symbol, added, removed, changed };
    Try { repair, worked: step.ok, distance: distance(at), quotes, values, olds }
}

/// Another tool instead.
fn switched(step: &Step, at: usize) -> Try {
    let (added, removed, changed) = (vec![], vec![], vec![]);
    let repair = Repair { kind: RepairKind::Switch, symbol: symbol(step), added, removed, changed };
    let quotes = step.quote.iter().cloned().collect();
    Try { repair, worked: step.ok, distance: distance(at), quotes, values: vec![], olds: vec![] }
}

fn distance(at: usize) -> u32 {
    u32::try_from(at + 1).unwrap_or(u32::MAX)
}

/// The name under which a step is counted as a repair: the main program of a shell line, else the tool.
pub(crate) fn symbol(step: &Step) -> String {
    main_program(step).map_or_else(|| step.tool.clone(), str::to_owned)
}

fn same_action(failed: &Step, step: &Step) -> bool {
    tool_key(failed) == tool_key(step)
        && (!failed.is_shell || failed.programs.iter().any(|program| step.programs.contains(program)))
}

/// What the failing step was answered.
fn said(failed: &Step) -> &str {
    failed.failure.as_ref().map(|failure| failure.line.as_str()).unwrap_or_default()
}

/// Whether a call in between can have made the second try succeed: the message names it, or it works on the
/// same thing. What only looks at files prepares only what works on files.
fn prepares(failed: &Step, preparation: &Step) -> bool {
    if only_thinks(preparation) {
        return false;
    }
    if failed.is_shell {
        return preparation.is_shell && !only_reads(preparation);
    }
    let said = said(failed);
    said.contains(&*preparation.tool)
        || (!preparation.is_shell && related(failed, preparation))
        || (preparation.is_shell && only_reads(preparation) && shared(&words(failed), &words(preparation)))
}

/// Whether another tool can stand in for the one that failed.
fn replaces(failed: &Step, step: &Step) -> bool {
    let missing = failed.failure.as_ref().is_some_and(|failure| failure.class == Class::CommandNotFound);
    let said = said(failed);
    let acts = !failed.is_shell && !step.is_shell && !only_reads(failed) && !only_reads(step);
    // One action is no way out of another, unless it asks for the same or the message sends there.
    if acts && !same_request(failed, step) && !said.contains(&*step.tool) {
        return false;
    }
    (missing || only_reads(failed) || !only_reads(step))
        && !only_thinks(step)
        && (related(failed, step) || is_asked_for(failed, step))
}

/// Whether the message quotes something that this step is about: a missing module that is then installed.
fn is_asked_for(failed: &Step, step: &Step) -> bool {
    let said = said(failed);
    let quoted =
        said.split(['\'', '"', '`']).skip(1).step_by(2).filter(|name| name.len() >= 3 && !name.contains(' '));
    let mut quoted = quoted.map(|name| name.split('.').next().unwrap_or(name));
    quoted.any(|name| {
        let is_word = |word: &str| word.trim_matches(|c: char| !c.is_alphanumeric() && c != '_') == name;
        step.args.iter().any(|arg| arg.value.split_whitespace().any(is_word))
    })
}

/// Whether a tool only waits for what another call started: its failures are that call's.
fn only_polls(step: &Step) -> bool {
    const WORDS: &[&str] = &["poll", "wait", "await", "stdin", "output"];
    !step.is_shell && name_parts(&step.tool).iter().any(|part| WORDS.contains(&part.as_str()))
}

/// Whether two calls of acting tools ask for the same thing: nearly all of their arguments are equal.
fn same_request(failed: &Step, step: &Step) -> bool {
    let pairs = |step: &Step| -> BTreeSet<(String, String)> {
        step.args.iter().map(|arg| (arg.path.clone(), arg.value.clone())).collect()
    };
    let (a, b) = (pairs(failed), pairs(step));
    let all = a.union(&b).count();
    all > 0 && a.intersection(&b).count() * 5 >= all * 4
}

/// Whether a tool has no effect outside the agent's own head, by the words of its name.
fn only_thinks(step: &Step) -> bool {
    const WORDS: &[&str] =
        &["think", "thought", "reflect", "reason", "plan", "todo", "calculate", "scratchpad"];
    name_parts(&step.tool).iter().any(|part| WORDS.contains(&part.as_str()))
}

/// Whether a step only looks: by the verb of the tool's name, or by the programs of a shell line.
fn only_reads(step: &Step) -> bool {
    if step.is_shell {
        return step.programs.iter().all(|program| READERS.contains(&program.as_str()));
    }
    let name = step.tool.rsplit("__").next().unwrap_or(&step.tool);
    let verb: String = name
        .chars()
        .enumerate()
        .take_while(|(at, c)| *at == 0 || c.is_ascii_lowercase())
        .map(|(_, c)| c.to_ascii_lowercase())
        .collect();
    READ_VERBS.contains(&verb.as_str())
}

/// Whether two tools work on the same thing: a shared argument value or word, or names that say so
/// (`find_user_by_email`, `find_user_by_name`).
fn related(failed: &Step, step: &Step) -> bool {
    if failed.is_shell && step.is_shell {
        return shared(&words(failed), &words(step));
    }
    let values = |step: &Step| -> BTreeSet<String> {
        step.args.iter().filter(|arg| telling(&arg.value)).map(|arg| arg.value.clone()).collect()
    };
    shared(&values(failed), &values(step))
        || shared(&words(failed), &words(step))
        || similar_names(&failed.tool, &step.tool)
}

fn telling(value: &str) -> bool {
    value.len() >= 4 && value.contains(|c: char| !c.is_ascii_lowercase() || c == '/')
}

fn shared(a: &BTreeSet<String>, b: &BTreeSet<String>) -> bool {
    a.intersection(b).next().is_some()
}

/// The telling words of short arguments: names of files, ids, options of a command line. Of a path only the
/// last part counts.
fn words(step: &Step) -> BTreeSet<String> {
    let mut words = BTreeSet::new();
    for arg in step.args.iter().filter(|arg| step.is_shell || !is_prose(&arg.value)) {
        let pieces = arg.value.split(|c: char| {
            c.is_whitespace() || matches!(c, '"' | '\'' | ';' | '|' | '&' | '=' | '(' | ')' | ',' | '*')
        });
        for piece in pieces {
            let leaf = piece.trim_end_matches('/').rsplit('/').next().unwrap_or(piece);
            if leaf.len() >= 4 && leaf.contains(['.', '_', '-']) && !leaf.starts_with('-') {
                words.insert(leaf.to_owned());
            }
        }
    }
    words
}

/// Whether a value is text rather than a name, a number or a path: nobody repeats it on purpose.
fn is_prose(value: &str) -> bool {
    value.len() > 80 || value.contains('\n')
}

fn similar_names(a: &str, b: &str) -> bool {
    let (a, b) = (name_parts(a), name_parts(b));
    let common = a.intersection(&b).count();
    common >= 2 && common * 2 >= a.union(&b).count()
}

/// The words of a tool's name, in lower case: `find_user` and `FindUser` have the same.
fn name_parts(name: &str) -> BTreeSet<String> {
    let mut spaced = String::new();
    for c in name.chars() {
        if c.is_uppercase() {
            spaced.push('_');
        }
        spaced.extend(c.to_lowercase());
    }
    spaced.split(|c: char| !c.is_alphanumeric()).filter(|part| part.len() > 1).map(str::to_owned).collect()
}

/// Returns the last name of a path: `passengers[].dob` is `dob` to a reader.
pub(crate) fn leaf(path: &str) -> &str {
    path.trim_end_matches("[]").rsplit('.').next().unwrap_or(path).trim_end_matches("[]")
}

/// How two calls of one tool differ.
#[derive(Default)]
struct Difference {
    added: Vec<String>,
    removed: Vec<String>,
    changed: Vec<String>,
    values: Vec<(String, String)>,
    olds: Vec<(String, String)>,
    quotes: Vec<Quote>,
}

impl Difference {
    fn between(failed: &Step, step: &Step) -> Self {
        if failed.is_shell {
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
            if before == after || before.iter().chain(&after).any(|value| is_prose(value)) {
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
            if let [value] = before.as_slice() {
                difference.olds.push((path.to_owned(), value.clone()));
            }
            for source in [&step.args, &failed.args] {
                let arg = source.iter().find(|arg| arg.path == path);
                difference.quotes.extend(arg.and_then(|arg| arg.quote.as_deref().cloned()));
            }
        }
        difference
    }

    /// Command lines differ in their flags; operands are the matter of one session.
    fn of_flags(failed: &Step, step: &Step) -> Self {
        let flags = |step: &Step| -> BTreeSet<String> {
            let line = step.args.first().map(|arg| arg.value.as_str()).unwrap_or_default();
            main_program(failed).map(|program| shell::flags(line, program)).unwrap_or_default()
        };
        let (before, after) = (flags(failed), flags(step));
        let line_quotes = step.args.first().and_then(|arg| arg.quote.as_deref().cloned());
        Self {
            added: after.difference(&before).cloned().collect(),
            removed: before.difference(&after).cloned().collect(),
            quotes: line_quotes.into_iter().collect(),
            ..Self::default()
        }
    }
}
