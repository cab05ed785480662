//! Taking a change back, to the byte.

use somnium_types::{ChangeId, Timestamp, sha256_hex};

use super::disk::{Disk, Steps, Unwatched, read_if_there};
use super::journal::{Manifest, obstacle_on_disk};
use super::log::{What, Writer};
use super::publish::Work;
use super::state::{PublicationKind, State};
use super::{Folder, StoreError};
use crate::{Memory, MemoryPath};

/// What an undo is to put back.
struct Earlier {
    memory: Memory,
    state: State,
    /// Folders that the change made.
    made_dirs: Vec<MemoryPath>,
}

impl Folder {
    /// Puts the files that the latest dream, or the latest change, changed back as they were, to the byte, and what
    /// dreams remember with them; what people deleted, pinned and froze since stays so. `at` and `by` go into the
    /// log. Returns the files that changed.
    ///
    /// # Errors
    /// [`StoreError::UnknownChange`], [`StoreError::AlreadyUndone`], [`StoreError::NotLatest`],
    /// [`StoreError::IsACopy`], or [`StoreError::EditedSince`]; nothing is changed then.
    pub fn undo(
        &mut self,
        change: &ChangeId,
        at: Timestamp,
        by: Writer,
    ) -> Result<Vec<MemoryPath>, StoreError> {
        self.undo_watched(change, at, by, &Unwatched)
    }

    pub(super) fn undo_watched(
        &mut self,
        change: &ChangeId,
        at: Timestamp,
        by: Writer,
        steps: &dyn Steps,
    ) -> Result<Vec<MemoryPath>, StoreError> {
        let disk = Disk { steps };
        // Once to refuse without a trace, once when nobody else can write.
        if self.layout.root.is_dir() {
            self.reload()?;
        }
        self.undoable(change)?;
        let _lock = self.begin(disk, &format!("undo of {change}"))?;
        self.reload()?;
        self.undoable(change)?;
        let earlier = self.before(change)?;
        let work = Work {
            id: change.clone(),
            at,
            by,
            what: What::Undone(change.clone()),
            why: None,
            after: earlier.memory,
            state: earlier.state,
            sessions: None,
            report: None,
            review: std::collections::BTreeMap::new(),
            keep_history: false,
            drop_dirs: earlier.made_dirs,
            erasing: None,
        };
        self.carry_out(disk, work)
    }

    /// Returns the change to undo next: the latest that was neither undone nor made as a copy.
    pub fn latest_change(&self) -> Option<&ChangeId> {
        let mut undone = Vec::new();
        for (_, entry) in self.log.entries().rev() {
            match (&entry.what, &entry.change) {
                (What::Undone(change), _) => undone.push(change),
                (What::Copied | What::Accepted, _) | (_, None) => {}
                (_, Some(change)) => match undone.iter().position(|known| *known == change) {
                    // The same dream can be published, undone and published again.
                    Some(at) => drop(undone.remove(at)),
                    None => return Some(change),
                },
            }
        }
        None
    }

    /// Reads what the history keeps of the folder before `change`.
    fn before(&self, change: &ChangeId) -> Result<Earlier, StoreError> {
        let history = self.layout.history(change);
        let manifest_path = history.join("manifest.json");
        let bytes = read_if_there(&manifest_path)?.unwrap_or_default();
        self.check_history(change, &bytes, &manifest_path)?;
        let manifest = Manifest::from_json(&bytes, &manifest_path)?;
        let (mut memory, mut edited) = (self.memory.clone(), Vec::new());
        for (n, entry) in manifest.entries.iter().enumerate() {
            let now = self.memory.get(&entry.path).map(sha256_hex);
            if now == entry.before {
                continue;
            }
            if now != entry.after || obstacle_on_disk(&self.layout.root, &entry.path).is_some() {
                edited.push(entry.path.clone());
                continue;
            }
            let kept = history.join("old").join(n.to_string());
            match &entry.before {
                None => memory.remove(&entry.path),
                Some(before) => match read_if_there(&kept)? {
                    Some(bytes) if sha256_hex(&bytes) == *before => memory.insert(entry.path.clone(), bytes),
                    _ => return Err(damaged_history(&kept)),
                },
            }
        }
        if !edited.is_empty() {
            return Err(StoreError::EditedSince { id: change.clone(), files: edited });
        }
        let state_path = history.join("state.json");
        let mut state = match read_if_there(&state_path)? {
            Some(bytes) => State::from_json(&bytes, &state_path)?,
            None => State::default(),
        };
        state.dreams = self.state.dreams.clone();
        let dreams = state.dreams.iter_mut();
        let mut undone = dreams.filter(|record| record.id.as_str() == change.as_str()).peekable();
        if undone.peek().is_some() {
            undone.for_each(|record| record.undone = true);
            // A dream did not decide what people want.
            state.take_from_people(&self.state);
        } else {
            // What this very change of a person decided is taken back; what dreams learnt is not.
            let mut now = self.state.clone();
            now.baselines = state.baselines;
            now.tombstones = state.tombstones;
            (now.pins, now.frozen, now.hold_back) = (state.pins, state.frozen, state.hold_back);
            state = now;
        }
        Ok(Earlier { memory, state, made_dirs: manifest.made_dirs })
    }

    /// A manifest that is not the one that the log names would put other bytes back.
    fn check_history(
        &self,
        change: &ChangeId,
        manifest: &[u8],
        path: &std::path::Path,
    ) -> Result<(), StoreError> {
        let name = format!("history/{change}/manifest.json");
        let known = self.log.entries().rev().find_map(|(_, entry)| entry.machine.get(&name));
        match known {
            Some(Some(sha256)) if *sha256 != sha256_hex(manifest) => Err(damaged_history(path)),
            Some(None) => Err(StoreError::Damaged {
                path: path.to_owned(),
                why: "what it kept was erased on request".to_owned(),
                next: "this change cannot be undone any more; edit the notes by hand",
            }),
            _ => Ok(()),
        }
    }

    /// Returns an error where `change` is not the one to undo next.
    pub(super) fn undoable(&self, change: &ChangeId) -> Result<(), StoreError> {
        let path = self.layout.root.clone();
        let mut lately = self.log.entries().rev().map(|(_, entry)| entry);
        if let Some(erasure) =
            lately.find(|entry| entry.what == What::Erased || entry.change.as_ref() == Some(change))
            && erasure.what == What::Erased
        {
            return Err(StoreError::BeforeErasure { id: change.clone(), at: erasure.at });
        }
        let latest = self.latest_change();
        let not_latest =
            |first: &ChangeId| StoreError::NotLatest { id: change.clone(), first: first.clone() };
        let Some(record) = self.state.dreams.iter().find(|record| record.id.as_str() == change.as_str())
        else {
            let mut entries = self.log.entries().rev();
            let known = entries.any(|(_, entry)| entry.change.as_ref() == Some(change));
            return match latest {
                _ if !known => Err(StoreError::UnknownChange { path, id: change.clone() }),
                Some(latest) if latest == change => self.layout.check_id(change),
                _ if self.is_undone(change) => Err(StoreError::AlreadyUndone { id: change.clone() }),
                Some(latest) => Err(not_latest(latest)),
                None => Err(StoreError::AlreadyUndone { id: change.clone() }),
            };
        };
        if record.undone {
            return Err(StoreError::AlreadyUndone { id: change.clone() });
        }
        if let Some(latest) = self.state.latest_dream().filter(|latest| latest.id.as_str() != change.as_str())
        {
            return Err(not_latest(&ChangeId::from(&latest.id)));
        }
        match record.publication {
            PublicationKind::Copy => Err(StoreError::IsACopy { id: change.clone(), path }),
            PublicationKind::InPlace => self.layout.check_id(change),
        }
    }

    fn is_undone(&self, change: &ChangeId) -> bool {
        let mut about = self.log.entries().rev().filter_map(|(_, entry)| match &entry.what {
            What::Undone(undone) if undone == change => Some(true),
            What::Undone(_) => None,
            _ if entry.change.as_ref() == Some(change) => Some(false),
            _ => None,
        });
        about.next().unwrap_or(false)
    }
}

fn damaged_history(path: &std::path::Path) -> StoreError {
    StoreError::Damaged {
        path: path.to_owned(),
        why: "it is not what was kept".to_owned(),
        next: "restore it from version control or a backup, or take the lines out by hand",
    }
}
