//! Nothing names the machine it was written on: no absolute path of a home, a mount or a checkout.

use super::Finding;
use super::source::{is_test_file, lines_without_tests};
use crate::workspace::Workspace;

/// Folders whose inside differs from machine to machine.
const PLACES: &[&str] = &["/home/", "/root/", "/Users/", "/work/", "/workspace/", "/mnt/", "/media/"];

/// Names that stand for any user in an example.
const ANYONE: &[&str] = &["you", "me", "user", "dev", "name", "agent", "runner", "alice", "bob", "someone"];

/// Files that must name such folders, each with its reason.
const ALLOWED: &[(&str, &str)] = &[
    ("xtask/src/tidy/machine_paths.rs", "lists the folders"),
    ("bench/src/fleet/", "invents sessions, and sessions name paths"),
    ("examples/", "sessions name the paths of the machines they ran on, invented here"),
];

/// Checks every text file outside tests and fixtures; and *every* file for the path of this checkout.
pub(super) fn check(workspace: &Workspace) -> Vec<Finding> {
    let checkout = workspace.root.to_string_lossy().into_owned();
    // A checkout at `/x` would be found in many an innocent text.
    let checkout = (workspace.root.components().count() > 2).then_some(checkout);
    let mut findings = Vec::new();
    for file in &workspace.files {
        let exempt = is_test_file(file)
            || file.ends_with(".snap")
            || ALLOWED.iter().any(|(allowed, _)| file.starts_with(allowed));
        let Some(text) = workspace.text(file) else { continue };
        if checkout.as_deref().is_some_and(|path| text.contains(path)) {
            findings.push(Finding::new(file, "names the path of this checkout"));
        }
        if exempt {
            continue;
        }
        let lines = if file.ends_with(".rs") {
            lines_without_tests(&text)
        } else {
            (1..).zip(text.lines()).collect()
        };
        for (number, line) in lines {
            if let Some(path) = machine_path(line) {
                let message = format!("names `{path}`, a place on one machine; use a relative path or `~`");
                findings.push(Finding::new(format!("{file}:{number}"), message));
            }
        }
    }
    findings
}

/// Returns the first machine path of a line: one of [`PLACES`] at the start of a path, with something
/// inside it that is a name and does not stand for anyone.
fn machine_path(line: &str) -> Option<String> {
    PLACES.iter().find_map(|place| {
        line.match_indices(place).find_map(|(at, _)| {
            let inner =
                |c: char| c.is_alphanumeric() || matches!(c, '.' | '_' | '-' | '/' | '~' | '*' | '>' | '}');
            let starts_path = !line[..at].ends_with(inner);
            let rest = &line[at + place.len()..];
            let end = rest
                .find(|c: char| !(c.is_alphanumeric() || matches!(c, '_' | '-' | '.')))
                .unwrap_or(rest.len());
            let name = &rest[..end];
            (starts_path && !name.is_empty() && !ANYONE.contains(&name)).then(|| format!("{place}{name}"))
        })
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::workspace::fixture::tree;

    #[test]
    fn a_path_of_one_machine_is_found() {
        for line in ["cd /home/jo/x", "\"/root/.cargo\"", "(/Users/kim)", "/work/project", "a=/mnt/disk2"] {
            assert!(machine_path(line).is_some(), "{line}");
        }
    }

    #[test]
    fn examples_and_words_are_not() {
        for line in
            ["/home/user/x", "\"/home/\"", "~/work/x", "src/home/a.rs", "https://x.y/root/z", "/home/<user>"]
        {
            assert_eq!(machine_path(line), None, "{line}");
        }
    }

    #[test]
    fn only_the_checkout_itself_is_looked_for_in_fixtures() {
        let (folder, workspace) = tree(&[
            ("src/a.rs", "const P: &str = \"/home/jo/x\";\n"),
            ("tests/fixtures/log.txt", "/home/jo/x\n"),
        ]);
        let places: Vec<String> = check(&workspace).into_iter().map(|finding| finding.place).collect();
        assert_eq!(places, ["src/a.rs:1"]);
        let here = workspace.root.to_string_lossy().into_owned();
        std::fs::write(folder.path().join("tests/fixtures/log.txt"), here).unwrap();
        assert!(check(&workspace).iter().any(|finding| finding.place == "tests/fixtures/log.txt"));
    }
}
