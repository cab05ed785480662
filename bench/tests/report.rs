//! The report on the example sessions, and the checks of notes against sessions that were tampered with.

use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::Value;
use somnium_bench::data::{find, load};
use somnium_bench::metric::{invariance, provenance};
use somnium_bench::mining::dream_of;
use somnium_dream::{Dreamt, Options};

fn examples() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../examples/sessions")
}

fn dreamt() -> (Dreamt, Vec<PathBuf>) {
    let sets = find(Some(&examples())).expect("the examples are there").sets;
    let sessions: Vec<_> = sets.iter().flat_map(|set| load(set).sessions).collect();
    let files = sets.into_iter().flat_map(|set| set.files).collect();
    (dream_of(&sessions.iter().collect::<Vec<_>>(), &Options::default()).expect("the engine dreams"), files)
}

#[test]
fn the_report_runs_on_the_examples() {
    let folder = tempfile::tempdir().unwrap();
    let json = folder.path().join("report.json");
    let output = Command::new(env!("CARGO_BIN_EXE_somnium-bench"))
        .args(["report", "--seeds", "1", "--sizes", "30,60", "--data"])
        .arg(examples())
        .arg("--json")
        .arg(&json)
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let table = String::from_utf8(output.stdout).unwrap();
    let report: Value = serde_json::from_slice(&std::fs::read(json).unwrap()).unwrap();
    let figures = report["figures"].as_array().unwrap();
    for id in ["M1", "M3", "M6", "M8", "M12", "M14", "M15"] {
        assert!(table.contains(&format!("| {id} ")), "no row of {id} in\n{table}");
        let valued = |figure: &&Value| figure["id"] == id && (figure["value"].is_number() || id == "M3");
        assert!(figures.iter().any(|figure| valued(&figure)), "no value of {id}");
    }
    // What cannot be measured here has a row that says so.
    assert!(
        table.contains("| M16 ") && table.contains("skipped: the sessions with labelled mistakes"),
        "{table}"
    );
    let met = |id: &str| {
        figures.iter().filter(|figure| figure["id"] == id).all(|figure| figure["met"] != Value::Bool(false))
    };
    assert!(met("M8"), "order changes something:\n{table}");
    assert!(met("M12"), "a note says something that was not seen:\n{table}");
}

#[test]
fn a_note_that_was_tampered_with_is_found_out() {
    let (dreamt, files) = dreamt();
    let sources = provenance::sources(&files, &provenance::cited(&dreamt));
    let sound = provenance::measure(&dreamt, &sources).unwrap();
    assert_eq!(sound.share(), Some(1.0), "{:?}", sound.problems);
    assert_eq!(sound.found_out(), Some(1.0), "{:?}", sound.tampered);
    assert!(sound.tampered.len() >= 6, "{:?}", sound.tampered);

    let mut tampered = dreamt.clone();
    tampered.report.claims[0].text.push_str(" Ask the wizard.");
    let found = provenance::measure(&tampered, &sources).unwrap();
    assert_eq!(found.problems.len(), 1);
    assert!(found.problems.values().all(|problem| problem.contains("wizard")), "{:?}", found.problems);

    let nowhere = provenance::Sources::new();
    assert_eq!(provenance::measure(&dreamt, &nowhere).unwrap().sound, 0);
}

#[test]
fn the_order_of_sessions_changes_nothing_and_an_event_does() {
    let files =
        find(Some(&examples())).unwrap().sets.into_iter().flat_map(|set| set.files).collect::<Vec<_>>();
    let scratch = tempfile::tempdir().unwrap();
    let result = invariance::measure(&files, scratch.path()).unwrap();
    let (identical, all) = result.identical();
    assert!(all >= 20);
    assert_eq!(identical, all, "{:?}", result.digests);
    assert_eq!(result.controls_that_differ(), (2, 2), "{:?}", result.controls);
}
