//! From `/memories/…` to a path of the memory, and no further.

use super::{Refusal, refuse};
use crate::{MemoryPath, visible};

/// What the model calls the memory's folder.
pub(super) const ROOT: &str = "/memories";
/// What came from outside and waits for a person.
const QUARANTINE: &str = "quarantine.md";
/// What one person says, for their sessions alone.
const PEOPLE: &str = "people/";

/// Most bytes of one name: no common file system has longer ones.
const MAX_NAME: usize = 255;

/// How much of a memory an agent can reach.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Reach {
    /// The person whose sessions these are: their file under `people/` can be seen, by its name without `.md`. Nobody
    /// else's can.
    pub person: Option<String>,
}

impl Reach {
    /// Returns whether a file, or a folder, can be reached: not what is hidden, in quarantine, or another person's.
    pub fn allows(&self, path: &str) -> bool {
        self.fault(path).is_none()
    }

    fn fault(&self, path: &str) -> Option<&'static str> {
        if path.split('/').any(|part| part.starts_with('.')) {
            return Some("hidden items are no part of the memory");
        }
        if path.eq_ignore_ascii_case(QUARANTINE) {
            return Some("it is in quarantine until a person has looked at it");
        }
        let folder = path.get(..PEOPLE.len()).filter(|folder| folder.eq_ignore_ascii_case(PEOPLE));
        let name = folder.map(|_| &path[PEOPLE.len()..])?;
        let is_theirs =
            self.person.as_ref().is_some_and(|person| name.strip_suffix(".md") == Some(person.as_str()));
        (!is_theirs).then_some("it is for another person's sessions")
    }
}

/// Returns the file that an agent named, below `/memories` or relative to it.
///
/// # Errors
///
/// [`Refusal`] where it cannot be reached, in the words of the memory tool.
pub fn file_path(path: &str, reach: &Reach) -> Result<Option<MemoryPath>, Refusal> {
    let below = path == ROOT || path.strip_prefix(ROOT).is_some_and(|rest| rest.starts_with('/'));
    let path =
        if below { path.to_owned() } else { format!("{ROOT}/{}", path.strip_prefix('/').unwrap_or(path)) };
    Ok(match target(&path, reach)? {
        Target::Root => None,
        Target::Path(path) => Some(path),
    })
}

/// A place that a model named.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Target {
    /// The memory's folder itself.
    Root,
    /// A file or a folder in it.
    Path(MemoryPath),
}

/// Reads a path as a model writes it.
pub(super) fn target(path: &str, reach: &Reach) -> Result<Target, Refusal> {
    let Some(rest) = path.strip_prefix(ROOT).filter(|rest| rest.is_empty() || rest.starts_with('/')) else {
        return refuse(format!("Error: Path must start with {ROOT}, got: {path}"));
    };
    let rest = rest.strip_prefix('/').unwrap_or(rest);
    let rest = rest.strip_suffix('/').unwrap_or(rest);
    if rest.is_empty() {
        return Ok(Target::Root);
    }
    // Nothing here decodes `%2e`; a path that would lead out where somebody else does is refused all the same.
    if leads_out(rest) || decoded(rest).is_none_or(|text| leads_out(&text)) {
        return refuse(format!("Error: Path {path} would escape {ROOT} directory"));
    }
    let unusable = |why: &str| refuse(format!("Error: The path {path} cannot be used: {why}"));
    if visible(rest) != rest {
        return unusable("it holds characters that cannot be seen");
    }
    if rest.split('/').any(|part| part.len() > MAX_NAME) {
        return unusable("one of its parts is longer than 255 bytes");
    }
    let checked = match MemoryPath::new(rest) {
        Ok(checked) => checked,
        Err(error) => return unusable(error.why),
    };
    match reach.fault(rest) {
        Some(why) => unusable(why),
        None => Ok(Target::Path(checked)),
    }
}

/// Whether a part of it is `.` or `..` in any spelling that some system reads so, or it is absolute.
fn leads_out(path: &str) -> bool {
    let dots =
        |part: &str| !part.is_empty() && part.chars().all(|c| c == '.' || c == ' ') && part.contains('.');
    path.starts_with('/') || path.contains('\\') || path.split('/').any(dots)
}

/// Returns the text with `%2e` and the like taken out; `None` where that holds a NUL or is no text.
fn decoded(text: &str) -> Option<String> {
    if !text.contains('%') {
        return Some(text.to_owned());
    }
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((&first, after)) = rest.split_first() {
        let digits = after.get(..2).filter(|two| two.iter().all(u8::is_ascii_hexdigit));
        let digits = digits.and_then(|two| std::str::from_utf8(two).ok());
        match digits.and_then(|two| u8::from_str_radix(two, 16).ok()).filter(|_| first == b'%') {
            Some(byte) => {
                bytes.push(byte);
                rest = &after[2..];
            }
            None => {
                bytes.push(first);
                rest = after;
            }
        }
    }
    String::from_utf8(bytes).ok().filter(|text| !text.chars().any(char::is_control))
}
