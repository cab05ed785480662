//! Pairs tool calls with their results and says which failed.

use std::collections::HashMap;

use somnium_types::{Actor, Body, Event, Origin, Transcript, sha256};

use super::{Class, Failure, Step, classify, failure, mask, shell};
use crate::evidence;

/// Returns the agent's tool calls in order. Calls by the user's own tools are steps too: what they answer
/// is part of the work.
pub(super) fn collect(transcript: &Transcript) -> Vec<Step> {
    let mut steps: Vec<Step> = Vec::new();
    let mut open: HashMap<&str, usize> = HashMap::new();
    for (index, event) in transcript.events.iter().enumerate() {
        match &event.body {
            Body::ToolCall(call) => {
                open.insert(call.id.as_str(), steps.len());
                steps.push(step(index, event));
            }
            Body::ToolResult(result) => {
                let Some(step) = open.remove(result.call.as_str()).and_then(|at| steps.get_mut(at)) else {
                    continue;
                };
                step.result = Some(at(index));
                step.chars = step.chars.saturating_add(at(result.text.len()));
                let line = command(transcript, step);
                match failure::find(result, &step.programs, line.is_some()) {
                    Some(found) => {
                        let external = event.origin == Origin::Web;
                        let failure = failed(index, &result.text, &found);
                        step.failure = Some(Box::new(Failure { external, ..failure }));
                    }
                    None => step.ok = true,
                }
            }
            _ => {}
        }
    }
    steps
}

/// Returns the command line of a shell step.
pub(super) fn command(transcript: &Transcript, step: &Step) -> Option<String> {
    match &transcript.events.get(step.call as usize)?.body {
        Body::ToolCall(call) => shell::command_line(&call.tool, &call.input),
        _ => None,
    }
}

fn step(index: usize, event: &Event) -> Step {
    let Body::ToolCall(call) = &event.body else { unreachable!("only called for tool calls") };
    let text = event.text();
    let line = shell::command_line(&call.tool, &call.input);
    let tool = evidence::excerpt(&call.tool, &(0..call.tool.floor_char_boundary(120)));
    let digest = sha256(text.as_bytes());
    let programs = line.as_deref().map(shell::programs).unwrap_or_default();
    Step {
        call: at(index),
        result: None,
        thread: event.thread.0,
        tool: if call.by == Actor::User { format!("user:{tool}") } else { tool },
        is_shell: line.is_some(),
        programs: programs.iter().map(|name| evidence::excerpt(name, &(0..name.len()))).collect(),
        args: Vec::new(),
        facts: Vec::new(),
        answer: None,
        quote: None,
        fingerprint: u64::from_le_bytes([
            digest[0], digest[1], digest[2], digest[3], digest[4], digest[5], digest[6], digest[7],
        ]),
        failure: None,
        ok: false,
        chars: at(text.len()),
        at: event.at,
        action: Vec::new(),
    }
}

fn failed(index: usize, text: &str, found: &failure::Found) -> Failure {
    let range = found.line.clone().unwrap_or(0..0);
    let line = evidence::excerpt(text, &range);
    Failure {
        class: found.class,
        message: classify(&line).unwrap_or(Class::Other),
        masked: mask::mask(&line),
        line,
        span: evidence::span(at(index), text, &range),
        external: false,
    }
}

fn at(index: usize) -> u32 {
    u32::try_from(index).unwrap_or(u32::MAX)
}
