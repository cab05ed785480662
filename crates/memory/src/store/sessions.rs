//! What is kept of the sessions that dreams read: one file for each dream that read something new.
//!
//! A dream adds a file and never changes one, so that it writes in proportion to what is new, and undoing it
//! only takes the file out of the list in `state.json`. The bytes are the engine's and opaque here.

use serde::{Deserialize, Serialize};
use somnium_types::{DreamId, Sha256Hex, Skipped, sha256_hex};

use super::disk::read_if_there;
use super::{Folder, Layout, StoreError};

/// A file of sessions that belongs to the memory.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SessionFile {
    /// The dream that read them first.
    pub dream: DreamId,
    /// Of the file's bytes.
    pub sha256: Sha256Hex,
}

/// The sessions that a memory folder keeps.
#[derive(Clone, Debug, Default)]
pub struct KeptSessions {
    /// The files that are whole, in the order in which they were written, with their bytes.
    pub files: Vec<(SessionFile, Vec<u8>)>,
    /// Files that are missing, or not what was written, with the reason.
    pub lost: Vec<Skipped>,
}

impl Folder {
    /// Reads the session files that the state lists. One that is missing or damaged is named and left out: the
    /// notes do not depend on it.
    ///
    /// # Errors
    /// [`StoreError::Read`] where a file is there and cannot be read.
    pub fn sessions(&self) -> Result<KeptSessions, StoreError> {
        let mut kept = KeptSessions::default();
        for file in &self.state.sessions {
            let mut lose = |why: &str| {
                let source = format!("{}/sessions/{}", crate::MACHINE_DIR, Layout::session_file(&file.dream));
                kept.lost.push(Skipped { source, line: None, why: why.to_owned() });
            };
            if self.layout.check_id(&file.dream).is_err() {
                lose("its dream has an impossible id");
                continue;
            }
            match read_if_there(&self.layout.sessions_of(&file.dream))? {
                Some(bytes) if sha256_hex(&bytes) == file.sha256 => kept.files.push((file.clone(), bytes)),
                Some(_) => lose("it is not what the dream wrote"),
                None => lose("it is missing"),
            }
        }
        Ok(kept)
    }
}
