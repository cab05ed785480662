//! What every figure is measured from, and what a measurement gives.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use serde::Serialize;
use serde_json::Value;

use super::Settings;
use crate::data::{Loaded, SessionSet};
use crate::figure::Figure;
use crate::split::Split;

/// The sessions and settings of one run of the report.
pub struct Context<'a> {
    /// What was asked for.
    pub settings: &'a Settings,
    /// The sets as files.
    pub sets: &'a [SessionSet],
    /// The same sets, read and normalised, in the same order.
    pub loaded: &'a [Loaded],
    /// The splits by task that are judged.
    pub splits: &'a [Split],
    /// The folder with the answers that the engine never reads; `None` where there is none.
    pub key: Option<PathBuf>,
}

impl Context<'_> {
    /// Returns a set by its name.
    pub fn set(&self, name: &str) -> Option<&Loaded> {
        self.loaded.iter().find(|set| set.name == name)
    }

    /// Returns the files of every set.
    pub fn files(&self) -> Vec<PathBuf> {
        self.sets.iter().flat_map(|set| set.files.clone()).collect()
    }

    /// Returns the path of an answer key, where there is one.
    pub fn key_file(&self, name: &str) -> Option<PathBuf> {
        self.key.as_deref().map(|folder| folder.join(name)).filter(|path| path.is_file())
    }
}

/// Returns the folder with the answers to the sets whose sessions are in `files`: `key/` beside their folder.
pub(super) fn key_beside(sets: &[SessionSet]) -> Option<PathBuf> {
    let file = sets.first()?.files.first()?;
    let folder = file.parent().and_then(Path::parent)?.join("key");
    folder.is_dir().then_some(folder)
}

/// What one metric gives.
#[derive(Clone, Debug, Default, Serialize)]
pub struct Measured {
    /// The rows of the table, in their order.
    pub figures: Vec<Figure>,
    /// Whatever else a reader of the JSON file wants to see.
    pub detail: BTreeMap<String, Value>,
    /// Curves, by file name without ending.
    #[serde(skip)]
    pub plots: BTreeMap<String, String>,
    /// What `--missed` prints below the table.
    #[serde(skip)]
    pub missed: String,
}

impl Measured {
    /// Returns rows without anything beside them.
    pub fn rows(figures: Vec<Figure>) -> Self {
        Self { figures, ..Self::default() }
    }

    /// Adds something for the JSON file. What has no JSON form is left out.
    pub fn detail(mut self, name: &str, value: impl Serialize) -> Self {
        if let Ok(value) = serde_json::to_value(value) {
            self.detail.insert(name.to_owned(), value);
        }
        self
    }

    /// Adds a plot (an SVG document).
    pub fn plot(mut self, name: &str, svg: String) -> Self {
        self.plots.insert(name.to_owned(), svg);
        self
    }
}
