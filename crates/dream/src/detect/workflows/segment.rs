//! Cuts sessions into stretches of work towards one goal.

use jiff::SignedDuration;
use somnium_types::{Actor, Origin};

use super::symbol::{ASK, Alphabet, Symbol};
use crate::normalise::{Normalised, Step};

/// A longer pause ends a stretch of work.
const MAX_PAUSE: SignedDuration = SignedDuration::from_mins(30);

/// One step of a stretch.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Item {
    pub(crate) symbol: Symbol,
    /// Its place in [`Normalised::steps`]; `None` where the agent asks.
    pub(crate) step: Option<usize>,
}

/// A stretch of work on one thread of one session.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Segment {
    /// Place of the session among those that were given.
    pub(crate) session: usize,
    pub(crate) items: Vec<Item>,
}

/// Returns the stretches of all sessions, in order.
pub(crate) fn segments(sessions: &[&Normalised], alphabet: &Alphabet) -> Vec<Segment> {
    let mut all = Vec::new();
    for (at, session) in sessions.iter().enumerate() {
        let mut threads: Vec<u32> = session.steps.iter().map(|step| step.thread).collect();
        threads.sort_unstable();
        threads.dedup();
        for thread in threads {
            let mut cutter = Cutter { session: at, open: Vec::new(), done: Vec::new() };
            cutter.thread(session, thread, alphabet);
            all.extend(cutter.done);
        }
    }
    all
}

struct Cutter {
    session: usize,
    open: Vec<Item>,
    done: Vec<Segment>,
}

impl Cutter {
    fn thread(&mut self, session: &Normalised, thread: u32, alphabet: &Alphabet) {
        let mut turns = session.turns.iter().filter(|turn| turn.thread == thread).peekable();
        // Whether what a person says next belongs to the same request: the agent asked, or has done nothing yet.
        let (mut asked, mut idle, mut last): (bool, bool, Option<&Step>) = (false, false, None);
        for (at, step) in session.steps.iter().enumerate().filter(|(_, step)| step.thread == thread) {
            while let Some(turn) = turns.next_if(|turn| turn.event < step.call) {
                let is_person = matches!(turn.origin, Origin::Owner | Origin::Teammate);
                match turn.by {
                    Actor::Agent => asked = turn.asks,
                    // An answer goes on with the work; what nobody asked for is another request.
                    Actor::User if is_person && (asked || idle) => {
                        self.push(Item { symbol: ASK, step: None });
                        idle = true;
                    }
                    Actor::User if is_person => {
                        self.cut();
                        idle = true;
                    }
                    Actor::User => {}
                }
            }
            let pause = last.and_then(|last| Some(step.at?.duration_since(last.at?)));
            if pause.is_some_and(|pause| pause > MAX_PAUSE) {
                self.cut();
            }
            // A call that a tool refused did not happen; a program that fails has run.
            let counts = step.failure.is_none() || step.is_shell;
            let same = last.is_some_and(|last| last.fingerprint == step.fingerprint);
            if let Some(symbol) = alphabet.symbol(step).filter(|_| counts && !same) {
                self.push(Item { symbol, step: Some(at) });
                asked = false;
            }
            (last, idle) = (Some(step), false);
        }
        self.cut();
    }

    /// Adds an item; one of the same kind as the last is the same step over again.
    fn push(&mut self, item: Item) {
        let is_start = self.open.is_empty() && item.symbol == ASK;
        if !is_start && self.open.last().is_none_or(|last| last.symbol != item.symbol) {
            self.open.push(item);
        }
    }

    fn cut(&mut self) {
        if self.open.last().is_some_and(|last| last.symbol == ASK) {
            self.open.pop();
        }
        if !self.open.is_empty() {
            self.done.push(Segment { session: self.session, items: std::mem::take(&mut self.open) });
        }
    }
}
