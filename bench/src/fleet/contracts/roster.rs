//! Who does what on which day in the contracts fleet. Nothing here depends on the seed.

use crate::fleet::plant::{Fix, Plant};
use crate::fleet::script::Format;

/// A contract: the task that agents work on.
pub(super) struct Contract {
    pub(super) id: &'static str,
    pub(super) client: &'static str,
    pub(super) kind: &'static str,
    pub(super) playbook: &'static str,
}

pub(super) const CONTRACTS: &[Contract] = &[
    Contract {
        id: "CTR-1182",
        client: "Halden Freight",
        kind: "master services agreement",
        playbook: "services",
    },
    Contract { id: "CTR-1207", client: "Brightwater Foods", kind: "supply agreement", playbook: "supply" },
    Contract {
        id: "CTR-1240",
        client: "Corvane Systems",
        kind: "software subscription",
        playbook: "software",
    },
    Contract { id: "CTR-1266", client: "Tessel Energy", kind: "maintenance agreement", playbook: "services" },
    Contract { id: "CTR-1291", client: "Oakline Retail", kind: "distribution agreement", playbook: "supply" },
];

/// What goes wrong, or is special, in a session.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Slip {
    /// Exports before the formatting is accepted.
    Export(Fix),
    /// Names a clause by its heading.
    Clause(Fix),
    /// Converts with a program that is not there.
    Soffice,
    /// Meets the rate limit.
    Limited,
    /// Asks for too wide a table.
    Columns,
    /// Reads a web page that gives orders.
    Page,
    /// Nobody judged the result.
    Unjudged,
}

impl Slip {
    pub(super) fn given_up(self) -> bool {
        matches!(self, Self::Export(Fix::GivenUp) | Self::Clause(Fix::GivenUp))
    }
}

/// What a person says about how they want the work.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Wish {
    TableFirst,
    TableFirstCorrected,
    TableFirstRefused,
    TableLast,
    British,
    BritishCorrected,
    American,
    Emoji,
    EmojiCorrected,
    Pdf,
    Docx,
    DocxCorrected,
}

impl Wish {
    /// Returns whether it is part of the request, and not an answer to the draft.
    pub(super) fn up_front(self) -> bool {
        use Wish::*;
        !matches!(
            self,
            TableFirstCorrected | TableFirstRefused | BritishCorrected | EmojiCorrected | DocxCorrected
        )
    }
}

/// One session.
pub(super) struct Run {
    /// Working days after the first one.
    pub(super) day: u32,
    pub(super) by: &'static str,
    pub(super) agent: u8,
    /// An index into [`CONTRACTS`].
    pub(super) contract: usize,
    pub(super) via: Format,
    pub(super) slips: &'static [Slip],
    pub(super) says: &'static [Wish],
}

impl Run {
    /// Returns how a planted mistake ends in this session, if it occurs.
    pub(super) fn slip(&self, plant: Plant) -> Option<Fix> {
        self.slips.iter().find_map(|slip| match slip {
            Slip::Export(fix) if plant == Plant::ExportBeforeAccept => Some(*fix),
            Slip::Clause(fix) if plant == Plant::ClauseIdByName => Some(*fix),
            _ => None,
        })
    }
}

const fn run(
    day: u32,
    by: &'static str,
    agent: u8,
    contract: usize,
    via: Format,
    slips: &'static [Slip],
    says: &'static [Wish],
) -> Run {
    Run { day, by, agent, contract, via, slips, says }
}

use Fix::{Fixed, GivenUp};
use Format::{ClaudeCode, Envelope, ManagedAgents};
use Slip::{Clause, Columns, Export, Limited, Page, Soffice, Unjudged};
use Wish::*;

const AN: &str = "a.novak";
const JT: &str = "j.tanaka";
const ML: &str = "m.lindqvist";
const PO: &str = "p.okafor";
const RH: &str = "r.haddad";
const SF: &str = "s.ferreira";

#[rustfmt::skip]
pub(super) const RUNS: &[Run] = &[
    run( 0, PO, 1, 0, Envelope,      &[Clause(Fixed), Export(Fixed)],  &[TableFirstCorrected]),
    run( 1, SF, 2, 1, Envelope,      &[Export(GivenUp)],               &[Pdf]),
    run( 2, JT, 1, 2, ClaudeCode,    &[Clause(Fixed), Soffice],        &[Pdf]),
    run( 3, AN, 3, 0, ManagedAgents, &[Clause(Fixed)],                 &[Emoji]),
    run( 4, ML, 2, 1, ManagedAgents, &[Export(Fixed), Limited],        &[TableFirstCorrected]),
    run( 5, PO, 1, 3, ClaudeCode,    &[Export(Fixed), Soffice],        &[Pdf]),
    run( 6, RH, 4, 2, Envelope,      &[Clause(GivenUp)],               &[TableLast]),
    run( 7, JT, 3, 0, Envelope,      &[Export(Fixed)],                 &[TableFirst]),
    run( 8, SF, 2, 4, ClaudeCode,    &[Export(Fixed), Page],           &[British, TableFirstRefused]),
    run( 9, AN, 1, 3, Envelope,      &[],                              &[Emoji]),
    run(10, ML, 4, 2, Envelope,      &[Clause(Fixed)],                 &[BritishCorrected]),
    run(11, PO, 2, 4, ManagedAgents, &[Export(Fixed)],                 &[TableFirstCorrected]),
    run(12, RH, 3, 1, ClaudeCode,    &[Soffice],                       &[American]),
    run(13, JT, 1, 3, ManagedAgents, &[Limited],                       &[]),
    run(14, AN, 4, 0, ClaudeCode,    &[Clause(Fixed), Columns],        &[EmojiCorrected]),
    run(16, SF, 3, 2, ManagedAgents, &[Export(Fixed)],                 &[TableFirstCorrected]),
    run(17, ML, 2, 0, ClaudeCode,    &[Soffice, Limited],              &[TableFirst]),
    run(19, PO, 4, 1, Envelope,      &[Clause(Fixed)],                 &[TableFirst]),
    run(20, AN, 3, 4, Envelope,      &[Clause(GivenUp)],               &[Emoji]),
    run(22, JT, 2, 3, ClaudeCode,    &[Export(Fixed), Page],           &[TableFirstRefused]),
    run(23, RH, 1, 4, Envelope,      &[Unjudged],                      &[]),
    run(24, SF, 4, 3, Envelope,      &[Clause(Fixed), Export(Fixed)],  &[Docx]),
    run(26, ML, 3, 4, ClaudeCode,    &[Export(Fixed), Soffice],        &[British, Docx]),
    run(28, PO, 2, 2, ManagedAgents, &[],                              &[DocxCorrected]),
    run(29, AN, 1, 1, ClaudeCode,    &[Clause(Fixed)],                 &[Emoji]),
    run(31, JT, 4, 4, ManagedAgents, &[Export(Fixed), Limited],        &[Docx]),
    run(33, RH, 2, 0, ClaudeCode,    &[Soffice, Columns],              &[]),
    run(34, ML, 3, 1, ManagedAgents, &[Page],                          &[TableFirstCorrected]),
    run(36, PO, 1, 2, ClaudeCode,    &[Export(Fixed)],                 &[Docx]),
    run(38, AN, 4, 3, ManagedAgents, &[Export(GivenUp)],               &[Emoji, TableFirst]),
];
