use serde_json::json;

use crate::world::{World, session};

/// Returns a world with the claims of six sessions in `claims.json`, and six other sessions of which four stumble
/// in the same way.
fn dreamt() -> World {
    let world = World::with_sessions();
    let ran = world.run("dream sessions --memory memory --in-place --json");
    world.write("claims.json", &ran.stdout);
    let other = (10..16).map(|n| session(n, n < 14)).collect::<String>();
    world.write("other/week.jsonl", other);
    world
}

#[test]
fn claims_are_looked_for_in_other_sessions() {
    let world = dreamt();
    let found = world.run("eval claims.json other --json").json();
    assert_eq!((&found["sessions"], &found["judged"], &found["cited"]), (&json!(6), &json!(6), &json!(0)));
    let claim = &found["claims"][0];
    assert_eq!(claim["checked"], json!(true));
    assert_eq!(claim["sessions"], json!({"n": 4, "of": 6}));
    assert_eq!(claim["times"], json!(4));
    assert_eq!(found["recurrence"], json!({"n": 1, "of": 1}));
    assert_eq!(found["coverage"]["failing_steps"], json!({"n": 4, "of": 4}));
    assert_eq!(found["skipped"], json!([]));

    let shown = world.run("eval claims.json other");
    assert_eq!(shown.status, 0, "{}", shown.stderr);
    shown.assert_no_control_bytes();
    assert!(shown.stdout.contains("seen again  1 of 1 claims (mistakes 1 of 1)\n"), "{}", shown.stdout);
    assert!(shown.stdout.contains("4 of 4 failing steps"), "{}", shown.stdout);
    assert!(shown.stdout.contains("\n4 of 6"), "{}", shown.stdout);
}

#[test]
fn sessions_without_the_mistake_do_not_show_it() {
    let world = dreamt();
    world.write("smooth/week.jsonl", (20..24).map(|n| session(n, false)).collect::<String>());
    let found = world.run("eval claims.json smooth --json").json();
    assert_eq!(found["recurrence"], json!({"n": 0, "of": 1}));
    assert_eq!(found["claims"][0]["sessions"], json!({"n": 0, "of": 4}));
    assert_eq!(found["claims"][0]["outcome"], json!(null));
}

#[test]
fn claims_come_from_a_report_a_record_or_a_dream() {
    let world = dreamt();
    let of_report = world.run("eval claims.json other --json");
    let id = of_report.json()["dream"].as_str().unwrap().to_owned();
    let of_record = world.run(&format!("eval memory/.somnium/runs/{id}.json other --json"));
    let of_dream = world.run(&format!("eval {} --memory memory other --json", &id[..12]));
    assert_eq!(of_report.json(), of_record.json(), "{}", of_record.stderr);
    assert_eq!(of_report.json(), of_dream.json(), "{}", of_dream.stderr);
}

#[test]
fn sessions_that_the_claims_cite_are_named() {
    let world = dreamt();
    let found = world.run("eval claims.json sessions --json").json();
    assert_eq!(found["cited"], json!(5));
    let shown = world.run("eval claims.json sessions").stdout;
    assert!(shown.contains("5 of these sessions are among the evidence"), "{shown}");
}

#[test]
fn the_next_action_is_foretold_by_what_the_dream_published() {
    let world = dreamt();
    let found = world.run("eval claims.json other --next-action --json").json();
    let next = &found["next_action"];
    // Four sessions of four actions with their answer, two of two.
    assert_eq!(next["first"]["of"], json!(4 * 4 + 2 * 2));
    let (first, usual) = (next["first"]["n"].as_u64().unwrap(), next["commonest"]["n"].as_u64().unwrap());
    assert!(first > usual + 4, "{next}");
    assert!(world.run("eval claims.json other --json").json().get("next_action").is_none());
    let shown = world.run("eval claims.json other --next-action").stdout;
    assert!(shown.contains(&format!("next action named first {first} of 20, among three ")), "{shown}");
}

#[test]
fn what_is_not_a_report_is_refused() {
    let world = dreamt();
    world.write("other.json", "{\"a\": 1}");
    let ran = world.run("eval other.json other");
    assert_eq!(ran.status, 1);
    assert!(
        ran.stderr.starts_with("error[SOM030]: `other.json` does not hold the claims of a dream\n"),
        "{}",
        ran.stderr
    );
    let ran = world.run("eval nowhere.json other");
    assert!(ran.stderr.starts_with("error[SOM002]: `nowhere.json` cannot be read\n"), "{}", ran.stderr);
    let ran = world.run("eval drm_nope --memory memory other");
    assert!(ran.stderr.starts_with("error[SOM020]"), "{}", ran.stderr);
}
