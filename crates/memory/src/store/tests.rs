//! Crashes: whatever the moment, the next open finds all of a change or none of it.

mod review;

use std::cell::Cell;
use std::fs;
use std::io;

use serde_json::json;
use somnium_types::{ChangeId, Timestamp};
use tempfile::TempDir;

use super::disk::Steps;
use super::*;
use crate::{Edit, MemoryPath, apply};

/// Lets `left` operations happen and no more.
struct PowerCut {
    left: Cell<usize>,
}

impl PowerCut {
    fn after(operations: usize) -> Self {
        Self { left: Cell::new(operations) }
    }
}

impl Steps for PowerCut {
    fn before(&self, _: &'static str, _: &Path) -> io::Result<()> {
        match self.left.get().checked_sub(1) {
            Some(left) => {
                self.left.set(left);
                Ok(())
            }
            None => Err(io::Error::other("power cut")),
        }
    }
}

/// A folder with three files of a person's, and what a dream makes of it: one file changed, two new ones.
struct World {
    dir: TempDir,
    old: Memory,
    new: Memory,
    dream: DreamId,
}

impl World {
    fn new() -> Self {
        let dir = tempfile::tempdir().unwrap();
        for (path, text) in [
            ("CLAUDE.md", "# Rules\r\n\r\nBe brief.\r\n"),
            ("notes/shell.md", "# Shell\n\n### Kept  <!-- som:m-0 -->\nas it is\n"),
            ("logo.png", "\0binary"),
        ] {
            let path = dir.path().join("memory").join(path);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, text).unwrap();
        }
        let old = Folder::open(dir.path().join("memory")).unwrap().memory().clone();
        let put = |path: &str, id: &str| Edit::Put {
            path: MemoryPath::new(path).unwrap(),
            section: None,
            id: id.into(),
            title: format!("Title of {id}"),
            body: "Learnt.".into(),
        };
        let edits =
            [put("notes/shell.md", "m-1"), put("playbooks/deep/release.md", "w-1"), put("a.md", "m-2")];
        let new = apply(&old, &edits).unwrap();
        Self { dir, old, new, dream: "drm_1".into() }
    }

    /// A world whose publication was cut short right after it was committed.
    fn cut_after_commit() -> Self {
        for operations in 0.. {
            let world = Self::new();
            world.publish(&PowerCut::after(operations)).unwrap_err();
            if world.root().join(".somnium/pending/manifest.json").exists() {
                return world;
            }
        }
        unreachable!("a publication is committed at some point");
    }

    fn root(&self) -> PathBuf {
        self.dir.path().join("memory")
    }

    fn publish(&self, steps: &dyn Steps) -> Result<Vec<MemoryPath>, StoreError> {
        let mut folder = Folder::open(self.root())?;
        let mut state = folder.state().clone();
        state.ledger = json!({"after": "drm_1"});
        let publication = Publication {
            dream: &self.dream,
            at: "2026-01-02T03:04:05Z".parse().unwrap(),
            after: &self.new,
            state: &state,
            sessions: Some(b"seen"),
            tally: None,
            report: &json!({"claims": 3}),
        };
        folder.publish_watched(publication, steps).map(|published| published.files)
    }

    fn undo(&self, steps: &dyn Steps) -> Result<Vec<MemoryPath>, StoreError> {
        let change = ChangeId::from(&self.dream);
        Folder::open(self.root())?.undo_watched(&change, Timestamp::UNIX_EPOCH, Writer::Somebody, steps)
    }

    /// Opens the folder as the next process would and says which memory it finds; `None` for a mixture, and for
    /// a folder that cannot be read.
    fn seen(&self) -> Option<Seen> {
        let folder = Folder::open(self.root()).ok()?;
        assert!(!folder.layout.has_pending());
        let seen = match folder.memory() {
            memory if *memory == self.old => Seen::Old,
            memory if *memory == self.new => Seen::New,
            _ => return None,
        };
        let remembered = folder.state().ledger == json!({"after": "drm_1"});
        let undoable = folder.undoable(&ChangeId::from(&self.dream)).is_ok();
        let kept = folder.sessions().unwrap();
        assert!(kept.lost.is_empty(), "{:?}", kept.lost);
        let knows = kept.files.iter().any(|(_, bytes)| bytes == b"seen");
        (remembered == (seen == Seen::New) && undoable == remembered && knows == remembered).then_some(seen)
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Seen {
    Old,
    New,
}

/// Cuts the power of `work` after 0, 1, 2, … operations, until it gets through; returns what each crash left.
fn cut_everywhere(
    prepare: impl Fn(&World),
    work: impl Fn(&World, &dyn Steps) -> Result<Vec<MemoryPath>, StoreError>,
) -> Vec<Option<Seen>> {
    let mut seen = Vec::new();
    for operations in 0.. {
        let world = World::new();
        prepare(&world);
        let done = work(&world, &PowerCut::after(operations)).is_ok();
        seen.push(world.seen());
        if done {
            break;
        }
    }
    seen
}

#[test]
fn a_publication_cut_short_anywhere_is_all_or_nothing() {
    let seen = cut_everywhere(|_| {}, |world, steps| world.publish(steps));
    assert!(seen.len() > 30, "only {} operations were watched", seen.len());
    let first_new = seen.iter().position(|seen| *seen == Some(Seen::New)).unwrap();
    assert!(first_new > 5 && first_new < seen.len() - 10, "{first_new} of {}", seen.len());
    assert!(seen[..first_new].iter().all(|seen| *seen == Some(Seen::Old)), "{seen:?}");
    assert!(seen[first_new..].iter().all(|seen| *seen == Some(Seen::New)), "{seen:?}");
}

#[test]
fn an_undo_cut_short_anywhere_is_all_or_nothing() {
    let prepare = |world: &World| assert_eq!(world.publish(&Unwatched).unwrap().len(), 3);
    let seen = cut_everywhere(prepare, |world, steps| world.undo(steps));
    let first_old = seen.iter().position(|seen| *seen == Some(Seen::Old)).unwrap();
    assert!(first_old > 5 && first_old < seen.len() - 5, "{first_old} of {}", seen.len());
    assert!(seen[..first_old].iter().all(|seen| *seen == Some(Seen::New)), "{seen:?}");
    assert!(seen[first_old..].iter().all(|seen| *seen == Some(Seen::Old)), "{seen:?}");
}

#[test]
fn a_recovery_cut_short_anywhere_is_taken_up_again() {
    for first in (8..).step_by(9) {
        for second in (0..).step_by(5) {
            let world = World::new();
            let published = world.publish(&PowerCut::after(first)).is_ok();
            let recovered = Folder::open_watched(&world.root(), &PowerCut::after(second)).is_ok();
            assert!(world.seen().is_some(), "cut after {first}, recovery cut after {second}");
            if published {
                return;
            }
            if recovered {
                break;
            }
        }
    }
}

/// The negative control: a writer without a journal is caught by the same watch.
#[test]
fn a_writer_without_a_journal_is_caught() {
    let naive = |world: &World, steps: &dyn Steps| {
        let disk = Disk { steps };
        let folder = Folder::open(world.root())?;
        for (path, bytes) in world.new.files().filter(|(path, bytes)| world.old.get(path) != Some(bytes)) {
            let target = path.under(&world.root());
            disk.create_dir_all(target.parent().unwrap())?;
            disk.remove_file(&target)?;
            disk.write_new(&target, bytes, None)?;
        }
        let mut state = folder.state().clone();
        state.ledger = json!({"after": "drm_1"});
        disk.create_dir_all(&folder.layout.machine())?;
        disk.write_new(&folder.layout.state(), &state.to_json(), None)?;
        Ok(Vec::new())
    };
    let seen = cut_everywhere(|_| {}, naive);
    assert!(seen.iter().any(Option::is_none), "{seen:?}");
}

#[test]
fn an_edit_after_a_crash_is_never_overwritten() {
    let mut taken_back = 0;
    for operations in 0.. {
        let world = World::new();
        let done = world.publish(&PowerCut::after(operations)).is_ok();
        let edited = world.root().join("notes/shell.md");
        fs::write(&edited, "# Mine now\n").unwrap();
        let folder = Folder::open(world.root()).unwrap();
        assert_eq!(fs::read(&edited).unwrap(), b"# Mine now\n", "after {operations} operations");
        let others = |memory: &Memory| {
            let mut memory = memory.clone();
            memory.remove(&MemoryPath::new("notes/shell.md").unwrap());
            memory
        };
        let rest = others(folder.memory());
        assert!(rest == others(&world.old) || rest == others(&world.new), "after {operations} operations");
        if let Some(Recovery::TakenBack { edited, .. }) = folder.recovery() {
            assert_eq!(edited[0].as_str(), "notes/shell.md");
            assert_eq!(rest, others(&world.old));
            assert!(!world.root().join("playbooks").exists());
            taken_back += 1;
        }
        if done {
            break;
        }
    }
    assert!(taken_back > 3, "{taken_back}");
}

#[test]
fn a_folder_that_is_held_is_neither_written_nor_recovered_and_the_holder_is_named() {
    let world = World::cut_after_commit();
    let lock = Lock::take(&Layout { root: world.root() }, "dream drm_9").unwrap();
    let error = Folder::open(world.root()).unwrap_err();
    assert_eq!(error.code(), "SOM013");
    let holder = format!("dream drm_9 (process {})", std::process::id());
    assert!(error.to_string().contains(&holder), "{error}");
    drop(lock);
    assert!(world.seen().is_some());
}

#[test]
fn a_damaged_or_hostile_journal_is_refused_and_named() {
    let world = World::cut_after_commit();
    let manifest = Layout { root: world.root() }.pending().join("manifest.json");
    let staged = fs::read_to_string(&manifest).unwrap();
    let elsewhere = world.dir.path().join("elsewhere");
    fs::create_dir(&elsewhere).unwrap();
    let hostile = [staged.replace("drm_1", "../../../elsewhere"), staged.replace("\"a.md", "\"../a.md")];
    for bytes in
        ["{".to_owned(), String::new(), staged.replace("\"entries\"", "\"x\"")].iter().chain(&hostile)
    {
        fs::write(&manifest, bytes).unwrap();
        let error = Folder::open(world.root()).unwrap_err();
        assert_eq!(error.code(), "SOM014", "{bytes}");
        assert!(error.to_string().contains("manifest.json"), "{error}");
        assert!(elsewhere.exists() && !world.dir.path().join("a.md").exists());
    }
    fs::write(&manifest, staged).unwrap();
    assert_eq!(world.seen(), Some(Seen::New));
}

#[test]
fn a_hostile_id_never_becomes_a_path() {
    let world = World::new();
    let mut folder = Folder::open(world.root()).unwrap();
    for id in ["", "../x", "a/b", "a\0", ".", "drm 1", &"x".repeat(81)] {
        let id = DreamId::from(id);
        assert_eq!(folder.report(&id).unwrap_err().code(), "SOM020");
        assert_eq!(
            folder.undo(&ChangeId::from(&id), Timestamp::UNIX_EPOCH, Writer::Somebody).unwrap_err().code(),
            "SOM020"
        );
        let state = State::default();
        let publication = Publication {
            dream: &id,
            at: Default::default(),
            after: &world.new,
            state: &state,
            sessions: None,
            tally: None,
            report: &json!(1),
        };
        assert_eq!(folder.publish_in_place(publication).unwrap_err().code(), "SOM011");
        let dest = world.dir.path().join("copy");
        assert_eq!(folder.write_copy(&dest, publication).unwrap_err().code(), "SOM011");
    }
    assert_eq!(world.seen(), Some(Seen::Old));
}
