//! `cargo xtask tidy`: what the compiler does not check about the layout of the workspace.
//!
//! A check is a module with one function from the workspace to its findings, and a row of [`CHECKS`].

mod crates;
mod edges;
mod error_pages;
mod foreign;
mod generated;
mod invariants;
mod links;
mod machine_paths;
mod manifests;
mod markdown;
mod size;
mod source;

use std::path::Path;

use anyhow::Result;

use crate::workspace::Workspace;

/// One thing that is not as it should be.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Finding {
    /// A file, a file and line, or a package.
    pub place: String,
    /// What is wrong and what to do about it.
    pub message: String,
}

impl Finding {
    fn new(place: impl Into<String>, message: impl Into<String>) -> Self {
        Self { place: place.into(), message: message.into() }
    }
}

/// One check.
struct Check {
    name: &'static str,
    run: fn(&Workspace) -> Vec<Finding>,
}

/// Every check, in the order of the report.
const CHECKS: &[Check] = &[
    Check { name: "dependency edges", run: edges::check },
    Check { name: "foreign crates and calls", run: foreign::check },
    Check { name: "manifests", run: manifests::check },
    Check { name: "file sizes", run: size::check },
    Check { name: "error pages", run: error_pages::check },
    Check { name: "generated files", run: generated::check },
    Check { name: "invariants", run: invariants::check },
    Check { name: "machine paths", run: machine_paths::check },
    Check { name: "links", run: links::check },
];

/// Runs every check over the workspace at `root` and tells whether all passed. With `fix`, the generated
/// files are rewritten first.
pub(crate) fn run(root: &Path, fix: bool) -> Result<bool> {
    let mut workspace = Workspace::read(root)?;
    if fix {
        let pages = generated::rewrite_pages(&workspace)?;
        // The index of the docs lists the new pages too.
        workspace = Workspace::read(root)?;
        for file in pages.into_iter().chain(generated::rewrite_parts(&workspace)?) {
            println!("rewrote {file}");
        }
    }
    let mut count = 0;
    for check in CHECKS {
        let mut findings = (check.run)(&workspace);
        findings.sort();
        for Finding { place, message } in &findings {
            println!("{}: {place}: {message}", check.name);
        }
        count += findings.len();
    }
    match count {
        0 => println!("tidy: {} checks over {} files, all clean", CHECKS.len(), workspace.files.len()),
        _ => println!("tidy: {count} finding(s)"),
    }
    Ok(count == 0)
}
