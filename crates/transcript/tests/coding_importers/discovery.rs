//! Where each tool keeps its sessions.
#![expect(clippy::unwrap_used, reason = "a broken test folder should stop the test")]

use std::fs;
use std::path::Path;
use std::time::{Duration, SystemTime};

use serde_json::json;
use somnium_transcript::discover::{DiscoverError, Tool, discover};

/// Writes a file that was last changed `minute` minutes after 1970.
fn put(root: &Path, path: &str, text: &str, minute: u64) {
    let path = root.join(path);
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(&path, text).unwrap();
    let time = SystemTime::UNIX_EPOCH + Duration::from_secs(60 * minute);
    fs::File::options().write(true).open(&path).unwrap().set_modified(time).unwrap();
}

fn found(tool: Tool, home: &Path, env: &[(&str, &Path)]) -> Vec<String> {
    let look = |name: &str| {
        let row = env.iter().find(|(key, _)| *key == name)?;
        Some(row.1.display().to_string())
    };
    let all = discover(tool, home, &look).unwrap();
    all.iter()
        .map(|found| {
            found
                .path
                .strip_prefix(home)
                .unwrap()
                .display()
                .to_string()
                .replace(std::path::MAIN_SEPARATOR, "/")
        })
        .collect()
}

#[test]
fn sessions_are_found_newest_first_and_other_files_are_not() {
    let home = tempfile::tempdir().unwrap();
    let home = home.path();
    put(home, ".claude/projects/-w/a.jsonl", "", 1);
    put(home, ".claude/projects/-w/b.jsonl", "", 3);
    put(home, ".claude/projects/-w/c.jsonl", "", 3);
    put(home, ".claude/projects/-w/notes.txt", "", 9);
    put(home, ".config/claude/projects/-v/d.jsonl", "", 2);
    let claude = [".claude/projects/-w/b.jsonl", ".claude/projects/-w/c.jsonl"];
    let rest = [".config/claude/projects/-v/d.jsonl", ".claude/projects/-w/a.jsonl"];
    assert_eq!(found(Tool::ClaudeCode, home, &[]), [claude, rest].concat());

    put(home, ".codex/sessions/2026/03/02/rollout-1.jsonl", "", 1);
    put(home, ".codex/archived_sessions/rollout-0.jsonl.zst", "", 0);
    put(home, ".codex/sessions/history.jsonl", "", 5);
    let codex =
        [".codex/sessions/2026/03/02/rollout-1.jsonl", ".codex/archived_sessions/rollout-0.jsonl.zst"];
    assert_eq!(found(Tool::Codex, home, &[]), codex);

    put(home, ".gemini/tmp/ab/chats/session-1.json", "", 1);
    put(home, ".gemini/tmp/ab/logs.json", "", 2);
    assert_eq!(found(Tool::Gemini, home, &[]), [".gemini/tmp/ab/chats/session-1.json"]);

    put(home, ".pi/agent/sessions/--w--/1_x.jsonl", "", 1);
    assert_eq!(found(Tool::Pi, home, &[]), [".pi/agent/sessions/--w--/1_x.jsonl"]);
}

#[test]
fn variables_move_the_folders() {
    let home = tempfile::tempdir().unwrap();
    let home = home.path();
    put(home, "elsewhere/projects/-w/a.jsonl", "", 1);
    put(home, ".claude/projects/-w/b.jsonl", "", 1);
    let moved = home.join("elsewhere");
    assert_eq!(
        found(Tool::ClaudeCode, home, &[("CLAUDE_CONFIG_DIR", &moved)]),
        ["elsewhere/projects/-w/a.jsonl"]
    );
    put(home, "elsewhere/sessions/rollout-2.jsonl", "", 1);
    assert_eq!(found(Tool::Codex, home, &[("CODEX_HOME", &moved)]), ["elsewhere/sessions/rollout-2.jsonl"]);
}

#[test]
fn absent_tools_are_told_with_the_places() {
    let home = tempfile::tempdir().unwrap();
    for &tool in Tool::ALL {
        let error = discover(tool, home.path(), &|_| None).unwrap_err();
        assert!(matches!(error, DiscoverError::Absent { .. }));
        assert_eq!(error.code(), "SOM003");
        assert!(error.to_string().contains(tool.title()) && error.to_string().contains("looked in"));
        assert_eq!(tool.name().parse(), Ok(tool));
    }
    assert!("emacs".parse::<Tool>().unwrap_err().contains("opencode"));
}

#[test]
fn opencode_sessions_are_put_together_from_its_storage() {
    let home = tempfile::tempdir().unwrap();
    let storage = home.path().join(".local/share/opencode/storage");
    let info = json!({"id": "ses_1", "directory": "/home/lin/w", "time": {"created": 1_772_442_000_000_u64}});
    put(&storage, "session/p/ses_1.json", &info.to_string(), 1);
    put(&storage, "message/ses_1/msg_2.json", r#"{"role": "assistant", "modelID": "glm-5"}"#, 1);
    put(&storage, "message/ses_1/msg_1.json", r#"{"role": "user"}"#, 1);
    put(&storage, "message/ses_1/msg_3.json", "{damaged", 1);
    put(&storage, "part/msg_1/prt_1.json", r#"{"type": "text", "text": "hello"}"#, 1);
    put(&storage, "part/msg_2/prt_2.json", r#"{"type": "text", "text": "hi"}"#, 1);
    let all = discover(Tool::OpenCode, home.path(), &|_| None).unwrap();
    let mut sessions = Vec::new();
    let report = all[0].read(&mut |session| sessions.push(session));
    assert_eq!((report.format.as_deref(), report.sessions), (Some("opencode"), 1));
    let texts: Vec<_> = sessions[0].events.iter().map(|event| event.text().into_owned()).collect();
    assert_eq!(texts, ["hello", "hi"]);
    assert!(report.skipped[0].source.ends_with("msg_3.json"));
}

#[test]
fn an_opencode_with_a_database_only_is_told_how_to_export() {
    let home = tempfile::tempdir().unwrap();
    put(home.path(), ".local/share/opencode/opencode.db", "", 1);
    let error = discover(Tool::OpenCode, home.path(), &|_| None).unwrap_err();
    assert!(error.to_string().contains("opencode export") && error.to_string().contains("not on the PATH"));
    put(home.path(), "bin/opencode", "", 1);
    let path = home.path().join("bin").display().to_string();
    let error =
        discover(Tool::OpenCode, home.path(), &|name| (name == "PATH").then(|| path.clone())).unwrap_err();
    assert!(error.to_string().contains("opencode session list"));
    assert_eq!(error.code(), "SOM003");
}
