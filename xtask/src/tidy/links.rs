//! Relative links between our pages lead somewhere.

use std::path::{Component, Path, PathBuf};

use super::Finding;
use super::markdown::{anchors, link_targets, prose};
use super::source::is_test_file;
use crate::workspace::Workspace;

/// Checks every relative link and anchor of every Markdown file outside fixtures.
pub(super) fn check(workspace: &Workspace) -> Vec<Finding> {
    let mut findings = Vec::new();
    for file in workspace.files.iter().filter(|file| file.ends_with(".md") && !is_test_file(file)) {
        let text = workspace.text(file).unwrap_or_default();
        for (number, line) in prose(&text) {
            for target in link_targets(&line) {
                if let Some(message) = objection(workspace, file, &text, target) {
                    findings.push(Finding::new(format!("{file}:{number}"), message));
                }
            }
        }
    }
    findings
}

/// Says why `target`, linked from `file`, leads nowhere, if it does.
fn objection(workspace: &Workspace, file: &str, text: &str, target: &str) -> Option<String> {
    let outside = ["http://", "https://", "mailto:"];
    if outside.iter().any(|scheme| target.starts_with(scheme)) {
        return None;
    }
    let (path, anchor) = target.split_once('#').unwrap_or((target, ""));
    let linked = if path.is_empty() {
        text.to_owned()
    } else {
        let Some(place) = resolve(Path::new(file).parent().unwrap_or(Path::new("")), path) else {
            return Some(format!("`{target}` leads out of the repository"));
        };
        if !workspace.root.join(&place).exists() {
            return Some(format!("`{target}` leads to nothing"));
        }
        workspace.text(&place.to_string_lossy()).unwrap_or_default()
    };
    let found =
        anchor.is_empty() || !linked_is_page(path) || anchors(&linked).iter().any(|other| other == anchor);
    (!found).then(|| format!("`{target}`: that page has no heading `#{anchor}`"))
}

/// Anchors are known only in Markdown; `file.rs#L10` is for the reader's viewer.
fn linked_is_page(path: &str) -> bool {
    path.is_empty() || path.ends_with(".md")
}

/// Resolves `path` from `folder`; `None` when it climbs above the root.
fn resolve(folder: &Path, path: &str) -> Option<PathBuf> {
    let mut resolved = PathBuf::new();
    for part in folder.join(path).components() {
        match part {
            Component::Normal(part) => resolved.push(part),
            Component::CurDir => {}
            Component::ParentDir => {
                if !resolved.pop() {
                    return None;
                }
            }
            Component::RootDir | Component::Prefix(_) => return None,
        }
    }
    Some(resolved)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::workspace::fixture::tree;

    #[test]
    fn links_that_lead_somewhere_pass() {
        let page = "[up](../README.md) [folder](../docs) [there](other.md#the-part) [here](#top) [web](https://x.y/z)\n# Top\n";
        let (_folder, workspace) =
            tree(&[("docs/page.md", page), ("docs/other.md", "## The part\n"), ("README.md", "")]);
        assert_eq!(check(&workspace), []);
    }

    #[test]
    fn links_that_lead_nowhere_fail() {
        let page = "ok\n[a](gone.md) [b](other.md#gone)\n[c](#gone) [d](../../outside.md) [e](/etc/hosts)\n";
        let (_folder, workspace) = tree(&[("docs/page.md", page), ("docs/other.md", "## The part\n")]);
        let findings = check(&workspace);
        assert_eq!(findings.len(), 5, "{findings:?}");
        assert_eq!(findings[0].place, "docs/page.md:2");
    }

    #[test]
    fn fixtures_are_left_alone() {
        let (_folder, workspace) = tree(&[("crates/memory/tests/fixtures/note.md", "[a](gone.md)\n")]);
        assert_eq!(check(&workspace), []);
    }
}
