//! `view`.

use std::collections::BTreeMap;

use super::path::{ROOT, Reach, Target, target};
use super::{Refusal, refuse};
use crate::{Memory, MemoryPath, is_text};

/// Most lines of a file that is shown, by the tool's documentation.
pub const MAX_LINES: usize = 999_999;
/// Columns of a line's number.
const NUMBER_WIDTH: usize = 6;
/// Most bytes shown at once: as many as a file may have that this tool writes, and its numbers. Larger files of people
/// are read in parts.
pub const MAX_VIEW_BYTES: usize = 2 << 20;
/// Levels of a folder that are listed.
const LEVELS: usize = 2;
/// A folder that is never listed.
const PASSED_OVER: &str = "node_modules";

/// Shows a file or a folder.
pub(super) fn view(
    memory: &Memory,
    reach: &Reach,
    path: &str,
    range: Option<&[i64]>,
) -> Result<String, Refusal> {
    let missing = || refuse(format!("The path {path} does not exist. Please provide a valid path."));
    match target(path, reach)? {
        Target::Root => Ok(folder(memory, reach, path, "")),
        Target::Path(file) => match memory.get(&file) {
            Some(bytes) => self::file(path, bytes, range),
            None if is_folder(memory, &file) => Ok(folder(memory, reach, path, file.as_str())),
            None => missing(),
        },
    }
}

/// Returns whether files lie below `path`.
pub(super) fn is_folder(memory: &Memory, path: &MemoryPath) -> bool {
    let prefix = format!("{path}/");
    memory.files().any(|(file, _)| file.as_str().starts_with(&prefix))
}

fn folder(memory: &Memory, reach: &Reach, path: &str, folder: &str) -> String {
    let inside = if folder.is_empty() { String::new() } else { format!("{folder}/") };
    let (mut total, mut sizes) = (0, BTreeMap::new());
    for (file, bytes) in memory.files().filter(|(file, _)| reach.allows(file.as_str())) {
        let Some(rest) = file.as_str().strip_prefix(&inside) else { continue };
        let parts: Vec<&str> = rest.split('/').collect();
        if parts.contains(&PASSED_OVER) {
            continue;
        }
        total += bytes.len() as u64;
        for depth in 1..=parts.len().min(LEVELS) {
            // A folder's size is that of what is in it; `/` at its end tells it from a file.
            let end = if depth < parts.len() { "/" } else { "" };
            *sizes.entry(format!("{}{end}", parts[..depth].join("/"))).or_insert(0) += bytes.len() as u64;
        }
    }
    let at = path.strip_suffix('/').unwrap_or(path);
    let at = if at.is_empty() { ROOT } else { at };
    let mut lines = vec![
        format!(
            "Here're the files and directories up to 2 levels deep in {path}, excluding hidden items and \
             node_modules:"
        ),
        format!("{}\t{at}", size(total)),
    ];
    lines.extend(sizes.iter().map(|(name, bytes)| format!("{}\t{at}/{name}", size(*bytes))));
    lines.join("\n")
}

/// A size for people: `512B`, `5.5K`, `1.2M`.
fn size(bytes: u64) -> String {
    let units = ["B", "K", "M", "G"];
    let unit = (0..units.len()).rev().find(|unit| bytes >> (10 * unit) > 0).unwrap_or(0);
    let whole = 1_u64 << (10 * unit);
    if bytes.is_multiple_of(whole) {
        format!("{}{}", bytes / whole, units[unit])
    } else {
        // Tenths, rounded half up, in whole numbers.
        let tenths = (bytes * 10 + whole / 2) / whole;
        format!("{}.{}{}", tenths / 10, tenths % 10, units[unit])
    }
}

fn file(path: &str, bytes: &[u8], range: Option<&[i64]>) -> Result<String, Refusal> {
    if !is_text(bytes) {
        return refuse(format!("Unsupported file type for {path}"));
    }
    let text = String::from_utf8_lossy(bytes);
    let lines: Vec<&str> = text.split('\n').map(|line| line.strip_suffix('\r').unwrap_or(line)).collect();
    if lines.len() > MAX_LINES {
        return refuse(format!("File {path} exceeds maximum line limit of 999,999 lines."));
    }
    let (first, last) = match range {
        Some(&[first, last]) => {
            let at = |line: i64| usize::try_from(line).unwrap_or(0).min(lines.len());
            (at(first.max(1) - 1), if last == -1 { lines.len() } else { at(last) })
        }
        _ => (0, lines.len()),
    };
    let shown = numbered(&lines, first, last);
    if shown.len() > MAX_VIEW_BYTES {
        return refuse(format!(
            "Error: File {path} is too large to be shown at once: {} lines. View it in parts with `view_range`.",
            lines.len()
        ));
    }
    Ok(format!("Here's the content of {path} with line numbers:\n{shown}"))
}

/// The lines from `first` (from 0) up to `last`, with their numbers from 1.
pub(super) fn numbered(lines: &[&str], first: usize, last: usize) -> String {
    let lines = lines.iter().enumerate().take(last).skip(first);
    let lines: Vec<String> =
        lines.map(|(index, line)| format!("{:>NUMBER_WIDTH$}\t{line}", index + 1)).collect();
    lines.join("\n")
}
