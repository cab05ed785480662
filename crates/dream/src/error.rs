//! What can keep a dream from being dreamt.

/// A dream that could not run to its end. The memory is as it was.
#[derive(Debug, thiserror::Error)]
pub enum DreamError {
    /// The ledger was written by another version of this program.
    #[error("the machine ledger has version {}, which this program does not read", found.map_or("?".to_owned(), |v| v.to_string()))]
    LedgerVersion {
        /// The version found.
        found: Option<u64>,
    },
    /// The ledger is not what an earlier dream wrote.
    #[error("the machine ledger is damaged")]
    Ledger {
        /// Where and how.
        #[source]
        source: serde_json::Error,
    },
    /// A block cannot be written.
    #[error("the proposed change does not fit the memory")]
    Edit(#[from] somnium_memory::EditError),
}

impl DreamError {
    /// Returns the code whose page explains this error.
    pub fn code(&self) -> &'static str {
        match self {
            Self::LedgerVersion { .. } | Self::Ledger { .. } => "SOM014",
            Self::Edit(_) => "SOM011",
        }
    }
}
