//! The claims that are looked for, from wherever they were kept.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use serde_json::Value;
use somnium_dream::{Normalised, Report};

use crate::fault::Fault;
use crate::memory_folder::{dream_or_latest, open_existing, record};

/// Reads the report of a dream: of the file `claims`, or of the dream of that name in a memory folder.
///
/// # Errors
///
/// SOM002 for a file that cannot be read, SOM030 for one that is not the report of a dream; SOM020 for a dream
/// that is not in the folder.
pub(super) fn read(claims: &Path, memory: Option<&Path>) -> Result<Report, Fault> {
    if let Some(memory) = memory {
        let folder = open_existing(memory)?;
        let dream = dream_or_latest(&folder, Some(&claims.to_string_lossy()))?;
        return Ok(record(&folder, &dream.id)?.report);
    }
    let name = claims.display();
    let text = fs::read_to_string(claims)
        .map_err(|error| Fault::new("SOM002", format!("`{name}` cannot be read")).because(error))?;
    let wrong = |why: serde_json::Error| {
        Fault::new("SOM030", format!("`{name}` does not hold the claims of a dream"))
            .because(why)
            .hint("`somnium dream SESSIONS --memory DIR --json` prints them")
    };
    let mut value: Value = serde_json::from_str(&text).map_err(wrong)?;
    // The record of a run holds the report beside what else there is to know.
    let report = match value.get_mut("report") {
        Some(report) => report.take(),
        None => value,
    };
    serde_json::from_value(report).map_err(wrong)
}

/// Returns how many of `sessions` the claims cite.
pub(super) fn cited(report: &Report, sessions: &[&Normalised]) -> u64 {
    let places = report.claims.iter().flat_map(|claim| &claim.evidence);
    let cited: BTreeSet<_> = places.map(|place| &place.session_id).collect();
    sessions.iter().filter(|session| cited.contains(&session.id)).count() as u64
}
