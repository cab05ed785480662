//! Arguments of calls, flattened to paths and short values, with their places.

use serde_json::Value;
use somnium_memory::redact;
use somnium_types::{Body, Transcript};

use super::{Arg, Quote, Step, main_program};
use crate::evidence::{self, Excerpts};

/// How many steps after a failure may hold its repair.
pub(crate) const REPAIR_WINDOW: usize = 3;
/// Longest value and longest quote of one argument, in bytes.
const MAX_VALUE: usize = 160;
/// Longest quote of a whole call, in bytes.
const MAX_CALL: usize = 240;
/// Longest quote of a top-level argument in a long call, in bytes.
const MAX_NAMED: usize = 80;
/// Most arguments kept of one call.
const MAX_ARGS: usize = 48;

/// Fills [`Step::args`] and [`Step::quote`]. The places of single arguments are only kept of failing steps and of
/// the steps that may repair them: elsewhere nobody asks.
pub(super) fn collect(transcript: &Transcript, steps: &mut [Step]) {
    let mut wanted = vec![false; steps.len()];
    for (index, step) in steps.iter().enumerate() {
        if step.failure.is_some() {
            // Steps of other threads may lie between: look twice as far.
            let end = (index + 1 + 2 * REPAIR_WINDOW).min(wanted.len());
            wanted[index..end].fill(true);
        }
    }
    for (step, is_near) in steps.iter_mut().zip(wanted) {
        let Some(event) = transcript.events.get(step.call as usize) else { continue };
        let text = event.text();
        let mut excerpts = Excerpts::of(&text);
        step.quote = Some(excerpts.quote(step.call, around(&text, main_program(step))));
        if let Body::ToolCall(call) = &event.body {
            let at = call.tool.len();
            // Of a long call the quote shows the start only: then each argument has a place of its own.
            let is_long = !is_near && !step.is_shell && text.len() > MAX_CALL;
            let mut flat = Flat {
                event: step.call,
                text: &text,
                excerpts,
                at,
                is_near,
                is_long,
                named_at: None,
                args: Vec::new(),
            };
            flat.push("", &call.input);
            step.args = flat.args;
        }
    }
}

/// Returns the start of a call's text, or the part around the program that it is about.
fn around(text: &str, program: Option<&str>) -> std::ops::Range<usize> {
    let first = program.and_then(|program| program.split(' ').next());
    let at = first
        .and_then(|word| text.rfind(word))
        .filter(|at| *at > MAX_CALL / 2)
        .map_or(0, |at| at - MAX_CALL / 4);
    let start = text.ceil_char_boundary(at);
    start..text.floor_char_boundary((start + MAX_CALL).min(text.len()))
}

/// Walks a value in the order in which it is written, so that each argument's place is found by looking
/// forward only.
struct Flat<'a> {
    event: u32,
    text: &'a str,
    excerpts: Excerpts<'a>,
    at: usize,
    is_near: bool,
    /// Whether the first place of each top-level argument is kept.
    is_long: bool,
    /// Where the name of a top-level argument stands that has no place yet.
    named_at: Option<usize>,
    args: Vec<Arg>,
}

impl Flat<'_> {
    fn push(&mut self, path: &str, value: &Value) {
        if self.args.len() >= MAX_ARGS {
            return;
        }
        match value {
            Value::Object(fields) => {
                for (key, value) in fields {
                    if self.is_near || (self.is_long && path.is_empty()) {
                        self.skip_to(&format!("{}:", Value::from(key.as_str())));
                        self.named_at = (self.is_long && path.is_empty()).then_some(self.at);
                    }
                    let key = evidence::excerpt(key, &(0..key.len()));
                    let path = if path.is_empty() { key } else { format!("{path}.{key}") };
                    self.push(&path, value);
                }
            }
            Value::Array(items) => {
                for item in items {
                    self.push(&format!("{path}[]"), item);
                }
            }
            Value::Null => {}
            scalar => self.keep(path, scalar),
        }
    }

    fn skip_to(&mut self, label: &str) {
        if let Some(found) = self.text[self.at..].find(label) {
            self.at += found;
        }
    }

    fn keep(&mut self, path: &str, scalar: &Value) {
        let named_at = self.named_at.take();
        let quote = match named_at {
            Some(at) => {
                let end = self.text.floor_char_boundary((at + MAX_NAMED).min(self.text.len()));
                Some(self.excerpts.quote(self.event, at..end))
            }
            None => self.is_near.then(|| self.place(scalar)),
        };
        let value = match scalar {
            Value::String(text) => text.clone(),
            other => other.to_string(),
        };
        self.args.push(Arg {
            value: shorten(path, &value),
            path: path.to_owned(),
            quote: quote.map(Box::new),
            sources: Vec::new(),
        });
    }

    fn place(&mut self, scalar: &Value) -> Quote {
        let written = scalar.to_string();
        let start = self.at;
        let end = self.text[start..].find(&written).map_or(start, |found| start + found + written.len());
        let shown = self.text.floor_char_boundary(end.min(start + MAX_VALUE)).max(start);
        self.at = end;
        self.excerpts.quote(self.event, start..shown)
    }
}

fn shorten(path: &str, text: &str) -> String {
    let text = &text[..text.floor_char_boundary(MAX_VALUE)];
    // With its name in front, a secret that has no shape of its own is still seen.
    let labelled = format!("{path}={text}");
    if redact::is_clean(&labelled) {
        return text.to_owned();
    }
    redact::redact(&labelled).split_once('=').map_or_else(String::new, |(_, value)| value.to_owned())
}
