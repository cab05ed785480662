//! Cuts a note into code, quotations, numbers and words.

/// One part of a text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Part {
    /// Between back-ticks.
    Code(String),
    /// Between “ and ”.
    Quotation(String),
    /// Begins with a digit.
    Number(String),
    /// Anything else with a letter in it, in lower case.
    Word(String),
}

/// Cuts `text` into parts, in order.
pub(super) fn parts(text: &str) -> Result<Vec<Part>, String> {
    let mut parts = Vec::new();
    let mut chars = text.chars();
    let mut word = String::new();
    while let Some(c) = chars.next() {
        if c.is_alphanumeric() || (matches!(c, '.' | '\'') && !word.is_empty()) {
            word.push(c);
            continue;
        }
        finish(&mut word, &mut parts);
        let close = match c {
            '`' => '`',
            '“' => '”',
            _ => continue,
        };
        let mut inner = String::new();
        loop {
            match chars.next() {
                Some(c) if c == close => break,
                Some(c) => inner.push(c),
                None => return Err(format!("{c} without {close}")),
            }
        }
        parts.push(if close == '`' { Part::Code(inner) } else { Part::Quotation(inner) });
    }
    finish(&mut word, &mut parts);
    Ok(parts)
}

fn finish(word: &mut String, parts: &mut Vec<Part>) {
    let whole = std::mem::take(word);
    let whole = whole.trim_end_matches(['.', '\'']);
    if whole.starts_with(|c: char| c.is_numeric()) {
        parts.push(Part::Number(whole.to_owned()));
        return;
    }
    // Full stops only belong to numbers.
    let words = whole.split('.').filter(|word| !word.is_empty());
    parts.extend(words.map(|word| Part::Word(word.to_lowercase())));
}

/// Returns the pieces of a quotation: `…` stands for what was left out.
pub(super) fn pieces(quotation: &str) -> impl Iterator<Item = &str> {
    quotation.split('…').map(str::trim).filter(|piece| !piece.is_empty())
}

/// Fails unless one of `quotes` holds all `pieces`: in this order for a quotation, in any for code.
pub(super) fn in_one_quote<'p>(
    pieces: impl Iterator<Item = &'p str>,
    quotes: &[&str],
    in_order: bool,
) -> Result<(), String> {
    let pieces: Vec<String> = pieces.map(plain).collect();
    let holds = |quote: &&str| {
        let quote = plain(quote);
        let mut from = 0;
        pieces.iter().all(|piece| match quote[from..].find(piece.as_str()) {
            Some(at) if in_order => {
                from += at + piece.len();
                true
            }
            found => found.is_some(),
        })
    };
    match quotes.iter().any(holds) && !pieces.is_empty() {
        true => Ok(()),
        false => Err(format!("`{}` stands in no cited quote", pieces.join(" … "))),
    }
}

/// Quotation marks as notes write them inside quotations, and single spaces.
fn plain(text: &str) -> String {
    let text = text.replace(['“', '”'], "\"").replace('`', "'");
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_note_is_code_quotations_numbers_and_words() {
        let parts = parts("Run `ls -la` (lift 1.6): “no … file”. It's 12.").unwrap();
        let word = |word: &str| Part::Word(word.to_owned());
        let number = |number: &str| Part::Number(number.to_owned());
        assert_eq!(
            parts,
            [
                word("run"),
                Part::Code("ls -la".into()),
                word("lift"),
                number("1.6"),
                Part::Quotation("no … file".into()),
                word("it's"),
                number("12"),
            ]
        );
    }

    #[test]
    fn what_does_not_end_is_an_error() {
        assert!(parts("run `ls").is_err());
    }

    #[test]
    fn pieces_stand_in_one_quote_in_order() {
        let quotes = ["no such file here", "here is another"];
        assert!(in_one_quote(pieces("no … file"), &quotes, true).is_ok());
        assert!(in_one_quote(pieces("file … no"), &quotes, true).is_err());
        assert!(in_one_quote(pieces("no … another"), &quotes, true).is_err());
    }
}
