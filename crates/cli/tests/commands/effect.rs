//! Does a note work? What sessions that were shown it did, and what a session is to be shown.

use serde_json::{Value, json};

use crate::world::{Ran, World};

/// One session with invoices: what it was shown, and whether it makes the mistake.
fn session(n: usize, shown: Option<&str>, stumbles: bool) -> String {
    let call = |id: &str, tool: &str, arguments: &str| {
        json!({"role": "assistant", "content": null, "tool_calls": [
            {"id": id, "type": "function", "function": {"name": tool, "arguments": arguments}}]})
    };
    let answer = |id: &str, text: &str| json!({"role": "tool", "tool_call_id": id, "content": text});
    let invoice = 7_301 + n;
    let mut messages: Vec<Value> = Vec::new();
    if let Some(memory) = shown {
        messages.push(json!({"role": "system", "content": format!("Your memory:\n{memory}")}));
    }
    messages.push(json!({"role": "user", "content": format!("Please post invoice {invoice}.")}));
    let arguments = format!("{{\"invoice\":\"{invoice}\"}}");
    let centre = [call("b", "find_cost_centre", &arguments), answer("b", "{\"cost_centre\": \"K-12\"}")];
    if stumbles {
        messages.push(call("a", "post_invoice", &arguments));
        messages.push(answer("a", &format!("Error: invoice {invoice} has no cost centre")));
    }
    messages.extend(centre);
    messages.push(call(
        "c",
        "post_invoice",
        &format!("{{\"invoice\":\"{invoice}\",\"cost_centre\":\"K-12\"}}"),
    ));
    messages.push(answer("c", "{\"posted\": true}"));
    let line = json!({
        "session_id": format!("books-{n:02}"),
        "domain": "ledger",
        "task_id": format!("post-{}", n % 2),
        "agent": (["north", "south"][n % 2]),
        "principal": (["rosa", "emil", "ines"][n % 3]),
        "created_at": format!("2026-03-{:02}T09:00:00Z", n + 1),
        "record": {"messages": messages},
    });
    format!("{line}\n")
}

/// A memory that a dream wrote a note into after ten sessions, eight of which made its mistake.
fn noted() -> (World, String) {
    let world = World::empty();
    world.write("first/week.jsonl", (0..10).map(|n| session(n, None, n != 3 && n != 8)).collect::<String>());
    let report = world.dream("first --memory memory --in-place");
    let note = report["claims"][0]["id"].as_str().unwrap().to_owned();
    (world, note)
}

/// … and a second week: ten sessions that were shown it, as many of them against it as said; two that were not.
fn second_week(against: usize) -> (World, String) {
    let (world, note) = noted();
    let memory = render(&world, "any", "");
    let shown = (10..20).map(|n| session(n, Some(&memory), n - 10 < against));
    let unshown = (20..22).map(|n| session(n, None, true));
    world.write("second/week.jsonl", shown.chain(unshown).collect::<String>());
    world.dream("second --memory memory --in-place");
    (world, note)
}

fn render(world: &World, session: &str, more: &str) -> String {
    let ran = world.run(&format!("memory render --session {session} {more} --memory memory"));
    assert_eq!(ran.status, 0, "{}", ran.stderr);
    ran.stdout
}

fn effect(world: &World, more: &str) -> Ran {
    let ran = world.run(&format!("memory effect {more} --memory memory"));
    assert_eq!(ran.status, 0, "{}", ran.stderr);
    ran
}

/// Ids hang on the wording of what was counted, dreams on the time.
fn stable(ran: &Ran, note: &str) -> String {
    let shown = ran.shown().replace(note, "m-IDIDID");
    match shown.split_once("drm_") {
        Some((before, rest)) => {
            let rest = rest.trim_start_matches(|c: char| c.is_ascii_hexdigit());
            format!("{before}drm_ID{rest}")
        }
        None => shown,
    }
}

#[test]
fn a_note_that_is_followed_helps() {
    let (world, note) = second_week(1);
    let told = effect(&world, "--json").json();
    let found = told["notes"].as_array().unwrap().iter().find(|found| found["id"] == *note).unwrap();
    assert_eq!(found["triggers"]["sessions"], 12);
    assert_eq!(
        (&found["exposures"]["sessions"], &found["exposures"]["followed"], &found["exposures"]["violated"]),
        (&json!(10), &json!(9), &json!(1))
    );
    assert_eq!(
        (&found["against"]["before"]["without"]["hits"], &found["verdict"]["kind"]),
        (&json!(8), &json!("helps"))
    );
    insta::assert_snapshot!("effect", stable(&effect(&world, ""), &note));
    insta::assert_snapshot!("effect-note", stable(&effect(&world, &note), &note));
}

#[test]
fn a_note_that_is_read_and_broken_has_a_guard_proposed() {
    let (world, note) = second_week(6);
    let told = effect(&world, &format!("{note} --json")).json();
    let found = &told["notes"][0];
    assert_eq!(found["verdict"]["kind"], "read_and_broken");
    assert_eq!(found["guard"]["settings"]["hooks"]["PreToolUse"][0]["matcher"], "post_invoice");
    assert!(effect(&world, &note).stdout.contains("installed nowhere"));
    assert!(effect(&world, "").stdout.contains("A hook is proposed"));
}

#[test]
fn every_note_is_drawn() {
    let (world, note) = second_week(1);
    let ran = effect(&world, "--svg plots");
    assert!(ran.stderr.starts_with("hint: "), "{}", ran.stderr);
    let drawing = world.read(&format!("plots/{note}.svg"));
    assert!(drawing.contains("<title id=\"title\">") && drawing.contains("<desc id=\"desc\">"), "{drawing}");
    assert!(drawing.contains("written") && drawing.contains("2/2"), "{drawing}");
    // Nothing outside is needed to show it, and nothing in it acts.
    let elsewhere = drawing.replace("http://www.w3.org/2000/svg", "");
    assert!(["http", "href", "<script", "@import"].iter().all(|word| !elsewhere.contains(word)));
    // The same again gives the same bytes.
    effect(&world, "--svg again");
    assert_eq!(world.read(&format!("again/{note}.svg")), drawing);
}

#[test]
fn a_memory_without_notes_and_a_block_of_a_person() {
    let world = World::empty();
    world.write("memory/own.md", "### Ask Rosa first  <!-- som:x-own -->\nAlways.\n");
    assert!(effect(&world, "").stdout.contains("Nothing was written by a dream yet"));
    for (note, said) in [("m-nope", "no block `m-nope`"), ("x-own", "was not written by a dream")] {
        let ran = world.run(&format!("memory effect {note} --memory memory"));
        assert_eq!(ran.status, 1);
        assert!(ran.stderr.starts_with("error[SOM020]") && ran.stderr.contains(said), "{}", ran.stderr);
    }
}

#[test]
fn a_held_back_note_is_not_shown_and_everything_else_is() {
    let (world, note) = noted();
    world.write("memory/own.md", "# House\nAlways ask.\n");
    world.write("memory/archive/notes/old.md", "# Old\nGone.\n");
    let all = render(&world, "any", "");
    assert!(all.contains(&note) && all.contains("Always ask.") && !all.contains("Gone."), "{all}");

    let set = world.run("memory hold-back --share 100% --now 2026-03-15 --memory memory --why trial");
    assert_eq!((set.status, set.stderr.as_str()), (0, ""));
    insta::assert_snapshot!(set.stdout, @r"
    100% of the sessions start without a note, since 2026-03-15 00:00, drawn for each of 1 note by
    itself.
    `somnium memory render --session ID` prints what a session is to be shown.
    ");
    let without = render(&world, "any", "");
    assert!(!without.contains(&note) && without.contains("Always ask."), "{without}");
    let told: Value = serde_json::from_str(&render(&world, "any", "--json")).unwrap();
    assert_eq!(told["held_back"], json!([note]));
    render(&world, "any", "--output out");
    assert!(!world.read("out/notes/tools.md").contains(&note));
    assert_eq!(world.run("memory render --session any --output out --memory memory").status, 1);

    let history = world.run("memory history --memory memory").stdout;
    assert!(history.starts_with("set by") && history.contains("trial"), "{history}");
    // What a person pins is shown to everybody.
    world.run(&format!("memory pin {note} --memory memory"));
    assert!(render(&world, "any", "").contains(&note));
    world.run(&format!("memory unpin {note} --memory memory"));
    world.run("memory hold-back --share off --memory memory");
    assert!(render(&world, "any", "").contains(&note));
    world.run("memory undo --memory memory");
    assert!(!render(&world, "any", "").contains(&note));
}

#[test]
fn shares_are_checked_and_the_same_one_again_changes_nothing() {
    let (world, _) = noted();
    for wrong in ["10", "120%", "some"] {
        assert_eq!(world.run(&format!("memory hold-back --share {wrong} --memory memory")).status, 2);
    }
    let off = world.run("memory hold-back --share off --memory memory --json").json();
    assert_eq!((&off["change"], &off["hold_back"]), (&json!(null), &json!([])));
    world.run("memory hold-back --share 20% --now 2026-03-15 --memory memory");
    let before = world.files("memory");
    world.run("memory hold-back --share 20% --memory memory");
    assert_eq!(world.files("memory"), before);
    let earlier = world.run("memory hold-back --share 30% --now 2026-03-01 --memory memory");
    assert!(earlier.stderr.starts_with("error[SOM030]"), "{}", earlier.stderr);
}

/// Half of the sessions start without the note; they are told apart by the hash alone.
#[test]
fn sessions_that_were_held_back_are_compared_with_those_that_were_not() {
    let (world, note) = noted();
    world.run("memory hold-back --share 50% --now 2026-03-10T10:00:00Z --memory memory");
    let mut week = String::new();
    let mut without = 0;
    for n in 10..30 {
        let memory = render(&world, &format!("books-{n:02}"), "");
        let shown = memory.contains(&note);
        without += u64::from(!shown);
        week += &session(n, Some(&memory), !shown);
    }
    assert!((6..=14).contains(&without), "{without} of 20");
    world.write("second/week.jsonl", week);
    world.dream("second --memory memory --in-place");
    let found = effect(&world, &format!("{note} --json")).json()["notes"][0].clone();
    let dealt = &found["dealt"];
    assert_eq!((&dealt["held_back"], &dealt["held_back_shown"]), (&json!(without), &json!(0)));
    assert_eq!((&dealt["given"], &dealt["given_shown"]), (&json!(20 - without), &json!(20 - without)));
    let contrast = &found["against"]["held_back"];
    assert_eq!(contrast["difference"], json!(-1.0));
    assert_eq!(
        (&found["verdict"]["kind"], &found["verdict"]["beside"]),
        (&json!("helps"), &json!("held_back"))
    );
}
