//! What a world holds, but for what no two runs have in common: times, ids of changes, keys.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use serde_json::{Value, json};

/// Folders that are no part of the state: what is read, and what is a user's.
const LEFT_OUT: &[&str] = &["sessions", "home", "elsewhere"];
/// The program's own under `.somnium` that says nothing of the state.
const PASSING: &[&str] = &["lock", ".gitignore", ".gitignore.draft", "tally", "tally.draft"];

/// All files of a world.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Shape {
    /// Everybody's files, with their bytes.
    pub files: BTreeMap<String, Vec<u8>>,
    /// What is under `.somnium`: the state and the history in words, the rest by name.
    pub machine: BTreeMap<String, String>,
}

/// Which state a world is in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Found {
    Old,
    Between,
    New,
}

/// What a world may look like.
pub struct Allowed<'a> {
    pub old: &'a Shape,
    pub between: Option<&'a Shape>,
    pub new: &'a Shape,
    /// Whether each file may be old or new by itself.
    pub by_file: bool,
}

impl Shape {
    /// Looks at the world in `root`. The second value are drafts that a killed run left.
    pub fn of(root: &Path) -> (Self, Vec<String>) {
        let (mut shape, mut litter) = (Self::default(), Vec::new());
        let mut folders = vec![root.to_owned()];
        while let Some(folder) = folders.pop() {
            for entry in fs::read_dir(folder).unwrap().flatten() {
                let path = entry.path();
                let name = path.strip_prefix(root).unwrap().to_str().unwrap().to_owned();
                if LEFT_OUT.contains(&name.as_str()) {
                    continue;
                }
                if is_draft(&name) {
                    litter.push(name);
                } else if path.is_dir() {
                    folders.push(path);
                } else {
                    shape.add(name, fs::read(&path).unwrap());
                }
            }
        }
        litter.sort();
        (shape, litter)
    }

    fn add(&mut self, name: String, bytes: Vec<u8>) {
        let Some((_, record)) = name.split_once(".somnium/") else {
            // A proposal is named by a hash over the seconds that its dream took, too.
            let is_review = bytes.starts_with(b"<!-- somnium review ");
            self.files.insert(name, if is_review { without_hashes(&bytes) } else { bytes });
            return;
        };
        let words = match record {
            passing if PASSING.contains(&passing) => return,
            "state.json" => settled(serde_json::from_slice(&bytes).unwrap()).to_string(),
            "log.jsonl" => String::from_utf8(bytes).unwrap().lines().map(line_of_log).collect(),
            _ => String::new(),
        };
        self.machine.insert(without_ids(&name), words);
    }

    /// Tells which of the allowed states it is; `Err` says what is neither.
    pub fn judge(&self, allowed: &Allowed<'_>) -> Result<Found, String> {
        let Allowed { old, between, new, by_file } = allowed;
        if self == *new {
            return Ok(Found::New);
        }
        if self == *old {
            return Ok(Found::Old);
        }
        if *between == Some(self) {
            return Ok(Found::Between);
        }
        let is_one = |name: &String| {
            let now = self.files.get(name);
            now == old.files.get(name) || now == new.files.get(name)
        };
        let names = || self.files.keys().chain(old.files.keys()).chain(new.files.keys());
        if *by_file && names().all(is_one) && (self.machine == old.machine || self.machine == new.machine) {
            return Ok(Found::Old);
        }
        let mut told = String::new();
        for (what, other) in [("old", old), ("new", new)] {
            told += &format!("\nunlike the {what} state in:");
            for name in names().filter(|name| self.files.get(*name) != other.files.get(*name)) {
                told += &format!(" {name}");
            }
            let machine = self.machine.keys().chain(other.machine.keys());
            for name in machine.filter(|name| self.machine.get(*name) != other.machine.get(*name)) {
                let side = |shape: &Self| shape.machine.get(name).cloned().unwrap_or("-".to_owned());
                told += &format!("\n  {name}\n    is  {}\n    was {}", side(self), side(other));
            }
        }
        Err(told)
    }
}

/// What is being written is called so until it is whole.
fn is_draft(name: &str) -> bool {
    let own = name.rsplit('/').next().unwrap_or(name);
    own.starts_with(".somnium-") || own.ends_with(".somnium-draft") || own.starts_with(".tmp")
}

/// Returns who did what to which blocks and files.
fn line_of_log(line: &str) -> String {
    let line: Value = serde_json::from_str(line).unwrap();
    let entry = &line["entry"];
    let names = |list: &str, key: &str| -> Vec<Value> {
        entry[list].as_array().into_iter().flatten().map(|one| one[key].clone()).collect()
    };
    let what = without_ids(&entry["what"].to_string());
    format!("{} {what} {} {}\n", entry["by"], json!(names("blocks", "id")), json!(names("files", "path")))
}

/// Returns a document without its times, salts, and ids of changes.
fn settled(value: Value) -> Value {
    match value {
        Value::String(text) if is_time(&text) => json!("TIME"),
        Value::String(text) => json!(without_ids(&text)),
        Value::Array(values) => values.into_iter().map(settled).collect(),
        Value::Object(fields) => fields
            .into_iter()
            .map(|(name, value)| match name.as_str() {
                "erased" => (name, json!(value.as_array().map(Vec::len))),
                _ => (name, settled(value)),
            })
            .collect(),
        other => other,
    }
}

fn is_time(text: &str) -> bool {
    text.len() >= 20 && text.ends_with('Z') && text.as_bytes().get(10) == Some(&b'T')
}

/// Leaves long runs of hexadecimal digits out.
fn without_hashes(bytes: &[u8]) -> Vec<u8> {
    let text = String::from_utf8_lossy(bytes);
    let is_hash = |word: &str| word.len() >= 16 && word.bytes().all(|byte| byte.is_ascii_hexdigit());
    text.split_inclusive(' ').filter(|word| !is_hash(word.trim_end())).collect::<String>().into_bytes()
}

/// Replaces ids of changes, which are made from the clock.
fn without_ids(text: &str) -> String {
    const DIGITS: usize = 16;
    let mut parts = text.split("chg_");
    let mut out = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        out += "chg_ID";
        out += part.get(DIGITS..).unwrap_or_default();
    }
    out
}
