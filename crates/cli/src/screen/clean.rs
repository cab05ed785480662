//! What a terminal may be shown. Transcripts are other people's bytes: a control character in them can move
//! the cursor, rewrite what was printed, or answer for the user.

use std::borrow::Cow;
use std::fmt::Write as _;

/// Returns whether `c` could make a terminal do something, or show text that is not there: control
/// characters, direction overrides, invisible characters, line separators.
pub(crate) fn is_unsafe(c: char) -> bool {
    c.is_control()
        || matches!(c,
            '\u{ad}' | '\u{61c}' | '\u{180e}' | '\u{200b}' | '\u{200e}' | '\u{200f}'
            | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}' | '\u{fff9}'..='\u{fffb}'
            | '\u{e0000}'..='\u{e007f}')
}

/// Returns `text` fit for one line of a terminal: a tab is four spaces, a line break is `⏎`, and whatever
/// else [`is_unsafe`] is written as `\u{1b}`.
pub(crate) fn clean(text: &str) -> Cow<'_, str> {
    if !text.contains(is_unsafe) {
        return Cow::Borrowed(text);
    }
    let mut cleaned = String::with_capacity(text.len() + 16);
    let mut chars = text.chars().peekable();
    while let Some(c) = chars.next() {
        match c {
            '\t' => cleaned.push_str("    "),
            '\r' if chars.peek() == Some(&'\n') => {}
            '\n' => cleaned.push('⏎'),
            c if is_unsafe(c) => {
                // Writing to a string cannot fail.
                let _ = write!(cleaned, "{}", c.escape_unicode());
            }
            c => cleaned.push(c),
        }
    }
    Cow::Owned(cleaned)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_that_acts_on_a_terminal_is_left() {
        let hostile = "a\u{1b}[2Jb\rc\u{7f}\u{9b}31m\u{202e}d\u{200b}\0\u{e0041}\ttab\r\nend";
        let cleaned = clean(hostile);
        assert!(!cleaned.contains(is_unsafe), "{cleaned}");
        assert_eq!(
            cleaned,
            "a\\u{1b}[2Jb\\u{d}c\\u{7f}\\u{9b}31m\\u{202e}d\\u{200b}\\u{0}\\u{e0041}    tab⏎end"
        );
    }

    #[test]
    fn ordinary_text_is_passed_through() {
        for text in ["", "plain", "naïve 日本語 👩‍👩‍👧 `x` — “y”"] {
            assert!(matches!(clean(text), Cow::Borrowed(same) if same == text), "{text}");
        }
    }
}
