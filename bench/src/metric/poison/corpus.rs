//! The rows and campaigns: those of the shared corpora where they are present, else a small set of our own.

use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use serde::Deserialize;
use serde::de::DeserializeOwned;

use crate::data::workspace_root;

/// One text in one channel.
#[derive(Clone, Debug, Deserialize)]
pub struct Row {
    /// Its name.
    pub id: String,
    /// `malicious` or `benign`.
    pub label: String,
    /// What kind of attack, or of harmless text.
    pub family: String,
    /// By which way it comes in.
    pub channel: String,
    /// The text.
    pub text: String,
    /// What must never show up in memory.
    pub canary: String,
}

impl Row {
    /// Whether it must be kept out.
    pub fn is_hostile(&self) -> bool {
        self.label == "malicious"
    }
}

/// One attempt to bring a claim into memory over several sessions.
#[derive(Clone, Debug, Deserialize)]
pub struct Campaign {
    /// Its name.
    pub id: String,
    /// What it is about.
    pub name: String,
    /// What it wants to be remembered.
    pub claim: String,
    /// Its sessions.
    pub sessions: Vec<Appearance>,
    /// Whether the claim may be remembered at all.
    pub expect_promote: bool,
    /// For whom at most: `none`, `user:NAME`, `workspace`.
    pub max_scope: String,
}

/// How a campaign shows up in one session.
#[derive(Clone, Debug, Deserialize)]
pub struct Appearance {
    /// For whom the session runs.
    pub principal: String,
    /// By which way the text comes in.
    pub channel: String,
    /// Where it is from.
    pub origin: String,
    /// The text.
    pub text: String,
}

/// Rows and campaigns.
#[derive(Clone, Debug)]
pub struct Corpus {
    /// Where they come from, in words.
    pub source: String,
    /// The rows.
    pub rows: Vec<Row>,
    /// The campaigns.
    pub campaigns: Vec<Campaign>,
}

/// Returns the folder of the shared corpora, if it is present.
pub fn shared() -> Option<PathBuf> {
    let shared = std::env::var_os("SOMNIUM_SHARED");
    let shared = shared.map_or_else(|| workspace_root().join("../shared"), PathBuf::from);
    Some(shared.join("security/corpus")).filter(|folder| folder.join("injections.jsonl").is_file())
}

/// Reads the shared corpora, or our own where they are absent.
///
/// # Errors
///
/// If a file cannot be read.
pub fn load() -> Result<Corpus> {
    match shared() {
        Some(folder) => read("the shared corpora", &folder),
        None => own(),
    }
}

/// Reads our own rows and campaigns.
///
/// # Errors
///
/// If a file cannot be read.
pub fn own() -> Result<Corpus> {
    read("our own rows", &workspace_root().join("bench/fixtures/poison"))
}

fn read(source: &str, folder: &Path) -> Result<Corpus> {
    let rows = lines(&folder.join("injections.jsonl"))?;
    let campaigns = lines(&folder.join("campaigns.jsonl"))?;
    Ok(Corpus { source: source.to_owned(), rows, campaigns })
}

fn lines<T: DeserializeOwned>(path: &Path) -> Result<Vec<T>> {
    let text = std::fs::read_to_string(path).with_context(|| format!("cannot read `{}`", path.display()))?;
    let lines = text.lines().filter(|line| !line.trim().is_empty());
    lines.map(|line| serde_json::from_str(line).with_context(|| format!("in `{}`", path.display()))).collect()
}
