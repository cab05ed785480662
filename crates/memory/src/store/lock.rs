//! One writer at a time.

use std::fs::{File, OpenOptions, TryLockError};
use std::io::{Read, Seek, Write};

use super::{Layout, StoreError};

/// The folder's lock, held until dropped. The system gives it back when the process ends, however it ends; the
/// file stays, because deleting it would let two writers lock two different files.
pub(super) struct Lock {
    _file: File,
}

impl Lock {
    /// Takes the lock, or says who has it. `purpose` is what others are told.
    pub(super) fn take(layout: &Layout, purpose: &str) -> Result<Self, StoreError> {
        let path = layout.lock();
        let failed = |source| StoreError::Write { operation: "lock", path: path.clone(), source };
        let mut file = OpenOptions::new()
            .read(true)
            .write(true)
            .create(true)
            .truncate(false)
            .open(&path)
            .map_err(failed)?;
        match file.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => {
                return Err(StoreError::Held { path: layout.root.clone(), holder: holder(&mut file) });
            }
            Err(TryLockError::Error(source)) => return Err(failed(source)),
        }
        let words = format!("{purpose} (process {})", std::process::id());
        file.set_len(0).and_then(|()| file.write_all(words.as_bytes())).map_err(failed)?;
        Ok(Self { _file: file })
    }
}

fn holder(file: &mut File) -> String {
    let mut words = Vec::new();
    // Some systems do not let others read a locked file: then the holder has no name.
    let _ = file.rewind();
    let _ = file.take(200).read_to_end(&mut words);
    let words = crate::visible(String::from_utf8_lossy(&words).trim());
    if words.is_empty() { "another process".to_owned() } else { words }
}
