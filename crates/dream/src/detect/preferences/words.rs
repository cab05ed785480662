//! Cuts a clause into words.

/// Longest word that is looked at, in bytes: what is longer is no word.
pub(super) const MAX_WORD: usize = 48;

/// One word of a clause.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Word {
    /// In lower case, with plain apostrophes.
    pub(super) text: String,
    /// Whether it is a name of a machine: in back-ticks, or with signs inside that words do not have.
    pub(super) is_code: bool,
    /// Whether a comma, a bracket or the like follows.
    pub(super) ends_phrase: bool,
}

/// Returns the words of a clause in order.
pub(super) fn words(clause: &str) -> Vec<Word> {
    let mut words: Vec<Word> = Vec::new();
    let mut in_code = false;
    for piece in clause.split_whitespace() {
        let opens = piece.starts_with('`') && !in_code;
        let ticks = piece.matches('`').count();
        let is_quoted = in_code || ticks > 0;
        in_code ^= ticks % 2 == 1;
        let inner = piece.trim_matches(|c: char| is_frame(c));
        let before = piece.len() - piece.trim_start_matches(is_frame).len();
        let after = piece.trim_end_matches(is_frame).len();
        let breaks = |text: &str| {
            text.contains(['(', '[', '{', ',', ';', ':', '.', '!', '?', ')', ']', '}', '—', '–'])
        };
        if !opens && breaks(piece.get(..before).unwrap_or_default()) {
            end_phrase(&mut words);
        }
        if inner.is_empty() {
            if piece.chars().all(|c| matches!(c, '-' | '—' | '–' | '|' | '→' | '>')) || breaks(piece) {
                end_phrase(&mut words);
            }
            continue;
        }
        if inner.len() > MAX_WORD {
            end_phrase(&mut words);
        } else {
            let text = inner.to_lowercase().replace(['’', '‘'], "'");
            let is_code = is_quoted || looks_like_code(&text);
            words.push(Word { text, is_code, ends_phrase: false });
        }
        if breaks(piece.get(after..).unwrap_or_default()) {
            end_phrase(&mut words);
        }
    }
    end_phrase(&mut words);
    words
}

fn end_phrase(words: &mut [Word]) {
    if let Some(word) = words.last_mut() {
        word.ends_phrase = true;
    }
}

/// Signs around a word that are not part of it. A leading dash is: it makes an option.
fn is_frame(c: char) -> bool {
    !c.is_alphanumeric() && !matches!(c, '-' | '_' | '/' | '@' | '#' | '$' | '%' | '+')
}

/// Options, paths, file names, identifiers.
fn looks_like_code(text: &str) -> bool {
    let letters = text.chars().any(char::is_alphabetic);
    let inside = text.trim_matches(|c: char| !c.is_alphanumeric());
    letters
        && (text.starts_with('-')
            || inside.contains(['_', '/', '=', '\\', '@', '#', '$'])
            || inside.contains("::")
            || has_dot_inside(inside))
}

/// `rel.sh`, but not `e.g`.
fn has_dot_inside(text: &str) -> bool {
    text.split_once('.').is_some_and(|(stem, ending)| stem.len() > 1 && ending.len() > 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_keep_options_and_lose_punctuation() {
        let found = words("Run `pytest -q`, (always) and don’t use rel.sh: no!");
        let texts: Vec<&str> = found.iter().map(|word| word.text.as_str()).collect();
        assert_eq!(texts, ["run", "pytest", "-q", "always", "and", "don't", "use", "rel.sh", "no"]);
        let code: Vec<bool> = found.iter().map(|word| word.is_code).collect();
        assert_eq!(code, [false, true, true, false, false, false, false, true, false]);
        let ends: Vec<bool> = found.iter().map(|word| word.ends_phrase).collect();
        assert_eq!(ends, [false, false, true, true, false, false, false, true, true]);
    }
}
