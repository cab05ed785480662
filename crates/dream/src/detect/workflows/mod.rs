//! Converged workflows: orders of actions that good sessions share and chance does not explain.
//!
//! Sessions become segments of symbols ([`symbol`], [`segment`]), without what one repeats of another to the letter
//! ([`replay`]). In them closed patterns are mined ([`mine`]) and held against two null models ([`null`]), by what
//! those expect ([`chance`]) and what is mined in draws of them ([`significance`]). What is left has to be shared
//! ([`spread`]), near-identical patterns become one playbook ([`select`]), and each playbook is told in full
//! ([`tell`]): where arguments come from ([`slots`]), what stands around it ([`around`]), when it is used ([`words`]).

mod around;
mod chance;
mod matcher;
mod mine;
mod null;
mod probe;
mod replay;
pub(crate) mod segment;
mod select;
mod significance;
mod slots;
mod spread;
pub(crate) mod symbol;
mod tell;
mod words;

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;

use crate::Options;
use crate::detect::{Detail, Finding};
use crate::gate::Judged;
use crate::held_out::Split;
use crate::normalise::Normalised;
use crate::report::{ClaimState, Pitfall, WorkflowSignature, WorkflowStep};
use serde::{Deserialize, Serialize};

use mine::Demand;
use null::World;
use segment::Segment;
use symbol::{ASK, Alphabet, Symbol};

pub use probe::{NullModel, WorkflowsFound, frequent_patterns, null_sessions, workflows_found};
pub(crate) use slots::{FIXED, INSTRUCTIONS, USER, leaf};

/// A pattern is published at this level under both null models.
const LEVEL: f64 = 0.05;
/// Segments of a project from which on it has a Markov chain of its own.
const OWN_CHAIN: usize = 5;

/// What only workflows have.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Workflow {
    /// What is reported of it.
    pub(crate) signature: WorkflowSignature,
}

impl Workflow {
    /// Numbers that a note may say beyond support and outcome.
    pub(crate) fn numbers(&self) -> Vec<String> {
        let of = &self.signature;
        let shares = [of.conforming.sessions, of.conforming.success, of.other.sessions, of.other.success];
        let beside = of.before.iter().chain(&of.check).map(|beside| beside.instances);
        let words = of.words.iter().chain(&of.not_when).flat_map(|word| [word.conforming, word.other]);
        let pitfalls = of.pitfalls.iter().flat_map(|pitfall| [pitfall.step, pitfall.sessions]);
        let places = of.steps.iter().map(|step| step.place);
        let converged = [of.convergence.agents, of.convergence.tasks, of.instances, of.ends];
        let counts =
            shares.into_iter().chain(beside).chain(words).chain(pitfalls).chain(places).chain(converged);
        let shares = of.convergence.first.iter().chain(&of.convergence.last).copied();
        let benefit = of.benefit.iter().flat_map(|benefit| {
            [
                benefit.success,
                benefit.success_low,
                benefit.steps_saved,
                benefit.steps_saved_low,
                benefit.tasks as f64,
            ]
        });
        let rates = shares.chain(benefit).chain([of.q_shuffle, of.q_markov]);
        counts.map(|count| count.to_string()).chain(rates.map(|rate| rate.to_string())).collect()
    }

    /// The claims that a note links to.
    pub(crate) fn links(&self) -> impl Iterator<Item = &str> {
        self.signature.pitfalls.iter().map(|pitfall| pitfall.claim.as_str())
    }
}

/// Runs the detector.
pub(crate) fn detect(sessions: &[&Normalised], split: Split, options: &Options) -> Vec<Finding> {
    let study = Study::of(sessions, split, options);
    let significant = study.significant();
    let chosen = select::select(&study, significant);
    chosen.iter().map(|chosen| tell::finding(&study, chosen)).collect()
}

/// A pattern with how far it is from chance.
#[derive(Clone, Debug)]
struct Pattern {
    symbols: Vec<Symbol>,
    q_shuffle: f64,
    q_markov: f64,
    /// Places of all sessions that show it, in order.
    sessions: Vec<usize>,
}

/// Sessions cut up, with everything that is looked up often.
struct Study<'a> {
    sessions: &'a [&'a Normalised],
    /// Whether a session may be mined.
    mined: Vec<bool>,
    alphabet: Alphabet,
    segments: Vec<Segment>,
    /// The symbols of each segment.
    items: Vec<Vec<Symbol>>,
    /// The group of each segment: its project where that is large enough.
    groups: Vec<usize>,
    /// The segments of each session.
    of_session: Vec<Range<usize>>,
    /// The symbols that each session uses.
    uses: Vec<BTreeSet<Symbol>>,
    looks: BTreeSet<Symbol>,
    needed: usize,
    seed: u64,
}

impl<'a> Study<'a> {
    fn of(sessions: &'a [&'a Normalised], split: Split, options: &Options) -> Self {
        let alphabet = Alphabet::of(sessions);
        let segments = segment::segments(sessions, &alphabet);
        let items: Vec<Vec<Symbol>> =
            segments.iter().map(|segment| segment.items.iter().map(|item| item.symbol).collect()).collect();
        let mut of_session = vec![0..0; sessions.len()];
        let mut uses = vec![BTreeSet::new(); sessions.len()];
        for (at, segment) in segments.iter().enumerate() {
            let range = &mut of_session[segment.session];
            *range = if range.start == range.end { at..at + 1 } else { range.start..at + 1 };
            uses[segment.session].extend(&items[at]);
        }
        let gates = &options.gates;
        let is_small = sessions.len() < gates.small_store;
        let needed = if is_small { gates.sessions_small } else { gates.sessions };
        Self {
            mined: sessions.iter().map(|session| split.mines(&session.id)).collect(),
            looks: around::looks(sessions, &alphabet),
            sessions,
            alphabet,
            groups: groups(sessions, &segments),
            segments,
            items,
            of_session,
            uses,
            needed,
            seed: options.seed,
        }
    }

    /// Whether practice may be learnt from a session: it may be mined, and nobody found that it failed.
    fn teaches(&self, session: usize) -> bool {
        let failed = self.sessions[session].outcome.as_ref().is_some_and(somnium_types::Outcome::failed);
        self.mined[session] && !failed
    }

    /// Returns the patterns that neither null model explains.
    fn significant(&self) -> Vec<Pattern> {
        let (segments, groups, owners, good) = self.train();
        let world = World { segments: &segments, groups: &groups, owners: &owners, good };
        let mut demand = Demand::of(world.stock(), self.needed, self.alphabet.len());
        let mined = mine::mine(world.stock(), &mut demand);
        let q = significance::q_values(&mined, &world, &demand, self.seed);
        let mut patterns: Vec<Pattern> = mined
            .into_keys()
            .zip(q)
            .filter(|(_, [shuffle, markov])| shuffle.max(*markov) <= LEVEL)
            .map(|(symbols, [q_shuffle, q_markov])| Pattern {
                symbols,
                q_shuffle,
                q_markov,
                sessions: Vec::new(),
            })
            .collect();
        self.find(&mut patterns);
        patterns
    }

    /// Returns the segments that may be mined, those of good sessions first, with the group and the session of each,
    /// and how many are of good sessions. What a session repeats of another one to the letter is left out.
    fn train(&self) -> (Vec<Vec<Symbol>>, Vec<usize>, Vec<usize>, usize) {
        let replayed = replay::replayed(self.sessions, &self.segments);
        let (mut segments, mut groups, mut owners) = (Vec::new(), Vec::new(), Vec::new());
        let mut good = 0;
        for teaches in [true, false] {
            let may = |at: &usize| {
                let session = self.segments[*at].session;
                self.mined[session] && self.teaches(session) == teaches
            };
            for at in (0..self.segments.len()).filter(may) {
                for piece in replay::fresh(&self.items[at], &replayed[at]) {
                    if piece.len() >= mine::MIN_LENGTH {
                        segments.push(piece);
                        groups.push(self.groups[at]);
                        owners.push(self.segments[at].session);
                    }
                }
            }
            good = if teaches { segments.len() } else { good };
        }
        (segments, groups, owners, good)
    }

    /// Fills in which sessions show each pattern.
    fn find(&self, patterns: &mut [Pattern]) {
        let matcher = matcher::Matcher::new(patterns.iter().map(|pattern| pattern.symbols.as_slice()));
        for (at, items) in self.items.iter().enumerate() {
            let session = self.segments[at].session;
            matcher.each(items, &mut |pattern| {
                let sessions = &mut patterns[pattern].sessions;
                if sessions.last() != Some(&session) {
                    sessions.push(session);
                }
            });
        }
    }

    /// Returns the sessions that could have shown a pattern: in the projects where it occurs, with at least half of
    /// its kinds of steps.
    fn opportunity(&self, pattern: &Pattern) -> Vec<usize> {
        let projects: BTreeSet<Option<&str>> =
            pattern.sessions.iter().map(|at| self.sessions[*at].project.as_deref()).collect();
        let kinds: BTreeSet<Symbol> =
            pattern.symbols.iter().copied().filter(|symbol| *symbol != ASK).collect();
        (0..self.sessions.len())
            .filter(|at| {
                projects.contains(&self.sessions[*at].project.as_deref())
                    && kinds.intersection(&self.uses[*at]).count() * 2 >= kinds.len()
            })
            .collect()
    }

    /// Returns a kind of step as it is reported.
    fn step(&self, symbol: Symbol, place: usize) -> WorkflowStep {
        let (words, file) = symbol::parts(self.alphabet.name(symbol));
        let tool = if symbol == ASK { crate::report::ASK_STEP.to_owned() } else { words.join(" ") };
        WorkflowStep { tool, file: file.map(str::to_owned), place: place as u64, args: Default::default() }
    }
}

/// Numbers the projects; those with few segments share one number.
fn groups(sessions: &[&Normalised], segments: &[Segment]) -> Vec<usize> {
    let project = |segment: &Segment| sessions[segment.session].project.as_deref();
    let mut sizes: BTreeMap<Option<&str>, usize> = BTreeMap::new();
    segments.iter().for_each(|segment| *sizes.entry(project(segment)).or_default() += 1);
    let own: Vec<Option<&str>> =
        sizes.into_iter().filter(|(_, size)| *size >= OWN_CHAIN).map(|(project, _)| project).collect();
    segments.iter().map(|segment| own.binary_search(&project(segment)).map_or(0, |place| place + 1)).collect()
}

/// Most pitfalls of one playbook.
const MAX_PITFALLS: usize = 4;

/// Links workflows to the mistakes that are made at their steps.
pub(crate) fn link(judged: &mut [Judged]) {
    let mistakes: Vec<(String, Pitfall)> = judged
        .iter()
        .filter(|claim| claim.state >= ClaimState::Probation)
        .filter_map(|claim| {
            let Detail::Mistake(loud) = &claim.detail else { return None };
            let crate::ledger::Key::Mistake { tool, program, class, .. } = &loud.key;
            let name = match program.as_ref().or(loud.program.as_ref()) {
                Some(program) => program.clone(),
                None if loud.key.is_about_any_tool() || tool == "bash" => return None,
                None => tool.clone(),
            };
            let pitfall = Pitfall {
                step: 0,
                claim: claim.id.clone(),
                class: class.slug().to_owned(),
                sessions: claim.support.sessions,
            };
            Some((name, pitfall))
        })
        .collect();
    for claim in judged {
        let Detail::Workflow(workflow) = &mut claim.detail else { continue };
        let mut linked: BTreeSet<&str> = BTreeSet::new();
        let mut pitfalls = Vec::new();
        for step in &workflow.signature.steps {
            // A program stands in front of its flags, a tool in front of its verb.
            let is_at = |name: &String| {
                step.tool
                    .strip_prefix(name.as_str())
                    .is_some_and(|rest| rest.is_empty() || rest.starts_with(' '))
            };
            for (_, pitfall) in mistakes.iter().filter(|(name, _)| is_at(name)) {
                if pitfalls.len() < MAX_PITFALLS && linked.insert(pitfall.claim.as_str()) {
                    pitfalls.push(Pitfall { step: step.place, ..pitfall.clone() });
                }
            }
        }
        workflow.signature.pitfalls = pitfalls;
    }
}
