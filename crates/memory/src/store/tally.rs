//! What the last dream counted, beside the state: a cache.
//!
//! It belongs to the session files that the state lists, and is believed while those are the same. Losing it costs
//! the next dream time and nothing else, so that nothing here is an error, and it is no part of a change that can be
//! undone. The bytes are the engine's and opaque here.
//!
//! ```text
//! SHA-256 of the list of session files       32 bytes
//! the engine's bytes
//! ```

use std::fs;

use somnium_types::sha256;

use super::disk::read_if_there;
use super::{Folder, Layout, SessionFile};

/// Bytes of the list's hash.
const KEY: usize = 32;

impl Folder {
    /// Returns what the last dream counted; `None` where that is not known any more.
    pub fn tally(&self) -> Option<Vec<u8>> {
        let mut bytes = read_if_there(&self.layout.tally()).ok()??;
        let belongs = bytes.get(..KEY)? == key(&self.state.sessions);
        belongs.then(|| bytes.split_off(KEY))
    }
}

/// Keeps what a dream counted in the folder of `layout`, whose state lists `sessions`.
pub(super) fn keep(layout: &Layout, sessions: &[SessionFile], bytes: &[u8]) {
    let (path, draft) = (layout.tally(), layout.machine().join("tally.draft"));
    let whole = [&key(sessions), bytes].concat();
    // Its own checks say what became of it after a crash.
    if fs::write(&draft, whole).and_then(|()| fs::rename(&draft, &path)).is_err() {
        let _ = fs::remove_file(&draft);
    }
}

fn key(sessions: &[SessionFile]) -> [u8; KEY] {
    let list: String =
        sessions.iter().map(|file| format!("{}\t{}\n", file.dream, file.sha256.to_hex())).collect();
    sha256(list.as_bytes())
}
