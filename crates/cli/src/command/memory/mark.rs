//! `somnium memory pin`, `unpin`, `freeze` and `thaw`.

use std::process::ExitCode;

use serde_json::json;
use somnium_memory::store::{State, What};
use somnium_memory::{Place, Places};

use super::change;
use crate::command::Outcome;
use crate::memory_folder::MemoryArgs;
use crate::screen::{Line, Screen};

/// Which of the four.
#[derive(Clone, Copy, Debug)]
pub(super) enum Mark {
    Pin,
    Unpin,
    Freeze,
    Thaw,
}

/// What is marked.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// Blocks (`m-7f3a`), files (`/notes/shell.md`) or folders (`/notes/`); `/` is everything
    #[arg(value_name = "PLACE", required = true)]
    places: Vec<String>,
    #[command(flatten)]
    memory: MemoryArgs,
    /// Why, for the history
    #[arg(long, value_name = "TEXT")]
    why: Option<String>,
    /// Print one JSON object
    #[arg(long)]
    json: bool,
}

impl Mark {
    fn what(self) -> What {
        match self {
            Self::Pin => What::Pinned,
            Self::Unpin => What::Unpinned,
            Self::Freeze => What::Frozen,
            Self::Thaw => What::Thawed,
        }
    }

    /// Returns what is said of a place that the mark changed, and of one that it did not.
    fn words(self) -> (&'static str, &'static str) {
        match self {
            Self::Pin => ("stays in the index", "was pinned already"),
            Self::Unpin => ("is in the index only by its worth", "was not pinned"),
            Self::Freeze => ("is closed to dreams", "was frozen already"),
            Self::Thaw => ("is open to dreams again", "was not frozen"),
        }
    }

    fn list(self, state: &mut State) -> &mut Places {
        match self {
            Self::Pin | Self::Unpin => &mut state.pins,
            Self::Freeze | Self::Thaw => &mut state.frozen,
        }
    }

    /// Marks a place; returns whether that changed anything.
    fn apply(self, state: &mut State, place: Place) -> bool {
        let list = &mut self.list(state).0;
        match self {
            Self::Pin | Self::Freeze => list.insert(place),
            Self::Unpin | Self::Thaw => list.remove(&place),
        }
    }
}

impl Args {
    pub(super) fn run(self, mark: Mark) -> Outcome {
        let mut folder = self.memory.open()?;
        let places = match mark {
            // What is marked may be gone since.
            Mark::Unpin | Mark::Thaw => parse(&self.places)?,
            Mark::Pin | Mark::Freeze => change::places(&folder, &self.places)?,
        };
        let mut state = folder.state().clone();
        let done: Vec<(Place, bool)> =
            places.0.into_iter().map(|place| (place.clone(), mark.apply(&mut state, place))).collect();
        let changed = done.iter().any(|(_, changed)| *changed);
        let id = if changed {
            let after = folder.memory().clone();
            Some(change::make(&mut folder, mark.what(), self.why, &after, &state)?)
        } else {
            None
        };
        let mut screen = Screen::stdout();
        if self.json {
            let places: Vec<_> =
                done.iter().map(|(place, changed)| json!({ "place": place, "changed": changed })).collect();
            screen.json(&json!({ "change": id, "places": places }))?;
        } else {
            let (changed, same) = mark.words();
            for (place, is_new) in &done {
                let words = if *is_new { changed } else { same };
                screen.line(Line::new().name(place.to_string()).plain(format!("  {words}")))?;
            }
        }
        screen.flush()?;
        Ok(ExitCode::SUCCESS)
    }
}

fn parse(texts: &[String]) -> Result<Places, crate::fault::Fault> {
    let read = |text: &String| {
        Place::parse(text).map_err(|error| crate::fault::Fault::from_error(error.code(), &error))
    };
    texts.iter().map(read).collect::<Result<_, _>>().map(Places)
}
