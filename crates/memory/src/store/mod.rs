//! The memory folder on disk.
//!
//! ```text
//! MEMORY.md, notes/…, any other file     a person's and the agent's: read whole, changed only by edits
//! .somnium/state.json                    baselines, tombstones, pins, dreams, ledger
//! .somnium/log.jsonl                     who changed what, as a chain
//! .somnium/runs/<dream>.json             the report of each dream
//! .somnium/history/<change>/             what each change in place changed, as it was before
//! .somnium/sessions/<dream>.digest       what is kept of the sessions that the dream read first
//! .somnium/review/<dream>.{json,digest}  what a dream proposes and nobody decided yet
//! .somnium/review/<dream>.decisions.json what was decided so far
//! .somnium/tally                         what the last dream counted, which can be counted again
//! .somnium/pending/, .somnium/lock       a change under way (these three are not for version control)
//! ```
//!
//! A folder is read with [`Folder::open`] and written either as a new folder ([`Folder::write_copy`]; the
//! original stays as it was) or in place ([`Folder::publish_in_place`] for dreams, [`Folder::change`] for people; all
//! or nothing, and [`Folder::undo`] takes it back).

mod copy;
mod disk;
mod draft;
mod erase;
mod error;
mod feedback;
mod hold_back;
mod journal;
mod lock;
mod log;
mod publish;
mod replace;
mod review;
mod scan;
mod sessions;
mod state;
mod tally;
mod undo;

use std::path::{Path, PathBuf};

use somnium_types::{BlockId, DreamId, Sha256Hex, Skipped, sha256_hex};

use self::disk::{Disk, Steps, Unwatched, read_if_there};
use self::lock::Lock;
use self::log::{Log, Seal};
use crate::{MACHINE_DIR, Memory};

pub use copy::Copied;
pub use draft::write_folder;
pub use erase::{Erased, ErasedMark, Erasure, Left, Searched};
pub use error::StoreError;
pub use feedback::{Feedback, Remark, Report, Says};
pub use hold_back::{HoldBack, Share};
pub use journal::Recovery;
pub use log::{Entry, Finding, Head, Standing, TouchedBlock, TouchedFile, What, Witness, Writer};
pub use publish::{Change, Publication, Published};
pub use replace::{create_file, replace_file};
pub use review::{Proposal, Reviewed};
pub use sessions::{KeptSessions, SessionFile};
pub use state::{DreamRecord, PublicationKind, State, Tombstone};

/// How often [`Folder::open`] reads again when a dream was published while it read.
const OPEN_ATTEMPTS: usize = 5;

/// A memory folder as it was when it was opened.
#[derive(Debug)]
pub struct Folder {
    layout: Layout,
    memory: Memory,
    state: State,
    skipped: Vec<Skipped>,
    recovery: Option<Recovery>,
    content_sha256: Sha256Hex,
    /// Of the bytes of `state.json`, if there is one.
    state_sha256: Option<Sha256Hex>,
    log: Log,
    /// What new lines of the log are sealed with.
    seal: Seal,
    witness: Option<Witness>,
    /// Set once a witness was asked.
    standing: Option<Standing>,
}

/// Where things are under a memory folder.
#[derive(Clone, Debug)]
pub(crate) struct Layout {
    pub(crate) root: PathBuf,
}

impl Folder {
    /// Reads the folder `dir`. A folder that does not exist is an empty memory; nothing is created.
    ///
    /// Opening changes the folder in one case only: when an earlier [`Folder::publish_in_place`] was cut short,
    /// its change is first completed or discarded (see [`Folder::recovery`]).
    pub fn open(dir: impl AsRef<Path>) -> Result<Self, StoreError> {
        Self::open_watched(dir.as_ref(), &Unwatched)
    }

    fn open_watched(dir: &Path, steps: &dyn Steps) -> Result<Self, StoreError> {
        let layout = Layout { root: dir.to_owned() };
        let mut folder = Self {
            layout,
            memory: Memory::default(),
            state: State::default(),
            skipped: Vec::new(),
            recovery: None,
            content_sha256: Memory::default().content_sha256(),
            state_sha256: None,
            log: Log::default(),
            seal: Seal::open(),
            witness: None,
            standing: None,
        };
        let layout = &folder.layout;
        match layout.root.metadata() {
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(folder),
            Err(source) => return Err(StoreError::Read { path: layout.root.clone(), source }),
            Ok(metadata) if !metadata.is_dir() => {
                return Err(StoreError::NotAFolder { path: layout.root.clone() });
            }
            Ok(_) => layout.check_machine_side()?,
        }
        // Readers take no lock, so that reading leaves no trace. A publication shows by its journal while it
        // runs and by a new state afterwards: a read between two equal looks at both saw one memory.
        for _ in 0..OPEN_ATTEMPTS {
            folder.recover(Disk { steps })?;
            folder.reload()?;
            let state = read_if_there(&folder.layout.state())?;
            if state.as_deref().map(sha256_hex) == folder.state_sha256 && !folder.layout.has_pending() {
                return Ok(folder);
            }
        }
        Err(StoreError::Changed { path: folder.layout.root })
    }

    /// Returns the folder's path as it was given.
    pub fn root(&self) -> &Path {
        &self.layout.root
    }

    /// Returns the content files.
    pub fn memory(&self) -> &Memory {
        &self.memory
    }

    /// Returns what dreams remember. Clone and change it for a [`Publication`].
    pub fn state(&self) -> &State {
        &self.state
    }

    /// Returns what was not read, and why: links, files over 16 MiB, names that no memory path can have. They
    /// are never changed, and a copy of the folder has them too.
    pub fn skipped(&self) -> &[Skipped] {
        &self.skipped
    }

    /// Returns how an unfinished change was brought to its end when the folder was opened.
    pub fn recovery(&self) -> Option<&Recovery> {
        self.recovery.as_ref()
    }

    /// Returns the report of a dream published to this folder.
    pub fn report(&self, dream: &DreamId) -> Result<serde_json::Value, StoreError> {
        let unknown = || StoreError::UnknownDream { path: self.layout.root.clone(), id: dream.clone() };
        if !is_file_name(dream) {
            return Err(unknown());
        }
        let path = self.layout.run(dream);
        let bytes = read_if_there(&path)?.ok_or_else(unknown)?;
        serde_json::from_slice(&bytes).map_err(|error| StoreError::Damaged {
            path,
            why: error.to_string(),
            next: "restore it from version control or a backup, or delete it: only this report is lost",
        })
    }

    /// Has the folder's history checked against `witness`, which also seals what is written from now on.
    ///
    /// A folder whose history is not as it was written can be read, and nothing more: every change is refused with
    /// [`StoreError::Tampered`].
    ///
    /// # Errors
    /// [`StoreError::Read`], [`StoreError::Damaged`] for what the witness keeps.
    pub fn watched_by(&mut self, witness: Witness) -> Result<&Standing, StoreError> {
        let head = witness.head(&self.layout.root)?;
        self.seal = witness.seal().clone();
        let standing = Standing::of(&self.log, self.state_sha256.as_ref(), &self.seal, head.as_ref());
        // A change that was completed when the folder was opened, or right before the process ended: it is ours.
        if standing.is_sound() && head != self.log.head() {
            // Where it cannot be kept, what is here was not seen, which is no reason not to read it.
            let _ = self.log.head().map(|head| witness.keep(&self.layout.root, &head));
        }
        self.witness = Some(witness);
        Ok(self.standing.insert(standing))
    }

    /// Checks the whole history: the chain, the state, and every file that the log speaks of.
    ///
    /// # Errors
    /// As [`Folder::watched_by`].
    pub fn verify(&self) -> Result<Standing, StoreError> {
        let head =
            self.witness.as_ref().map(|witness| witness.head(&self.layout.root)).transpose()?.flatten();
        let mut standing = Standing::of(&self.log, self.state_sha256.as_ref(), &self.seal, head.as_ref());
        standing.check_files(&self.log, &self.layout)?;
        Ok(standing)
    }

    /// Returns what is known to have changed, oldest first, each with its number. Edits that were made since by other
    /// means are not in it yet: [`Folder::unrecorded`].
    pub fn log(&self) -> impl DoubleEndedIterator<Item = (u64, &Entry)> {
        self.log.entries()
    }

    /// Returns the line that the next change will add first: what changed since by other means than ours. `None` where
    /// nothing did, or no log was begun yet.
    pub fn unrecorded(&self) -> Option<Entry> {
        let known = self.log.known()?;
        log::outside(Some(&known), &log::Known::of(&self.memory), somnium_types::Timestamp::UNIX_EPOCH)
    }

    /// Accepts what another machine wrote to the log: from now on it counts as seen.
    ///
    /// # Errors
    /// [`StoreError::Tampered`] where more is wrong than that, and what reading or writing the witness returns.
    pub fn accept(&mut self, change: Change<'_>) -> Result<(), StoreError> {
        if let Some(standing) = self.standing.as_ref()
            && let Some(worse) = standing.findings.iter().find(|found| !found.acceptable)
        {
            let findings = vec![worse.clone()];
            return Err(StoreError::tampered(&self.layout.root, &Standing { findings, ..standing.clone() }));
        }
        self.standing = None;
        self.change(change).map(drop)
    }

    /// Returns the lines that are about a block, oldest first.
    pub fn log_of<'f>(&'f self, block: &'f BlockId) -> impl DoubleEndedIterator<Item = (u64, &'f Entry)> {
        self.log.entries().filter(move |(_, entry)| entry.touches(block))
    }

    /// Reads memory, state and log as they are now.
    fn reload(&mut self) -> Result<(), StoreError> {
        let path = self.layout.log();
        let log = read_if_there(&path)?.unwrap_or_default();
        self.log = Log::parse(&log).map_err(|why| StoreError::Damaged {
            path,
            why,
            next: "restore it from version control or a backup, or move it away: the notes stay, and their history \
                   begins anew",
        })?;
        let path = self.layout.state();
        let state = read_if_there(&path)?;
        self.state_sha256 = state.as_deref().map(sha256_hex);
        self.state = match state {
            Some(bytes) => State::from_json(&bytes, &path)?,
            None => State::default(),
        };
        let found = scan::scan(&self.layout.root)?;
        self.content_sha256 = found.memory.content_sha256();
        (self.memory, self.skipped) = (found.memory, found.skipped);
        Ok(())
    }

    fn recover(&mut self, disk: Disk<'_>) -> Result<(), StoreError> {
        if self.layout.has_pending() {
            let _lock = Lock::take(&self.layout, "recovery")?;
            self.recovery = journal::settle(disk, &self.layout)?.or(self.recovery.take());
        }
        Ok(())
    }
}

impl Layout {
    fn machine(&self) -> PathBuf {
        self.root.join(MACHINE_DIR)
    }

    fn state(&self) -> PathBuf {
        self.machine().join("state.json")
    }

    fn log(&self) -> PathBuf {
        self.machine().join("log.jsonl")
    }

    fn tally(&self) -> PathBuf {
        self.machine().join("tally")
    }

    /// What the tally is called while it is written.
    fn tally_draft(&self) -> PathBuf {
        self.machine().join("tally.draft")
    }

    fn lock(&self) -> PathBuf {
        self.machine().join("lock")
    }

    fn pending(&self) -> PathBuf {
        self.machine().join("pending")
    }

    fn runs(&self) -> PathBuf {
        self.machine().join("runs")
    }

    fn run(&self, dream: &(impl AsRef<str> + ?Sized)) -> PathBuf {
        self.runs().join(format!("{}.json", dream.as_ref()))
    }

    fn histories(&self) -> PathBuf {
        self.machine().join("history")
    }

    fn history(&self, change: &(impl AsRef<str> + ?Sized)) -> PathBuf {
        self.histories().join(change.as_ref())
    }

    fn sessions(&self) -> PathBuf {
        self.machine().join("sessions")
    }

    fn reviews(&self) -> PathBuf {
        self.machine().join("review")
    }

    fn sessions_of(&self, dream: &(impl AsRef<str> + ?Sized)) -> PathBuf {
        self.sessions().join(Self::session_file(dream))
    }

    fn session_file(dream: &(impl AsRef<str> + ?Sized)) -> String {
        format!("{}.digest", dream.as_ref())
    }

    fn has_pending(&self) -> bool {
        self.pending().symlink_metadata().is_ok()
    }

    /// Returns an error where the id of a dream or a change cannot name a file.
    fn check_id(&self, id: &(impl AsRef<str> + ?Sized)) -> Result<(), StoreError> {
        if is_file_name(id) {
            return Ok(());
        }
        let why = "its id is not made of letters, digits, `-` and `_`";
        Err(StoreError::Blocked { path: self.runs(), why })
    }

    /// A link in the place of something of ours would lead our reads and writes elsewhere: a memory folder may
    /// come from a stranger.
    fn check_machine_side(&self) -> Result<(), StoreError> {
        let folders =
            [self.machine(), self.pending(), self.runs(), self.histories(), self.sessions(), self.reviews()];
        let files =
            [self.state(), self.log(), self.tally(), self.lock(), self.pending().join("manifest.json")];
        let wrong = |path: &PathBuf, right: fn(&std::fs::Metadata) -> bool| {
            path.symlink_metadata().is_ok_and(|metadata| !right(&metadata))
        };
        let folder = folders.iter().find(|path| wrong(path, std::fs::Metadata::is_dir));
        let file = files.iter().find(|path| wrong(path, std::fs::Metadata::is_file));
        let why = if folder.is_some() { "it is not a folder" } else { "it is not a regular file" };
        match folder.or(file) {
            None => Ok(()),
            Some(path) => Err(StoreError::Damaged {
                path: path.clone(),
                why: why.to_owned(),
                next: "move it away: somnium makes its own",
            }),
        }
    }
}

fn is_file_name(id: &(impl AsRef<str> + ?Sized)) -> bool {
    let id = id.as_ref();
    (1..=80).contains(&id.len())
        && id.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_')
}

#[cfg(test)]
mod tests;
