//! Writing one file that belongs to no memory.

use std::path::{Path, PathBuf};

use super::StoreError;
use super::disk::Disk;

/// What the draft of a file is called while it is written.
const DRAFT: &str = ".somnium-draft";

/// Writes `bytes` to `path`: after a crash at any point there is the old file or the new one. Folders above it are
/// made; where `path` is a link, what it points to is written, and the permissions of an old file stay.
///
/// # Errors
///
/// [`StoreError::Write`].
pub fn replace_file(path: &Path, bytes: &[u8]) -> Result<(), StoreError> {
    let path = path.canonicalize().unwrap_or_else(|_| path.to_owned());
    let disk = Disk::real();
    if let Some(folder) = path.parent().filter(|folder| !folder.as_os_str().is_empty()) {
        disk.create_dir_all(folder)?;
    }
    let draft = draft_of(&path);
    disk.remove_file(&draft)?;
    let permissions = path.metadata().ok().map(|metadata| metadata.permissions());
    disk.write_new(&draft, bytes, permissions)?;
    disk.rename(&draft, &path)
}

/// Writes `bytes` to `path`, where nothing may be: after a crash at any point there is nothing or the whole file. Folders
/// above it are made.
///
/// # Errors
///
/// [`StoreError::Write`], also where something is there.
pub fn create_file(path: &Path, bytes: &[u8]) -> Result<(), StoreError> {
    let disk = Disk::real();
    if let Some(folder) = path.parent().filter(|folder| !folder.as_os_str().is_empty()) {
        disk.create_dir_all(folder)?;
    }
    let draft = draft_of(path);
    disk.remove_file(&draft)?;
    disk.write_new(&draft, bytes, None)?;
    let failed = |source| StoreError::Write { operation: "write", path: path.to_owned(), source };
    let draft = tempfile::TempPath::try_from_path(draft).map_err(failed)?;
    draft.persist_noclobber(path).map_err(|error| failed(error.error))?;
    disk.sync_parent(path)
}

fn draft_of(path: &Path) -> PathBuf {
    let mut name = path.file_name().unwrap_or_default().to_owned();
    name.push(DRAFT);
    path.with_file_name(name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_made_and_replaced_through_a_link() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("deep/AGENTS.md");
        replace_file(&path, b"one").unwrap();
        // The draft of a run that was killed is in nobody's way.
        std::fs::write(folder.path().join("deep/AGENTS.md.somnium-draft"), "torn").unwrap();
        #[cfg(unix)]
        {
            let link = folder.path().join("CLAUDE.md");
            std::os::unix::fs::symlink(&path, &link).unwrap();
            replace_file(&link, b"two").unwrap();
            assert!(link.symlink_metadata().unwrap().is_symlink());
            assert_eq!(std::fs::read(&path).unwrap(), b"two");
        }
        replace_file(&path, b"three").unwrap();
        assert_eq!(std::fs::read(&path).unwrap(), b"three");
        assert_eq!(std::fs::read_dir(path.parent().unwrap()).unwrap().count(), 1);
    }

    #[test]
    fn a_file_is_made_only_where_there_is_none() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("deep/review.md");
        create_file(&path, b"one").unwrap();
        assert!(create_file(&path, b"two").is_err());
        assert_eq!(std::fs::read(&path).unwrap(), b"one");
        assert_eq!(std::fs::read_dir(path.parent().unwrap()).unwrap().count(), 1);
    }
}
