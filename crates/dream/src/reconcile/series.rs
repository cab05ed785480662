//! From what sessions said one after the other to what holds now.

use std::collections::BTreeSet;

use super::evidence::Word;
use crate::Gates;

/// A value that came back this often keeps changing …
const RETURNS: usize = 2;
/// … until it is said by so many times the sessions that a change needs.
const SETTLED: usize = 3;
/// Sessions of another project or team that say otherwise, from which on that is how it is there. Where a single project
/// or team says the new value, one is enough.
const ELSEWHERE: usize = 2;

/// What the sessions say about a value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Verdict {
    /// Nothing, or that it holds.
    Holds,
    /// Another value holds now.
    Other(String),
    /// Another value, but too few say so.
    TooFew(String, String),
    /// They disagree, or change too often; why.
    Disagree(String),
}

/// How much has to speak for something.
#[derive(Clone, Copy, Debug)]
pub(super) struct Bar {
    pub(super) sessions: usize,
    spread: usize,
}

impl Bar {
    /// Returns what a claim of the same store needs.
    pub(super) fn of(sessions: usize, gates: &Gates) -> Self {
        let is_small = sessions < gates.small_store;
        Self { sessions: if is_small { gates.sessions_small } else { gates.sessions }, spread: gates.spread }
    }

    /// Whether so many sessions on different days, tasks or by different agents say it.
    pub(super) fn is_reached<T>(self, words: &[Word<'_, T>]) -> bool {
        let days: BTreeSet<_> = words.iter().filter_map(|word| word.session.day()).collect();
        let tasks: BTreeSet<_> = words.iter().filter_map(|word| word.session.task.as_ref()).collect();
        let agents: BTreeSet<_> = words.iter().map(|word| &word.session.agent).collect();
        words.len() >= self.sessions && days.len().max(tasks.len()).max(agents.len()) >= self.spread
    }
}

/// Judges a value by what each session said, in the order of time.
pub(super) fn judge(current: &str, words: &[Word<'_, String>], bar: Bar) -> Verdict {
    let Some(last) = words.last() else { return Verdict::Holds };
    let runs: Vec<&[Word<'_, String>]> = words.chunk_by(|a, b| a.says == b.says).collect();
    let tail = runs.last().copied().unwrap_or_default();
    let is_solid = bar.is_reached(tail);
    let returns = returns(&runs, bar);
    if returns >= RETURNS && tail.len() < SETTLED * bar.sessions {
        return Verdict::Disagree(format!("it changed {} times, and back", returns + 1));
    }
    if last.says == current {
        return match (is_solid, rival(current, words, bar)) {
            (false, Some(rival)) => Verdict::Disagree(format!("sessions say both `{current}` and `{rival}`")),
            _ => Verdict::Holds,
        };
    }
    let said = words.iter().filter(|word| word.says == last.says).count();
    if !is_solid {
        return match said >= bar.sessions {
            true => Verdict::Disagree(format!("sessions say both `{current}` and `{}`", last.says)),
            false => {
                let why = format!(
                    "{said} of the {} sessions that a change needs say `{}`",
                    bar.sessions, last.says
                );
                Verdict::TooFew(last.says.clone(), why)
            }
        };
    }
    match only_of(tail, words) {
        Some(scope) => {
            Verdict::Disagree(format!("`{}` is only said {scope}, where `{current}` is not", last.says))
        }
        None => Verdict::Other(last.says.clone()),
    }
}

/// Returns how often a value came back after another one that had been well established.
fn returns(runs: &[&[Word<'_, String>]], bar: Bar) -> usize {
    let mut solid: Vec<&str> =
        runs.iter().filter(|run| bar.is_reached(run)).map(|run| run[0].says.as_str()).collect();
    solid.dedup();
    let first: BTreeSet<&str> = solid.iter().copied().collect();
    solid.len() - first.len()
}

/// Returns another value that enough sessions said since the current one was first said.
fn rival(current: &str, words: &[Word<'_, String>], bar: Bar) -> Option<String> {
    let first = words.iter().position(|word| word.says == current)?;
    let others: BTreeSet<&str> =
        words[first..].iter().map(|word| word.says.as_str()).filter(|says| *says != current).collect();
    let count =
        |says: &&&str| words[first..].iter().filter(|word| word.says == ***says).count() >= bar.sessions;
    others.iter().find(count).map(|says| (*says).to_owned())
}

/// Returns in what part of the world alone the last value is said, where another part says otherwise.
fn only_of(tail: &[Word<'_, String>], words: &[Word<'_, String>]) -> Option<String> {
    let others = &words[..words.len() - tail.len()];
    type Part = fn(&Word<'_, String>) -> Option<String>;
    let parts: [(&str, Part); 2] = [
        ("in project", |word| word.session.project.clone()),
        ("by team", |word| word.session.team.as_ref().map(ToString::to_string)),
    ];
    let of = |words: &[Word<'_, String>], part: Part| -> BTreeSet<String> {
        words.iter().filter_map(part).collect()
    };
    let apart = parts.into_iter().find_map(|(what, part)| {
        let here = of(tail, part);
        let enough = if here.len() == 1 { 1 } else { ELSEWHERE };
        let says = |there: &&String| {
            others.iter().filter(|word| part(word).as_ref() == Some(*there)).count() >= enough
        };
        let elsewhere = of(others, part).difference(&here).any(|there| says(&there));
        elsewhere.then(|| here.first().map(|name| format!("{what} {name}"))).flatten()
    });
    // Several people are not one loud one.
    let who: Part = |word| word.session.principal.as_ref().map(ToString::to_string);
    let (here, there) = (of(tail, who), of(others, who));
    let is_loud = here.len() == 1 && !there.is_empty() && here.is_disjoint(&there);
    apart.or_else(|| is_loud.then(|| here.first().map(|name| format!("by {name}"))).flatten())
}
