//! Puts a note's text together from fixed phrases and slots.

use super::phrases::{NOUNS, Phrase};

/// A text in the making. What comes from a transcript can only enter as [`Text::code`] or [`Text::quote`].
#[derive(Clone, Debug, Default)]
pub(crate) struct Text(String);

impl Text {
    pub(crate) fn new() -> Self {
        Self::default()
    }

    /// Adds a fixed wording.
    pub(crate) fn say(self, phrase: Phrase) -> Self {
        self.word(phrase.as_str())
    }

    /// Adds wording of a class table.
    pub(crate) fn word(mut self, words: &'static str) -> Self {
        self.space();
        self.0.push_str(words);
        self
    }

    /// Adds a name as code.
    pub(crate) fn code(mut self, name: &str) -> Self {
        self.space();
        self.0.push('`');
        self.0.push_str(&name.replace('`', "'"));
        self.0.push('`');
        self
    }

    /// Adds names as code, with commas and a last "and".
    pub(crate) fn codes(mut self, names: &[String]) -> Self {
        for (at, name) in names.iter().enumerate() {
            if at > 0 && at + 1 == names.len() {
                self = self.say(super::phrases::AND);
            } else if at > 0 {
                self.0.push(',');
            }
            self = self.code(name);
        }
        self
    }

    /// Adds words of a transcript between quotation marks; `…` in them stands for anything.
    pub(crate) fn quote(mut self, words: &str) -> Self {
        self.space();
        self.0.push('“');
        self.0.push_str(&words.replace(['“', '”'], "\""));
        self.0.push('”');
        self
    }

    /// Adds a number.
    pub(crate) fn number(mut self, number: impl std::fmt::Display) -> Self {
        self.space();
        self.0.push_str(&number.to_string());
        self
    }

    /// Adds a count with its noun, by the singular of [`NOUNS`].
    pub(crate) fn count(self, count: u64, noun: &str) -> Self {
        let (one, many) = NOUNS.iter().find(|(one, _)| *one == noun).copied().unwrap_or(NOUNS[0]);
        self.number(count).word(if count == 1 { one } else { many })
    }

    /// Adds punctuation right behind the last word.
    pub(crate) fn mark(mut self, mark: &'static str) -> Self {
        self.0.push_str(mark);
        self
    }

    /// Returns whether nothing was said yet.
    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    fn space(&mut self) {
        if !self.0.is_empty() && !self.0.ends_with(['(', '\n']) {
            self.0.push(' ');
        }
    }

    pub(crate) fn finish(self) -> String {
        self.0
    }
}
