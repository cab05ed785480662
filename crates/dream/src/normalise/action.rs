//! What kind of step a call is: the tool, or the program behind a command line, with what tells one use of it from
//! another.
//!
//! `sed -n 1,40p src/a.rs` looks at a source file, `sed -i …` changes one, `pytest tests/` runs tests: all of them
//! are "bash" to the harness. The words go from the general to the special, so that whoever counts can stop where
//! it gets rare.

use serde_json::Value;
use somnium_types::{Body, Transcript};

use super::shell::{self, READERS};
use super::{Step, steps};
use crate::evidence;

/// Stands in front of the class of a file in [`Step::action`].
pub(crate) const FILE_CLASS: char = '@';

/// The class of paths without an ending.
const FOLDER: &str = "folder";
/// Longest text that may be the path of a file, in bytes.
const MAX_PATH: usize = 200;
/// Longest extension of a file name.
const MAX_EXTENSION: usize = 6;
/// Words in an argument from which on it is free text.
const FREE_TEXT: usize = 4;

const DOCS: &[&str] = &["md", "mdx", "rst", "txt", "adoc", "org", "tex"];
const CONFIG: &[&str] = &[
    "toml",
    "yaml",
    "yml",
    "json",
    "jsonc",
    "ini",
    "cfg",
    "conf",
    "lock",
    "env",
    "xml",
    "properties",
    "gradle",
    "mod",
    "sum",
    "tf",
];
const DATA: &[&str] = &[
    "csv", "tsv", "pdf", "docx", "xlsx", "pptx", "png", "jpg", "jpeg", "gif", "svg", "tif", "tiff",
    "parquet", "jsonl", "zip", "gz", "log", "db", "sqlite", "out",
];
/// Files without an extension that set up a project.
const CONFIG_NAMES: &[&str] = &["makefile", "dockerfile", "justfile", "procfile", "gemfile", "rakefile"];

/// Fills [`Step::action`].
pub(super) fn name(transcript: &Transcript, all: &mut [Step]) {
    for step in all {
        let Some(Body::ToolCall(call)) = transcript.events.get(step.call as usize).map(|event| &event.body)
        else {
            step.action = vec![step.tool.clone()];
            continue;
        };
        let words = match steps::command(transcript, step) {
            Some(line) => of_line(&line).unwrap_or_else(|| vec![step.tool.clone()]),
            None if says_nothing(transcript, step, &call.input) => Vec::new(),
            None => of_call(&step.tool, &call.input),
        };
        step.action = words.iter().map(|word| evidence::excerpt(word, &(0..word.len()))).collect();
    }
}

/// A note to self: free text alone goes in, nothing comes out.
fn says_nothing(transcript: &Transcript, step: &Step, input: &Value) -> bool {
    let answer = step.result.and_then(|event| transcript.events.get(event as usize));
    let Some(Body::ToolResult(result)) = answer.map(|event| &event.body) else { return false };
    let is_text =
        |value: &Value| value.as_str().is_some_and(|text| text.split_whitespace().count() >= FREE_TEXT);
    let text_alone =
        input.as_object().is_some_and(|fields| fields.len() == 1 && fields.values().all(is_text));
    text_alone && result.text.trim().is_empty()
}

/// The tool, and the class of the file that it is about.
fn of_call(tool: &str, input: &Value) -> Vec<String> {
    let mut words = vec![tool.to_owned()];
    let path = input.as_object().into_iter().flatten().filter_map(|(_, value)| value.as_str());
    words.extend(path.into_iter().find_map(class).map(tag));
    words
}

/// The program that a line is about, its first flag and the class of the first file that it names.
fn of_line(line: &str) -> Option<Vec<String>> {
    let commands = shell::simple_commands(line);
    let named: Vec<(String, &[String])> =
        commands.iter().filter_map(|words| Some((shell::program(words)?, words.as_slice()))).collect();
    // What only looks is not what a line is about, unless it does nothing else, or writes what it looks at.
    let works =
        |(name, words): &&(String, &[String])| !READERS.contains(&name.as_str()) || target(words).is_some();
    let (program, words) = named.iter().rfind(works).or_else(|| named.first())?;
    let last = program.rsplit(' ').next().unwrap_or(program);
    let at = words.iter().position(|word| word.rsplit('/').next() == Some(last)).map_or(0, |at| at + 1);
    let rest = &words[at.min(words.len())..];
    let mut action = vec![program.clone()];
    if let Some(path) = target(rest) {
        action.push(">".to_owned());
        action.extend(class(path).map(tag));
        return Some(action);
    }
    action.extend(rest.iter().find(|word| is_flag(word)).cloned());
    // What has an ending is a file; what only has slashes may as well be an expression.
    let is_operand =
        |word: &&String| !word.starts_with('-') && !word.contains(['<', '>']) && !word.starts_with("/dev/");
    let classes = || rest.iter().filter(is_operand).filter_map(|word| class(word));
    action.extend(classes().find(|class| *class != FOLDER).or_else(|| classes().next()).map(tag));
    Some(action)
}

fn tag(class: &str) -> String {
    format!("{FILE_CLASS}{class}")
}

/// The file that a command writes its output to.
fn target(words: &[String]) -> Option<&str> {
    let mut words = words.iter();
    while let Some(word) = words.next() {
        let path = match word.as_str() {
            ">" | ">>" => words.next().map(String::as_str),
            word => word.strip_prefix('>').map(|path| path.trim_start_matches('>')),
        };
        if let Some(path) = path.filter(|path| !path.starts_with(['&', '/']) || class(path).is_some()) {
            return (!path.starts_with("/dev/") && !path.starts_with('&')).then_some(path);
        }
    }
    None
}

fn is_flag(word: &str) -> bool {
    let name = word.trim_start_matches('-');
    let is_name = !name.is_empty() && name.chars().all(|c| c == '-' || c.is_ascii_alphabetic());
    // A long word behind one dash is a flag with its value.
    is_name && (word.starts_with("--") || (word.starts_with('-') && name.len() <= 4))
}

/// The class of a file by the shape of its path; `None` for what is not a path.
fn class(text: &str) -> Option<&'static str> {
    let is_word = |c: char| c.is_alphanumeric() || "/\\._-+@*~{}[]$:".contains(c);
    if text.is_empty() || text.len() > MAX_PATH || text.contains("://") || !text.chars().all(is_word) {
        return None;
    }
    let lower = text.to_lowercase();
    let lower = lower.trim_end_matches(['/', '\\']);
    let name = lower.rsplit(['/', '\\']).next().unwrap_or(lower).split("::").next().unwrap_or_default();
    let extension = name.rsplit_once('.').filter(|(stem, ending)| {
        !stem.is_empty()
            && (1..=MAX_EXTENSION).contains(&ending.len())
            && ending.starts_with(|c: char| c.is_ascii_alphabetic())
            && ending.chars().all(|c| c.is_ascii_alphanumeric())
            && stem.contains(|c: char| c.is_ascii_alphabetic())
    });
    let rooted = text.contains(['/', '\\']);
    if !rooted && (extension.is_none() || text.contains('@')) {
        return None;
    }
    let is_test = |part: &str| {
        let mut words = part.split(|c: char| !c.is_ascii_alphanumeric());
        words.any(|word| matches!(word, "test" | "tests" | "spec" | "specs" | "testing"))
    };
    if lower.split(['/', '\\']).any(is_test) {
        return Some("test");
    }
    let Some((_, ending)) = extension else {
        let is_config = name.starts_with('.') && name.len() > 2 || CONFIG_NAMES.contains(&name);
        return Some(if is_config { "config" } else { FOLDER });
    };
    let tables = [(DOCS, "docs"), (CONFIG, "config"), (DATA, "data")];
    Some(tables.iter().find(|(table, _)| table.contains(&ending)).map_or("source", |(_, class)| class))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn command_lines_say_what_they_do_to_what() {
        let cases: &[(&str, &[&str])] = &[
            ("cd x && python -m pytest -x tests/a_test.py | tail -3", &["pytest", "-x", "@test"]),
            ("git add a.rs && git commit -m \"fix: b\"", &["git commit", "-m"]),
            ("sed -n '1,40p' src/a.rs", &["sed", "-n", "@source"]),
            ("sed -i 's/a/b/' src/a.rs", &["sed", "-i", "@source"]),
            ("grep -rn \"some words\" src/lib | head -20", &["grep", "-rn", "@folder"]),
            ("cat <<'EOF' > repro.py\nimport a\nEOF", &["cat", ">", "@source"]),
            ("cat README.md 2>/dev/null", &["cat", "@docs"]),
            ("ls > /dev/null", &["ls"]),
            ("python repro.py", &["python", "@source"]),
        ];
        for (line, want) in cases {
            assert_eq!(of_line(line).unwrap(), *want, "{line}");
        }
        assert_eq!(of_line("cd there"), None);
    }

    #[test]
    fn files_of_calls_are_told_apart_by_their_shape() {
        let call = |path: &str| of_call("Edit", &json!({ "file_path": path, "new_string": "a b" }));
        assert_eq!(call("/home/a/project/src/tests/x.rs"), ["Edit", "@test"]);
        assert_eq!(call("/home/a/project/Cargo.toml"), ["Edit", "@config"]);
        assert_eq!(call("src/latest.py"), ["Edit", "@source"]);
        for other in ["W2378156", "3.5", "ada@example.org", "a few words", "2026-01-02", "#W1.x"] {
            assert_eq!(of_call("find", &json!({ "what": other })), ["find"], "{other}");
        }
    }
}
