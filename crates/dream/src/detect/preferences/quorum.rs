//! Who wants what, and for whom that may hold.

use std::collections::{BTreeMap, BTreeSet};

use super::reading::Strength;
use super::signals::Saying;
use crate::report::Scope;

/// Sessions and days that one person's preference needs.
const USER_SESSIONS: usize = 3;
const USER_DAYS: usize = 2;
/// People that a team's preference needs, and their share of all who have an opinion, in percent.
pub(super) const TEAM_PEOPLE: usize = 3;
const DOMINANCE: usize = 60;
/// Teams, or people, that everybody's preference needs.
const FLEET_TEAMS: usize = 3;
const FLEET_PEOPLE: usize = 8;
/// So many firm people, if they are half of all, carry those who ask in passing.
const FIRM_PEOPLE: usize = 2;
/// A person who only ever asks in passing has to do so in this many sessions.
const PASSING_SESSIONS: usize = 2;

/// People of one opinion.
#[derive(Clone, Debug, Default)]
pub(super) struct Camp<'s> {
    /// Their sayings for it, in the order of time.
    pub(super) sayings: Vec<&'s Saying<'s>>,
}

impl<'s> Camp<'s> {
    /// Everybody in it; those who are not known count as one.
    pub(super) fn people(&self) -> BTreeSet<&'s str> {
        self.sayings.iter().map(|saying| saying.who).collect()
    }

    /// Those of them who said it often or firmly enough to be counted.
    fn counted(&self) -> BTreeSet<&'s str> {
        let is_firm =
            |saying: &&&Saying<'_>| saying.weight().is_some_and(|weight| weight > Strength::Request);
        let mut asked: BTreeMap<&str, BTreeSet<String>> = BTreeMap::new();
        for saying in &self.sayings {
            let tasks = asked.entry(saying.who).or_default();
            let session = saying.session;
            tasks.insert(session.task.as_ref().map_or_else(|| session.id.to_string(), ToString::to_string));
        }
        let firm: BTreeSet<&str> = self.sayings.iter().filter(is_firm).map(|saying| saying.who).collect();
        // Where some are firm, those who ask in passing want the same thing.
        let (firm_people, people) = (known(&firm).count(), self.people());
        let in_words = self.sayings.iter().all(|saying| saying.reading.values.is_empty());
        if in_words && firm_people >= FIRM_PEOPLE && 2 * firm_people >= people.len() {
            return people;
        }
        let often = |who: &&str| {
            firm.contains(who) || asked.get(who).is_some_and(|tasks| tasks.len() >= PASSING_SESSIONS)
        };
        self.people().into_iter().filter(often).collect()
    }

    pub(super) fn sessions(&self) -> BTreeSet<&'s str> {
        self.sayings.iter().map(|saying| saying.session.id.as_str()).collect()
    }

    fn days(&self) -> BTreeSet<String> {
        self.sayings.iter().filter_map(|saying| saying.session.day()).collect()
    }

    fn teams(&self) -> BTreeSet<&'s str> {
        self.sayings
            .iter()
            .filter_map(|saying| saying.session.team.as_ref().map(|team| team.as_str()))
            .collect()
    }

    /// Returns whether enough people are in it for a team.
    pub(super) fn has_people(&self) -> bool {
        known(&self.counted()).count() >= TEAM_PEOPLE
    }
}

/// Those of whom it is known who they are.
fn known<'a>(people: &'a BTreeSet<&'a str>) -> impl Iterator<Item = &'a &'a str> {
    people.iter().filter(|who| !who.is_empty())
}

/// Returns the widest scope whose quorum holds, and what a wider one lacks where none does.
///
/// What one person wants holds for that person alone. A memory that several people share is read by all of them, so
/// there it is only listed.
pub(super) fn scope(camp: &Camp<'_>, others: usize, shared_by: usize) -> (Scope, Option<String>) {
    let people = camp.counted();
    let count = known(&people).count();
    let dominates = count * 100 >= (count + others) * DOMINANCE;
    let wide = camp.teams().len() >= FLEET_TEAMS || count >= FLEET_PEOPLE;
    match (count >= TEAM_PEOPLE, dominates) {
        (true, true) if wide => (Scope::Fleet, None),
        (true, true) => (Scope::Team, None),
        (true, false) => (Scope::Team, Some(format!("only {count} of {} people want it so", count + others))),
        _ => of_one(camp, shared_by),
    }
}

fn of_one(camp: &Camp<'_>, shared_by: usize) -> (Scope, Option<String>) {
    let people = camp.people();
    if shared_by > 1 || people.len() > 1 {
        let counted = camp.counted();
        let known = known(&counted).count();
        return (
            Scope::User,
            Some(format!("wanted firmly or again by {known} of the {TEAM_PEOPLE} people that a team needs")),
        );
    }
    let (sessions, days) = (camp.sessions().len(), camp.days().len());
    let lacks = (sessions < USER_SESSIONS || days < USER_DAYS)
        .then(|| format!("said in {sessions} sessions on {days} days; needs {USER_SESSIONS} on {USER_DAYS}"));
    (Scope::User, lacks)
}

/// An opinion: what is wanted, for a camp.
pub(super) type Opinions<'s> = BTreeMap<String, Camp<'s>>;

/// Who stands where now, and what people have given up.
#[derive(Debug, Default)]
pub(super) struct Stances<'s> {
    /// By value: the sayings of those whose latest word it is.
    pub(super) held: Opinions<'s>,
    /// By value: the sayings of those who now say something else.
    pub(super) given_up: Opinions<'s>,
}

/// Sorts sayings with their values by where their speakers stand now: everybody follows their own latest word.
pub(super) fn stances<'s>(mut said: Vec<(&'s Saying<'s>, String)>) -> Stances<'s> {
    said.sort_by(|a, b| (a.0.when(), &a.1).cmp(&(b.0.when(), &b.1)));
    let mut latest: BTreeMap<&str, (&Saying<'_>, &str)> = BTreeMap::new();
    for (saying, value) in &said {
        // What is for this once only tells where somebody stands who never said anything else.
        let settled = latest.get(saying.who).is_some_and(|(before, _)| !before.reading.once);
        // To be against one thing does not take back what one is for, unless it is the same thing.
        let is_beside = latest.get(saying.who).is_some_and(|(_, old)| {
            let refused = value.strip_prefix(super::AGAINST);
            refused.is_some_and(|refused| refused != *old && !old.starts_with(super::AGAINST))
        });
        if !(saying.reading.once && settled || is_beside) {
            latest.insert(saying.who, (saying, value));
        }
    }
    let latest: BTreeMap<String, String> =
        latest.into_iter().map(|(who, (_, value))| (who.to_owned(), value.to_owned())).collect();
    let mut stances = Stances::default();
    for (saying, value) in said {
        let holds = latest.get(saying.who).is_some_and(|now| *now == value);
        let opinions = if holds { &mut stances.held } else { &mut stances.given_up };
        opinions.entry(value).or_default().sayings.push(saying);
    }
    stances
}
