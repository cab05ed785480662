//! A parser for JSON that is sound, which nearly all is.
//!
//! It refuses whatever is not sound, and a few rare things that are; [`serde_json`] then has the word. What it
//! accepts is what `serde_json` accepts, with the same meaning: a test compares the two on damaged text.

use std::borrow::Cow;

use serde_json::{Number, Value};

use super::{Fields, Json, Text};

/// How deep values may lie in each other; `serde_json` allows one less than this.
const DEPTH: usize = 127;
/// Digits of which every number fits into 64 bits with a sign.
const SAFE_DIGITS: usize = 18;

/// Parses one value that fills `text`; `None` if that is not for this parser to say.
pub(super) fn parse(text: &str) -> Option<Json<'_>> {
    let mut parser =
        Parser { text, bytes: text.as_bytes(), at: 0, items: Vec::new(), fields: Vec::new(), depth: 0 };
    let value = parser.value()?;
    parser.skip_blank();
    (parser.at == text.len()).then_some(value)
}

/// Takes the escapes out of a string in which all of them are valid.
pub(super) fn unescape(raw: &str) -> String {
    let bytes = raw.as_bytes();
    let mut text = String::with_capacity(raw.len());
    let mut from = 0;
    while let Some(at) = special(bytes, from) {
        text.push_str(&raw[from..at]);
        let (character, length) = escape(&bytes[at..]).unwrap_or((char::REPLACEMENT_CHARACTER, 1));
        text.push(character);
        from = at + length;
    }
    text.push_str(&raw[from..]);
    text
}

/// Returns the character for which the escape at the start of `bytes` stands, and its length.
fn escape(bytes: &[u8]) -> Option<(char, usize)> {
    let plain = match bytes.get(1)? {
        b'n' => '\n',
        b'"' => '"',
        b'\\' => '\\',
        b't' => '\t',
        b'/' => '/',
        b'r' => '\r',
        b'b' => '\u{8}',
        b'f' => '\u{c}',
        b'u' => return unicode(bytes),
        _ => return None,
    };
    Some((plain, 2))
}

/// Reads `\uXXXX`, or two of them that are a surrogate pair.
fn unicode(bytes: &[u8]) -> Option<(char, usize)> {
    let high = bytes.get(..6)?.strip_prefix(br"\u").and_then(unit)?;
    if !(0xd800..0xdc00).contains(&high) {
        return Some((char::from_u32(high)?, 6));
    }
    let low = bytes.get(6..12)?.strip_prefix(br"\u").and_then(unit)?;
    let low = (0xdc00..0xe000).contains(&low).then_some(low)?;
    Some((char::from_u32(0x1_0000 + ((high - 0xd800) << 10) + (low - 0xdc00))?, 12))
}

fn unit(digits: &[u8]) -> Option<u32> {
    digits.iter().try_fold(0, |unit, &digit| Some(unit << 4 | char::from(digit).to_digit(16)?))
}

struct Parser<'a> {
    text: &'a str,
    bytes: &'a [u8],
    at: usize,
    /// The items of the lists that are open.
    items: Vec<Json<'a>>,
    /// The fields of the objects that are open.
    fields: Vec<(Cow<'a, str>, Json<'a>)>,
    depth: usize,
}

impl<'a> Parser<'a> {
    fn value(&mut self) -> Option<Json<'a>> {
        self.skip_blank();
        match self.bytes.get(self.at)? {
            b'"' => self.string().map(Json::String),
            b'{' => self.nested(Self::object),
            b'[' => self.nested(Self::array),
            b't' => self.word("true", Json::Bool(true)),
            b'f' => self.word("false", Json::Bool(false)),
            b'n' => self.word("null", Json::Null),
            _ => self.number(),
        }
    }

    fn skip_blank(&mut self) {
        while matches!(self.bytes.get(self.at), Some(b' ' | b'\n' | b'\r' | b'\t')) {
            self.at += 1;
        }
    }

    /// Goes over `wanted`, if that comes next behind blanks.
    fn skip(&mut self, wanted: u8) -> bool {
        self.skip_blank();
        let here = self.bytes.get(self.at) == Some(&wanted);
        self.at += usize::from(here);
        here
    }

    fn word(&mut self, word: &str, value: Json<'a>) -> Option<Json<'a>> {
        let here = self.bytes[self.at..].starts_with(word.as_bytes());
        self.at += word.len();
        here.then_some(value)
    }

    fn nested(&mut self, inside: fn(&mut Self) -> Option<Json<'a>>) -> Option<Json<'a>> {
        self.depth += 1;
        self.at += 1;
        let value = (self.depth <= DEPTH).then(|| inside(self))?;
        self.depth -= 1;
        value
    }

    fn array(&mut self) -> Option<Json<'a>> {
        let first = self.items.len();
        if !self.skip(b']') {
            loop {
                let item = self.value()?;
                self.items.push(item);
                if !self.skip(b',') {
                    break;
                }
            }
            self.skip(b']').then_some(())?;
        }
        Some(Json::Array(self.items.drain(first..).collect()))
    }

    fn object(&mut self) -> Option<Json<'a>> {
        let first = self.fields.len();
        if !self.skip(b'}') {
            loop {
                self.skip_blank();
                let key = match self.string()?.0 {
                    super::Inner::Plain(key) => Cow::Borrowed(key),
                    super::Inner::Escaped(key) => Cow::Owned(unescape(key.raw)),
                };
                self.skip(b':').then_some(())?;
                let value = self.value()?;
                self.fields.push((key, value));
                if !self.skip(b',') {
                    break;
                }
            }
            self.skip(b'}').then_some(())?;
        }
        Some(Json::Object(Fields(self.fields.drain(first..).collect())))
    }

    fn string(&mut self) -> Option<Text<'a>> {
        (self.bytes.get(self.at) == Some(&b'"')).then_some(())?;
        let start = self.at + 1;
        let mut at = start;
        let mut escaped = false;
        loop {
            at = special(self.bytes, at)?;
            match self.bytes[at] {
                b'"' => break,
                b'\\' => {
                    escaped = true;
                    at += match self.bytes.get(at + 1)? {
                        b'n' | b'"' | b'\\' | b't' | b'/' | b'r' | b'b' | b'f' => 2,
                        _ => unicode(&self.bytes[at..])?.1,
                    };
                }
                // A control character.
                _ => return None,
            }
        }
        self.at = at + 1;
        let raw = self.text.get(start..at)?;
        Some(if escaped { Text::escaped(raw) } else { Text::plain(raw) })
    }

    fn number(&mut self) -> Option<Json<'a>> {
        let rest = &self.bytes[self.at..];
        let part = |byte: &&u8| matches!(byte, b'0'..=b'9' | b'-' | b'+' | b'.' | b'e' | b'E');
        let length = rest.iter().take_while(part).count();
        let token = self.text.get(self.at..self.at + length)?;
        self.at += length;
        if (1..=SAFE_DIGITS).contains(&length)
            && token.bytes().all(|byte| byte.is_ascii_digit())
            && (length == 1 || !token.starts_with('0'))
        {
            let number = token.bytes().fold(0, |number, digit| number * 10 + u64::from(digit - b'0'));
            return Some(Json::Number(Number::from(number)));
        }
        match serde_json::from_str(token).ok()? {
            Value::Number(number) => Some(Json::Number(number)),
            _ => None,
        }
    }
}

/// Returns where from `at` on the next quote, backslash or control character stands.
fn special(bytes: &[u8], mut at: usize) -> Option<usize> {
    const ONES: u64 = u64::from_ne_bytes([1; 8]);
    const HIGH: u64 = ONES << 7;
    // Eight bytes at a time: the lowest byte that is marked is the first one there is, those behind it may be
    // marked by a borrow.
    while let Some(chunk) = bytes.get(at..).and_then(<[u8]>::first_chunk::<8>) {
        let word = u64::from_le_bytes(*chunk);
        let equal = |byte: u8| {
            let difference = word ^ (ONES * u64::from(byte));
            difference.wrapping_sub(ONES) & !difference
        };
        let control = word.wrapping_sub(ONES * 0x20) & !word;
        let marked = (equal(b'"') | equal(b'\\') | control) & HIGH;
        if marked != 0 {
            return Some(at + (marked.trailing_zeros() / 8) as usize);
        }
        at += 8;
    }
    let found = bytes.get(at..)?.iter().position(|&byte| matches!(byte, b'"' | b'\\' | 0..0x20))?;
    Some(at + found)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn same(text: &str) -> Result<(), TestCaseError> {
        if let Some(json) = parse(text) {
            let value: Option<Value> = serde_json::from_str(text).ok();
            prop_assert_eq!(value, Some(json.to_value()), "{}", text);
        }
        Ok(())
    }

    #[test]
    fn sound_text_is_read_as_serde_json_reads_it() {
        for text in [
            r#" {"a": [1, -2, 3.5, 1e3, 18446744073709551615, 0, -0], "b": {"a": null}, "a": [true, false]} "#,
            r#"["", "plain", "tab\tline\nquote\"slash\/back\\\b\f\r", "\u00e9\u20AC", "\ud83d\ude00 é 😀"]"#,
            r#"{"k\ney": {}, "empty": [], "deep": [[[[]]]]}"#,
            "123456789012345678",
            "\"a string that is longer than eight bytes, with \\\" an escape\"",
        ] {
            let json = parse(text).expect("sound");
            let value: Value = serde_json::from_str(text).expect("sound");
            assert_eq!(json.to_value(), value);
            assert_eq!(Json::from(&value), json);
            assert_eq!(json.to_string(), value.to_string());
        }
        let deep = |depth| "[".repeat(depth) + &"]".repeat(depth);
        assert!(parse(&deep(DEPTH)).is_some() && serde_json::from_str::<Value>(&deep(DEPTH)).is_ok());
        assert!(parse(&deep(DEPTH + 1)).is_none());
    }

    #[test]
    fn damaged_text_is_left_to_serde_json() {
        for text in [
            "",
            " ",
            "{",
            "[1,]",
            "{\"a\":1,}",
            "{\"a\" 1}",
            "{a:1}",
            "[1 2]",
            "nul",
            "truely",
            "01",
            "1.",
            "-",
            "+1",
            ".5",
            "1e",
            "1e999",
            "\"",
            "\"\\\"",
            "\"\\x\"",
            "\"\\u12\"",
            "\"\\u+123\"",
            "\"\\ud800\"",
            "\"\\udc00\"",
            "\"\\ud800\\u0041\"",
            "\"\n\"",
            "\"\u{1}\"",
            "1 2",
            "[] x",
            "\u{a0}1",
        ] {
            assert!(parse(text).is_none(), "{text:?}");
        }
    }

    proptest! {
        #[test]
        fn whatever_is_accepted_means_the_same(
            text in "[\\[\\]{}:,\"\\\\ntfu0-9a-e. +\\-E\u{1}é\n]{0,40}",
            place in 0usize..200,
            put in "[\\[\\]{}:,\"\\\\u0\\-.eé\u{1}]{0,2}",
        ) {
            same(&text)?;
            let sound = r#"{"a": [1, -2.5e3, "x\ny", "\ud83d\ude00"], "b": {"long text with é": true}, "c": null}"#;
            let place = sound.floor_char_boundary(place.min(sound.len()));
            let rest = sound.ceil_char_boundary((place + 1).min(sound.len()));
            same(&format!("{}{put}{}", &sound[..place], &sound[place..]))?;
            same(&format!("{}{put}{}", &sound[..place], &sound[rest..]))?;
        }

        #[test]
        fn a_string_is_the_same_with_and_without_escapes(text in any::<String>()) {
            let written = serde_json::to_string(&text).expect("a string");
            let json = parse(&written).expect("sound");
            prop_assert_eq!(json.as_str(), Some(text.as_str()));
            prop_assert_eq!(json.to_value(), Value::String(text));
        }
    }
}
