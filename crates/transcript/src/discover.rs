//! Finds a coding tool's sessions in the places where that tool keeps them.
//!
//! Every tool has a row in [`places`]: its folders, in the order in which they are looked at, and the names of
//! its session files. OpenCode keeps a session in many small files; [`Found::read`] puts them together.

use std::cmp::Reverse;
use std::fs;
use std::path::{Path, PathBuf};
use std::str::FromStr;

use serde_json::{Value, json};
use somnium_types::{Skipped, Timestamp, Transcript};
use walkdir::WalkDir;

use crate::{FileReport, json as lenient, read};

/// A coding tool whose sessions can be found.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Tool {
    /// Claude Code.
    ClaudeCode,
    /// Codex.
    Codex,
    /// OpenCode.
    OpenCode,
    /// Gemini CLI.
    Gemini,
    /// Pi.
    Pi,
}

impl Tool {
    /// All of them, in the order in which help texts name them.
    pub const ALL: &[Self] = &[Self::ClaudeCode, Self::Codex, Self::OpenCode, Self::Gemini, Self::Pi];

    /// Returns the name on the command line.
    pub fn name(self) -> &'static str {
        match self {
            Self::ClaudeCode => "claude-code",
            Self::Codex => "codex",
            Self::OpenCode => "opencode",
            Self::Gemini => "gemini",
            Self::Pi => "pi",
        }
    }

    /// Returns the name for people.
    pub fn title(self) -> &'static str {
        match self {
            Self::ClaudeCode => "Claude Code",
            Self::Codex => "Codex",
            Self::OpenCode => "OpenCode",
            Self::Gemini => "Gemini CLI",
            Self::Pi => "Pi",
        }
    }
}

impl FromStr for Tool {
    type Err = String;

    fn from_str(name: &str) -> Result<Self, String> {
        let known = Self::ALL.iter().copied().find(|tool| tool.name() == name);
        known.ok_or_else(|| {
            let names: Vec<_> = Self::ALL.iter().map(|tool| tool.name()).collect();
            format!("`{name}` is none of {}", names.join(", "))
        })
    }
}

/// A session that was found, not yet read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Found {
    /// The session's file; for OpenCode the one that describes the session.
    pub path: PathBuf,
    /// When that file was last written.
    pub modified: Timestamp,
    /// Whether messages and parts lie in files of their own beside it.
    scattered: bool,
}

impl Found {
    /// Returns the one file that holds the session; `None` where it lies in several.
    pub fn file(&self) -> Option<&Path> {
        (!self.scattered).then_some(&self.path)
    }

    /// Reads the session, as [`crate::read_file`] reads a file.
    pub fn read(&self, on_session: &mut dyn FnMut(Transcript)) -> FileReport {
        if !self.scattered {
            return read::read_file(&self.path, on_session);
        }
        let mut skipped = Vec::new();
        let bytes = gather(&self.path, &mut skipped).to_string().into_bytes();
        let mut report = read::read_bytes(&self.path.display().to_string(), bytes, on_session);
        report.skipped.extend(skipped);
        report.skipped.sort();
        report
    }
}

/// Why a tool's sessions could not be found.
#[derive(Debug, thiserror::Error)]
pub enum DiscoverError {
    /// None of the usual places exists.
    #[error("no sessions of {} here; looked in {}", tool.title(), list(looked))]
    Absent {
        /// The tool.
        tool: Tool,
        /// The places that were looked at.
        looked: Vec<PathBuf>,
    },
    /// OpenCode keeps its sessions in a database only.
    #[error(
        "OpenCode keeps its sessions in the database {}, which is not read here; write each session to a file \
         with `opencode export <session id> > session.json` ({}) and give those files instead",
        database.display(),
        if *on_path { "`opencode session list` names the ids" } else { "the command `opencode` is not on the PATH" }
    )]
    Database {
        /// The database.
        database: PathBuf,
        /// Whether the `opencode` command can be called from here.
        on_path: bool,
    },
}

impl DiscoverError {
    /// Returns the code whose page explains this error.
    pub fn code(&self) -> &'static str {
        "SOM003"
    }
}

fn list(places: &[PathBuf]) -> String {
    places.iter().map(|place| place.display().to_string()).collect::<Vec<_>>().join(", ")
}

/// Finds all sessions of `tool` of the user whose home folder is `home`, newest first (by path where two were
/// written at the same instant). `env` looks up environment variables with which tools move their folders.
///
/// # Errors
///
/// [`DiscoverError::Absent`] if none of the tool's folders exists, [`DiscoverError::Database`] for an OpenCode
/// that has no JSON storage.
pub fn discover(
    tool: Tool,
    home: &Path,
    env: &dyn Fn(&str) -> Option<String>,
) -> Result<Vec<Found>, DiscoverError> {
    let looked = places(tool, home, env);
    let roots: Vec<&PathBuf> = looked.iter().filter(|place| place.is_dir()).collect();
    let mut found: Vec<Found> = roots.iter().flat_map(|root| sessions(tool, root)).collect();
    if found.is_empty() && tool == Tool::OpenCode {
        let database = looked.iter().filter_map(|storage| storage.parent()?.parent());
        if let Some(database) = database.map(|data| data.join("opencode.db")).find(|path| path.is_file()) {
            return Err(DiscoverError::Database { database, on_path: on_path("opencode", env) });
        }
    }
    if roots.is_empty() {
        return Err(DiscoverError::Absent { tool, looked });
    }
    found.sort_by(|a, b| (Reverse(a.modified), &a.path).cmp(&(Reverse(b.modified), &b.path)));
    found.dedup_by(|a, b| a.path == b.path);
    Ok(found)
}

/// Returns the folders in which a tool keeps sessions.
fn places(tool: Tool, home: &Path, env: &dyn Fn(&str) -> Option<String>) -> Vec<PathBuf> {
    let moved = |variable: &str| env(variable).filter(|folder| !folder.is_empty()).map(PathBuf::from);
    let base = |variable: &str, usual: &str| moved(variable).unwrap_or_else(|| home.join(usual));
    match tool {
        Tool::ClaudeCode => match moved("CLAUDE_CONFIG_DIR") {
            Some(config) => vec![config.join("projects")],
            None => vec![home.join(".claude/projects"), home.join(".config/claude/projects")],
        },
        Tool::Codex => {
            let codex = base("CODEX_HOME", ".codex");
            vec![codex.join("sessions"), codex.join("archived_sessions")]
        }
        Tool::OpenCode => vec![base("XDG_DATA_HOME", ".local/share").join("opencode/storage/session")],
        Tool::Gemini => vec![home.join(".gemini/tmp")],
        Tool::Pi => vec![base("PI_CODING_AGENT_DIR", ".pi/agent").join("sessions")],
    }
}

/// Returns the sessions under one folder of a tool.
fn sessions(tool: Tool, root: &Path) -> Vec<Found> {
    let files = WalkDir::new(root).into_iter().flatten().filter(|entry| entry.file_type().is_file());
    let files = files.filter(|entry| is_session(tool, entry.path()));
    let found = files.map(|entry| Found {
        modified: entry
            .metadata()
            .ok()
            .and_then(|about| Timestamp::try_from(about.modified().ok()?).ok())
            .unwrap_or_default(),
        path: entry.into_path(),
        scattered: tool == Tool::OpenCode,
    });
    found.collect()
}

fn is_session(tool: Tool, path: &Path) -> bool {
    let name = path.file_name().map(|name| name.to_string_lossy()).unwrap_or_default();
    match tool {
        Tool::ClaudeCode | Tool::Pi => name.ends_with(".jsonl"),
        Tool::Codex => {
            name.starts_with("rollout-") && (name.ends_with(".jsonl") || name.ends_with(".jsonl.zst"))
        }
        Tool::OpenCode => name.ends_with(".json"),
        Tool::Gemini => {
            let in_chats = path.components().any(|part| part.as_os_str() == "chats");
            in_chats && name.starts_with("session-") && (name.ends_with(".json") || name.ends_with(".jsonl"))
        }
    }
}

fn on_path(command: &str, env: &dyn Fn(&str) -> Option<String>) -> bool {
    env("PATH").is_some_and(|path| std::env::split_paths(&path).any(|folder| folder.join(command).is_file()))
}

/// Puts an OpenCode session together as `opencode export` prints it, from
/// `session/<project>/<id>.json`, `message/<id>/*.json` and `part/<message>/*.json`.
/// The names of messages and parts begin with their time, so their order is that of the names.
fn gather(session: &Path, skipped: &mut Vec<Skipped>) -> Value {
    let Some(storage) = session.ancestors().nth(3) else { return Value::Null };
    let info = document(session, skipped).unwrap_or_default();
    let id = session.file_stem().unwrap_or_default();
    let messages: Vec<Value> = documents(&storage.join("message").join(id), skipped)
        .into_iter()
        .map(|(path, info)| {
            let parts = documents(&storage.join("part").join(path.file_stem().unwrap_or_default()), skipped);
            let parts: Vec<Value> = parts.into_iter().map(|(_, part)| part).collect();
            json!({ "info": info, "parts": parts })
        })
        .collect();
    json!({ "info": info, "messages": messages })
}

/// Reads the JSON files of a folder, by name. A folder that is not there has none.
fn documents(folder: &Path, skipped: &mut Vec<Skipped>) -> Vec<(PathBuf, Value)> {
    let entries = fs::read_dir(folder).into_iter().flatten().flatten().map(|entry| entry.path());
    let mut paths: Vec<PathBuf> =
        entries.filter(|path| path.extension().is_some_and(|extension| extension == "json")).collect();
    paths.sort();
    let read = paths.into_iter().filter_map(|path| {
        let value = document(&path, skipped)?;
        Some((path, value))
    });
    read.collect()
}

fn document(path: &Path, skipped: &mut Vec<Skipped>) -> Option<Value> {
    let bytes = fs::read(path).map_err(|error| format!("cannot be read: {error}"));
    match bytes.and_then(|bytes| lenient::parse(&bytes).map(|value| value.to_value())) {
        Ok(value) => Some(value),
        Err(why) => {
            skipped.push(Skipped { source: path.display().to_string(), line: None, why });
            None
        }
    }
}
