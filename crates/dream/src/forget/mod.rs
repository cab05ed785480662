//! Forgetting: the memory as it would be if some sessions had never been read, or a person had never said a word.
//!
//! The dream is dreamt again without them. What is still supported is written anew, from what is left; what only they
//! supported is taken out, wherever it is, also from the archive. [`Traces`] of what they alone said tell whether
//! anything of it is left in a file.

mod support;
mod taken;

use std::collections::BTreeSet;

use somnium_memory::{Memory, MemoryPath, Owner, Traces, ownership};
use somnium_types::{BlockId, ClaimId, PrincipalId, SessionId};

use self::taken::Taken;
use crate::ledger::Ledger;
use crate::normalise::Normalised;
use crate::report::ClaimState;
use crate::{DreamError, Dreamt, Options, Past, Prior, dream};

pub use taken::each_text;

/// Whom or what to forget.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Forget {
    /// One session.
    Session(SessionId),
    /// A person: the sessions that ran for them, and what they said in others.
    Principal(PrincipalId),
}

impl Forget {
    /// Returns the name that must not be found any more.
    pub fn name(&self) -> &str {
        match self {
            Self::Session(id) => id.as_str(),
            Self::Principal(name) => name.as_str(),
        }
    }

    /// Takes it out of `sessions`. Returns how many were left out or shortened.
    pub fn take_out(&self, sessions: &mut Vec<Normalised>) -> usize {
        let taken = Taken::from(std::mem::take(sessions), self);
        *sessions = taken.kept;
        taken.ids.len() + taken.shortened
    }
}

/// What is left, and what went.
#[derive(Clone, Debug)]
pub struct Forgotten {
    /// The dream without what is forgotten.
    pub dreamt: Dreamt,
    /// The sessions that stay.
    pub kept: Vec<Normalised>,
    /// The sessions that are forgotten whole.
    pub sessions: BTreeSet<SessionId>,
    /// How many others lost something that was said in them.
    pub shortened: usize,
    /// Blocks that were taken out of the memory.
    pub withdrawn: Vec<BlockId>,
    /// What must not be found any more.
    pub traces: Traces,
}

/// Forgets. `prior.sessions` has to be [`Past::Read`]: what was not read cannot be told apart.
///
/// # Errors
///
/// As [`dream`].
pub fn forget(prior: Prior, what: &Forget, options: &Options) -> Result<Forgotten, DreamError> {
    // With everything still there, to know what supports what.
    let before = dream(Vec::new(), prior.clone(), options)?;
    let sessions = match prior.sessions.clone() {
        Past::Read(sessions) => sessions,
        Past::Unread => Vec::new(),
    };
    let taken = Taken::from(sessions, what);
    let supported = support::of(&before);
    let tally = before.tally.without(&taken.ids);
    let mut ledger = Ledger::load(&before.ledger, crate::tally::Counts::default())?;
    ledger.forget(&taken.ids, what, taken.kept.len());
    let left = Prior {
        ledger: ledger.save()?,
        tally: Some(tally),
        sessions: Past::Read(taken.kept.clone()),
        ..prior
    };
    let mut after = dream(Vec::new(), left, options)?;
    let remaining = support::of(&after);

    let mut traces = taken.traces(what);
    // What is said without them is not theirs.
    traces.spare(&taken::texts_of(&after.report));
    let fresh = fresh(&after);
    for block in after.memory.blocks().iter().filter(|block| fresh.contains(&block.id)) {
        traces.spare(&block.title);
        traces.spare(&block.body);
    }
    let owners = ownership(&after.memory, &after.baselines);
    let blocks = after.memory.blocks();
    let ours = blocks.iter().filter(|block| owners.get(&block.id) == Some(&Owner::Ours));
    let withdrawn: Vec<BlockId> = ours
        .filter(|block| {
            let claim = ClaimId::from(block.id.as_str());
            let is_gone = supported.contains(&claim) && !remaining.contains(&claim);
            let tells = || traces.find(format!("{}\n{}", block.title, block.body).as_bytes()).is_some();
            is_gone || !fresh.contains(&block.id) && tells()
        })
        .map(|block| block.id.clone())
        .collect();
    after.memory = without(&after.memory, &withdrawn)?;
    for id in &withdrawn {
        after.baselines.blocks.remove(id);
    }
    let mut ledger = Ledger::load(&after.ledger, crate::tally::Counts::default())?;
    for id in &withdrawn {
        ledger.standings.remove(&ClaimId::from(id.as_str()));
    }
    after.ledger = ledger.save()?;
    let gone: BTreeSet<&str> = withdrawn.iter().map(BlockId::as_str).collect();
    after.report.claims.retain(|claim| !gone.contains(claim.id.as_str()));
    Ok(Forgotten {
        dreamt: after,
        kept: taken.kept,
        sessions: taken.ids,
        shortened: taken.shortened,
        withdrawn,
        traces,
    })
}

/// Returns the blocks that this dream wrote from the sessions that it had.
fn fresh(dreamt: &Dreamt) -> BTreeSet<BlockId> {
    let claims = dreamt.report.claims.iter().filter(|claim| claim.state != ClaimState::Human);
    let rows = dreamt.report.quarantine.iter().map(|row| row.id.clone());
    claims.map(|claim| BlockId::from(claim.id.as_str())).chain(rows).collect()
}

/// Takes blocks out, and files in which nothing is left but their heading.
fn without(memory: &Memory, blocks: &[BlockId]) -> Result<Memory, DreamError> {
    let paths: BTreeSet<MemoryPath> =
        blocks.iter().filter_map(|id| memory.block(id)).map(|block| block.path).collect();
    let mut after = somnium_memory::without(memory, blocks)?;
    for path in paths.iter().filter(|path| **path != MemoryPath::index()) {
        let text = after.get(path).map(String::from_utf8_lossy).unwrap_or_default();
        let is_empty = text.lines().all(|line| line.trim().is_empty() || line.starts_with('#'));
        if is_empty {
            after.remove(path);
        }
    }
    Ok(after)
}
