//! What the last dream counted, beside the state: a cache.
//!
//! It belongs to the session files that the state lists, and is believed while those are the same and it is what was
//! kept. Losing it costs the next dream time and nothing else, so that nothing here is an error, and it is no part of a
//! change that can be undone. The bytes are the engine's and opaque here.
//!
//! ```text
//! seal over the list of session files and the bytes    32 bytes
//! the engine's bytes
//! ```

use std::fs;

use super::disk::read_if_there;
use super::log::Seal;
use super::{Folder, Layout, SessionFile};

/// Bytes of the seal.
const SEAL: usize = 32;

impl Folder {
    /// Returns what the last dream counted; `None` where that is not known any more.
    pub fn tally(&self) -> Option<Vec<u8>> {
        let mut bytes = read_if_there(&self.layout.tally()).ok()??;
        let (sealed, counted) = bytes.split_at_checked(SEAL)?;
        let belongs = sealed == sealed_with(&self.seal, &self.state.sessions, counted);
        belongs.then(|| bytes.split_off(SEAL))
    }
}

/// Keeps what a dream counted in the folder of `layout`, whose state lists `sessions`.
pub(super) fn keep(layout: &Layout, seal: &Seal, sessions: &[SessionFile], bytes: &[u8]) {
    let (path, draft) = (layout.tally(), layout.tally_draft());
    let whole = [&sealed_with(seal, sessions, bytes), bytes].concat();
    // Its own checks say what became of it after a crash.
    if fs::write(&draft, whole).and_then(|()| fs::rename(&draft, &path)).is_err() {
        let _ = fs::remove_file(&draft);
    }
}

fn sealed_with(seal: &Seal, sessions: &[SessionFile], bytes: &[u8]) -> [u8; SEAL] {
    let list: String =
        sessions.iter().map(|file| format!("{}\t{}\n", file.dream, file.sha256.to_hex())).collect();
    *seal.mac(&[b"tally\0", &(list.len() as u64).to_le_bytes(), list.as_bytes(), bytes]).as_bytes()
}
