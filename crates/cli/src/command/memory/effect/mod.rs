//! `somnium memory effect`.

mod detail;
mod svg;
mod table;

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use jiff::SignedDuration;
use somnium_dream::Options;
use somnium_dream::effect::{self, Contrast, EffectReport, NoteEffect, Saved, Window};
use somnium_memory::store::replace_file;

use super::change::{block_id, unknown_block};
use crate::command::Outcome;
use crate::fault::{Fault, hint};
use crate::kept;
use crate::memory_folder::MemoryArgs;
use crate::screen::Screen;
use crate::words::{count, day, shell};

/// Says for each note whether it works: who was shown it, who went by it, and what became of the mistake.
///
/// Sessions that were shown a note are compared with those before it was written, within the same task; where notes
/// are held back from a share of the sessions (`somnium memory hold-back`), with those. Everything is as the last
/// dream of this memory counted it.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  somnium memory effect --memory memory
  somnium memory effect m-7f3a --memory memory
  somnium memory effect --svg plots --memory memory")]
pub(crate) struct Args {
    /// Only this note, with everything that is known of it
    #[arg(value_name = "NOTE")]
    note: Option<String>,
    #[command(flatten)]
    memory: MemoryArgs,
    /// Draw the rates over time, one SVG for each note, into this folder
    #[arg(long, value_name = "DIR")]
    svg: Option<PathBuf>,
    /// Print one JSON object
    #[arg(long)]
    json: bool,
}

impl Args {
    pub(super) fn run(self) -> Outcome {
        let folder = self.memory.open()?;
        let options = Options::default();
        let (prior, _) = kept::prior(&folder, &[], &options, false)?;
        let mut report =
            effect::effect(prior, &options).map_err(|error| Fault::from_error(error.code(), &error))?;
        if let Some(id) = self.note.as_deref().map(block_id) {
            report.notes.retain(|note| note.id.as_str() == id.as_str());
            if report.notes.is_empty() {
                return Err(match folder.memory().block(&id) {
                    None => unknown_block(&folder, &id),
                    Some(_) => Fault::new("SOM020", format!("block `{id}` was not written by a dream"))
                        .hint("`somnium memory effect` without a block lists those that were"),
                });
            }
        }
        if let Some(to) = &self.svg {
            draw(to, &report)?;
        }
        let mut screen = Screen::stdout();
        if self.json {
            screen.json(&report)?;
        } else if let (Some(_), Some(note)) = (&self.note, report.notes.first()) {
            detail::print(note, &mut screen)?;
        } else {
            table::print(&report, self.memory.path(), &mut screen)?;
        }
        screen.flush()?;
        if let Some(to) = &self.svg {
            let files = count(report.notes.len() as u64, "file");
            hint(&format!("{files} in `{}`", shell(&to.display().to_string())));
        }
        Ok(ExitCode::SUCCESS)
    }
}

/// Draws every note; a drawing of the same note gives way.
fn draw(to: &Path, report: &EffectReport) -> Result<(), Fault> {
    for note in &report.notes {
        replace_file(&to.join(format!("{}.svg", note.id)), svg::draw(note).as_bytes())?;
    }
    Ok(())
}

/// Returns the contrast that the verdict rests on: of sessions dealt a note and not, or of those before and since.
fn decisive(note: &NoteEffect) -> Option<Contrast> {
    match note.verdict.beside? {
        effect::Beside::HeldBack => note.against.held_back,
        effect::Beside::Before => note.against.before,
    }
}

/// Returns the first and the last day of a window.
fn days(window: &Window) -> (String, String) {
    (day(window.from), day(window.to - SignedDuration::from_secs(1)))
}

/// Returns a rate in percent: `46%`.
fn percent(rate: f64) -> String {
    format!("{:.0}%", rate * 100.0)
}

/// Returns a difference of rates with its interval: `-29 (-48 to -3)`.
fn difference(contrast: &Contrast) -> String {
    let [low, high] = contrast.interval.map(points);
    format!("{} ({low} to {high})", points(contrast.difference))
}

/// Percentage points with their sign.
fn points(difference: f64) -> String {
    signed(difference * 100.0, 0)
}

/// Returns a number with its sign, and none where it rounds to nothing.
fn signed(value: f64, digits: usize) -> String {
    let text = format!("{:.digits$}", value.abs());
    let is_nothing = text.bytes().all(|byte| byte == b'0' || byte == b'.');
    match value {
        _ if is_nothing => text,
        less if less < 0.0 => format!("−{text}"),
        _ => format!("+{text}"),
    }
}

/// Returns what a note saves in each session: steps, then tokens.
fn savings(saved: &Saved) -> (String, String) {
    (signed(saved.steps.mean, 1), saved.tokens.map_or_else(String::new, |tokens| signed(tokens.mean, 0)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_have_signs_and_zero_has_none() {
        assert_eq!([-0.287, 0.0, 0.004, 0.05].map(points), ["−29", "0", "0", "+5"]);
        assert_eq!(signed(-0.04, 1), "0.0");
        assert_eq!(signed(-0.06, 1), "−0.1");
    }
}
