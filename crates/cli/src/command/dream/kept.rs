//! What is kept of earlier sessions beside the memory.

use somnium_dream::{Normalised, digest, kept};
use somnium_memory::store::{Folder, SessionFile};

use crate::fault::{Fault, warn};
use crate::words::count;

/// The sessions that earlier dreams kept.
#[derive(Debug, Default)]
pub(super) struct Kept {
    pub(super) sessions: Vec<Normalised>,
    /// The files that they come from. What is missing here could not be used and is not listed any more.
    pub(super) files: Vec<SessionFile>,
}

impl Kept {
    /// Reads them. What cannot be used is told and left out: a dream goes on without.
    ///
    /// # Errors
    ///
    /// SOM010 where a file is there and cannot be read.
    pub(super) fn read(folder: &Folder) -> Result<Self, Fault> {
        let found = folder.sessions()?;
        let mut lost: Vec<String> =
            found.lost.iter().map(|lost| format!("`{}`: {}", lost.source, lost.why)).collect();
        let (mut files, mut dreams) = (Vec::new(), Vec::new());
        for (file, bytes) in found.files {
            match digest::decode(&bytes) {
                Ok(sessions) => {
                    files.push(file);
                    dreams.push(sessions);
                }
                Err(error) => lost.push(format!("those of dream `{}`: {error}", file.dream)),
            }
        }
        if let Some(first) = lost.first() {
            let files = count(lost.len() as u64, "file");
            warn(&format!(
                "{files} of sessions kept from earlier dreams cannot be used, {first}; the dream goes on without \
                 them, and reading those sessions again brings them back"
            ));
        }
        Ok(Self { sessions: kept::assemble(dreams), files })
    }

    /// Packs what `after` has beyond these; `None` where there is nothing.
    ///
    /// # Errors
    ///
    /// SOM011 where they cannot be packed.
    pub(super) fn pack(&self, after: &[Normalised]) -> Result<Option<Vec<u8>>, Fault> {
        let news = kept::news(&self.sessions, after);
        if news.is_empty() {
            return Ok(None);
        }
        digest::encode(news).map(Some).map_err(|error| Fault::from_error("SOM011", &error))
    }
}
