//! Stage 4: which claims have enough behind them, and what the others lack.

mod findings;
mod ladder;
mod repairs;

use std::collections::{BTreeMap, BTreeSet};

use somnium_types::{ClaimId, SessionId, Timestamp};

use crate::detect::mistakes::words;
use crate::detect::{Detail, Finding};
use crate::held_out::{self, Split, Verdict};
use crate::ledger::{ANY_TOOL, Claim, Key, Ledger, Seen, SessionRow};
use crate::normalise::{Class, Quote, Token, WILDCARD, tokens};
use crate::report::{Blame, ClaimState, MinedSignature, OutcomeLift, Scope, Support, Wasted};
use crate::{Options, stats};

use ladder::{Covered, Level};
pub(crate) use repairs::ChosenRepair;

/// A claim with its counts and how far it has come.
#[derive(Clone, Debug)]
pub(crate) struct Judged {
    pub(crate) id: ClaimId,
    pub(crate) scope: Scope,
    pub(crate) state: ClaimState,
    /// What keeps it from the next state; empty for a note.
    pub(crate) why: Option<String>,
    pub(crate) support: Support,
    pub(crate) outcome: Option<OutcomeLift>,
    /// Whether the outcomes differ at the level that was asked for.
    pub(crate) telling_outcome: bool,
    /// The project that has nearly all of its sessions.
    pub(crate) project: Option<String>,
    /// Value per token of showing it, without the token count.
    pub(crate) worth: f64,
    /// Places, by session, in a fixed order.
    pub(crate) places: Vec<(SessionId, Vec<Quote>)>,
    /// What only claims of this kind have.
    pub(crate) detail: Detail,
}

/// What only loud mistakes have.
#[derive(Clone, Debug)]
pub(crate) struct Loud {
    pub(crate) key: Key,
    /// Failing steps in mined sessions.
    pub(crate) occurrences: u64,
    pub(crate) blame: Blame,
    pub(crate) wasted: Wasted,
    pub(crate) repair: Option<ChosenRepair>,
    /// The program of the shell that was at fault nearly always.
    pub(crate) program: Option<String>,
    /// The common message in the spelling of one place; where it looks as if it varied and never did, as it is.
    pub(crate) message: Option<Vec<String>>,
}

impl Judged {
    /// Returns what worked after a loud mistake.
    pub(crate) fn repair(&self) -> Option<&ChosenRepair> {
        match &self.detail {
            Detail::Mistake(loud) => loud.repair.as_ref(),
            _ => None,
        }
    }
}

impl Loud {
    /// Numbers that a note may say beyond support and outcome.
    pub(crate) fn numbers(&self) -> Vec<String> {
        let repair = self.repair.iter().flat_map(|repair| [repair.recovered, repair.tried, repair.of]);
        let counts = [self.occurrences, self.wasted.steps, self.wasted.tokens];
        counts.into_iter().chain(repair).map(|number| number.to_string()).collect()
    }
}

/// From this many tools on an error of the environment is one note, not one a tool.
const MANY_TOOLS: usize = 3;
/// From this many judged sessions on, a mistake that all of them died of has no repair.
const FATAL: usize = 3;
/// Most places kept of one claim.
const MAX_PLACES: usize = 5;

/// Judges every claim. The result is sorted by worth, the best first; candidates are in it.
pub(crate) fn judge(ledger: &Ledger, findings: Vec<Finding>, split: Split, options: &Options) -> Vec<Judged> {
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
            let many_tools = level != Level::AnyTool || tools.len() >= MANY_TOOLS;
            if rest.is_empty() || !many_tools || !claim.key.can_be_written() {
                continue;
            }
            let one = context.judge(id, claim, &rest);
            if one.state >= ClaimState::Probation {
                covered.cover(&claim.key, &rest);
            }
            judged.push(one);
        }
    }
    adjust_for_many_tests(&mut judged, options.gates.q);
    judged.extend(findings.into_iter().map(|finding| context.finding(finding)));
    judged.sort_by(|a, b| b.worth.total_cmp(&a.worth).then_with(|| a.id.cmp(&b.id)));
    judged
}

/// Returns every signature that recurs and is spread enough, published or not, at every level.
pub(crate) fn mined(ledger: &Ledger, split: Split, options: &Options) -> Vec<MinedSignature> {
    let context = Context::new(ledger, split, options, None);
    let recurring = ledger.claims.iter().filter_map(|(id, claim)| {
        let support = context.support(&context.mined(&claim.seen), 0);
        context.lacks(support).is_none().then(|| {
            let Key::Mistake { tool, program, class, template } = claim.key.clone();
            let level = Level::of(&claim.key).number();
            MinedSignature {
                id: id.clone(),
                level,
                tool,
                program,
                class,
                template,
                sessions: support.sessions,
            }
        })
    });
    recurring.collect()
}

/// Sessions that may be mined, with what was seen in them and what is known of them.
type Mined<'s> = BTreeMap<&'s SessionId, (&'s Seen, &'s SessionRow)>;

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
        let mined = self.mined(seen);
        let support = self.support(&mined, seen.len() - mined.len());
        let occurrences = mined.values().map(|(seen, _)| u64::from(seen.count)).sum();
        let Key::Mistake { tool, class, .. } = &claim.key;
        let seen_in: Vec<(&SessionId, &Seen)> = mined.iter().map(|(id, (seen, _))| (*id, *seen)).collect();
        let needed = self.options.gates.repair_sessions;
        let repair = repairs::choose(&seen_in, occurrences, *class, claim.key.is_about_any_tool(), needed);
        // Most claims were seen once: what needs a look at every session is left until a claim recurs.
        let recurs = mined.len() >= self.needed.min(FATAL);
        let outcome = if recurs { self.outcome(tool, &mined) } else { None };
        // What every judged session that hit it died of was not repaired by anything that was tried.
        let fatal = outcome
            .is_some_and(|o| o.with >= FATAL as u64 && o.fail_with == o.with && o.fail_without < o.without);
        let repair = repair.filter(|_| !fatal);
        let wasted = Wasted {
            steps: mined.values().map(|(seen, _)| u64::from(seen.wasted_steps)).sum(),
            tokens: mined.values().map(|(seen, _)| u64::from(seen.wasted_chars)).sum::<u64>() / 4,
        };
        let (state, why) = self.state(claim, seen, support, repair.is_some());
        let worth = self.worth(&mined, wasted, repair.as_ref(), occurrences);
        let loud = Loud {
            key: claim.key.clone(),
            occurrences,
            blame: if recurs { self.blame(tool, *class, support) } else { class.usual_blame() },
            wasted,
            repair,
            program: mostly(mined.values().flat_map(|(seen, _)| {
                seen.programs.iter().map(|(name, count)| (Some(name.as_str()), *count))
            })),
            message: message(&claim.key, mined.values().map(|(seen, _)| *seen)),
        };
        Judged {
            id: id.clone(),
            scope: Scope::Agent,
            state,
            why,
            support,
            outcome,
            telling_outcome: false,
            project: mostly(mined.values().map(|(_, row)| (row.project.as_deref(), 1))),
            worth,
            places: places(mined.iter().map(|(id, (seen, _))| (*id, seen.quotes.as_slice()))),
            detail: Detail::Mistake(Box::new(loud)),
        }
    }

    /// Returns the sessions that may be mined, with what is known of them.
    fn mined<'s>(&'s self, seen: &'s BTreeMap<SessionId, Seen>) -> Mined<'s> {
        let mined = seen.iter().filter(|(id, _)| self.split.mines(id));
        mined.filter_map(|(id, seen)| Some((id, (seen, self.ledger.sessions.get(id)?)))).collect()
    }

    /// Returns what a claim lacks in recurrence or spread.
    fn lacks(&self, support: Support) -> Option<String> {
        if (support.sessions as usize) < self.needed {
            return Some(format!("{} of the {} sessions it needs", support.sessions, self.needed));
        }
        let spread = support.tasks.max(support.days).max(support.agents) as usize;
        (spread < self.options.gates.spread)
            .then(|| "all of it in one task, on one day, by one agent".to_owned())
    }

    fn support(&self, mined: &Mined<'_>, heldout: usize) -> Support {
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
        if let Some(why) = self.lacks(support) {
            return (ClaimState::Candidate, Some(why));
        }
        if let Some(why) = too_general(&claim.key, has_repair) {
            return (ClaimState::Candidate, Some(why.to_owned()));
        }
        match held_out::check(seen.keys(), self.ledger, self.split, gates) {
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
    fn outcome(&self, tool: &str, mined: &Mined<'_>) -> Option<OutcomeLift> {
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

    /// Value of showing the note to a session in scope (before dividing by its tokens): how often the
    /// trigger occurs lately, what it costs there, how fresh it is, how far it is trusted.
    fn worth(
        &self,
        mined: &Mined<'_>,
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

/// From this many sessions on, what is the same in all of them counts as part of the message.
const CONSTANT: usize = 3;
/// Longest value that is shown for being the same everywhere, in bytes.
const MAX_CONSTANT: usize = 32;

/// Returns a template in the spelling of the first session that has it.
fn message<'s>(key: &Key, seen: impl Iterator<Item = &'s Seen>) -> Option<Vec<String>> {
    let Key::Mistake { template, .. } = key;
    let template = template.as_ref()?;
    let (mut lines, mut varies): (Vec<Vec<Token>>, bool) = (Vec::new(), false);
    for seen in seen {
        varies |= seen.varies;
        lines.extend(
            seen.quotes.first().map(|quote| tokens(&quote.text)).filter(|line| line.len() == template.len()),
        );
    }
    let Some(first) = lines.first() else { return Some(template.clone()) };
    let shown = template.iter().zip(first).enumerate().map(|(at, (token, spelt))| {
        let same = !varies && lines.len() >= CONSTANT && lines.iter().all(|line| line[at].raw == spelt.raw);
        match token.contains(WILDCARD) {
            true if same && spelt.raw.len() <= MAX_CONSTANT => spelt.raw.clone(),
            true => token.clone(),
            false => spelt.masked.clone(),
        }
    });
    Some(shown.collect())
}

/// Why a signature is not worth a note however often it occurs.
fn too_general(key: &Key, has_repair: bool) -> Option<&'static str> {
    let Key::Mistake { tool, program, class, template } = key;
    let class_alone = template.is_none();
    if template.as_ref().is_some_and(|template| words(template) < 2) {
        return Some("too general to act on: its message is a single word");
    }
    match class {
        Class::Sibling => Some("it only follows from another failure"),
        Class::Interrupted => Some("that a person stopped it does not say what to do instead"),
        Class::Undone => Some("that it was undone does not say what to do instead"),
        Class::Denied if !class_alone => Some("too general to act on: the words are the harness's"),
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
fn adjust_for_many_tests(judged: &mut [Judged], level: f64) {
    let tested: Vec<usize> = (0..judged.len())
        .filter(|&at| judged[at].state >= ClaimState::Probation && judged[at].outcome.is_some())
        .collect();
    let p: Vec<f64> = tested.iter().filter_map(|&at| judged[at].outcome.map(|outcome| outcome.q)).collect();
    for (&at, q) in tested.iter().zip(stats::benjamini_hochberg(&p)) {
        if let Some(outcome) = &mut judged[at].outcome {
            outcome.q = round(q);
            judged[at].telling_outcome = q <= level;
        }
    }
}

/// Three significant decimals: what is printed is what is stored.
fn round(value: f64) -> f64 {
    (value * 1000.0).round() / 1000.0
}
