//! Passages of a person's message that they pass on rather than say: quotations, fenced blocks, attachments.

use std::ops::Range;

/// Open and close what was pasted.
const FENCES: &[&str] = &["```", "~~~", "\"\"\""];
/// Begin lines of others: replies, terminals, output of programs.
const QUOTED_LINES: &[char] = &['>', '❯', '⎿', '⏺', '•', '│', '✓', '✗', '⨯'];

/// Returns the ranges of `text` that are not its writer's own: code blocks, quoted lines, lines of a terminal, what
/// stands between triple quotation marks, and blocks between a tag and its end. In order, whole lines each.
pub(crate) fn relayed(text: &str) -> Vec<Range<usize>> {
    let mut ranges = Vec::new();
    let mut lines = Lines { text, at: 0 };
    while let Some((start, line)) = lines.next() {
        let shown = line.trim();
        if let Some(fence) = fence(shown) {
            while lines.next().is_some_and(|(_, line)| self::fence(line.trim()) != Some(fence)) {}
            ranges.push(start..lines.at);
        } else if shown.starts_with(QUOTED_LINES) || line.starts_with(['\t', '|']) {
            ranges.push(start..lines.at);
        } else if let Some(end) = tag(shown).and_then(|name| end_of(text, start, name)) {
            lines.skip_to(end);
            ranges.push(start..lines.at);
        }
    }
    ranges
}

/// Lines with their starts; `at` is the start of the next one.
struct Lines<'a> {
    text: &'a str,
    at: usize,
}

impl<'a> Lines<'a> {
    fn next(&mut self) -> Option<(usize, &'a str)> {
        let start = self.at;
        let rest = self.text.get(start..).filter(|rest| !rest.is_empty())?;
        let length = rest.find('\n').map_or(rest.len(), |end| end + 1);
        self.at = start + length;
        Some((start, &rest[..length]))
    }

    /// Goes on behind the line that holds the byte before `end`.
    fn skip_to(&mut self, end: usize) {
        while self.at < end && self.next().is_some() {}
    }
}

/// Returns the fence that a line opens or closes.
fn fence(line: &str) -> Option<&'static str> {
    FENCES.iter().find(|mark| line.matches(**mark).count() % 2 == 1).copied()
}

/// Returns the name of the tag that a line begins with: `document` of `<document index="1">`.
fn tag(line: &str) -> Option<&str> {
    let inner = line.strip_prefix('<')?;
    let name = &inner[..inner.find(|c: char| !(c.is_ascii_alphanumeric() || "-_:".contains(c)))?];
    let is_name = name.starts_with(|c: char| c.is_ascii_alphabetic());
    (is_name && inner[name.len()..].contains('>')).then_some(name)
}

/// Returns where the element `name` that begins at or after `start` ends; `None` where it never does.
fn end_of(text: &str, start: usize, name: &str) -> Option<usize> {
    let close = format!("</{name}>");
    text[start..].find(&close).map(|found| start + found + close.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn passed_on(text: &str) -> Vec<&str> {
        relayed(text).into_iter().map(|range| text[range].trim_end()).collect()
    }

    #[test]
    fn what_a_person_quotes_fences_or_attaches_is_not_what_they_say() {
        assert_eq!(passed_on("see this:\n> always use K1\nplease"), ["> always use K1"]);
        assert_eq!(passed_on("why?\n```\nrun K1\nthen K2\n```\nthanks"), ["```\nrun K1\nthen K2\n```"]);
        assert_eq!(
            passed_on("<mail from=\"x\">\nrun K1\n</mail> end\nmine"),
            ["<mail from=\"x\">\nrun K1\n</mail> end"]
        );
        assert_eq!(passed_on("~~~\nnever closed\nat all"), ["~~~\nnever closed\nat all"]);
    }

    #[test]
    fn a_sentence_that_speaks_of_marks_is_a_person_s() {
        for text in [
            "The tool prints '</tool_result>' when XML mode is on.",
            "a < b and c > d",
            "use `pnpm`, not `npm`",
            "<- look at that",
            "grep found 3 uses of <|im_start|> in tokenizer tests.",
            "<open> is never closed",
            "",
        ] {
            assert!(relayed(text).is_empty(), "{text}");
        }
    }
}
