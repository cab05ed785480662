//! For whom does a statement hold? A person's word holds for that person, the word of enough people or of an
//! operator for everybody, and a tool's for itself.

use std::collections::{BTreeMap, BTreeSet};

use somnium_memory::{Baselines, Memory, Owner, ownership};
use somnium_types::{ClaimId, SessionId};

use super::quarantine;
use super::same::Sentence;
use super::statement::{Saying, Stated, Statement, Voice};
use crate::channel::Channel;
use crate::detect::Detail;
use crate::gate::Judged;
use crate::health::{Health, Retire};
use crate::held_out::Split;
use crate::ledger::{Ledger, Occasion, SessionRow};
use crate::normalise::{Class, Quote};
use crate::report::{ClaimState, Dissent, PreferenceSignature, Scope, Support};
use crate::{Options, Prior};

/// Places kept of a statement.
const MAX_PLACES: usize = 5;
/// Share of those who speak of it that has to agree, in percent.
const DOMINANCE: usize = 60;
/// Teams, or people, whose word holds for the fleet.
const FLEET_TEAMS: usize = 3;
const FLEET_PEOPLE: usize = 8;
/// Longest line of a person's note that is compared, in bytes: what is longer is prose.
const MAX_LINE: usize = 240;

/// What keeps back what is at odds with a rule.
const OTHERWISE: &str = "an operator or a person's note says otherwise: a question for them";

/// Judges every statement of the ledger. `judged` is what counting found: what it says already is not said twice.
pub(crate) fn judge(
    ledger: &Ledger,
    prior: &Prior,
    split: Split,
    options: &Options,
    judged: &mut Vec<Judged>,
) {
    let has_preferences = judged.iter().any(|claim| matches!(claim.detail, Detail::Preference(_)));
    if ledger.statements.is_empty() && !has_preferences {
        return;
    }
    let rules = rules(ledger, &prior.memory, &prior.baselines);
    contest(judged, &rules);
    let bench = Scales { ledger, split, options, rules };
    let counted: BTreeSet<(SessionId, u32)> = judged
        .iter()
        .filter(|claim| claim.state >= ClaimState::Probation)
        .flat_map(|claim| &claim.places)
        .flat_map(|(session, quotes)| quotes.iter().map(|quote| (session.clone(), quote.span.event)))
        .collect();
    let wanted = wanted(judged);
    for (id, statement) in &ledger.statements {
        judged.extend(match &statement.tool {
            Some((tool, class)) => bench.fact(id, statement, tool, *class, &counted).into_iter().collect(),
            None => bench.said(id, statement, &wanted),
        });
    }
    judged.sort_by(|a, b| b.worth.total_cmp(&a.worth).then_with(|| a.id.cmp(&b.id)));
}

/// The widest scope of a preference that was counted, by the places that show it.
type Wanted = BTreeMap<(SessionId, u32), Scope>;

/// Returns where people ask for what is a note already: that is not said twice.
fn wanted(judged: &[Judged]) -> Wanted {
    let mut wanted = Wanted::new();
    let preferences = judged.iter().filter(|claim| {
        claim.state >= ClaimState::Probation && matches!(claim.detail, Detail::Preference(_))
    });
    for claim in preferences {
        for (session, quotes) in &claim.places {
            for quote in quotes {
                let scope = wanted.entry((session.clone(), quote.span.event)).or_insert(claim.scope);
                *scope = claim.scope.max(*scope);
            }
        }
    }
    wanted
}

/// Takes back preferences, however they were found, about which an operator or a person's note says otherwise.
fn contest(judged: &mut [Judged], rules: &[Sentence]) {
    let preferences = judged.iter_mut().filter(|claim| {
        claim.state >= ClaimState::Probation && matches!(claim.detail, Detail::Preference(_))
    });
    for claim in preferences {
        let mut said =
            claim.places.iter().flat_map(|(_, quotes)| quotes).map(|quote| Sentence::of(&quote.text));
        if said.any(|sentence| rules.iter().any(|rule| rule.is_at_odds_with(&sentence))) {
            claim.state = ClaimState::Candidate;
            claim.why = Some(OTHERWISE.to_owned());
        }
    }
}

/// Returns the notes of statements that hold no longer: said otherwise since, taken back, or said by enough people to
/// be everybody's. What people do not stand by any more is not kept for a better day.
pub(crate) fn withdrawn(ledger: &Ledger, judged: &[Judged]) -> Vec<Retire> {
    let stands: BTreeSet<&ClaimId> =
        judged.iter().filter(|claim| claim.state >= ClaimState::Probation).map(|claim| &claim.id).collect();
    let whys: BTreeMap<&ClaimId, &str> =
        judged.iter().filter_map(|claim| Some((&claim.id, claim.why.as_deref()?))).collect();
    let ids = ledger.statements.iter().flat_map(|(id, statement)| {
        let own = statement.principals().into_iter().map(|who| statement.personal_id(who));
        own.chain([id.clone()]).collect::<Vec<_>>()
    });
    let ids: BTreeSet<ClaimId> = ids.filter(|id| !stands.contains(id)).collect();
    let written = ids
        .into_iter()
        .filter(|id| ledger.standings.get(id).is_some_and(|standing| standing.retired.is_none()));
    let retire = |id: ClaimId| {
        let why = whys.get(&id).copied().unwrap_or("it is everybody's now, or nobody's any more").to_owned();
        Retire::new(id, why)
    };
    written.map(retire).collect()
}

/// Returns what operators said and what people wrote into the memory, as sentences.
fn rules(ledger: &Ledger, memory: &Memory, baselines: &Baselines) -> Vec<Sentence> {
    let said = ledger.rules.values().flatten().map(String::as_str);
    let mut rules: Vec<Sentence> = said.map(Sentence::of).collect();
    let owners = ownership(memory, baselines);
    let blocks = memory.blocks();
    let index = memory.index_text().unwrap_or_default();
    let indexed: BTreeSet<&str> = index.lines().map(str::trim).collect();
    for (path, bytes) in memory.files().filter(|(path, _)| path.as_str() != quarantine::FILE) {
        let mut text = String::from_utf8_lossy(bytes).into_owned();
        let ours =
            blocks.iter().filter(|block| block.path == *path && owners.get(&block.id) == Some(&Owner::Ours));
        let mut ranges: Vec<_> = ours.map(|block| block.range.clone()).collect();
        ranges.sort_by_key(|range| std::cmp::Reverse(range.start));
        if text.len() == bytes.len() {
            ranges.into_iter().for_each(|range| text.replace_range(range, ""));
        }
        let lines = text.lines().filter(|line| line.len() <= MAX_LINE && !line.contains("<!--"));
        let lines = lines.filter(|line| !line.trim().is_empty() && !indexed.contains(line.trim()));
        rules.extend(lines.map(Sentence::of));
    }
    rules
}

struct Scales<'a> {
    ledger: &'a Ledger,
    split: Split,
    options: &'a Options,
    rules: Vec<Sentence>,
}

/// The sayings that count for a claim, by session.
type Counted<'s> = BTreeMap<&'s SessionId, Vec<&'s Saying>>;

impl Scales<'_> {
    /// Judges what people say: once for everybody where enough of them do, else for each by themselves.
    fn said(&self, id: &ClaimId, statement: &Statement, wanted: &Wanted) -> Vec<Judged> {
        let mut claims = self.by_everybody_or_each(id, statement);
        claims.retain(|claim| {
            let places = claim.places.iter().flat_map(|(session, quotes)| {
                quotes.iter().map(move |quote| (session.clone(), quote.span.event))
            });
            let mut places = places.filter_map(|place| wanted.get(&place));
            claim.state < ClaimState::Probation || !places.any(|scope| *scope >= claim.scope)
        });
        claims
    }

    fn by_everybody_or_each(&self, id: &ClaimId, statement: &Statement) -> Vec<Judged> {
        let all = |which: fn(&Saying) -> bool| -> Counted<'_> {
            let sayings = statement.said.iter().map(|(session, sayings)| {
                (session, sayings.iter().filter(|saying| which(saying)).collect::<Vec<_>>())
            });
            sayings.filter(|(_, sayings)| !sayings.is_empty()).collect()
        };
        let by_operators = all(|saying| saying.by == Channel::Operator);
        let everybody = all(|_| true);
        let sentence = Sentence::of(&statement.text);
        let contested = self.rules.iter().any(|rule| rule.is_at_odds_with(&sentence));
        let dissent = principals(&statement.denied);
        if !by_operators.is_empty() && statement.asked != Scope::User {
            let state = (ClaimState::Note, None);
            return vec![self.claim(
                id.clone(),
                statement,
                Voice::Operator,
                Scope::Team,
                state,
                &by_operators,
            )];
        }
        let (scope, share) = self.widest(&everybody, dissent.len());
        let scope = scope.filter(|_| statement.asked != Scope::User).map(|scope| scope.min(statement.asked));
        if let Some(scope) = scope {
            let state = match (contested, share) {
                (true, _) => (ClaimState::Candidate, Some(OTHERWISE.to_owned())),
                (_, false) => (ClaimState::Candidate, Some("people disagree about it".to_owned())),
                _ => (ClaimState::Note, None),
            };
            return vec![self.claim(id.clone(), statement, Voice::Team, scope, state, &everybody)];
        }
        let each = statement.principals().into_iter().map(|who| {
            let own: Counted<'_> = everybody
                .iter()
                .map(|(session, sayings)| {
                    let own = sayings.iter().filter(|saying| saying.principal.as_deref() == who);
                    (*session, own.copied().collect::<Vec<_>>())
                })
                .filter(|(_, own)| !own.is_empty())
                .collect();
            let state = match own.len() {
                _ if contested => (ClaimState::Candidate, Some(OTHERWISE.to_owned())),
                _ if self.taken_back(statement, who, &own) => {
                    (ClaimState::Candidate, Some("they have said the opposite since".to_owned()))
                }
                0 | 1 => (ClaimState::Probation, Some("said once".to_owned())),
                _ => (ClaimState::Note, None),
            };
            let voice = Voice::Person(who.map(str::to_owned));
            self.claim(statement.personal_id(who), statement, voice, Scope::User, state, &own)
        });
        each.collect()
    }

    /// Returns the widest scope that those who say it can set, and whether they are most of those who speak of it.
    fn widest(&self, sayings: &Counted<'_>, dissent: usize) -> (Option<Scope>, bool) {
        let mut by_team: BTreeMap<Option<&str>, BTreeSet<&str>> = BTreeMap::new();
        let mut people: BTreeSet<&str> = BTreeSet::new();
        for saying in sayings.values().flatten() {
            let Some(principal) = saying.principal.as_deref() else { continue };
            people.insert(principal);
            by_team.entry(saying.team.as_deref()).or_default().insert(principal);
        }
        let share = people.len() * 100 >= (people.len() + dissent) * DOMINANCE;
        let quorum = by_team.values().any(|people| people.len() >= self.options.gates.quorum);
        let teams = by_team.keys().flatten().count();
        let fleet = teams >= FLEET_TEAMS || people.len() >= FLEET_PEOPLE;
        let scope = match (quorum, fleet) {
            (true, true) => Some(Scope::Fleet),
            (true, false) => Some(Scope::Team),
            _ => None,
        };
        (scope, share)
    }

    /// Whether a person said the opposite after they last said it.
    fn taken_back(&self, statement: &Statement, who: Option<&str>, own: &Counted<'_>) -> bool {
        let when = |session: &SessionId| self.ledger.sessions.get(session).and_then(|row| row.ended_at);
        let denied = statement.denied.iter();
        let denied = denied.filter(|(_, by)| by.iter().any(|saying| saying.principal.as_deref() == who));
        let last = own.keys().filter_map(|session| when(session)).max();
        denied.map(|(session, _)| when(session)).max().is_some_and(|at| at >= last)
    }

    /// Judges what a tool says when it fails: a fact about the tool, once enough people met it.
    fn fact(
        &self,
        id: &ClaimId,
        statement: &Statement,
        tool: &str,
        class: Class,
        counted: &BTreeSet<(SessionId, u32)>,
    ) -> Option<Judged> {
        let place = |(session, sayings): (&SessionId, &Vec<Saying>)| {
            sayings.iter().any(|saying| counted.contains(&(session.clone(), saying.quote.span.event)))
        };
        if statement.said.iter().any(place) {
            return None; // A mistake that was counted says it already.
        }
        let sayings: Counted<'_> = statement.said.iter().map(|(id, by)| (id, by.iter().collect())).collect();
        let needed = self.options.gates.sessions;
        let people = principals(&statement.said).len();
        let state = match (sayings.len() >= needed, people >= self.options.gates.quorum) {
            (false, _) => {
                (ClaimState::Candidate, Some(format!("{} of the {needed} sessions it needs", sayings.len())))
            }
            (_, false) => {
                let quorum = self.options.gates.quorum;
                (ClaimState::Candidate, Some(format!("{people} of the {quorum} people it needs")))
            }
            _ => (ClaimState::Note, None),
        };
        let voice = Voice::Tool(tool.to_owned(), class);
        Some(self.claim(id.clone(), statement, voice, Scope::Team.min(statement.asked), state, &sayings))
    }

    fn claim(
        &self,
        id: ClaimId,
        statement: &Statement,
        voice: Voice,
        scope: Scope,
        (state, why): (ClaimState, Option<String>),
        sayings: &Counted<'_>,
    ) -> Judged {
        let (state, why) = match statement.retired.contains(&id) {
            true => (ClaimState::Candidate, Some("those who could set it took it back".to_owned())),
            false => (state, why),
        };
        let rows: Vec<&SessionRow> =
            sayings.keys().filter_map(|session| self.ledger.sessions.get(*session)).collect();
        let distinct = |of: fn(&SessionRow) -> Option<&str>| {
            rows.iter().filter_map(|row| of(row)).collect::<BTreeSet<_>>().len() as u64
        };
        let people: BTreeSet<&str> =
            sayings.values().flatten().filter_map(|saying| saying.principal.as_deref()).collect();
        let heldout = sayings.keys().filter(|session| !self.split.mines(session)).count() as u64;
        let support = Support {
            sessions: sayings.len() as u64,
            tasks: distinct(|row| row.task.as_deref()),
            days: distinct(|row| row.day.as_deref()),
            agents: distinct(|row| Some(row.agent.as_str())),
            principals: people.len() as u64,
            heldout,
        };
        let several = self.ledger.sessions.values().filter_map(|row| row.principal.as_deref());
        let several = several.collect::<BTreeSet<_>>().len() > 1;
        let first =
            sayings.values().flatten().next().map_or(statement.text.as_str(), |saying| &saying.quote.text);
        let places = sayings.iter().take(MAX_PLACES).map(|(session, sayings)| {
            let quotes: Vec<Quote> = sayings.iter().map(|saying| saying.quote.clone()).collect();
            ((*session).clone(), quotes)
        });
        let stated = Stated {
            private: several && matches!(voice, Voice::Person(_)),
            voice,
            text: first.to_owned(),
            signature: PreferenceSignature {
                situation: String::new(),
                attribute: "statement".to_owned(),
                value: first.to_owned(),
                principals: people.len() as u64,
                sessions: sayings.len() as u64,
                dissent: dissent(statement),
                given_up: Vec::new(),
            },
        };
        Judged {
            id,
            scope,
            state,
            why,
            support,
            outcome: None,
            telling_outcome: false,
            project: None,
            occasion: Occasion::default(),
            health: Health::default(),
            track: None,
            worth: sayings.len() as f64 / self.ledger.sessions.len().max(1) as f64,
            places: places.collect(),
            detail: Detail::Statement(Box::new(stated)),
        }
    }
}

/// Returns who is known to speak.
fn principals(sayings: &BTreeMap<SessionId, Vec<Saying>>) -> BTreeSet<&str> {
    sayings.values().flatten().filter_map(|saying| saying.principal.as_deref()).collect()
}

/// Returns those who say the opposite, as one other value.
fn dissent(statement: &Statement) -> Vec<Dissent> {
    let first = statement.denied.values().flatten().next();
    let dissent = first.map(|saying| Dissent {
        value: saying.quote.text.clone(),
        principals: principals(&statement.denied).len() as u64,
        sessions: statement.denied.len() as u64,
    });
    dissent.into_iter().collect()
}
