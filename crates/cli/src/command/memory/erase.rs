//! `somnium memory erase`.

use std::collections::BTreeMap;
use std::process::ExitCode;

use serde_json::json;
use somnium_dream::{Forget, Forgotten, Options, Tally, digest, each_text, excerpt, forget};
use somnium_memory::Traces;
use somnium_memory::store::{Erased, ErasedMark, Erasure, Folder, Publication, Searched, SessionFile, State};
use somnium_types::{PrincipalId, SessionId, Timestamp};

use crate::command::Outcome;
use crate::fault::{Fault, warn};
use crate::kept;
use crate::memory_folder::{self, MemoryArgs, dreams};
use crate::person::Person;
use crate::places;
use crate::reading::Inputs;
use crate::record::RunRecord;
use crate::screen::{Line, Screen};
use crate::words::count;

/// Forgets a session, or a person, as if it had never been read.
///
/// What only they supported is withdrawn; what others support, too, is counted and written again without them. It is
/// taken out of session files, records of dreams, earlier versions and the history as well, and is not read again. At
/// the end every file of the memory is searched for it. This cannot be undone. Exit status 1 where something is left in
/// the words of people, which stay theirs to change.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  somnium memory erase --session 2f1c0a7e --memory memory --dry-run
  somnium memory erase --principal kim --why 'request of 3 March' --memory memory")]
pub(crate) struct Args {
    /// The session's id
    #[arg(long, value_name = "ID", conflicts_with = "principal", required_unless_present = "principal")]
    session: Option<String>,
    /// The person: sessions that ran for them, and what they said in others
    #[arg(long, value_name = "NAME")]
    principal: Option<String>,
    #[command(flatten)]
    memory: MemoryArgs,
    /// Why, for the history
    #[arg(long, value_name = "TEXT")]
    why: Option<String>,
    /// Say what would go and write nothing
    #[arg(long)]
    dry_run: bool,
    /// Print one JSON object
    #[arg(long)]
    json: bool,
}

impl Args {
    pub(super) fn run(self) -> Outcome {
        let mut folder = self.memory.open()?;
        let what = self.what();
        let last = dreams(&folder).into_iter().filter_map(|(_, record)| record).next_back();
        let options = last.map(|record| record.options).unwrap_or_default();
        let (before, files) = kept::prior(&folder, &[], &options, true)?;
        let forgotten =
            forget(before, &what, &options).map_err(|error| Fault::from_error(error.code(), &error))?;
        if forgotten.sessions.is_empty()
            && forgotten.shortened == 0
            && search(&folder, &forgotten.traces)?.left.is_empty()
        {
            let message = format!("`{}` is not known in `{}`", what.name(), folder.root().display());
            return Err(Fault::new("SOM020", message)
                .hint("`somnium dreams explain` and `--json` of a dream name the sessions behind a note"));
        }
        let erased = match self.dry_run {
            true => None,
            false => Some(erase(&mut folder, &what, &forgotten, &files, &options, self.why.clone())?),
        };
        let searched = match erased {
            // From the disk, not from what this process thinks is there.
            Some(_) => search(&memory_folder::open_existing(self.memory.path())?, &forgotten.traces)?,
            None => search(&folder, &forgotten.traces)?,
        };
        let told = Told { what: &what, forgotten: &forgotten, erased: erased.as_ref(), searched: &searched };
        let mut screen = Screen::stdout();
        if self.json {
            told.json(&mut screen)?;
        } else {
            told.print(&mut screen)?;
        }
        screen.flush()?;
        let is_done = self.dry_run || searched.left.is_empty();
        Ok(if is_done { ExitCode::SUCCESS } else { ExitCode::FAILURE })
    }

    fn what(&self) -> Forget {
        // As sessions are read: a name that looks like a secret is masked there.
        let read = |text: &String| excerpt(text, &(0..text.len()));
        match (&self.session, &self.principal) {
            (Some(id), _) => Forget::Session(SessionId::from(id.as_str())),
            (None, name) => Forget::Principal(PrincipalId::from(name.as_ref().map(read).unwrap_or_default())),
        }
    }
}

fn erase(
    folder: &mut Folder,
    what: &Forget,
    forgotten: &Forgotten,
    files: &[SessionFile],
    options: &Options,
    why: Option<String>,
) -> Result<Erased, Fault> {
    let dreamt = &forgotten.dreamt;
    let person = Person::here();
    let (sessions, files) = session_files(folder, what, files)?;
    let mut state: State = folder.state().clone();
    state.baselines.clone_from(&dreamt.baselines);
    state.tombstones.clone_from(&dreamt.tombstones);
    state.ledger.clone_from(&dreamt.ledger);
    state.sessions = files;
    state.erased.retain(|mark| !mark.is_of(what.name()));
    state.erased.push(ErasedMark::of(what.name(), person.now().to_string().as_bytes()));
    let record = RunRecord {
        review: None,
        report: dreamt.report.clone(),
        stages: dreamt.stages.clone(),
        options: options.clone(),
        inputs: Inputs::default(),
        // It would say what went.
        diff: String::new(),
    };
    let mut report = serde_json::to_value(record).map_err(|error| Fault::from_error("SOM011", &error))?;
    forgotten.traces.scrub(&mut report);
    let tally = dreamt.tally.encode().ok();
    let at: Timestamp = person.now();
    // First: were it cut short in between, the next erasure would find nothing to do in the memory.
    forget_cache();
    let erased = folder.erase(Erasure {
        publication: Publication {
            dream: &dreamt.report.dream.id,
            at,
            after: &dreamt.memory,
            state: &state,
            sessions: None,
            tally: tally.as_deref(),
            report: &report,
        },
        traces: &forgotten.traces,
        sessions,
        by: person.writer(),
        why,
    })?;
    Ok(erased)
}

type Rewritten = BTreeMap<String, Option<Vec<u8>>>;

/// Returns the session files that are rewritten, by name, and the list of all that stay.
fn session_files(
    folder: &Folder,
    what: &Forget,
    usable: &[SessionFile],
) -> Result<(Rewritten, Vec<SessionFile>), Fault> {
    let (mut rewritten, mut files) = (Rewritten::new(), Vec::new());
    for (mut file, bytes) in folder.sessions()?.files {
        if !usable.contains(&file) {
            continue;
        }
        let mut sessions = digest::decode(&bytes).map_err(|error| Fault::from_error("SOM014", &error))?;
        if what.take_out(&mut sessions) > 0 {
            let name = format!("sessions/{}.digest", file.dream);
            if sessions.is_empty() {
                rewritten.insert(name, None);
                continue;
            }
            let bytes = digest::encode(&sessions).map_err(|error| Fault::from_error("SOM011", &error))?;
            file.sha256 = somnium_types::sha256_hex(&bytes);
            rewritten.insert(name, Some(bytes));
        }
        files.push(file);
    }
    Ok((rewritten, files))
}

/// What was read of transcripts is kept there, too, by transcript: all of it can be made again.
fn forget_cache() {
    let Some(cache) = places::cache().map(|cache| cache.join("digests")).filter(|cache| cache.exists())
    else {
        return;
    };
    if let Err(error) = std::fs::remove_dir_all(&cache) {
        warn(&format!(
            "`{}` could not be deleted ({error}); delete it: it holds what was erased",
            cache.display()
        ));
    }
}

fn search(folder: &Folder, traces: &Traces) -> Result<Searched, Fault> {
    Ok(folder.search(traces, &|name, bytes| match name {
        ".somnium/tally" => {
            let tally = folder.tally().and_then(|bytes| Tally::decode(&bytes).ok());
            tally.and_then(|tally| tally.counts().ok()).map(|counts| vec![counts.to_string()])
        }
        _ if name.starts_with(".somnium/sessions/") => {
            let mut texts = Vec::new();
            for session in digest::decode(bytes).ok()? {
                each_text(&session, &mut |text| texts.push(text.to_owned()));
            }
            Some(texts)
        }
        _ => None,
    })?)
}

/// What is told at the end.
struct Told<'a> {
    what: &'a Forget,
    forgotten: &'a Forgotten,
    erased: Option<&'a Erased>,
    searched: &'a Searched,
}

impl Told<'_> {
    fn json(&self, screen: &mut Screen) -> std::io::Result<()> {
        let (names, passages) = self.forgotten.traces.len();
        screen.json(&json!({
            "written": self.erased.is_some(),
            "sessions": self.forgotten.sessions.len(),
            "shortened": self.forgotten.shortened,
            "withdrawn": self.forgotten.withdrawn,
            "erased": self.erased,
            "searched": self.searched,
            "traces": { "names": names, "passages": passages },
        }))
    }

    fn print(&self, screen: &mut Screen) -> std::io::Result<()> {
        let Forgotten { sessions, shortened, withdrawn, traces, .. } = self.forgotten;
        let verb = if self.erased.is_some() { "Erased " } else { "Would erase " };
        let mut text = match sessions.len() {
            0 => "what was said".to_owned(),
            many => count(many as u64, "session"),
        };
        if *shortened > 0 {
            text += &format!(", and what they said in {}", count(*shortened as u64, "other session"));
        }
        screen.wrapped(0, Line::from(verb).strong(self.what.name()).plain(format!(": {text}.")))?;
        let blocks = withdrawn.iter().map(|id| id.as_str()).collect::<Vec<_>>().join(", ");
        let notes = count(withdrawn.len() as u64, "note");
        match blocks.is_empty() {
            true => screen.wrapped(2, "no note rested on it alone")?,
            false => screen.wrapped(2, format!("{notes} that nothing else supports: {blocks}"))?,
        }
        let Some(erased) = self.erased else {
            let (files, places) = (self.searched.files, self.searched.left.len());
            screen.wrapped(2, format!("it is in {places} of {} now", count(files as u64, "file")))?;
            return screen.wrapped(0, "Nothing was written.");
        };
        let records = count(erased.rewritten.len() as u64, "record");
        let gone = erased.deleted.len();
        let lines = count(erased.lines, "line");
        screen.wrapped(
            2,
            format!("{records} rewritten, {gone} deleted; {lines} of the history lost their words"),
        )?;
        let (names, passages) = traces.len();
        let sought = format!("{} and {}", count(names as u64, "name"), count(passages as u64, "passage"));
        let where_ =
            format!("{}, {} of them packed", count(self.searched.files as u64, "file"), self.searched.packed);
        if self.searched.left.is_empty() {
            screen.wrapped(0, format!("Searched {where_}, for {sought}: found nowhere."))?;
        } else {
            let left = count(self.searched.left.len() as u64, "file");
            screen
                .wrapped(0, format!("Searched {where_}, for {sought}: still in {left} that people wrote:"))?;
            for left in &self.searched.left {
                let line = left.line.map_or_else(String::new, |line| format!(", line {line}"));
                screen.wrapped(2, format!("{}{line}", left.file))?;
            }
        }
        screen.wrapped(
            0,
            Line::new().faint(
                "Not touched: the transcripts themselves, other copies of this folder, and version control.",
            ),
        )
    }
}
