//! The key of the log and how far it was seen, kept away from the folder.

use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};
use somnium_types::{Sha256Hex, hex16};

use super::super::StoreError;
use super::super::disk::read_if_there;
use super::chain::Seal;

/// The last line of a log.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Head {
    /// Its number, from 0.
    pub seq: u64,
    /// Its tag.
    pub tag: Sha256Hex,
}

/// A place away from memory folders that holds the key of their logs and how far each was seen.
///
/// ```text
/// DIR/key              32 random bytes, for its owner alone
/// DIR/heads/<n>.json   the folder's path, and its head; <n> is a hash of the path
/// ```
#[derive(Clone, Debug)]
pub struct Witness {
    dir: PathBuf,
    pub(super) seal: Seal,
}

#[derive(Debug, Serialize, Deserialize)]
struct Kept {
    folder: PathBuf,
    #[serde(flatten)]
    head: Head,
}

impl Witness {
    /// Opens the witness in `dir`. Where it has no key yet, `fresh` makes one.
    ///
    /// # Errors
    /// [`StoreError::Read`], [`StoreError::Write`], and [`StoreError::Damaged`] for a key of another length.
    pub fn open(dir: impl Into<PathBuf>, fresh: impl FnOnce() -> [u8; 32]) -> Result<Self, StoreError> {
        let dir = dir.into();
        let path = dir.join("key");
        let key = match read_if_there(&path)? {
            Some(bytes) => <[u8; 32]>::try_from(bytes.as_slice()).map_err(|_| StoreError::Damaged {
                path: path.clone(),
                why: format!("a key has 32 bytes and this one {}", bytes.len()),
                next: "restore it from a backup; without it, move it away and look over the history of each \
                       memory with `somnium memory verify`",
            })?,
            None => Self::make_key(&dir, &path, fresh())?,
        };
        Ok(Self { dir, seal: Seal::of(key) })
    }

    /// Of two processes that both find no key, the one that comes second takes the other's.
    fn make_key(dir: &Path, path: &Path, key: [u8; 32]) -> Result<[u8; 32], StoreError> {
        let failed = |source| StoreError::Write { operation: "write", path: path.to_owned(), source };
        fs::create_dir_all(dir.join("heads")).map_err(failed)?;
        let mut draft = tempfile::NamedTempFile::new_in(dir).map_err(failed)?;
        draft.write_all(&key).and_then(|()| draft.as_file().sync_all()).map_err(failed)?;
        match draft.persist_noclobber(path) {
            Ok(_) => Ok(key),
            Err(taken) if taken.error.kind() == std::io::ErrorKind::AlreadyExists => {
                let there = read_if_there(path)?.unwrap_or_default();
                <[u8; 32]>::try_from(there.as_slice()).map_err(|_| failed(taken.error))
            }
            Err(error) => Err(failed(error.error)),
        }
    }

    /// Returns how far the log of the folder `root` was seen.
    ///
    /// # Errors
    /// [`StoreError::Read`], [`StoreError::Damaged`].
    pub(in crate::store) fn head(&self, root: &Path) -> Result<Option<Head>, StoreError> {
        let (path, _) = self.place(root);
        let Some(bytes) = read_if_there(&path)? else { return Ok(None) };
        let kept: Kept = serde_json::from_slice(&bytes).map_err(|error| StoreError::Damaged {
            path,
            why: error.to_string(),
            next: "move it away and look over the history with `somnium memory verify`",
        })?;
        Ok(Some(kept.head))
    }

    /// Notes how far the log of the folder `root` was seen.
    ///
    /// # Errors
    /// [`StoreError::Write`].
    pub(in crate::store) fn keep(&self, root: &Path, head: &Head) -> Result<(), StoreError> {
        let (path, folder) = self.place(root);
        let heads = self.dir.join("heads");
        let failed = |source| StoreError::Write { operation: "write", path: path.clone(), source };
        fs::create_dir_all(&heads).map_err(failed)?;
        let bytes = super::super::state::json_bytes(&Kept { folder, head: head.clone() });
        let mut draft = tempfile::NamedTempFile::new_in(&heads).map_err(failed)?;
        draft.write_all(&bytes).and_then(|()| draft.as_file().sync_all()).map_err(failed)?;
        draft.persist(&path).map(drop).map_err(|error| failed(error.error))
    }

    fn place(&self, root: &Path) -> (PathBuf, PathBuf) {
        let folder = root.canonicalize().unwrap_or_else(|_| root.to_owned());
        let name = hex16(folder.as_os_str().as_encoded_bytes());
        (self.dir.join("heads").join(format!("{name}.json")), folder)
    }
}
