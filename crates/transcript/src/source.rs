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
