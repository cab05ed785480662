//! From counts to findings: each habit once, what changes something and what the user is told first.

use std::collections::{BTreeMap, BTreeSet};

use somnium_types::SessionId;

use super::held::Held;
use super::test::Noise;
use super::view::View;
use super::{Family, Shown, Silent, Store, evidence, round, test, when};
use crate::detect::{Detail, Finding};
use crate::normalise::Quote;
use crate::report::{FeatureKind, OutcomeLift, Scope, SilentFeature};
use crate::{Options, stats};

/// Share of common sessions from which two features are one habit.
const ONE_HABIT: f64 = 0.8;
/// Fewest failing sessions that are compared for being one habit.
const FEW: usize = 3;
/// Confidence of the benefit's lower bound.
const CONFIDENCE: f64 = 0.8;

/// Judges features and words none of them: what is lacking is said in [`Finding::lacks`].
pub(super) fn findings<'s>(
    store: &Store<'s>,
    shown: BTreeMap<SilentFeature, Shown>,
    held: &[View<'s>],
    options: &Options,
) -> Vec<Finding> {
    let held = &Held::of(store, held, &shown);
    let mut rows: Vec<(SilentFeature, Shown, f64)> =
        shown.into_iter().map(|(feature, shown)| (feature, shown, 1.0)).collect();
    let noise = Noises::of(rows.iter().map(|(feature, shown, _)| (feature, shown)));
    rows.iter_mut().for_each(|(feature, shown, p)| *p = noise.excess(feature, shown));
    let enough = |shown: &Shown| {
        !shown.failing.is_empty() && shown.failing.len() + shown.good as usize >= needed(shown, options)
    };
    rows.retain(|(_, shown, _)| enough(shown));
    let p: Vec<f64> = rows.iter().map(|(_, _, p)| *p).collect();
    for family in [Family::Changes, Family::Habits] {
        // Families are corrected by themselves: each answers a question of its own.
        let own: Vec<usize> = (0..rows.len()).filter(|at| rows[*at].1.family == family).collect();
        let of_family: Vec<f64> = own.iter().map(|at| p[*at]).collect();
        for (at, q) in own.into_iter().zip(stats::benjamini_hochberg(&of_family)) {
            rows[at].2 = q;
        }
    }
    rows.sort_by(|(a, x, p), (b, y, q)| {
        (rank(a, x), std::cmp::Reverse(x.failing.len()))
            .cmp(&(rank(b, y), std::cmp::Reverse(y.failing.len())))
            .then_with(|| p.total_cmp(q))
            .then_with(|| a.cmp(b))
    });
    let left_out = if store.holds_out { BTreeMap::new() } else { left_out(store, &rows) };
    let mut kept: Vec<(BTreeSet<usize>, FeatureKind)> = Vec::new();
    let mut findings = Vec::new();
    for (feature, shown, q) in rows {
        // Wrong arguments of one call each say what to look at; leaving out two things together is one habit.
        let is_same = |(other, kind): &(BTreeSet<usize>, FeatureKind)| {
            *kind == feature.kind && share(other, &shown.failing) >= ONE_HABIT
        };
        let again = match feature.kind {
            _ if shown.family == Family::Habits => covered(&shown.failing, kept.iter()),
            FeatureKind::MissingInformationToUser => {
                covered(&shown.failing, kept.iter().filter(|(_, kind)| *kind == feature.kind))
            }
            FeatureKind::WrongArgument => follows(&shown.failing, &kept),
            _ => shown.failing.len() >= FEW && kept.iter().any(is_same),
        };
        let lacks = lacks(q, again, &shown, options);
        if lacks.is_none() {
            kept.push((shown.failing.clone(), feature.kind));
        }
        let mut finding = finding(store, feature.clone(), &shown, q, lacks, held);
        if !store.holds_out {
            finding.confirmed = Some(stands(&feature, &shown, &left_out, options));
        }
        findings.push(finding);
    }
    findings
}

/// Counts without each of the tasks in which a feature shows.
fn left_out(
    store: &Store<'_>,
    rows: &[(SilentFeature, Shown, f64)],
) -> BTreeMap<usize, BTreeMap<SilentFeature, Shown>> {
    let tasks: BTreeSet<usize> = rows.iter().flat_map(|(_, shown, _)| shown.tasks.iter().copied()).collect();
    tasks.into_iter().map(|task| (task, store.shown(Some(task)))).collect()
}

/// Whether a feature stands whichever of its tasks is left out.
fn stands(
    feature: &SilentFeature,
    shown: &Shown,
    left_out: &BTreeMap<usize, BTreeMap<SilentFeature, Shown>>,
    options: &Options,
) -> bool {
    shown.tasks.iter().all(|task| {
        let rest = left_out.get(task).and_then(|all| all.get(feature));
        rest.is_some_and(|rest| {
            let noise = Noises::of(left_out[task].iter());
            rest.failing.len() >= options.gates.sessions_small
                && noise.excess(feature, rest) <= options.gates.q
        })
    })
}

/// Who could show it counts, not who was read: where few sessions can, fewer have to.
fn needed(shown: &Shown, options: &Options) -> usize {
    let gates = &options.gates;
    if (shown.pool as usize) < gates.small_store { gates.sessions_small } else { gates.sessions }
}

/// How often good sessions differ from each other, by kind.
struct Noises(BTreeMap<(Family, FeatureKind), (u64, u64)>);

impl Noises {
    fn of<'r>(rows: impl Iterator<Item = (&'r SilentFeature, &'r Shown)>) -> Self {
        let mut kinds: BTreeMap<(Family, FeatureKind), (u64, u64)> = BTreeMap::new();
        for (feature, shown) in rows {
            let kind = kinds.entry((shown.family, feature.kind)).or_default();
            kind.0 += shown.good;
            kind.1 += shown.good_could;
        }
        Self(kinds)
    }

    fn excess(&self, feature: &SilentFeature, shown: &Shown) -> f64 {
        let (kind_hits, kind_total) = self.0.get(&(shown.family, feature.kind)).copied().unwrap_or_default();
        let noise = Noise { hits: shown.good, total: shown.good_could, kind_hits, kind_total };
        test::excess(shown.failing.len() as u64, shown.could, noise)
    }
}

/// What says most about what to do comes first, then what tells why, where nothing before it covers the sessions.
fn rank(feature: &SilentFeature, shown: &Shown) -> u8 {
    match feature.kind {
        FeatureKind::MissingAction if shown.family == Family::Habits => 4,
        FeatureKind::MissingInformationToUser if shown.family == Family::Habits => 5,
        FeatureKind::MissingInformationToUser => 6,
        FeatureKind::WrongArgument | FeatureKind::WrongEntity => 1,
        FeatureKind::ExtraHandoff | FeatureKind::MissingHandoff => 2,
        FeatureKind::Order | FeatureKind::Condition => 3,
        _ => 0,
    }
}

fn share(a: &BTreeSet<usize>, b: &BTreeSet<usize>) -> f64 {
    let common = a.intersection(b).count();
    common as f64 / (a.len() + b.len() - common).max(1) as f64
}

/// Whether what was said already says nearly all of it.
fn covered<'k>(
    failing: &BTreeSet<usize>,
    kept: impl Iterator<Item = &'k (BTreeSet<usize>, FeatureKind)>,
) -> bool {
    let said: BTreeSet<usize> = kept.flat_map(|(other, _)| other.intersection(failing)).copied().collect();
    said.len() as f64 >= ONE_HABIT * failing.len() as f64
}

/// Whether nearly all of the sessions with a wrong argument leave something out, or do something that they should
/// not: what they pass on is then wrong because of that.
fn follows(argument: &BTreeSet<usize>, kept: &[(BTreeSet<usize>, FeatureKind)]) -> bool {
    let actions = kept.iter().filter(|(_, kind)| {
        matches!(kind, FeatureKind::MissingAction | FeatureKind::ExtraAction | FeatureKind::MissingUserStep)
    });
    let common = |other: &BTreeSet<usize>| argument.intersection(other).count() as f64;
    argument.len() >= FEW
        && actions.into_iter().any(|(other, _)| common(other) >= ONE_HABIT * argument.len() as f64)
}

fn lacks(q: f64, again: bool, shown: &Shown, options: &Options) -> Option<String> {
    if again {
        return Some("the same sessions show another habit that says more".to_owned());
    }
    if q > options.gates.q {
        return Some(format!("good sessions differ so nearly as often (q {})", round(q)));
    }
    (shown.tasks.len() < options.gates.spread).then(|| "all of it in one task".to_owned())
}

fn finding(
    store: &Store<'_>,
    feature: SilentFeature,
    shown: &Shown,
    q: f64,
    lacks: Option<String>,
    held: &Held<'_, '_>,
) -> Finding {
    let mut seen: BTreeMap<SessionId, Vec<Quote>> = BTreeMap::new();
    for &at in &shown.failing {
        let view = &store.views[at];
        seen.insert(view.session.id.clone(), evidence::quotes(view, &feature));
    }
    for view in held.that_show(&feature, shown.family) {
        seen.insert(view.session.id.clone(), evidence::quotes(view, &feature));
    }
    let when = if lacks.is_none() { when::find(store, &feature, shown) } else { None };
    for view in when.iter().flat_map(|when| &when.failing) {
        seen.entry(view.session.id.clone()).or_insert_with(|| evidence::quotes(view, &feature));
    }
    let fail_with = shown.failing.len() as u64;
    let (with, all) = (fail_with + shown.good, shown.could + shown.good_could);
    let overall = shown.could as f64 / all.max(1) as f64;
    let outcome = OutcomeLift {
        fail_with,
        with,
        fail_without: shown.could - fail_with,
        without: all - with,
        lift: round(fail_with as f64 / with.max(1) as f64 / overall),
        // Never "0": what was resampled or rounded is at best very small.
        q: round(q).max(0.001),
    };
    let outcome = when.as_ref().map_or(outcome, |when| when.outcome(q));
    let condition = when.map(|when| when.condition);
    let mut feature = feature;
    if feature.detail.is_none() {
        let condition = condition.as_ref().map(ToString::to_string);
        feature.detail = condition.or_else(|| evidence::source(store, &feature));
    }
    let projects: BTreeSet<_> =
        shown.failing.iter().map(|at| store.views[*at].session.project.clone()).collect();
    let project = if projects.len() == 1 { projects.into_iter().next().flatten() } else { None };
    Finding {
        canonical: canonical(&feature, shown.family),
        scope: Scope::Agent,
        seen,
        outcome: Some(outcome),
        lacks,
        confirmed: None,
        project,
        worth: worth(store, shown),
        detail: Detail::Silent(Box::new(Silent {
            models: evidence::models(store, &feature, condition.as_ref(), shown),
            condition,
            could: shown.pool as usize,
            leaves_tasks_out: !store.holds_out,
            feature,
        })),
    }
}

/// What makes a silent mistake the one it is: of an order and of a figure that is not told also the other tool or
/// place.
fn canonical(feature: &SilentFeature, family: Family) -> String {
    let argument = feature.argument.as_deref().unwrap_or_default();
    let canonical = format!("silent\n{:?}\n{}\n{argument}", feature.kind, feature.tool);
    match (&feature.detail, feature.kind) {
        (Some(detail), FeatureKind::Order | FeatureKind::MissingInformationToUser)
            if family == Family::Habits =>
        {
            format!("{canonical}\n{detail}")
        }
        _ => canonical,
    }
}

/// Calls saved per session: how many sessions show it, how much more often these fail (lower bound), and the calls of
/// such a session, since a failed one is lost.
fn worth(store: &Store<'_>, shown: &Shown) -> f64 {
    let sessions = store.views.len().max(1) as f64;
    let failing = shown.failing.len() as u64;
    let lost: usize = shown.failing.iter().map(|at| store.views[*at].session.steps.len()).sum();
    let calls = lost as f64 / failing.max(1) as f64;
    let with = stats::rate_lower_bound(failing, failing + shown.good, CONFIDENCE);
    let (others, other_good) = (shown.could - failing, shown.good_could - shown.good);
    let without = others as f64 / (others + other_good).max(1) as f64;
    failing as f64 / sessions * (with - without).max(0.0) * calls
}
