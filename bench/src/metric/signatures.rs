//! M1, loud mistakes on unseen tasks.
//!
//! Failing steps are what the engine's normalisation calls failing, none left out. Signatures are mined on
//! one half of a set's tasks and judged on the other:
//!
//! - recall: failing steps whose signature was mined / failing steps;
//! - precision: mined signatures that are seen again / mined signatures.

use std::collections::{BTreeMap, BTreeSet};

use anyhow::Result;
use rayon::prelude::*;
use serde::Serialize;
use somnium_dream::{Gates, Normalised, Options};

use super::curve::{Comparison, Point, USUAL_GATE, compare};
use crate::baseline::{Baseline, Failing, Names, failing};
use crate::chance::bootstrap_ratio;
use crate::data::Loaded;
use crate::mining::{Mining, Published, Signature, dream_of, mined};
use crate::split::Split;

/// Support gates of a curve.
const GATES: std::ops::RangeInclusive<usize> = 2..=10;

/// What is judged.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Method {
    /// Tool and class of every published claim.
    PublishedClass,
    /// Published claims that name a message.
    PublishedTemplate,
    /// Published claims, each at its own level of the ladder.
    PublishedLadder,
    /// Tool and class of every claim that a dream with default options writes.
    WrittenClass,
    /// Tool and class, and where those do not recur the class alone (levels 2 and 3 of the engine's ladder), with
    /// nothing but the recurrence gate.
    CountedLadder,
    /// Tool and class (level 2) with nothing but the recurrence gate.
    CountedClass,
    /// Tool, class and message (level 1) with nothing but the recurrence gate.
    CountedTemplate,
    /// Class and message, whatever the tool (level 1), with nothing but the recurrence gate.
    CountedMessage,
    /// The class alone (level 3) with nothing but the recurrence gate.
    CountedClassAlone,
    /// What others do.
    Baseline(Baseline),
}

impl Method {
    /// Returns its name in the report.
    pub fn name(self) -> String {
        match self {
            Self::PublishedClass => "published, class level".to_owned(),
            Self::PublishedTemplate => "published, template level".to_owned(),
            Self::PublishedLadder => "published, each at its own level".to_owned(),
            Self::WrittenClass => "in the notes, class level".to_owned(),
            Self::CountedLadder => "mined, class level (levels 2 and 3)".to_owned(),
            Self::CountedClass => "mined, tool and class (level 2)".to_owned(),
            Self::CountedTemplate => "mined, template of one tool".to_owned(),
            Self::CountedMessage => "mined, template level (level 1)".to_owned(),
            Self::CountedClassAlone => "mined, class alone (level 3)".to_owned(),
            Self::Baseline(baseline) => baseline.name().to_owned(),
        }
    }
}

/// What became of the failing steps of unseen tasks, for one method, gate and split.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Tally {
    /// By task: (steps whose signature was mined, failing steps).
    pub tasks: BTreeMap<String, (u64, u64)>,
    /// The same by error class.
    pub classes: BTreeMap<&'static str, (u64, u64)>,
    /// By mined signature: whether it is seen again.
    pub signatures: Vec<bool>,
}

impl Tally {
    /// Tallies signatures that were mined against failing steps.
    pub fn of(mined: &BTreeSet<Signature>, test: &[Failing<'_>]) -> Self {
        let mined: Vec<&Signature> = mined.iter().collect();
        let mut by_class: BTreeMap<_, Vec<usize>> = BTreeMap::new();
        let mut messages = Vec::new();
        for (at, signature) in mined.iter().enumerate() {
            match signature.is_message() {
                true => messages.push(at),
                false => by_class.entry(signature.class).or_default().push(at),
            }
        }
        let mut tally = Self { signatures: vec![false; mined.len()], ..Self::default() };
        for step in test {
            let mut hit = false;
            for &at in by_class.get(&step.class).into_iter().flatten().chain(&messages) {
                if mined[at].matches(step) {
                    tally.signatures[at] = true;
                    hit = true;
                }
            }
            tally.enter(step, hit);
        }
        tally
    }

    /// Tallies the names that a baseline gave, with those mined that `gate` sessions share.
    pub fn of_names(fit: &[Failing<'_>], test: &[Failing<'_>], names: &(Names, Names), gate: usize) -> Self {
        let mut support: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
        for (step, name) in fit.iter().zip(&names.0) {
            if let Some(name) = name {
                support.entry(name).or_default().insert(step.session);
            }
        }
        support.retain(|_, sessions| sessions.len() >= gate);
        let mut tally = Self::default();
        let mut again = BTreeSet::new();
        for (step, name) in test.iter().zip(&names.1) {
            let hit = name.as_deref().filter(|name| support.contains_key(name));
            again.extend(hit);
            tally.enter(step, hit.is_some());
        }
        tally.signatures = support.keys().map(|name| again.contains(name)).collect();
        tally
    }

    fn enter(&mut self, step: &Failing<'_>, hit: bool) {
        let task = self.tasks.entry(step.task.to_owned()).or_default();
        for (hits, steps) in [task, self.classes.entry(step.class.slug()).or_default()] {
            *hits += u64::from(hit);
            *steps += 1;
        }
    }

    fn add(&mut self, other: Self) {
        for (task, counts) in other.tasks {
            add(self.tasks.entry(task).or_default(), counts);
        }
        for (class, counts) in other.classes {
            add(self.classes.entry(class).or_default(), counts);
        }
        self.signatures.extend(other.signatures);
    }

    /// Returns the recall; `None` without failing steps.
    pub fn recall(&self) -> Option<f64> {
        let (hits, steps) = self.tasks.values().fold((0, 0), |sum, task| (sum.0 + task.0, sum.1 + task.1));
        (steps > 0).then(|| hits as f64 / steps as f64)
    }

    /// Returns the precision; `None` where nothing was mined.
    pub fn precision(&self) -> Option<f64> {
        let again = self.signatures.iter().filter(|again| **again).count();
        (!self.signatures.is_empty()).then(|| again as f64 / self.signatures.len() as f64)
    }

    /// Returns the 95% interval of the recall, over tasks.
    pub fn recall_interval(&self) -> Option<(f64, f64)> {
        let tasks: Vec<_> = self.tasks.values().map(|task| (task.0 as f64, task.1 as f64)).collect();
        bootstrap_ratio(&tasks, 1)
    }

    /// Returns the 95% interval of the precision, over mined signatures.
    pub fn precision_interval(&self) -> Option<(f64, f64)> {
        let again: Vec<_> = self.signatures.iter().map(|again| (f64::from(u8::from(*again)), 1.0)).collect();
        bootstrap_ratio(&again, 2)
    }
}

fn add(sum: &mut (u64, u64), more: (u64, u64)) {
    sum.0 += more.0;
    sum.1 += more.1;
}

/// Tallies by method and gate.
pub type Tallies = BTreeMap<(Method, usize), Tally>;

/// Failing steps that nothing published covers, by tool and class.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Missed {
    /// The set.
    pub set: String,
    /// The tool.
    pub tool: String,
    /// The class.
    pub class: &'static str,
    /// How often, over all splits.
    pub steps: usize,
    /// In how many sessions.
    pub sessions: usize,
    /// Some of the lines, as they were normalised.
    pub lines: Vec<String>,
}

/// The measurement on one set.
#[derive(Clone, Debug)]
pub struct SetResult {
    /// The set.
    pub set: String,
    /// Over all splits.
    pub tallies: Tallies,
    /// Failing steps that no published claim covers at class level, most frequent first.
    pub missed: Vec<Missed>,
}

/// Measures one set over the splits.
///
/// # Errors
///
/// If a dream fails.
pub fn measure(set: &Loaded, splits: &[Split]) -> Result<SetResult> {
    let parts: Vec<(Tallies, Vec<MissedStep>)> =
        splits.par_iter().map(|split| one_split(&set.sessions, *split)).collect::<Result<_>>()?;
    let mut tallies = Tallies::new();
    let mut missed: BTreeMap<(String, &'static str), Vec<MissedStep>> = BTreeMap::new();
    for (part, steps) in parts {
        for (key, tally) in part {
            tallies.entry(key).or_default().add(tally);
        }
        for step in steps {
            missed.entry((step.tool.clone(), step.class)).or_default().push(step);
        }
    }
    let row = |((tool, class), steps): ((String, &'static str), Vec<MissedStep>)| {
        let sessions: BTreeSet<&str> = steps.iter().map(|step| step.session.as_str()).collect();
        let lines: BTreeSet<&str> = steps.iter().map(|step| step.line.as_str()).collect();
        Missed {
            set: set.name.clone(),
            tool,
            class,
            steps: steps.len(),
            sessions: sessions.len(),
            lines: lines.into_iter().take(3).map(str::to_owned).collect(),
        }
    };
    let mut missed: Vec<Missed> = missed.into_iter().map(row).collect();
    missed.sort_by(|a, b| b.steps.cmp(&a.steps).then_with(|| (&a.tool, a.class).cmp(&(&b.tool, b.class))));
    Ok(SetResult { set: set.name.clone(), tallies, missed })
}

struct MissedStep {
    tool: String,
    class: &'static str,
    session: String,
    line: String,
}

/// Returns the options under which every claim that passes the gate is published.
pub fn without_budget(gate: usize) -> Options {
    let gates = Gates { sessions: gate, sessions_small: gate, ..Gates::default() };
    Options { gates, notes_per_topic: usize::MAX, ..Options::default() }
}

/// Returns the same options with every session mined.
pub fn without_hold_out(gate: usize) -> Options {
    let options = without_budget(gate);
    Options { gates: Gates { held_out_percent: 0, ..options.gates.clone() }, ..options }
}

fn one_split(sessions: &[Normalised], split: Split) -> Result<(Tallies, Vec<MissedStep>)> {
    let (fit_sessions, test_sessions) = split.cut(sessions);
    let (fit, test) = (failing(&fit_sessions), failing(&test_sessions));
    let mut tallies = Tallies::new();
    let mut missed = Vec::new();
    for baseline in Baseline::ALL {
        let names = baseline.name_steps(&fit, &test);
        for gate in GATES {
            tallies.insert((Method::Baseline(baseline), gate), Tally::of_names(&fit, &test, &names, gate));
        }
    }
    for gate in GATES {
        let published = mined(&dream_of(&fit_sessions, &without_budget(gate))?)?;
        // What is mined is judged on other tasks here: nothing need be held out for the engine's own check.
        let counted = mined(&dream_of(&fit_sessions, &without_hold_out(gate))?)?;
        for (method, signatures) in levels(&published, &counted, gate) {
            if method == Method::CountedLadder && gate == USUAL_GATE {
                let covers = |step: &&Failing<'_>| signatures.iter().any(|known| known.matches(step));
                missed.extend(test.iter().filter(|step| !covers(step)).map(|step| MissedStep {
                    tool: step.tool.to_owned(),
                    class: step.class.slug(),
                    session: step.session.to_owned(),
                    line: step.line.to_owned(),
                }));
            }
            tallies.insert((method, gate), Tally::of(&signatures, &test));
        }
    }
    let written = mined(&dream_of(&fit_sessions, &Options::default())?)?;
    let classes = written.published.iter().flat_map(Published::class_level).collect();
    tallies.insert((Method::WrittenClass, USUAL_GATE), Tally::of(&classes, &test));
    Ok((tallies, missed))
}

fn levels(written: &Mining, all: &Mining, gate: usize) -> Vec<(Method, BTreeSet<Signature>)> {
    let published = || written.published.iter().map(|claim| &claim.signature);
    let counted = |keep: &dyn Fn(&Signature) -> bool| -> BTreeSet<Signature> {
        let enough = all.counted.iter().filter(|(_, sessions)| *sessions >= gate);
        enough.map(|(signature, _)| signature).filter(|signature| keep(signature)).cloned().collect()
    };
    vec![
        (Method::PublishedClass, written.published.iter().flat_map(Published::class_level).collect()),
        (
            Method::PublishedTemplate,
            published().filter(|signature| signature.template.is_some()).cloned().collect(),
        ),
        (Method::PublishedLadder, published().cloned().collect()),
        (Method::CountedLadder, counted(&|key| key.is_class_level())),
        (Method::CountedClass, counted(&|key| key.is_class_level() && !key.is_about_any_tool())),
        (Method::CountedTemplate, counted(&|key| key.template.is_some() && !key.is_about_any_tool())),
        (Method::CountedMessage, counted(&|key| key.template.is_some() && key.is_about_any_tool())),
        (Method::CountedClassAlone, counted(&|key| key.is_class_level() && key.is_about_any_tool())),
    ]
}

/// Adds up sets: every failing step and every signature counts once.
pub fn pooled(results: &[SetResult]) -> Tallies {
    let mut all = Tallies::new();
    for result in results {
        for (key, tally) in &result.tallies {
            let mut tally = tally.clone();
            // Tasks of two sets may share a key.
            tally.tasks = tally
                .tasks
                .into_iter()
                .map(|(task, counts)| (format!("{}/{task}", result.set), counts))
                .collect();
            all.entry(*key).or_default().add(tally);
        }
    }
    all
}

/// Returns a method's operating points.
pub fn points(tallies: &Tallies, method: Method) -> Vec<Point> {
    let of = |gate: usize| {
        let tally = tallies.get(&(method, gate))?;
        Some(Point {
            gate,
            precision: tally.precision().unwrap_or(0.0),
            recall: tally.recall().unwrap_or(0.0),
            mined: tally.signatures.len() as u64,
        })
    };
    GATES.filter_map(of).collect()
}

/// Compares a method of the engine with every baseline at equal precision.
pub fn against_baselines(tallies: &Tallies, method: Method) -> Vec<Comparison> {
    let ours = points(tallies, method);
    Baseline::ALL
        .iter()
        .map(|baseline| compare(&ours, baseline.name(), &points(tallies, Method::Baseline(*baseline))))
        .collect()
}
