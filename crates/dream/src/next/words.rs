//! Words of what people say and of what calls are given.

/// Most different words kept of one text.
const MAX_WORDS: usize = 80;
/// Longest word, in characters: what is longer is data.
const MAX_LETTERS: usize = 24;

/// A word that was said.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Spoken {
    /// The word in lower case.
    pub(super) word: String,
    /// Whether it was written in lower case: names of people and places are not.
    pub(super) is_common: bool,
}

/// Returns the words of a text, each once, in order. What names a thing (a piece with a digit, an underscore or an `@`)
/// has none.
pub(super) fn words<'a>(texts: impl Iterator<Item = &'a str>) -> Vec<Spoken> {
    let mut words: Vec<Spoken> = Vec::new();
    for piece in texts.flat_map(str::split_whitespace).filter(|piece| !names_a_thing(piece)) {
        for word in piece.split(|c: char| !c.is_alphabetic()).filter(|word| is_word(word)) {
            let lower = word.to_lowercase();
            let is_common = lower == word;
            if let Some(known) = words.iter_mut().find(|known| known.word == lower) {
                known.is_common |= is_common;
            } else if words.len() < MAX_WORDS {
                words.push(Spoken { word: lower, is_common });
            }
        }
    }
    words
}

fn names_a_thing(piece: &str) -> bool {
    piece.contains(['_', '@']) || piece.chars().any(|c| c.is_ascii_digit())
}

fn is_word(word: &str) -> bool {
    (2..=MAX_LETTERS).contains(&word.chars().count())
}

/// Returns the words of a call's arguments, and with them what shapes a command line: flags, endings of files,
/// pipes and redirections.
pub(super) fn call_words<'a>(texts: impl Iterator<Item = &'a str>) -> Vec<String> {
    let mut words = Vec::new();
    for text in texts {
        for piece in text.split_whitespace().filter(|piece| !piece.contains('@')) {
            if let Some(flag) = piece.strip_prefix('-').filter(|flag| flag.chars().all(char::is_alphabetic)) {
                push(&format!("-{flag}"), &mut words);
            }
            for mark in ["<<", "|", ">", "<", "&"] {
                if piece.contains(mark) {
                    push(mark, &mut words);
                    break;
                }
            }
            if let Some((_, ending)) = piece.rsplit_once('.')
                && (1..=4).contains(&ending.len())
                && ending.chars().all(|c| c.is_ascii_alphabetic())
            {
                push(&format!(".{ending}"), &mut words);
            }
            // Words that are written otherwise, or beside a digit, name a person or a thing.
            if piece.chars().any(|c| c.is_ascii_digit()) {
                continue;
            }
            for word in piece.split(|c: char| !c.is_alphabetic()) {
                if is_word(word) && word.chars().all(char::is_lowercase) {
                    push(word, &mut words);
                }
            }
        }
    }
    words
}

fn push(word: &str, words: &mut Vec<String>) {
    let word = word.to_lowercase();
    if words.len() < MAX_WORDS && !words.contains(&word) {
        words.push(word);
    }
}

/// Whether a value may name a thing: it has a digit, and is not just a small number.
pub(super) fn is_name(value: &str) -> bool {
    value.len() >= 4 && value.chars().any(|c| c.is_ascii_digit())
}

/// Returns the values in what a person says that may name a thing, in lower case.
pub(super) fn names_in(text: &str) -> impl Iterator<Item = String> {
    let is_inside = |c: char| c.is_alphanumeric() || matches!(c, '#' | '_' | '-' | '@' | '.');
    let pieces = text.split(move |c: char| !is_inside(c)).map(|piece| piece.trim_matches('.'));
    pieces.filter(|piece| is_name(piece)).map(str::to_lowercase)
}

/// Returns how a value looks: a run of letters is `a`, a run of digits `9`, the rest is kept.
pub(super) fn shape(value: &str) -> String {
    let mut shape = String::new();
    for c in value.chars() {
        let mark = if c.is_alphabetic() {
            'a'
        } else if c.is_numeric() {
            '9'
        } else {
            c
        };
        if !(matches!(mark, 'a' | '9') && shape.ends_with(mark)) {
            shape.push(mark);
        }
    }
    shape
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_and_names() {
        let said = words(["Yes, Mia: PLEASE cancel it; yes. I am mia_li_9 at m@x.org"].into_iter());
        let common = |common| {
            let of = said.iter().filter(|word| word.is_common == common).map(|word| word.word.as_str());
            of.collect::<Vec<_>>()
        };
        assert_eq!(common(true), ["yes", "cancel", "it", "am", "at"]);
        assert_eq!(common(false), ["mia", "please"]);
        assert_eq!(
            call_words(["sed -n 1,40p src/a.rs | head"].into_iter()),
            ["sed", "-n", ".rs", "src", "rs", "|", "head"]
        );
        assert_eq!(call_words(["Mia Li 12 m@x.org mia_9 ok"].into_iter()), ["ok"]);
        assert_eq!(names_in("my order is #W123. Thanks, 12").collect::<Vec<_>>(), ["#w123"]);
        assert_eq!(shape("mia_li_3668"), "a_a_9");
        assert!(!is_name("1200".get(..3).unwrap_or_default()) && is_name("W123"));
    }
}
