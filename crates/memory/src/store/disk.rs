//! The few operations that change files, each durable before it returns, each a point at which a test can
//! pull the plug.

use std::fs::{self, File, Permissions};
use std::io::{self, Write};
use std::path::Path;

use somnium_types::{Sha256Hex, sha256_hex};

use super::StoreError;

/// Told before every operation that changes a file. An error stops the work there, as a crash would.
pub(super) trait Steps {
    fn before(&self, operation: &'static str, path: &Path) -> io::Result<()>;
}

/// Nobody watches.
pub(super) struct Unwatched;

impl Steps for Unwatched {
    fn before(&self, _: &'static str, _: &Path) -> io::Result<()> {
        Ok(())
    }
}

/// Changes files.
#[derive(Clone, Copy)]
pub(super) struct Disk<'a> {
    pub(super) steps: &'a dyn Steps,
}

impl Disk<'static> {
    pub(super) const fn real() -> Self {
        Self { steps: &Unwatched }
    }
}

impl Disk<'_> {
    /// Makes a folder and those above it.
    pub(super) fn create_dir_all(self, path: &Path) -> Result<(), StoreError> {
        if path.is_dir() {
            return Ok(());
        }
        self.run("create the folder", path, || {
            fs::create_dir_all(path)?;
            path.parent().map_or(Ok(()), sync_dir)
        })
    }

    /// Writes a file that must not exist yet, to the disk.
    pub(super) fn write_new(
        self,
        path: &Path,
        bytes: &[u8],
        permissions: Option<Permissions>,
    ) -> Result<(), StoreError> {
        const OPERATION: &str = "write";
        let (first, second) = bytes.split_at(bytes.len() / 2);
        let mut file = None;
        self.run(OPERATION, path, || file.insert(File::create_new(path)?).write_all(first))?;
        // Between the halves, so that tests see torn files.
        self.run(OPERATION, path, || {
            let Some(mut file) = file else { return Ok(()) };
            file.write_all(second)?;
            if let Some(permissions) = permissions {
                file.set_permissions(permissions)?;
            }
            file.sync_all()
        })
    }

    /// Puts the file or folder `from` at `to`, in place of a file there.
    pub(super) fn rename(self, from: &Path, to: &Path) -> Result<(), StoreError> {
        self.run("replace", to, || {
            fs::rename(from, to)?;
            to.parent().map_or(Ok(()), sync_dir)?;
            from.parent().map_or(Ok(()), sync_dir)
        })
    }

    /// Deletes a file, if it is there.
    pub(super) fn remove_file(self, path: &Path) -> Result<(), StoreError> {
        self.run("delete", path, || {
            ignore_missing(fs::remove_file(path))?;
            path.parent().filter(|parent| parent.is_dir()).map_or(Ok(()), sync_dir)
        })
    }

    /// Deletes a folder and all in it, if it is there.
    pub(super) fn remove_dir_all(self, path: &Path) -> Result<(), StoreError> {
        if path.symlink_metadata().is_err() {
            return Ok(());
        }
        self.run("delete the folder", path, || {
            ignore_missing(fs::remove_dir_all(path))?;
            path.parent().map_or(Ok(()), sync_dir)
        })
    }

    /// Deletes a folder if it is empty.
    pub(super) fn remove_empty_dir(self, path: &Path) -> Result<(), StoreError> {
        if fs::read_dir(path).is_ok_and(|mut entries| entries.next().is_none()) {
            self.run("delete the folder", path, || ignore_missing(fs::remove_dir(path)))?;
        }
        Ok(())
    }

    /// Makes the name of a file durable that other means put into its place.
    pub(super) fn sync_parent(self, path: &Path) -> Result<(), StoreError> {
        self.run("write", path, || path.parent().map_or(Ok(()), sync_dir))
    }

    fn run(
        self,
        operation: &'static str,
        path: &Path,
        work: impl FnOnce() -> io::Result<()>,
    ) -> Result<(), StoreError> {
        self.steps.before(operation, path).and_then(|()| work()).map_err(|source| StoreError::Write {
            operation,
            path: path.to_owned(),
            source,
        })
    }
}

/// Returns the bytes of a file, `None` where there is none.
pub(super) fn read_if_there(path: &Path) -> Result<Option<Vec<u8>>, StoreError> {
    match fs::read(path) {
        Ok(bytes) => Ok(Some(bytes)),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(source) => Err(StoreError::Read { path: path.to_owned(), source }),
    }
}

/// Returns the hash of a file's bytes, `None` where there is no file. `Err` where something else is there.
pub(super) fn hash_if_there(path: &Path) -> Result<Option<Sha256Hex>, StoreError> {
    Ok(read_if_there(path)?.map(|bytes| sha256_hex(&bytes)))
}

fn ignore_missing(result: io::Result<()>) -> io::Result<()> {
    match result {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        result => result,
    }
}

/// Makes the names in a folder durable. Only POSIX systems need it, and only there can a folder be opened.
fn sync_dir(path: &Path) -> io::Result<()> {
    if cfg!(unix) {
        let path = if path.as_os_str().is_empty() { Path::new(".") } else { path };
        File::open(path)?.sync_all()
    } else {
        Ok(())
    }
}
