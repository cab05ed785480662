//! Every error code has a page and every page a code.

use super::Finding;
use crate::workspace::Workspace;

/// Where the codes are.
const TABLE: &str = "crates/types/src/error_codes.rs";
/// Where the pages are.
const PAGES: &str = "docs/errors/";

/// Checks codes against pages, and each page's heading against the title in the table.
pub(super) fn check(workspace: &Workspace) -> Vec<Finding> {
    let codes = codes(workspace);
    let mut findings = Vec::new();
    if codes.is_empty() {
        findings.push(Finding::new(TABLE, "has no row of the form `code: \"SOM001\", title: \"…\"`"));
    }
    for (code, title) in &codes {
        let page = format!("{PAGES}{code}.md");
        let heading = format!("# {code}: {title}");
        match workspace.text(&page) {
            None => findings.push(Finding::new(page, format!("is missing; {TABLE} has the code"))),
            Some(text) if text.lines().next() != Some(&heading) => {
                findings.push(Finding::new(page, format!("must start with `{heading}`")));
            }
            Some(_) => {}
        }
    }
    for file in &workspace.files {
        let page = file.strip_prefix(PAGES).and_then(|name| name.strip_suffix(".md"));
        if page.is_some_and(|page| page != "README" && !codes.iter().any(|(code, _)| code == page)) {
            findings.push(Finding::new(file, format!("is a page without a code in {TABLE}")));
        }
    }
    findings
}

/// Reads the `(code, title)` rows from the source of the table: this program depends on nothing of ours.
pub(super) fn codes(workspace: &Workspace) -> Vec<(String, String)> {
    let text = workspace.text(TABLE).unwrap_or_default();
    let rows = text.split("ErrorCode {").skip(1);
    rows.filter_map(|row| Some((quoted_after(row, "code:")?, quoted_after(row, "title:")?))).collect()
}

/// Returns the string literal that follows `label`.
fn quoted_after(text: &str, label: &str) -> Option<String> {
    let (_, rest) = text.split_once(label)?;
    Some(rest.trim_start().strip_prefix('"')?.split_once('"')?.0.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::workspace::fixture::tree;

    const SOURCE: &str = r#"
        pub struct ErrorCode { pub code: &'static str, pub title: &'static str }
        pub const ERROR_CODES: &[ErrorCode] = &[
            ErrorCode { code: "SOM001", title: "nothing read" },
            ErrorCode {
                code: "SOM002",
                title: "nothing written",
            },
        ];
    "#;

    #[test]
    fn codes_with_their_pages_pass() {
        let (_folder, workspace) = tree(&[
            (TABLE, SOURCE),
            ("docs/errors/README.md", "# Errors"),
            ("docs/errors/SOM001.md", "# SOM001: nothing read\n"),
            ("docs/errors/SOM002.md", "# SOM002: nothing written\n"),
        ]);
        assert_eq!(codes(&workspace).len(), 2);
        assert_eq!(check(&workspace), []);
    }

    #[test]
    fn a_missing_page_a_foreign_page_and_another_title_fail() {
        let (_folder, workspace) = tree(&[
            (TABLE, SOURCE),
            ("docs/errors/SOM001.md", "# SOM001: something else\n"),
            ("docs/errors/SOM009.md", "# SOM009: never was\n"),
        ]);
        let places: Vec<String> = check(&workspace).into_iter().map(|finding| finding.place).collect();
        assert_eq!(places, ["docs/errors/SOM001.md", "docs/errors/SOM002.md", "docs/errors/SOM009.md"]);
    }

    #[test]
    fn an_unreadable_table_fails() {
        let (_folder, workspace) = tree(&[(TABLE, "pub const ERROR_CODES: () = ();")]);
        assert_eq!(check(&workspace).len(), 1);
    }
}
