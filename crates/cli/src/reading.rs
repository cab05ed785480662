//! Reads and normalises the sessions of a dream, several files at a time.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Mutex;

use serde::{Deserialize, Serialize};
use somnium_dream::{Normalised, Options, normalise};
use somnium_transcript::FileReport;
use somnium_types::{Skipped, Timestamp};

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

/// Reads `sources`; sessions are normalised on the threads that read them.
///
/// # Errors
///
/// SOM001 where not one session could be read.
pub(crate) fn read(sources: &[Source], options: &Options) -> Result<Reading, Fault> {
    let progress = Progress::start("reading");
    let read = Mutex::new((Vec::new(), BTreeMap::new()));
    let reports = read_all(sources, &|transcript| {
        let session = normalise(&transcript, options);
        progress.add(transcript.events.len() as u64);
        // A poisoned lock means that another thread panicked while adding: what was added is whole.
        let (sessions, formats) = &mut *read.lock().unwrap_or_else(|poisoned| poisoned.into_inner());
        sessions.push(session);
        *formats.entry(transcript.source.format).or_default() += 1;
    });
    progress.finish();
    let (sessions, formats) = read.into_inner().unwrap_or_else(|poisoned| poisoned.into_inner());
    let others = sessions.iter().filter(|session| !is_asked_for(session, options)).count() as u64;
    let inputs = Inputs { formats, others, ..Inputs::of(&reports, &sessions) };
    let skipped: Vec<Skipped> = reports.into_iter().flat_map(|report| report.skipped).collect();
    if sessions.is_empty() {
        return Err(nothing_read(sources.len(), &skipped));
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
