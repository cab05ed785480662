//! When something is called for: what sessions that did it knew, and those that did well without it did not.
//!
//! One fact, or two that are compared: a threshold on a figure ("`scanned` below 2015"), a value, or a mismatch between
//! two figures about the same thing ("`pages_parsed` less than `page_count`"). Everything that was tried is corrected
//! for.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use super::facts::{Facts, Place, facts, figure};
use super::roles::tool_of;
use super::view::View;
use serde::{Deserialize, Serialize};

use crate::normalise::{Normalised, Step};
use crate::stats;

/// How a fact has to be.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) enum Relation {
    /// Some figure is below this.
    Below(f64),
    /// Some figure is above this.
    Above(f64),
    /// Some value is this.
    Is(String),
    /// Some figure is less than the figure of this tool at this place, about the same thing.
    LessThan(String, String),
}

/// When something is called for.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Condition {
    pub(crate) tool: String,
    pub(crate) path: String,
    pub(crate) relation: Relation,
}

impl fmt::Display for Condition {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{} ", self.tool, self.path)?;
        match &self.relation {
            Relation::Below(figure) => write!(f, "< {figure}"),
            Relation::Above(figure) => write!(f, "> {figure}"),
            Relation::Is(value) => write!(f, "= {value}"),
            Relation::LessThan(tool, path) => write!(f, "< {tool}.{path}"),
        }
    }
}

impl Condition {
    /// Returns the figure that it names.
    pub(crate) fn limit(&self) -> Option<f64> {
        match self.relation {
            Relation::Below(limit) | Relation::Above(limit) => Some(limit),
            _ => None,
        }
    }

    /// Reads a condition as a report writes it.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let place = |text: &str| text.split_once('.').map(|(tool, path)| (tool.to_owned(), path.to_owned()));
        let (at, mark) = [" < ", " > ", " = "].iter().find_map(|mark| Some((text.find(mark)?, *mark)))?;
        let (left, right) = (&text[..at], &text[at + mark.len()..]);
        let (tool, path) = place(left)?;
        let relation = match (mark, figure(right)) {
            (" < ", Some(limit)) => Relation::Below(limit),
            (" > ", Some(limit)) => Relation::Above(limit),
            (" < ", None) => place(right).map(|(tool, path)| Relation::LessThan(tool, path))?,
            (" = ", _) => Relation::Is(right.to_owned()),
            _ => return None,
        };
        Some(Self { tool, path, relation })
    }

    /// Whether it holds in a session; `None` where that is not known.
    pub(crate) fn holds(&self, facts: &Facts<'_>) -> Option<bool> {
        let place: Place<'_> = (&self.tool, &self.path);
        if let Relation::LessThan(tool, path) = &self.relation {
            let pair =
                facts.below.iter().find(|((a, b), _)| *a == place && *b == (tool.as_str(), path.as_str()));
            return pair.map(|(_, holds)| *holds);
        }
        let (_, values) = facts.values.iter().find(|(at, _)| **at == place)?;
        let any = |holds: &dyn Fn(f64) -> bool| values.iter().filter_map(|value| figure(value)).any(holds);
        Some(match &self.relation {
            Relation::Below(limit) => any(&|figure| figure < *limit),
            Relation::Above(limit) => any(&|figure| figure > *limit),
            Relation::Is(wanted) => values.contains(wanted.as_str()),
            Relation::LessThan(..) => false,
        })
    }
}

/// A session in the search.
pub(crate) struct Case<'v, 's> {
    pub(crate) view: &'v View<'s>,
    /// Whether what is asked about was done in it, or was called for.
    pub(crate) yes: bool,
}

/// Share of the cases in which a fact has to be known.
const KNOWN: f64 = 0.5;
/// Share of the cases on each side of a condition that have to agree with it.
const AGREE: f64 = 0.8;
/// Fewest tasks on each side: with one it is the task that tells, not the fact.
const TASKS: usize = 2;
/// Levels: of the test over tasks, and of those that are corrected for everything that was tried.
const LEVEL: f64 = 0.05;
const Q: f64 = 0.10;
/// Most values of a place that counts as a category, and most limits that are tried on one place.
const MAX_CATEGORIES: usize = 12;
const MAX_LIMITS: usize = 64;

/// Finds the condition that tells the cases apart. Only facts known before the first call that `is_it` count: what
/// comes of a call is no reason for it.
pub(crate) fn find(cases: &[Case<'_, '_>], is_it: &dyn Fn(&Step) -> bool) -> Option<Condition> {
    let known: Vec<Facts<'_>> = cases.iter().map(|case| before(case.view.session, is_it)).collect();
    let tried: Vec<Condition> = candidates(&known, cases.len());
    let (yes, no): (Vec<_>, Vec<_>) = cases.iter().partition(|case| case.yes);
    if tried.is_empty() || yes.is_empty() || no.is_empty() {
        return None;
    }
    let tables: Vec<Table> = tried.iter().map(|condition| Table::of(condition, cases, &known)).collect();
    let p: Vec<f64> = tables.iter().map(Table::p).collect();
    let (q, q_tasks) = (stats::benjamini_hochberg(&p), over_tasks(&tables));
    // Sessions of one task know the same, so tasks have to agree as well: all of them, or more than chance allows.
    let agree = |at: usize| tables[at].is_perfect() || q_tasks[at] <= Q;
    let passing = (0..tried.len()).filter(|at| q[*at] <= Q && tables[*at].is_clear() && agree(*at));
    let best = passing.min_by(|&a, &b| {
        tables[a]
            .p_tasks()
            .total_cmp(&tables[b].p_tasks())
            .then_with(|| p[a].total_cmp(&p[b]))
            .then(a.cmp(&b))
    })?;
    Some(tried[best].clone())
}

fn over_tasks(tables: &[Table]) -> Vec<f64> {
    let p: Vec<f64> = tables.iter().map(Table::p_tasks).collect();
    stats::benjamini_hochberg(&p)
}

/// What a session knew before the first call that `is_it`; everything, where there is none.
pub(crate) fn before<'s>(session: &'s Normalised, is_it: &dyn Fn(&Step) -> bool) -> Facts<'s> {
    let first = session.steps.iter().find(|step| is_it(step)).map_or(u32::MAX, |step| step.call);
    facts(session, |step| step.call < first)
}

/// Every condition that can be tried: on places that most sessions know.
fn candidates(known: &[Facts<'_>], cases: usize) -> Vec<Condition> {
    let mut places: BTreeMap<Place<'_>, (usize, BTreeSet<&str>)> = BTreeMap::new();
    let mut pairs: BTreeMap<(Place<'_>, Place<'_>), [usize; 2]> = BTreeMap::new();
    for facts in known {
        for (place, values) in &facts.values {
            let entry = places.entry(*place).or_default();
            entry.0 += 1;
            entry.1.extend(values);
        }
        for (pair, below) in &facts.below {
            pairs.entry(*pair).or_default()[usize::from(*below)] += 1;
        }
    }
    let enough = |count: usize| count as f64 >= KNOWN * cases as f64;
    let mut tried = Vec::new();
    for ((tool, path), (count, values)) in places {
        if !enough(count) {
            continue;
        }
        let at = |relation| Condition { tool: tool.to_owned(), path: path.to_owned(), relation };
        let figures: Option<Vec<f64>> = values.iter().map(|value| figure(value)).collect();
        match figures {
            Some(figures) => tried.extend(limits(figures).into_iter().flat_map(|(low, high)| {
                let limit = roundest(low, high);
                // Between two figures there is one limit; a round figure that occurs belongs to one side only.
                [at(Relation::Below(limit)), at(Relation::Above(if limit < high { limit } else { low }))]
            })),
            None if values.len() <= MAX_CATEGORIES => {
                tried.extend(values.into_iter().map(|value| at(Relation::Is(value.to_owned()))));
            }
            None => {}
        }
    }
    for (((tool, path), (other, at)), counts) in pairs {
        if enough(counts[0] + counts[1]) && counts[0] > 0 && counts[1] > 0 {
            let relation = Relation::LessThan(other.to_owned(), at.to_owned());
            tried.push(Condition { tool: tool.to_owned(), path: path.to_owned(), relation });
        }
    }
    tried
}

/// Neighbouring figures: a limit may lie between them.
fn limits(mut figures: Vec<f64>) -> Vec<(f64, f64)> {
    figures.sort_by(f64::total_cmp);
    figures.dedup();
    let gaps: Vec<(f64, f64)> = figures.windows(2).map(|pair| (pair[0], pair[1])).collect();
    if gaps.len() > MAX_LIMITS { Vec::new() } else { gaps }
}

/// The roundest figure above `low` and not above `high`: limits that people set are round.
fn roundest(low: f64, high: f64) -> f64 {
    let mut unit = 10_f64.powi((high - low).abs().log10().floor() as i32 + 1);
    for _ in 0..3 {
        for step in [unit, unit / 2.0] {
            let multiple = (high / step).floor() * step;
            if multiple > low {
                // Without the error of the division, so that it is written as a person would.
                return (multiple * 1e6).round() / 1e6;
            }
        }
        unit /= 10.0;
    }
    high
}

/// How cases and tasks lie on the two sides of a condition.
#[derive(Default)]
struct Table {
    /// `[holds][yes]`.
    cases: [[u64; 2]; 2],
    tasks: [[u64; 2]; 2],
}

impl Table {
    fn of(condition: &Condition, cases: &[Case<'_, '_>], known: &[Facts<'_>]) -> Self {
        let mut table = Self::default();
        let mut tasks: BTreeMap<&str, [[u64; 2]; 2]> = BTreeMap::new();
        for (case, facts) in cases.iter().zip(known) {
            let Some(holds) = condition.holds(facts) else { continue };
            table.cases[usize::from(holds)][usize::from(case.yes)] += 1;
            let session = case.view.session;
            let task = session.task.as_ref().map_or(session.id.as_str(), |task| task.as_str());
            tasks.entry(task).or_default()[usize::from(holds)][usize::from(case.yes)] += 1;
        }
        for counts in tasks.values() {
            let all = |side: usize| counts[side][0] + counts[side][1];
            let holds = usize::from(all(1) * 2 > all(0) + all(1));
            let yes = usize::from((counts[0][1] + counts[1][1]) * 2 > all(0) + all(1));
            table.tasks[holds][yes] += 1;
        }
        table
    }

    fn p(&self) -> f64 {
        fisher(self.cases)
    }

    fn p_tasks(&self) -> f64 {
        fisher(self.tasks)
    }

    /// Whether every task agrees.
    fn is_perfect(&self) -> bool {
        self.tasks[1][0] == 0 && self.tasks[0][1] == 0
    }

    /// Whether most cases and tasks on either side agree.
    fn is_clear(&self) -> bool {
        let agree = |[no, yes]: [u64; 2], wanted: usize| {
            [no, yes][wanted] as f64 >= AGREE * (no + yes) as f64 && no + yes > 0
        };
        let tasks = |side: usize| (self.tasks[side][0] + self.tasks[side][1]) as usize;
        agree(self.cases[1], 1)
            && agree(self.cases[0], 0)
            && tasks(0) >= TASKS
            && tasks(1) >= TASKS
            && self.p_tasks() <= LEVEL
    }
}

fn fisher(table: [[u64; 2]; 2]) -> f64 {
    let [without, with] = table;
    stats::fisher_greater(with[1], with[0] + with[1], without[1], without[0] + without[1])
}

/// Whether a step is a call of a tool.
pub(crate) fn is_call(tool: &str) -> impl Fn(&Step) -> bool + '_ {
    move |step| tool_of(step) == tool
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_report_writes_is_read_as_the_same_condition() {
        for relation in [
            Relation::Below(2015.0),
            Relation::Above(0.5),
            Relation::Is("gold plus".to_owned()),
            Relation::LessThan("page_count".to_owned(), "pages[].n".to_owned()),
        ] {
            let condition =
                Condition { tool: "list".to_owned(), path: "documents[].scanned".to_owned(), relation };
            assert_eq!(Condition::parse(&condition.to_string()), Some(condition));
        }
        assert_eq!(Condition::parse("get_order.paid_with[].card_id"), None);
    }

    #[test]
    fn a_limit_is_as_round_as_the_gap_allows() {
        assert_eq!(roundest(2014.0, 2016.0), 2015.0);
        assert_eq!(roundest(2011.0, 2023.0), 2020.0);
        assert_eq!(roundest(3.0, 4.0), 4.0);
        assert_eq!(roundest(0.0, 17.0), 10.0);
        assert_eq!(roundest(0.2, 0.4), 0.4);
    }
}
