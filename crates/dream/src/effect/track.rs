//! What the sessions of a store did about one note: counted once, for health, states and effects alike.
//!
//! | group | sessions |
//! | --- | --- |
//! | before | ended before the note was written |
//! | shown | began after it, and their transcript holds it |
//! | not shown | began after it, and their transcript does not |
//!
//! Beside that, where notes are held back at random, sessions are *dealt*: by hash, whatever they were shown then.
//!
//! Only sessions with the occasion are counted, and an occasion that the note itself can take away is none: who is
//! told to use `od` never runs `file`, and would be missing exactly where the note helps (see
//! [`gate::reach`](crate::gate)).

use std::collections::BTreeMap;

use somnium_memory::store::HoldBack;
use somnium_types::{BlockId, ClaimId, SessionId, Timestamp};

use super::hold_back::{in_force, is_held_back};
use super::means::Sample;
use crate::health::{Meaning, Rows, was_shown};
use crate::ledger::{Occasion, SessionRow, Standing};

/// Seconds of a day.
const DAY: i64 = 86_400;
/// Characters of a token, for estimates.
const CHARS_PER_TOKEN: f64 = 4.0;

/// In which way a session is compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Group {
    Before,
    Shown,
    NotShown,
}

/// What is added up over sessions of one group and one stratum.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Cell {
    pub(crate) sessions: u64,
    /// Those that went against the note.
    pub(crate) against: u64,
    /// Those whose outcome is known, and those of them that failed.
    pub(crate) judged: u64,
    pub(crate) failed: u64,
    pub(crate) steps: Sample,
    pub(crate) tokens: Sample,
    /// Those that were shown the note.
    pub(crate) shown: u64,
}

/// Cells of one stratum, by group.
pub(crate) type Cells = [Cell; 3];

/// Sessions that were dealt: held back, and not.
pub(crate) type Dealt = [Cell; 2];

/// What sessions did about a note.
#[derive(Clone, Debug, Default)]
pub(crate) struct Track {
    /// By number of the task and of the project; the numbers are those of [`Rows`].
    pub(crate) strata: BTreeMap<(u32, u32), Cells>,
    /// By arrangement: a share that changed in between would mix times.
    pub(crate) dealt: BTreeMap<usize, Dealt>,
    /// By day, of each group: sessions and those against.
    pub(crate) days: BTreeMap<i64, [(u64, u64); 3]>,
    /// Sessions since it was written in which the occasion arose, and the steps of it in them.
    pub(crate) triggers: (u64, u64),
    /// Sessions that were shown it, with and without an occasion.
    pub(crate) exposures: u64,
    /// The same since it was found to be shown in vain: with an occasion, and against it.
    pub(crate) in_vain: (u64, u64),
    /// When a session was last shown it.
    pub(crate) last: Option<Timestamp>,
    /// Whether steps are those lost to the mistake, and not all of the session.
    pub(crate) of_mistake: bool,
}

/// What is known of a claim when its sessions are looked at.
pub(crate) struct Tracked<'a> {
    pub(crate) id: &'a ClaimId,
    pub(crate) standing: &'a Standing,
    /// Where it could show, whatever the note says.
    pub(crate) reach: &'a Occasion,
    pub(crate) meaning: Meaning,
    /// By number of the session: whether it shows the claim.
    pub(crate) seen: &'a [bool],
    /// Steps and characters lost to it, by number of the session; `None` where that is not counted.
    pub(crate) lost: Option<BTreeMap<usize, (u32, u32)>>,
    /// The block that is held back from some sessions; `None` where it never is.
    pub(crate) dealt_as: Option<BlockId>,
}

impl Track {
    /// Looks at every session that shows the claim, could have shown it, or was shown its note.
    pub(crate) fn of(tracked: &Tracked<'_>, rows: &Rows<'_>, arrangements: &[HoldBack]) -> Self {
        let mut track = Self { of_mistake: tracked.lost.is_some(), ..Self::default() };
        let mark = rows.marks().get(tracked.id);
        let was_shown = |row: &SessionRow| was_shown(row, tracked.id, mark);
        let (seen, reach) = (tracked.seen, tracked.reach);
        let showing = rows.all().iter().filter(|(number, _)| seen[*number]);
        let others = rows.near(reach).iter().filter(|(number, row)| !seen[*number] && reach.is_in(row));
        for (number, row) in showing.chain(others) {
            track.add(tracked, rows, (*number, row), was_shown(row));
            if let Some((arrangement, is_out)) = deal(arrangements, tracked, rows.id(*number), row) {
                let cell = tracked.cell(*number, row, was_shown(row));
                track.dealt.entry(arrangement).or_default()[usize::from(!is_out)].add(&cell);
            }
        }
        // Those without an occasion were shown it all the same.
        let idle = rows.shown().iter().filter(|(number, row)| !seen[*number] && !reach.is_in(row));
        for (_, row) in idle.filter(|(_, row)| tracked.standing.precedes(row) && was_shown(row)) {
            track.expose(row);
        }
        track
    }

    fn add(
        &mut self,
        tracked: &Tracked<'_>,
        rows: &Rows<'_>,
        (number, row): (usize, &SessionRow),
        shown: bool,
    ) {
        let is_after = tracked.standing.precedes(row);
        let group = match (is_after, shown) {
            (false, _) => Group::Before,
            (true, true) => Group::Shown,
            (true, false) => Group::NotShown,
        };
        let cell = tracked.cell(number, row, shown);
        self.strata.entry(rows.stratum(number)).or_default()[group as usize].add(&cell);
        if let Some(at) = row.ended_at {
            let day = self.days.entry(at.as_second().div_euclid(DAY)).or_default();
            day[group as usize].0 += 1;
            day[group as usize].1 += cell.against;
        }
        if !is_after {
            return;
        }
        self.triggers.0 += 1;
        self.triggers.1 += tracked.reach.steps_in(row);
        if shown {
            self.expose(row);
            if tracked.standing.in_vain.is_some_and(|since| row.dream > since) {
                self.in_vain.0 += 1;
                self.in_vain.1 += cell.against;
            }
        }
    }

    fn expose(&mut self, row: &SessionRow) {
        self.exposures += 1;
        self.last = self.last.max(row.ended_at);
    }

    /// Returns what one group comes to over all strata.
    pub(crate) fn total(&self, group: Group) -> Cell {
        let mut total = Cell::default();
        self.strata.values().for_each(|cells| total.add(&cells[group as usize]));
        total
    }
}

impl Tracked<'_> {
    /// Returns one session as a cell.
    fn cell(&self, number: usize, row: &SessionRow, shown: bool) -> Cell {
        let against = self.seen[number] == (self.meaning != Meaning::Followed);
        let (steps, chars) = match &self.lost {
            Some(lost) => {
                lost.get(&number).map_or((0.0, 0.0), |(steps, chars)| (f64::from(*steps), f64::from(*chars)))
            }
            None => (f64::from(row.steps), row.chars as f64),
        };
        Cell {
            sessions: 1,
            against: u64::from(against),
            judged: u64::from(row.failed.is_some()),
            failed: u64::from(row.failed == Some(true)),
            steps: Sample::of(steps),
            tokens: Sample::of(chars / CHARS_PER_TOKEN),
            shown: u64::from(shown),
        }
    }
}

impl Cell {
    pub(crate) fn add(&mut self, other: &Self) {
        self.sessions += other.sessions;
        self.against += other.against;
        self.judged += other.judged;
        self.failed += other.failed;
        self.steps.merge(&other.steps);
        self.tokens.merge(&other.tokens);
        self.shown += other.shown;
    }
}

/// Returns the number of the arrangement that a session came under after the note was written, and whether it was to
/// start without the note.
fn deal(
    arrangements: &[HoldBack],
    tracked: &Tracked<'_>,
    session: Option<&SessionId>,
    row: &SessionRow,
) -> Option<(usize, bool)> {
    let note = tracked.dealt_as.as_ref()?;
    let (number, now) = in_force(arrangements, row.started_at.or(row.ended_at))?;
    let is_on = now.share.parts() > 0 && tracked.standing.precedes(row);
    let session = session.filter(|_| is_on)?;
    Some((number, is_held_back(session, note, now.share, &now.salt)))
}
