//! The entries of a memory, with whose they are and what they say.

use std::collections::BTreeSet;

use somnium_memory::{Entry, Memory, redact};

use super::reading::{self, Reading};
use super::records::QUESTIONS;
use super::reference::{self, Reference};
use super::report::EntryOwner;
use crate::Options;
use crate::evidence::is_invisible;
use crate::normalise::Normalised;
use crate::proposal::QUARANTINE_FILE;
use crate::propose::ARCHIVE;

/// One entry that was found.
#[derive(Clone, Debug)]
pub(super) struct Found {
    pub(super) entry: Entry,
    pub(super) owner: EntryOwner,
    pub(super) reading: Reading,
    /// What the headings above it and its file's name add to what it is about.
    pub(super) context: BTreeSet<String>,
    /// What it names.
    pub(super) references: Vec<Reference>,
}

impl Found {
    /// Whether a dream may change it.
    pub(super) fn is_ours_to_change(&self) -> bool {
        self.owner == EntryOwner::Agent && self.may_be_copied()
    }

    /// Whether its text may stand elsewhere: no secret, nothing unseen, no marker.
    pub(super) fn may_be_copied(&self) -> bool {
        let text = &self.entry.text;
        let is_unseen = |c: char| c.is_control() || is_invisible(c);
        redact::is_clean(text) && !text.contains("<!--") && !text.contains(is_unseen)
    }

    /// Whether two entries can be about the same: neither's headings say more than the other's.
    pub(super) fn shares_context(&self, other: &Self) -> bool {
        self.context.is_subset(&other.context) || other.context.is_subset(&self.context)
    }
}

/// The files that dreams keep for people to look into: what stands there beside blocks is no memory.
fn is_of_dreams(path: &str) -> bool {
    path.starts_with(ARCHIVE) || path == QUESTIONS || path == QUARANTINE_FILE
}

/// Returns the entries of a memory in order. `amended` are those whose words are a dream's.
pub(super) fn find(
    memory: &Memory,
    sessions: &[&Normalised],
    amended: &BTreeSet<(String, u64)>,
    options: &Options,
) -> Vec<Found> {
    let entries = memory.entries().into_iter().filter(|entry| !is_of_dreams(entry.path.as_str()));
    let written = sessions.iter().flat_map(|session| &session.written);
    let written = written.map(|written| (written.file.as_str(), written.fingerprint));
    let amended = amended.iter().map(|(file, fingerprint)| (file.as_str(), *fingerprint));
    let agents: BTreeSet<(&str, u64)> = written.chain(amended).collect();
    entries.map(|entry| of_entry(entry, &agents, options)).collect()
}

/// Returns the name of an entry's file, in lower case.
pub(super) fn file_of(entry: &Entry) -> String {
    entry.path.as_str().rsplit('/').next().unwrap_or_default().to_lowercase()
}

fn of_entry(entry: Entry, agents: &BTreeSet<(&str, u64)>, options: &Options) -> Found {
    let name = file_of(&entry);
    let is_agents =
        options.agent_files.contains(&entry.path) || agents.contains(&(name.as_str(), entry.fingerprint()));
    let reading = reading::read(&entry.text);
    // The outermost heading names the file.
    let mut context = reading::context_words(entry.path.stem());
    for heading in &entry.headings {
        context.extend(reading::context_words(heading));
    }
    let references = reference::of(&entry.text, &reading);
    let owner = if is_agents { EntryOwner::Agent } else { EntryOwner::Person };
    Found { entry, owner, reading, context, references }
}
