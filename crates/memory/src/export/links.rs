//! Whether the links of a memory lead somewhere.

use std::collections::BTreeMap;

use pulldown_cmark::{Event, LinkType, Options, Parser, Tag};

use crate::outline::Outline;
use crate::text::same_length_text;
use crate::{Memory, MemoryPath};

/// What was found.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct LinkReport {
    /// Links inside the memory, lines of the index among them.
    pub links: usize,
    /// Those that lead nowhere, by file and line.
    pub broken: Vec<BrokenLink>,
}

/// A link that leads nowhere.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BrokenLink {
    /// The file that it stands in.
    pub path: MemoryPath,
    /// Its line, from 1.
    pub line: usize,
    /// Where it would lead, as written.
    pub target: String,
    /// What is missing.
    pub why: &'static str,
}

/// What a link can lead to in a file: its headings and blocks.
struct Place {
    anchors: Vec<String>,
}

/// Checks the links of every Markdown file: `[text](file.md#heading)`, `[[file#heading]]` as Obsidian resolves them,
/// and the arrows of the index. Links out of the memory are no business of ours.
pub fn check_links(memory: &Memory) -> LinkReport {
    let places: BTreeMap<&str, Place> =
        memory.files().map(|(path, bytes)| (path.as_str(), Place::of(path, bytes))).collect();
    let mut report = LinkReport::default();
    for (path, bytes) in memory.files().filter(|(path, _)| path.is_markdown()) {
        let text = same_length_text(bytes);
        let mut found: Vec<(usize, String, bool)> = Vec::new();
        for (event, range) in Parser::new_ext(&text, Options::ENABLE_WIKILINKS).into_offset_iter() {
            if let Event::Start(
                Tag::Link { link_type, dest_url, .. } | Tag::Image { link_type, dest_url, .. },
            ) = event
            {
                found.push((
                    range.start,
                    dest_url.into_string(),
                    matches!(link_type, LinkType::WikiLink { .. }),
                ));
            }
        }
        let arrows = arrows(&text, bytes, path == &memory.index_path());
        found.extend(arrows.into_iter().map(|(at, target)| (at, target, false)));
        found.sort();
        for (at, target, is_wiki) in found {
            if is_outside(&target) {
                continue;
            }
            report.links += 1;
            let why =
                if is_wiki { wiki_fault(&places, path, &target) } else { fault(&places, path, &target) };
            if let Some(why) = why {
                let line = 1 + text.as_bytes()[..at].iter().filter(|&&byte| byte == b'\n').count();
                report.broken.push(BrokenLink { path: path.clone(), line, target, why });
            }
        }
    }
    report
}

const NO_FILE: &str = "no such file";
const NO_HEADING: &str = "no such heading or note";

impl Place {
    fn of(path: &MemoryPath, bytes: &[u8]) -> Self {
        if !path.is_markdown() {
            return Self { anchors: Vec::new() };
        }
        let outline = Outline::of(bytes);
        let ids = outline.blocks.iter().map(|block| block.id.to_string());
        let headings = outline.headings.iter().map(|heading| plain(&heading.text));
        Self { anchors: ids.chain(headings).collect() }
    }

    fn has(&self, anchor: &str) -> bool {
        anchor.is_empty() || anchor.starts_with('^') || {
            let last = anchor.rsplit('#').next().unwrap_or(anchor);
            self.anchors.iter().any(|known| known == anchor || *known == plain(last))
        }
    }
}

/// What two spellings of a heading have in common: its letters and digits.
fn plain(heading: &str) -> String {
    heading.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).collect()
}

/// The arrows of the managed index: `- trigger → file#block`.
fn arrows(text: &str, bytes: &[u8], is_index: bool) -> Vec<(usize, String)> {
    let Some(region) = Outline::of(bytes).region.filter(|_| is_index) else { return Vec::new() };
    let mut at = region.inner.start;
    let mut found = Vec::new();
    for line in text[region.inner].split_inclusive('\n') {
        if let Some((_, target)) = line.trim_end().rsplit_once(" → ") {
            found.push((at, target.to_owned()));
        }
        at += line.len();
    }
    found
}

fn is_outside(target: &str) -> bool {
    let scheme = target.split_once(':').is_some_and(|(scheme, _)| {
        scheme.len() > 1 && scheme.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"+-.".contains(&byte))
    });
    scheme || target.starts_with("//") || target.starts_with("www.")
}

fn fault(places: &BTreeMap<&str, Place>, from: &MemoryPath, target: &str) -> Option<&'static str> {
    let (file, anchor) = target.split_once('#').unwrap_or((target, ""));
    let (file, anchor) = (decoded(file), decoded(anchor));
    if file.is_empty() {
        return places.get(from.as_str()).is_none_or(|place| !place.has(&anchor)).then_some(NO_HEADING);
    }
    let Some(file) = resolved(from, &file) else { return Some("it leads out of the memory") };
    match places.get(file.as_str()) {
        Some(place) => (!place.has(&anchor)).then_some(NO_HEADING),
        None if file.is_empty() || places.keys().any(|path| path.starts_with(&format!("{file}/"))) => None,
        None => Some(NO_FILE),
    }
}

/// Obsidian looks for `[[name]]` in the whole vault, with or without the extension.
fn wiki_fault(places: &BTreeMap<&str, Place>, from: &MemoryPath, target: &str) -> Option<&'static str> {
    let target = target.split('|').next().unwrap_or(target);
    let (file, anchor) = target.split_once('#').unwrap_or((target, ""));
    if file.is_empty() {
        return fault(places, from, target);
    }
    let is_it = |path: &str| {
        [path, path.strip_suffix(".md").unwrap_or(path)].iter().any(|name| {
            name.eq_ignore_ascii_case(file)
                || name.len() > file.len()
                    && name.is_char_boundary(name.len() - file.len())
                    && name[name.len() - file.len()..].eq_ignore_ascii_case(file)
                    && name[..name.len() - file.len()].ends_with('/')
        })
    };
    let mut found = places.iter().filter(|(path, _)| is_it(path)).peekable();
    if found.peek().is_none() {
        return Some(NO_FILE);
    }
    (!found.any(|(_, place)| place.has(anchor))).then_some(NO_HEADING)
}

/// A relative path as seen from a file's folder; `None` where it leads out.
fn resolved(from: &MemoryPath, target: &str) -> Option<String> {
    let folder = from.as_str().rsplit_once('/').map_or("", |(folder, _)| folder);
    let base = if target.starts_with('/') { "" } else { folder };
    let mut parts: Vec<&str> = base.split('/').filter(|part| !part.is_empty()).collect();
    for part in target.split('/') {
        match part {
            "" | "." => {}
            ".." => drop(parts.pop()?),
            part => parts.push(part),
        }
    }
    Some(parts.join("/"))
}

/// Takes `%20` and the like out.
fn decoded(text: &str) -> String {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((&first, after)) = rest.split_first() {
        let digits = after.get(..2).and_then(|two| std::str::from_utf8(two).ok());
        match digits.and_then(|two| u8::from_str_radix(two, 16).ok()).filter(|_| first == b'%') {
            Some(byte) => (bytes.push(byte), rest = &after[2..]).1,
            None => (bytes.push(first), rest = after).1,
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn broken(files: &[(&str, &str)]) -> (usize, Vec<String>) {
        let mut memory = Memory::default();
        for (path, text) in files {
            memory.insert(MemoryPath::new(path).unwrap(), text.as_bytes());
        }
        let report = check_links(&memory);
        let shown = |link: &BrokenLink| format!("{}:{} {}", link.path, link.line, link.target);
        (report.links, report.broken.iter().map(shown).collect())
    }

    #[test]
    fn links_are_resolved_as_obsidian_does() {
        let (links, found) = broken(&[
            (
                "notes/a.md",
                "# A day\n\n[b](b.md) [up](../top.md#The-end) [space](my%20file.md) [here](#a-day) [out](https://x.y)\n\
                 [[b]] [[notes/b|B]] [[b#Bees]] ![p](pic.png) [dir](../notes/) [mail](mailto:a@b.c)\n",
            ),
            ("notes/b.md", "## Bees\n"),
            ("notes/my file.md", ""),
            ("notes/pic.png", ""),
            ("top.md", "# The end\n"),
        ]);
        assert_eq!((links, found.len()), (9, 0), "{found:?}");
    }

    #[test]
    fn links_to_nowhere_are_named_with_their_line() {
        let (_, found) = broken(&[
            ("a.md", "[x](gone.md)\n\n[y](../out.md) `[[code]]`\n[[gone]] [z](b.md#none) [[b#none]]\n"),
            ("b.md", "# B\n"),
        ]);
        assert_eq!(
            found,
            ["a.md:1 gone.md", "a.md:3 ../out.md", "a.md:4 gone", "a.md:4 b.md#none", "a.md:4 b#none"]
        );
    }

    #[test]
    fn the_arrows_of_the_index_are_links() {
        let index = "# M\n\n<!-- som:index -->\n- One → n.md#m-1\n- Two → n.md#m-2\n<!-- som:/index -->\n";
        let (links, found) = broken(&[("MEMORY.md", index), ("n.md", "### One  <!-- som:m-1 -->\n")]);
        assert_eq!((links, found), (2, vec!["MEMORY.md:5 n.md#m-2".to_owned()]));
    }
}
