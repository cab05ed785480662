//! Scripts to files: one module a format.
//!
//! Objects are written with sorted keys, except for the outermost ones, whose order is that of their fields:
//! so the bytes are the same whether or not `serde_json` was built to keep the order of insertion.

mod claude_code;
mod envelope;
mod managed_agents;

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde_json::Value;

use super::dice::Dice;
use super::script::{Format, Millis, Script};

/// Returns text by path. Sessions are in the order of the scripts, which is that of their days.
pub(super) fn files(scripts: &[Script], seed: u64) -> serde_json::Result<BTreeMap<String, String>> {
    let mut files = BTreeMap::new();
    for script in scripts {
        // The draws of the writer are not those of the script: a change of format changes no story.
        let mut dice = Dice::new(seed, &format!("write/{}", script.id));
        let folder = format!("sessions/{}", script.domain);
        match script.format {
            Format::ClaudeCode => {
                let text = claude_code::lines(script, &mut dice)?;
                files.insert(format!("{folder}/claude-code/{}.jsonl", script.id), text);
            }
            Format::Envelope => {
                let line = envelope::line(script, &mut dice)?;
                files.entry(format!("{folder}/envelopes.jsonl")).or_insert_with(String::new).push_str(&line);
            }
            Format::ManagedAgents => {
                let text = managed_agents::document(script, &mut dice);
                files.insert(format!("{folder}/managed-agents/{}.json", script.id), text);
            }
        }
    }
    Ok(files)
}

/// The model's name in all formats: these sessions are invented, no real model ran them.
const MODEL: &str = "example-model-1";

/// Returns the time as the formats write it.
fn stamp(at: Millis) -> String {
    let time = Timestamp::from_millisecond(at).unwrap_or_default();
    time.strftime("%Y-%m-%dT%H:%M:%S%.3fZ").to_string()
}

/// Returns about how many tokens a text has.
fn tokens(text: &str) -> u64 {
    (text.len() as u64).div_ceil(4) + 3
}

/// Returns the value with sorted keys.
fn sorted(mut value: Value) -> Value {
    value.sort_all_objects();
    value
}
