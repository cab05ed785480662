use std::io::Read;
use std::process::Stdio;

use serde_json::{Value, json};

use crate::world::{World, replace_between, session, without_wording};

/// Returns the only folder whose name starts with `memory.dream-`.
fn result(world: &World) -> String {
    let mut found: Vec<_> = std::fs::read_dir(world.path())
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .filter(|name| name.starts_with("memory.dream-"))
        .collect();
    assert_eq!(found.len(), 1, "{found:?}");
    found.remove(0)
}

#[test]
fn what_a_person_reads() {
    let world = World::with_sessions();
    let ran = world.run("dream sessions --memory memory");
    let report = world.dream("sessions --memory memory");
    assert!(
        ran.stdout.contains("\ndiff --git a/MEMORY.md b/MEMORY.md\nnew file mode 100644\n"),
        "{}",
        ran.stdout
    );
    let shown = replace_between(&ran.shown(), "\n\ndiff --git ", "\n\nWritten to ", "[…]");
    insta::assert_snapshot!("dream", without_wording(&shown, &report));
}

#[test]
fn what_a_program_reads() {
    let world = World::with_sessions();
    let ran = world.run("dream sessions --memory memory --json");
    assert_eq!((ran.status, ran.stderr.as_str()), (0, ""));
    assert!(ran.stdout.starts_with("{\n  \"dream\": {\n    \"id\": \"drm_"), "{}", ran.stdout);
    let mut report = ran.json();
    assert!(report["dream"]["seconds"].as_f64().is_some_and(|seconds| seconds > 0.0));
    report["dream"]["seconds"] = json!("[seconds]");
    report["dream"]["id"] = json!("[id]");
    // How the engine words and names its claims is not this crate's business.
    for field in ["id", "title", "text", "path"] {
        assert!(report["claims"][0][field].as_str().is_some_and(|text| !text.is_empty()), "{field}");
        report["claims"][0][field] = json!(format!("[{field}]"));
    }
    let evidence = report["claims"][0]["evidence"].as_array_mut().unwrap();
    assert!(evidence.len() > 1);
    evidence.truncate(1);
    report["memory"]["index_tokens"] = json!("[index_tokens]");
    assert!(report["next_actions"]["moments"].as_u64().is_some_and(|n| n > 0));
    report["next_actions"] = json!("[next_actions]");
    insta::assert_json_snapshot!("dream-json", report);
}

#[test]
fn the_order_of_fields_is_the_documented_one() {
    let world = World::with_sessions();
    let text = world.run("dream sessions --memory memory --json").stdout;
    let places: Vec<_> = ["\"dream\"", "\"claims\"", "\"memory\"", "\"near_misses\"", "\"skipped\""]
        .iter()
        .map(|field| text.find(&format!("\n  {field}:")).unwrap_or_else(|| panic!("{field}")))
        .collect();
    assert!(places.is_sorted(), "{places:?}");
}

#[test]
fn the_memory_that_was_read_is_untouched_and_kept_in_the_result() {
    let world = World::with_sessions();
    world.write("memory/house rules.md", "# Ours\r\nNever on a Friday.\r\n");
    let before = world.files("memory");
    assert_eq!(world.run("dream sessions --memory memory").status, 0);
    assert_eq!(world.files("memory"), before);
    let folder = result(&world);
    assert_eq!(world.read(&format!("{folder}/house rules.md")), "# Ours\r\nNever on a Friday.\r\n");
    assert!(world.read(&format!("{folder}/MEMORY.md")).contains("find_cost_centre"));
}

#[test]
fn equal_inputs_give_equal_bytes() {
    let (one, two) = (World::with_sessions(), World::empty());
    // The same sessions in another order and another file, in which the time goes into the record only.
    let lines: String = (0..6).rev().map(|n| session(n, n != 5)).collect();
    two.write("sessions/all.jsonl", lines);
    let contents = |world: &World| {
        // The tally is sealed with a key of the machine: here it is one machine.
        world.write("home/.local/state/somnium/witness/key", [7; 32]);
        let mut report = world.dream("sessions --memory memory --output out");
        report["dream"]["seconds"] = json!(0);
        // The record says how long it took, and the history seals the record.
        let timed = ["out/.somnium/runs", "out/.somnium/log.jsonl"];
        let files = world
            .files("out")
            .into_iter()
            .filter(|(path, _)| !timed.iter().any(|other| path.starts_with(other)));
        (report, files.collect::<Vec<_>>())
    };
    let ((one, first), (two, second)) = (contents(&one), contents(&two));
    assert_eq!(one, two);
    assert_eq!(first.len(), second.len());
    for (one, two) in first.iter().zip(&second) {
        assert!(one == two, "{} is not {}", one.0.display(), two.0.display());
    }
}

#[test]
fn the_same_dream_again_changes_nothing() {
    let world = World::with_sessions();
    assert_eq!(world.run("dream sessions --memory memory").status, 0);
    let folder = result(&world);
    let before = world.files(&folder);
    let again = world.run("dream sessions --memory memory");
    assert_eq!(again.status, 0, "{}", again.stderr);
    assert!(again.stdout.starts_with("Nothing changed since"), "{}", again.stdout);
    assert!(again.stdout.contains(&folder));
    assert_eq!(world.files(&folder), before);
    assert_eq!(world.dream("sessions --memory memory")["claims"].as_array().unwrap().len(), 1);
}

#[test]
fn in_place_is_taken_back_to_the_byte() {
    let world = World::with_sessions();
    world.write("memory/MEMORY.md", "# Mine\n\n- a line\n");
    let before = world.files("memory");
    assert_eq!(world.run("dream sessions --memory memory --in-place").status, 0);
    assert!(world.read("memory/MEMORY.md").contains("find_cost_centre"));
    let undone = world.run("dreams undo --memory memory");
    assert_eq!(undone.status, 0, "{}", undone.stderr);
    let mut after = world.files("memory");
    after.retain(|(path, _)| !path.starts_with("memory/.somnium"));
    assert_eq!(after, before);
}

#[test]
fn a_dry_run_writes_nothing() {
    let world = World::with_sessions();
    let before = world.files(".");
    let ran = world.run("dream sessions --memory memory --dry-run");
    assert_eq!(ran.status, 0);
    assert!(ran.stdout.ends_with("Nothing was written (`--dry-run`).\n"), "{}", ran.stdout);
    assert!(ran.stdout.contains("\n+### "), "the diff is shown: {}", ran.stdout);
    assert_eq!(world.files("."), before);
}

#[test]
fn sessions_of_other_agents_are_left_out() {
    let world = World::with_sessions();
    let sessions = |line: &str| {
        world.dream(&format!("sessions --memory memory --dry-run {line}"))["dream"]["sessions"].clone()
    };
    assert_eq!(
        [sessions(""), sessions("--agent north"), sessions("--agent nobody")],
        [json!(6), json!(3), json!(0)]
    );
    let ran = world.run("dream sessions --memory memory --dry-run --agent north");
    let left_out = "3 sessions took no part: of another agent or team.";
    assert!(ran.stdout.contains(left_out), "{}", ran.stdout);
    world.write("again/monday.jsonl", world.read("sessions/monday.jsonl"));
    let twice = world.run("dream sessions again --memory memory --dry-run").stdout;
    assert!(twice.contains("3 sessions took no part: read twice."), "{twice}");
    let both = world.run("dream sessions again --memory memory --dry-run --agent north").stdout;
    assert!(both.contains(" read twice, ") && both.contains(" of another agent or team."), "{both}");
}

#[test]
fn an_output_folder_in_use_is_never_written_to() {
    let world = World::with_sessions();
    world.write("taken/file", "x");
    let ran = world.run("dream sessions --memory memory --output taken");
    assert_eq!((ran.status, ran.stdout.as_str()), (1, ""));
    assert!(ran.stderr.starts_with("error[SOM011]: `taken` exists already\nhint: "), "{}", ran.stderr);
    assert_eq!(world.files("taken").len(), 1);
    std::fs::create_dir(world.path().join("empty")).unwrap();
    assert_eq!(world.run("dream sessions --memory memory --output empty").status, 0);
    assert!(world.read("empty/MEMORY.md").contains("find_cost_centre"));
}

#[test]
fn with_a_tool_the_missing_memory_is_proposed() {
    let ran = World::empty().run("dream --from codex");
    insta::assert_snapshot!(ran.shown(), @r"
    --- stderr
    error[SOM030]: `--memory DIR` is needed: the folder of notes to read
    hint: a folder that does not exist yet will do: `--memory codex-memory`
    hint: `somnium explain SOM030` says more
    --- status 1
    ");
}

#[test]
fn what_was_skipped_is_listed_and_the_rest_is_used() {
    let world = World::with_sessions();
    world.write("sessions/cut.jsonl", &session(6, true)[..90]);
    let ran = world.run("dream sessions --memory memory --json");
    assert_eq!(ran.status, 0);
    assert!(
        ran.stderr.starts_with("warning: 1 place could not be read, the first: sessions/cut.jsonl"),
        "{}",
        ran.stderr
    );
    let report: Value = ran.json();
    assert_eq!(report["dream"]["sessions"], 6);
    assert_eq!(report["skipped"][0]["source"], "sessions/cut.jsonl");
    let human = world.run("dream sessions --memory memory --dry-run").stdout;
    assert!(human.contains("\nSkipped: 1 place\n  - sessions/cut.jsonl"), "{human}");
}

#[test]
fn a_missing_path_costs_only_itself() {
    let world = World::with_sessions();
    let ran = world.run("dream nowhere sessions no*match --memory memory --dry-run");
    assert_eq!(ran.status, 0);
    let (nowhere, pattern) = ("nowhere: does not exist", "no*match: does not exist");
    let list = format!("\nSkipped: 2 places\n  - {pattern}\n  - {nowhere}\n");
    assert!(ran.stdout.contains(&list), "{}", ran.stdout);
    assert!(ran.stderr.starts_with("warning: 2 places could not be read"), "{}", ran.stderr);
    assert_eq!(world.dream("nowhere sessions --memory memory --dry-run")["dream"]["sessions"], 6);

    let stats = world.run("sessions stats nowhere sessions");
    assert_eq!(stats.status, 0);
    assert!(stats.stdout.contains(&format!("  skipped {nowhere}\n")), "{}", stats.stdout);

    let alone = world.run("dream nowhere --memory memory");
    assert_eq!((alone.status, alone.stdout.as_str()), (2, ""));
    assert!(alone.stderr.starts_with("error[SOM002]: `nowhere` does not exist\n"), "{}", alone.stderr);
}

#[cfg(unix)]
#[test]
fn a_named_pipe_is_skipped_and_one_of_the_shell_is_read() {
    let world = World::with_sessions();
    let made = std::process::Command::new("mkfifo").arg(world.path().join("pipe")).status().unwrap();
    assert!(made.success());
    let ran = world.run("dream pipe sessions --memory memory --dry-run");
    assert_eq!(ran.status, 0);
    assert!(ran.stdout.contains("\n  - pipe: not a regular file\n"), "{}", ran.stdout);
    let alone = world.run("sessions stats pipe");
    assert_eq!(alone.status, 2);
    assert!(alone.stderr.contains("because: pipe: not a regular file"), "{}", alone.stderr);

    let mut command = world.command(&["sessions", "stats", "/dev/stdin", "--json"]);
    let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
    let mut stdin = child.stdin.take().unwrap();
    std::io::Write::write_all(&mut stdin, world.read("sessions/monday.jsonl").as_bytes()).unwrap();
    drop(stdin);
    let output = child.wait_with_output().unwrap();
    let stats: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(stats["sessions"], 3);
}

#[test]
fn nothing_readable_is_status_2() {
    let world = World::empty();
    world.write("sessions/readme.txt", "no transcript\n");
    let ran = world.run("dream sessions --memory memory");
    assert_eq!((ran.status, ran.stdout.as_str()), (2, ""));
    assert!(
        ran.stderr.starts_with("error[SOM001]: no session could be read from 1 file\n"),
        "{}",
        ran.stderr
    );
    assert_eq!(world.files(".").len(), 1);
}

#[test]
fn a_reader_that_leaves_early_is_no_error() {
    let world = World::with_sessions();
    for args in [
        &["dream", "sessions", "--memory", "memory", "--dry-run"][..],
        &["reference"],
        &["sessions", "stats", "sessions", "--json"],
    ] {
        let mut child = world.command(args).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        drop(child.stdout.take());
        let mut stderr = String::new();
        child.stderr.take().unwrap().read_to_string(&mut stderr).unwrap();
        assert_eq!(child.wait().unwrap().code(), Some(0), "{args:?}: {stderr}");
        assert_eq!(stderr, "", "{args:?}");
    }
}

#[test]
fn standard_input_is_a_file_too() {
    let world = World::with_sessions();
    let input = std::fs::File::open(world.path().join("sessions/monday.jsonl")).unwrap();
    let output =
        world.command(&["dream", "-", "--memory", "m", "--dry-run", "--json"]).stdin(input).output().unwrap();
    let report: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(report["dream"]["sessions"], 3);
}

#[test]
fn the_examples_give_notes() {
    let examples = crate::help::workspace_root().join("examples");
    let (sessions, memory) = (examples.join("sessions"), examples.join("memory"));
    let world = World::empty();
    let args =
        ["dream", sessions.to_str().unwrap(), "--memory", memory.to_str().unwrap(), "--dry-run", "--json"];
    let ran = world.run_args(&args);
    assert_eq!((ran.status, ran.stderr.as_str()), (0, ""));
    let report = ran.json();
    assert!(report["claims"].as_array().unwrap().len() >= 3, "{}", ran.stdout);
    assert_eq!(report["skipped"], json!([]));
}

/// The claims of a report without what tells how far they have come over many dreams.
fn counted(report: &Value) -> Vec<Value> {
    let claims = report["claims"].as_array().unwrap().iter();
    let fields = ["id", "support", "signature", "outcome", "evidence"];
    claims.map(|claim| fields.iter().map(|field| claim[*field].clone()).collect()).collect()
}

#[test]
fn dreams_in_a_row_count_what_one_dream_counts() {
    let world = World::with_sessions();
    let at_once = world.dream("sessions --memory one --in-place");
    world.dream("sessions/monday.jsonl --memory many --in-place");
    let last = world.dream("sessions/tuesday.jsonl --memory many --in-place");
    assert_eq!(counted(&last), counted(&at_once));
    assert!(!counted(&last).is_empty());
    let kept = |memory: &str| world.files(&format!("{memory}/.somnium/sessions")).len();
    assert_eq!((kept("one"), kept("many")), (1, 2), "a file for each dream that read something new");
    world.dream("sessions --memory many --in-place");
    assert_eq!(kept("many"), 2);
}

#[test]
fn kept_sessions_that_cannot_be_used_are_told_and_the_dream_goes_on() {
    let world = World::with_sessions();
    world.dream("sessions/monday.jsonl --memory memory --in-place");
    let files = world.files("memory/.somnium/sessions");
    let [(path, _)] = &files[..] else { panic!("{files:?}") };
    world.write(path.to_str().unwrap(), "something else");
    let ran = world.run("dream sessions/tuesday.jsonl --memory memory --in-place --json");
    assert_eq!(ran.status, 0, "{}", ran.stderr);
    assert!(ran.stderr.contains("cannot be used"), "{}", ran.stderr);
    let claims = ran.json()["claims"].as_array().unwrap().len();
    assert!(claims > 0, "what was counted of them is still there");
    let ran = world.run("dream sessions --memory memory --in-place --json");
    assert_eq!((ran.status, ran.stderr.as_str()), (0, ""), "told once");
    world.dream("sessions --memory one --in-place");
    assert_eq!(counted(&ran.json()), counted(&world.dream("sessions --memory one --in-place")));
}

#[test]
fn a_tally_that_is_lost_is_counted_again() {
    let world = World::with_sessions();
    world.dream("sessions/monday.jsonl --memory memory --in-place");
    world.dream("sessions/monday.jsonl --memory other --in-place");
    std::fs::remove_file(world.path().join("other/.somnium/tally")).unwrap();
    let kept = world.dream("sessions/tuesday.jsonl --memory memory --in-place");
    let lost = world.dream("sessions/tuesday.jsonl --memory other --in-place");
    assert_eq!(kept["dream"]["id"], lost["dream"]["id"]);
    assert_eq!(counted(&kept), counted(&lost));
    let notes = |memory: &str| world.files(memory).into_iter().map(|(_, bytes)| bytes).collect::<Vec<_>>();
    assert_eq!(notes("memory/notes"), notes("other/notes"));
    assert!(world.path().join("other/.somnium/tally").exists());
    // Without the sessions, too, nothing is known of them, and no note goes for that.
    for gone in ["tally", "sessions"] {
        let gone = world.path().join("other/.somnium").join(gone);
        let _ = std::fs::remove_file(&gone).or_else(|_| std::fs::remove_dir_all(&gone));
    }
    let ran = world.run("dream sessions/tuesday.jsonl --memory other --in-place --json");
    assert!(ran.stderr.contains("cannot be used"), "{}", ran.stderr);
    assert_eq!(ran.json()["retired"], json!([]));
    assert!(world.files("other/notes").len() == 1);
}

#[test]
fn instructions_are_followed_and_what_was_not_understood_is_told() {
    let world = World::with_sessions();
    let ask = |text: &str| {
        world.run_args(&["dream", "sessions", "--memory", "m", "--dry-run", "--instructions", text])
    };
    let ran = ask("ignore post_invoice, focus on submarines");
    assert!(ran.stdout.contains("Followed: “ignore post_invoice”."), "{}", ran.stdout);
    assert!(ran.stdout.contains("Not understood: “submarines”"), "{}", ran.stdout);
    assert!(ran.stdout.contains("asked: “ignore post_invoice”)"), "{}", ran.stdout);
    assert!(!ask("focus on post_invoice").stdout.contains("Not understood"));
}

#[test]
fn sessions_that_are_all_different_get_the_verdict() {
    let world = World::empty();
    let session = |n: usize| {
        let calls: Vec<Value> = (0..6)
            .flat_map(|at| {
                let id = format!("c{at}");
                let call = json!({"role": "assistant", "content": null, "tool_calls": [
                    {"id": id, "type": "function", "function": {"name": format!("tool_{n}_{at}"), "arguments": "{}"}}
                ]});
                [call, json!({"role": "tool", "tool_call_id": id, "content": "done"})]
            })
            .collect();
        format!("{}\n", json!({"session_id": format!("s-{n}"), "record": {"messages": calls}}))
    };
    world.write("walks.jsonl", (0..12).map(session).collect::<String>());
    let ran = world.run("dream walks.jsonl --memory m --dry-run");
    assert!(ran.stdout.contains("Verdict: 0% of segments recur"), "{}", ran.stdout);
    let other = World::with_sessions().run("dream sessions --memory m --dry-run");
    assert!(!other.stdout.contains("Verdict"), "{}", other.stdout);
}
