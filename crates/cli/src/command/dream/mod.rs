//! `somnium dream`: sessions and a memory in, a better memory out.

mod publish;
mod review;
mod view;

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::Instant;

use glob::Pattern;
use somnium_dream::{Dreamt, Options, dream};
use somnium_memory::{Memory, MemoryPath, unified_diff};
use somnium_types::{DreamId, Timestamp};

use self::publish::Destination;
use self::review::ReviewArgs;
use self::view::{View, Whereabouts};
use super::Outcome;
use crate::cache::CacheArgs;
use crate::erased;
use crate::fault::{Fault, warn};
use crate::input::{self, ToolArgs};
use crate::kept;
use crate::memory_folder;
use crate::reading::{self, Reading};
use crate::record::RunRecord;
use crate::remarks::Remarks;
use crate::screen::{Line, Screen};
use crate::words::shell;

/// Reads sessions, finds what recurs, and writes it into the memory as notes.
///
/// The memory that is read stays as it is: what comes of it is a new folder beside it, `DIR.dream-<id>`, unless
/// `--output` or `--in-place` asks for something else. Dreaming twice of the same gives the same bytes.
#[derive(Debug, clap::Args)]
#[command(
    override_usage = "somnium dream [OPTIONS] --memory <DIR> <SESSIONS>...\n       somnium dream [OPTIONS] --memory <DIR> --from <TOOL>",
    after_help = "Examples:
  somnium dream sessions/ --memory memory
  somnium dream 'runs/**/*.jsonl.zst' --memory memory --in-place
  somnium dream --from claude-code --since 30d --memory memory
  somnium dream sessions/ --memory memory --review
  somnium dream sessions/ --memory memory --review-file review.md
  somnium dream sessions/ --memory memory --dry-run --json"
)]
pub(crate) struct Args {
    /// Files, folders or glob patterns; `-` is standard input
    ///
    /// What a file holds is seen from its content, also where zstd or gzip packed it. Hidden files in folders are
    /// left out.
    #[arg(required_unless_present_any = ["from", "review_file"], value_name = "SESSIONS")]
    paths: Vec<PathBuf>,
    #[command(flatten)]
    tool: ToolArgs,
    #[command(flatten)]
    cache: CacheArgs,
    /// The memory folder; one that does not exist is empty
    #[arg(long, value_name = "DIR", required_unless_present = "from")]
    memory: Option<PathBuf>,
    /// Write the result to this new folder
    #[arg(long, value_name = "DIR", conflicts_with = "in_place")]
    output: Option<PathBuf>,
    /// Change the memory itself, as one change that `somnium dreams undo` takes back
    #[arg(long)]
    in_place: bool,
    #[command(flatten)]
    review: ReviewArgs,
    /// Label sessions that name no agent, and leave out those of other agents
    #[arg(long, value_name = "NAME")]
    agent: Option<String>,
    /// Label sessions that name no team, and leave out those of other teams
    #[arg(long, value_name = "NAME")]
    team: Option<String>,
    /// What to raise and what to leave out, by the names of topics, tools, paths and kinds: `focus on git`,
    /// `ignore formatting`, `only mistakes`
    #[arg(long, value_name = "TEXT")]
    instructions: Option<String>,
    /// A person whose word holds for everybody (may be given several times)
    #[arg(long, value_name = "NAME")]
    operator: Vec<String>,
    /// Files of the memory that agents write, so that their unmarked text may be merged, replaced and archived (may be
    /// given several times): `MEMORY.md`, `topics/*.md`
    #[arg(long, value_name = "GLOB")]
    agent_files: Vec<String>,
    /// Compare all sessions of the memory with each other again, also where few of them are new
    #[arg(long)]
    full: bool,
    /// Print what would change and write nothing
    #[arg(long)]
    dry_run: bool,
    /// Print the report as one JSON object
    #[arg(long)]
    json: bool,
    /// Seed of everything that is sampled
    #[arg(long, value_name = "N", default_value_t = 0)]
    seed: u64,
    /// The clock of every decay (default: the time of the newest event)
    #[arg(long, value_name = "TIME", value_parser = input::time)]
    now: Option<Timestamp>,
}

impl Args {
    pub(super) fn run(self) -> Outcome {
        let start = Instant::now();
        let memory = self.memory()?;
        let options = self.options();
        if self.review.apply(memory, self.json)? {
            return Ok(ExitCode::SUCCESS);
        }
        let sources = self.sources()?;
        // Before the sessions: a memory that cannot be read should not cost minutes.
        let mut folder = memory_folder::open(memory)?;
        let options = Options { agent_files: self.agent_files(folder.memory())?, ..options };
        let Reading { mut sessions, inputs, mut skipped } = reading::read(&sources, &options, self.cache)?;
        skipped.extend(erased::leave_out(folder.state(), &mut sessions));
        let (prior, files) = kept::prior(&folder, &sessions, &options, self.full)?;
        let mut dreamt =
            dream(sessions, prior, &options).map_err(|error| Fault::from_error(error.code(), &error))?;
        dreamt.report.skipped = skipped;
        dreamt.report.dream.seconds = (start.elapsed().as_secs_f64() * 1e3).round() / 1e3;

        // Where there is nothing to decide, only what was counted is kept.
        let is_reviewed = self.review.is_asked() && dreamt.memory != *folder.memory();
        let destination = match is_reviewed {
            true => Destination::Review,
            false => self.destination(memory, &dreamt.report.dream.id),
        };
        let diff = unified_diff(folder.memory(), &dreamt.memory);
        let known: BTreeSet<_> = folder.memory().blocks().into_iter().map(|block| block.id).collect();
        let again = match &destination {
            Destination::Copy(to) => publish::is_there(to, &dreamt.report.dream.id)?,
            Destination::InPlace | Destination::Review | Destination::Nowhere => false,
        };
        let record = RunRecord {
            report: dreamt.report.clone(),
            stages: dreamt.stages.clone(),
            options: options.clone(),
            inputs,
            diff,
            review: None,
        };
        if !again {
            // A dream takes the time from its newest event; where no event has one, it is of no time.
            let at = options.now.or(record.inputs.to).unwrap_or(Timestamp::UNIX_EPOCH);
            publish::publish(&mut folder, &destination, &dreamt, &files, &record, at)?;
        }
        let mut screen = Screen::stdout();
        if is_reviewed {
            if !self.json {
                let RunRecord { report, inputs, .. } = &record;
                let place = Whereabouts::InPlace(memory);
                View { report, inputs, known: &known, diff: "", place }.head(&mut screen)?;
                screen.flush()?;
            }
            self.review.decide(&mut folder, &dreamt, self.json)?;
            return finish(&dreamt);
        }
        if self.json {
            screen.json(&dreamt.report)?;
        } else if again {
            self.print_again(&destination, &mut screen)?;
        } else {
            let place = destination.place(memory);
            let RunRecord { report, inputs, diff, .. } = &record;
            View { report, inputs, known: &known, diff, place }.print(&mut screen)?;
        }
        screen.flush()?;
        finish(&dreamt)
    }

    /// Returns the memory folder that was named.
    fn memory(&self) -> Result<&Path, Fault> {
        self.memory.as_deref().ok_or_else(|| {
            let tool = self.tool.tool().map_or("agent", |tool| tool.name());
            Fault::new("SOM030", "`--memory DIR` is needed: the folder of notes to read")
                .hint(format!("a folder that does not exist yet will do: `--memory {tool}-memory`"))
        })
    }

    fn sources(&self) -> Result<Vec<input::Source>, Fault> {
        if self.paths.is_empty() && self.tool.tool().is_none() {
            let file = self.review.review_file.as_deref().unwrap_or(Path::new(""));
            let message = format!("`{}` does not exist yet, and no sessions are named", file.display());
            return Err(Fault::new("SOM030", message)
                .hint("with SESSIONS, the dream writes the file; without them, the file is carried out"));
        }
        self.tool.sources_or(&self.paths)
    }

    fn options(&self) -> Options {
        Options {
            agent: self.agent.clone().map(Into::into),
            team: self.team.clone().map(Into::into),
            operators: self.operator.iter().map(|name| name.as_str().into()).collect(),
            now: self.now,
            seed: self.seed,
            instructions: self.instructions.clone(),
            ..Options::default()
        }
    }

    /// Returns the files that `--agent-files` names.
    fn agent_files(&self, memory: &Memory) -> Result<BTreeSet<MemoryPath>, Fault> {
        let mut named = BTreeSet::new();
        for text in &self.agent_files {
            let pattern = Pattern::new(text.trim_start_matches('/')).map_err(|error| {
                Fault::new("SOM030", format!("`--agent-files {text}` is no pattern: {}", error.msg))
                    .hint("name files from the memory's root, `*` for any letters: `topics/*.md`")
            })?;
            let files: Vec<&MemoryPath> =
                memory.files().map(|(path, _)| path).filter(|path| pattern.matches(path.as_str())).collect();
            if files.is_empty() {
                warn(&format!("`--agent-files {text}` names no file of the memory"));
            }
            named.extend(files.into_iter().cloned());
        }
        Ok(named)
    }

    fn destination(&self, memory: &Path, dream: &DreamId) -> Destination {
        match &self.output {
            _ if self.dry_run => Destination::Nowhere,
            _ if self.in_place || self.review.is_asked() => Destination::InPlace,
            Some(output) => Destination::Copy(output.clone()),
            None => Destination::Copy(publish::beside(memory, dream)),
        }
    }

    /// Says that this very dream was dreamt before.
    fn print_again(&self, destination: &Destination, screen: &mut Screen) -> std::io::Result<()> {
        let Destination::Copy(folder) = destination else { return Ok(()) };
        let folder = folder.display().to_string();
        screen.wrapped(
            0,
            "Nothing changed since this dream was last dreamt: same sessions, same memory, same options.",
        )?;
        screen.wrapped(0, format!("Its result is in `{folder}`."))?;
        screen.blank()?;
        screen.line(Line::from("  ").name(format!("somnium memory ls --memory {}", shell(&folder))))
    }
}

impl Destination {
    fn place<'a>(&'a self, memory: &'a Path) -> Whereabouts<'a> {
        match self {
            Self::Nowhere => Whereabouts::Nowhere,
            Self::Copy(folder) => Whereabouts::Copy(folder),
            Self::InPlace | Self::Review => Whereabouts::InPlace(memory),
        }
    }
}

/// Returns the exit status, with a warning where reading has remarks.
fn finish(dreamt: &Dreamt) -> Outcome {
    if let Some(warning) = Remarks::of(&dreamt.report.skipped).warning() {
        warn(&warning);
    }
    Ok(ExitCode::SUCCESS)
}
