//! Stage 4: which claims have enough behind them, and what the others lack.

use std::collections::{BTreeMap, BTreeSet};

use somnium_types::{ClaimId, SessionId, Timestamp};

use crate::detect::{Repair, RepairKind};
use crate::held_out::{self, Split, Verdict};
use crate::ledger::{ANY_TOOL, Claim, Key, Ledger, Seen, SessionRow};
use crate::normalise::{Class, Quote};
use crate::report::{Blame, ClaimState, OutcomeLift, Support, Wasted};
use crate::{Options, stats};

/// A claim with its counts and how far it has come.
#[derive(Clone, Debug)]
pub(crate) struct Judged {
    pub(crate) id: ClaimId,
    pub(crate) key: Key,
    pub(crate) state: ClaimState,
    /// What keeps it from the next state; empty for a note.
    pub(crate) why: Option<String>,
    pub(crate) support: Support,
    /// Failing steps in mined sessions.
    pub(crate) occurrences: u64,
    pub(crate) outcome: Option<OutcomeLift>,
    pub(crate) blame: Blame,
    pub(crate) wasted: Wasted,
    pub(crate) repair: Option<ChosenRepair>,
    /// The project that has nearly all of its sessions.
    pub(crate) project: Option<String>,
    /// The program of the shell that was at fault nearly always.
    pub(crate) program: Option<String>,
    /// Value per token of showing it, without the token count.
    pub(crate) worth: f64,
    /// Places, by session, in a fixed order.
    pub(crate) places: Vec<(SessionId, Vec<Quote>)>,
}

/// The repair that is written down.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct ChosenRepair {
    pub(crate) repair: Repair,
    /// Failures it repaired.
    pub(crate) recovered: u64,
    /// Failures after which it was tried.
    pub(crate) tried: u64,
    /// Failures in all.
    pub(crate) of: u64,
    /// The value that most repairs gave to the argument that differs.
    pub(crate) value: Option<(String, String)>,
    pub(crate) places: Vec<(SessionId, Vec<Quote>)>,
}

/// From this many tools on an error of the environment is one note, not one a tool.
const MANY_TOOLS: usize = 3;
/// Most places kept of one claim.
const MAX_PLACES: usize = 5;

/// Judges every claim. The result is sorted by worth, the best first; candidates are in it.
pub(crate) fn judge(ledger: &Ledger, split: Split, options: &Options) -> Vec<Judged> {
    let now = options.now.or_else(|| ledger.newest());
    let context = Context::new(ledger, split, options, now);
    let mut judged = Vec::new();
    // The most specific level first: what it publishes is no longer the business of the levels above. Only
    // what several tools have in common goes before that.
    let mut covered = Covered::default();
    for level in [Level::AnyTool, Level::Template, Level::Program, Level::Tool] {
        for (id, claim) in ledger.claims.iter().filter(|(_, claim)| Level::of(&claim.key) == level) {
            let rest = covered.rest(claim);
            let tools: BTreeSet<&String> = rest.values().flat_map(|seen| &seen.tools).collect();
            if rest.is_empty() || (level == Level::AnyTool && tools.len() < MANY_TOOLS) {
                continue;
            }
            let one = context.judge(id, claim, &rest);
            if one.state >= ClaimState::Probation {
                covered.cover(&claim.key, &rest);
            }
            judged.push(one);
        }
    }
    adjust_for_many_tests(&mut judged);
    judged.sort_by(|a, b| b.worth.total_cmp(&a.worth).then_with(|| a.id.cmp(&b.id)));
    judged
}

/// Levels of the signature ladder that can be published.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Level {
    AnyTool,
    Template,
    Program,
    Tool,
}

impl Level {
    fn of(key: &Key) -> Self {
        match key {
            key if key.is_about_any_tool() => Self::AnyTool,
            Key::Mistake { template: Some(_), .. } => Self::Template,
            Key::Mistake { program: Some(_), .. } => Self::Program,
            Key::Mistake { .. } => Self::Tool,
        }
    }
}

/// What published claims already say, so that a more general one is judged by the rest.
#[derive(Default)]
struct Covered {
    /// By tool and class, how often in each session.
    counts: BTreeMap<(String, Class), BTreeMap<SessionId, u32>>,
    /// Templates that a claim about several tools has taken over.
    templates: BTreeSet<(Class, Vec<String>)>,
}

impl Covered {
    fn cover(&mut self, key: &Key, seen: &BTreeMap<SessionId, Seen>) {
        let Key::Mistake { tool, class, template, .. } = key;
        if key.is_about_any_tool() {
            self.templates.extend(template.clone().map(|template| (*class, template)));
        }
        let tools = |seen: &Seen| match key.is_about_any_tool() {
            true => seen.tools.iter().cloned().collect(),
            false => vec![tool.clone()],
        };
        for (session, seen) in seen {
            for tool in tools(seen) {
                *self.counts.entry((tool, *class)).or_default().entry(session.clone()).or_default() +=
                    seen.count;
            }
        }
    }

    /// Returns the sessions of a claim in which it says more than what is covered.
    fn rest(&self, claim: &Claim) -> BTreeMap<SessionId, Seen> {
        let Key::Mistake { tool, class, template, .. } = &claim.key;
        if let Some(template) = template {
            let taken =
                !claim.key.is_about_any_tool() && self.templates.contains(&(*class, template.clone()));
            return if taken { BTreeMap::new() } else { claim.seen.clone() };
        }
        let covered = self.counts.get(&(tool.clone(), *class));
        let rest = claim.seen.iter().filter_map(|(id, seen)| {
            let gone = covered.and_then(|sessions| sessions.get(id)).copied().unwrap_or(0);
            let left = seen.count.saturating_sub(gone);
            (left > 0).then(|| (id.clone(), Seen { count: left, ..seen.clone() }))
        });
        rest.collect()
    }
}

struct Context<'a> {
    ledger: &'a Ledger,
    split: Split,
    options: &'a Options,
    now: Option<Timestamp>,
    /// Sum over mined sessions of their recency weight.
    recency: f64,
    needed: usize,
}

impl<'a> Context<'a> {
    fn new(ledger: &'a Ledger, split: Split, options: &'a Options, now: Option<Timestamp>) -> Self {
        let gates = &options.gates;
        let small = ledger.sessions.len() < gates.small_store;
        let needed = if small { gates.sessions_small } else { gates.sessions };
        let mut context = Self { ledger, split, options, now, recency: 0.0, needed };
        context.recency = ledger.sessions.values().map(|row| context.weight(row, 14.0)).sum();
        context
    }

    /// Returns 2^(-age / half-life) of a session; 1 where times are unknown.
    fn weight(&self, row: &SessionRow, half_life_days: f64) -> f64 {
        let (Some(now), Some(then)) = (self.now, row.ended_at) else { return 1.0 };
        let days = now.duration_since(then).as_secs_f64().max(0.0) / 86_400.0;
        (-days / half_life_days).exp2()
    }

    fn judge(&self, id: &ClaimId, claim: &Claim, seen: &BTreeMap<SessionId, Seen>) -> Judged {
        let mined: BTreeMap<&SessionId, (&Seen, &SessionRow)> = seen
            .iter()
            .filter(|(id, _)| self.split.mines(id))
            .filter_map(|(id, seen)| Some((id, (seen, self.ledger.sessions.get(id)?))))
            .collect();
        let support = self.support(&mined, seen.len() - mined.len());
        let occurrences = mined.values().map(|(seen, _)| u64::from(seen.count)).sum();
        let Key::Mistake { tool, class, .. } = &claim.key;
        let repair = self.repair(&mined, occurrences, *class, claim.key.is_about_any_tool());
        let wasted = Wasted {
            steps: mined.values().map(|(seen, _)| u64::from(seen.wasted_steps)).sum(),
            tokens: mined.values().map(|(seen, _)| u64::from(seen.wasted_chars)).sum::<u64>() / 4,
        };
        let (state, why) = self.state(claim, seen, support, repair.is_some());
        let worth = self.worth(&mined, wasted, repair.as_ref(), occurrences);
        Judged {
            id: id.clone(),
            key: claim.key.clone(),
            state,
            why,
            support,
            occurrences,
            outcome: self.outcome(tool, &mined),
            blame: self.blame(tool, *class, support),
            wasted,
            repair,
            project: mostly(mined.values().map(|(_, row)| (row.project.as_deref(), 1))),
            program: mostly(mined.values().flat_map(|(seen, _)| {
                seen.programs.iter().map(|(name, count)| (Some(name.as_str()), *count))
            })),
            worth,
            places: places(mined.iter().map(|(id, (seen, _))| (*id, seen.quotes.as_slice()))),
        }
    }

    fn support(&self, mined: &BTreeMap<&SessionId, (&Seen, &SessionRow)>, heldout: usize) -> Support {
        fn distinct<'r>(rows: impl Iterator<Item = Option<&'r str>>) -> u64 {
            rows.flatten().collect::<BTreeSet<_>>().len() as u64
        }
        let rows = || mined.values().map(|(_, row)| *row);
        Support {
            sessions: mined.len() as u64,
            tasks: distinct(rows().map(|row| row.task.as_deref())),
            days: distinct(rows().map(|row| row.day.as_deref())),
            agents: distinct(rows().map(|row| Some(row.agent.as_str()))),
            principals: distinct(rows().map(|row| row.principal.as_deref())),
            heldout: heldout as u64,
        }
    }

    /// Recurrence and spread, then confirmation, then whether there is anything to act on.
    fn state(
        &self,
        claim: &Claim,
        seen: &BTreeMap<SessionId, Seen>,
        support: Support,
        has_repair: bool,
    ) -> (ClaimState, Option<String>) {
        let gates = &self.options.gates;
        if (support.sessions as usize) < self.needed {
            let why = format!("{} of the {} sessions it needs", support.sessions, self.needed);
            return (ClaimState::Candidate, Some(why));
        }
        let spread = support.tasks.max(support.days).max(support.agents) as usize;
        if spread < gates.spread {
            let why = "all of it in one task, on one day, by one agent".to_owned();
            return (ClaimState::Candidate, Some(why));
        }
        if let Some(why) = too_general(&claim.key, has_repair) {
            return (ClaimState::Candidate, Some(why.to_owned()));
        }
        let rest = Claim { key: claim.key.clone(), seen: seen.clone() };
        match held_out::check(&rest, self.ledger, self.split, gates) {
            Verdict::Confirmed => (ClaimState::Note, None),
            Verdict::Unconfirmed if self.split.holds_out() => {
                (ClaimState::Probation, Some("not seen in the sessions that were held out".to_owned()))
            }
            Verdict::Unconfirmed => {
                (ClaimState::Probation, Some("rests on one task or day alone".to_owned()))
            }
            Verdict::Waiting => (ClaimState::Probation, Some("too few sessions to hold any out".to_owned())),
        }
    }

    /// Outcomes of judged sessions that called the tool, in the projects where the mistake was made.
    fn outcome(&self, tool: &str, mined: &BTreeMap<&SessionId, (&Seen, &SessionRow)>) -> Option<OutcomeLift> {
        let projects: BTreeSet<_> = mined.values().map(|(_, row)| row.project.as_deref()).collect();
        let (mut fail_with, mut with, mut fail_without, mut without) = (0, 0, 0, 0);
        for (id, row) in &self.ledger.sessions {
            let Some(failed) = row.failed else { continue };
            if mined.contains_key(id) {
                with += 1;
                fail_with += u64::from(failed);
            } else if self.split.mines(id) && calls(row, tool) && projects.contains(&row.project.as_deref()) {
                without += 1;
                fail_without += u64::from(failed);
            }
        }
        if with == 0 {
            return None;
        }
        let rate = |hits: u64, total: u64| if total == 0 { 0.0 } else { hits as f64 / total as f64 };
        let overall = rate(fail_with + fail_without, with + without);
        let lift = if overall == 0.0 { 1.0 } else { rate(fail_with, with) / overall };
        let p = stats::fisher_greater(fail_with, with, fail_without, without);
        Some(OutcomeLift { fail_with, with, fail_without, without, lift: round(lift), q: p })
    }

    /// Many agents that hit it whatever they do: the environment's fault, whatever the class usually is.
    fn blame(&self, tool: &str, class: Class, support: Support) -> Blame {
        let agents: BTreeSet<&str> = self
            .ledger
            .sessions
            .values()
            .filter(|row| calls(row, tool))
            .map(|row| row.agent.as_str())
            .collect();
        let usual = class.usual_blame();
        let everybody = support.agents >= 4 && support.agents * 4 >= agents.len() as u64 * 3;
        if usual == Blame::Agent && everybody { Blame::Specification } else { usual }
    }

    /// The repair that recovers most surely: highest 90% lower bound of worked / tried, at least two sessions,
    /// and no worse than the bound of any rival.
    fn repair(
        &self,
        mined: &BTreeMap<&SessionId, (&Seen, &SessionRow)>,
        occurrences: u64,
        class: Class,
        any_tool: bool,
    ) -> Option<ChosenRepair> {
        let mut tallies: BTreeMap<Repair, Tally> = BTreeMap::new();
        for (id, (seen, _)) in mined {
            for tried in &seen.tries {
                for mut repair in generalisations(&tried.repair) {
                    if any_tool && repair.kind == RepairKind::Retry {
                        repair.symbol = ANY_TOOL.to_owned(); // Whatever was called, it was called again.
                    }
                    let tally = tallies.entry(repair).or_default();
                    tally.tried += u64::from(tried.tried);
                    tally.worked += u64::from(tried.worked);
                    if tried.worked > 0 {
                        tally.sessions += 1;
                        tally.places.push(((*id).clone(), tried.quotes.clone()));
                        tally.values.extend(tried.values.iter().cloned());
                    }
                }
            }
        }
        let needed = self.options.gates.repair_sessions as u64;
        let sure = |tally: &Tally| stats::rate_lower_bound(tally.worked, tally.tried, 0.9);
        let share = |tally: &Tally| stats::rate_lower_bound(tally.worked, occurrences, 0.9);
        let eligible = tallies.iter().filter(|(repair, tally)| {
            tally.sessions >= needed
                && (tally.worked * 4 >= occurrences
                    || (tally.worked >= 10 && tally.worked * 10 >= occurrences))
                && sure(tally) >= 0.3
                && is_telling(repair, class)
        });
        let best = eligible.max_by(|(a, x), (b, y)| {
            let score =
                |repair: &Repair, tally: &Tally| sure(tally) * share(tally).sqrt() * kind_weight(repair.kind);
            score(a, x)
                .total_cmp(&score(b, y))
                .then_with(|| a.detail().cmp(&b.detail()))
                .then_with(|| b.cmp(a))
        });
        best.map(|(repair, tally)| ChosenRepair {
            repair: repair.clone(),
            recovered: tally.worked,
            tried: tally.tried,
            of: occurrences,
            value: constant(repair, tally),
            places: places(tally.places.iter().map(|(id, quotes)| (id, quotes.as_slice()))),
        })
    }

    /// Value of showing the note to a session in scope (before dividing by its tokens): how often the
    /// trigger occurs lately, what it costs there, how fresh it is, how far it is trusted.
    fn worth(
        &self,
        mined: &BTreeMap<&SessionId, (&Seen, &SessionRow)>,
        wasted: Wasted,
        repair: Option<&ChosenRepair>,
        occurrences: u64,
    ) -> f64 {
        /// Observed with the tool's own word for it (`dream-engine`: trust of agent-observed facts).
        const TRUST: f64 = 0.7;
        if mined.is_empty() || self.recency == 0.0 {
            return 0.0;
        }
        let reach = mined.values().map(|(_, row)| self.weight(row, 14.0)).sum::<f64>() / self.recency;
        let saved =
            repair.map_or(0.1, |repair| stats::rate_lower_bound(repair.recovered, occurrences, 0.8).max(0.1));
        let cost = wasted.steps as f64 / mined.len() as f64;
        let fresh = mined.values().map(|(_, row)| self.weight(row, 90.0)).fold(0.0, f64::max);
        reach * cost * saved * fresh * TRUST
    }
}

/// Whether a session called a tool at all.
fn calls(row: &SessionRow, tool: &str) -> bool {
    tool == ANY_TOOL || row.tools.contains(tool)
}

#[derive(Default)]
struct Tally {
    tried: u64,
    worked: u64,
    sessions: u64,
    places: Vec<(SessionId, Vec<Quote>)>,
    values: Vec<(String, String)>,
}

impl Repair {
    /// How much a repair says.
    fn detail(&self) -> usize {
        self.added.len() + self.removed.len() + self.changed.len()
    }
}

/// A repair that changes several arguments also counts for each of them alone.
fn generalisations(repair: &Repair) -> Vec<Repair> {
    let mut all = vec![repair.clone()];
    if repair.kind == RepairKind::Arguments && repair.detail() > 1 {
        let bare = Repair { added: vec![], removed: vec![], changed: vec![], ..repair.clone() };
        all.extend(repair.added.iter().map(|path| Repair { added: vec![path.clone()], ..bare.clone() }));
        all.extend(repair.changed.iter().map(|path| Repair { changed: vec![path.clone()], ..bare.clone() }));
    }
    all
}

/// Whether a repair tells a reader anything to do.
fn is_telling(repair: &Repair, class: Class) -> bool {
    match repair.kind {
        RepairKind::Arguments => (1..=3).contains(&repair.detail()),
        RepairKind::Retry => {
            matches!(class, Class::Timeout | Class::Network | Class::RateLimited | Class::Other)
        }
        RepairKind::Before | RepairKind::Switch => true,
    }
}

/// Between repairs of equal success the one that says more about the cause.
fn kind_weight(kind: RepairKind) -> f64 {
    match kind {
        RepairKind::Before => 1.0,
        RepairKind::Arguments => 0.95,
        RepairKind::Switch => 0.9,
        RepairKind::Retry => 0.6,
    }
}

/// Returns the value that at least 60% of the repairs gave to the single argument that differs.
fn constant(repair: &Repair, tally: &Tally) -> Option<(String, String)> {
    let [path] = [&repair.added[..], &repair.changed[..]].concat().try_into().ok()?;
    let path: String = path;
    let values: Vec<&str> =
        tally.values.iter().filter(|(name, _)| *name == path).map(|(_, value)| value.as_str()).collect();
    let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
    values.iter().for_each(|value| *counts.entry(value).or_default() += 1);
    let (value, count) =
        counts.into_iter().max_by_key(|(value, count)| (*count, std::cmp::Reverse(*value)))?;
    // A value with digits is somebody's id or date more often than a rule.
    let is_rule = value.len() <= 40 && !value.contains(|c: char| c.is_ascii_digit());
    (is_rule && count >= 3 && count * 10 >= values.len() * 6).then(|| (path, value.to_owned()))
}

/// Why a signature is not worth a note however often it occurs.
fn too_general(key: &Key, has_repair: bool) -> Option<&'static str> {
    let Key::Mistake { tool, program, class, template } = key;
    let class_alone = template.is_none();
    match class {
        Class::Sibling => Some("it only follows from another failure"),
        Class::Interrupted => Some("that a person stopped it does not say what to do instead"),
        Class::Undone => Some("that it was undone does not say what to do instead"),
        Class::Denied | Class::RepeatedCall | Class::Corrected => (program.is_some()
            || (tool == "bash" && *class != Class::Denied))
            .then_some("too general to act on"),
        Class::LintFailure | Class::TestFailure | Class::BuildFailure if class_alone => {
            program.is_none().then_some("too general to act on")
        }
        _ if class_alone && !has_repair => Some("too general to act on: no common message and no repair"),
        Class::Other if class_alone => Some("too general to act on: no common message"),
        _ => None,
    }
}

/// Returns the name that has at least four fifths of the whole weight.
fn mostly<'n>(names: impl Iterator<Item = (Option<&'n str>, u32)>) -> Option<String> {
    let mut weights: BTreeMap<&str, u32> = BTreeMap::new();
    let mut total = 0;
    for (name, weight) in names {
        total += weight;
        if let Some(name) = name {
            *weights.entry(name).or_default() += weight;
        }
    }
    let (name, weight) =
        weights.into_iter().max_by_key(|(name, weight)| (*weight, std::cmp::Reverse(*name)))?;
    (weight * 5 >= total * 4).then(|| name.to_owned())
}

/// Returns the first places in the order of session ids.
fn places<'q>(all: impl Iterator<Item = (&'q SessionId, &'q [Quote])>) -> Vec<(SessionId, Vec<Quote>)> {
    all.filter(|(_, quotes)| !quotes.is_empty())
        .take(MAX_PLACES)
        .map(|(id, quotes)| (id.clone(), quotes.to_vec()))
        .collect()
}

/// Turns p-values into q-values, over the claims that are to be published.
fn adjust_for_many_tests(judged: &mut [Judged]) {
    let tested: Vec<usize> = (0..judged.len())
        .filter(|&at| judged[at].state >= ClaimState::Probation && judged[at].outcome.is_some())
        .collect();
    let p: Vec<f64> = tested.iter().filter_map(|&at| judged[at].outcome.map(|outcome| outcome.q)).collect();
    for (&at, q) in tested.iter().zip(stats::benjamini_hochberg(&p)) {
        if let Some(outcome) = &mut judged[at].outcome {
            outcome.q = round(q);
        }
    }
}

/// Three significant decimals: what is printed is what is stored.
fn round(value: f64) -> f64 {
    (value * 1000.0).round() / 1000.0
}
