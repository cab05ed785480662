//! Synthetic sessions in any number, one after the other: for measuring what a dream costs as a store grows.
//!
//! A session is about 30 events and 20 kB: a request, calls along one of a few procedures with answers of some hundred
//! words, an eighth of which fail, now and then a person who says how they want it, and an outcome. The same seed
//! and number give the same bytes. Nothing here is meant to be learnt from.

use std::fmt::Write;

use serde_json::{Value, json};

use crate::fleet::dice::Dice;

const WORDS: &[&str] = &[
    "build", "test", "run", "file", "error", "function", "module", "path", "value", "config", "server",
    "client", "request", "response", "token", "parse", "index", "update", "commit", "branch", "merge",
    "deploy", "service", "database", "query", "schema", "lint", "format", "type", "check", "import",
    "package", "version", "lock", "cache", "log", "trace", "stack", "call", "retry", "socket", "port",
    "thread", "result", "option", "diff", "patch", "review", "comment", "issue", "agent", "session",
    "memory", "note", "rule", "table", "column", "row", "key", "join", "filter", "order", "limit", "page",
    "link", "node", "edge", "graph", "tree", "list", "queue", "event", "stream", "batch", "job", "task",
    "worker",
];

/// Procedures: tools, or command lines after a colon.
const PROCEDURES: &[&[&str]] = &[
    &["read", "grep", "read", "edit", "bash:cargo test", "edit", "bash:cargo test", "bash:git commit"],
    &["bash:git status", "read", "edit", "bash:npm test", "bash:npm run lint", "bash:git push"],
    &["web_search", "web_fetch", "web_fetch", "write", "read"],
    &["sql", "sql", "python", "python", "write"],
    &[
        "bash:kubectl get pods",
        "bash:kubectl logs",
        "grep",
        "edit",
        "bash:kubectl apply",
        "bash:kubectl get pods",
    ],
    &["read", "plan", "edit", "edit", "bash:pytest", "read", "edit", "bash:pytest", "bash:git commit"],
    &["list_dir", "glob", "read", "read", "read", "write"],
    &["open_page", "click", "fill", "click", "screenshot", "write"],
];

/// What goes wrong, the most frequent first. `{w}` is a word, `{n}` a number, `{h}` hexadecimal.
const ERRORS: &[&str] = &[
    "error[E0{n}]: cannot find value `{w}` in this scope",
    "ModuleNotFoundError: No module named '{w}_{w}'",
    "TypeError: Cannot read properties of undefined (reading '{w}')",
    "fatal: unable to access 'https://git.{w}.example/{w}.git/': Could not resolve host",
    "bash: line {n}: {w}: command not found",
    "FAILED tests/test_{w}.py::test_{w}_{n} - AssertionError: assert {n} == {n}",
    "ERROR: relation \"{w}_{w}\" does not exist at character {n}",
    "Error: ENOENT: no such file or directory, open '/srv/{w}/{w}_{n}.json'",
    "HTTP 429 Too Many Requests retry-after={n} request_id={h}",
    "Permission denied (os error 13): /var/{w}/{n}",
    "timeout after {n}ms waiting for {w} to be ready",
    "String to replace not found in file. String: {w} {w} {w}",
    "ValueError in {w}: unexpected token at 0x{h} line {n}",
    "KeyError in {w}: missing argument at 0x{h} line {n}",
    "RuntimeError in {w}: invalid state at 0x{h} line {n}",
    "SyntaxError in {w}: bad encoding at 0x{h} line {n}",
];

const WISHES: &[&str] = &[
    "please use tabs, not spaces",
    "always run the linter before you commit",
    "no, answer in bullet points",
    "don't add comments to the code",
    "use uv instead of pip",
    "keep replies short",
    "never touch the lock file",
];

/// Paragraphs and lines of code that sessions draw from.
const POOL: usize = 1_500;

/// Writes sessions.
pub struct Stream {
    seed: u64,
    paragraphs: Vec<String>,
    code: Vec<String>,
}

impl Stream {
    /// Starts the stream of `seed`.
    pub fn new(seed: u64) -> Self {
        let mut dice = Dice::new(seed, "stream pool");
        let mut prose = |low, high| -> Vec<String> {
            (0..POOL)
                .map(|_| {
                    let length = dice.between(low, high);
                    (0..length).map(|_| dice.pick(WORDS)).collect::<Vec<_>>().join(" ")
                })
                .collect()
        };
        let (paragraphs, names) = (prose(20, 220), prose(6, 6));
        let code = names.iter().map(|words| {
            let words: Vec<&str> = words.split(' ').collect();
            let [a, b, c, d, e, f] = [0, 1, 2, 3, 4, 5].map(|at| words.get(at).copied().unwrap_or("x"));
            format!("fn {a}({b}: &str) -> Result<{c}> {{\n    let {d} = {e}::new(\"{f}\");\n}}\n")
        });
        Self { seed, code: code.collect(), paragraphs }
    }

    /// Returns sessions `from` to `to - 1`, one a line.
    pub fn lines(&self, from: u64, to: u64) -> Vec<u8> {
        let mut text = String::new();
        for number in from..to {
            let _ = writeln!(text, "{}", self.session(number));
        }
        text.into_bytes()
    }

    fn session(&self, number: u64) -> Value {
        let mut dice = Dice::new(self.seed, &format!("stream {number}"));
        let kind = dice.below(PROCEDURES.len());
        let mut messages = vec![json!({ "role": "user", "content": self.paragraph(&mut dice) })];
        let (length, mut failed) = (dice.between(16, 46), 0);
        'work: loop {
            for step in PROCEDURES[kind] {
                let step = if dice.below(7) == 0 { dice.pick(dice_row(kind + 1)) } else { step };
                let is_bad = dice.below(8) == 0;
                failed += usize::from(is_bad);
                self.step(&mut dice, step, is_bad, &mut messages);
                if dice.below(25) == 0 {
                    messages.push(json!({ "role": "user", "content": dice.pick(WISHES) }));
                }
                if messages.len() >= length {
                    break 'work;
                }
            }
        }
        let day = number / 1_440 % 336;
        let success = dice.below(100) >= 15 + 12 * failed.min(6);
        json!({
            "session_id": format!("s{}-{number:07}", self.seed),
            "agent": format!("agent-{}", dice.below(200)),
            "team": format!("team-{}", dice.below(20)),
            "principal": format!("person-{}", dice.below(120)),
            "domain": format!("project-{kind}"),
            "task_id": format!("{kind}-{}", dice.below(40)),
            "created_at": format!("2025-{:02}-{:02}T{:02}:{:02}:00Z", 1 + day / 28, 1 + day % 28,
                number / 60 % 24, number % 60),
            "outcome": { "success": success, "reward": f64::from(u8::from(success)) },
            "record": { "messages": messages },
        })
    }

    fn step(&self, dice: &mut Dice, step: &str, is_bad: bool, messages: &mut Vec<Value>) {
        let id = format!("toolu_{}", dice.hex(12));
        let (tool, command) = step.split_once(':').unwrap_or((step, ""));
        let path = format!("/srv/{}/{}.rs", dice.pick(WORDS), dice.pick(WORDS));
        let input = match command {
            "" => json!({ "path": path, "text": self.some_code(dice) }),
            command => json!({ "command": format!("{command} {path}") }),
        };
        let said = self.paragraph(dice);
        let said = &said[..said.len().min(dice.between(20, 300))];
        messages.push(json!({ "role": "assistant", "content": [
            { "type": "text", "text": said },
            { "type": "tool_use", "id": id, "name": tool, "input": input },
        ] }));
        let answer =
            if is_bad { error(dice) } else { format!("{}{}", self.some_code(dice), self.paragraph(dice)) };
        messages.push(json!({ "role": "user", "content": [
            { "type": "tool_result", "tool_use_id": id, "is_error": is_bad, "content": answer },
        ] }));
    }

    fn paragraph(&self, dice: &mut Dice) -> &str {
        &self.paragraphs[dice.below(self.paragraphs.len())]
    }

    fn some_code(&self, dice: &mut Dice) -> &str {
        &self.code[dice.below(self.code.len())]
    }
}

fn dice_row(kind: usize) -> &'static [&'static str] {
    PROCEDURES[kind % PROCEDURES.len()]
}

/// Returns an error; the n-th of the table is n times as rare as the first.
fn error(dice: &mut Dice) -> String {
    let total: usize = (1..=ERRORS.len()).map(|rank| 1_000 / rank).sum();
    let mut left = dice.below(total);
    let form = ERRORS.iter().zip(1..).find(|(_, rank)| {
        let weight = 1_000 / rank;
        let found = left < weight;
        left = left.saturating_sub(weight);
        found
    });
    let mut text = String::new();
    let mut rest = form.map_or(ERRORS[0], |(form, _)| form);
    while let Some((before, after)) = rest.split_once('{') {
        text.push_str(before);
        match after.get(..2) {
            Some("w}") => text.push_str(dice.pick(WORDS)),
            Some("n}") => text.push_str(&dice.between(1, 999).to_string()),
            Some("h}") => text.push_str(&dice.hex(8)),
            _ => text.push('{'),
        }
        rest = if matches!(after.get(..2), Some("w}" | "n}" | "h}")) { &after[2..] } else { after };
    }
    text + rest
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sessions_are_the_same_whoever_asks_for_them_and_are_read() {
        let stream = Stream::new(7);
        let whole = stream.lines(0, 12);
        assert_eq!(whole, [stream.lines(0, 5), stream.lines(5, 12)].concat());
        assert_ne!(whole, Stream::new(8).lines(0, 12));
        let mut events = Vec::new();
        let report = somnium_transcript::read_bytes("stream", whole, &mut |transcript| {
            assert!(transcript.outcome.is_some() && transcript.started_at.is_some());
            events.push(transcript.events.len());
        });
        assert!(report.skipped.is_empty(), "{:?}", report.skipped);
        assert_eq!(events.len(), 12);
        let mean = events.iter().sum::<usize>() / events.len();
        assert!((20..60).contains(&mean), "{mean} events a session");
    }

    #[test]
    fn errors_are_filled_in() {
        let mut dice = Dice::new(1, "errors");
        for _ in 0..200 {
            let error = error(&mut dice);
            assert!(!["{w}", "{n}", "{h}"].iter().any(|slot| error.contains(slot)), "{error}");
        }
    }
}
