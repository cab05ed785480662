//! Changing a folder in place, and taking that back.

use somnium_types::{DreamId, Timestamp, sha256_hex};

use super::disk::{Disk, Steps, Unwatched, read_if_there};
use super::journal::{FileChange, Manifest, Plan, Recovery, obstacle_on_disk, settle, stage};
use super::lock::Lock;
use super::scan::scan;
use super::state::{DreamRecord, PublicationKind, State, json_bytes};
use super::{Folder, StoreError, tally};
use crate::{Memory, MemoryPath};

/// What `.somnium/.gitignore` says: the ledger and the history belong with the notes, these do not.
pub(super) const GITIGNORE: &[u8] = b"lock\npending/\ntally\n";

/// What a dream leaves.
#[derive(Clone, Copy, Debug)]
pub struct Publication<'a> {
    /// The dream's id: letters, digits, `-` and `_`.
    pub dream: &'a DreamId,
    /// When.
    pub at: Timestamp,
    /// The memory after it.
    pub after: &'a Memory,
    /// Baselines, tombstones and ledger after it.
    pub state: &'a State,
    /// What is kept of the sessions that this dream was the first to read, if there were any: kept as
    /// `.somnium/sessions/<dream>.digest`.
    pub sessions: Option<&'a [u8]>,
    /// What the dream counted, for the next one: kept as `.somnium/tally`.
    pub tally: Option<&'a [u8]>,
    /// The full report of the run, kept as `.somnium/runs/<dream>.json`.
    pub report: &'a serde_json::Value,
}

impl Folder {
    /// Changes the folder to `publication.after` as one change: after a crash at any point, the next
    /// [`Folder::open`] finds either all of it or none. Returns the files that changed.
    ///
    /// # Errors
    /// Nothing is changed and the error is [`StoreError::Changed`] where the folder is no longer what
    /// [`Folder::open`] read, [`StoreError::Held`] where another process holds it, [`StoreError::Blocked`]
    /// where something is in a file's place.
    pub fn publish_in_place(&mut self, publication: Publication<'_>) -> Result<Vec<MemoryPath>, StoreError> {
        self.publish_watched(publication, &Unwatched)
    }

    pub(super) fn publish_watched(
        &mut self,
        publication: Publication<'_>,
        steps: &dyn Steps,
    ) -> Result<Vec<MemoryPath>, StoreError> {
        let disk = Disk { steps };
        let Publication { dream, at, after, report, sessions, tally, .. } = publication;
        self.layout.check_id(dream)?;
        let _lock = self.begin(disk, &format!("dream {dream}"))?;
        let state_before = read_if_there(&self.layout.state())?;
        if scan(&self.layout.root)?.memory.content_sha256() != self.content_sha256
            || state_before.as_deref().map(sha256_hex) != self.state_sha256
        {
            return Err(StoreError::Changed { path: self.layout.root.clone() });
        }

        let changes = changes(&self.memory, after);
        for change in &changes {
            if let Some((path, why)) = obstacle_on_disk(&self.layout.root, &change.path) {
                return Err(StoreError::Blocked { path, why });
            }
            let path = change.path.under(&self.layout.root);
            if change.before.is_none() && path.symlink_metadata().is_ok() {
                return Err(StoreError::Blocked {
                    path,
                    why: "there is something already that was not read",
                });
            }
        }
        let files: Vec<_> = changes.iter().map(|change| change.path.clone()).collect();
        let mut state = publication.state.clone();
        state.dreams = self.state.dreams.clone();
        // The same dream again, with nothing left to do: what it changed the first time stays undoable.
        let earlier = state.dreams.iter().find(|known| known.id == *dream && !known.undone);
        let again = changes.is_empty() && earlier.is_some();
        if !again {
            let publication = PublicationKind::InPlace;
            state.note(DreamRecord { id: dream.clone(), at, publication, files: files.len(), undone: false });
        }
        state.keep_sessions(dream, sessions);
        let plan = Plan {
            dream: dream.clone(),
            changes,
            state_before,
            state_after: state.to_json(),
            sessions: sessions.map(<[u8]>::to_vec),
            report: Some(json_bytes(report)),
            keep_history: !again,
            drop_dirs: Vec::new(),
        };
        self.carry_out(disk, &plan, after.clone(), state)?;
        if let Some(bytes) = tally {
            tally::keep(&self.layout, &self.state.sessions, bytes);
        }
        Ok(files)
    }

    /// Puts the files that the latest dream changed back as they were, to the byte, and what dreams remember
    /// with them; blocks that a person deleted stay deleted. Returns the files that changed.
    ///
    /// # Errors
    /// [`StoreError::UnknownDream`], [`StoreError::AlreadyUndone`], [`StoreError::NotLatest`],
    /// [`StoreError::IsACopy`], or [`StoreError::EditedSince`]; nothing is changed then.
    pub fn undo(&mut self, dream: &DreamId) -> Result<Vec<MemoryPath>, StoreError> {
        self.undo_watched(dream, &Unwatched)
    }

    pub(super) fn undo_watched(
        &mut self,
        dream: &DreamId,
        steps: &dyn Steps,
    ) -> Result<Vec<MemoryPath>, StoreError> {
        let disk = Disk { steps };
        let layout = self.layout.clone();
        // Once to refuse without a trace, once when nobody else can write.
        if layout.root.is_dir() {
            self.reload()?;
        }
        self.undoable(dream)?;
        let _lock = self.begin(disk, &format!("undo of {dream}"))?;
        self.reload()?;
        self.undoable(dream)?;

        let history = layout.history(dream);
        let manifest_path = history.join("manifest.json");
        let bytes = read_if_there(&manifest_path)?.unwrap_or_default();
        let manifest = Manifest::from_json(&bytes, &manifest_path)?;
        let (mut changes, mut edited) = (Vec::new(), Vec::new());
        for (n, entry) in manifest.entries.iter().enumerate() {
            let now = self.memory.get(&entry.path);
            let sha256 = now.map(sha256_hex);
            if sha256 == entry.before {
                continue;
            }
            if sha256 != entry.after || obstacle_on_disk(&layout.root, &entry.path).is_some() {
                edited.push(entry.path.clone());
                continue;
            }
            let kept = history.join("old").join(n.to_string());
            let old = match &entry.before {
                None => None,
                Some(before) => match read_if_there(&kept)? {
                    Some(bytes) if sha256_hex(&bytes) == *before => Some(bytes),
                    _ => return Err(damaged_history(&kept)),
                },
            };
            changes.push(FileChange {
                path: entry.path.clone(),
                before: now.map(<[u8]>::to_vec),
                after: old,
            });
        }
        if !edited.is_empty() {
            return Err(StoreError::EditedSince { id: dream.clone(), files: edited });
        }

        let state_path = history.join("state.json");
        let mut state = match read_if_there(&state_path)? {
            Some(bytes) => State::from_json(&bytes, &state_path)?,
            None => State::default(),
        };
        state.tombstones.extend(self.state.tombstones.clone());
        state.pins.clone_from(&self.state.pins);
        state.dreams = self.state.dreams.clone();
        state.dreams.iter_mut().filter(|record| record.id == *dream).for_each(|record| record.undone = true);
        let mut memory = self.memory.clone();
        for change in &changes {
            match &change.after {
                Some(bytes) => memory.insert(change.path.clone(), bytes.as_slice()),
                None => memory.remove(&change.path),
            }
        }
        let files = changes.iter().map(|change| change.path.clone()).collect();
        let plan = Plan {
            dream: dream.clone(),
            changes,
            state_before: read_if_there(&layout.state())?,
            state_after: state.to_json(),
            sessions: None,
            report: None,
            keep_history: false,
            drop_dirs: manifest.made_dirs,
        };
        self.carry_out(disk, &plan, memory, state)?;
        Ok(files)
    }

    /// Makes the machine's folder, takes the lock, and brings an unfinished change to its end.
    fn begin(&self, disk: Disk<'_>, purpose: &str) -> Result<Lock, StoreError> {
        let layout = &self.layout;
        layout.check_machine_side()?;
        disk.create_dir_all(&layout.machine())?;
        let lock = Lock::take(layout, purpose)?;
        let ignore = layout.machine().join(".gitignore");
        if !ignore.exists() {
            let draft = layout.machine().join(".gitignore.draft");
            disk.remove_file(&draft)?;
            disk.write_new(&draft, GITIGNORE, None)?;
            disk.rename(&draft, &ignore)?;
        }
        settle(disk, layout)?;
        Ok(lock)
    }

    fn carry_out(
        &mut self,
        disk: Disk<'_>,
        plan: &Plan,
        memory: Memory,
        state: State,
    ) -> Result<(), StoreError> {
        stage(disk, &self.layout, plan)?;
        match settle(disk, &self.layout)? {
            Some(Recovery::Completed { .. }) => {
                self.content_sha256 = memory.content_sha256();
                self.state_sha256 = Some(sha256_hex(&plan.state_after));
                self.memory = memory;
                self.state = state;
                Ok(())
            }
            _ => Err(StoreError::Changed { path: self.layout.root.clone() }),
        }
    }

    /// Returns an error where `dream` is not the one to undo next.
    pub(super) fn undoable(&self, dream: &DreamId) -> Result<(), StoreError> {
        let path = self.layout.root.clone();
        let Some(record) = self.state.dreams.iter().find(|record| record.id == *dream) else {
            return Err(StoreError::UnknownDream { path, id: dream.clone() });
        };
        if record.undone {
            return Err(StoreError::AlreadyUndone { id: dream.clone() });
        }
        if let Some(latest) = self.state.latest_dream().filter(|latest| latest.id != *dream) {
            return Err(StoreError::NotLatest { id: dream.clone(), first: latest.id.clone() });
        }
        match record.publication {
            PublicationKind::Copy => Err(StoreError::IsACopy { id: dream.clone(), path }),
            PublicationKind::InPlace => self.layout.check_id(dream),
        }
    }
}

/// Returns the files in which two memories differ, by path.
fn changes(before: &Memory, after: &Memory) -> Vec<FileChange> {
    let paths: std::collections::BTreeSet<_> =
        before.files().chain(after.files()).map(|(path, _)| path).collect();
    let differ = paths.into_iter().filter(|path| before.get(path) != after.get(path));
    differ
        .map(|path| FileChange {
            path: path.clone(),
            before: before.get(path).map(<[u8]>::to_vec),
            after: after.get(path).map(<[u8]>::to_vec),
        })
        .collect()
}

fn damaged_history(path: &std::path::Path) -> StoreError {
    StoreError::Damaged {
        path: path.to_owned(),
        why: "it is not what the dream kept".to_owned(),
        next: "restore it from version control or a backup, or take the dream's lines out by hand",
    }
}
