//! Level 1 of the signature ladder, first half: a line of text cut into tokens, with what varies by its looks
//! replaced by [`WILDCARD`].
//!
//! Beyond the usual masks (quoted strings, URLs, paths, hexadecimal and other numbers) **any token with a
//! digit becomes a wildcard**: ticket numbers, versions, generated names. Measured on planted mistakes with a
//! ticket id, ordinary masks find none of them and this rule finds all.

use std::sync::LazyLock;

use regex::Regex;

/// Stands for anything.
pub const WILDCARD: &str = "<*>";

/// How many tokens of a line are kept.
const MAX_TOKENS: usize = 40;

static QUOTED: LazyLock<Option<Regex>> =
    LazyLock::new(|| Regex::new(r#""[^"\n]{1,200}"|`[^`\n]{1,200}`|(^|[\s(\[{=:,])'[^'\n]{1,200}'"#).ok());

/// Cuts `line` into masked tokens. Runs of wildcards are one wildcard.
pub fn mask(line: &str) -> Vec<String> {
    let quoted = match QUOTED.as_ref() {
        Some(quoted) => quoted.replace_all(line, "${1}<*>"),
        None => line.into(),
    };
    let mut tokens: Vec<String> = Vec::new();
    for token in quoted.split_whitespace() {
        let token = mask_token(token);
        if token == WILDCARD && tokens.last().is_some_and(|last| last == WILDCARD) {
            continue;
        }
        tokens.push(token);
        if tokens.len() == MAX_TOKENS {
            break;
        }
    }
    tokens
}

fn mask_token(token: &str) -> String {
    let varies = token.contains(WILDCARD)
        || token.contains(|c: char| c.is_ascii_digit())
        || token.contains("://")
        || token.contains('@')
        || (token.contains(['/', '\\']) && token.chars().filter(|c| c.is_alphanumeric()).count() > 1);
    if !varies {
        return token.to_owned();
    }
    // Closing punctuation is part of the sentence, not of the value.
    let value = token.trim_end_matches([':', ',', ';', '.', ')', '!', '?']);
    let tail = &token[value.len()..];
    let tail = if tail.starts_with([':', ',', ';']) { &tail[..1] } else { "" };
    format!("{WILDCARD}{tail}")
}

/// Returns a template as text.
pub fn join(tokens: &[String]) -> String {
    tokens.join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_varies_is_masked_and_the_sentence_stays() {
        let cases = [
            ("flight HAT030 not available on date 2024-05-13", "flight <*> not available on date <*>"),
            ("cat: a/b.txt: No such file or directory", "cat: <*>: No such file or directory"),
            ("No module named 'numpy'", "No module named <*>"),
            ("ticket ABC-1234 is locked by user", "ticket <*> is locked by user"),
            ("doesn't match can't", "doesn't match can't"),
            ("ids 1 2 3 are bad", "ids <*> are bad"),
        ];
        for (line, want) in cases {
            assert_eq!(join(&mask(line)), want, "{line}");
        }
    }
}
