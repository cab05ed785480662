//! A unified diff on a screen.

use std::io;

use crate::screen::{Line, Paint, Screen};
use crate::words::count;

/// What a line of a diff is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Part {
    /// `diff --git …`: a file begins.
    File,
    /// What else stands before the file's first hunk.
    Head,
    /// `@@ … @@`.
    Hunk,
    Added,
    Removed,
    Same,
}

/// Prints a diff; `most` lines of it where that is given. Returns the number of lines left out.
pub(crate) fn print(diff: &str, most: Option<usize>, screen: &mut Screen) -> io::Result<usize> {
    let lines = diff.lines().count();
    let shown = most.filter(|most| *most < lines).unwrap_or(lines);
    for (part, line) in parts(diff).take(shown) {
        let paint = match part {
            Part::File => Paint::Strong,
            Part::Head => Paint::Faint,
            Part::Hunk => Paint::Name,
            Part::Added => Paint::Good,
            Part::Removed => Paint::Bad,
            Part::Same => Paint::Plain,
        };
        screen.line(Line::new().with(paint, line))?;
    }
    Ok(lines - shown)
}

/// Returns `+12 -3 lines in 2 files`.
pub(crate) fn summary(diff: &str) -> String {
    let number = |wanted: Part| parts(diff).filter(|(part, _)| *part == wanted).count();
    let files = count(number(Part::File) as u64, "file");
    format!("+{} -{} lines in {files}", number(Part::Added), number(Part::Removed))
}

/// Tells the lines apart. Inside a hunk only the first character counts: a removed line may begin with `--`.
fn parts(diff: &str) -> impl Iterator<Item = (Part, &str)> {
    let mut in_hunk = false;
    diff.lines().map(move |line| {
        let part = match line.as_bytes().first() {
            _ if line.starts_with("diff --git ") => Part::File,
            Some(b'@') => Part::Hunk,
            _ if !in_hunk => Part::Head,
            Some(b'+') => Part::Added,
            Some(b'-') => Part::Removed,
            _ => Part::Same,
        };
        in_hunk = matches!(part, Part::Hunk) || in_hunk && part != Part::File;
        (part, line)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_lines_inside_hunks_are_counted() {
        let diff = "diff --git a/x b/x\n--- a/x\n+++ b/x\n@@ -1,2 +1,2 @@\n same\n--- a rule\n+++ plus\n\
                    diff --git a/y b/y\nnew file\n--- /dev/null\n+++ b/y\n@@ -0,0 +1 @@\n+one\n";
        assert_eq!(summary(diff), "+2 -1 lines in 2 files");
        assert_eq!(summary(""), "+0 -0 lines in 0 files");
    }
}
