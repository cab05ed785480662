//! The memory, and what an agent may do to it.

use std::thread::sleep;
use std::time::Duration;

use somnium_memory::store::{Folder, Remark, Says, Writer};
use somnium_memory::tool::Reach;
use somnium_memory::{redact, visible};
use somnium_types::{BlockId, ChangeId, Timestamp};

/// How often something is tried again when somebody else writes at the same time, and how long it waits before.
const ATTEMPTS: u32 = 8;
const PAUSE: Duration = Duration::from_millis(25);

/// The folder cannot be used.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the memory cannot be used now ({code})")]
pub struct Trouble {
    /// The code of the page that explains it. The agent is told no more: the rest names places on this machine.
    pub code: &'static str,
    /// Whether it may go by itself, because somebody else writes.
    pub is_busy: bool,
}

/// A memory folder in the hands of agents.
pub struct Shelf {
    /// Opens the folder as it is now, checked against what this machine saw of it.
    pub open: Box<dyn Fn() -> Result<Folder, Trouble> + Send + Sync>,
    /// Returns the id of a new change.
    pub change_id: fn() -> ChangeId,
    /// Returns the time.
    pub now: fn() -> Timestamp,
    /// Who the agent is, for the history.
    pub agent: String,
    /// What it can reach.
    pub reach: Reach,
}

impl Shelf {
    /// Opens the folder; waits while somebody else writes to it.
    ///
    /// # Errors
    ///
    /// [`Trouble`].
    pub fn folder(&self) -> Result<Folder, Trouble> {
        again(|| (self.open)())
    }

    /// Notes that a note was used, or that it is wrong. Returns `false` where there is no such note in reach.
    ///
    /// # Errors
    ///
    /// [`Trouble`].
    pub(crate) fn remark(&self, about: &BlockId, says: Says, why: &str) -> Result<bool, Trouble> {
        again(|| {
            let mut folder = (self.open)()?;
            let block = folder.memory().block(about).filter(|block| self.reach.allows(block.path.as_str()));
            if block.is_none() {
                return Ok(false);
            }
            let id = (self.change_id)();
            let why = Some(words(why)).filter(|why| !why.is_empty());
            let by = Writer::Agent(visible(&self.agent));
            let made = folder.remark(Remark {
                id: &id,
                at: (self.now)(),
                by,
                about: std::slice::from_ref(about),
                says,
                why,
            });
            made.map(|()| true).map_err(|error| Trouble::of(error.code()))
        })
    }
}

impl Trouble {
    /// Returns the trouble with this code.
    pub fn of(code: &'static str) -> Self {
        // Somebody else changed the folder since it was read, or holds it.
        Self { code, is_busy: matches!(code, "SOM012" | "SOM013") }
    }
}

fn again<T>(work: impl Fn() -> Result<T, Trouble>) -> Result<T, Trouble> {
    let mut attempt = 1;
    loop {
        match work() {
            Err(trouble) if trouble.is_busy && attempt < ATTEMPTS => sleep(PAUSE * attempt),
            done => return done,
        }
        attempt += 1;
    }
}

/// An agent's words for the log: on one line, without secrets and without what cannot be seen.
fn words(text: &str) -> String {
    let line = text.split_whitespace().collect::<Vec<_>>().join(" ");
    visible(&redact::redact(&line))
}
