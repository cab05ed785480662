//! Changing a folder in place: what dreams publish, what people do.

use std::collections::{BTreeMap, BTreeSet};

use somnium_types::{BlockId, ChangeId, DreamId, Timestamp, sha256_hex};

use super::disk::{Disk, Steps, Unwatched, read_if_there};
use super::journal::{FileChange, Plan, Recovery, obstacle_on_disk, settle, stage};
use super::lock::Lock;
use super::log::{Entry, Known, Seal, What, Witness, Writer, outside, touched};
use super::scan::scan;
use super::state::{DreamRecord, PublicationKind, State, json_bytes};
use super::{Folder, StoreError, tally};
use crate::{Memory, MemoryPath, merge};

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

/// What a person, or an agent through a tool of ours, does to a folder.
#[derive(Clone, Debug)]
pub struct Change<'a> {
    /// Its id: letters, digits, `-` and `_`; never used before.
    pub id: &'a ChangeId,
    /// When.
    pub at: Timestamp,
    /// Who.
    pub by: Writer,
    /// What.
    pub what: What,
    /// Why, in their words.
    pub why: Option<String>,
    /// The memory after it.
    pub after: &'a Memory,
    /// Baselines, tombstones, pins after it.
    pub state: &'a State,
}

/// What became of a publication.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Published {
    /// The files that changed.
    pub files: Vec<MemoryPath>,
    /// Blocks that the dream would have changed and that a person changed or deleted while it ran: they are as the
    /// person left them.
    pub kept: Vec<BlockId>,
}

/// What is to be written, whoever asked for it.
pub(super) struct Work<'a> {
    pub(super) id: ChangeId,
    pub(super) at: Timestamp,
    pub(super) by: Writer,
    pub(super) what: What,
    pub(super) why: Option<String>,
    pub(super) after: Memory,
    pub(super) state: State,
    pub(super) sessions: Option<&'a [u8]>,
    pub(super) report: Option<Vec<u8>>,
    pub(super) keep_history: bool,
    pub(super) drop_dirs: Vec<MemoryPath>,
}

impl Folder {
    /// Changes the folder to `publication.after` as one change: after a crash at any point, the next
    /// [`Folder::open`] finds either all of it or none.
    ///
    /// Files that somebody edited since [`Folder::open`] read them are [merged](merge) with what the dream wrote, block
    /// by block; the person's edits stand.
    ///
    /// # Errors
    /// Nothing is changed and the error is [`StoreError::Changed`] where another dream was published since
    /// [`Folder::open`] or what is there cannot be merged, [`StoreError::Held`] where another process holds the
    /// folder, [`StoreError::Frozen`] where the dream would change what a person froze, [`StoreError::Blocked`] where
    /// something is in a file's place, [`StoreError::Tampered`] where the history is not as it was written.
    pub fn publish_in_place(&mut self, publication: Publication<'_>) -> Result<Published, StoreError> {
        self.publish_watched(publication, &Unwatched)
    }

    pub(super) fn publish_watched(
        &mut self,
        publication: Publication<'_>,
        steps: &dyn Steps,
    ) -> Result<Published, StoreError> {
        let disk = Disk { steps };
        let Publication { dream, at, report, sessions, tally, .. } = publication;
        self.layout.check_id(dream)?;
        let _lock = self.begin(disk, &format!("dream {dream}"))?;
        let (after, mut state, kept) = self.with_what_people_did(&publication)?;
        let frozen = self.state.frozen.changed(&self.memory, &after);
        if !frozen.is_empty() {
            return Err(StoreError::Frozen { places: frozen });
        }
        state.dreams = self.state.dreams.clone();
        let changes = changes(&self.memory, &after);
        // The same dream again, with nothing left to do: what it changed the first time stays undoable.
        let earlier = state.dreams.iter().find(|known| known.id == *dream && !known.undone);
        let again = changes.is_empty() && earlier.is_some();
        if !again {
            let (publication, files) = (PublicationKind::InPlace, changes.len());
            state.note(DreamRecord { id: dream.clone(), at, publication, files, undone: false });
        }
        state.keep_sessions(dream, sessions);
        let files = self.carry_out(
            disk,
            Work {
                id: ChangeId::from(dream),
                at,
                by: Writer::Dream(dream.clone()),
                what: What::Dreamt,
                why: None,
                after,
                state,
                sessions,
                report: Some(json_bytes(report)),
                keep_history: !again,
                drop_dirs: Vec::new(),
            },
        )?;
        if let Some(bytes) = tally {
            tally::keep(&self.layout, &self.seal, &self.state.sessions, bytes);
        }
        Ok(Published { files, kept })
    }

    /// Makes one change for a person or an agent, all or nothing, that [`Folder::undo`] takes back. Returns the files
    /// that changed.
    ///
    /// # Errors
    /// As [`Folder::publish_in_place`], but for what is frozen: that is closed to dreams alone. [`StoreError::Changed`]
    /// where anything was written since [`Folder::open`].
    pub fn change(&mut self, change: Change<'_>) -> Result<Vec<MemoryPath>, StoreError> {
        self.change_watched(change, &Unwatched)
    }

    pub(super) fn change_watched(
        &mut self,
        change: Change<'_>,
        steps: &dyn Steps,
    ) -> Result<Vec<MemoryPath>, StoreError> {
        let disk = Disk { steps };
        let Change { id, at, by, what, why, after, state } = change;
        self.layout.check_id(id)?;
        let _lock = self.begin(disk, &format!("change {id}"))?;
        if self.content_sha256 != scan(&self.layout.root)?.memory.content_sha256() || self.state_differs()? {
            return Err(StoreError::Changed { path: self.layout.root.clone() });
        }
        let mut state = state.clone();
        state.dreams = self.state.dreams.clone();
        let (sessions, report, drop_dirs) = (None, None, Vec::new());
        let work = Work {
            id: id.clone(),
            at,
            by,
            what,
            why,
            after: after.clone(),
            state,
            sessions,
            report,
            keep_history: true,
            drop_dirs,
        };
        self.carry_out(disk, work)
    }

    /// Returns memory and state as the publication wants them, with what people did since the folder was opened; and
    /// which blocks stay as people left them. The folder is then as if it had been opened now.
    fn with_what_people_did(
        &mut self,
        publication: &Publication<'_>,
    ) -> Result<(Memory, State, Vec<BlockId>), StoreError> {
        let changed = || StoreError::Changed { path: self.layout.root.clone() };
        let mut state = publication.state.clone();
        let same_state = !self.state_differs()?;
        let now = scan(&self.layout.root)?.memory;
        if same_state && now.content_sha256() == self.content_sha256 {
            return Ok((publication.after.clone(), state, Vec::new()));
        }
        let merged = merge(&self.memory, publication.after, &now).map_err(|_| changed())?;
        let (dreams, ledger) = (self.state.dreams.clone(), self.state.ledger.clone());
        self.reload()?;
        if (&dreams, &ledger) != (&self.state.dreams, &self.state.ledger) || self.memory != now {
            return Err(StoreError::Changed { path: self.layout.root.clone() });
        }
        state.take_from_people(&self.state);
        // What a person changed meanwhile is theirs: it is not what this dream wrote.
        state.baselines.keep_for_people(&merged.kept, &self.state.baselines);
        Ok((merged.memory, state, merged.kept))
    }

    fn state_differs(&self) -> Result<bool, StoreError> {
        let state = read_if_there(&self.layout.state())?;
        Ok(state.as_deref().map(sha256_hex) != self.state_sha256)
    }

    /// Makes the machine's folder, takes the lock, and brings an unfinished change to its end.
    pub(super) fn begin(&self, disk: Disk<'_>, purpose: &str) -> Result<Lock, StoreError> {
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

    /// Writes the files, the state, the log and what goes with them as one change.
    pub(super) fn carry_out(
        &mut self,
        disk: Disk<'_>,
        work: Work<'_>,
    ) -> Result<Vec<MemoryPath>, StoreError> {
        if let Some(standing) = self.standing.as_ref().filter(|standing| !standing.is_sound()) {
            return Err(StoreError::tampered(&self.layout.root, standing));
        }
        let changes = changes(&self.memory, &work.after);
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
        let mut plan = Plan {
            change: work.id.clone(),
            changes,
            state_before: read_if_there(&self.layout.state())?,
            state_after: work.state.to_json(),
            log: Vec::new(),
            sessions: work.sessions.map(<[u8]>::to_vec),
            report: work.report.clone(),
            keep_history: work.keep_history,
            drop_dirs: work.drop_dirs.clone(),
        };
        self.seal = self.sealing();
        let mut log = self.log.clone();
        for entry in self.entries(&work, &plan) {
            log.add(entry, &self.seal);
        }
        plan.log = log.to_bytes();
        stage(disk, &self.layout, &plan)?;
        match settle(disk, &self.layout)? {
            Some(Recovery::Completed { .. }) => {
                self.content_sha256 = work.after.content_sha256();
                self.state_sha256 = Some(sha256_hex(&plan.state_after));
                self.memory = work.after;
                self.state = work.state;
                self.log = log;
                if let (Some(witness), Some(head)) = (&self.witness, self.log.head()) {
                    // The change is made. A witness that cannot write catches up when the folder is next opened.
                    let _ = witness.keep(&self.layout.root, &head);
                }
                Ok(files)
            }
            _ => Err(StoreError::Changed { path: self.layout.root.clone() }),
        }
    }

    /// Returns what the next lines of the log are sealed with.
    pub(super) fn sealing(&self) -> Seal {
        self.witness.as_ref().map_or_else(|| self.seal.clone(), Witness::sealing)
    }

    /// Returns the lines that a change adds to the log: what happened outside since the last one, and itself.
    fn entries(&self, work: &Work<'_>, plan: &Plan) -> Vec<Entry> {
        let (before, after) = (Known::of(&self.memory), Known::of(&work.after));
        let mut machine = BTreeMap::new();
        if let Some(report) = &work.report {
            machine.insert(format!("runs/{}.json", work.id), Some(sha256_hex(report)));
        }
        if work.keep_history {
            let manifest = sha256_hex(&plan.history_manifest(&self.layout));
            machine.insert(format!("history/{}/manifest.json", work.id), Some(manifest));
        }
        let (blocks, files) = touched(&before, &after);
        let entry = Entry {
            at: work.at,
            by: work.by.clone(),
            what: work.what.clone(),
            change: Some(work.id.clone()),
            why: work.why.clone(),
            blocks,
            files,
            machine,
            state: Some(sha256_hex(&plan.state_after)),
        };
        outside(self.log.known().as_ref(), &before, work.at).into_iter().chain([entry]).collect()
    }
}

/// Returns the files in which two memories differ, by path.
fn changes(before: &Memory, after: &Memory) -> Vec<FileChange> {
    let paths: BTreeSet<_> = before.files().chain(after.files()).map(|(path, _)| path).collect();
    let differ = paths.into_iter().filter(|path| before.get(path) != after.get(path));
    differ
        .map(|path| FileChange {
            path: path.clone(),
            before: before.get(path).map(<[u8]>::to_vec),
            after: after.get(path).map(<[u8]>::to_vec),
        })
        .collect()
}
