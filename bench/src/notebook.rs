//! Memories as people and agents leave them, and sessions that bear on what stands in them: for M9 and M10.
//!
//! Names are made of syllables by the seed, so that nothing in the engine can know them.

use serde_json::{Value, json};
use somnium_memory::{Memory, MemoryPath};
use somnium_types::{
    Actor, Body, Event, Outcome, OutcomeSource, Status, Timestamp, ToolCall, ToolResult, Transcript,
};

use crate::chance::Chance;

/// Where the work is.
pub(crate) const PROJECTS: [&str; 2] = ["yard", "annex"];
/// Of so many sessions one is in the second project.
pub(crate) const ANNEX: usize = 4;

const SYLLABLES: [&str; 24] = [
    "ba", "dor", "fel", "gim", "hul", "jat", "kor", "lem", "mip", "nul", "pas", "quo", "rin", "sut", "tav",
    "ulm", "vek", "wor", "xan", "yel", "zim", "bro", "cla", "dri",
];

/// Returns a name that no text has.
pub(crate) fn name(chance: &mut Chance) -> String {
    (0..3).map(|_| SYLLABLES[chance.below(SYLLABLES.len())]).collect()
}

/// Returns one of several.
pub(crate) fn pick<T: Copy>(chance: &mut Chance, of: &[T]) -> T {
    of[chance.below(of.len())]
}

/// Whose turns of phrase are used.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Wording {
    /// Those that the engine was built with.
    Known,
    /// Others, written down afterwards and measured as they are.
    Fresh,
}

impl Wording {
    /// Returns the words that a row of the report adds.
    pub(crate) fn told(self) -> &'static str {
        match self {
            Self::Known => "",
            Self::Fresh => ", in words that came later",
        }
    }
}

/// Who wrote a line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Owner {
    Agent,
    Person,
}

/// A file in some layout.
#[derive(Clone, Debug)]
pub(crate) struct File {
    pub(crate) path: String,
    head: String,
    /// The lines, with who wrote them.
    pub(crate) lines: Vec<(Owner, String)>,
}

impl File {
    /// The layouts: a bare list, a file of topics, plain lines, a skill, a person's instructions.
    pub(crate) fn all(chance: &mut Chance) -> Vec<Self> {
        let topic = name(chance);
        let of = |path: String, head: &str| Self { path, head: head.to_owned(), lines: Vec::new() };
        vec![
            of("MEMORY.md".to_owned(), "# Memory\n\nKept by hand.\n\n"),
            of(format!("topics/{topic}.md"), "# Topic\n\n## What we know\n\n"),
            of("notes.txt".to_owned(), ""),
            of(
                format!("skills/{topic}/SKILL.md"),
                "---\nname: work\ndescription: how we work\n---\n\n# Work\n\n",
            ),
            of("CLAUDE.md".to_owned(), "# Instructions\n\n"),
        ]
    }

    fn line(&self, text: &str) -> String {
        if self.path.ends_with(".txt") { format!("{text}\n") } else { format!("- {text}\n") }
    }

    fn text(&self) -> String {
        self.head.clone() + &self.lines.iter().map(|(_, text)| self.line(text)).collect::<String>()
    }
}

/// Returns the memory of these files.
pub(crate) fn memory(files: &[File]) -> Memory {
    let mut memory = Memory::default();
    for file in files.iter().filter(|file| !file.lines.is_empty()) {
        if let Ok(path) = MemoryPath::new(&file.path) {
            memory.insert(path, file.text().as_bytes());
        }
    }
    memory
}

/// Returns the sessions in which agents wrote their lines, a third of a file's lines each, by three kinds of tools.
pub(crate) fn writing(files: &[File]) -> Vec<Transcript> {
    let mut sessions = Vec::new();
    for (at, file) in files.iter().enumerate() {
        let lines: Vec<String> = file
            .lines
            .iter()
            .filter(|(owner, _)| *owner == Owner::Agent)
            .map(|(_, text)| file.line(text))
            .collect();
        for (part, lines) in lines.chunks(lines.len().div_ceil(3).max(1)).enumerate() {
            let text = lines.concat();
            // It was written in the first project: there it holds.
            let mut session = Session::new(0, (100 + sessions.len()) * ANNEX);
            let memory = format!("/memories/{}", file.path);
            match (at + part) % 3 {
                0 => session.ok("memory", json!({ "command": "insert", "path": memory, "insert_line": 9, "insert_text": text })),
                1 => session.ok("Edit", json!({ "file_path": format!("/home/dev/memory/{}", file.path), "old_string": "x", "new_string": text })),
                _ => session.ok("Bash", json!({ "command": format!("cat >> memory/{} <<'EOF'\n{text}EOF", file.path) })),
            }
            sessions.push(session.finish());
        }
    }
    sessions
}

/// A session in the making.
pub(crate) struct Session {
    transcript: Transcript,
    calls: usize,
}

impl Session {
    /// The session `n` of dream `at`.
    pub(crate) fn new(at: usize, n: usize) -> Self {
        let mut transcript = Transcript::new(format!("stream-{at:03}-{n:03}").into());
        let hours = jiff::SignedDuration::from_hours(24 * i64::try_from(at).unwrap_or(0));
        let minutes = jiff::SignedDuration::from_mins(i64::try_from(n).unwrap_or(0) * 5);
        transcript.started_at = Some(Timestamp::UNIX_EPOCH + hours + minutes);
        transcript.ended_at = transcript.started_at;
        transcript.agent = Some(["ketch", "yawl", "sloop"][n % 3].into());
        transcript.principal = Some(["mate", "pilot", "cook", "purser", "bosun"][(n + at) % 5].into());
        transcript.project = Some(PROJECTS[usize::from(n % ANNEX == ANNEX - 1)].to_owned());
        transcript.task = Some(format!("job {}", n % 5).into());
        transcript.outcome = Some(Outcome::new(!(n + at).is_multiple_of(3), OutcomeSource::Reward));
        Self { transcript, calls: 0 }
    }

    /// A person says something.
    pub(crate) fn said(&mut self, text: &str) {
        self.transcript.events.push(Event::new(Body::User { text: text.to_owned() }));
    }

    /// A call that went well.
    pub(crate) fn ok(&mut self, tool: &str, input: Value) {
        self.call(tool, input, Status::Ok, None, "done");
    }

    /// A command line with its exit status.
    pub(crate) fn shell(&mut self, line: &str, exit: i32, text: &str) {
        let status = if exit == 0 { Status::Ok } else { Status::Error };
        self.call("Bash", json!({ "command": line }), status, Some(exit), text);
    }

    /// A call and its answer.
    pub(crate) fn call(
        &mut self,
        tool: &str,
        input: Value,
        status: Status,
        exit_code: Option<i32>,
        text: &str,
    ) {
        let id = format!("call-{}", self.calls);
        self.calls += 1;
        let call = ToolCall { id: id.as_str().into(), tool: tool.to_owned(), input, by: Actor::Agent };
        let result = ToolResult { call: id.as_str().into(), text: text.to_owned(), status, exit_code };
        self.transcript.events.push(Event::new(Body::ToolCall(call)));
        self.transcript.events.push(Event::new(Body::ToolResult(result)));
    }

    pub(crate) fn finish(self) -> Transcript {
        self.transcript
    }
}

/// The questions that a dream put to people.
pub(crate) fn asked(memory: &Memory, line: &str) -> bool {
    memory
        .blocks()
        .into_iter()
        .any(|block| block.path.as_str() == "conflicts.md" && block.body.contains(line))
}

/// Whether a file still says a line.
pub(crate) fn says(memory: &Memory, path: &str, line: &str) -> bool {
    let entries = memory.entries().into_iter();
    entries.filter(|entry| entry.path.as_str() == path).any(|entry| entry.text == line)
}

/// Whether the text stands anywhere, the archive included.
pub(crate) fn is_kept(memory: &Memory, line: &str) -> bool {
    memory.files().any(|(_, bytes)| String::from_utf8_lossy(bytes).contains(line))
}
