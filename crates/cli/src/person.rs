//! Who gives a command, and when.

use std::env;
use std::sync::atomic::{AtomicU64, Ordering};

use somnium_memory::store::Writer;
use somnium_types::{ChangeId, Clock, SystemClock, Timestamp, sha256_hex};

/// The names that a system gives an account, in the order in which they are asked for.
const NAMES: [&str; 4] = ["SOMNIUM_PERSON", "USER", "LOGNAME", "USERNAME"];
/// Hexadecimal digits of a change's id.
const ID_DIGITS: usize = 16;

/// The person who gives a command.
#[derive(Clone, Debug)]
pub(crate) struct Person {
    name: Option<String>,
}

impl Person {
    /// Returns the person of this process: `SOMNIUM_PERSON`, or the account's name.
    pub(crate) fn here() -> Self {
        let name = NAMES.iter().filter_map(|name| env::var(name).ok()).find(|name| !name.trim().is_empty());
        // A name goes into files and onto screens.
        Self { name: name.map(|name| somnium_memory::visible(name.trim())) }
    }

    /// Returns their name, where it is known.
    pub(crate) fn name(&self) -> Option<&str> {
        self.name.as_deref()
    }

    /// Returns who they are in the log of a memory.
    pub(crate) fn writer(&self) -> Writer {
        self.name.clone().map_or(Writer::Somebody, Writer::Person)
    }

    /// Returns the time at which they give a command.
    pub(crate) fn now(&self) -> Timestamp {
        SystemClock.now()
    }
}

/// Returns the id of a new change.
pub(crate) fn change_id() -> ChangeId {
    static MADE: AtomicU64 = AtomicU64::new(0);
    let number = MADE.fetch_add(1, Ordering::Relaxed);
    let what = format!("{}/{}/{number}", SystemClock.now().as_nanosecond(), std::process::id());
    ChangeId::from(format!("chg_{}", sha256_hex(what.as_bytes()).prefix(ID_DIGITS)))
}
