//! Lines and line endings, on bytes.

/// The UTF-8 byte order mark.
const BOM: &[u8] = b"\xef\xbb\xbf";

/// How a file ends its lines.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Eol {
    Lf,
    CrLf,
}

impl Eol {
    /// Returns the ending that most lines of `bytes` have; `Lf` for none and for a tie.
    pub(crate) fn of(bytes: &[u8]) -> Self {
        let mut balance = 0_i64;
        let mut previous = 0;
        for &byte in bytes {
            if byte == b'\n' {
                balance += if previous == b'\r' { 1 } else { -1 };
            }
            previous = byte;
        }
        if balance > 0 { Self::CrLf } else { Self::Lf }
    }

    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Lf => "\n",
            Self::CrLf => "\r\n",
        }
    }

    /// Returns `text`, whose lines end in `\n`, with this ending.
    pub(crate) fn apply(self, text: &str) -> String {
        match self {
            Self::Lf => text.to_owned(),
            Self::CrLf => text.replace('\n', "\r\n"),
        }
    }
}

/// Returns the length of the byte order mark that `bytes` starts with: 3 or 0.
pub(crate) fn bom_len(bytes: &[u8]) -> usize {
    if bytes.starts_with(BOM) { BOM.len() } else { 0 }
}

/// Returns where the content of `bytes[start..end]` ends: after the last line that is not blank, before that
/// line's terminator. `start` where every line is blank.
pub(crate) fn content_end(bytes: &[u8], start: usize, end: usize) -> usize {
    let is_eol = |byte: u8| byte == b'\n' || byte == b'\r';
    let Some(last) =
        bytes[start..end].iter().rposition(|&byte| !matches!(byte, b' ' | b'\t' | b'\r' | b'\n'))
    else {
        return start;
    };
    let last = start + last;
    bytes[last..end].iter().position(|&byte| is_eol(byte)).map_or(end, |offset| last + offset)
}

/// Returns the start of the line that holds `at`.
pub(crate) fn line_start(bytes: &[u8], at: usize) -> usize {
    bytes[..at].iter().rposition(|&byte| byte == b'\n' || byte == b'\r').map_or(0, |eol| eol + 1)
}

/// Returns the length of the line terminator that starts at `at`: 2, 1 or 0.
pub(crate) fn eol_len_at(bytes: &[u8], at: usize) -> usize {
    match bytes.get(at..) {
        Some([b'\r', b'\n', ..]) => 2,
        Some([b'\r' | b'\n', ..]) => 1,
        _ => 0,
    }
}

/// Returns the length of the line terminator that ends at `at`: 2, 1 or 0.
pub(crate) fn eol_len_before(bytes: &[u8], at: usize) -> usize {
    match &bytes[..at] {
        [.., b'\r', b'\n'] => 2,
        [.., b'\r' | b'\n'] => 1,
        _ => 0,
    }
}

/// Returns `bytes` as text of the same length: each byte that is not valid UTF-8 becomes a `?`, so that byte
/// offsets into the text are offsets into the file.
pub(crate) fn same_length_text(bytes: &[u8]) -> std::borrow::Cow<'_, str> {
    if let Ok(text) = std::str::from_utf8(bytes) {
        return text.into();
    }
    let mut text = String::with_capacity(bytes.len());
    for chunk in bytes.utf8_chunks() {
        text.push_str(chunk.valid());
        text.extend(std::iter::repeat_n('?', chunk.invalid().len()));
    }
    text.into()
}

/// Returns `text` with every line ending as `\n`.
pub(crate) fn with_lf(text: &str) -> String {
    text.replace("\r\n", "\n").replace('\r', "\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_majority_of_line_endings_wins() {
        assert_eq!(Eol::of(b""), Eol::Lf);
        assert_eq!(Eol::of(b"a\r\nb\n"), Eol::Lf);
        assert_eq!(Eol::of(b"a\r\nb\r\nc\n"), Eol::CrLf);
    }

    #[test]
    fn content_ends_with_its_last_line() {
        assert_eq!(content_end(b"ab  \r\n \t\n", 0, 9), 4);
        assert_eq!(content_end(b"ab", 0, 2), 2);
        assert_eq!(content_end(b"x\n \n", 1, 4), 1);
    }

    #[test]
    fn offsets_survive_invalid_bytes() {
        let bytes = b"\xffa\xc3\n# \xe2\x82 ok";
        let text = same_length_text(bytes);
        assert_eq!(text.len(), bytes.len());
        assert_eq!(text.find("ok"), Some(bytes.len() - 2));
    }
}
