//! What people do to a memory with commands.

use serde_json::json;

use crate::world::World;

/// A memory that a dream wrote a note into, and the note's id.
fn dreamt() -> (World, String) {
    let world = World::with_sessions();
    world.write("memory/mine.md", "# Mine\n");
    let report = world.dream("sessions --memory memory --in-place");
    let block = report["claims"][0]["id"].as_str().unwrap().to_owned();
    (world, block)
}

fn run(world: &World, line: &str) -> String {
    let ran = world.run(&format!("{line} --memory memory"));
    assert_eq!(ran.status, 0, "{line}: {}", ran.stderr);
    ran.stdout
}

#[test]
fn rm_deletes_for_good_until_it_is_allowed_again() {
    let (world, block) = dreamt();
    let before = world.read("memory/notes/tools.md");
    assert!(run(&world, &format!("memory rm {block}")).starts_with(&format!("Deleted {block}  ")));
    assert!(!world.read("memory/notes/tools.md").contains(&block));
    let again = world.dream("sessions --memory memory --in-place");
    assert!(again["claims"].as_array().unwrap().is_empty(), "{again}");
    assert!(run(&world, "memory allow").contains("a person deleted the block"));

    // The dream that wrote nothing is taken back first, then the deletion.
    run(&world, "memory undo");
    run(&world, "memory undo");
    assert_eq!(world.read("memory/notes/tools.md"), before);

    run(&world, &format!("memory rm {block}"));
    run(&world, &format!("memory allow {block}"));
    let report = world.dream("sessions --memory memory --in-place");
    assert_eq!(report["claims"][0]["id"], json!(block));
    assert_eq!(world.run("memory rm m-nope --memory memory").status, 1);
    assert_eq!(world.run("memory allow m-nope --memory memory").status, 1);
}

#[test]
fn edit_makes_a_block_a_persons() {
    let (world, block) = dreamt();
    let mut command = world.command(&["memory", "edit", &block, "--memory", "memory", "--why", "clearer"]);
    // An editor that is a command with an argument.
    let status = command.env("EDITOR", "sed -i s/Call/Always-call/").env("USER", "kim").status().unwrap();
    assert!(status.success());
    let shown = run(&world, &format!("memory show {block}"));
    assert!(shown.contains("Always-call") && shown.contains("by a person"), "{shown}");
    world.dream("sessions --memory memory --in-place");
    assert!(run(&world, &format!("memory show {block}")).contains("Always-call"));
    let blame = run(&world, &format!("memory blame {block}"));
    assert!(blame.contains("edited by kim") && blame.contains("first by dream drm_"), "{blame}");
    let history = run(&world, &format!("memory history {block}"));
    assert!(history.contains("edited by kim") && history.contains("clearer"), "{history}");

    let mut command = world.command(&["memory", "edit", &block, "--memory", "memory"]);
    let bad = command.env("EDITOR", "sed -i 1d").output().unwrap();
    assert_eq!(bad.status.code(), Some(1));
    let told = String::from_utf8(bad.stderr).unwrap();
    assert!(told.contains("does not begin with a heading") && told.contains("your text is in"), "{told}");
}

#[test]
fn pins_and_frozen_places_are_kept_and_taken_back() {
    let (world, block) = dreamt();
    assert!(run(&world, &format!("memory pin {block} /notes/")).contains("stays in the index"));
    assert!(run(&world, &format!("memory pin {block}")).contains("was pinned already"));
    assert!(run(&world, "memory freeze /notes/tools.md").contains("is closed to dreams"));
    let before = world.read("memory/notes/tools.md");
    world.write("sessions/wednesday.jsonl", world.read("sessions/monday.jsonl").replace("clerk-", "other-"));
    world.dream("sessions --memory memory --in-place");
    assert_eq!(world.read("memory/notes/tools.md"), before);
    assert!(run(&world, "memory thaw /notes/tools.md").contains("is open to dreams again"));
    assert!(run(&world, "memory unpin /notes/").contains("only by its worth"));
    let state: serde_json::Value = serde_json::from_str(&world.read("memory/.somnium/state.json")).unwrap();
    assert_eq!((&state["pins"], &state["frozen"]), (&json!([block]), &json!(null)));
    assert_eq!(world.run("memory freeze /nowhere/ --memory memory").status, 1);
    assert_eq!(world.run("memory pin a~b --memory memory").status, 1);
}

#[test]
fn verify_tells_edits_from_tampering() {
    let (world, block) = dreamt();
    assert!(run(&world, "memory verify").starts_with("The history is as it was written"));
    world.write("memory/mine.md", "# Still mine\n");
    assert!(run(&world, "memory verify").contains("/mine.md"));

    let log = world.read("memory/.somnium/log.jsonl");
    world.write("memory/.somnium/log.jsonl", log.replace("\"dreamt\"", "\"edited\""));
    let found = world.run("memory verify --memory memory --json");
    assert_eq!((found.status, &found.json()["sound"]), (1, &json!(false)));
    let refused = world.run(&format!("memory rm {block} --memory memory"));
    assert_eq!(refused.status, 1);
    assert!(refused.stderr.contains("error[SOM015]"), "{}", refused.stderr);
    // It can still be read.
    assert!(run(&world, "memory ls").contains(&block));
    world.write("memory/.somnium/log.jsonl", log);
    run(&world, "memory verify");
}
