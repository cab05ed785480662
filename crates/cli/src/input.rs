//! Which sessions a command is to read, as typed: paths, or `--from TOOL`.

use std::path::{Path, PathBuf};

use jiff::{Span, tz::TimeZone};
use somnium_transcript::paths::expand;
use somnium_types::{Clock, SystemClock, Timestamp};

use crate::fault::Fault;

/// The arguments that name sessions.
#[derive(Debug, clap::Args)]
pub(crate) struct SessionArgs {
    /// Files, folders or glob patterns; `-` is standard input
    ///
    /// The format is told by content, `.zst` and `.gz` are read as they are. Hidden files in folders are left
    /// out.
    #[arg(required_unless_present = "from", value_name = "SESSIONS")]
    paths: Vec<PathBuf>,
    #[command(flatten)]
    tool: ToolArgs,
}

/// The arguments that name another tool's sessions.
#[derive(Debug, clap::Args)]
pub(crate) struct ToolArgs {
    /// Read the sessions that this tool keeps on this machine, newest first
    #[arg(long, value_name = "TOOL", conflicts_with = "paths")]
    from: Option<String>,
    /// With `--from`: only sessions younger than this (`7d`, `12h`, `2w`) or from this day on (`2026-03-01`)
    #[arg(long, value_name = "AGE", requires = "from", value_parser = since)]
    since: Option<Since>,
    /// With `--from`: only the newest N sessions
    #[arg(long, value_name = "N", requires = "from", value_parser = clap::value_parser!(u32).range(1..))]
    limit: Option<u32>,
}

impl SessionArgs {
    /// Returns the tool of `--from`.
    pub(crate) fn tool(&self) -> Option<&str> {
        self.tool.from.as_deref()
    }

    /// Returns the files to read, in a fixed order.
    ///
    /// # Errors
    ///
    /// SOM002 for a path that does not exist, SOM003 where the tool's sessions cannot be found.
    pub(crate) fn files(&self) -> Result<Vec<PathBuf>, Fault> {
        self.tool.files_or(&self.paths)
    }
}

impl ToolArgs {
    /// Returns the files of `--from`, or else those that `paths` name.
    pub(crate) fn files_or(&self, paths: &[PathBuf]) -> Result<Vec<PathBuf>, Fault> {
        if let Some(tool) = &self.from {
            return self.discover(tool);
        }
        let (stdin, paths): (Vec<_>, Vec<_>) = paths.iter().cloned().partition(|path| path == Path::new("-"));
        let mut files = expand(&paths)?;
        files.extend(stdin.into_iter().take(1));
        Ok(files)
    }

    fn discover(&self, tool: &str) -> Result<Vec<PathBuf>, Fault> {
        let _ = (self.since.and_then(Since::instant), self.limit);
        Err(Fault::new("SOM003", format!("{tool} is not known")))
    }
}

/// The oldest time that `--since` lets in.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Since {
    Age(Span),
    Day(Timestamp),
}

impl Since {
    /// Returns the instant, counted from the machine's clock.
    fn instant(self) -> Option<Timestamp> {
        match self {
            Self::Day(day) => Some(day),
            Self::Age(age) => {
                let now = SystemClock.now().to_zoned_datetime(TimeZone::UTC);
                now.checked_sub(age).ok().map(|then| then.timestamp())
            }
        }
    }
}

fn since(text: &str) -> Result<Since, String> {
    if let Ok(day) = time(text) {
        return Ok(Since::Day(day));
    }
    let age: Span = text.parse().map_err(|_| "neither an age like `7d` nor a day like `2026-03-01`".to_owned())?;
    if age.is_negative() { Err("an age cannot be negative".to_owned()) } else { Ok(Since::Age(age)) }
}

/// Reads an instant (`2026-03-01T12:00:00Z`) or a day, which starts at midnight UTC.
pub(crate) fn time(text: &str) -> Result<Timestamp, String> {
    let day = || {
        let day: jiff::civil::Date = text.parse().ok()?;
        day.to_zoned_datetime(TimeZone::UTC).ok().map(|midnight| midnight.timestamp())
    };
    // A date also starts many a timestamp, so the longer form is tried first.
    text.parse().ok().or_else(day).ok_or_else(|| "not a time like `2026-03-01T12:00:00Z` or a day".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ages_and_days() {
        assert!(matches!(since("7d"), Ok(Since::Age(age)) if age.get_days() == 7));
        assert!(matches!(since("2w"), Ok(Since::Age(age)) if age.get_weeks() == 2));
        let day = "2026-03-01T00:00:00Z".parse().unwrap();
        assert!(matches!(since("2026-03-01"), Ok(Since::Day(at)) if at == day));
        assert!(since("-7d").is_err());
        assert!(since("soon").is_err());
    }

    #[test]
    fn times() {
        assert_eq!(time("2026-03-01"), time("2026-03-01T00:00:00Z"));
        assert!(time("2026-13-01").is_err());
    }
}
