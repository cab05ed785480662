//! Sessions that have not changed are not read again, and nobody can tell from the result.

use std::fs;
use std::time::{Duration, SystemTime};

use crate::world::World;

/// A world whose session files were written long ago: what was written just now is not kept.
fn settled() -> World {
    let world = World::with_sessions();
    settle(&world);
    world
}

fn settle(world: &World) {
    let then = SystemTime::UNIX_EPOCH + Duration::from_secs(1_750_000_000);
    for (path, _) in world.files("sessions") {
        let file = fs::File::options().write(true).open(world.path().join(path)).unwrap();
        file.set_modified(then).unwrap();
    }
}

/// A dream's report without the one figure that may differ.
fn report(world: &World, line: &str) -> serde_json::Value {
    let mut report = world.dream(&format!("sessions --memory memory --dry-run {line}"));
    report["dream"]["seconds"] = 0.into();
    report
}

fn digests(world: &World) -> Vec<(std::path::PathBuf, Vec<u8>)> {
    world.files("home/.cache/somnium/digests")
}

#[test]
fn a_second_dream_says_the_same() {
    let world = settled();
    world.write("sessions/broken.jsonl", "no JSON");
    let plain = report(&world, "--no-cache");
    assert!(digests(&world).is_empty(), "without a cache nothing is kept");
    assert_eq!(report(&world, ""), plain);
    let kept = digests(&world);
    assert!(!kept.is_empty());
    assert_eq!(report(&world, ""), plain);
    assert_eq!(digests(&world), kept, "nothing new to keep");
    assert_eq!(report(&world, "--rehash"), plain);
    assert!(digests(&world).len() > kept.len(), "everything was read again");
}

#[test]
fn a_changed_file_is_read_again() {
    let world = settled();
    let before = report(&world, "");
    // Another text of the same length, and the time set back.
    let text = world.read("sessions/monday.jsonl").replace("ok", "no").replace("cost centre", "cost center");
    world.write("sessions/monday.jsonl", text);
    settle(&world);
    let after = report(&world, "");
    assert_ne!(after, before);
    assert_eq!(after, report(&world, "--no-cache"));
}

#[test]
fn the_cache_is_where_the_user_wants_it() {
    let world = settled();
    let line = ["dream", "sessions", "--memory", "memory", "--dry-run"];
    assert!(world.command(&line).env("SOMNIUM_CACHE", "elsewhere").status().unwrap().success());
    assert!(!world.files("elsewhere/digests").is_empty());
    assert!(world.command(&line).env("SOMNIUM_CACHE", "").status().unwrap().success());
    assert!(digests(&world).is_empty());
    // What is in the way of the folder is in nobody's way.
    world.write("file", "");
    assert!(world.command(&line).env("SOMNIUM_CACHE", "file").status().unwrap().success());
}

#[cfg(unix)]
#[test]
fn nobody_else_can_read_it() {
    use std::os::unix::fs::PermissionsExt;
    let world = settled();
    report(&world, "");
    for (path, _) in digests(&world) {
        let mode = world.path().join(path).metadata().unwrap().permissions().mode();
        assert_eq!(mode & 0o077, 0, "{mode:o}");
    }
}
