//! Loud failures that no single result shows: the same call again and again, work that is taken back, a
//! person's correction, a grader's verdict.

use std::collections::HashMap;
use std::sync::LazyLock;

use regex::Regex;
use somnium_types::{Body, Event, SystemKind, Transcript};

use super::{Class, Failure, Step, classify, failure, mask, steps};
use crate::evidence;

/// The same call this often …
const REPEATS: usize = 3;
/// … among this many steps of one thread.
const WITHIN: usize = 5;

/// Verdicts of a grader that name something missing.
const OBJECTIONS: &[&str] = &["needs_revision", "max_iterations_reached", "failed"];

/// Marks steps that [`steps::collect`] took for successes.
pub(super) fn mark(transcript: &Transcript, all: &mut Vec<Step>) {
    mark_repeats(transcript, all);
    mark_undone(transcript, all);
    mark_corrections(transcript, all);
    add_verdicts(transcript, all);
}

fn fail(step: &mut Step, class: Class, event: u32, text: &str, start: usize) {
    let end = text.floor_char_boundary((start + failure::MAX_LINE).min(text.len()));
    let first = text[start..end].split('\n').next().unwrap_or_default().trim_end();
    let range = start..start + first.len();
    let line = evidence::excerpt(text, &range);
    step.ok = false;
    step.failure = Some(Box::new(Failure {
        class,
        message: classify(&line).unwrap_or(Class::Other),
        masked: mask::mask(&line),
        line,
        span: evidence::span(event, text, &range),
        external: false,
    }));
}

fn text_of(transcript: &Transcript, event: u32) -> String {
    transcript.events.get(event as usize).map(|event| event.text().into_owned()).unwrap_or_default()
}

/// The same call with the same answer, for the third time in five steps.
fn mark_repeats(transcript: &Transcript, all: &mut [Step]) {
    let answer = |at: usize| {
        let result = all[at].result?;
        transcript.events.get(result as usize).map(Event::text)
    };
    let mut by_thread: HashMap<u32, Vec<usize>> = HashMap::new();
    let mut repeated = Vec::new();
    for (index, step) in all.iter().enumerate() {
        let seen = by_thread.entry(step.thread).or_default();
        let recent = &seen[seen.len().saturating_sub(WITHIN - 1)..];
        let same = |&&at: &&usize| all[at].fingerprint == step.fingerprint && answer(at) == answer(index);
        if step.ok && recent.iter().filter(same).count() + 1 >= REPEATS {
            repeated.push(index);
        }
        seen.push(index);
    }
    for index in repeated {
        let (event, text) = (all[index].call, text_of(transcript, all[index].call));
        fail(&mut all[index], Class::RepeatedCall, event, &text, 0);
    }
}

/// Version control that throws work away, and edits that restore what an earlier edit replaced.
fn mark_undone(transcript: &Transcript, all: &mut [Step]) {
    static UNDO: LazyLock<Option<Regex>> = LazyLock::new(|| {
        Regex::new(r"\bgit\s+(checkout\s+(HEAD\s+)?(--|\.)|restore\s+[^-\s]|revert\s+\S|reset\s+--hard)").ok()
    });
    let mut edits: HashMap<(String, String), String> = HashMap::new();
    for step in all.iter_mut().filter(|step| step.ok) {
        let Some(Body::ToolCall(call)) = transcript.events.get(step.call as usize).map(|event| &event.body)
        else {
            continue;
        };
        let text = text_of(transcript, step.call);
        if steps::command(transcript, step).is_some() {
            if UNDO.as_ref().is_some_and(|undo| undo.is_match(&text)) {
                fail(step, Class::Undone, step.call, &text, 0);
            }
            continue;
        }
        let field = |names: &[&str]| {
            names
                .iter()
                .find_map(|name| call.input.get(name))
                .and_then(|value| value.as_str())
                .map(str::to_owned)
        };
        let path = field(&["file_path", "filePath", "path"]);
        let (old, new) =
            (field(&["old_string", "oldString", "old_str"]), field(&["new_string", "newString", "new_str"]));
        if let (Some(path), Some(old), Some(new)) = (path, old, new) {
            if !new.is_empty() && edits.get(&(path.clone(), new.clone())) == Some(&old) {
                fail(step, Class::Undone, step.call, &text, 0);
            }
            edits.insert((path, old), new);
        }
    }
}

/// A person who says at once that what was just done is wrong.
fn mark_corrections(transcript: &Transcript, all: &mut [Step]) {
    static CORRECTION: LazyLock<Option<Regex>> = LazyLock::new(|| {
        Regex::new(r"(?i)^\W*(no,? )?(that('s| is| was)(n't| not)? (wrong|incorrect|not (right|correct|what i))|this is (wrong|not what i)|not what i (asked|wanted|meant)|you (forgot|missed|broke|should(n't| not) have|were (not )?supposed)|wrong\b|(please )?(undo|revert) (that|this|it|the)|why did you|i (said|told you|asked you))").ok()
    });
    for (index, event) in transcript.events.iter().enumerate() {
        let Body::User { text } = &event.body else { continue };
        if !CORRECTION.as_ref().is_some_and(|correction| correction.is_match(text)) {
            continue;
        }
        let last = all.iter_mut().rfind(|step| (step.call as usize) < index && step.thread == event.thread.0);
        if let Some(step) = last.filter(|step| step.ok) {
            let start = text.len() - text.trim_start().len();
            fail(step, Class::Corrected, u32::try_from(index).unwrap_or(u32::MAX), text, start);
        }
    }
}

/// What a grader found missing stands as a step of its own.
fn add_verdicts(transcript: &Transcript, all: &mut Vec<Step>) {
    for (index, event) in transcript.events.iter().enumerate() {
        let Body::System { kind: SystemKind::Grade, text } = &event.body else { continue };
        // The importers write `<verdict>: <explanation>`.
        let Some((verdict, why)) = text.split_once(": ") else { continue };
        if !OBJECTIONS.contains(&verdict) || why.trim().is_empty() {
            continue;
        }
        let index = u32::try_from(index).unwrap_or(u32::MAX);
        let mut step = Step {
            call: index,
            result: Some(index),
            thread: event.thread.0,
            tool: "grader".to_owned(),
            is_shell: false,
            programs: Vec::new(),
            args: Vec::new(),
            facts: Vec::new(),
            answer: None,
            quote: None,
            fingerprint: u64::from(index),
            failure: None,
            ok: false,
            chars: u32::try_from(text.len()).unwrap_or(u32::MAX),
            at: event.at,
            action: Vec::new(),
        };
        fail(&mut step, Class::CriterionUnmet, index, text, text.len() - why.len());
        let at = all.partition_point(|other| other.call < index);
        all.insert(at, step);
    }
}
