//! How the claims of one dream fare on sessions that it did not see: are they seen again, do sessions that show
//! them end worse, how much of what goes on do they explain? And what comes next, by what was published.
//!
//! Reads a report as anybody can: nothing of the machine ledger is needed.

mod known;
mod loud;
mod next;
mod outcome;
pub(crate) mod session;
mod silent;
mod workflow;

use std::collections::BTreeSet;

use serde::Serialize;
use somnium_types::ClaimId;

use crate::normalise::Normalised;
use crate::report::{ClaimKind, ClaimState, ReportedClaim, Signature};
use crate::stats;

pub use next::{ActionFate, NextAction, next_action};
pub use outcome::Fate;
use outcome::{Direction, Row};
use session::{Item, stretches};

/// Sees whether a session shows one claim.
trait Shows {
    /// Looks at one session.
    fn look(&self, session: &Normalised) -> Look;
}

/// What a session has to do with a claim.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct Look {
    /// Whether it could show it at all: it calls the tool.
    could: bool,
    /// How often it shows it.
    times: u64,
    /// The steps that show it, by their place in [`Normalised::steps`].
    steps: Vec<usize>,
}

/// Returns what sees whether a session shows `claim`; `None` for a kind of claim that cannot be looked for.
fn looker(claim: &ReportedClaim) -> Option<Box<dyn Shows>> {
    match &claim.signature {
        Signature::Mistake(mistake) if !mistake.silent => Some(Box::new(loud::Loud::of(mistake))),
        Signature::Mistake(mistake) => Some(Box::new(silent::Silent::of(mistake.feature.as_ref()?)?)),
        Signature::Preference(_) => None,
        Signature::Workflow(workflow) => Some(Box::new(workflow::Steps::of(workflow))),
    }
}

/// Returns what sees whether a session shows each claim; `None` for one that cannot be looked for. What one session
/// alone does not tell is looked for in all of them together.
fn lookers(claims: &[ReportedClaim], sessions: &[&Normalised]) -> Vec<Option<Box<dyn Shows>>> {
    let known = known::known(claims, sessions).into_iter();
    let of = |(claim, known): (&ReportedClaim, Option<known::Known>)| {
        looker(claim).or_else(|| known.map(|known| Box::new(known) as Box<dyn Shows>))
    };
    claims.iter().zip(known).map(of).collect()
}

/// Returns whether a session shows a claim; `None` where it could not, or where claims of the kind cannot be looked
/// for.
pub fn shows(claim: &ReportedClaim, session: &Normalised) -> Option<bool> {
    let look = looker(claim)?.look(session);
    look.could.then_some(look.times > 0)
}

/// How claims fare on other sessions.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Evaluation {
    /// Sessions that were looked at.
    pub sessions: u64,
    /// Those whose outcome is known.
    pub judged: u64,
    /// Those that failed.
    pub failed: u64,
    /// Claims that were seen again, of those that could be looked for.
    pub recurrence: PartOf,
    /// By kind of claim.
    pub recurrence_by_kind: Vec<(ClaimKind, PartOf)>,
    /// How judged sessions that show at least one mistake ended.
    pub mistakes: Option<Fate>,
    /// What the claims explain.
    pub coverage: Coverage,
    /// Every claim, in the order of the report.
    pub claims: Vec<ClaimFate>,
}

/// Some of a whole.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct PartOf {
    /// How many.
    pub n: u64,
    /// Of how many.
    pub of: u64,
}

impl PartOf {
    fn add(&mut self, is_one: bool) {
        self.n += u64::from(is_one);
        self.of += 1;
    }
}

/// What some claim explains.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Coverage {
    /// Failing steps that are a mistake that the claims know.
    pub failing_steps: PartOf,
    /// Failed sessions that show a mistake that the claims know.
    pub failed_sessions: PartOf,
    /// Stretches of work (on one thread, between two requests) in which a workflow is followed.
    pub stretches: PartOf,
}

/// How one claim fares.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct ClaimFate {
    /// The claim.
    pub id: ClaimId,
    /// Which pattern.
    pub kind: ClaimKind,
    /// How far it had come.
    pub state: ClaimState,
    /// Its heading.
    pub title: String,
    /// Whether it can be looked for in a session.
    pub checked: bool,
    /// Sessions that show it, of those that could: they call its tool.
    pub sessions: PartOf,
    /// Tasks among those that show it.
    pub tasks: u64,
    /// How often it is shown in all.
    pub times: u64,
    /// How judged sessions that show it ended, beside the others that could; `None` where none was judged.
    pub outcome: Option<Fate>,
}

/// Looks for claims in sessions. The order of `sessions` changes nothing.
pub fn evaluate(claims: &[ReportedClaim], sessions: &[&Normalised]) -> Evaluation {
    let mut sessions = sessions.to_vec();
    sessions.sort_by(|a, b| a.id.cmp(&b.id));
    let lookers = lookers(claims, &sessions);
    let mut tallies: Vec<Tally<'_>> = claims.iter().map(|_| Tally::default()).collect();
    let mut any = Row::default();
    let mut coverage = Coverage::default();
    for session in &sessions {
        let failed = session.outcome.as_ref().map(somnium_types::Outcome::failed);
        let (mut failing, mut followed, mut is_mistaken) = (BTreeSet::new(), BTreeSet::new(), false);
        for ((claim, looker), tally) in claims.iter().zip(&lookers).zip(&mut tallies) {
            let Some(look) = looker.as_ref().map(|looker| looker.look(session)) else { continue };
            tally.add(session, &look, failed);
            match claim.kind {
                ClaimKind::Mistake => {
                    is_mistaken |= look.times > 0;
                    failing.extend(look.steps);
                }
                ClaimKind::Workflow => followed.extend(look.steps),
                ClaimKind::Preference => {}
            }
        }
        any.add(is_mistaken, failed);
        for (at, _) in session.steps.iter().enumerate().filter(|(_, step)| step.failure.is_some()) {
            coverage.failing_steps.add(failing.contains(&at));
        }
        if failed == Some(true) {
            coverage.failed_sessions.add(is_mistaken);
        }
        for stretch in stretches(session) {
            coverage
                .stretches
                .add(stretch.iter().any(|item| matches!(item, Item::Step(at) if followed.contains(at))));
        }
    }
    let count = |failed: &[Option<bool>]| {
        sessions
            .iter()
            .filter(|s| failed.contains(&s.outcome.as_ref().map(somnium_types::Outcome::failed)))
            .count() as u64
    };
    let mut claims: Vec<ClaimFate> = claims
        .iter()
        .zip(lookers)
        .zip(tallies)
        .map(|((claim, looker), tally)| tally.fate(claim, looker.is_some()))
        .collect();
    adjust(&mut claims);
    Evaluation {
        sessions: sessions.len() as u64,
        judged: count(&[Some(true), Some(false)]),
        failed: count(&[Some(true)]),
        recurrence: recurrence(&claims, |_| true),
        recurrence_by_kind: [ClaimKind::Mistake, ClaimKind::Workflow, ClaimKind::Preference]
            .map(|kind| (kind, recurrence(&claims, |claim| claim.kind == kind)))
            .into_iter()
            .filter(|(_, part)| part.of > 0)
            .collect(),
        mistakes: any.fate(Direction::Worse),
        coverage,
        claims,
    }
}

fn recurrence(claims: &[ClaimFate], which: impl Fn(&ClaimFate) -> bool) -> PartOf {
    let mut part = PartOf::default();
    claims.iter().filter(|claim| claim.checked && which(claim)).for_each(|claim| part.add(claim.times > 0));
    part
}

/// Turns the claims' p-values into q-values.
fn adjust(claims: &mut [ClaimFate]) {
    let p: Vec<f64> = claims.iter().filter_map(|claim| Some(claim.outcome?.q)).collect();
    let fates = claims.iter_mut().filter_map(|claim| claim.outcome.as_mut());
    fates.zip(stats::benjamini_hochberg(&p)).for_each(|(fate, q)| fate.q = q);
}

/// What is counted of one claim.
#[derive(Default)]
struct Tally<'a> {
    sessions: PartOf,
    tasks: BTreeSet<&'a str>,
    times: u64,
    row: Row,
}

impl<'a> Tally<'a> {
    fn add(&mut self, session: &'a Normalised, look: &Look, failed: Option<bool>) {
        if !look.could {
            return;
        }
        let shows = look.times > 0;
        self.sessions.add(shows);
        self.times += look.times;
        self.row.add(shows, failed);
        if shows && let Some(task) = &session.task {
            self.tasks.insert(task.as_str());
        }
    }

    fn fate(self, claim: &ReportedClaim, checked: bool) -> ClaimFate {
        let direction = match claim.kind {
            ClaimKind::Mistake => Direction::Worse,
            ClaimKind::Workflow | ClaimKind::Preference => Direction::Better,
        };
        ClaimFate {
            id: claim.id.clone(),
            kind: claim.kind,
            state: claim.state,
            title: claim.title.clone(),
            checked,
            sessions: self.sessions,
            tasks: self.tasks.len() as u64,
            times: self.times,
            outcome: self.row.fate(direction),
        }
    }
}

#[cfg(test)]
mod tests;
