//! `somnium memory diff`.

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use serde_json::json;
use somnium_memory::unified_diff;

use crate::command::Outcome;
use crate::diff_view;
use crate::fault::Fault;
use crate::memory_folder::{dream_or_latest, open_existing, record};
use crate::screen::Screen;

/// Prints what a dream changed, or how two memory folders differ.
#[derive(Debug, clap::Args)]
#[command(
    override_usage = "somnium memory diff [OPTIONS] --memory <DIR> [DREAM]\n       somnium memory diff [OPTIONS] <A> <B>",
    after_help = "Examples:
  somnium memory diff --memory memory
  somnium memory diff drm_2f61 --memory memory
  somnium memory diff memory memory.dream-drm_2f61"
)]
pub(crate) struct Args {
    /// With `--memory`: a dream (default: the latest). Without: the folder to compare from
    #[arg(value_name = "A")]
    a: Option<String>,
    /// The folder to compare to
    #[arg(value_name = "B", conflicts_with = "folder")]
    b: Option<PathBuf>,
    /// The memory folder whose dream is shown
    #[arg(long = "memory", value_name = "DIR", required_unless_present = "b")]
    folder: Option<PathBuf>,
    /// Print one JSON object
    #[arg(long)]
    json: bool,
}

impl Args {
    pub(super) fn run(self) -> Outcome {
        let diff = match (&self.a, &self.b, &self.folder) {
            (Some(a), Some(b), _) => {
                let (a, b) = (open_existing(Path::new(a))?, open_existing(b)?);
                unified_diff(a.memory(), b.memory())
            }
            (id, _, Some(folder)) => recorded(folder, id.as_deref())?,
            // The parser lets neither through.
            (_, _, None) => return Err(Fault::new("SOM030", "two folders or `--memory` are needed")),
        };
        let mut screen = Screen::stdout();
        if self.json {
            screen.json(&json!({ "diff": diff }))?;
        } else if diff.is_empty() {
            screen.line("Nothing differs.")?;
        } else {
            diff_view::print(&diff, None, &mut screen)?;
        }
        screen.flush()?;
        Ok(ExitCode::SUCCESS)
    }
}

/// Returns the diff that a dream left in its record.
fn recorded(folder: &Path, id: Option<&str>) -> Result<String, Fault> {
    let folder = open_existing(folder)?;
    let dream = dream_or_latest(&folder, id)?;
    Ok(record(&folder, &dream.id)?.diff)
}
