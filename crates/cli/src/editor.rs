//! A text in a person's editor.

use std::env;
use std::fs;
use std::process::Command;

use crate::fault::{Fault, hint};

/// Opens a text in the editor of `$VISUAL` or `$EDITOR` as a file called `name`, and returns what was saved.
///
/// # Errors
///
/// SOM011 where the editor cannot be started or does not end well.
pub(crate) fn edit(name: &str, text: &str) -> Result<String, Fault> {
    let failed = |error: &std::io::Error| {
        Fault::new("SOM011", "the block cannot be opened in an editor").because(error)
    };
    let folder = tempfile::tempdir().map_err(|error| failed(&error))?;
    let path = folder.path().join(format!("{name}.md"));
    fs::write(&path, text).map_err(|error| failed(&error))?;
    let editor = ["VISUAL", "EDITOR"].iter().filter_map(|name| env::var(name).ok());
    let editor = editor.into_iter().find(|editor| !editor.trim().is_empty());
    let editor = editor.unwrap_or_else(|| if cfg!(windows) { "notepad" } else { "vi" }.to_owned());
    // An editor may come with arguments: `code --wait`.
    let mut words = editor.split_whitespace();
    let status = Command::new(words.next().unwrap_or_default()).args(words).arg(&path).status();
    match status {
        Ok(status) if status.success() => fs::read_to_string(&path).map_err(|error| failed(&error)),
        Ok(status) => Err(Fault::new(
            "SOM011",
            format!("the editor `{editor}` ended with {status}; nothing was changed"),
        )),
        Err(error) => Err(failed(&error).hint(format!("`{editor}` is what `$EDITOR` names"))),
    }
}

/// Keeps a text that could not be used, so that nobody has to write it twice. Returns where.
pub(crate) fn keep_draft(name: &str, text: &str) -> Option<String> {
    let named = tempfile::Builder::new().prefix(&format!("{name}-")).suffix(".md").tempfile().ok()?;
    let (_, path) = named.keep().ok()?;
    if fs::write(&path, text).is_err() {
        hint("the text could not be kept");
        return None;
    }
    Some(path.display().to_string())
}
