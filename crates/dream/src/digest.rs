//! Normalised sessions as bytes: what a dream keeps of a session, small enough to be kept for good.
//!
//! ```text
//! "somnium digest\n"   16 bytes with the format's version
//! normalise::VERSION   4 bytes, little endian
//! frames               length of the packed bytes (4), of the unpacked bytes (4), then zstd of postcard
//! ```
//!
//! A frame holds as many sessions as fit into about a megabyte, so that reading needs little more memory than
//! what it returns. The bytes may come from a stranger's folder: lengths are never believed before the data is
//! there. What was written by another [`VERSION`] is refused: the transcripts are normalised again.

use std::io::{Read, Write};

use crate::normalise::{Normalised, VERSION};

/// The first bytes; the last of them is the version of this layout.
const MAGIC: [u8; 16] = *b"somnium digest\n\x01";
/// Unpacked bytes at which a frame is closed.
const FRAME: usize = 1 << 20;
/// Largest frame that is unpacked. A frame is one session at least, and no session is that large.
const MAX_FRAME: u64 = 1 << 30;
/// The quickest level: stronger ones save a tenth of the bytes and cost several times the time.
const LEVEL: i32 = 1;

/// Why bytes are not sessions.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum DigestError {
    /// Something else, or another layout.
    #[error("not digests of sessions that this version can read")]
    Foreign,
    /// Made by another version of the normaliser.
    #[error("digests by version {found} of the normaliser, not {VERSION}")]
    Version {
        /// The version.
        found: u32,
    },
    /// Cut off or changed.
    #[error("digests that are damaged")]
    Damaged,
    /// A session that has no binary form.
    #[error("a session that cannot be written")]
    Unwritable,
}

/// Returns `sessions` as bytes. The same sessions in the same order give the same bytes.
///
/// # Errors
///
/// [`DigestError::Unwritable`] if a session is too large to be written.
pub fn encode<'s>(sessions: impl IntoIterator<Item = &'s Normalised>) -> Result<Vec<u8>, DigestError> {
    let mut bytes = MAGIC.to_vec();
    bytes.extend(VERSION.to_le_bytes());
    let mut frame = Vec::new();
    for session in sessions {
        frame = postcard::to_extend(session, frame).map_err(|_| DigestError::Unwritable)?;
        if frame.len() >= FRAME {
            close(&mut frame, &mut bytes)?;
        }
    }
    if !frame.is_empty() {
        close(&mut frame, &mut bytes)?;
    }
    Ok(bytes)
}

/// Returns the sessions that [`encode`] was given.
///
/// # Errors
///
/// What makes them unreadable; nothing is returned in part.
pub fn decode(bytes: &[u8]) -> Result<Vec<Normalised>, DigestError> {
    let rest = bytes.strip_prefix(&MAGIC).ok_or(DigestError::Foreign)?;
    let (version, mut rest) = length(rest).ok_or(DigestError::Damaged)?;
    if version != VERSION {
        return Err(DigestError::Version { found: version });
    }
    let mut sessions = Vec::new();
    let mut frame = Vec::new();
    while !rest.is_empty() {
        rest = open(rest, &mut frame).ok_or(DigestError::Damaged)?;
        let mut left = frame.as_slice();
        while !left.is_empty() {
            let (session, after) = postcard::take_from_bytes(left).map_err(|_| DigestError::Damaged)?;
            sessions.push(session);
            left = after;
        }
    }
    Ok(sessions)
}

/// Packs a frame behind `bytes` and empties it.
fn close(frame: &mut Vec<u8>, bytes: &mut Vec<u8>) -> Result<(), DigestError> {
    let size = u32::try_from(frame.len()).ok().filter(|size| u64::from(*size) <= MAX_FRAME);
    let size = size.ok_or(DigestError::Unwritable)?;
    let packed = pack(frame).map_err(|_| DigestError::Unwritable)?;
    let length = u32::try_from(packed.len()).map_err(|_| DigestError::Unwritable)?;
    bytes.extend(length.to_le_bytes());
    bytes.extend(size.to_le_bytes());
    bytes.extend(packed);
    frame.clear();
    Ok(())
}

fn pack(frame: &[u8]) -> std::io::Result<Vec<u8>> {
    let mut encoder = zstd::Encoder::new(Vec::with_capacity(frame.len() / 3), LEVEL)?;
    // A disk that forgets a bit must not become a pattern.
    encoder.include_checksum(true)?;
    encoder.write_all(frame)?;
    encoder.finish()
}

/// Unpacks the first frame of `bytes` into `frame`, and returns what follows it.
fn open<'b>(bytes: &'b [u8], frame: &mut Vec<u8>) -> Option<&'b [u8]> {
    let (packed, rest) = length(bytes)?;
    let (size, rest) = length(rest)?;
    let (packed, rest) = rest.split_at_checked(packed as usize)?;
    let size = u64::from(size);
    if size > MAX_FRAME {
        return None;
    }
    frame.clear();
    let unpacked = zstd::Decoder::with_buffer(packed).ok()?.take(size + 1).read_to_end(frame).ok()?;
    (unpacked as u64 == size).then_some(rest)
}

fn length(bytes: &[u8]) -> Option<(u32, &[u8])> {
    let (length, rest) = bytes.split_first_chunk()?;
    Some((u32::from_le_bytes(*length), rest))
}
