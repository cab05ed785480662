//! `somnium export agents-md` and `somnium export claude-md`.

use std::io;
use std::path::{Component, Path, PathBuf};
use std::process::ExitCode;

use serde_json::json;
use somnium_memory::Memory;
use somnium_memory::export::{
    Section, import_section, index_section, notes_section, put_section, take_section,
};
use somnium_memory::store::replace_file;

use crate::command::Outcome;
use crate::fault::Fault;
use crate::memory_folder::MemoryArgs;
use crate::screen::{Line, Screen};
use crate::words::count;

/// What the section is, where the notes themselves were not asked for.
#[derive(Clone, Copy, Debug)]
pub(super) enum Form {
    /// The lines of the index.
    Lines,
    /// A line that imports the index.
    Import,
}

/// Which file.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// The file to keep the section in
    #[arg(value_name = "FILE")]
    file: PathBuf,
    #[command(flatten)]
    memory: MemoryArgs,
    /// Put in the notes themselves, for agents that cannot open the memory's files
    #[arg(long)]
    with_notes: bool,
    /// How long the section may get, in tokens; what is worth least is left out
    #[arg(long, value_name = "TOKENS", default_value_t = BUDGET)]
    budget: usize,
    /// Only say whether the section is up to date: exit status 1 where it is not
    #[arg(long, conflicts_with = "remove")]
    check: bool,
    /// Take the section out again
    #[arg(long)]
    remove: bool,
    /// Print one JSON object
    #[arg(long)]
    json: bool,
}

/// As many tokens as the always-loaded index of a memory may have.
const BUDGET: usize = 2_000;

impl Args {
    pub(super) fn run(self, form: Form) -> Outcome {
        let folder = self.memory.open()?;
        let before = match std::fs::read(&self.file) {
            Ok(bytes) => Some(bytes),
            Err(error) if error.kind() == io::ErrorKind::NotFound => None,
            Err(error) => {
                let message = format!("cannot read `{}`", self.file.display());
                return Err(Fault::new("SOM002", message).because(error));
            }
        };
        let bytes = before.as_deref().unwrap_or_default();
        let broken = |error: somnium_memory::export::SectionError| {
            Fault::new(error.code(), format!("`{}`: {error}", self.file.display()))
        };
        let (after, section) = if self.remove {
            (take_section(bytes).map_err(broken)?, Section::default())
        } else {
            let section = self.section(folder.memory(), form);
            (Some(put_section(bytes, &section.text).map_err(broken)?), section)
        };
        let changed = after.as_ref().filter(|after| before.as_ref() != Some(*after));
        if let Some(after) = changed.filter(|_| !self.check) {
            replace_file(&self.file, after)?;
        }
        let is_changed = changed.is_some();
        self.tell(is_changed, &section)?;
        Ok(if self.check && is_changed { ExitCode::FAILURE } else { ExitCode::SUCCESS })
    }

    fn section(&self, memory: &Memory, form: Form) -> Section {
        if self.with_notes {
            return notes_section(memory, self.budget);
        }
        let at = seen_from(&self.file, self.memory.path());
        let import = match form {
            Form::Import => import_section(memory, &at),
            Form::Lines => None,
        };
        import.unwrap_or_else(|| index_section(memory, &at, self.budget))
    }

    fn tell(&self, changed: bool, section: &Section) -> io::Result<()> {
        let mut screen = Screen::stdout();
        let state = match (changed, self.check, self.remove) {
            (false, ..) => "up_to_date",
            (true, true, _) => "stale",
            (true, false, true) => "removed",
            (true, false, false) => "written",
        };
        if self.json {
            screen.json(&json!({
                "file": self.file.display().to_string(),
                "state": state,
                "notes": section.notes,
                "left_out": section.left_out,
            }))?;
            return screen.flush();
        }
        let name = Line::new().name(self.file.display().to_string());
        let notes = count(section.notes as u64, "note");
        screen.wrapped(
            0,
            match state {
                "up_to_date" if self.remove => name.plain(": there is no section to take out."),
                "up_to_date" => name.plain(format!(": the section is up to date ({notes}).")),
                "stale" => name.plain(": the section is not up to date."),
                "removed" => name.plain(": took the section out."),
                _ => name.plain(format!(": wrote the section ({notes}).")),
            },
        )?;
        if section.left_out > 0 {
            let left_out = count(section.left_out as u64, "note");
            screen.wrapped(2, format!("{left_out} did not fit into {} tokens.", self.budget))?;
        }
        screen.flush()
    }
}

/// Returns how `folder` is called in `file`: the way from the file's folder, with `/`.
fn seen_from(file: &Path, folder: &Path) -> String {
    let absolute = |path: &Path| path.canonicalize().or_else(|_| std::path::absolute(path)).ok();
    let above = file.parent().filter(|path| !path.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let as_typed = || folder.to_string_lossy().replace('\\', "/");
    let Some((from, to)) = absolute(above).zip(absolute(folder)) else { return as_typed() };
    let (from, to): (Vec<_>, Vec<_>) = (from.components().collect(), to.components().collect());
    let shared = from.iter().zip(&to).take_while(|(from, to)| from == to).count();
    if shared == 0 || matches!(to[..shared].last(), Some(Component::Prefix(_))) {
        return as_typed();
    }
    let up = from[shared..].iter().map(|_| "..".to_owned());
    let down = to[shared..].iter().map(|part| part.as_os_str().to_string_lossy().into_owned());
    let way: Vec<String> = up.chain(down).collect();
    if way.is_empty() { ".".to_owned() } else { way.join("/") }
}
