//! A matter: what is to be decided, and who is for what.

use std::collections::{BTreeMap, BTreeSet};

use somnium_types::SessionId;

use super::quorum::{Camp, Opinions, stances};
use super::signals::Saying;
use super::slots::{self, Cluster};
use super::{AGAINST, Store};
use crate::held_out::Split;
use crate::normalise::Quote;
use crate::report::Dissent;

/// Sessions that a value of a matter needs to count as one of its alternatives.
const ALTERNATIVE_SESSIONS: usize = 2;
/// Share of a matter's sayings that its alternatives have to account for, in percent.
const ALTERNATIVES: usize = 80;
/// Most quotations kept of one session.
const MAX_QUOTES: usize = 3;
/// Share of its sessions that a project has to have for a preference to be that project's, in percent.
const MOSTLY: usize = 90;

/// Something on which people have a wish.
#[derive(Clone, Debug)]
pub(super) struct Matter<'s> {
    /// The attribute that a table names; `None` where the words speak for themselves.
    pub(super) attribute: Option<String>,
    /// What it is about.
    pub(super) cluster: Cluster,
    /// What was said on it, with the value that is wanted.
    pub(super) said: Vec<(&'s Saying<'s>, String)>,
}

/// A matter as people stand today.
#[derive(Debug)]
pub(super) struct Settled<'s> {
    /// What most want.
    pub(super) value: String,
    /// Those who want it.
    pub(super) camp: Camp<'s>,
    /// The same, in sessions that may be mined alone.
    pub(super) mined: Camp<'s>,
    /// Those who want something else.
    pub(super) others: Opinions<'s>,
    /// What was wanted by people who now want something else.
    pub(super) given_up: Opinions<'s>,
}

impl<'s> Store<'s> {
    /// Returns the matters of every attribute that somebody names a value of.
    pub(super) fn of_attributes(&'s self) -> Vec<Matter<'s>> {
        let mut by_attribute: BTreeMap<&String, Vec<(&Saying<'_>, String)>> = BTreeMap::new();
        for saying in self.sayings.iter().filter(|saying| saying.strength().is_some()) {
            for (attribute, value, is_for) in &saying.reading.values {
                let value = if *is_for { value.clone() } else { format!("{AGAINST}{value}") };
                by_attribute.entry(attribute).or_default().push((saying, value));
            }
        }
        let of =
            |(attribute, said): (&String, Vec<(&'s Saying<'s>, String)>)| self.of_attribute(attribute, said);
        by_attribute.into_iter().flat_map(of).collect()
    }

    fn of_attribute(&self, attribute: &str, said: Vec<(&'s Saying<'s>, String)>) -> Vec<Matter<'s>> {
        let mined: Vec<&Saying<'_>> = self.mined(said.iter().map(|(saying, _)| *saying));
        let matter = |cluster: Cluster, said| Matter { attribute: Some(attribute.to_owned()), cluster, said };
        if mined.iter().any(|saying| saying.reading.language.needs_subject(attribute)) {
            let of = |cluster: Cluster| {
                let inside = said.iter().filter(|(saying, _)| slots::speaks_of(saying, &cluster.core));
                let inside = inside.cloned().collect();
                matter(cluster, inside)
            };
            return slots::by_subject(&mined).into_iter().map(of).collect();
        }
        // Such a wish is for a kind of work: what one project wants is no business of another.
        let mut by_project: BTreeMap<&Option<String>, Vec<(&Saying<'_>, String)>> = BTreeMap::new();
        for one in &said {
            by_project.entry(&one.0.session.project).or_default().push(one.clone());
        }
        let (alone, rest): (Vec<_>, Vec<_>) = by_project.into_values().partition(|said| {
            Camp { sayings: said.iter().map(|(saying, _)| *saying).collect() }.has_people()
        });
        let of = |said: Vec<(&'s Saying<'s>, String)>| {
            let mined: Vec<&Saying<'_>> = self.mined(said.iter().map(|(saying, _)| *saying));
            let items = slots::shared_subject(&mined);
            matter(Cluster { items, ..Cluster::default() }, said)
        };
        let rest: Vec<(&Saying<'_>, String)> = rest.into_iter().flatten().collect();
        alone.into_iter().chain((!rest.is_empty()).then_some(rest)).map(of).collect()
    }

    /// Returns the matters that the words of wishes about how make.
    pub(super) fn of_words(&'s self) -> Vec<Matter<'s>> {
        let wishes: Vec<&Saying<'_>> = self.sayings.iter().filter(|saying| saying.is_about_how()).collect();
        let mined = self.mined(wishes.iter().copied());
        let of = |cluster: Cluster| {
            let inside: Vec<&Saying<'_>> =
                wishes.iter().copied().filter(|saying| cluster.holds(saying)).collect();
            let said = with_alternatives(&cluster, &inside);
            Matter { attribute: None, cluster, said }
        };
        slots::by_pairs(&mined).into_iter().map(of).collect()
    }

    fn mined(&self, sayings: impl Iterator<Item = &'s Saying<'s>>) -> Vec<&'s Saying<'s>> {
        sayings.filter(|saying| self.split.mines(&saying.session.id)).collect()
    }
}

/// Gives every saying of a cluster the value that it is for: which side of the cluster's words it takes, or, where
/// the sayings differ in one further word that excludes the others, that word.
fn with_alternatives<'s>(cluster: &Cluster, inside: &[&'s Saying<'s>]) -> Vec<(&'s Saying<'s>, String)> {
    let chosen = alternatives(cluster, inside);
    let value = |saying: &Saying<'_>| {
        let core = || cluster.core.iter();
        let wanted: Vec<&str> =
            core().filter(|item| saying.reading.items.contains(*item)).map(String::as_str).collect();
        let refused = core().any(|item| saying.reading.against.contains(item));
        match (wanted.is_empty(), refused) {
            (true, true) => Some(format!("{AGAINST}{}", joined(&cluster.core))),
            (false, true) => Some(wanted.join(" ")),
            _ if chosen.is_empty() => Some(joined(&cluster.core)),
            _ => chosen.iter().find(|item| saying.reading.items.contains(*item)).cloned(),
        }
    };
    inside.iter().filter_map(|saying| Some((*saying, value(saying)?))).collect()
}

/// Returns further words that divide the sayings of a cluster among them, if nearly all have just one of them, and
/// they are names or somebody sets one against another: other words may as well be two ways to say the same.
fn alternatives(cluster: &Cluster, inside: &[&Saying<'_>]) -> Vec<String> {
    let mut by_item: BTreeMap<&String, BTreeSet<usize>> = BTreeMap::new();
    for (at, saying) in inside.iter().enumerate() {
        let further = saying.reading.items.iter().filter(|item| !cluster.items.contains(*item));
        for item in further.filter(|item| saying.reading.verb.as_ref() != Some(item)) {
            by_item.entry(item).or_default().insert(at);
        }
    }
    let sessions = |of: &BTreeSet<usize>| {
        of.iter().map(|at| inside[*at].session.id.as_str()).collect::<BTreeSet<_>>().len()
    };
    // A name differs on purpose, whoever uses it; another word has to come back.
    let comes_back =
        |item: &str, of: &BTreeSet<usize>| item.starts_with('`') || sessions(of) >= ALTERNATIVE_SESSIONS;
    let mut ranked: Vec<(&String, BTreeSet<usize>)> =
        by_item.into_iter().filter(|(item, of)| comes_back(item, of)).collect();
    ranked.sort_by(|a, b| (b.1.len(), a.0).cmp(&(a.1.len(), b.0)));
    if ranked.first().is_none_or(|(_, of)| sessions(of) < ALTERNATIVE_SESSIONS) {
        return Vec::new();
    }
    let (mut chosen, mut accounted): (Vec<String>, BTreeSet<usize>) = (Vec::new(), BTreeSet::new());
    for (item, of) in ranked {
        if of.is_disjoint(&accounted) {
            accounted.extend(of);
            chosen.push(item.clone());
        }
    }
    let opposed = |saying: &&Saying<'_>| {
        let on = |side: &BTreeSet<String>| chosen.iter().any(|item| side.contains(item));
        on(&saying.reading.items) && on(&saying.reading.against)
    };
    let are_names = chosen.iter().all(|item| item.starts_with('`'));
    let tells = chosen.len() > 1
        && (are_names || inside.iter().any(opposed))
        && accounted.len() * 100 >= inside.len() * ALTERNATIVES;
    if tells { chosen } else { Vec::new() }
}

fn joined(items: &BTreeSet<String>) -> String {
    items.iter().map(String::as_str).collect::<Vec<_>>().join(" ")
}

impl<'s> Matter<'s> {
    /// Sorts people by where they stand. `None` where nobody wants anything in a session that may be mined.
    pub(super) fn settle(&self, split: Split) -> Option<Settled<'s>> {
        let mut stances = stances(self.said.clone());
        let mined = |camp: &Camp<'s>| Camp {
            sayings: camp
                .sayings
                .iter()
                .copied()
                .filter(|saying| split.mines(&saying.session.id) && !saying.reading.once)
                .collect(),
        };
        let ranked = stances.held.iter().map(|(value, camp)| {
            let of = mined(camp);
            ((of.people().len(), of.sessions().len()), std::cmp::Reverse(value.clone()))
        });
        let ((_, sessions), std::cmp::Reverse(value)) = ranked.max()?;
        if sessions == 0 {
            return None;
        }
        let camp = stances.held.remove(&value)?;
        stances.given_up.remove(&value);
        // To be against something else is no other opinion.
        let opposes = format!("{AGAINST}{value}");
        let compatible =
            |other: &str| other.starts_with(AGAINST) && other != opposes && !value.starts_with(AGAINST);
        let only_against = |opinions: &Opinions<'_>| opinions.keys().all(|other| other.starts_with(AGAINST));
        if !only_against(&stances.given_up) {
            stances.given_up.retain(|other, _| !other.starts_with(AGAINST));
        }
        stances.held.retain(|other, _| !compatible(other));
        stances.given_up.retain(|other, _| !compatible(other));
        Some(Settled { mined: mined(&camp), camp, value, others: stances.held, given_up: stances.given_up })
    }

    /// Returns what it is about, as people spell it.
    pub(super) fn situation(&self) -> String {
        let spelt = |item: &String| -> String {
            let mut spellings: BTreeMap<&str, usize> = BTreeMap::new();
            for (saying, _) in &self.said {
                if let Some(spelling) = saying.reading.spelling.get(item) {
                    *spellings.entry(spelling).or_default() += 1;
                }
            }
            let best =
                spellings.into_iter().max_by_key(|(spelling, count)| (*count, std::cmp::Reverse(*spelling)));
            best.map_or_else(|| item.clone(), |(spelling, _)| spelling.to_owned())
        };
        let is_verb = |item: &&String| {
            self.said.iter().all(|(saying, _)| saying.reading.verb.as_ref().is_none_or(|verb| verb == *item))
                && self.said.iter().any(|(saying, _)| saying.reading.verb.as_ref() == Some(*item))
        };
        let nouns: Vec<String> = self.cluster.items.iter().filter(|item| !is_verb(item)).map(spelt).collect();
        nouns.join(" ")
    }

    /// Returns whether a saying mentions the same, wish or not.
    pub(super) fn is_said_by(&self, saying: &Saying<'_>, value: &str) -> bool {
        let names = |attribute: &String| {
            saying
                .reading
                .values
                .iter()
                .any(|(of, named, is_for)| of == attribute && named == value && *is_for)
        };
        self.cluster.holds(saying) && self.attribute.as_ref().is_none_or(names)
    }

    /// Returns what the claim's id is made of.
    pub(super) fn canonical(&self, value: &str, is_conflict: bool) -> String {
        let attribute = self.attribute.as_deref().unwrap_or(super::MANNER);
        let value = if is_conflict { "conflict" } else { value };
        format!("preference\n{attribute}\n{}\n{value}", joined(&self.cluster.core))
    }
}

impl<'s> Settled<'s> {
    /// Whether enough people stand on both sides.
    pub(super) fn is_conflict(&self) -> bool {
        self.camp.has_people() && self.others.values().any(Camp::has_people)
    }

    /// Returns the sessions in which it is wanted, with the words.
    pub(super) fn seen(&self) -> BTreeMap<SessionId, Vec<Quote>> {
        let mut seen = BTreeMap::new();
        add(&mut seen, &self.camp);
        seen
    }

    /// Returns the project that has nearly all of its sessions.
    pub(super) fn project(&self) -> Option<String> {
        let mut counts: BTreeMap<&Option<String>, BTreeSet<&str>> = BTreeMap::new();
        for saying in &self.mined.sayings {
            counts.entry(&saying.session.project).or_default().insert(saying.session.id.as_str());
        }
        let all: usize = counts.values().map(BTreeSet::len).sum();
        let (project, most) =
            counts.into_iter().max_by_key(|(project, of)| (of.len(), std::cmp::Reverse(*project)))?;
        project.clone().filter(|_| most.len() * 100 >= all * MOSTLY)
    }
}

/// Adds the words of a camp to the sessions that they were said in.
pub(super) fn add(seen: &mut BTreeMap<SessionId, Vec<Quote>>, camp: &Camp<'_>) {
    for saying in &camp.sayings {
        let quotes = seen.entry(saying.session.id.clone()).or_default();
        if quotes.len() < MAX_QUOTES {
            quotes.push(saying.quote.clone());
        }
    }
}

/// Returns how many want a value.
pub(super) fn count(value: &str, camp: &Camp<'_>) -> Dissent {
    let known = camp.people().iter().filter(|who| !who.is_empty()).count();
    Dissent { value: value.to_owned(), principals: known as u64, sessions: camp.sessions().len() as u64 }
}
