//! Sections in other files, and the vault.

use serde_json::json;

use crate::world::World;

const INDEX: &str = "# Memory\n\n<!-- som:index -->\n- Sow late → notes/beds.md#m-1\n<!-- som:/index -->\n";

fn world() -> World {
    let world = World::empty();
    world.write("repo/memory/MEMORY.md", INDEX);
    world.write("repo/memory/notes/beds.md", "### Sow late  <!-- som:m-1 -->\nIn May.\n");
    world
}

#[test]
fn agents_md_gets_a_section_and_keeps_all_else() {
    let world = world();
    let agents = "export agents-md repo/AGENTS.md --memory repo/memory";
    assert_eq!(world.run(&format!("{agents} --check")).status, 1);
    assert!(!world.path().join("repo/AGENTS.md").exists());
    assert_eq!(world.run(agents).shown(), "repo/AGENTS.md: wrote the section (1 note).\n--- status 0\n");
    insta::assert_snapshot!(world.read("repo/AGENTS.md"), @"
    <!-- somnium:start -->
    ## Memory

    Notes from earlier sessions, kept in `memory/`. Where a line below fits what you are about to do, read the note behind its arrow first.

    - Sow late → memory/notes/beds.md#m-1
    <!-- somnium:end -->
    ");
    let check = world.run(&format!("{agents} --check --json"));
    assert_eq!((check.status, &check.json()["state"]), (0, &json!("up_to_date")));

    // A file of Windows without a last line break.
    world.write("repo/AGENTS.md", "# Rules\r\n\r\nBe kind.");
    world.run(agents);
    let written = world.read("repo/AGENTS.md");
    assert!(written.starts_with("# Rules\r\n\r\nBe kind.\r\n\r\n<!-- somnium:start -->\r\n"), "{written:?}");
    assert!(!written.replace("\r\n", "").contains('\n'));
    world.run(agents);
    assert_eq!(world.read("repo/AGENTS.md"), written);
    world.write("repo/memory/MEMORY.md", INDEX.replace("Sow late", "Sow early"));
    assert_eq!(world.run(&format!("{agents} --check")).status, 1);
    assert_eq!(world.read("repo/AGENTS.md"), written);
    world.run(agents);
    assert_eq!(world.read("repo/AGENTS.md"), written.replace("Sow late", "Sow early"));
    assert!(world.run(&format!("{agents} --remove")).stdout.contains("took the section out"));
    assert_eq!(world.read("repo/AGENTS.md").trim_end(), "# Rules\r\n\r\nBe kind.");
    assert!(world.run(&format!("{agents} --remove")).stdout.contains("no section to take out"));
}

#[test]
fn broken_markers_are_refused_and_nothing_is_written() {
    let world = world();
    world.write("repo/AGENTS.md", "a\n<!-- somnium:start -->\nb\n");
    for more in ["", " --check", " --remove"] {
        let ran = world.run(&format!("export agents-md repo/AGENTS.md --memory repo/memory{more}"));
        assert_eq!((ran.status, ran.stdout.as_str()), (1, ""));
        assert!(
            ran.stderr.starts_with("error[SOM030]: `repo/AGENTS.md`: the markers of the section are broken")
        );
        assert!(ran.stderr.contains("(line 2)"), "{}", ran.stderr);
    }
    assert_eq!(world.read("repo/AGENTS.md"), "a\n<!-- somnium:start -->\nb\n");
}

#[test]
fn claude_md_imports_the_index_or_holds_the_notes() {
    let world = world();
    world.run("export claude-md repo/CLAUDE.md --memory repo/memory");
    assert!(world.read("repo/CLAUDE.md").contains("\n@memory/MEMORY.md\n<!-- somnium:end -->"));
    world.run("export claude-md repo/sub/CLAUDE.md --memory repo/memory");
    assert!(world.read("repo/sub/CLAUDE.md").contains("\n@../memory/MEMORY.md\n"));
    world.run("export claude-md repo/CLAUDE.md --memory repo/memory --with-notes");
    assert!(
        world
            .read("repo/CLAUDE.md")
            .contains("### Sow late  <!-- som:m-1 -->\nIn May.\n<!-- somnium:end -->")
    );
    let short = world
        .run("export claude-md repo/CLAUDE.md --memory repo/memory --with-notes --budget 5 --json")
        .json();
    assert_eq!((&short["notes"], &short["left_out"]), (&json!(0), &json!(1)));
}

#[test]
fn a_link_in_the_place_of_the_file_stays_one() {
    let world = world();
    world.write("repo/AGENTS.md", "x\n");
    #[cfg(unix)]
    {
        std::os::unix::fs::symlink("AGENTS.md", world.path().join("repo/CLAUDE.md")).unwrap();
        world.run("export claude-md repo/CLAUDE.md --memory repo/memory");
        assert!(world.path().join("repo/CLAUDE.md").symlink_metadata().unwrap().is_symlink());
        assert!(world.read("repo/AGENTS.md").contains("@memory/MEMORY.md"));
    }
}

#[test]
fn the_vault_is_the_folder_and_its_links_are_checked() {
    let world = world();
    let before = world.files("repo");
    insta::assert_snapshot!(world.run("export obsidian --memory repo/memory").shown(), @"
    repo/memory is an Obsidian vault as it is: choose “Open folder as vault” there.
    1 link: all lead somewhere.
    --- status 0
    ");
    assert_eq!(world.files("repo"), before);
    world.write("repo/memory/mine.md", "\n[[gone]] and [beds](notes/beds.md)\n");
    insta::assert_snapshot!(world.run("export obsidian --memory repo/memory").shown(), @"
    repo/memory is an Obsidian vault as it is: choose “Open folder as vault” there.
    3 links, 1 of them broken:
      /mine.md:2  gone: no such file
    --- status 1
    ");
    let report = world.run("export obsidian --memory repo/memory --json").json();
    assert_eq!(
        report["broken"],
        json!([{"path": "/mine.md", "line": 2, "target": "gone", "why": "no such file"}])
    );
}
