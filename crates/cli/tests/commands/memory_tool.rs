//! A model's calls, over pipes, to a folder that people and dreams use too.

use std::io::Write;
use std::path::Path;
use std::process::Stdio;

use serde_json::{Value, json};

use crate::world::World;

/// Sends calls, one a line, and returns the replies.
fn send(world: &World, lines: &str) -> Vec<Value> {
    let mut command = world.command(&["memory-tool", "--memory", "memory", "--agent", "triage"]);
    let mut child =
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    child.stdin.take().unwrap().write_all(lines.as_bytes()).unwrap();
    let output = child.wait_with_output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let text = String::from_utf8(output.stdout).unwrap();
    text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

fn calls(world: &World, calls: &[Value]) -> Vec<Value> {
    send(world, &calls.iter().map(|call| format!("{call}\n")).collect::<String>())
}

#[test]
fn a_session_of_calls_on_a_folder_that_is_not_there_yet() {
    let world = World::empty();
    let replies = calls(
        &world,
        &[
            json!({"command": "view", "path": "/memories"}),
            json!({"command": "create", "path": "/memories/notes/a.md", "file_text": "one\ntwo\n"}),
            json!({"command": "insert", "path": "/memories/notes/a.md", "insert_line": 1, "insert_text": "half\n"}),
            json!({"type": "tool_use", "id": "toolu_1", "name": "memory",
                   "input": {"command": "rename", "old_path": "/memories/notes/a.md", "new_path": "/memories/b.md"}}),
            json!({"command": "create", "path": "/memories/b.md", "file_text": ""}),
        ],
    );
    assert_eq!(replies[0]["is_error"], json!(false));
    assert_eq!(
        replies[1],
        json!({"content": "File created successfully at: /memories/notes/a.md", "is_error": false})
    );
    assert_eq!(
        replies[3],
        json!({"type": "tool_result", "tool_use_id": "toolu_1", "is_error": false,
               "content": "Successfully renamed /memories/notes/a.md to /memories/b.md"})
    );
    assert_eq!(replies[4], json!({"content": "Error: File /memories/b.md already exists", "is_error": true}));
    assert_eq!(world.read("memory/b.md"), "one\nhalf\ntwo\n");

    let history = world.run("memory history --memory memory").stdout;
    assert_eq!(history.matches("written by agent triage").count(), 3, "{history}");
    for _ in 0..2 {
        assert_eq!(world.run("memory undo --memory memory").status, 0);
    }
    assert_eq!(world.read("memory/notes/a.md"), "one\ntwo\n");
}

#[test]
fn one_call_on_the_command_line() {
    let world = World::empty();
    world.write("memory/a.md", "x\n");
    let view = world.run_args(&[
        "memory-tool",
        "--memory",
        "memory",
        r#"{"command":"view","path":"/memories/a.md"}"#,
    ]);
    let content = "Here's the content of /memories/a.md with line numbers:\n     1\tx\n     2\t";
    assert_eq!((view.status, view.json()), (0, json!({"content": content, "is_error": false})));
    let missing =
        world.run_args(&["memory-tool", "--memory", "memory", r#"{"command":"view","path":"/memories/b"}"#]);
    assert_eq!((missing.status, &missing.json()["is_error"]), (1, &json!(true)));
    assert!(!world.path().join("memory/.somnium").exists(), "reading leaves no trace");
}

#[test]
fn bad_lines_are_answered_and_the_next_one_is_read() {
    let world = World::empty();
    world.write("memory/a.md", "x\n");
    let long = format!(
        "{{\"command\":\"create\",\"path\":\"/memories/l.md\",\"file_text\":\"{}\"}}",
        "x".repeat(9 << 20)
    );
    let view = json!({"command": "view", "path": "/memories/a.md"});
    let replies = send(&world, &format!("not json\n\n[]\n{{}}\n{long}\n\"\\ud800\"\n{view}\n{view}"));
    let errors: Vec<bool> = replies.iter().map(|reply| reply["is_error"].as_bool().unwrap()).collect();
    assert_eq!(errors, [true, true, true, true, true, false, false], "{replies:?}");
    assert!(replies[3]["content"].as_str().unwrap().contains("longer than 8 MiB"));
}

#[test]
fn what_an_agent_writes_is_blamed_on_it_and_frozen_places_hold() {
    let world = World::with_sessions();
    let report = world.dream("sessions --memory memory --in-place");
    let block = report["claims"][0]["id"].as_str().unwrap();
    let title = report["claims"][0]["title"].as_str().unwrap();
    let edit = json!({"command": "str_replace", "path": "/memories/notes/tools.md", "old_str": title, "new_str": "Otherwise"});
    world.run(&format!("memory freeze {block} --memory memory"));
    let refused = calls(&world, &[edit.clone(), json!({"command": "delete", "path": "/memories/notes"})]);
    assert!(refused.iter().all(
        |reply| reply["content"] == format!("Error: `{block}` is frozen: a person closed it to changes")
    ));
    world.run(&format!("memory thaw {block} --memory memory"));
    assert_eq!(calls(&world, &[edit])[0]["is_error"], json!(false));
    let blame = world.run(&format!("memory blame {block} --memory memory")).stdout;
    assert!(blame.contains("written by agent triage"), "{blame}");
    assert!(
        world.run("memory verify --memory memory").stdout.starts_with("The history is as it was written")
    );
    // A dream takes the agent's words for somebody's, and leaves them.
    world.dream("sessions --memory memory --in-place");
    assert!(world.read("memory/notes/tools.md").contains("Otherwise"));
}

#[test]
fn a_note_that_an_agent_deletes_comes_back_when_sessions_still_show_it() {
    let world = World::with_sessions();
    let report = world.dream("sessions --memory memory --in-place");
    let block = report["claims"][0]["id"].as_str().unwrap();
    calls(&world, &[json!({"command": "delete", "path": "/memories/notes"})]);
    assert!(!world.path().join("memory/notes/tools.md").exists());
    world.dream("sessions --memory memory --in-place");
    assert!(world.read("memory/notes/tools.md").contains(block));
}

#[test]
fn links_and_the_machines_side_are_out_of_reach() {
    let world = World::empty();
    world.write("secret.txt", "host\n");
    world.write("memory/a.md", "x\n");
    #[cfg(unix)]
    {
        std::os::unix::fs::symlink("../secret.txt", world.path().join("memory/link.md")).unwrap();
        std::os::unix::fs::symlink("..", world.path().join("memory/up")).unwrap();
    }
    let mut tried = Vec::new();
    for path in [
        "/memories/link.md",
        "/memories/up/secret.txt",
        "/memories/up/new.txt",
        "/memories/.somnium/state.json",
    ] {
        tried.push(json!({"command": "view", "path": path}));
        tried.push(json!({"command": "create", "path": path, "file_text": "mine"}));
        tried.push(json!({"command": "str_replace", "path": path, "old_str": "host", "new_str": "mine"}));
        tried.push(json!({"command": "insert", "path": path, "insert_line": 0, "insert_text": "mine"}));
        tried.push(json!({"command": "delete", "path": path}));
        tried.push(json!({"command": "rename", "old_path": path, "new_path": "/memories/b.md"}));
        tried.push(json!({"command": "rename", "old_path": "/memories/a.md", "new_path": path}));
    }
    let replies = calls(&world, &tried);
    assert!(replies.iter().all(|reply| reply["is_error"] == json!(true)), "{replies:?}");
    assert_eq!((world.read("secret.txt").as_str(), world.read("memory/a.md").as_str()), ("host\n", "x\n"));
    assert!(!world.path().join("new.txt").exists());
    // The control: the same calls go through where no link is in the way.
    let honest = json!({"command": "create", "path": "/memories/down/new.txt", "file_text": "mine"});
    assert_eq!(calls(&world, &[honest])[0]["is_error"], json!(false));
}

#[test]
fn two_agents_at_once_lose_nothing() {
    let world = World::empty();
    world.write("memory/a.md", "");
    let count = 8;
    std::thread::scope(|scope| {
        for agent in 0..2 {
            let world = &world;
            scope.spawn(move || {
                let lines: Vec<Value> = (0..count)
                    .map(|n| json!({"command": "insert", "path": "/memories/a.md", "insert_line": 0, "insert_text": format!("{agent}-{n}")}))
                    .collect();
                let replies = calls(world, &lines);
                // Whoever could not write was told so.
                let done = replies.iter().filter(|reply| reply["is_error"] == json!(false)).count();
                let text = world.read("memory/a.md");
                assert_eq!(text.lines().filter(|line| line.starts_with(&format!("{agent}-"))).count(), done);
            });
        }
    });
    assert_eq!(world.run("memory verify --memory memory").status, 0);
}

/// The shared path corpus is of the API's paths; each is tried below `/memories`. Absent, the test says so.
#[test]
fn the_path_corpus_creates_no_file_outside() {
    let corpus = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/security/corpus/paths.jsonl");
    let Ok(text) = std::fs::read_to_string(&corpus) else {
        println!("skipped: no path corpus beside the repository");
        return;
    };
    let world = World::empty();
    world.write("memory/a.md", "x\n");
    let rows: Vec<&str> = text.lines().collect();
    let lines: String = rows
        .iter()
        .filter_map(|row| {
            // A lone surrogate is no text in Rust: the row is put into the line as it is written.
            let (_, path) = row.split_once("\"path\": ")?;
            let (path, _) = path.rsplit_once(", \"expect\"")?;
            let path = path.strip_prefix('"').map_or(path.to_owned(), |path| format!("\"/memories{path}"));
            Some(format!("{{\"command\":\"create\",\"path\":{path},\"file_text\":\"x\"}}\n"))
        })
        .collect();
    let replies = send(&world, &lines);
    assert_eq!(replies.len(), rows.len());
    let outside: Vec<_> =
        std::fs::read_dir(world.path()).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    assert!(outside.iter().all(|name| name == "memory" || name == "home"), "{outside:?}");
    // Unicode's normal forms are the API's rule: a folder has names that people typed, in any form.
    let hostile =
        rows.iter().zip(&replies).filter(|(row, _)| row.contains("\"400\"") && !row.contains("not NFC"));
    let let_through: Vec<_> = hostile.filter(|(_, reply)| reply["is_error"] != json!(true)).collect();
    assert!(let_through.is_empty(), "{let_through:?}");
    // The control: what the corpus calls valid is written, but for hidden files and what reads as leading out.
    let honest = rows
        .iter()
        .zip(&replies)
        .filter(|(row, reply)| row.contains("\"201\"") && reply["is_error"] == json!(false));
    assert!(honest.count() > 15, "{replies:?}");
}
