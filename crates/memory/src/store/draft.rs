//! A folder that appears whole or not at all: it is made beside its place, and moved there at the end.

use std::fs::{self, File};
use std::io::{self, ErrorKind};
use std::path::Path;

use tempfile::TempDir;

use super::StoreError;
use super::disk::Disk;
use crate::MemoryPath;

/// What drafts are called until they are in their place.
const PREFIX: &str = ".somnium-draft-";
/// How often a draft is begun anew, because somebody who cleared up took it for one that was left.
const ATTEMPTS: usize = 5;

/// A folder in the making; deleted when it is dropped before it was put into its place.
pub(super) struct Draft {
    dir: TempDir,
    /// The folder itself, locked: one that nobody holds was left by a process that was killed. Not every system can
    /// open a folder; on those, what is left stays.
    _held: Option<File>,
}

impl Draft {
    /// Begins a draft in `parent`, which has to be there, and clears away those that killed processes left there.
    pub(super) fn begin(parent: &Path) -> Result<Self, StoreError> {
        clear_up(parent);
        let cannot = |source| StoreError::Write {
            operation: "make a temporary folder in",
            path: parent.to_owned(),
            source,
        };
        let mut last = Self::begin_once(parent);
        for _ in 1..ATTEMPTS {
            let is_taken = |kind| matches!(kind, ErrorKind::NotFound | ErrorKind::WouldBlock);
            if !last.as_ref().is_err_and(|error| is_taken(error.kind())) {
                break;
            }
            last = Self::begin_once(parent);
        }
        last.map_err(cannot)
    }

    fn begin_once(parent: &Path) -> io::Result<Self> {
        let mut builder = tempfile::Builder::new();
        builder.prefix(PREFIX);
        // As any other folder: it is what will be there.
        #[cfg(unix)]
        builder.permissions(std::os::unix::fs::PermissionsExt::from_mode(0o777));
        let dir = builder.tempdir_in(parent)?;
        let held = if cfg!(unix) { Some(File::open(dir.path())?) } else { None };
        if let Some(held) = &held {
            held.try_lock().map_err(io::Error::from)?;
        }
        dir.path().symlink_metadata()?;
        Ok(Self { dir, _held: held })
    }

    /// Returns the folder to be filled.
    pub(super) fn folder(&self) -> &Path {
        self.dir.path()
    }

    /// Puts the folder into its place.
    pub(super) fn put(self, disk: Disk<'_>, to: &Path) -> Result<(), StoreError> {
        disk.rename(self.dir.path(), to)?;
        let _ = self.dir.keep();
        Ok(())
    }
}

/// Deletes drafts that nobody writes any more. What cannot be deleted stays for the next time.
fn clear_up(parent: &Path) {
    for entry in fs::read_dir(parent).into_iter().flatten().flatten() {
        let is_folder = entry.file_type().is_ok_and(|kind| kind.is_dir());
        let is_draft = is_folder && entry.file_name().to_string_lossy().starts_with(PREFIX);
        if is_draft && File::open(entry.path()).is_ok_and(|held| held.try_lock().is_ok()) {
            let _ = fs::remove_dir_all(entry.path());
        }
    }
}

/// Writes `files` to the new folder `to`, which appears whole or not at all. An empty folder there gives way.
///
/// # Errors
///
/// [`StoreError::Destination`] where something is there; [`StoreError::Write`].
pub fn write_folder<'f>(
    to: &Path,
    files: impl IntoIterator<Item = (&'f MemoryPath, &'f [u8])>,
) -> Result<(), StoreError> {
    let parent = match to.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => parent,
        _ => Path::new("."),
    };
    let disk = Disk::real();
    disk.create_dir_all(parent)?;
    let draft = Draft::begin(parent)?;
    for (path, bytes) in files {
        let target = path.under(draft.folder());
        if let Some(folder) = target.parent() {
            disk.create_dir_all(folder)?;
        }
        disk.write_new(&target, bytes, None)?;
    }
    if to.is_dir() {
        // If it cannot go, it is not empty.
        let _ = fs::remove_dir(to);
    }
    if to.symlink_metadata().is_ok() {
        return Err(StoreError::Destination { path: to.to_owned(), why: "it exists already" });
    }
    draft.put(disk, to)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[cfg(unix)]
    #[test]
    fn what_a_killed_process_left_goes_and_what_another_writes_stays() {
        let parent = tempfile::tempdir().unwrap();
        let at = |name: &str| parent.path().join(format!("{PREFIX}{name}"));
        fs::create_dir(at("empty")).unwrap();
        fs::create_dir_all(at("left").join("notes")).unwrap();
        fs::write(at("file"), "").unwrap();
        let other = Draft::begin(parent.path()).unwrap();
        assert!(!at("empty").exists() && !at("left").exists() && at("file").exists());
        let draft = Draft::begin(parent.path()).unwrap();
        assert!(other.folder().exists() && draft.folder().exists());
        drop((other, draft));
        assert_eq!(fs::read_dir(parent.path()).unwrap().count(), 1);
    }

    #[test]
    fn a_folder_appears_where_there_is_none() {
        let parent = tempfile::tempdir().unwrap();
        let path = MemoryPath::new("a/b.md").unwrap();
        let to = parent.path().join("deep/out");
        fs::create_dir_all(&to).unwrap();
        write_folder(&to, [(&path, &b"one"[..])]).unwrap();
        assert_eq!(fs::read(to.join("a/b.md")).unwrap(), b"one");
        assert!(matches!(write_folder(&to, [(&path, &b"two"[..])]), Err(StoreError::Destination { .. })));
        assert_eq!(fs::read(to.join("a/b.md")).unwrap(), b"one");
        assert_eq!(fs::read_dir(to.parent().unwrap()).unwrap().count(), 1);
    }
}
