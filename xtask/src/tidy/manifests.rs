//! Every crate takes the workspace's lints, and every library warns about missing documentation.

use super::Finding;
use super::crates::row;
use crate::workspace::Workspace;

/// Checks the manifest and the root file of every package.
pub(super) fn check(workspace: &Workspace) -> Vec<Finding> {
    let mut findings = Vec::new();
    for (package, member) in &workspace.graph.members {
        let manifest = format!("{}/Cargo.toml", member.folder);
        let own_lints = row(package).is_some_and(|(_, row)| row.own_lints);
        let text = workspace.text(&manifest).unwrap_or_default();
        if !own_lints && !takes_workspace_lints(&text) {
            findings.push(Finding::new(manifest, "needs `[lints]` with `workspace = true`"));
        }
        if let Some(library) = &member.library {
            let text = workspace.text(library).unwrap_or_default();
            let documented = ["#![warn(missing_docs)]", "#![deny(missing_docs)]"];
            if !text.lines().any(|line| documented.contains(&line.trim())) {
                findings.push(Finding::new(library, "needs `#![warn(missing_docs)]`"));
            }
        }
    }
    findings
}

/// Tells whether a manifest has `workspace = true` under `[lints]`.
fn takes_workspace_lints(manifest: &str) -> bool {
    let mut section = "";
    manifest.lines().map(str::trim).any(|line| {
        if line.starts_with('[') {
            section = line;
        }
        let bare: String = line.chars().filter(|c| !c.is_whitespace()).collect();
        (section == "[lints]" && bare == "workspace=true") || bare == "lints.workspace=true"
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::workspace::fixture::{graph, tree};

    fn findings(manifest: &str, library: &str) -> Vec<Finding> {
        let (_folder, mut workspace) =
            tree(&[("crates/types/Cargo.toml", manifest), ("crates/types/src/lib.rs", library)]);
        workspace.graph = graph(&[("somnium-types", &[])]);
        let member = workspace.graph.members.get_mut("somnium-types").unwrap();
        member.library = Some("crates/types/src/lib.rs".to_owned());
        check(&workspace)
    }

    #[test]
    fn lints_and_docs_pass() {
        let manifest = "[package]\nname = \"x\"\n\n[lints]\nworkspace = true\n";
        assert_eq!(findings(manifest, "//! Docs.\n#![warn(missing_docs)]\n"), []);
        assert_eq!(findings("lints.workspace = true\n", "#![deny(missing_docs)]\n"), []);
    }

    #[test]
    fn missing_lints_and_docs_fail() {
        let found = findings("[dependencies]\nworkspace = true\n", "//! #![warn(missing_docs)]\n");
        assert_eq!(found.len(), 2, "{found:?}");
    }
}
