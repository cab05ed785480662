//! M14, value per token: how much of what goes wrong on unseen tasks the always-loaded index speaks of, for each
//! token that it costs.
//!
//! The engine's index is a ranking of notes that is cut at a budget. Other rankings of the same notes are cut at
//! the same budgets: by recency, by frequency, by how often a note would have been loaded, by successes less
//! failures of the sessions that would have loaded it, by chance.

use std::collections::{BTreeMap, BTreeSet};

use anyhow::Result;
use rayon::prelude::*;
use serde::Serialize;
use somnium_dream::{Dreamt, Normalised, Options};
use somnium_types::Timestamp;

use crate::baseline::{Failing, failing, tool_of};
use crate::chance::{Chance, bootstrap_ratio, paired_ratio_interval};
use crate::data::Loaded;
use crate::figure::{Figure, Goal, Unit};
use crate::mining::{LedgerRows, Published, dream_of, mined};
use crate::plot::{Axis, Chart, Scale};
use crate::report::{ALL, Context, Measured};
use crate::split::Split;

/// Budgets of the index in tokens. The goal is about those from [`JUDGED`] on; below, more has to be left out.
pub const BUDGETS: [usize; 7] = [60, 125, 250, 500, 1_000, 2_000, 4_000];
const JUDGED: usize = 500;
/// Shuffles of the ranking by chance.
const SHUFFLES: u64 = 20;

/// A way to rank notes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Ranking {
    /// As the engine does.
    Engine,
    /// The latest seen first.
    Recent,
    /// The most often seen first.
    Frequent,
    /// The most often loaded first: by sessions that call its tool.
    Usage,
    /// The most helpful first: sessions that call its tool and go well, less those that do not.
    Helpful,
    /// By chance.
    Random,
}

impl Ranking {
    /// Every ranking.
    pub const ALL: [Self; 6] =
        [Self::Engine, Self::Recent, Self::Frequent, Self::Usage, Self::Helpful, Self::Random];

    /// Returns its name in the report.
    pub fn name(self) -> &'static str {
        match self {
            Self::Engine => "the engine's index",
            Self::Recent => "most recent",
            Self::Frequent => "most frequent",
            Self::Usage => "most often loaded",
            Self::Helpful => "helpful less harmful",
            Self::Random => "random",
        }
    }

    /// Whether the goal is to dominate it.
    fn is_judged(self) -> bool {
        matches!(self, Self::Recent | Self::Frequent)
    }
}

/// A note that could be in the index.
#[derive(Clone, Debug)]
pub struct Line {
    /// Tokens of its line.
    pub tokens: usize,
    /// What it speaks of, where it is about a loud mistake.
    pub claim: Option<Published>,
    /// When it was last seen.
    pub last: Option<Timestamp>,
    /// How often it was seen.
    pub seen: u64,
    /// Sessions that call its tool: all, those that went well, those that did not.
    pub loaded: (u64, u64, u64),
}

/// By ranking, budget and task: (failing steps that the index speaks of, failing steps).
pub type Tallies = BTreeMap<(Ranking, usize), BTreeMap<String, (f64, f64)>>;

/// Returns every note that may be in the index, in the order of the engine.
///
/// # Errors
///
/// If the ledger has another form than is known here.
pub fn pool(dreamt: &Dreamt, sessions: &[&Normalised]) -> Result<Vec<Line>> {
    let ledger = LedgerRows::of(dreamt)?;
    let published: BTreeMap<String, Published> =
        mined(dreamt)?.published.into_iter().map(|claim| (claim.id.clone(), claim)).collect();
    let ended: BTreeMap<&str, Timestamp> =
        sessions.iter().filter_map(|session| Some((session.id.as_str(), session.ended_at?))).collect();
    let index = dreamt.memory.index_text().unwrap_or_default();
    let line = |line: &str| {
        let (_, id) = line.rsplit_once('#')?;
        let reported = dreamt.report.claims.iter().find(|claim| claim.id.as_str() == id)?;
        let row = ledger.claims.get(id);
        let places = reported.evidence.iter().map(|place| place.session_id.as_str());
        let times = |ids: &mut dyn Iterator<Item = &str>| ids.filter_map(|id| ended.get(id).copied()).max();
        let claim = published.get(id).cloned();
        let loaded =
            claim.as_ref().map_or((reported.support.sessions, 0, 0), |claim| exposure(claim, sessions));
        Some(Line {
            tokens: line.len().div_ceil(4),
            last: row.map_or_else(
                || times(&mut places.into_iter()),
                |row| times(&mut row.seen.keys().map(String::as_str)),
            ),
            seen: row.map_or(reported.support.sessions, |row| row.seen.values().map(|seen| seen.count).sum()),
            claim,
            loaded,
        })
    };
    Ok(index.lines().filter_map(line).collect())
}

/// Counts the sessions in which a note about a tool would have been loaded.
fn exposure(claim: &Published, sessions: &[&Normalised]) -> (u64, u64, u64) {
    let calls = |session: &&&Normalised| session.steps.iter().any(|step| claim.is_about(tool_of(step)));
    sessions.iter().filter(calls).fold((0, 0, 0), |(all, good, bad), session| {
        let failed = session.outcome.as_ref().map(somnium_types::Outcome::failed);
        (all + 1, good + u64::from(failed == Some(false)), bad + u64::from(failed == Some(true)))
    })
}

/// Returns the order in which a ranking takes the notes of a pool.
pub fn order(pool: &[Line], ranking: Ranking, seed: u64) -> Vec<usize> {
    let mut order: Vec<usize> = (0..pool.len()).collect();
    // Equal ones are taken in an order that says nothing about them.
    if ranking != Ranking::Engine {
        Chance::new(seed).shuffle(&mut order);
    }
    match ranking {
        Ranking::Engine | Ranking::Random => {}
        Ranking::Recent => order.sort_by_key(|&at| std::cmp::Reverse(pool[at].last)),
        Ranking::Frequent => order.sort_by_key(|&at| std::cmp::Reverse(pool[at].seen)),
        Ranking::Usage => order.sort_by_key(|&at| std::cmp::Reverse(pool[at].loaded.0)),
        Ranking::Helpful => order.sort_by_key(|&at| {
            let (_, good, bad) = pool[at].loaded;
            std::cmp::Reverse(good.cast_signed() - bad.cast_signed())
        }),
    }
    order
}

/// Cuts a ranking at a budget, as the engine does: what does not fit is passed over.
pub fn cut(pool: &[Line], order: &[usize], budget: usize) -> BTreeSet<usize> {
    let mut left = budget;
    let mut chosen = BTreeSet::new();
    for &at in order {
        if pool[at].tokens <= left {
            left -= pool[at].tokens;
            chosen.insert(at);
        }
    }
    chosen
}

fn one_split(sessions: &[Normalised], split: Split) -> Result<Tallies> {
    let (fit, test) = split.cut(sessions);
    let options = Options { index_tokens: u32::MAX, notes_per_topic: usize::MAX, ..Options::default() };
    let pool = pool(&dream_of(&fit, &options)?, &fit)?;
    let test = failing(&test);
    Ok(tallies(&pool, &test, split.seed))
}

/// Tallies every ranking and budget.
pub fn tallies(pool: &[Line], test: &[Failing<'_>], seed: u64) -> Tallies {
    let speaks = |line: &Line, step: &Failing<'_>| {
        line.claim.as_ref().is_some_and(|claim| claim.signature.matches(step))
    };
    // By step: the notes that speak of it.
    let about: Vec<Vec<usize>> =
        test.iter().map(|step| (0..pool.len()).filter(|&at| speaks(&pool[at], step)).collect()).collect();
    let mut tallies = Tallies::new();
    for ranking in Ranking::ALL {
        let draws = if ranking == Ranking::Random { SHUFFLES } else { 1 };
        for draw in 0..draws {
            let order = order(pool, ranking, seed * SHUFFLES + draw);
            for budget in BUDGETS {
                let chosen = cut(pool, &order, budget);
                let tasks = tallies.entry((ranking, budget)).or_default();
                for (step, about) in test.iter().zip(&about) {
                    let hit = about.iter().any(|at| chosen.contains(at));
                    let task = tasks.entry(step.task.to_owned()).or_default();
                    task.0 += f64::from(u8::from(hit)) / draws as f64;
                    task.1 += 1.0 / draws as f64;
                }
            }
        }
    }
    tallies
}

/// Measures M14: one store of all sets.
///
/// # Errors
///
/// If a dream fails.
pub fn rows(context: &Context<'_>) -> Result<Measured> {
    let merged = Loaded::merged(ALL, context.loaded);
    let parts: Vec<Tallies> =
        context.splits.par_iter().map(|split| one_split(&merged.sessions, *split)).collect::<Result<_>>()?;
    let mut all = Tallies::new();
    for (key, tasks) in parts.into_iter().flatten() {
        let sum = all.entry(key).or_default();
        for (task, (hits, steps)) in tasks {
            let task = sum.entry(task).or_default();
            (task.0, task.1) = (task.0 + hits, task.1 + steps);
        }
    }
    let recall: BTreeMap<String, Vec<(usize, f64)>> = Ranking::ALL
        .into_iter()
        .map(|ranking| {
            (ranking.name().to_owned(), BUDGETS.map(|budget| (budget, share(&all, ranking, budget))).to_vec())
        })
        .collect();
    let svg = chart(&all).svg();
    Ok(Measured::rows(figures(&all)).detail("recall", recall).plot("value-per-token", svg))
}

fn share(all: &Tallies, ranking: Ranking, budget: usize) -> f64 {
    let tasks = all.get(&(ranking, budget)).into_iter().flat_map(BTreeMap::values);
    let (hits, steps) = tasks.fold((0.0, 0.0), |sum, task| (sum.0 + task.0, sum.1 + task.1));
    if steps > 0.0 { hits / steps } else { 0.0 }
}

fn figures(all: &Tallies) -> Vec<Figure> {
    let judged = || BUDGETS.into_iter().filter(|budget| *budget >= JUDGED);
    let units = |ranking: Ranking, budget: usize| -> Vec<(f64, f64)> {
        all.get(&(ranking, budget)).into_iter().flat_map(BTreeMap::values).copied().collect()
    };
    let mut figures = Vec::new();
    for budget in judged() {
        let ours = units(Ranking::Engine, budget);
        let best = Ranking::ALL[1..].iter().map(|rival| (share(all, *rival, budget), *rival));
        let best = best.max_by(|a, b| a.0.total_cmp(&b.0).then(b.1.cmp(&a.1)));
        let mut figure = Figure::new(
            "M14",
            &format!("failing steps that {budget} tokens of index speak of"),
            ALL,
            Unit::Share,
            (!ours.is_empty()).then(|| share(all, Ranking::Engine, budget)),
        );
        if let Some((value, rival)) = best {
            figure = figure.beside(rival.name(), Some(value));
        }
        figures.push(figure.within(bootstrap_ratio(&ours, 14)));
    }
    for rival in Ranking::ALL.into_iter().skip(1) {
        let lead = |budget: usize| share(all, Ranking::Engine, budget) - share(all, rival, budget);
        let least = judged().min_by(|a, b| lead(*a).total_cmp(&lead(*b)));
        let most = judged().max_by(|a, b| lead(*a).total_cmp(&lead(*b)));
        // To dominate is to be nowhere behind and somewhere ahead.
        let ends = [("least", least, Goal::AtLeast(0.0)), ("greatest", most, Goal::Above(0.0))];
        for (what, budget, goal) in ends {
            let Some(budget) = budget else { continue };
            let interval = paired_ratio_interval(&units(Ranking::Engine, budget), &units(rival, budget), 15);
            let name = format!("… {what} lead over: {}", rival.name());
            let figure = Figure::new("M14", &name, ALL, Unit::Share, Some(lead(budget)))
                .within(interval)
                .note(format!("at {budget} tokens"));
            figures.push(if rival.is_judged() { figure.goal(goal) } else { figure });
        }
    }
    figures
}

fn chart(all: &Tallies) -> Chart {
    let line = |ranking: Ranking| {
        let points = BUDGETS.map(|budget| (budget as f64, share(all, ranking, budget))).to_vec();
        (ranking.name().to_owned(), points)
    };
    Chart {
        title: "Failing steps of unseen tasks that the index speaks of".to_owned(),
        x: Axis::new("tokens of the index", Scale::Log),
        y: Axis::new("share of failing steps", Scale::Linear),
        lines: Ranking::ALL.map(line).to_vec(),
        goal: None,
    }
}
