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

/// Most words between a verb and what is wanted that belong to the latter.
const ARTICLES: usize = 2;
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
            let said = wishes.iter().filter_map(|saying| Some((*saying, cluster.value(saying)?))).collect();
            Matter { attribute: None, cluster, said }
        };
        slots::by_pairs(&mined).into_iter().map(of).collect()
    }

    fn mined(&self, sayings: impl Iterator<Item = &'s Saying<'s>>) -> Vec<&'s Saying<'s>> {
        sayings.filter(|saying| self.split.mines(&saying.session.id)).collect()
    }
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
        // Who is for something says more than who is only against something else.
        let has_side =
            stances.held.iter().any(|(value, camp)| !value.starts_with(AGAINST) && camp.has_people());
        let ranked = stances.held.iter().map(|(value, camp)| {
            let of = mined(camp);
            let is_side = !(has_side && value.starts_with(AGAINST));
            ((is_side, of.people().len(), of.sessions().len()), std::cmp::Reverse(value.clone()))
        });
        let ((_, _, sessions), std::cmp::Reverse(value)) = ranked.max()?;
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

    /// Returns what it is about, as people spell it, in the order in which they say it.
    pub(super) fn situation(&self) -> String {
        let half = |holds: &dyn Fn(&Saying<'_>) -> bool| {
            2 * self.said.iter().filter(|(saying, _)| holds(saying)).count() >= self.said.len()
        };
        let is_condition = |item: &String| half(&|saying| saying.reading.situation.contains(item));
        let is_verb = |item: &String| half(&|saying| saying.reading.verb.as_ref() == Some(item));
        let is_about = |item: &&String| match &self.attribute {
            Some(_) => !is_verb(item),
            None => is_condition(item) && !self.cluster.wanted.contains(*item),
        };
        let items: Vec<&String> = self.cluster.items.iter().filter(is_about).collect();
        let fullest = self.said.iter().map(|(saying, _)| *saying).max_by_key(|saying| {
            let known = items.iter().filter(|item| saying.reading.spelling.contains_key(**item)).count();
            (known, std::cmp::Reverse(saying.when()))
        });
        let Some(saying) = fullest else { return String::new() };
        let text = saying.quote.text.to_lowercase();
        let spelt = items.iter().filter_map(|item| saying.reading.spelling.get(*item));
        let mut placed: Vec<(Option<usize>, &String)> =
            spelt.map(|word| (text.find(word.as_str()), word)).collect();
        placed.sort();
        placed.into_iter().map(|(_, word)| word.as_str()).collect::<Vec<_>>().join(" ")
    }

    /// Returns what is wanted, as a saying puts it: from the first to the last word of it.
    pub(super) fn wanted(&self, saying: &Saying<'_>, wording: &str) -> String {
        let verb = saying.reading.verb.as_ref().filter(|_| !self.situation().is_empty());
        let object = saying.reading.items.iter().filter(|item| verb != Some(*item));
        self.stretch(saying, wording, object)
    }

    /// Returns what is not wanted, as a saying puts it.
    pub(super) fn refused(&self, saying: &Saying<'_>, wording: &str) -> String {
        let of_these = |item: &&String| self.cluster.wanted.contains(*item);
        self.stretch(saying, wording, saying.reading.against.iter().filter(of_these))
    }

    /// Returns a wording from the first to the last of some words that are not the situation.
    fn stretch<'i>(
        &self,
        saying: &Saying<'_>,
        wording: &str,
        items: impl Iterator<Item = &'i String>,
    ) -> String {
        let reading = &saying.reading;
        let lower = wording.to_lowercase();
        // Without a situation the verb is part of it: "add a test".
        let verb = reading.verb.as_ref().filter(|_| !self.situation().is_empty());
        let is_object = |item: &&String| !reading.situation.contains(*item);
        let spelt = items.filter(is_object).filter_map(|item| reading.spelling.get(item));
        let places: Vec<(usize, usize)> =
            spelt.filter_map(|word| lower.find(word.as_str()).map(|at| (at, at + word.len()))).collect();
        let start = places.iter().map(|place| place.0).min();
        // An article belongs to it: "use the long form".
        let verb = verb.and_then(|verb| reading.spelling.get(verb));
        let after = verb.and_then(|verb| lower.find(verb.as_str()).map(|at| at + verb.len() + 1));
        let is_near = |after: &usize| {
            let between = start.and_then(|start| wording.get(*after..start));
            between.is_some_and(|words| !words.contains(',') && words.split_whitespace().count() <= ARTICLES)
        };
        let start = after.filter(is_near).or(start);
        let end = places.iter().map(|place| place.1).max();
        let between = start.zip(end).and_then(|(start, end)| wording.get(start..end));
        between.filter(|_| lower.len() == wording.len()).unwrap_or(wording).to_owned()
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
        slots::speaks_of(saying, &self.cluster.core) && self.attribute.as_ref().is_none_or(names)
    }

    /// Returns what the claim's id is made of.
    pub(super) fn canonical(&self, value: &str, is_conflict: bool) -> String {
        let attribute = self.attribute.as_deref().unwrap_or(super::MANNER);
        let value = if is_conflict { "conflict" } else { value };
        format!("preference\n{attribute}\n{}\n{value}", slots::joined(&self.cluster.core))
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
