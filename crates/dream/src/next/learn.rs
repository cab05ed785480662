//! Counts what followed what in known sessions, and fits how far each kind of cue is to be trusted.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

use super::cues::{Cues, KINDS, Key, Names, Seen, cues, features};
use super::fit::{self, Example};
use super::moment::{ANSWER, Action, Moment, OTHER, Vocabulary, actions, moments, name, origins};
use super::published::{ActionCount, Cue, Inputs, NextActions, Row, Trust};
use super::rows;
use crate::normalise::Normalised;

/// Sessions that an action needs, to have a name of its own.
const ACTION_SESSIONS: usize = 2;
/// Most actions.
const MAX_ACTIONS: usize = 150;
/// Most sessions that are counted: what comes next in more of them is no different.
const MAX_SESSIONS: usize = 2_000;
/// Parts that the tasks are dealt into, for counts without a task's own part.
pub(super) const FOLDS: usize = 8;
/// Most moments that the trust is fitted on.
const MAX_EXAMPLES: usize = 3_000;
/// Actions that a moment's own is held against.
const MAX_CANDIDATES: usize = 24;
/// Tasks that a word must be said in.
pub(super) const WORD_TASKS: u32 = 3;

/// Counts of one cue: what followed, by part of the tasks.
#[derive(Default)]
pub(super) struct Counts {
    /// By action; [`OTHER`] for what has no name, and of cues of one action for every other.
    pub(super) next: Vec<(Action, [u32; FOLDS])>,
    pub(super) tasks: u32,
    last_task: Option<u32>,
}

impl Counts {
    fn add(&mut self, action: Action, task: u32) {
        let at = self.next.iter().position(|(other, _)| *other == action).unwrap_or_else(|| {
            self.next.push((action, [0; FOLDS]));
            self.next.len() - 1
        });
        self.next[at].1[task as usize % FOLDS] += 1;
        // Sessions come task by task.
        if self.last_task != Some(task) {
            self.tasks += 1;
            self.last_task = Some(task);
        }
    }

    /// Returns what was counted, without one part where one is named.
    pub(super) fn seen(&self, without: Option<usize>) -> Seen {
        let count = |parts: &[u32; FOLDS]| parts.iter().sum::<u32>() - without.map_or(0, |fold| parts[fold]);
        let all = self.next.iter().map(|(action, parts)| (*action, f64::from(count(parts))));
        let kept: Vec<(Action, f64)> = all.filter(|(_, n)| *n > 0.0).collect();
        let n = kept.iter().map(|(_, n)| n).sum();
        Seen { n, next: kept.into_iter().filter(|(action, _)| *action != OTHER).collect() }
    }
}

/// Everything that was counted.
pub(super) struct Table {
    pub(super) vocabulary: Vocabulary,
    pub(super) names: Names,
    pub(super) counts: HashMap<Key, Counts>,
}

impl Table {
    pub(super) fn seen(&self, key: &Key, without: Option<usize>) -> Option<Seen> {
        let counts = self.counts.get(key)?;
        let is_word = matches!(key.0, Cue::Said | Cue::SaidAfter | Cue::With);
        (!is_word || counts.tasks >= WORD_TASKS).then(|| counts.seen(without))
    }
}

/// Learns what usually comes next. The order of `sessions` changes nothing.
///
/// No session is held out for good: the trust is fitted on each part of the tasks with the counts of the others, so
/// that what only holds where it was counted is not trusted.
pub(crate) fn learn(sessions: &[&Normalised]) -> NextActions {
    let mut known = sessions.to_vec();
    known.sort_by(|a, b| (&a.content_hash, &a.id).cmp(&(&b.content_hash, &b.id)));
    known.truncate(MAX_SESSIONS);
    known.sort_by(|a, b| (task(a), &a.id).cmp(&(task(b), &b.id)));
    let vocabulary = vocabulary(&known);
    let mut table = Table { vocabulary, names: Names::default(), counts: HashMap::new() };
    let mut kept: Vec<(u32, Moment)> = Vec::new();
    let (mut tasks, mut last): (u32, Option<&str>) = (0, None);
    for session in &known {
        if last.replace(task(session)) != Some(task(session)) {
            tasks += 1;
        }
        kept.extend(moments(session, &table.vocabulary).into_iter().flatten().map(|moment| (tasks, moment)));
    }
    forget_names(&mut kept);
    for (task, moment) in &kept {
        table.count(moment, *task);
    }
    let fit = |table: &Table| if tasks > 1 { fit::fit(&examples(table, &kept)) } else { fit::START };
    let weights = fit(&table);
    let (keys, rows): (HashSet<Key>, Vec<Row>) = rows::choose(&table, &weights).into_iter().unzip();
    // Once more with the rows that are published: without the others, those say more or less than before.
    table.counts.retain(|key, _| keys.contains(key));
    let weights = fit(&table);
    publish(&table, rows, &weights, &kept, tasks)
}

/// Leaves out words that too few tasks write in lower case: people's own names, and what only one of them says.
fn forget_names(kept: &mut [(u32, Moment)]) {
    let mut common: BTreeMap<String, BTreeSet<u32>> = BTreeMap::new();
    for (task, moment) in kept.iter() {
        for word in moment.said.iter().filter(|word| word.is_common) {
            common.entry(word.word.clone()).or_default().insert(*task);
        }
    }
    let is_common = |word: &str| common.get(word).is_some_and(|tasks| tasks.len() >= WORD_TASKS as usize);
    kept.iter_mut().for_each(|(_, moment)| moment.said.retain(|word| is_common(&word.word)));
}

fn task(session: &Normalised) -> &str {
    session.task.as_ref().map_or(session.id.as_str(), |task| task.as_str())
}

/// Settles which actions have a name: those of several sessions, the most frequent first.
fn vocabulary(sessions: &[&Normalised]) -> Vocabulary {
    let mut counts: BTreeMap<String, (usize, usize)> = BTreeMap::new();
    for session in sessions {
        let steps = session.steps.iter().filter(|step| step.result != Some(step.call)).map(name);
        let answers =
            actions(session).into_iter().flatten().map(|taken| taken.name).filter(|name| name == ANSWER);
        let mut seen = BTreeSet::new();
        for name in steps.chain(answers) {
            let entry = counts.entry(name.clone()).or_default();
            entry.0 += 1;
            entry.1 += usize::from(seen.insert(name));
        }
    }
    let needed = ACTION_SESSIONS.min(sessions.len());
    let mut kept: Vec<(String, usize)> = counts
        .into_iter()
        .filter(|(name, (_, sessions))| *sessions >= needed && is_name(name))
        .map(|(name, (times, _))| (name, times))
        .collect();
    kept.sort_by(|a, b| b.1.cmp(&a.1).then_with(|| a.0.cmp(&b.0)));
    kept.truncate(MAX_ACTIONS);
    let mut vocabulary = Vocabulary::new(kept.into_iter().map(|(name, _)| name).collect());
    vocabulary.inputs = origins(sessions, &vocabulary);
    vocabulary
}

/// Whether a tool's name may be published: it is one, not a text.
fn is_name(name: &str) -> bool {
    const LONGEST: usize = 80;
    !name.is_empty() && name.len() <= LONGEST && crate::validate::may_quote(name)
}

impl Table {
    fn count(&mut self, moment: &Moment, task: u32) {
        let names = &mut self.names;
        let Cues { after, others, candidates, elsewhere } =
            cues(moment, &self.vocabulary, &mut |text| names.enter(text));
        for key in after.into_iter().chain(others) {
            self.counts.entry(key).or_default().add(moment.action, task);
        }
        if let Some(key) = elsewhere {
            let followed = moment.followed.contains(&moment.action);
            let action = if followed || moment.action == OTHER { OTHER } else { moment.action };
            self.counts.entry(key).or_default().add(action, task);
        }
        for (action, key) in candidates {
            let hit = if moment.action == action { action } else { OTHER };
            self.counts.entry(key).or_default().add(hit, task);
        }
    }
}

/// Makes examples of moments, each with the counts of the other tasks alone.
fn examples(table: &Table, kept: &[(u32, Moment)]) -> Vec<Example> {
    let stride = kept.len().div_ceil(MAX_EXAMPLES).max(1);
    let actions = table.vocabulary.actions.len();
    let start: Key = (Cue::After, Vec::new());
    let of = |(task, moment): &(u32, Moment)| {
        if moment.action == OTHER {
            return None;
        }
        let without = Some(*task as usize % FOLDS);
        let cues = cues(moment, &table.vocabulary, &mut |text| table.names.find(text));
        let all = table.seen(&start, without)?;
        let rows = features(&cues, actions, &|key| table.seen(key, without), &all);
        let mut order: Vec<usize> = (0..actions).collect();
        let taken = moment.action as usize;
        let base = |at: usize| rows[at][Cue::After as usize];
        order.sort_by(|a, b| {
            (*b == taken).cmp(&(*a == taken)).then_with(|| base(*b).total_cmp(&base(*a))).then(a.cmp(b))
        });
        order.truncate(MAX_CANDIDATES);
        Some(Example { candidates: order.into_iter().map(|at| rows[at]).collect(), taken: 0 })
    };
    kept.iter().step_by(stride).filter_map(of).collect()
}

fn publish(
    table: &Table,
    rows: Vec<Row>,
    weights: &[f64; KINDS],
    kept: &[(u32, Moment)],
    tasks: u32,
) -> NextActions {
    let vocabulary = &table.vocabulary;
    let mut taken = vec![0; vocabulary.actions.len()];
    for (_, moment) in kept {
        if let Some(n) = taken.get_mut(moment.action as usize) {
            *n += 1;
        }
    }
    let actions = vocabulary.actions.iter().cloned().zip(taken);
    let inputs = vocabulary.inputs.iter().map(|(action, origin)| Inputs {
        action: vocabulary.name(*action).to_owned(),
        from: origin.from.iter().cloned().collect(),
        shapes: origin.shapes.iter().cloned().collect(),
    });
    NextActions {
        moments: kept.len() as u64,
        tasks: u64::from(tasks),
        actions: actions.map(|(action, n)| ActionCount { action, n }).collect(),
        rows,
        inputs: inputs.collect(),
        trust: Cue::ALL
            .iter()
            .zip(weights)
            .map(|(cue, weight)| Trust { cue: *cue, weight: *weight })
            .collect(),
    }
}
