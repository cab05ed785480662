//! One file of the cache: a table of what is in it, and the digests.
//!
//! ```text
//! "somnium segment\x01"                         16 bytes
//! number of rows                                4 bytes, little endian, as all numbers
//! path, identity, check, offset, length         16 + 16 + 16 + 8 + 8 bytes a row
//! digests                                       one behind the other
//! ```

use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::path::Path;

use super::identity::{Half, Key, half};

const MAGIC: [u8; 16] = *b"somnium segment\x01";
const ROW: usize = 64;
/// Most rows of a segment: a table that says more was not written by us.
const MAX_ROWS: usize = 1 << 20;

/// Where a digest is in its segment.
#[derive(Clone, Copy, Debug)]
pub(super) struct Row {
    pub(super) key: Key,
    /// Half of the digest's SHA-256.
    check: Half,
    offset: u64,
    length: u64,
}

/// Returns what the segment holds. An empty table where it cannot be read, or is something else.
pub(super) fn table(path: &Path) -> Vec<Row> {
    read_table(path).unwrap_or_default()
}

fn read_table(path: &Path) -> io::Result<Vec<Row>> {
    let mut file = File::open(path)?;
    let size = file.metadata()?.len();
    let mut head = [0; 20];
    file.read_exact(&mut head)?;
    let (magic, count) = (&head[..16], u32::from_le_bytes([head[16], head[17], head[18], head[19]]) as usize);
    if magic != MAGIC || count > MAX_ROWS || (20 + count * ROW) as u64 > size {
        return Err(io::Error::other("not a segment"));
    }
    let mut rows = vec![0; count * ROW];
    file.read_exact(&mut rows)?;
    let parsed = rows.chunks_exact(ROW).map(row);
    Ok(parsed.filter(|row| row.offset.checked_add(row.length).is_some_and(|end| end <= size)).collect())
}

fn row(bytes: &[u8]) -> Row {
    let part = |from: usize| std::array::from_fn(|at| bytes[from + at]);
    let number = |from: usize| u64::from_le_bytes(std::array::from_fn(|at| bytes[from + at]));
    Row {
        key: Key { path: part(0), identity: part(16) },
        check: part(32),
        offset: number(48),
        length: number(56),
    }
}

/// Reads one digest; `None` where it is not what was written.
pub(super) fn read(file: &mut File, row: &Row) -> Option<Vec<u8>> {
    file.seek(SeekFrom::Start(row.offset)).ok()?;
    // The length is inside the file: the table was checked against its size.
    let mut bytes = Vec::with_capacity(usize::try_from(row.length).ok()?);
    file.take(row.length).read_to_end(&mut bytes).ok()?;
    (half(&bytes) == row.check).then_some(bytes)
}

/// Writes a segment. It appears under its name whole, or not at all.
pub(super) fn write(path: &Path, digests: &[(Key, Vec<u8>)]) -> io::Result<()> {
    let unfinished = path.with_extension("unfinished");
    let written = write_to(&unfinished, digests).and_then(|()| std::fs::rename(&unfinished, path));
    if written.is_err() {
        let _ = std::fs::remove_file(&unfinished);
    }
    written
}

fn write_to(path: &Path, digests: &[(Key, Vec<u8>)]) -> io::Result<()> {
    let count = u32::try_from(digests.len()).map_err(io::Error::other)?;
    let mut table = [MAGIC.as_slice(), &count.to_le_bytes()].concat();
    let mut offset = (table.len() + digests.len() * ROW) as u64;
    for (key, digest) in digests {
        table.extend(key.path);
        table.extend(key.identity);
        table.extend(half(digest));
        table.extend(offset.to_le_bytes());
        table.extend((digest.len() as u64).to_le_bytes());
        offset += digest.len() as u64;
    }
    let mut options = std::fs::OpenOptions::new();
    options.write(true).create(true).truncate(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut file = io::BufWriter::new(options.open(path)?);
    file.write_all(&table)?;
    for (_, digest) in digests {
        file.write_all(digest)?;
    }
    // No flush to the disk itself: after a crash the check of each digest says what is there.
    file.into_inner().map_err(io::IntoInnerError::into_error).map(drop)
}
