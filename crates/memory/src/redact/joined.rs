//! Secrets wrapped over lines.
//!
//! A terminal breaks a long token at the window's edge, YAML folds it, code concatenates its halves, a shell
//! continues it behind a backslash, and a transcript carries any of these with its line breaks escaped as
//! `\n`. Around each break that can have split a token, the lines are joined, with whatever stood between
//! the halves left out, and scanned again; a finding counts only if it crosses a break.
//!
//! Most line breaks stand between words and cost a look at the bytes around them.

use std::ops::Range;

use super::rules;
use super::scan::{Found, scan_lines};
use super::shape::{is_jumbled, is_wordish};
use super::view::View;

/// How many bytes of the line before the first break, and of the line after the last one, are context.
const CONTEXT: usize = 512;
/// How many bytes of spaces, quotes and marks may stand on each side of a break.
const MARGIN: usize = 96;
/// How many bytes on each side of a break tell whether it can have split a token.
const AROUND: usize = 24;
/// The fewest bytes that the two halves of a token have together.
const TOKEN: usize = 20;

/// A line break, as it is or escaped, with the margins that are not part of a token.
#[derive(Debug, Clone)]
struct Break {
    /// Where the text before the break ends, without quotes and spaces.
    left: usize,
    /// Where the text after the break begins, without indentation, quotes and marks.
    right: usize,
    /// Whether quotes were closed before the break, and opened after it.
    quotes: (bool, bool),
}

/// Returns the secrets that cross a line break of `text`; `found` are those already known, in order.
pub(super) fn scan_wrapped(text: &str, found: &[Found]) -> Vec<Found> {
    let mut wrapped = Vec::new();
    let mut breaks = Breaks { bytes: text.as_bytes(), at: 0 }.peekable();
    let mut line = 0;
    while let Some(first) = breaks.next() {
        let start = line.max(first.left.saturating_sub(CONTEXT));
        line = first.right;
        let Some(mut half) = continuation(text, &first, 0, found) else { continue };
        let mut view = View::default();
        view.push(text, text.ceil_char_boundary(start)..first.left);
        let mut end = text.len();
        // A token can be wrapped more than once: its middle parts fill their lines.
        while let Some(next) = breaks.next_if(|next| next.left <= half.end) {
            line = next.right;
            let joined = view.text().len();
            let Some(more) = continuation(text, &next, joined, found).filter(|_| next.left == half.end)
            else {
                end = next.left;
                break;
            };
            view.push(text, half);
            half = more;
        }
        end = breaks.peek().map_or(end, |next| end.min(next.left));
        end = text.floor_char_boundary(end.min(half.end + CONTEXT)).max(half.end);
        scan_joined(text, view, half.start..end, is_wordish(&text[half]), &mut wrapped);
    }
    wrapped
}

/// Scans joined lines, of which `last` is still to be joined, for findings that cross a break.
///
/// If the last line begins with a word, it need not belong to the token: a token that is whole without the
/// word ends before it, and the word completes only tokens of known form, no values of unknown length.
fn scan_joined(text: &str, mut view: View, last: Range<usize>, wordish: bool, wrapped: &mut Vec<Found>) {
    let mut keep = |view: &View, findings: Vec<Found>| {
        let crossing = findings.into_iter().filter(|finding| view.crosses_a_seam(&finding.range));
        wrapped.extend(crossing.map(|found| Found { range: view.to_source(&found.range), rank: found.rank }));
    };
    let joined = view.text().len();
    if wordish {
        let findings = scan_lines(view.text(), false);
        let whole = findings.iter().any(|finding| finding.range.end == joined);
        keep(&view, findings);
        if whole {
            return;
        }
    }
    view.push(text, last);
    let mut findings = scan_lines(view.text(), false);
    findings.retain(|found| !wordish || found.range.end <= joined || !rules::is_contextual(found.rank));
    keep(&view, findings);
}

/// Returns the bytes with which a token that was split at `split` goes on, if there can be one; `before` is
/// how many bytes were joined already.
fn continuation(text: &str, split: &Break, before: usize, found: &[Found]) -> Option<Range<usize>> {
    let bytes = text.as_bytes();
    if split.quotes.0 != split.quotes.1 || split.right <= split.left {
        return None;
    }
    // Most breaks stand between two words, which the bytes next to them show.
    let part = |byte: &&u8| is_part(**byte);
    let tail = bytes[..split.left].iter().rev().take(AROUND).take_while(part).count();
    let head = bytes[split.right..].iter().take(AROUND).take_while(part).count();
    if tail == 0 || head == 0 || before + tail + head < TOKEN {
        return None;
    }
    if !is_token_split(&bytes[split.left - tail..split.left], &bytes[split.right..split.right + head]) {
        return None;
    }
    let run = head + bytes[split.right + head..].iter().take_while(part).count();
    let mut half = split.right..split.right + run;
    half.end += bytes[half.end..].iter().take(2).take_while(|&&byte| byte == b'=').count();
    let right = &text[half.clone()];
    if names_a_value(bytes, &half) {
        return None;
    }
    // A secret that begins behind the break is on its own. One that ends right before the break may be
    // whole, and then a word behind the break is the text going on.
    let at = found.partition_point(|finding| finding.range.end < split.left);
    let near = found[at..].iter().take(2);
    let whole = near.clone().any(|finding| finding.range.end == split.left);
    let alone = near.clone().any(|finding| finding.range.start == split.right);
    let ended = alone || whole && is_wordish(right);
    (!ended).then_some(half)
}

/// Returns whether `byte` can stand next to the break of a wrapped token.
fn is_part(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-' | b'.' | b'/' | b'+' | b'~' | b'%')
}

/// Returns whether what stands on the two sides of a break, at most [`AROUND`] bytes each, can be the halves
/// of a token rather than two words.
fn is_token_split(left: &[u8], right: &[u8]) -> bool {
    let mut around = [b' '; 2 * AROUND];
    around[..left.len()].copy_from_slice(left);
    around[left.len()..left.len() + right.len()].copy_from_slice(right);
    is_jumbled(&around)
}

/// Returns whether the run `half` is the name in `name=value`, `name: value` or `name(…)`.
fn names_a_value(bytes: &[u8], half: &Range<usize>) -> bool {
    let padded = bytes[half.end - 1] == b'=';
    let rest = &bytes[half.end..];
    let spaces = rest.iter().take(4).take_while(|&&byte| byte == b' ').count();
    let after = rest.get(spaces..).unwrap_or_default();
    let name = bytes[half.start].is_ascii_alphabetic() && half.len() <= 48;
    match after {
        [b'=', ..] => name,
        [b':', b'/', b'/', ..] => false,
        [b':', ..] | [b'(', ..] => name && spaces == 0,
        [next, ..] => padded && spaces == 0 && next.is_ascii_alphanumeric() && name,
        [] => false,
    }
}

/// Iterates over the line breaks of a text.
struct Breaks<'t> {
    bytes: &'t [u8],
    at: usize,
}

impl Iterator for Breaks<'_> {
    type Item = Break;

    fn next(&mut self) -> Option<Break> {
        loop {
            let at = self.at + memchr::memchr2(b'\n', b'\\', self.bytes.get(self.at..)?)?;
            let width = match &self.bytes[at..] {
                [b'\n', ..] => 1,
                [b'\\', b'n', ..] => 2,
                [b'\\', b'r', b'\\', b'n', ..] => 4,
                _ => {
                    self.at = at + 1;
                    continue;
                }
            };
            self.at = at + width;
            let (left, closed) = self.left_margin(at);
            let (right, opened) = self.right_margin(at + width, left);
            return Some(Break { left, right, quotes: (closed, opened) });
        }
    }
}

impl Breaks<'_> {
    /// Returns where the text before a break at `at` ends, and whether a quote was closed there.
    fn left_margin(&self, at: usize) -> (usize, bool) {
        let floor = at.saturating_sub(MARGIN);
        let (mut left, mut closed) = (at, false);
        while left > floor {
            match self.bytes[left - 1] {
                b' ' | b'\t' | b'\r' | b'\\' | b'|' => {}
                b'"' | b'\'' | b'`' => closed = true,
                // The operator of a concatenation stands apart from the quote that it follows.
                b'+' | b'.'
                    if left >= 3
                        && self.bytes[left - 2] == b' '
                        && b"\"'`".contains(&self.bytes[left - 3]) => {}
                _ => break,
            }
            left -= 1;
        }
        (left, closed)
    }

    /// Returns where the text after a break begins, and whether a quote was opened there. A mark that opens
    /// the line before (`+` of a diff, `>` of a quotation, `#` of a comment) is skipped on this one too.
    fn right_margin(&self, from: usize, left: usize) -> (usize, bool) {
        let ceiling = self.bytes.len().min(from + MARGIN);
        let opens_line_before = |mark: u8| {
            let before = &self.bytes[left.saturating_sub(CONTEXT)..left];
            let line = memchr::memrchr(b'\n', before).map_or(before, |at| &before[at + 1..]);
            line.iter().copied().find(|byte| !matches!(byte, b' ' | b'\t')) == Some(mark)
        };
        let (mut right, mut opened) = (from, false);
        while right < ceiling {
            match self.bytes[right] {
                b' ' | b'\t' | b'|' | b'>' => {}
                b'"' | b'\'' | b'`' => opened = true,
                b'\\' if matches!(self.bytes.get(right + 1), Some(b'"' | b'\'' | b't')) => {
                    right += usize::from(self.bytes[right + 1] == b't');
                }
                byte @ (b'+' | b'-' | b'#' | b'*' | b'/') if !opened && opens_line_before(byte) => {}
                b'+' | b'.' if self.bytes.get(right + 1) == Some(&b' ') => {}
                _ => break,
            }
            right += 1;
        }
        (right, opened)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn splits(text: &str) -> Vec<(&str, &str)> {
        Breaks { bytes: text.as_bytes(), at: 0 }
            .filter_map(|split| {
                let half = continuation(text, &split, 0, &[])?;
                let tail = text[..split.left].rfind(|c: char| !c.is_ascii() || !is_part(c as u8));
                Some((&text[tail.map_or(0, |at| at + 1)..split.left], &text[half]))
            })
            .collect()
    }

    #[test]
    fn wrapped_tokens_are_joined_over_their_margins() {
        let halves = [("k3J9xQ2mP7vL", "4nR8wT6yZ1aB")];
        for text in [
            "key k3J9xQ2mP7vL\n4nR8wT6yZ1aB",
            "key k3J9xQ2mP7vL\r\n    4nR8wT6yZ1aB end",
            "key k3J9xQ2mP7vL\\\n4nR8wT6yZ1aB",
            r"key k3J9xQ2mP7vL\n4nR8wT6yZ1aB",
            r"key k3J9xQ2mP7vL\r\n\t4nR8wT6yZ1aB",
            "\"k3J9xQ2mP7vL\" +\n  \"4nR8wT6yZ1aB\"",
            "> k3J9xQ2mP7vL\n> 4nR8wT6yZ1aB",
            "+ k3J9xQ2mP7vL\n+ 4nR8wT6yZ1aB",
            "# k3J9xQ2mP7vL\n# 4nR8wT6yZ1aB",
        ] {
            assert_eq!(splits(text), halves, "{text:?}");
        }
    }

    #[test]
    fn lines_that_do_not_go_on_are_left_alone() {
        for text in [
            "an ordinary sentence that is\nwrapped by an editor",
            "key k3J9xQ2mP7vL4nR8\nDEBUG=1",
            "key k3J9xQ2mP7vL4nR8\nlevel: 3",
            "key \"k3J9xQ2mP7vL4nR8\"\nprint",
            "key k3J9xQ2mP7vL4nR8\n\n4nR8wT6yZ1aB",
        ] {
            assert_eq!(splits(text), [], "{text:?}");
        }
    }
}
