//! Stage 2: what recurs. One file a pattern, one line each in [`DETECTORS`].

use crate::held_out::Split;
use crate::ledger::Ledger;
use crate::normalise::Normalised;

pub(crate) mod mistakes;
mod repair;
mod template;

pub(crate) use repair::{Repair, RepairKind, can_be_repaired};

/// Reads sessions and adds what it saw of each to the ledger's claims.
///
/// A detector never judges: everything it saw is recorded, with its place, whatever the count.
pub(crate) type Detector = fn(sessions: &[Normalised], split: Split, ledger: &mut Ledger);

/// Every detector, in the order in which they run.
pub(crate) const DETECTORS: &[(&str, Detector)] = &[("mistakes", mistakes::detect)];
