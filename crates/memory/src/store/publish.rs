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
use crate::{Memory, MemoryPath, Place, Traces, merge};

/// What `.somnium/.gitignore` says: the ledger and the history belong with the notes, these do not.
pub(super) const GITIGNORE: &[u8] = b"lock\npending/\ntally\ntally.draft\n";

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
    /// Files under `review/` by name, `None` where they go.
    pub(super) review: BTreeMap<String, Option<Vec<u8>>>,
    pub(super) keep_history: bool,
    pub(super) drop_dirs: Vec<MemoryPath>,
    /// What is to be found nowhere afterwards, and the records that are rewritten for it.
    pub(super) erasing: Option<Erasing<'a>>,
}

/// What an erasure does besides.
pub(super) struct Erasing<'a> {
    pub(super) traces: &'a Traces,
    /// Under `.somnium`; `None`: deleted.
    pub(super) records: BTreeMap<MemoryPath, Option<Vec<u8>>>,
}

/// Who publishes.
pub(super) struct Signed {
    pub(super) by: Writer,
    pub(super) what: What,
    /// When, for the log.
    pub(super) at: Timestamp,
    /// Files under `review/` that come or go with it.
    pub(super) review: BTreeMap<String, Option<Vec<u8>>>,
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
        let (by, review) = (Writer::Dream(publication.dream.clone()), BTreeMap::new());
        let signed = Signed { by, what: What::Dreamt, at: publication.at, review };
        self.publish_signed(publication, signed, steps)
    }

    /// Publishes what a dream left under somebody's name.
    pub(super) fn publish_signed(
        &mut self,
        publication: Publication<'_>,
        signed: Signed,
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
                at: signed.at,
                by: signed.by,
                what: signed.what,
                why: None,
                after,
                state,
                sessions,
                report: Some(json_bytes(report)),
                review: signed.review,
                keep_history: !again,
                drop_dirs: Vec::new(),
                erasing: None,
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
        if self.changed_since_opened()? {
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
            review: BTreeMap::new(),
            keep_history: true,
            drop_dirs,
            erasing: None,
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
        let then = self.state.clone();
        self.reload()?;
        if !self.state.knows_the_same_as(&then) || self.memory != now {
            return Err(StoreError::Changed { path: self.layout.root.clone() });
        }
        state.take_from_people(&self.state);
        state.forget_what_was_allowed(&then, &self.state);
        // What a person changed meanwhile is theirs: it is not what this dream wrote.
        state.baselines.keep_for_people(&merged.kept, &self.state.baselines);
        Ok((merged.memory, state, merged.kept))
    }

    pub(super) fn changed_since_opened(&self) -> Result<bool, StoreError> {
        Ok(self.content_sha256 != scan(&self.layout.root)?.memory.content_sha256() || self.state_differs()?)
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
        self.check_sound()?;
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
            review: work.review.clone(),
            keep_history: work.keep_history,
            drop_dirs: work.drop_dirs.clone(),
            records: work.erasing.as_ref().map(|erasing| erasing.records.clone()).unwrap_or_default(),
        };
        self.seal = self.sealing();
        let mut log = self.log.clone();
        let entries = match &work.erasing {
            None => self.entries(&work, &plan),
            Some(erasing) => self.entries_erased(&work, &plan, erasing, &mut log),
        };
        for entry in entries {
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
                self.keep_head();
                Ok(files)
            }
            _ => Err(StoreError::Changed { path: self.layout.root.clone() }),
        }
    }

    /// Refuses to add to a history that is not as it was written.
    pub(super) fn check_sound(&self) -> Result<(), StoreError> {
        match self.standing.as_ref().filter(|standing| !standing.is_sound()) {
            Some(standing) => Err(StoreError::tampered(&self.layout.root, standing)),
            None => Ok(()),
        }
    }

    /// Has the witness keep how far the log goes.
    pub(super) fn keep_head(&self) {
        if let (Some(witness), Some(head)) = (&self.witness, self.log.head()) {
            // The change is made. A witness that cannot write catches up when the folder is next opened.
            let _ = witness.keep(&self.layout.root, &head);
        }
    }

    /// Returns what the next lines of the log are sealed with.
    pub(super) fn sealing(&self) -> Seal {
        self.witness.as_ref().map_or_else(|| self.seal.clone(), Witness::sealing)
    }

    /// Returns the lines that a change adds to the log: what happened outside since the last one, and itself.
    pub(super) fn entries(&self, work: &Work<'_>, plan: &Plan) -> Vec<Entry> {
        let (before, after) = (Known::of(&self.memory), Known::of(&work.after));
        let mut machine = BTreeMap::new();
        if let Some(report) = &work.report {
            machine.insert(format!("runs/{}.json", work.id), Some(sha256_hex(report)));
        }
        for (name, bytes) in &work.review {
            machine.insert(format!("review/{name}"), bytes.as_deref().map(sha256_hex));
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
            // Nothing of the memory changes by these: there is nothing to take back.
            change: (!matches!(work.what, What::Proposed | What::Dropped)).then(|| work.id.clone()),
            why: work.why.clone(),
            marked: marked(&self.state, &work.state),
            blocks,
            files,
            machine,
            state: Some(sha256_hex(&plan.state_after)),
        };
        outside(self.log.known().as_ref(), &before, work.at).into_iter().chain([entry]).collect()
    }
}

/// Returns what a person marked between two states, or unmarked.
fn marked(before: &State, after: &State) -> Vec<Place> {
    let pins = before.pins.0.symmetric_difference(&after.pins.0);
    let frozen = before.frozen.0.symmetric_difference(&after.frozen.0);
    let allowed = before.tombstones.keys().filter(|id| !after.tombstones.contains_key(*id));
    pins.chain(frozen).cloned().chain(allowed.cloned().map(Place::Block)).collect()
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
