//! A memory folder on disk, through the public door.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use serde_json::json;
use somnium_memory::store::{
    Folder, Publication, PublicationKind, Published, State, StoreError, Tombstone, Writer,
};
use somnium_memory::{Baselines, Edit, Memory, MemoryPath, Owner, apply, ownership};
use somnium_types::{ChangeId, DreamId, Timestamp};
use tempfile::TempDir;

fn world(files: &[(&str, &[u8])]) -> (TempDir, PathBuf) {
    let dir = tempfile::tempdir().unwrap();
    let root = dir.path().join("memory");
    for (name, bytes) in files {
        write(&root.join(name), bytes);
    }
    (dir, root)
}

fn write(path: &Path, bytes: &[u8]) {
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(path, bytes).unwrap();
}

fn path(text: &str) -> MemoryPath {
    MemoryPath::new(text).unwrap()
}

fn put(file: &str, id: &str, body: &str) -> Edit {
    Edit::Put {
        path: path(file),
        section: None,
        id: id.into(),
        title: format!("About {id}"),
        body: body.into(),
    }
}

fn at() -> Timestamp {
    "2026-03-04T05:06:07Z".parse().unwrap()
}

/// Applies `edits` as the dream `id` would, baselines included.
fn dreamt(folder: &Folder, id: &DreamId, edits: &[Edit]) -> (Memory, State) {
    let after = apply(folder.memory(), edits).unwrap();
    let mut state = folder.state().clone();
    let ids: Vec<_> = after.blocks().into_iter().map(|block| block.id).collect();
    state.baselines.record(&after, &ids, id);
    state.ledger = json!({"last": id});
    (after, state)
}

fn publish(root: &Path, id: &str, edits: &[Edit]) -> Result<Vec<MemoryPath>, StoreError> {
    publish_all(root, id, edits).map(|published| published.files)
}

fn publish_all(root: &Path, id: &str, edits: &[Edit]) -> Result<Published, StoreError> {
    let id = DreamId::from(id);
    let mut folder = Folder::open(root)?;
    let (after, state) = dreamt(&folder, &id, edits);
    let report = json!({"dream": {"id": id}});
    folder.publish_in_place(Publication {
        dream: &id,
        at: at(),
        after: &after,
        state: &state,
        sessions: None,
        tally: None,
        report: &report,
    })
}

#[test]
fn a_tally_is_believed_while_the_sessions_are_those_that_it_counted() {
    let folder = tempfile::tempdir().unwrap();
    let root = folder.path().join("memory");
    let keep = |id: &str, sessions: Option<&[u8]>, tally: Option<&[u8]>| {
        let id = DreamId::from(id);
        let mut folder = Folder::open(&root).unwrap();
        let (after, state) = dreamt(&folder, &id, &[]);
        let (report, dream) = (json!({}), &id);
        let publication =
            Publication { dream, at: at(), after: &after, state: &state, sessions, tally, report: &report };
        folder.publish_in_place(publication).unwrap();
    };
    let tally = || Folder::open(&root).unwrap().tally();
    assert_eq!(tally(), None);
    keep("drm_1", Some(b"first"), Some(b"counted one"));
    assert_eq!(tally().as_deref(), Some(&b"counted one"[..]));
    keep("drm_2", Some(b"second"), Some(b"counted two"));
    assert_eq!(tally().as_deref(), Some(&b"counted two"[..]));
    // Undone, the sessions of the second dream are not known any more.
    Folder::open(&root).unwrap().undo(&"drm_2".into(), at(), Writer::Somebody).unwrap();
    assert_eq!(tally(), None);
    keep("drm_3", None, Some(b"counted three"));
    assert_eq!(tally().as_deref(), Some(&b"counted three"[..]));
    keep("drm_4", Some(b"fourth"), None);
    assert_eq!(tally(), None, "it was not counted");
    fs::write(root.join(".somnium/tally"), "short").unwrap();
    assert_eq!(tally(), None);
    assert!(!root.join(".somnium/tally.draft").exists());
}

/// Every file and link under `root`: bytes and permission bits, links by their target.
fn tree(root: &Path) -> BTreeMap<String, (Vec<u8>, u32)> {
    let mut tree = BTreeMap::new();
    for entry in walkdir::WalkDir::new(root) {
        let entry = entry.unwrap();
        let name = entry.path().strip_prefix(root).unwrap().to_string_lossy().into_owned();
        let bytes = if entry.path_is_symlink() {
            fs::read_link(entry.path()).unwrap().into_os_string().into_encoded_bytes()
        } else if entry.file_type().is_file() {
            fs::read(entry.path()).unwrap()
        } else {
            b"folder".to_vec()
        };
        tree.insert(name, (bytes, mode(&entry.path().symlink_metadata().unwrap())));
    }
    tree
}

#[cfg(unix)]
fn mode(metadata: &fs::Metadata) -> u32 {
    std::os::unix::fs::PermissionsExt::mode(&metadata.permissions())
}

#[cfg(not(unix))]
fn mode(_: &fs::Metadata) -> u32 {
    0
}

fn without_machine_side(tree: BTreeMap<String, (Vec<u8>, u32)>) -> BTreeMap<String, (Vec<u8>, u32)> {
    tree.into_iter().filter(|(name, _)| !name.starts_with(".somnium")).collect()
}

const MINE: &[u8] = b"\xef\xbb\xbf# Mine\r\n\r\nRule one.\r\nno end";

#[test]
fn a_missing_folder_is_an_empty_memory_and_reading_leaves_no_trace() {
    let (_dir, root) = world(&[]);
    let folder = Folder::open(&root).unwrap();
    assert!(folder.memory().is_empty() && folder.skipped().is_empty());
    assert!(!root.exists());

    write(&root.join("a.md"), MINE);
    let before = tree(&root);
    assert_eq!(Folder::open(&root).unwrap().memory().get(&path("a.md")), Some(MINE));
    assert_eq!(tree(&root), before);

    let file = root.join("a.md");
    let error = Folder::open(&file).unwrap_err();
    assert_eq!((error.code(), matches!(error, StoreError::NotAFolder { .. })), ("SOM010", true));
}

#[test]
fn a_published_dream_is_there_with_its_report_and_its_state() {
    let (_dir, root) = world(&[("CLAUDE.md", MINE), ("img.bin", b"\0\x01")]);
    let files =
        publish(&root, "drm_1", &[put("notes/a.md", "m-1", "x"), put("CLAUDE.md", "m-2", "y")]).unwrap();
    assert_eq!(files, [path("CLAUDE.md"), path("notes/a.md")]);

    let folder = Folder::open(&root).unwrap();
    assert_eq!(
        folder.memory().get(&path("notes/a.md")).unwrap(),
        b"# A\n\n### About m-1  <!-- som:m-1 -->\nx\n"
    );
    assert!(folder.memory().get(&path("CLAUDE.md")).unwrap().starts_with(MINE));
    assert_eq!(folder.report(&"drm_1".into()).unwrap()["dream"]["id"], "drm_1");
    assert_eq!(folder.report(&"drm_9".into()).unwrap_err().code(), "SOM020");
    assert_eq!(folder.state().ledger, json!({"last": "drm_1"}));
    let record = &folder.state().dreams()[0];
    assert_eq!((record.id.as_str(), record.files, record.at), ("drm_1", 2, at()));
    assert_eq!(
        fs::read_to_string(root.join(".somnium/.gitignore")).unwrap(),
        "lock\npending/\ntally\ntally.draft\n"
    );
    assert!(!root.join(".somnium/pending").exists());
}

#[test]
fn a_person_owns_what_they_edit_and_what_they_delete_is_gone() {
    let (_dir, root) = world(&[]);
    publish(&root, "drm_1", &["a", "b", "c"].map(|id| put("notes/n.md", id, "text"))).unwrap();
    let file = root.join("notes/n.md");
    let text = fs::read_to_string(&file).unwrap();
    let text = text
        .replace("\n### About b  <!-- som:b -->\ntext\n", "")
        .replace("som:c -->\ntext", "som:c -->\nmine");
    fs::write(&file, text).unwrap();
    let folder = Folder::open(&root).unwrap();
    let owners: Vec<_> = ownership(folder.memory(), &folder.state().baselines).into_iter().collect();
    assert_eq!(
        owners,
        [("a".into(), Owner::Ours), ("b".into(), Owner::Deleted), ("c".into(), Owner::Person)]
    );
    assert!(ownership(folder.memory(), &Baselines::default()).values().all(|owner| *owner == Owner::Person));
}

#[test]
fn undo_restores_to_the_byte_and_in_order() {
    let (_dir, root) = world(&[("CLAUDE.md", MINE), ("notes/a.md", b"# A\n")]);
    let first = without_machine_side(tree(&root));
    publish(&root, "drm_1", &[put("CLAUDE.md", "m-1", "x"), put("new/deep/b.md", "m-2", "y")]).unwrap();
    let second = without_machine_side(tree(&root));
    publish(&root, "drm_2", &[put("notes/a.md", "m-3", "z"), Edit::Remove { id: "m-1".into() }]).unwrap();

    let mut folder = Folder::open(&root).unwrap();
    let error = folder.undo(&"drm_1".into(), at(), Writer::Somebody).unwrap_err();
    assert!(matches!(&error, StoreError::NotLatest { first, .. } if first.as_str() == "drm_2"), "{error}");
    assert_eq!((error.code(), error.to_string().contains("undo `drm_2` first")), ("SOM021", true));
    assert_eq!(
        folder.undo(&"drm_2".into(), at(), Writer::Somebody).unwrap(),
        [path("CLAUDE.md"), path("notes/a.md")]
    );
    assert_eq!(without_machine_side(tree(&root)), second);
    assert_eq!(folder.state().ledger, json!({"last": "drm_1"}));
    assert_eq!(
        folder.undo(&"drm_2".into(), at(), Writer::Somebody).unwrap_err().to_string(),
        "`drm_2` is undone already"
    );
    folder.undo(&"drm_1".into(), at(), Writer::Somebody).unwrap();
    assert_eq!(without_machine_side(tree(&root)), first, "the folders it made are gone too");
    assert_eq!(folder.undo(&"drm_3".into(), at(), Writer::Somebody).unwrap_err().code(), "SOM020");

    let reopened = Folder::open(&root).unwrap();
    assert_eq!((reopened.memory(), reopened.state()), (folder.memory(), folder.state()));
    assert!(reopened.state().latest_dream().is_none());
    publish(&root, "drm_1", &[put("CLAUDE.md", "m-1", "x")]).unwrap();
    assert_eq!(Folder::open(&root).unwrap().state().latest_dream().unwrap().id.as_str(), "drm_1");
}

#[test]
fn undo_refuses_where_a_person_edited_since_and_names_the_files() {
    let (_dir, root) = world(&[("a.md", b"# A\n"), ("b.md", b"# B\n")]);
    publish(&root, "drm_1", &[put("a.md", "m-1", "x"), put("b.md", "m-2", "y"), put("c.md", "m-3", "z")])
        .unwrap();
    fs::write(root.join("b.md"), "mine").unwrap();
    fs::write(root.join("unrelated.md"), "new").unwrap();
    let before = tree(&root);
    let error = Folder::open(&root).unwrap().undo(&"drm_1".into(), at(), Writer::Somebody).unwrap_err();
    assert!(matches!(&error, StoreError::EditedSince { files, .. } if *files == [path("b.md")]), "{error}");
    assert!(error.to_string().contains("`b.md`"), "{error}");
    assert_eq!(without_machine_side(tree(&root)), without_machine_side(before));

    // Put back by hand, it counts as undone already; the rest follows.
    fs::write(root.join("b.md"), "# B\n").unwrap();
    assert_eq!(
        Folder::open(&root).unwrap().undo(&"drm_1".into(), at(), Writer::Somebody).unwrap(),
        [path("a.md"), path("c.md")]
    );
    assert_eq!(fs::read(root.join("a.md")).unwrap(), b"# A\n");
    assert!(!root.join("c.md").exists() && root.join("unrelated.md").exists());
}

#[test]
fn undo_keeps_tombstones() {
    let (_dir, root) = world(&[]);
    publish(&root, "drm_1", &[put("a.md", "m-1", "x")]).unwrap();
    let id = DreamId::from("drm_2");
    let mut folder = Folder::open(&root).unwrap();
    let (after, mut state) = dreamt(&folder, &id, &[put("a.md", "m-2", "y")]);
    let sha256 = state.baselines.blocks.remove(&"m-1".into()).unwrap().sha256;
    let tombstone = Tombstone {
        sha256,
        path: path("a.md"),
        dream: Some(id.clone()),
        at: at(),
        by: None,
        why: "deleted".into(),
        sketch: somnium_memory::Sketch::default(),
    };
    state.tombstones.insert("m-1".into(), tombstone);
    let publication = Publication {
        dream: &id,
        at: at(),
        after: &after,
        state: &state,
        sessions: None,
        tally: None,
        report: &json!(null),
    };
    folder.publish_in_place(publication).unwrap();
    folder.undo(&ChangeId::from(&id), at(), Writer::Somebody).unwrap();
    assert!(folder.state().tombstones.contains_key(&"m-1".into()));
    assert!(folder.state().baselines.blocks.contains_key(&"m-1".into()));
}

#[test]
fn a_dream_that_was_published_meanwhile_is_not_overwritten() {
    for change in ["drm_0", "damaged"] {
        let (_dir, root) = world(&[("a.md", b"# A\n")]);
        let mut folder = Folder::open(&root).unwrap();
        let id = DreamId::from("drm_1");
        let (after, state) = dreamt(&folder, &id, &[put("b.md", "m-1", "x")]);
        if change == "damaged" {
            write(&root.join(".somnium/state.json"), br#"{"version":1,"ledger":7}"#);
        } else {
            publish(&root, change, &[put("c.md", "m-2", "y")]).unwrap();
        }
        let before = without_machine_side(tree(&root));
        let publication = Publication {
            dream: &id,
            at: at(),
            after: &after,
            state: &state,
            sessions: None,
            tally: None,
            report: &json!(null),
        };
        let error = folder.publish_in_place(publication).unwrap_err();
        assert!(matches!(error, StoreError::Changed { .. }), "{change}: {error}");
        assert_eq!(error.code(), "SOM012");
        assert_eq!(without_machine_side(tree(&root)), before);
    }
}

#[test]
fn the_same_dream_with_nothing_left_to_do_stays_undoable() {
    let (_dir, root) = world(&[("a.md", b"# A\n")]);
    publish(&root, "drm_1", &[put("a.md", "m-1", "x")]).unwrap();
    assert_eq!(publish(&root, "drm_1", &[put("a.md", "m-1", "x")]).unwrap(), []);
    assert_eq!(
        Folder::open(&root).unwrap().undo(&"drm_1".into(), at(), Writer::Somebody).unwrap(),
        [path("a.md")]
    );
    assert_eq!(fs::read(root.join("a.md")).unwrap(), b"# A\n");
}

#[test]
fn a_dream_repeated_after_a_person_took_it_back_by_hand_is_published_again() {
    let (_dir, root) = world(&[("a.md", b"# A\n")]);
    publish(&root, "drm_1", &[put("a.md", "m-1", "x")]).unwrap();
    fs::write(root.join("a.md"), "# A\n").unwrap();
    assert_eq!(publish(&root, "drm_1", &[put("a.md", "m-1", "x")]).unwrap(), [path("a.md")]);
    assert!(fs::read_to_string(root.join("a.md")).unwrap().contains("m-1"));
}

#[test]
fn a_copy_has_everything_and_the_original_is_untouched() {
    let (dir, root) = world(&[
        ("CLAUDE.md", MINE),
        ("notes/a.md", b"# A\n"),
        ("data/blob.bin", b"\0\xff"),
        (".git/config", b"[core]\n"),
    ]);
    fs::write(root.join("big.md"), vec![b'x'; (16 << 20) + 1]).unwrap();
    publish(&root, "drm_1", &[put("notes/a.md", "m-1", "x")]).unwrap();
    #[cfg(unix)]
    {
        use std::os::unix::fs::{PermissionsExt, symlink};
        fs::set_permissions(root.join("CLAUDE.md"), fs::Permissions::from_mode(0o600)).unwrap();
        fs::set_permissions(root.join("data/blob.bin"), fs::Permissions::from_mode(0o755)).unwrap();
        symlink("CLAUDE.md", root.join("AGENTS.md")).unwrap();
    }
    let before = tree(&root);

    let folder = Folder::open(&root).unwrap();
    assert!(folder.memory().get(&path("data/blob.bin")).is_some());
    assert!(folder.skipped().iter().any(|skipped| skipped.source == "big.md"));
    let id = DreamId::from("drm_2");
    let (after, state) = dreamt(&folder, &id, &[put("notes/a.md", "m-2", "y"), put("n/b.md", "m-3", "z")]);
    let publication = Publication {
        dream: &id,
        at: at(),
        after: &after,
        state: &state,
        sessions: None,
        tally: None,
        report: &json!({"n": 2}),
    };
    let dest = dir.path().join("out/memory.dream-2");
    assert_eq!(folder.write_copy(&dest, publication).unwrap().not_copied, []);
    assert_eq!(tree(&root), before);
    assert_eq!(fs::read_dir(dest.parent().unwrap()).unwrap().count(), 1, "nothing is left beside it");

    let mut copy = Folder::open(&dest).unwrap();
    assert_eq!(copy.memory(), &after);
    let (new, mut old) = (without_machine_side(tree(&dest)), without_machine_side(before));
    old.remove("notes/a.md");
    for (name, was) in &old {
        assert_eq!(new.get(name), Some(was), "{name}");
    }
    assert_eq!(copy.report(&"drm_1".into()).unwrap()["dream"]["id"], "drm_1");
    assert_eq!(copy.report(&id).unwrap()["n"], 2);
    let kinds: Vec<_> = copy.state().dreams().iter().map(|record| record.publication).collect();
    assert_eq!(kinds, [PublicationKind::InPlace, PublicationKind::Copy]);

    let error = copy.undo(&ChangeId::from(&id), at(), Writer::Somebody).unwrap_err();
    assert!(matches!(error, StoreError::IsACopy { .. }) && error.code() == "SOM021", "{error}");
    assert!(error.to_string().contains("delete the folder"), "{error}");
    publish(&dest, "drm_3", &[put("n/b.md", "m-4", "w")]).unwrap();
    copy.undo(&"drm_3".into(), at(), Writer::Somebody).unwrap();
    assert_eq!(copy.memory(), &after, "a copy goes on like any folder");
}

#[test]
fn a_copy_is_only_written_where_nothing_is() {
    let (dir, root) = world(&[("a.md", b"# A\n"), ("sub/b.md", b"x")]);
    let folder = Folder::open(&root).unwrap();
    let id = DreamId::from("drm_1");
    let (after, state) = dreamt(&folder, &id, &[]);
    let publication = Publication {
        dream: &id,
        at: at(),
        after: &after,
        state: &state,
        sessions: None,
        tally: None,
        report: &json!(1),
    };
    let before = tree(dir.path());
    for dest in
        [root.clone(), root.join("a.md"), root.join("inside"), root.join("sub/inside"), root.join("..")]
    {
        let error = folder.write_copy(&dest, publication).unwrap_err();
        assert!(matches!(error, StoreError::Destination { .. }), "{}: {error}", dest.display());
    }
    assert_eq!(tree(dir.path()), before);
    let nothing = Folder::open(dir.path().join("missing")).unwrap();
    let after = apply(&Memory::default(), &[put("a.md", "m-1", "x")]).unwrap();
    nothing.write_copy(&dir.path().join("fresh"), Publication { after: &after, ..publication }).unwrap();
    assert_eq!(Folder::open(dir.path().join("fresh")).unwrap().memory(), &after);
    assert!(!dir.path().join("missing").exists());
}

#[test]
fn damaged_and_newer_state_is_refused_by_name_and_the_notes_stay() {
    for (bytes, words) in [(&b"{\"version\":"[..], "damaged"), (b"{\"version\":99}", "format version 99")] {
        let (_dir, root) = world(&[("a.md", b"# A\n"), (".somnium/state.json", bytes)]);
        let before = tree(&root);
        let error = Folder::open(&root).unwrap_err();
        assert_eq!(error.code(), "SOM014");
        assert!(error.to_string().contains("state.json") && error.to_string().contains(words), "{error}");
        assert_eq!(tree(&root), before);
    }
}

#[cfg(unix)]
mod links {
    use std::os::unix::fs::{PermissionsExt, symlink};

    use super::*;

    #[test]
    fn no_link_leads_a_read_or_a_write_out_of_the_folder() {
        let (dir, root) = world(&[("a.md", b"# A\n")]);
        write(&dir.path().join("outside/secret.md"), b"### S  <!-- som:s-1 -->\nsecret\n");
        symlink(dir.path().join("outside"), root.join("notes")).unwrap();
        symlink("../outside/secret.md", root.join("link.md")).unwrap();
        symlink(".", root.join("loop")).unwrap();
        let outside = tree(&dir.path().join("outside"));

        let folder = Folder::open(&root).unwrap();
        assert_eq!(folder.memory().len(), 1);
        assert_eq!(folder.skipped().len(), 3);
        assert!(folder.skipped().iter().all(|skipped| skipped.why.contains("symbolic link")));
        for file in ["notes/x.md", "link.md", "loop/a.md"] {
            assert!(apply(folder.memory(), &[put(file, "m-1", "x")]).is_err(), "{file}");
        }

        // Even a memory that was not made by `apply` is not written through a link.
        for file in ["notes/secret.md", "notes/new.md", "link.md", "loop/b.md"] {
            let mut folder = Folder::open(&root).unwrap();
            let id = DreamId::from("drm_1");
            let mut after = folder.memory().clone();
            after.insert(path(file), &b"overwritten"[..]);
            let state = State::default();
            let publication = Publication {
                dream: &id,
                at: at(),
                after: &after,
                state: &state,
                sessions: None,
                tally: None,
                report: &json!(1),
            };
            let error = folder.publish_in_place(publication).unwrap_err();
            assert!(
                matches!(error, StoreError::Blocked { .. }) && error.code() == "SOM011",
                "{file}: {error}"
            );
        }
        assert_eq!(tree(&dir.path().join("outside")), outside);
    }

    #[test]
    fn a_link_in_the_place_of_the_machine_side_is_refused() {
        for place in [".somnium", ".somnium/lock", ".somnium/state.json", ".somnium/runs", ".somnium/history"]
        {
            let (dir, root) = world(&[("a.md", b"# A\n"), ("../outside/file", b"precious")]);
            fs::create_dir_all(root.join(place).parent().unwrap()).unwrap();
            let is_file = place.ends_with("lock") || place.ends_with("json");
            let target = dir.path().join(if is_file { "outside/file" } else { "outside" });
            symlink(target, root.join(place)).unwrap();
            let error = Folder::open(&root).unwrap_err();
            assert_eq!(error.code(), "SOM014", "{place}");
            assert_eq!(fs::read(dir.path().join("outside/file")).unwrap(), b"precious");
            assert_eq!(fs::read_dir(dir.path().join("outside")).unwrap().count(), 1);
        }
    }

    #[test]
    fn permissions_are_kept_and_a_write_protected_file_is_left_alone() {
        let (_dir, root) = world(&[("a.md", b"# A\n"), ("b.md", b"# B\n")]);
        fs::set_permissions(root.join("a.md"), fs::Permissions::from_mode(0o640)).unwrap();
        publish(&root, "drm_1", &[put("a.md", "m-1", "x")]).unwrap();
        assert_eq!(mode(&fs::metadata(root.join("a.md")).unwrap()) & 0o777, 0o640);
        fs::set_permissions(root.join("b.md"), fs::Permissions::from_mode(0o444)).unwrap();
        let before = tree(&root.join("b.md"));
        let error = publish(&root, "drm_2", &[put("a.md", "m-2", "x"), put("b.md", "m-3", "y")]).unwrap_err();
        assert!(error.to_string().contains("write-protected"), "{error}");
        assert_eq!(tree(&root.join("b.md")), before);
        assert!(!fs::read_to_string(root.join("a.md")).unwrap().contains("m-2"));
    }

    #[test]
    fn names_that_no_memory_path_can_have_are_left_alone_and_copied() {
        use std::os::unix::ffi::OsStrExt;
        let (dir, root) = world(&[("a.md", b"# A\n"), ("x\\y.md", b"1"), ("x\ny.md", b"2")]);
        fs::write(root.join(std::ffi::OsStr::from_bytes(b"\xff.md")), "3").unwrap();
        let folder = Folder::open(&root).unwrap();
        assert_eq!((folder.memory().len(), folder.skipped().len()), (1, 3));
        let id = DreamId::from("drm_1");
        let (after, state) = dreamt(&folder, &id, &[put("a.md", "m-1", "x")]);
        let dest = dir.path().join("copy");
        let publication = Publication {
            dream: &id,
            at: at(),
            after: &after,
            state: &state,
            sessions: None,
            tally: None,
            report: &json!(1),
        };
        folder.write_copy(&dest, publication).unwrap();
        assert_eq!(fs::read(dest.join(std::ffi::OsStr::from_bytes(b"\xff.md"))).unwrap(), b"3");
        assert_eq!(
            (fs::read(dest.join("x\\y.md")).unwrap(), fs::read(dest.join("x\ny.md")).unwrap()),
            (b"1".to_vec(), b"2".to_vec())
        );
    }
}

/// Publishes a dream that read sessions.
fn publish_sessions(root: &Path, id: &str, sessions: Option<&[u8]>) {
    let id = DreamId::from(id);
    let mut folder = Folder::open(root).unwrap();
    let (after, state) = dreamt(&folder, &id, &[]);
    let report = json!(null);
    let publication = Publication {
        dream: &id,
        at: at(),
        after: &after,
        state: &state,
        sessions,
        tally: None,
        report: &report,
    };
    folder.publish_in_place(publication).unwrap();
}

fn kept(root: &Path) -> Vec<Vec<u8>> {
    let kept = Folder::open(root).unwrap().sessions().unwrap();
    assert!(kept.lost.is_empty(), "{:?}", kept.lost);
    kept.files.into_iter().map(|(_, bytes)| bytes).collect()
}

#[test]
fn sessions_are_kept_by_dream_and_an_undo_takes_them_back() {
    let (dir, root) = world(&[("notes/a.md", MINE)]);
    publish_sessions(&root, "drm_1", Some(b"one"));
    publish_sessions(&root, "drm_2", None);
    publish_sessions(&root, "drm_3", Some(b"three"));
    assert_eq!(kept(&root), [b"one".to_vec(), b"three".to_vec()]);

    let id = DreamId::from("drm_4");
    let copy = dir.path().join("copy");
    let folder = Folder::open(&root).unwrap();
    let state = folder.state().clone();
    let report = json!(null);
    let publication = Publication {
        dream: &id,
        at: at(),
        after: folder.memory(),
        state: &state,
        sessions: Some(b"four"),
        tally: None,
        report: &report,
    };
    folder.write_copy(&copy, publication).unwrap();
    assert_eq!(kept(&copy), [b"one".to_vec(), b"three".to_vec(), b"four".to_vec()]);

    Folder::open(&root).unwrap().undo(&"drm_3".into(), at(), Writer::Somebody).unwrap();
    assert_eq!(kept(&root), [b"one".to_vec()]);
    publish_sessions(&root, "drm_3", Some(b"three, read again"));
    assert_eq!(kept(&root), [b"one".to_vec(), b"three, read again".to_vec()]);
}

#[test]
fn kept_sessions_that_are_not_what_was_written_are_named_and_left_out() {
    let (_dir, root) = world(&[("notes/a.md", MINE)]);
    for id in ["drm_1", "drm_2", "drm_3"] {
        publish_sessions(&root, id, Some(id.as_bytes()));
    }
    fs::write(root.join(".somnium/sessions/drm_1.digest"), "drm_1!").unwrap();
    fs::remove_file(root.join(".somnium/sessions/drm_2.digest")).unwrap();
    let kept = Folder::open(&root).unwrap().sessions().unwrap();
    assert_eq!(kept.files.iter().map(|(_, bytes)| bytes.as_slice()).collect::<Vec<_>>(), [b"drm_3"]);
    let whys: Vec<_> = kept.lost.iter().map(|lost| lost.why.as_str()).collect();
    assert_eq!(whys, ["it is not what the dream wrote", "it is missing"]);
}
