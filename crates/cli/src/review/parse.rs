//! Reading a review file back. The proposal says what has to be in it; all else is a person's remarks.

use somnium_dream::review::{Decision, Decisions, Item, source};
use somnium_types::DreamId;

use super::{Sitting, file};

/// Words before a decision.
const DECISION: &str = "decision:";
/// How the first line begins.
const FIRST: &str = "<!-- somnium review ";

/// Which proposal a file is about.
#[derive(Debug)]
pub(super) struct Head {
    pub(super) dream: DreamId,
    pub(super) sha256: String,
}

/// Reads the first line.
pub(super) fn head(text: &str) -> Result<Head, String> {
    let first = lines(text).into_iter().find(|line| !line.trim().is_empty()).unwrap_or_default();
    let words = first.strip_prefix(FIRST).and_then(|rest| rest.strip_suffix(" -->"));
    let (dream, sha256) = words.and_then(|words| words.split_once(' ')).ok_or_else(|| {
        format!("its first line is not `{FIRST}… -->`: it is no review file, or its head was changed")
    })?;
    Ok(Head { dream: dream.into(), sha256: sha256.to_owned() })
}

/// Reads every decision.
///
/// # Errors
///
/// Everything that is wrong with the file.
pub(super) fn decisions(text: &str, sitting: &Sitting) -> Result<Decisions, Vec<String>> {
    let lines = lines(text);
    let sha256 = sitting.proposal.sha256.to_hex();
    let (mut decisions, mut wrong) = (Decisions::new(), Vec::new());
    let starts: Vec<_> =
        sitting.items().iter().map(|item| find(&lines, &file::mark(&sha256, "item", item))).collect();
    let mut borders: Vec<usize> = starts.iter().flat_map(|at| at.as_ref().ok()).copied().collect();
    borders.sort_unstable();
    for (item, start) in sitting.items().iter().zip(starts) {
        let read = start.and_then(|start| {
            let end = borders.iter().copied().find(|border| *border > start).unwrap_or(lines.len());
            section(&lines[start + 1..end], start + 2, item, &sha256)
        });
        match read {
            Ok(decision) => match sitting.review.check(&item.id, &decision) {
                Ok(()) => {
                    decisions.insert(item.id.clone(), decision);
                }
                Err(error) => {
                    let cause = std::error::Error::source(&error);
                    wrong.push(cause.map_or(error.to_string(), |cause| format!("{error}: {cause}")));
                }
            },
            Err(why) => wrong.push(format!("`{}`: {why}", item.id)),
        }
    }
    if wrong.is_empty() { Ok(decisions) } else { Err(wrong) }
}

/// Reads one section, whose first line is line `first` of the file.
fn section(lines: &[&str], first: usize, item: &Item, sha256: &str) -> Result<Decision, String> {
    let at = lines.iter().position(|line| !line.trim().is_empty());
    let at = at.ok_or("its section is empty")?;
    let line = lines[at].trim();
    // An editor may have made a list or bold text of it.
    let bare: String = line.chars().filter(|c| !matches!(c, '*' | '`')).collect();
    let bare = bare.trim().trim_start_matches("- ").to_lowercase();
    let Some(decision) = bare.strip_prefix(DECISION).map(str::trim) else {
        return Err(format!("line {}: `{DECISION} …` has to stand there", first + at));
    };
    let text = written(lines, item, sha256)?;
    match (decision, text) {
        ("accept" | "edit", Some(text)) => Ok(Decision::Edit(text)),
        ("accept", None) => Ok(Decision::Accept),
        ("edit", None) => Err("its text is the dream's still: change it, or say `accept`".to_owned()),
        ("reject" | "later", Some(_)) => {
            Err(format!("its text was changed, and its decision is `{decision}`: `accept` writes your words"))
        }
        ("reject", None) => Ok(Decision::Reject),
        ("later", None) => Ok(Decision::Later),
        ("", _) => Err(format!("line {}: no decision; say `accept`, `reject` or `later`", first + at)),
        _ => Err(format!(
            "line {}: `{}` is none of `accept`, `reject`, `later`",
            first + at,
            somnium_memory::visible(decision)
        )),
    }
}

/// Returns a section's text where a person changed it.
fn written(lines: &[&str], item: &Item, sha256: &str) -> Result<Option<String>, String> {
    let block = item.after.as_ref().filter(|_| item.can_be_edited().is_ok());
    let Some(block) = block else { return Ok(None) };
    let begin = find(lines, &file::mark(sha256, "text", item))?;
    let end = find(lines, &file::mark(sha256, "end", item))?;
    let text = lines.get(begin + 1..end).ok_or("its text ends before it begins")?.join("\n");
    Ok((text.trim() != source(block).trim()).then_some(text))
}

/// Returns where a mark stands; it has to be there once.
fn find(lines: &[&str], mark: &str) -> Result<usize, String> {
    let mut found = lines.iter().enumerate().filter(|(_, line)| line.trim_end() == mark).map(|(at, _)| at);
    match (found.next(), found.next()) {
        (Some(at), None) => Ok(at),
        (None, _) => Err(format!("the line `{mark}` is missing or was changed")),
        (Some(_), Some(_)) => Err(format!("the line `{mark}` is there twice")),
    }
}

/// Returns the lines, whatever ends them.
fn lines(text: &str) -> Vec<&str> {
    text.trim_start_matches('\u{feff}').lines().collect()
}
