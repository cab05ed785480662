//! A folder with sessions of our own making, and the binary run in it.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use serde_json::{Value, json};
use tempfile::TempDir;

/// A folder that a test works in.
pub struct World {
    folder: TempDir,
}

/// What a run of the binary left.
pub struct Ran {
    pub stdout: String,
    pub stderr: String,
    pub status: i32,
}

impl World {
    /// Returns an empty folder.
    pub fn empty() -> Self {
        Self { folder: tempfile::tempdir().unwrap() }
    }

    /// Returns a folder with six sessions of two clerks' agents in `sessions/`, on three tasks. In five of them
    /// `post_invoice` refuses an invoice without a cost centre, and `find_cost_centre` makes it work.
    pub fn with_sessions() -> Self {
        let world = Self::empty();
        let first = [session(0, true), session(1, true), session(2, true)].concat();
        let second = [session(3, true), session(4, true), session(5, false)].concat();
        world.write("sessions/monday.jsonl", first);
        world.write("sessions/tuesday.jsonl", second);
        world
    }

    pub fn path(&self) -> &Path {
        self.folder.path()
    }

    pub fn write(&self, path: &str, bytes: impl AsRef<[u8]>) {
        let path = self.path().join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, bytes).unwrap();
    }

    pub fn read(&self, path: &str) -> String {
        fs::read_to_string(self.path().join(path)).unwrap()
    }

    /// Runs `somnium` with the words of `line` as arguments.
    pub fn run(&self, line: &str) -> Ran {
        self.run_args(&line.split_whitespace().collect::<Vec<_>>())
    }

    pub fn run_args(&self, args: &[&str]) -> Ran {
        let output = self.command(args).output().unwrap();
        let text = |bytes: Vec<u8>| String::from_utf8(bytes).expect("output is UTF-8");
        Ran {
            stdout: text(output.stdout),
            stderr: text(output.stderr),
            status: output.status.code().expect("no signal ended it"),
        }
    }

    pub fn command(&self, args: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_somnium"));
        command.args(args).current_dir(self.path()).stdin(Stdio::null());
        command.env_clear().env("HOME", self.path().join("home"));
        command
    }

    /// Runs a dream that has to succeed, and returns its report.
    pub fn dream(&self, line: &str) -> Value {
        let ran = self.run(&format!("dream {line} --json"));
        assert_eq!(ran.status, 0, "{}", ran.stderr);
        serde_json::from_str(&ran.stdout).unwrap()
    }

    /// Returns every file under the folder with its bytes, by path.
    pub fn files(&self, under: &str) -> Vec<(PathBuf, Vec<u8>)> {
        let mut files = Vec::new();
        let mut folders = vec![self.path().join(under)];
        while let Some(folder) = folders.pop() {
            for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
                let path = entry.path();
                if path.is_dir() {
                    folders.push(path);
                } else {
                    let relative = path.strip_prefix(self.path()).unwrap().to_owned();
                    files.push((relative, fs::read(&path).unwrap()));
                }
            }
        }
        files.sort();
        files
    }
}

impl Ran {
    /// Returns status, standard output and standard error as one text for a snapshot.
    pub fn shown(&self) -> String {
        let stderr =
            if self.stderr.is_empty() { String::new() } else { format!("--- stderr\n{}", self.stderr) };
        format!("{}{stderr}--- status {}\n", self.stdout, self.status)
    }

    pub fn json(&self) -> Value {
        serde_json::from_str(&self.stdout).unwrap_or_else(|error| panic!("{error}: {}", self.stdout))
    }

    /// Fails where output holds a byte that acts on a terminal.
    pub fn assert_no_control_bytes(&self) {
        for text in [&self.stdout, &self.stderr] {
            let found = text.chars().find(|c| c.is_control() && *c != '\n');
            assert_eq!(found, None, "{text:?}");
        }
    }
}

/// Replaces what the engine worded (ids, titles, texts) by names, so that a snapshot shows this crate's work.
pub fn without_wording(shown: &str, report: &Value) -> String {
    let mut shown = shown.replace(report["dream"]["id"].as_str().unwrap(), "drm_ID");
    for claim in report["claims"].as_array().unwrap() {
        let field = |name: &str| claim[name].as_str().unwrap();
        shown = replace_words(&shown, field("text"), "[text]");
        shown = replace_words(&shown, field("title"), "[title]");
        shown = shown.replace(field("id"), "m-ID").replace(field("path"), "/PATH");
    }
    shown
}

/// Replaces `phrase` in `text`, wherever its words are broken over lines.
fn replace_words(text: &str, phrase: &str, with: &str) -> String {
    let words: Vec<_> = phrase.split_whitespace().collect();
    let found: Vec<_> = text.split_whitespace().collect();
    let Some(at) = found.windows(words.len().max(1)).position(|window| window == words) else {
        return text.to_owned();
    };
    let offset = |word: &str| word.as_ptr() as usize - text.as_ptr() as usize;
    let (first, last) = (found[at], found[at + words.len() - 1]);
    let (start, end) = (offset(first), offset(last) + last.len());
    format!("{}{with}{}", &text[..start], replace_words(&text[end..], phrase, with))
}

/// Replaces what stands between `from` (kept) and `to` (kept) by `with`.
pub fn replace_between(text: &str, from: &str, to: &str, with: &str) -> String {
    let (before, rest) = text.split_once(from).unwrap_or_else(|| panic!("no {from:?} in {text}"));
    let (_, after) = rest.split_once(to).unwrap_or_else(|| panic!("no {to:?} in {text}"));
    format!("{before}{from}{with}{to}{after}")
}

/// Returns the line of session `n`; with `stumbles`, `post_invoice` is refused at first.
pub fn session(n: usize, stumbles: bool) -> String {
    let invoice = 7_301 + n;
    let post =
        |id: &str, extra: &str| call(id, "post_invoice", &format!("{{\"invoice\":\"{invoice}\"{extra}}}"));
    let mut messages = vec![json!({"role": "user", "content": format!("Please post invoice {invoice}.")})];
    if stumbles {
        messages.extend([
            post("a", ""),
            answer("a", &format!("Error: invoice {invoice} has no cost centre")),
            call("b", "find_cost_centre", &format!("{{\"invoice\":\"{invoice}\"}}")),
            answer("b", "{\"cost_centre\": \"K-12\"}"),
        ]);
    }
    messages.extend([
        post("c", ",\"cost_centre\":\"K-12\""),
        answer("c", "{\"posted\": true}"),
        json!({"role": "assistant", "content": "Posted."}),
    ]);
    let line = json!({
        "session_id": format!("books-{n}"),
        "domain": "ledger",
        "task_id": format!("post-{}", n % 3),
        "agent": (["north", "south"][n % 2]),
        "principal": (["rosa", "emil", "ines"][n % 3]),
        "created_at": format!("2026-03-0{}T09:00:00Z", n + 1),
        "outcome": {"reward": if n == 4 { 0.0 } else { 1.0 }, "success": n != 4},
        "record": {"messages": messages},
    });
    format!("{line}\n")
}

fn call(id: &str, tool: &str, arguments: &str) -> Value {
    json!({"role": "assistant", "content": null, "tool_calls": [
        {"id": id, "type": "function", "function": {"name": tool, "arguments": arguments}}
    ]})
}

fn answer(id: &str, text: &str) -> Value {
    json!({"role": "tool", "tool_call_id": id, "content": text})
}
