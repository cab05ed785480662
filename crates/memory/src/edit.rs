//! The only ways in which a dream changes a memory, applied by byte range.

use std::collections::BTreeMap;
use std::ops::Range;

use somnium_types::{BlockId, Sha256Hex, sha256_hex};

use crate::memory::{Block, Memory, trim_blank_lines};
use crate::outline::{INDEX_END, INDEX_START, Outline, is_block_id};
use crate::splice::{insert_passage, remove_passage};
use crate::text::{Eol, bom_len, content_end, with_lf};
use crate::{EditError, MemoryPath};

/// One change. Everything that it does not name stays byte for byte.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Edit {
    /// Writes a block: in place where the id exists (wherever a person moved it; `path` and `section` then
    /// have no effect), else at the end of a section of `path`.
    Put {
        /// The Markdown file for a new block; made with a `# Heading` from its name where it is missing.
        path: MemoryPath,
        /// The text of the level-2 heading for a new block, made at the end of the file where it is missing;
        /// `None` for the file's top level, the part before its first section.
        section: Option<String>,
        /// The block's id.
        id: BlockId,
        /// The heading: one line of Markdown.
        title: String,
        /// The text below it: Markdown without headings of level 1 to 3 and with every fence closed.
        body: String,
    },
    /// Takes a block out, with the blank line before it. A file or section that it leaves empty stays.
    Remove {
        /// The block's id.
        id: BlockId,
    },
    /// Moves a block, its bytes unchanged, to the end of a section; nothing where it is there already.
    Move {
        /// The block's id.
        id: BlockId,
        /// The Markdown file to move it to, as in [`Edit::Put`].
        path: MemoryPath,
        /// The section to move it to, as in [`Edit::Put`].
        section: Option<String>,
    },
    /// Changes one passage of unmarked text: an [`Entry`](crate::Entry). Refused where the passage is not what it is
    /// taken for any more, or touches a managed block.
    Amend {
        /// The file.
        path: MemoryPath,
        /// The bytes of the passage, in the file as it is when this edit's turn comes: of several in one file the
        /// last comes first.
        range: Range<usize>,
        /// Their SHA-256.
        sha256: Sha256Hex,
        /// What stands there afterwards; `None` takes the passage out, with its line.
        text: Option<String>,
    },
    /// Rewrites the managed lines of the index (`MEMORY.md`), between `<!-- som:index -->` and
    /// `<!-- som:/index -->`; both are added at the end of the file where they are missing.
    Index {
        /// The lines, in order.
        lines: Vec<IndexLine>,
    },
}

/// One line of the index, written `- trigger → file#block`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct IndexLine {
    /// When the note applies: one line.
    pub trigger: String,
    /// The file that the block is in.
    pub path: MemoryPath,
    /// The block.
    pub block: BlockId,
}

impl std::fmt::Display for IndexLine {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "- {} → {}#{}", self.trigger.trim(), self.path, self.block)
    }
}

/// Returns the lines of an index from the text of its region; what is no such line is left out.
pub(crate) fn index_lines(text: &str) -> Vec<IndexLine> {
    let line = |line: &str| {
        let (trigger, place) = line.strip_prefix("- ")?.rsplit_once(" → ")?;
        let (path, block) = place.rsplit_once('#')?;
        let path = MemoryPath::new(path).ok()?;
        Some(IndexLine { trigger: trigger.to_owned(), path, block: block.into() })
    };
    text.lines().filter_map(line).collect()
}

/// Returns the memory after `edits`, applied in the order given.
///
/// Blocks and files that no edit names are the same bytes afterwards; this is checked after every edit, and an
/// edit that would break it is an error. Nothing is applied unless everything is.
///
/// A `Put` of a new block followed by a `Remove` of it restores the file's bytes, except that
/// - a file or a `## section` that the `Put` made stays, with its heading,
/// - a file that did not end with a line terminator now does,
/// - a blank line put before a heading (or the index) that followed its text without one stays.
pub fn apply(memory: &Memory, edits: &[Edit]) -> Result<Memory, EditError> {
    let mut working = Working::new(memory);
    for edit in edits {
        match edit {
            Edit::Put { path, section, id, title, body } => {
                working.put(path, section.as_deref(), &Passage::of_block(id, title, body)?)?;
            }
            Edit::Remove { id } => {
                working.remove(id)?;
            }
            Edit::Move { id, path, section } => working.relocate(id, path, section.as_deref())?,
            Edit::Amend { path, range, sha256, text } => {
                working.amend(path, range, sha256, text.as_deref())?;
            }
            Edit::Index { lines } => working.index(lines)?,
        }
    }
    Ok(working.memory)
}

/// A block as it is to be written, already checked on its own.
struct Passage<'a> {
    id: &'a BlockId,
    title: String,
    body: String,
    /// With `\n`.
    text: String,
}

impl<'a> Passage<'a> {
    /// Renders a block and checks that it reads back as exactly this block, and that what follows it would
    /// still be read as what it is.
    fn of_block(id: &'a BlockId, title: &str, body: &str) -> Result<Self, EditError> {
        let unusable = |part, why| EditError::Unusable { id: id.clone(), part, why };
        if !is_block_id(id.as_str()) {
            return Err(unusable("id", "it is not 1 to 64 letters, digits, `-`, `_` and `.`"));
        }
        let title = title.trim();
        if let Some(why) = line_fault(title) {
            return Err(unusable("title", why));
        }
        let body = with_lf(body);
        let body = trim_blank_lines(&body);
        if body.contains("<!-- som:") {
            return Err(unusable("body", "it holds a `<!-- som:` marker"));
        }
        let mut text = format!("### {title}  <!-- som:{id} -->");
        if !body.is_empty() {
            text.push('\n');
            text.push_str(body);
        }

        const PROBE: &str = "probe";
        let probed = format!("{text}\n\n### {PROBE}  <!-- som:{PROBE} -->\n");
        let outline = Outline::of(probed.as_bytes());
        let path = MemoryPath::index();
        let read: Vec<_> =
            outline.blocks.iter().map(|span| Block::read(&path, probed.as_bytes(), &outline, span)).collect();
        match &read[..] {
            [block, probe] if probe.id.as_str() == PROBE && block.id == *id => {
                if block.title != title {
                    return Err(unusable("title", "it does not read back as the same heading"));
                }
                if block.body != body {
                    return Err(unusable("body", "it holds a heading of level 1 to 3"));
                }
            }
            [block, ..] if block.id != *id => {
                return Err(unusable("title", "it does not read back as the same heading"));
            }
            _ => return Err(unusable("body", "it holds a fence or an HTML block that is never closed")),
        }
        Ok(Self { id, title: title.to_owned(), body: body.to_owned(), text })
    }
}

/// Returns what keeps `text` from being one line of Markdown in a heading or in the index.
fn line_fault(text: &str) -> Option<&'static str> {
    if text.is_empty() {
        return Some("it is empty");
    }
    if text.chars().any(|c| c.is_control() || c == '\u{2028}' || c == '\u{2029}') {
        return Some("it holds a line break or another control character");
    }
    if text.contains("<!--") || text.contains("-->") {
        return Some("it holds the border of an HTML comment");
    }
    None
}

/// A memory in the middle of its edits, with the structure of each Markdown file.
struct Working {
    memory: Memory,
    outlines: BTreeMap<MemoryPath, Outline>,
}

impl Working {
    fn new(memory: &Memory) -> Self {
        let markdown = memory.files().filter(|(path, _)| path.is_markdown());
        let outlines = markdown.map(|(path, bytes)| (path.clone(), Outline::of(bytes))).collect();
        Self { memory: memory.clone(), outlines }
    }

    /// Returns the file that holds the first block of this id.
    fn home_of(&self, id: &BlockId) -> Option<MemoryPath> {
        let home = self.outlines.iter().find(|(_, outline)| outline.position(id).is_some());
        home.map(|(path, _)| path.clone())
    }

    fn put(
        &mut self,
        path: &MemoryPath,
        section: Option<&str>,
        passage: &Passage<'_>,
    ) -> Result<(), EditError> {
        let Some(home) = self.home_of(passage.id) else {
            let eol = self.file(path)?.eol;
            return self.add(path, section, passage.id, eol.apply(&passage.text).as_bytes());
        };
        let file = self.file(&home)?;
        let Some(index) = file.outline.position(passage.id) else {
            return Err(EditError::UnknownBlock { id: passage.id.clone() });
        };
        let old = Block::read(&home, &file.bytes, &file.outline, &file.outline.blocks[index]);
        if (&old.title, &old.body) == (&passage.title, &passage.body) {
            return Ok(());
        }
        let text = file.eol.apply(&passage.text);
        let start = old.range.start;
        let mut bytes = file.bytes.clone();
        bytes.splice(old.range, text.bytes());
        self.commit(&home, &file, bytes, Some(index), Some((passage.id, start..start + text.len())))
    }

    /// Takes a block out and returns its bytes.
    fn remove(&mut self, id: &BlockId) -> Result<Vec<u8>, EditError> {
        let home = self.home_of(id).ok_or_else(|| EditError::UnknownBlock { id: id.clone() })?;
        let file = self.file(&home)?;
        let Some(index) = file.outline.position(id) else {
            return Err(EditError::UnknownBlock { id: id.clone() });
        };
        let range = &file.outline.blocks[index].range;
        let taken = file.bytes[range.clone()].to_vec();
        let bytes = remove_passage(&file.bytes, file.outline.start, range);
        self.commit(&home, &file, bytes, Some(index), None)?;
        Ok(taken)
    }

    fn relocate(&mut self, id: &BlockId, path: &MemoryPath, section: Option<&str>) -> Result<(), EditError> {
        let home = self.home_of(id).ok_or_else(|| EditError::UnknownBlock { id: id.clone() })?;
        let outline = &self.outlines[&home];
        let here = outline.position(id).and_then(|index| outline.section_of(&outline.blocks[index]));
        if home == *path && here == section.map(str::trim) {
            return Ok(());
        }
        // Tell a bad target before anything is taken out.
        self.file(path)?;
        let bytes = self.remove(id)?;
        self.add(path, section, id, &bytes)
    }

    /// Adds a block at the end of a section.
    fn add(
        &mut self,
        path: &MemoryPath,
        section: Option<&str>,
        id: &BlockId,
        block: &[u8],
    ) -> Result<(), EditError> {
        let file = self.file(path)?;
        let section = section.map(str::trim);
        if let Some(why) = section.and_then(line_fault) {
            return Err(EditError::Unusable { id: id.clone(), part: "section", why });
        }
        let mut text = Vec::new();
        let point = match (file.outline.end_of_section(&file.bytes, section), section) {
            (Some(point), _) => point,
            (None, Some(section)) => {
                let eol = file.eol.as_str();
                text.extend_from_slice(format!("## {section}{eol}{eol}").as_bytes());
                content_end(&file.bytes, file.outline.start, file.bytes.len())
            }
            (None, None) => content_end(&file.bytes, file.outline.start, file.bytes.len()),
        };
        let lead = text.len();
        text.extend_from_slice(block);
        let (bytes, at) = insert_passage(&file.bytes, file.outline.start, point, &text, file.eol);
        let place = at + lead..at + text.len();
        self.commit(path, &file, bytes, None, Some((id, place.clone())))?;
        let outline = &self.outlines[path];
        let landed = outline.blocks.iter().find(|span| span.range == place);
        if landed.and_then(|span| outline.section_of(span)) != section {
            let why = "it does not read back as the same heading";
            return Err(EditError::Unusable { id: id.clone(), part: "section", why });
        }
        Ok(())
    }

    fn amend(
        &mut self,
        path: &MemoryPath,
        range: &Range<usize>,
        sha256: &Sha256Hex,
        text: Option<&str>,
    ) -> Result<(), EditError> {
        let disturbs = || EditError::Disturbs { path: path.clone() };
        let bytes = self.memory.get(path).unwrap_or_default();
        let passage = bytes.get(range.clone()).filter(|passage| sha256_hex(passage) == *sha256);
        if passage.is_none() || self.outlines.get(path).is_some_and(|outline| outline.is_ours(range)) {
            return Err(disturbs());
        }
        let after = match text {
            Some(text) => {
                let text = Eol::of(bytes).apply(&with_lf(text));
                [&bytes[..range.start], text.as_bytes(), &bytes[range.end..]].concat()
            }
            None => remove_passage(bytes, bom_len(bytes), range),
        };
        if self.outlines.contains_key(path) {
            let file = self.file(path)?;
            return self.commit(path, &file, after, None, None);
        }
        self.memory.insert(path.clone(), after);
        Ok(())
    }

    fn index(&mut self, lines: &[IndexLine]) -> Result<(), EditError> {
        for line in lines {
            if let Some(why) = line_fault(line.trigger.trim()) {
                return Err(EditError::Unusable { id: line.block.clone(), part: "trigger", why });
            }
        }
        let path = self.memory.index_path();
        let file = self.file(&path)?;
        let inner: String = lines.iter().map(|line| format!("{line}\n")).collect();
        let text = file.eol.apply(&format!("{INDEX_START}\n{inner}{INDEX_END}"));
        let bytes = match &file.outline.region {
            Some(region) => {
                let mut bytes = file.bytes.clone();
                bytes.splice(region.range.clone(), text.bytes());
                bytes
            }
            None if lines.is_empty() => return Ok(()),
            None => {
                let point = content_end(&file.bytes, file.outline.start, file.bytes.len());
                insert_passage(&file.bytes, file.outline.start, point, text.as_bytes(), file.eol).0
            }
        };
        self.commit(&path, &file, bytes, None, None)?;
        let written = self.memory.index_text();
        if written.as_deref() == Some(&inner) { Ok(()) } else { Err(EditError::Hidden { path }) }
    }

    /// Returns a Markdown file to work on; a new one where there is none.
    fn file(&self, path: &MemoryPath) -> Result<File, EditError> {
        if !path.is_markdown() {
            return Err(EditError::NotMarkdown { path: path.clone() });
        }
        if let (Some(bytes), Some(outline)) = (self.memory.get(path), self.outlines.get(path)) {
            return Ok(File { bytes: bytes.to_vec(), outline: outline.clone(), eol: Eol::of(bytes) });
        }
        if let Some(by) = self.memory.obstacle(path) {
            return Err(EditError::Obstacle { path: path.clone(), by });
        }
        let bytes = format!("# {}\n", heading_for(path)).into_bytes();
        Ok(File { outline: Outline::of(&bytes), bytes, eol: Eol::Lf })
    }

    /// Stores the new bytes of a file after checking that all its blocks are as before, but for the one that was
    /// `taken` out (its index) and the one that was `placed` (its id, and where it must be).
    fn commit(
        &mut self,
        path: &MemoryPath,
        before: &File,
        bytes: Vec<u8>,
        taken: Option<usize>,
        placed: Option<(&BlockId, Range<usize>)>,
    ) -> Result<(), EditError> {
        let after = Outline::of(&bytes);
        let placed = match placed {
            None => None,
            Some((id, place)) => {
                let found = after.blocks.iter().position(|span| span.id == *id && span.range == place);
                Some(found.ok_or_else(|| EditError::Hidden { path: path.clone() })?)
            }
        };
        let others = others(&before.outline, &before.bytes, taken);
        if !others.eq(self::others(&after, &bytes, placed)) {
            return Err(EditError::Disturbs { path: path.clone() });
        }
        self.memory.insert(path.clone(), bytes);
        self.outlines.insert(path.clone(), after);
        Ok(())
    }
}

/// Returns the bytes of every block but the one at index `except`.
fn others<'a>(
    outline: &'a Outline,
    bytes: &'a [u8],
    except: Option<usize>,
) -> impl Iterator<Item = &'a [u8]> {
    let rest = outline.blocks.iter().enumerate().filter(move |(index, _)| Some(*index) != except);
    rest.map(|(_, span)| &bytes[span.range.clone()])
}

/// A Markdown file in the middle of an edit.
struct File {
    bytes: Vec<u8>,
    outline: Outline,
    eol: Eol,
}

/// `notes/build-and-test.md` is headed `Build and test`.
fn heading_for(path: &MemoryPath) -> String {
    let words = path.stem().replace(['-', '_'], " ");
    let words = words.trim();
    let shouted = words.chars().any(char::is_alphabetic) && !words.chars().any(char::is_lowercase);
    let words = if shouted { words.to_lowercase() } else { words.to_owned() };
    let mut letters = words.chars();
    match letters.next() {
        Some(first) => first.to_uppercase().chain(letters).collect(),
        None => "Notes".to_owned(),
    }
}
