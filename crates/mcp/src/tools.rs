//! What an agent can call: a table.

use rmcp::model::{JsonObject, Tool, ToolAnnotations};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};
use somnium_memory::search;
use somnium_memory::store::Says;
use somnium_memory::tool::{Call, file_path};
use somnium_memory::{Memory, is_text};
use somnium_types::BlockId;

use crate::Shelf;

/// Most bytes of a file that one answer has: a fifth of what fits into the context of common models.
const MAX_ANSWER: usize = 128 << 10;
/// Hits where none are asked for, and at most.
const HITS: usize = 5;
const MAX_HITS: usize = 20;
/// Most bytes of what an agent says.
const MAX_WORDS: usize = 2_000;

/// One tool.
pub(crate) struct Row {
    name: &'static str,
    title: &'static str,
    description: &'static str,
    /// Name, whether it has to be there, type, and meaning of each argument.
    arguments: &'static [(&'static str, bool, &'static str, &'static str)],
    reads_only: bool,
    run: fn(&Shelf, Value) -> Result<String, String>,
}

/// The tools.
pub(crate) const TOOLS: &[Row] = &[
    Row {
        name: "memory_read",
        title: "Read the memory",
        description: "Reads from the memory: without arguments its index, which has a line for each note worth knowing; \
                      or one note by its id, one file, or the list of a folder.",
        arguments: &[(
            "what",
            false,
            "string",
            "The id of a note (`m-7f3a`), a file (`notes/shell.md`) or a folder (`notes`). The index where it is left out.",
        )],
        reads_only: true,
        run: read,
    },
    Row {
        name: "memory_search",
        title: "Search the memory",
        description: "Finds notes by words: names of tools and commands, words of an error message, words of a task. \
                      Search before you start a task, and when something fails.",
        arguments: &[
            ("query", true, "string", "The words."),
            ("limit", false, "integer", "How many notes at most: 1 to 20, 5 where it is left out."),
        ],
        reads_only: true,
        run: find,
    },
    Row {
        name: "memory_cite",
        title: "Say that a note was used",
        description: "Says that you go by a note, so that people can see which notes are of use. The note stays as it is.",
        arguments: &[
            ("note", true, "string", "The id of the note."),
            ("where", false, "string", "The session or task in which it was used, in a few words."),
        ],
        reads_only: false,
        run: cite,
    },
    Row {
        name: "memory_report_wrong",
        title: "Report a wrong note",
        description: "Says that a note is wrong or no longer holds. A person looks at it; until then the note stays as it is.",
        arguments: &[
            ("note", true, "string", "The id of the note."),
            ("reason", true, "string", "What is wrong, and how you know."),
        ],
        reads_only: false,
        run: report,
    },
];

/// Returns the tools as the protocol lists them.
pub(crate) fn list() -> Vec<Tool> {
    TOOLS.iter().map(Row::tool).collect()
}

/// Carries a call out. `None`: there is no such tool. `Err` is for the agent to read.
pub(crate) fn call(
    shelf: &Shelf,
    name: &str,
    arguments: Option<JsonObject>,
) -> Option<Result<String, String>> {
    let row = TOOLS.iter().find(|row| row.name == name)?;
    Some((row.run)(shelf, Value::Object(arguments.unwrap_or_default())))
}

impl Row {
    pub(crate) fn tool(&self) -> Tool {
        let properties: JsonObject = self
            .arguments
            .iter()
            .map(|(name, _, kind, meaning)| {
                ((*name).to_owned(), json!({ "type": kind, "description": meaning }))
            })
            .collect();
        let required: Vec<&str> =
            self.arguments.iter().filter(|(_, required, ..)| *required).map(|(name, ..)| *name).collect();
        let mut schema = JsonObject::new();
        schema.insert("type".to_owned(), json!("object"));
        schema.insert("properties".to_owned(), Value::Object(properties));
        schema.insert("required".to_owned(), json!(required));
        schema.insert("additionalProperties".to_owned(), json!(false));
        let annotations = ToolAnnotations::with_title(self.title)
            .read_only(self.reads_only)
            .destructive(false)
            .open_world(false);
        Tool::new(self.name, self.description, schema).with_title(self.title).with_annotations(annotations)
    }
}

#[derive(Deserialize)]
struct ReadArguments {
    #[serde(default)]
    what: Option<String>,
}

fn read(shelf: &Shelf, arguments: Value) -> Result<String, String> {
    let ReadArguments { what } = parse(arguments)?;
    let folder = shelf.folder().map_err(|trouble| trouble.to_string())?;
    let memory = folder.memory();
    let what = what.as_deref().unwrap_or_default().trim();
    if what.is_empty() {
        let index = memory.index_path();
        return match memory.get(&index) {
            Some(bytes) => text(index.as_str(), bytes),
            None => listing(shelf, memory, "/memories"),
        };
    }
    let id = BlockId::from(what.trim_start_matches("som:"));
    let block = memory.blocks().into_iter().find(|block| block.id == id);
    if let Some(block) = block.filter(|block| shelf.reach.allows(block.path.as_str())) {
        return Ok(format!("{}\n({} in /{})\n\n{}", block.title, block.id, block.path, block.body));
    }
    match file_path(what, &shelf.reach).map_err(|refusal| refusal.0)? {
        Some(path) => match memory.get(&path) {
            Some(bytes) => text(path.as_str(), bytes),
            None => listing(shelf, memory, &format!("/memories/{path}")),
        },
        None => listing(shelf, memory, "/memories"),
    }
}

fn listing(shelf: &Shelf, memory: &Memory, path: &str) -> Result<String, String> {
    let call = Call::View { path: path.to_owned(), view_range: None };
    let answer = call.answer(memory, &Default::default(), &shelf.reach);
    answer.map(|answer| answer.content).map_err(|_| {
        let what = path.trim_start_matches("/memories/");
        format!("There is no note and no file `{what}` in the memory. `memory_search` finds notes by words.")
    })
}

fn text(path: &str, bytes: &[u8]) -> Result<String, String> {
    if !is_text(bytes) {
        return Err(format!("`{path}` is not a text file."));
    }
    if bytes.len() <= MAX_ANSWER {
        return Ok(String::from_utf8_lossy(bytes).into_owned());
    }
    let start = String::from_utf8_lossy(&bytes[..MAX_ANSWER]).into_owned();
    let start = start.rsplit_once('\n').map_or(start.as_str(), |(start, _)| start);
    Ok(format!("{start}\n\n[The file goes on. Read its notes by their ids, or search.]"))
}

#[derive(Deserialize)]
struct FindArguments {
    query: String,
    #[serde(default)]
    limit: Option<u64>,
}

fn find(shelf: &Shelf, arguments: Value) -> Result<String, String> {
    let FindArguments { query, limit } = parse(arguments)?;
    bounded("query", &query)?;
    let limit = limit.map_or(HITS, |limit| usize::try_from(limit).unwrap_or(MAX_HITS).clamp(1, MAX_HITS));
    let folder = shelf.folder().map_err(|trouble| trouble.to_string())?;
    let hits = search(folder.memory(), &shelf.reach, &query, limit);
    if hits.is_empty() {
        return Ok("Nothing in the memory has these words.".to_owned());
    }
    let shown = hits.iter().zip(1..).map(|(hit, number)| {
        let id = hit.id.as_ref().map_or_else(String::new, |id| format!("{id} in "));
        let title = if hit.title.is_empty() { hit.path.stem() } else { &hit.title };
        format!("{number}. {title}\n   ({id}/{}:{})\n   {}", hit.path, hit.line, hit.excerpt)
    });
    Ok(shown.collect::<Vec<_>>().join("\n\n"))
}

#[derive(Deserialize)]
struct CiteArguments {
    note: String,
    #[serde(default, rename = "where")]
    place: Option<String>,
}

fn cite(shelf: &Shelf, arguments: Value) -> Result<String, String> {
    let CiteArguments { note, place } = parse(arguments)?;
    let place = place.unwrap_or_default();
    bounded("where", &place)?;
    remark(shelf, &note, Says::Used, &place)?;
    Ok(format!("Noted: `{note}` was used."))
}

#[derive(Deserialize)]
struct ReportArguments {
    note: String,
    reason: String,
}

fn report(shelf: &Shelf, arguments: Value) -> Result<String, String> {
    let ReportArguments { note, reason } = parse(arguments)?;
    bounded("reason", &reason)?;
    if reason.trim().is_empty() {
        return Err("`reason` is empty: say what is wrong, and how you know.".to_owned());
    }
    remark(shelf, &note, Says::Wrong, &reason)?;
    Ok(format!("Reported: a person will see it. `{note}` stays as it is until then."))
}

fn remark(shelf: &Shelf, note: &str, says: Says, words: &str) -> Result<(), String> {
    let id = BlockId::from(note.trim().trim_start_matches("som:"));
    match shelf.remark(&id, says, words) {
        Ok(true) => Ok(()),
        Ok(false) => {
            Err("There is no note of that id in the memory. `memory_search` finds notes by words.".to_owned())
        }
        Err(trouble) => Err(trouble.to_string()),
    }
}

fn bounded(name: &str, text: &str) -> Result<(), String> {
    if text.len() > MAX_WORDS { Err(format!("`{name}` is longer than 2,000 bytes.")) } else { Ok(()) }
}

fn parse<T: DeserializeOwned>(arguments: Value) -> Result<T, String> {
    serde_json::from_value(arguments).map_err(|error| format!("The arguments cannot be used: {error}"))
}
