//! One pass over a text: keywords, the rules at them, and the joined lines.

use std::ops::Range;

use super::keywords::KEYWORDS;
use super::rules::{Lead, RULES, Row};
use super::{joined, shape};

/// The longest value, in bytes, that an assignment is judged by; a longer one is taken to its end.
const LONGEST: usize = 256;

/// A finding before it is named: the rule's place in the table, where a smaller one is the more specific.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Found {
    pub(super) range: Range<usize>,
    pub(super) rank: usize,
}

/// A place where a rule's expression matched, handed to the rule's check.
#[derive(Debug)]
pub(super) struct Hit<'t> {
    pub(super) text: &'t str,
    /// Where the match begins: at the keyword, or before it for a rule that looks back.
    pub(super) start: usize,
    /// The bytes of the secret: the first group that took part in the match, or the whole match.
    pub(super) secret: Range<usize>,
}

impl<'t> Hit<'t> {
    pub(super) fn secret(&self) -> &'t str {
        &self.text[self.secret.clone()]
    }

    /// Returns the hit with the run of `wanted` bytes behind it as the secret, if it is `least` bytes long.
    /// Of a longer run than [`LONGEST`] it is the beginning.
    pub(super) fn value(&self, least: usize, wanted: impl Fn(u8) -> bool) -> Option<Self> {
        let start = self.secret.end;
        let run =
            self.text.as_bytes()[start..].iter().take(LONGEST).take_while(|&&byte| wanted(byte)).count();
        let end = self.text.floor_char_boundary(start + run);
        (end - start >= least).then_some(Self { text: self.text, start: self.start, secret: start..end })
    }

    /// Returns the byte after the secret, or a space at the end of the text.
    pub(super) fn byte_after(&self) -> u8 {
        self.text.as_bytes().get(self.secret.end).copied().unwrap_or(b' ')
    }
}

/// Returns the secrets of `text`, those wrapped over lines included, in order and disjoint.
pub(super) fn scan(text: &str) -> Vec<Found> {
    let mut found = merge(scan_lines(text, true));
    let wrapped = joined::scan_wrapped(text, &found);
    if !wrapped.is_empty() {
        found.extend(wrapped);
        found = merge(found);
    }
    found
}

/// Returns what the rules find in `text` as it stands, in no order. With `grow`, a token whose run goes on
/// after the match is taken to the end of the run, so that no tail of a longer token is left over.
pub(super) fn scan_lines(text: &str, grow: bool) -> Vec<Found> {
    let mut found = Vec::new();
    let mut ends: Vec<usize> = Vec::new();
    let mut try_rule = |rank: usize, keyword: usize| {
        // Inside its own last finding a rule has nothing to add; this keeps repeated keywords linear.
        if ends.get(rank).is_some_and(|&end| keyword < end) {
            return;
        }
        if let Some(range) = apply(&RULES[rank], text, keyword, grow) {
            ends.resize(RULES.len(), 0);
            ends[rank] = range.end;
            found.push(Found { range, rank });
        }
    };
    let bytes = text.as_bytes();
    KEYWORDS.each(bytes, |at, rank| try_rule(rank, at));
    for dot in memchr::memchr_iter(b'.', bytes) {
        if bytes.get(dot + 7) == Some(&b'.') {
            for &rank in &KEYWORDS.dotted {
                try_rule(rank, dot);
            }
        }
    }
    found
}

/// Returns the secret that the rule of `row` finds at the keyword that begins at `keyword`.
fn apply(row: &Row, text: &str, keyword: usize, grow: bool) -> Option<Range<usize>> {
    let bytes = text.as_bytes();
    let rule = row.rule;
    let start = match rule.lead {
        Lead::Name => keyword,
        Lead::Token => shape::begins_token(bytes, keyword).then_some(keyword)?,
        Lead::Strict => shape::stands_alone(bytes, keyword).then_some(keyword)?,
        Lead::Anywhere(back) => {
            let start = keyword.checked_sub(back).filter(|&start| text.is_char_boundary(start))?;
            (shape::begins_token(bytes, start) || !shape::inside_blob(bytes, start)).then_some(start)?
        }
        Lead::Back(most) => {
            let start = shape::token_start(bytes, keyword, most);
            shape::begins_token(bytes, start).then_some(start)?
        }
    };
    (rule.glance)(&bytes[start..]).then_some(())?;
    let regex = row.regex()?;
    // The expression begins with `\A`, so a miss costs a few bytes and a match is bounded. Finding the
    // groups costs much more than finding the match.
    let rest = &text[start..];
    let mut secret = regex.find(rest)?.range();
    if regex.captures_len() > 1 {
        let groups = regex.captures(&rest[..secret.end])?;
        secret = groups.iter().skip(1).flatten().next()?.range();
    }
    let hit = Hit { text, start, secret: start + secret.start..start + secret.end };
    let mut range = (rule.check)(&hit)?;
    if grow && !matches!(rule.lead, Lead::Name) {
        range.end = shape::run_end(bytes, range.end);
    }
    if range.len() >= LONGEST {
        range.end = shape::blob_end(bytes, range.end);
    }
    let inside_placeholder =
        shape::inside_placeholder(text, keyword) || shape::inside_placeholder(text, range.start);
    (!range.is_empty() && !inside_placeholder).then_some(range)
}

/// Returns `found` in order, with overlapping ranges made one that has the more specific rank.
pub(super) fn merge(mut found: Vec<Found>) -> Vec<Found> {
    found.sort_by_key(|finding| (finding.range.start, finding.range.end));
    let mut merged: Vec<Found> = Vec::with_capacity(found.len());
    for finding in found {
        match merged.last_mut() {
            Some(last) if finding.range.start < last.range.end => {
                last.range.end = last.range.end.max(finding.range.end);
                last.rank = last.rank.min(finding.rank);
            }
            _ => merged.push(finding),
        }
    }
    merged
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn overlaps_become_one_with_the_more_specific_rank() {
        let found = |range, rank| Found { range, rank };
        let merged = merge(vec![found(10..14, 3), found(0..5, 9), found(3..8, 2)]);
        assert_eq!(merged, [found(0..8, 2), found(10..14, 3)]);
    }
}
