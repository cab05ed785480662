//! Progress on standard error, and only where that is a terminal.

use std::time::Duration;

use indicatif::{ProgressBar, ProgressStyle};

/// A line that says how far reading has come. It draws nothing where standard error is no terminal.
pub(crate) struct Progress {
    sessions: ProgressBar,
}

impl Progress {
    /// Starts the line.
    pub(crate) fn start(what: &'static str) -> Self {
        // Short work shows nothing: the line appears with its first tick.
        let sessions = ProgressBar::new_spinner().with_message(what);
        if let Ok(style) = ProgressStyle::with_template("{spinner} {msg}: {human_pos} events in {elapsed}") {
            sessions.set_style(style);
        }
        sessions.enable_steady_tick(Duration::from_millis(150));
        Self { sessions }
    }

    /// Counts events that were read.
    pub(crate) fn add(&self, events: u64) {
        self.sessions.inc(events);
    }

    /// Takes the line away.
    pub(crate) fn finish(self) {
        self.sessions.finish_and_clear();
    }
}
