//! Finding notes by words.
//!
//! BM25 (Robertson and Zaragoza, *The Probabilistic Relevance Framework: BM25 and Beyond*, 2009) over the sections of
//! a memory's Markdown files. No index is kept: a memory has hundreds of notes, and counting their words anew takes
//! milliseconds.

use std::collections::{BTreeMap, BTreeSet};

use somnium_types::BlockId;

use crate::outline::Outline;
use crate::tool::Reach;
use crate::{Memory, MemoryPath};

/// How fast further occurrences of a word count for less, and how much the length of a section does: the usual values.
const K1: f64 = 1.2;
const B: f64 = 0.75;
/// A word of the heading counts as often as this.
const HEADING: usize = 3;
/// Characters of a section that a hit shows.
const EXCERPT: usize = 280;

/// A section that has words of the query.
#[derive(Clone, Debug, PartialEq)]
pub struct Hit {
    /// Its file.
    pub path: MemoryPath,
    /// Its line, from 1.
    pub line: usize,
    /// Its id, where it is a note.
    pub id: Option<BlockId>,
    /// Its heading; empty above the first one.
    pub title: String,
    /// How it begins.
    pub excerpt: String,
    /// More is better; comparable within one search.
    pub score: f64,
}

struct Section<'m> {
    path: &'m MemoryPath,
    start: usize,
    line: usize,
    id: Option<BlockId>,
    title: String,
    body: String,
    words: BTreeMap<String, usize>,
    length: usize,
}

/// Returns the best `limit` sections for the words of `query`, the best first, of what `reach` allows.
pub fn search(memory: &Memory, reach: &Reach, query: &str, limit: usize) -> Vec<Hit> {
    let asked: BTreeSet<String> = words(query).into_iter().collect();
    let sections: Vec<Section<'_>> = memory
        .files()
        .filter(|(path, _)| path.is_markdown() && reach.allows(path.as_str()))
        .flat_map(|(path, bytes)| sections(path, bytes))
        .collect();
    let mean =
        sections.iter().map(|section| section.length).sum::<usize>() as f64 / sections.len().max(1) as f64;
    let mut scores = vec![0.0; sections.len()];
    for word in &asked {
        let having = sections.iter().filter(|section| section.words.contains_key(word)).count() as f64;
        let rare = ((sections.len() as f64 - having + 0.5) / (having + 0.5)).ln_1p();
        for (section, score) in sections.iter().zip(&mut scores) {
            let times = section.words.get(word).copied().unwrap_or(0) as f64;
            let length = 1.0 - B + B * section.length as f64 / mean.max(1.0);
            *score += rare * times * (K1 + 1.0) / (times + K1 * length);
        }
    }
    let mut found: Vec<(&Section<'_>, f64)> =
        sections.iter().zip(scores).filter(|(_, score)| *score > 0.0).collect();
    found.sort_by(|(a, x), (b, y)| y.total_cmp(x).then_with(|| (a.path, a.start).cmp(&(b.path, b.start))));
    found.into_iter().take(limit).map(|(section, score)| section.hit(score)).collect()
}

impl Section<'_> {
    fn hit(&self, score: f64) -> Hit {
        let body = self.body.split_whitespace().collect::<Vec<_>>().join(" ");
        let excerpt = match body.char_indices().nth(EXCERPT) {
            Some((at, _)) => format!("{}…", body[..at].trim_end()),
            None => body,
        };
        let (path, id, title) = (self.path.clone(), self.id.clone(), self.title.clone());
        Hit { path, line: self.line, id, title, excerpt, score }
    }
}

/// Cuts a file at its headings. The managed index is left out: it repeats the notes.
fn sections<'m>(path: &'m MemoryPath, bytes: &[u8]) -> Vec<Section<'m>> {
    let outline = Outline::of(bytes);
    let heads = outline
        .headings
        .iter()
        .map(|heading| (heading.range.clone(), heading.text.clone(), heading.id.clone()));
    let heads: Vec<_> =
        [(outline.prose..outline.prose, String::new(), None)].into_iter().chain(heads).collect();
    let ends = heads.iter().skip(1).map(|(range, ..)| range.start).chain([bytes.len()]);
    let cut = |(range, title, id): &(std::ops::Range<usize>, String, Option<BlockId>), end: usize| {
        let mut body = range.end..end.max(range.end);
        if let Some(region) = outline.region.as_ref().filter(|region| body.contains(&region.range.start)) {
            body.end = region.range.start;
        }
        let body = String::from_utf8_lossy(&bytes[body]).into_owned();
        let mut counted = BTreeMap::new();
        let heading = words(title);
        let all = (0..HEADING).flat_map(|_| heading.iter().cloned()).chain(words(&body));
        let length = all.map(|word| *counted.entry(word).or_insert(0) += 1).count();
        let line = 1 + bytes[..range.start].iter().filter(|&&byte| byte == b'\n').count();
        let (id, title) = (id.clone(), title.clone());
        Section { path, start: range.start, line, id, title, body, words: counted, length }
    };
    heads.iter().zip(ends).map(|(head, end)| cut(head, end)).filter(|section| section.length > 0).collect()
}

/// The words of a text: runs of letters and digits, in lower case; what `_`, `-` or `.` joins counts whole and in parts.
fn words(text: &str) -> Vec<String> {
    let mut words = Vec::new();
    for joined in text.split(|c: char| !c.is_alphanumeric() && !matches!(c, '_' | '-' | '.')) {
        let joined = joined.trim_matches(['_', '-', '.']).to_lowercase();
        let parts: Vec<&str> = joined.split(['_', '-', '.']).filter(|part| !part.is_empty()).collect();
        if parts.len() > 1 {
            words.extend(parts.iter().map(|part| (*part).to_owned()));
        }
        if !joined.is_empty() {
            words.push(joined);
        }
    }
    words
}

#[cfg(test)]
mod tests {
    use super::*;

    fn memory(files: &[(&str, &str)]) -> Memory {
        let mut memory = Memory::default();
        for (path, text) in files {
            memory.insert(MemoryPath::new(path).unwrap(), text.as_bytes());
        }
        memory
    }

    fn found(memory: &Memory, query: &str) -> Vec<String> {
        let hits = search(memory, &Reach::default(), query, 9);
        hits.iter()
            .map(|hit| hit.id.as_ref().map_or(format!("{}:{}", hit.path, hit.line), ToString::to_string))
            .collect()
    }

    fn garden() -> Memory {
        memory(&[
            (
                "MEMORY.md",
                "# Garden\n\n<!-- som:index -->\n- Sow beans late → notes/a.md#m-1\n<!-- som:/index -->\n",
            ),
            (
                "notes/a.md",
                "Top words about compost.\n\n### Sow beans late  <!-- som:m-1 -->\nIn May, when `soil_temp` is 12.\n\n\
                 ### Water early  <!-- som:m-2 -->\nBeans like water at six.\n\n## Mine\nCompost in autumn.\n",
            ),
            ("quarantine.md", "### Beans <!-- som:q-1 -->\nbeans beans beans\n"),
            ("people/rosa.md", "beans\n"),
        ])
    }

    #[test]
    fn headings_count_more_and_the_index_and_quarantine_nothing() {
        assert_eq!(found(&garden(), "beans"), ["m-1", "m-2"]);
        assert_eq!(found(&garden(), "COMPOST autumn"), ["notes/a.md:9", "notes/a.md:1"]);
        assert_eq!(found(&garden(), "soil temp"), ["m-1"]);
        assert_eq!(found(&garden(), "soil_temp"), ["m-1"]);
        assert_eq!(found(&garden(), "nothing of that"), [""; 0]);
        assert_eq!(found(&garden(), ""), [""; 0]);
    }

    #[test]
    fn a_rare_word_is_worth_more_than_a_common_one() {
        let files: Vec<(String, String)> = (0..20)
            .map(|n| {
                (format!("{n:02}.md"), format!("# N\n\nthe tool {}\n", if n == 13 { "zebra" } else { "x" }))
            })
            .collect();
        let files: Vec<(&str, &str)> =
            files.iter().map(|(path, text)| (path.as_str(), text.as_str())).collect();
        assert_eq!(found(&memory(&files), "the tool zebra")[0], "13.md:1");
    }

    #[test]
    fn hits_show_how_the_section_begins() {
        let text = format!("# Long\n\n{}\n", "word ".repeat(100));
        let hits = search(&memory(&[("a.md", &text)]), &Reach::default(), "word", 1);
        assert!(hits[0].excerpt.ends_with("word…") && hits[0].excerpt.chars().count() <= EXCERPT + 1);
        assert_eq!((hits[0].title.as_str(), hits[0].line), ("Long", 1));
    }
}
