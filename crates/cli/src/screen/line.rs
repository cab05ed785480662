//! One line of output: painted pieces of text, always clean.

use unicode_width::UnicodeWidthStr;

use super::clean::clean;

/// How a piece of text looks where colours are on. Nothing is said by colour alone.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Paint {
    Plain,
    Strong,
    Faint,
    Name,
    Good,
    Bad,
    Warn,
}

/// Painted pieces of text. Every piece went through [`clean`], so whatever a `Line` holds may be printed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Line {
    pieces: Vec<(Paint, String)>,
}

impl Line {
    pub(crate) fn new() -> Self {
        Self::default()
    }

    pub(crate) fn with(mut self, paint: Paint, text: impl AsRef<str>) -> Self {
        self.push(paint, text.as_ref());
        self
    }

    pub(crate) fn plain(self, text: impl AsRef<str>) -> Self {
        self.with(Paint::Plain, text)
    }

    pub(crate) fn strong(self, text: impl AsRef<str>) -> Self {
        self.with(Paint::Strong, text)
    }

    pub(crate) fn faint(self, text: impl AsRef<str>) -> Self {
        self.with(Paint::Faint, text)
    }

    pub(crate) fn name(self, text: impl AsRef<str>) -> Self {
        self.with(Paint::Name, text)
    }

    pub(crate) fn push(&mut self, paint: Paint, text: &str) {
        if !text.is_empty() {
            self.pieces.push((paint, clean(text).into_owned()));
        }
    }

    pub(crate) fn pieces(&self) -> impl Iterator<Item = (Paint, &str)> {
        self.pieces.iter().map(|(paint, text)| (*paint, text.as_str()))
    }

    /// Returns the columns that it takes.
    pub(crate) fn width(&self) -> usize {
        self.pieces.iter().map(|(_, text)| text.width()).sum()
    }

    /// Returns the line cut to `width` columns, with `…` where something was cut.
    pub(crate) fn cut(&self, width: usize) -> Self {
        if self.width() <= width {
            return self.clone();
        }
        let mut left = width.saturating_sub(1);
        let mut cut = Self::new();
        for (paint, text) in &self.pieces {
            let fits = prefix(text, left);
            left -= fits.width();
            cut.push(*paint, fits);
            if fits.len() < text.len() {
                cut.push(*paint, "…");
                break;
            }
        }
        cut
    }

    /// Breaks the line at spaces so that each part takes at most `width` columns; a longer word stays whole.
    /// Spaces at a break are dropped.
    pub(crate) fn wrap(&self, width: usize) -> Vec<Self> {
        let mut lines = Vec::new();
        let (mut line, mut used) = (Self::new(), 0);
        for word in self.words() {
            if used > 0 && word.spaces > 0 && used + word.spaces + word.width > width {
                lines.push(std::mem::take(&mut line));
                used = 0;
            } else {
                let paint = word.pieces.first().map_or(Paint::Plain, |(paint, _)| *paint);
                line.join(paint, &" ".repeat(word.spaces));
                used += word.spaces;
            }
            for (paint, text) in word.pieces {
                line.join(paint, text);
            }
            used += word.width;
        }
        lines.push(line);
        lines
    }

    /// Cuts the line into words, over the borders of the pieces.
    fn words(&self) -> Vec<Word<'_>> {
        let mut words = Vec::new();
        let mut word = Word::default();
        for (paint, text) in &self.pieces {
            for (index, part) in text.split(' ').enumerate() {
                if index > 0 {
                    if !word.pieces.is_empty() {
                        words.push(std::mem::take(&mut word));
                    }
                    word.spaces += 1;
                }
                if !part.is_empty() {
                    word.width += part.width();
                    word.pieces.push((*paint, part));
                }
            }
        }
        if !word.pieces.is_empty() {
            words.push(word);
        }
        words
    }

    /// Adds clean text to the last piece if it has the same paint.
    fn join(&mut self, paint: Paint, text: &str) {
        match self.pieces.last_mut() {
            _ if text.is_empty() => {}
            Some((last, piece)) if *last == paint => piece.push_str(text),
            _ => self.pieces.push((paint, text.to_owned())),
        }
    }
}

/// What stands between two places where a line may break.
#[derive(Default)]
struct Word<'a> {
    /// Spaces before it.
    spaces: usize,
    width: usize,
    pieces: Vec<(Paint, &'a str)>,
}

impl<T: AsRef<str>> From<T> for Line {
    fn from(text: T) -> Self {
        Self::new().plain(text)
    }
}

/// Returns the longest start of `text` that takes at most `width` columns.
fn prefix(text: &str, width: usize) -> &str {
    let mut used = 0;
    for (at, c) in text.char_indices() {
        used += unicode_width::UnicodeWidthChar::width(c).unwrap_or(0);
        if used > width {
            return &text[..at];
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    fn texts(lines: &[Line]) -> Vec<String> {
        lines.iter().map(|line| line.pieces().map(|(_, text)| text).collect()).collect()
    }

    #[test]
    fn lines_wrap_at_spaces_across_paints() {
        let line = Line::new().plain("one ").strong("two three").plain(" four");
        assert_eq!(texts(&line.wrap(9)), ["one two", "three", "four"]);
        assert_eq!(texts(&line.wrap(100)), ["one two three four"]);
        assert_eq!(texts(&Line::from("averylongword x").wrap(4)), ["averylongword", "x"]);
        assert_eq!(texts(&Line::from("  kept  spaces").wrap(80)), ["  kept  spaces"]);
        assert_eq!(texts(&Line::new().plain("one  ").faint("two").wrap(5)), ["one", "two"]);
    }

    #[test]
    fn cutting_counts_columns_not_characters() {
        let cut = |text: &str, width| texts(&[Line::from(text).cut(width)]).concat();
        assert_eq!(cut("abcdef", 6), "abcdef");
        assert_eq!(cut("abcdefg", 6), "abcde…");
        assert_eq!(cut("日本語", 5), "日本…");
        assert_eq!(cut("日本語", 4), "日…");
        assert_eq!(cut("x", 0), "…");
    }

    #[test]
    fn pieces_are_always_clean() {
        let line = Line::new().strong("a\u{1b}[0m").plain("b\nc");
        assert_eq!(texts(&[line]), ["a\\u{1b}[0mb⏎c"]);
    }
}
