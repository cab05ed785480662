//! The memory folder of a command, and the records of the dreams in it.

use std::path::{Path, PathBuf};

use somnium_memory::store::{DreamRecord, Folder, Recovery, StoreError, Witness};
use somnium_types::{DreamId, Timestamp};

use crate::fault::{Fault, warn};
use crate::places;
use crate::reading::place_and_reason;
use crate::record::RunRecord;
use crate::words::count;

/// The argument that names a memory folder that is there.
#[derive(Debug, clap::Args)]
pub(crate) struct MemoryArgs {
    /// The memory folder
    #[arg(long = "memory", value_name = "DIR")]
    folder: PathBuf,
}

impl MemoryArgs {
    /// Opens the folder.
    ///
    /// # Errors
    ///
    /// SOM002 where there is none, and what [`Folder::open`] returns.
    pub(crate) fn open(&self) -> Result<Folder, Fault> {
        open_existing(&self.folder)
    }

    /// Returns the folder as it was typed.
    pub(crate) fn path(&self) -> &Path {
        &self.folder
    }
}

/// Opens a folder that has to be there.
pub(crate) fn open_existing(path: &Path) -> Result<Folder, Fault> {
    if !path.exists() {
        let message = format!("`{}` does not exist", path.display());
        return Err(
            Fault::new("SOM002", message).hint("`somnium dream SESSIONS --memory DIR` writes a memory")
        );
    }
    open(path)
}

/// Opens a folder as [`open`] does, and says nothing of what it finds: for commands that open it many times.
pub(crate) fn reopen(path: &Path) -> Result<Folder, Fault> {
    let mut folder = Folder::open(path)?;
    watch(&mut folder)?;
    Ok(folder)
}

/// Opens a folder; one that is not there is an empty memory.
pub(crate) fn open(path: &Path) -> Result<Folder, Fault> {
    let mut folder = Folder::open(path)?;
    if let Some(warning) = watch(&mut folder)? {
        warn(&warning);
    }
    if let Some(recovery) = folder.recovery() {
        warn(&recovered(recovery));
    }
    if let Some(first) = folder.skipped().first() {
        let files = count(folder.skipped().len() as u64, "file");
        warn(&format!("{files} of the memory were left alone, the first: {}", place_and_reason(first)));
    }
    Ok(folder)
}

/// Has the folder's history checked against what this machine saw of it. Without a place to keep that, only the chain
/// itself can be checked.
///
/// Returns what is to be said of it, where it is not as it was written.
fn watch(folder: &mut Folder) -> Result<Option<String>, Fault> {
    let Some(dir) = places::state() else { return Ok(None) };
    let mut fresh = [0; 32];
    if getrandom::fill(&mut fresh).is_err() {
        return Ok(None);
    }
    let standing = folder.watched_by(Witness::open(dir.join("witness"), || fresh)?)?;
    Ok(standing.findings.first().map(|found| {
        format!(
            "the history of this memory is not as it was written ({}: {}); nothing will be written to it until \
             `somnium memory verify` is settled",
            found.place, found.why
        )
    }))
}

fn recovered(recovery: &Recovery) -> String {
    match recovery {
        Recovery::Completed { change } => {
            format!("change `{change}` had been interrupted; it was completed")
        }
        Recovery::TakenBack { change, .. } => {
            format!(
                "change `{change}` had been interrupted and its files were edited since; it was taken back"
            )
        }
        Recovery::Discarded => {
            "a change had been interrupted before it began; nothing of it was kept".to_owned()
        }
    }
}

/// Returns every dream of a folder with its record, oldest first. A record of another version of this program
/// may not be readable here.
pub(crate) fn dreams(folder: &Folder) -> Vec<(&DreamRecord, Option<RunRecord>)> {
    let dreams = folder.state().dreams().iter();
    dreams.map(|dream| (dream, record(folder, &dream.id).ok())).collect()
}

/// Returns the record of one dream.
///
/// # Errors
///
/// SOM020 for a dream that is not there, SOM014 for a record that cannot be read.
pub(crate) fn record(folder: &Folder, dream: &DreamId) -> Result<RunRecord, Fault> {
    let value = folder.report(dream)?;
    serde_json::from_value(value).map_err(|error| {
        let message = format!("the record of dream `{dream}` is not what this version of somnium writes");
        Fault::new("SOM014", message).because(error)
    })
}

/// Returns the dream that was asked for, by id or its unambiguous start, or else the latest that was not undone.
///
/// # Errors
///
/// SOM020 where there is none.
pub(crate) fn dream_or_latest<'a>(folder: &'a Folder, id: Option<&str>) -> Result<&'a DreamRecord, Fault> {
    let root = folder.root().display();
    let Some(id) = id else {
        return folder.state().latest_dream().ok_or_else(|| {
            Fault::new("SOM020", format!("no dream was published to `{root}`"))
                .hint("`somnium dream` without `--in-place` writes to a new folder beside the memory: name that one")
        });
    };
    let dreams = folder.state().dreams();
    let mut close = dreams.iter().filter(|dream| dream.id.as_str().starts_with(id));
    let exact = dreams.iter().find(|dream| dream.id.as_str() == id);
    let found = exact.or_else(|| close.next().filter(|_| close.next().is_none()));
    found.ok_or_else(|| {
        Fault::new("SOM020", format!("no dream `{id}` in `{root}`")).hint("`somnium dreams list` shows them")
    })
}

/// Returns the day and minute of a dream's clock behind two spaces; nothing where its sessions told no time.
pub(crate) fn dream_time(at: Timestamp) -> String {
    if at == Timestamp::UNIX_EPOCH { String::new() } else { format!("  {}", crate::words::minute(at)) }
}

impl From<StoreError> for Fault {
    fn from(error: StoreError) -> Self {
        Self::from_error(error.code(), &error)
    }
}
