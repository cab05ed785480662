//! What can go wrong with a folder, each with what to do next.

use std::io;
use std::path::PathBuf;

use somnium_types::{ChangeId, DreamId, Timestamp};

use super::log::Standing;
use crate::{MemoryPath, Place};

/// A memory folder could not be read, written, or undone.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// Reading failed.
    #[error("cannot read `{}`; check that it exists and that you may read it", path.display())]
    Read {
        /// The file or folder.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// What should be the memory folder is something else.
    #[error("`{}` is not a folder; give the folder that holds the memory", path.display())]
    NotAFolder {
        /// The path given.
        path: PathBuf,
    },
    /// Writing failed. A change that was already committed is completed when the folder is next opened.
    #[error("cannot {operation} `{}`; check that the folder is writable and has space left, then run again", path.display())]
    Write {
        /// What was being done.
        operation: &'static str,
        /// To which file or folder.
        path: PathBuf,
        /// Why it failed.
        source: io::Error,
    },
    /// The place to write a copy to is taken, or lies inside the memory.
    #[error("cannot write the copy to `{}`: {why}; choose another folder", path.display())]
    Destination {
        /// The place.
        path: PathBuf,
        /// What is wrong with it.
        why: &'static str,
    },
    /// Something is where a file would be written, or the file is write-protected.
    #[error("cannot write `{}`: {why}; move it or change it, then run again", path.display())]
    Blocked {
        /// The file.
        path: PathBuf,
        /// What is in the way.
        why: &'static str,
    },
    /// Somebody wrote to the folder after it was read. Nothing was changed.
    #[error("`{}` changed while the dream ran, so nothing was written; run the dream again on what is there now", path.display())]
    Changed {
        /// The memory folder.
        path: PathBuf,
    },
    /// Another dream was published since a proposal was made. Nothing was changed.
    #[error(
        "what dream `{dream}` proposed for `{}` is out of date, because another dream was published there since; dream \
         again, and review what comes of it", path.display()
    )]
    Outdated {
        /// The memory folder.
        path: PathBuf,
        /// The dream that proposed.
        dream: DreamId,
    },
    /// No proposal of this dream waits.
    #[error("no proposal of dream `{dream}` waits in `{}`; `somnium memory review` shows those that do", path.display())]
    NoProposal {
        /// The memory folder.
        path: PathBuf,
        /// The dream asked for.
        dream: DreamId,
    },
    /// Another process holds the folder's lock.
    #[error("`{}` is held by {holder}; wait until it has ended", path.display())]
    Held {
        /// The memory folder.
        path: PathBuf,
        /// The other process, in its own words.
        holder: String,
    },
    /// A file under `.somnium` is not what this program wrote.
    #[error("`{}` is damaged: {why}; {next}", path.display())]
    Damaged {
        /// The file.
        path: PathBuf,
        /// What was found.
        why: String,
        /// What to do.
        next: &'static str,
    },
    /// A file under `.somnium` was written by a later version of this program.
    #[error(
        "`{}` has format version {found} and this program knows up to {known}; use the newer somnium that wrote it",
        path.display()
    )]
    Newer {
        /// The file.
        path: PathBuf,
        /// Its version.
        found: u64,
        /// The newest version known here.
        known: u64,
    },
    /// No dream of this id was published to the folder.
    #[error("no dream `{id}` in `{}`; `somnium dreams list` shows those that there are", path.display())]
    UnknownDream {
        /// The memory folder.
        path: PathBuf,
        /// The id asked for.
        id: DreamId,
    },
    /// No change of this id was made in the folder.
    #[error("no change `{id}` in `{}`; `somnium memory history` shows those that there are", path.display())]
    UnknownChange {
        /// The memory folder.
        path: PathBuf,
        /// The id asked for.
        id: ChangeId,
    },
    /// It was undone before.
    #[error("`{id}` is undone already")]
    AlreadyUndone {
        /// The dream or change.
        id: ChangeId,
    },
    /// Something was erased since, and an undo could bring it back.
    #[error("`{id}` cannot be undone: something was erased on request on {}, and what was before stays so", at.strftime("%Y-%m-%d"))]
    BeforeErasure {
        /// The dream or change.
        id: ChangeId,
        /// When.
        at: Timestamp,
    },
    /// Changes are undone last first.
    #[error("`{id}` is not the latest: undo `{first}` first")]
    NotLatest {
        /// The dream or change asked for.
        id: ChangeId,
        /// The one to undo first.
        first: ChangeId,
    },
    /// A dream would change what a person froze. Nothing was changed.
    #[error("the dream would change what is frozen: {}; `somnium memory thaw` opens it again", named(places))]
    Frozen {
        /// What.
        places: Vec<Place>,
    },
    /// The folder's history is not what was written. Nothing is changed until a person looked at it.
    #[error(
        "the history of `{}` is not as it was written: {what}; `somnium memory verify` tells all of it and what can be \
         done", path.display()
    )]
    Tampered {
        /// The memory folder.
        path: PathBuf,
        /// The first thing that was found.
        what: String,
    },
    /// The dream made this whole folder.
    #[error("dream `{id}` wrote `{}` as a new folder and left the original as it was: delete the folder to undo it", path.display())]
    IsACopy {
        /// The dream.
        id: ChangeId,
        /// The folder.
        path: PathBuf,
    },
    /// Files were edited since the dream: undoing it would lose the edits. Nothing was changed.
    #[error(
        "`{id}` cannot be undone, because these files changed since: {}; put them back as it left them, \
         or take its lines out by hand",
        list(files)
    )]
    EditedSince {
        /// The dream or change.
        id: ChangeId,
        /// The files, by path.
        files: Vec<MemoryPath>,
    },
}

impl StoreError {
    pub(super) fn tampered(path: &std::path::Path, standing: &Standing) -> Self {
        let first = standing.findings.first();
        let what = first.map_or_else(String::new, |found| format!("{}: {}", found.place, found.why));
        Self::Tampered { path: path.to_owned(), what }
    }

    /// Returns the code of the page that explains this error.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Read { .. } | Self::NotAFolder { .. } => "SOM010",
            Self::Write { .. } | Self::Destination { .. } | Self::Blocked { .. } => "SOM011",
            Self::Changed { .. } => "SOM012",
            Self::Outdated { .. } => "SOM017",
            Self::Held { .. } => "SOM013",
            Self::Damaged { .. } | Self::Newer { .. } => "SOM014",
            Self::UnknownDream { .. } | Self::UnknownChange { .. } | Self::NoProposal { .. } => "SOM020",
            Self::Tampered { .. } => "SOM015",
            Self::Frozen { .. } => "SOM016",
            Self::AlreadyUndone { .. }
            | Self::BeforeErasure { .. }
            | Self::NotLatest { .. }
            | Self::IsACopy { .. }
            | Self::EditedSince { .. } => "SOM021",
        }
    }
}

fn named(places: &[Place]) -> String {
    let names: Vec<_> = places.iter().map(|place| format!("`{place}`")).collect();
    names.join(", ")
}

fn list(files: &[MemoryPath]) -> String {
    let names: Vec<_> = files.iter().map(|path| format!("`{path}`")).collect();
    names.join(", ")
}
