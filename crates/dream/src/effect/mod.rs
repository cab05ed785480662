//! Does it work? What the notes of a memory do to the sessions that are shown them.
//!
//! ```text
//! what was counted (health::Rows) → track: groups of sessions → compare: differences with intervals
//!                                 → verdict, over all notes   → act: demote, propose a guard
//!                                                             → report
//! ```
//!
//! Two ways of telling. *Before and after*: sessions that were shown a note beside those before it was written, with
//! the same occasion and within the same task. It can be had for nothing, and what else changed in between is in it.
//! *Held back*: a share of the sessions starts without the note, by hash of both; whoever was dealt the note is compared
//! with whoever was not, whatever they were shown in the end (intention to treat), so that chance alone decides between
//! the groups.

mod act;
mod compare;
mod guard;
pub mod hold_back;
pub mod means;
pub mod observe;
pub mod rates;
mod report;
mod tell;
mod track;
mod verdict;
mod windows;

use std::collections::BTreeSet;

use somnium_memory::store::HoldBack;
use somnium_memory::{Owner, ownership};
use somnium_types::{BlockId, ClaimId};

use crate::health::{self, Marks};
use crate::ledger::Ledger;
use crate::propose::ARCHIVE;
use crate::tally::Counts;
use crate::{DreamError, Options, Prior, proposal};

pub(crate) use act::act;
pub use report::*;
pub(crate) use track::{Group, Track, Tracked};

/// Returns how the notes of a memory fare, as its last dream left it.
///
/// # Errors
///
/// [`DreamError`] if `prior.ledger` is not one that this version wrote.
pub fn effect(mut prior: Prior, options: &Options) -> Result<EffectReport, DreamError> {
    let looked = crate::look(Vec::new(), &mut prior, options, &crate::Plug::offline())?;
    Ok(tell::tell(&looked.judged, &looked.ledger, &prior))
}

/// Returns the notes that a session may start without: a dream's own, which counting found and nobody pinned. What
/// people wrote, said or pinned is always shown.
///
/// # Errors
///
/// As [`effect`].
pub fn may_be_held_back(prior: &Prior) -> Result<BTreeSet<BlockId>, DreamError> {
    let ledger = Ledger::load(&prior.ledger, Counts::default())?;
    Ok(Published::of(prior, &ledger).dealt)
}

/// What is known of the notes that were written, beside what sessions did.
#[derive(Clone, Debug, Default)]
pub(crate) struct Published {
    /// By which headings they are known where markers were stripped.
    pub(crate) marks: Marks,
    /// How many sessions start without a note.
    pub(crate) arrangements: Vec<HoldBack>,
    /// The notes that are held back from some.
    dealt: BTreeSet<BlockId>,
}

impl Published {
    pub(crate) fn of(prior: &Prior, ledger: &Ledger) -> Self {
        let owners = ownership(&prior.memory, &prior.baselines);
        let said: BTreeSet<BlockId> = ledger
            .statements
            .iter()
            .flat_map(|(id, statement)| {
                let own = statement.principals().into_iter().map(|who| statement.personal_id(who));
                own.chain([id.clone()]).map(|id| BlockId::from(id.as_str())).collect::<Vec<_>>()
            })
            .collect();
        let blocks = prior.memory.blocks().into_iter();
        let dealt = blocks.filter(|block| {
            owners.get(&block.id) == Some(&Owner::Ours)
                && !proposal::is_row(&block.id)
                && !said.contains(&block.id)
                && !prior.pins.contains(&block.id)
                && !block.path.as_str().starts_with(ARCHIVE)
        });
        Self {
            marks: health::marks(&prior.memory),
            arrangements: prior.hold_back.clone(),
            dealt: dealt.map(|block| block.id).collect(),
        }
    }

    /// Returns the block of a claim where sessions are dealt it.
    pub(crate) fn dealt_as(&self, claim: &ClaimId) -> Option<BlockId> {
        let id = BlockId::from(claim.as_str());
        self.dealt.contains(&id).then_some(id)
    }
}
