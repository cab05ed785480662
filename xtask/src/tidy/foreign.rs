//! What each crate must never see: foreign packages, directly or through others, and calls that would
//! make its result depend on more than its input.

use super::Finding;
use super::crates::{Family, row};
use super::source::{is_comment, is_test_file, lines_without_tests};
use crate::workspace::{Dependency, Kind, Workspace};

/// Checks every package against the families its row forbids.
pub(super) fn check(workspace: &Workspace) -> Vec<Finding> {
    let mut findings = Vec::new();
    for (package, member) in &workspace.graph.members {
        let Some((_, row)) = row(package) else { continue };
        for family in row.never {
            for target in family.reached {
                if let Some(path) = workspace.graph.path_to(package, target) {
                    let message = format!("must never see {}: {}", family.name, path.join(" → "));
                    findings.push(Finding::new(package, message));
                }
            }
            for dependency in member.dependencies.iter().filter(|other| other.kind == Kind::Normal) {
                if family.named.contains(&dependency.name.as_str()) {
                    let message = format!("must never see {}: it names `{}`", family.name, dependency.name);
                    findings.push(Finding::new(package, message));
                }
            }
            findings.extend(calls(workspace, row.folder, family));
        }
        findings.extend(member.dependencies.iter().filter_map(|other| unseeded(package, other)));
    }
    findings
}

/// Finds the calls of `family` in the non-test source under `folder`.
fn calls(workspace: &Workspace, folder: &str, family: &Family) -> Vec<Finding> {
    let source = format!("{folder}/src/");
    let files = workspace.files.iter().filter(|file| file.starts_with(&source) && file.ends_with(".rs"));
    let mut findings = Vec::new();
    for file in files.filter(|file| !is_test_file(file)) {
        let Some(text) = workspace.text(file) else { continue };
        for (number, line) in lines_without_tests(&text) {
            let call = family.calls.iter().find(|call| line.contains(**call));
            if let Some(call) = call.filter(|_| !is_comment(line)) {
                let message = format!("`{call}`, but this crate must never see {}", family.name);
                findings.push(Finding::new(format!("{file}:{number}"), message));
            }
        }
    }
    findings
}

/// Objects to a `rand` that can seed itself from the operating system: everywhere, because a seed is part
/// of what a run is told.
fn unseeded(package: &str, dependency: &Dependency) -> Option<Finding> {
    let self_seeding = ["std", "std_rng", "thread_rng", "os_rng", "sys_rng"];
    let seeds_itself = dependency.default_features
        || dependency.features.iter().any(|feature| self_seeding.contains(&feature.as_str()));
    (dependency.name == "rand" && dependency.kind == Kind::Normal && seeds_itself).then(|| {
        Finding::new(package, "depends on a `rand` that can seed itself; use `default-features = false`")
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::workspace::fixture::{dependency, graph, packages, tree};

    #[test]
    fn a_forbidden_package_is_found_through_others_and_the_way_is_told() {
        let workspace = packages(&[
            ("somnium-types", &[]),
            ("somnium-memory", &["somnium-types", "innocent"]),
            ("innocent", &["tokio"]),
            ("tokio", &[]),
        ]);
        let findings = check(&workspace);
        assert_eq!(findings.len(), 1);
        assert!(findings[0].message.ends_with("somnium-memory → innocent → tokio"), "{findings:?}");
    }

    #[test]
    fn a_package_forbidden_by_name_may_be_used_by_a_crate_below() {
        let clean = packages(&[("somnium-dream", &["somnium-memory"]), ("somnium-memory", &["tempfile"])]);
        assert_eq!(check(&clean), []);
        let direct = packages(&[("somnium-dream", &["tempfile"])]);
        assert!(check(&direct)[0].message.contains("must never see files: it names `tempfile`"));
    }

    #[test]
    fn a_forbidden_call_is_found_in_code_but_not_in_comments_and_tests() {
        let code = "// std::fs is for others\nuse std::fs;\n#[cfg(test)]\nmod tests {\n    use std::fs;\n}\n";
        let (_folder, mut workspace) = tree(&[
            ("crates/dream/src/lib.rs", code),
            ("crates/dream/tests/all.rs", "use std::fs;"),
            ("crates/memory/src/lib.rs", "use std::fs;"),
        ]);
        workspace.graph = graph(&[("somnium-dream", &[]), ("somnium-memory", &[])]);
        let findings = check(&workspace);
        assert_eq!(findings.len(), 1);
        assert_eq!(findings[0].place, "crates/dream/src/lib.rs:2");
    }

    #[test]
    fn randomness_must_be_seeded() {
        let mut rand = dependency("rand", Kind::Normal);
        assert!(unseeded("somnium-bench", &rand).is_some());
        rand.default_features = false;
        assert_eq!(unseeded("somnium-bench", &rand), None);
        rand.features.push("thread_rng".to_owned());
        assert!(unseeded("somnium-bench", &rand).is_some());
    }
}
