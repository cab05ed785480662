//! Decides whether a step failed, and finds the line that says so.

use std::ops::Range;
use std::sync::LazyLock;

use regex::Regex;
use somnium_types::{Status, ToolResult};

use super::class::{Class, classify};

/// Longest line that is kept, in bytes.
pub(super) const MAX_LINE: usize = 240;
/// How much of a long result is looked at from each end.
const WINDOW: usize = 16 << 10;

/// Programs whose exit status 1 is an answer ("no", "nothing found", "they differ"), not a failure.
const ANSWERS_BY_STATUS: &[&str] = &[
    "grep",
    "egrep",
    "fgrep",
    "rg",
    "ag",
    "diff",
    "cmp",
    "test",
    "which",
    "pgrep",
    "git diff",
    "git grep",
    "git check-ignore",
    "type",
    "hash",
    "git ls-files",
    "git merge-base",
    "git show-ref",
    "git rev-parse",
    "git config",
];

/// Words of a program that say what its failure means when its output does not.
const BY_PROGRAM: &[(&str, Class)] = &[
    ("lint", Class::LintFailure),
    ("clippy", Class::LintFailure),
    ("eslint", Class::LintFailure),
    ("ruff", Class::LintFailure),
    ("flake8", Class::LintFailure),
    ("fmt", Class::LintFailure),
    ("test", Class::TestFailure),
    ("pytest", Class::TestFailure),
    ("jest", Class::TestFailure),
    ("vitest", Class::TestFailure),
    ("spec", Class::TestFailure),
    ("tox", Class::TestFailure),
    ("nox", Class::TestFailure),
    ("build", Class::BuildFailure),
    ("compile", Class::BuildFailure),
    ("tsc", Class::BuildFailure),
    ("vet", Class::BuildFailure),
    ("check", Class::BuildFailure),
];

/// The class of a failed step and where its result says so (`None`: the result is empty).
pub(super) struct Found {
    pub(super) class: Class,
    pub(super) line: Option<Range<usize>>,
}

/// Returns what went wrong in a result, or `None` if nothing did.
pub(super) fn find(result: &ToolResult, programs: &[String], is_shell: bool) -> Option<Found> {
    let text = result.text.as_str();
    let body = unwrap(text);
    let failed = match result.status {
        Status::Denied => {
            return Some(Found { class: Class::Denied, line: first_line(text, body) });
        }
        Status::Interrupted => {
            return Some(Found { class: Class::Interrupted, line: first_line(text, body) });
        }
        Status::Error => true,
        Status::Ok => result.exit_code.is_some_and(|code| code != 0),
        Status::Unknown => match result.exit_code {
            Some(code) => code != 0,
            None => match written_exit_code(text).filter(|_| is_shell) {
                Some(code) => code != 0,
                None => looks_failed(&text[body.clone()], is_shell),
            },
        },
    };
    if !failed || is_an_answer(result, &text[body.clone()], programs) {
        return None;
    }
    let line = error_line(text, body);
    let said = line.clone().map(|range| &text[range]).unwrap_or_default();
    let by_text = classify(said);
    let by_program = programs.iter().rev().find_map(|program| class_of_program(program));
    let class = match (by_text, by_program) {
        // What a test or a linter prints about the code under test is the test's failure, not the agent's.
        (
            Some(
                Class::CommandNotFound
                | Class::MissingDependency
                | Class::FileNotFound
                | Class::Timeout
                | Class::InvalidArgument
                | Class::Configuration
                | Class::Network
                | Class::RateLimited
                | Class::Authentication,
            ),
            _,
        )
        | (Some(_), None) => by_text,
        (_, Some(class)) => Some(class),
        (None, None) => None,
    };
    Some(Found { class: class.unwrap_or(Class::Other), line })
}

fn class_of_program(program: &str) -> Option<Class> {
    let mut words = program.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty());
    words.find_map(|word| {
        BY_PROGRAM
            .iter()
            .find(|(key, _)| word == *key || (key.len() > 3 && word.ends_with(key)))
            .map(|(_, class)| *class)
    })
}

fn is_an_answer(result: &ToolResult, body: &str, programs: &[String]) -> bool {
    if result.exit_code != Some(1) && !(result.status == Status::Error && body.trim().is_empty()) {
        return false;
    }
    let answers = |program: &String| ANSWERS_BY_STATUS.contains(&program.as_str());
    let silent = body.trim().is_empty();
    (silent && programs.iter().any(answers))
        || programs.last().is_some_and(|last| answers(last) && classify(body).is_none())
}

/// Returns the part of a result that the tool itself wrote, without the wrappers that harnesses put around.
fn unwrap(text: &str) -> Range<usize> {
    static HEAD: LazyLock<Option<Regex>> = LazyLock::new(|| {
        Regex::new(
            r"(?x)^\s*(?:
            Exit\ code:?\ -?\d+\s*
          | <returncode>-?\d+</returncode>\s*
          | <tool_use_error>\s*
          | <error>\s* | <output>\s* | <stdout>\s* | <stderr>\s* | <result>\s* | <warning>\s*
          | Process\ running\ with\ session\ ID[^\n]*\n?
          | Chunk\ ID:[^\n]*\n | Wall\ time:[^\n]*\n | Process\ exited\ with\ code\ -?\d+\s*\n?
          | Original\ token\ count:[^\n]*\n | Total\ output\ lines:[^\n]*\n | Output:\s*
        )",
        )
        .ok()
    });
    let mut start = 0;
    if let Some(head) = HEAD.as_ref() {
        while let Some(found) = head.find(&text[start..]).filter(|found| !found.is_empty()) {
            start += found.end();
        }
    }
    let mut end = text.len();
    loop {
        let body = text[start..end].trim_end();
        end = start + body.len();
        let closed = ["</tool_use_error>", "</output>", "</error>", "</stdout>", "</stderr>", "</result>"]
            .iter()
            .find_map(|tag| body.strip_suffix(tag));
        match closed {
            Some(inner) => end = start + inner.len(),
            None => return start..end,
        }
    }
}

/// Returns the exit code that a harness wrote in front of what a command printed.
fn written_exit_code(text: &str) -> Option<i64> {
    static CODE: LazyLock<Option<Regex>> =
        LazyLock::new(|| Regex::new(r"(?i)^\s*(?:exit code:?|<returncode>|\[?exit status:?)\s*(-?\d+)").ok());
    CODE.as_ref()?.captures(text)?.get(1)?.as_str().parse().ok()
}

/// Returns whether a result of unknown status reads like an error. Only the start counts: an error text in
/// the middle of a document that was read is not an error of the reading.
fn looks_failed(body: &str, is_shell: bool) -> bool {
    static START: LazyLock<Option<Regex>> = LazyLock::new(|| {
        Regex::new(r#"(?i)^[^\w{\["]{0,3}(error\b|errors?:|exception\b|traceback \(most recent call last\)|fatal:|failed\b|failure:|\w*(error|exception): |invalid |unauthori[sz]ed|forbidden|access denied|permission denied|http (4|5)\d\d|status(code)?:? (4|5)\d\d)|^\s*\{\s*"(error|errors|exception)"\s*:\s*("[^"]|\{\s*"|\[\s*["\{])|^\s*\{[^{}]{0,80}"(success|ok)"\s*:\s*false|^\s*\{[^{}]{0,80}"(is_?error)"\s*:\s*true|^\s*\{\s*"status"\s*:\s*"(error|failed|failure)""#).ok()
    });
    static SHELL: LazyLock<Option<Regex>> = LazyLock::new(|| {
        Regex::new(r"(?m)^Traceback \(most recent call last\):|^(/\S+/)?(ba|z|da)?sh: .*(not found|No such file|denied|rror)|^\S+: command not found$").ok()
    });
    let head = floor(body, 400);
    START.as_ref().is_some_and(|start| start.is_match(head))
        || (is_shell && SHELL.as_ref().is_some_and(|shell| shell.is_match(floor(body, WINDOW))))
}

fn floor(text: &str, at: usize) -> &str {
    &text[..text.floor_char_boundary(at)]
}

/// Returns the line of `body` that best says what went wrong.
fn error_line(text: &str, body: Range<usize>) -> Option<Range<usize>> {
    if let Some(message) = json_message(text, body.clone()) {
        return Some(message);
    }
    let lines = lines(text, body);
    let said = |range: &Range<usize>| &text[range.clone()];
    // The last line of the last traceback names the exception.
    if let Some(at) =
        lines.iter().rposition(|range| said(range).starts_with("Traceback (most recent call last)"))
        && let Some(exception) = lines[at + 1..].iter().find(|range| is_exception(said(range)))
    {
        return Some(trim(text, exception.clone()));
    }
    let classified = |range: &&Range<usize>| classify(said(range)).is_some();
    let flagged = |range: &&Range<usize>| {
        let line = said(range).trim_start().to_ascii_lowercase();
        ["error", "fatal", "failed", "e  ", "panic", "exception"].iter().any(|word| line.starts_with(word))
            || line.contains("error:")
    };
    static SUMMARY: LazyLock<Option<Regex>> = LazyLock::new(|| {
        Regex::new(r"(?i)task failed|exit(ed)? (with )?(status|code)|command failed|make(\[\d+\])?: \*\*\*|npm err! (code|errno|a complete|lifecycle)|elifecycle").ok()
    });
    // That something failed is not what went wrong.
    let summary =
        |range: &Range<usize>| SUMMARY.as_ref().is_some_and(|summary| summary.is_match(said(range)));
    // What a task runner is about to run is not what it said.
    let echo = |range: &Range<usize>| {
        let line = said(range).trim_start();
        line.starts_with("$ ") || (line.starts_with('[') && line.contains("] $ "))
    };
    let lines: Vec<Range<usize>> = lines.into_iter().filter(|range| !echo(range)).collect();
    let (summaries, telling): (Vec<_>, Vec<_>) = lines.into_iter().partition(summary);
    let best = telling
        .iter()
        .find(|range| flagged(range) && classified(range))
        .or_else(|| telling.iter().find(classified))
        .or_else(|| telling.iter().find(flagged))
        .or_else(|| summaries.first())
        .or_else(|| telling.first());
    best.map(|range| trim(text, range.clone()))
}

/// Returns the message inside an answer that is a JSON (or Python) object.
fn json_message(text: &str, body: Range<usize>) -> Option<Range<usize>> {
    static MESSAGE: LazyLock<Option<Regex>> = LazyLock::new(|| {
        Regex::new(r#"["'](?:error|errors|message|msg|detail|reason|error_message|description)["']\s*:\s*\[?\s*(?:"((?:[^"\\]|\\.){3,400})"|'((?:[^'\\]|\\.){3,400})')"#).ok()
    });
    let head = floor(&text[body.clone()], WINDOW);
    if !head.trim_start().starts_with(['{', '[']) {
        return None;
    }
    let found = MESSAGE.as_ref()?.captures(head)?;
    let message = found.get(1).or_else(|| found.get(2))?;
    Some(trim(text, body.start + message.start()..body.start + message.end()))
}

fn is_exception(line: &str) -> bool {
    let head = line.split([':', ' ']).next().unwrap_or_default();
    let name = head.rsplit('.').next().unwrap_or_default();
    !line.starts_with(char::is_whitespace)
        && (name.ends_with("Error")
            || name.ends_with("Exception")
            || name.ends_with("Interrupt")
            || name.ends_with("Exit")
            || name.ends_with("Configured")
            || name.ends_with("NotReady")
            || name.ends_with("DoesNotExist")
            || name.ends_with("Warning"))
}

fn first_line(text: &str, body: Range<usize>) -> Option<Range<usize>> {
    lines(text, body).into_iter().next().map(|range| trim(text, range))
}

/// Returns the non-empty lines in both ends of `body`.
fn lines(text: &str, body: Range<usize>) -> Vec<Range<usize>> {
    let mut parts = vec![body.clone()];
    if body.len() > 2 * WINDOW {
        let head = text.floor_char_boundary(body.start + WINDOW);
        let tail = text.ceil_char_boundary(body.end - WINDOW);
        parts = vec![body.start..head, tail..body.end];
    }
    let mut lines = Vec::new();
    for part in parts {
        let mut start = part.start;
        for line in text[part].split('\n') {
            if !line.trim().is_empty() {
                lines.push(start..start + line.len());
            }
            start += line.len() + 1;
        }
    }
    lines
}

/// Cuts spaces and a bare "Error:" label off a line, and the line to [`MAX_LINE`] at a word.
fn trim(text: &str, range: Range<usize>) -> Range<usize> {
    static LABEL: LazyLock<Option<Regex>> =
        LazyLock::new(|| Regex::new(r"^(?i:(error|fatal|err|failure)):\s+").ok());
    let line = &text[range.clone()];
    let mut inner = line.trim_start();
    if let Some(label) = LABEL.as_ref().and_then(|label| label.find(inner)) {
        inner = &inner[label.end()..];
    }
    let start = range.start + (line.len() - inner.len());
    let inner = inner.trim_end();
    if inner.len() <= MAX_LINE {
        return start..start + inner.len();
    }
    let cut = floor(inner, MAX_LINE);
    let cut = cut.rfind(char::is_whitespace).filter(|&at| at > MAX_LINE / 2).map_or(cut, |at| &cut[..at]);
    start..start + cut.trim_end().len()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn result(text: &str, status: Status, exit_code: Option<i32>) -> ToolResult {
        ToolResult { call: "c".into(), text: text.to_owned(), status, exit_code }
    }

    fn found(
        text: &str,
        status: Status,
        exit_code: Option<i32>,
        programs: &[&str],
    ) -> Option<(Class, String)> {
        let programs: Vec<String> = programs.iter().map(|p| (*p).to_owned()).collect();
        let found = find(&result(text, status, exit_code), &programs, true)?;
        Some((found.class, found.line.map(|range| text[range].to_owned()).unwrap_or_default()))
    }

    #[test]
    fn wrappers_are_not_the_message() {
        let text = "<tool_use_error>File does not exist.</tool_use_error>";
        assert_eq!(
            found(text, Status::Error, None, &[]),
            Some((Class::FileNotFound, "File does not exist.".into()))
        );
        let text = "Exit code 127\nbash: foo: command not found";
        assert_eq!(
            found(text, Status::Error, Some(127), &[]).map(|f| f.1),
            Some("bash: foo: command not found".into())
        );
    }

    #[test]
    fn the_last_exception_is_the_message() {
        let text = "x\nTraceback (most recent call last):\n  File \"a.py\", line 1\n    import numpy\nModuleNotFoundError: No module named 'numpy'\n";
        assert_eq!(
            found(text, Status::Unknown, Some(1), &["python"]),
            Some((Class::MissingDependency, "ModuleNotFoundError: No module named 'numpy'".into()))
        );
    }

    #[test]
    fn nothing_found_is_an_answer_and_not_a_failure() {
        assert_eq!(found("", Status::Error, Some(1), &["grep"]), None);
        assert_eq!(found("< a\n> b\n", Status::Error, Some(1), &["diff"]), None);
        assert!(found("grep: x: No such file or directory", Status::Error, Some(2), &["grep"]).is_some());
    }

    #[test]
    fn success_is_believed_and_silence_is_read_only_at_the_start() {
        assert_eq!(found("Error: all of it", Status::Ok, Some(0), &[]), None);
        assert!(found("Error: user not found", Status::Unknown, None, &[]).is_some());
        assert!(found("{\"error\": \"no\"}", Status::Unknown, None, &[]).is_some());
        assert_eq!(found("The manual says:\nError: do not panic", Status::Unknown, None, &[]), None);
    }

    #[test]
    fn a_failed_test_run_is_a_test_failure_whatever_it_prints() {
        let text = "--- FAIL: TestA\n    a_test.go:3: expected permission denied";
        assert_eq!(found(text, Status::Error, Some(1), &["go test"]).map(|f| f.0), Some(Class::TestFailure));
    }
}
