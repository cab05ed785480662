//! Taking something out of a folder and of everything that the folder remembers, so that it is found nowhere.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use serde::{Deserialize, Serialize};
use serde_json::Value;
use somnium_types::{ChangeId, Sha256Hex, sha256_hex};
use walkdir::WalkDir;

use super::disk::{Disk, Steps, Unwatched, read_if_there};
use super::journal::Plan;
use super::log::{Entry, Known, Log, What, Writer, touched};
use super::publish::{Erasing, Publication, Work};
use super::state::{DreamRecord, PublicationKind, State, json_bytes};
use super::{Folder, StoreError, tally};
use crate::{MemoryPath, Traces};

/// What is to be found nowhere afterwards, and what the folder is to hold instead.
#[derive(Clone, Debug)]
pub struct Erasure<'a> {
    /// The dream without it. Its `sessions` are not used.
    pub publication: Publication<'a>,
    /// What has to go.
    pub traces: &'a Traces,
    /// Every file of sessions that had it, as it is to be; `None` where nothing is left in it.
    pub sessions: BTreeMap<String, Option<Vec<u8>>>,
    /// Who asked for it.
    pub by: Writer,
    /// Why, in their words.
    pub why: Option<String>,
}

/// What an erasure did.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Erased {
    /// Content files that changed.
    pub files: Vec<MemoryPath>,
    /// Records under `.somnium` that were rewritten.
    pub rewritten: Vec<String>,
    /// Records under `.somnium` that were deleted: nothing in them could stay, or they were the past of others.
    pub deleted: Vec<String>,
    /// Lines of the history whose words are gone.
    pub lines: u64,
}

/// A place where something to be erased still is.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Left {
    /// The file, from the folder's root.
    pub file: String,
    /// The line, from 1, where it is text.
    pub line: Option<usize>,
}

/// What is remembered of something that was erased, to know it again without naming it.
///
/// The salt keeps one list from answering for all folders. Whoever guesses a name can check the guess: that is what
/// the mark is for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ErasedMark {
    salt: String,
    sha256: Sha256Hex,
}

impl ErasedMark {
    /// Returns the mark of a name. The salt is taken from `seed`: what is of this folder alone.
    pub fn of(name: &str, seed: &[u8]) -> Self {
        const SALT_DIGITS: usize = 16;
        let salt = sha256_hex(&[seed, b"\0", name.as_bytes()].concat()).prefix(SALT_DIGITS).to_owned();
        let sha256 = Self::hash(&salt, name);
        Self { salt, sha256 }
    }

    /// Whether it is the mark of `name`.
    pub fn is_of(&self, name: &str) -> bool {
        Self::hash(&self.salt, name) == self.sha256
    }

    fn hash(salt: &str, name: &str) -> Sha256Hex {
        sha256_hex(&[salt.as_bytes(), b"\0", name.as_bytes()].concat())
    }
}

/// Reads a packed file of ours, by its name under `.somnium`: every text in it, or `None` where it is another's.
type Unpack<'a> = &'a dyn Fn(&str, &[u8]) -> Option<Vec<String>>;

impl Folder {
    /// Publishes the memory without what is erased, and takes it out of everything that the folder remembers: session
    /// files, records of dreams, kept earlier versions, the history. One change, which cannot be taken back.
    ///
    /// # Errors
    /// As [`Folder::change`].
    pub fn erase(&mut self, erasure: Erasure<'_>) -> Result<Erased, StoreError> {
        self.erase_watched(erasure, &Unwatched)
    }

    pub(super) fn erase_watched(
        &mut self,
        erasure: Erasure<'_>,
        steps: &dyn Steps,
    ) -> Result<Erased, StoreError> {
        let disk = Disk { steps };
        let Publication { dream, at, after, state, report, tally: counted, .. } = erasure.publication;
        self.layout.check_id(dream)?;
        let _lock = self.begin(disk, &format!("erasure {dream}"))?;
        if self.changed_since_opened()? {
            return Err(StoreError::Changed { path: self.layout.root.clone() });
        }
        let records = self.records_without(&erasure)?;
        let mut erased = Erased::default();
        for (path, bytes) in &records {
            let list = if bytes.is_some() { &mut erased.rewritten } else { &mut erased.deleted };
            list.push(path.to_string());
        }
        let mut state = without(state, erasure.traces);
        state.dreams = self.state.dreams.clone();
        let (publication, files) = (PublicationKind::InPlace, 0);
        state.note(DreamRecord { id: dream.clone(), at, publication, files, undone: false });
        erased.lines = self.log.entries().filter(|(_, entry)| tells(entry, erasure.traces)).count() as u64;
        let work = Work {
            id: ChangeId::from(dream),
            at,
            by: erasure.by,
            what: What::Erased,
            why: erasure.why,
            after: after.clone(),
            state,
            sessions: None,
            report: Some(json_bytes(report)),
            review: BTreeMap::new(),
            keep_history: false,
            drop_dirs: Vec::new(),
            erasing: Some(Erasing { traces: erasure.traces, records }),
        };
        erased.files = self.carry_out(disk, work)?;
        if let Some(bytes) = counted {
            tally::keep(&self.layout, &self.seal, &self.state.sessions, bytes);
        }
        Ok(erased)
    }

    /// Returns every place in the folder's files, as they are on disk now, where `traces` are. `unpack` returns what a
    /// packed file of ours says.
    ///
    /// # Errors
    /// [`StoreError::Read`].
    pub fn search(&self, traces: &Traces, unpack: Unpack<'_>) -> Result<Searched, StoreError> {
        let mut searched = Searched::default();
        for (name, path) in files_under(&self.layout.root) {
            let bytes = read_if_there(&path)?.unwrap_or_default();
            searched.files += 1;
            let packed = unpack(&name, &bytes);
            searched.packed += usize::from(packed.is_some());
            let in_packed = || packed.iter().flatten().any(|text| traces.find(text.as_bytes()).is_some());
            if let Some(at) = traces.find(&bytes) {
                let line = bytes[..at].iter().filter(|byte| **byte == b'\n').count() + 1;
                searched.left.push(Left { file: name, line: Some(line) });
            } else if traces.find(name.as_bytes()).is_some() || traces.are_in_file(&bytes) || in_packed() {
                searched.left.push(Left { file: name, line: None });
            }
        }
        Ok(searched)
    }

    /// Returns every record under `.somnium` that cannot stay as it is, with what it is to be.
    fn records_without(
        &self,
        erasure: &Erasure<'_>,
    ) -> Result<BTreeMap<MemoryPath, Option<Vec<u8>>>, StoreError> {
        let layout = &self.layout;
        let settled = [layout.state(), layout.log(), layout.lock(), layout.machine().join(".gitignore")];
        let listed: BTreeSet<String> =
            erasure.publication.state.sessions.iter().map(|file| session_file(&file.dream)).collect();
        let mut records = BTreeMap::new();
        for (name, path) in files_under(&layout.machine()) {
            if settled.contains(&path) {
                continue;
            }
            let (folder, rest) = name.split_once('/').unwrap_or(("", &name));
            let becomes = match folder {
                "sessions" => match erasure.sessions.get(&name) {
                    Some(bytes) => Some(bytes.clone()),
                    // One that no dream counts any more: nobody knows what is in it.
                    None => (!listed.contains(&name)).then_some(None),
                },
                _ => self.record_without(folder, &path, erasure.traces)?,
            };
            // The past of one change is kept whole or not at all.
            let of_change = rest.split_once('/').map(|(change, _)| format!("history/{change}"));
            let name = if folder == "history" { of_change.unwrap_or(name) } else { name };
            if let (Some(bytes), Ok(path)) = (becomes, MemoryPath::new(&name)) {
                records.insert(path, bytes);
            }
        }
        Ok(records)
    }

    fn record_without(
        &self,
        folder: &str,
        path: &Path,
        traces: &Traces,
    ) -> Result<Option<Option<Vec<u8>>>, StoreError> {
        // What was counted is of all sessions; it is made anew.
        if path == self.layout.tally() || path == self.layout.tally_draft() {
            return Ok(Some(None));
        }
        let bytes = read_if_there(path)?.unwrap_or_default();
        let name = path.to_string_lossy();
        if !traces.are_in_file(&bytes) && traces.find(name.as_bytes()).is_none() {
            return Ok(None);
        }
        let record = serde_json::from_slice::<Value>(&bytes).ok().filter(|_| folder == "runs");
        Ok(Some(record.map(|mut record| {
            traces.scrub(&mut record);
            json_bytes(&record)
        })))
    }

    /// Returns the line of an erasure. It says anew all that lines said which lose their words.
    pub(super) fn entries_erased(
        &self,
        work: &Work<'_>,
        plan: &Plan,
        erasing: &Erasing<'_>,
        log: &mut Log,
    ) -> Vec<Entry> {
        let mut entries = self.entries(work, plan);
        let Some(mut erasure) = entries.pop() else { return entries };
        let mut machine: BTreeMap<String, Option<Sha256Hex>> = BTreeMap::new();
        for (_, entry) in log.entries() {
            machine.extend(entry.machine.clone());
        }
        for (path, bytes) in &erasing.records {
            let sha256 = bytes.as_deref().map(sha256_hex);
            let below = format!("{path}/");
            for (_, known) in machine.iter_mut().filter(|(name, _)| name.starts_with(&below)) {
                *known = None;
            }
            if let Some(known) = machine.get_mut(path.as_str()) {
                *known = sha256;
            }
        }
        machine.append(&mut erasure.machine);
        erasure.machine = machine;
        (erasure.blocks, erasure.files) = touched(&Known::default(), &Known::of(&work.after));
        if tells(&erasure, erasing.traces) {
            erasure.by = Writer::Somebody;
            erasure.why = None;
        }
        log.erase(|entry| tells(entry, erasing.traces));
        entries.retain(|entry| !tells(entry, erasing.traces));
        entries.push(erasure);
        entries
    }
}

/// What a search found.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Searched {
    /// Files that were looked through.
    pub files: usize,
    /// Those of them that hold packed records, which were unpacked.
    pub packed: usize,
    /// Where something was found.
    pub left: Vec<Left>,
}

fn tells(entry: &Entry, traces: &Traces) -> bool {
    // Plain structures always have a form in JSON.
    traces.are_in(&serde_json::to_value(entry).unwrap_or_default())
}

/// Returns the state without what people may have written into it.
fn without(state: &State, traces: &Traces) -> State {
    let mut value = serde_json::to_value(state).unwrap_or_default();
    if !traces.scrub(&mut value) {
        return state.clone();
    }
    serde_json::from_value(value).unwrap_or_else(|_| state.clone())
}

fn session_file(dream: &(impl AsRef<str> + ?Sized)) -> String {
    format!("sessions/{}", super::Layout::session_file(dream))
}

/// Returns the files under a folder, by name from there. Links are not followed.
fn files_under(root: &Path) -> Vec<(String, std::path::PathBuf)> {
    let walk = WalkDir::new(root).follow_links(false).sort_by_file_name().into_iter().flatten();
    let files = walk.filter(|entry| entry.file_type().is_file());
    files
        .filter_map(|entry| {
            let relative = entry.path().strip_prefix(root).ok()?.to_string_lossy().replace('\\', "/");
            Some((relative, entry.path().to_owned()))
        })
        .collect()
}
