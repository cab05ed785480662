//! Stage 9: the report of a dream.

use std::collections::{BTreeMap, BTreeSet};

use somnium_memory::Block;
use somnium_memory::store::Tombstone;
use somnium_types::{BlockId, ClaimId, DreamId, SessionId, Timestamp, Usage, sha256_hex};

use crate::compose::{self, Draft};
use crate::detect::contrast::Silent;
use crate::detect::{Detail, RepairKind};
use crate::effect::{EffectAction, EffectRemark};
use crate::gate::{ChosenRepair, Judged, Loud};
use crate::health::verdict;
use crate::ledger::{Key, Ledger, hash_of};
use crate::normalise::{Normalised, Quote, WILDCARD};
use crate::proposal::{self, Stated, Voice};
use crate::propose::{ARCHIVE, Proposal};
use crate::reconcile::Reconciled;
use crate::report::*;
use crate::tally::{Comparison, Tally};
use crate::validate::Rejected;
use crate::{DreamError, Dreamt, Options, Prior, normalise};

/// The class of what no error tells of.
const SILENT: &str = "silent";
/// Most near misses that are listed; the rest is counted.
const MAX_NEAR_MISSES: usize = 1_000;

/// What this dream was given, in figures.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Read {
    sessions: u64,
    events: u64,
    steps: u64,
    failing: u64,
}

impl Read {
    pub(crate) fn of(sessions: &[Normalised]) -> Self {
        let mut read = Self { sessions: sessions.len() as u64, ..Self::default() };
        for session in sessions {
            read.events += u64::from(session.events);
            read.steps += session.steps.len() as u64;
            read.failing += session.steps.iter().filter(|step| step.failure.is_some()).count() as u64;
        }
        read
    }
}

/// What the stages hand to the report.
pub(crate) struct Told<'a> {
    pub(crate) id: DreamId,
    pub(crate) read: Read,
    pub(crate) ledger: Ledger,
    /// The sessions that were not known before, or not in this version.
    pub(crate) news: Vec<Normalised>,
    pub(crate) comparison: Comparison,
    pub(crate) mined: Vec<MinedSignature>,
    pub(crate) judged: Vec<Judged>,
    pub(crate) rejected: Vec<Rejected>,
    /// Proposals that were refused outright.
    pub(crate) refused: Vec<NearMiss>,
    pub(crate) proposal: Proposal,
    pub(crate) reconciled: Reconciled,
    /// What was done about the effects of notes.
    pub(crate) remarks: Vec<EffectRemark>,
    pub(crate) prior: &'a Prior,
    pub(crate) options: &'a Options,
    pub(crate) instructions: Option<Instructions>,
}

/// Returns the dream's id: the same for the same sessions, memory, ledger and options.
pub(crate) fn dream_id(sessions: &[Normalised], prior: &Prior, options: &Options) -> DreamId {
    let mut text = String::new();
    for (id, hash) in prior.known() {
        text.push_str(id.as_str());
        text.push('\t');
        text.push_str(&hash);
        text.push('\n');
    }
    text.push('\n');
    for session in sessions {
        text.push_str(session.id.as_str());
        text.push('\t');
        text.push_str(&hash_of(session));
        text.push('\n');
    }
    text.push_str(&prior.memory.content_sha256().to_hex());
    text.push_str(&prior.ledger.to_string());
    if !prior.hold_back.is_empty() {
        text.push_str(&serde_json::to_string(&prior.hold_back).unwrap_or_default());
    }
    text.push_str(&serde_json::to_string(options).unwrap_or_default());
    text.push_str(&normalise::COUNTED.to_string());
    DreamId::from(format!("drm_{}", sha256_hex(text.as_bytes()).prefix(24)))
}

/// Writes the report.
pub(crate) fn tell(told: Told<'_>) -> Result<Dreamt, DreamError> {
    let Told {
        id,
        read,
        news,
        comparison,
        mut ledger,
        mined,
        judged,
        rejected,
        refused,
        proposal,
        reconciled,
        mut remarks,
        prior,
        options,
        instructions,
    } = told;
    let changed = proposal.memory != prior.memory;
    let blocks: BTreeMap<BlockId, Block> =
        proposal.memory.blocks().into_iter().map(|block| (block.id.clone(), block)).collect();
    let claims: Vec<ReportedClaim> = proposal.written.iter().map(|draft| reported(draft, &blocks)).collect();
    let verdict = verdict::judge(comparison.recurrence, claims.len());
    let compared = comparison.told(ledger.sessions.len());
    let mut stages = stages(read, &ledger, &judged, &rejected, &proposal);
    stages.counts.insert("propose.refused".to_owned(), refused.len() as u64);
    stages.counts.insert("quarantine.rows".to_owned(), ledger.quarantine.len() as u64);
    stages.rejected.extend(refused);
    let mut near_misses = proposal.near_misses.clone();
    near_misses.extend(near(&judged));
    let left_out = near_misses.len().saturating_sub(MAX_NEAR_MISSES) as u64;
    near_misses.truncate(MAX_NEAR_MISSES);
    let retired = retired(&ledger, &proposal);
    // A budget, a person or a frozen folder may have kept a note where it was.
    let is_done = |remark: &EffectRemark| {
        remark.action != EffectAction::Demoted || proposal.retired.iter().any(|note| note.id == remark.id)
    };
    remarks.retain(is_done);
    let tombstones = tombstones(prior, &proposal, &id, options.now.or_else(|| ledger.newest()));
    let report = Report {
        dream: Dream {
            id,
            status: if changed { DreamStatus::Completed } else { DreamStatus::CompletedEmpty },
            sessions: read.sessions,
            events: read.events,
            seconds: 0.0,
            mode: "offline".to_owned(),
            seed: options.seed,
            usage: Usage::default(),
        },
        verdict,
        instructions,
        compared,
        claims,
        memory: proposal.counts.clone(),
        retired,
        reconciled,
        effects: remarks,
        near_misses,
        near_misses_left_out: left_out,
        quarantine: proposal::told(&ledger.quarantine),
        skipped: Vec::new(),
        next_actions: comparison.next.clone(),
    };
    let counts = ledger.take_counts();
    let ledger = ledger.save()?;
    Ok(Dreamt {
        report,
        stages,
        mined,
        news,
        tally: Tally::of(counts, comparison),
        memory: proposal.memory,
        baselines: proposal.baselines,
        tombstones,
        ledger,
    })
}

/// What people deleted: what was known, and the blocks that this dream found gone.
fn tombstones(
    prior: &Prior,
    proposal: &Proposal,
    dream: &DreamId,
    now: Option<Timestamp>,
) -> BTreeMap<BlockId, Tombstone> {
    let mut tombstones = prior.tombstones.clone();
    for block in &proposal.deleted {
        let Some(baseline) = prior.baselines.blocks.get(block) else { continue };
        tombstones.entry(block.clone()).or_insert_with(|| Tombstone {
            sha256: baseline.sha256.clone(),
            path: baseline.path.clone(),
            dream: Some(dream.clone()),
            at: now.unwrap_or_default(),
            by: None,
            why: "a person deleted the block".to_owned(),
            sketch: baseline.sketch.clone(),
        });
    }
    tombstones
}

/// The notes in the archive.
fn retired(ledger: &Ledger, proposal: &Proposal) -> Vec<Retired> {
    let why = |id: &ClaimId| ledger.standings.get(id)?.retired.clone();
    let blocks = proposal.memory.blocks().into_iter();
    let archived = blocks.filter(|block| block.path.as_str().starts_with(ARCHIVE));
    let archived = archived.filter_map(|block| {
        let id = ClaimId::from(block.id.as_str());
        let why = why(&id)?;
        let state = match ledger.claims.contains_key(&id) || ledger.standings[&id].compared {
            true => ClaimState::Archived,
            false => ClaimState::Withdrawn,
        };
        Some(Retired { id, state, title: block.title, path: format!("/{}", block.path), why })
    });
    archived.collect()
}

fn reported(draft: &Draft, blocks: &BTreeMap<BlockId, Block>) -> ReportedClaim {
    let claim = &draft.claim;
    // A person may have moved or reworded the block: what is reported is what is there.
    let block = blocks.get(&BlockId::from(claim.id.as_str()));
    let path = block.map_or(draft.path.clone(), |block| block.path.to_string());
    ReportedClaim {
        id: claim.id.clone(),
        kind: claim.detail.kind(),
        state: claim.state,
        why: claim.why.clone(),
        scope: claim.scope,
        title: block.map_or(&draft.title, |block| &block.title).clone(),
        text: block.map_or(&draft.body, |block| &block.body).clone(),
        path: format!("/{path}"),
        support: claim.support,
        health: claim.health.report(),
        outcome: claim.outcome,
        signature: signature(claim),
        evidence: evidence(claim),
    }
}

fn signature(claim: &Judged) -> Signature {
    match &claim.detail {
        Detail::Mistake(loud) => Signature::Mistake(of_loud(loud)),
        Detail::Silent(silent) => Signature::Mistake(of_silent(claim, silent)),
        Detail::Workflow(workflow) => Signature::Workflow(workflow.signature.clone()),
        Detail::Preference(preference) => Signature::Preference(preference.signature.clone()),
        Detail::Statement(stated) => of_stated(claim, stated),
    }
}

/// What people say is a preference in their words; what a tool says is a mistake whose message is known.
fn of_stated(claim: &Judged, stated: &Stated) -> Signature {
    let Voice::Tool(tool, class) = &stated.voice else {
        return Signature::Preference(stated.signature.clone());
    };
    Signature::Mistake(MistakeSignature {
        tool: tool.clone(),
        program: None,
        class: class.slug().to_owned(),
        template: Some(stated.text.clone()),
        silent: false,
        feature: None,
        repair: None,
        occurrences: claim.support.sessions,
        blame: class.usual_blame(),
        wasted: Wasted::default(),
    })
}

fn of_silent(claim: &Judged, silent: &Silent) -> MistakeSignature {
    MistakeSignature {
        tool: silent.feature.tool.clone(),
        program: None,
        class: SILENT.to_owned(),
        template: None,
        silent: true,
        feature: Some(silent.feature.clone()),
        repair: None,
        occurrences: claim.support.sessions,
        blame: Blame::Agent,
        wasted: Wasted::default(),
    }
}

fn of_loud(loud: &Loud) -> MistakeSignature {
    let Key::Mistake { tool, program, class, template } = &loud.key;
    MistakeSignature {
        tool: tool.clone(),
        program: program.clone(),
        class: class.slug().to_owned(),
        template: template.as_ref().map(|tokens| collapsed(tokens)),
        silent: false,
        feature: None,
        repair: loud.repair.as_ref().map(repair),
        occurrences: loud.occurrences,
        blame: loud.blame,
        wasted: loud.wasted,
    }
}

fn repair(chosen: &ChosenRepair) -> RepairSignature {
    let repair = &chosen.repair;
    let list =
        |verb: &str, names: &[String]| (!names.is_empty()).then(|| format!("{verb} {}", names.join(", ")));
    let change = match repair.kind {
        RepairKind::Before => format!("{} first, then the same again", repair.symbol),
        RepairKind::Switch => format!("→ {}", repair.symbol),
        RepairKind::Retry => "the same call again".to_owned(),
        RepairKind::Arguments => {
            let parts =
                [list("add", &repair.added), list("drop", &repair.removed), list("change", &repair.changed)];
            let change = parts.into_iter().flatten().collect::<Vec<_>>().join("; ");
            match &chosen.value {
                Some((_, value)) => format!("{change} → {value}"),
                None => change,
            }
        }
    };
    RepairSignature {
        tool: repair.symbol.clone(),
        change,
        recovered: chosen.recovered,
        tried: chosen.tried,
        of: chosen.of,
    }
}

/// Wildcards of a template that lie side by side are one.
fn collapsed(tokens: &[String]) -> String {
    let mut kept: Vec<&str> = Vec::new();
    for token in tokens {
        if token != WILDCARD || kept.last() != Some(&WILDCARD) {
            kept.push(token);
        }
    }
    kept.join(" ")
}

fn evidence(claim: &Judged) -> Vec<EvidenceRef> {
    let mut seen = BTreeSet::new();
    let mut refs = Vec::new();
    for (session, quotes) in claim.places.iter().chain(claim.models()) {
        for quote in quotes {
            if seen.insert((session.clone(), quote.span.event, quote.span.start, quote.span.end)) {
                refs.push(place(session, quote));
            }
        }
    }
    refs
}

fn place(session: &SessionId, quote: &Quote) -> EvidenceRef {
    EvidenceRef {
        session_id: session.clone(),
        event_index: quote.span.event,
        bytes: [quote.span.start, quote.span.end],
        sha256: quote.span.sha256.clone(),
        quote: quote.text.clone(),
    }
}

/// Candidates of at least two sessions, most sessions first, with what they lack.
fn near(judged: &[Judged]) -> Vec<NearMiss> {
    let mut near: Vec<&Judged> = judged
        .iter()
        .filter(|claim| {
            claim.state == ClaimState::Candidate && claim.support.sessions + claim.support.heldout >= 2
        })
        .collect();
    // What only lacks support may come yet; what is too general will not.
    let general = |claim: &Judged| claim.why.as_deref().is_some_and(|why| why.starts_with("too general"));
    near.sort_by(|a, b| {
        (general(a), b.support.sessions, &a.id).cmp(&(general(b), a.support.sessions, &b.id))
    });
    near.into_iter().map(missed).collect()
}

fn missed(claim: &Judged) -> NearMiss {
    NearMiss { id: claim.id.clone(), title: compose::name(claim), why: claim.why.clone().unwrap_or_default() }
}

fn stages(
    read: Read,
    ledger: &Ledger,
    judged: &[Judged],
    rejected: &[Rejected],
    proposal: &Proposal,
) -> StageCounts {
    let in_state = |state| judged.iter().filter(|claim| claim.state == state).count() as u64;
    let mut counts = BTreeMap::new();
    let mut count = |name: &str, value: u64| {
        counts.insert(name.to_owned(), value);
    };
    count("normalise.sessions", read.sessions);
    count("normalise.steps", read.steps);
    count("normalise.failing_steps", read.failing);
    count("ledger.sessions", ledger.sessions.len() as u64);
    count("ledger.claims", ledger.claims.len() as u64);
    count("gate.candidate", in_state(ClaimState::Candidate));
    count("gate.probation", in_state(ClaimState::Probation));
    count("gate.note", in_state(ClaimState::Note));
    count("validate.rejected", rejected.len() as u64);
    count("propose.written", proposal.written.len() as u64);
    let refused = rejected.iter().map(|refused| NearMiss {
        id: refused.draft.claim.id.clone(),
        title: refused.draft.title.clone(),
        why: refused.why.clone(),
    });
    StageCounts { counts, rejected: refused.collect(), kept: proposal.kept.clone() }
}
