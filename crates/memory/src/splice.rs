//! Cutting passages out of a file and putting them in, with the blank lines that belong to them.

use std::ops::Range;

use crate::text::{Eol, content_end, eol_len_at, eol_len_before};

/// Puts `passage` into `bytes` at `point`, the end of the content that it follows, separated by one blank line
/// on either side. `start` is the first byte after a byte order mark. Returns the new bytes and where in them
/// the passage begins.
pub(crate) fn insert_passage(
    bytes: &[u8],
    start: usize,
    point: usize,
    passage: &[u8],
    eol: Eol,
) -> (Vec<u8>, usize) {
    let eol = eol.as_str().as_bytes();
    let follows_content = !is_blank(&bytes[start..point]);
    let point = if follows_content { point } else { start };
    let rest = &bytes[point..];

    let mut after = Vec::new();
    let before = if follows_content {
        let terminator = eol_len_at(rest, 0);
        if terminator == 0 || !starts_with_blank_line(&rest[terminator..]) {
            after.extend_from_slice(eol);
        }
        [eol, eol].concat()
    } else {
        after.extend_from_slice(eol);
        if !is_blank(rest) {
            after.extend_from_slice(eol);
        }
        Vec::new()
    };
    let at = point + before.len();
    ([&bytes[..point], &before, passage, &after, rest].concat(), at)
}

/// Takes the passage at `range` out of `bytes`: the inverse of [`insert_passage`].
pub(crate) fn remove_passage(bytes: &[u8], start: usize, range: &Range<usize>) -> Vec<u8> {
    let terminator = eol_len_at(bytes, range.end);
    let rest = &bytes[range.end + terminator..];
    let follows_content = !is_blank(&bytes[start..range.start]);
    let cut = if !follows_content {
        let separator = if is_blank(rest) { 0 } else { eol_len_at(rest, 0) };
        range.start..range.end + terminator + separator
    } else if starts_with_blank_line(rest) {
        // The terminator of the passage becomes the one of the line before.
        let first = eol_len_before(bytes, range.start);
        let second = eol_len_before(bytes, range.start - first);
        range.start - first - second..range.end
    } else {
        // What follows stands right below the passage: it keeps the blank line above the passage as its own.
        range.start..range.end + terminator
    };
    [&bytes[..cut.start], &bytes[cut.end..]].concat()
}

fn is_blank(bytes: &[u8]) -> bool {
    bytes.iter().all(u8::is_ascii_whitespace)
}

/// Returns whether the first line of `bytes` is blank, or there is none.
fn starts_with_blank_line(bytes: &[u8]) -> bool {
    is_blank(&bytes[..content_end(bytes, 0, bytes.iter().position(|&b| b == b'\n').unwrap_or(bytes.len()))])
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Inserts `P` at the end of the content before the byte that `|` marks, and takes it out again.
    fn there_and_back(text: &str) -> (String, String) {
        let limit = text.find('|').unwrap();
        let bytes = text.replace('|', "").into_bytes();
        let point = content_end(&bytes, 0, limit);
        let (with, at) = insert_passage(&bytes, 0, point, b"P", Eol::of(&bytes));
        assert_eq!(&with[at..=at], b"P");
        let without = remove_passage(&with, 0, &(at..at + 1));
        (String::from_utf8(with).unwrap(), String::from_utf8(without).unwrap())
    }

    #[test]
    fn one_blank_line_on_either_side_and_back_to_the_byte() {
        for (text, with) in [
            ("|", "P\n"),
            ("\n|", "P\n\n"),
            ("a\n|", "a\n\nP\n"),
            ("a  \n\n\n|", "a  \n\nP\n\n\n"),
            ("a\r\nb\r\n|", "a\r\nb\r\n\r\nP\r\n"),
            ("a\n\n|## b\n", "a\n\nP\n\n## b\n"),
            ("|## b\n", "P\n\n## b\n"),
            ("\n\n|## b\n", "P\n\n\n\n## b\n"),
            ("a\n \n|## b", "a\n\nP\n \n## b"),
        ] {
            assert_eq!(there_and_back(text), (with.to_owned(), text.replace('|', "")), "{text:?}");
        }
    }

    #[test]
    fn what_cannot_be_restored_is_only_what_the_contract_names() {
        assert_eq!(there_and_back("a|"), ("a\n\nP\n".into(), "a\n".into()));
        assert_eq!(there_and_back("a\n|## b\n"), ("a\n\nP\n\n## b\n".into(), "a\n\n## b\n".into()));
    }

    #[test]
    fn what_stands_right_below_is_not_joined_to_what_stands_above() {
        assert_eq!(remove_passage(b"a\n\nP\nb\n---\n", 0, &(3..4)), b"a\n\nb\n---\n");
        assert_eq!(remove_passage(b"a\nP\n\nb\n", 0, &(2..3)), b"a\n\nb\n");
    }
}
