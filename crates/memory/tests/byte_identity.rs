//! Whatever the bytes of a person's files, an edit changes only what it names.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::collections::BTreeMap;

use proptest::prelude::*;
use somnium_memory::{Edit, EditError, IndexLine, Memory, MemoryPath, apply};
use somnium_types::BlockId;

/// Pieces that make Markdown awkward: fences, comments, setext lines, markers, odd line endings, bad bytes.
fn piece() -> impl Strategy<Value = Vec<u8>> {
    let fixed: Vec<&[u8]> = vec![
        b"# Title\n",
        b"## Setup\n",
        b"### Mine\n",
        b"### Ours  <!-- som:m-1 -->\nbody\n",
        b"### Ours  <!-- som:m-2 -->\r\nbody\r\n",
        b"#### Sub <!-- som:w-3 --> ##\n",
        b"Under\n===\n",
        b"Under <!-- som:p-4 -->\n---\n",
        b"```\n### fence <!-- som:m-9 -->\n```\n",
        b"```\n",
        b"~~~\n",
        b"<!--\n",
        b"-->\n",
        b"<!-- som:index -->\n",
        b"- x \xe2\x86\x92 y#z\n",
        b"<!-- som:/index -->\n",
        b"<div>\n",
        b"\n",
        b"\r\n",
        b"\r",
        b"  \t\n",
        b"text",
        b"text\n",
        b"- item\n  - item\n",
        b"> quote\n",
        b"    code\n",
        b"---\n",
        b"key: value\n",
        b"\xef\xbb\xbf",
        b"\xff\xfe",
        b"\xe2\x82",
        b"\0",
        b"| a | b |\n|---|---|\n",
        b"[x]: y\n",
    ];
    prop_oneof![
        12 => proptest::sample::select(fixed).prop_map(<[u8]>::to_vec),
        1 => proptest::collection::vec(any::<u8>(), 0..20),
    ]
}

fn file() -> impl Strategy<Value = Vec<u8>> {
    proptest::collection::vec(piece(), 0..14).prop_map(|pieces| pieces.concat())
}

fn memory() -> impl Strategy<Value = Memory> {
    let names = ["MEMORY.md", "notes/a.md", "CLAUDE.md", "data.bin"];
    proptest::collection::vec(file(), names.len()).prop_map(move |files| {
        let mut memory = Memory::default();
        for (name, bytes) in names.into_iter().zip(files) {
            memory.insert(MemoryPath::new(name).unwrap(), bytes);
        }
        memory
    })
}

fn edit() -> impl Strategy<Value = Edit> {
    let path = proptest::sample::select(vec!["MEMORY.md", "notes/a.md", "CLAUDE.md", "new/b.md"])
        .prop_map(|path| MemoryPath::new(path).unwrap());
    let section = proptest::option::of(proptest::sample::select(vec!["Setup", "Not yet confirmed"]))
        .prop_map(|section| section.map(str::to_owned));
    let id = proptest::sample::select(vec!["m-1", "m-2", "w-3", "p-4", "n-5", "n-6"]).prop_map(BlockId::from);
    let body = proptest::sample::select(vec!["", "One line.", "```\n# x\n```\n\n- y", "a\n\nb"]);
    prop_oneof![
        4 => (path.clone(), section.clone(), id.clone(), body).prop_map(|(path, section, id, body)| {
            let title = format!("About {id}");
            Edit::Put { path, section, id, title, body: body.to_owned() }
        }),
        2 => id.clone().prop_map(|id| Edit::Remove { id }),
        2 => (id.clone(), path.clone(), section).prop_map(|(id, path, section)| Edit::Move { id, path, section }),
        1 => (id, path).prop_map(|(block, path)| {
            Edit::Index { lines: vec![IndexLine { trigger: "when it fails".into(), path, block }] }
        }),
    ]
}

fn bytes_of_blocks(memory: &Memory) -> BTreeMap<BlockId, Vec<u8>> {
    let bytes = |path: &MemoryPath| memory.get(path).unwrap();
    memory.blocks().into_iter().map(|block| (block.id, bytes(&block.path)[block.range].to_vec())).collect()
}

fn named(edit: &Edit) -> Option<&BlockId> {
    match edit {
        Edit::Put { id, .. } | Edit::Remove { id } | Edit::Move { id, .. } => Some(id),
        Edit::Index { .. } | Edit::Amend { .. } => None,
    }
}

/// The content of a file line by line, without byte order marks, line endings and blank lines: what no edit
/// takes away.
fn lines(bytes: &[u8]) -> Vec<Vec<u8>> {
    let mut lines = Vec::new();
    for mut line in bytes.split(|byte| *byte == b'\n' || *byte == b'\r') {
        while let Some(rest) = line.strip_prefix(b"\xef\xbb\xbf") {
            line = rest;
        }
        if !line.trim_ascii().is_empty() {
            lines.push(line.to_vec());
        }
    }
    lines
}

/// Returns whether `part` is `whole` with nothing but lines taken out.
fn is_within(part: &[Vec<u8>], whole: &[Vec<u8>]) -> bool {
    let mut whole = whole.iter();
    part.iter().all(|line| whole.any(|other| other == line))
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 600, ..ProptestConfig::default() })]

    #[test]
    fn an_edit_changes_only_the_block_that_it_names(before in memory(), edits in proptest::collection::vec(edit(), 1..6)) {
        let mut memory = before;
        for edit in edits {
            let Ok(after) = apply(&memory, std::slice::from_ref(&edit)) else { continue };
            let (mut old, mut new) = (bytes_of_blocks(&memory), bytes_of_blocks(&after));
            let duplicated = memory.duplicates().iter().any(|block| Some(&block.id) == named(&edit));
            if let Some(id) = named(&edit) {
                let (was, is) = (old.remove(id), new.remove(id));
                match &edit {
                    Edit::Move { .. } if !duplicated => prop_assert_eq!(was, is),
                    Edit::Remove { .. } if !duplicated => prop_assert_eq!(is, None),
                    Edit::Put { title, body, .. } => {
                        let block = after.block(id).unwrap();
                        prop_assert_eq!((&block.title, &block.body), (title, body));
                    }
                    _ => {}
                }
            }
            prop_assert_eq!(old, new);
            let comparable = !duplicated && !matches!(edit, Edit::Index { .. });
            for (path, bytes) in memory.files().filter(|_| comparable) {
                let rest = |memory: &Memory, bytes: &[u8]| {
                    let block = named(&edit).and_then(|id| memory.block(id)).filter(|block| block.path == *path);
                    let block = block.map_or(0..0, |block| block.range);
                    [lines(&bytes[..block.start]), lines(&bytes[block.end..])].concat()
                };
                let (was, is) = (rest(&memory, bytes), rest(&after, after.get(path).unwrap()));
                prop_assert!(is_within(&was, &is), "{:?} lost a line of {}", edit, path);
            }
            prop_assert_eq!(memory.get(&MemoryPath::new("data.bin").unwrap()), after.get(&MemoryPath::new("data.bin").unwrap()));
            memory = after;
        }
    }

    #[test]
    fn a_new_block_comes_and_goes_without_a_trace(before in memory(), put in edit()) {
        let Edit::Put { path, section, id, .. } = &put else { return Ok(()) };
        if before.block(id).is_some() {
            return Ok(());
        }
        let Ok(with) = apply(&before, std::slice::from_ref(&put)) else { return Ok(()) };
        let without = apply(&with, &[Edit::Remove { id: id.clone() }]).unwrap();
        for (other, bytes) in before.files().filter(|(other, _)| *other != path) {
            prop_assert_eq!(without.get(other), Some(bytes));
        }
        let Some(was) = before.get(path) else { return Ok(()) };
        let is = without.get(path).unwrap();
        // Every line stays, in its order; a section made for the block stays behind it.
        let mut left = lines(is);
        if let Some(section) = section {
            let heading = format!("## {section}").into_bytes();
            if left.len() > lines(was).len() {
                let at = left.iter().rposition(|line| *line == heading).unwrap();
                left.remove(at);
            }
        }
        prop_assert_eq!(&left, &lines(was));
        if is != was {
            // The three exceptions that `apply` names, and no other: a section was made, the file had no last
            // line ending, or what follows stood right below without a blank line.
            let made = lines(is).len() > lines(was).len();
            let unended = !was.ends_with(b"\n") && !was.ends_with(b"\r");
            let (shorter, longer) = (was.len(), is.len());
            let shared = was.iter().zip(is).take_while(|(a, b)| a == b).count();
            let one_eol_more = longer > shorter && longer - shorter <= 2 && was[shared..].ends_with(&is[shared + longer - shorter..]);
            prop_assert!(made || unended || one_eol_more, "{:?}\nbecame\n{:?}", String::from_utf8_lossy(was), String::from_utf8_lossy(is));
        }
    }

    #[test]
    fn the_same_edit_twice_is_the_same_as_once(before in memory(), edit in edit()) {
        let Ok(once) = apply(&before, std::slice::from_ref(&edit)) else { return Ok(()) };
        // Removing or moving one of two copies of a block leaves the other to be found next.
        match edit {
            Edit::Remove { .. } => return Ok(()),
            Edit::Move { .. } if !before.duplicates().is_empty() => return Ok(()),
            _ => {}
        }
        let twice = apply(&once, std::slice::from_ref(&edit)).unwrap();
        prop_assert_eq!(once, twice);
    }

    #[test]
    fn no_bytes_make_it_panic(bytes in proptest::collection::vec(any::<u8>(), 0..400)) {
        let mut memory = Memory::default();
        memory.insert(MemoryPath::new("a.md").unwrap(), bytes.as_slice());
        let blocks = memory.blocks();
        prop_assert!(blocks.iter().all(|block| block.range.end <= bytes.len()));
        let put = Edit::Put {
            path: MemoryPath::new("a.md").unwrap(),
            section: None,
            id: "m-1".into(),
            title: "T".into(),
            body: "b".into(),
        };
        match apply(&memory, &[put]) {
            Ok(after) => prop_assert_eq!(after.blocks().len(), blocks.len() + 1),
            Err(error) => prop_assert_eq!(error, EditError::Hidden { path: MemoryPath::new("a.md").unwrap() }),
        }
    }
}
