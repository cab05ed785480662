//! Where the headings, the blocks and the index region of a Markdown file are, as byte ranges.
//!
//! The ranges come from a CommonMark parser, so a `###` in a code fence, a block quote, a list, an HTML
//! comment or front matter is no heading. Nothing is ever printed back from the parse: edits cut and paste
//! bytes.

use std::ops::Range;

use pulldown_cmark::{Event, HeadingLevel, Options, Parser, Tag, TagEnd};
use somnium_types::BlockId;

use crate::text::{bom_len, content_end, line_start, same_length_text};

/// The line before the managed lines of the index.
pub const INDEX_START: &str = "<!-- som:index -->";
/// The line after them.
pub const INDEX_END: &str = "<!-- som:/index -->";

/// The structure of one Markdown file.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Outline {
    /// The first byte after a byte order mark.
    pub(crate) start: usize,
    /// The first byte after front matter, or `start`.
    pub(crate) prose: usize,
    /// The headings outside lists, quotes, fences and HTML, in order.
    pub(crate) headings: Vec<Heading>,
    /// The managed blocks, in order. They never overlap.
    pub(crate) blocks: Vec<BlockSpan>,
    /// The managed region of the index.
    pub(crate) region: Option<IndexRegion>,
}

/// One heading.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Heading {
    /// From the start of its line to the end of its last line, without the terminator.
    pub(crate) range: Range<usize>,
    /// 1 to 6.
    pub(crate) level: u8,
    /// Its text as written, without the marker.
    pub(crate) text: String,
    /// The id in its `<!-- som:ID -->`, if it has one.
    pub(crate) id: Option<BlockId>,
}

/// One managed block.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct BlockSpan {
    pub(crate) id: BlockId,
    /// The index of its heading in [`Outline::headings`].
    pub(crate) heading: usize,
    /// The index of the level-2 heading that it stands under.
    section: Option<usize>,
    /// From its heading's line to the end of its last line that is not blank, without the terminator.
    pub(crate) range: Range<usize>,
}

/// The two marker lines of the index and what is between.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct IndexRegion {
    /// Both marker lines, without the last terminator.
    pub(crate) range: Range<usize>,
    /// The lines between them, with their terminators.
    pub(crate) inner: Range<usize>,
}

impl Outline {
    /// Reads the structure of a Markdown file, whatever its bytes.
    pub(crate) fn of(bytes: &[u8]) -> Self {
        let start = bom_len(bytes);
        let prose = start + front_matter_len(&bytes[start..]);
        let text = same_length_text(&bytes[prose..]);
        let mut outline = Self { start, prose, ..Self::default() };
        let mut region_starts: Vec<Range<usize>> = Vec::new();
        let mut depth = 0_usize;
        let mut open: Option<OpenHeading> = None;
        for (event, range) in Parser::new_ext(&text, Options::empty()).into_offset_iter() {
            let range = prose + range.start..prose + range.end;
            match event {
                Event::Start(Tag::Heading { level, .. }) if depth == 0 => {
                    open = Some(OpenHeading { range, level, marker: None });
                    depth += 1;
                }
                Event::InlineHtml(html) => {
                    if let (Some(open), Some(id)) = (&mut open, id_in_marker(&html))
                        && open.marker.is_none()
                    {
                        open.marker = Some((range, id));
                    }
                }
                Event::End(TagEnd::Heading(_)) if depth == 1 => {
                    depth -= 1;
                    outline.headings.extend(open.take().map(|open| open.close(bytes, prose)));
                }
                Event::Start(Tag::HtmlBlock) if depth == 0 => {
                    depth += 1;
                    let line =
                        line_start(bytes, range.start).max(prose)..content_end(bytes, range.start, range.end);
                    match bytes[range].trim_ascii() {
                        found if found == INDEX_START.as_bytes() => region_starts.push(line),
                        found if found == INDEX_END.as_bytes() && outline.region.is_none() => {
                            // The nearest start before the first end: a lone start marker is just text.
                            outline.region = region_starts.pop().map(|first| IndexRegion {
                                inner: first.end + crate::text::eol_len_at(bytes, first.end)..line.start,
                                range: first.start..line.end,
                            });
                        }
                        _ => {}
                    }
                }
                Event::Start(_) => depth += 1,
                Event::End(_) => depth = depth.saturating_sub(1),
                _ => {}
            }
        }
        outline.blocks = outline.find_blocks(bytes);
        outline
    }

    /// Returns the index of the first block of this id in [`Outline::blocks`].
    pub(crate) fn position(&self, id: &BlockId) -> Option<usize> {
        self.blocks.iter().position(|span| span.id == *id)
    }

    /// Returns the section that a block stands in: the text of the level-2 heading above it, or `None` at the
    /// file's top level.
    pub(crate) fn section_of(&self, span: &BlockSpan) -> Option<&str> {
        span.section.map(|heading| self.headings[heading].text.as_str())
    }

    /// Returns whether a range touches a managed block or the index.
    pub(crate) fn is_ours(&self, range: &Range<usize>) -> bool {
        let touches = |ours: &Range<usize>| ours.start < range.end && range.start < ours.end;
        self.blocks.iter().any(|span| touches(&span.range))
            || self.region.as_ref().is_some_and(|region| touches(&region.range))
    }

    /// Returns the texts of the headings that `at` stands under, outermost first.
    pub(crate) fn headings_above(&self, at: usize) -> Vec<String> {
        let mut above: Vec<&Heading> = Vec::new();
        for heading in self.headings.iter().take_while(|heading| heading.range.end <= at) {
            above.retain(|outer| outer.level < heading.level);
            above.push(heading);
        }
        above.into_iter().map(|heading| heading.text.clone()).collect()
    }

    /// Returns the first byte after heading `index` (`None`: after what comes before the first) where somebody
    /// else's text begins: a heading of level `level` or higher, the index region, or the end of the file.
    fn limit_after(&self, index: Option<usize>, level: u8, len: usize) -> usize {
        let (from, later) = match index {
            Some(index) => (self.headings[index].range.end, &self.headings[index + 1..]),
            None => (self.prose, &self.headings[..]),
        };
        let heading =
            later.iter().find(|heading| heading.level <= level).map_or(len, |heading| heading.range.start);
        match &self.region {
            Some(region) if region.range.start >= from => heading.min(region.range.start),
            _ => heading,
        }
    }

    /// Returns where new content of a section goes: the end of what it holds now, or `None` where there is no
    /// such section. The top level (`section` is `None`) ends at the first level-2 heading or the second level-1
    /// heading.
    pub(crate) fn end_of_section(&self, bytes: &[u8], section: Option<&str>) -> Option<usize> {
        match section {
            Some(section) => {
                let named = |heading: &Heading| heading.level == 2 && heading.text == section;
                let index = self.headings.iter().position(named)?;
                let limit = self.limit_after(Some(index), 2, bytes.len());
                Some(content_end(bytes, self.headings[index].range.start, limit))
            }
            None => {
                let title = self.headings.first().filter(|heading| heading.level == 1);
                let limit = self.limit_after(title.map(|_| 0), 2, bytes.len());
                Some(content_end(bytes, self.start, limit))
            }
        }
    }

    /// A block reaches from its heading to the next heading of the same or a higher level. It also ends where
    /// another managed block or the index begins, so that no change of ours to one changes another.
    fn find_blocks(&self, bytes: &[u8]) -> Vec<BlockSpan> {
        let mut blocks = Vec::new();
        let mut above: Option<usize> = None;
        for (index, heading) in self.headings.iter().enumerate() {
            if let Some(id) = heading.id.clone() {
                let limit = self.limit_after(Some(index), heading.level, bytes.len());
                let next_block = self.headings[index + 1..].iter().find(|next| next.id.is_some());
                let limit = next_block.map_or(limit, |next| limit.min(next.range.start));
                let end = content_end(bytes, heading.range.start, limit);
                let section = above.filter(|above| self.headings[*above].level == 2);
                blocks.push(BlockSpan { id, heading: index, section, range: heading.range.start..end });
            }
            if heading.level <= 2 {
                above = Some(index);
            }
        }
        blocks
    }
}

struct OpenHeading {
    range: Range<usize>,
    level: HeadingLevel,
    marker: Option<(Range<usize>, BlockId)>,
}

impl OpenHeading {
    fn close(self, bytes: &[u8], prose: usize) -> Heading {
        let start = line_start(bytes, self.range.start).max(prose);
        let end = content_end(bytes, self.range.start, self.range.end);
        let lossy = |range: Range<usize>| String::from_utf8_lossy(&bytes[range]).into_owned();
        let (before, after) = match &self.marker {
            Some((marker, _)) => (lossy(start..marker.start), lossy(marker.end..end)),
            None => (lossy(start..end), String::new()),
        };
        let text = if before.trim_start().starts_with('#') {
            let before = before.trim_start().trim_start_matches('#');
            let whole = format!("{} {}", before.trim(), after.trim());
            without_closing_hashes(whole.trim()).to_owned()
        } else {
            // A heading underlined with `=` or `-`: its last line is the underline.
            let whole = format!("{before}{after}");
            let lines = whole.trim_end_matches(['=', '-', ' ', '\t']);
            lines.trim().to_owned()
        };
        Heading { range: start..end, level: self.level as u8, text, id: self.marker.map(|(_, id)| id) }
    }
}

/// `# Title ##` is the title `Title`; `# C#` is `C#`.
fn without_closing_hashes(text: &str) -> &str {
    let stem = text.trim_end_matches('#');
    if stem.is_empty() || stem.ends_with([' ', '\t']) { stem.trim_end() } else { text }
}

/// Returns the id in `<!-- som:ID -->`.
fn id_in_marker(html: &str) -> Option<BlockId> {
    let id = html.strip_prefix("<!--")?.strip_suffix("-->")?.trim().strip_prefix("som:")?;
    is_block_id(id).then(|| BlockId::from(id))
}

/// Returns whether `id` can stand in a marker: 1 to 64 letters, digits, `-`, `_` and `.`, a letter or digit
/// first; `index` is taken.
pub(crate) fn is_block_id(id: &str) -> bool {
    id.len() <= 64
        && id != "index"
        && id.starts_with(|first: char| first.is_ascii_alphanumeric())
        && id.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte))
}

/// Returns the length of front matter: from a first line `---` or `+++` to the next such line. CommonMark has
/// no front matter; its parser would read the last key as an underlined heading.
fn front_matter_len(bytes: &[u8]) -> usize {
    let mut at = 0;
    let mut fence: Option<&[u8]> = None;
    for line in bytes.split_inclusive(|&byte| byte == b'\n') {
        at += line.len();
        let line = line.trim_ascii_end();
        match fence {
            None if line == b"---" || line == b"+++" => fence = Some(line),
            None => return 0,
            Some(open) if line == open || (open == b"---" && line == b"...") => return at,
            Some(_) => {}
        }
    }
    0
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headings(text: &str) -> Vec<String> {
        let outline = Outline::of(text.as_bytes());
        outline.headings.iter().map(|heading| format!("{}:{}", heading.level, heading.text)).collect()
    }

    fn blocks(text: &str) -> Vec<(String, String)> {
        let outline = Outline::of(text.as_bytes());
        outline.blocks.iter().map(|span| (span.id.to_string(), text[span.range.clone()].to_owned())).collect()
    }

    fn pair(id: &str, text: &str) -> (String, String) {
        (id.to_owned(), text.to_owned())
    }

    #[test]
    fn only_real_headings_count() {
        let text = "# A\n```\n### fence\n```\n> ### quote\n\n- ### list\n\n<!--\n### comment\n-->\n    ### code\n\n\
                    Under\n-----\n\n~~~\n# tilde\n~~~\n<pre>\n# pre\n</pre>\n#### B `x` ##\n";
        assert_eq!(headings(text), ["1:A", "2:Under", "4:B `x`"]);
    }

    #[test]
    fn front_matter_and_the_byte_order_mark_are_passed_over() {
        assert_eq!(headings("\u{feff}---\nname: x\n# no\n---\n# A\n"), ["1:A"]);
        assert_eq!(headings("\u{feff}# A\n"), ["1:A"]);
        assert_eq!(headings("+++\r\nx = 1\r\n+++\r\n# A\r\n"), ["1:A"]);
        assert_eq!(headings("---\n# never closed\n"), ["1:never closed"]);
    }

    #[test]
    fn a_block_ends_where_somebody_else_begins() {
        let text = "### A  <!-- som:m-1 -->\nbody\n#### sub\nmore\n\n\n### B\nno\n## C <!-- som:w-2 -->\nx\n\
                    ### D <!-- som:p-3 --> ###\ny\n\n<!-- som:index -->\n<!-- som:/index -->\n";
        assert_eq!(
            blocks(text),
            [
                pair("m-1", "### A  <!-- som:m-1 -->\nbody\n#### sub\nmore"),
                pair("w-2", "## C <!-- som:w-2 -->\nx"),
                pair("p-3", "### D <!-- som:p-3 --> ###\ny"),
            ]
        );
    }

    #[test]
    fn a_marker_counts_only_as_a_comment_in_a_heading() {
        for text in [
            "text <!-- som:m-1 -->\n",
            "### `<!-- som:m-1 -->`\n",
            "### a \\<!-- som:m-1 -->\n",
            "<!-- som:m-1 -->\n",
            "```\n### a <!-- som:m-1 -->\n```\n",
            "### a <!-- som: -->\n",
            "### a <!-- som:a b -->\n",
            "### a <!-- som:index -->\n",
        ] {
            assert_eq!(blocks(text), [], "{text:?}");
        }
        assert_eq!(blocks("A <!-- som:m-1 -->\n---\n"), [pair("m-1", "A <!-- som:m-1 -->\n---")]);
    }

    #[test]
    fn the_index_region_is_the_innermost_pair() {
        let region = |text: &str| {
            Outline::of(text.as_bytes()).region.map(|region| text[region.inner.clone()].to_owned())
        };
        assert_eq!(region("<!-- som:index -->\n- a\n- b\n<!-- som:/index -->\n"), Some("- a\n- b\n".into()));
        assert_eq!(region("<!-- som:index -->\r\n<!-- som:/index -->"), Some(String::new()));
        assert_eq!(
            region("<!-- som:index -->\nmine\n\n<!-- som:index -->\n- a\n<!-- som:/index -->\n"),
            Some("- a\n".into())
        );
        assert_eq!(region("<!-- som:index -->\n- a\n"), None);
        assert_eq!(region("```\n<!-- som:index -->\n<!-- som:/index -->\n```\n"), None);
    }

    #[test]
    fn sections_are_level_two() {
        let text = "# T\n### a <!-- som:a -->\n## S\n### x\n### b <!-- som:b -->\n## c <!-- som:c -->\n\
                    ### d <!-- som:d -->\n# U\n### e <!-- som:e -->\n";
        let outline = Outline::of(text.as_bytes());
        let sections: Vec<_> = outline.blocks.iter().map(|span| outline.section_of(span)).collect();
        assert_eq!(sections, [None, Some("S"), Some("S"), Some("c"), None]);
    }
}
