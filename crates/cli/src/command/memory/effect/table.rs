//! The notes of a memory and how they fare, one below the other.

use std::io;
use std::path::Path;

use somnium_dream::effect::{EffectKind, EffectReport, Measure, NoteEffect};
use unicode_width::UnicodeWidthStr;

use super::{decisive, difference, percent, savings};
use crate::screen::{Line, Paint, Screen};
use crate::words::{count, day, number, shell};

/// Columns, and whether they are words: numbers end on the right.
const COLUMNS: [&str; 10] = [
    "note",
    "triggers",
    "shown",
    "followed",
    "broken",
    "without",
    "with it",
    "difference",
    "steps",
    "tokens",
];
/// Spaces before what is said below a row.
const INDENT: usize = 4;

type Row = [String; COLUMNS.len()];

/// Prints the table, and what its columns are.
pub(super) fn print(report: &EffectReport, folder: &Path, screen: &mut Screen) -> io::Result<()> {
    let until = report.until.map_or_else(String::new, |until| format!(", up to {}", day(until)));
    let line = Line::new()
        .strong(count(report.notes.len() as u64, "note"))
        .plain(format!(" beside {}{until}.", count(report.sessions, "session")));
    screen.wrapped(0, line)?;
    if let Some(now) = report.hold_back.last().filter(|now| now.share.parts() > 0) {
        let text = format!("{} of the sessions start without a note, since {}.", now.share, day(now.from));
        screen.wrapped(0, text)?;
    }
    if report.notes.is_empty() {
        return screen.wrapped(0, "Nothing was written by a dream yet: there is nothing to tell.");
    }
    let (told, unseen): (Vec<&NoteEffect>, Vec<&NoteEffect>) =
        report.notes.iter().partition(|note| note.exposures.sessions > 0 || note.triggers.sessions > 0);
    if !told.is_empty() {
        screen.blank()?;
        rows(&told, screen)?;
        screen.blank()?;
        legend(screen)?;
    }
    untold(&unseen, screen)?;
    if report.notes.iter().any(|note| note.guard.is_some()) {
        let command = format!("somnium memory effect NOTE --memory {}", shell(&folder.display().to_string()));
        screen
            .wrapped(0, Line::from("A hook is proposed where a note is read and broken: ").name(command))?;
    }
    Ok(())
}

/// Names the notes of which there is nothing to tell.
fn untold(notes: &[&NoteEffect], screen: &mut Screen) -> io::Result<()> {
    if notes.is_empty() {
        return Ok(());
    }
    screen.blank()?;
    let ids: Vec<&str> = notes.iter().map(|note| note.id.as_str()).collect();
    let line = Line::new()
        .strong("Nothing to tell yet")
        .plain(format!(" of {}, which no session was shown: ", count(notes.len() as u64, "note")));
    screen.wrapped(0, line.name(ids.join(", ")))
}

fn rows(notes: &[&NoteEffect], screen: &mut Screen) -> io::Result<()> {
    let head: Row = COLUMNS.map(str::to_owned);
    let cells: Vec<Row> = notes.iter().map(|note| row(note)).collect();
    let width = |at: usize| cells.iter().chain([&head]).map(|row| row[at].width()).max().unwrap_or(0);
    let widths: Vec<usize> = (0..COLUMNS.len()).map(width).collect();
    screen.cut(Line::new().strong(padded(&head, &widths)))?;
    for (note, row) in notes.iter().zip(&cells) {
        let text = padded(row, &widths);
        let (id, rest) = text.split_at(row[0].len());
        screen.cut(Line::new().name(id).plain(rest.trim_end()))?;
        screen.cut(Line::from(" ".repeat(INDENT)).plain(&note.title))?;
        screen.wrapped(INDENT, verdict(note))?;
    }
    Ok(())
}

fn row(note: &NoteEffect) -> Row {
    let blank = || "·".to_owned();
    let exposures = &note.exposures;
    let told = note.measure != Measure::Nothing;
    let tell = |n: u64| if told { number(n) } else { blank() };
    let contrast = decisive(note);
    let (steps, tokens) = note.saved.as_ref().map_or_else(|| (blank(), blank()), savings);
    let or_blank = |text: Option<String>| text.filter(|text| !text.is_empty()).unwrap_or_else(blank);
    [
        note.id.to_string(),
        tell(note.triggers.sessions),
        number(exposures.sessions),
        tell(exposures.followed),
        tell(exposures.violated),
        or_blank(contrast.map(|found| percent(found.without.rate))),
        or_blank(contrast.map(|found| percent(found.with.rate))),
        or_blank(contrast.map(|found| difference(&found))),
        steps,
        or_blank(Some(tokens)),
    ]
}

/// Pads cells: the note's id on the right, numbers on the left.
fn padded(row: &Row, widths: &[usize]) -> String {
    let cells = row.iter().zip(widths).enumerate().map(|(at, (cell, width))| {
        let space = " ".repeat(width.saturating_sub(cell.width()));
        if at == 0 { format!("{cell}{space}") } else { format!("  {space}{cell}") }
    });
    cells.collect()
}

/// Returns what to make of a note. The word says it; the colour only repeats it.
pub(super) fn verdict(note: &NoteEffect) -> Line {
    let paint = match note.verdict.kind {
        EffectKind::Harms => Paint::Bad,
        EffectKind::ReadAndBroken => Paint::Warn,
        EffectKind::Helps => Paint::Good,
        _ => Paint::Faint,
    };
    let text = &note.verdict.text;
    match text.split_once(": ") {
        Some((word, rest)) => Line::new().with(paint, word).plain(": ").plain(rest),
        None => Line::new().with(paint, text),
    }
}

fn legend(screen: &mut Screen) -> io::Result<()> {
    let lines = [
        "triggers, shown: sessions since the note was written with its occasion; sessions that held it.",
        "followed, broken: of those shown it with the occasion, as it says, and against it.",
        "without, with it: how often sessions go against it; difference in percentage points, 95% interval.",
        "steps, tokens: saved in each session with the occasion; `·`: nothing to tell.",
    ];
    lines.iter().try_for_each(|line| screen.wrapped(0, Line::new().faint(line)))
}
