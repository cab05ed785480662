//! What agents say of notes: noted, counted, and no change of anything.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use serde_json::json;
use somnium_memory::store::{Folder, Publication, Remark, Says, StoreError, What, Witness, Writer};
use somnium_memory::{Edit, Memory, MemoryPath, apply};
use somnium_types::{BlockId, ChangeId, DreamId, Timestamp};
use tempfile::TempDir;

fn world() -> TempDir {
    let dir = tempfile::tempdir().unwrap();
    let mut folder = open(&dir);
    let after = apply(&Memory::default(), &[put("m-1", "one"), put("m-2", "two")]).unwrap();
    publish(&mut folder, "drm_1", &after).unwrap();
    dir
}

fn open(dir: &TempDir) -> Folder {
    let mut folder = Folder::open(dir.path().join("memory")).unwrap();
    folder.watched_by(Witness::open(dir.path().join("witness"), || [7; 32]).unwrap()).unwrap();
    folder
}

fn put(id: &str, body: &str) -> Edit {
    let path = MemoryPath::new("notes/a.md").unwrap();
    Edit::Put { path, section: None, id: id.into(), title: "T".into(), body: body.into() }
}

fn publish(folder: &mut Folder, dream: &str, after: &Memory) -> Result<(), StoreError> {
    let (dream, mut state) = (DreamId::from(dream), folder.state().clone());
    let ids: Vec<BlockId> = after.blocks().into_iter().map(|block| block.id).collect();
    state.baselines.record(after, &ids, &dream);
    let at = Timestamp::UNIX_EPOCH;
    let publication = Publication {
        dream: &dream,
        at,
        after,
        state: &state,
        sessions: None,
        tally: None,
        report: &json!({}),
    };
    folder.publish_in_place(publication).map(drop)
}

fn remark(folder: &mut Folder, n: u32, about: &str, says: Says) -> Result<(), StoreError> {
    let id = ChangeId::from(format!("chg_{n}"));
    let at = Timestamp::from_second(i64::from(n)).unwrap();
    let why = Some(format!("because {n}"));
    folder.remark(Remark {
        id: &id,
        at,
        by: Writer::Agent("mcp".to_owned()),
        about: &[about.into()],
        says,
        why,
    })
}

#[test]
fn remarks_are_lines_of_the_log_and_counted_and_change_no_file() {
    let dir = world();
    let before = open(&dir).memory().clone();
    for n in 1..=3 {
        remark(&mut open(&dir), n, "m-1", Says::Used).unwrap();
    }
    remark(&mut open(&dir), 4, "m-1", Says::Wrong).unwrap();
    let folder = open(&dir);
    assert_eq!(*folder.memory(), before);
    let feedback = &folder.state().feedback[&BlockId::from("m-1")];
    assert_eq!((feedback.cited, feedback.last_cited), (3, Some(Timestamp::from_second(3).unwrap())));
    assert_eq!(feedback.reports[0].why, "because 4");
    let whats: Vec<What> = folder.log_of(&"m-1".into()).map(|(_, entry)| entry.what.clone()).collect();
    assert_eq!(whats[1..], [What::Cited, What::Cited, What::Cited, What::Reported]);
    assert!(folder.verify().unwrap().is_sound() && folder.unrecorded().is_none());
    assert_eq!(folder.latest_change().unwrap().as_str(), "drm_1");

    remark(&mut open(&dir), 5, "m-1", Says::Settled).unwrap();
    let feedback = open(&dir).state().feedback[&BlockId::from("m-1")].clone();
    assert_eq!((feedback.cited, feedback.reports.len()), (3, 0));
}

#[test]
fn a_dream_that_ran_meanwhile_takes_over_what_was_said() {
    let dir = world();
    let mut dreaming = open(&dir);
    remark(&mut open(&dir), 1, "m-1", Says::Used).unwrap();
    let after = apply(dreaming.memory(), &[put("m-3", "three")]).unwrap();
    publish(&mut dreaming, "drm_2", &after).unwrap();
    let folder = open(&dir);
    assert_eq!(folder.state().feedback[&BlockId::from("m-1")].cited, 1);
    assert_eq!(folder.memory().blocks().len(), 3);
    assert!(folder.verify().unwrap().is_sound());
    assert!(folder.log().any(|(_, entry)| entry.what == What::Cited));

    let mut folder = open(&dir);
    folder.undo(&"drm_2".into(), Timestamp::UNIX_EPOCH, Writer::Somebody).unwrap();
    assert_eq!(open(&dir).state().feedback[&BlockId::from("m-1")].cited, 1);
}

#[test]
fn nothing_is_noted_of_a_note_that_is_not_there_or_on_a_folder_that_moved() {
    let dir = world();
    assert!(matches!(remark(&mut open(&dir), 1, "m-9", Says::Used), Err(StoreError::Changed { .. })));
    let mut old = open(&dir);
    remark(&mut open(&dir), 2, "m-1", Says::Used).unwrap();
    assert!(matches!(remark(&mut old, 3, "m-1", Says::Used), Err(StoreError::Changed { .. })));
    // An edit by other means is entered first, so that it is not taken for known.
    std::fs::write(dir.path().join("memory/mine.md"), "# Mine\n").unwrap();
    remark(&mut open(&dir), 4, "m-1", Says::Used).unwrap();
    let whats: Vec<What> = open(&dir).log().map(|(_, entry)| entry.what.clone()).collect();
    assert_eq!(whats[whats.len() - 2..], [What::Outside, What::Cited]);
    assert_eq!(open(&dir).state().feedback.len(), 1);
}

#[test]
fn only_the_newest_reports_are_kept_in_the_state() {
    let dir = world();
    for n in 0..25 {
        remark(&mut open(&dir), n, "m-2", Says::Wrong).unwrap();
    }
    let reports = open(&dir).state().feedback[&BlockId::from("m-2")].reports.clone();
    assert_eq!((reports.len(), reports[0].why.as_str()), (20, "because 5"));
}
