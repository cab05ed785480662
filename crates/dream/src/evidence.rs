//! Places in transcripts, and the text that may be shown of them.

use std::ops::Range;

use somnium_memory::redact::{self, Finding};
use somnium_types::sha256_hex;

use crate::normalise::{Quote, Span};

/// How far around a span secrets are looked for at least, so that one that begins outside is still seen.
const CONTEXT: usize = 4 << 10;

/// Returns the span of `range` in the text of event `event`.
pub(crate) fn span(event: u32, text: &str, range: &Range<usize>) -> Span {
    let clamp = |at: usize| u32::try_from(at).unwrap_or(u32::MAX);
    Span {
        event,
        start: clamp(range.start),
        end: clamp(range.end),
        sha256: sha256_hex(text[range.clone()].as_bytes()),
    }
}

/// Returns `text[range]` with every secret that touches it replaced. This is the only way by which words of
/// a transcript leave normalisation.
pub fn excerpt(text: &str, range: &Range<usize>) -> String {
    Excerpts::of(text).excerpt(range)
}

/// Returns the place `range` of an event with what may be shown of it.
pub(crate) fn quote(event: u32, text: &str, range: Range<usize>) -> Quote {
    Excerpts::of(text).quote(event, range)
}

/// Excerpts of one text: where several lie near each other, secrets are looked for once.
pub(crate) struct Excerpts<'t> {
    text: &'t str,
    /// What was searched last, and what was found there.
    searched: Option<(Range<usize>, Vec<Finding>)>,
}

impl<'t> Excerpts<'t> {
    pub(crate) fn of(text: &'t str) -> Self {
        Self { text, searched: None }
    }

    /// Does what [`quote`] does.
    pub(crate) fn quote(&mut self, event: u32, range: Range<usize>) -> Quote {
        Quote { text: self.excerpt(&range), span: span(event, self.text, &range) }
    }

    /// Does what [`excerpt`] does.
    pub(crate) fn excerpt(&mut self, range: &Range<usize>) -> String {
        let text = self.text;
        let mut shown = String::with_capacity(range.len());
        let mut at = range.start;
        for (found, kind) in self.findings(range) {
            if found.end <= at || found.start >= range.end {
                continue;
            }
            shown.push_str(&text[at..found.start.max(at)]);
            shown.push_str(&format!("[redacted:{kind}]"));
            at = found.end.min(range.end);
        }
        shown.push_str(&text[at..range.end]);
        if shown.bytes().all(|byte| matches!(byte, b' '..=b'~')) {
            return shown;
        }
        // One line, without control characters: what is shown is read by people and by agents.
        let clean = |c: char| if c.is_control() { ' ' } else { c };
        shown.chars().filter(|c| !is_invisible(*c)).map(clean).collect()
    }

    /// Returns the secrets around `range`, in order, with their kinds.
    fn findings(&mut self, range: &Range<usize>) -> impl Iterator<Item = (Range<usize>, &'static str)> {
        // Whole blocks, so that neighbours share what is searched, and what is found depends on the place alone.
        let from = range.start / CONTEXT * CONTEXT;
        let from = self.text.floor_char_boundary(from.saturating_sub(CONTEXT));
        let to = range.end.div_ceil(CONTEXT) * CONTEXT + CONTEXT;
        let to = self.text.ceil_char_boundary(to.min(self.text.len()));
        if self.searched.as_ref().is_none_or(|(searched, _)| *searched != (from..to)) {
            self.searched = Some((from..to, redact::find(&self.text[from..to])));
        }
        let found = self.searched.iter().flat_map(|(_, found)| found);
        found.map(move |finding| (from + finding.range.start..from + finding.range.end, finding.kind))
    }
}

/// Characters that change what a reader sees without being seen: Unicode's default-ignorable code points, and
/// separators of lines and paragraphs.
pub(crate) fn is_invisible(c: char) -> bool {
    matches!(
        c,
        '\u{ad}'
            | '\u{34f}'
            | '\u{61c}'
            | '\u{115f}'..='\u{1160}'
            | '\u{17b4}'..='\u{17b5}'
            | '\u{180b}'..='\u{180f}'
            | '\u{200b}'..='\u{200f}'
            | '\u{2028}'..='\u{202e}'
            | '\u{2060}'..='\u{206f}'
            | '\u{3164}'
            | '\u{fe00}'..='\u{fe0f}'
            | '\u{feff}'
            | '\u{ffa0}'
            | '\u{fff0}'..='\u{fffb}'
            | '\u{1bca0}'..='\u{1bca3}'
            | '\u{1d173}'..='\u{1d17a}'
            | '\u{e0000}'..='\u{e0fff}'
    )
}
