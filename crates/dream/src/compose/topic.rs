//! Which file a note belongs in.

use somnium_types::sha256_hex;

use crate::detect::contrast::Silent;
use crate::gate::Judged;
use crate::ledger::Key;
use crate::report::FeatureKind;

/// Files of what outcomes tell: what to do and what not, with which arguments, and what to say. Beside what tools say
/// it would be crowded out, and it is read for another reason.
const ACTIONS: &str = "actions";
const ARGUMENTS: &str = "arguments";
const ANSWERS: &str = "answers";

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

/// Returns the file of a loud mistake.
pub(super) fn of(claim: &Judged, key: &Key, projects: usize) -> String {
    let Key::Mistake { tool, .. } = key;
    file(claim, tool, projects)
}

/// Returns the file of a silent mistake.
pub(super) fn of_silent(claim: &Judged, silent: &Silent, projects: usize) -> String {
    let topic = match silent.feature.kind {
        FeatureKind::WrongArgument | FeatureKind::WrongEntity => ARGUMENTS,
        FeatureKind::MissingInformationToUser => ANSWERS,
        _ => ACTIONS,
    };
    match project(claim, projects) {
        Some(project) => format!("notes/{project}-{topic}.md"),
        None => format!("notes/{topic}.md"),
    }
}

/// The project's name as part of a file's, where a store spans several and one has nearly all of a claim.
fn project(claim: &Judged, projects: usize) -> Option<String> {
    let project = claim.project.as_deref().filter(|_| projects > 1);
    project.map(slug).filter(|slug| !slug.is_empty())
}

/// Returns the file of what a tool says.
pub(super) fn of_tool(claim: &Judged, tool: &str, projects: usize) -> String {
    file(claim, tool, projects)
}

/// Returns the name of a person's file; what the name loses is made up for by a hash of it.
pub(super) fn person(who: Option<&str>) -> String {
    const UNNAMED: &str = "unnamed";
    let Some(who) = who else { return UNNAMED.to_owned() };
    let slug = slug(who);
    if slug == who && slug != UNNAMED {
        return slug;
    }
    let digest = sha256_hex(who.as_bytes());
    format!("{slug}-{}", digest.prefix(8)).trim_start_matches('-').to_owned()
}

/// The topic is the project where a store spans several and one has nearly all of it, else the kind of tool.
fn file(claim: &Judged, tool: &str, projects: usize) -> String {
    format!("notes/{}.md", topic(claim, tool, projects))
}

fn topic(claim: &Judged, tool: &str, projects: usize) -> String {
    if let Some(project) = project(claim, projects) {
        return project;
    }
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

pub(super) fn slug(name: &str) -> String {
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
