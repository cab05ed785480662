//! The negative control: claims that were tampered with, each in one way, must be found out.

use somnium_dream::ReportedClaim;
use somnium_types::sha256_hex;

/// One way to tamper with a claim.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tampering {
    /// Another number in the text.
    Number,
    /// A word that nobody counted or said.
    Word,
    /// Another name between back-ticks.
    Code,
    /// Other words between quotation marks.
    Quotation,
    /// The hash of other bytes.
    Hash,
    /// A span that begins one byte later.
    Span,
    /// A quote with a word more.
    Quote,
    /// Another session.
    Session,
}

impl Tampering {
    /// Every way.
    pub const ALL: [Self; 8] = [
        Self::Number,
        Self::Word,
        Self::Code,
        Self::Quotation,
        Self::Hash,
        Self::Span,
        Self::Quote,
        Self::Session,
    ];

    /// Returns its name in the report.
    pub fn name(self) -> &'static str {
        match self {
            Self::Number => "number",
            Self::Word => "word",
            Self::Code => "code",
            Self::Quotation => "quotation",
            Self::Hash => "hash",
            Self::Span => "span",
            Self::Quote => "quote",
            Self::Session => "session",
        }
    }

    /// Returns the claim tampered with; `None` where it has nothing of the kind.
    pub fn apply(self, claim: &ReportedClaim) -> Option<ReportedClaim> {
        let mut claim = claim.clone();
        match self {
            Self::Number => claim.text = with_another_number(&claim.text)?,
            Self::Word => claim.text.push_str(" Nobody said zugzwang."),
            Self::Code => claim.text = replaced(&claim.text, '`', '`')?,
            Self::Quotation => claim.text = replaced(&claim.text, '“', '”')?,
            Self::Hash => claim.evidence.first_mut()?.sha256 = sha256_hex(b"zugzwang"),
            Self::Span => claim.evidence.first_mut()?.bytes[0] += 1,
            Self::Quote => claim.evidence.first_mut()?.quote.push_str(" zugzwang"),
            Self::Session => claim.evidence.first_mut()?.session_id = "zugzwang".into(),
        }
        Some(claim)
    }
}

/// Replaces what stands between the first pair of marks.
fn replaced(text: &str, open: char, close: char) -> Option<String> {
    let start = text.find(open)? + open.len_utf8();
    let end = start + text[start..].find(close)?;
    Some(format!("{}zugzwang{}", &text[..start], &text[end..]))
}

/// Raises the first number that stands outside code and quotations.
fn with_another_number(text: &str) -> Option<String> {
    let mut until: Option<char> = None;
    for (at, c) in text.char_indices() {
        match (until, c) {
            (Some(close), c) if c == close => until = None,
            (Some(_), _) => {}
            (None, '`') => until = Some('`'),
            (None, '“') => until = Some('”'),
            (None, c) if c.is_ascii_digit() => {
                return Some(format!("{}9{}", &text[..at], &text[at..]));
            }
            (None, _) => {}
        }
    }
    None
}
