//! Opens a file as a stream of plain bytes. Compression is told by its magic number, not by the name.

use std::fs::File;
use std::io::{self, BufRead, BufReader, Read};
use std::path::Path;

const ZSTD: &[u8] = &[0x28, 0xb5, 0x2f, 0xfd];
const GZIP: &[u8] = &[0x1f, 0x8b];

/// Opens `path`; `-` is standard input.
pub(crate) fn open(path: &Path) -> io::Result<Box<dyn BufRead + Send>> {
    if path.as_os_str() == "-" {
        return decode(BufReader::new(io::stdin()));
    }
    decode(BufReader::with_capacity(1 << 16, File::open(path)?))
}

/// Wraps `raw` in the decoder that its first bytes ask for.
pub(crate) fn decode(mut raw: impl BufRead + Send + 'static) -> io::Result<Box<dyn BufRead + Send>> {
    let head = raw.fill_buf()?;
    let (zstd, gzip) = (head.starts_with(ZSTD), head.starts_with(GZIP));
    Ok(if zstd {
        Box::new(BufReader::with_capacity(1 << 16, zstd::stream::read::Decoder::with_buffer(raw)?))
    } else if gzip {
        Box::new(BufReader::with_capacity(1 << 16, flate2::bufread::MultiGzDecoder::new(raw)))
    } else {
        Box::new(raw)
    })
}

/// Appends the next line to `line`, without its line break. Returns the number of bytes consumed: 0 at the
/// end. A line longer than `limit` is consumed whole but only its first `limit` bytes are kept.
pub(crate) fn read_line(reader: &mut dyn BufRead, line: &mut Vec<u8>, limit: usize) -> io::Result<usize> {
    let mut consumed = 0;
    loop {
        let available = match reader.fill_buf() {
            Ok(bytes) => bytes,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
            Err(error) => return Err(error),
        };
        if available.is_empty() {
            return Ok(consumed);
        }
        let end = memchr::memchr(b'\n', available);
        let chunk = &available[..end.unwrap_or(available.len())];
        line.extend_from_slice(&chunk[..chunk.len().min(limit.saturating_sub(line.len()))]);
        let used = chunk.len() + usize::from(end.is_some());
        reader.consume(used);
        consumed += used;
        if end.is_some() {
            return Ok(consumed);
        }
    }
}

/// Appends the rest of the stream to `rest`; `false` if there was more than `limit` bytes.
pub(crate) fn read_rest(reader: &mut dyn BufRead, rest: &mut Vec<u8>, limit: u64) -> io::Result<bool> {
    reader.take(limit + 1).read_to_end(rest)?;
    Ok(rest.len() as u64 <= limit)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_cut_at_the_limit_and_read_on_after_it() {
        let mut reader = BufReader::with_capacity(3, io::Cursor::new(b"abcdefgh\nij\n\nk".to_vec()));
        let mut lines = Vec::new();
        loop {
            let mut line = Vec::new();
            let consumed = read_line(&mut reader, &mut line, 5).expect("memory can be read");
            if consumed == 0 {
                break;
            }
            lines.push((String::from_utf8(line).expect("text"), consumed));
        }
        let want = [("abcde", 9), ("ij", 3), ("", 1), ("k", 1)].map(|(line, n)| (line.to_owned(), n));
        assert_eq!(lines, want);
    }

    #[test]
    fn several_compressed_parts_in_a_row_are_one_stream() {
        let part = |text: &[u8]| zstd::encode_all(text, 1).expect("zstd");
        let mut reader =
            decode(io::Cursor::new([part(b"one\n"), part(b"two\n")].concat())).expect("a stream");
        let mut all = Vec::new();
        assert!(read_rest(&mut *reader, &mut all, 100).expect("a stream"));
        assert_eq!(all, b"one\ntwo\n");
        let mut reader = decode(io::Cursor::new(b"plain".to_vec())).expect("a stream");
        assert!(!read_rest(&mut *reader, &mut Vec::new(), 3).expect("a stream"));
    }
}
