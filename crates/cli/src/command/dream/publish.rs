//! Where the result of a dream goes, and putting it there.

use std::fs;
use std::path::{Path, PathBuf};

use somnium_dream::Dreamt;
use somnium_memory::store::{Folder, Publication, SessionFile, State};
use somnium_types::{DreamId, Timestamp};

use crate::fault::{Fault, warn};
use crate::kept;
use crate::memory_folder;
use crate::reading::place_and_reason;
use crate::record::RunRecord;
use crate::words::count;

/// Where the result goes.
#[derive(Debug)]
pub(super) enum Destination {
    /// Nowhere.
    Nowhere,
    /// To this new folder.
    Copy(PathBuf),
    /// Into the memory itself.
    InPlace,
    /// Aside, until a person decided.
    Review,
}

/// Returns the folder beside the memory for the result of a dream: `DIR.dream-<id>`.
pub(super) fn beside(memory: &Path, dream: &DreamId) -> PathBuf {
    // `.` and `..` have no name to add to until they are resolved.
    let named = if memory.file_name().is_some() { None } else { memory.canonicalize().ok() };
    let memory = named.as_deref().unwrap_or(memory);
    let mut name = memory.file_name().unwrap_or_default().to_owned();
    name.push(format!(".dream-{dream}"));
    memory.with_file_name(name)
}

/// Returns whether `folder` holds the result of this very dream already.
///
/// # Errors
///
/// SOM011 where something else is there.
pub(super) fn is_there(folder: &Path, dream: &DreamId) -> Result<bool, Fault> {
    if folder.symlink_metadata().is_err() || is_empty(folder) {
        return Ok(false);
    }
    let taken = || {
        Fault::new("SOM011", format!("`{}` exists already", folder.display()))
            .hint("name a folder that does not exist with `--output`, or give `--in-place`")
    };
    let there = memory_folder::open(folder).map_err(|_| taken())?;
    let same = there.state().latest_dream().is_some_and(|latest| latest.id == *dream);
    if same { Ok(true) } else { Err(taken()) }
}

/// Writes the result.
pub(super) fn publish(
    folder: &mut Folder,
    destination: &Destination,
    dreamt: &Dreamt,
    files: &[SessionFile],
    record: &RunRecord,
    at: Timestamp,
) -> Result<(), Fault> {
    let report = serde_json::to_value(record).map_err(|error| Fault::from_error("SOM011", &error))?;
    let state = state_after(folder, dreamt, files);
    let dream = &dreamt.report.dream.id;
    let sessions = kept::pack(&dreamt.news)?;
    // What cannot be packed is counted again by the next dream.
    let tally = dreamt.tally.encode().ok();
    let publication = Publication {
        dream,
        at,
        after: &dreamt.memory,
        state: &state,
        sessions: sessions.as_deref(),
        tally: tally.as_deref(),
        report: &report,
    };
    match destination {
        Destination::Nowhere => {}
        Destination::Review => folder.propose(publication).map(|_| ())?,
        Destination::InPlace => {
            let published = folder.publish_in_place(publication)?;
            if let Some(first) = published.kept.first() {
                let blocks = count(published.kept.len() as u64, "block");
                warn(&format!(
                    "{blocks} changed while the dream ran and stayed as a person left them, the first: `{first}`"
                ));
            }
        }
        Destination::Copy(to) => {
            if is_empty(to) {
                // An empty folder that was made for us; if it cannot go, the copy says so.
                let _ = fs::remove_dir(to);
            }
            let copied = folder.write_copy(to, publication)?;
            if let Some(first) = copied.not_copied.first() {
                let files = count(copied.not_copied.len() as u64, "file");
                warn(&format!("{files} were not copied, the first: {}", place_and_reason(first)));
            }
        }
    }
    Ok(())
}

fn is_empty(folder: &Path) -> bool {
    fs::read_dir(folder).is_ok_and(|mut entries| entries.next().is_none())
}

/// Returns what the next dream is to know.
fn state_after(folder: &Folder, dreamt: &Dreamt, files: &[SessionFile]) -> State {
    let mut state = folder.state().clone();
    state.baselines.clone_from(&dreamt.baselines);
    state.tombstones.clone_from(&dreamt.tombstones);
    state.ledger.clone_from(&dreamt.ledger);
    files.clone_into(&mut state.sessions);
    state
}
