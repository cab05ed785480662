//! What a dream does about a note's effect: one that harms leaves the index, one that is shown in vain gets a guard
//! proposed.

use std::collections::BTreeMap;

use somnium_memory::{Block, Owner, ownership};
use somnium_types::{BlockId, ClaimId};

use super::report::{EffectAction, EffectKind, EffectRemark};
use super::verdict::{Subject, assess};
use crate::Prior;
use crate::gate::Judged;
use crate::health::{EXPOSURES, OFTEN, Retire};
use crate::ledger::{Ledger, Standing};
use crate::propose::ARCHIVE;
use crate::report::ClaimState;

/// What is to be done.
#[derive(Debug, Default)]
pub(crate) struct Acts {
    /// Notes that go to the archive.
    pub(crate) retire: Vec<Retire>,
    /// What the report says.
    pub(crate) remarks: Vec<EffectRemark>,
}

/// Acts on the effects of notes. A dream that read nothing new does nothing new.
pub(crate) fn act(judged: &mut [Judged], ledger: &mut Ledger, prior: &Prior) -> Acts {
    let harmful: BTreeMap<ClaimId, String> = assess(Subject::of(judged))
        .into_iter()
        .filter(|(_, assessed)| assessed.verdict.kind == EffectKind::Harms)
        .map(|(id, assessed)| (id, assessed.verdict.text))
        .collect();
    let blocks = prior.memory.blocks().into_iter().map(|block| (block.id.clone(), block));
    let scene = Scene {
        blocks: blocks.collect(),
        owners: ownership(&prior.memory, &prior.baselines),
        harmful,
        has_news: ledger.has_news,
        dream: ledger.dreams,
    };
    let mut acts = Acts::default();
    for claim in judged {
        let Some(standing) = ledger.standings.get_mut(&claim.id) else { continue };
        let Some(block) = scene.blocks.get(&BlockId::from(claim.id.as_str())) else { continue };
        scene.harm(claim, standing, block, &mut acts);
        scene.vain(claim, standing, block, &mut acts);
    }
    acts
}

struct Scene {
    blocks: BTreeMap<BlockId, Block>,
    owners: BTreeMap<BlockId, Owner>,
    /// Notes that do harm, with the reason.
    harmful: BTreeMap<ClaimId, String>,
    has_news: bool,
    /// This dream's number.
    dream: u32,
}

impl Scene {
    /// Sends a note that does harm to the archive, and keeps it there. Who brings it back has decided; so has who wrote
    /// or changed it: they are told, and that is all.
    fn harm(&self, claim: &mut Judged, standing: &Standing, block: &Block, acts: &mut Acts) {
        if block.path.as_str().starts_with(ARCHIVE) {
            if let Some(why) = &standing.harmful {
                rest(claim, why);
            }
            return;
        }
        let Some(why) = self.harmful.get(&claim.id).filter(|_| self.has_news) else { return };
        let is_ours = self.owners.get(&block.id) == Some(&Owner::Ours);
        let action = match is_ours && standing.harmful.is_none() {
            true => EffectAction::Demoted,
            false => EffectAction::SuggestRemoval,
        };
        acts.remarks.push(remark(claim, block, action, why));
        if action == EffectAction::Demoted {
            acts.retire.push(Retire { id: claim.id.clone(), why: why.clone(), is_harmful: true });
            rest(claim, why);
        }
    }

    /// Notes since when a note is shown in vain; where it still is, though it was shortened and put first, a guard is
    /// proposed.
    fn vain(&self, claim: &Judged, standing: &mut Standing, block: &Block, acts: &mut Acts) {
        if !claim.health.is_often_violated() {
            standing.in_vain = None;
            return;
        }
        if !self.has_news {
            return;
        }
        standing.in_vain.get_or_insert(self.dream);
        let (told, against) = claim.track.as_ref().map_or((0, 0), |track| track.in_vain);
        if told >= EXPOSURES && against as f64 >= OFTEN * told as f64 {
            let why = format!(
                "shown in vain again: {against} of {told} went against it since it was shortened and put first"
            );
            acts.remarks.push(remark(claim, block, EffectAction::ProposeGuard, &why));
        }
    }
}

fn remark(claim: &Judged, block: &Block, action: EffectAction, why: &str) -> EffectRemark {
    EffectRemark { id: claim.id.clone(), title: block.title.clone(), action, why: why.to_owned() }
}

/// Takes a claim out of what is written.
fn rest(claim: &mut Judged, why: &str) {
    claim.state = ClaimState::Archived;
    claim.why = Some(why.to_owned());
}
