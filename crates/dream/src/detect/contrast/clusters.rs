//! Which sessions are about the same thing: those with one task key, or, where there is none, with requests alike.

use std::collections::{BTreeMap, BTreeSet};

use somnium_types::Actor;

use super::view::View;

/// Share of common words from which two requests count as the same task.
const ALIKE: f64 = 0.6;
/// Shortest word that counts, in characters: shorter ones are mostly grammar.
const WORD: usize = 4;
/// Fewest words of a request that can be compared.
const MIN_WORDS: usize = 6;
/// Most requests that are compared with each other: the work grows with the square.
const MAX_REQUESTS: usize = 4_000;

/// Groups sessions by task. Sessions in a group are in the order of `views`; groups in a fixed order.
pub(crate) fn group(views: &[View<'_>]) -> Vec<Vec<usize>> {
    let mut by_key: BTreeMap<&str, Vec<usize>> = BTreeMap::new();
    let mut without = Vec::new();
    for (at, view) in views.iter().enumerate() {
        match &view.session.task {
            Some(task) => by_key.entry(task.as_str()).or_default().push(at),
            None => without.push(at),
        }
    }
    let mut groups: Vec<Vec<usize>> = by_key.into_values().collect();
    groups.extend(by_request(views, &without));
    groups
}

/// Leader clustering: a session joins the first earlier one whose request is alike.
fn by_request(views: &[View<'_>], sessions: &[usize]) -> Vec<Vec<usize>> {
    let mut groups: Vec<(BTreeSet<String>, Vec<usize>)> = Vec::new();
    for &at in sessions.iter().take(MAX_REQUESTS) {
        let words = request(&views[at]);
        if words.len() < MIN_WORDS {
            continue;
        }
        match groups.iter_mut().find(|(leader, _)| alike(leader, &words) >= ALIKE) {
            Some((_, members)) => members.push(at),
            None => groups.push((words, vec![at])),
        }
    }
    groups.into_iter().map(|(_, members)| members).collect()
}

fn request(view: &View<'_>) -> BTreeSet<String> {
    let turns = view.session.turns.iter().filter(|turn| turn.by == Actor::User).take(1);
    let words = turns
        .flat_map(|turn| &turn.clauses)
        .flat_map(|clause| clause.text.split(|c: char| !c.is_alphanumeric()));
    words.filter(|word| word.chars().count() >= WORD).map(str::to_lowercase).collect()
}

fn alike(a: &BTreeSet<String>, b: &BTreeSet<String>) -> f64 {
    let common = a.intersection(b).count();
    common as f64 / (a.len() + b.len() - common).max(1) as f64
}
