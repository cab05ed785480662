//! What was read of files that have not changed since, in the user's cache folder.
//!
//! ```text
//! <cache folder>/digests/<build>/<number>-<process>.digests    segments; later ones go before earlier ones
//! ```
//!
//! A digest is what normalising leaves of a file's sessions: secrets are replaced before. It belongs to a file by
//! its path, and is believed while the file's size, times and inode are what they were. Losing any of it costs time
//! and nothing else, so that nothing here is an error: what cannot be read is read from the sessions again, and
//! what cannot be written is not kept.

mod identity;
mod segment;
mod store;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use somnium_dream::{Normalised, Options, digest};
use somnium_transcript::FileReport;

pub(crate) use identity::Key;
pub(crate) use store::Cache;

/// The heading of these options in help texts.
const CACHE_HEADING: &str = "What is kept between dreams";

/// How the user wants the cache to be used.
#[derive(Clone, Copy, Debug, Default, clap::Args)]
pub(crate) struct CacheArgs {
    /// Read every session file, also those that have not changed since they were last read
    #[arg(long, help_heading = CACHE_HEADING)]
    rehash: bool,
    /// Neither use nor keep digests of sessions in the cache folder
    #[arg(long, help_heading = CACHE_HEADING)]
    no_cache: bool,
}

impl CacheArgs {
    /// Opens the cache; `None` where there is to be none, or can be none.
    pub(crate) fn open(self, options: &Options) -> Option<Cache> {
        if self.no_cache {
            return None;
        }
        let cache = Cache::open(&crate::places::cache()?, options)?;
        Some(if self.rehash { cache.write_only() } else { cache })
    }
}

/// What was read of one file.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Kept {
    pub(crate) report: FileReport,
    /// Its sessions by format: a file may hold several.
    pub(crate) formats: BTreeMap<String, u64>,
    pub(crate) sessions: Vec<Normalised>,
}

#[derive(Serialize, Deserialize)]
struct Head {
    report: FileReport,
    formats: BTreeMap<String, u64>,
}

impl Kept {
    /// Returns the bytes to keep; `None` if there is nothing worth keeping, or it cannot be kept.
    fn encode(&self) -> Option<Vec<u8>> {
        let head = Head { report: self.report.clone(), formats: self.formats.clone() };
        let head = serde_json::to_vec(&head).ok()?;
        let mut bytes = u32::try_from(head.len()).ok()?.to_le_bytes().to_vec();
        bytes.extend(head);
        bytes.extend(digest::encode(&self.sessions).ok()?);
        Some(bytes)
    }

    fn decode(bytes: &[u8]) -> Option<Self> {
        let (length, rest) = bytes.split_first_chunk()?;
        let (head, sessions) = rest.split_at_checked(u32::from_le_bytes(*length) as usize)?;
        let Head { report, formats } = serde_json::from_slice(head).ok()?;
        Some(Self { report, formats, sessions: digest::decode(sessions).ok()? })
    }

    /// Whether the file is as good as read when it is seen again.
    pub(crate) fn is_worth_keeping(&self) -> bool {
        !self.report.broken_off && !self.sessions.is_empty()
    }

    /// Names the file as it was named this time.
    fn renamed(mut self, path: &str) -> Self {
        for skipped in &mut self.report.skipped {
            if skipped.source == self.report.path {
                path.clone_into(&mut skipped.source);
            }
        }
        path.clone_into(&mut self.report.path);
        self
    }
}
