//! Skills by the rules of <https://agentskills.io/specification>, read with a YAML parser that is not ours.

use std::path::Path;

use saphyr::{LoadableYamlNode, Yaml};

use crate::world::World;

/// Names that front matter may have.
const FIELDS: [&str; 6] = ["name", "description", "license", "compatibility", "metadata", "allowed-tools"];

/// Returns each rule that a skill breaks.
fn faults(folder: &str, text: &str) -> Vec<&'static str> {
    let Some((front, body)) = text.strip_prefix("---\n").and_then(|rest| rest.split_once("\n---\n")) else {
        return vec!["no front matter"];
    };
    let Ok(documents) = Yaml::load_from_str(front) else { return vec!["no YAML"] };
    let Some(map) = documents.first().and_then(|document| document.as_mapping()) else {
        return vec!["no map"];
    };
    let mut faults = Vec::new();
    let mut check = |holds: bool, rule: &'static str| {
        if !holds {
            faults.push(rule)
        }
    };
    check(map.keys().all(|key| key.as_str().is_some_and(|key| FIELDS.contains(&key))), "fields");
    let field = |name: &str| map.iter().find(|(key, _)| key.as_str() == Some(name)).map(|(_, value)| value);
    let text_of = |name: &str| field(name).and_then(|value| value.as_str()).unwrap_or_default().to_owned();
    let name = text_of("name");
    check(!name.is_empty(), "name missing");
    check(name.chars().count() <= 64, "name length");
    check(name.chars().all(|c| c == '-' || c.is_ascii_lowercase() || c.is_ascii_digit()), "name letters");
    check(!name.starts_with('-') && !name.ends_with('-'), "name ends");
    check(!name.contains("--"), "name hyphens");
    check(name == folder, "folder");
    check(!name.contains("anthropic") && !name.contains("claude"), "reserved");
    let description = text_of("description");
    check(!description.trim().is_empty(), "description missing");
    check(description.chars().count() <= 1024, "description length");
    check(!description.contains(['<', '>']), "description tags");
    check(
        field("compatibility").is_none_or(|_| (1..=500).contains(&text_of("compatibility").chars().count())),
        "compatibility",
    );
    let strings = |value: &Yaml<'_>| {
        value.as_mapping().is_some_and(|map| {
            map.iter().all(|(key, value)| key.as_str().is_some() && value.as_str().is_some())
        })
    };
    check(field("metadata").is_none_or(strings), "metadata");
    check(
        field("allowed-tools").is_none_or(|value| value.as_str().is_some() || value.as_sequence().is_some()),
        "tools",
    );
    check(!body.trim().is_empty(), "no instructions");
    check(body.lines().count() <= 500, "too long");
    faults
}

/// The control: a text that breaks one rule is found out by that rule.
#[test]
fn the_validator_sees_each_rule_broken() {
    let good = |name: &str, front: &str| format!("---\nname: {name}\n{front}\n---\n\nDo it.\n");
    let described = "description: What it does.";
    assert_eq!(faults("a-b", &good("a-b", described)), [""; 0]);
    let long = "a".repeat(65);
    let cases = [
        ("a", "Do it.\n".to_owned(), "no front matter"),
        ("a", good("a", "description: [x"), "no YAML"),
        ("a", good("a", &format!("{described}\nversion: 1")), "fields"),
        ("a", good("", described), "name missing"),
        (&long, good(&long, described), "name length"),
        ("A", good("A", described), "name letters"),
        ("-a", good("-a", described), "name ends"),
        ("a--b", good("a--b", described), "name hyphens"),
        ("a", good("b", described), "folder"),
        ("claude-x", good("claude-x", described), "reserved"),
        ("a", good("a", "description: ''"), "description missing"),
        ("a", good("a", &format!("description: {}", "x".repeat(1025))), "description length"),
        ("a", good("a", "description: use <b>"), "description tags"),
        ("a", good("a", &format!("{described}\ncompatibility: ''")), "compatibility"),
        ("a", good("a", &format!("{described}\nmetadata:\n  n: 1")), "metadata"),
        ("a", good("a", &format!("{described}\nallowed-tools: 1")), "tools"),
        ("a", format!("---\nname: a\n{described}\n---\n\n"), "no instructions"),
        ("a", good("a", described) + &"x\n".repeat(500), "too long"),
    ];
    for (folder, text, rule) in cases {
        assert!(faults(folder, &text).contains(&rule), "{rule}: {:?}", faults(folder, &text));
    }
}

#[test]
fn every_exported_skill_is_valid() {
    let world = World::empty();
    let note =
        |title: &str, body: &str| format!("# T\n\n### {title}  <!-- som:w-{} -->\n{body}\n", title.len());
    let long = "word ".repeat(500);
    for (name, text) in [
        (
            "exchange-order",
            note("When asked for “exchange”: `look`, then `swap`", "When to use: \"quoted\": yes\n#hash"),
        ),
        (
            "Übergabe & Claude_Code--notes",
            note("- [x] *yaml*: {a: b}", "| > & * ! % @ `tick`\n---\nname: forged\n---"),
        ),
        ("日本語", note("<b>bold</b> & \\ back\\slash \u{1f600}", "<script>")),
        ("very-long", note(&long, &long)),
        ("empty-title", "Only text, no heading.\n".to_owned()),
        ("front", "---\nname: Not This\nversion: 9\n---\n# Mine\n\nBody: here.\n".to_owned()),
        ("deep/er", note("Deep", "In a folder.")),
        ("a b", note("One", "1.")),
        ("a-b", note("Two!", "2.")),
        ("crlf", note("Windows", "x").replace('\n', "\r\n")),
    ] {
        world.write(&format!("memory/playbooks/{name}.md"), text);
    }
    world.write(&format!("memory/playbooks/{}.md", "x".repeat(120)), note("Long name", "x"));
    let ran = world.run("export skills --memory memory --to skills --json");
    assert_eq!(ran.status, 0, "{}", ran.stderr);
    let listed = ran.json();
    assert_eq!(listed["skills"].as_array().unwrap().len(), 11, "{listed}");
    let mut seen = 0;
    for (path, bytes) in world.files("skills") {
        if path.ends_with("SKILL.md") {
            let folder = path.parent().and_then(Path::file_name).unwrap().to_str().unwrap().to_owned();
            let text = String::from_utf8(bytes).unwrap();
            assert_eq!(faults(&folder, &text), [""; 0], "{text}");
            seen += 1;
        }
    }
    assert_eq!(seen, 11);
}

#[test]
fn exporting_again_changes_nothing_and_edits_stay() {
    let world = World::empty();
    world.write("memory/playbooks/ship.md", "# Ship it\n\nTag, then push: see `m-1`.\n");
    world.write("memory/playbooks/test.md", "# Test it\n\nRun all.\n");
    world.write("memory/notes/a.md", "### Tag first  <!-- som:m-1 -->\nAlways.\n");
    let export = "export skills --memory memory --to out/skills";
    assert_eq!(world.run(&format!("{export} --check")).status, 1);
    assert!(world.files("out").is_empty());
    insta::assert_snapshot!(world.run(export).shown(), @r"
    ship  new
      Ship it. Tag, then push: see `m-1`.
    test  new
      Test it. Run all.
    --- status 0
    ");
    let before = world.files("out");
    assert_eq!(before.len(), 3);
    assert_eq!(world.run(&format!("{export} --check")).status, 0);
    world.run(export);
    assert_eq!(world.files("out"), before);

    // An edited skill and somebody's own stay; the control: without the edit it is updated.
    let edited = world.read("out/skills/ship/SKILL.md").replace("Tag, then", "Sign, tag, then");
    world.write("out/skills/ship/SKILL.md", &edited);
    world.write("out/skills/mine/SKILL.md", "---\nname: mine\ndescription: Mine.\n---\nx\n");
    world.write("memory/playbooks/mine.md", "# Mine\n\nx\n");
    for name in ["ship", "test"] {
        world.write(&format!("memory/playbooks/{name}.md"), format!("# {name} it\n\nDifferently.\n"));
    }
    let states = |line: &str| {
        let listed = world.run(&format!("{line} --json")).json();
        let states = listed["skills"].as_array().unwrap().iter();
        states.map(|skill| skill["state"].as_str().unwrap().to_owned()).collect::<Vec<_>>()
    };
    assert_eq!(states(export), ["foreign", "edited", "updated"]);
    assert_eq!(world.read("out/skills/ship/SKILL.md"), edited);
    assert!(world.read("out/skills/test/SKILL.md").contains("Differently."));

    // What is gone is kept until it is asked to go.
    std::fs::remove_dir_all(world.path().join("memory/playbooks")).unwrap();
    assert!(world.run(export).stdout.contains("test  its playbook is gone; kept"));
    assert!(world.path().join("out/skills/test/SKILL.md").is_file());
    assert!(world.run(&format!("{export} --prune")).stdout.contains("test  its playbook is gone; deleted"));
    assert!(!world.path().join("out/skills/test").exists());
    assert!(world.path().join("out/skills/ship/SKILL.md").is_file());
    assert!(world.path().join("out/skills/mine/SKILL.md").is_file());
}
