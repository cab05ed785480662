//! What is measured: texts from a fixed generator, the same for us and for the others.

use std::fs;
use std::path::Path;

use anyhow::{Context, Result};
use rand::{RngExt, SeedableRng, seq::IndexedRandom};
use rand_chacha::ChaCha8Rng;
use serde_json::json;

/// Seed of all inputs.
const SEED: u64 = 11;
/// Words of the generated texts.
const WORDS: &[&str] = &[
    "account", "answer", "batch", "bed", "branch", "bridge", "budget", "build", "cable", "cache", "carrier",
    "change", "check", "claim", "clerk", "column", "commit", "copy", "crate", "date", "delay", "depot",
    "door", "draft", "engine", "entry", "error", "field", "file", "folder", "form", "gate", "group", "guest",
    "harbour", "height", "index", "invoice", "item", "key", "label", "ledger", "letter", "limit", "line",
    "list", "lock", "map", "margin", "mark", "meter", "module", "month", "name", "note", "number", "office",
    "order", "page", "paper", "parcel", "part", "path", "plan", "plot", "point", "port", "price", "proof",
    "queue", "quote", "rate", "reason", "record", "region", "report", "room", "route", "row", "rule",
    "sample", "scale", "seat", "shelf", "ship", "sign", "size", "slot", "stamp", "state", "station", "step",
    "stock", "store", "street", "table", "tariff", "task", "team", "term", "ticket", "title", "token",
    "track", "train", "unit", "user", "value", "version", "visit", "wall", "water", "week", "weight",
    "window", "word", "yard", "zone",
];
/// Messages of tools; `{}` varies.
const MESSAGES: &[&str] = &[
    "cannot open {}: No such file or directory",
    "error: {} is not available on 2026-03-{}",
    "ValueError: could not convert string to float: '{}'",
    "{}: command not found",
    "timeout after {} ms while waiting for {}",
    "fatal: path '{}' is outside the store",
    "HTTP 429 Too Many Requests, retry after {} s, request {}",
    "the {} of order {} is locked by another user",
    "permission denied: /srv/{}/{}.db",
    "AssertionError: expected {} but got {} in line {}",
    "No module named '{}'",
    "the {} must be set before the {} can be closed",
];
/// Procedures from which sequences are made.
const PROCEDURES: &[&[u32]] = &[
    &[0, 1, 0, 2, 3, 2, 3, 4],
    &[5, 0, 2, 6, 7, 8],
    &[9, 10, 10, 11, 0],
    &[12, 12, 13, 13, 11],
    &[14, 15, 1, 2, 16, 14],
];

/// How much there is of each input.
pub(super) const SESSIONS: usize = 1500;
pub(super) const LINES: usize = 100_000;
pub(super) const MESSAGES_SENT: usize = 20_000;
pub(super) const SEQUENCES: usize = 10_000;

struct Maker(ChaCha8Rng);

impl Maker {
    fn words(&mut self, count: usize) -> String {
        (0..count).map(|_| *WORDS.choose(&mut self.0).unwrap_or(&"word")).collect::<Vec<_>>().join(" ")
    }

    fn below(&mut self, end: usize) -> usize {
        self.0.random_range(0..end.max(1))
    }

    fn message(&mut self) -> String {
        let shape = MESSAGES[self.below(MESSAGES.len()).min(self.below(MESSAGES.len()))];
        let parts: Vec<&str> = shape.split("{}").collect();
        let mut line = String::new();
        for (at, part) in parts.iter().enumerate() {
            line.push_str(part);
            if at + 1 < parts.len() {
                let number = self.below(100_000);
                line.push_str(&if number.is_multiple_of(2) { number.to_string() } else { self.words(1) });
            }
        }
        line
    }

    /// A dialogue with tool calls, about 15 kB.
    fn session(&mut self) -> String {
        let mut messages = vec![json!({ "role": "user", "content": self.words(60) })];
        for call in 0..14 {
            let arguments = json!({ "path": format!("src/{}.rs", self.below(500)), "text": self.words(40) });
            let id = format!("call_{call}");
            messages.push(json!({ "role": "assistant", "content": self.words(20), "tool_calls": [
                { "id": id, "type": "function", "function": { "name": "edit", "arguments": arguments.to_string() } }
            ]}));
            let failed = self.below(8) == 0;
            let content =
                if failed { self.message() } else { format!("{}\n{}", self.words(60), self.words(30)) };
            messages.push(json!({ "role": "tool", "tool_call_id": id, "content": content }));
        }
        json!({ "messages": messages }).to_string()
    }

    fn sequence(&mut self) -> Vec<u32> {
        let mut items = Vec::new();
        let procedure = PROCEDURES[self.below(PROCEDURES.len())];
        let wanted = 8 + self.below(14);
        while items.len() < wanted {
            for item in procedure {
                items.push(if self.below(7) == 0 {
                    u32::try_from(self.below(57)).unwrap_or(0)
                } else {
                    *item
                });
            }
        }
        items.truncate(wanted);
        items
    }
}

/// Writes all inputs into `folder`.
pub(super) fn write(folder: &Path) -> Result<()> {
    fs::create_dir_all(folder).with_context(|| format!("cannot make `{}`", folder.display()))?;
    let mut maker = Maker(ChaCha8Rng::seed_from_u64(SEED));
    let put = |name: &str, lines: Vec<String>| {
        let path = folder.join(name);
        fs::write(&path, lines.join("\n") + "\n")
            .with_context(|| format!("cannot write `{}`", path.display()))
    };
    put("sessions.jsonl", (0..SESSIONS).map(|_| maker.session()).collect())?;
    put("lines.txt", (0..LINES).map(|_| maker.message()).collect())?;
    let mut said: Vec<String> = Vec::new();
    for at in 0..MESSAGES_SENT {
        let text = match at % 4 {
            0 if at > 0 => {
                let copied = maker.below(at);
                format!("{} {}", said[copied], maker.words(1))
            }
            _ => {
                let length = 20 + maker.below(100);
                maker.words(length)
            }
        };
        said.push(text);
    }
    put("messages.txt", said)?;
    // SPMF takes 0 for no item, without a word.
    let spmf =
        |items: Vec<u32>| items.iter().map(|item| format!("{} -1 ", item + 1)).collect::<String>() + "-2";
    put("sequences.txt", (0..SEQUENCES).map(|_| spmf(maker.sequence())).collect())?;
    Ok(())
}
