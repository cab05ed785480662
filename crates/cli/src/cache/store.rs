//! The segments of the cache as one: looking up, adding, keeping within bounds.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::time::UNIX_EPOCH;

use rayon::prelude::*;
use somnium_dream::Options;

use super::identity::{Half, Key, Labels};
use super::segment::{self, Row};
use super::{Kept, identity};

/// Bytes of digests in one segment, so that writing needs little memory.
const SEGMENT: usize = 32 << 20;
/// Most bytes that the cache takes: digests of about a quarter of a million sessions. The oldest go first.
const MAX_BYTES: u64 = 1 << 30;
/// Segments from which on the small ones are made one: every dream adds one.
const MANY: usize = 48;
/// Below this a segment is small.
const SMALL: u64 = 4 << 20;
/// Digests that are decoded at a time: more than this many need not be in memory twice.
const AT_A_TIME: usize = 256;

/// The cache, as it was when it was opened.
pub(crate) struct Cache {
    folder: PathBuf,
    labels: Labels,
    segments: Vec<PathBuf>,
    /// By path: segment and row; of several the latest.
    known: HashMap<Half, (usize, Row)>,
    next: u64,
}

impl Cache {
    /// Opens the digests of this very program under `caches`; `None` where there is no folder to be had.
    pub(super) fn open(caches: &Path, options: &Options) -> Option<Self> {
        let folder = caches.join("digests").join(build()?);
        make_folder(&folder)?;
        let segments = segments(&folder);
        let tables: Vec<Vec<Row>> = segments.par_iter().map(|path| segment::table(path)).collect();
        let mut known = HashMap::new();
        for (at, table) in tables.into_iter().enumerate() {
            known.extend(table.into_iter().map(|row| (row.key.path, (at, row))));
        }
        let next = segments.last().and_then(|path| number(path)).map_or(0, |last| last + 1);
        Some(Self { folder, labels: Labels::of(options), segments, known, next })
    }

    #[cfg(test)]
    pub(super) fn folder_for_tests(&self) -> &Path {
        &self.folder
    }

    /// Forgets what it holds, but keeps what is added.
    pub(super) fn write_only(mut self) -> Self {
        self.known.clear();
        self
    }

    /// Looks at a file: under which key is it kept?
    pub(crate) fn key(&self, path: &Path) -> Option<Key> {
        Key::of(path, &self.labels)
    }

    /// Calls `found` for each of `wanted` that is kept, with its number, on several threads and in any order.
    /// `wanted` are files as they were named, and their keys.
    pub(crate) fn find(&self, wanted: &[(usize, String, Key)], found: &(dyn Fn(usize, Kept) + Sync)) {
        let mut by_segment: BTreeMap<usize, Vec<(Row, usize, &str)>> = BTreeMap::new();
        for (number, name, key) in wanted {
            if let Some((segment, row)) = self.known.get(&key.path).filter(|(_, row)| row.key == *key) {
                by_segment.entry(*segment).or_default().push((*row, *number, name));
            }
        }
        let batches: Vec<_> = by_segment
            .iter()
            .flat_map(|(segment, rows)| rows.chunks(AT_A_TIME).map(move |rows| (segment, rows)))
            .collect();
        batches.into_par_iter().for_each(|(segment, rows)| {
            let Ok(mut file) = File::open(&self.segments[*segment]) else { return };
            for (row, number, name) in rows {
                let kept = segment::read(&mut file, row).and_then(|bytes| Kept::decode(&bytes));
                if let Some(kept) = kept {
                    found(*number, kept.renamed(name));
                }
            }
        });
    }

    /// Adds what was read, and keeps the whole within its bounds. What cannot be written is not kept.
    pub(crate) fn add(mut self, read: &[(Key, &Kept)]) {
        let mut segment = Vec::new();
        let mut size = 0;
        for batch in read.chunks(AT_A_TIME) {
            let encoded: Vec<_> =
                batch.par_iter().filter_map(|(key, kept)| Some((*key, kept.encode()?))).collect();
            for (key, digest) in encoded {
                size += digest.len();
                segment.push((key, digest));
                if size >= SEGMENT {
                    self.put(&std::mem::take(&mut segment));
                    size = 0;
                }
            }
        }
        self.put(&segment);
        if !read.is_empty() {
            self.tidy();
        }
    }

    fn put(&mut self, digests: &[(Key, Vec<u8>)]) {
        if digests.is_empty() {
            return;
        }
        let name = format!("{:016x}-{:x}.digests", self.next, std::process::id());
        // A cache that cannot be written is as good as none.
        let _ = segment::write(&self.folder.join(name), digests);
        self.next += 1;
    }

    /// Makes small segments one where there are many, and removes the oldest where there is too much.
    fn tidy(&mut self) {
        let sized = |path: PathBuf| (path.metadata().map_or(0, |metadata| metadata.len()), path);
        let mut all: Vec<(u64, PathBuf)> = segments(&self.folder).into_iter().map(sized).collect();
        if all.len() > MANY {
            self.merge(&all);
            all = segments(&self.folder).into_iter().map(sized).collect();
        }
        let mut total: u64 = all.iter().map(|(size, _)| size).sum();
        for (size, path) in &all {
            if total <= MAX_BYTES {
                break;
            }
            let _ = fs::remove_file(path);
            total -= size;
        }
        forget_other_builds(&self.folder);
    }

    /// Writes what small segments hold, and no later segment replaces, into one, and removes them.
    fn merge(&mut self, all: &[(u64, PathBuf)]) {
        let (mut seen, mut digests) = (HashSet::new(), Vec::new());
        for (size, path) in all.iter().rev() {
            let Ok(mut file) = File::open(path) else { continue };
            for row in segment::table(path).iter().rev() {
                if seen.insert(row.key.path)
                    && *size < SMALL
                    && let Some(bytes) = segment::read(&mut file, row)
                {
                    digests.push((row.key, bytes));
                }
            }
        }
        digests.sort_by_key(|(key, _)| *key);
        self.put(&digests);
        for (_, path) in all.iter().filter(|(size, _)| *size < SMALL) {
            let _ = fs::remove_file(path);
        }
    }
}

/// Which program this is: another one may read or normalise differently. Its file says so without anybody having
/// to remember to change a number.
fn build() -> Option<String> {
    let program = std::env::current_exe().ok()?;
    let metadata = program.metadata().ok()?;
    let modified = metadata.modified().ok()?.duration_since(UNIX_EPOCH).ok()?;
    let text = format!("{}\n{}\n{}", env!("CARGO_PKG_VERSION"), metadata.len(), modified.as_nanos());
    Some(identity::half(text.as_bytes())[..8].iter().map(|byte| format!("{byte:02x}")).collect())
}

/// Returns the segments, oldest first.
fn segments(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).into_iter().flatten().flatten().map(|entry| entry.path());
    let mut paths: Vec<_> = entries.filter(|path| number(path).is_some()).collect();
    paths.sort();
    paths
}

fn number(path: &Path) -> Option<u64> {
    let name = path.file_name()?.to_str()?.strip_suffix(".digests")?;
    u64::from_str_radix(name.split_once('-')?.0, 16).ok()
}

fn make_folder(folder: &Path) -> Option<()> {
    let mut builder = fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(folder).ok()
}

/// Removes the digests that other versions of the program left, but for the one that was used last: people go back
/// and forth between two.
fn forget_other_builds(ours: &Path) {
    let Some(all) = ours.parent() else { return };
    let entries = fs::read_dir(all).into_iter().flatten().flatten().map(|entry| entry.path());
    let mut others: Vec<_> = entries
        .filter(|path| path != ours && path.is_dir())
        .map(|path| (path.metadata().and_then(|metadata| metadata.modified()).ok(), path))
        .collect();
    others.sort();
    others.pop();
    for (_, path) in others {
        let _ = fs::remove_dir_all(path);
    }
}
