//! JSON as transcripts really hold it: a byte-order mark, invalid UTF-8 and half surrogate pairs are mended
//! (each becomes U+FFFD), everything else must be valid.

use std::borrow::Cow;

use serde_json::Value;

use super::Json;

/// Parses one JSON value that fills `bytes`.
///
/// # Errors
///
/// A short reason that names the place inside the text but quotes nothing of it.
pub(crate) fn parse(bytes: &[u8]) -> Result<Json<'_>, String> {
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    let sound = std::str::from_utf8(bytes).ok().and_then(strict);
    sound.map_or_else(|| mend(bytes).map(Json::from), Ok)
}

/// Parses one JSON value that fills `text`, in which nothing is mended.
pub(crate) fn strict(text: &str) -> Option<Json<'_>> {
    serde_json::from_str(text).ok()
}

/// Parses what may be damaged.
fn mend(bytes: &[u8]) -> Result<Value, String> {
    // The quick look goes first: mending looks at every character, and nearly all text is sound.
    let text = match std::str::from_utf8(bytes) {
        Ok(text) => Cow::Borrowed(text),
        Err(_) => String::from_utf8_lossy(bytes),
    };
    let error = match serde_json::from_str(&text) {
        Ok(value) => return Ok(value),
        Err(error) => error,
    };
    if let Some(mended) = mend_surrogates(&text) {
        return serde_json::from_str(&mended).map_err(|error| reason(&error));
    }
    Err(reason(&error))
}

fn reason(error: &serde_json::Error) -> String {
    let text = error.to_string();
    if text.starts_with("recursion limit exceeded") {
        return "JSON nested deeper than 128 levels".to_owned();
    }
    if text.starts_with("number out of range") {
        return "a number larger than can be kept".to_owned();
    }
    if error.is_eof() {
        return "JSON that ends in the middle".to_owned();
    }
    format!("not JSON: {text}")
}

/// Replaces `\uD800`-`\uDFFF` escapes that are not a proper pair by `\uFFFD`. `None` if there were none.
fn mend_surrogates(text: &str) -> Option<String> {
    let bytes = text.as_bytes();
    let mut mended: Option<Vec<u8>> = None;
    let mut at = 0;
    // `at` may lie behind the end: a text may be cut off right behind a backslash.
    while let Some(found) = memchr::memchr(b'\\', bytes.get(at..).unwrap_or_default()) {
        let start = at + found;
        at = start + 2;
        let Some(unit) = escape_at(bytes, start) else { continue };
        at = start + 6;
        match unit {
            0xd800..=0xdbff if matches!(escape_at(bytes, at), Some(0xdc00..=0xdfff)) => at += 6,
            0xd800..=0xdfff => {
                let copy = mended.get_or_insert_with(|| bytes.to_vec());
                copy[start..start + 6].copy_from_slice(br"\ufffd");
            }
            _ => {}
        }
        at = at.min(bytes.len());
    }
    mended.map(|bytes| match String::from_utf8_lossy(&bytes) {
        Cow::Borrowed(text) => text.to_owned(),
        Cow::Owned(text) => text,
    })
}

/// Returns the code unit of the `\uXXXX` escape that starts at `at`.
fn escape_at(bytes: &[u8], at: usize) -> Option<u32> {
    let escape = bytes.get(at..at + 6)?;
    let digits = std::str::from_utf8(escape.strip_prefix(br"\u")?).ok()?;
    u32::from_str_radix(digits, 16).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn mends_what_can_be_mended() {
        let parse = |bytes| parse(bytes).map(|value| value.to_value());
        assert_eq!(parse(b"\xef\xbb\xbf{}"), Ok(serde_json::json!({})));
        assert_eq!(parse(b"\"a\xffb\""), Ok("a\u{fffd}b".into()));
        assert_eq!(parse(br#""\ud83d""#), Ok("\u{fffd}".into()));
        assert_eq!(parse(br#""\ude00 \ud83d\ude00 \\ud83d""#), Ok("\u{fffd} \u{1f600} \\ud83d".into()));
    }

    #[test]
    fn says_why_it_cannot() {
        assert_eq!(parse(b"{\"a\":"), Err("JSON that ends in the middle".into()));
        assert_eq!(parse(b"\"a\\"), Err("JSON that ends in the middle".into()));
        assert!(parse(b"hello").unwrap_err().starts_with("not JSON"));
        let deep = "[".repeat(5000) + &"]".repeat(5000);
        assert_eq!(parse(deep.as_bytes()), Err("JSON nested deeper than 128 levels".into()));
    }
}
