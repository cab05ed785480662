//! Dependencies between our own crates go one way: the edges of the crate table and no others.

use super::Finding;
use super::crates::{CRATES, DEV_ONLY, OPTIONAL_ONLY, row};
use crate::workspace::{Dependency, Kind, Workspace};

/// Checks every edge between two packages of the workspace, and that each package has a row.
pub(super) fn check(workspace: &Workspace) -> Vec<Finding> {
    let mut findings = Vec::new();
    for (package, member) in &workspace.graph.members {
        let Some((_, expected)) = row(package) else {
            findings.push(Finding::new(
                package,
                "has no row in `xtask/src/tidy/crates.rs`; a new crate needs a new direction of dependency",
            ));
            continue;
        };
        if member.folder != expected.folder {
            let message =
                format!("is in `{}`, the crate table puts it in `{}`", member.folder, expected.folder);
            findings.push(Finding::new(package, message));
        }
        for dependency in &member.dependencies {
            if let Some(message) = objection(package, dependency) {
                findings.push(Finding::new(package, message));
            }
        }
    }
    findings
}

/// Says why `package` may not have this dependency, if it may not. Foreign packages are not judged here.
fn objection(package: &str, dependency: &Dependency) -> Option<String> {
    let name = dependency.name.as_str();
    let (from, crate_) = row(package)?;
    let (to, _) = row(name)?;
    match dependency.kind {
        Kind::Normal if name == DEV_ONLY => {
            Some(format!("depends on `{name}`, which only `[dev-dependencies]` may name"))
        }
        Kind::Normal if !crate_.allowed().contains(&name) => {
            Some(format!("may not depend on `{name}`; it may use: {}", list(&crate_.allowed())))
        }
        Kind::Normal if OPTIONAL_ONLY.contains(&name) && !dependency.optional => {
            Some(format!("depends on `{name}` always; it must be optional, behind a feature"))
        }
        Kind::Normal => None,
        // Tests may look further than the code they test, but never down the table: what is below may be
        // built from the crate under test, and would bring a second copy of it.
        Kind::Dev if from < to && name != DEV_ONLY => {
            Some(format!("may not dev-depend on `{name}`, which is below it in the crate table"))
        }
        Kind::Dev if crate_.package == CRATES[CRATES.len() - 1].package => {
            Some(format!("depends on nothing of ours, not even `{name}` in tests"))
        }
        Kind::Dev => None,
    }
}

fn list(packages: &[&str]) -> String {
    match packages {
        [] => "nothing of ours".to_owned(),
        packages => packages.iter().map(|package| format!("`{package}`")).collect::<Vec<_>>().join(", "),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::workspace::fixture::{dependency, packages};

    fn messages(workspace: &Workspace) -> Vec<String> {
        check(workspace).into_iter().map(|finding| format!("{} {}", finding.place, finding.message)).collect()
    }

    #[test]
    fn the_edges_of_the_table_pass() {
        let workspace = packages(&[
            ("somnium-types", &["serde"]),
            ("somnium-memory", &["somnium-types"]),
            ("somnium-dream", &["somnium-types", "somnium-memory", "regex"]),
        ]);
        assert_eq!(messages(&workspace), Vec::<String>::new());
    }

    #[test]
    fn an_edge_against_the_direction_fails() {
        let workspace = packages(&[("somnium-types", &["somnium-dream"]), ("somnium-dream", &[])]);
        let messages = messages(&workspace);
        assert_eq!(messages.len(), 1);
        assert!(messages[0].starts_with("somnium-types may not depend on `somnium-dream`"), "{messages:?}");
    }

    #[test]
    fn an_edge_that_skips_the_table_fails() {
        let workspace = packages(&[("somnium-dream", &["somnium-transcript"])]);
        assert!(messages(&workspace)[0].contains("may not depend on `somnium-transcript`"));
    }

    #[test]
    fn an_unknown_crate_and_a_wrong_folder_fail() {
        let mut workspace = packages(&[("somnium-utils", &[]), ("somnium-types", &[])]);
        workspace.graph.members.get_mut("somnium-types").unwrap().folder = "elsewhere".to_owned();
        let messages = messages(&workspace);
        assert!(messages[0].starts_with("somnium-types is in `elsewhere`"), "{messages:?}");
        assert!(messages[1].starts_with("somnium-utils has no row"), "{messages:?}");
    }

    #[test]
    fn dev_dependencies_go_up_the_table_or_to_the_test_support() {
        let objects = |package: &str, name: &str| objection(package, &dependency(name, Kind::Dev)).is_some();
        assert!(!objects("somnium-dream", "somnium-transcript"));
        assert!(!objects("somnium-dream", "somnium-testing"));
        assert!(!objects("somnium-dream", "proptest"));
        assert!(objects("somnium-transcript", "somnium-dream"));
        assert!(objects("somnium-cli", "somnium-bench"));
        assert!(objects("xtask", "somnium-types"));
    }

    #[test]
    fn test_support_is_for_tests_and_the_cluster_for_a_feature() {
        let mut cluster = dependency("somnium-cluster", Kind::Normal);
        assert!(objection("somnium-cli", &cluster).is_some_and(|why| why.contains("optional")));
        cluster.optional = true;
        assert_eq!(objection("somnium-cli", &cluster), None);
        assert!(objection("somnium-cli", &dependency("somnium-testing", Kind::Normal)).is_some());
    }
}
