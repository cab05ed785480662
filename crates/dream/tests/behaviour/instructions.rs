//! Instructions without a model.

use serde_json::json;
use somnium_dream::{Dreamt, Instructions};
use somnium_types::Transcript;

use crate::common::*;

/// Three mistakes: of a tool, of `git push`, and of a formatter.
fn world() -> Vec<Transcript> {
    sessions("s", 6, |session, at| {
        session
            .error("open_valve", json!({ "valve": "north" }), "the valve is stuck in its seat")
            .shell("git push", 1, "error: failed to push some refs to the far side")
            .shell(
                &format!("tidyfmt beds/row-{at}.txt"),
                1,
                "beds are not formatted: run the formatter first",
            )
    })
}

fn told(text: &str) -> (Dreamt, Instructions) {
    let mut store = Store::default();
    store.options.instructions = Some(text.to_owned());
    let dreamt = store.dream(&world());
    let instructions = dreamt.report.instructions.clone().expect("there were instructions");
    (dreamt, instructions)
}

/// What is written, by a word of its title.
fn written(dreamt: &Dreamt) -> Vec<&'static str> {
    let has = |word: &&&str| dreamt.report.claims.iter().any(|claim| claim.title.contains(**word));
    ["open_valve", "git push", "formatter"].iter().filter(has).copied().collect()
}

#[test]
fn without_instructions_nothing_is_left_out() {
    let dreamt = dream(&world());
    assert_eq!(written(&dreamt), ["open_valve", "git push", "formatter"], "{:#?}", dreamt.report.claims);
    assert_eq!(dreamt.report.instructions, None);
}

#[test]
fn what_is_to_be_ignored_is_left_out_and_says_so() {
    for text in ["ignore git", "Ignore `git push`.", "nothing about git, please", "skip git commands"] {
        let (dreamt, instructions) = told(text);
        assert_eq!(written(&dreamt), ["open_valve", "formatter"], "{text}");
        assert_eq!(instructions.understood.len(), 1, "{text}: {instructions:?}");
        let whys: Vec<_> = near_misses(&dreamt, "git push").iter().map(|miss| miss.why.clone()).collect();
        assert!(whys.iter().any(|why| why.starts_with("left out as asked: “")), "{text}: {whys:?}");
    }
}

#[test]
fn only_leaves_out_all_others() {
    assert_eq!(written(&told("only git").0), ["git push"]);
    assert_eq!(written(&told("just open_valve and git").0), ["open_valve", "git push"]);
    assert_eq!(written(&told("mistakes only").0), ["open_valve", "git push", "formatter"]);
    assert_eq!(written(&told("only mistakes, no git").0), ["open_valve", "formatter"]);
    assert!(written(&told("only preferences").0).is_empty());
    assert!(written(&told("no mistakes").0).is_empty());
}

#[test]
fn a_focus_comes_first_and_the_others_stay() {
    for (text, tool) in [("focus on git", "git push"), ("Prioritise open_valve!", "open_valve")] {
        let (dreamt, instructions) = told(text);
        assert!(dreamt.report.claims[0].title.contains(tool), "{text}");
        assert_eq!(written(&dreamt).len(), 3);
        assert_eq!(instructions.ignored, Vec::<String>::new());
    }
}

#[test]
fn topics_and_paths_are_names_too() {
    assert_eq!(written(&told("ignore notes/tools.md").0), ["git push", "formatter"]);
    assert_eq!(written(&told("only shell").0), ["git push", "formatter"]);
}

#[test]
fn what_names_nothing_known_is_listed_and_changes_nothing() {
    let (dreamt, instructions) = told("focus on submarines, ignore git; be kind");
    assert_eq!(instructions.understood, ["ignore git"]);
    assert_eq!(instructions.ignored, ["submarines", "be", "kind"]);
    assert_eq!(written(&dreamt), ["open_valve", "formatter"]);
    assert_eq!(dream(&world()).memory, told("write like a pirate").0.memory);
}

#[test]
fn instructions_are_part_of_what_a_dream_is() {
    assert_ne!(told("ignore git").0.report.dream.id, told("focus on git").0.report.dream.id);
}

#[test]
fn what_was_written_stays_when_a_later_dream_is_told_to_ignore_it() {
    let mut store = Store::default();
    store.dream(&world());
    let blocks = store.prior.memory.blocks().len();
    store.options.instructions = Some("ignore git".to_owned());
    for _ in 0..3 {
        let dreamt = store.dream(&quiet(12));
        assert_eq!((dreamt.memory.blocks().len(), dreamt.report.retired.len()), (blocks, 0));
        assert!(!dreamt.memory.index_text().unwrap().contains("git push"));
    }
}
