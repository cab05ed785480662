//! Emergent team preferences: what several people ask for again and again.
//!
//! People's own clauses are read one by one ([`reading`]), by the phrase tables of their language ([`language`]).
//! What is wanted about the same thing makes a [`slots::Cluster`]; within it everybody stands where their latest
//! word puts them ([`quorum`]), and what is wanted has to stand out against everything else that is said
//! ([`weights`]).

mod camps;
mod language;
mod leaning;
pub(crate) mod look;
mod quorum;
mod quoting;
mod reading;
mod signals;
mod slots;
mod weights;
mod words;

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};
use somnium_types::SessionId;

use crate::Options;
use crate::detect::{Detail, Finding};
use crate::held_out::Split;
use crate::normalise::{Normalised, Quote};
use crate::report::{PreferenceSignature, Scope};

use camps::{Matter, Settled};
use signals::Saying;

/// Marks a value that people are against.
const AGAINST: &str = "not ";
/// The attribute of what no table has a name for.
const MANNER: &str = "manner";
/// Most findings that are returned: the strongest.
const MAX_FINDINGS: usize = 200;

/// What only preferences have.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Preference {
    /// What is reported of it.
    pub(crate) signature: PreferenceSignature,
    /// The wording that stands for all, and more that say the same.
    pub(crate) wording: String,
    pub(crate) also: Vec<String>,
    /// What those say who want it otherwise, and what was said before people changed their minds; with how many.
    pub(crate) dissent: Option<(u64, String)>,
    pub(crate) before: Option<(u64, String)>,
    /// Whether both sides have a quorum.
    pub(crate) is_conflict: bool,
    /// The places of all these words.
    pub(crate) cited: Vec<(SessionId, Vec<Quote>)>,
}

impl Preference {
    /// Numbers that a note may say beyond support and outcome.
    pub(crate) fn numbers(&self) -> Vec<String> {
        let signature = &self.signature;
        let others = signature.dissent.iter().chain(&signature.given_up);
        let others = others.flat_map(|other| [other.principals, other.sessions]);
        others.chain([signature.principals, signature.sessions]).map(|number| number.to_string()).collect()
    }
}

/// Runs the detector.
pub(crate) fn detect(sessions: &[&Normalised], split: Split, _options: &Options) -> Vec<Finding> {
    let sayings = signals::collect(sessions);
    let known: BTreeSet<&str> =
        sessions.iter().map(|s| s.principal.as_ref().map_or("", |who| who.as_str())).collect();
    let speakers = sayings.iter().map(|saying| saying.who).chain(known).collect::<BTreeSet<_>>();
    let store = Store { sayings: &sayings, split, shared_by: speakers.len(), sessions: sessions.len() };
    let mut findings: Vec<Finding> = store.findings();
    findings.sort_by(|a, b| b.worth.total_cmp(&a.worth).then_with(|| a.canonical.cmp(&b.canonical)));
    // "Short bullet points" names two attributes; it is one wish.
    let mut said = BTreeSet::new();
    let words = |finding: &Finding| -> Vec<(SessionId, u32, u32)> {
        let places =
            finding.seen.iter().flat_map(|(id, quotes)| quotes.iter().map(move |quote| (id, &quote.span)));
        places.map(|(id, span)| (id.clone(), span.event, span.start)).collect()
    };
    findings.retain(|finding| finding.lacks.is_some() || said.insert(words(finding)));
    findings.truncate(MAX_FINDINGS);
    findings
}

/// Everything that was said, and by how many.
pub(crate) struct Store<'s> {
    sayings: &'s [Saying<'s>],
    split: Split,
    shared_by: usize,
    sessions: usize,
}

impl<'s> Store<'s> {
    fn findings(&'s self) -> Vec<Finding> {
        let matters = self.of_attributes().into_iter().chain(self.of_words());
        let settled = matters.filter_map(|matter| Some((matter.settle(self.split)?, matter)));
        settled.map(|(settled, matter)| self.finding(&matter, &settled)).collect()
    }

    fn finding(&'s self, matter: &Matter<'s>, settled: &Settled<'s>) -> Finding {
        let (scope, lacks) = self.judge(matter, settled);
        let quoted = quoting::quote(matter, settled);
        let signature = PreferenceSignature {
            situation: matter.situation(),
            attribute: matter.attribute.clone().unwrap_or_else(|| MANNER.to_owned()),
            value: match &matter.attribute {
                Some(_) => settled.value.clone(),
                None => quoted.value.clone(),
            },
            principals: settled.camp.people().iter().filter(|who| !who.is_empty()).count() as u64,
            sessions: settled.camp.sessions().len() as u64,
            dissent: settled.others.iter().map(|(value, camp)| camps::count(value, camp)).collect(),
            given_up: settled.given_up.iter().map(|(value, camp)| camps::count(value, camp)).collect(),
        };
        let lacks =
            lacks.or_else(|| quoted.wording.is_empty().then(|| "no complete sentence says it".to_owned()));
        let wording = if quoted.wording.is_empty() { quoting::fragment(settled) } else { quoted.wording };
        let is_conflict = settled.is_conflict();
        let mut seen = settled.seen();
        if is_conflict {
            for camp in settled.others.values() {
                camps::add(&mut seen, camp);
            }
        }
        Finding {
            canonical: matter.canonical(&settled.value, is_conflict),
            scope,
            worth: seen.len() as f64 / self.sessions.max(1) as f64,
            seen,
            outcome: None,
            lacks,
            confirmed: None,
            project: settled.project(),
            detail: Detail::Preference(Box::new(Preference {
                signature,
                wording,
                also: quoted.also,
                dissent: quoted.dissent,
                before: quoted.before,
                is_conflict,
                cited: quoted.cited,
            })),
        }
    }

    /// Returns for whom it holds, and what it lacks.
    fn judge(&'s self, matter: &Matter<'s>, settled: &Settled<'s>) -> (Scope, Option<String>) {
        let others = settled.others.values().flat_map(|camp| camp.people()).filter(|who| !who.is_empty());
        let others = others.collect::<BTreeSet<_>>().len();
        if settled.is_conflict() {
            return (Scope::Team, None);
        }
        let (scope, lacks) = quorum::scope(&settled.camp, others, self.shared_by);
        let z = self.z(matter, settled);
        let lacks = lacks.or_else(|| (z < weights::Z).then(|| format!("it does not stand out (z {z:.1})")));
        (scope, lacks)
    }

    /// By how much it stands out among what is wanted, against everything else that is said.
    fn z(&'s self, matter: &Matter<'s>, settled: &Settled<'s>) -> f64 {
        let project = settled.project();
        let is_here = |saying: &Saying<'_>| {
            (saying.is_about_how() || !saying.reading.values.is_empty())
                && (project.is_none() || saying.session.project == project)
        };
        let (mut here, mut elsewhere) = (weights::Rate::default(), weights::Rate::default());
        for saying in self.sayings.iter().filter(|saying| self.split.mines(&saying.session.id)) {
            match saying.strength().filter(|_| is_here(saying)) {
                Some(_) => here.all += 1.0,
                None => {
                    elsewhere.all += 1.0;
                    elsewhere.of_these += f64::from(u8::from(matter.is_said_by(saying, &settled.value)));
                }
            }
        }
        let said = settled
            .mined
            .sayings
            .iter()
            .filter_map(|saying| Some((saying.who, saying.session.id.as_str(), saying.weight()?)));
        // Where there is only one person, nobody can be too loud.
        let cap = if self.shared_by > 1 { weights::PER_PERSON } else { usize::MAX };
        here.of_these = weights::capped(said, cap);
        weights::z(here, elsewhere)
    }
}
