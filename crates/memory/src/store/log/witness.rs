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
    /// The hash of all lines up to it.
    pub link: Sha256Hex,
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
    seal: Seal,
    /// The key to be kept with the first line that is sealed with it; until then there is none.
    fresh: Option<[u8; 32]>,
}

#[derive(Debug, Serialize, Deserialize)]
struct Kept {
    folder: PathBuf,
    #[serde(flatten)]
    head: Head,
}

impl Witness {
    /// Opens the witness in `dir`. Where it has no key yet, `fresh` makes one, which is kept once something is sealed
    /// with it: looking at a memory leaves no trace.
    ///
    /// # Errors
    /// [`StoreError::Read`], and [`StoreError::Damaged`] for a key of another length.
    pub fn open(dir: impl Into<PathBuf>, fresh: impl FnOnce() -> [u8; 32]) -> Result<Self, StoreError> {
        let dir = dir.into();
        match read_key(&dir.join("key"))? {
            Some(key) => Ok(Self { dir, seal: Seal::of(key), fresh: None }),
            None => {
                let key = fresh();
                Ok(Self { dir, seal: Seal::of(key), fresh: Some(key) })
            }
        }
    }

    /// Returns what lines are sealed with, to check them.
    pub(in crate::store) fn seal(&self) -> &Seal {
        &self.seal
    }

    /// Returns what lines are sealed with, to write one: the key is kept from now on. Of two processes that both made
    /// one, the second takes that of the first. Where none can be kept, whoever writes to the folder can write such
    /// lines.
    pub(in crate::store) fn sealing(&self) -> Seal {
        let Some(key) = self.fresh else { return self.seal.clone() };
        let path = self.dir.join("key");
        let kept = self.keep_key(&path, &key).is_ok().then_some(key);
        kept.or_else(|| read_key(&path).ok().flatten()).map_or_else(Seal::open, Seal::of)
    }

    fn keep_key(&self, path: &Path, key: &[u8; 32]) -> std::io::Result<()> {
        fs::create_dir_all(self.dir.join("heads"))?;
        // Made for its owner alone.
        let mut draft = tempfile::NamedTempFile::new_in(&self.dir)?;
        draft.write_all(key)?;
        draft.as_file().sync_all()?;
        draft.persist_noclobber(path).map(drop).map_err(|error| error.error)
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

fn read_key(path: &Path) -> Result<Option<[u8; 32]>, StoreError> {
    let Some(bytes) = read_if_there(path)? else { return Ok(None) };
    let key = <[u8; 32]>::try_from(bytes.as_slice()).map_err(|_| StoreError::Damaged {
        path: path.to_owned(),
        why: format!("a key has 32 bytes and this one {}", bytes.len()),
        next: "restore it from a backup; without it, move it away and look over the history of each memory with \
               `somnium memory verify`",
    })?;
    Ok(Some(key))
}
