//! A file holds one idea: at most [`LIMIT`] lines of non-test code.

use super::Finding;
use super::source::{is_test_file, lines_without_tests};
use crate::workspace::Workspace;

/// Lines of non-test code that a file may have.
const LIMIT: usize = 800;

/// Files that may be longer, each with its reason. Keep it short.
const ALLOWED: &[(&str, &str)] = &[];

/// Checks every Rust file, and that every exception is still needed.
pub(super) fn check(workspace: &Workspace) -> Vec<Finding> {
    check_with(workspace, ALLOWED)
}

fn check_with(workspace: &Workspace, allowed: &[(&str, &str)]) -> Vec<Finding> {
    let mut findings = Vec::new();
    for file in workspace.files.iter().filter(|file| file.ends_with(".rs") && !is_test_file(file)) {
        let Some(text) = workspace.text(file) else { continue };
        let lines = lines_without_tests(&text).len();
        match (lines > LIMIT, allowed.iter().any(|(path, _)| path == file)) {
            (true, false) => {
                let message = format!("has {lines} lines of non-test code, more than {LIMIT}; split it");
                findings.push(Finding::new(file, message));
            }
            (false, true) => {
                findings.push(Finding::new(file, "no longer needs its entry in `xtask/src/tidy/size.rs`"));
            }
            _ => {}
        }
    }
    for (path, _) in allowed.iter().filter(|(path, _)| !workspace.files.iter().any(|file| file == path)) {
        findings.push(Finding::new(*path, "is gone; remove its entry in `xtask/src/tidy/size.rs`"));
    }
    findings
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::workspace::fixture::tree;

    #[test]
    fn only_non_test_lines_count() {
        let body = "fn f() {}\n".repeat(LIMIT);
        let tests = format!("#[cfg(test)]\nmod tests {{\n{}}}\n", "    // a line\n".repeat(50));
        let (_folder, workspace) = tree(&[
            ("a/src/fits.rs", &format!("{body}{tests}")),
            ("a/src/long.rs", &format!("{body}fn one_more() {{}}\n")),
            ("a/tests/long.rs", &format!("{body}fn one_more() {{}}\n")),
        ]);
        let findings = check_with(&workspace, &[]);
        assert_eq!(findings.len(), 1);
        assert_eq!(findings[0].place, "a/src/long.rs");
        assert!(findings[0].message.contains("801"));
    }

    #[test]
    fn an_exception_holds_only_while_it_is_needed() {
        let long = "fn f() {}\n".repeat(LIMIT + 1);
        let (_folder, workspace) = tree(&[("a.rs", &long), ("b.rs", "fn f() {}\n")]);
        assert_eq!(check_with(&workspace, &[("a.rs", "generated")]), []);
        let stale = check_with(&workspace, &[("a.rs", ""), ("b.rs", ""), ("c.rs", "")]);
        assert_eq!(stale.len(), 2, "{stale:?}");
    }
}
