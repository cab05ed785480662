//! Tools of other people that a step needs: the installed one, or one of ours in `.tools/`.
//!
//! What is missing is built there, in the debug profile: it then takes a third of the time, and does work of
//! this size as fast. See `docs/adr/0004-cargo-deny-is-built-where-it-is-missing.md`.

use std::path::Path;

use anyhow::Result;

use crate::command::{self, cargo};

/// Returns how to call `tool`, if it is there.
pub(super) fn find(root: &Path, tool: &str) -> Option<String> {
    let ours = root.join(".tools/bin").join(tool).to_string_lossy().into_owned();
    [tool.to_owned(), ours].into_iter().find(|program| command::answers(root, program, &["--version"]))
}

/// Returns how to call `tool`; builds that version of it where it is missing. `None` where that fails, as it
/// does without a registry.
pub(super) fn find_or_build(root: &Path, tool: &str, version: &str) -> Result<Option<String>> {
    if let Some(program) = find(root, tool) {
        return Ok(Some(program));
    }
    let args = ["install", "--locked", "--debug", "--root", ".tools", "--version", version, tool];
    // Nobody debugs a tool's dependencies; without debug information they build faster.
    let built = command::run(root, &cargo(), &args, &[("CARGO_PROFILE_DEV_DEBUG", "0")])?;
    Ok(if built { find(root, tool) } else { None })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_installed_tool_is_found_and_another_is_not() {
        let here = tempfile::tempdir().unwrap();
        assert_eq!(find(here.path(), "cargo").as_deref(), Some("cargo"));
        assert_eq!(find(here.path(), "no-such-tool-anywhere"), None);
    }
}
