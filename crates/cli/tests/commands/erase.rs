//! A session or a person that is forgotten is found nowhere.

use serde_json::Value;

use crate::world::{World, session};

/// Three sessions of one clerk with a mistake that nobody else makes.
const LONE: &str = "belongs to the closed Harbour ledger of Ostend";

/// A memory of two dreams with a change by hand between them: six sessions of three clerks share a mistake, three of
/// kim's have one of their own.
fn dreamt() -> World {
    let world = World::with_sessions();
    world.dream("sessions --memory memory --in-place");
    let report = world.run("memory pin /notes/ --memory memory --why because");
    assert_eq!(report.status, 0, "{}", report.stderr);
    for n in 6..9 {
        let lone = session(n, true).replace("has no cost centre", LONE);
        let lone = lone.replace("find_cost_centre", "reopen_ledger");
        let lone = ["rosa", "emil", "ines"].iter().fold(lone, |line, name| line.replace(name, "kim"));
        world.write(&format!("sessions/late-{n}.jsonl"), lone.replace("posted", "posted for kim"));
    }
    let report = world.dream("sessions --memory memory --in-place");
    assert_eq!(report["claims"].as_array().unwrap().len(), 2, "{report:#}");
    world
}

/// Returns the files under `memory` that hold a text as it is.
fn holding(world: &World, text: &str) -> Vec<String> {
    let has = |bytes: &[u8]| bytes.windows(text.len()).any(|window| window == text.as_bytes());
    let files = world.files("memory").into_iter().filter(|(_, bytes)| has(bytes));
    files.map(|(path, _)| path.display().to_string()).collect()
}

fn erase(world: &World, what: &str) -> Value {
    let ran = world.run(&format!("memory erase {what} --memory memory --json"));
    assert_eq!(ran.status, 0, "{}{}", ran.stdout, ran.stderr);
    ran.json()
}

#[test]
fn a_person_is_forgotten_with_what_only_they_supported() {
    let world = dreamt();
    assert!(!holding(&world, "Ostend").is_empty() && !holding(&world, "books-7").is_empty());
    let shared = world.read("memory/notes/tools.md");
    assert!(shared.contains(LONE) && shared.contains("has no cost centre"), "{shared}");

    let would = erase(&world, "--principal kim --dry-run");
    assert_eq!(would["written"], false);
    assert_eq!(world.read("memory/notes/tools.md"), shared);

    let done = erase(&world, "--principal kim");
    assert_eq!((&done["sessions"], &done["withdrawn"]), (&would["sessions"], &would["withdrawn"]));
    assert_eq!(done["sessions"], 3);
    assert_eq!(done["withdrawn"].as_array().unwrap().len(), 1);
    assert_eq!(done["searched"]["left"], serde_json::json!([]));
    for gone in ["Ostend", "Harbour", "reopen_ledger", "books-6", "books-7", "books-8", "kim"] {
        assert_eq!(holding(&world, gone), [""; 0], "{gone}");
    }
    let left = world.read("memory/notes/tools.md");
    assert!(left.contains("has no cost centre") && left.contains("(3 tasks, 5 days"), "{left}");
    assert!(world.read("memory/MEMORY.md").lines().filter(|line| line.contains("→")).count() == 1);

    // What the history says is sealed as before, and the past stays past.
    assert_eq!(world.run("memory verify --memory memory").status, 0);
    for undo in ["memory undo", "dreams undo"] {
        let undone = world.run(&format!("{undo} --memory memory"));
        assert_eq!(undone.status, 1, "{undo}: {}", undone.stdout);
        assert!(undone.stderr.contains("SOM021") && undone.stderr.contains("erased"), "{}", undone.stderr);
    }
}

#[test]
fn what_was_erased_is_not_read_again() {
    let world = dreamt();
    erase(&world, "--session books-7");
    erase(&world, "--principal kim");
    let report = world.dream("sessions --memory memory --in-place --full");
    assert_eq!(report["claims"].as_array().unwrap().len(), 1, "{report:#}");
    assert_eq!(report["dream"]["sessions"], 6);
    let why = report["skipped"][0]["why"].as_str().unwrap();
    assert!(why.starts_with("3 sessions were erased"), "{why}");
    for gone in ["Ostend", "books-7", "kim"] {
        assert_eq!(holding(&world, gone), [""; 0], "{gone}");
    }
}

#[test]
fn a_session_among_several_leaves_their_note_without_its_words() {
    let world = dreamt();
    let before = world.read("memory/notes/tools.md");
    assert!(before.contains("invoice 7301 has no cost centre"), "{before}");
    let done = erase(&world, "--session books-0");
    assert_eq!(done["withdrawn"], serde_json::json!([]));
    let after = world.read("memory/notes/tools.md");
    assert!(after.contains("has no cost centre") && !after.contains("7301"), "{after}");
    assert_eq!(holding(&world, "books-0"), [""; 0]);
    assert_eq!(holding(&world, "invoice 7301 has no"), [""; 0]);
    // Those of the others are where they were.
    assert!(!holding(&world, "books-1").is_empty());
    let report = world.dream("sessions --memory memory --dry-run");
    assert_eq!(report["memory"]["blocks_changed"], 0, "{report:#}");
}

#[test]
fn the_words_of_people_are_theirs_to_change() {
    let world = dreamt();
    world.write("memory/desk.md", "# Desk\n\nAsk kim.\n\nAsk kimberley.\n");
    let ran = world.run("memory erase --principal kim --memory memory");
    assert_eq!(ran.status, 1, "{}", ran.stdout);
    assert!(ran.stdout.contains("desk.md, line 3"), "{}", ran.stdout);
    assert!(world.read("memory/desk.md").contains("Ask kim."));
    world.write("memory/desk.md", "# Desk\n\nAsk kimberley.\n");
    // Now nothing is left of what it was.
    assert_eq!(holding(&world, "Ask kim."), [""; 0]);
    assert_eq!(holding(&world, "Ostend"), [""; 0]);
}

#[test]
fn who_is_not_known_is_said() {
    let world = dreamt();
    let before = world.files("memory");
    let ran = world.run("memory erase --principal nobody --memory memory");
    assert_eq!((ran.status, ran.stderr.contains("SOM020")), (1, true), "{}", ran.stderr);
    assert_eq!(world.files("memory"), before);
    assert_eq!(world.run("memory erase --memory memory").status, 2);
}
