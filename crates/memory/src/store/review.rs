//! `.somnium/review/`: what a dream proposes, until a person decided.
//!
//! ```text
//! <dream>.json              the files that it would change, as they were and as it would have them; state and report
//! <dream>.digest            what is kept of the sessions that it was the first to read
//! <dream>.decisions.json    what was decided so far
//! ```
//!
//! All of it comes, changes and goes by the journal and is named in the log, as everything else. A proposal is about
//! the memory that the dream read: what people did since is merged when it is published, and another dream in between
//! puts it out of date.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

use serde::{Deserialize, Serialize};
use serde_json::Value;
use somnium_types::{ChangeId, DreamId, Sha256Hex, Timestamp, sha256_hex};

use super::disk::{Disk, Steps, Unwatched, read_if_there};
use super::log::{What, Writer};
use super::publish::{Publication, Published, Signed, Work};
use super::state::{State, VERSION, json_bytes, versioned};
use super::{Folder, StoreError, is_file_name};
use crate::{Memory, MemoryPath};

/// Endings of the files of a proposal, the longest first.
const DECISIONS: &str = ".decisions.json";
const DOCUMENT: &str = ".json";
const SESSIONS: &str = ".digest";

/// What a dream proposed and nobody published yet.
#[derive(Clone, Debug)]
pub struct Proposal {
    /// The dream.
    pub dream: DreamId,
    /// Its time.
    pub at: Timestamp,
    /// The memory as the dream read it, but for files that it leaves alone: those are as they are now.
    pub before: Memory,
    /// The memory as it would have it.
    pub after: Memory,
    /// What dreams remembered then.
    pub then: State,
    /// What they would remember.
    pub state: State,
    /// The report of the run.
    pub report: Value,
    /// What is kept of the sessions that it was the first to read.
    pub sessions: Option<Vec<u8>>,
    /// What was decided so far, as [`Folder::keep_decisions`] was given it; `null` at first.
    pub decisions: Value,
    /// Of everything but the decisions: names exactly this proposal.
    pub sha256: Sha256Hex,
    /// Whether another dream was published since: then it cannot be published any more.
    pub outdated: bool,
}

/// A publication that a person reviewed.
#[derive(Clone, Debug)]
pub struct Reviewed<'a> {
    /// What is left of the proposal after all decisions.
    pub publication: Publication<'a>,
    /// Who reviewed it.
    pub by: Writer,
    /// When.
    pub at: Timestamp,
}

/// What `<dream>.json` holds.
#[derive(Serialize, Deserialize)]
struct Document {
    version: u64,
    dream: DreamId,
    at: Timestamp,
    files: BTreeMap<MemoryPath, Sides>,
    then: State,
    state: State,
    sessions: Option<Sha256Hex>,
    report: Value,
}

/// A file that would change; `None` is "no file".
#[derive(Serialize, Deserialize)]
struct Sides {
    before: Option<Bytes>,
    after: Option<Bytes>,
}

/// The bytes of a file, as text where they are.
#[derive(Serialize, Deserialize)]
#[serde(untagged)]
enum Bytes {
    Text(String),
    Other { hex: String },
}

impl Folder {
    /// Lays aside what a dream would publish, until [`Folder::publish_reviewed`] or [`Folder::drop_proposals`]. Nothing
    /// else changes. Returns the hash that names the proposal. One of the same dream gives way, and so do those that
    /// are out of date.
    ///
    /// # Errors
    /// [`StoreError::Changed`] where another dream was published since [`Folder::open`], and what writing returns.
    pub fn propose(&mut self, publication: Publication<'_>) -> Result<Sha256Hex, StoreError> {
        self.propose_watched(publication, &Unwatched)
    }

    pub(super) fn propose_watched(
        &mut self,
        publication: Publication<'_>,
        steps: &dyn Steps,
    ) -> Result<Sha256Hex, StoreError> {
        let Publication { dream, at, after, state, sessions, report, .. } = publication;
        self.layout.check_id(dream)?;
        let (before, then) = (self.memory.clone(), self.state.clone());
        let document = Document {
            version: VERSION,
            dream: dream.clone(),
            at,
            files: differing(&before, after),
            then: then.clone(),
            state: state.clone(),
            sessions: sessions.map(sha256_hex),
            report: report.clone(),
        };
        let document = json_bytes(&document);
        let sha256 = sha256_hex(&document);
        let disk = Disk { steps };
        let _lock = self.begin(disk, &format!("proposal of {dream}"))?;
        self.reload()?;
        if !self.state.knows_the_same_as(&then) {
            return Err(StoreError::Changed { path: self.layout.root.clone() });
        }
        let mut review = self.going(|proposal| proposal.outdated || proposal.dream == *dream)?;
        review.insert(format!("{dream}{DOCUMENT}"), Some(document));
        if let Some(bytes) = sessions {
            review.insert(format!("{dream}{SESSIONS}"), Some(bytes.to_vec()));
        }
        self.lay(disk, dream, Writer::Dream(dream.clone()), at, What::Proposed, review)?;
        Ok(sha256)
    }

    /// Returns the proposals that wait, the latest dream last. What is no proposal any more is left out.
    ///
    /// # Errors
    /// [`StoreError::Read`].
    pub fn proposals(&self) -> Result<Vec<Proposal>, StoreError> {
        let mut proposals = Vec::new();
        for name in self.review_files()? {
            let Some(dream) = dream_of(&name).filter(|dream| name == format!("{dream}{DOCUMENT}")) else {
                continue;
            };
            match self.proposal(&dream) {
                Ok(proposal) => proposals.push(proposal),
                Err(error @ StoreError::Read { .. }) => return Err(error),
                Err(_) => {}
            }
        }
        proposals.sort_by(|a, b| (a.at, &a.dream).cmp(&(b.at, &b.dream)));
        Ok(proposals)
    }

    /// Returns the dreams whose proposals wait, readable or not.
    ///
    /// # Errors
    /// [`StoreError::Read`].
    pub fn proposed(&self) -> Result<Vec<DreamId>, StoreError> {
        let dreams: BTreeSet<_> = self.review_files()?.iter().filter_map(|name| dream_of(name)).collect();
        Ok(dreams.into_iter().collect())
    }

    /// Returns one proposal.
    ///
    /// # Errors
    /// [`StoreError::NoProposal`]; [`StoreError::Damaged`] where it is not what was laid aside.
    pub fn proposal(&self, dream: &DreamId) -> Result<Proposal, StoreError> {
        let none = || StoreError::NoProposal { path: self.layout.root.clone(), dream: dream.clone() };
        if !is_file_name(dream) {
            return Err(none());
        }
        let path = self.layout.reviews().join(format!("{dream}{DOCUMENT}"));
        let bytes = read_if_there(&path)?.ok_or_else(none)?;
        let sha256 = self.check_known(&path, &bytes)?;
        let value = versioned(&bytes, &path)?;
        let document: Document =
            serde_json::from_value(value).map_err(|error| damaged(&path, error.to_string()))?;
        if document.dream != *dream {
            return Err(damaged(&path, "it is another dream's".to_owned()));
        }
        let (mut before, mut after) = (self.memory.clone(), self.memory.clone());
        for (file, sides) in &document.files {
            lay_over(&mut before, file, sides.before.as_ref(), &path)?;
            lay_over(&mut after, file, sides.after.as_ref(), &path)?;
        }
        Ok(Proposal {
            outdated: !self.state.knows_the_same_as(&document.then),
            sessions: self.sessions_of_proposal(&document)?,
            decisions: self.decisions_of(dream)?,
            dream: document.dream,
            at: document.at,
            before,
            after,
            then: document.then,
            state: document.state,
            report: document.report,
            sha256,
        })
    }

    /// Keeps decisions about a proposal that is not decided to its end.
    ///
    /// # Errors
    /// As [`Folder::proposal`], and what writing returns.
    pub fn keep_decisions(
        &mut self,
        dream: &DreamId,
        decisions: &Value,
        by: Writer,
        at: Timestamp,
    ) -> Result<(), StoreError> {
        let disk = Disk::real();
        let _lock = self.begin(disk, &format!("review of {dream}"))?;
        self.reload()?;
        self.proposal(dream)?;
        let review = [(format!("{dream}{DECISIONS}"), Some(json_bytes(decisions)))].into();
        self.lay(disk, dream, by, at, What::Proposed, review)
    }

    /// Publishes what a person left of a proposal, as [`Folder::publish_in_place`] does; the proposal is gone then,
    /// and so are those that this puts out of date. It may also be one that was never laid aside: then the folder must
    /// be as it was opened for the dream.
    ///
    /// # Errors
    /// As [`Folder::publish_in_place`], with [`StoreError::Outdated`] where another dream was published since.
    pub fn publish_reviewed(
        &mut self,
        reviewed: Reviewed<'_>,
        proposal: Option<&Proposal>,
    ) -> Result<Published, StoreError> {
        self.publish_reviewed_watched(reviewed, proposal, &Unwatched)
    }

    pub(super) fn publish_reviewed_watched(
        &mut self,
        reviewed: Reviewed<'_>,
        proposal: Option<&Proposal>,
        steps: &dyn Steps,
    ) -> Result<Published, StoreError> {
        let Reviewed { publication, by, at } = reviewed;
        let outdated =
            StoreError::Outdated { path: self.layout.root.clone(), dream: publication.dream.clone() };
        if let Some(proposal) = proposal {
            if !self.state.knows_the_same_as(&proposal.then) {
                return Err(outdated);
            }
            // As if the folder had been opened when the dream read it: what people did since is merged.
            self.memory = proposal.before.clone();
            self.content_sha256 = self.memory.content_sha256();
            self.state = proposal.then.clone();
            self.state_sha256 = Some(sha256_hex(&self.state.to_json()));
        }
        let review = self.going(|_| true)?;
        let signed = Signed { by, what: What::Reviewed, at, review };
        self.publish_signed(publication, signed, steps).map_err(|error| match error {
            StoreError::Changed { .. } => outdated,
            error => error,
        })
    }

    /// Drops proposals with what was decided about them, as one change. Nothing else changes.
    ///
    /// # Errors
    /// [`StoreError::NoProposal`], and what writing returns.
    pub fn drop_proposals(
        &mut self,
        dreams: &[DreamId],
        by: Writer,
        at: Timestamp,
    ) -> Result<(), StoreError> {
        let Some(first) = dreams.first() else { return Ok(()) };
        let disk = Disk::real();
        let _lock = self.begin(disk, &format!("review of {first}"))?;
        self.reload()?;
        let proposed = self.proposed()?;
        if let Some(unknown) = dreams.iter().find(|dream| !proposed.contains(dream)) {
            return Err(StoreError::NoProposal { path: self.layout.root.clone(), dream: unknown.clone() });
        }
        let names = self.review_files()?.into_iter();
        let goes = |name: &String| dream_of(name).is_some_and(|dream| dreams.contains(&dream));
        let review = names.filter(goes).map(|name| (name, None)).collect();
        self.lay(disk, first, by, at, What::Dropped, review)
    }

    /// Writes files of proposals and nothing else. The caller holds the lock, and the folder is as it is on disk.
    fn lay(
        &mut self,
        disk: Disk<'_>,
        dream: &DreamId,
        by: Writer,
        at: Timestamp,
        what: What,
        review: BTreeMap<String, Option<Vec<u8>>>,
    ) -> Result<(), StoreError> {
        let work = Work {
            id: ChangeId::from(dream),
            at,
            by,
            what,
            why: None,
            after: self.memory.clone(),
            state: self.state.clone(),
            sessions: None,
            report: None,
            review,
            keep_history: false,
            drop_dirs: Vec::new(),
            erasing: None,
        };
        self.carry_out(disk, work).map(drop)
    }

    /// Returns the files of the proposals that `is_over`, each to be deleted; those of no readable proposal go, too.
    fn going(
        &self,
        is_over: impl Fn(&Proposal) -> bool,
    ) -> Result<BTreeMap<String, Option<Vec<u8>>>, StoreError> {
        let stay: Vec<_> = self.proposals()?.into_iter().filter(|proposal| !is_over(proposal)).collect();
        let stays =
            |name: &String| dream_of(name).is_some_and(|dream| stay.iter().any(|one| one.dream == dream));
        Ok(self.review_files()?.into_iter().filter(|name| !stays(name)).map(|name| (name, None)).collect())
    }

    /// Returns the names of the files of proposals.
    pub(super) fn review_files(&self) -> Result<Vec<String>, StoreError> {
        let path = self.layout.reviews();
        let entries = match fs::read_dir(&path) {
            Ok(entries) => entries,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(Vec::new()),
            Err(source) => return Err(StoreError::Read { path, source }),
        };
        let files = entries.flatten().filter(|entry| entry.file_type().is_ok_and(|kind| kind.is_file()));
        let names = files.filter_map(|entry| entry.file_name().into_string().ok());
        let mut names: Vec<_> = names.filter(|name| is_file(name)).collect();
        names.sort_unstable();
        Ok(names)
    }

    fn sessions_of_proposal(&self, document: &Document) -> Result<Option<Vec<u8>>, StoreError> {
        let Some(sha256) = &document.sessions else { return Ok(None) };
        let path = self.layout.reviews().join(format!("{}{SESSIONS}", document.dream));
        let bytes = read_if_there(&path)?.filter(|bytes| sha256_hex(bytes) == *sha256);
        bytes.map(Some).ok_or_else(|| damaged(&path, "it is not what the dream left".to_owned()))
    }

    fn decisions_of(&self, dream: &DreamId) -> Result<Value, StoreError> {
        let path = self.layout.reviews().join(format!("{dream}{DECISIONS}"));
        let Some(bytes) = read_if_there(&path)? else { return Ok(Value::Null) };
        self.check_known(&path, &bytes)?;
        serde_json::from_slice(&bytes).map_err(|error| damaged(&path, error.to_string()))
    }

    /// Returns the hash of a file of a proposal, which has to be the one that the log names.
    fn check_known(&self, path: &Path, bytes: &[u8]) -> Result<Sha256Hex, StoreError> {
        let sha256 = sha256_hex(bytes);
        let name = path.file_name().and_then(|name| name.to_str()).map(|name| format!("review/{name}"));
        let mut entries = self.log.entries().rev();
        let known = name.and_then(|name| entries.find_map(|(_, entry)| entry.machine.get(&name)));
        match known {
            Some(Some(known)) if *known != sha256 => {
                Err(damaged(path, "it is not what was laid aside".to_owned()))
            }
            _ => Ok(sha256),
        }
    }
}

/// Whether a file of this name can belong to a proposal.
pub(super) fn is_file(name: &str) -> bool {
    dream_of(name).is_some()
}

/// Returns the dream whose proposal a file of this name belongs to.
fn dream_of(name: &str) -> Option<DreamId> {
    let stem = [DECISIONS, DOCUMENT, SESSIONS].iter().find_map(|ending| name.strip_suffix(ending))?;
    is_file_name(stem).then(|| DreamId::from(stem))
}

/// Returns the files in which two memories differ.
fn differing(before: &Memory, after: &Memory) -> BTreeMap<MemoryPath, Sides> {
    let paths = before.files().chain(after.files()).map(|(path, _)| path);
    let differ = paths.filter(|path| before.get(path) != after.get(path));
    differ
        .map(|path| {
            let sides =
                Sides { before: before.get(path).map(Bytes::of), after: after.get(path).map(Bytes::of) };
            (path.clone(), sides)
        })
        .collect()
}

/// Makes `file` of `memory` what one side of a proposal has.
fn lay_over(
    memory: &mut Memory,
    file: &MemoryPath,
    bytes: Option<&Bytes>,
    path: &Path,
) -> Result<(), StoreError> {
    match bytes {
        None => memory.remove(file),
        Some(bytes) => {
            let bytes =
                bytes.read().ok_or_else(|| damaged(path, format!("`{file}` cannot be read in it")))?;
            memory.insert(file.clone(), bytes);
        }
    }
    Ok(())
}

impl Bytes {
    fn of(bytes: &[u8]) -> Self {
        match std::str::from_utf8(bytes) {
            Ok(text) => Self::Text(text.to_owned()),
            Err(_) => Self::Other { hex: bytes.iter().map(|byte| format!("{byte:02x}")).collect() },
        }
    }

    fn read(&self) -> Option<Vec<u8>> {
        match self {
            Self::Text(text) => Some(text.clone().into_bytes()),
            Self::Other { hex } => {
                let pairs = hex.as_bytes().chunks(2);
                let byte = |pair: &[u8]| u8::from_str_radix(std::str::from_utf8(pair).ok()?, 16).ok();
                pairs.map(|pair| byte(pair).filter(|_| pair.len() == 2)).collect()
            }
        }
    }
}

fn damaged(path: &Path, why: String) -> StoreError {
    let next = "only what the dream proposed is lost: `somnium memory review --drop` takes it away; then dream again";
    StoreError::Damaged { path: path.to_owned(), why, next }
}
