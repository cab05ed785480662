#![doc = include_str!("../README.md")]
#![warn(missing_docs)]

pub mod attribution;
mod channel;
mod compose;
mod detect;
pub mod digest;
mod error;
pub mod eval;
mod evidence;
mod gate;
mod health;
mod held_out;
mod instructions;
pub mod kept;
mod ledger;
pub mod neardup;
pub mod next;
mod normalise;
mod options;
mod proposal;
mod propose;
mod report;
pub mod sequence;
pub mod stats;
mod tell;
mod validate;

use std::collections::{BTreeMap, BTreeSet};

use somnium_memory::store::Tombstone;
use somnium_memory::{Baselines, Memory};
use somnium_types::{BlockId, SessionId};

pub use channel::Channel;
pub use detect::TemplateTree;
pub use detect::workflows::{NullModel, WorkflowsFound, frequent_patterns, null_sessions, workflows_found};
pub use error::DreamError;
pub use evidence::excerpt;
pub use normalise::{
    Arg, Class, Fact, Failure, Normalised, Quote, Source, Span, Step, Turn, VERSION, WILDCARD, classify,
    join, mask, normalise, shell,
};
pub use options::{Gates, Options};
pub use proposal::{Citation, Composer, Library, Offline, Proposed, View};
pub use report::*;

use held_out::Split;
use ledger::Ledger;
use proposal::{Bench, Rules};

/// What earlier dreams and people left.
#[derive(Clone, Debug, Default)]
pub struct Prior {
    /// The memory's files.
    pub memory: Memory,
    /// What dreams wrote last, by block.
    pub baselines: Baselines,
    /// What people deleted.
    pub tombstones: BTreeMap<BlockId, Tombstone>,
    /// Blocks that a person wants in the always-loaded index.
    pub pins: BTreeSet<BlockId>,
    /// The machine ledger as the last dream returned it; `null` at first.
    pub ledger: serde_json::Value,
    /// Every session that earlier dreams saw, as the last one returned them. Where some are missing, patterns
    /// that only a comparison of sessions shows are looked for in the rest.
    pub sessions: Vec<Normalised>,
}

/// What a dream makes of it. Nothing is on disk yet.
#[derive(Clone, Debug)]
pub struct Dreamt {
    /// What happened, for people and programs. `seconds` and `skipped` are the caller's to fill in.
    pub report: Report,
    /// What each stage took in and refused.
    pub stages: StageCounts,
    /// Every signature that recurs, published or not.
    pub mined: Vec<MinedSignature>,
    /// The memory afterwards.
    pub memory: Memory,
    /// What dreams wrote last, afterwards.
    pub baselines: Baselines,
    /// What people deleted, as far as this dream noticed.
    pub tombstones: BTreeMap<BlockId, Tombstone>,
    /// The machine ledger for the next dream.
    pub ledger: serde_json::Value,
    /// Every session that the store knows, for the next dream.
    pub sessions: Vec<Normalised>,
}

/// Dreams: reads what happened in `sessions`, and returns the memory with what can be learnt from it.
///
/// The order of `sessions` changes nothing.
///
/// # Errors
///
/// [`DreamError`] if `prior.ledger` is not one that this version wrote, or an edit cannot be applied.
pub fn dream(sessions: Vec<Normalised>, prior: &Prior, options: &Options) -> Result<Dreamt, DreamError> {
    run(sessions, prior, options, Plug { composer: &Offline, library: &(), rules: Rules::On })
}

/// Dreams with a composer, whose proposals go through the channel rules. `library` looks up the transcripts that
/// it cites; without them it can only cite places that normalised sessions keep.
///
/// # Errors
///
/// As [`dream`].
pub fn dream_with(
    sessions: Vec<Normalised>,
    prior: &Prior,
    options: &Options,
    composer: &dyn Composer,
    library: &dyn Library,
) -> Result<Dreamt, DreamError> {
    run(sessions, prior, options, Plug { composer, library, rules: Rules::On })
}

/// The control of [`dream_with`]: the same without the channel rules, to show what they keep out.
#[doc(hidden)]
pub fn dream_without_channel_rules(
    sessions: Vec<Normalised>,
    prior: &Prior,
    options: &Options,
    composer: &dyn Composer,
    library: &dyn Library,
) -> Result<Dreamt, DreamError> {
    run(sessions, prior, options, Plug { composer, library, rules: Rules::Off })
}

/// Who proposes, and how that is checked.
struct Plug<'a> {
    composer: &'a dyn Composer,
    library: &'a dyn Library,
    rules: Rules,
}

fn run(
    sessions: Vec<Normalised>,
    prior: &Prior,
    options: &Options,
    plug: Plug<'_>,
) -> Result<Dreamt, DreamError> {
    let sessions = normalise::admit(sessions, options);
    let id = tell::dream_id(&sessions, prior, options);
    let mut ledger = Ledger::load(&prior.ledger)?;
    let read = tell::Read::of(&sessions);
    let new: BTreeSet<SessionId> = sessions.iter().map(|session| session.id.clone()).collect();
    let known = normalise::merge(&prior.sessions, sessions);
    // What is counted must not depend on how the sessions were cut into dreams. Where all of them are still
    // there, they are counted anew; where some are lost, what was counted of those is added to.
    ledger.adopt(&prior.baselines);
    let some: Vec<Normalised>;
    let counted = if ledger.begin(&known) {
        &known
    } else {
        some = known.iter().filter(|session| new.contains(&session.id)).cloned().collect();
        &some
    };
    ledger.enter(counted);

    let split = Split::of(ledger.sessions.len(), &options.gates);
    for (_, record) in detect::RECORDERS {
        record(counted, split, &mut ledger);
    }
    ledger.forget_empty();
    let all: Vec<&Normalised> = known.iter().collect();
    let findings = detect::COMPARERS.iter().flat_map(|(_, compare)| compare(&all, split, options)).collect();

    let proposed = plug.composer.propose(&View { sessions: &all, library: plug.library });
    let bench = Bench { sessions: &all, library: plug.library, options, rules: plug.rules };
    let refused = proposal::enter(proposed, &bench, &mut ledger);
    if plug.rules == Rules::On {
        proposal::recount(&bench, &mut ledger);
    }
    proposal::of_failures(&all, options.gates.sessions, &mut ledger.quarantine);

    let marks = health::marks(&prior.memory);
    let mut judged = gate::judge(&ledger, findings, split, &marks, options);
    proposal::judge(&ledger, prior, split, options, &mut judged);
    let mut retiring = proposal::withdrawn(&ledger, &judged);
    let settled = health::settle(&mut judged, &mut ledger);
    let is_new = |retire: &health::Retire| retiring.iter().all(|known| known.id != retire.id);
    let settled: Vec<_> = settled.into_iter().filter(is_new).collect();
    retiring.extend(settled);
    detect::workflows::link(&mut judged);
    let instructions = instructions::follow(options.instructions.as_deref(), &mut judged, &ledger);
    let next = next::learn(&all);
    let projects = ledger.projects();
    let drafts = compose::compose(&judged, projects);
    let (accepted, rejected) = validate::validate(drafts, projects);
    let proposal = propose::propose(accepted, retiring, &ledger.quarantine, prior, options, &id)?;
    health::record(&mut ledger, &proposal, &id);

    let mined = gate::mined(&ledger, split, options);
    tell::tell(tell::Told {
        id,
        read,
        known,
        ledger,
        mined,
        judged,
        rejected,
        refused,
        proposal,
        next,
        prior,
        options,
        instructions,
    })
}

/// Returns every word, in lower case, that a note may contain without evidence for it.
///
/// For checks from outside: the engine's own validator uses the same table.
pub fn template_words() -> std::collections::BTreeSet<String> {
    compose::phrases::lexicon()
}
