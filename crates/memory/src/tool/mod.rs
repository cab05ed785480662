//! The commands of Anthropic's memory tool (`memory_20250818`) over a memory folder.
//!
//! A model that has this tool calls `view`, `create`, `str_replace`, `insert`, `delete` and `rename` with paths under
//! `/memories`; whoever runs the model carries the calls out. [`Call::answer`] does that on a [`Memory`]: it says what
//! the model is to be told, in the words of the tool's documentation, and what the memory is afterwards. Nothing here
//! writes.
//!
//! What is more than the documentation asks for: hidden files, the machine's side, quarantine and other people's
//! files cannot be reached ([`Reach`]); frozen places cannot be changed; sizes are bounded; secrets are taken out of what
//! is written; and a note's id cannot be used a second time.

mod call;
mod change;
mod path;
mod view;

#[cfg(test)]
mod tests;

pub use call::{Call, CallError};
pub use change::{MAX_FILE_BYTES, MAX_MEMORY_BYTES};
pub use path::{Reach, file_path};
pub use view::{MAX_LINES, MAX_VIEW_BYTES};

use crate::{Baselines, Memory, Places};

/// What the model is told.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Answer {
    /// The text of the tool's result.
    pub content: String,
    /// The memory afterwards, where the call changed it.
    pub after: Option<Memory>,
}

/// What the model is told where a call could not be carried out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refusal(
    /// The text of the tool's result, which is an error.
    pub String,
);

impl Call {
    /// Carries the call out on `memory`, as far as `reach` allows and without touching what is `frozen`.
    ///
    /// # Errors
    ///
    /// [`Refusal`] with what the model is to be told.
    pub fn answer(&self, memory: &Memory, frozen: &Places, reach: &Reach) -> Result<Answer, Refusal> {
        match self {
            Self::View { path, view_range } => {
                let content = view::view(memory, reach, path, view_range.as_deref())?;
                Ok(Answer { content, after: None })
            }
            _ => change::change(self, memory, frozen, reach),
        }
    }
}

/// Returns what dreams wrote last, after an agent changed the memory. A note of a dream that an agent deleted is
/// forgotten rather than remembered as deleted for good: only a person says that, and sessions that still show it
/// bring it back.
pub fn forget_deleted(baselines: &Baselines, before: &Memory, after: &Memory) -> Baselines {
    let mut left = baselines.clone();
    let blocks = after.blocks();
    for block in before.blocks().into_iter().filter(|block| blocks.iter().all(|now| now.id != block.id)) {
        if left.blocks.get(&block.id).is_some_and(|baseline| baseline.sha256 == block.sha256) {
            left.blocks.remove(&block.id);
        }
    }
    left
}

fn refuse<T>(why: impl Into<String>) -> Result<T, Refusal> {
    Err(Refusal(why.into()))
}
