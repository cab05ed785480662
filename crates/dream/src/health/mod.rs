//! Note health: what sessions that were shown a note did with it, and whether its reason still exists.
//!
//! A session was shown a note if it ran after the note was written and its transcript holds the note. Whether
//! it *followed* it can only be told where the occasion arose: the tool was called, the program was run. What
//! nobody had occasion for says nothing, however long it lasts.

mod states;
pub(crate) mod verdict;

use std::collections::{BTreeMap, BTreeSet};

use somnium_types::{ClaimId, SessionId};

use crate::ledger::{Ledger, Occasion, SessionRow};
use crate::normalise::heading_mark;
use crate::report;
use crate::stats;
use somnium_memory::Memory;

pub(crate) use states::{Retire, record, settle};

/// Sessions that must have been shown a note, with an occasion, before anything is made of it.
const EXPOSURES: u64 = 5;
/// From this share on a note that is shown does not keep its mistake from happening.
const OFTEN: f64 = 0.30;
/// Occasions that must have passed without it before something counts as over.
const OCCASIONS: u64 = 10;
/// How unlikely that has to be at the rate at which it occurred.
const OVER: f64 = 0.01;

/// Which note was shown under which mark, where its own was stripped.
pub(crate) type Marks = BTreeMap<ClaimId, String>;

/// Returns the marks of the headings that a memory has.
pub(crate) fn marks(memory: &Memory) -> Marks {
    let blocks = memory.blocks().into_iter();
    blocks.map(|block| (ClaimId::from(block.id.as_str()), heading_mark(&block.title))).collect()
}

/// What a session that shows a claim says about its note.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Meaning {
    /// The mistake was made all the same.
    Violated,
    /// The preference had to be said again; that it is not said says little.
    SaidAgain,
    /// It was done as the note says.
    Followed,
}

/// How a claim fares.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Health {
    /// Sessions after its first publication that were shown it.
    pub(crate) exposures: u64,
    pub(crate) followed: u64,
    pub(crate) violated: u64,
    /// Sessions with the occasion until it was first written, and those of them that went against it.
    pub(crate) before: (u64, u64),
    /// Sessions that were read after it was first written, and show it.
    pub(crate) later: u64,
    /// Occasions since it was last seen, of sessions that were not shown it.
    pub(crate) quiet: u64,
    /// Whether that many would hardly have passed if it still occurred as it did.
    pub(crate) is_over: bool,
}

impl Health {
    /// Looks at every session.
    pub(crate) fn of(
        id: &ClaimId,
        seen: &BTreeSet<&SessionId>,
        occasion: &Occasion,
        meaning: Meaning,
        ledger: &Ledger,
        marks: &Marks,
    ) -> Self {
        let since = ledger.standings.get(id).map(|standing| standing.since);
        let mark = marks.get(id);
        let was_shown =
            |row: &SessionRow| row.exposed.iter().any(|shown| shown == id.as_str() || Some(shown) == mark);
        let rows = || seen.iter().filter_map(|id| ledger.sessions.get(*id));
        let last = (rows().filter_map(|row| row.ended_at).max(), rows().map(|row| row.dream).max());
        let is_later = |row: &SessionRow| match (row.ended_at, last.0) {
            (Some(at), Some(last)) => at > last,
            _ => Some(row.dream) > last.1,
        };
        let mut health = Self::default();
        let (mut hits, mut occasions) = (0, 0);
        for (session, row) in &ledger.sessions {
            let shows = seen.contains(session);
            if !shows && !occasion.is_in(row) {
                health.exposures += u64::from(since.is_some_and(|since| row.dream > since) && was_shown(row));
                continue;
            }
            let shown = !row.exposed.is_empty() && was_shown(row);
            match since {
                Some(since) if row.dream > since => health.after(shows, shown, meaning),
                _ => {
                    let against = shows == (meaning != Meaning::Followed);
                    health.before = (health.before.0 + 1, health.before.1 + u64::from(against));
                }
            }
            if shown {
                continue;
            }
            if is_later(row) {
                health.quiet += 1;
            } else {
                occasions += 1;
                hits += u64::from(shows);
            }
        }
        // A preference holds until somebody says otherwise; a procedure is over when sessions stop sharing it.
        let can_be_over = meaning == Meaning::Violated && health.quiet >= OCCASIONS;
        let rate = stats::rate_lower_bound(hits, occasions, 0.8);
        health.is_over = can_be_over && (1.0 - rate).powf(health.quiet as f64) <= OVER;
        health
    }

    fn after(&mut self, shows: bool, shown: bool, meaning: Meaning) {
        self.later += u64::from(shows);
        if !shown {
            return;
        }
        self.exposures += 1;
        match (meaning, shows) {
            (Meaning::Violated | Meaning::SaidAgain, true) => self.violated += 1,
            (Meaning::Violated | Meaning::SaidAgain, false) | (Meaning::Followed, true) => self.followed += 1,
            (Meaning::Followed, false) => {}
        }
    }

    /// The share of shown sessions with an occasion that went against it; `None` below five.
    pub(crate) fn violation_rate(&self) -> Option<f64> {
        let told = self.followed + self.violated;
        (told >= EXPOSURES).then(|| self.violated as f64 / told as f64)
    }

    /// The same share of sessions until it was first written; `None` where there were none.
    fn rate_before(&self) -> Option<f64> {
        (self.before.0 > 0).then(|| self.before.1 as f64 / self.before.0 as f64)
    }

    /// Whether showing it helps: it is gone against more rarely than before.
    pub(crate) fn helps(&self) -> bool {
        self.violation_rate().zip(self.rate_before()).is_some_and(|(after, before)| after < before)
    }

    /// Whether it is shown and gone against all the same.
    pub(crate) fn is_often_violated(&self) -> bool {
        self.violation_rate().is_some_and(|rate| rate >= OFTEN)
    }

    /// Returns what is reported of it.
    pub(crate) fn report(&self) -> report::Health {
        let round = |rate: f64| (rate * 1000.0).round() / 1000.0;
        report::Health {
            exposures: self.exposures,
            followed: self.followed,
            violated: self.violated,
            violation_rate: self.violation_rate().map(round),
            rate_before: (self.exposures > 0).then(|| self.rate_before().map(round)).flatten(),
            often_violated: self.is_often_violated(),
        }
    }
}
