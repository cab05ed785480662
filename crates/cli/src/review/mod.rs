//! Reviews: what a dream proposes, laid aside in the folder, decided by a person, published.
//!
//! Whoever lays a proposal aside (`dream --review`, a schedule) and whoever takes it up later (`memory review`, a
//! review file) share what is here.

mod ask;
mod file;
mod keys;
mod parse;
mod show;
mod told;

use std::collections::BTreeMap;

use somnium_dream::review::{Decision, Decisions, Item, Review, Reviewer};
use somnium_memory::store::{Folder, Proposal, Publication, Reviewed};
use somnium_memory::unified_diff;
use somnium_types::{BlockId, DreamId};

use crate::fault::Fault;
use crate::person::Person;
use crate::record::{Decided, RunRecord};

pub(crate) use ask::{Ended, ask};
pub(crate) use file::{FileOutcome, apply_or_write};
pub(crate) use told::{list, print_ended, print_file};

/// A proposal with the decisions about it.
pub(crate) struct Sitting {
    proposal: Proposal,
    record: RunRecord,
    review: Review,
    decisions: Decisions,
    /// What the dream counted, where it was dreamt just now.
    tally: Option<Vec<u8>>,
}

/// What was published.
pub(crate) struct Done {
    /// Items by what was decided.
    pub(crate) decisions: BTreeMap<String, String>,
    /// The files that changed.
    pub(crate) files: Vec<String>,
    /// Blocks that people changed since the dream read them.
    pub(crate) kept: Vec<BlockId>,
}

impl Sitting {
    /// Takes a proposal up, with what was decided of it so far.
    ///
    /// # Errors
    ///
    /// SOM014 where this version cannot read its report.
    pub(crate) fn of(proposal: Proposal) -> Result<Self, Fault> {
        let record: RunRecord = serde_json::from_value(proposal.report.clone()).map_err(|error| {
            let message = format!(
                "what dream `{}` proposed is not what this version of somnium writes",
                proposal.dream
            );
            Fault::new("SOM014", message).because(error).hint(
                "`somnium memory review --drop` takes it away; then dream again, and review what comes of it",
            )
        })?;
        let (before, after) = ((&proposal.before, &proposal.then), (&proposal.after, &proposal.state));
        let review = Review::new(before, after, &record.report, record.options.index_tokens);
        // What is no decision any more is asked again.
        let decisions: Decisions = serde_json::from_value(proposal.decisions.clone()).unwrap_or_default();
        let decisions = decisions.into_iter().filter(|(id, decision)| review.check(id, decision).is_ok());
        Ok(Self { decisions: decisions.collect(), proposal, record, review, tally: None })
    }

    /// Takes up what a dream of this process laid aside.
    ///
    /// # Errors
    ///
    /// As [`Sitting::of`], and what reading the proposal returns.
    pub(crate) fn of_dream(folder: &Folder, dream: &DreamId, tally: Option<Vec<u8>>) -> Result<Self, Fault> {
        Ok(Self { tally, ..Self::of(folder.proposal(dream)?)? })
    }

    /// Returns the dream whose proposal it is.
    pub(crate) fn dream(&self) -> &DreamId {
        &self.proposal.dream
    }

    /// Returns what there is to decide.
    pub(crate) fn items(&self) -> &[Item] {
        self.review.items()
    }

    /// Returns what was decided, item by item; `None` for what was not.
    pub(crate) fn decided(&self, item: &Item) -> Option<&Decision> {
        self.decisions.get(&item.id)
    }

    /// Keeps what was decided so far.
    ///
    /// # Errors
    ///
    /// What writing returns.
    pub(crate) fn keep(&self, folder: &mut Folder) -> Result<(), Fault> {
        let person = Person::here();
        let decisions =
            serde_json::to_value(&self.decisions).map_err(|error| Fault::from_error("SOM011", &error))?;
        Ok(folder.keep_decisions(&self.proposal.dream, &decisions, person.writer(), person.now())?)
    }

    /// Carries the decisions out. What was not decided is left for later.
    ///
    /// # Errors
    ///
    /// SOM017 for decisions that cannot be carried out, SOM012, SOM016 and SOM017 where the memory does not allow it.
    pub(crate) fn publish(&self, folder: &mut Folder) -> Result<Done, Fault> {
        let person = Person::here();
        let reviewer = Reviewer { name: person.name().map(str::to_owned), at: person.now() };
        let decided = self
            .review
            .decide(&self.decisions, &reviewer)
            .map_err(|error| Fault::from_error("SOM017", &error))?;
        let names = self.items().iter().map(|item| {
            let decision = self.decided(item).unwrap_or(&Decision::Later);
            (item.id.clone(), name(decision).to_owned())
        });
        let names: BTreeMap<_, _> = names.collect();
        let record = RunRecord {
            report: decided.report,
            diff: unified_diff(&self.proposal.before, &decided.memory),
            review: Some(Decided { by: reviewer.name, at: reviewer.at, decisions: names.clone() }),
            ..self.record.clone()
        };
        let report = serde_json::to_value(&record).map_err(|error| Fault::from_error("SOM011", &error))?;
        let publication = Publication {
            dream: &self.proposal.dream,
            at: self.proposal.at,
            after: &decided.memory,
            state: &decided.state,
            sessions: self.proposal.sessions.as_deref(),
            tally: self.tally.as_deref(),
            report: &report,
        };
        let reviewed = Reviewed { publication, by: person.writer(), at: reviewer.at };
        let published = folder.publish_reviewed(reviewed, Some(&self.proposal))?;
        let files = published.files.iter().map(|path| format!("/{path}")).collect();
        Ok(Done { decisions: names, files, kept: published.kept })
    }
}

/// Returns the latest proposal of a folder that can still be published.
///
/// # Errors
///
/// SOM017 where all are out of date; what reading returns.
pub(crate) fn waiting(folder: &Folder) -> Result<Option<Proposal>, Fault> {
    let mut proposals = folder.proposals()?;
    let is_any = !proposals.is_empty();
    proposals.retain(|proposal| !proposal.outdated);
    match proposals.pop() {
        None if is_any => {
            let message = "what waits for a review is out of date: another dream was published since";
            Err(Fault::new("SOM017", message).hint(
                "`somnium memory review --drop` takes it away; then dream again, and review what comes of it",
            ))
        }
        latest => Ok(latest),
    }
}

/// Returns what a decision is called.
pub(crate) fn name(decision: &Decision) -> &'static str {
    match decision {
        Decision::Accept => "accept",
        Decision::Edit(_) => "edit",
        Decision::Reject => "reject",
        Decision::Later => "later",
    }
}
