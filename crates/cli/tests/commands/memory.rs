use serde_json::json;

use crate::world::{World, without_wording};

fn dreamt() -> (World, String) {
    let world = World::with_sessions();
    world.write("memory/own.md", "### Ask Rosa first  <!-- som:x-own -->\nAlways.\n");
    world.write("memory/plain.md", "# Just text\n");
    let report = world.dream("sessions --memory memory --in-place");
    let block = report["claims"][0]["id"].as_str().unwrap().to_owned();
    (world, block)
}

#[test]
fn ls_lists_blocks_by_file() {
    let (world, block) = dreamt();
    let record = world.run("dreams show --memory memory --json").json();
    let shown = world.run("memory ls --memory memory").shown();
    insta::assert_snapshot!("memory-ls", without_wording(&shown, &record["report"]));
    let listed = world.run("memory ls --memory memory --json").json();
    let find = |id: &str| {
        listed["blocks"].as_array().unwrap().iter().find(|found| found["id"] == id).cloned().unwrap()
    };
    assert_eq!(find(&block)["owner"], "ours");
    assert_eq!(find(&block)["support"]["sessions"], 5);
    assert_eq!((&find("x-own")["owner"], &find("x-own")["state"]), (&json!("person"), &json!(null)));
    assert!(listed["other_files"].as_array().unwrap().contains(&json!("/plain.md")));
}

#[test]
fn show_prints_one_block() {
    let (world, _) = dreamt();
    insta::assert_snapshot!(world.run("memory show x-own --memory memory").shown(), @r"
    Ask Rosa first
    x-own in /own.md, written or changed by a person

    Always.
    --- status 0
    ");
    assert_eq!(world.run("memory show x-own --memory memory --json").json()["body"], "Always.");
    let unknown = world.run("memory show m-nope --memory memory");
    assert_eq!(unknown.status, 1);
    assert!(unknown.stderr.starts_with("error[SOM020]: no block `m-nope`"), "{}", unknown.stderr);
}

#[test]
fn diff_shows_a_dream_or_two_folders() {
    let world = World::with_sessions();
    world.write("memory/MEMORY.md", "# Mine\n");
    world.dream("sessions --memory memory --output after");
    let recorded = world.run("memory diff --memory after");
    assert_eq!(recorded.status, 0);
    assert!(recorded.stdout.starts_with("diff --git a/MEMORY.md b/MEMORY.md\n"), "{}", recorded.stdout);
    let compared = world.run("memory diff memory after");
    assert_eq!(compared.stdout, recorded.stdout);
    assert_eq!(world.run("memory diff memory memory").stdout, "Nothing differs.\n");
    assert_eq!(world.run("memory diff memory after --json").json()["diff"], compared.stdout.as_str());
    assert_eq!(world.run("memory diff").status, 2);
}

#[test]
fn a_folder_that_is_not_there() {
    let world = World::empty();
    for command in ["memory ls", "memory diff", "dreams list", "dreams undo"] {
        let ran = world.run(&format!("{command} --memory nowhere"));
        assert_eq!((ran.status, ran.stdout.as_str()), (1, ""), "{command}");
        assert!(ran.stderr.starts_with("error[SOM002]: `nowhere` does not exist\n"), "{}", ran.stderr);
    }
}

#[test]
fn a_damaged_ledger_is_named_and_left_alone() {
    let (world, _) = dreamt();
    world.write("memory/.somnium/state.json", "{");
    let before = world.files("memory");
    for command in ["memory ls --memory memory", "dream sessions --memory memory --in-place"] {
        let ran = world.run(command);
        assert_eq!((ran.status, ran.stdout.as_str()), (1, ""), "{command}");
        assert!(ran.stderr.starts_with("error[SOM014]: "), "{}", ran.stderr);
    }
    assert_eq!(world.files("memory"), before);
}
