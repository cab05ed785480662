//! A unified diff on a screen.

use std::io;

use crate::screen::{Line, Paint, Screen};
use crate::words::count;

/// Prints a diff; `most` lines of it where that is given. Returns the number of lines left out.
pub(crate) fn print(diff: &str, most: Option<usize>, screen: &mut Screen) -> io::Result<usize> {
    let lines = diff.lines().count();
    let shown = most.filter(|most| *most < lines).unwrap_or(lines);
    for line in diff.lines().take(shown) {
        screen.line(Line::new().with(paint(line), line))?;
    }
    Ok(lines - shown)
}

/// Returns `+12 −3 lines in 2 files`.
pub(crate) fn summary(diff: &str) -> String {
    let (mut added, mut removed, mut files) = (0, 0, 0);
    for line in diff.lines() {
        match line.as_bytes() {
            _ if line.starts_with("diff --git ") => files += 1,
            _ if line.starts_with("+++ ") || line.starts_with("--- ") => {}
            [b'+', ..] => added += 1,
            [b'-', ..] => removed += 1,
            _ => {}
        }
    }
    format!("+{added} -{removed} lines in {}", count(files, "file"))
}

fn paint(line: &str) -> Paint {
    match line.as_bytes().first() {
        _ if line.starts_with("diff --git ") => Paint::Strong,
        Some(b'+') => Paint::Good,
        Some(b'-') => Paint::Bad,
        Some(b'@') => Paint::Name,
        _ => Paint::Plain,
    }
}
