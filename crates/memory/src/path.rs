//! Paths inside a memory folder.

use std::fmt;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

/// The machine side of a memory folder: ledger, baselines, run reports, history, lock.
pub const MACHINE_DIR: &str = ".somnium";

/// Folders of version control systems. They are never memory: nothing in them is read as such, and no edit
/// can name a path in them (a file put into `.git/hooks` would be run).
const FOREIGN_DIRS: &[&str] = &[".git", ".hg", ".svn", ".jj", ".bzr"];

/// The longest path that an edit may name, in bytes.
const MAX_LEN: usize = 1024;

/// A file inside a memory folder: relative to its root, parts separated by `/`, already checked.
///
/// No part is empty, `.` or `..`; nothing is absolute; there are no control characters and no backslashes;
/// the path does not lead into `.somnium` or into the folder of a version control system.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct MemoryPath(Box<str>);

/// A text that cannot be a [`MemoryPath`].
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{path}` cannot be a file of a memory folder: {why}", path = path.escape_debug())]
pub struct PathError {
    /// The text as it was given.
    pub path: String,
    /// What is wrong with it.
    pub why: &'static str,
}

impl PathError {
    /// Returns the code of the page that explains this error.
    pub fn code(&self) -> &'static str {
        "SOM030"
    }
}

impl MemoryPath {
    /// Checks `text` and wraps it unchanged.
    pub fn new(text: &str) -> Result<Self, PathError> {
        match fault_of(text) {
            Some(why) => Err(PathError { path: text.to_owned(), why }),
            None => Ok(Self(text.into())),
        }
    }

    /// Returns the path of the always-loaded index, `MEMORY.md`.
    pub fn index() -> Self {
        Self("MEMORY.md".into())
    }

    /// Returns the path as text, with `/` between its parts.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Returns the path under `root`, with the separator of this machine.
    pub fn under(&self, root: &Path) -> PathBuf {
        let mut path = root.to_owned();
        path.extend(self.0.split('/'));
        path
    }

    /// Returns whether the file is Markdown by its name (`.md` or `.markdown`, in any case): only there do
    /// managed blocks live.
    pub fn is_markdown(&self) -> bool {
        self.0.rsplit_once('.').is_some_and(|(stem, extension)| {
            !stem.is_empty()
                && (extension.eq_ignore_ascii_case("md") || extension.eq_ignore_ascii_case("markdown"))
        })
    }

    /// Returns the folders above the file, outermost first: `a` and `a/b` for `a/b/c.md`.
    pub fn ancestors(&self) -> impl Iterator<Item = &str> {
        self.0.match_indices('/').map(|(at, _)| &self.0[..at])
    }

    /// Returns the file's name without folders and extension.
    pub fn stem(&self) -> &str {
        let name = self.0.rsplit('/').next().unwrap_or(&self.0);
        match name.rsplit_once('.') {
            Some((stem, _)) if !stem.is_empty() => stem,
            _ => name,
        }
    }
}

/// Returns whether a folder of this name belongs to somebody else's machinery and is not memory.
pub(crate) fn is_foreign_dir(name: &str) -> bool {
    FOREIGN_DIRS.iter().any(|foreign| foreign.eq_ignore_ascii_case(name))
}

fn fault_of(text: &str) -> Option<&'static str> {
    if text.is_empty() {
        return Some("it is empty");
    }
    if text.len() > MAX_LEN {
        return Some("it is longer than 1,024 bytes");
    }
    if text.starts_with('/') {
        return Some("it is absolute");
    }
    if text.chars().any(char::is_control) {
        return Some("it holds a control character");
    }
    if text.contains('\\') {
        return Some("it holds a backslash, which some systems read as a separator");
    }
    for (depth, part) in text.split('/').enumerate() {
        let drive = part.len() == 2 && part.ends_with(':') && part.as_bytes()[0].is_ascii_alphabetic();
        if depth == 0 && drive {
            return Some("it names a drive");
        }
        match part {
            "" => return Some("one of its parts is empty"),
            "." | ".." => return Some("it holds `.` or `..`"),
            // Some file systems ignore case, and trailing dots and spaces: so does this check.
            _ if depth == 0 && part.trim_end_matches(['.', ' ']).eq_ignore_ascii_case(MACHINE_DIR) => {
                return Some("`.somnium` is the machine's side of the folder");
            }
            _ if is_foreign_dir(part.trim_end_matches(['.', ' '])) => {
                return Some("it leads into the folder of a version control system");
            }
            _ => {}
        }
    }
    None
}

impl TryFrom<String> for MemoryPath {
    type Error = PathError;

    fn try_from(text: String) -> Result<Self, PathError> {
        Self::new(&text)
    }
}

impl std::str::FromStr for MemoryPath {
    type Err = PathError;

    fn from_str(text: &str) -> Result<Self, PathError> {
        Self::new(text)
    }
}

impl From<MemoryPath> for String {
    fn from(path: MemoryPath) -> Self {
        path.0.into()
    }
}

impl fmt::Display for MemoryPath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Debug for MemoryPath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?}", &self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hostile_paths_are_refused() {
        let long = "a/".repeat(600) + "b.md";
        for text in [
            "",
            "/etc/passwd",
            "..",
            "../x.md",
            "notes/../../x.md",
            "notes//x.md",
            "notes/",
            "./x.md",
            "a\0b.md",
            "a\nb.md",
            "a\u{9b}b.md",
            "..\\x.md",
            "C:\\x.md",
            "c:/x.md",
            "c:",
            ".somnium/state.json",
            ".SOMNIUM/state.json",
            ".somnium",
            ".somnium./state.json",
            ".git/hooks/post-commit",
            "sub/.Git/config",
            long.as_str(),
        ] {
            assert!(MemoryPath::new(text).is_err(), "{text:?} was let through");
        }
    }

    #[test]
    fn ordinary_paths_pass_and_tell_their_parts() {
        for text in
            ["MEMORY.md", "notes/shell.md", ".claude/skills/x/SKILL.md", "a b/ü.md", "2024-01-01T10:00.md"]
        {
            assert_eq!(MemoryPath::new(text).map(|path| path.to_string()), Ok(text.to_owned()));
        }
        let path = MemoryPath::new("a/b/c.tar.MD").unwrap();
        assert_eq!(path.ancestors().collect::<Vec<_>>(), ["a", "a/b"]);
        assert_eq!((path.stem(), path.is_markdown()), ("c.tar", true));
        assert!(!MemoryPath::new(".md").unwrap().is_markdown());
        assert!(!MemoryPath::new("readme.txt").unwrap().is_markdown());
    }

    #[test]
    fn a_damaged_document_cannot_smuggle_a_path_in() {
        assert!(serde_json::from_str::<MemoryPath>("\"../x\"").is_err());
        assert!(serde_json::from_str::<MemoryPath>("\"notes/x.md\"").is_ok());
    }
}
