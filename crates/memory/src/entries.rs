//! Entries: what unmarked text says, one bullet, paragraph or line at a time, with its place.
//!
//! Agents and people write memory without markers: bullets under a heading, paragraphs, bare lines of a text file.
//! An entry is the least part of such a text that says something by itself. Managed blocks, the index, front matter,
//! code, quotations, tables and HTML are none: they are never taken apart.

use std::ops::Range;

use pulldown_cmark::{Event, Options, Parser, Tag, TagEnd};
use somnium_types::{Sha256Hex, sha256, sha256_hex};

use crate::outline::Outline;
use crate::text::{bom_len, content_end, line_start, same_length_text, with_lf};
use crate::{Memory, MemoryPath, is_text};

/// Longest entry, in bytes: what is longer is a document.
const MAX_ENTRY: usize = 2 << 10;

/// One entry of unmarked text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// The file.
    pub path: MemoryPath,
    /// Its bytes: from the start of its first line to the end of its last one, without the terminator.
    pub range: Range<usize>,
    /// The SHA-256 of exactly these bytes.
    pub sha256: Sha256Hex,
    /// What it says: one line, without the bullet.
    pub text: String,
    /// The headings above it, outermost first.
    pub headings: Vec<String>,
}

impl Entry {
    /// Returns a number that is the same for the same words, whatever the white space between them.
    pub fn fingerprint(&self) -> u64 {
        fingerprint(&self.text)
    }
}

/// Returns a number that is the same for the same words, whatever the white space between them.
pub fn fingerprint(text: &str) -> u64 {
    let digest = sha256(one_line(text).as_bytes());
    digest.iter().take(8).fold(0, |number, byte| (number << 8) | u64::from(*byte))
}

impl Memory {
    /// Returns the entries of every text file, by path and then place.
    pub fn entries(&self) -> Vec<Entry> {
        let files = self.files().filter(|(_, bytes)| is_text(bytes));
        files.flat_map(|(path, bytes)| entries(path, bytes)).collect()
    }
}

/// Returns the entries of one file, in order. Files that are neither Markdown nor plain text have none.
pub fn entries(path: &MemoryPath, bytes: &[u8]) -> Vec<Entry> {
    if path.is_markdown() {
        of_markdown(path, bytes)
    } else if is_plain(path) {
        of_lines(path, bytes)
    } else {
        Vec::new()
    }
}

/// `.txt`, or no ending at all.
fn is_plain(path: &MemoryPath) -> bool {
    let name = path.as_str().rsplit('/').next().unwrap_or_default();
    !name.starts_with('.') && name.rsplit_once('.').is_none_or(|(_, ending)| ending == "txt")
}

fn of_lines(path: &MemoryPath, bytes: &[u8]) -> Vec<Entry> {
    let mut entries = Vec::new();
    let mut at = bom_len(bytes);
    while at < bytes.len() {
        let end = bytes[at..].iter().position(|&byte| byte == b'\n').map_or(bytes.len(), |eol| at + eol + 1);
        let range = at..content_end(bytes, at, end);
        entries.extend(entry(path, bytes, range, &[]));
        at = end;
    }
    entries
}

fn of_markdown(path: &MemoryPath, bytes: &[u8]) -> Vec<Entry> {
    let outline = Outline::of(bytes);
    let text = same_length_text(&bytes[outline.prose..]);
    let mut walk = Walk { outline: &outline, found: Vec::new(), items: Vec::new(), depth: 0 };
    for (event, range) in Parser::new_ext(&text, Options::empty()).into_offset_iter() {
        walk.step(&event, outline.prose + range.start..outline.prose + range.end);
    }
    let mut entries = Vec::new();
    for range in walk.found {
        let start = line_start(bytes, range.start).max(outline.prose);
        // Where something else begins the line (`- - x`), the line is not this entry's alone.
        if !bytes[start..range.start].iter().all(u8::is_ascii_whitespace) {
            continue;
        }
        let range = start..content_end(bytes, range.start, range.end);
        if outline.is_ours(&range) {
            continue;
        }
        entries.extend(entry(path, bytes, range.clone(), &outline.headings_above(range.start)));
    }
    entries
}

/// A walk through the events of a Markdown file.
struct Walk<'o> {
    outline: &'o Outline,
    found: Vec<Range<usize>>,
    /// The open list items: where each begins, and whether it holds a list or something that is no prose.
    items: Vec<bool>,
    /// Open elements that are neither lists nor items: in them nothing is an entry.
    depth: usize,
}

impl Walk<'_> {
    fn step(&mut self, event: &Event<'_>, range: Range<usize>) {
        match event {
            Event::Start(Tag::List(_)) => self.mark_item(),
            Event::End(TagEnd::List(_)) => {}
            Event::Start(Tag::Item) => self.items.push(false),
            Event::End(TagEnd::Item) => {
                let is_compound = self.items.pop().unwrap_or(true);
                if !is_compound && self.depth == 0 && range.start >= self.outline.prose {
                    self.found.push(range);
                }
            }
            Event::Start(Tag::Paragraph) => {
                if self.items.is_empty() && self.depth == 0 {
                    self.found.push(range);
                }
                self.depth += 1;
            }
            Event::Start(tag) => {
                if matches!(
                    tag,
                    Tag::BlockQuote(_) | Tag::CodeBlock(_) | Tag::HtmlBlock | Tag::Heading { .. }
                ) {
                    self.mark_item();
                }
                self.depth += 1;
            }
            Event::End(_) => self.depth = self.depth.saturating_sub(1),
            _ => {}
        }
    }

    /// The innermost item is more than prose: to take it out would take more than one thing out.
    fn mark_item(&mut self) {
        if let Some(item) = self.items.last_mut() {
            *item = true;
        }
    }
}

fn entry(path: &MemoryPath, bytes: &[u8], range: Range<usize>, headings: &[String]) -> Option<Entry> {
    if range.is_empty() || range.len() > MAX_ENTRY {
        return None;
    }
    let text = one_line(&with_lf(&String::from_utf8_lossy(&bytes[range.clone()])));
    let text = without_bullet(&text);
    if text.is_empty() {
        return None;
    }
    Some(Entry {
        path: path.clone(),
        sha256: sha256_hex(&bytes[range.clone()]),
        range,
        text: text.to_owned(),
        headings: headings.to_vec(),
    })
}

fn one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// `- x`, `* x`, `+ x`, `1. x` and `[ ] x` all say `x`.
fn without_bullet(text: &str) -> &str {
    let rest = match text.split_once(' ') {
        Some(("-" | "*" | "+", rest)) => rest,
        Some((number, rest)) if is_number(number) => rest,
        _ => text,
    };
    ["[ ] ", "[x] ", "[X] "].iter().find_map(|mark| rest.strip_prefix(mark)).unwrap_or(rest).trim()
}

fn is_number(word: &str) -> bool {
    let digits = word.strip_suffix(['.', ')']);
    digits.is_some_and(|digits| !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn said(path: &str, text: &str) -> Vec<String> {
        let found = entries(&MemoryPath::new(path).unwrap(), text.as_bytes());
        for entry in &found {
            assert_eq!(entry.sha256, sha256_hex(&text.as_bytes()[entry.range.clone()]));
        }
        found.into_iter().map(|entry| entry.text).collect()
    }

    #[test]
    fn bullets_paragraphs_and_lines_are_entries_and_nothing_else_is() {
        let text = "---\nname: x\n---\n# T\n\nA paragraph\nof two lines.\n\n- one\n- two\n  more\n- deep\n  - inner\n\
                    1. first\n\n> quoted\n\n```\n- code\n```\n\n| a | b |\n\n<div>\n- html\n</div>\n\n\
                    ### Ours  <!-- som:m-1 -->\n- not an entry\n\n## Later\n\n- [ ] to do\n";
        assert_eq!(
            said("notes.md", text),
            ["A paragraph of two lines.", "one", "two more", "inner", "first", "| a | b |", "to do"]
        );
        assert_eq!(said("notes.txt", "- one\r\n\r\n  two  \r\nthree"), ["one", "two", "three"]);
        assert_eq!(said("notes.json", "- one\n"), [""; 0]);
    }

    #[test]
    fn an_item_that_holds_more_than_prose_is_left_whole() {
        assert_eq!(said("a.md", "- run\n\n  ```\n  x\n  ```\n- > said\n- plain\n"), ["plain"]);
    }

    #[test]
    fn headings_above_are_known() {
        let text = "# A\n- x\n## B\n- y\n### C\n- z\n## D\n- w\n";
        let found = entries(&MemoryPath::new("a.md").unwrap(), text.as_bytes());
        let headings: Vec<String> = found.iter().map(|entry| entry.headings.join("/")).collect();
        assert_eq!(headings, ["A", "A/B", "A/B/C", "A/D"]);
    }

    #[test]
    fn white_space_does_not_make_another_entry() {
        assert_eq!(fingerprint("a  b\n c"), fingerprint("a b c"));
        assert_ne!(fingerprint("a b"), fingerprint("A b"));
    }
}
