//! What can go wrong before a single byte is understood. Everything after that is a
//! [`Skipped`](somnium_types::Skipped) entry, never an error.

use std::path::PathBuf;

/// A path that could not be used at all.
#[derive(Debug, thiserror::Error)]
pub enum ReadError {
    /// Nothing is there.
    #[error("`{}` does not exist", path.display())]
    NotFound {
        /// The path as given.
        path: PathBuf,
    },
    /// A glob pattern that cannot be understood.
    #[error("`{pattern}` is not a glob pattern")]
    Pattern {
        /// The pattern as given.
        pattern: String,
        /// What is wrong with it.
        #[source]
        source: glob::PatternError,
    },
}

impl ReadError {
    /// Returns the code whose page explains this error.
    pub fn code(&self) -> &'static str {
        match self {
            Self::NotFound { .. } => "SOM002",
            Self::Pattern { .. } => "SOM030",
        }
    }
}
