//! What `--help` prints, and that the reference page says the same.

use std::path::{Path, PathBuf};

use crate::world::World;

/// Every command, as typed.
const COMMANDS: &[&str] = &[
    "",
    "dream",
    "dreams",
    "dreams list",
    "dreams show",
    "dreams explain",
    "dreams why-not",
    "dreams undo",
    "memory",
    "memory ls",
    "memory show",
    "memory diff",
    "memory edit",
    "memory rm",
    "memory allow",
    "memory pin",
    "memory unpin",
    "memory freeze",
    "memory thaw",
    "memory settle",
    "memory history",
    "memory blame",
    "memory effect",
    "memory hold-back",
    "memory render",
    "memory undo",
    "memory review",
    "memory verify",
    "export",
    "export skills",
    "export agents-md",
    "export claude-md",
    "export obsidian",
    "memory-tool",
    "memory erase",
    "mcp",
    "sessions",
    "sessions stats",
    "sessions show",
    "eval",
    "explain",
];

#[test]
fn help_of_every_command() {
    let world = World::empty();
    let mut shown = String::new();
    for command in COMMANDS {
        let ran = world.run(&format!("{command} -h"));
        assert_eq!((ran.status, ran.stderr.as_str()), (0, ""), "{command}");
        shown += &format!("$ somnium {command}\n{}\n", ran.stdout);
    }
    insta::assert_snapshot!("help", shown);
}

#[test]
fn every_command_that_does_something_has_examples() {
    let world = World::empty();
    for command in
        COMMANDS.iter().filter(|command| !["dreams", "export", "memory", "sessions"].contains(*command))
    {
        let help = world.run(&format!("{command} --help")).stdout;
        let (_, examples) = help.split_once("Examples:\n").unwrap_or_else(|| panic!("{command}"));
        assert!(examples.trim_start().starts_with("somnium "), "{examples}");
    }
}

#[test]
fn no_command_is_missing_above() {
    let world = World::empty();
    let page = world.run("reference").stdout;
    let mut described: Vec<_> = page
        .lines()
        .filter(|line| line.starts_with('#'))
        .filter_map(|line| line.split_once("`somnium ")?.1.strip_suffix('`'))
        .collect();
    let mut listed: Vec<_> = COMMANDS.iter().copied().filter(|command| !command.is_empty()).collect();
    described.sort_unstable();
    listed.sort_unstable();
    assert_eq!(described, listed);
}

/// `SOMNIUM_UPDATE=1 cargo test -p somnium-cli` writes the page.
#[test]
fn the_reference_page_is_current() {
    let page = World::empty().run("reference").stdout;
    let path = workspace_root().join("docs/reference/cli.md");
    if std::env::var_os("SOMNIUM_UPDATE").is_some() {
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(&path, &page).unwrap();
    }
    let written = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(written == page, "docs/reference/cli.md is stale: run with SOMNIUM_UPDATE=1");
}

#[test]
fn version_and_usage_errors() {
    let world = World::empty();
    let version = world.run("--version");
    assert_eq!(version.stdout, format!("somnium {}\n", env!("CARGO_PKG_VERSION")));
    for line in
        ["", "dream", "nonsense", "dream a --memory m --output o --in-place", "dream a --memory m --now soon"]
    {
        let ran = world.run(line);
        assert_eq!((ran.status, ran.stdout.as_str()), (2, ""), "{line}");
        assert!(ran.stderr.contains("Usage:") || ran.stderr.contains("--help"), "{line}: {}", ran.stderr);
    }
}

pub fn workspace_root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}
