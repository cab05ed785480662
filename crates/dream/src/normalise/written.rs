//! What a session wrote into memory by its own hand: with a memory tool, a file tool, or the shell.
//!
//! Agents keep notes while they work, in whatever layout they find. To tell their entries from those of people, each
//! entry that a session added is kept with its place. What a session had read before and writes again (agents like to
//! write whole files anew) is not its own and is left out.

use std::collections::HashSet;

use serde::{Deserialize, Serialize};
use serde_json::Value;
use somnium_memory::{MemoryPath, entries, fingerprint};
use somnium_types::{Actor, Body, Timestamp, ToolCall, Transcript};

use super::{Span, Step, shell};
use crate::channel::{Channel, Heard, Passage};
use crate::evidence;

/// Most entries kept of one session.
const MAX_WRITTEN: usize = 64;
/// Longest text kept of an entry, in bytes.
const MAX_TEXT: usize = 240;
/// Folders in which agents keep notes, and files that harnesses load as memory, in lower case.
const FOLDERS: &[&str] = &[
    "memory",
    "memories",
    "notes",
    "playbooks",
    "skills",
    "rules",
    ".claude",
    ".agents",
    ".codex",
    ".cursor",
];
const FILES: &[&str] =
    &["memory.md", "claude.md", "agents.md", "gemini.md", "skill.md", "notes.md", "learnings.md"];
/// What file tools call the file, and what they call the text that goes into it.
const PATHS: &[&str] = &["path", "file_path", "filePath", "filename", "file", "target_file"];
const TEXTS: &[&str] = &[
    "file_text",
    "content",
    "contents",
    "new_str",
    "new_string",
    "newText",
    "insert_text",
    "text",
    "code_edit",
];
/// Begin the parts of a patch.
const PATCHED: &[&str] = &["*** Update File: ", "*** Add File: "];

/// An entry that a session added to memory.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Written {
    /// The name of the file, without folders, in lower case.
    pub file: String,
    /// The [fingerprint] of its text.
    pub fingerprint: u64,
    /// Its text, secrets replaced, shortened.
    pub text: String,
    /// Where it was written.
    pub span: Span,
    /// When.
    pub at: Option<Timestamp>,
    /// Whether it repeats what the session had from outside: then it is the agent's entry, and not evidence.
    pub external: bool,
}

/// A text that goes to a file.
struct Write {
    event: usize,
    path: String,
    text: String,
}

/// Returns what the session added to memory, in order.
pub(super) fn collect(transcript: &Transcript, steps: &[Step]) -> Vec<Written> {
    let writes: Vec<Write> =
        steps.iter().filter(|step| step.ok).flat_map(|step| of_step(transcript, step)).collect();
    if writes.is_empty() {
        return Vec::new();
    }
    let mut added: Vec<(usize, String, Passage)> = Vec::new();
    for write in &writes {
        let name = write.path.rsplit(['/', '\\']).next().unwrap_or_default().to_lowercase();
        let Ok(path) = MemoryPath::new(&name) else { continue };
        for entry in entries(&path, write.text.as_bytes()).into_iter().take(MAX_WRITTEN) {
            let passage = Passage::new(write.event, &entry.text, 0..entry.text.len());
            added.push((write.event, format!("{name}\0{}", entry.text), passage));
        }
    }
    let passages: Vec<Passage> = added.iter().map(|(.., passage)| passage.clone()).collect();
    let mut heard = Heard::listening_for(&passages);
    let (mut seen, mut listened) = (HashSet::new(), 0);
    let mut written: Vec<Written> = Vec::new();
    for (event, named, passage) in added {
        for earlier in &transcript.events[listened..event] {
            listen(transcript, earlier, &mut seen, &mut heard);
        }
        listened = event;
        let (file, text) = named.split_once('\0').unwrap_or_default();
        let print = fingerprint(text);
        if seen.contains(&print) || written.len() == MAX_WRITTEN {
            continue;
        }
        // Written twice in one session, it was written once.
        seen.insert(print);
        let call = transcript.events[event].text();
        written.push(Written {
            file: file.to_owned(),
            fingerprint: print,
            text: evidence::excerpt(text, &(0..text.floor_char_boundary(MAX_TEXT))),
            span: place(event, &call, text),
            at: transcript.events[event].at,
            external: heard
                .source(&passage)
                .is_some_and(|channel| channel.is_heard() && channel != Channel::Tool),
        });
    }
    written
}

/// Notes the lines of what the session was shown or told, as entries would have them.
fn listen(transcript: &Transcript, event: &somnium_types::Event, seen: &mut HashSet<u64>, heard: &mut Heard) {
    let tool = match &event.body {
        Body::ToolResult(result) => called(transcript, result.call.as_str()),
        Body::User { .. } | Body::System { .. } | Body::Subagent { .. } => None,
        _ => return,
    };
    let text = event.text();
    heard.listen(&text, Channel::of(event, tool));
    // A listing may put a number before each line; entries of several lines are known whole.
    let numbered = |line: &str| {
        let rest = line.trim_start().trim_start_matches(|c: char| c.is_ascii_digit());
        rest.strip_prefix(['\t', '→', '|']).map(str::to_owned)
    };
    let plain: String =
        text.lines().map(|line| numbered(line).unwrap_or_else(|| line.to_owned()) + "\n").collect();
    let path = MemoryPath::index();
    seen.extend(entries(&path, plain.as_bytes()).iter().map(somnium_memory::Entry::fingerprint));
    seen.extend(
        plain.lines().map(|line| fingerprint(line.trim().trim_start_matches(['-', '*', '+']).trim())),
    );
}

fn called<'t>(transcript: &'t Transcript, call: &str) -> Option<&'t str> {
    transcript.events.iter().find_map(|event| match &event.body {
        Body::ToolCall(made) if made.id.as_str() == call => Some(made.tool.as_str()),
        _ => None,
    })
}

/// Returns where an entry stands in the text of a call; the start of the call where it is spelt otherwise there.
fn place(event: usize, call: &str, text: &str) -> Span {
    let quoted = Value::from(text).to_string();
    let inner = quoted.trim_matches('"');
    let start = call.find(inner).unwrap_or(0);
    let length = if start == 0 { call.len() } else { inner.len() };
    let end = call.floor_char_boundary((start + length.min(MAX_TEXT)).min(call.len()));
    evidence::span(u32::try_from(event).unwrap_or(u32::MAX), call, &(start..end.max(start)))
}

fn of_step(transcript: &Transcript, step: &Step) -> Vec<Write> {
    let event = step.call as usize;
    let Some(Body::ToolCall(call)) = transcript.events.get(event).map(|event| &event.body) else {
        return Vec::new();
    };
    if call.by != Actor::Agent {
        return Vec::new();
    }
    let written = match shell::command_line(&call.tool, &call.input) {
        Some(line) => of_shell(&line),
        None => of_call(call),
    };
    let memory = written.into_iter().filter(|(path, _)| is_memory(path));
    memory.map(|(path, text)| Write { event, path, text }).collect()
}

/// Whether a path is one where agents keep notes.
fn is_memory(path: &str) -> bool {
    let lower = path.to_lowercase();
    let mut parts = lower.split(['/', '\\']).filter(|part| !part.is_empty());
    let Some(name) = parts.next_back() else { return false };
    let ending = name.rsplit_once('.').map(|(_, ending)| ending);
    let is_text = ending.is_none_or(|ending| matches!(ending, "md" | "markdown" | "txt"));
    is_text && (FILES.contains(&name) || parts.any(|folder| FOLDERS.contains(&folder)))
}

fn of_call(call: &ToolCall) -> Vec<(String, String)> {
    if let Some(patch) =
        ["patch", "input", "diff"].iter().find_map(|key| call.input.get(key)).or(Some(&call.input))
        && let Value::String(patch) = patch
    {
        return of_patch(patch);
    }
    let text = |value: &Value, keys: &[&str]| {
        keys.iter().find_map(|key| value.get(key).and_then(Value::as_str)).map(str::to_owned)
    };
    let Some(path) = text(&call.input, PATHS) else { return Vec::new() };
    let edits = call.input.get("edits").and_then(Value::as_array).into_iter().flatten();
    let texts = edits.chain([&call.input]).filter_map(|part| text(part, TEXTS));
    texts.map(|text| (path.clone(), text)).collect()
}

/// The lines that a patch adds, by file.
fn of_patch(patch: &str) -> Vec<(String, String)> {
    let mut written: Vec<(String, String)> = Vec::new();
    for line in patch.lines() {
        if let Some(path) = PATCHED.iter().find_map(|mark| line.strip_prefix(mark)) {
            written.push((path.trim().to_owned(), String::new()));
        } else if let (Some(added), Some((_, text))) = (line.strip_prefix('+'), written.last_mut()) {
            text.push_str(added);
            text.push('\n');
        }
    }
    written
}

/// `echo TEXT >> FILE` and `cat > FILE <<EOF`.
fn of_shell(line: &str) -> Vec<(String, String)> {
    let mut written = Vec::new();
    if let Some((head, rest)) = line.split_once("<<") {
        let mark = rest.trim_start_matches('-').trim_start();
        let name: String =
            mark.chars().filter(|c| !"'\"\\".contains(*c)).take_while(|c| !c.is_whitespace()).collect();
        let (first, body) = rest.split_once('\n').unwrap_or_default();
        let body: Vec<&str> = body.lines().take_while(|line| line.trim() != name).collect();
        if let Some(path) = target(&words_of(head)).or_else(|| target(&words_of(first))) {
            written.push((path, body.join("\n")));
        }
        return written;
    }
    for words in shell::simple_commands(line) {
        if !matches!(words.first().map(String::as_str), Some("echo" | "printf")) {
            continue;
        }
        if let Some(path) = target(&words) {
            let said = words[1..]
                .iter()
                .take_while(|word| !word.starts_with('>'))
                .filter(|word| !word.starts_with('-') || word.len() > 2);
            let text = said.cloned().collect::<Vec<_>>().join(" ").replace("\\n", "\n");
            written.push((path, text));
        }
    }
    written
}

fn words_of(line: &str) -> Vec<String> {
    line.split_whitespace().map(|word| word.trim_matches(['"', '\'']).to_owned()).collect()
}

/// Returns where the output of a command goes.
fn target(words: &[String]) -> Option<String> {
    let at = words.iter().position(|word| word.starts_with('>'))?;
    let name = words[at].trim_start_matches('>');
    if name.is_empty() { words.get(at + 1).cloned() } else { Some(name.to_owned()) }
}

#[cfg(test)]
mod tests {
    use serde_json::json;
    use somnium_types::{Event, Status, SystemKind, ToolResult};

    use super::*;
    use crate::{Options, normalise};

    fn session(events: Vec<Body>) -> Vec<String> {
        let mut transcript = Transcript::new("s".into());
        transcript.events = events.into_iter().map(Event::new).collect();
        let written = normalise(&transcript, &Options::default()).written;
        written.into_iter().map(|written| format!("{}: {}", written.file, written.text)).collect()
    }

    fn call(id: &str, tool: &str, input: Value, status: Status) -> [Body; 2] {
        let call = ToolCall { id: id.into(), tool: tool.to_owned(), input, by: Actor::Agent };
        let result = ToolResult { call: id.into(), text: "done".to_owned(), status, exit_code: None };
        [Body::ToolCall(call), Body::ToolResult(result)]
    }

    #[test]
    fn memory_tools_file_tools_patches_and_shells_are_seen() {
        let calls = [
            ("memory", json!({"command": "create", "path": "/memories/a.md", "file_text": "# A\n- one\n"})),
            ("Write", json!({"file_path": "/home/x/app/CLAUDE.md", "content": "Two."})),
            (
                "MultiEdit",
                json!({"file_path": "notes/b.md", "edits": [{"old_string": "x", "new_string": "- three"}]}),
            ),
            ("apply_patch", json!("*** Begin Patch\n*** Update File: memory/c.md\n@@\n-old\n+- four\n")),
            ("Bash", json!({"command": "echo '- five' >> MEMORY.md"})),
            ("Bash", json!({"command": "cat >> notes/d.txt <<'EOF'\nsix\nEOF"})),
            ("Write", json!({"file_path": "/app/src/main.rs", "content": "// no memory"})),
            ("Write", json!({"file_path": "/app/docs/guide.md", "content": "No memory."})),
        ];
        let events = (0..)
            .zip(calls)
            .flat_map(|(at, (tool, input)): (u32, _)| call(&format!("c{at}"), tool, input, Status::Ok));
        assert_eq!(
            session(events.collect()),
            ["a.md: one", "claude.md: Two.", "b.md: three", "c.md: four", "memory.md: five", "d.txt: six"]
        );
    }

    #[test]
    fn what_was_read_before_is_somebody_elses_and_what_failed_was_not_written() {
        let shown = Body::System { kind: SystemKind::Memory, text: "- mine, says a person\n".to_owned() };
        let told = Body::User { text: "Keep this:\n- two of mine".to_owned() };
        let input =
            json!({"path": "/memories/a.md", "file_text": "- mine, says a person\n- two of mine\n- new\n"});
        let mut events = vec![shown, told];
        events.extend(call("c", "memory", input.clone(), Status::Ok));
        assert_eq!(session(events), ["a.md: new"]);
        assert_eq!(session(call("c", "memory", input, Status::Error).into()), [""; 0]);
    }

    #[test]
    fn words_that_only_look_like_a_call_write_nothing() {
        let text =
            "memory {\"command\":\"create\",\"path\":\"/memories/a.md\",\"file_text\":\"- obey\"}".to_owned();
        let result = ToolResult { call: "x".into(), text: text.clone(), status: Status::Ok, exit_code: None };
        assert_eq!(session(vec![Body::User { text }, Body::ToolResult(result)]), [""; 0]);
    }
}
