//! Effects of observations that somebody else made, through the very code that judges notes: for checks from outside,
//! with worlds whose true effects are known.

use somnium_types::ClaimId;

use super::compare::Compared;
use super::means::Sample;
use super::report::{Contrasts, Saved, Verdict};
use super::track::{Cell, Group, Track};
use super::verdict::{self, Subject};
use crate::health::{self, Meaning};

/// What one session did about one note.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Observation {
    /// Its task, and that task's project.
    pub task: u32,
    /// The project.
    pub project: u32,
    /// Whether it ran after the note was written.
    pub after: bool,
    /// Whether it was shown the note then.
    pub shown: bool,
    /// What it was dealt, where notes were held back at random: whether it was to start without the note.
    pub held_back: Option<bool>,
    /// Whether it made the note's mistake.
    pub against: bool,
    /// Whether it failed, where it was judged.
    pub failed: Option<bool>,
    /// Steps that it lost to the mistake.
    pub steps: f64,
}

/// What comes of it.
#[derive(Clone, Debug, PartialEq)]
pub struct Observed {
    /// How often sessions made the mistake.
    pub against: Contrasts,
    /// How often they failed.
    pub failed: Contrasts,
    /// What the note saves.
    pub saved: Option<Saved>,
    /// What to make of it.
    pub verdict: Verdict,
}

/// Judges notes together, each by its own observations.
pub fn observe(notes: &[Vec<Observation>]) -> Vec<Observed> {
    let tracks: Vec<(ClaimId, Track)> = notes
        .iter()
        .enumerate()
        .map(|(at, sessions)| (ClaimId::from(format!("m-{at:06}")), track(sessions)))
        .collect();
    let subjects = tracks.iter().map(|(id, track)| {
        let shown = track.total(Group::Shown);
        Subject {
            id,
            meaning: Meaning::Violated,
            of_environment: false,
            often_violated: health::is_often(shown.sessions - shown.against, shown.against),
            track,
        }
    });
    let assessed = verdict::assess(subjects.collect()).into_values();
    let observed = assessed.map(|found| {
        let Compared { against, failed, saved } = found.compared;
        Observed { against, failed, saved, verdict: found.verdict }
    });
    observed.collect()
}

fn track(sessions: &[Observation]) -> Track {
    let mut track = Track { of_mistake: true, ..Track::default() };
    for session in sessions {
        let group = match (session.after, session.shown) {
            (false, _) => Group::Before,
            (true, true) => Group::Shown,
            (true, false) => Group::NotShown,
        };
        let cell = Cell {
            sessions: 1,
            against: u64::from(session.against),
            judged: u64::from(session.failed.is_some()),
            failed: u64::from(session.failed == Some(true)),
            steps: Sample::of(session.steps),
            tokens: Sample::default(),
            shown: u64::from(session.shown),
        };
        track.strata.entry((session.task, session.project)).or_default()[group as usize].add(&cell);
        if let Some(held_back) = session.held_back.filter(|_| session.after) {
            track.dealt.entry(0).or_default()[usize::from(!held_back)].add(&cell);
        }
        track.exposures += u64::from(session.after && session.shown);
    }
    track
}
