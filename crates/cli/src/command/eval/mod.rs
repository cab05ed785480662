//! `somnium eval`: how the claims of one dream fare on sessions that it did not see.

mod claims;
mod view;

use std::path::PathBuf;
use std::process::ExitCode;

use serde::Serialize;
use somnium_dream::eval::{Evaluation, NextAction, evaluate, next_action};
use somnium_dream::{Normalised, Options};
use somnium_types::{DreamId, Skipped};

use super::Outcome;
use crate::cache::CacheArgs;
use crate::fault::warn;
use crate::input::SessionArgs;
use crate::reading::{self, Reading};
use crate::remarks::Remarks;
use crate::screen::Screen;

/// Looks for the claims of a dream in other sessions: which are seen again, how those sessions ended, how much
/// of what went wrong the claims explain.
///
/// CLAIMS is what `somnium dream --json` printed, or a record of `.somnium/runs/`; with `--memory`, it is the id
/// of a dream in that folder. Nothing is written.
#[derive(Debug, clap::Args)]
#[command(
    override_usage = "somnium eval [OPTIONS] <CLAIMS> <SESSIONS>...\n       somnium eval [OPTIONS] <CLAIMS> --from <TOOL>",
    after_help = "Examples:
  somnium eval claims.json newer-sessions/
  somnium eval claims.json --from claude-code --since 7d --json
  somnium eval claims.json newer-sessions/ --next-action
  somnium eval drm_2f61 --memory memory newer-sessions/"
)]
pub(crate) struct Args {
    /// The file with the claims; with `--memory`, a dream's id or the start of it
    #[arg(value_name = "CLAIMS")]
    claims: PathBuf,
    #[command(flatten)]
    sessions: SessionArgs,
    /// Take the claims of a dream of this memory folder
    #[arg(long, value_name = "DIR")]
    memory: Option<PathBuf>,
    /// Also tell how well the dream's tables foretell what the agents did next
    #[arg(long)]
    next_action: bool,
    #[command(flatten)]
    cache: CacheArgs,
    /// Print one JSON object
    #[arg(long)]
    json: bool,
}

/// What `--json` prints.
#[derive(Debug, Serialize)]
struct Evaluated {
    /// The dream that the claims are of.
    dream: DreamId,
    /// Sessions among those given that the claims cite: these are not other sessions.
    cited: u64,
    #[serde(flatten)]
    evaluation: Evaluation,
    /// How often the next action was foretold, where that was asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    next_action: Option<NextAction>,
    /// What could not be read.
    skipped: Vec<Skipped>,
}

impl Args {
    pub(super) fn run(self) -> Outcome {
        let report = claims::read(&self.claims, self.memory.as_deref())?;
        let sources = self.sessions.sources()?;
        let Reading { mut sessions, skipped, .. } = reading::read(&sources, &Options::default(), self.cache)?;
        sessions.sort_by(|a, b| (&a.id, b.events, &a.content_hash).cmp(&(&b.id, a.events, &b.content_hash)));
        sessions.dedup_by(|later, first| later.id == first.id);
        let sessions: Vec<&Normalised> = sessions.iter().collect();
        let evaluated = Evaluated {
            cited: claims::cited(&report, &sessions),
            evaluation: evaluate(&report.claims, &sessions),
            next_action: self.next_action.then(|| next_action(&report.next_actions, &sessions)),
            dream: report.dream.id,
            skipped,
        };
        let mut screen = Screen::stdout();
        if self.json {
            screen.json(&evaluated)?;
        } else {
            view::print(&evaluated, &mut screen)?;
        }
        screen.flush()?;
        if let Some(warning) = Remarks::of(&evaluated.skipped).warning() {
            warn(&warning);
        }
        Ok(ExitCode::SUCCESS)
    }
}
