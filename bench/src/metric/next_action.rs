//! M4, the next action on unseen tasks: from what a dream of other tasks published, beside n-grams.

use std::collections::BTreeMap;

use anyhow::Result;
use rayon::prelude::*;
use serde::Serialize;
use somnium_dream::next::{NextActions, Predictor, actions};
use somnium_dream::{Normalised, Options};

use crate::baseline::ngram::{NGrams, Thread, Tuning};
use crate::chance::bootstrap_ratio;
use crate::data::Loaded;
use crate::figure::{Figure, Goal, Unit};
use crate::mining::dream_of;
use crate::report::{Context, Measured};
use crate::split::{Split, task_of};

/// Points of top-1 accuracy by which the mean has to beat the n-grams.
const MARGIN: f64 = 0.03;
/// Sets of several domains: each is a set of its own here, because their tools are.
const SEVERAL_DOMAINS: &[&str] = &["tau2"];
/// Sets that are left out: failed runs of many kinds of agents, hardly a tool of which occurs twice.
const LEFT_OUT: &[&str] = &["who-and-when"];
/// How many actions a predictor may name.
const TOP: usize = 3;

/// Hits of one predictor on one task.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Hits {
    /// Actions that were named first.
    pub first: u64,
    /// Actions that were among the first three.
    pub three: u64,
    /// Actions in all.
    pub all: u64,
}

/// One set on one split.
#[derive(Clone, Debug, Serialize)]
pub struct OnSplit {
    /// By task: the published tables, then the n-grams.
    pub tasks: BTreeMap<String, (Hits, Hits)>,
    /// What the n-grams were tuned to.
    pub tuning: Tuning,
}

/// Measures one set on one split.
///
/// # Errors
///
/// If the dream fails.
pub fn measure(set: &Loaded, split: Split) -> Result<OnSplit> {
    let (fit, test) = split.cut(&set.sessions);
    let dreamt = dream_of(&fit, &Options::default())?;
    Ok(judge(&dreamt.report.next_actions, &fit, &test))
}

/// Holds what was published against n-grams of the same sessions, on other sessions.
pub fn judge(published: &NextActions, fit: &[&Normalised], test: &[&Normalised]) -> OnSplit {
    let predictor = Predictor::new(published);
    let threads: Vec<Thread<'_>> = fit
        .iter()
        .flat_map(|session| {
            actions(session).into_iter().map(|taken| Thread { task: task_of(session), taken })
        })
        .collect();
    let ngrams = NGrams::tuned(&threads);
    let mut tasks: BTreeMap<String, (Hits, Hits)> = BTreeMap::new();
    for session in test {
        let (ours, theirs) = tasks.entry(task_of(session).to_owned()).or_default();
        for (thread, ranked) in actions(session).iter().zip(predictor.ranked(session, TOP)) {
            let truth = || thread.iter().filter(|taken| taken.by_agent).map(|taken| taken.name.as_str());
            ours.add(truth(), &ranked);
            theirs.add(truth(), &ngrams.ranked(thread, TOP));
        }
    }
    OnSplit { tasks, tuning: ngrams.tuning() }
}

impl Hits {
    fn add<'a>(&mut self, truth: impl Iterator<Item = &'a str>, ranked: &[Vec<&str>]) {
        for (name, ranked) in truth.zip(ranked) {
            self.first += u64::from(ranked.first() == Some(&name));
            self.three += u64::from(ranked.contains(&name));
            self.all += 1;
        }
    }
}

/// The figures of M4.
///
/// # Errors
///
/// If a dream fails.
pub fn rows(context: &Context<'_>) -> Result<Measured> {
    let sets = sets(context.loaded);
    let mut figures = Vec::new();
    let mut tunings: BTreeMap<String, Vec<Tuning>> = BTreeMap::new();
    let (mut ours, mut theirs) = (Vec::new(), Vec::new());
    for set in &sets {
        let parts =
            context.splits.par_iter().map(|split| measure(set, *split)).collect::<Result<Vec<_>>>()?;
        let tasks: Vec<(Hits, Hits)> = parts
            .iter()
            .flat_map(|part| part.tasks.values().copied())
            .filter(|(hits, _)| hits.all > 0)
            .collect();
        if tasks.is_empty() {
            continue;
        }
        figures.extend(of_set(&set.name, &tasks));
        ours.push(share(&tasks, |(ours, _)| ours.first));
        theirs.push(share(&tasks, |(_, theirs)| theirs.first));
        tunings.insert(set.name.clone(), parts.into_iter().map(|part| part.tuning).collect());
    }
    let mean =
        |shares: &[f64]| (!shares.is_empty()).then(|| shares.iter().sum::<f64>() / shares.len() as f64);
    let ngrams = mean(&theirs);
    let row = Figure::new("M4", "next action, top 1", "mean of the sets", Unit::Share, mean(&ours));
    let row = match ngrams {
        Some(ngrams) => row.goal(Goal::AtLeast(ngrams + MARGIN)),
        None => row,
    };
    figures.insert(0, row.beside("n-grams", ngrams));
    Ok(Measured::rows(figures).detail("tunings", tunings))
}

/// Returns the sets with each domain a set of its own.
pub fn sets(loaded: &[Loaded]) -> Vec<Loaded> {
    let mut sets = Vec::new();
    for set in loaded.iter().filter(|set| !LEFT_OUT.contains(&set.name.as_str())) {
        if !SEVERAL_DOMAINS.contains(&set.name.as_str()) {
            sets.push(set.clone());
            continue;
        }
        let mut domains: BTreeMap<&str, Vec<Normalised>> = BTreeMap::new();
        for session in &set.sessions {
            domains.entry(session.project.as_deref().unwrap_or_default()).or_default().push(session.clone());
        }
        sets.extend(domains.into_iter().map(|(domain, sessions)| Loaded {
            name: format!("{}-{domain}", set.name),
            sessions,
            reports: Vec::new(),
        }));
    }
    sets
}

fn share(tasks: &[(Hits, Hits)], hits: impl Fn(&(Hits, Hits)) -> u64) -> f64 {
    let all: u64 = tasks.iter().map(|(ours, _)| ours.all).sum();
    tasks.iter().map(hits).sum::<u64>() as f64 / all.max(1) as f64
}

/// Top 1 and top 3 beside the n-grams, and by how much top 1 is better, with an interval over tasks.
fn of_set(set: &str, tasks: &[(Hits, Hits)]) -> Vec<Figure> {
    let interval = |hits: &dyn Fn(&(Hits, Hits)) -> f64| {
        let units: Vec<(f64, f64)> = tasks.iter().map(|task| (hits(task), task.0.all as f64)).collect();
        bootstrap_ratio(&units, 4)
    };
    let row = |name: &str, value: f64| Figure::new("M4", name, set, Unit::Share, Some(value));
    let (first, ngrams) = (share(tasks, |(ours, _)| ours.first), share(tasks, |(_, theirs)| theirs.first));
    let all: u64 = tasks.iter().map(|(ours, _)| ours.all).sum();
    vec![
        row("next action, top 1", first)
            .within(interval(&|(ours, _)| ours.first as f64))
            .beside("n-grams", Some(ngrams))
            .goal(Goal::AtLeast(ngrams))
            .note(format!("{all} actions judged")),
        row("… better than n-grams by", first - ngrams)
            .within(interval(&|(ours, theirs)| ours.first as f64 - theirs.first as f64)),
        row("next action, top 3", share(tasks, |(ours, _)| ours.three))
            .beside("n-grams", Some(share(tasks, |(_, theirs)| theirs.three))),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::data;

    fn examples() -> Vec<Normalised> {
        let folder = data::workspace_root().join("examples/sessions");
        let sets = data::find(Some(&folder)).unwrap();
        let mut sessions: Vec<Normalised> =
            sets.sets.iter().flat_map(|set| data::load(set).sessions).collect();
        data::sort_and_dedup(&mut sessions);
        sessions
    }

    fn totals(on: &OnSplit) -> (Hits, Hits) {
        on.tasks.values().fold(Default::default(), |(a, b): (Hits, Hits), (ours, theirs)| {
            let sum = |a: Hits, b: &Hits| Hits {
                first: a.first + b.first,
                three: a.three + b.three,
                all: a.all + b.all,
            };
            (sum(a, ours), sum(b, theirs))
        })
    }

    #[test]
    fn both_sides_judge_the_same_actions_and_nothing_published_foretells_nothing() {
        let sessions = examples();
        let (fit, test) = Split { seed: 0, mined: true }.cut(&sessions);
        let published = dream_of(&fit, &Options::default()).unwrap().report.next_actions;
        let (ours, theirs) = totals(&judge(&published, &fit, &test));
        assert_eq!(ours.all, theirs.all);
        assert!(ours.all > 100 && ours.first <= ours.three && ours.three <= ours.all, "{ours:?}");
        assert!(ours.first * 4 > ours.all, "{ours:?}");
        assert!(theirs.first * 4 > theirs.all, "{theirs:?}");

        let (none, same) = totals(&judge(&NextActions::default(), &fit, &test));
        assert_eq!((none.first, none.three), (0, 0));
        assert_eq!(same, theirs);
        let (few, _) = totals(&judge(&published.within(200), &fit, &test));
        assert!(few.first < ours.first, "{few:?} {ours:?}");
    }
}
