//! Who does what on which day in the medical fleet. Nothing here depends on the seed.

use crate::fleet::plant::Fix;
use crate::fleet::script::Format;

/// A document of a record.
pub(super) struct Document {
    pub(super) id: &'static str,
    /// The year in which it was scanned.
    pub(super) scanned: u32,
    pub(super) pages: usize,
    /// Pages that `parse_pdf` silently leaves out, `first..=last`. Only scans older than 2015 lose any.
    pub(super) lost: Option<(usize, usize)>,
}

impl Document {
    pub(super) fn lost_pages(&self) -> usize {
        self.lost.map_or(0, |(first, last)| last - first + 1)
    }
}

/// A record: the task that agents work on.
pub(super) struct Record {
    pub(super) id: &'static str,
    pub(super) facility: &'static str,
    /// The vendor's folder name.
    pub(super) vendor: &'static str,
    pub(super) documents: &'static [Document],
}

const fn old(id: &'static str, scanned: u32, pages: usize, lost: (usize, usize)) -> Document {
    Document { id, scanned, pages, lost: Some(lost) }
}

const fn new(id: &'static str, scanned: u32, pages: usize) -> Document {
    Document { id, scanned, pages, lost: None }
}

const fn record(
    id: &'static str,
    facility: &'static str,
    vendor: &'static str,
    documents: &'static [Document],
) -> Record {
    Record { id, facility, vendor, documents }
}

#[rustfmt::skip]
pub(super) const RECORDS: &[Record] = &[
    record("REC-20931", "Northgate Clinic",       "northgate", &[old("DOC-44711", 2013, 48, (23, 39)), new("DOC-44712", 2019, 9)]),
    record("REC-20944", "Elm Street Practice",    "elmstreet", &[old("DOC-45102", 2011, 56, (18, 41)), new("DOC-45103", 2021, 6)]),
    record("REC-20987", "Harbour Hospital",       "harbour",   &[new("DOC-45533", 2018, 12), old("DOC-45534", 2009, 62, (30, 52))]),
    record("REC-21015", "Valley Imaging",         "valley",    &[old("DOC-46020", 2014, 39, (11, 25)), new("DOC-46021", 2017, 8)]),
    record("REC-21038", "Northgate Clinic",       "northgate", &[old("DOC-46377", 2012, 71, (35, 60))]),
    record("REC-21072", "Summit Rehabilitation",  "summit",    &[old("DOC-46815", 2010, 44, (20, 38)), new("DOC-46816", 2022, 11)]),
    record("REC-21090", "Harbour Hospital",       "harbour",   &[new("DOC-47001", 2019, 27), new("DOC-47002", 2023, 5)]),
    record("REC-21104", "Elm Street Practice",    "elmstreet", &[new("DOC-47240", 2016, 33)]),
    record("REC-21127", "Summit Rehabilitation",  "summit",    &[new("DOC-47518", 2021, 18), new("DOC-47519", 2024, 7)]),
];

/// How the agent goes about it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Path {
    /// Never looks at the page counts.
    Skip,
    /// Sees the page count and does nothing about it.
    Blind,
    /// Never looks, and nothing dated was on the lost pages of this request.
    Lucky,
    /// Notices the gap without comparing, and reads the pages by OCR.
    Eye,
    /// The procedure that the fleet converges to.
    Full,
}

/// What goes wrong, or is special, in a session.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Slip {
    /// Asks for more pages than OCR takes.
    Range(Fix),
    /// Submits dates that are not ISO.
    Date(Fix),
    /// Reads from the vendor's share.
    Share(Fix),
    /// Polls for events.
    Loop(Fix),
    /// Meets the rate limit.
    Limited,
    /// Reads a scan that gives orders.
    Scan,
    /// The person asks for page numbers up front.
    Cite,
    /// The person misses page numbers in the draft.
    CiteCorrected,
}

/// One session.
pub(super) struct Run {
    /// Working days after the first one.
    pub(super) day: u32,
    pub(super) by: &'static str,
    pub(super) agent: u8,
    /// An index into [`RECORDS`].
    pub(super) record: usize,
    pub(super) via: Format,
    pub(super) path: Path,
    pub(super) slips: &'static [Slip],
}

const fn run(
    day: u32,
    by: &'static str,
    agent: u8,
    record: usize,
    via: Format,
    path: Path,
    slips: &'static [Slip],
) -> Run {
    Run { day, by, agent, record, via, path, slips }
}

use Fix::{Fixed, GivenUp};
use Format::{ClaudeCode, Envelope, ManagedAgents};
use Path::{Blind, Eye, Full, Lucky, Skip};
use Slip::{Cite, CiteCorrected, Date, Limited, Loop, Range, Scan, Share};

const DM: &str = "d.mbeki";
const HY: &str = "h.yilmaz";
const KO: &str = "k.oneil";
const LC: &str = "l.costa";
const TI: &str = "t.ivers";

#[rustfmt::skip]
pub(super) const RUNS: &[Run] = &[
    run( 0, DM, 1, 0, Envelope,      Skip,  &[Date(Fixed)]),
    run( 1, LC, 2, 1, Envelope,      Skip,  &[Limited, CiteCorrected]),
    run( 2, HY, 3, 2, Envelope,      Blind, &[Share(Fixed)]),
    run( 3, KO, 1, 3, ManagedAgents, Skip,  &[Loop(GivenUp)]),
    run( 4, LC, 2, 6, Envelope,      Skip,  &[Date(Fixed), Cite]),
    run( 5, TI, 4, 4, Envelope,      Skip,  &[Limited]),
    run( 6, DM, 1, 1, Envelope,      Eye,   &[Range(Fixed), CiteCorrected]),
    run( 7, HY, 3, 5, ManagedAgents, Eye,   &[]),
    run( 8, KO, 4, 7, Envelope,      Skip,  &[Date(Fixed)]),
    run( 9, LC, 2, 0, ManagedAgents, Blind, &[Loop(Fixed)]),
    run(10, DM, 3, 3, Envelope,      Blind, &[Share(GivenUp)]),
    run(11, TI, 1, 8, Envelope,      Skip,  &[Date(GivenUp)]),
    run(12, HY, 2, 2, ManagedAgents, Full,  &[Range(Fixed), CiteCorrected]),
    run(13, KO, 4, 6, Envelope,      Full,  &[Share(Fixed)]),
    run(14, DM, 3, 4, Envelope,      Full,  &[Range(Fixed), Limited, Cite]),
    run(15, LC, 1, 1, ManagedAgents, Skip,  &[Date(Fixed)]),
    run(16, TI, 2, 5, Envelope,      Full,  &[Range(GivenUp)]),
    run(17, HY, 4, 0, ClaudeCode,    Full,  &[Loop(Fixed)]),
    run(18, KO, 3, 2, Envelope,      Lucky, &[Share(Fixed)]),
    run(20, LC, 1, 7, Envelope,      Full,  &[Date(Fixed), CiteCorrected]),
    run(21, DM, 2, 0, Envelope,      Full,  &[Range(Fixed), Limited]),
    run(23, TI, 4, 5, ManagedAgents, Skip,  &[Limited]),
    run(24, HY, 3, 8, Envelope,      Full,  &[Date(Fixed)]),
    run(25, KO, 1, 3, ManagedAgents, Full,  &[Range(Fixed), Scan]),
    run(26, LC, 2, 4, ClaudeCode,    Full,  &[Range(Fixed)]),
    run(27, DM, 4, 4, ManagedAgents, Blind, &[Share(GivenUp)]),
    run(28, KO, 3, 6, ManagedAgents, Full,  &[Date(Fixed), Cite]),
    run(30, TI, 1, 1, Envelope,      Full,  &[Range(Fixed), Limited]),
    run(32, HY, 2, 4, Envelope,      Full,  &[Date(Fixed), Cite]),
    run(33, LC, 4, 7, ManagedAgents, Full,  &[Share(Fixed), CiteCorrected]),
    run(34, DM, 3, 0, Envelope,      Full,  &[Loop(Fixed)]),
    run(35, KO, 1, 8, Envelope,      Full,  &[Limited]),
    run(36, TI, 2, 2, ManagedAgents, Full,  &[Range(Fixed), Cite]),
    run(37, HY, 4, 3, Envelope,      Full,  &[]),
    run(38, LC, 3, 5, ManagedAgents, Full,  &[Range(Fixed)]),
    run(39, DM, 1, 2, ClaudeCode,    Full,  &[Date(Fixed)]),
];
