//! M3, outcome lift on unseen tasks: do sessions that show a mined mistake fail more often?
//!
//! The ten claims with the clearest outcome lift on one half of the tasks are looked for in the judged sessions
//! of the other half that called the claim's tool, in the projects where it is seen. A mistake that no error tells of
//! is looked for by what the claim says alone: neither outcomes nor other sessions of the task are used.

use std::collections::{BTreeMap, BTreeSet};

use anyhow::Result;
use serde::Serialize;
use somnium_dream::eval::shows;
use somnium_dream::{Normalised, Options, stats};

use crate::baseline::{failing, tool_of};
use crate::chance::Chance;
use crate::data::Loaded;
use crate::mining::{Published, dream_of, mined};
use crate::split::Split;

/// Claims that are looked at.
const TOP: usize = 10;
/// Shuffles of the pooled test.
const SHUFFLES: usize = 2_000;

/// One claim on unseen tasks.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct ClaimLift {
    /// The set.
    pub set: String,
    /// The claim's id.
    pub id: String,
    /// Its title.
    pub title: String,
    /// Failed sessions with the mistake.
    pub fail_with: u64,
    /// Judged sessions with it.
    pub with: u64,
    /// Failed sessions that called the tool and do not show it.
    pub fail_without: u64,
    /// Judged sessions that called the tool and do not show it.
    pub without: u64,
    /// P(fail | mistake) / P(fail), both among judged sessions that called the tool; `None` without a session
    /// that shows it, or where nothing failed.
    pub lift: Option<f64>,
    /// One-sided Fisher exact test, Benjamini-Hochberg over the claims of this split.
    pub q: f64,
}

/// The measurement on one set and split.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct SplitLift {
    /// By the order of the report.
    pub claims: Vec<ClaimLift>,
    /// Failures among sessions that show a claim, summed over claims.
    pub observed: f64,
    /// The same if each of those sessions failed at the rate of its claim's tool.
    pub expected: f64,
    /// How often shuffled outcomes give as many: (shuffles that do, shuffles).
    pub shuffled: (usize, usize),
}

/// Measures one set. `None` where its judged sessions all ended alike: nothing can be told from them.
///
/// # Errors
///
/// If a dream fails.
pub fn measure(set: &Loaded, split: Split) -> Result<Option<SplitLift>> {
    let outcomes: BTreeSet<bool> = set.sessions.iter().filter_map(failed).collect();
    if outcomes.len() < 2 {
        return Ok(None);
    }
    let (fit, test) = split.cut(&set.sessions);
    let mining = mined(&dream_of(&fit, &Options::default())?)?;
    let published: Vec<&Published> = mining.published.iter().chain(&mining.silent).collect();
    Ok(Some(judge(&set.name, &top(&published, &fit), &test)))
}

/// The claims whose outcomes differ most clearly on the tasks that were mined, where all are looked for as they are
/// on unseen ones: by q, then by lift.
fn top<'p>(published: &[&'p Published], fit: &[&Normalised]) -> Vec<&'p Published> {
    let judged = judge("", published, fit).claims;
    let mut rows: Vec<(&Published, ClaimLift)> = published.iter().copied().zip(judged).collect();
    rows.retain(|(_, row)| row.with > 0);
    rows.sort_by(|(a, x), (b, y)| {
        let lift = |row: &ClaimLift| row.lift.unwrap_or(0.0);
        x.q.total_cmp(&y.q).then_with(|| lift(y).total_cmp(&lift(x))).then_with(|| a.id.cmp(&b.id))
    });
    rows.into_iter().take(TOP).map(|(claim, _)| claim).collect()
}

fn failed(session: &Normalised) -> Option<bool> {
    session.outcome.as_ref().map(somnium_types::Outcome::failed)
}

/// Looks for claims in sessions that were not mined.
pub fn judge(set: &str, top: &[&Published], test: &[&Normalised]) -> SplitLift {
    let judged: Vec<(&Normalised, bool)> =
        test.iter().filter_map(|session| Some((*session, failed(session)?))).collect();
    let shows: Vec<Vec<Shows>> = top.iter().map(|claim| shown(claim, &judged)).collect();
    let outcomes: Vec<bool> = judged.iter().map(|(_, failed)| *failed).collect();
    let mut claims: Vec<ClaimLift> =
        top.iter().zip(&shows).map(|(claim, shows)| row(set, claim, shows, &outcomes)).collect();
    let p: Vec<f64> = claims.iter().map(|claim| claim.q).collect();
    for (claim, q) in claims.iter_mut().zip(stats::benjamini_hochberg(&p)) {
        claim.q = q;
    }
    let (observed, expected) = sums(&shows, &outcomes);
    let shuffled = shuffle_test(&shows, &judged, observed / expected);
    SplitLift { claims, observed, expected, shuffled }
}

/// Whether a session has to do with a claim.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Shows {
    /// It never called the tool.
    NoChance,
    No,
    Yes,
}

fn shown(claim: &Published, judged: &[(&Normalised, bool)]) -> Vec<Shows> {
    let of = |session: &Normalised| {
        if let Some(silent) = &claim.silent {
            match shows(silent, session) {
                Some(true) => Shows::Yes,
                Some(false) => Shows::No,
                None => Shows::NoChance,
            }
        } else if failing(&[session]).iter().any(|step| claim.signature.matches(step)) {
            Shows::Yes
        } else if session.steps.iter().any(|step| claim.is_about(tool_of(step))) {
            Shows::No
        } else {
            Shows::NoChance
        }
    };
    let mut all: Vec<Shows> = judged.iter().map(|(session, _)| of(session)).collect();
    let project = |at: usize| judged[at].0.project.as_deref();
    let seen_in: BTreeSet<Option<&str>> =
        (0..all.len()).filter(|at| all[*at] == Shows::Yes).map(project).collect();
    for (at, show) in all.iter_mut().enumerate() {
        if !seen_in.contains(&project(at)) {
            *show = Shows::NoChance;
        }
    }
    all
}

fn row(set: &str, claim: &Published, shows: &[Shows], outcomes: &[bool]) -> ClaimLift {
    let count = |kind: Shows, failed: bool| {
        shows.iter().zip(outcomes).filter(|(show, outcome)| **show == kind && (!failed || **outcome)).count()
            as u64
    };
    let (fail_with, with) = (count(Shows::Yes, true), count(Shows::Yes, false));
    let (fail_without, without) = (count(Shows::No, true), count(Shows::No, false));
    let base = (fail_with + fail_without) as f64 / (with + without) as f64;
    let lift = (with > 0 && base > 0.0).then(|| fail_with as f64 / with as f64 / base);
    ClaimLift {
        set: set.to_owned(),
        id: claim.id.clone(),
        title: claim.title.clone(),
        fail_with,
        with,
        fail_without,
        without,
        lift,
        q: stats::fisher_greater(fail_with, with, fail_without, without),
    }
}

/// Returns failures among the sessions that show a claim, and how many the tools' own rates would give.
fn sums(shows: &[Vec<Shows>], outcomes: &[bool]) -> (f64, f64) {
    let (mut observed, mut expected) = (0.0, 0.0);
    for claim in shows {
        let all = || claim.iter().zip(outcomes).filter(|(show, _)| **show != Shows::NoChance);
        let with = || all().filter(|(show, _)| **show == Shows::Yes);
        let failures = all().filter(|(_, failed)| **failed).count() as f64;
        observed += with().filter(|(_, failed)| **failed).count() as f64;
        expected += with().count() as f64 * failures / (all().count().max(1) as f64);
    }
    (observed, expected)
}

/// Shuffles outcomes among the sessions of one project, and counts how often the pooled lift is as high.
/// Unlike a test that adds up tables, it may be used where one session shows several claims.
fn shuffle_test(shows: &[Vec<Shows>], judged: &[(&Normalised, bool)], lift: f64) -> (usize, usize) {
    if !lift.is_finite() {
        return (0, 0);
    }
    let mut projects: BTreeMap<Option<&str>, Vec<usize>> = BTreeMap::new();
    for (at, (session, _)) in judged.iter().enumerate() {
        projects.entry(session.project.as_deref()).or_default().push(at);
    }
    let mut chance = Chance::new(3);
    let mut outcomes: Vec<bool> = judged.iter().map(|(_, failed)| *failed).collect();
    let mut as_high = 0;
    for _ in 0..SHUFFLES {
        for members in projects.values() {
            let mut drawn: Vec<bool> = members.iter().map(|at| judged[*at].1).collect();
            chance.shuffle(&mut drawn);
            members.iter().zip(drawn).for_each(|(at, failed)| outcomes[*at] = failed);
        }
        let (observed, expected) = sums(shows, &outcomes);
        as_high += usize::from(observed / expected >= lift - 1e-12);
    }
    (as_high, SHUFFLES)
}

/// The measurement over sets and splits.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Pooled {
    /// Failures observed / expected, over sets and splits.
    pub lift: Option<f64>,
    /// Mean over splits of the shuffle test's p.
    pub p: Option<f64>,
    /// Claims with a lift of at least 1.3 at q ≤ 0.10 on unseen tasks, and claims that were seen there.
    pub strong: (usize, usize),
}

/// Adds up splits: observed over expected.
pub fn pooled(parts: &[SplitLift]) -> Pooled {
    let observed: f64 = parts.iter().map(|part| part.observed).sum();
    let expected: f64 = parts.iter().map(|part| part.expected).sum();
    let p: Vec<f64> = parts
        .iter()
        .filter(|part| part.shuffled.1 > 0)
        .map(|part| (part.shuffled.0 + 1) as f64 / (part.shuffled.1 + 1) as f64)
        .collect();
    let seen = || parts.iter().flat_map(|part| &part.claims).filter(|claim| claim.with > 0);
    let strong = seen().filter(|claim| claim.lift.is_some_and(|lift| lift >= 1.3) && claim.q <= 0.10);
    Pooled {
        lift: (expected > 0.0).then(|| observed / expected),
        p: (!p.is_empty()).then(|| p.iter().sum::<f64>() / p.len() as f64),
        strong: (strong.count(), seen().count()),
    }
}
