//! M8, order invariance: the same sessions in any order, cut into files in any way, read by any number of
//! threads, give the same bytes.

use std::collections::BTreeMap;
use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use anyhow::{Context, Result};
use serde::Serialize;
use sha2::{Digest, Sha256};
use somnium_dream::{Normalised, Options, Prior, dream, normalise};
use somnium_transcript::read_files;
use somnium_types::{Body, Transcript};

use crate::chance::Chance;

/// Orders that are tried.
pub const ORDERS: u64 = 10;
/// Sessions a file that are tried.
const CHUNKS: [usize; 3] = [1, 7, 64];
/// Numbers of threads that are tried.
const THREADS: [usize; 3] = [1, 2, 4];

/// What was tried, and what it gave.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Invariance {
    /// Sessions.
    pub sessions: usize,
    /// By variant: the digest of report, memory, baselines, tombstones and ledger.
    pub digests: BTreeMap<String, String>,
    /// By control, which must differ: its digest.
    pub controls: BTreeMap<String, String>,
}

impl Invariance {
    /// Returns how many variants have the digest of the first, and how many there are.
    pub fn identical(&self) -> (usize, usize) {
        let first = self.digests.values().next();
        (self.digests.values().filter(|digest| Some(*digest) == first).count(), self.digests.len())
    }

    /// Returns how many controls differ from the first variant, and how many there are.
    pub fn controls_that_differ(&self) -> (usize, usize) {
        let first = self.digests.values().next();
        (self.controls.values().filter(|digest| Some(*digest) != first).count(), self.controls.len())
    }
}

/// Runs all variants over `files`. `scratch` is an empty folder for files that are cut anew.
///
/// # Errors
///
/// If a file cannot be read or written, or a dream fails.
pub fn measure(files: &[PathBuf], scratch: &Path) -> Result<Invariance> {
    let base = read_with(files, 1)?;
    let mut result = Invariance { sessions: base.len(), digests: BTreeMap::new(), controls: BTreeMap::new() };
    for seed in 0..ORDERS {
        let mut sessions = base.clone();
        Chance::new(seed).shuffle(&mut sessions);
        result.digests.insert(format!("order {seed}"), digest(sessions)?);
    }
    for threads in THREADS {
        let name = |what: &str| format!("{what}, {threads} threads");
        result.digests.insert(name("files as they are"), digest(read_with(files, threads)?)?);
        for chunk in CHUNKS {
            let folder = scratch.join(format!("{chunk}"));
            let cut = if folder.is_dir() { listed(&folder)? } else { cut(files, chunk, &folder)? };
            let name = name(&format!("{chunk} lines a file"));
            result.digests.insert(name, digest(read_with(&cut, threads)?)?);
        }
    }
    let mut fewer = base.clone();
    fewer.pop();
    result.controls.insert("one session less".to_owned(), digest(fewer)?);
    result.controls.insert("one event changed".to_owned(), digest(one_event_changed(files, base)?)?);
    Ok(result)
}

/// Reads files with a number of threads, in whatever order the sessions come.
fn read_with(files: &[PathBuf], threads: usize) -> Result<Vec<Normalised>> {
    let pool =
        rayon::ThreadPoolBuilder::new().num_threads(threads).build().context("cannot start threads")?;
    let options = Options::default();
    let sessions = Mutex::new(Vec::new());
    pool.install(|| {
        read_files(files, &|transcript| {
            let session = normalise(&transcript, &options);
            sessions.lock().unwrap_or_else(PoisonError::into_inner).push(session);
        })
    });
    Ok(sessions.into_inner().unwrap_or_else(PoisonError::into_inner))
}

/// Dreams, and returns a digest of everything that is kept.
fn digest(sessions: Vec<Normalised>) -> Result<String> {
    let mut dreamt = dream(sessions, Prior::default(), &Options::default()).context("the dream failed")?;
    dreamt.report.dream.seconds = 0.0;
    let mut hasher = Sha256::new();
    let counts = dreamt.tally.counts().context("the counts have no JSON form")?;
    let kept =
        (&dreamt.report, &dreamt.stages, &dreamt.baselines, &dreamt.tombstones, &dreamt.ledger, counts);
    hasher.update(serde_json::to_vec(&kept).context("the report has no JSON form")?);
    for (path, bytes) in dreamt.memory.files() {
        hasher.update(path.to_string());
        hasher.update([0]);
        hasher.update(bytes);
    }
    let digest = hasher.finalize();
    Ok(digest.iter().map(|byte| format!("{byte:02x}")).collect())
}

/// Cuts files with a session a line into files of `chunk` lines; other files are taken as they are.
fn cut(files: &[PathBuf], chunk: usize, folder: &Path) -> Result<Vec<PathBuf>> {
    fs::create_dir_all(folder).with_context(|| format!("cannot make `{}`", folder.display()))?;
    let mut others = Vec::new();
    for (at, file) in files.iter().enumerate() {
        let text = plain(file)?;
        let lines: Vec<&[u8]> = text.split(|byte| *byte == b'\n').filter(|line| !line.is_empty()).collect();
        if !lines.iter().all(|line| is_envelope(line)) {
            others.push(file.clone());
            continue;
        }
        for (part, lines) in lines.chunks(chunk).enumerate() {
            let path = folder.join(format!("{at}-{part}.jsonl"));
            let mut out =
                fs::File::create(&path).with_context(|| format!("cannot write `{}`", path.display()))?;
            for line in lines {
                out.write_all(line)?;
                out.write_all(b"\n")?;
            }
        }
    }
    let mut cut = listed(folder)?;
    // What cannot be cut is kept beside it, by its own path.
    let list = others.iter().map(|path| path.display().to_string()).collect::<Vec<_>>().join("\n");
    fs::write(folder.join("others"), list).context("cannot write the list of other files")?;
    cut.extend(others);
    Ok(cut)
}

fn listed(folder: &Path) -> Result<Vec<PathBuf>> {
    let mut files = Vec::new();
    for entry in fs::read_dir(folder).with_context(|| format!("cannot list `{}`", folder.display()))? {
        let path = entry?.path();
        if path.extension().is_some_and(|end| end == "jsonl") {
            files.push(path);
        } else if path.ends_with("others") {
            files.extend(fs::read_to_string(&path)?.lines().map(PathBuf::from));
        }
    }
    files.sort();
    Ok(files)
}

fn is_envelope(line: &[u8]) -> bool {
    line.starts_with(b"{") && line.windows(9).any(|window| window == b"\"record\":")
}

fn plain(file: &Path) -> Result<Vec<u8>> {
    let bytes = fs::read(file).with_context(|| format!("cannot read `{}`", file.display()))?;
    if bytes.starts_with(&[0x28, 0xb5, 0x2f, 0xfd]) {
        return zstd::decode_all(bytes.as_slice())
            .with_context(|| format!("cannot unpack `{}`", file.display()));
    }
    Ok(bytes)
}

/// Changes one word of the first failing result of the first session that has one.
fn one_event_changed(files: &[PathBuf], mut sessions: Vec<Normalised>) -> Result<Vec<Normalised>> {
    let failing = |session: &Normalised| {
        session.steps.iter().find_map(|step| step.result.filter(|_| step.failure.is_some()))
    };
    let first = sessions.iter().enumerate().filter_map(|(at, session)| Some((at, failing(session)?)));
    let (at, event) = first.min_by_key(|(at, _)| sessions[*at].id.clone()).context("no step failed")?;
    let id = sessions[at].id.clone();
    let found: Mutex<Option<Transcript>> = Mutex::new(None);
    read_files(files, &|transcript| {
        if transcript.id == id {
            *found.lock().unwrap_or_else(PoisonError::into_inner) = Some(transcript);
        }
    });
    let found = found.into_inner().unwrap_or_else(PoisonError::into_inner);
    let mut transcript = found.context("a session that was read once is not there again")?;
    match transcript.events.get_mut(event as usize).map(|event| &mut event.body) {
        Some(Body::ToolResult(result)) => result.text.push_str(" (changed)"),
        Some(Body::System { text, .. }) => text.push_str(" (changed)"),
        _ => anyhow::bail!("a failing step has a result that is none"),
    }
    sessions[at] = normalise(&transcript, &Options::default());
    Ok(sessions)
}
