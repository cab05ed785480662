//! The report of effects.

use std::collections::BTreeMap;

use somnium_memory::{Block, Owner, ownership};
use somnium_types::{BlockId, ClaimId};

use super::compare::Compared;
use super::report::*;
use super::track::{Group, Track};
use super::verdict::{Assessed, Subject, assess};
use super::{guard, windows};
use crate::Prior;
use crate::gate::Judged;
use crate::health::{Meaning, was_shown};
use crate::ledger::{Ledger, Standing};
use crate::propose::ARCHIVE;
use crate::report::ClaimState;

/// Tells of every note that was written and is still in the memory.
pub(super) fn tell(judged: &[Judged], ledger: &Ledger, prior: &Prior) -> EffectReport {
    let blocks: BTreeMap<BlockId, Block> =
        prior.memory.blocks().into_iter().map(|block| (block.id.clone(), block)).collect();
    let owners = ownership(&prior.memory, &prior.baselines);
    let marks = crate::health::marks(&prior.memory);
    let assessed = assess(Subject::of(judged));
    let by_id: BTreeMap<&ClaimId, &Judged> = judged.iter().map(|claim| (&claim.id, claim)).collect();
    let notes = ledger.standings.iter().filter_map(|(id, standing)| {
        let block = blocks.get(&BlockId::from(id.as_str()))?;
        let claim = by_id.get(id).copied();
        let of_a_person = owners.get(&block.id) != Some(&Owner::Ours);
        let blank = blank(id, block, claim, standing, of_a_person);
        Some(match (assessed.get(id), claim) {
            (Some(assessed), Some(claim)) => measured(blank, claim, assessed),
            _ => {
                let shown = ledger
                    .sessions
                    .values()
                    .filter(|row| standing.precedes(row) && was_shown(row, id, marks.get(id)));
                let (sessions, last) =
                    shown.fold((0, None), |(n, last), row| (n + 1, row.ended_at.max(last)));
                let exposures = Exposures { sessions, last, ..Exposures::default() };
                NoteEffect { exposures, ..blank }
            }
        })
    });
    let mut notes: Vec<NoteEffect> = notes.collect();
    notes.sort_by(|a, b| {
        let weight = |note: &NoteEffect| note.against.before.map_or(0.0, |found| -found.difference.abs());
        (a.verdict.kind.cmp(&b.verdict.kind))
            .then(b.exposures.with_occasion.min(1).cmp(&a.exposures.with_occasion.min(1)))
            .then(weight(a).total_cmp(&weight(b)))
            .then(b.exposures.sessions.cmp(&a.exposures.sessions))
            .then_with(|| a.id.cmp(&b.id))
    });
    EffectReport {
        sessions: ledger.sessions.len() as u64,
        until: ledger.newest(),
        hold_back: prior.hold_back.clone(),
        notes,
    }
}

/// A note of which nothing was counted.
fn blank(
    id: &ClaimId,
    block: &Block,
    claim: Option<&Judged>,
    standing: &Standing,
    of_a_person: bool,
) -> NoteEffect {
    let is_archived = block.path.as_str().starts_with(ARCHIVE);
    let state = match claim {
        _ if is_archived => ClaimState::Archived,
        _ if of_a_person => ClaimState::Human,
        Some(claim) => claim.state,
        None => ClaimState::Withdrawn,
    };
    let text = match claim {
        Some(_) => "not measured: it is kept because people say it",
        None => "not measured: no session shows its pattern any more",
    };
    NoteEffect {
        id: id.clone(),
        title: block.title.clone(),
        path: format!("/{}", block.path),
        kind: claim.map(|claim| claim.detail.kind()),
        state,
        of_a_person,
        published: Publication { dream: standing.dream.clone(), at: standing.at },
        triggers: Triggers::default(),
        exposures: Exposures::default(),
        measure: Measure::Nothing,
        against: Contrasts::default(),
        failed: Contrasts::default(),
        saved: None,
        dealt: None,
        verdict: Verdict { kind: EffectKind::NotMeasured, text: text.to_owned(), beside: None, q_harm: None },
        guard: None,
        windows: Vec::new(),
    }
}

fn measured(blank: NoteEffect, claim: &Judged, assessed: &Assessed<'_>) -> NoteEffect {
    let Assessed { track, compared, verdict } = assessed;
    let shown = track.total(Group::Shown);
    let is_broken = verdict.kind == EffectKind::ReadAndBroken;
    NoteEffect {
        triggers: Triggers { sessions: track.triggers.0, steps: track.triggers.1 },
        exposures: Exposures {
            sessions: track.exposures,
            with_occasion: shown.sessions,
            followed: claim.health.followed,
            violated: claim.health.violated,
            last: track.last,
        },
        measure: match claim.detail.meaning() {
            Meaning::Violated => Measure::Mistake,
            Meaning::SaidAgain => Measure::SaidAgain,
            Meaning::Followed => Measure::NotFollowed,
        },
        against: rounded(compared.against),
        failed: rounded(compared.failed),
        saved: saved(compared),
        dealt: compliance(track),
        guard: is_broken.then(|| guard::propose(claim, &blank.title)).flatten(),
        windows: windows::cut(track),
        verdict: verdict.clone(),
        ..blank
    }
}

fn compliance(track: &Track) -> Option<Compliance> {
    let all = track.dealt.values();
    let sums = all.fold([(0, 0); 2], |mut sums, cells| {
        sums.iter_mut().zip(cells).for_each(|(sum, cell)| {
            sum.0 += cell.sessions;
            sum.1 += cell.shown;
        });
        sums
    });
    let [(held_back, held_back_shown), (given, given_shown)] = sums;
    (!track.dealt.is_empty()).then_some(Compliance { given, given_shown, held_back, held_back_shown })
}

/// What is printed is what is stored: digits beyond these say nothing.
fn rounded(contrasts: Contrasts) -> Contrasts {
    let round = |value: f64| (value * 1e4).round() / 1e4;
    let rate = |rate: Rate| Rate { rate: round(rate.rate), ..rate };
    let contrast = |found: Contrast| Contrast {
        with: rate(found.with),
        without: rate(found.without),
        difference: round(found.difference),
        interval: found.interval.map(round),
        p_harm: round(found.p_harm),
        ..found
    };
    Contrasts {
        before: contrasts.before.map(contrast),
        not_shown: contrasts.not_shown.map(contrast),
        held_back: contrasts.held_back.map(contrast),
    }
}

fn saved(compared: &Compared) -> Option<Saved> {
    let round = |value: f64| (value * 100.0).round() / 100.0;
    let mean =
        |found: PerSession| PerSession { mean: round(found.mean), interval: found.interval.map(round) };
    compared.saved.map(|saved| Saved {
        steps: mean(saved.steps),
        tokens: saved.tokens.map(mean),
        steps_in_all: round(saved.steps_in_all),
        ..saved
    })
}
