//! What a dream counted and compared, kept so that the next one need not do it again.
//!
//! Two tiers. What single sessions show (failing steps, their repairs) adds up: a dream counts its new sessions and
//! adds them. What only a comparison of all sessions shows (silent mistakes, workflows, preferences) does not: its
//! tests look at every session. In a large store it is found anew when the store has grown by [`GROWTH_PERCENT`],
//! and stands as it was found until then; the report says how many sessions wait.
//!
//! A tally is a cache: it can be made again from the sessions, and is dropped where it does not fit.

use std::collections::BTreeMap;
use std::io::{Read, Write};

use rayon::prelude::*;
use serde::{Deserialize, Serialize};
use somnium_types::{ClaimId, SessionId, sha256_hex};

use crate::Options;
use crate::detect::{self, Finding};
use crate::health::verdict::{self, Recurrence};
use crate::held_out::Split;
use crate::ledger::{Claim, SessionRow, hash_of};
use crate::next::{self, NextActions};
use crate::normalise::{Normalised, VERSION, admitted};
use crate::report::Compared;

/// Below this many sessions a dream always compares all of them: it takes a second.
const SMALL: usize = 1_000;
/// Growth of a larger store, in percent, after which all sessions are compared again. Less would compare most nights
/// what hardly changed; more would keep people waiting for what their agents do since last week.
const GROWTH_PERCENT: usize = 5;
/// The first bytes; the last of them is the version of this layout.
const MAGIC: [u8; 16] = *b"somnium tally \n\x02";
/// The quickest level.
const LEVEL: i32 = 1;
/// Most bytes that are unpacked, and most for each packed one beyond a few: it may come from a stranger's folder.
const MAX_BYTES: u64 = 8 << 30;
const MOST_PACKING: u64 = 1_000;
const LEAST_LIMIT: u64 = 1 << 20;

/// What a dream counted and compared.
#[derive(Clone, Debug, Default)]
pub struct Tally {
    /// The normaliser's version.
    version: u32,
    pub(crate) counts: Counts,
    pub(crate) comparison: Option<Comparison>,
}

/// What adds up over sessions.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(crate) struct Counts {
    pub(crate) sessions: BTreeMap<SessionId, SessionRow>,
    pub(crate) claims: BTreeMap<ClaimId, Claim>,
}

/// What comparing all sessions gave.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Comparison {
    /// How many were compared.
    pub(crate) sessions: usize,
    /// Under which options.
    options: String,
    pub(crate) findings: Vec<Finding>,
    pub(crate) next: NextActions,
    pub(crate) recurrence: Recurrence,
}

impl Comparison {
    /// Compares, each pattern on a thread of its own where there are several.
    pub(crate) fn of(all: &[&Normalised], split: Split, options: &Options) -> Self {
        let compare = || -> Vec<Vec<Finding>> {
            detect::COMPARERS.par_iter().map(|(_, compare)| compare(all, split, options)).collect()
        };
        let count = || rayon::join(|| next::learn(all), || verdict::measure(all, options.seed));
        let (findings, (next, recurrence)) = rayon::join(compare, count);
        Self {
            sessions: all.len(),
            options: fingerprint(options),
            findings: findings.into_iter().flatten().collect(),
            next,
            recurrence,
        }
    }

    /// Returns at how many sessions all are compared again.
    fn due(&self) -> usize {
        SMALL.max(self.sessions + (self.sessions * GROWTH_PERCENT).div_ceil(100).max(1))
    }

    /// Says what was compared in a store of `sessions`.
    pub(crate) fn told(&self, sessions: usize) -> Compared {
        let waiting = sessions.saturating_sub(self.sessions);
        Compared { sessions: self.sessions as u64, waiting: waiting as u64, due: self.due() as u64 }
    }
}

/// Why bytes are no tally.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TallyError {
    /// Something else, or by another version of the program.
    #[error("not a tally that this version can read")]
    Foreign,
    /// Cut off or changed.
    #[error("a tally that is damaged")]
    Damaged,
    /// It has no binary form.
    #[error("a tally that cannot be written")]
    Unwritable,
}

impl Tally {
    pub(crate) fn of(counts: Counts, comparison: Comparison) -> Self {
        Self { version: VERSION, counts, comparison: Some(comparison) }
    }

    /// Whether a dream of `new` sessions can do without reading the earlier ones again: all that a single session
    /// shows is counted either way, and what only a comparison of all shows is as good as up to date.
    pub fn suffices(&self, new: &[Normalised], options: &Options) -> bool {
        let Some(comparison) = &self.comparison else { return false };
        let mut sessions = self.counts.sessions.len();
        for session in admitted(new, options) {
            match self.counts.sessions.get(&session.id) {
                None => sessions += 1,
                Some(row) if row.hash == hash_of(session) => {}
                // What was found may rest on the version that it replaces.
                Some(_) => return false,
            }
        }
        sessions < comparison.due() && sessions >= SMALL && comparison.options == fingerprint(options)
    }

    /// Returns the sessions that were counted, with what tells their versions apart.
    pub(crate) fn known(&self) -> impl Iterator<Item = (&SessionId, &str)> {
        self.counts.sessions.iter().map(|(id, row)| (id, row.hash.as_str()))
    }

    /// Returns what was counted as JSON, for checks from outside.
    ///
    /// # Errors
    ///
    /// None that is known: all of it has a form in JSON.
    pub fn counts(&self) -> serde_json::Result<serde_json::Value> {
        serde_json::to_value(&self.counts)
    }

    /// Returns it as bytes: the same tally gives the same.
    ///
    /// # Errors
    ///
    /// [`TallyError::Unwritable`] if there is no memory for it.
    pub fn encode(&self) -> Result<Vec<u8>, TallyError> {
        // Findings are few, and their parts have a form in JSON already; counts are many.
        let comparison = self.comparison.as_ref().map(serde_json::to_vec).transpose();
        let comparison = comparison.map_err(|_| TallyError::Unwritable)?;
        let parts = (self.version, &self.counts, comparison);
        let unpacked = postcard::to_stdvec(&parts).map_err(|_| TallyError::Unwritable)?;
        pack(&unpacked).map_err(|_| TallyError::Unwritable)
    }

    /// Returns what [`encode`](Self::encode) was given.
    ///
    /// # Errors
    ///
    /// What makes it unreadable.
    pub fn decode(bytes: &[u8]) -> Result<Self, TallyError> {
        let packed = bytes.strip_prefix(&MAGIC).ok_or(TallyError::Foreign)?;
        let unpacked = zstd::Decoder::with_buffer(packed).map_err(|_| TallyError::Damaged)?;
        let most = MAX_BYTES.min(LEAST_LIMIT + MOST_PACKING * packed.len() as u64);
        let mut bytes = Vec::new();
        unpacked.take(most).read_to_end(&mut bytes).map_err(|_| TallyError::Damaged)?;
        let parts: (u32, Counts, Option<Vec<u8>>) =
            postcard::from_bytes(&bytes).map_err(|_| TallyError::Damaged)?;
        let (version, counts, comparison) = parts;
        // What another version counted still counts; what it compared has to be looked at anew.
        let comparison = comparison.filter(|_| version == VERSION);
        let comparison = comparison.and_then(|bytes| serde_json::from_slice(&bytes).ok());
        Ok(Self { version, counts, comparison })
    }
}

fn pack(bytes: &[u8]) -> std::io::Result<Vec<u8>> {
    let mut encoder = zstd::Encoder::new(MAGIC.to_vec(), LEVEL)?;
    encoder.include_checksum(true)?;
    encoder.write_all(bytes)?;
    encoder.finish()
}

/// Returns what tells options apart that compare differently: the clock and instructions come in later.
fn fingerprint(options: &Options) -> String {
    let options = Options { now: None, instructions: None, ..options.clone() };
    sha256_hex(serde_json::to_string(&options).unwrap_or_default().as_bytes()).prefix(16)
}
