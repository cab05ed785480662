//! The write-ahead journal: several files change as one.
//!
//! ```text
//! stage:   pending/new/<n>, pending/history/{old/<n>,manifest.json,state.json}, pending/{state,run}.json,
//!          pending/{sessions,log.jsonl}, pending/review/<n>, pending/machine/<n>
//! commit:  pending/manifest.json appears (one rename)
//! settle:  each file → its place, sessions, run report, proposal, history, other records, log, state; then manifest.json goes, then the rest
//! ```
//!
//! Before the commit a crash leaves the memory old: the next open discards `pending/`. After it a crash is
//! completed by the next open, from the staged files, which stay until the end. A file that somebody edited in
//! between is never overwritten: then what was done is taken back, and the journal is dropped.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};
use somnium_types::{ChangeId, Sha256Hex, sha256_hex};

use super::disk::{Disk, hash_if_there, read_if_there};
use super::state::{VERSION, json_bytes, versioned};
use super::{Layout, StoreError, is_file_name, review};
use crate::MemoryPath;

/// What is to be done, with the bytes.
pub(super) struct Plan {
    pub(super) change: ChangeId,
    pub(super) changes: Vec<FileChange>,
    /// The bytes of `state.json` now.
    pub(super) state_before: Option<Vec<u8>>,
    /// The bytes of `state.json` afterwards.
    pub(super) state_after: Vec<u8>,
    /// The bytes of `log.jsonl` afterwards.
    pub(super) log: Vec<u8>,
    /// The sessions to keep under `sessions/`.
    pub(super) sessions: Option<Vec<u8>>,
    /// The report to keep under `runs/`.
    pub(super) report: Option<Vec<u8>>,
    /// Files under `review/` by name: their bytes, or `None` where they go.
    pub(super) review: BTreeMap<String, Option<Vec<u8>>>,
    /// Whether the old bytes are kept under `history/`, in place of those kept for the same dream before.
    pub(super) keep_history: bool,
    /// Folders to delete afterwards if they are empty.
    pub(super) drop_dirs: Vec<MemoryPath>,
    /// Other records under `.somnium` that are rewritten, or deleted: then a folder, too.
    pub(super) records: BTreeMap<MemoryPath, Option<Vec<u8>>>,
}

/// One file of a [`Plan`]; `None` is "no file".
pub(super) struct FileChange {
    pub(super) path: MemoryPath,
    pub(super) before: Option<Vec<u8>>,
    pub(super) after: Option<Vec<u8>>,
}

/// What is to be done, by hash: `pending/manifest.json`, and kept as `history/<change>/manifest.json`.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Manifest {
    version: u64,
    #[serde(rename = "dream")]
    change: ChangeId,
    /// The n-th entry's bytes are in `new/<n>` and `old/<n>`.
    pub(super) entries: Vec<Entry>,
    /// Folders that did not exist before.
    pub(super) made_dirs: Vec<MemoryPath>,
    drop_dirs: Vec<MemoryPath>,
    state_before: Option<Sha256Hex>,
    state_after: Sha256Hex,
    /// A journal of an older version has none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    log: Option<Sha256Hex>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    sessions: Option<Sha256Hex>,
    report: bool,
    /// The n-th one's bytes are in `review/<n>`.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    review: BTreeMap<String, Option<Sha256Hex>>,
    keep_history: bool,
    /// Records under `.somnium`; the n-th one's bytes are in `machine/<n>`, `None` is to be deleted.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    records: Vec<(MemoryPath, Option<Sha256Hex>)>,
}

/// One file of a [`Manifest`].
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Entry {
    pub(super) path: MemoryPath,
    pub(super) before: Option<Sha256Hex>,
    pub(super) after: Option<Sha256Hex>,
}

/// How a journal that was found ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Recovery {
    /// A change had not been committed: the memory is as it was before it.
    Discarded,
    /// A committed change was completed.
    Completed {
        /// Which.
        change: ChangeId,
    },
    /// A committed change was taken back, because somebody edited its files before it was complete.
    TakenBack {
        /// Which.
        change: ChangeId,
        /// The edited files, which were left as they are.
        edited: Vec<MemoryPath>,
    },
}

impl Plan {
    /// Returns the manifest that is kept with the history. It says nothing of the log, because the log names it.
    pub(super) fn history_manifest(&self, layout: &Layout) -> Vec<u8> {
        json_bytes(&self.manifest(layout, None))
    }

    fn manifest(&self, layout: &Layout, log: Option<Sha256Hex>) -> Manifest {
        let mut made_dirs = BTreeSet::new();
        for change in self.changes.iter().filter(|change| change.after.is_some()) {
            let missing = change.path.ancestors().filter_map(|dir| MemoryPath::new(dir).ok());
            made_dirs.extend(missing.filter(|dir| !dir.under(&layout.root).exists()));
        }
        let hash = |bytes: &Option<Vec<u8>>| bytes.as_deref().map(sha256_hex);
        let entry = |change: &FileChange| Entry {
            path: change.path.clone(),
            before: change.before.as_deref().map(sha256_hex),
            after: change.after.as_deref().map(sha256_hex),
        };
        Manifest {
            version: VERSION,
            change: self.change.clone(),
            entries: self.changes.iter().map(entry).collect(),
            made_dirs: made_dirs.into_iter().collect(),
            drop_dirs: self.drop_dirs.clone(),
            state_before: self.state_before.as_deref().map(sha256_hex),
            state_after: sha256_hex(&self.state_after),
            log,
            sessions: self.sessions.as_deref().map(sha256_hex),
            report: self.report.is_some(),
            review: self.review.iter().map(|(name, bytes)| (name.clone(), hash(bytes))).collect(),
            keep_history: self.keep_history,
            records: self
                .records
                .iter()
                .map(|(path, bytes)| (path.clone(), bytes.as_deref().map(sha256_hex)))
                .collect(),
        }
    }
}

/// Writes the journal. When this returns, the change is committed.
pub(super) fn stage(disk: Disk<'_>, layout: &Layout, plan: &Plan) -> Result<(), StoreError> {
    let pending = layout.pending();
    let (new, history) = (pending.join("new"), pending.join("history"));
    let old = history.join("old");
    disk.remove_dir_all(&pending)?;
    disk.create_dir_all(&new)?;
    disk.create_dir_all(&old)?;
    for (n, change) in plan.changes.iter().enumerate() {
        if let Some(bytes) = &change.after {
            disk.write_new(&new.join(n.to_string()), bytes, None)?;
        }
        if let Some(bytes) = &change.before {
            disk.write_new(&old.join(n.to_string()), bytes, None)?;
        }
    }
    if let Some(state) = &plan.state_before {
        disk.write_new(&history.join("state.json"), state, None)?;
    }
    disk.write_new(&history.join("manifest.json"), &plan.history_manifest(layout), None)?;
    disk.write_new(&pending.join("state.json"), &plan.state_after, None)?;
    disk.write_new(&pending.join("log.jsonl"), &plan.log, None)?;
    if let Some(sessions) = &plan.sessions {
        disk.write_new(&pending.join("sessions"), sessions, None)?;
    }
    if let Some(report) = &plan.report {
        disk.write_new(&pending.join("run.json"), report, None)?;
    }
    if !plan.records.is_empty() {
        disk.create_dir_all(&pending.join("machine"))?;
    }
    for (n, bytes) in plan.records.values().enumerate() {
        if let Some(bytes) = bytes {
            disk.write_new(&pending.join("machine").join(n.to_string()), bytes, None)?;
        }
    }
    let staged = pending.join("review");
    if !plan.review.is_empty() {
        disk.create_dir_all(&staged)?;
    }
    for (n, bytes) in plan.review.values().enumerate() {
        if let Some(bytes) = bytes {
            disk.write_new(&staged.join(n.to_string()), bytes, None)?;
        }
    }
    let draft = pending.join("manifest.draft");
    let manifest = plan.manifest(layout, Some(sha256_hex(&plan.log)));
    disk.write_new(&draft, &json_bytes(&manifest), None)?;
    disk.rename(&draft, &pending.join("manifest.json"))
}

/// Brings a journal to its end, whatever state it is in. The caller holds the lock.
pub(super) fn settle(disk: Disk<'_>, layout: &Layout) -> Result<Option<Recovery>, StoreError> {
    let pending = layout.pending();
    if pending.symlink_metadata().is_err() {
        return Ok(None);
    }
    let manifest_path = pending.join("manifest.json");
    let Some(bytes) = read_if_there(&manifest_path)? else {
        disk.remove_dir_all(&pending)?;
        return Ok(Some(Recovery::Discarded));
    };
    let manifest = Manifest::from_json(&bytes, &manifest_path)?;
    let journal = Journal { disk, layout, pending, manifest };
    let edited = if journal.files_are_done()? { Vec::new() } else { journal.move_files()? };
    if edited.is_empty() {
        journal.finish()?;
    } else {
        journal.drop_dirs(&journal.manifest.made_dirs)?;
    }
    journal.disk.remove_file(&manifest_path)?;
    journal.disk.remove_dir_all(&journal.pending)?;
    let change = journal.manifest.change;
    Ok(Some(if edited.is_empty() {
        Recovery::Completed { change }
    } else {
        Recovery::TakenBack { change, edited }
    }))
}

impl Manifest {
    pub(super) fn from_json(bytes: &[u8], path: &Path) -> Result<Self, StoreError> {
        let value = versioned(bytes, path).map_err(|error| match error {
            StoreError::Damaged { path, why, .. } => damaged(path, why),
            error => error,
        })?;
        let manifest: Self =
            serde_json::from_value(value).map_err(|error| damaged(path.to_owned(), error.to_string()))?;
        // The id becomes the name of a folder, and these the names of files.
        if !is_file_name(&manifest.change) {
            return Err(damaged(path.to_owned(), "its change has an impossible id".to_owned()));
        }
        if !manifest.review.keys().all(|name| review::is_file(name)) {
            return Err(damaged(path.to_owned(), "it names a proposal that cannot be one".to_owned()));
        }
        Ok(manifest)
    }
}

/// A committed journal.
struct Journal<'a> {
    disk: Disk<'a>,
    layout: &'a Layout,
    pending: PathBuf,
    manifest: Manifest,
}

/// What a file of the journal is now.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Stage {
    Before,
    After,
    Edited,
}

impl Journal<'_> {
    /// History and state move only after the last file: where one of them has, an edit of a file is an edit of
    /// the new memory.
    fn files_are_done(&self) -> Result<bool, StoreError> {
        let manifest = &self.manifest;
        let history_moved = manifest.keep_history
            && !self.pending.join("history").exists()
            && self.layout.history(&manifest.change).exists();
        let state = hash_if_there(&self.layout.state())?;
        let state_moved = state != manifest.state_before && state.as_ref() == Some(&manifest.state_after);
        Ok(history_moved || state_moved)
    }

    /// Puts every file in its place; or, where somebody edited one, puts the others back and returns which.
    fn move_files(&self) -> Result<Vec<MemoryPath>, StoreError> {
        let entries = &self.manifest.entries;
        let stages: Vec<Stage> = entries.iter().map(|entry| self.stage_of(entry)).collect();
        let forward = !stages.contains(&Stage::Edited);
        let (from, dir) = if forward { (Stage::Before, "new") } else { (Stage::After, "history/old") };
        for (n, (entry, stage)) in entries.iter().zip(&stages).enumerate() {
            if *stage == from {
                let wanted = if forward { &entry.after } else { &entry.before };
                self.place(&entry.path, &self.pending.join(dir).join(n.to_string()), wanted.as_ref())?;
            }
        }
        let edited = entries.iter().zip(&stages).filter(|(_, stage)| **stage == Stage::Edited);
        Ok(edited.map(|(entry, _)| entry.path.clone()).collect())
    }

    fn stage_of(&self, entry: &Entry) -> Stage {
        if obstacle_on_disk(&self.layout.root, &entry.path).is_some() {
            return Stage::Edited;
        }
        match hash_if_there(&entry.path.under(&self.layout.root)) {
            Ok(now) if now == entry.before => Stage::Before,
            Ok(now) if now == entry.after => Stage::After,
            _ => Stage::Edited,
        }
    }

    /// Makes `path` what `staged` holds, or deletes it where nothing is wanted.
    fn place(&self, path: &MemoryPath, staged: &Path, wanted: Option<&Sha256Hex>) -> Result<(), StoreError> {
        let target = path.under(&self.layout.root);
        match wanted {
            None => self.disk.remove_file(&target),
            Some(sha256) => {
                if let Some(parent) = target.parent() {
                    self.disk.create_dir_all(parent)?;
                }
                self.copy_over(staged, &target, sha256)
            }
        }
    }

    /// Replaces `target` by a copy of `staged`, keeping `target`'s permissions. `staged` stays, so that all of
    /// this can be done again.
    fn copy_over(&self, staged: &Path, target: &Path, sha256: &Sha256Hex) -> Result<(), StoreError> {
        let bytes = read_if_there(staged)?.filter(|bytes| sha256_hex(bytes) == *sha256);
        let Some(bytes) = bytes else {
            return Err(damaged(staged.to_owned(), "it is not what the journal says".to_owned()));
        };
        let permissions = fs::metadata(target).ok().map(|metadata| metadata.permissions());
        let out = self.pending.join("out");
        self.disk.remove_file(&out)?;
        self.disk.write_new(&out, &bytes, permissions)?;
        self.disk.rename(&out, target)
    }

    fn finish(&self) -> Result<(), StoreError> {
        let Self { disk, layout, pending, manifest } = self;
        self.drop_dirs(&manifest.drop_dirs)?;
        if let Some(sha256) = &manifest.sessions {
            disk.create_dir_all(&layout.sessions())?;
            self.copy_over(&pending.join("sessions"), &layout.sessions_of(&manifest.change), sha256)?;
        }
        if manifest.report {
            let staged = pending.join("run.json");
            let sha256 = hash_if_there(&staged)?;
            disk.create_dir_all(&layout.runs())?;
            if let Some(sha256) = sha256 {
                self.copy_over(&staged, &layout.run(&manifest.change), &sha256)?;
            }
        }
        self.place_review()?;
        let staged_history = pending.join("history");
        if manifest.keep_history && staged_history.exists() {
            let history = layout.history(&manifest.change);
            disk.create_dir_all(&layout.histories())?;
            disk.remove_dir_all(&history)?;
            disk.rename(&staged_history, &history)?;
        }
        self.place_records()?;
        if let Some(sha256) = &manifest.log {
            self.copy_over(&pending.join("log.jsonl"), &layout.log(), sha256)?;
        }
        self.copy_over(&pending.join("state.json"), &layout.state(), &manifest.state_after)
    }

    /// Rewrites and deletes records. Their paths come from a file: nothing is followed out of the machine's folder.
    fn place_records(&self) -> Result<(), StoreError> {
        let machine = self.layout.machine();
        for (n, (path, sha256)) in self.manifest.records.iter().enumerate() {
            let target = path.under(&machine);
            if path.ancestors().any(|folder| machine.join(folder).is_symlink()) {
                return Err(StoreError::Blocked { path: target, why: "it is behind a link" });
            }
            match sha256 {
                Some(sha256) => {
                    self.copy_over(&self.pending.join("machine").join(n.to_string()), &target, sha256)?;
                }
                None if target.is_dir() && !target.is_symlink() => self.disk.remove_dir_all(&target)?,
                None => self.disk.remove_file(&target)?,
            }
        }
        Ok(())
    }

    /// Puts the files of a proposal into their place, or takes them away.
    fn place_review(&self) -> Result<(), StoreError> {
        let Self { disk, layout, pending, manifest } = self;
        if !manifest.review.is_empty() {
            disk.create_dir_all(&layout.reviews())?;
        }
        for (n, (name, sha256)) in manifest.review.iter().enumerate() {
            let target = layout.reviews().join(name);
            match sha256 {
                Some(sha256) => {
                    self.copy_over(&pending.join("review").join(n.to_string()), &target, sha256)?;
                }
                None => disk.remove_file(&target)?,
            }
        }
        if manifest.review.is_empty() { Ok(()) } else { disk.remove_empty_dir(&layout.reviews()) }
    }

    /// Deletes folders that are empty, innermost first.
    fn drop_dirs(&self, dirs: &[MemoryPath]) -> Result<(), StoreError> {
        dirs.iter().rev().try_for_each(|dir| self.disk.remove_empty_dir(&dir.under(&self.layout.root)))
    }
}

/// Returns what keeps a file from being written at `path` on disk: a link or a file where a folder should be,
/// something that is not a regular file, a write-protected file.
pub(super) fn obstacle_on_disk(root: &Path, path: &MemoryPath) -> Option<(PathBuf, &'static str)> {
    for folder in path.ancestors() {
        let folder = root.join(folder);
        match folder.symlink_metadata() {
            Ok(metadata) if !metadata.is_dir() => return Some((folder, "it is not a folder")),
            Ok(_) => {}
            Err(_) => return None,
        }
    }
    let file = path.under(root);
    match file.symlink_metadata() {
        Ok(metadata) if !metadata.is_file() => Some((file, "it is not a regular file")),
        Ok(metadata) if metadata.permissions().readonly() => Some((file, "it is write-protected")),
        _ => None,
    }
}

fn damaged(path: PathBuf, why: String) -> StoreError {
    let next = "the notes themselves are whole; look at what `.somnium/pending` holds (`history/old` has the \
                bytes from before), then move that folder away";
    StoreError::Damaged { path, why, next }
}
