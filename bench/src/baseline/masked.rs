//! The masks that log parsers ship with: quoted strings, URLs, paths, hexadecimal and decimal numbers. There
//! is no rule for tokens that merely contain a digit: `HAT030` stays.

use std::sync::LazyLock;

use regex::Regex;
use somnium_dream::WILDCARD;

static MASKS: LazyLock<Option<Regex>> = LazyLock::new(|| {
    Regex::new(
        r#"(?x)
          "[^"\n]*" | '[^'\n]*'                                            # quoted strings
        | \b[a-z][a-z0-9+.-]*://[^\s"'<>]+                                 # URLs
        | (?:~|\.{1,2})?(?:/[\w.@+-]+)+/? | \b[\w.-]+(?:/[\w.@+-]+)+/?     # paths
        | \b0x[0-9a-fA-F]+\b
        | \b[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}\b         # UUIDs
        | \b(?:[0-9]+[a-f]|[a-f]+[0-9])[0-9a-f]{6,}\b                      # digests
        | [-+]?\b\d+(?:[-.,:]\d+)*\b                                       # numbers, dates, times
        "#,
    )
    .ok()
});

/// Returns `line` with every value that the masks know replaced, and single spaces.
pub fn ordinary_masks(line: &str) -> String {
    let masked = match MASKS.as_ref() {
        Some(masks) => masks.replace_all(line, WILDCARD),
        None => line.into(),
    };
    masked.split_whitespace().collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_of_a_known_look_are_masked_and_no_others() {
        let cases = [
            ("cat: src/a.txt: No such file or directory", "cat: <*>: No such file or directory"),
            ("No module named 'tidal'", "No module named <*>"),
            ("see https://example.org/a?b=1 now", "see <*> now"),
            ("at 0x7ffe and 1234567 of 1dea5bee7", "at <*> and <*> of <*>"),
            ("berth QX17 is taken on 2026-03-02", "berth QX17 is taken on <*>"),
        ];
        for (line, want) in cases {
            assert_eq!(ordinary_masks(line), want, "{line}");
        }
    }
}
