//! Where the arguments of calls come from, and what results say: the dataflow of a session.
//!
//! A value that a tool returned, or that a person said, and that a later call passes on, has that as its source.
//! Sources are what generalises: "the payment method on the order" holds for every customer, its number for none.

use std::collections::{HashMap, HashSet};

use serde::{Deserialize, Serialize};
use serde_json::Value;
use somnium_types::{Body, Transcript};

use super::{Step, tool_key};
use crate::evidence;

/// Most facts kept of one result.
const MAX_FACTS: usize = 64;
/// Longest value of a fact, in bytes.
const MAX_VALUE: usize = 80;
/// Longest result that is read for facts, in bytes: what is longer is a document, not an answer.
const MAX_RESULT: usize = 64 << 10;
/// Longest quote of a result, in bytes.
const MAX_ANSWER: usize = 200;
/// Most sources kept of one argument.
const MAX_SOURCES: usize = 6;

/// Where a value was seen before it was used.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Source {
    /// In an earlier result.
    Result {
        /// The tool that returned it.
        tool: String,
        /// Its place in the result, `orders[].status`; empty where the result is plain text.
        path: String,
    },
    /// In what a person said.
    User,
    /// In the instructions that the session started with.
    Instructions,
}

/// One scalar of a result.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Fact {
    /// Its place: `payment_history[].payment_method_id`.
    pub path: String,
    /// Its value as text, shortened, secrets replaced.
    pub value: String,
}

/// Fills the sources of arguments and [`Step::facts`].
pub(super) fn trace(transcript: &Transcript, steps: &mut [Step]) {
    let mut known = Known::default();
    let mut by_call: HashMap<u32, usize> = HashMap::new();
    let mut by_result: HashMap<u32, usize> = HashMap::new();
    for (at, step) in steps.iter().enumerate() {
        by_call.insert(step.call, at);
        if let Some(result) = step.result {
            by_result.insert(result, at);
        }
    }
    let mut answered: HashSet<String> = HashSet::new();
    for (index, event) in transcript.events.iter().enumerate() {
        let index = u32::try_from(index).unwrap_or(u32::MAX);
        match &event.body {
            Body::User { text } => known.said.push(text.to_lowercase()),
            Body::System { kind: somnium_types::SystemKind::Prompt, text } => {
                known.instructions.push(text.to_lowercase());
            }
            Body::ToolCall(_) => {
                let Some(step) = by_call.get(&index).and_then(|at| steps.get_mut(*at)) else { continue };
                for arg in &mut step.args {
                    arg.sources = known.sources(&arg.value);
                }
            }
            Body::ToolResult(result) => {
                let Some(step) = by_result.get(&index).and_then(|at| steps.get_mut(*at)) else { continue };
                if step.is_shell || result.text.len() > MAX_RESULT {
                    continue;
                }
                step.facts = facts(&result.text);
                let tool = tool_key(step).to_owned();
                if !step.facts.is_empty() && answered.insert(tool.clone()) {
                    let end = result.text.floor_char_boundary(MAX_ANSWER.min(result.text.len()));
                    step.answer = Some(Box::new(evidence::quote(index, &result.text, 0..end)));
                }
                for fact in &step.facts {
                    known.learn(&tool, fact);
                }
            }
            _ => {}
        }
    }
}

/// What was seen so far in a session.
#[derive(Default)]
struct Known {
    results: HashMap<String, Vec<Source>>,
    said: Vec<String>,
    instructions: Vec<String>,
}

impl Known {
    fn learn(&mut self, tool: &str, fact: &Fact) {
        if !is_telling(&fact.value) {
            return;
        }
        let sources = self.results.entry(fact.value.to_lowercase()).or_default();
        let source = Source::Result { tool: tool.to_owned(), path: fact.path.clone() };
        if sources.len() < MAX_SOURCES && !sources.contains(&source) {
            sources.push(source);
        }
    }

    fn sources(&self, value: &str) -> Vec<Source> {
        if !is_telling(value) || value.len() > MAX_VALUE {
            return Vec::new();
        }
        let value = value.to_lowercase();
        let mut sources = self.results.get(&value).cloned().unwrap_or_default();
        if self.said.iter().any(|text| text.contains(&value)) {
            sources.push(Source::User);
        }
        if sources.is_empty() && self.instructions.iter().any(|text| text.contains(&value)) {
            sources.push(Source::Instructions);
        }
        sources
    }
}

/// Whether a value says enough to be recognised elsewhere.
fn is_telling(value: &str) -> bool {
    value.chars().filter(|c| c.is_alphanumeric()).count() >= 2 && !matches!(value, "true" | "false" | "null")
}

/// Returns the scalars of a result: of JSON, or of lines that read `name: value`.
fn facts(text: &str) -> Vec<Fact> {
    let mut facts = Vec::new();
    let trimmed = text.trim_start();
    if trimmed.starts_with(['{', '['])
        && let Ok(value) = serde_json::from_str::<Value>(trimmed)
    {
        flatten("", &value, &mut facts);
        return facts;
    }
    if let Ok(scalar @ (Value::String(_) | Value::Number(_))) = serde_json::from_str::<Value>(trimmed) {
        flatten("", &scalar, &mut facts);
        return facts;
    }
    for line in text.lines() {
        let Some((name, value)) = line.split_once(": ") else { continue };
        let name = name.trim().trim_start_matches(['-', '*', ' ']);
        let is_name = !name.is_empty() && name.len() <= 40 && !name.contains(['{', '"', '<']);
        if is_name && !value.trim().is_empty() && value.len() <= MAX_VALUE {
            keep(name, value.trim(), &mut facts);
        }
    }
    if facts.is_empty() && !text.trim().is_empty() && text.len() <= MAX_VALUE {
        keep("", text.trim(), &mut facts);
    }
    facts
}

fn flatten(path: &str, value: &Value, facts: &mut Vec<Fact>) {
    if facts.len() >= MAX_FACTS {
        return;
    }
    match value {
        Value::Object(fields) => {
            for (key, value) in fields {
                // A key that is an id itself is data, not the name of a field.
                let key = if key.chars().any(|c| c.is_ascii_digit()) { "*" } else { key.as_str() };
                let path = if path.is_empty() { key.to_owned() } else { format!("{path}.{key}") };
                flatten(&path, value, facts);
            }
        }
        Value::Array(items) => {
            let path = format!("{path}[]");
            items.iter().for_each(|item| flatten(&path, item, facts));
        }
        Value::Null => {}
        Value::String(text) => keep(path, text, facts),
        other => keep(path, &other.to_string(), facts),
    }
}

fn keep(path: &str, value: &str, facts: &mut Vec<Fact>) {
    if facts.len() >= MAX_FACTS || value.len() > MAX_VALUE {
        return;
    }
    let path = evidence::excerpt(path, &(0..path.len()));
    let value = evidence::excerpt(value, &(0..value.len()));
    facts.push(Fact { path, value });
}
