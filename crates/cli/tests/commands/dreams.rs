use serde_json::json;

use crate::world::{World, replace_between, session, without_wording};

/// Returns a world whose memory was dreamt on once, in place, and the id of the block that was written.
fn dreamt() -> (World, String) {
    let world = World::with_sessions();
    let report = world.dream("sessions --memory memory --in-place");
    let block = report["claims"][0]["id"].as_str().unwrap().to_owned();
    (world, block)
}

fn id(world: &World) -> String {
    let listed = world.run("dreams list --memory memory --json").json();
    listed["dreams"][0]["id"].as_str().unwrap().to_owned()
}

#[test]
fn list_names_every_dream() {
    let (world, _) = dreamt();
    let ran = world.run("dreams list --memory memory");
    insta::assert_snapshot!(ran.shown().replace(&id(&world), "drm_ID"), @r"
    drm_ID  2026-03-06 09:00  in place
      6 sessions, 1 note; 1 block added
    --- status 0
    ");
    let listed = world.run("dreams list --memory memory --json").json();
    assert_eq!(listed["dreams"][0]["publication"], "in_place");
    assert_eq!(listed["dreams"][0]["undone"], json!(false));
    assert_eq!(listed["dreams"][0]["status"], "completed");
}

#[test]
fn show_prints_the_record() {
    let (world, _) = dreamt();
    let id = id(&world);
    let ran = world.run("dreams show --memory memory");
    let by_start = world.run(&format!("dreams show {} --memory memory --json", &id[..12])).json();
    assert_eq!(by_start["report"]["dream"]["id"], id.as_str());
    let shown = replace_between(&ran.shown(), "\n\nStages: ", "\n\nLearnt: ", "[…]");
    insta::assert_snapshot!("dreams-show", without_wording(&shown, &by_start["report"]));
    assert_eq!(by_start["inputs"]["sessions"], 6);
    assert!(by_start["diff"].as_str().unwrap().starts_with("diff --git a/MEMORY.md"));

    let unknown = world.run("dreams show drm_nope --memory memory");
    assert_eq!(unknown.status, 1);
    assert!(
        unknown.stderr.starts_with("error[SOM020]: no dream `drm_nope` in `memory`\n"),
        "{}",
        unknown.stderr
    );
}

#[test]
fn explain_gives_counts_evidence_and_history() {
    let (world, block) = dreamt();
    let ran = world.run(&format!("dreams explain {block} --memory memory"));
    let record = world.run("dreams show --memory memory --json").json();
    insta::assert_snapshot!("dreams-explain", without_wording(&ran.shown(), &record["report"]));
    let explained = world.run(&format!("dreams explain som:{block} --memory memory --json")).json();
    assert_eq!((&explained["owner"], &explained["claim"]["id"]), (&json!("ours"), &json!(block)));
    assert!(!explained["claim"]["evidence"].as_array().unwrap().is_empty());
}

#[test]
fn evidence_points_to_the_event_that_sessions_show_numbers() {
    let (world, block) = dreamt();
    let explained = world.run(&format!("dreams explain {block} --memory memory --json")).json();
    for place in explained["claim"]["evidence"].as_array().unwrap() {
        let (session, quote) = (place["session_id"].as_str().unwrap(), place["quote"].as_str().unwrap());
        let shown = ["monday", "tuesday"].iter().find_map(|file| {
            let ran = world.run(&format!("sessions show sessions/{file}.jsonl --session {session} --json"));
            (ran.status == 0).then(|| ran.json())
        });
        let event = &shown.unwrap()["events"][place["event_index"].as_u64().unwrap() as usize]["body"];
        let said = event["text"].as_str().map_or_else(|| event.to_string(), str::to_owned);
        let word = quote.split_whitespace().last().unwrap().trim_matches(|c: char| !c.is_alphanumeric());
        assert!(said.contains(word), "{quote} is not in {said}");
    }
}

#[test]
fn explain_says_who_wrote_a_block_and_refuses_unknown_ones() {
    let (world, block) = dreamt();
    world.write("memory/own.md", "### Ask Rosa first  <!-- som:x-own -->\nAlways.\n");
    let own = world.run("dreams explain x-own --memory memory");
    assert!(own.stdout.contains("written or changed by a person"), "{}", own.stdout);
    let path = "memory/notes/tools.md";
    let file = if world.path().join(path).exists() { path.to_owned() } else { note_file(&world, &block) };
    let edited = world.read(&file).replace("find_cost_centre", "find_cost_centre2");
    world.write(&file, edited);
    let edited = world.run(&format!("dreams explain {block} --memory memory --json")).json();
    assert_eq!(edited["owner"], "person");
    let unknown = world.run("dreams explain m-nope --memory memory");
    assert_eq!((unknown.status, unknown.stdout.as_str()), (1, ""));
    assert!(
        unknown.stderr.starts_with("error[SOM020]: no block `m-nope` in `memory`\n"),
        "{}",
        unknown.stderr
    );
}

fn note_file(world: &World, block: &str) -> String {
    let marker = format!("<!-- som:{block} -->");
    let holds = |bytes: &[u8]| String::from_utf8_lossy(bytes).contains(&marker);
    let (path, _) = world.files("memory/notes").into_iter().find(|(_, bytes)| holds(bytes)).unwrap();
    path.to_str().unwrap().to_owned()
}

#[test]
fn why_not_tells_learnt_from_refused_from_never_seen() {
    let world = World::empty();
    // Two sessions of one agent, one task and one day: counted, and below the gate.
    let first = session(0, true);
    world.write("sessions/two.jsonl", first.replace("books-0", "books-9") + &first);
    world.dream("sessions --memory memory --in-place");
    let refused = world.run("dreams why-not COST Centre --memory memory");
    assert!(refused.stdout.starts_with("Not learnt: "), "{}", refused.stdout);
    assert!(refused.stdout.contains("\n  because: "), "{}", refused.stdout);
    let never = world.run("dreams why-not zebra --memory memory");
    assert_eq!(never.stdout, "Nothing like that was seen in the sessions of the latest dream.\n");

    let (world, block) = dreamt();
    let learnt = world.run("dreams why-not cost centre --memory memory --json").json();
    assert_eq!(learnt["learnt"][0]["id"], block.as_str());
}

#[test]
fn undo_is_refused_where_it_would_lose_something() {
    let (world, block) = dreamt();
    let file = note_file(&world, &block);
    let mut edited = world.read(&file);
    edited.push_str("\nA person's line.\n");
    world.write(&file, &edited);
    let refused = world.run("dreams undo --memory memory");
    assert_eq!(refused.status, 1);
    assert!(refused.stderr.starts_with("error[SOM021]: "), "{}", refused.stderr);
    assert_eq!(world.read(&file), edited);

    let none = World::empty();
    none.write("memory/MEMORY.md", "# Mine\n");
    let nothing = none.run("dreams undo --memory memory");
    assert_eq!(nothing.status, 1);
    assert!(
        nothing.stderr.starts_with("error[SOM020]: no dream was published to `memory`\nhint: "),
        "{}",
        nothing.stderr
    );
}

#[test]
fn an_undone_dream_is_marked() {
    let (world, _) = dreamt();
    let undone = world.run("dreams undo --memory memory --json").json();
    assert_eq!(undone["undone"], id(&world).as_str());
    assert!(!undone["files"].as_array().unwrap().is_empty());
    assert!(world.run("dreams list --memory memory").stdout.contains("undone"));
    assert_eq!(world.run("dreams undo --memory memory").status, 1);
}
