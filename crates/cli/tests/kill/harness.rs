//! Runs rows: once whole, then killed.

use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use serde_json::Value;
use tempfile::TempDir;

use crate::shape::{Allowed, Found, Shape};
use crate::strace::{self, Point};
use crate::table::{Family, Leaves, Row, Step, TABLE};
use crate::world::session;

/// Calls of each row that are tried unless `SOMNIUM_KILLS` says otherwise.
const KILLS: usize = 3;

/// A world that can be put back as it was. It is always in the same place, because the record of how far a history
/// was seen goes by the place.
pub struct Stage {
    dir: TempDir,
    note: String,
}

/// What a run left.
#[derive(Debug, PartialEq, Eq)]
pub struct Left {
    pub status: Option<i32>,
    pub shape: Shape,
}

impl Stage {
    /// Returns a world with six sessions and a memory of a person's, in which `before` was done.
    pub fn new(before: &[Step]) -> Self {
        let mut stage = Self { dir: tempfile::tempdir().unwrap(), note: String::new() };
        fs::create_dir_all(stage.root()).unwrap();
        fs::create_dir_all(stage.dir.path().join("tmp")).unwrap();
        let sessions =
            |numbers: std::ops::Range<usize>| -> String { numbers.map(|n| session(n, n != 5)).collect() };
        stage.write("sessions/monday.jsonl", &sessions(0..3));
        stage.write("sessions/tuesday.jsonl", &sessions(3..6));
        stage.write("memory/own.md", "# Own\n\n### Ask Rosa first  <!-- som:x-own -->\nAlways.\n");
        stage.write("memory/plain.md", "# Just text\n");
        for (name, text) in [("post", "Look first."), ("close", "Look last.")] {
            let playbook = format!("# To {name}\n\n### How to {name}  <!-- som:x-{name} -->\n{text}\n");
            stage.write(&format!("memory/playbooks/{name}.md"), &playbook);
        }
        stage.take(before);
        copy(&stage.root(), &stage.dir.path().join("kept"));
        stage
    }

    pub fn root(&self) -> PathBuf {
        self.dir.path().join("world")
    }

    /// Puts everything back as it was before the row.
    pub fn reset(&self) {
        fs::remove_dir_all(self.root()).unwrap();
        copy(&self.dir.path().join("kept"), &self.root());
    }

    pub fn write(&self, path: &str, text: &str) {
        let path = self.root().join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }

    fn take(&mut self, steps: &[Step]) {
        for step in steps {
            match step {
                Step::Run(line, stdin) => {
                    let output = self.run(self.somnium(line), stdin);
                    assert!(output.status.success(), "{line}: {}", String::from_utf8_lossy(&output.stderr));
                    if self.note.is_empty() {
                        self.note = self.written_by_dreams();
                    }
                }
                Step::Keep(line, path) => {
                    let output = self.run(self.somnium(line), "");
                    self.write(path, std::str::from_utf8(&output.stdout).unwrap());
                }
                Step::Write(path, text) => self.write(path, text),
                Step::Replace(path, from, to) => {
                    let text = fs::read_to_string(self.root().join(path)).unwrap();
                    assert!(text.contains(from), "{path} has no {from:?}");
                    self.write(path, &text.replace(from, to));
                }
                Step::Delete(path) => fs::remove_file(self.root().join(path)).unwrap(),
            }
        }
    }

    /// Returns the id of a note that a dream wrote.
    fn written_by_dreams(&self) -> String {
        let output = self.run(self.somnium("memory ls --memory memory --json"), "");
        let listed: Value = serde_json::from_slice(&output.stdout).unwrap();
        let mut blocks = listed["blocks"].as_array().unwrap().iter();
        let ours = blocks.find(|block| block["owner"] == "ours");
        ours.map_or(String::new(), |block| block["id"].as_str().unwrap().to_owned())
    }

    /// Returns the words of a line, `NAME=value` at its beginning left to `env`.
    fn words(&self, line: &str) -> Vec<String> {
        let line = line.replace("{note}", &self.note);
        let words = line.split_whitespace().map(str::to_owned);
        let (mut env, mut args): (Vec<_>, Vec<_>) = (vec!["env".to_owned()], Vec::new());
        for word in words {
            let is_setting = args.is_empty() && word.contains('=');
            if is_setting { &mut env } else { &mut args }.push(word);
        }
        let program = env!("CARGO_BIN_EXE_somnium").to_owned();
        let env = if env.len() > 1 { env } else { Vec::new() };
        env.into_iter().chain([program]).chain(args).collect()
    }

    fn somnium(&self, line: &str) -> Command {
        let words = self.words(line);
        let mut command = Command::new(&words[0]);
        command.args(&words[1..]);
        command
    }

    /// Runs a command in the world with a standard input.
    pub fn run(&self, mut command: Command, stdin: &str) -> Output {
        let stdin = stdin.replace("{note}", &self.note);
        command.current_dir(self.root()).env_clear();
        command.env("HOME", self.root().join("home")).env("TMPDIR", self.dir.path().join("tmp"));
        command.env("PATH", std::env::var_os("PATH").unwrap_or_default());
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().unwrap();
        // One that was killed, or has no use for it, reads nothing.
        let _ = child.stdin.take().unwrap().write_all(stdin.as_bytes());
        child.wait_with_output().unwrap()
    }

    fn left(&self, output: &Output) -> Left {
        Left { status: output.status.code(), shape: Shape::of(&self.root()).0 }
    }

    /// Opens every memory there is, as the next command would; its history has to hold.
    fn open_all(&self, known: &[PathBuf]) -> Result<(), String> {
        for memory in known.iter().filter(|path| path.is_dir()) {
            let line = format!("memory verify --memory {} --json", memory.display());
            let output = self.run(self.somnium(&line), "");
            let told = String::from_utf8_lossy(&output.stdout).into_owned();
            let found: Value = serde_json::from_str(&told).unwrap_or_default();
            let findings = found["standing"]["findings"].as_array().into_iter().flatten();
            // What was written elsewhere waits for a person still.
            if output.status.code().is_none() || findings.into_iter().any(|one| one["acceptable"] == false) {
                return Err(format!("{line}: {told}{}", String::from_utf8_lossy(&output.stderr)));
            }
        }
        Ok(())
    }

    /// Returns the memories of the world.
    fn memories(&self) -> Vec<PathBuf> {
        let mut found = vec![self.root().join("deep/out")];
        let entries = fs::read_dir(self.root()).unwrap().flatten().map(|entry| entry.path());
        found.extend(entries.filter(|path| !path.to_string_lossy().contains("/.somnium-")));
        found.into_iter().filter(|path| path.join(".somnium").is_dir()).collect()
    }
}

/// Something that writes, to be killed: the words of a command, and its standard input.
pub struct Victim<'a> {
    pub words: Vec<String>,
    pub stdin: &'a str,
    /// Whether other threads than the main one write.
    pub threads: bool,
    pub between: Option<&'a [Step]>,
    pub by_file: bool,
}

/// How often it was killed, and where it was found out.
#[derive(Debug, Default)]
pub struct Verdict {
    pub points: usize,
    pub killed: usize,
    pub faults: Vec<String>,
}

/// Runs a victim whole, again, and killed at up to `kills` of its calls.
pub fn kill(stage: &mut Stage, victim: &Victim<'_>, kills: usize) -> Verdict {
    let Victim { words, stdin, threads, between, by_file } = victim;
    let run = |command: Command| stage.run(command, stdin);
    let again = || {
        let mut command = Command::new(&words[0]);
        command.args(&words[1..]);
        stage.left(&run(command))
    };
    let old = Shape::of(&stage.root()).0;
    let (output, points) = strace::trace(words, *threads, &stage.dir.path().join("trace"), &run);
    let first = stage.left(&output);
    assert!(first.shape != old, "{words:?} changes nothing: {}", String::from_utf8_lossy(&output.stderr));
    let second = again();
    let mut verdict = Verdict { points: points.len(), ..Verdict::default() };
    let between = between.map(|steps| {
        let mut other = Stage::new(&[]);
        other.take(steps);
        Shape::of(&other.root()).0
    });
    for point in sample(&points, kills) {
        stage.reset();
        if !strace::kill(words, *threads, point, &run) {
            continue;
        }
        verdict.killed += 1;
        let allowed = Allowed { old: &old, between: between.as_ref(), new: &first.shape, by_file: *by_file };
        if let Err(why) = is_whole(stage, &allowed, &first, &second, &again) {
            verdict.faults.push(format!("killed before {} (number {}): {why}", point.line, point.nth));
        }
    }
    verdict
}

/// Looks at a world in which something was killed, and goes on in it.
fn is_whole(
    stage: &Stage,
    allowed: &Allowed<'_>,
    first: &Left,
    second: &Left,
    again: &dyn Fn() -> Left,
) -> Result<(), String> {
    stage.open_all(&stage.memories())?;
    let found = Shape::of(&stage.root()).0.judge(allowed)?;
    let now = again();
    let as_it_should = match found {
        Found::Old => now == *first,
        // The history tells of one proposal more.
        Found::Between => now.status == first.status && now.shape.files == first.shape.files,
        Found::New => now == *second,
    };
    if !as_it_should {
        let wanted = if found == Found::New { second } else { first };
        let only = Allowed { old: &wanted.shape, between: None, new: &wanted.shape, by_file: false };
        let told = now.shape.judge(&only).err().unwrap_or_default();
        let statuses = format!("status {:?}, not {:?}", now.status, wanted.status);
        return Err(format!("it left the state {found:?}; run again: {statuses}; {told}"));
    }
    let litter = Shape::of(&stage.root()).1;
    if litter.is_empty() { Ok(()) } else { Err(format!("litter stays after the next run: {litter:?}")) }
}

/// Returns so many of the points, evenly, the last one among them.
fn sample(points: &[Point], kills: usize) -> Vec<&Point> {
    let kills = kills.clamp(1, points.len().max(1));
    (1..=kills).filter_map(|n| points.get((points.len() * n / kills).checked_sub(1)?)).collect()
}

fn kills() -> usize {
    let asked = std::env::var("SOMNIUM_KILLS").ok().and_then(|text| text.parse().ok());
    asked.unwrap_or(KILLS)
}

/// Kills every row of a family, and fails where one left something that is neither old nor new.
pub fn kill_rows(family: Family) {
    if !strace::is_there() {
        return;
    }
    let mut faults = Vec::new();
    for row in TABLE.iter().filter(|row| row.family == family) {
        let start = std::time::Instant::now();
        let verdict = kill_row(row);
        let seconds = start.elapsed().as_secs_f64();
        let (command, _) = row.run;
        println!("{command}: killed at {} of {} calls, {seconds:.1} s", verdict.killed, verdict.points);
        faults.extend(verdict.faults.into_iter().map(|fault| format!("{command}: {fault}")));
        if verdict.killed == 0 {
            faults.push(format!("{command}: was never killed"));
        }
    }
    assert!(faults.is_empty(), "{}", faults.join("\n\n"));
}

fn kill_row(row: &Row) -> Verdict {
    let mut stage = Stage::new(row.before);
    let (line, stdin) = row.run;
    let victim = Victim {
        words: stage.words(line),
        stdin,
        threads: row.command == "mcp",
        between: match row.leaves {
            Leaves::OldBetweenOrNew(steps) => Some(steps),
            _ => None,
        },
        by_file: matches!(row.leaves, Leaves::EachFileOldOrNew),
    };
    kill(&mut stage, &victim, kills())
}

/// Runs the rows that write nothing, and looks.
pub fn run_readers() {
    for row in TABLE.iter().filter(|row| row.family == Family::Readers) {
        assert!(matches!(row.leaves, Leaves::Old), "{}", row.run.0);
        let stage = Stage::new(row.before);
        let before = everything(&stage.root());
        let output = stage.run(stage.somnium(row.run.0), row.run.1);
        let told = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{}: {told}", row.run.0);
        assert_eq!(before, everything(&stage.root()), "{}", row.run.0);
    }
}

/// Returns every file with its bytes, but for what is a user's own.
fn everything(root: &Path) -> std::collections::BTreeMap<PathBuf, Vec<u8>> {
    let mut found = std::collections::BTreeMap::new();
    let mut folders = vec![root.to_owned()];
    while let Some(folder) = folders.pop() {
        for path in fs::read_dir(folder).unwrap().flatten().map(|entry| entry.path()) {
            if path == root.join("home") {
            } else if path.is_dir() {
                folders.push(path);
            } else {
                found.insert(path.clone(), fs::read(path).unwrap());
            }
        }
    }
    found
}

fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap().flatten() {
        let target = to.join(entry.file_name());
        if entry.path().is_dir() {
            copy(&entry.path(), &target);
        } else {
            fs::copy(entry.path(), target).unwrap();
        }
    }
}
