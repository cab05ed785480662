//! Which file a note belongs in.

use crate::gate::Judged;
use crate::ledger::Key;

/// Tools that read and write files, by parts of their names in lower case.
const FILE_TOOLS: &[&str] = &[
    "edit",
    "multiedit",
    "write",
    "read",
    "apply_patch",
    "str_replace",
    "notebookedit",
    "glob",
    "grep",
    "read_file",
    "write_file",
    "edit_file",
    "str_replace_editor",
    "str_replace_based_edit_tool",
    "view",
    "create_file",
    "list_directory",
    "search_files",
];

/// Returns the topic: the project where a store spans several and one has nearly all of it, else the kind of
/// tool.
pub(super) fn of(claim: &Judged, projects: usize) -> String {
    if projects > 1
        && let Some(project) = claim.project.as_deref().map(slug).filter(|slug| !slug.is_empty())
    {
        return project;
    }
    let Key::Mistake { tool, .. } = &claim.key;
    let tool = tool.to_lowercase();
    let family = if tool == "bash" {
        "shell"
    } else if FILE_TOOLS.contains(&tool.as_str()) {
        "files"
    } else {
        "tools"
    };
    family.to_owned()
}

fn slug(name: &str) -> String {
    let mut slug = String::new();
    for c in name.chars() {
        match c {
            c if c.is_ascii_alphanumeric() => slug.push(c.to_ascii_lowercase()),
            _ if slug.ends_with('-') || slug.is_empty() => {}
            _ => slug.push('-'),
        }
    }
    slug.truncate(48);
    slug.trim_matches('-').to_owned()
}
