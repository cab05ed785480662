//! What a person or a program reads after a review.

use std::collections::BTreeMap;
use std::path::Path;

use serde_json::{Value, json};
use somnium_memory::store::{Folder, Proposal};
use somnium_types::DreamId;

use super::{Done, Ended, FileOutcome, Sitting, name, show};
use crate::fault::{Fault, warn};
use crate::screen::{Line, Screen};
use crate::words::{count, shell};

/// Prints how a conversation ended.
///
/// # Errors
///
/// What printing returns.
pub(crate) fn print_ended(
    ended: &Ended,
    dream: &DreamId,
    folder: &Folder,
    as_json: bool,
    screen: &mut Screen,
) -> Result<(), Fault> {
    match ended {
        Ended::Published(done) => print_done(done, dream, folder, as_json, screen),
        Ended::Kept { decided, of } if as_json => Ok(screen.json(
            &json!({ "dream": dream, "published": false, "decided": decided, "undecided": of - decided }),
        )?),
        Ended::Kept { decided, of } => {
            screen.blank()?;
            let line = format!(
                "Nothing was written. {decided} of {} kept; to go on:",
                count(*of as u64, "decision")
            );
            screen.wrapped(0, line)?;
            let command = format!("somnium memory review --memory {}", root(folder));
            Ok(screen.line(Line::from("  ").name(command))?)
        }
    }
}

/// Prints what became of a review file.
///
/// # Errors
///
/// What printing returns.
pub(crate) fn print_file(
    outcome: &FileOutcome,
    path: &Path,
    folder: &Folder,
    as_json: bool,
    screen: &mut Screen,
) -> Result<(), Fault> {
    match outcome {
        FileOutcome::Applied(dream, done) => print_done(done, dream, folder, as_json, screen),
        FileOutcome::Written(dream, items) if as_json => Ok(screen.json(
            &json!({ "dream": dream, "published": false, "file": path.display().to_string(), "undecided": items }),
        )?),
        FileOutcome::Written(_, items) => {
            let changes = count(*items as u64, "change");
            let line = format!("Nothing was written to the memory. {changes} to decide in `{}`; then:", path.display());
            screen.wrapped(0, line)?;
            let file = shell(&path.display().to_string());
            let command = format!("somnium memory review --memory {} --file {file}", root(folder));
            Ok(screen.line(Line::from("  ").name(command))?)
        }
    }
}

fn print_done(
    done: &Done,
    dream: &DreamId,
    folder: &Folder,
    as_json: bool,
    screen: &mut Screen,
) -> Result<(), Fault> {
    if let Some(first) = done.kept.first() {
        let blocks = count(done.kept.len() as u64, "block");
        warn(&format!(
            "{blocks} changed since the dream and stayed as a person left them, the first: `{first}`"
        ));
    }
    if as_json {
        return Ok(screen.json(&json!({
            "dream": dream,
            "published": true,
            "decisions": done.decisions,
            "files": done.files,
            "kept_for_people": done.kept,
        }))?);
    }
    let mut counts: BTreeMap<&str, u64> = BTreeMap::new();
    done.decisions.values().for_each(|name| *counts.entry(name.as_str()).or_default() += 1);
    let words =
        [("accept", "accepted"), ("edit", "edited"), ("reject", "rejected"), ("later", "left for later")];
    let parts = words.iter().filter_map(|(name, word)| Some(format!("{} {word}", counts.get(name)?)));
    screen.blank()?;
    screen.wrapped(
        0,
        Line::new().strong("Reviewed").plain(format!(": {}. ", parts.collect::<Vec<_>>().join(", "))).plain(
            format!("{} of `{}` changed.", count(done.files.len() as u64, "file"), folder.root().display()),
        ),
    )?;
    screen.line(Line::new().faint("  # take this back"))?;
    Ok(screen.line(Line::from("  ").name(format!("somnium dreams undo --memory {}", root(folder))))?)
}

/// Prints what waits in a folder.
///
/// # Errors
///
/// What reading the proposals returns.
pub(crate) fn list(folder: &Folder, screen: &mut Screen) -> Result<(), Fault> {
    let rows: Vec<Value> = folder.proposals()?.into_iter().map(row).collect::<Result<_, _>>()?;
    Ok(screen.json(&json!({ "waiting": rows }))?)
}

fn row(proposal: Proposal) -> Result<Value, Fault> {
    let (outdated, sha256, at) = (proposal.outdated, proposal.sha256.to_hex(), proposal.at);
    let sitting = Sitting::of(proposal)?;
    let items = sitting.items().iter().map(|item| {
        json!({
            "id": item.id,
            "happening": item.happening,
            "title": item.title,
            "path": show::place(item),
            "decision": sitting.decided(item).map(name),
            "diff": sitting.review.diff(item),
        })
    });
    let items: Vec<_> = items.collect();
    Ok(json!({ "dream": sitting.dream(), "at": at, "sha256": sha256, "outdated": outdated, "items": items }))
}

fn root(folder: &Folder) -> String {
    shell(&folder.root().display().to_string())
}
