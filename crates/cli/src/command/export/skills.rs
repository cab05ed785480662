//! `somnium export skills`.

use std::collections::BTreeSet;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use serde::Serialize;
use serde_json::json;
use somnium_memory::export::{Origin, SKILL_FILE, Skill, origin, skills};
use somnium_memory::store::replace_file;

use crate::command::Outcome;
use crate::fault::Fault;
use crate::memory_folder::MemoryArgs;
use crate::screen::{Line, Paint, Screen};

/// Writes each playbook as an Agent Skill: a folder with a `SKILL.md`.
///
/// A skill that somebody edited after it was written, or wrote themselves, is left as it is and named.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  somnium export skills --memory memory --to .claude/skills
  somnium export skills --memory memory --to .agents/skills --check
  somnium export skills --memory memory --to skills --prune")]
pub(crate) struct Args {
    #[command(flatten)]
    memory: MemoryArgs,
    /// The folder for the skills' folders; made where it is not there
    #[arg(long, value_name = "DIR")]
    to: PathBuf,
    /// Also playbooks that are not confirmed yet
    #[arg(long)]
    all: bool,
    /// Delete skills that were written before and whose playbook is gone
    #[arg(long)]
    prune: bool,
    /// Only say whether the skills are up to date: exit status 1 where one is not
    #[arg(long)]
    check: bool,
    /// Print one JSON object
    #[arg(long)]
    json: bool,
}

/// What becomes of a skill.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
enum Fate {
    /// There was none.
    New,
    /// The playbook changed.
    Updated,
    /// Nothing to do.
    UpToDate,
    /// Somebody edited it.
    Edited,
    /// Somebody else's skill has its name.
    Foreign,
}

impl Fate {
    fn is_work(self) -> bool {
        matches!(self, Self::New | Self::Updated)
    }

    fn words(self) -> (Paint, &'static str) {
        match self {
            Self::New => (Paint::Good, "new"),
            Self::Updated => (Paint::Good, "updated"),
            Self::UpToDate => (Paint::Plain, "up to date"),
            Self::Edited => (Paint::Warn, "left as somebody edited it"),
            Self::Foreign => (Paint::Warn, "left alone: another skill has this name"),
        }
    }
}

impl Args {
    pub(super) fn run(self) -> Outcome {
        let folder = self.memory.open()?;
        let found = skills(folder.memory(), self.all);
        let mut rows: Vec<(&Skill, Fate)> = Vec::new();
        for skill in &found.skills {
            let fate = self.fate(skill)?;
            if fate.is_work() && !self.check {
                self.write(skill)?;
            }
            rows.push((skill, fate));
        }
        let names: BTreeSet<&str> = found.skills.iter().map(|skill| skill.name.as_str()).collect();
        let gone = self.gone(&names)?;
        if self.prune && !self.check {
            gone.iter().try_for_each(|name| self.delete(name))?;
        }
        let stale = rows.iter().any(|(_, fate)| fate.is_work()) || (self.prune && !gone.is_empty());
        let mut screen = Screen::stdout();
        if self.json {
            let skills = rows.iter().map(|(skill, fate)| {
                json!({
                    "name": skill.name,
                    "description": skill.description,
                    "playbook": format!("/{}", skill.source),
                    "notes": skill.notes,
                    "state": fate,
                })
            });
            let left_out = found
                .left_out
                .iter()
                .map(|(path, why)| json!({ "playbook": format!("/{path}"), "why": why }));
            screen.json(&json!({
                "to": self.to.display().to_string(),
                "up_to_date": !stale,
                "skills": skills.collect::<Vec<_>>(),
                "left_out": left_out.collect::<Vec<_>>(),
                "gone": gone,
            }))?;
        } else {
            for (skill, fate) in &rows {
                let (paint, words) = fate.words();
                screen.cut(Line::new().name(&skill.name).plain("  ").with(paint, words))?;
                screen.cut(Line::new().plain("  ").faint(&skill.description))?;
            }
            for (path, why) in &found.left_out {
                screen.cut(Line::new().plain(format!("left out: /{path} ({why})")))?;
            }
            let what = if self.prune { "deleted" } else { "kept; `--prune` deletes it" };
            for name in &gone {
                screen.cut(Line::new().name(name).plain(format!("  its playbook is gone; {what}")))?;
            }
            if rows.is_empty() && found.left_out.is_empty() {
                screen.wrapped(
                    0,
                    "There is no playbook in this memory: dreams write them under `playbooks/`.",
                )?;
            }
        }
        screen.flush()?;
        Ok(if self.check && stale { ExitCode::FAILURE } else { ExitCode::SUCCESS })
    }

    /// Compares a skill with what is there.
    fn fate(&self, skill: &Skill) -> Result<Fate, Fault> {
        let mut fate = None;
        for file in &skill.files {
            let there = read(&self.path(&skill.name, file.path))?;
            let is = match there.as_deref() {
                None if file.path == SKILL_FILE => return Ok(Fate::New),
                None => Fate::Updated,
                Some(text) => match origin(text) {
                    Origin::Foreign => return Ok(Fate::Foreign),
                    Origin::Edited => return Ok(Fate::Edited),
                    Origin::Ours if *text == file.text => Fate::UpToDate,
                    Origin::Ours => Fate::Updated,
                },
            };
            fate = fate.filter(|known| *known == Fate::Updated).or(Some(is));
        }
        Ok(fate.unwrap_or(Fate::UpToDate))
    }

    fn write(&self, skill: &Skill) -> Result<(), Fault> {
        // `SKILL.md` last: whoever finds it finds what it refers to.
        for file in skill.files.iter().rev() {
            replace_file(&self.path(&skill.name, file.path), file.text.as_bytes())?;
        }
        Ok(())
    }

    /// Names the skills that an export wrote, that nobody edited, and that no playbook is behind.
    fn gone(&self, names: &BTreeSet<&str>) -> Result<Vec<String>, Fault> {
        let entries = match fs::read_dir(&self.to) {
            Ok(entries) => entries,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
            Err(error) => return Err(unreadable(&self.to, error)),
        };
        let mut gone = BTreeSet::new();
        for entry in entries {
            let entry = entry.map_err(|error| unreadable(&self.to, error))?;
            let Ok(name) = entry.file_name().into_string() else { continue };
            let skill = self.path(&name, SKILL_FILE);
            if names.contains(name.as_str()) || !skill.is_file() {
                continue;
            }
            if read(&skill)?.is_some_and(|text| origin(&text) == Origin::Ours) {
                gone.insert(name);
            }
        }
        Ok(gone.into_iter().collect())
    }

    /// Deletes what an export wrote, and the folders that are empty then.
    fn delete(&self, name: &str) -> Result<(), Fault> {
        let folder = self.to.join(name);
        let references = folder.join("references");
        // `SKILL.md` last: a skill without it would not be found again.
        for path in [references.join("notes.md"), folder.join(SKILL_FILE)] {
            if read(&path)?.is_some_and(|text| origin(&text) == Origin::Ours) {
                fs::remove_file(&path).map_err(|error| {
                    Fault::new("SOM011", format!("cannot delete `{}`", path.display())).because(error)
                })?;
            }
        }
        // What somebody else put there keeps its folder.
        let _ = fs::remove_dir(references);
        let _ = fs::remove_dir(folder);
        Ok(())
    }

    fn path(&self, name: &str, file: &str) -> PathBuf {
        let mut path = self.to.join(name);
        path.extend(file.split('/'));
        path
    }
}

/// Returns a file's text; `None` where there is none. What is no text is somebody else's.
fn read(path: &Path) -> Result<Option<String>, Fault> {
    match fs::read(path) {
        Ok(bytes) => Ok(Some(String::from_utf8_lossy(&bytes).into_owned())),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(unreadable(path, error)),
    }
}

fn unreadable(path: &Path, error: io::Error) -> Fault {
    Fault::new("SOM002", format!("cannot read `{}`", path.display())).because(error)
}
