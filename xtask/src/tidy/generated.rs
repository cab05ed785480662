//! Files, or parts of files, that are made from the source and committed. `tidy --fix` writes them anew.
//!
//! A *part* is made here, and `tidy` fails when it is stale. A *page* is printed by one of our binaries, which
//! may not compile when `tidy` runs; the binary's own tests compare it.

use anyhow::{Context, Result};

use super::Finding;
use super::crates::CRATES;
use super::error_pages::codes;
use super::markdown::title;
use crate::command;
use crate::workspace::Workspace;

/// A whole page that one of our binaries prints.
struct Page {
    path: &'static str,
    /// Arguments of `cargo`.
    cargo: &'static [&'static str],
}

/// Every page of that kind.
const PAGES: &[Page] = &[Page {
    path: "docs/reference/cli.md",
    cargo: &["run", "--quiet", "--package", "somnium-cli", "--", "reference"],
}];

/// Writes the pages that changed and returns their paths. A binary that does not compile is told, and its
/// page left as it is.
pub(super) fn rewrite_pages(workspace: &Workspace) -> Result<Vec<&'static str>> {
    let mut rewritten = Vec::new();
    for page in PAGES {
        let Some(fresh) = command::output_of(&workspace.root, &command::cargo(), page.cargo) else {
            println!("left {} as it is: `cargo {}` failed", page.path, page.cargo.join(" "));
            continue;
        };
        let path = workspace.root.join(page.path);
        if std::fs::read_to_string(&path).ok().as_deref() == Some(&fresh) {
            continue;
        }
        let folder = path.parent().context("a page has a folder")?;
        std::fs::create_dir_all(folder)
            .and_then(|()| std::fs::write(&path, fresh))
            .with_context(|| format!("writing `{}`", page.path))?;
        rewritten.push(page.path);
    }
    Ok(rewritten)
}

/// What stands in `path` between `<!-- generated: name -->` and `<!-- end: name -->`.
struct Part {
    path: &'static str,
    name: &'static str,
    make: fn(&Workspace) -> String,
}

/// Every part.
const PARTS: &[Part] = &[
    Part { path: "ARCHITECTURE.md", name: "crates", make: crate_table },
    Part { path: "docs/errors/README.md", name: "codes", make: error_index },
    Part { path: "docs/README.md", name: "pages", make: page_index },
];

/// Checks that each generated part is there and what its generator makes now.
pub(super) fn check(workspace: &Workspace) -> Vec<Finding> {
    let stale = PARTS.iter().filter_map(|part| {
        let text = workspace.text(part.path).unwrap_or_default();
        let message = match replaced(&text, part.name, &(part.make)(workspace)) {
            None => format!("has no `<!-- generated: {0} -->` … `<!-- end: {0} -->`", part.name),
            Some(fresh) if fresh != text => {
                format!("its part `{}` is stale; run `cargo xtask tidy --fix`", part.name)
            }
            Some(_) => return None,
        };
        Some(Finding::new(part.path, message))
    });
    stale.collect()
}

/// Writes the stale parts anew and returns the files it changed.
pub(super) fn rewrite_parts(workspace: &Workspace) -> Result<Vec<&'static str>> {
    let mut rewritten = Vec::new();
    for part in PARTS {
        let text = workspace.text(part.path).unwrap_or_default();
        match replaced(&text, part.name, &(part.make)(workspace)) {
            Some(fresh) if fresh != text => {
                std::fs::write(workspace.root.join(part.path), fresh)
                    .with_context(|| format!("writing `{}`", part.path))?;
                rewritten.push(part.path);
            }
            _ => {}
        }
    }
    Ok(rewritten)
}

/// Returns `text` with `fresh` between the marks of `name`, or `None` without both marks.
fn replaced(text: &str, name: &str, fresh: &str) -> Option<String> {
    let (before, rest) = text.split_once(&format!("<!-- generated: {name} -->"))?;
    let (_, after) = rest.split_once(&format!("<!-- end: {name} -->"))?;
    Some(format!("{before}<!-- generated: {name} -->\n{}\n<!-- end: {name} -->{after}", fresh.trim_end()))
}

/// The crate table of the architecture; crates that do not exist yet are marked.
fn crate_table(workspace: &Workspace) -> String {
    let mut table =
        String::from("| crate | what it is | may depend on | must never see |\n| --- | --- | --- | --- |\n");
    let short = |package: &str| package.trim_start_matches("somnium-").to_owned();
    for row in CRATES {
        let exists = workspace.graph.members.contains_key(row.package);
        let name = if exists { format!("`{}`", row.folder) } else { format!("*{} (planned)*", row.folder) };
        let allowed: Vec<String> =
            row.allowed().iter().map(|package| format!("`{}`", short(package))).collect();
        let allowed = if allowed.is_empty() { "nothing of ours".to_owned() } else { allowed.join(", ") };
        let never: Vec<&str> = row.never.iter().map(|family| family.name).collect();
        let never = if never.is_empty() { "-".to_owned() } else { never.join(", ") };
        table.push_str(&format!("| {name} | {} | {allowed} | {never} |\n", row.what));
    }
    table
}

/// The list of error codes, each with a link to its page.
fn error_index(workspace: &Workspace) -> String {
    let rows =
        codes(workspace).into_iter().map(|(code, title)| format!("| [{code}]({code}.md) | {title} |\n"));
    format!("| code | what went wrong |\n| --- | --- |\n{}", rows.collect::<String>())
}

/// The list of pages under `docs/`, by folder, in the order of their paths.
fn page_index(workspace: &Workspace) -> String {
    let sections = [
        ("guides", "Guides: how to do one thing"),
        ("concepts", "Concepts: how it works and why"),
        ("reference", "Reference: every command, key and field"),
        ("errors", "Errors: what a code means and what to do"),
        ("adr", "Decisions: what was chosen, and what was measured"),
    ];
    let mut index = String::new();
    for (folder, heading) in sections {
        let prefix = format!("docs/{folder}/");
        let pages = workspace.files.iter().filter_map(|file| {
            let page = file.strip_prefix("docs/")?;
            let listed = file.starts_with(&prefix) && file.ends_with(".md");
            // The error pages have an index of their own.
            let listed = listed && (folder != "errors" || file.ends_with("/README.md"));
            let text = if listed { workspace.text(file)? } else { return None };
            Some(format!("- [{}]({page})\n", title(&text).unwrap_or(page)))
        });
        let pages: String = pages.collect();
        if !pages.is_empty() {
            index.push_str(&format!("\n## {heading}\n\n{pages}"));
        }
    }
    index
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::workspace::fixture::{graph, tree};

    const EMPTY: &str = "Top.\n<!-- generated: NAME -->\n<!-- end: NAME -->\nBottom.\n";

    fn sample() -> (tempfile::TempDir, Workspace) {
        let (folder, mut workspace) = tree(&[
            ("ARCHITECTURE.md", &EMPTY.replace("NAME", "crates")),
            ("docs/errors/README.md", &format!("# Errors\n{}", EMPTY.replace("NAME", "codes"))),
            ("docs/README.md", &EMPTY.replace("NAME", "pages")),
            ("docs/guides/start.md", "# Getting started\n"),
            ("crates/types/src/error_codes.rs", "ErrorCode { code: \"SOM001\", title: \"t\" }"),
        ]);
        workspace.graph = graph(&[("somnium-types", &[])]);
        (folder, workspace)
    }

    #[test]
    fn stale_parts_are_found_rewritten_and_then_clean() {
        let (_folder, workspace) = sample();
        assert_eq!(check(&workspace).len(), 3);
        assert_eq!(rewrite_parts(&workspace).unwrap().len(), 3);
        assert_eq!(check(&workspace), []);
        assert_eq!(rewrite_parts(&workspace).unwrap().len(), 0);
        let page = workspace.text("docs/README.md").unwrap();
        assert!(page.starts_with("Top.\n") && page.ends_with("Bottom.\n"));
        assert!(page.contains("- [Getting started](guides/start.md)"), "{page}");
        let architecture = workspace.text("ARCHITECTURE.md").unwrap();
        assert!(architecture.contains("| `crates/types` |"));
        assert!(architecture.contains("| *crates/server (planned)* |"));
    }

    #[test]
    fn a_part_without_its_marks_is_a_finding_and_nothing_is_written() {
        let (folder, workspace) = sample();
        std::fs::write(folder.path().join("ARCHITECTURE.md"), "Top.\n").unwrap();
        assert!(check(&workspace)[0].message.contains("has no `<!-- generated: crates -->`"));
        rewrite_parts(&workspace).unwrap();
        assert_eq!(workspace.text("ARCHITECTURE.md").unwrap(), "Top.\n");
    }
}
