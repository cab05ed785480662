#![doc = include_str!("../README.md")]
#![warn(missing_docs)]

pub mod attribution;
mod channel;
mod compose;
mod detect;
pub mod digest;
pub mod effect;
mod error;
pub mod eval;
mod evidence;
mod forget;
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
mod reconcile;
mod report;
pub mod review;
pub mod sequence;
pub mod stats;
mod tally;
mod tell;
mod validate;

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};

use somnium_memory::store::{HoldBack, Tombstone};
use somnium_memory::{Baselines, Memory, Places};
use somnium_types::{BlockId, DreamId, SessionId};

pub use channel::Channel;
pub use detect::TemplateTree;
pub use detect::workflows::{NullModel, WorkflowsFound, frequent_patterns, null_sessions, workflows_found};
pub use effect::{EffectAction, EffectKind, EffectRemark, EffectReport, NoteEffect};
pub use error::DreamError;
pub use evidence::excerpt;
pub use forget::{Forget, Forgotten, each_text, forget};
pub use normalise::{
    Arg, Class, Fact, Failure, Normalised, Quote, Source, Span, Step, Turn, VERSION, WILDCARD, Written,
    classify, join, mask, normalise, shell, with_masked,
};
pub use options::{Gates, Options};
pub use proposal::{Citation, Composer, Library, Offline, Proposed, View};
pub use reconcile::{Action, EntryOwner, FindingKind, Reconciled, Reconciling};
pub use report::*;
pub use tally::Tally;

use gate::Judged;
use held_out::Split;
use ledger::Ledger;
use proposal::{Bench, Rules};
use tally::Comparison;

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
    /// What a person closed to dreams: nothing in it is changed, moved or added.
    pub frozen: Places,
    /// How many sessions start without a note, oldest first.
    pub hold_back: Vec<HoldBack>,
    /// The machine ledger as the last dream returned it; `null` at first.
    pub ledger: serde_json::Value,
    /// What the last dream counted and compared. Where it is missing, that is done again over `sessions`.
    pub tally: Option<Tally>,
    /// The sessions that earlier dreams saw.
    pub sessions: Past,
}

/// The sessions that earlier dreams saw.
#[derive(Clone, Debug)]
pub enum Past {
    /// Each in its latest version. Where some are missing, patterns that only a comparison of sessions shows are
    /// looked for in the rest.
    Read(Vec<Normalised>),
    /// They were not read: what only a comparison shows stays as the tally has it. Whether that will do, says
    /// [`Tally::suffices`].
    Unread,
}

impl Default for Past {
    fn default() -> Self {
        Self::Read(Vec::new())
    }
}

impl Prior {
    /// Returns what the next dream is given after this one: everything that `dreamt` has, and the sessions.
    pub fn after(self, dreamt: Dreamt) -> Self {
        let sessions = match self.sessions {
            Past::Read(sessions) => Past::Read(kept::assemble([sessions, dreamt.news])),
            Past::Unread => Past::Unread,
        };
        Self {
            memory: dreamt.memory,
            baselines: dreamt.baselines,
            tombstones: dreamt.tombstones,
            pins: self.pins,
            frozen: self.frozen,
            hold_back: self.hold_back,
            ledger: dreamt.ledger,
            tally: Some(dreamt.tally),
            sessions,
        }
    }

    fn earlier(&self) -> &[Normalised] {
        match &self.sessions {
            Past::Read(sessions) => sessions,
            Past::Unread => &[],
        }
    }

    /// Returns every session that an earlier dream saw, with what tells its versions apart.
    fn known(&self) -> BTreeMap<&SessionId, Cow<'_, str>> {
        let counted = self.tally.iter().flat_map(Tally::known);
        let counted = counted.map(|(id, hash)| (id, Cow::Borrowed(hash)));
        let read = self.earlier().iter().map(|session| (&session.id, Cow::Owned(ledger::hash_of(session))));
        counted.chain(read).collect()
    }
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
    /// What was counted and compared, for the next dream.
    pub tally: Tally,
    /// The sessions that no earlier dream saw, or not in this version: to be kept.
    pub news: Vec<Normalised>,
}

/// Dreams: reads what happened in `sessions`, and returns the memory with what can be learnt from it.
///
/// The order of `sessions` changes nothing. [`Prior::after`] returns what the next dream is given.
///
/// # Errors
///
/// [`DreamError`] if `prior.ledger` is not one that this version wrote, or an edit cannot be applied.
pub fn dream(sessions: Vec<Normalised>, prior: Prior, options: &Options) -> Result<Dreamt, DreamError> {
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
    prior: Prior,
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
    prior: Prior,
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

impl Plug<'_> {
    /// Counting alone.
    fn offline() -> Self {
        Self { composer: &Offline, library: &(), rules: Rules::On }
    }
}

/// What a look at the sessions gave: everything up to what is written.
struct Looked {
    sessions: Vec<Normalised>,
    /// Of each of those: whether it, or this version of it, is new.
    is_news: Vec<bool>,
    id: DreamId,
    read: tell::Read,
    ledger: Ledger,
    split: Split,
    comparison: Comparison,
    judged: Vec<Judged>,
    /// Proposals that were refused outright.
    refused: Vec<NearMiss>,
}

/// Counts and judges.
fn look(
    sessions: Vec<Normalised>,
    prior: &mut Prior,
    options: &Options,
    plug: &Plug<'_>,
) -> Result<Looked, DreamError> {
    let sessions = normalise::admit(sessions, options);
    let id = tell::dream_id(&sessions, prior, options);
    let read = tell::Read::of(&sessions);
    let tally = prior.tally.take().unwrap_or_default();
    let mut ledger = Ledger::load(&prior.ledger, tally.counts)?;
    ledger.remember(prior.earlier());
    ledger.adopt(&prior.baselines);
    let is_news: Vec<bool> = sessions.iter().map(|session| ledger.is_news(session)).collect();
    // What is counted must not depend on how the sessions were cut into dreams. Where all of them are still
    // there, they are counted anew; where some are lost or were left unread, what was counted is added to.
    let known = normalise::merge(prior.earlier(), &sessions);
    let new: BTreeSet<&SessionId> = sessions.iter().map(|session| &session.id).collect();
    let counted = match ledger.begin(&known) {
        true => known.clone(),
        false => known.iter().copied().filter(|session| new.contains(&session.id)).collect(),
    };
    ledger.enter(&counted);

    let split = Split::of(ledger.sessions.len(), &options.gates);
    for (_, record) in detect::RECORDERS {
        record(&counted, split, &mut ledger);
    }
    ledger.forget_empty();
    let all = known;
    let comparison = match (&prior.sessions, tally.comparison) {
        (Past::Unread, Some(kept)) => kept,
        _ => Comparison::of(&all, split, options),
    };
    let findings = comparison.findings.clone();

    let proposed = plug.composer.propose(&View { sessions: &all, library: plug.library });
    let bench = Bench { sessions: &all, library: plug.library, options, rules: plug.rules };
    let refused = proposal::enter(proposed, &bench, &mut ledger);
    if plug.rules == Rules::On {
        proposal::recount(&bench, &mut ledger);
    }
    proposal::of_failures(&all, options.gates.sessions, &mut ledger.quarantine);

    let published = effect::Published::of(prior, &ledger);
    let mut judged = gate::judge(&ledger, findings, split, &published, options);
    proposal::judge(&ledger, prior, split, options, &mut judged);
    Ok(Looked { sessions, is_news, id, read, ledger, split, comparison, judged, refused })
}

fn run(
    sessions: Vec<Normalised>,
    mut prior: Prior,
    options: &Options,
    plug: Plug<'_>,
) -> Result<Dreamt, DreamError> {
    let looked = look(sessions, &mut prior, options, &plug)?;
    let Looked { sessions, is_news, id, read, mut ledger, split, comparison, mut judged, refused } = looked;
    let acts = effect::act(&mut judged, &mut ledger, &prior);
    let mut retiring = acts.retire;
    for retire in
        proposal::withdrawn(&ledger, &judged).into_iter().chain(health::settle(&mut judged, &mut ledger))
    {
        if retiring.iter().all(|known| known.id != retire.id) {
            retiring.push(retire);
        }
    }
    detect::workflows::link(&mut judged);
    let instructions = instructions::follow(options.instructions.as_deref(), &mut judged, &ledger);
    let projects = ledger.projects();
    let drafts = compose::compose(&judged, projects);
    let (accepted, rejected) = validate::validate(drafts, projects);
    let mut proposal = propose::propose(accepted, retiring, &ledger.quarantine, &prior, options, &id)?;
    let now = options.now.or_else(|| ledger.newest());
    health::record(&mut ledger, &proposal, &id, now);
    let all = normalise::merge(prior.earlier(), &sessions);
    let reconciled = reconcile::reconcile(&all, &mut proposal, &prior, &mut ledger, options, &id);

    let mined = gate::mined(&ledger, split, options);
    let mut is_news = is_news.into_iter();
    let news = sessions.into_iter().filter(|_| is_news.next().unwrap_or(true)).collect();
    tell::tell(tell::Told {
        id,
        read,
        news,
        comparison,
        ledger,
        mined,
        judged,
        rejected,
        refused,
        proposal,
        reconciled,
        remarks: acts.remarks,
        prior: &prior,
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
