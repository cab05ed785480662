//! The five commands that change something.

use std::borrow::Cow;

use super::path::{ROOT, Reach, Target, target};
use super::view::{is_folder, numbered};
use super::{Answer, Call, Refusal, refuse};
use crate::text::Eol;
use crate::{Memory, MemoryPath, Places, redact};

/// Most bytes of a file that this tool writes: a note that a model can still read whole.
pub const MAX_FILE_BYTES: usize = 1 << 20;
/// Most bytes of a memory that this tool adds to: a quarter of what is read of one, so that no agent can write so much
/// that people's files are passed over.
pub const MAX_MEMORY_BYTES: usize = 128 << 20;
/// Lines shown around a replacement.
const AROUND: usize = 2;

/// Carries a call out and checks what it leaves.
pub(super) fn change(
    call: &Call,
    memory: &Memory,
    frozen: &Places,
    reach: &Reach,
) -> Result<Answer, Refusal> {
    let mut desk = Desk { memory, reach, after: memory.clone(), secrets: 0 };
    let mut content = match call {
        Call::Create { path, file_text } => desk.create(path, file_text)?,
        Call::StrReplace { path, old_str, new_str } => {
            desk.str_replace(path, old_str, new_str.as_deref().unwrap_or_default())?
        }
        Call::Insert { path, insert_line, insert_text } => desk.insert(path, *insert_line, insert_text)?,
        Call::Delete { path } => desk.delete(path)?,
        Call::Rename { old_path, new_path } => desk.rename(old_path, new_path)?,
        Call::View { .. } => return refuse("Error: nothing is changed by `view`"),
    };
    let Desk { after, secrets, .. } = desk;
    check(memory, &after, frozen)?;
    if secrets > 0 {
        content += "\nSecrets do not belong into the memory: a placeholder was written for each.";
    }
    let after = (after != *memory).then_some(after);
    Ok(Answer { content, after })
}

/// What holds for whatever was changed.
fn check(before: &Memory, after: &Memory, frozen: &Places) -> Result<(), Refusal> {
    if let Some(place) = frozen.changed(before, after).first() {
        return refuse(format!("Error: `{place}` is frozen: a person closed it to changes"));
    }
    let total = |memory: &Memory| memory.files().map(|(_, bytes)| bytes.len()).sum::<usize>();
    if total(after) > MAX_MEMORY_BYTES && total(after) > total(before) {
        return refuse("Error: the memory is full: delete what is not needed any more");
    }
    // A second block of one id could take the place of the first.
    let known = before.duplicates();
    let is_new = |block: &crate::Block| {
        known.iter().all(|old| (&old.id, &old.path, &old.sha256) != (&block.id, &block.path, &block.sha256))
    };
    if let Some(block) = after.duplicates().into_iter().find(is_new) {
        return refuse(format!(
            "Error: `<!-- som:{} -->` marks a note that is there already: leave the marker out of what you write",
            block.id
        ));
    }
    Ok(())
}

/// A memory while it is changed.
struct Desk<'a> {
    memory: &'a Memory,
    reach: &'a Reach,
    after: Memory,
    /// Secrets that were taken out of what was to be written.
    secrets: usize,
}

impl Desk<'_> {
    fn create(&mut self, path: &str, text: &str) -> Result<String, Refusal> {
        let exists = || refuse(format!("Error: File {path} already exists"));
        let Target::Path(file) = target(path, self.reach)? else { return exists() };
        if path.ends_with('/') {
            return refuse(format!("Error: The path {path} cannot be used: it names a directory"));
        }
        if self.memory.get(&file).is_some() || is_folder(self.memory, &file) || self.other_case(&file) {
            return exists();
        }
        self.free(path, &file)?;
        let text = self.clean(text);
        self.write(path, &file, text.as_bytes().to_vec())?;
        Ok(format!("File created successfully at: {path}"))
    }

    fn str_replace(&mut self, path: &str, old: &str, new: &str) -> Result<String, Refusal> {
        let missing = format!("Error: The path {path} does not exist. Please provide a valid path.");
        let (file, bytes) = self.file(path, missing)?;
        let new = self.clean(new);
        // A model sees lines without their line endings; a file of Windows has them all the same.
        let eol = Eol::of(&bytes);
        let windows = eol == Eol::CrLf && !old.contains('\r') && find(&bytes, old.as_bytes(), 0).is_none();
        let needle = if windows { eol.apply(old) } else { old.to_owned() };
        let new = if eol == Eol::CrLf && !new.contains('\r') { eol.apply(&new) } else { new.into_owned() };
        let places = places(&bytes, needle.as_bytes());
        let [at] = places[..] else {
            return refuse(match places.is_empty() {
                true => format!(
                    "No replacement was performed, old_str `{old}` did not appear verbatim in {path}."
                ),
                false => {
                    let lines: Vec<String> =
                        places.iter().map(|at| (1 + breaks(&bytes[..*at])).to_string()).collect();
                    format!(
                        "No replacement was performed. Multiple occurrences of old_str `{old}` in lines: {}. Please \
                         ensure it is unique",
                        lines.join(", ")
                    )
                }
            });
        };
        let after = [&bytes[..at], new.as_bytes(), &bytes[at + needle.len()..]].concat();
        let changed = breaks(&bytes[..at]);
        let text = String::from_utf8_lossy(&after);
        let lines: Vec<&str> = text.split('\n').map(|line| line.strip_suffix('\r').unwrap_or(line)).collect();
        let snippet = numbered(&lines, changed.saturating_sub(AROUND), lines.len().min(changed + AROUND + 1));
        let told = format!(
            "The memory file has been edited. Here is the snippet showing the change (with line numbers):\n{snippet}"
        );
        self.write(path, &file, after.clone())?;
        Ok(told)
    }

    fn insert(&mut self, path: &str, line: i64, text: &str) -> Result<String, Refusal> {
        let (file, bytes) = self.file(path, format!("Error: The path {path} does not exist"))?;
        let ends: Vec<usize> = bytes
            .split_inclusive(|&byte| byte == b'\n')
            .scan(0, |at, line| {
                *at += line.len();
                Some(*at)
            })
            .collect();
        let Some(before) = usize::try_from(line).ok().filter(|line| *line <= ends.len()) else {
            return refuse(format!(
                "Error: Invalid `insert_line` parameter: {line}. It should be within the range of lines of the file: [0, \
                 {}]",
                ends.len()
            ));
        };
        let at = before.checked_sub(1).map_or(0, |last| ends[last]);
        let eol = Eol::of(&bytes);
        let text = self.clean(text);
        let text = text.strip_suffix('\n').unwrap_or(&text);
        let text = if text.contains('\r') { text.to_owned() } else { eol.apply(text) };
        let open = at > 0 && bytes[at - 1] != b'\n';
        let first = if open { eol.as_str() } else { "" };
        let after =
            [&bytes[..at], first.as_bytes(), text.as_bytes(), eol.as_str().as_bytes(), &bytes[at..]].concat();
        self.write(path, &file, after)?;
        Ok(format!("The file {path} has been edited."))
    }

    fn delete(&mut self, path: &str) -> Result<String, Refusal> {
        let Target::Path(file) = target(path, self.reach)? else {
            return refuse(format!("Error: Cannot delete the {ROOT} directory itself"));
        };
        for file in self.below(path, &file)? {
            self.after.remove(&file);
        }
        Ok(format!("Successfully deleted {path}"))
    }

    fn rename(&mut self, old_path: &str, new_path: &str) -> Result<String, Refusal> {
        let Target::Path(old) = target(old_path, self.reach)? else {
            return refuse(format!("Error: Cannot rename the {ROOT} directory itself"));
        };
        let exists = || refuse(format!("Error: The destination {new_path} already exists"));
        let Target::Path(new) = target(new_path, self.reach)? else { return exists() };
        let files = self.below(old_path, &old)?;
        let only_case = old.as_str().to_lowercase() == new.as_str().to_lowercase() && old != new;
        if self.memory.get(&new).is_some()
            || is_folder(self.memory, &new)
            || (!only_case && self.other_case(&new))
        {
            return exists();
        }
        if new.as_str().starts_with(&format!("{old}/")) {
            return refuse(format!("Error: {old_path} cannot be moved into itself"));
        }
        self.free(new_path, &new)?;
        for file in files {
            let to = MemoryPath::new(&format!("{new}{}", &file.as_str()[old.as_str().len()..]));
            let Some((to, bytes)) = to.ok().zip(self.memory.get(&file)) else {
                return refuse(format!("Error: The path {new_path} cannot be used: it gets too long"));
            };
            self.after.remove(&file);
            self.after.insert(to, bytes.to_vec());
        }
        Ok(format!("Successfully renamed {old_path} to {new_path}"))
    }

    /// The file at `path`, with its bytes.
    fn file(&self, path: &str, missing: String) -> Result<(MemoryPath, Vec<u8>), Refusal> {
        let Target::Path(file) = target(path, self.reach)? else { return Err(Refusal(missing)) };
        match self.memory.get(&file) {
            Some(bytes) => Ok((file, bytes.to_vec())),
            None => Err(Refusal(missing)),
        }
    }

    /// The file at `path`, or all files below it.
    fn below(&self, path: &str, at: &MemoryPath) -> Result<Vec<MemoryPath>, Refusal> {
        if self.memory.get(at).is_some() {
            return Ok(vec![at.clone()]);
        }
        let prefix = format!("{at}/");
        let files =
            self.memory.files().map(|(file, _)| file).filter(|file| file.as_str().starts_with(&prefix));
        let files: Vec<MemoryPath> = files.cloned().collect();
        let out_of_reach =
            files.iter().find(|file| !self.reach.allows(file.as_str())).map(|file| file.to_string());
        if let Some(other) = out_of_reach.or_else(|| self.memory.unread_below(&prefix)) {
            return refuse(format!(
                "Error: {path} holds what is no part of the memory (`{other}`): a person moves it"
            ));
        }
        if files.is_empty() { refuse(format!("Error: The path {path} does not exist")) } else { Ok(files) }
    }

    /// Whether there is a file that some systems take for this one.
    fn other_case(&self, path: &MemoryPath) -> bool {
        let name = path.as_str().to_lowercase();
        let is_it = |other: &str| other.to_lowercase() == name;
        self.memory.files().any(|(file, _)| is_it(file.as_str()) || file.ancestors().any(is_it))
    }

    fn free(&self, path: &str, file: &MemoryPath) -> Result<(), Refusal> {
        match self.memory.obstacle(file) {
            Some(other) => refuse(format!("Error: The path {path} cannot be used: `{other}` is in the way")),
            None => Ok(()),
        }
    }

    fn write(&mut self, path: &str, file: &MemoryPath, bytes: Vec<u8>) -> Result<(), Refusal> {
        let old = self.memory.get(file).map_or(0, <[u8]>::len);
        // What people made larger can still be made smaller.
        if bytes.len() > MAX_FILE_BYTES && bytes.len() > old {
            return refuse(format!(
                "Error: File {path} would be larger than 1 MiB: write several smaller files"
            ));
        }
        if breaks(&bytes) >= super::MAX_LINES {
            return refuse(format!("File {path} exceeds maximum line limit of 999,999 lines."));
        }
        self.after.insert(file.clone(), bytes);
        Ok(())
    }

    fn clean<'t>(&mut self, text: &'t str) -> Cow<'t, str> {
        let clean = redact::redact(text);
        self.secrets += usize::from(clean != text);
        clean
    }
}

fn breaks(bytes: &[u8]) -> usize {
    memchr::memchr_iter(b'\n', bytes).count()
}

fn find(bytes: &[u8], needle: &[u8], from: usize) -> Option<usize> {
    memchr::memmem::find(&bytes[from..], needle).map(|at| from + at)
}

/// Every place of `needle`, overlapping ones too: of each it would not be clear which is meant.
fn places(bytes: &[u8], needle: &[u8]) -> Vec<usize> {
    let mut places = Vec::new();
    let mut from = 0;
    while let Some(at) = find(bytes, needle, from).filter(|_| !needle.is_empty()) {
        places.push(at);
        from = at + 1;
    }
    places
}
