//! Why an edit was refused.

use somnium_types::BlockId;

use crate::MemoryPath;

/// An edit that cannot be made without harm, or at all. The memory is as it was.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum EditError {
    /// No block has this id.
    #[error("no block `{id}` in this memory")]
    UnknownBlock {
        /// The id asked for.
        id: BlockId,
    },
    /// Blocks live in Markdown files only.
    #[error("`{path}` is not a Markdown file: blocks live in files that end in `.md`")]
    NotMarkdown {
        /// The file named.
        path: MemoryPath,
    },
    /// A file cannot be created there.
    #[error("`{path}` cannot be created: `{by}` is in the way; choose another path or move it")]
    Obstacle {
        /// The file to create.
        path: MemoryPath,
        /// What exists already: a file where a folder is needed, or something that could not be read.
        by: String,
    },
    /// A part of the edit cannot be written so that it reads back the same.
    #[error("the {part} of block `{id}` cannot be written: {why}")]
    Unusable {
        /// The block.
        id: BlockId,
        /// `id`, `title`, `body`, `section` or `trigger`.
        part: &'static str,
        /// What is wrong with it.
        why: &'static str,
    },
    /// What was added would be read as part of something that is open at that place.
    #[error(
        "`{path}` has a code fence, a comment or an HTML block that is never closed: text added after it would \
         not be read; close it, or use another file"
    )]
    Hidden {
        /// The file.
        path: MemoryPath,
    },
    /// Another block would change.
    #[error("the edit of `{path}` would change a block that it does not name")]
    Disturbs {
        /// The file.
        path: MemoryPath,
    },
}

impl EditError {
    /// Returns the code of the page that explains this error.
    pub fn code(&self) -> &'static str {
        match self {
            Self::UnknownBlock { .. } => "SOM020",
            Self::NotMarkdown { .. } | Self::Unusable { .. } => "SOM030",
            Self::Obstacle { .. } | Self::Hidden { .. } | Self::Disturbs { .. } => "SOM011",
        }
    }
}
