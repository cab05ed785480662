//! The words of the tool, one by one, and what cannot be reached.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use super::*;
use crate::{Baseline, MemoryPath, Place};

fn memory(files: &[(&str, &str)]) -> Memory {
    let mut memory = Memory::default();
    for (path, text) in files {
        memory.insert(MemoryPath::new(path).unwrap(), text.as_bytes());
    }
    memory
}

fn ask(memory: &Memory, call: Value) -> Result<Answer, String> {
    let call = Call::read(&call).map_err(|error| error.to_string())?;
    call.answer(memory, &Places::default(), &Reach::default()).map_err(|refusal| refusal.0)
}

/// What the model is told, and the file `a.md` afterwards.
fn told(files: &[(&str, &str)], call: Value) -> (String, String) {
    let answer = ask(&memory(files), call).unwrap();
    let after = answer.after.unwrap_or_default();
    let text = after.get(&MemoryPath::new("a.md").unwrap()).unwrap_or_default();
    (answer.content, String::from_utf8(text.to_vec()).unwrap())
}

#[test]
fn what_is_done_is_told_in_the_words_of_the_documentation() {
    let a = [("a.md", "one\ntwo\nthree\nfour\nfive\nsix\n")];
    let folder = [
        ("notes/deep/er/x.md", "123"),
        ("notes/y.md", "x"),
        ("MEMORY.md", "m\n"),
        ("node_modules/z.md", "z"),
    ];
    let listing = "Here're the files and directories up to 2 levels deep in /memories, excluding hidden items and \
                   node_modules:\n6B\t/memories\n2B\t/memories/MEMORY.md\n4B\t/memories/notes/\n3B\t/memories/notes/deep/\n\
                   1B\t/memories/notes/y.md";
    assert_eq!(told(&folder, json!({"command": "view", "path": "/memories"})).0, listing);
    let below = told(&folder, json!({"command": "view", "path": "/memories/notes"})).0;
    assert!(below.ends_with(
        ":\n4B\t/memories/notes\n3B\t/memories/notes/deep/\n3B\t/memories/notes/deep/er/\n1B\t/memories/notes/y.md"
    ));
    assert_eq!(
        told(&a, json!({"command": "view", "path": "/memories/a.md", "view_range": [5, -1]})).0,
        "Here's the content of /memories/a.md with line numbers:\n     5\tfive\n     6\tsix\n     7\t"
    );
    assert_eq!(
        told(&a, json!({"command": "view", "path": "/memories/a.md", "view_range": [2, 3]})).0,
        "Here's the content of /memories/a.md with line numbers:\n     2\ttwo\n     3\tthree"
    );
    assert_eq!(
        told(&[], json!({"command": "create", "path": "/memories/a.md", "file_text": "x\n"})),
        ("File created successfully at: /memories/a.md".to_owned(), "x\n".to_owned())
    );
    let (content, text) = told(
        &a,
        json!({"command": "str_replace", "path": "/memories/a.md", "old_str": "four", "new_str": "4\n4b"}),
    );
    assert_eq!(
        content,
        "The memory file has been edited. Here is the snippet showing the change (with line numbers):\n     2\ttwo\n     \
         3\tthree\n     4\t4\n     5\t4b\n     6\tfive"
    );
    assert_eq!(text, "one\ntwo\nthree\n4\n4b\nfive\nsix\n");
    assert_eq!(
        told(
            &a,
            json!({"command": "insert", "path": "/memories/a.md", "insert_line": 1, "insert_text": "x\ny\n"})
        ),
        (
            "The file /memories/a.md has been edited.".to_owned(),
            "one\nx\ny\ntwo\nthree\nfour\nfive\nsix\n".to_owned()
        )
    );
    assert_eq!(
        told(&a, json!({"command": "delete", "path": "/memories/a.md"})).0,
        "Successfully deleted /memories/a.md"
    );
    assert_eq!(
        told(&a, json!({"command": "rename", "old_path": "/memories/a.md", "new_path": "/memories/n/b.md"}))
            .0,
        "Successfully renamed /memories/a.md to /memories/n/b.md"
    );
}

/// Every refusal that the documentation words, and ours.
#[test]
fn what_cannot_be_done_is_told_in_the_words_of_the_documentation() {
    let files = [
        ("a.md", "one\ntwo\none\n"),
        ("b/c.md", "x"),
        ("pic.png", "\0"),
        ("long.md", &"\n".repeat(MAX_LINES) as &str),
    ];
    let cases = [
        (
            json!({"command": "view", "path": "/memories/no.md"}),
            "The path /memories/no.md does not exist. Please provide a valid path.",
        ),
        (
            json!({"command": "view", "path": "/memories/long.md"}),
            "File /memories/long.md exceeds maximum line limit of 999,999 lines.",
        ),
        (
            json!({"command": "view", "path": "/memories/pic.png"}),
            "Unsupported file type for /memories/pic.png",
        ),
        (
            json!({"command": "view", "path": "/etc/passwd"}),
            "Error: Path must start with /memories, got: /etc/passwd",
        ),
        (
            json!({"command": "view", "path": "/memories/../x"}),
            "Error: Path /memories/../x would escape /memories directory",
        ),
        (
            json!({"command": "create", "path": "/memories/a.md", "file_text": ""}),
            "Error: File /memories/a.md already exists",
        ),
        (
            json!({"command": "create", "path": "/memories/A.md", "file_text": ""}),
            "Error: File /memories/A.md already exists",
        ),
        (
            json!({"command": "create", "path": "/memories/b", "file_text": ""}),
            "Error: File /memories/b already exists",
        ),
        (
            json!({"command": "create", "path": "/memories", "file_text": ""}),
            "Error: File /memories already exists",
        ),
        (
            json!({"command": "create", "path": "/memories/a.md/x", "file_text": ""}),
            "Error: The path /memories/a.md/x cannot be used: `a.md` is in the way",
        ),
        (
            json!({"command": "str_replace", "path": "/memories/no.md", "old_str": "x", "new_str": "y"}),
            "Error: The path /memories/no.md does not exist. Please provide a valid path.",
        ),
        (
            json!({"command": "str_replace", "path": "/memories/b", "old_str": "x", "new_str": "y"}),
            "Error: The path /memories/b does not exist. Please provide a valid path.",
        ),
        (
            json!({"command": "str_replace", "path": "/memories/a.md", "old_str": "six", "new_str": "y"}),
            "No replacement was performed, old_str `six` did not appear verbatim in /memories/a.md.",
        ),
        (
            json!({"command": "str_replace", "path": "/memories/a.md", "old_str": "", "new_str": "y"}),
            "No replacement was performed, old_str `` did not appear verbatim in /memories/a.md.",
        ),
        (
            json!({"command": "str_replace", "path": "/memories/a.md", "old_str": "one", "new_str": "y"}),
            "No replacement was performed. Multiple occurrences of old_str `one` in lines: 1, 3. Please ensure it is unique",
        ),
        (
            json!({"command": "insert", "path": "/memories/no.md", "insert_line": 0, "insert_text": "x"}),
            "Error: The path /memories/no.md does not exist",
        ),
        (
            json!({"command": "insert", "path": "/memories", "insert_line": 0, "insert_text": "x"}),
            "Error: The path /memories does not exist",
        ),
        (
            json!({"command": "insert", "path": "/memories/a.md", "insert_line": 4, "insert_text": "x"}),
            "Error: Invalid `insert_line` parameter: 4. It should be within the range of lines of the file: [0, 3]",
        ),
        (
            json!({"command": "insert", "path": "/memories/a.md", "insert_line": -1, "insert_text": "x"}),
            "Error: Invalid `insert_line` parameter: -1. It should be within the range of lines of the file: [0, 3]",
        ),
        (
            json!({"command": "delete", "path": "/memories/no.md"}),
            "Error: The path /memories/no.md does not exist",
        ),
        (
            json!({"command": "delete", "path": "/memories/"}),
            "Error: Cannot delete the /memories directory itself",
        ),
        (
            json!({"command": "rename", "old_path": "/memories/no", "new_path": "/memories/x"}),
            "Error: The path /memories/no does not exist",
        ),
        (
            json!({"command": "rename", "old_path": "/memories/a.md", "new_path": "/memories/b/c.md"}),
            "Error: The destination /memories/b/c.md already exists",
        ),
        (
            json!({"command": "rename", "old_path": "/memories/a.md", "new_path": "/memories/b"}),
            "Error: The destination /memories/b already exists",
        ),
        (
            json!({"command": "rename", "old_path": "/memories/b", "new_path": "/memories/b/d"}),
            "Error: /memories/b cannot be moved into itself",
        ),
        (
            json!({"command": "rename", "old_path": "/memories", "new_path": "/memories/d"}),
            "Error: Cannot rename the /memories directory itself",
        ),
        (json!({"command": "view"}), "Error: Invalid input for the memory tool: missing field `path`"),
        (
            json!({"command": "view", "path": null}),
            "Error: Invalid input for the memory tool: invalid type: null, expected a string",
        ),
        (
            json!(["view"]),
            "Error: Invalid input for the memory tool: invalid type: string \"view\", expected",
        ),
    ];
    let memory = memory(&files);
    for (call, expected) in cases {
        let found = ask(&memory, call.clone()).unwrap_err();
        assert!(found == expected || call.is_array(), "{call}\n  {found}\n  {expected}");
    }
    assert!(
        ask(&memory, json!({"command": "shred", "path": "/memories"}))
            .unwrap_err()
            .contains("unknown variant")
    );
}

#[test]
fn hostile_paths_are_refused_by_every_command() {
    let memory =
        memory(&[("a.md", "x"), ("quarantine.md", "bait"), ("people/rosa.md", "hers"), (".env", "hidden")]);
    let long = format!("/memories/{}.md", "a".repeat(253));
    let paths = [
        long.as_str(),
        "/memories/..",
        "/memories/../../etc/passwd",
        "/memories/a/../../b",
        "/memories/./a.md",
        "/memories//a.md",
        "/memories///etc",
        "/memories/a.md\0",
        "/memories/a\nb.md",
        "/memories/..\\x",
        "\\\\host\\share",
        "/memoriesx/a.md",
        "/MEMORIES/a.md",
        "memories/a.md",
        "/memories/%2e%2e/x",
        "/memories/a%2f..%2f..%2fb",
        "/memories/%2E%2E%5Cx",
        "/memories/%00",
        "/memories/.. /x",
        "/memories/... /x",
        "/memories/.somnium/state.json",
        "/memories/.SOMNIUM/state.json",
        "/memories/.git/hooks/post-commit",
        "/memories/x/.git/config",
        "/memories/.env",
        "/memories/.claude/settings.json",
        "/memories/quarantine.md",
        "/memories/QUARANTINE.md",
        "/memories/people/rosa.md",
        "/memories/People/rosa.md",
        "/memories/a\u{202e}dm.exe",
        "/memories/a\u{200d}b.md",
        "/memories/a\u{feff}b.md",
        "",
        "/",
    ];
    for path in paths {
        for call in [
            json!({"command": "view", "path": path}),
            json!({"command": "create", "path": path, "file_text": "x"}),
            json!({"command": "str_replace", "path": path, "old_str": "x", "new_str": "y"}),
            json!({"command": "insert", "path": path, "insert_line": 0, "insert_text": "y"}),
            json!({"command": "delete", "path": path}),
            json!({"command": "rename", "old_path": path, "new_path": "/memories/new.md"}),
            json!({"command": "rename", "old_path": "/memories/a.md", "new_path": path}),
        ] {
            let found = ask(&memory, call.clone());
            assert!(found.is_err(), "{call}: {found:?}");
        }
    }
    // The control: an honest path goes through all of it, also one with `%` and dots in it.
    for path in [
        "/memories/50%25.md",
        "/memories/50%.md",
        "/memories/a..b.md",
        "/memories/日本/é.md",
        "/memories/..;x",
    ] {
        let found = ask(&memory, json!({"command": "create", "path": path, "file_text": "x"}));
        assert_eq!(found.is_ok(), !path.contains("..;"), "{path}: {found:?}");
    }
}

#[test]
fn what_cannot_be_reached_is_not_listed_and_no_folder_with_it_is_deleted() {
    let memory = memory(&[
        ("people/rosa.md", "hers"),
        ("quarantine.md", "bait"),
        (".env", "k"),
        ("b/.x/y", "k"),
        ("b/c.md", ""),
    ]);
    let listed = ask(&memory, json!({"command": "view", "path": "/memories"})).unwrap().content;
    assert!(
        listed.ends_with("node_modules:\n0B\t/memories\n0B\t/memories/b/\n0B\t/memories/b/c.md"),
        "{listed}"
    );
    assert!(
        ask(&memory, json!({"command": "delete", "path": "/memories/b"})).unwrap_err().contains("`b/.x/y`")
    );

    let rosas = Reach { person: Some("rosa".to_owned()) };
    let view = |path: &str| {
        Call::View { path: path.to_owned(), view_range: None }.answer(&memory, &Places::default(), &rosas)
    };
    assert!(view("/memories/people/rosa.md").is_ok() && view("/memories/people/emil.md").is_err());
}

#[test]
fn frozen_places_cannot_be_changed_in_any_way() {
    let memory =
        memory(&[("a.md", "### T  <!-- som:m-1 -->\nx\n\n### U  <!-- som:m-2 -->\ny\n"), ("n/b.md", "z")]);
    let frozen = |place: &str| Places(BTreeSet::from([Place::parse(place).unwrap()]));
    let ask = |frozen: &Places, call: Value| {
        Call::read(&call).unwrap().answer(&memory, frozen, &Reach::default()).map_err(|refusal| refusal.0)
    };
    let replace = |old: &str| json!({"command": "str_replace", "path": "/memories/a.md", "old_str": old, "new_str": "q"});
    assert_eq!(
        ask(&frozen("m-1"), replace("x")),
        Err("Error: `m-1` is frozen: a person closed it to changes".to_owned())
    );
    assert!(ask(&frozen("m-1"), replace("y\n")).is_ok());
    for (place, call) in [
        ("m-1", json!({"command": "delete", "path": "/memories/a.md"})),
        ("m-1", json!({"command": "rename", "old_path": "/memories/a.md", "new_path": "/memories/b.md"})),
        ("/n/", json!({"command": "create", "path": "/memories/n/new.md", "file_text": "x"})),
        ("/n/", json!({"command": "delete", "path": "/memories/n"})),
        ("/n/", json!({"command": "rename", "old_path": "/memories/a.md", "new_path": "/memories/n/a.md"})),
        ("/", json!({"command": "create", "path": "/memories/new.md", "file_text": "x"})),
    ] {
        assert!(ask(&Places::default(), call.clone()).is_ok(), "{call}");
        assert!(ask(&frozen(place), call.clone()).unwrap_err().contains("is frozen"), "{call}");
    }
}

#[test]
fn sizes_are_bounded() {
    let create = |text: &str| {
        ask(&memory(&[]), json!({"command": "create", "path": "/memories/a.md", "file_text": text}))
    };
    assert!(create(&"x".repeat(MAX_FILE_BYTES)).is_ok());
    assert!(create(&"x".repeat(MAX_FILE_BYTES + 1)).unwrap_err().contains("larger than 1 MiB"));

    // What people made larger is read in parts and can be cut, but not grow.
    let large = "word \n".repeat(MAX_VIEW_BYTES / 4) + "end\n";
    let large = memory(&[("a.md", &large)]);
    assert!(
        ask(&large, json!({"command": "view", "path": "/memories/a.md"}))
            .unwrap_err()
            .contains("`view_range`")
    );
    assert!(ask(&large, json!({"command": "view", "path": "/memories/a.md", "view_range": [1, 9]})).is_ok());
    let replace = |new: &str| json!({"command": "str_replace", "path": "/memories/a.md", "old_str": "end", "new_str": new});
    assert!(ask(&large, replace("")).is_ok() && ask(&large, replace("longer")).is_err());

    let mut full = Memory::default();
    for file in 0..=MAX_MEMORY_BYTES >> 24 {
        full.insert(MemoryPath::new(&format!("{file}.md")).unwrap(), vec![b'x'; 1 << 24]);
    }
    let create = json!({"command": "create", "path": "/memories/a.md", "file_text": "x"});
    assert!(ask(&full, create).unwrap_err().contains("the memory is full"));
}

#[test]
fn a_file_of_windows_stays_one() {
    let a = [("a.md", "one\r\ntwo\r\nthree")];
    let replaced =
        json!({"command": "str_replace", "path": "/memories/a.md", "old_str": "one\ntwo", "new_str": "1\n2"});
    assert_eq!(told(&a, replaced).1, "1\r\n2\r\nthree");
    let inserted =
        json!({"command": "insert", "path": "/memories/a.md", "insert_line": 3, "insert_text": "x\ny"});
    assert_eq!(told(&a, inserted).1, "one\r\ntwo\r\nthree\r\nx\r\ny\r\n");
    let viewed = told(&a, json!({"command": "view", "path": "/memories/a.md"})).0;
    assert!(viewed.ends_with("     1\tone\n     2\ttwo\n     3\tthree"));
}

#[test]
fn secrets_are_not_written_and_the_model_is_told() {
    let key = format!("ghp_{}", "a1B2c3D4e5F6g7H8i9J0k1L2m3N4o5P6q7R8");
    let call = json!({"command": "create", "path": "/memories/a.md", "file_text": format!("token {key}\n")});
    let (content, text) = told(&[], call);
    assert!(
        content.starts_with("File created successfully at: /memories/a.md\nSecrets do not belong"),
        "{content}"
    );
    assert!(!text.contains(&key) && text.starts_with("token [redacted:"), "{text}");
}

#[test]
fn a_note_cannot_be_put_in_the_place_of_another() {
    let memory = memory(&[("notes/a.md", "### T  <!-- som:m-1 -->\nx\n")]);
    let call = json!({"command": "create", "path": "/memories/A.md", "file_text": "### T  <!-- som:m-1 -->\nlies\n"});
    assert!(ask(&memory, call).unwrap_err().contains("<!-- som:m-1 -->"));
    let call = json!({"command": "create", "path": "/memories/A.md", "file_text": "### T  <!-- som:m-7 -->\nmine\n"});
    assert!(ask(&memory, call).is_ok());
}

#[test]
fn a_note_that_an_agent_deletes_is_not_deleted_for_good() {
    let before = memory(&[("a.md", "### T  <!-- som:m-1 -->\nx\n\n### U  <!-- som:m-2 -->\nedited\n")]);
    let mut baselines = Baselines::default();
    for block in before.blocks() {
        let sha256 =
            if block.id.as_str() == "m-1" { block.sha256 } else { somnium_types::sha256_hex(b"as written") };
        let baseline = Baseline {
            sha256,
            path: block.path,
            dream: "drm_1".into(),
            sketch: Default::default(),
            taken: false,
        };
        baselines.blocks.insert(block.id, baseline);
    }
    let left = forget_deleted(&baselines, &before, &Memory::default());
    // What a person had edited stays known as gone, so that no dream writes its own words there again.
    assert_eq!(left.blocks.keys().map(|id| id.as_str()).collect::<Vec<_>>(), ["m-2"]);
    assert_eq!(forget_deleted(&baselines, &before, &before), baselines);
}
