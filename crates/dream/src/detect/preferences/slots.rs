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
    /// What all of them speak of; the first ones, by which it was found, are its name.
    pub(super) core: BTreeSet<String>,
    /// What nearly all of them speak of.
    pub(super) items: BTreeSet<String>,
    /// What several of them speak of: whoever speaks of two of these, one of the core among them, says the same in
    /// other words.
    pub(super) family: BTreeSet<String>,
}

impl Cluster {
    /// Returns whether a saying belongs to it.
    pub(super) fn holds(&self, saying: &Saying<'_>) -> bool {
        let says =
            |item: &&String| saying.reading.items.contains(*item) || saying.reading.against.contains(*item);
        let is_verb = |item: &String| saying.reading.verb.as_ref() == Some(item);
        speaks_of(saying, &self.core)
            || self.family.iter().filter(says).count() >= PARAPHRASE
                && self.core.iter().filter(says).any(|item| !is_verb(item))
    }
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
        let cluster = Cluster { items: extended(&core, &rest), family: BTreeSet::new(), core };
        rest.retain(|saying| !cluster.holds(saying));
        clusters.push(cluster);
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
    while let Some(core) = best_pair(&rest) {
        let inside: Vec<&Saying<'_>> =
            rest.iter().copied().filter(|saying| speaks_of(saying, &core)).collect();
        let cluster = Cluster { items: extended(&core, &rest), family: frequent(&inside), core };
        rest.retain(|saying| !cluster.holds(saying));
        clusters.push(cluster);
    }
    clusters
}

fn best_pair(sayings: &[&Saying<'_>]) -> Option<BTreeSet<String>> {
    let frequent = frequent(sayings);
    let mut by_pair: BTreeMap<BTreeSet<&String>, Vec<&Saying<'_>>> = BTreeMap::new();
    for saying in sayings {
        let items: Vec<&String> = all_items(saying).filter(|item| frequent.contains(*item)).collect();
        for (at, a) in items.iter().enumerate() {
            for b in &items[at + 1..] {
                by_pair.entry(BTreeSet::from([*a, *b])).or_default().push(saying);
            }
            // Not to do something needs no object, and a name says enough.
            let is_forbidden =
                saying.reading.verb.as_ref() == Some(*a) && saying.reading.against.contains(*a);
            if is_forbidden && items.len() == 1 {
                by_pair.entry(BTreeSet::from([*a])).or_default().push(saying);
            }
        }
    }
    // A pair that is only the verb and an empty word says nothing; verbs never make a pair among themselves.
    let ranked = by_pair.iter().map(|(pair, of)| {
        let nouns = pair
            .iter()
            .filter(|item| !of.iter().all(|saying| saying.reading.verb.as_ref() == Some(**item)))
            .count();
        ((spread(of.iter().copied()), nouns), std::cmp::Reverse(pair))
    });
    let (((_, sessions), _), std::cmp::Reverse(best)) = ranked.max()?;
    (sessions >= MIN_SESSIONS).then(|| best.iter().map(|item| (*item).clone()).collect())
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
