//! Which file is which, and whether it is still the same.

use std::fs::Metadata;
use std::path::Path;
use std::time::UNIX_EPOCH;

use jiff::SignedDuration;
use somnium_dream::Options;
use somnium_types::{Clock, SystemClock, Timestamp, sha256};

/// How old a file's last change must be for its times to be believed: what is written twice within one tick of a
/// file system's clock (two seconds on FAT) has one time.
const SETTLED: SignedDuration = SignedDuration::from_secs(3);

/// Half of a SHA-256: files are not adversaries of each other.
pub(super) type Half = [u8; 16];

/// A file as it was when it was looked at.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct Key {
    /// Of the path.
    pub(super) path: Half,
    /// Of all that changes when the file does.
    pub(super) identity: Half,
}

impl Key {
    /// Looks at the file; `None` where it is no regular file, or was written to just now.
    pub(crate) fn of(path: &Path, labels: &Labels) -> Option<Self> {
        let metadata = path.metadata().ok().filter(Metadata::is_file)?;
        let modified = metadata.modified().ok()?;
        if SystemClock.now().duration_since(Timestamp::try_from(modified).ok()?) < SETTLED {
            return None;
        }
        let absolute = std::path::absolute(path).ok()?;
        let since = modified.duration_since(UNIX_EPOCH).ok()?;
        let mut text = format!("{}\n{}\n", metadata.len(), since.as_nanos());
        text.push_str(&of_the_system(&metadata));
        text.push_str(&labels.0);
        Some(Self { path: half(absolute.as_os_str().as_encoded_bytes()), identity: half(text.as_bytes()) })
    }
}

/// What the command line says that goes into a digest.
#[derive(Clone, Debug)]
pub(crate) struct Labels(String);

impl Labels {
    pub(super) fn of(options: &Options) -> Self {
        Self(format!("{:?}\n{:?}", options.agent, options.team))
    }
}

/// Where files have inodes: which one it is, and when its data or its description last changed, which no program
/// can set back.
#[cfg(unix)]
fn of_the_system(metadata: &Metadata) -> String {
    use std::os::unix::fs::MetadataExt;
    let (device, inode) = (metadata.dev(), metadata.ino());
    format!("{device} {inode} {} {}\n", metadata.ctime(), metadata.ctime_nsec())
}

#[cfg(not(unix))]
fn of_the_system(metadata: &Metadata) -> String {
    format!("{:?}\n", metadata.created().ok())
}

pub(super) fn half(bytes: &[u8]) -> Half {
    let digest = sha256(bytes);
    std::array::from_fn(|at| digest[at])
}
