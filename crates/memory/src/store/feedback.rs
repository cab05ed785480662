//! What agents say of notes through the tools for agents: that they used one, or that one is wrong.
//!
//! Neither changes a note. Both are lines of the log, and are counted in the state: a dream that runs meanwhile sees
//! that the state moved, and takes over what was said.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use somnium_types::{BlockId, ChangeId, Timestamp};

use super::disk::{Disk, Unwatched, read_if_there};
use super::journal::{Plan, Recovery, settle, stage};
use super::log::{Entry, Known, TouchedBlock, What, Writer, outside};
use super::{Folder, StoreError};
use somnium_types::sha256_hex;

/// Reports kept of one note: enough to see what is wrong; the log has them all.
const MAX_REPORTS: usize = 20;

/// What agents said of one note.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Feedback {
    /// How often one said that it used the note.
    #[serde(default)]
    pub cited: u64,
    /// When one last did.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last_cited: Option<Timestamp>,
    /// That it is wrong, oldest first, since a person last looked at it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub reports: Vec<Report>,
}

/// That a note is wrong.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Report {
    /// When.
    pub at: Timestamp,
    /// Who says so.
    pub by: Writer,
    /// What is wrong.
    pub why: String,
}

/// One remark on notes.
#[derive(Clone, Debug)]
pub struct Remark<'a> {
    /// Its id, never used before.
    pub id: &'a ChangeId,
    /// When.
    pub at: Timestamp,
    /// Whose.
    pub by: Writer,
    /// On which notes.
    pub about: &'a [BlockId],
    /// What it says.
    pub says: Says,
    /// In their words: what is wrong, or where the note was of use.
    pub why: Option<String>,
}

/// What a remark says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Says {
    /// The note was used.
    Used,
    /// The note is wrong.
    Wrong,
    /// A person looked at what was reported.
    Settled,
}

impl Folder {
    /// Notes a remark on notes, as one change. No file of the memory changes, and there is nothing to undo.
    ///
    /// # Errors
    ///
    /// As [`Folder::change`]; [`StoreError::Changed`] also where a note is not there.
    pub fn remark(&mut self, remark: Remark<'_>) -> Result<(), StoreError> {
        let disk = Disk { steps: &Unwatched };
        self.layout.check_id(remark.id)?;
        let _lock = self.begin(disk, &format!("remark {}", remark.id))?;
        self.check_sound()?;
        let changed = || StoreError::Changed { path: self.layout.root.clone() };
        if self.changed_since_opened()? {
            return Err(changed());
        }
        let mut state = self.state.clone();
        let mut blocks = Vec::new();
        for about in remark.about {
            let block = self.memory.block(about).ok_or_else(changed)?;
            blocks.push(TouchedBlock { id: block.id, path: block.path, sha256: Some(block.sha256) });
            state.feedback.entry(about.clone()).or_default().take(&remark);
        }
        let bytes = state.to_json();
        let entry = Entry {
            at: remark.at,
            by: remark.by,
            what: remark.says.what(),
            change: None,
            why: remark.why,
            blocks,
            files: Vec::new(),
            marked: Vec::new(),
            machine: BTreeMap::new(),
            state: Some(sha256_hex(&bytes)),
        };
        self.seal = self.sealing();
        let mut log = self.log.clone();
        let before = outside(log.known().as_ref(), &Known::of(&self.memory), remark.at);
        before.into_iter().chain([entry]).for_each(|entry| log.add(entry, &self.seal));
        let plan = Plan {
            change: remark.id.clone(),
            changes: Vec::new(),
            state_before: read_if_there(&self.layout.state())?,
            state_after: bytes,
            log: log.to_bytes(),
            sessions: None,
            report: None,
            review: BTreeMap::new(),
            keep_history: false,
            drop_dirs: Vec::new(),
            records: BTreeMap::new(),
        };
        stage(disk, &self.layout, &plan)?;
        if !matches!(settle(disk, &self.layout)?, Some(Recovery::Completed { .. })) {
            return Err(StoreError::Changed { path: self.layout.root.clone() });
        }
        self.state_sha256 = Some(sha256_hex(&plan.state_after));
        (self.state, self.log) = (state, log);
        self.keep_head();
        Ok(())
    }
}

impl Feedback {
    fn take(&mut self, remark: &Remark<'_>) {
        match remark.says {
            Says::Used => {
                self.cited += 1;
                self.last_cited = self.last_cited.max(Some(remark.at));
            }
            Says::Wrong => {
                let why = remark.why.clone().unwrap_or_default();
                self.reports.push(Report { at: remark.at, by: remark.by.clone(), why });
                let more = self.reports.len().saturating_sub(MAX_REPORTS);
                self.reports.drain(..more);
            }
            Says::Settled => self.reports.clear(),
        }
    }
}

impl Says {
    fn what(self) -> What {
        match self {
            Self::Used => What::Cited,
            Self::Wrong => What::Reported,
            Self::Settled => What::Settled,
        }
    }
}
