//! Every invariant of `ARCHITECTURE.md` names a test that is there.
//!
//! The table under `## Invariants…` has one invariant a row and its tests in the last column: a link to a
//! file, then the name of a test in it, in backticks; more of either may follow.

use super::Finding;
use super::markdown::link_targets;
use crate::workspace::Workspace;

const PAGE: &str = "ARCHITECTURE.md";

/// Checks every row of the table of invariants.
pub(super) fn check(workspace: &Workspace) -> Vec<Finding> {
    let text = workspace.text(PAGE).unwrap_or_default();
    let table = rows(&text);
    if table.is_empty() {
        return vec![Finding::new(PAGE, "has no table of invariants under `## Invariants`")];
    }
    let mut findings = Vec::new();
    for (number, row) in table {
        let mut object = |message: String| findings.push(Finding::new(format!("{PAGE}:{number}"), message));
        let tests = row.trim_end().trim_end_matches('|').rsplit('|').next().unwrap_or_default();
        let files = link_targets(tests);
        let sources: Vec<String> = files.iter().filter_map(|file| workspace.text(file)).collect();
        let names = code_spans(tests);
        if names.is_empty() || files.is_empty() {
            object("names no test: link a file and name a test in it".to_owned());
        }
        for name in names {
            let head = format!("fn {name}(");
            if !sources.iter().any(|source| source.contains(&head)) {
                object(format!("no test `{name}` in {}", files.join(", ")));
            }
        }
    }
    findings
}

/// Returns the rows of the first table under the heading, without its own two heading lines.
fn rows(text: &str) -> Vec<(usize, &str)> {
    let lines = (1..).zip(text.lines());
    let section = lines
        .skip_while(|(_, line)| !line.starts_with("## Invariants"))
        .skip(1)
        .take_while(|(_, line)| !line.starts_with("## "));
    section.filter(|(_, line)| line.starts_with('|')).skip(2).collect()
}

/// Returns what stands in backticks, outside the texts of links.
fn code_spans(text: &str) -> Vec<&str> {
    text.split('`').skip(1).step_by(2).filter(|span| !span.contains(['/', '.'])).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::workspace::fixture::tree;

    fn findings(row: &str) -> Vec<String> {
        let page = format!(
            "# A\n## Invariants, and so on\n\n| it | held by |\n| --- | --- |\n{row}\n\n## Next\n| x |\n"
        );
        let source = "#[test]\nfn order_changes_nothing() {}\n";
        let (_folder, workspace) = tree(&[("ARCHITECTURE.md", &page), ("tests/order.rs", source)]);
        check(&workspace)
            .into_iter()
            .map(|finding| format!("{} {}", finding.place, finding.message))
            .collect()
    }

    #[test]
    fn a_row_with_its_test_passes() {
        assert_eq!(
            findings("| `A` is pure. | [`tests/order.rs`](tests/order.rs) `order_changes_nothing` |").len(),
            0
        );
    }

    #[test]
    fn a_row_without_a_test_or_with_one_that_is_gone_fails() {
        let gone = findings("| Pure. | [tests/order.rs](tests/order.rs): `order_changes_much` |");
        assert_eq!(gone, ["ARCHITECTURE.md:6 no test `order_changes_much` in tests/order.rs"]);
        assert!(findings("| Pure. | we take care |")[0].contains("names no test"));
        assert!(findings("| Pure. | `order_changes_nothing` |")[0].contains("names no test"));
        assert!(findings("no table")[0].contains("has no table"));
    }
}
