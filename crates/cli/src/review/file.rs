//! The review file: a proposal as Markdown that a person, or a pull request, decides.
//!
//! What was quoted from sessions cannot decide anything. Sections and texts stand between marks that are made from the
//! hash of the whole proposal, which no session can know; a decision counts only on its own line right behind such a
//! mark; quotations stand in fences that are longer than any in them.

use std::fmt::Write as _;
use std::fs;
use std::path::Path;

use somnium_dream::review::{Item, source};
use somnium_memory::store::{Folder, create_file};
use somnium_memory::visible;
use somnium_types::{DreamId, sha256_hex};

use super::{Done, Sitting, name, parse, show};
use crate::fault::Fault;
use crate::words::{count, shell};

/// Digits of a mark.
const DIGITS: usize = 16;

/// What became of a review file.
pub(crate) enum FileOutcome {
    /// It was written, with so many items.
    Written(DreamId, usize),
    /// It was carried out.
    Applied(DreamId, Done),
}

/// Carries a review file out, or writes it for `sitting` where there is none.
///
/// # Errors
///
/// SOM017 for a file that cannot be carried out, with everything that is wrong in it; SOM002 and SOM011 where it cannot
/// be read or written.
pub(crate) fn apply_or_write(
    path: &Path,
    folder: &mut Folder,
    sitting: Option<Sitting>,
) -> Result<FileOutcome, Fault> {
    if let Some(text) = read(path)? {
        return apply(path, &text, folder);
    }
    let Some(sitting) = sitting else {
        let message = format!("`{}` does not exist, and nothing waits for a review", path.display());
        return Err(Fault::new("SOM002", message)
            .hint("`somnium dream SESSIONS --memory DIR --review-file FILE` dreams and writes one"));
    };
    write(path, &text(&sitting, folder, path))?;
    Ok(FileOutcome::Written(sitting.dream().clone(), sitting.items().len()))
}

fn apply(path: &Path, text: &str, folder: &mut Folder) -> Result<FileOutcome, Fault> {
    let unusable = |why: &[String]| {
        let mut fault =
            Fault::new("SOM017", format!("`{}` cannot be carried out; nothing was changed", path.display()));
        for why in why {
            fault = fault.because(why);
        }
        fault
    };
    let named = parse::head(text).map_err(|why| unusable(&[why]))?;
    let proposal = folder.proposal(&named.dream)?;
    if proposal.sha256.to_hex() != named.sha256 {
        let why = "it was written for another proposal of the same dream".to_owned();
        return Err(unusable(&[why])
            .hint("`somnium memory review --file NEW` writes a file for the proposal that waits"));
    }
    let mut sitting = Sitting::of(proposal)?;
    sitting.decisions = parse::decisions(text, &sitting).map_err(|why| unusable(&why))?;
    let done = sitting.publish(folder)?;
    Ok(FileOutcome::Applied(named.dream, done))
}

fn read(path: &Path) -> Result<Option<String>, Fault> {
    let cannot = |error: &dyn std::error::Error| {
        Fault::new("SOM002", format!("`{}` cannot be read", path.display())).because(error)
    };
    match fs::read(path) {
        Ok(bytes) => String::from_utf8(bytes).map(Some).map_err(|error| cannot(&error.utf8_error())),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(cannot(&error)),
    }
}

/// Whole or not at all, and never over what somebody put there meanwhile.
fn write(path: &Path, text: &str) -> Result<(), Fault> {
    Ok(create_file(path, text.as_bytes())?)
}

/// Returns the mark of one part of the file of a proposal.
pub(super) fn mark(sha256: &str, part: &str, item: &Item) -> String {
    let digest = sha256_hex([sha256, part, &item.id].join("\0").as_bytes());
    format!("<!-- somnium {part} {} {} -->", item.id, digest.prefix(DIGITS))
}

/// Returns the first line of the file of a proposal.
pub(super) fn first_line(dream: &str, sha256: &str) -> String {
    format!("<!-- somnium review {dream} {sha256} -->")
}

/// Returns the whole file.
fn text(sitting: &Sitting, folder: &Folder, path: &Path) -> String {
    let sha256 = sitting.proposal.sha256.to_hex();
    let dream = sitting.dream().as_str();
    let items = sitting.items();
    let mut out = format!(
        "{}\n# What a dream would change\n\n\
         Dream `{dream}` proposes {} to `{}`. Nothing is written until this file is carried out:\n\n\
         ```sh\nsomnium memory review --memory {} --file {}\n```\n\n\
         Behind each `decision:` write one of\n\n\
         - `accept`: as it stands here. Change the text below it, and it is written in your words and is yours: no \
         dream changes it again.\n\
         - `reject`: never. A new note does not come back; a note that is there stays as it is, and is yours.\n\
         - `later`: not now. The next dream asks again.\n\n\
         Leave the `<!-- somnium … -->` lines as they are.\n",
        first_line(dream, &sha256),
        count(items.len() as u64, "change"),
        folder.root().display(),
        shell(&folder.root().display().to_string()),
        shell(&path.display().to_string()),
    );
    for (number, item) in items.iter().enumerate() {
        section(sitting, number, item, &sha256, &mut out);
    }
    out
}

fn section(sitting: &Sitting, number: usize, item: &Item, sha256: &str, out: &mut String) {
    let decision = sitting.decided(item).map_or("later", name);
    let place = show::place(item).map_or(String::new(), |place| format!(" in {}", code(&place)));
    // Writing to a string cannot fail.
    let _ = write!(
        out,
        "\n---\n\n{}\n\ndecision: {decision}\n\n## {} of {}: {}{place}\n\n",
        mark(sha256, "item", item),
        number + 1,
        sitting.items().len(),
        show::happening(item.happening),
    );
    let counts = show::counts(sitting, item).into_iter();
    for line in counts.chain(show::why(sitting, item).iter().map(|line| code(line))) {
        let _ = writeln!(out, "- {line}");
    }
    if item.can_be_edited().is_ok()
        && let Some(block) = &item.after
    {
        let text = match sitting.decided(item) {
            Some(somnium_dream::review::Decision::Edit(text)) => text.clone(),
            _ => source(block),
        };
        let (begin, end) = (mark(sha256, "text", item), mark(sha256, "end", item));
        let _ = write!(out, "\n{begin}\n{}\n{end}\n", text.trim_end());
    }
    let is_new = item.happening == somnium_dream::review::Happening::Added;
    if !is_new {
        folded("What would change", "diff", &sitting.review.diff(item), out);
    }
    let quotes = sitting.review.claim(item).map(show::quotes).unwrap_or_default();
    let lines = quotes.iter().map(|place| {
        format!("{}, event {}:\n  {}", place.session_id, place.event_index, visible(&place.quote))
    });
    let lines: Vec<_> = lines.collect();
    if !lines.is_empty() {
        folded("Evidence", "text", &lines.join("\n"), out);
    }
}

/// Adds text that is folded away, in a fence that nothing in it ends.
fn folded(summary: &str, language: &str, text: &str, out: &mut String) {
    let longest = text.split(|c| c != '`').map(str::len).max().unwrap_or(0);
    let fence = "`".repeat(longest.max(2) + 1);
    let text: Vec<_> = text.lines().map(visible).collect();
    let _ = write!(
        out,
        "\n<details><summary>{summary}</summary>\n\n{fence}{language}\n{}\n{fence}\n\n</details>\n",
        text.join("\n")
    );
}

/// Returns one line as code, so that no viewer makes a picture or a link of it.
fn code(text: &str) -> String {
    format!("`{}`", visible(text).replace('`', "'"))
}
