//! Statements: sentences that people said, or that a tool said when it failed, kept in the ledger with everybody who
//! said them.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};
use somnium_types::{BlockId, ClaimId, SessionId};

use super::cited::Cited;
use super::same::Sentence;
use super::{Bench, Proposed, recount};
use crate::channel::Channel;
use crate::ledger::{Ledger, claim_id};
use crate::normalise::{Class, Quote};
use crate::report::{ClaimKind, PreferenceSignature, Scope};

/// What distinguishes the ids of statements from those of other preferences.
const NAMESPACE: &str = "statement";

/// The statements of a store, by the id that they have where they hold for everybody.
pub(crate) type Statements = BTreeMap<ClaimId, Statement>;

/// One statement.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Statement {
    /// The words of the place that it was taken from.
    pub(crate) text: String,
    /// For whom it was proposed.
    pub(crate) asked: Scope,
    /// The tool whose answer it is, and how it failed; `None` where people say it.
    pub(crate) tool: Option<(String, Class)>,
    /// Who says it, by session.
    pub(crate) said: BTreeMap<SessionId, Vec<Saying>>,
    /// Who says the opposite.
    pub(crate) denied: BTreeMap<SessionId, Vec<Saying>>,
    /// Claims of it that people did away with.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub(crate) retired: BTreeSet<ClaimId>,
}

/// One person in one session.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Saying {
    pub(crate) by: Channel,
    pub(crate) principal: Option<String>,
    pub(crate) team: Option<String>,
    pub(crate) quote: Quote,
}

/// What a claim made of a statement has of its own.
#[derive(Clone, Debug)]
pub(crate) struct Stated {
    pub(crate) voice: Voice,
    pub(crate) text: String,
    /// What is reported of it.
    pub(crate) signature: PreferenceSignature,
    /// Whether it is one person's in a store of several: then it stays out of what everybody loads.
    pub(crate) private: bool,
}

/// Who says it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Voice {
    /// Somebody who may set rules.
    Operator,
    /// Enough people.
    Team,
    /// One person, for themselves.
    Person(Option<String>),
    /// A tool, when it fails so.
    Tool(String, Class),
}

impl Stated {
    /// Returns which pattern it is reported as.
    pub(crate) fn kind(&self) -> ClaimKind {
        match self.voice {
            Voice::Tool(..) => ClaimKind::Mistake,
            _ => ClaimKind::Preference,
        }
    }

    /// Returns the tool whose words they are.
    pub(crate) fn tool(&self) -> Option<&str> {
        match &self.voice {
            Voice::Tool(tool, _) => Some(tool),
            _ => None,
        }
    }

    /// Whether the words are a person's, who may name an address.
    pub(crate) fn is_a_person_s(&self) -> bool {
        !matches!(self.voice, Voice::Tool(..))
    }
}

impl Statement {
    /// Returns the id of what holds for one person; that of the statement itself is for everybody.
    pub(crate) fn personal_id(&self, principal: Option<&str>) -> ClaimId {
        let who = principal.map_or_else(String::new, |who| format!("of {who}"));
        claim_id("p", &[NAMESPACE, &Sentence::of(&self.text).canonical(), "person", &who].join("\u{0}"))
    }

    /// Returns the principals that say it in their own words.
    pub(crate) fn principals(&self) -> BTreeSet<Option<&str>> {
        self.said.values().flatten().map(|saying| saying.principal.as_deref()).collect()
    }
}

/// Enters a statement, or finds the one that says the same, and notes the place as one of it.
pub(super) fn enter(
    proposal: &Proposed,
    place: Cited,
    by: Channel,
    ledger: &mut Ledger,
) -> Result<(), String> {
    let sentence = Sentence::of(&place.quote.text);
    if sentence.canonical().trim().is_empty() {
        return Err("the place that it cites has no words".to_owned());
    }
    let tool = place.tool.clone().zip(place.failure);
    let known = ledger
        .statements
        .iter()
        .find(|(_, known)| known.tool == tool && Sentence::of(&known.text).says_the_same_as(&sentence));
    let prefix = if tool.is_some() { "m" } else { "p" };
    let named = tool.as_ref().map_or("", |(tool, _)| tool);
    let id = known.map_or_else(
        || claim_id(prefix, &[NAMESPACE, &sentence.canonical(), named].join("\u{0}")),
        |(id, _)| id.clone(),
    );
    let row = ledger.sessions.get(&place.session);
    let saying = Saying {
        by,
        principal: row.and_then(|row| row.principal.clone()),
        team: row.and_then(|row| row.team.clone()),
        quote: place.quote.clone(),
    };
    let statement = ledger.statements.entry(id).or_insert_with(|| Statement {
        text: place.quote.text.clone(),
        asked: proposal.scope,
        tool,
        said: BTreeMap::new(),
        denied: BTreeMap::new(),
        retired: BTreeSet::new(),
    });
    statement.asked = statement.asked.max(proposal.scope);
    let sayings = statement.said.entry(place.session).or_default();
    if !sayings.iter().any(|known| known.principal == saying.principal) {
        sayings.push(saying);
    }
    Ok(())
}

/// Does away with a statement's claim where those say so who could have set it.
pub(super) fn retire(
    block: &BlockId,
    place: &Cited,
    bench: &Bench<'_>,
    ledger: &mut Ledger,
) -> Result<(), String> {
    const NOT_THEIRS: &str = "only what people said can be taken back by people, and only by as many";
    let claim = ClaimId::from(block.as_str());
    let sentence = Sentence::of(&place.quote.text);
    let said = recount::who_says(&sentence, bench);
    let principals: BTreeSet<Option<&str>> = said.iter().map(|(who, _)| who.as_deref()).collect();
    let is_operator = said.iter().any(|(_, by)| *by == Channel::Operator);
    let many = is_operator || principals.iter().flatten().count() >= bench.options.gates.quorum;
    let target = ledger.statements.iter_mut().find(|(id, statement)| {
        **id == claim || statement.principals().into_iter().any(|who| statement.personal_id(who) == claim)
    });
    let (id, statement) = target.ok_or(NOT_THEIRS)?;
    let said = Sentence::of(&statement.text);
    if !sentence.denies(&said) && !sentence.is_at_odds_with(&said) {
        return Err("what it cites does not speak against the note".to_owned());
    }
    let own = statement
        .principals()
        .into_iter()
        .any(|who| principals.contains(&who) && statement.personal_id(who) == claim);
    if (*id == claim && many) || own || is_operator {
        statement.retired.insert(claim);
        return Ok(());
    }
    Err(NOT_THEIRS.to_owned())
}
