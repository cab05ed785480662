//! What the steps need on the machine beside the Rust toolchain, and how to get it on Debian.

use std::path::PathBuf;

use anyhow::Result;

use super::{Bench, Outcome};
use crate::command;

/// One thing that must be there.
struct Requirement {
    /// What it is, as a person would say it.
    name: &'static str,
    /// A command that succeeds when it is there.
    check: (&'static str, &'static [&'static str]),
    /// A command that installs it.
    install: Install,
    /// What is lost without it.
    otherwise: Otherwise,
    /// Whether anything here needs it.
    needed: fn(&Bench) -> bool,
}

/// How a requirement is installed.
enum Install {
    /// Packages of `apt-get`, as root or through `sudo`.
    Apt(&'static [&'static str]),
    /// A component of the toolchain.
    Rustup(&'static str),
    /// Packages for Python, in a folder of their own: `target/python`.
    Python(&'static [&'static str]),
}

/// What happens where a requirement cannot be met.
#[derive(PartialEq, Eq)]
enum Otherwise {
    /// The step fails: nothing works without it.
    Fails,
    /// The tests that need it say `skipped` themselves.
    Skips(&'static str),
}

/// Everything needed, and nothing for later.
const REQUIREMENTS: &[Requirement] = &[
    Requirement {
        name: "rustfmt",
        check: ("cargo", &["fmt", "--version"]),
        install: Install::Rustup("rustfmt"),
        otherwise: Otherwise::Fails,
        needed: |_| true,
    },
    Requirement {
        name: "clippy",
        check: ("cargo", &["clippy", "--version"]),
        install: Install::Rustup("clippy"),
        otherwise: Otherwise::Fails,
        needed: |_| true,
    },
    Requirement {
        name: "a C compiler",
        check: ("cc", &["--version"]),
        install: Install::Apt(&["gcc", "libc6-dev"]),
        otherwise: Otherwise::Fails,
        needed: |_| true,
    },
    Requirement {
        name: "git",
        check: ("git", &["--version"]),
        install: Install::Apt(&["git"]),
        otherwise: Otherwise::Skips("the layout check then reads every file, not only tracked ones"),
        needed: |_| true,
    },
    Requirement {
        name: "python3",
        check: ("python3", &["--version"]),
        install: Install::Apt(&["python3"]),
        otherwise: Otherwise::Skips("the corpus of the redaction tests cannot be generated"),
        needed: has_corpus,
    },
    Requirement {
        name: "strace",
        check: ("strace", &["-V"]),
        install: Install::Apt(&["strace"]),
        otherwise: Otherwise::Skips("commands are not killed between two writes"),
        needed: |_| cfg!(target_os = "linux"),
    },
    Requirement {
        name: "the Python SDK of MCP",
        check: ("target/python/bin/python", &["-c", "import mcp"]),
        install: Install::Python(&["mcp==2.3.0"]),
        otherwise: Otherwise::Skips("the MCP server is tested with the Rust SDK alone"),
        needed: |_| true,
    },
];

/// Tells whether the generated corpus of the redaction tests is beside this checkout.
fn has_corpus(bench: &Bench) -> bool {
    let shared = std::env::var_os("SOMNIUM_SHARED");
    let shared = shared.map_or_else(|| bench.root.join("../shared"), PathBuf::from);
    shared.join("security/corpus/gen_secrets.py").is_file()
}

/// Checks every requirement and installs those that are missing.
pub(super) fn meet(bench: &Bench) -> Result<Outcome> {
    meet_all(bench, REQUIREMENTS, install)
}

fn meet_all(
    bench: &Bench,
    requirements: &[Requirement],
    install: impl Fn(&Bench, &Requirement) -> Result<bool>,
) -> Result<Outcome> {
    let mut missing = Vec::new();
    for requirement in requirements.iter().filter(|requirement| (requirement.needed)(bench)) {
        let (program, args) = requirement.check;
        let there = || command::answers(&bench.root, program, args);
        if there() || (install(bench, requirement)? && there()) {
            println!("{}: there", requirement.name);
            continue;
        }
        match requirement.otherwise {
            Otherwise::Fails => missing.push(requirement.name),
            Otherwise::Skips(what) => println!("skipped: {} is not there; {what}", requirement.name),
        }
    }
    if !bench.nextest {
        println!("cargo nextest: not there; `cargo test` runs the tests instead");
    }
    Ok(match missing.as_slice() {
        [] => Outcome::Passed,
        missing => Outcome::Failed(format!("not there and not installable: {}", missing.join(", "))),
    })
}

/// Installs one requirement and tells whether the installer said that it worked. An installer that is not
/// there, or that we may not run, is no error: the caller looks again.
fn install(bench: &Bench, requirement: &Requirement) -> Result<bool> {
    println!("{}: not there, installing", requirement.name);
    let root = &bench.root;
    match requirement.install {
        Install::Rustup(component) => {
            let there = command::answers(root, "rustup", &["--version"]);
            Ok(there && command::run(root, "rustup", &["component", "add", component], &[])?)
        }
        Install::Python(packages) => {
            if !command::answers(root, "python3", &["-m", "venv", "target/python"]) {
                return Ok(false);
            }
            let line = [&["-m", "pip", "install", "--quiet"][..], packages].concat();
            Ok(command::run(root, "target/python/bin/python", &line, &[])?)
        }
        Install::Apt(packages) => {
            let Some(prefix) = apt(bench) else { return Ok(false) };
            let get = |args: &[&str]| {
                let line: Vec<&str> = prefix.iter().chain(args).copied().collect();
                command::run(root, line[0], &line[1..], &[("DEBIAN_FRONTEND", "noninteractive")])
            };
            let line = [&["install", "-y", "--no-install-recommends"][..], packages].concat();
            // The package lists of a fresh machine are empty or old, so one refresh and a second try.
            Ok(get(&line)? || (get(&["update"])? && get(&line)?))
        }
    }
}

/// Returns how to call `apt-get` here, if we may.
fn apt(bench: &Bench) -> Option<&'static [&'static str]> {
    let root = &bench.root;
    if !command::answers(root, "apt-get", &["--version"]) {
        return None;
    }
    if command::output_of(root, "id", &["-u"]).is_some_and(|user| user.trim() == "0") {
        return Some(&["apt-get"]);
    }
    command::answers(root, "sudo", &["-n", "true"]).then_some(&["sudo", "-n", "apt-get"])
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::cell::Cell;

    /// Meets one requirement, checked by `check`, with an installer that says it worked and changes nothing.
    fn meet(check: (&'static str, &'static [&'static str]), otherwise: Otherwise) -> (Outcome, u32) {
        meet_if(check, otherwise, |_| true)
    }

    fn meet_if(
        check: (&'static str, &'static [&'static str]),
        otherwise: Otherwise,
        needed: fn(&Bench) -> bool,
    ) -> (Outcome, u32) {
        let bench = Bench { root: PathBuf::from("."), nextest: false };
        let requirement =
            Requirement { name: "a thing", check, install: Install::Apt(&["thing"]), otherwise, needed };
        let installs = Cell::new(0);
        let outcome = meet_all(&bench, &[requirement], |_, _| {
            installs.set(installs.get() + 1);
            Ok(true)
        });
        (outcome.unwrap(), installs.get())
    }

    #[test]
    fn what_is_there_is_not_installed() {
        assert_eq!(meet(("cargo", &["--version"]), Otherwise::Fails), (Outcome::Passed, 0));
    }

    #[test]
    fn an_installer_is_not_believed() {
        let (outcome, installs) = meet(("no-such-program-anywhere", &[]), Otherwise::Fails);
        assert!(matches!(outcome, Outcome::Failed(why) if why.contains("a thing")));
        assert_eq!(installs, 1);
    }

    #[test]
    fn what_only_some_tests_need_is_no_failure() {
        let (outcome, _) = meet(("no-such-program-anywhere", &[]), Otherwise::Skips("less is tested"));
        assert_eq!(outcome, Outcome::Passed);
    }

    #[test]
    fn what_nothing_needs_is_not_asked_for() {
        let absent = ("no-such-program-anywhere", &[][..]);
        assert_eq!(meet_if(absent, Otherwise::Fails, |_| false), (Outcome::Passed, 0));
    }
}
