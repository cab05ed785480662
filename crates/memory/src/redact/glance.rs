//! A first look at the bytes behind a keyword: words like `key` and `token` stand in ordinary text, too, where a
//! glance at what follows costs a tenth of what the rule's expression does.
//!
//! A glance may let through too much, never too little. Bytes that are not ASCII always pass: an expression that
//! ignores case takes a few letters outside of ASCII for ASCII ones.

/// The shortest value that [`long_word_near`] looks for.
const LONG: usize = 20;
/// How many spaces can stand between a keyword and that value, those inside the keyword included.
const SPACES: usize = 6;

/// Lets everything through.
pub(super) fn anything(_: &[u8]) -> bool {
    true
}

/// Lets through a name that ends, behind quotes and blanks, with a sign of assignment.
pub(super) fn assigned(bytes: &[u8]) -> bool {
    let name = |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-');
    let closing = |byte: &u8| matches!(byte, b'\\' | b'"' | b'\'' | b'`' | b']');
    let blank = |byte: &u8| matches!(byte, b' ' | b'\t');
    let mut rest = bytes.iter().skip_while(|byte| name(byte)).skip_while(|byte| closing(byte));
    let next = rest.find(|byte| !blank(byte));
    next.is_some_and(|byte| matches!(byte, b'=' | b':' | b',' | b'(' | b'>') || !byte.is_ascii())
}

/// Lets through what has a long unbroken value within a few words.
pub(super) fn long_word_near(bytes: &[u8]) -> bool {
    let (mut run, mut spaces) = (0, 0);
    for byte in bytes {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'+' | b'/' | b'_' | b'=' | b'~' | b'.' | b'-' => {
                run += 1
            }
            b' ' | b':' | b'"' | b'\'' | b'`' | b'(' => {
                run = 0;
                spaces += usize::from(*byte == b' ');
            }
            _ => return !byte.is_ascii(),
        }
        if run >= LONG || spaces > SPACES {
            return run >= LONG;
        }
    }
    false
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::redact::rules::RULES;

    #[test]
    fn ordinary_words_are_not_worth_an_expression() {
        assert!(!assigned(b"key account") && !assigned(b"token") && !assigned(b"session-id is"));
        assert!(
            assigned(b"key = 1")
                && assigned(b"token\\\"]  :")
                && assigned(b"secret(")
                && assigned("key\u{17f}".as_bytes())
        );
        assert!(!long_word_near(b"token that the other word long"));
        assert!(long_word_near(b"token that is now: \"abcdefghijklmnopqrst"));
    }

    proptest! {
        /// Text near what the rules want: whatever an expression matches has passed the glance.
        #[test]
        fn a_glance_never_hides_a_match(
            word in "(api key|secrets?|token|key|passwords?|_pass|pwd|auth|credential|access key)",
            tail in "[a-zA-Z0-9_\u{17f}\u{212a}-]{0,12}[\\\\\"'`\\]]{0,3}[ \t]{0,3}([=:,(>]|:=|=>|==)?( is| [a-z]{1,5}){0,3}[ :=]{0,2}[\"'`(]{0,2}[a-zA-Z0-9+/_=~.-]{0,25}",
        ) {
            let text = format!("{word}{tail}");
            for row in RULES.iter() {
                if row.regex().is_some_and(|regex| regex.is_match(&text)) {
                    prop_assert!((row.rule.glance)(text.as_bytes()), "{}: {text}", row.rule.kind);
                }
            }
        }
    }
}
