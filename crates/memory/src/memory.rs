//! A memory as a value: files by path, blocks inside them.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;
use std::sync::Arc;

use sha2::{Digest, Sha256};
use somnium_types::{BlockId, Sha256Hex, sha256_hex};

use crate::outline::{BlockSpan, Outline};
use crate::text::with_lf;
use crate::{MemoryPath, Sketch};

/// The files of a memory folder, byte for byte; `.somnium` is not among them.
///
/// A plain value: cheap to clone (files are shared until changed), compared by content.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Memory {
    files: BTreeMap<MemoryPath, Arc<[u8]>>,
    unread: BTreeSet<Box<str>>,
}

/// A managed block: a heading with a `<!-- som:ID -->` marker and what follows it, up to the next heading of
/// the same or a higher level, the next managed block, the index region, or the end of the file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Block {
    /// The id in its marker.
    pub id: BlockId,
    /// The file that it is in.
    pub path: MemoryPath,
    /// The heading's text without the marker.
    pub title: String,
    /// The text below the heading, lines ending in `\n` whatever the file uses, no blank lines around.
    pub body: String,
    /// The text of the level-2 heading that it stands under, if any.
    pub section: Option<String>,
    /// Its bytes in the file: from the heading's line to the end of its last line that is not blank, without
    /// that line's terminator. Adding or removing a neighbour does not change them.
    pub range: Range<usize>,
    /// The SHA-256 of exactly these bytes.
    pub sha256: Sha256Hex,
}

impl Memory {
    /// Returns the bytes of a file.
    pub fn get(&self, path: &MemoryPath) -> Option<&[u8]> {
        self.files.get(path).map(|bytes| &**bytes)
    }

    /// Puts a file in, in place of what was at `path`.
    pub fn insert(&mut self, path: MemoryPath, bytes: impl Into<Arc<[u8]>>) {
        self.files.insert(path, bytes.into());
    }

    /// Takes a file out.
    pub fn remove(&mut self, path: &MemoryPath) {
        self.files.remove(path);
    }

    /// Returns every file with its bytes, by path.
    pub fn files(&self) -> impl Iterator<Item = (&MemoryPath, &[u8])> {
        self.files.iter().map(|(path, bytes)| (path, &**bytes))
    }

    /// Returns the number of files.
    pub fn len(&self) -> usize {
        self.files.len()
    }

    /// Returns whether there is no file.
    pub fn is_empty(&self) -> bool {
        self.files.is_empty()
    }

    /// Says that something exists at `path` (relative, `/` between parts) that was not read: a file that is
    /// too large, a symbolic link. No edit can then write there or below.
    pub fn reserve(&mut self, path: impl Into<Box<str>>) {
        self.unread.insert(path.into());
    }

    /// Returns why no file can be created at `path`: what is in the way, or `None` where it is free.
    pub(crate) fn obstacle(&self, path: &MemoryPath) -> Option<String> {
        let above = path.ancestors().find(|&folder| {
            self.unread.contains(folder) || self.files.keys().any(|file| file.as_str() == folder)
        });
        if let Some(folder) = above {
            return Some(folder.to_owned());
        }
        if self.unread.contains(path.as_str()) {
            return Some(path.to_string());
        }
        let prefix = format!("{path}/");
        let files = self.files.keys().map(MemoryPath::as_str);
        let below =
            files.chain(self.unread.iter().map(|path| &**path)).find(|file| file.starts_with(&prefix));
        below.map(str::to_owned)
    }

    /// Returns something that exists below `prefix` and was not read.
    pub(crate) fn unread_below(&self, prefix: &str) -> Option<String> {
        self.unread.iter().find(|path| path.starts_with(prefix)).map(|path| path.to_string())
    }

    /// Returns the path of the index: the root's `MEMORY.md`, in whatever case it is spelt there.
    pub fn index_path(&self) -> MemoryPath {
        let index = MemoryPath::index();
        if self.files.contains_key(&index) {
            return index;
        }
        self.files
            .keys()
            .find(|path| path.as_str().eq_ignore_ascii_case(index.as_str()))
            .cloned()
            .unwrap_or(index)
    }

    /// Returns every managed block of every Markdown file, by path and then place. Of several blocks with one
    /// id only the first is here; [`Memory::duplicates`] has the others.
    pub fn blocks(&self) -> Vec<Block> {
        self.split_blocks().0
    }

    /// Returns the blocks whose id an earlier block already has (a copy that a person made). They are never
    /// changed.
    pub fn duplicates(&self) -> Vec<Block> {
        self.split_blocks().1
    }

    /// Returns the block of this id. Each call reads the files' structure: to look up many, take
    /// [`Memory::blocks`] once.
    pub fn block(&self, id: &BlockId) -> Option<Block> {
        self.blocks().into_iter().find(|block| block.id == *id)
    }

    /// Returns the lines of the managed index region (see [`crate::Edit::Index`]), without the markers.
    pub fn index_text(&self) -> Option<String> {
        let bytes = self.get(&self.index_path())?;
        let region = Outline::of(bytes).region?;
        Some(with_lf(&String::from_utf8_lossy(&bytes[region.inner])))
    }

    /// Returns the lines of the managed index region; what a person wrote there in another form is left out.
    pub fn index_lines(&self) -> Vec<crate::IndexLine> {
        crate::edit::index_lines(&self.index_text().unwrap_or_default())
    }

    /// Returns the SHA-256 over all paths and bytes: equal exactly when the files are.
    pub fn content_sha256(&self) -> Sha256Hex {
        let mut hash = Sha256::new();
        for (path, bytes) in &self.files {
            for part in [path.as_str().as_bytes(), bytes] {
                // Lengths first, so that no two different lists of parts run together into the same bytes.
                hash.update((part.len() as u64).to_le_bytes());
                hash.update(part);
            }
        }
        Sha256Hex::from_digest(hash.finalize().into())
    }

    fn split_blocks(&self) -> (Vec<Block>, Vec<Block>) {
        let mut seen = BTreeSet::new();
        self.files
            .iter()
            .filter(|(path, _)| path.is_markdown())
            .flat_map(|(path, bytes)| {
                let outline = Outline::of(bytes);
                let block = |span: &BlockSpan| Block::read(path, bytes, &outline, span);
                outline.blocks.iter().map(block).collect::<Vec<_>>()
            })
            .partition(|block| seen.insert(block.id.clone()))
    }
}

impl Block {
    /// Returns a sketch of what it says.
    pub fn sketch(&self) -> Sketch {
        Sketch::of(&format!("{}\n{}", self.title, self.body))
    }

    pub(crate) fn read(path: &MemoryPath, bytes: &[u8], outline: &Outline, span: &BlockSpan) -> Self {
        let heading = &outline.headings[span.heading];
        let below = &bytes[heading.range.end..span.range.end.max(heading.range.end)];
        Self {
            id: span.id.clone(),
            path: path.clone(),
            title: heading.text.clone(),
            body: trim_blank_lines(&with_lf(&String::from_utf8_lossy(below))).to_owned(),
            section: outline.section_of(span).map(str::to_owned),
            range: span.range.clone(),
            sha256: sha256_hex(&bytes[span.range.clone()]),
        }
    }
}

/// Returns `text` without blank lines at both ends and without white space at its end; the indentation of its
/// first line stays.
pub(crate) fn trim_blank_lines(text: &str) -> &str {
    let text = text.trim_end();
    let first = text.find(|c: char| !c.is_whitespace()).unwrap_or(0);
    let start = text[..first].rfind('\n').map_or(0, |eol| eol + 1);
    &text[start..]
}

/// Returns whether `bytes` read as text: no NUL among the first 8,000, which is how version control systems
/// tell. Bytes that are not UTF-8 do not make a file binary.
pub fn is_text(bytes: &[u8]) -> bool {
    !bytes.iter().take(8_000).any(|&byte| byte == 0)
}

#[cfg(test)]
mod tests {
    use super::*;

    pub(super) fn memory(files: &[(&str, &str)]) -> Memory {
        let mut memory = Memory::default();
        for (path, text) in files {
            memory.insert(MemoryPath::new(path).unwrap(), text.as_bytes());
        }
        memory
    }

    #[test]
    fn blocks_are_found_over_all_markdown_files() {
        let memory = memory(&[
            ("notes/a.md", "# A\r\n\r\n## Later\r\n\r\n### One  <!-- som:m-1 -->\r\n\r\n  x\r\ny  \r\n\r\n"),
            ("notes/b.txt", "### Two  <!-- som:m-2 -->\nz\n"),
            ("z.md", "### Copy  <!-- som:m-1 -->\nold\n"),
        ]);
        let blocks = memory.blocks();
        assert_eq!(blocks.len(), 1);
        assert_eq!((blocks[0].title.as_str(), blocks[0].body.as_str()), ("One", "  x\ny"));
        assert_eq!(blocks[0].section.as_deref(), Some("Later"));
        let bytes = memory.get(&blocks[0].path).unwrap();
        assert_eq!(&bytes[blocks[0].range.clone()], b"### One  <!-- som:m-1 -->\r\n\r\n  x\r\ny  ");
        assert_eq!(memory.duplicates().iter().map(|block| block.path.as_str()).collect::<Vec<_>>(), ["z.md"]);
    }

    #[test]
    fn the_content_hash_sees_paths_and_borders() {
        let hashes =
            [memory(&[]), memory(&[("a", "bc")]), memory(&[("ab", "c")]), memory(&[("a", "b"), ("c", "")])]
                .map(|memory| memory.content_sha256());
        assert_eq!(hashes.iter().collect::<BTreeSet<_>>().len(), 4);
        assert_eq!(hashes[1], memory(&[("a", "bc")]).content_sha256());
    }

    #[test]
    fn obstacles_are_files_above_below_and_unread() {
        let mut memory = memory(&[("notes", ""), ("team/x.md", "")]);
        memory.reserve("link");
        let obstacle = |path: &str| memory.obstacle(&MemoryPath::new(path).unwrap());
        assert_eq!(obstacle("notes/a.md").as_deref(), Some("notes"));
        assert_eq!(obstacle("link/a.md").as_deref(), Some("link"));
        assert_eq!(obstacle("link").as_deref(), Some("link"));
        assert_eq!(obstacle("team").as_deref(), Some("team/x.md"));
        assert_eq!(obstacle("team/y.md"), None);
    }

    #[test]
    fn the_index_is_found_in_any_case() {
        assert_eq!(memory(&[("memory.md", "")]).index_path().as_str(), "memory.md");
        assert_eq!(memory(&[("notes/MEMORY.md", "")]).index_path().as_str(), "MEMORY.md");
    }
}
