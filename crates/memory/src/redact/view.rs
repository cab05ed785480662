//! A text made of pieces of another one, with the way back to the original bytes.

use std::ops::Range;

/// A run of the view and where it comes from.
#[derive(Debug)]
struct Piece {
    /// Where the piece begins in the view.
    at: usize,
    /// The bytes of the original that it stands for.
    source: Range<usize>,
    /// Whether the piece is those bytes, rather than a stand-in for them.
    verbatim: bool,
}

/// A text assembled from pieces of an original; ranges in it can be mapped back.
#[derive(Debug, Default)]
pub(super) struct View {
    text: String,
    pieces: Vec<Piece>,
}

impl View {
    pub(super) fn text(&self) -> &str {
        &self.text
    }

    /// Appends the bytes `range` of `source`; a piece that continues the last one is merged into it.
    pub(super) fn push(&mut self, source: &str, range: Range<usize>) {
        if range.is_empty() {
            return;
        }
        let at = self.text.len();
        self.text.push_str(&source[range.clone()]);
        match self.pieces.last_mut() {
            Some(last) if last.verbatim && last.source.end == range.start => last.source.end = range.end,
            _ => self.pieces.push(Piece { at, source: range, verbatim: true }),
        }
    }

    /// Appends `text` in the place of the bytes `source` of the original.
    pub(super) fn push_stand_in(&mut self, text: &str, source: Range<usize>) {
        self.pieces.push(Piece { at: self.text.len(), source, verbatim: false });
        self.text.push_str(text);
    }

    /// Returns the bytes of the original from the first to the last byte of `range`, which is not empty.
    pub(super) fn to_source(&self, range: &Range<usize>) -> Range<usize> {
        let first = self.piece_of(range.start);
        let last = self.piece_of(range.end.saturating_sub(1));
        let (Some(first), Some(last)) = (self.pieces.get(first), self.pieces.get(last)) else {
            return 0..0;
        };
        let start =
            if first.verbatim { first.source.start + (range.start - first.at) } else { first.source.start };
        let end = if last.verbatim { last.source.start + (range.end - last.at) } else { last.source.end };
        start..end
    }

    /// Returns whether `range` lies in more than one piece.
    pub(super) fn crosses_a_seam(&self, range: &Range<usize>) -> bool {
        self.piece_of(range.start) != self.piece_of(range.end.saturating_sub(1))
    }

    /// Returns the index of the piece that holds the byte `position` of the view.
    fn piece_of(&self, position: usize) -> usize {
        self.pieces.partition_point(|piece| piece.at <= position).saturating_sub(1)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranges_map_back_over_gaps_and_stand_ins() {
        let source = "abc\n  def XYZ ghi";
        let mut view = View::default();
        view.push(source, 0..3);
        view.push(source, 6..10);
        view.push_stand_in("[redacted:x]", 10..13);
        view.push(source, 13..17);
        assert_eq!(view.text(), "abcdef [redacted:x] ghi");
        assert_eq!(view.to_source(&(1..5)), 1..8);
        assert_eq!(view.to_source(&(8..9)), 10..13);
        assert_eq!(view.to_source(&(20..23)), 14..17);
        assert!(view.crosses_a_seam(&(2..4)));
        assert!(!view.crosses_a_seam(&(0..3)));
    }

    #[test]
    fn pieces_that_touch_are_one() {
        let mut view = View::default();
        view.push("abcdef", 0..2);
        view.push("abcdef", 2..6);
        assert!(!view.crosses_a_seam(&(0..6)));
    }
}
