//! Edits on whole files: what is written, and what is refused.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use somnium_memory::{Edit, EditError, IndexLine, Memory, MemoryPath, apply};

fn path(text: &str) -> MemoryPath {
    MemoryPath::new(text).unwrap()
}

fn memory(files: &[(&str, &str)]) -> Memory {
    let mut memory = Memory::default();
    for (name, text) in files {
        memory.insert(path(name), text.as_bytes());
    }
    memory
}

fn put(file: &str, section: Option<&str>, id: &str, title: &str, body: &str) -> Edit {
    let section = section.map(str::to_owned);
    Edit::Put { path: path(file), section, id: id.into(), title: title.into(), body: body.into() }
}

fn line(trigger: &str, file: &str, block: &str) -> IndexLine {
    IndexLine { trigger: trigger.into(), path: path(file), block: block.into() }
}

fn text_of(memory: &Memory, file: &str) -> String {
    String::from_utf8(memory.get(&path(file)).unwrap().to_vec()).unwrap()
}

fn after(files: &[(&str, &str)], edits: &[Edit], file: &str) -> String {
    text_of(&apply(&memory(files), edits).unwrap(), file)
}

#[test]
fn a_new_file_has_a_heading_its_sections_and_one_blank_line_between_blocks() {
    let edits = [
        put("notes/build-tools.md", None, "m-1", "Use `od -c`", "One.\n\n- a\n- b\n"),
        put("notes/build-tools.md", Some("Not yet confirmed"), "m-2", "Maybe", ""),
        put("notes/build-tools.md", None, "m-3", "Third", "\n\nThree.  \n\n"),
    ];
    let expected = "# Build tools\n\n### Use `od -c`  <!-- som:m-1 -->\nOne.\n\n- a\n- b\n\n\
                    ### Third  <!-- som:m-3 -->\nThree.\n\n## Not yet confirmed\n\n### Maybe  <!-- som:m-2 -->\n";
    assert_eq!(after(&[], &edits, "notes/build-tools.md"), expected);
    let again = apply(&apply(&memory(&[]), &edits).unwrap(), &edits).unwrap();
    assert_eq!(text_of(&again, "notes/build-tools.md"), expected, "the same edits again change nothing");
}

#[test]
fn a_block_is_replaced_where_a_person_put_it() {
    let files = [("mine.md", "intro\n\n### Old  <!-- som:m-1 -->\nold\n\n### Mine\ntext\n")];
    let edits = [put("notes/x.md", Some("S"), "m-1", "New", "new\nlines")];
    let result = apply(&memory(&files), &edits).unwrap();
    assert_eq!(
        text_of(&result, "mine.md"),
        "intro\n\n### New  <!-- som:m-1 -->\nnew\nlines\n\n### Mine\ntext\n"
    );
    assert_eq!(result.len(), 1);
}

#[test]
fn line_endings_byte_order_mark_and_front_matter_are_kept() {
    let file = "\u{feff}---\r\nname: x\r\n---\r\n# T\r\n\r\nMine.\r\n";
    assert_eq!(
        after(&[("a.md", file)], &[put("a.md", None, "m-1", "A", "b\nc")], "a.md"),
        format!("{file}\r\n### A  <!-- som:m-1 -->\r\nb\r\nc\r\n")
    );
    let only_front_matter = "---\nname: x\n---\n";
    assert_eq!(
        after(&[("a.md", only_front_matter)], &[put("a.md", None, "m-1", "A", "b")], "a.md"),
        "---\nname: x\n---\n\n### A  <!-- som:m-1 -->\nb\n"
    );
}

#[test]
fn the_top_level_ends_at_the_first_section() {
    let file = "# T\nIntro.\n\n## Setup\nrun\n\n# Second\nmore\n";
    let edits = [put("a.md", None, "m-1", "A", "b"), put("a.md", Some("Setup"), "m-2", "C", "d")];
    assert_eq!(
        after(&[("a.md", file)], &edits, "a.md"),
        "# T\nIntro.\n\n### A  <!-- som:m-1 -->\nb\n\n## Setup\nrun\n\n### C  <!-- som:m-2 -->\nd\n\n# Second\nmore\n"
    );
}

#[test]
fn removing_takes_the_blank_line_before_and_nothing_else() {
    let file = "# T\n\nx\n\n### A  <!-- som:a -->\n1\n\n### B  <!-- som:b -->\n2\n\n\n## Mine\n\nz";
    let result = after(&[("a.md", file)], &[Edit::Remove { id: "b".into() }], "a.md");
    assert_eq!(result, "# T\n\nx\n\n### A  <!-- som:a -->\n1\n\n\n## Mine\n\nz");
    let result = after(&[("a.md", file)], &[Edit::Remove { id: "a".into() }], "a.md");
    assert_eq!(result, "# T\n\nx\n\n### B  <!-- som:b -->\n2\n\n\n## Mine\n\nz");
}

#[test]
fn moving_keeps_the_bytes_and_moving_to_the_same_place_changes_nothing() {
    let block = "### A  <!-- som:a -->\r\n  odd  \r\nlines  ";
    let file = format!("# T\r\n\r\n{block}\r\n\r\n## S\r\n\r\nx\r\n");
    let files = [("a.md", file.as_str())];
    let to = |file: &str, section: Option<&str>| Edit::Move {
        id: "a".into(),
        path: path(file),
        section: section.map(str::to_owned),
    };
    assert_eq!(after(&files, &[to("a.md", None)], "a.md"), file);
    assert_eq!(
        after(&files, &[to("a.md", Some("S"))], "a.md"),
        format!("# T\r\n\r\n## S\r\n\r\nx\r\n\r\n{block}\r\n")
    );
    let away = apply(&memory(&files), &[to("archive/a.md", None)]).unwrap();
    assert_eq!(text_of(&away, "archive/a.md"), format!("# A\n\n{block}\n"));
    assert_eq!(text_of(&away, "a.md"), "# T\r\n\r\n## S\r\n\r\nx\r\n");
    let before = memory(&files).block(&"a".into()).unwrap();
    assert_eq!(away.block(&"a".into()).unwrap().sha256, before.sha256);
}

#[test]
fn only_the_managed_lines_of_the_index_change() {
    let mine = "# Memory\n\nAlways read this.\n\n### Mine\n- x";
    let first = [Edit::Index { lines: vec![line("when a is missing", "notes/a.md", "m-1")] }];
    let one = apply(&memory(&[("MEMORY.md", mine)]), &first).unwrap();
    let region = "<!-- som:index -->\n- when a is missing → notes/a.md#m-1\n<!-- som:/index -->";
    assert_eq!(text_of(&one, "MEMORY.md"), format!("{mine}\n\n{region}\n"));
    assert_eq!(one.index_text().as_deref(), Some("- when a is missing → notes/a.md#m-1\n"));

    let moved = format!("before\n{region}\nafter\n");
    let none = [Edit::Index { lines: vec![] }];
    assert_eq!(
        after(&[("MEMORY.md", &moved)], &none, "MEMORY.md"),
        "before\n<!-- som:index -->\n<!-- som:/index -->\nafter\n"
    );
    assert!(apply(&memory(&[]), &none).unwrap().is_empty(), "nothing to say, nothing made");
    assert_eq!(after(&[], &first, "MEMORY.md"), format!("# Memory\n\n{region}\n"));
    assert_eq!(after(&[("memory.md", "x\r\ny\r\n")], &first, "memory.md").matches("\r\n").count(), 6);
}

#[test]
fn a_block_above_the_index_is_not_changed_by_it() {
    let file = "### A  <!-- som:a -->\nbody\n";
    let before = memory(&[("MEMORY.md", file)]);
    let edits = [Edit::Index { lines: vec![line("t", "MEMORY.md", "a")] }];
    let result = apply(&before, &edits).unwrap();
    assert_eq!(result.block(&"a".into()).unwrap().sha256, before.block(&"a".into()).unwrap().sha256);
}

#[test]
fn what_would_not_read_back_is_refused() {
    let refused = |id: &str, title: &str, body: &str| match apply(
        &memory(&[]),
        &[put("a.md", None, id, title, body)],
    ) {
        Err(EditError::Unusable { part, .. }) => part,
        other => panic!("{id:?} {title:?} {body:?}: {other:?}"),
    };
    for id in ["", "a b", "-a", "a-->", "index", "ü", &"x".repeat(65)] {
        assert_eq!(refused(id, "T", "b"), "id");
    }
    for title in ["", "  ", "a\nb", "a\u{1b}[0m", "a <!-- som:x -->", "a --> b", "<!--"] {
        assert_eq!(refused("m-1", title, "b"), "title");
    }
    for body in [
        "a\n## Section\nb",
        "a\n### Other\nb",
        "Setext\n---\n",
        "```\nnever closed",
        "~~~~\nx\n~~~",
        "<!-- never closed",
        "<script>\nx",
        "x\n### y <!-- som:m-9 -->\nz",
        "<!-- som:index -->",
    ] {
        assert_eq!(refused("m-1", "T", body), "body", "{body:?}");
    }
    let section = apply(&memory(&[]), &[put("a.md", Some("a\nb"), "m-1", "T", "b")]);
    assert!(matches!(section, Err(EditError::Unusable { part: "section", .. })), "{section:?}");
    let section = apply(&memory(&[]), &[put("a.md", Some("a ##"), "m-1", "T", "b")]);
    assert!(matches!(section, Err(EditError::Unusable { part: "section", .. })), "{section:?}");
}

#[test]
fn bodies_may_hold_what_markdown_may_hold() {
    for body in [
        "```sh\n### not a heading\n```",
        "    indented code\n\nx",
        "#### Lower heading\ny",
        "> quote\n> ### z",
        "| a | b |\n|---|---|\n| 1 | 2 |",
        "1. x\n2. y\n\n   ```\n   z\n   ```",
        "<details>\n\nx\n\n</details>",
        "`<!-- x -->` — ü 漢字",
    ] {
        let result = apply(&memory(&[]), &[put("a.md", None, "m-1", "T `<b>` *x* \\* #1 C#", body)]);
        let block = result.unwrap_or_else(|error| panic!("{body:?}: {error}")).block(&"m-1".into()).unwrap();
        assert_eq!((block.title.as_str(), block.body.as_str()), ("T `<b>` *x* \\* #1 C#", body));
    }
}

#[test]
fn a_file_that_would_swallow_the_block_is_left_alone() {
    for open in ["# T\n```\ncode\n", "x\n\n<!-- open\n", "<pre>\nx\n"] {
        let before = memory(&[("a.md", open)]);
        let result = apply(&before, &[put("a.md", None, "m-1", "T", "b")]);
        assert_eq!(result, Err(EditError::Hidden { path: path("a.md") }), "{open:?}");
        let index = [Edit::Index { lines: vec![line("t", "a.md", "m-1")] }];
        assert_eq!(
            apply(&memory(&[("MEMORY.md", open)]), &index),
            Err(EditError::Hidden { path: path("MEMORY.md") }),
            "{open:?}"
        );
    }
}

#[test]
fn files_that_are_not_ours_to_write_are_named() {
    let edit = |file: &str| [put(file, None, "m-1", "T", "b")];
    let mut before = memory(&[("notes", "a file"), ("x.txt", "")]);
    before.reserve("big.md");
    assert!(matches!(apply(&before, &edit("x.txt")), Err(EditError::NotMarkdown { .. })));
    for file in ["notes/a.md", "big.md", "big.md/x.md"] {
        let error = apply(&before, &edit(file)).unwrap_err();
        assert!(matches!(error, EditError::Obstacle { .. }), "{error}");
    }
    let missing = [Edit::Remove { id: "m-9".into() }];
    assert_eq!(apply(&before, &missing).unwrap_err().code(), "SOM020");
}

#[test]
fn the_first_of_two_blocks_with_one_id_is_the_one() {
    let file = "### A  <!-- som:a -->\n1\n\n### A  <!-- som:a -->\ncopy\n";
    let before = memory(&[("a.md", file)]);
    assert_eq!((before.blocks().len(), before.duplicates()[0].body.as_str()), (1, "copy"));
    let result = after(&[("a.md", file)], &[put("z.md", None, "a", "B", "2")], "a.md");
    assert_eq!(result, "### B  <!-- som:a -->\n2\n\n### A  <!-- som:a -->\ncopy\n");
    let result = after(&[("a.md", file)], &[Edit::Remove { id: "a".into() }], "a.md");
    assert_eq!(result, "### A  <!-- som:a -->\ncopy\n");
}

#[test]
fn a_block_moves_into_a_file_that_has_a_copy_of_it() {
    let files = [("a.md", "### A  <!-- som:a -->\n1\n"), ("b.md", "### A  <!-- som:a -->\ncopy\n")];
    let edit = Edit::Move { id: "a".into(), path: path("b.md"), section: Some("Later".into()) };
    let result = apply(&memory(&files), &[edit]).unwrap();
    assert_eq!(
        text_of(&result, "b.md"),
        "### A  <!-- som:a -->\ncopy\n\n## Later\n\n### A  <!-- som:a -->\n1\n"
    );
}

#[test]
fn a_passage_is_amended_in_place_and_a_managed_block_never() {
    let path = MemoryPath::new("notes.md").unwrap();
    let text =
        "# N\r\n\r\n- one\r\n- two\r\n\r\nA paragraph.\r\n\r\n### Ours  <!-- som:m-1 -->\r\n- three\r\n";
    let mut memory = Memory::default();
    memory.insert(path.clone(), text.as_bytes());
    let amend = |range: std::ops::Range<usize>, text: Option<&str>| Edit::Amend {
        path: path.clone(),
        sha256: somnium_types::sha256_hex(&memory.get(&path).unwrap()[range.clone()]),
        range,
        text: text.map(str::to_owned),
    };
    let of = |said: &str| memory.entries().into_iter().find(|entry| entry.text == said).unwrap().range;
    // From the last to the first, as ranges ask for.
    let edits =
        [amend(of("A paragraph."), None), amend(of("two"), Some("- 2\n  and more")), amend(of("one"), None)];
    let after = apply(&memory, &edits).unwrap();
    let expected = "# N\r\n\r\n- 2\r\n  and more\r\n\r\n### Ours  <!-- som:m-1 -->\r\n- three\r\n";
    assert_eq!(std::str::from_utf8(after.get(&path).unwrap()).unwrap(), expected);

    let ours = text.find("- three").unwrap();
    assert!(apply(&memory, &[amend(ours..ours + 7, None)]).is_err());
    let opens = amend(of("one"), Some("```"));
    assert!(apply(&memory, &[opens]).is_err(), "a fence that is never closed would hide the block below");
    let stale = Edit::Amend {
        path: path.clone(),
        range: of("one"),
        sha256: somnium_types::sha256_hex(b"x"),
        text: None,
    };
    assert!(apply(&memory, &[stale]).is_err());
}
