//! Who says it? Counted by the engine from the sessions themselves, whatever a proposal claims.

use std::collections::BTreeMap;

use somnium_types::SessionId;

use super::Bench;
use super::cited::channel_of;
use super::same::Sentence;
use super::statement::{Saying, Statement};
use crate::channel::Channel;
use crate::ledger::Ledger;
use crate::normalise::{Normalised, Quote, tool_key};

/// Most rules kept of one session of an operator.
const MAX_RULES: usize = 64;

/// One clause that a person said.
struct Clause<'a> {
    sentence: Sentence,
    quote: &'a Quote,
    by: Channel,
    principal: Option<String>,
}

/// Counts every statement anew over the sessions at hand; what the ledger knows of others stays.
pub(crate) fn recount(bench: &Bench<'_>, ledger: &mut Ledger) {
    if ledger.statements.is_empty() && bench.options.operators.is_empty() {
        return;
    }
    for session in bench.sessions {
        let clauses = clauses(session, bench);
        let rules: Vec<String> = clauses
            .iter()
            .filter(|clause| clause.by == Channel::Operator)
            .take(MAX_RULES)
            .map(|clause| clause.quote.text.clone())
            .collect();
        ledger.rules.remove(&session.id);
        if !rules.is_empty() {
            ledger.rules.insert(session.id.clone(), rules);
        }
        for statement in ledger.statements.values_mut() {
            match statement.tool {
                None => by_people(session, &clauses, statement),
                Some(_) => by_tools(session, statement),
            }
        }
    }
    ledger.statements.retain(|_, statement| !statement.said.is_empty());
}

/// Returns who says a sentence, in all sessions at hand.
pub(super) fn who_says(sentence: &Sentence, bench: &Bench<'_>) -> Vec<(Option<String>, Channel)> {
    let all = bench.sessions.iter().flat_map(|session| clauses(session, bench));
    let saying = all.filter(|clause| clause.sentence.says_the_same_as(sentence));
    saying.map(|clause| (clause.principal, clause.by)).collect()
}

/// Returns what people said in a session, in their own words.
fn clauses<'a>(session: &'a Normalised, bench: &Bench<'_>) -> Vec<Clause<'a>> {
    let turns = session.turns.iter().map(|turn| (turn, channel_of(turn, bench)));
    let turns = turns.filter(|(_, by)| by.is_a_person());
    turns
        .flat_map(|(turn, by)| {
            turn.own_clauses().map(move |quote| Clause {
                sentence: Sentence::of(&quote.text),
                quote,
                by,
                principal: turn.principal.as_ref().map(ToString::to_string),
            })
        })
        .collect()
}

fn by_people(session: &Normalised, clauses: &[Clause<'_>], statement: &mut Statement) {
    let sentence = Sentence::of(&statement.text);
    let same = clauses.iter().filter(|clause| clause.sentence.says_the_same_as(&sentence));
    put(&mut statement.said, session, same);
    let contrary = clauses.iter().filter(|clause| clause.sentence.denies(&sentence));
    put(&mut statement.denied, session, contrary);
}

/// Notes each person once a session.
fn put<'c, 'a: 'c>(
    into: &mut BTreeMap<SessionId, Vec<Saying>>,
    session: &Normalised,
    clauses: impl Iterator<Item = &'c Clause<'a>>,
) {
    let mut sayings: Vec<Saying> = Vec::new();
    for clause in clauses {
        if sayings.iter().any(|known| known.principal == clause.principal) {
            continue;
        }
        sayings.push(Saying {
            by: clause.by,
            principal: clause.principal.clone(),
            team: session.team.as_ref().map(ToString::to_string),
            quote: clause.quote.clone(),
        });
    }
    replace(into, session, sayings);
}

/// Counts the sessions in which a tool of the own machine says it when it fails.
fn by_tools(session: &Normalised, statement: &mut Statement) {
    let Some((tool, class)) = &statement.tool else { return };
    let sentence = Sentence::of(&statement.text);
    let failing = session.steps.iter().filter(|step| tool_key(step) == tool).find_map(|step| {
        let failure = step.failure.as_ref().filter(|failure| !failure.external && failure.class == *class)?;
        Sentence::of(&failure.line).says_the_same_as(&sentence).then_some(failure)
    });
    let saying = failing.map(|failure| Saying {
        by: Channel::Tool,
        principal: session.principal.as_ref().map(ToString::to_string),
        team: session.team.as_ref().map(ToString::to_string),
        quote: Quote { span: failure.span.clone(), text: failure.line.clone() },
    });
    replace(&mut statement.said, session, saying.into_iter().collect());
}

fn replace(into: &mut BTreeMap<SessionId, Vec<Saying>>, session: &Normalised, sayings: Vec<Saying>) {
    match sayings.is_empty() {
        true => into.remove(&session.id),
        false => into.insert(session.id.clone(), sayings),
    };
}
