//! Whether a folder's history is the one that was written.

use serde::Serialize;

use super::super::disk::hash_if_there;
use super::super::{Layout, StoreError};
use super::chain::{Log, Seal};
use super::witness::Head;
use crate::MemoryPath;
use somnium_types::Sha256Hex;

/// What was found when a folder's history was checked.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Standing {
    /// Lines of the log.
    pub lines: u64,
    /// Lines whose words were erased on purpose.
    pub erased: u64,
    /// Whether the witness knew the folder: otherwise only that the history is whole in itself could be told.
    pub witnessed: bool,
    /// What is not as it was written; empty where all is.
    pub findings: Vec<Finding>,
}

/// Something in a folder's history that is not as it was written.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Finding {
    /// Where: a line of the log, or a file under `.somnium`.
    pub place: String,
    /// What is wrong there.
    pub why: String,
    /// Whether it may be another machine's honest work, which a person can accept.
    pub acceptable: bool,
}

impl Finding {
    fn tampered(place: impl Into<String>, why: impl Into<String>) -> Self {
        Self { place: place.into(), why: why.into(), acceptable: false }
    }
}

impl Standing {
    /// Whether everything is as it was written.
    pub fn is_sound(&self) -> bool {
        self.findings.is_empty()
    }

    /// Checks the chain against what the witness saw, and the state against the chain.
    pub(in crate::store) fn of(
        log: &Log,
        state: Option<&Sha256Hex>,
        seal: &Seal,
        head: Option<&Head>,
    ) -> Self {
        let erased = log.lines.iter().filter(|line| line.entry.is_none()).count() as u64;
        let mut standing =
            Self { lines: log.lines.len() as u64, erased, witnessed: head.is_some(), findings: Vec::new() };
        let found = &mut standing.findings;
        if let Some((seq, why)) = log.broken(seal) {
            found.push(Finding::tampered(format!("line {} of the log", seq + 1), why));
        }
        if let Some(head) = head {
            match usize::try_from(head.seq).ok().and_then(|seq| log.lines.get(seq)) {
                None => found.push(Finding::tampered(
                    "the end of the log",
                    format!(
                        "it has {} lines, and had {}: an older history was put in its place",
                        log.lines.len(),
                        head.seq + 1
                    ),
                )),
                Some(_)
                    if log.links().nth(usize::try_from(head.seq).unwrap_or(usize::MAX)).as_ref()
                        != Some(&head.link) =>
                {
                    found.push(Finding::tampered(
                        format!("line {} of the log", head.seq + 1),
                        "it is another one than this machine saw last",
                    ))
                }
                Some(_) => {}
            }
        }
        // Where the witness does not know the folder, which may have been moved, what this machine wrote it has seen.
        let seen = head.map(|head| head.seq).or_else(|| log.last_of_ours(seal));
        let foreign = seen.map_or(0, |seen| log.foreign(seen.saturating_add(1), seal));
        if foreign > 0 && found.is_empty() {
            found.push(Finding {
                place: "the end of the log".to_owned(),
                why: format!("{foreign} of its lines were written elsewhere, with another key"),
                acceptable: true,
            });
        }
        let known = log.entries().rev().find_map(|(_, entry)| entry.state.as_ref());
        if let Some(known) = known.filter(|known| Some(*known) != state) {
            let why = match state {
                Some(_) => "it is not what was written last".to_owned(),
                None => format!("it is gone; it was {}…", known.prefix(8)),
            };
            found.push(Finding::tampered(".somnium/state.json", why));
        }
        standing
    }

    /// Checks every further file that the log speaks of.
    ///
    /// # Errors
    /// [`StoreError::Read`].
    pub(in crate::store) fn check_files(&mut self, log: &Log, layout: &Layout) -> Result<(), StoreError> {
        let mut last = std::collections::BTreeMap::new();
        for (_, entry) in log.entries() {
            last.extend(&entry.machine);
        }
        for (name, sha256) in last {
            // The name comes from a file: nothing is looked at outside the machine's folder.
            if MemoryPath::new(name).is_err() {
                self.findings
                    .push(Finding::tampered("the log", format!("it names `{}`", crate::visible(name))));
                continue;
            }
            let now = hash_if_there(&layout.machine().join(name))?;
            if now != *sha256 {
                let why = if now.is_some() { "it is not what was written" } else { "it is gone" };
                self.findings.push(Finding::tampered(format!(".somnium/{name}"), why));
            }
        }
        Ok(())
    }
}
