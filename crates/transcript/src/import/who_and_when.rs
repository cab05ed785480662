//! Who&When: failed runs of several cooperating agents, as a flat history of named speakers.
//!
//! ```json
//! {"question": "…", "question_ID": "…", "history": [{"content": "…", "role": "…", "name": "Planner"}]}
//! ```
//! Every speaker is a thread of its own; the first entry is the task. A role may say more in brackets:
//! `Lead (thought)`, `Lead (-> Browser)`. The executor of the framework behind it runs the code blocks of the
//! message before and answers in a fixed form, which is read as a call and its result.

use serde_json::json;
use somnium_types::{
    Actor, Body, Event, Outcome, OutcomeSource, SessionId, Status, SubagentPhase, SystemKind, Thread,
    ThreadId,
};

use super::conversation::{Answer, Conversation};
use super::{Document, Importer, Layout, Sink};
use crate::content::{self, str_at};
use crate::json::Json;

pub(super) struct WhoAndWhen;

/// The name that calls of the executor get here.
const EXECUTOR: &str = "code_execution";

impl Importer for WhoAndWhen {
    fn name(&self) -> &'static str {
        "who-and-when"
    }

    fn title(&self) -> &'static str {
        "Who&When"
    }

    fn layout(&self) -> Layout {
        Layout::Whole
    }

    fn sniff(&self, sample: &[&Json<'_>]) -> bool {
        let Some(first) = sample.first() else { return false };
        first.get("history").is_some_and(Json::is_array) && first.get("question").is_some()
    }

    fn import(&self, documents: &mut dyn Iterator<Item = Document<'_>>, sink: &mut Sink) {
        for document in documents {
            match document.value.get("history").and_then(Json::as_array) {
                Some(history) => sink.emit(session(&document.value, history).transcript),
                None => sink.skip(document.line, "no `history` list"),
            }
        }
    }
}

fn session(value: &Json, history: &[Json]) -> Conversation {
    let id = str_at(value, "question_ID").unwrap_or_default();
    let mut conversation = Conversation::new("");
    conversation.transcript.id = SessionId::from(id);
    conversation.transcript.task = (!id.is_empty()).then(|| id.into());
    let solved = ["is_correct", "is_corrected"].iter().find_map(|key| value.get(key)?.as_bool());
    conversation.transcript.outcome = solved.map(|solved| Outcome::new(solved, OutcomeSource::Resolved));
    let mut code = String::new();
    for (index, entry) in history.iter().enumerate() {
        let text = content::text(entry.get("content").unwrap_or(&Json::Null));
        push(&mut conversation, entry, &text, &code, index == 0);
        code = Some(fenced(&text)).filter(|blocks| !blocks.is_empty()).unwrap_or(code);
    }
    conversation
}

fn push(conversation: &mut Conversation, entry: &Json, text: &str, code: &str, first: bool) {
    let (role, note) = noted(str_at(entry, "role").unwrap_or_default());
    let speaker = str_at(entry, "name").filter(|name| !name.is_empty()).unwrap_or(role);
    conversation.thread =
        if first { ThreadId::MAIN } else { thread(&mut conversation.transcript.threads, speaker) };
    // The person speaks first, or under the name that such frameworks give them.
    if first || role == "human" {
        conversation.user(text);
    } else if role == "system" {
        conversation.harness(SystemKind::Prompt, text);
    } else if let Some((exit_code, output)) = executed(text) {
        conversation.call(None, EXECUTOR, json!({"code": code}), Actor::Agent);
        let status = if exit_code == 0 { Status::Ok } else { Status::Error };
        let answer = Answer {
            tool: Some(EXECUTOR),
            status: Some(status),
            exit_code: Some(exit_code),
            ..Answer::default()
        };
        conversation.result(answer, output);
    } else if text.starts_with("There is no code from the last") {
        conversation.harness(SystemKind::Reminder, text);
    } else if note == Some("thought") {
        conversation.thinking(text);
    } else if let Some(child) = note.and_then(|note| note.strip_prefix("-> ")) {
        let child = thread(&mut conversation.transcript.threads, child);
        let text = text.to_owned();
        conversation.push(Event::new(Body::Subagent { phase: SubagentPhase::Start, child, text }));
    } else {
        conversation.assistant(text);
    }
}

/// Splits `Lead (thought)` into the role and what stands in brackets.
fn noted(role: &str) -> (&str, Option<&str>) {
    match role.split_once(" (") {
        Some((role, note)) => (role, note.strip_suffix(')')),
        None => (role, None),
    }
}

/// Reads what an executor reports, in the fixed words of the two frameworks: the exit code and the output.
fn executed(text: &str) -> Option<(i32, &str)> {
    let forms = [
        ("exitcode: ", "Code output:"),
        ("The script ran, then exited with Unix exit code: ", "Its output was:"),
    ];
    let (rest, heading) =
        forms.iter().find_map(|(start, heading)| Some((text.strip_prefix(start)?, heading)))?;
    let (head, output) = rest.split_once('\n').unwrap_or((rest, ""));
    let code = head.split(' ').next()?.trim().parse().ok()?;
    let output = output.trim();
    Some((code, output.strip_prefix(heading).unwrap_or(output).trim()))
}

/// Returns the fenced code blocks of a message, joined by a line break.
fn fenced(message: &str) -> String {
    let mut blocks: Vec<&str> = Vec::new();
    let mut inside = false;
    for line in message.lines() {
        if line.trim_start().starts_with("```") {
            inside = !inside;
        } else if inside {
            blocks.push(line);
        }
    }
    blocks.join("\n")
}

/// Returns the thread of a speaker, new at their first word.
fn thread(threads: &mut Vec<Thread>, speaker: &str) -> ThreadId {
    if speaker.is_empty() {
        return ThreadId::MAIN;
    }
    let known = threads.iter().skip(1).position(|thread| thread.name == speaker);
    let at = known.map_or_else(
        || {
            threads.push(Thread { name: speaker.to_owned() });
            threads.len() - 1
        },
        |position| position + 1,
    );
    ThreadId(u32::try_from(at).unwrap_or(u32::MAX))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_executors_form_is_read_and_nothing_else() {
        assert_eq!(executed("exitcode: 1 (execution failed)\nCode output: \nboom\n"), Some((1, "boom")));
        assert_eq!(executed("exitcode: 0 (execution succeeded)"), Some((0, "")));
        let script = "The script ran, then exited with Unix exit code: 2\nIts output was:\nno file";
        assert_eq!(executed(script), Some((2, "no file")));
        assert_eq!(executed("it said exitcode: 1"), None);
        assert_eq!(fenced("Run:\n```python\nprint(1)\n```\nand\n```sh\nls\n```"), "print(1)\nls");
        assert_eq!(noted("Lead (-> Browser)"), ("Lead", Some("-> Browser")));
    }
}
