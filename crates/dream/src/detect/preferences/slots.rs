//! From sayings to slots: what it is about, and which sayings are about the same.

use std::collections::{BTreeMap, BTreeSet};

use super::signals::Saying;

/// Share of the people in a cluster who have to speak of a thing for it to be what the cluster is about, in percent.
const ABOUT: usize = 60;
/// The same for further things.
const ALSO_ABOUT: usize = 75;
/// Most things that a cluster is about.
const MAX_ITEMS: usize = 4;
/// Words of a family that make a paraphrase.
const PARAPHRASE: usize = 2;
/// Fewest sessions that are worth a look.
const MIN_SESSIONS: usize = 2;

/// Sayings about the same thing.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Cluster {
    /// What it was found by; it gives the cluster its name.
    pub(super) core: BTreeSet<String>,
    /// The part of the core that is wanted; the rest says when, and what is to be done with it.
    pub(super) wanted: BTreeSet<String>,
    /// What is wanted in its place by others.
    pub(super) rivals: BTreeSet<String>,
    /// What nearly all of them speak of.
    pub(super) items: BTreeSet<String>,
    /// What several of them speak of: whoever speaks of two of these, something wanted among them, says the same in
    /// other words.
    pub(super) family: BTreeSet<String>,
}

impl Cluster {
    /// Returns what a saying wants in this matter; `None` where it is about something else.
    pub(super) fn value(&self, saying: &Saying<'_>) -> Option<String> {
        let reading = &saying.reading;
        let is_for = |item: &String| reading.items.contains(item);
        let is_against = |item: &String| reading.against.contains(item) && !reading.items.contains(item);
        let rest: BTreeSet<String> = self.core.difference(&self.wanted).cloned().collect();
        let speaks_of_rest = speaks_of(saying, &rest);
        let rival = self.rivals.iter().find(|item| is_for(item) && !reading.situation.contains(*item));
        if self.wanted.iter().any(is_against) {
            let value =
                rival.cloned().unwrap_or_else(|| format!("{}{}", super::AGAINST, joined(&self.wanted)));
            return speaks_of_rest.then_some(value);
        }
        if speaks_of_rest && self.wanted.iter().all(is_for) {
            return Some(joined(&self.wanted));
        }
        let is_situated = rest.iter().any(|item| reading.verb.as_ref() != Some(item));
        if let (true, true, Some(rival)) = (speaks_of_rest, is_situated, rival) {
            return Some(rival.clone());
        }
        let paraphrases = self.family.iter().filter(|item| is_for(item)).count() >= PARAPHRASE;
        (paraphrases && rival.is_none() && self.wanted.iter().any(is_for)).then(|| joined(&self.wanted))
    }
}

/// Returns items as one text.
pub(super) fn joined(items: &BTreeSet<String>) -> String {
    items.iter().map(String::as_str).collect::<Vec<_>>().join(" ")
}

/// How many people and sessions some sayings come from: more is better.
type Spread = (usize, usize);

fn spread<'a>(sayings: impl Iterator<Item = &'a Saying<'a>>) -> Spread {
    let (mut people, mut sessions) = (BTreeSet::new(), BTreeSet::new());
    for saying in sayings {
        people.insert(saying.who);
        sessions.insert(saying.session.id.as_str());
    }
    (people.len(), sessions.len())
}

/// Returns all items of a saying: for what it is, and against what.
pub(super) fn all_items<'a>(saying: &'a Saying<'_>) -> impl Iterator<Item = &'a String> {
    saying.reading.items.iter().chain(&saying.reading.against)
}

/// Whether a saying speaks of all these.
pub(super) fn speaks_of(saying: &Saying<'_>, items: &BTreeSet<String>) -> bool {
    items.iter().all(|item| saying.reading.items.contains(item) || saying.reading.against.contains(item))
}

/// Groups sayings by what they speak of, the largest group first; a saying is in one group at most.
pub(super) fn by_subject<'s>(sayings: &[&'s Saying<'s>]) -> Vec<Cluster> {
    let mut rest: Vec<&Saying<'_>> = sayings.to_vec();
    let mut clusters = Vec::new();
    loop {
        let mut by_item: BTreeMap<&String, Vec<&Saying<'_>>> = BTreeMap::new();
        for saying in &rest {
            for item in all_items(saying).filter(|item| saying.reading.verb.as_ref() != Some(item)) {
                by_item.entry(item).or_default().push(saying);
            }
        }
        let ranked = by_item.iter().map(|(item, of)| (spread(of.iter().copied()), std::cmp::Reverse(*item)));
        let Some(((_, sessions), std::cmp::Reverse(best))) = ranked.max() else { break };
        if sessions < MIN_SESSIONS {
            break;
        }
        let core = BTreeSet::from([best.clone()]);
        rest.retain(|saying| !speaks_of(saying, &core));
        clusters.push(Cluster { items: extended(&core, sayings), core, ..Cluster::default() });
    }
    clusters
}

/// Returns what sayings of no particular subject have in common, if anything.
pub(super) fn shared_subject(sayings: &[&Saying<'_>]) -> BTreeSet<String> {
    extended_by(&BTreeSet::new(), sayings, ABOUT)
}

/// Groups sayings by pairs of things that they speak of together (or a single name), the most widely spread first.
pub(super) fn by_pairs<'s>(sayings: &[&'s Saying<'s>]) -> Vec<Cluster> {
    let mut rest: Vec<&Saying<'_>> = sayings.to_vec();
    let mut clusters = Vec::new();
    while let Some(pair) = best_pair(&rest) {
        let cluster = around(&pair, &rest);
        let before = rest.len();
        if let Some(cluster) = cluster {
            rest.retain(|saying| cluster.value(saying).is_none());
            clusters.push(cluster);
        }
        if rest.len() == before {
            rest.retain(|saying| !speaks_of(saying, &pair));
        }
    }
    clusters
}

/// Makes a cluster of a pair: tells what is wanted from when, and finds what stands against it.
fn around(pair: &BTreeSet<String>, sayings: &[&Saying<'_>]) -> Option<Cluster> {
    let inside: Vec<&Saying<'_>> = sayings.iter().copied().filter(|saying| speaks_of(saying, pair)).collect();
    let mostly = |holds: &dyn Fn(&Saying<'_>) -> bool| {
        2 * inside.iter().filter(|saying| holds(saying)).count() >= inside.len()
    };
    let is_condition = |item: &String| mostly(&|saying| saying.reading.situation.contains(item));
    let is_verb = |item: &String| mostly(&|saying| saying.reading.verb.as_ref() == Some(item));
    // "Roman numerals, not arabic numerals": what is on both sides does not tell them apart.
    let is_neutral = |item: &String| {
        inside
            .iter()
            .any(|saying| saying.reading.items.contains(item) && saying.reading.against.contains(item))
    };
    let is_value = |item: &String| !is_condition(item) && !is_verb(item) && !is_neutral(item);
    let mut wanted: BTreeSet<String> = pair.iter().filter(|item| is_value(item)).cloned().collect();
    let mut core = pair.clone();
    let is_forbidden = mostly(&|saying| pair.iter().all(|item| saying.reading.against.contains(item)));
    if wanted.is_empty() && is_forbidden {
        wanted.clone_from(pair);
    }
    if wanted.is_empty() {
        let mut by_item: BTreeMap<&String, Vec<&Saying<'_>>> = BTreeMap::new();
        for saying in &inside {
            for item in saying.reading.items.iter().filter(|item| is_value(item)) {
                by_item.entry(item).or_default().push(saying);
            }
        }
        let ranked = by_item.iter().map(|(item, of)| (spread(of.iter().copied()), std::cmp::Reverse(*item)));
        let ((_, sessions), std::cmp::Reverse(best)) = ranked.max()?;
        if sessions < MIN_SESSIONS {
            return None;
        }
        wanted.insert(best.clone());
        core.insert(best.clone());
    }
    let rest: BTreeSet<String> = core.difference(&wanted).cloned().collect();
    let near: Vec<&Saying<'_>> = sayings
        .iter()
        .copied()
        .filter(|saying| match rest.is_empty() {
            true => speaks_of(saying, &wanted),
            false => speaks_of(saying, &rest),
        })
        .collect();
    let rivals =
        rivals(&wanted, &near).into_iter().filter(|item| !is_condition(item) && !is_verb(item)).collect();
    let family = frequent(&inside);
    Some(Cluster { items: extended(&core, sayings), wanted, rivals, family, core })
}

/// Returns what stands against what is wanted: somebody sets one against the other, or both are names.
fn rivals(wanted: &BTreeSet<String>, sayings: &[&Saying<'_>]) -> BTreeSet<String> {
    let is_name = |item: &String| item.starts_with('`');
    let mut rivals = BTreeSet::new();
    for saying in sayings {
        let reading = &saying.reading;
        let only = |side: &BTreeSet<String>, other: &BTreeSet<String>| -> Vec<String> {
            let own = side.iter().filter(|item| !other.contains(*item) && !wanted.contains(*item));
            own.filter(|item| !reading.situation.contains(*item) && reading.verb.as_ref() != Some(*item))
                .cloned()
                .collect()
        };
        let holds = |side: &BTreeSet<String>| wanted.iter().any(|item| side.contains(item));
        if holds(&reading.items) {
            rivals.extend(only(&reading.against, &reading.items));
        }
        if holds(&reading.against) && !wanted.iter().all(|item| reading.items.contains(item)) {
            rivals.extend(only(&reading.items, &reading.against));
        }
        if wanted.iter().any(is_name) && !holds(&reading.items) {
            rivals.extend(only(&reading.items, &reading.against).into_iter().filter(is_name));
        }
    }
    rivals
}

fn best_pair(sayings: &[&Saying<'_>]) -> Option<BTreeSet<String>> {
    let frequent = frequent(sayings);
    let done: BTreeSet<&String> = sayings
        .iter()
        .filter_map(|saying| saying.reading.verb.as_ref().filter(|verb| saying.reading.items.contains(*verb)))
        .collect();
    let mut by_pair: BTreeMap<BTreeSet<&String>, Vec<&Saying<'_>>> = BTreeMap::new();
    for saying in sayings {
        let items: Vec<&String> = all_items(saying).filter(|item| frequent.contains(*item)).collect();
        for (at, a) in items.iter().enumerate() {
            for b in &items[at + 1..] {
                by_pair.entry(BTreeSet::from([*a, *b])).or_default().push(saying);
            }
            // Not to do something needs no object, and a name says enough.
            let is_forbidden = saying.reading.verb.as_ref() == Some(*a)
                && saying.reading.against.contains(*a)
                && !done.contains(*a);
            if is_forbidden && all_items(saying).count() == 1 {
                by_pair.entry(BTreeSet::from([*a])).or_default().push(saying);
            }
        }
    }
    // A pair that is only the verb and an empty word says nothing; verbs never make a pair among themselves.
    let ranked = by_pair.iter().filter(|(pair, of)| !are_opposed(pair, of)).map(|(pair, of)| {
        let nouns = pair
            .iter()
            .filter(|item| !of.iter().all(|saying| saying.reading.verb.as_ref() == Some(**item)))
            .count();
        ((spread(of.iter().copied()), nouns), std::cmp::Reverse(pair))
    });
    let (((_, sessions), _), std::cmp::Reverse(best)) = ranked.max()?;
    (sessions >= MIN_SESSIONS).then(|| best.iter().map(|item| (*item).clone()).collect())
}

/// Whether most set the one against the other: two alternatives are no subject.
fn are_opposed(pair: &BTreeSet<&String>, sayings: &[&Saying<'_>]) -> bool {
    let sides = |saying: &&&Saying<'_>| {
        let reading = &saying.reading;
        let has_side = |item: &&&String| !reading.situation.contains(**item);
        let is_for = |item: &&String| reading.items.contains(*item) && !reading.against.contains(*item);
        let is_against = |item: &&String| reading.against.contains(*item) && !reading.items.contains(*item);
        let taken = |holds: &dyn Fn(&&String) -> bool| pair.iter().filter(has_side).any(holds);
        taken(&is_for) && taken(&is_against)
    };
    2 * sayings.iter().filter(sides).count() >= sayings.len()
}

/// Returns the items of at least [`MIN_SESSIONS`] sessions.
fn frequent(sayings: &[&Saying<'_>]) -> BTreeSet<String> {
    let mut sessions: BTreeMap<&String, BTreeSet<&str>> = BTreeMap::new();
    for saying in sayings {
        for item in all_items(saying) {
            sessions.entry(item).or_default().insert(saying.session.id.as_str());
        }
    }
    sessions.into_iter().filter(|(_, of)| of.len() >= MIN_SESSIONS).map(|(item, _)| item.clone()).collect()
}

/// Adds what nearly everybody in the cluster speaks of, too.
fn extended(core: &BTreeSet<String>, sayings: &[&Saying<'_>]) -> BTreeSet<String> {
    extended_by(core, sayings, ALSO_ABOUT)
}

fn extended_by(core: &BTreeSet<String>, sayings: &[&Saying<'_>], share: usize) -> BTreeSet<String> {
    let mut items = core.clone();
    while items.len() < MAX_ITEMS {
        let inside: Vec<&Saying<'_>> =
            sayings.iter().copied().filter(|saying| speaks_of(saying, &items)).collect();
        let (people, sessions) = spread(inside.iter().copied());
        let mut by_item: BTreeMap<&String, Vec<&Saying<'_>>> = BTreeMap::new();
        for saying in &inside {
            for item in all_items(saying).filter(|item| !items.contains(*item)) {
                by_item.entry(item).or_default().push(saying);
            }
        }
        let ranked = by_item.iter().map(|(item, of)| (spread(of.iter().copied()), std::cmp::Reverse(*item)));
        let Some(((who, often), std::cmp::Reverse(best))) = ranked.max() else { break };
        if who * 100 < people * share || often * 100 < sessions * share || often < MIN_SESSIONS {
            break;
        }
        let best = best.clone();
        items.insert(best);
    }
    items
}
