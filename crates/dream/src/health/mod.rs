//! Note health: what sessions that were shown a note did with it, and whether its reason still exists.
//!
//! A session was shown a note if it ran after the note was written and its transcript holds the note. Whether
//! it *followed* it can only be told where the occasion arose: the tool was called, the program was run. What
//! nobody had occasion for says nothing, however long it lasts.

mod states;
pub(crate) mod verdict;

use std::collections::{BTreeMap, HashMap};

use somnium_types::{ClaimId, SessionId};

use crate::effect::{Group, Track};
use crate::ledger::{ANY_TOOL, Ledger, Occasion, SessionRow};
use crate::normalise::heading_mark;
use crate::report;
use crate::stats;
use somnium_memory::Memory;

pub(crate) use states::{Retire, record, settle};

/// Sessions that must have been shown a note, with an occasion, before anything is made of it.
pub(crate) const EXPOSURES: u64 = 5;
/// From this share on a note that is shown does not keep its mistake from happening.
pub(crate) const OFTEN: f64 = 0.30;
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

/// The sessions of a store by what they called, so that a claim about one tool is not compared with all of them.
pub(crate) struct Rows<'a> {
    ledger: &'a Ledger,
    marks: &'a Marks,
    all: Vec<Row<'a>>,
    ids: Vec<&'a SessionId>,
    numbers: HashMap<&'a SessionId, usize>,
    tools: BTreeMap<&'a str, Vec<Row<'a>>>,
    programs: BTreeMap<&'a str, Vec<Row<'a>>>,
    /// Those that were shown any note.
    shown: Vec<Row<'a>>,
    /// Numbers of task and project, by the number of the session.
    strata: Vec<(u32, u32)>,
}

/// A session and its number, in the order of ids.
pub(crate) type Row<'a> = (usize, &'a SessionRow);

impl<'a> Rows<'a> {
    pub(crate) fn of(ledger: &'a Ledger, marks: &'a Marks) -> Self {
        let all: Vec<Row<'a>> = ledger.sessions.values().enumerate().collect();
        let ids = ledger.sessions.keys().collect();
        let numbers = ledger.sessions.keys().enumerate().map(|(number, id)| (id, number)).collect();
        let (mut tools, mut programs) = (BTreeMap::new(), BTreeMap::new());
        for row in &all {
            row.1
                .tools
                .keys()
                .for_each(|tool| tools.entry(tool.as_str()).or_insert_with(Vec::new).push(*row));
            row.1
                .programs
                .keys()
                .for_each(|name| programs.entry(name.as_str()).or_insert_with(Vec::new).push(*row));
        }
        let shown = all.iter().filter(|(_, row)| !row.exposed.is_empty()).copied().collect();
        let (mut tasks, mut projects) = (Names::default(), Names::default());
        let stratum =
            |row: &Row<'a>| (tasks.of(row.1.task.as_deref()), projects.of(row.1.project.as_deref()));
        let strata = all.iter().map(stratum).collect();
        Self { ledger, marks, all, ids, numbers, tools, programs, shown, strata }
    }

    /// Returns every session.
    pub(crate) fn all(&self) -> &[Row<'a>] {
        &self.all
    }

    /// Returns the sessions that were shown any note.
    pub(crate) fn shown(&self) -> &[Row<'a>] {
        &self.shown
    }

    /// Returns the numbers of a session's task and project: equal names have equal numbers, and sessions without a
    /// name have one number together.
    pub(crate) fn stratum(&self, number: usize) -> (u32, u32) {
        self.strata.get(number).copied().unwrap_or_default()
    }

    /// Returns the id of a session.
    pub(crate) fn id(&self, number: usize) -> Option<&'a SessionId> {
        self.ids.get(number).copied()
    }

    /// Returns the marks of the headings that the memory has.
    pub(crate) fn marks(&self) -> &'a Marks {
        self.marks
    }

    /// Returns the number of a session, in the order of ids.
    pub(crate) fn number(&self, id: &SessionId) -> Option<usize> {
        self.numbers.get(id).copied()
    }

    /// Returns the sessions that called a tool.
    pub(crate) fn calling(&self, tool: &str) -> &[Row<'a>] {
        if tool == ANY_TOOL { &self.all } else { self.tools.get(tool).map_or(&[], Vec::as_slice) }
    }

    /// Returns for each session by its number whether it is one of `some`.
    pub(crate) fn marked<'s>(&self, some: impl Iterator<Item = &'s SessionId>) -> Vec<bool> {
        let mut marked = vec![false; self.all.len()];
        some.filter_map(|id| self.numbers.get(id)).for_each(|number| marked[*number] = true);
        marked
    }

    /// Returns the sessions that could have had the occasion.
    pub(crate) fn near(&self, occasion: &Occasion) -> &[Row<'a>] {
        match (&occasion.program, &occasion.tool) {
            (Some(program), _) => self.programs.get(program.as_str()).map_or(&[], Vec::as_slice),
            (None, Some(tool)) => self.calling(tool),
            (None, None) => &self.all,
        }
    }
}

/// Numbers for names.
#[derive(Default)]
struct Names<'a>(HashMap<Option<&'a str>, u32>);

impl<'a> Names<'a> {
    fn of(&mut self, name: Option<&'a str>) -> u32 {
        let next = u32::try_from(self.0.len()).unwrap_or(u32::MAX);
        *self.0.entry(name).or_insert(next)
    }
}

impl Health {
    /// Looks at every session that shows the claim or had the occasion. What was shown to whom is `track`'s.
    pub(crate) fn of(
        id: &ClaimId,
        seen: &[bool],
        occasion: &Occasion,
        meaning: Meaning,
        rows: &Rows<'_>,
        track: Option<&Track>,
    ) -> Self {
        let since = rows.ledger.standings.get(id).map(|standing| standing.since);
        let showing = || rows.all.iter().filter(|(number, _)| seen[*number]).map(|(_, row)| *row);
        let is_later = is_later(showing);
        let later = since.map_or(0, |since| showing().filter(|row| row.dream > since).count() as u64);
        let mut health = Self { later, ..Self::default() };
        let (mut hits, mut occasions) = (0, 0);
        let others = rows.near(occasion).iter().filter(|(number, row)| !seen[*number] && occasion.is_in(row));
        for (shows, row) in showing().map(|row| (true, row)).chain(others.map(|(_, row)| (false, *row))) {
            if was_shown(row, id, rows.marks.get(id)) {
                continue;
            }
            if is_later(row) {
                health.quiet += 1;
            } else {
                occasions += 1;
                hits += u64::from(shows);
            }
        }
        // Where the occasion is not known closer than by the project, that it passed says little. A preference
        // holds until somebody says otherwise; a procedure is over when sessions stop sharing it.
        let is_known = occasion.tool.is_some() || occasion.program.is_some();
        let can_be_over = is_known && meaning == Meaning::Violated && health.quiet >= OCCASIONS;
        let rate = stats::rate_lower_bound(hits, occasions, 0.8);
        health.is_over = can_be_over && (1.0 - rate).powf(health.quiet as f64) <= OVER;
        if let Some(track) = track {
            health.take(track, meaning);
        }
        health
    }

    /// Takes over what sessions that were shown the note did.
    fn take(&mut self, track: &Track, meaning: Meaning) {
        let (before, shown) = (track.total(Group::Before), track.total(Group::Shown));
        self.exposures = track.exposures;
        self.before = (before.sessions, before.against);
        self.followed = shown.sessions - shown.against;
        // That a procedure was not gone by may have had its reasons.
        self.violated = if meaning == Meaning::Followed { 0 } else { shown.against };
    }

    /// The share of shown sessions with an occasion that went against it; `None` below five.
    pub(crate) fn violation_rate(&self) -> Option<f64> {
        violation_rate(self.followed, self.violated)
    }

    /// The same share of sessions until it was first written; `None` where there were none.
    pub(crate) fn rate_before(&self) -> Option<f64> {
        (self.before.0 > 0).then(|| self.before.1 as f64 / self.before.0 as f64)
    }

    /// Whether showing it helps: it is gone against more rarely than before.
    pub(crate) fn helps(&self) -> bool {
        self.violation_rate().zip(self.rate_before()).is_some_and(|(after, before)| after < before)
    }

    /// Whether it is shown and gone against all the same.
    pub(crate) fn is_often_violated(&self) -> bool {
        is_often(self.followed, self.violated)
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

fn violation_rate(followed: u64, violated: u64) -> Option<f64> {
    let told = followed + violated;
    (told >= EXPOSURES).then(|| violated as f64 / told as f64)
}

/// Returns whether a note is gone against so often by those it is shown to that showing it is not enough.
pub(crate) fn is_often(followed: u64, violated: u64) -> bool {
    violation_rate(followed, violated).is_some_and(|rate| rate >= OFTEN)
}

/// Returns whether a session was shown a note: under its id, or by the heading, `mark`, where its own was stripped.
pub(crate) fn was_shown(row: &SessionRow, id: &ClaimId, mark: Option<&String>) -> bool {
    row.exposed.iter().any(|shown| shown == id.as_str() || Some(shown) == mark)
}

/// Returns whether a session is later than the last one that shows the claim: by time or, where that is not
/// known, by the dream that read it.
fn is_later<'r, R: Iterator<Item = &'r SessionRow>>(rows: impl Fn() -> R) -> impl Fn(&SessionRow) -> bool {
    let at = rows().filter_map(|row| row.ended_at).max();
    let dream = rows().map(|row| row.dream).max();
    move |row| match (row.ended_at, at) {
        (Some(ended), Some(at)) => ended > at,
        _ => Some(row.dream) > dream,
    }
}
