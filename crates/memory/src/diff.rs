//! What changed between two memories, for people to read.

use std::collections::BTreeSet;
use std::fmt::Write;

use similar::{ChangeTag, TextDiff};

use crate::memory::{Memory, is_text};
use crate::text::Eol;

/// The lines of unchanged text around a change.
const CONTEXT: usize = 3;

/// Returns a unified diff in git's style, files by path; empty where nothing changed.
///
/// The text is safe to print: control characters, and the invisible characters that reorder or hide text, are
/// shown as `\u{…}`; bytes that are not UTF-8 as `\u{fffd}`'s sign. The carriage returns of a file that uses
/// them throughout, before and after, are left out. Binary files are named only.
pub fn unified_diff(before: &Memory, after: &Memory) -> String {
    let paths: BTreeSet<_> = before.files().chain(after.files()).map(|(path, _)| path).collect();
    let mut out = String::new();
    for path in paths {
        let (old, new) = (before.get(path), after.get(path));
        if old == new {
            continue;
        }
        let shown = visible(path.as_str());
        let _ = writeln!(out, "diff --git a/{shown} b/{shown}");
        let _ = match (old, new) {
            (None, _) => writeln!(out, "new file mode 100644"),
            (_, None) => writeln!(out, "deleted file mode 100644"),
            _ => Ok(()),
        };
        let old_name = if old.is_some() { format!("a/{shown}") } else { "/dev/null".into() };
        let new_name = if new.is_some() { format!("b/{shown}") } else { "/dev/null".into() };
        let (old, new) = (old.unwrap_or_default(), new.unwrap_or_default());
        if is_text(old) && is_text(new) {
            let text = hunks(old, new);
            if !text.is_empty() {
                let _ = write!(out, "--- {old_name}\n+++ {new_name}\n{text}");
            }
        } else {
            let _ = writeln!(out, "Binary files {old_name} and {new_name} differ");
        }
    }
    out
}

fn hunks(old: &[u8], new: &[u8]) -> String {
    let hide_cr = [old, new].into_iter().all(uses_crlf_throughout);
    let (old, new) = (String::from_utf8_lossy(old), String::from_utf8_lossy(new));
    let diff = TextDiff::from_lines(&*old, &*new);
    let mut out = String::new();
    for hunk in diff.unified_diff().context_radius(CONTEXT).iter_hunks() {
        let _ = writeln!(out, "{}", hunk.header());
        for change in hunk.iter_changes() {
            out.push(match change.tag() {
                ChangeTag::Equal => ' ',
                ChangeTag::Delete => '-',
                ChangeTag::Insert => '+',
            });
            let line = change.value();
            let ended = line.strip_suffix('\n');
            let line = ended.unwrap_or(line);
            out.push_str(&visible(if hide_cr { line.strip_suffix('\r').unwrap_or(line) } else { line }));
            out.push('\n');
            if ended.is_none() {
                out.push_str("\\ No newline at end of file\n");
            }
        }
    }
    out
}

fn uses_crlf_throughout(bytes: &[u8]) -> bool {
    let mut lines = bytes.split_inclusive(|&byte| byte == b'\n').filter(|line| line.ends_with(b"\n"));
    bytes.is_empty() || (Eol::of(bytes) == Eol::CrLf && lines.all(|line| line.ends_with(b"\r\n")))
}

/// Returns `line` with everything escaped that could move the cursor, colour the terminal, or make the text
/// look like another one.
pub fn visible(line: &str) -> String {
    let mut out = String::with_capacity(line.len());
    for c in line.chars() {
        let hidden = matches!(c,
            '\u{ad}' | '\u{61c}' | '\u{180e}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}'
            | '\u{2060}'..='\u{206f}' | '\u{feff}' | '\u{fff9}'..='\u{fffb}' | '\u{1d173}'..='\u{1d17a}'
            | '\u{e0000}'..='\u{e007f}');
        if (c.is_control() && c != '\t') || hidden {
            let _ = write!(out, "\\u{{{:x}}}", u32::from(c));
        } else {
            out.push(c);
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::MemoryPath;

    fn memory(files: &[(&str, &[u8])]) -> Memory {
        let mut memory = Memory::default();
        for (path, bytes) in files {
            memory.insert(MemoryPath::new(path).unwrap(), *bytes);
        }
        memory
    }

    #[test]
    fn added_changed_and_deleted_files_are_shown_by_path() {
        let before = memory(&[("b.md", b"1\n2\n3\n4\n5\n6\n"), ("c.md", b"gone"), ("same.md", b"x")]);
        let after = memory(&[("a.md", b"new\n"), ("b.md", b"1\n2\n3\n4\n5\nsix\n"), ("same.md", b"x")]);
        insta::assert_snapshot!(unified_diff(&before, &after), @r"
        diff --git a/a.md b/a.md
        new file mode 100644
        --- /dev/null
        +++ b/a.md
        @@ -0,0 +1 @@
        +new
        diff --git a/b.md b/b.md
        --- a/b.md
        +++ b/b.md
        @@ -3,4 +3,4 @@
         3
         4
         5
        -6
        +six
        diff --git a/c.md b/c.md
        deleted file mode 100644
        --- a/c.md
        +++ /dev/null
        @@ -1 +0,0 @@
        -gone
        \ No newline at end of file
        ");
        assert_eq!(unified_diff(&after, &after), "");
    }

    #[test]
    fn nothing_in_a_file_reaches_the_terminal_as_a_control() {
        let after = memory(&[("a.md", b"\x1b[31mred\x07 \xe2\x80\xaeevil \xff\n"), ("b.bin", b"\0\x1b")]);
        let diff = unified_diff(&Memory::default(), &after);
        assert!(diff.chars().all(|c| c == '\n' || !c.is_control()), "{diff:?}");
        assert!(diff.contains(r"+\u{1b}[31mred\u{7} \u{202e}evil"), "{diff}");
        assert!(diff.contains("Binary files /dev/null and b/b.bin differ"), "{diff}");
    }

    #[test]
    fn carriage_returns_show_only_where_they_are_the_change() {
        let crlf = memory(&[("a.md", b"x\r\ny\r\n")]);
        let edited = memory(&[("a.md", b"x\r\nz\r\n")]);
        assert!(!unified_diff(&crlf, &edited).contains(r"\u{d}"));
        let lf = memory(&[("a.md", b"x\ny\n")]);
        assert!(unified_diff(&crlf, &lf).contains(r"-x\u{d}"));
    }
}
