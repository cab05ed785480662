//! Reviews: before anything is written, in lines of answers and by a file.

use std::io::Write as _;
use std::process::Stdio;

use serde_json::{Value, json};

use crate::world::{Ran, World};

/// Runs a command with lines of answers.
fn answer(world: &World, line: &str, answers: &str, editor: &str) -> Ran {
    let args: Vec<_> = line.split_whitespace().collect();
    let mut command = world.command(&args);
    command.env("SOMNIUM_PERSON", "kim").env("PATH", std::env::var_os("PATH").unwrap_or_default());
    command.env("EDITOR", editor).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().unwrap();
    child.stdin.take().unwrap().write_all(answers.as_bytes()).unwrap();
    let output = child.wait_with_output().unwrap();
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
    Ran { stdout: text(output.stdout), stderr: text(output.stderr), status: output.status.code().unwrap() }
}

fn review(world: &World, answers: &str) -> Ran {
    answer(world, "dream sessions --memory memory --review", answers, "true")
}

fn run(world: &World, line: &str) -> String {
    let ran = world.run(&format!("{line} --memory memory"));
    assert_eq!(ran.status, 0, "{line}: {}", ran.stderr);
    ran.stdout
}

/// Everything of a memory but the machine's side.
fn notes(world: &World) -> Vec<(std::path::PathBuf, Vec<u8>)> {
    let files = world.files("memory").into_iter();
    files.filter(|(path, _)| !path.starts_with("memory/.somnium")).collect()
}

fn waiting(world: &World) -> Vec<Value> {
    let shown: Value = serde_json::from_str(&run(world, "memory review --json")).unwrap();
    shown["waiting"].as_array().unwrap().clone()
}

fn id(world: &World) -> String {
    world.dream("sessions --memory memory --dry-run")["claims"][0]["id"].as_str().unwrap().to_owned()
}

#[test]
fn what_is_accepted_is_the_dreams_own_result() {
    let (world, other) = (World::with_sessions(), World::with_sessions());
    let ran = review(&world, "?\na\ny\n");
    assert_eq!((ran.status, ran.stderr.as_str()), (0, ""));
    assert!(ran.stdout.contains("1 of 1  new note") && ran.stdout.contains("seen: "), "{}", ran.stdout);
    assert!(ran.stdout.contains("Reviewed: 1 accepted. 2 files of `memory` changed."), "{}", ran.stdout);
    other.dream("sessions --memory memory --in-place");
    assert_eq!(notes(&world), notes(&other));
    let state = |world: &World| world.read("memory/.somnium/state.json");
    assert_eq!(state(&world), state(&other));
    let blame = run(&world, "memory blame");
    assert!(
        blame.contains("accepted in a review by kim") && blame.contains("proposed by dream drm_"),
        "{blame}"
    );
    assert!(run(&world, "memory history").starts_with("reviewed by kim"));
    assert!(run(&world, "memory verify").starts_with("The history is as it was written"));
    assert!(waiting(&world).is_empty());
    run(&world, "dreams undo");
    assert!(notes(&world).is_empty());
}

#[test]
fn edited_rejected_and_left_for_later() {
    let world = World::with_sessions();
    let id = id(&world);
    let command = "dream sessions --memory memory --review";
    // An editor that changes nothing is no decision; then words of one's own.
    let ran = answer(&world, command, "e\na\nb\ne\nl\nq\n", "true");
    assert!(ran.stdout.contains("These are the dream's words still"), "{}", ran.stdout);
    let ran = answer(&world, "memory review --memory memory", "b\ne\ny\n", "sed -i s/Call/Always-call/");
    assert!(ran.stdout.contains("Reviewed: 1 edited."), "{}", ran.stdout);
    assert!(world.read("memory/MEMORY.md").contains("Always-call"));
    assert!(run(&world, &format!("memory show {id}")).contains("by a person"));
    assert!(run(&world, "memory blame").contains("edited in a review by kim"));
    let again = review(&world, "");
    assert!(!again.stdout.contains("1 of 1"), "{}", again.stdout);

    let world = World::with_sessions();
    assert!(review(&world, "l\ny\n").stdout.contains("1 left for later. 0 files"));
    assert!(notes(&world).is_empty());
    let ran = review(&world, "r\ny\n");
    assert!(ran.stdout.contains("Reviewed: 1 rejected. 0 files"), "{}", ran.stdout);
    let again = world.dream("sessions --memory memory --in-place");
    assert_eq!(again["claims"], json!([]));
    assert!(run(&world, "memory allow").contains("rejected in a review"));
    run(&world, &format!("memory allow {id}"));
    assert!(review(&world, "a\ny\n").stdout.contains("1 accepted"));
}

#[test]
fn leaving_keeps_what_was_decided_and_edits_meanwhile_stand() {
    let world = World::with_sessions();
    world.write("memory/mine.md", "# Mine\n");
    let ran = review(&world, "a\nq\n");
    assert!(ran.stdout.contains("1 of 1 decision kept"), "{}", ran.stdout);
    assert_eq!(notes(&world).len(), 1);
    let rows = waiting(&world);
    assert_eq!((&rows[0]["outdated"], &rows[0]["items"][0]["decision"]), (&json!(false), &json!("accept")));
    world.write("memory/mine.md", "# Still mine\n");
    world.write("memory/MEMORY.md", "# Read me first\n");
    // The end of the answers is no confirmation.
    answer(&world, "memory review --memory memory", "", "true");
    assert_eq!(waiting(&world).len(), 1);
    let ran = answer(&world, "memory review --memory memory", "y\n", "true");
    assert!(ran.stdout.contains("Reviewed: 1 accepted"), "{}{}", ran.stdout, ran.stderr);
    assert_eq!(world.read("memory/mine.md"), "# Still mine\n");
    let index = world.read("memory/MEMORY.md");
    assert!(index.starts_with("# Read me first\n") && index.contains("som:index"), "{index}");
}

#[test]
fn another_dream_puts_a_proposal_out_of_date() {
    let world = World::with_sessions();
    review(&world, "q\n");
    let file = world.run("dream --memory memory --review-file review.md");
    assert_eq!(file.status, 1, "nothing was dreamt, and no file is there");
    run(&world, "memory review --file review.md");
    world.dream("sessions --memory memory --in-place");
    let before = notes(&world);
    for line in ["memory review --memory memory", "memory review --memory memory --file review.md"] {
        let ran = answer(&world, line, "a\ny\n", "true");
        assert_eq!(ran.status, 1);
        assert!(
            ran.stderr.contains("error[SOM017]") && ran.stderr.contains("another dream"),
            "{}",
            ran.stderr
        );
    }
    assert_eq!(notes(&world), before);
    assert_eq!(waiting(&world)[0]["outdated"], json!(true));
    assert!(run(&world, "memory review --drop").starts_with("Dropped what dream "));
    assert!(waiting(&world).is_empty());
    assert!(run(&world, "memory verify").starts_with("The history is as it was written"));
    assert!(run(&world, "memory review").contains("Nothing waits"));
}
