//! The history of a memory folder: what people do, and what shows when somebody changed the past.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::fs;
use std::path::{Path, PathBuf};

use serde_json::json;
use somnium_memory::store::{Change, Folder, Publication, Standing, StoreError, What, Witness, Writer};
use somnium_memory::{Edit, Memory, MemoryPath, Place, apply, ownership};
use somnium_types::{BlockId, ChangeId, DreamId, Timestamp, sha256_hex};
use tempfile::TempDir;

const KEY: [u8; 32] = [7; 32];

/// A memory folder with a witness beside it.
struct World {
    dir: TempDir,
}

impl World {
    /// With one note of a person's and three dreams, each of which wrote a note.
    fn new() -> Self {
        let world = Self { dir: tempfile::tempdir().unwrap() };
        fs::create_dir_all(world.root()).unwrap();
        fs::write(world.root().join("mine.md"), "# Mine\n").unwrap();
        for n in 1..=3 {
            world.dream(n);
        }
        world
    }

    fn root(&self) -> PathBuf {
        self.dir.path().join("memory")
    }

    fn witness(&self) -> Witness {
        Witness::open(self.dir.path().join("witness"), || KEY).unwrap()
    }

    fn open(&self) -> Folder {
        let mut folder = Folder::open(self.root()).unwrap();
        folder.watched_by(self.witness()).unwrap();
        folder
    }

    fn standing(&self) -> Standing {
        self.open().verify().unwrap()
    }

    fn dream(&self, n: usize) {
        let mut folder = self.open();
        let after = apply(folder.memory(), &[put(&format!("m-{n}"), "as a dream wrote it")]).unwrap();
        publish(&mut folder, &format!("drm_{n}"), &after).unwrap();
    }

    fn log(&self) -> PathBuf {
        self.root().join(".somnium/log.jsonl")
    }

    /// Rewrites the log's lines.
    fn rewrite(&self, change: impl Fn(Vec<String>) -> Vec<String>) {
        let text = fs::read_to_string(self.log()).unwrap();
        let lines = change(text.lines().map(str::to_owned).collect());
        fs::write(self.log(), lines.join("\n") + "\n").unwrap();
    }
}

/// Gives a line other words as somebody without the key can: with a leaf of their own, under a key that nobody here
/// knows, its tag left as it was.
fn reword(line: &str, from: &str, to: &str) -> String {
    let (head, rest) = line.split_once("\"entry\":").unwrap();
    let (entry, rest) = rest.split_once(",\"salt\":\"").unwrap();
    let (salt, _) = rest.split_once('"').unwrap();
    let (_, tag) = rest.split_once("\"tag\":").unwrap();
    assert!(entry.contains(from), "{entry}");
    let entry = entry.replace(from, to);
    let leaf = sha256_hex(format!("{salt}\0{entry}").as_bytes()).to_hex();
    let key = "0123456789abcdef";
    format!("{head}\"entry\":{entry},\"salt\":\"{salt}\",\"leaf\":\"{leaf}\",\"key\":\"{key}\",\"tag\":{tag}")
}

fn put(id: &str, body: &str) -> Edit {
    let path = MemoryPath::new("notes/a.md").unwrap();
    Edit::Put { path, section: None, id: id.into(), title: format!("About {id}"), body: body.into() }
}

fn at() -> Timestamp {
    "2026-03-04T05:06:07Z".parse().unwrap()
}

fn person() -> Writer {
    Writer::Person("kim".to_owned())
}

fn publish(folder: &mut Folder, dream: &str, after: &Memory) -> Result<Vec<BlockId>, StoreError> {
    let dream = DreamId::from(dream);
    let mut state = folder.state().clone();
    let ids: Vec<_> = after.blocks().into_iter().map(|block| block.id).collect();
    state.baselines.record(after, &ids, &dream);
    state.ledger = json!({ "last": dream });
    let report = json!({ "dream": dream });
    let (sessions, tally) = (None, None);
    let publication =
        Publication { dream: &dream, at: at(), after, state: &state, sessions, tally, report: &report };
    folder.publish_in_place(publication).map(|published| published.kept)
}

fn change(folder: &mut Folder, id: &str, what: What, after: &Memory) -> Result<(), StoreError> {
    let state = folder.state().clone();
    let id = ChangeId::from(id);
    folder.change(Change { id: &id, at: at(), by: person(), what, why: None, after, state: &state }).map(drop)
}

fn words(standing: &Standing) -> String {
    standing.findings.iter().map(|found| format!("{}: {}\n", found.place, found.why)).collect()
}

#[test]
fn every_change_is_in_the_log_with_who_made_it() {
    let world = World::new();
    let mut folder = world.open();
    let text = fs::read_to_string(world.root().join("notes/a.md")).unwrap();
    fs::write(world.root().join("notes/a.md"), text.replacen("as a dream wrote it", "as I say", 1)).unwrap();
    assert!(folder.unrecorded().is_none(), "the folder is as it was when it was opened");
    folder = world.open();
    let unrecorded = folder.unrecorded().unwrap();
    assert!(unrecorded.touches(&"m-1".into()) && !unrecorded.touches(&"m-2".into()));

    let after = apply(folder.memory(), &[Edit::Remove { id: "m-3".into() }]).unwrap();
    change(&mut folder, "chg_1", What::Removed, &after).unwrap();
    let log: Vec<(What, String)> =
        world.open().log().map(|(_, entry)| (entry.what.clone(), entry.by.to_string())).collect();
    let expected = [
        (What::Found, "a person"),
        (What::Dreamt, "dream drm_1"),
        (What::Dreamt, "dream drm_2"),
        (What::Dreamt, "dream drm_3"),
        (What::Outside, "a person"),
        (What::Removed, "kim"),
    ];
    assert_eq!(log, expected.map(|(what, by)| (what, by.to_owned())));
    let about: Vec<u64> = world.open().log_of(&"m-1".into()).map(|(seq, _)| seq).collect();
    assert_eq!(about, [1, 4]);
    assert!(world.standing().is_sound(), "{}", words(&world.standing()));
}

#[test]
fn a_change_of_a_person_is_taken_back_to_the_byte_last_first() {
    let world = World::new();
    let before = world.open().memory().clone();
    let mut folder = world.open();
    let after = apply(folder.memory(), &[Edit::Remove { id: "m-3".into() }]).unwrap();
    let mut state = folder.state().clone();
    state.baselines.blocks.remove(&BlockId::from("m-3"));
    state.frozen.0.insert(Place::parse("/notes/").unwrap());
    let id = ChangeId::from("chg_1");
    let (at, by) = (at(), person());
    let by_person = by.clone();
    folder
        .change(Change { id: &id, at, by, what: What::Removed, why: None, after: &after, state: &state })
        .unwrap();
    assert_eq!(world.open().latest_change(), Some(&id));
    world.open().undo(&id, at, by_person.clone()).unwrap();
    assert_eq!(*world.open().memory(), before);
    assert!(world.open().state().frozen.is_empty());
    assert!(world.open().state().baselines.blocks.contains_key(&BlockId::from("m-3")));
    let again = world.open().undo(&id, at, by_person.clone()).unwrap_err();
    assert!(matches!(again, StoreError::AlreadyUndone { .. }), "{again}");

    // Then the dreams, each under its own id.
    for n in (1..=3).rev() {
        let id = ChangeId::from(format!("drm_{n}"));
        assert_eq!(world.open().latest_change(), Some(&id));
        world.open().undo(&id, at, by_person.clone()).unwrap();
    }
    assert_eq!(world.open().latest_change(), None);
    assert_eq!(fs::read_dir(world.root()).unwrap().count(), 2, "mine.md and .somnium");
    assert!(world.standing().is_sound());
}

#[test]
fn what_is_frozen_is_closed_to_dreams_and_open_to_people() {
    let world = World::new();
    let mut folder = world.open();
    let (mut state, memory) = (folder.state().clone(), folder.memory().clone());
    state.frozen.0.insert(Place::parse("m-2").unwrap());
    let (at, by, id) = (at(), person(), ChangeId::from("chg_1"));
    let what = What::Frozen;
    folder.change(Change { id: &id, at, by, what, why: None, after: &memory, state: &state }).unwrap();

    let mut folder = world.open();
    let after = apply(folder.memory(), &[put("m-2", "otherwise")]).unwrap();
    let error = publish(&mut folder, "drm_9", &after).unwrap_err();
    assert_eq!(error.code(), "SOM016");
    assert!(error.to_string().contains("`m-2`"), "{error}");
    // The control: beside it, a dream may write.
    let after = apply(folder.memory(), &[put("m-1", "otherwise")]).unwrap();
    publish(&mut folder, "drm_9", &after).unwrap();
    let after = apply(folder.memory(), &[put("m-2", "mine")]).unwrap();
    change(&mut folder, "chg_2", What::Edited, &after).unwrap();
}

#[test]
fn a_dream_is_merged_with_what_people_did_while_it_ran() {
    let world = World::new();
    let mut dreaming = world.open();
    let edits = [put("m-1", "learnt since"), put("m-2", "learnt since"), put("m-4", "new")];
    let after = apply(dreaming.memory(), &edits).unwrap();

    let mut folder = world.open();
    let edited = apply(folder.memory(), &[put("m-2", "a person's")]).unwrap();
    change(&mut folder, "chg_1", What::Edited, &edited).unwrap();
    fs::write(world.root().join("mine.md"), "# Still mine\n").unwrap();

    assert_eq!(publish(&mut dreaming, "drm_9", &after).unwrap(), [BlockId::from("m-2")]);
    let folder = world.open();
    let body = |id: &str| folder.memory().block(&id.into()).map(|block| block.body).unwrap_or_default();
    assert_eq!(
        ["m-1", "m-2", "m-3", "m-4"].map(body),
        ["learnt since", "a person's", "as a dream wrote it", "new"]
    );
    assert_eq!(folder.memory().get(&MemoryPath::new("mine.md").unwrap()), Some(&b"# Still mine\n"[..]));
    let owners = ownership(folder.memory(), &folder.state().baselines);
    assert_eq!(owners[&BlockId::from("m-2")], somnium_memory::Owner::Person);
    assert_eq!(owners[&BlockId::from("m-1")], somnium_memory::Owner::Ours);
    assert!(world.standing().is_sound(), "{}", words(&world.standing()));

    // The control: another dream that was published meanwhile is not merged with.
    let mut dreaming = world.open();
    let after = apply(dreaming.memory(), &[put("m-1", "late")]).unwrap();
    world.dream(5);
    assert!(matches!(publish(&mut dreaming, "drm_10", &after), Err(StoreError::Changed { .. })));
}

/// One attack on a folder, and a word of what is said about it.
type Attack = (&'static str, fn(&World), &'static str);

/// Restores the machine's side as it was before the last dream, from a copy made then.
fn roll_back(world: &World) {
    let copy = world.dir.path().join("copy");
    copy_all(&world.root(), &copy);
    world.dream(4);
    fs::remove_dir_all(world.root()).unwrap();
    fs::rename(copy, world.root()).unwrap();
}

fn copy_all(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let target = to.join(entry.file_name());
        if entry.path().is_dir() {
            copy_all(&entry.path(), &target);
        } else {
            fs::copy(entry.path(), target).unwrap();
        }
    }
}

/// What whoever can write to the folder may try. They know everything but the key.
const ATTACKS: &[Attack] = &[
    (
        "an entry says something else",
        |world| {
            world.rewrite(|lines| lines.iter().map(|line| line.replace("m-2", "m-8")).collect());
        },
        "does not say what was written",
    ),
    (
        "a dream's line is given to a person, under a key that nobody knows",
        |world| {
            world.rewrite(|mut lines| {
                lines[2] = reword(&lines[2], r#"{"dream":"drm_2"}"#, r#"{"person":"kim"}"#);
                lines
            });
        },
        "not written behind the line before it",
    ),
    (
        "… and so is the last one",
        |world| {
            world.rewrite(|mut lines| {
                let last = lines.pop().unwrap();
                lines.push(reword(&last, r#"{"dream":"drm_3"}"#, r#"{"person":"kim"}"#));
                lines
            });
        },
        "another one than this machine saw last",
    ),
    (
        "a forged line is accepted by a forged line",
        |world| {
            let mut folder = Folder::open(world.root()).unwrap();
            let after = apply(folder.memory(), &[put("m-9", "obey")]).unwrap();
            change(&mut folder, "chg_forged", What::Edited, &after).unwrap();
            change(&mut folder, "chg_accepted", What::Accepted, &after).unwrap();
        },
        "2 of its lines were written elsewhere",
    ),
    (
        "a line is taken out",
        |world| {
            world.rewrite(|mut lines| {
                lines.remove(2);
                lines
            });
        },
        "missing or out of its order",
    ),
    (
        "the end is cut off",
        |world| {
            world.rewrite(|mut lines| {
                lines.pop();
                lines
            });
        },
        "an older history",
    ),
    (
        "two lines change places",
        |world| {
            world.rewrite(|mut lines| {
                lines.swap(1, 2);
                lines
            });
        },
        "missing or out of its order",
    ),
    (
        "a line is there twice",
        |world| {
            world.rewrite(|mut lines| {
                lines.insert(2, lines[1].clone());
                lines
            });
        },
        "missing or out of its order",
    ),
    (
        "a line is forged without the key",
        |world| {
            // With a folder of their own they can make lines that are whole in themselves.
            let mut folder = Folder::open(world.root()).unwrap();
            let after = apply(folder.memory(), &[put("m-9", "obey")]).unwrap();
            change(&mut folder, "chg_forged", What::Edited, &after).unwrap();
        },
        "written elsewhere",
    ),
    (
        "the whole history is made anew without the key",
        |world| {
            fs::remove_dir_all(world.root().join(".somnium")).unwrap();
            let mut folder = Folder::open(world.root()).unwrap();
            for n in 1..=9 {
                let after = apply(folder.memory(), &[put("m-1", &format!("version {n}"))]).unwrap();
                change(&mut folder, &format!("chg_{n}"), What::Edited, &after).unwrap();
            }
        },
        "another one than this machine saw last",
    ),
    (
        "a line of another folder is put in",
        |world| {
            let other = World::new();
            let line = fs::read_to_string(other.log()).unwrap().lines().nth(2).unwrap().replace("drm", "dr");
            world.rewrite(|mut lines| {
                lines[2] = line.clone();
                lines
            });
        },
        "does not say what was written",
    ),
    ("everything is put back to an earlier state", roll_back, "an older history"),
    (
        "what dreams remember is changed",
        |world| {
            let path = world.root().join(".somnium/state.json");
            let text = fs::read_to_string(&path).unwrap().replace("m-2", "m-8");
            fs::write(path, text).unwrap();
        },
        "it is not what was written last",
    ),
    (
        "what undo would restore is changed",
        |world| {
            let path = world.root().join(".somnium/history/drm_3/manifest.json");
            let text = fs::read_to_string(&path).unwrap().replace("notes/a.md", "notes/b.md");
            fs::write(path, text).unwrap();
        },
        "history/drm_3/manifest.json",
    ),
    (
        "a report is deleted",
        |world| {
            fs::remove_file(world.root().join(".somnium/runs/drm_2.json")).unwrap();
        },
        "runs/drm_2.json",
    ),
];

#[test]
fn whatever_is_done_to_the_past_shows() {
    for (name, attack, word) in ATTACKS {
        let world = World::new();
        assert!(world.standing().is_sound(), "{}", words(&world.standing()));
        attack(&world);
        let standing = world.standing();
        assert!(!standing.is_sound(), "{name}");
        assert!(words(&standing).contains(word), "{name}: {}", words(&standing));
    }
}

#[test]
fn nothing_is_written_on_a_history_that_was_tampered_with() {
    // The last two are found by looking at every file; the others whenever the folder is opened.
    for (name, attack, _) in &ATTACKS[..ATTACKS.len() - 2] {
        let world = World::new();
        attack(&world);
        let mut folder = world.open();
        let after = apply(folder.memory(), &[put("m-1", "changed")]).unwrap();
        let memory = folder.memory().clone();
        let error = change(&mut folder, "chg_9", What::Edited, &after).unwrap_err();
        assert_eq!(error.code(), "SOM015", "{name}: {error}");
        assert_eq!(*world.open().memory(), memory, "{name}");
    }
}

#[test]
fn a_copy_does_not_vouch_for_a_history_that_was_tampered_with() {
    let world = World::new();
    let copy = |to: &str| {
        let folder = world.open();
        let (after, state, report) = (folder.memory().clone(), folder.state().clone(), json!({}));
        let dream = DreamId::from("drm_copy");
        let (sessions, tally) = (None, None);
        let publication = Publication {
            dream: &dream,
            at: at(),
            after: &after,
            state: &state,
            sessions,
            tally,
            report: &report,
        };
        folder.write_copy(&world.dir.path().join(to), publication).map(drop)
    };
    // The control: a sound one is copied.
    copy("first").unwrap();
    world.rewrite(|mut lines| {
        lines.pop();
        lines
    });
    assert_eq!(copy("second").unwrap_err().code(), "SOM015");
    assert!(!world.dir.path().join("second").exists());
}

#[test]
fn edits_with_an_editor_are_fine() {
    let world = World::new();
    fs::write(world.root().join("notes/a.md"), "# All new\n").unwrap();
    fs::remove_file(world.root().join("mine.md")).unwrap();
    fs::write(world.root().join("more.md"), "more\n").unwrap();
    assert!(world.standing().is_sound());
    let edited: Vec<String> =
        world.open().unrecorded().unwrap().files.iter().map(|file| file.path.to_string()).collect();
    assert_eq!(edited, ["mine.md", "more.md", "notes/a.md"]);
    world.dream(4);
    assert!(world.standing().is_sound());
    assert!(world.open().unrecorded().is_none());
}

#[test]
fn what_another_machine_wrote_is_accepted_by_a_person_and_nothing_else_is() {
    let world = World::new();
    let elsewhere = Witness::open(world.dir.path().join("elsewhere"), || [9; 32]).unwrap();
    let mut folder = Folder::open(world.root()).unwrap();
    // That machine has never seen the folder: it can only tell that the chain is whole.
    assert!(!folder.watched_by(elsewhere).unwrap().witnessed);
    let after = apply(folder.memory(), &[put("m-1", "over there")]).unwrap();
    change(&mut folder, "chg_there", What::Edited, &after).unwrap();

    let accept = |world: &World| {
        let mut folder = world.open();
        let (after, state) = (folder.memory().clone(), folder.state().clone());
        let id = ChangeId::from("chg_accept");
        let (at, by, what) = (at(), person(), What::Accepted);
        folder.accept(Change { id: &id, at, by, what, why: None, after: &after, state: &state })
    };
    assert!(world.standing().findings.iter().all(|found| found.acceptable));
    let heads = world.dir.path().join("witness/heads");
    copy_all(&heads, &world.dir.path().join("heads"));
    accept(&world).unwrap();
    assert!(world.standing().is_sound(), "{}", words(&world.standing()));
    // Killed before the witness kept it: the line says so, and it is sealed here.
    fs::remove_dir_all(&heads).unwrap();
    fs::rename(world.dir.path().join("heads"), &heads).unwrap();
    assert!(world.standing().is_sound(), "{}", words(&world.standing()));
    world.dream(4);

    // What was accepted cannot be changed afterwards, though its own tag cannot be checked here.
    let log = fs::read(world.log()).unwrap();
    world.rewrite(|mut lines| {
        let there = lines.iter().position(|line| line.contains("chg_there")).unwrap();
        lines[there] = reword(&lines[there], "kim", "rosa");
        lines
    });
    assert!(!world.standing().is_sound());
    fs::write(world.log(), log).unwrap();
    assert!(world.standing().is_sound(), "{}", words(&world.standing()));

    roll_back(&world);
    assert_eq!(accept(&world).unwrap_err().code(), "SOM015");
}

#[test]
fn a_witness_that_missed_the_last_change_catches_up() {
    let world = World::new();
    let heads = world.dir.path().join("witness/heads");
    copy_all(&heads, &world.dir.path().join("heads"));
    world.dream(4);
    fs::remove_dir_all(&heads).unwrap();
    fs::rename(world.dir.path().join("heads"), &heads).unwrap();
    assert!(world.standing().is_sound());
    world.dream(5);
    assert!(world.standing().is_sound());
}
