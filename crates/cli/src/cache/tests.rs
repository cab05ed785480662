use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Mutex;
use std::time::{Duration, SystemTime};

use somnium_dream::{Options, normalise};
use somnium_transcript::FileReport;
use somnium_types::{Body, Event, Skipped, Transcript};

use super::{Cache, Kept, Key};

/// A file that was last written long ago.
fn settled(folder: &Path, name: &str, text: &str) -> PathBuf {
    let path = folder.join(name);
    fs::write(&path, text).unwrap();
    let then = SystemTime::UNIX_EPOCH + Duration::from_secs(1_750_000_000);
    fs::File::options().write(true).open(&path).unwrap().set_modified(then).unwrap();
    path
}

fn kept(path: &Path, words: &str) -> Kept {
    let mut transcript = Transcript::new(words.into());
    transcript.events.push(Event::new(Body::User { text: words.to_owned() }));
    let path = path.display().to_string();
    let skipped = vec![Skipped { source: path.clone(), line: Some(3), why: "not JSON".to_owned() }];
    Kept {
        report: FileReport { path, sessions: 1, events: 1, bytes: 9, skipped, ..FileReport::default() },
        formats: BTreeMap::from([("claude-code".to_owned(), 1)]),
        sessions: vec![normalise(&transcript, &Options::default())],
    }
}

fn open(caches: &Path) -> Cache {
    Cache::open(caches, &Options::default()).unwrap()
}

fn find(cache: &Cache, path: &Path, key: Key) -> Option<Kept> {
    let found = Mutex::new(None);
    cache.find(&[(7, path.display().to_string(), key)], &|at, kept| {
        assert_eq!(at, 7);
        *found.lock().unwrap() = Some(kept);
    });
    found.into_inner().unwrap()
}

#[test]
fn what_was_kept_is_found_until_the_file_changes() {
    let folder = tempfile::tempdir().unwrap();
    let path = settled(folder.path(), "a.jsonl", "one");
    let cache = open(folder.path());
    let key = cache.key(&path).unwrap();
    assert_eq!(find(&cache, &path, key), None);
    cache.add(&[(key, &kept(&path, "hello"))]);

    let cache = open(folder.path());
    assert_eq!(cache.key(&path), Some(key));
    assert_eq!(find(&cache, &path, key), Some(kept(&path, "hello")));
    assert_eq!(find(&open(folder.path()).write_only(), &path, key), None, "unless nothing is to be believed");

    // Another text of the same length at the same time is another file all the same where inodes tell.
    settled(folder.path(), "a.jsonl", "two");
    let key = cache.key(&path).unwrap();
    assert_eq!(find(&cache, &path, key), None);
    cache.add(&[(key, &kept(&path, "hullo"))]);
    assert_eq!(find(&open(folder.path()), &path, key), Some(kept(&path, "hullo")), "the latest counts");
}

#[test]
fn a_file_may_be_named_in_another_way() {
    let folder = tempfile::tempdir().unwrap();
    let path = settled(folder.path(), "a.jsonl", "one");
    let cache = open(folder.path());
    let key = cache.key(&path).unwrap();
    cache.add(&[(key, &kept(&path, "hello"))]);
    let other = PathBuf::from("./a.jsonl");
    let found = find(&open(folder.path()), &other, key).unwrap();
    assert_eq!(found, kept(&other, "hello"));
}

#[test]
fn what_was_written_just_now_is_not_believed() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.jsonl");
    fs::write(&path, "one").unwrap();
    assert_eq!(open(folder.path()).key(&path), None);
    assert_eq!(open(folder.path()).key(folder.path()), None, "nor a folder");
}

#[test]
fn other_labels_are_other_digests() {
    let folder = tempfile::tempdir().unwrap();
    let path = settled(folder.path(), "a.jsonl", "one");
    let labelled = Options { agent: Some("clerk".into()), ..Options::default() };
    let key = Cache::open(folder.path(), &labelled).unwrap().key(&path);
    assert_ne!(key, open(folder.path()).key(&path));
}

#[test]
fn damage_costs_the_digest_and_nothing_else() {
    let folder = tempfile::tempdir().unwrap();
    let path = settled(folder.path(), "a.jsonl", "one");
    let cache = open(folder.path());
    let key = cache.key(&path).unwrap();
    let segment = cache.folder_for_tests().join("0000000000000000-1.digests");
    cache.add(&[(key, &kept(&path, "hello"))]);
    let written = fs::read_dir(segment.parent().unwrap()).unwrap().next().unwrap().unwrap().path();
    let whole = fs::read(&written).unwrap();
    fs::remove_file(&written).unwrap();
    for at in 0..whole.len() {
        let mut bytes = whole.clone();
        bytes[at] ^= 0x41;
        fs::write(&segment, &bytes).unwrap();
        let found = find(&open(folder.path()), &path, key);
        assert!(found.is_none(), "byte {at}");
        fs::write(&segment, &whole[..at]).unwrap();
        assert_eq!(find(&open(folder.path()), &path, key), None, "cut at {at}");
    }
    fs::write(&segment, &whole).unwrap();
    assert!(find(&open(folder.path()), &path, key).is_some(), "the control");
}

#[test]
fn many_small_segments_become_one() {
    let folder = tempfile::tempdir().unwrap();
    let path = settled(folder.path(), "a.jsonl", "one");
    let key = open(folder.path()).key(&path).unwrap();
    let place = open(folder.path()).folder_for_tests().to_owned();
    for at in 0..60 {
        let other = Key { path: [at; 16], ..key };
        open(folder.path()).add(&[(key, &kept(&path, &format!("word {at}"))), (other, &kept(&path, "x"))]);
    }
    let segments = fs::read_dir(place).unwrap().count();
    assert!(segments < 20, "{segments}");
    let cache = open(folder.path());
    assert_eq!(find(&cache, &path, key), Some(kept(&path, "word 59")));
    for at in 0..60 {
        assert!(find(&cache, &path, Key { path: [at; 16], ..key }).is_some(), "{at}");
    }
}
