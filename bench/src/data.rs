//! Finds the sessions that are measured, and reads them.

use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use anyhow::{Context, bail};
use somnium_dream::{Normalised, Options, normalise};
use somnium_transcript::{FileReport, paths, read_files};

/// How the files of the development sets end.
const SUFFIX: &str = "-dev.jsonl.zst";

/// Sessions that one store would hold: a benchmark's runs, a team's work.
#[derive(Clone, Debug)]
pub struct SessionSet {
    /// Its name in the report.
    pub name: String,
    /// Its files.
    pub files: Vec<PathBuf>,
}

/// The sets of a run.
#[derive(Clone, Debug)]
pub struct Sets {
    /// Where they come from, in words.
    pub source: String,
    /// By name.
    pub sets: Vec<SessionSet>,
    /// What was looked for and is not there.
    pub skipped: Option<String>,
}

/// The root of the checkout that this was built from.
pub fn workspace_root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

/// Finds the sets: those in `folder` if one is given, else the shared development sets
/// (`$SOMNIUM_SHARED`, or `shared/` beside the checkout), else the sessions in `examples/`.
///
/// # Errors
///
/// If there is not one file to read.
pub fn find(folder: Option<&Path>) -> anyhow::Result<Sets> {
    if let Some(folder) = folder {
        return Ok(Sets { source: folder.display().to_string(), sets: sets_in(folder)?, skipped: None });
    }
    let root = workspace_root();
    let shared = std::env::var_os("SOMNIUM_SHARED").map_or_else(|| root.join("../shared"), PathBuf::from);
    let sessions = shared.join("data/sessions");
    if sessions.is_dir() {
        let source = "the public development sets".to_owned();
        return Ok(Sets { source, sets: sets_in(&sessions)?, skipped: None });
    }
    let skipped = "the public development sets are not present beside the checkout".to_owned();
    let sets = sets_in(&root.join("examples/sessions"))?;
    Ok(Sets { source: "the example sessions".to_owned(), sets, skipped: Some(skipped) })
}

/// Every `<name>-dev.jsonl.zst` is a set; where there is none, every sub-folder is one; where there is none
/// either, the folder is.
fn sets_in(folder: &Path) -> anyhow::Result<Vec<SessionSet>> {
    let mut entries: Vec<PathBuf> = std::fs::read_dir(folder)
        .with_context(|| format!("cannot list `{}`", folder.display()))?
        .collect::<Result<Vec<_>, _>>()
        .with_context(|| format!("cannot list `{}`", folder.display()))?
        .into_iter()
        .map(|entry| entry.path())
        .collect();
    entries.sort();
    let name = |path: &Path| path.file_name().map(|name| name.to_string_lossy().into_owned());
    let dev = entries.iter().filter_map(|path| {
        let name = name(path)?.strip_suffix(SUFFIX)?.to_owned();
        Some(SessionSet { name, files: vec![path.clone()] })
    });
    let mut sets: Vec<SessionSet> = dev.collect();
    if sets.is_empty() {
        for path in entries.iter().filter(|path| path.is_dir()) {
            let files = paths::expand(std::slice::from_ref(path))?;
            sets.extend(name(path).map(|name| SessionSet { name, files }));
        }
    }
    if sets.is_empty() {
        let files = paths::expand(&[folder.to_owned()])?;
        sets.extend(name(folder).map(|name| SessionSet { name, files }));
    }
    sets.retain(|set| !set.files.is_empty());
    if sets.is_empty() {
        bail!("there is no session file in `{}`", folder.display());
    }
    Ok(sets)
}

/// One set in memory.
#[derive(Clone, Debug)]
pub struct Loaded {
    /// The set's name.
    pub name: String,
    /// Its sessions, by id; of a session that is there twice, the longer version.
    pub sessions: Vec<Normalised>,
    /// What became of its files.
    pub reports: Vec<FileReport>,
}

impl Loaded {
    /// Returns several sets as one.
    pub fn merged(name: &str, sets: &[Self]) -> Self {
        let sessions = sets.iter().flat_map(|set| set.sessions.iter().cloned()).collect();
        Self { name: name.to_owned(), sessions, reports: Vec::new() }
    }
}

/// Reads and normalises a set, as a dream does.
pub fn load(set: &SessionSet) -> Loaded {
    let options = Options::default();
    let sessions = Mutex::new(Vec::new());
    let reports = read_files(&set.files, &|transcript| {
        let session = normalise(&transcript, &options);
        sessions.lock().unwrap_or_else(PoisonError::into_inner).push(session);
    });
    let mut sessions = sessions.into_inner().unwrap_or_else(PoisonError::into_inner);
    sort_and_dedup(&mut sessions);
    Loaded { name: set.name.clone(), sessions, reports }
}

/// Sorts by id, and keeps the longest version of a session.
pub fn sort_and_dedup(sessions: &mut Vec<Normalised>) {
    sessions.sort_by(|a, b| {
        let key = |s: &Normalised| (std::cmp::Reverse(s.events), s.content_hash.clone());
        a.id.cmp(&b.id).then_with(|| key(a).cmp(&key(b)))
    });
    sessions.dedup_by(|later, first| later.id == first.id);
}
