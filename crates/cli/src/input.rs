//! Which sessions a command is to read, as typed: paths, or `--from TOOL`.

use std::collections::BTreeSet;
use std::env;
use std::path::{Path, PathBuf};
use std::slice;
use std::str::FromStr;

use clap::builder::{PossibleValuesParser, TypedValueParser};
use jiff::{Span, tz::TimeZone};
use rayon::prelude::*;
use somnium_transcript::discover::{Found, Tool, discover};
use somnium_transcript::paths::expand;
use somnium_transcript::{FileReport, ReadError, read_file};
use somnium_types::{Clock, Skipped, SystemClock, Timestamp, Transcript};

use crate::fault::{Fault, NOTHING_READ};

/// The arguments that name sessions.
#[derive(Debug, clap::Args)]
pub(crate) struct SessionArgs {
    /// Files, folders or glob patterns; `-` is standard input
    ///
    /// What a file holds is seen from its content, also where zstd or gzip packed it. Hidden files in folders are
    /// left out.
    #[arg(required_unless_present = "from", value_name = "SESSIONS")]
    paths: Vec<PathBuf>,
    #[command(flatten)]
    tool: ToolArgs,
}

/// The heading of these options in help texts.
const TOOL_HEADING: &str = "Sessions of a tool on this machine";

/// The arguments that name another tool's sessions.
#[derive(Debug, clap::Args)]
pub(crate) struct ToolArgs {
    /// Read the sessions that this tool keeps on this machine, newest first
    #[arg(long, value_name = "TOOL", conflicts_with = "paths", value_parser = tool_parser(), help_heading = TOOL_HEADING)]
    from: Option<Tool>,
    /// Only sessions written to since then: an age (`7d`, `12h`, `2w`) or a day (`2026-03-01`)
    #[arg(long, value_name = "AGE", requires = "from", value_parser = since, help_heading = TOOL_HEADING)]
    since: Option<Since>,
    /// Only the newest N sessions
    #[arg(long, value_name = "N", requires = "from", value_parser = clap::value_parser!(u32).range(1..), help_heading = TOOL_HEADING)]
    limit: Option<u32>,
    /// Look under this home folder instead of one's own
    #[arg(long, value_name = "DIR", requires = "from", help_heading = TOOL_HEADING)]
    home: Option<PathBuf>,
}

/// Something to read sessions from.
#[derive(Clone, Debug)]
pub(crate) enum Source {
    /// A file that was named.
    File(PathBuf),
    /// A session that was found; its tool may keep it in several files.
    Found(Found),
    /// A path that is named in vain, with the reason.
    Unusable(PathBuf, &'static str),
}

impl Source {
    /// Reads it. Never fails: the report lists what is missing.
    pub(crate) fn read(&self, on_session: &mut dyn FnMut(Transcript)) -> FileReport {
        match self {
            Self::File(path) => read_file(path, on_session),
            Self::Found(found) => found.read(on_session),
            Self::Unusable(path, why) => {
                let path = path.display().to_string();
                let skipped = Skipped { source: path.clone(), line: None, why: (*why).to_owned() };
                FileReport { path, skipped: vec![skipped], ..FileReport::default() }
            }
        }
    }
}

impl Source {
    /// Returns the regular file that is read; `None` where it is something else, or there are several.
    pub(crate) fn file(&self) -> Option<&Path> {
        match self {
            Self::File(path) => Some(path).filter(|path| path.as_os_str() != "-").map(PathBuf::as_path),
            Self::Found(found) => found.file(),
            Self::Unusable(..) => None,
        }
    }
}

/// Reads many, several at a time. The reports are in the order of `sources`; sessions come in any order, and on
/// any thread: one large file keeps all of them busy. `on_session` gets the number of the source too.
pub(crate) fn read_all(
    sources: &[&Source],
    on_session: &(dyn Fn(usize, Transcript) + Sync),
) -> Vec<FileReport> {
    rayon::scope(|scope| {
        let read = |(number, source): (usize, &&Source)| {
            source.read(&mut |session| scope.spawn(move |_| on_session(number, session)))
        };
        sources.par_iter().enumerate().map(read).collect()
    })
}

impl SessionArgs {
    /// Returns what to read, in a fixed order.
    ///
    /// # Errors
    ///
    /// SOM002 where not one path exists, SOM003 where the tool's sessions cannot be found.
    pub(crate) fn sources(&self) -> Result<Vec<Source>, Fault> {
        self.tool.sources_or(&self.paths)
    }
}

impl ToolArgs {
    /// Returns the tool of `--from`.
    pub(crate) fn tool(&self) -> Option<Tool> {
        self.from
    }

    /// Returns the sessions of `--from`, or else the files that `paths` name.
    pub(crate) fn sources_or(&self, paths: &[PathBuf]) -> Result<Vec<Source>, Fault> {
        if let Some(tool) = self.from {
            return self.discover(tool);
        }
        named(paths)
    }

    fn discover(&self, tool: Tool) -> Result<Vec<Source>, Fault> {
        let home = self.home.clone().or_else(env::home_dir).unwrap_or_default();
        // Another home goes with settings of its own: our variables say nothing about it.
        let variable = |name: &str| if self.home.is_none() { env::var(name).ok() } else { None };
        let mut found = discover(tool, &home, &variable).map_err(|error| {
            Fault::from_error(error.code(), &error).hint("`--home DIR` looks under another folder")
        })?;
        if found.is_empty() {
            let message = format!("{} has kept no sessions under `{}`", tool.title(), home.display());
            return Err(Fault::new("SOM003", message));
        }
        if let Some(since) = self.since {
            let oldest =
                since.instant().ok_or_else(|| Fault::new("SOM030", "`--since` reaches back too far"))?;
            found.retain(|session| session.modified >= oldest);
            if found.is_empty() {
                let message = format!("no session of {} is younger than `--since`", tool.title());
                return Err(
                    Fault::new("SOM003", message).hint("leave `--since` out, or let it reach further back")
                );
            }
        }
        found.truncate(self.limit.map_or(usize::MAX, |limit| limit as usize));
        Ok(found.into_iter().map(Source::Found).collect())
    }
}

/// Returns what `paths` name, files first. A path that leads nowhere costs only itself, unless all do.
fn named(paths: &[PathBuf]) -> Result<Vec<Source>, Fault> {
    let (stdin, paths): (Vec<_>, Vec<_>) = paths.iter().partition(|path| path.as_os_str() == "-");
    let (mut files, mut errors) = (BTreeSet::new(), Vec::new());
    for path in paths {
        match expand(slice::from_ref(path)) {
            Ok(found) => files.extend(found),
            Err(error) => errors.push((path, error)),
        }
    }
    if files.is_empty() && stdin.is_empty() {
        let mut errors = errors.iter().map(|(_, error)| error);
        if let Some(first) = errors.next() {
            let fault = Fault::from_error(first.code(), first).status(NOTHING_READ);
            return Err(errors.fold(fault, Fault::because));
        }
    }
    let file = |path: PathBuf| match is_special(&path) {
        true => Source::Unusable(path, "not a regular file"),
        false => Source::File(path),
    };
    let mut sources: Vec<_> = files.into_iter().map(file).collect();
    sources.extend(stdin.first().map(|path| Source::File(path.to_path_buf())));
    errors.sort_by_key(|(path, _)| *path);
    errors.dedup_by_key(|(path, _)| *path);
    sources.extend(errors.into_iter().map(|(path, error)| match error {
        ReadError::NotFound { .. } => Source::Unusable(path.clone(), "does not exist"),
        ReadError::Pattern { .. } => Source::Unusable(path.clone(), "not a glob pattern"),
    }));
    Ok(sources)
}

/// Whether `path` is a pipe, a socket or a device: reading one may wait or go on for ever. What a shell puts in
/// the place of `<(command)` is a pipe too, but one that is being written to.
fn is_special(path: &Path) -> bool {
    let of_the_shell = path == Path::new("/dev/stdin") || path.starts_with("/dev/fd");
    !of_the_shell && path.metadata().is_ok_and(|what| !what.is_file())
}

fn tool_parser() -> impl TypedValueParser<Value = Tool> {
    PossibleValuesParser::new(Tool::ALL.iter().map(|tool| tool.name())).try_map(|name| Tool::from_str(&name))
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
    let age: Span =
        text.parse().map_err(|_| "neither an age like `7d` nor a day like `2026-03-01`".to_owned())?;
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
