//! Stage 4: which claims have enough behind them, and what the others lack.

mod examples;
mod findings;
mod ladder;
mod message;
mod needed;
mod repairs;
mod telling;
pub(crate) mod worth;

use std::collections::{BTreeMap, BTreeSet};

use somnium_types::{ClaimId, SessionId, Timestamp};

use crate::detect::{Detail, Finding, RepairKind};
use crate::effect::{Published, Track, Tracked};
use crate::health::{Health, Meaning, Rows};
use crate::held_out::{self, Split, Verdict};
use crate::ledger::{ANY_TOOL, Claim, Key, Ledger, Occasion, Seen, SessionRow};
use crate::normalise::{Class, Quote};
use crate::report::{Blame, ClaimState, MinedSignature, OutcomeLift, Scope, Support, Wasted};
use crate::{Options, stats};

pub(crate) use findings::finding_id;
use ladder::{Covered, Level};
use message::message;
use needed::Needed;
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
    /// Value of showing it, on the scale of [`worth`].
    pub(crate) worth: f64,
    /// In which sessions it could show.
    pub(crate) occasion: Occasion,
    /// How its note fares.
    pub(crate) health: Health,
    /// What sessions did about its note; `None` where it was never written.
    pub(crate) track: Option<Box<Track>>,
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
    /// The arguments that the message names in every session.
    pub(crate) named: Vec<String>,
}

impl Judged {
    /// Returns the places that show how it is done right, of whatever kind the claim is.
    pub(crate) fn models(&self) -> &[(SessionId, Vec<Quote>)] {
        match &self.detail {
            Detail::Mistake(loud) => loud.repair.as_ref().map_or(&[], |repair| &repair.places),
            Detail::Silent(silent) => &silent.models,
            _ => &[],
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
pub(crate) fn judge(
    ledger: &Ledger,
    findings: Vec<Finding>,
    split: Split,
    published: &Published,
    options: &Options,
) -> Vec<Judged> {
    let now = options.now.or_else(|| ledger.newest());
    let context = Context::new(ledger, split, published, options, now);
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
    let peers = telling::Peers::of(ledger);
    judged.iter_mut().for_each(|claim| telling::demote(claim, peers));
    judged.extend(findings.into_iter().map(|finding| context.finding(finding)));
    judged.sort_by(|a, b| b.worth.total_cmp(&a.worth).then_with(|| a.id.cmp(&b.id)));
    judged
}

/// Returns every signature that recurs and is spread enough, published or not, at every level.
pub(crate) fn mined(ledger: &Ledger, split: Split, options: &Options) -> Vec<MinedSignature> {
    let published = Published::default();
    let context = Context::new(ledger, split, &published, options, None);
    let recurring = ledger.claims.iter().filter_map(|(id, claim)| {
        let support = context.support(&context.mined(&claim.seen), 0);
        context.lacks(support, &occasion(&claim.key, None, None)).is_none().then(|| {
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
    published: &'a Published,
    options: &'a Options,
    clock: worth::Clock,
    rows: Rows<'a>,
    needed: Needed,
}

impl<'a> Context<'a> {
    fn new(
        ledger: &'a Ledger,
        split: Split,
        published: &'a Published,
        options: &'a Options,
        now: Option<Timestamp>,
    ) -> Self {
        let needed = Needed::of(ledger, split, &options.gates);
        Self {
            ledger,
            split,
            published,
            options,
            clock: worth::Clock::new(ledger, now),
            rows: Rows::of(ledger, &published.marks),
            needed,
        }
    }

    fn judge(&self, id: &ClaimId, claim: &Claim, seen: &BTreeMap<SessionId, Seen>) -> Judged {
        let mined = self.mined(seen);
        let support = self.support(&mined, seen.len() - mined.len());
        let occurrences = mined.values().map(|(seen, _)| u64::from(seen.count)).sum();
        let Key::Mistake { tool, class, .. } = &claim.key;
        let seen_in: Vec<(&SessionId, &Seen)> = mined.iter().map(|(id, (seen, _))| (*id, *seen)).collect();
        let needed = self.options.gates.repair_sessions;
        let named = named(&seen_in);
        let any_tool = claim.key.is_about_any_tool();
        let repair = repairs::choose(&seen_in, &named, occurrences, *class, any_tool, needed);
        // Most claims were seen once: what needs a look at every session is left until a claim recurs.
        let recurs = mined.len() >= self.needed.least.min(FATAL);
        let outcome = if recurs { self.outcome(tool, &mined) } else { None };
        // What every judged session that hit it died of was not repaired by anything that was tried.
        let fatal = outcome
            .is_some_and(|o| o.with >= FATAL as u64 && o.fail_with == o.with && o.fail_without < o.without);
        let repair = repair.filter(|_| !fatal);
        let wasted = Wasted {
            steps: mined.values().map(|(seen, _)| u64::from(seen.wasted_steps)).sum(),
            tokens: mined.values().map(|(seen, _)| u64::from(seen.wasted_chars)).sum::<u64>() / 4,
        };
        let project = mostly(mined.values().map(|(_, row)| (row.project.as_deref(), 1)));
        let program =
            mostly(mined.values().flat_map(|(seen, _)| {
                seen.programs.iter().map(|(name, count)| (Some(name.as_str()), *count))
            }));
        let occasion = occasion(&claim.key, program.as_deref(), project.as_deref());
        let is_written = self.ledger.standings.contains_key(id);
        let (track, health) = match recurs || is_written {
            true => {
                let showing = self.rows.marked(seen.keys());
                let reach = reach(&occasion, *class, repair.as_ref());
                let lost = is_written.then(|| self.lost(seen));
                let track = self.track(id, &showing, &reach, Meaning::Violated, lost);
                let health =
                    Health::of(id, &showing, &occasion, Meaning::Violated, &self.rows, track.as_deref());
                (track, health)
            }
            false => (None, Health::default()),
        };
        let worth = worth::Shares {
            seen: mined.values().map(|(_, row)| *row).collect(),
            quiet: health.quiet,
            half_life: worth::MISTAKE,
        };
        let worth = self.clock.worth(
            &worth,
            worth::of_repair(wasted.steps, mined.len(), repair.as_ref(), occurrences),
            worth::OBSERVED,
        );
        let loud = Loud {
            key: claim.key.clone(),
            occurrences,
            blame: if recurs { self.blame(tool, *class, support) } else { class.usual_blame() },
            wasted,
            repair,
            program,
            message: message(&claim.key, mined.values().map(|(seen, _)| *seen)),
            named,
        };
        let (state, why) = self.state(claim, seen, support, &occasion, &health, &loud);
        Judged {
            id: id.clone(),
            scope: Scope::Agent,
            state,
            why,
            support,
            outcome,
            telling_outcome: false,
            project,
            worth,
            occasion,
            health,
            track,
            places: places(mined.iter().map(|(id, (seen, _))| (*id, seen.quotes.as_slice()))),
            detail: Detail::Mistake(Box::new(loud)),
        }
    }

    /// Returns the sessions that may be mined, with what is known of them.
    fn mined<'s>(&'s self, seen: &'s BTreeMap<SessionId, Seen>) -> Mined<'s> {
        let known = seen.iter().filter_map(|(id, seen)| Some((id, (seen, self.ledger.sessions.get(id)?))));
        known.filter(|(_, (_, row))| self.split.mines_row(row)).collect()
    }

    /// Returns what a claim lacks in recurrence or spread.
    fn lacks(&self, support: Support, occasion: &Occasion) -> Option<String> {
        if let Some(why) = self.needed.lacks(support.sessions, occasion) {
            return Some(why);
        }
        self.is_narrow(support)
    }

    /// Returns what a claim lacks in spread.
    fn is_narrow(&self, support: Support) -> Option<String> {
        let spread = support.tasks.max(support.days).max(support.agents) as usize;
        (spread < self.options.gates.spread)
            .then(|| format!("{spread} of the {} tasks, days or agents it needs", self.options.gates.spread))
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
        occasion: &Occasion,
        health: &Health,
        loud: &Loud,
    ) -> (ClaimState, Option<String>) {
        if let Some(why) = self.lacks(support, occasion) {
            return (ClaimState::Candidate, Some(why));
        }
        if let Some(why) = telling::too_general(&claim.key, loud.repair.is_some()) {
            return (ClaimState::Candidate, Some(why.to_owned()));
        }
        if health.later > 0 {
            return (ClaimState::Note, None); // A later dream saw it again.
        }
        self.confirmed(seen.keys(), occasion)
    }

    /// The held-out check of a claim that passed all before it.
    fn confirmed<'s>(
        &self,
        seen: impl Iterator<Item = &'s SessionId>,
        occasion: &Occasion,
    ) -> (ClaimState, Option<String>) {
        let gates = &self.options.gates;
        let why = match held_out::check(seen, self.ledger, self.split, gates) {
            Verdict::Confirmed => return (ClaimState::Note, None),
            Verdict::Unconfirmed if self.split.holds_out() => self.unconfirmed(occasion),
            Verdict::Unconfirmed => held_out::rests_on_one(gates),
            Verdict::Waiting => held_out::too_few(self.ledger, gates),
        };
        (ClaimState::Probation, Some(why))
    }

    /// What a claim lacks that no session held out shows, in numbers.
    fn unconfirmed(&self, occasion: &Occasion) -> String {
        let held_out = self.ledger.sessions.iter().filter(|(id, _)| !self.split.mines(id));
        let could = held_out.filter(|(_, row)| occasion.is_in(row)).count();
        format!("none of the {could} held-out sessions with the occasion shows it")
    }

    /// Looks at what sessions did about a note, where it was written.
    fn track(
        &self,
        id: &ClaimId,
        seen: &[bool],
        reach: &Occasion,
        meaning: Meaning,
        lost: Option<BTreeMap<usize, (u32, u32)>>,
    ) -> Option<Box<Track>> {
        let standing = self.ledger.standings.get(id)?;
        let dealt_as = self.published.dealt_as(id);
        let tracked = Tracked { id, standing, reach, meaning, seen, lost, dealt_as };
        Some(Box::new(Track::of(&tracked, &self.rows, &self.published.arrangements)))
    }

    /// Returns what sessions lost to a mistake, by their number.
    fn lost(&self, seen: &BTreeMap<SessionId, Seen>) -> BTreeMap<usize, (u32, u32)> {
        let lost = seen
            .iter()
            .filter_map(|(id, seen)| Some((self.rows.number(id)?, (seen.wasted_steps, seen.wasted_chars))));
        lost.collect()
    }

    /// Outcomes of judged sessions that called the tool, in the projects where the mistake was made.
    fn outcome(&self, tool: &str, mined: &Mined<'_>) -> Option<OutcomeLift> {
        let projects: BTreeSet<_> = mined.values().map(|(_, row)| row.project.as_deref()).collect();
        let (mut fail_with, mut with, mut fail_without, mut without) = (0, 0, 0, 0);
        for failed in mined.values().filter_map(|(_, row)| row.failed) {
            with += 1;
            fail_with += u64::from(failed);
        }
        let hit = self.rows.marked(mined.keys().copied());
        for (number, row) in self.rows.calling(tool) {
            let Some(failed) = row.failed.filter(|_| !hit[*number]) else { continue };
            if self.split.mines_row(row) && projects.contains(&row.project.as_deref()) {
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
        let calling = self.rows.calling(tool).iter();
        let agents: BTreeSet<&str> = calling.map(|(_, row)| row.agent.as_str()).collect();
        let usual = class.usual_blame();
        let everybody = support.agents >= 4 && support.agents * 4 >= agents.len() as u64 * 3;
        if usual == Blame::Agent && everybody { Blame::Specification } else { usual }
    }
}

/// Where a loud mistake can occur.
fn occasion(key: &Key, program: Option<&str>, project: Option<&str>) -> Occasion {
    let Key::Mistake { tool, program: of_key, .. } = key;
    Occasion {
        tool: Some(tool.clone()).filter(|tool| tool != ANY_TOOL),
        program: of_key.clone().or_else(|| program.map(str::to_owned)),
        project: project.map(str::to_owned),
    }
}

/// Where a mistake could show whatever its note says. Who is told to use another program does not run this one, and
/// would be missing from the sessions with the occasion exactly where the note helps.
fn reach(occasion: &Occasion, class: Class, repair: Option<&ChosenRepair>) -> Occasion {
    let is_replaced = repair.is_some_and(|repair| repair.repair.kind == RepairKind::Switch);
    let mut reach = occasion.clone();
    if is_replaced || class == Class::CommandNotFound {
        let is_program = reach.program.take().is_some();
        reach.tool = reach.tool.filter(|_| is_program);
    }
    reach
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

/// Returns the arguments that the message names in every session.
fn named(seen: &[(&SessionId, &Seen)]) -> Vec<String> {
    let mut sets = seen.iter().map(|(_, seen)| &seen.named);
    let first = sets.next().cloned().unwrap_or_default();
    sets.fold(first, |named, set| named.intersection(set).cloned().collect()).into_iter().collect()
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
