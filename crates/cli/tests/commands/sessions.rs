use serde_json::json;

use crate::world::World;

#[test]
fn stats_for_people() {
    let world = World::with_sessions();
    world.write("sessions/broken.jsonl", "{\"messages\": [");
    insta::assert_snapshot!("stats", world.run("sessions stats sessions").shown());
}

#[test]
fn stats_as_json() {
    let world = World::with_sessions();
    world.write("sessions/broken.jsonl", "{\"messages\": [");
    let ran = world.run("sessions stats sessions --json");
    assert_eq!(ran.status, 0);
    insta::assert_json_snapshot!("stats-json", ran.json());
}

#[test]
fn stats_of_nothing_readable_is_status_2_with_the_json_all_the_same() {
    let world = World::empty();
    world.write("notes.txt", "buy milk\n");
    let ran = world.run("sessions stats notes.txt --json");
    assert_eq!(ran.status, 2);
    let stats = ran.json();
    assert_eq!((&stats["sessions"], &stats["files"][0]["format"]), (&json!(0), &json!(null)));
    assert!(!stats["files"][0]["skipped"].as_array().unwrap().is_empty());
    assert!(
        ran.stderr.starts_with("error[SOM001]: no session could be read from 1 file\n"),
        "{}",
        ran.stderr
    );
}

#[test]
fn a_path_that_is_not_there() {
    insta::assert_snapshot!(World::empty().run("sessions stats missing.jsonl").shown(), @r"
    --- stderr
    error[SOM002]: `missing.jsonl` does not exist
    hint: `somnium explain SOM002` says more
    --- status 2
    ");
}

#[test]
fn show_prints_the_first_session_and_names_the_others() {
    let world = World::with_sessions();
    insta::assert_snapshot!("show", world.run("sessions show sessions/monday.jsonl").shown());
}

#[test]
fn show_finds_a_session_by_id() {
    let world = World::with_sessions();
    let ran = world.run("sessions show sessions/monday.jsonl --session books-2 --json");
    assert_eq!((ran.status, ran.stderr.as_str()), (0, ""));
    let shown = ran.json();
    assert_eq!((&shown["id"], &shown["principal"]), (&json!("books-2"), &json!("ines")));
    let events = shown["events"].as_array().unwrap();
    assert_eq!(events[1]["body"]["tool"], "post_invoice");

    let unknown = world.run("sessions show sessions/monday.jsonl --session books-9");
    assert_eq!((unknown.status, unknown.stdout.as_str()), (1, ""));
    assert!(unknown.stderr.contains("error[SOM020]: no session has the id `books-9`"), "{}", unknown.stderr);
}

#[test]
fn long_events_are_cut_unless_asked_for_in_full() {
    let world = World::empty();
    let long: String = (0..40).map(|n| format!("line {n}\n")).collect();
    let line =
        json!({"messages": [{"role": "user", "content": long}, {"role": "assistant", "content": "ok"}]});
    world.write("long.json", line.to_string());
    let cut = world.run("sessions show long.json").stdout;
    assert!(cut.contains("… 28 more lines") && !cut.contains("line 12"), "{cut}");
    let full = world.run("sessions show long.json --full").stdout;
    assert!(full.contains("line 39") && !full.contains("more lines"), "{full}");
}

#[test]
fn sessions_of_a_tool_are_found_under_the_home_folder() {
    let world = World::empty();
    for (name, text) in [("a", "first"), ("b", "second")] {
        let line = json!({
            "type": "user", "uuid": name, "parentUuid": null, "sessionId": name, "cwd": "/home/ines/books",
            "timestamp": "2026-03-01T09:00:00Z", "version": "2.0.0", "isSidechain": false, "userType": "external",
            "message": {"role": "user", "content": text},
        });
        world.write(&format!("home/.claude/projects/books/{name}.jsonl"), format!("{line}\n"));
    }
    let all = world.run("sessions stats --from claude-code --json");
    assert_eq!((all.status, &all.json()["sessions"]), (0, &json!(2)), "{}", all.stderr);
    let one = world.run("sessions stats --from claude-code --limit 1 --since 7d --json");
    assert_eq!(one.json()["sessions"], 1);
    let moved = world.run("sessions stats --from claude-code --home home --json");
    assert_eq!(moved.json()["sessions"], 2);

    let absent = world.run("sessions stats --from codex");
    assert_eq!(absent.status, 1);
    assert!(absent.stderr.starts_with("error[SOM003]: "), "{}", absent.stderr);
    let future = world.run("sessions stats --from claude-code --since 2999-01-01");
    assert_eq!(future.status, 1);
    assert!(
        future.stderr.contains("error[SOM003]") && future.stderr.contains("--since"),
        "{}",
        future.stderr
    );
}
