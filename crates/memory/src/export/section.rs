//! A section of ours in somebody else's file, between two marker lines.

use std::ops::Range;

use crate::splice::{insert_passage, remove_passage};
use crate::text::{Eol, bom_len, content_end};

/// The line before our section.
pub const SECTION_START: &str = "<!-- somnium:start -->";
/// The line after it.
pub const SECTION_END: &str = "<!-- somnium:end -->";
/// What both begin with: a text that is put between them must not hold it.
const MARKER: &str = "<!-- somnium:";

/// The markers in a file are not one start with one end behind it.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "the markers of the section are broken: {why} (line {line}); put one `{SECTION_START}` and one `{SECTION_END}` \
     behind it, or take both out"
)]
pub struct SectionError {
    /// The line of the marker, from 1.
    pub line: usize,
    /// What is wrong.
    pub why: &'static str,
}

impl SectionError {
    /// Returns the code of the page that explains this error.
    pub fn code(&self) -> &'static str {
        "SOM030"
    }
}

/// Returns `file` with `text` as our section: in place of the one that is there, or behind all else. No other byte
/// changes; the section's lines end as most lines of the file do.
///
/// # Errors
///
/// [`SectionError`] where the markers are broken: nothing can then be told to be ours.
pub fn put_section(file: &[u8], text: &str) -> Result<Vec<u8>, SectionError> {
    let eol = Eol::of(file);
    let text = text.replace(MARKER, "<!-- somnium ");
    let passage = eol.apply(&format!("{SECTION_START}\n{}\n{SECTION_END}", text.trim_end_matches('\n')));
    Ok(match find(file)? {
        Some(range) => [&file[..range.start], passage.as_bytes(), &file[range.end..]].concat(),
        None => {
            let start = bom_len(file);
            let point = content_end(file, start, file.len());
            insert_passage(file, start, point, passage.as_bytes(), eol).0
        }
    })
}

/// Returns `file` without our section, or `None` where it has none. A file that had none before [`put_section`] is as
/// it was, but for a line break at its end.
///
/// # Errors
///
/// As [`put_section`].
pub fn take_section(file: &[u8]) -> Result<Option<Vec<u8>>, SectionError> {
    Ok(find(file)?.map(|range| remove_passage(file, bom_len(file), &range)))
}

/// Returns whether `file` has our section.
///
/// # Errors
///
/// As [`put_section`].
pub fn has_section(file: &[u8]) -> Result<bool, SectionError> {
    Ok(find(file)?.is_some())
}

/// Returns where our section is: from the start of the one marker's line to the end of the other's.
fn find(file: &[u8]) -> Result<Option<Range<usize>>, SectionError> {
    let mut at = bom_len(file);
    let mut start: Option<usize> = None;
    let mut found: Option<Range<usize>> = None;
    let mut last = 0;
    for (number, line) in (1..).zip(file[at..].split_inclusive(|&byte| byte == b'\n')) {
        let broken = |why| Err(SectionError { line: number, why });
        let text = line.trim_ascii();
        if text == SECTION_START.as_bytes() {
            last = number;
            if start.is_some() || found.is_some() {
                return broken("there is a second start");
            }
            start = Some(at);
        } else if text == SECTION_END.as_bytes() {
            if found.is_some() {
                return broken("there is a second end");
            }
            let Some(start) = start.take() else { return broken("there is an end without a start") };
            found = Some(start..at + line.trim_ascii_end().len());
        }
        at += line.len();
    }
    match start {
        Some(_) => Err(SectionError { line: last, why: "there is a start without an end" }),
        None => Ok(found),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn put(file: &str, text: &str) -> String {
        String::from_utf8(put_section(file.as_bytes(), text).unwrap()).unwrap()
    }

    #[test]
    fn a_section_comes_last_and_is_replaced_where_it_stands() {
        let first = put("# Mine\n\ntext\n", "one\n");
        assert_eq!(first, format!("# Mine\n\ntext\n\n{SECTION_START}\none\n{SECTION_END}\n"));
        assert_eq!(put("", "one"), format!("{SECTION_START}\none\n{SECTION_END}\n"));
        let moved = format!("top\n{SECTION_START}\none\n{SECTION_END}  \nbottom");
        assert_eq!(
            put(&moved, "two\nlines"),
            format!("top\n{SECTION_START}\ntwo\nlines\n{SECTION_END}  \nbottom")
        );
    }

    /// Every other byte stays: line breaks of Windows, none at the end, a byte order mark, bytes that are no text.
    #[test]
    fn no_other_byte_changes_and_twice_is_once() {
        let files: [&[u8]; 8] = [
            b"",
            b"a",
            b"a\n",
            b"a\r\nb\r\n",
            b"a\r\nb",
            b"\xef\xbb\xbf# A\r\n\r\n\r\n",
            b"\xff\xfe\n\n\n  \n",
            b"a\nb\r\n\tc\n\n",
        ];
        for file in files {
            let once = put_section(file, "one\ntwo").unwrap();
            assert_eq!(put_section(&once, "one\ntwo").unwrap(), once, "{file:?}");
            let at = once.windows(SECTION_START.len()).position(|at| at == SECTION_START.as_bytes()).unwrap();
            assert!(file.starts_with(once[..at].trim_ascii_end()), "{file:?}");
            let other = put_section(&once, "three").unwrap();
            assert_eq!(put_section(&other, "one\ntwo").unwrap(), once, "{file:?}");
            let without = take_section(&once).unwrap().unwrap();
            let same = without == file
                || without
                    .strip_suffix(b"\n")
                    .is_some_and(|rest| rest.strip_suffix(b"\r").unwrap_or(rest) == file);
            assert!(same, "{file:?} {without:?}");
            assert_eq!(take_section(file), Ok(None));
        }
        let windows = put_section(b"a\r\nb\r\n", "one\ntwo").unwrap();
        assert!(!String::from_utf8(windows).unwrap().replace("\r\n", "").contains('\n'));
    }

    #[test]
    fn broken_markers_are_refused_with_their_line() {
        let (start, end) = (SECTION_START, SECTION_END);
        for (file, line) in [
            (format!("a\n{start}\nb\n"), 2),
            (format!("{end}\n"), 1),
            (format!("{end}\n{start}\n"), 1),
            (format!("{start}\n{start}\n{end}\n"), 2),
            (format!("{start}\n{end}\n{end}\n"), 3),
            (format!("{start}\n{end}\n{start}\n{end}\n"), 3),
        ] {
            let found = put_section(file.as_bytes(), "x").unwrap_err();
            assert_eq!((found.line, found.code()), (line, "SOM030"), "{file}");
            assert!(take_section(file.as_bytes()).is_err() && has_section(file.as_bytes()).is_err());
        }
    }

    #[test]
    fn a_text_cannot_forge_a_marker() {
        let file = put("a\n", &format!("x\n{SECTION_END}\n{SECTION_START}\ny"));
        assert!(has_section(file.as_bytes()).unwrap());
        assert_eq!(take_section(file.as_bytes()).unwrap().unwrap(), b"a\n");
    }
}
