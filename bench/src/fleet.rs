//! The example sessions: two invented fleets of agents at work, written in three formats.
//!
//! - `contracts`: four agents mark up contracts for six people.
//! - `medical`: four agents write chronologies of scanned medical records for five people.
//!
//! What happens in which session is fixed in the two rosters (`contracts/roster.rs`, `medical/roster.rs`):
//! mistakes and their repairs, procedures, what people prefer, decoys. The seed only chooses wording, ids,
//! numbers and times. All people, companies, records and texts are invented.
//!
//! ```text
//! roster → Script (who, what, when) → format (write/) → files
//!                 └→ Key (what is planted where)
//! ```

mod contracts;
pub(crate) mod dice;
mod key;
mod medical;
mod noise;
mod plant;
mod script;
mod write;

use std::collections::BTreeMap;

use serde_json::Value;

pub use key::{Entry, Key, Share};
use plant::Plant;
pub use plant::{Expected, Kind};
use script::{Reply, Script};

/// The seed of the sessions that are committed under `examples/`.
pub const DEFAULT_SEED: u64 = 2;

/// The example sessions as files, and the key to them.
#[derive(Debug)]
pub struct Examples {
    /// Text by path, relative to the output folder, with `/` between the parts.
    pub files: BTreeMap<String, String>,
    /// What is planted where.
    pub key: Key,
    /// How many sessions the files hold.
    pub sessions: usize,
}

impl Examples {
    /// Returns the key as indented JSON with a line break at the end.
    ///
    /// # Errors
    /// If the key has no JSON form; it always has one.
    pub fn key_json(&self) -> serde_json::Result<String> {
        serde_json::to_string_pretty(&self.key).map(|json| json + "\n")
    }
}

/// Makes the example sessions of `seed`: the same bytes for the same seed, on every machine.
///
/// # Errors
/// If a session has no JSON form; every session has one.
pub fn examples(seed: u64) -> serde_json::Result<Examples> {
    let mut scripts = contracts::sessions(seed);
    scripts.extend(medical::sessions(seed));
    Ok(Examples {
        files: write::files(&scripts, seed)?,
        key: Key::of(&scripts, seed),
        sessions: scripts.len(),
    })
}

/// Calls a tool that is over its rate limit, for once; the caller repeats the call.
fn rate_limit(script: &mut Script, tool: &'static str, input: &Value) {
    let (seconds, request) = (script.dice.between(5, 60), script.dice.hex(6));
    script.call(
        tool,
        input.clone(),
        Reply::Error(format!("Error: 429 Too Many Requests: retry after {seconds}s (request req-{request})")),
    );
    script.mark(Plant::RateLimited);
    script.mark_repaired(Plant::RateLimited);
}
