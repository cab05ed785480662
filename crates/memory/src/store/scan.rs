//! Reading a folder without following a link and without losing what cannot be read.

use std::fs::File;
use std::io::Read;
use std::path::{Path, PathBuf};

use somnium_types::Skipped;
use walkdir::{DirEntry, WalkDir};

use super::StoreError;
use crate::path::is_foreign_dir;
use crate::{MACHINE_DIR, Memory, MemoryPath};

/// Files larger than this are left alone, in bytes.
pub(super) const MAX_FILE: u64 = 16 << 20;
/// Once this much was read, the rest is left alone, in bytes.
const MAX_TOTAL: u64 = 512 << 20;

/// What a folder holds.
#[derive(Default)]
pub(super) struct Scan {
    pub(super) memory: Memory,
    /// What was not read, and why; by path, relative to the folder.
    pub(super) skipped: Vec<Skipped>,
}

/// Reads every content file under `root`.
pub(super) fn scan(root: &Path) -> Result<Scan, StoreError> {
    let mut scan = Scan::default();
    let mut total = 0;
    for entry in entries(root) {
        let entry = match entry {
            Ok(entry) => entry,
            Err(error) if error.depth() == 0 => {
                return Err(StoreError::Read { path: root.to_owned(), source: error.into() });
            }
            Err(error) => {
                let path = error.path().map_or_else(PathBuf::new, |path| relative(root, path));
                scan.skip(&path, "it cannot be opened");
                continue;
            }
        };
        if entry.file_type().is_dir() {
            continue;
        }
        let path = relative(root, entry.path());
        match read(&entry, &path, &mut total) {
            Ok((path, bytes)) => scan.memory.insert(path, bytes),
            Err(why) => scan.skip(&path, why),
        }
    }
    Ok(scan)
}

/// Walks everything under `root` but `.somnium` and the folders of version control systems, by name.
fn entries(root: &Path) -> impl Iterator<Item = walkdir::Result<DirEntry>> {
    WalkDir::new(root).follow_links(false).sort_by_file_name().into_iter().filter_entry(|entry| {
        let name = entry.file_name().to_string_lossy();
        let machine = entry.depth() == 1 && name.eq_ignore_ascii_case(MACHINE_DIR);
        let foreign = entry.depth() > 0 && is_foreign_dir(&name);
        !machine && !foreign
    })
}

fn read(entry: &DirEntry, path: &Path, total: &mut u64) -> Result<(MemoryPath, Vec<u8>), &'static str> {
    if entry.file_type().is_symlink() {
        return Err("it is a symbolic link; links are not followed");
    }
    if !entry.file_type().is_file() {
        return Err("it is not a regular file");
    }
    let path = path.to_str().ok_or("its name is not valid UTF-8")?;
    let path = if std::path::MAIN_SEPARATOR == '\\' { path.replace('\\', "/") } else { path.to_owned() };
    let path = MemoryPath::new(&path).map_err(|error| error.why)?;
    let mut bytes = Vec::new();
    let file = File::open(entry.path()).map_err(|_| "it cannot be opened")?;
    file.take(MAX_FILE + 1).read_to_end(&mut bytes).map_err(|_| "it cannot be read")?;
    let len = bytes.len() as u64;
    if len > MAX_FILE {
        return Err("it is larger than 16 MiB");
    }
    if *total + len > MAX_TOTAL {
        return Err("the folder holds more than 512 MiB");
    }
    *total += len;
    Ok((path, bytes))
}

fn relative(root: &Path, path: &Path) -> PathBuf {
    path.strip_prefix(root).unwrap_or(path).to_owned()
}

impl Scan {
    fn skip(&mut self, path: &Path, why: &str) {
        self.memory.reserve(path.to_string_lossy().replace(std::path::MAIN_SEPARATOR, "/"));
        self.skipped.push(skipped(path, why));
    }
}

/// Returns a row for a file that was passed over; its name is safe to print.
pub(super) fn skipped(path: &Path, why: &str) -> Skipped {
    Skipped { source: crate::visible(&path.to_string_lossy()), line: None, why: why.to_owned() }
}
