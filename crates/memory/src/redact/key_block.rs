//! Private keys in blocks of lines: PEM, of which a copy may be indented, quoted, escaped or cut off, and
//! PuTTY's.

use std::ops::Range;

use super::scan::Hit;
use super::shape::is_placeholder;

/// The longest key block, in bytes, that is walked.
const BLOCK: usize = 64 * 1024;

/// Takes a PEM block from its header to its footer or, where the footer is missing, to the end of its body.
pub(super) fn pem_block(hit: &Hit<'_>) -> Option<Range<usize>> {
    let from = hit.secret.end;
    let limit = hit.text.floor_char_boundary((from + BLOCK).min(hit.text.len()));
    let rest = &hit.text[from..limit];
    if let Some(dashes) = rest.find("----")
        && let Some(footer) = rest[dashes..rest.floor_char_boundary(dashes + 9)].find("END")
    {
        let body = &rest[..dashes];
        let line = &rest[dashes + footer..];
        let tail = line
            .find("----")
            .filter(|&at| at < 64)
            .map_or(3, |at| at + line[at..].bytes().take_while(|&byte| byte == b'-').count());
        return has_key_line(body).then(|| hit.secret.start..from + dashes + footer + tail);
    }
    let body = key_lines(rest);
    (body > 0).then(|| hit.secret.start..from + body)
}

/// Takes the body before a PEM footer, for a block whose header was cut off.
pub(super) fn pem_tail(hit: &Hit<'_>) -> Option<Range<usize>> {
    let bytes = hit.text.as_bytes();
    let floor = hit.start.saturating_sub(BLOCK);
    let (mut at, mut start) = (hit.start, None);
    while at > floor {
        let line = at - bytes[floor..at].iter().rev().take_while(|&&byte| is_filling(byte)).count();
        let run = bytes[floor..line].iter().rev().take_while(|&&byte| is_body(byte)).count();
        let mut first = line - run;
        if first > floor && bytes[first - 1] == b'\\' && run > 0 && matches!(bytes[first], b'n' | b'r' | b't')
        {
            // The letter of an escaped line break; the line, if anything is left of it, begins behind.
            first += 1;
        }
        let length = line - first;
        // Only the last line of a body is short.
        if length >= 16 {
            start = Some(first);
        } else if run == 0 || start.is_some() || hit.start - line > 8 && length > 0 {
            break;
        }
        at = line - run;
    }
    start.map(|start| start..hit.secret.end)
}

/// Takes the lines of a PuTTY key's private part.
pub(super) fn putty_block(hit: &Hit<'_>) -> Option<Range<usize>> {
    let from = hit.secret.end;
    let limit = hit.text.floor_char_boundary((from + BLOCK).min(hit.text.len()));
    let body = key_lines(&hit.text[from..limit]);
    (body > 0).then(|| from..from + body)
}

fn is_body(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'/' | b'=')
}

/// Returns whether `byte` can stand between two lines of a key: space, quotes, escapes, quoting marks.
fn is_filling(byte: u8) -> bool {
    byte.is_ascii_whitespace()
        || matches!(byte, b'\\' | b'"' | b'\'' | b'`' | b',' | b'>' | b'|' | b'#' | b'*')
}

/// Returns whether `body` holds a line that can be part of a key.
fn has_key_line(body: &str) -> bool {
    body.split(|c: char| !c.is_ascii() || !is_body(c as u8))
        .any(|run| run.len() >= 16 && !is_placeholder(run))
}

/// Returns how many bytes of `text`, from its start, are lines of a key: runs of Base64 with fillings and
/// RFC 1421 headers between them, the first run at least 16 bytes long.
fn key_lines(text: &str) -> usize {
    let bytes = text.as_bytes();
    let (mut at, mut end) = (0, 0);
    loop {
        at += bytes[at..].iter().take_while(|&&byte| is_filling(byte)).count();
        // Behind the backslash of an escape stands its letter, which is no part of the key.
        while at > 0 && bytes[at - 1] == b'\\' && matches!(bytes.get(at), Some(b'n' | b'r' | b't')) {
            at += 1;
            at += bytes[at..].iter().take_while(|&&byte| is_filling(byte)).count();
        }
        let run = bytes[at..].iter().take_while(|&&byte| is_body(byte)).count();
        if run >= 16
            || end > 0
                && run > 0
                && !text[at..at + run].bytes().all(|b| b.is_ascii_lowercase())
                && ends_line(bytes, at + run)
        {
            end = at + run;
            at = end;
            continue;
        }
        let line = bytes[at..].iter().position(|&byte| byte == b'\n').unwrap_or(bytes.len() - at);
        let header = ["Proc-Type:", "DEK-Info:", "Comment:", "Version:", "Content-Domain:"]
            .iter()
            .any(|name| text[at..].starts_with(name));
        if !header || line == 0 {
            return end;
        }
        at += line;
    }
}

fn ends_line(bytes: &[u8], at: usize) -> bool {
    bytes.get(at).is_none_or(|byte| matches!(byte, b'\n' | b'\r' | b'\\' | b'"' | b'\'' | b'`'))
}
