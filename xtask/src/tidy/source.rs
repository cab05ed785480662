//! Reading Rust source as text: which files are tests, and where the tests in a file are.

/// Tells whether a whole file is test code, by where it lies.
pub(super) fn is_test_file(file: &str) -> bool {
    file.split('/').any(|part| matches!(part, "tests" | "benches" | "fixtures" | "tests.rs"))
}

/// Returns the lines of `text` outside its test modules, with their line numbers from 1.
///
/// A test module starts at a `#[cfg(test)]` in the first column that is followed by `mod … {`, and ends
/// at the next `}` in the first column: where `rustfmt` puts them.
pub(super) fn lines_without_tests(text: &str) -> Vec<(usize, &str)> {
    let lines: Vec<&str> = text.lines().collect();
    let mut kept = Vec::new();
    let mut at = 0;
    while at < lines.len() {
        match end_of_test_module(&lines, at) {
            Some(end) => at = end + 1,
            None => {
                kept.push((at + 1, lines[at]));
                at += 1;
            }
        }
    }
    kept
}

/// Returns the index of the last line of the test module that starts at `start`, if one does.
fn end_of_test_module(lines: &[&str], start: usize) -> Option<usize> {
    if lines[start] != "#[cfg(test)]" {
        return None;
    }
    let head = lines[start + 1..].iter().position(|line| !line.starts_with("#["))? + start + 1;
    let module = lines[head].trim_start_matches("pub(crate) ").trim_start_matches("pub ");
    if !(module.starts_with("mod ") && module.ends_with('{')) {
        return None;
    }
    let length = lines[head..].iter().position(|line| *line == "}");
    Some(length.map_or(lines.len() - 1, |length| head + length))
}

/// Tells whether a line is only a comment.
pub(super) fn is_comment(line: &str) -> bool {
    line.trim_start().starts_with("//")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn test_modules_are_left_out_wherever_they_are() {
        let text = "use a;\n#[cfg(test)]\n#[allow(x)]\nmod tests {\n    fn f() {\n    }\n}\nfn g() {}\n";
        assert_eq!(lines_without_tests(text), [(1, "use a;"), (8, "fn g() {}")]);
    }

    #[test]
    fn other_items_for_tests_and_other_modules_stay() {
        let text = "#[cfg(test)]\nuse a;\nmod b {\n}\n";
        assert_eq!(lines_without_tests(text).len(), 4);
        assert_eq!(lines_without_tests("#[cfg(test)]").len(), 1);
    }

    #[test]
    fn a_test_file_is_known_by_its_place() {
        assert!(is_test_file("crates/dream/tests/order.rs"));
        assert!(is_test_file("crates/dream/src/gate/tests.rs"));
        assert!(!is_test_file("crates/dream/src/gate.rs"));
    }
}
