//! Which rows are published: those that tell most, within a bound.

use super::cues::{KINDS, Key, Seen};
use super::learn::{Table, WORD_TASKS};
use super::moment::{Action, OTHER};
use super::published::{Cue, Row};
use crate::validate::may_quote;

/// Most rows.
const MAX_ROWS: usize = 1_000;
/// Most actions of one row.
const MAX_NEXT: usize = 8;

/// Chooses the rows of a table: by how much better what followed is known with them, times the trust in their kind.
pub(super) fn choose(table: &Table, weights: &[f64; KINDS]) -> Vec<(Key, Row)> {
    let start = table.seen(&(Cue::After, Vec::new()), None).unwrap_or_default();
    let mut scored: Vec<(f64, Key, Row)> = Vec::new();
    for (key, counts) in &table.counts {
        let is_word = matches!(key.0, Cue::Said | Cue::SaidAfter | Cue::With);
        let seen = counts.seen(None);
        let about = || table.names.text(key.1[0]);
        let is_of_one = matches!(key.0, Cue::Inputs | Cue::Repeats | Cue::Done);
        let one = is_of_one.then(|| table.vocabulary.action(about())).filter(|action| *action != OTHER);
        // What all others are held against.
        let is_bare = (key.0 == Cue::After && key.1.len() <= 1) || (is_of_one && one.is_none());
        if is_word && counts.tasks < WORD_TASKS {
            continue;
        }
        let gain = match is_bare {
            true => f64::INFINITY,
            false => {
                weights[key.0 as usize]
                    * gain(key, one, &seen, &behind(table, key).unwrap_or_default(), &start)
            }
        };
        if gain > 0.0 {
            scored.extend(row(table, key, &seen, is_bare).map(|row| (gain, key.clone(), row)));
        }
    }
    scored.sort_by(|a, b| b.0.total_cmp(&a.0).then_with(|| a.2.cmp(&b.2)));
    scored.truncate(MAX_ROWS);
    scored.into_iter().map(|(_, key, row)| (key, row)).collect()
}

/// What follows the last action of a cue, whatever else there is.
fn behind(table: &Table, key: &Key) -> Option<Seen> {
    let last = match key.0 {
        Cue::After => key.1.last(),
        Cue::Ended | Cue::Size | Cue::With => key.1.first(),
        Cue::EndedTwo | Cue::Skip | Cue::SaidAfter => key.1.get(1),
        Cue::Said | Cue::Inputs | Cue::Repeats | Cue::Done => None,
    };
    table.seen(&(Cue::After, vec![*last?]), None)
}

/// How much better, in nats over all its sightings, what followed is known by this cue; `one` is the action that it
/// speaks of, where it speaks of one.
fn gain(key: &Key, one: Option<Action>, seen: &Seen, behind: &Seen, start: &Seen) -> f64 {
    let share = |seen: &Seen, action| {
        let n = seen.next.iter().find(|(other, _)| *other == action).map_or(0.0, |(_, n)| *n);
        n / seen.n.max(1.0)
    };
    let expected = |action| match behind.n > 0.0 {
        true => (behind.n * share(behind, action) + share(start, action)) / (behind.n + 1.0),
        false => share(start, action),
    };
    let known: f64 =
        seen.next.iter().map(|(action, n)| n * ((n / seen.n) / expected(*action).max(1e-6)).ln()).sum();
    if !matches!(key.0, Cue::Inputs | Cue::Repeats | Cue::Done) {
        return known;
    }
    // Of a cue of one action, that it did not follow says as much.
    let expected = one.map_or(0.0, |action| share(start, action));
    let misses = seen.n - seen.next.iter().map(|(_, n)| n).sum::<f64>();
    known + if misses > 0.0 { misses * ((misses / seen.n) / (1.0 - expected).max(1e-6)).ln() } else { 0.0 }
}

/// Returns a row as it is published; `None` for one that may not be shown.
fn row(table: &Table, key: &Key, seen: &Seen, is_bare: bool) -> Option<Row> {
    let parts: Vec<String> = key.1.iter().map(|part| table.names.text(*part).to_owned()).collect();
    parts.iter().all(|part| part.is_empty() || may_quote(part)).then_some(())?;
    let mut next: Vec<(String, u64)> = seen
        .next
        .iter()
        .filter(|(action, _)| *action != OTHER)
        .map(|(action, n)| (table.vocabulary.name(*action).to_owned(), *n as u64))
        .collect();
    next.sort_by(|a, b| b.1.cmp(&a.1).then_with(|| a.0.cmp(&b.0)));
    // What others are held against is whole.
    if !is_bare {
        next.truncate(MAX_NEXT);
    }
    Some(Row { cue: key.0, key: parts, n: seen.n as u64, next })
}
