//! Writing a dream's result as a new folder.

use std::collections::BTreeMap;
use std::fs::{self, File, Permissions};
use std::io;
use std::path::{Path, PathBuf};

use somnium_types::{ChangeId, Skipped, sha256_hex};
use walkdir::WalkDir;

use super::disk::Disk;
use super::draft::Draft;
use super::journal::obstacle_on_disk;
use super::log::{Entry, Known, Seal, What, Writer, outside, touched};
use super::scan::skipped;
use super::state::{DreamRecord, PublicationKind, json_bytes};
use super::{Folder, Layout, Publication, StoreError, tally};
use crate::{MACHINE_DIR, MemoryPath};

/// What became of a copy.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Copied {
    /// What could not be copied, and why. All of it is still in the original folder.
    pub not_copied: Vec<Skipped>,
}

impl Folder {
    /// Writes `publication.after` to the new folder `dest`, with every other file of this folder byte for byte
    /// (links as links, permissions kept) and with its history, and leaves this folder as it is.
    ///
    /// `dest` appears whole or not at all. Its parent is made where it is missing.
    ///
    /// # Errors
    /// [`StoreError::Destination`] where something exists at `dest` or it lies inside this folder.
    pub fn write_copy(&self, dest: &Path, publication: Publication<'_>) -> Result<Copied, StoreError> {
        self.layout.check_id(publication.dream)?;
        // A line of ours at the end would vouch for all that stands before it.
        self.check_sound()?;
        let taken = |why| StoreError::Destination { path: dest.to_owned(), why };
        if dest.symlink_metadata().is_ok() {
            return Err(taken("it exists already"));
        }
        let parent = match dest.parent() {
            Some(parent) if !parent.as_os_str().is_empty() => parent,
            _ => Path::new("."),
        };
        if dest.file_name().is_none() {
            return Err(taken("it has no name"));
        }
        let disk = Disk::real();
        disk.create_dir_all(parent)?;
        let exists = self.layout.root.is_dir();
        if exists && is_inside(parent, &self.layout.root) {
            return Err(taken("it lies inside the memory folder"));
        }

        let draft = Draft::begin(parent)?;
        let copy = Layout { root: draft.folder().to_owned() };
        let mut copied = Copied::default();
        let folders = if exists { self.copy_others(&copy, &publication, &mut copied)? } else { Vec::new() };
        self.write_ours(disk, &copy, &publication)?;
        // Last, and innermost first: a folder may be write-protected. The outermost only once it is in its
        // place, because a write-protected folder cannot be moved.
        let (outermost, inner) = match folders.split_first() {
            Some(((_, permissions), inner)) => (Some(permissions), inner),
            None => (None, &[][..]),
        };
        inner.iter().rev().try_for_each(|(folder, permissions)| set_permissions(folder, permissions))?;
        draft.put(disk, dest)?;
        outermost.map_or(Ok(()), |permissions| set_permissions(dest, permissions))?;
        Ok(copied)
    }

    /// Copies all that is not written from the new memory. Returns the folders made, outermost first, with the
    /// permissions that they are to have.
    fn copy_others(
        &self,
        copy: &Layout,
        publication: &Publication<'_>,
        copied: &mut Copied,
    ) -> Result<Vec<(PathBuf, Permissions)>, StoreError> {
        let root = &self.layout.root;
        let layout = &self.layout;
        // A proposal is about this folder, and the copy is what became of another dream.
        let not_ours = [
            layout.lock(),
            layout.pending(),
            layout.state(),
            layout.log(),
            layout.tally(),
            layout.tally_draft(),
            layout.reviews(),
        ];
        let walk = WalkDir::new(root).follow_links(false).sort_by_file_name();
        let walk = walk.into_iter().filter_entry(|entry| not_ours.iter().all(|path| path != entry.path()));
        let mut folders = Vec::new();
        for entry in walk {
            let entry = match entry {
                Ok(entry) => entry,
                Err(error) => {
                    let path = error.path().unwrap_or(root).strip_prefix(root).unwrap_or(root);
                    copied.not_copied.push(skipped(path, "it cannot be opened"));
                    continue;
                }
            };
            let relative = entry.path().strip_prefix(root).unwrap_or(entry.path());
            let target = copy.root.join(relative);
            let cannot_write =
                |source| StoreError::Write { operation: "write", path: target.clone(), source };
            let kind = entry.file_type();
            if kind.is_dir() {
                if entry.depth() > 0 {
                    fs::create_dir(&target).map_err(cannot_write)?;
                }
                if let Ok(metadata) = entry.metadata() {
                    folders.push((target, metadata.permissions()));
                }
            } else if kind.is_symlink() {
                if copy_link(entry.path(), &target).is_err() {
                    copied.not_copied.push(skipped(relative, "the link cannot be made again"));
                }
            } else if !kind.is_file() {
                copied.not_copied.push(skipped(relative, "it is not a regular file"));
            } else if !self.is_content(relative, publication) {
                match File::open(entry.path()) {
                    Ok(source) => copy_file(source, &target).map_err(cannot_write)?,
                    Err(_) => copied.not_copied.push(skipped(relative, "it cannot be opened")),
                }
            }
        }
        Ok(folders)
    }

    /// Returns whether the file is written from a memory value, old or new.
    fn is_content(&self, relative: &Path, publication: &Publication<'_>) -> bool {
        let path = relative.to_str().map(|path| path.replace(std::path::MAIN_SEPARATOR, "/"));
        path.and_then(|path| MemoryPath::new(&path).ok())
            .is_some_and(|path| self.memory.get(&path).is_some() || publication.after.get(&path).is_some())
    }

    fn write_ours(
        &self,
        disk: Disk<'_>,
        copy: &Layout,
        publication: &Publication<'_>,
    ) -> Result<(), StoreError> {
        let Publication { dream, at, after, state, report, sessions, tally: counted } = *publication;
        let mut files = 0;
        for (path, bytes) in after.files() {
            let permissions = fs::metadata(path.under(&self.layout.root)).ok().map(|file| file.permissions());
            let target = path.under(&copy.root);
            if let Some((_, why)) = obstacle_on_disk(&copy.root, path) {
                return Err(StoreError::Blocked { path: path.under(&self.layout.root), why });
            }
            if let Some(parent) = target.parent() {
                disk.create_dir_all(parent)?;
            }
            disk.write_new(&target, bytes, permissions)?;
            files += usize::from(self.memory.get(path) != Some(bytes));
        }
        files += self.memory.files().filter(|(path, _)| after.get(path).is_none()).count();

        let seal = self.sealing();
        let mut state = state.clone();
        state.dreams = self.state.dreams.clone();
        state.note(DreamRecord {
            id: dream.clone(),
            at,
            publication: PublicationKind::Copy,
            files,
            undone: false,
        });
        state.keep_sessions(dream, sessions);
        if let Some(bytes) = sessions {
            disk.create_dir_all(&copy.sessions())?;
            disk.remove_file(&copy.sessions_of(dream))?;
            disk.write_new(&copy.sessions_of(dream), bytes, None)?;
        }
        if let Some(bytes) = counted {
            tally::keep(copy, &seal, &state.sessions, bytes);
        }
        disk.create_dir_all(&copy.runs())?;
        let (state, report) = (state.to_json(), json_bytes(report));
        disk.write_new(&copy.state(), &state, None)?;
        disk.write_new(&copy.log(), &self.log_of_copy(publication, &seal, &state, &report), None)?;
        disk.remove_file(&copy.run(dream))?;
        disk.write_new(&copy.run(dream), &report, None)?;
        let ignore = copy.root.join(MACHINE_DIR).join(".gitignore");
        if ignore.exists() { Ok(()) } else { disk.write_new(&ignore, super::publish::GITIGNORE, None) }
    }
}

impl Folder {
    /// Returns the bytes of the copy's log: that of this folder, and the dream that wrote the copy.
    fn log_of_copy(
        &self,
        publication: &Publication<'_>,
        seal: &Seal,
        state: &[u8],
        report: &[u8],
    ) -> Vec<u8> {
        let Publication { dream, at, after, .. } = *publication;
        let (before, after) = (Known::of(&self.memory), Known::of(after));
        let (blocks, files) = touched(&before, &after);
        let gone = self.review_files().unwrap_or_default().into_iter();
        let mut machine: BTreeMap<_, _> = gone.map(|name| (format!("review/{name}"), None)).collect();
        machine.insert(format!("runs/{dream}.json"), Some(sha256_hex(report)));
        let entry = Entry {
            at,
            by: Writer::Dream(dream.clone()),
            what: What::Copied,
            change: Some(ChangeId::from(dream)),
            why: None,
            marked: Vec::new(),
            blocks,
            files,
            machine,
            state: Some(sha256_hex(state)),
        };
        let mut log = self.log.clone();
        for entry in outside(log.known().as_ref(), &before, at).into_iter().chain([entry]) {
            log.add(entry, seal);
        }
        log.to_bytes()
    }
}

fn copy_file(mut source: File, target: &Path) -> io::Result<()> {
    let mut file = File::create_new(target)?;
    io::copy(&mut source, &mut file)?;
    file.set_permissions(source.metadata()?.permissions())?;
    file.sync_all()
}

fn set_permissions(path: &Path, permissions: &Permissions) -> Result<(), StoreError> {
    fs::set_permissions(path, permissions.clone()).map_err(|source| StoreError::Write {
        operation: "set the permissions of",
        path: path.to_owned(),
        source,
    })
}

/// Makes a link with the same target text. What it points to is not looked at.
fn copy_link(link: &Path, target: &Path) -> io::Result<()> {
    let points_to = fs::read_link(link)?;
    #[cfg(unix)]
    return std::os::unix::fs::symlink(points_to, target);
    #[cfg(windows)]
    return std::os::windows::fs::symlink_file(points_to, target);
    #[cfg(not(any(unix, windows)))]
    return Err(io::Error::from(io::ErrorKind::Unsupported));
}

/// Returns whether `path` is `folder` or lies below it, links resolved.
fn is_inside(path: &Path, folder: &Path) -> bool {
    match (path.canonicalize(), folder.canonicalize()) {
        (Ok(path), Ok(folder)) => path.starts_with(folder),
        _ => false,
    }
}
