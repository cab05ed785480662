//! Whatever is in a folder of transcripts: no panic, no control byte on the terminal, the status that was
//! promised.

use std::path::PathBuf;

use serde_json::json;

use crate::help::workspace_root;
use crate::world::{Ran, World, session};

/// Files of our own that are broken or hostile.
fn hostile(world: &World) {
    let deep = format!("{}1{}", "[".repeat(50_000), "]".repeat(50_000));
    let escapes = json!({"messages": [
        {"role": "user", "content": "\u{1b}[2J\u{1b}]0;owned\u{7}\u{9b}31m\u{202e}gnp.exe\r\u{8}\u{0}\u{e0041}"},
        {"role": "assistant", "content": null, "tool_calls": [
            {"id": "\u{1b}[1m", "type": "function", "function": {"name": "sh\u{1b}[31m", "arguments": "{\"a\":\"\\u001b[5m\"}"}}]},
        {"role": "tool", "tool_call_id": "\u{1b}[1m", "content": "Error: \u{1b}[31mno such file\u{1b}[0m\r\n\u{7f}"},
    ]});
    let lines: [(&str, Vec<u8>); 12] = [
        ("empty.jsonl", Vec::new()),
        ("blank.jsonl", b"\n\n \t\n".to_vec()),
        ("deep.json", deep.into_bytes()),
        ("cut.json", b"{\"messages\": [{\"role\": \"user\", \"content\": \"half".to_vec()),
        ("latin1.json", b"{\"messages\": [{\"role\": \"user\", \"content\": \"caf\xe9\"}]}".to_vec()),
        ("utf16.json", "{\"messages\": []}".encode_utf16().flat_map(u16::to_le_bytes).collect()),
        ("nul.jsonl", vec![0; 4_096]),
        ("numbers.json", b"{\"messages\": [{\"role\": 7, \"content\": 1e999}], \"created\": 1e308}".to_vec()),
        ("wrong.json", b"{\"messages\": {\"role\": []}, \"session_id\": {}, \"record\": 3}".to_vec()),
        ("magic.zst", b"\x28\xb5\x2f\xfdnot zstd at all".to_vec()),
        ("magic.gz", b"\x1f\x8bnot gzip at all".to_vec()),
        ("escapes.json", escapes.to_string().into_bytes()),
    ];
    for (name, bytes) in lines {
        world.write(&format!("sessions/{name}"), bytes);
    }
    let long = json!({"messages": [{"role": "user", "content": "x".repeat(1 << 20)}]});
    world.write("sessions/long.json", long.to_string());
    world.write("sessions/\u{1b}[31mname.jsonl", "not JSON\n");
}

fn assert_held(ran: &Ran, status: i32) {
    assert_eq!(ran.status, status, "{}", ran.stderr);
    assert!(!ran.stderr.contains("panicked"), "{}", ran.stderr);
    ran.assert_no_control_bytes();
}

#[test]
fn hostile_files_are_listed_and_the_rest_is_used() {
    let world = World::with_sessions();
    hostile(&world);
    let stats = world.run("sessions stats sessions");
    assert_held(&stats, 0);
    assert!(stats.stderr.starts_with("warning: "), "{}", stats.stderr);
    for name in ["empty.jsonl", "deep.json", "nul.jsonl", "magic.zst", "magic.gz"] {
        assert!(stats.stdout.contains(&format!("skipped sessions/{name}")), "{name}: {}", stats.stdout);
    }
    assert_held(&world.run("sessions stats sessions --json"), 0);
    assert_held(&world.run("sessions show sessions/escapes.json --full"), 0);
    assert_held(&world.run("sessions show sessions/escapes.json --json"), 0);

    let dream = world.run("dream sessions --memory memory --in-place");
    assert_held(&dream, 0);
    assert!(dream.stdout.contains("Skipped: "), "{}", dream.stdout);
    assert!(world.read("memory/MEMORY.md").contains("find_cost_centre"), "the good sessions count as before");
    for command in ["dreams list", "dreams show", "dreams show --json", "memory ls", "memory diff"] {
        assert_held(&world.run(&format!("{command} --memory memory")), 0);
    }
}

#[test]
fn escapes_in_transcripts_are_shown_and_not_obeyed() {
    let world = World::empty();
    hostile(&world);
    let shown = world.run("sessions show sessions/escapes.json").stdout;
    assert!(shown.contains("\\u{1b}[2J"), "{shown}");
    assert!(!shown.contains('\u{202e}') && !shown.contains('\u{e0041}'), "{shown}");
}

#[test]
fn every_hostile_file_by_itself() {
    let world = World::empty();
    hostile(&world);
    for entry in std::fs::read_dir(world.path().join("sessions")).unwrap() {
        let path = entry.unwrap().path();
        let path = path.to_str().unwrap();
        let ran = world.run_args(&["dream", path, "--memory", "memory", "--dry-run", "--json"]);
        let read =
            world.run_args(&["sessions", "stats", path, "--json"]).json()["sessions"].as_u64().unwrap();
        assert_held(&ran, if read == 0 { 2 } else { 0 });
    }
}

#[test]
fn a_session_cut_at_any_place_is_read_or_listed() {
    let world = World::empty();
    let whole = session(0, true);
    for end in (0..whole.len()).step_by(97) {
        world.write("cut.jsonl", &whole.as_bytes()[..end]);
        let ran = world.run("sessions stats cut.jsonl --json");
        assert_held(&ran, if ran.json()["sessions"] == 0 { 2 } else { 0 });
    }
}

#[test]
fn the_shared_corpora_do_no_harm() {
    let shared =
        std::env::var_os("SOMNIUM_SHARED").map_or_else(|| workspace_root().join("../shared"), PathBuf::from);
    for corpus in ["security/corpus/transcripts", "data/native-broken"] {
        let folder = shared.join(corpus);
        if !folder.is_dir() {
            #[expect(clippy::print_stderr, reason = "a test that is skipped says so")]
            {
                eprintln!("skipped: {corpus} is not there");
            }
            continue;
        }
        let world = World::with_sessions();
        let path = folder.to_str().unwrap();
        let stats = world.run_args(&["sessions", "stats", path, "--json"]);
        let read = stats.json()["sessions"].as_u64().unwrap();
        assert_held(&stats, if read == 0 { 2 } else { 0 });
        let alone = world.run_args(&["dream", path, "--memory", "alone", "--dry-run"]);
        assert_held(&alone, if read == 0 { 2 } else { 0 });
        let beside = world.run_args(&["dream", path, "sessions", "--memory", "memory", "--in-place"]);
        assert_held(&beside, 0);
        assert!(world.read("memory/MEMORY.md").contains("find_cost_centre"));
        assert_held(&world.run("memory diff --memory memory"), 0);
    }
}
