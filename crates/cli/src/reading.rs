//! Reads and normalises the sessions of a dream, several files at a time.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Mutex, MutexGuard, PoisonError};

use rayon::prelude::*;
use serde::{Deserialize, Serialize};
use somnium_dream::{Normalised, Options, normalise};
use somnium_transcript::FileReport;
use somnium_types::{Skipped, Timestamp};

use crate::cache::{Cache, CacheArgs, Kept, Key};
use crate::fault::{Fault, NOTHING_READ};
use crate::input::{Source, read_all};
use crate::progress::Progress;
use crate::words::count;

/// What came of reading.
pub(crate) struct Reading {
    /// The sessions, in no particular order: the engine sorts them.
    pub(crate) sessions: Vec<Normalised>,
    /// What was read, in figures.
    pub(crate) inputs: Inputs,
    /// What was not, in the order of the files.
    pub(crate) skipped: Vec<Skipped>,
}

/// What was read, in figures. Kept in the record of the run.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(crate) struct Inputs {
    /// Files that gave at least one session.
    pub(crate) files: u64,
    /// Sessions in them.
    pub(crate) sessions: u64,
    /// Events in those.
    pub(crate) events: u64,
    /// Sessions by format.
    pub(crate) formats: BTreeMap<String, u64>,
    /// Distinct agents.
    pub(crate) agents: u64,
    /// Distinct people.
    pub(crate) principals: u64,
    /// Sessions of another agent or team than were asked for.
    #[serde(default)]
    pub(crate) others: u64,
    /// The first event's time.
    pub(crate) from: Option<Timestamp>,
    /// The last event's time.
    pub(crate) to: Option<Timestamp>,
}

/// Reads `sources`; sessions are normalised on the threads that read them. Files that have not changed since they
/// were last read are taken from the cache.
///
/// # Errors
///
/// SOM001 where not one session could be read.
pub(crate) fn read(sources: &[Source], options: &Options, cache: CacheArgs) -> Result<Reading, Fault> {
    let progress = Progress::start("reading");
    let cache = cache.open(options);
    // Before a file is read: what changes while it is read must not be taken for what was read.
    let key = |source: &Source| cache.as_ref().and_then(|cache| cache.key(source.file()?));
    let keys: Vec<Option<Key>> = sources.par_iter().map(key).collect();
    let mut files: Vec<Option<Kept>> = match &cache {
        Some(cache) => kept(sources, &keys, cache, &progress),
        None => sources.iter().map(|_| None).collect(),
    };
    let missing: Vec<usize> = (0..sources.len()).filter(|at| files[*at].is_none()).collect();
    for (at, file) in missing.iter().zip(read_anew(sources, &missing, options, &progress)) {
        files[*at] = Some(file);
    }
    progress.finish();
    let files: Vec<Kept> = files.into_iter().flatten().collect();
    if let Some(cache) = cache {
        let new: Vec<(Key, &Kept)> = missing
            .iter()
            .filter_map(|at| Some((keys[*at]?, &files[*at])))
            .filter(|(_, file)| file.is_worth_keeping())
            .collect();
        cache.add(&new);
    }
    together(files, options)
}

/// Returns what the cache holds, by source.
fn kept(sources: &[Source], keys: &[Option<Key>], cache: &Cache, progress: &Progress) -> Vec<Option<Kept>> {
    let wanted: Vec<(usize, String, Key)> = keys
        .iter()
        .enumerate()
        .filter_map(|(at, key)| Some((at, sources[at].file()?.display().to_string(), (*key)?)))
        .collect();
    let files: Mutex<Vec<Option<Kept>>> = Mutex::new(sources.iter().map(|_| None).collect());
    cache.find(&wanted, &|at, file| {
        progress.add(file.report.events);
        lock(&files)[at] = Some(file);
    });
    files.into_inner().unwrap_or_else(PoisonError::into_inner)
}

/// Reads the sources with the numbers `which`, and returns them in that order.
fn read_anew(sources: &[Source], which: &[usize], options: &Options, progress: &Progress) -> Vec<Kept> {
    let wanted: Vec<&Source> = which.iter().map(|at| &sources[*at]).collect();
    let read: Mutex<Vec<(usize, Normalised, String)>> = Mutex::default();
    let reports = read_all(&wanted, &|at, transcript| {
        let session = normalise(&transcript, options);
        progress.add(transcript.events.len() as u64);
        lock(&read).push((at, session, transcript.source.format));
    });
    let empty = |report| Kept { report, formats: BTreeMap::new(), sessions: Vec::new() };
    let mut files: Vec<Kept> = reports.into_iter().map(empty).collect();
    for (at, session, format) in read.into_inner().unwrap_or_else(PoisonError::into_inner) {
        files[at].sessions.push(session);
        *files[at].formats.entry(format).or_default() += 1;
    }
    for file in &mut files {
        // They came in any order; what is kept of a file should not depend on it.
        file.sessions.sort_by(|a, b| (&a.id, &a.content_hash).cmp(&(&b.id, &b.content_hash)));
    }
    files
}

/// A poisoned lock means that another thread panicked while adding: what was added is whole.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

fn together(files: Vec<Kept>, options: &Options) -> Result<Reading, Fault> {
    let (mut sessions, mut reports, mut formats) = (Vec::new(), Vec::new(), BTreeMap::new());
    for file in files {
        sessions.extend(file.sessions);
        reports.push(file.report);
        for (format, count) in file.formats {
            *formats.entry(format).or_default() += count;
        }
    }
    let others = sessions.iter().filter(|session| !is_asked_for(session, options)).count() as u64;
    let inputs = Inputs { formats, others, ..Inputs::of(&reports, &sessions) };
    let count = reports.len();
    let skipped: Vec<Skipped> = reports.into_iter().flat_map(|report| report.skipped).collect();
    if sessions.is_empty() {
        return Err(nothing_read(count, &skipped));
    }
    Ok(Reading { sessions, inputs, skipped })
}

/// Whether `session` is of the agent and the team that `options` name, as the engine will see it.
fn is_asked_for(session: &Normalised, options: &Options) -> bool {
    options.agent.as_ref().is_none_or(|agent| session.agent == *agent)
        && options.team.as_ref().is_none_or(|team| session.team.as_ref() == Some(team))
}

impl Inputs {
    fn of(reports: &[FileReport], sessions: &[Normalised]) -> Self {
        let mut inputs = Self {
            agents: distinct(sessions.iter().map(|session| &session.agent)),
            principals: distinct(sessions.iter().filter_map(|session| session.principal.as_ref())),
            from: sessions.iter().filter_map(|session| session.started_at).min(),
            to: sessions.iter().filter_map(|session| session.ended_at).max(),
            ..Self::default()
        };
        for report in reports.iter().filter(|report| report.sessions > 0) {
            inputs.files += 1;
            inputs.sessions += report.sessions;
            inputs.events += report.events;
        }
        inputs
    }
}

/// Returns the error for input without a single session; `skipped` says what was in the way.
pub(crate) fn nothing_read(files: usize, skipped: &[Skipped]) -> Fault {
    let message = format!("no session could be read from {}", count(files as u64, "file"));
    let mut fault = Fault::new("SOM001", message).status(NOTHING_READ);
    for place in skipped.iter().take(5) {
        fault = fault.because(place_and_reason(place));
    }
    if skipped.len() > 5 {
        fault = fault.because(format!("and {} more", skipped.len() - 5));
    }
    fault
}

/// Returns `file:line: why`.
pub(crate) fn place_and_reason(skipped: &Skipped) -> String {
    match skipped.line {
        Some(line) => format!("{}:{line}: {}", skipped.source, skipped.why),
        None => format!("{}: {}", skipped.source, skipped.why),
    }
}

fn distinct<T: Ord>(items: impl Iterator<Item = T>) -> u64 {
    items.collect::<BTreeSet<_>>().len() as u64
}
