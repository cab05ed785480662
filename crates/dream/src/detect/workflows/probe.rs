//! For measurements from outside: how much the detector finds where there is nothing to find.

use std::collections::BTreeMap;

use somnium_types::{Actor, Origin};

use super::null::{Chains, Dice, shuffle};
use super::segment::Item;
use super::symbol::{ASK, RARE, Symbol};
use super::{Study, mine, select};
use crate::Options;
use crate::held_out::Split;
use crate::normalise::{Normalised, Step, Turn};
use crate::sequence::{Limits, Sequences, frequent};

/// Share of the segments that plain mining asks for, in percent.
const PLAIN_SHARE: usize = 2;

/// What chance looks like.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NullModel {
    /// The steps of each stretch of work in random order.
    Shuffle,
    /// Stretches of the same length, each step drawn by the one before it.
    Markov,
}

/// What the workflow detector finds in sessions.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct WorkflowsFound {
    /// Closed patterns that neither null model explains.
    pub patterns: usize,
    /// Playbooks that are made of them.
    pub playbooks: usize,
}

/// Runs the workflow detector alone.
pub fn workflows_found(sessions: &[Normalised], options: &Options) -> WorkflowsFound {
    let all: Vec<&Normalised> = sessions.iter().collect();
    let split = Split::of(sessions.len(), &options.gates);
    let study = Study::of(&all, split, options);
    let significant = study.significant();
    let patterns = significant.len();
    WorkflowsFound { patterns, playbooks: select::select(&study, significant).len() }
}

/// Counts patterns of so many steps by support alone, as plain sequence mining does: in so many segments.
pub fn frequent_patterns(sessions: &[Normalised], length: usize, options: &Options) -> usize {
    let all: Vec<&Normalised> = sessions.iter().collect();
    let study = Study::of(&all, Split::of(sessions.len(), &options.gates), options);
    let (segments, _, _, good) = study.train();
    let train = &segments[..good];
    let support = study.needed.max(train.len() * PLAIN_SHARE / 100);
    let limits = Limits { support: support as u32, longest: length, gap: Some(mine::REACH as u32 - 1) };
    let segments: Sequences = train.iter().map(|items| items.iter().map(|item| u32::from(*item))).collect();
    let is_plain = |items: &[u32]| {
        let items: Vec<Symbol> = items.iter().map(|item| *item as Symbol).collect();
        items.len() == length && !items.contains(&RARE) && items[0] != ASK && mine::is_procedure(&items)
    };
    frequent(&segments, &limits).iter().filter(|pattern| is_plain(&pattern.items)).count()
}

/// Returns sessions like these in which the order of steps is a null model's.
pub fn null_sessions(
    sessions: &[Normalised],
    model: NullModel,
    seed: u64,
    options: &Options,
) -> Vec<Normalised> {
    let all: Vec<&Normalised> = sessions.iter().collect();
    // Nothing is held out here: each session is replaced by one of its own kind.
    let study = Study::of(&all, Split::of(0, &options.gates), options);
    let groups = &study.groups;
    let chains = Chains::of(&study.items, groups);
    let mut pools: BTreeMap<(usize, Symbol), Vec<&Step>> = BTreeMap::new();
    for (segment, group) in study.segments.iter().zip(groups) {
        for item in &segment.items {
            let step = item.step.and_then(|at| all[segment.session].steps.get(at));
            pools.entry((*group, item.symbol)).or_default().extend(step);
        }
    }
    let mut dice = Dice::new(seed, 77);
    let drawn = sessions.iter().enumerate().map(|(at, session)| {
        let mut fresh = Fresh::of(session);
        for segment in study.of_session[at].clone() {
            let steps: Vec<Option<Step>> = match model {
                NullModel::Shuffle => {
                    let mut items: Vec<Item> = study.segments[segment].items.clone();
                    shuffle(&mut items, |a, b| a.symbol == b.symbol, &mut dice);
                    items.iter().map(|item| item.step.map(|at| session.steps[at].clone())).collect()
                }
                NullModel::Markov => {
                    let symbols = chains.draw(groups[segment], &study.items[segment], &mut dice);
                    let step = |symbol: &Symbol| {
                        let pool = pools.get(&(groups[segment], *symbol)).filter(|pool| !pool.is_empty())?;
                        Some(pool[dice.below(pool.len())].clone())
                    };
                    symbols.iter().map(step).collect()
                }
            };
            fresh.add(steps);
        }
        fresh.session
    });
    drawn.collect()
}

/// A session that is put together anew, each stretch of work on a thread of its own.
struct Fresh {
    session: Normalised,
    request: Option<Turn>,
    event: u32,
    thread: u32,
}

impl Fresh {
    fn of(session: &Normalised) -> Self {
        let said = session.turns.iter().find(|turn| turn.by == Actor::User);
        let session = Normalised { steps: Vec::new(), turns: Vec::new(), ..session.clone() };
        Self { request: said.cloned(), session, event: 0, thread: 0 }
    }

    fn add(&mut self, steps: Vec<Option<Step>>) {
        if let Some(request) = self.request.take() {
            self.say(Turn { asks: false, ..request });
        }
        for (at, step) in steps.into_iter().enumerate() {
            match step {
                Some(step) => {
                    let (call, thread) = (self.event, self.thread);
                    // Two draws of one call are two calls.
                    let fingerprint = step.fingerprint ^ (u64::from(call) << 32);
                    self.session.steps.push(Step {
                        call,
                        result: Some(call + 1),
                        thread,
                        at: None,
                        fingerprint,
                        ..step
                    });
                    self.event += 2;
                }
                None if at > 0 => {
                    for (by, asks) in [(Actor::Agent, true), (Actor::User, false)] {
                        let (event, thread) = (self.event, self.thread);
                        let origin = if by == Actor::User { Origin::Owner } else { Origin::Agent };
                        self.say(Turn {
                            event,
                            thread,
                            by,
                            origin,
                            principal: None,
                            clauses: Vec::new(),
                            asks,
                            pasted: Vec::new(),
                            is_document: false,
                            figures: Vec::new(),
                        });
                    }
                }
                None => {}
            }
        }
        self.thread += 1;
    }

    fn say(&mut self, turn: Turn) {
        self.session.turns.push(Turn { event: self.event, thread: self.thread, ..turn });
        self.event += 1;
    }
}
