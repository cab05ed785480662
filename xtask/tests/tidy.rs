//! The layout check as a test: this workspace passes it, and one that is wrong does not.

use std::path::Path;
use std::process::{Command, Output};

/// Runs `cargo xtask tidy` over `root`.
fn tidy(root: &Path, more: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_xtask"))
        .args(["tidy", "--root"])
        .arg(root)
        .args(more)
        .output()
        .expect("the binary starts")
}

fn stdout(output: &Output) -> String {
    String::from_utf8_lossy(&output.stdout).into_owned()
}

#[test]
fn this_workspace_is_tidy() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("xtask is a folder of the workspace");
    let output = tidy(root, &[]);
    assert!(output.status.success(), "{}{}", stdout(&output), String::from_utf8_lossy(&output.stderr));
}

#[test]
fn a_workspace_against_the_direction_is_not() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let root = folder.path();
    let write = |file: &str, text: &str| {
        let path = root.join(file);
        std::fs::create_dir_all(path.parent().expect("a folder")).expect("made");
        std::fs::write(path, text).expect("written");
    };
    let package = |name: &str| {
        format!(
            "[package]\nname = \"somnium-{name}\"\nversion = \"0.1.0\"\nedition = \"2024\"\n[lints]\nworkspace = true\n"
        )
    };
    let uses_dream = "[dependencies]\nsomnium-dream = { path = \"../dream\" }\n";
    write("Cargo.toml", "[workspace]\nresolver = \"3\"\nmembers = [\"crates/*\"]\n[workspace.lints]\n");
    write("crates/types/Cargo.toml", &(package("types") + uses_dream));
    write("crates/types/src/lib.rs", "#![warn(missing_docs)]\n");
    write("crates/dream/Cargo.toml", &package("dream"));
    write("crates/dream/src/lib.rs", "pub fn now() -> bool { std::fs::exists(\"x\").is_ok() }\n");
    write("docs/README.md", "# Docs\n[gone](gone.md)\n<!-- generated: pages -->\n<!-- end: pages -->\n");

    let output = tidy(root, &[]);
    assert!(!output.status.success());
    let found = stdout(&output);
    for expected in [
        "dependency edges: somnium-types: may not depend on `somnium-dream`",
        "foreign crates and calls: crates/dream/src/lib.rs:1: `std::fs`",
        "manifests: crates/dream/src/lib.rs: needs `#![warn(missing_docs)]`",
        "error pages: crates/types/src/error_codes.rs: has no row",
        "generated files: ARCHITECTURE.md: has no",
        "links: docs/README.md:2: `gone.md` leads to nothing",
    ] {
        assert!(found.contains(expected), "missing `{expected}` in:\n{found}");
    }
}
