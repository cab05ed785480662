//! What a model asks for.

use serde::Deserialize;
use serde_json::Value;

/// One call of the tool.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(tag = "command", rename_all = "snake_case")]
pub enum Call {
    /// Shows a folder or a file.
    View {
        /// What.
        path: String,
        /// First and last line, from 1; a last line of -1 is the end of the file.
        #[serde(default)]
        view_range: Option<Vec<i64>>,
    },
    /// Writes a new file.
    Create {
        /// Where.
        path: String,
        /// What it says.
        file_text: String,
    },
    /// Replaces a text that is there once.
    StrReplace {
        /// In which file.
        path: String,
        /// The text.
        old_str: String,
        /// What takes its place; nothing where it is left out.
        #[serde(default)]
        new_str: Option<String>,
    },
    /// Puts lines in.
    Insert {
        /// Into which file.
        path: String,
        /// Behind which line; 0 is the beginning.
        insert_line: i64,
        /// The lines.
        insert_text: String,
    },
    /// Deletes a file, or a folder with all in it.
    Delete {
        /// Which.
        path: String,
    },
    /// Moves a file or a folder.
    Rename {
        /// From where.
        old_path: String,
        /// To where; nothing may be there.
        new_path: String,
    },
}

/// A value that is no call.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("Error: Invalid input for the memory tool: {0}")]
pub struct CallError(pub String);

impl Call {
    /// Reads the input of a call, as the model writes it.
    ///
    /// # Errors
    ///
    /// [`CallError`], worded for the model.
    pub fn read(input: &Value) -> Result<Self, CallError> {
        Self::deserialize(input).map_err(|error| CallError(crate::visible(&error.to_string())))
    }
}
