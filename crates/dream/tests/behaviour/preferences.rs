//! What people want, again and again: for whom it holds, and what never becomes a preference.

use somnium_dream::{ClaimKind, ClaimState, Dreamt, PreferenceSignature, ReportedClaim, Scope, Signature};
use somnium_types::{Origin, Transcript};

use crate::common::*;

/// One session a saying: who says what to an agent that had done something.
fn said(sayings: &[(&str, &str)]) -> Vec<Transcript> {
    sessions("talk", sayings.len(), |session, at| {
        let (who, words) = sayings[at];
        let session = if who.is_empty() { session } else { session.principal(who) };
        session.user("Look at the order of the day.").says("Here it is.").user(words)
    })
}

/// The same words by each of these people.
fn by<'a>(people: &[&'a str], words: &'a str) -> Vec<(&'a str, &'a str)> {
    people.iter().map(|who| (*who, words)).collect()
}

fn preferences(dreamt: &Dreamt) -> Vec<&ReportedClaim> {
    dreamt.report.claims.iter().filter(|claim| claim.kind == ClaimKind::Preference).collect()
}

fn only(dreamt: &Dreamt) -> &ReportedClaim {
    match preferences(dreamt)[..] {
        [claim] => claim,
        ref all => panic!("{} preferences: {all:#?}\n{:#?}", all.len(), dreamt.report.near_misses),
    }
}

fn signature(claim: &ReportedClaim) -> &PreferenceSignature {
    let Signature::Preference(signature) = &claim.signature else {
        panic!("not a preference: {}", claim.title)
    };
    signature
}

fn assert_none(sessions: &[Transcript]) {
    let dreamt = dream(sessions);
    assert!(preferences(&dreamt).is_empty(), "{:#?}", preferences(&dreamt));
}

const RULE: &str = "Always put the delivery date into the subject line.";

#[test]
fn what_three_people_say_firmly_is_the_teams_preference() {
    let sessions = said(&by(&["ada", "bo", "cy"], RULE));
    let dreamt = dream(&sessions);
    let claim = only(&dreamt);
    assert_eq!((claim.scope, claim.path.as_str()), (Scope::Team, "/team/preferences.md"));
    assert!(claim.state >= ClaimState::Probation);
    assert_eq!(claim.title, format!("“{}”", RULE.trim_end_matches('.')));
    assert!(claim.text.contains("3 people"), "{}", claim.text);
    assert_eq!((signature(claim).principals, signature(claim).sessions), (3, 3));
    assert_evidence(&dreamt, &sessions);
    assert!(foreign_words(&dreamt).is_empty(), "{:?}", foreign_words(&dreamt));
}

#[test]
fn two_people_are_no_team_and_one_loud_person_is_none_either() {
    assert_none(&said(&by(&["ada", "bo", "ada", "bo"], RULE)));
    let mut loud = by(&["ada"; 9], RULE);
    loud.extend([("bo", "Thanks a lot."), ("cy", "Thanks a lot.")]);
    let dreamt = dream(&said(&loud));
    assert!(preferences(&dreamt).is_empty());
    let miss = near_misses(&dreamt, "delivery date");
    assert!(
        miss.iter().any(|miss| miss.why.contains("1 of the 3 people")),
        "{:#?}",
        dreamt.report.near_misses
    );
}

#[test]
fn in_a_store_of_ones_own_three_sessions_are_enough_and_stay_with_the_user() {
    for who in ["ada", ""] {
        let dreamt = dream(&said(&by(&[who; 4], RULE)));
        let claim = only(&dreamt);
        assert_eq!((claim.scope, claim.path.as_str()), (Scope::User, "/user/preferences.md"));
        assert_none(&said(&by(&[who; 2], RULE)));
    }
    // However many sessions: who is not known is one person at most.
    assert_eq!(only(&dream(&said(&by(&[""; 30], RULE)))).scope, Scope::User);
}

#[test]
fn many_people_or_many_teams_make_it_everybodys() {
    let people = ["a", "b", "c", "d", "e", "f", "g", "h"];
    assert_eq!(only(&dream(&said(&by(&people, RULE)))).scope, Scope::Fleet);
    assert_eq!(only(&dream(&said(&by(&people[..7], RULE)))).scope, Scope::Team);
    let mut sessions = said(&by(&["ada", "bo", "cy"], RULE));
    for (session, team) in sessions.iter_mut().zip(["red", "green", "blue"]) {
        session.team = Some(team.into());
    }
    assert_eq!(only(&dream(&sessions)).scope, Scope::Fleet);
}

#[test]
fn other_words_for_the_same_thing_are_one_preference() {
    let dreamt = dream(&said(&[
        ("ada", "Please put the summary table first."),
        ("bo", "No, the summary table has to come first."),
        ("cy", "Start the document with the summary table."),
        ("di", "The summary table belongs at the front."),
    ]));
    let claim = only(&dreamt);
    let found = signature(claim);
    assert_eq!((found.attribute.as_str(), found.value.as_str(), found.principals), ("position", "first", 4));
    assert_eq!(found.situation, "summary table");
}

#[test]
fn a_minority_is_listed_not_hidden() {
    let mut sayings = by(&["ada", "bo", "cy"], "Please put the summary table first.");
    sayings.push(("di", "The summary table should come last."));
    let dreamt = dream(&said(&sayings));
    let claim = only(&dreamt);
    assert_eq!(signature(claim).dissent.len(), 1);
    assert_eq!(
        (signature(claim).dissent[0].value.as_str(), signature(claim).dissent[0].principals),
        ("last", 1)
    );
    assert!(claim.text.contains("“The summary table should come last”"), "{}", claim.text);
}

#[test]
fn two_sides_that_both_are_many_are_a_conflict() {
    let mut sayings = by(&["ada", "bo", "cy"], "Please put the summary table first.");
    sayings.extend(by(&["di", "ed", "flo"], "Please put the summary table at the end."));
    let dreamt = dream(&said(&sayings));
    let claim = only(&dreamt);
    assert_eq!((claim.state, claim.path.as_str()), (ClaimState::Conflict, "/conflicts.md"));
    for side in ["first", "at the end"] {
        assert!(claim.title.contains(side), "{}", claim.title);
    }
}

#[test]
fn without_a_clear_majority_nothing_is_published() {
    let mut sayings = by(&["ada", "bo", "cy"], "Please put the summary table first.");
    sayings.extend([
        ("di", "Please put the summary table at the end."),
        ("ed", "Please put the summary table at the end."),
        ("flo", "Never put the summary table first."),
    ]);
    assert_none(&said(&sayings));
}

#[test]
fn everybody_follows_their_own_latest_word() {
    let mut sayings = by(&["ada", "bo", "cy"], "Send it to the client as PDF, please.");
    sayings.extend(by(&["ada", "bo", "cy"], "From now on clients get the Word file instead of a PDF."));
    let dreamt = dream(&said(&sayings));
    let claim = only(&dreamt);
    assert_eq!((signature(claim).value.as_str(), signature(claim).dissent.len()), ("word", 0));
    assert!(claim.text.contains("Before that, wanted by 3 people"), "{}", claim.text);
}

#[test]
fn what_is_not_a_persons_own_word_is_no_preference() {
    // The control: the same words, said.
    assert_eq!(preferences(&dream(&said(&by(&["ada", "bo", "cy", "di"], RULE)))).len(), 1);
    let pasted = [
        format!("> {RULE}"),
        format!("```\n{RULE}\n```"),
        format!("The page says: {RULE}"),
        format!("I got this feedback:\n\n{RULE}"),
        format!("“{RULE}”"),
        format!("# Plan\n\n## House rules\n\n{RULE}"),
        format!("{}\n{RULE}", "Water runs downhill. ".repeat(80)),
    ];
    for words in &pasted {
        assert_none(&said(&by(&["ada", "bo", "cy", "di"], words)));
    }
    for origin in [Origin::Web, Origin::Tool, Origin::Agent, Origin::System] {
        let of = |session: Session, at: usize| {
            session.principal(["ada", "bo", "cy", "di"][at]).user(RULE).from(origin)
        };
        assert_none(&sessions("other", 4, of));
    }
    let agent = |session: Session, at: usize| session.principal(["ada", "bo", "cy", "di"][at]).says(RULE);
    assert_none(&sessions("agent", 4, agent));
    let tool = |session: Session, at: usize| {
        session.principal(["ada", "bo", "cy", "di"][at]).ok("fetch", serde_json::json!({}), RULE)
    };
    assert_none(&sessions("tool", 4, tool));
}

#[test]
fn requests_for_work_are_no_preferences_however_often() {
    let people = ["ada", "bo", "cy", "di"];
    for words in [
        "fix the tests",
        "commit this",
        "yes please",
        "continue",
        "can you review the changes in this branch?",
        "please run the linter again",
        "why is the summary table at the end?",
        "The build always fails on Mondays.",
        "I need to get excellent internet speed.",
    ] {
        assert_none(&said(&by(&[people, people].concat(), words)));
    }
}

#[test]
fn what_is_only_asked_in_passing_has_to_be_asked_again() {
    let people = ["ada", "bo", "cy"];
    assert_none(&said(&by(&people, "can you add a test for this?")));
    let again = said(&by(&[people, people].concat(), "can you add a test for this?"));
    let dreamt = dream(&again);
    assert_eq!(only(&dreamt).title, "“add a test for this”");
}

#[test]
fn who_names_the_occasion_does_not_ask_in_passing() {
    let people = ["ada", "bo", "cy"];
    let dreamt = dream(&said(&by(&people, "Please use crayons for garden plans.")));
    assert_eq!(signature(only(&dreamt)).value, "crayons");
    assert_none(&said(&by(&people, "Please use crayons for this.")));
    assert_none(&said(&by(&people[..2], "Please use crayons for garden plans.")));
}

#[test]
fn what_two_clauses_say_together_counts() {
    let rule = "Use crayons for garden plans, not ink.";
    for other in [
        "Please change that to crayons; we never use ink for garden plans.",
        "Not ink. Garden plans should use crayons.",
    ] {
        let dreamt = dream(&said(&[("ada", rule), ("bo", rule), ("cy", other)]));
        let claim = only(&dreamt);
        assert_eq!((signature(claim).value.as_str(), signature(claim).principals), ("crayons", 3), "{other}");
    }
}

#[test]
fn what_only_is_not_wanted_is_said_so() {
    let sessions = said(&by(&["ada", "bo", "cy"], "We never use red ink in garden plans."));
    let dreamt = dream(&sessions);
    assert_eq!(signature(only(&dreamt)).value, "not red ink");
}

#[test]
fn two_alternatives_are_no_subject() {
    let mut sayings = by(&["ada", "bo", "cy"], "Use `inky` for garden plans, not `chalky`.");
    sayings.extend(by(&["ada", "bo", "cy"], "I said `chalky` for garden plans, not `inky`."));
    let dreamt = dream(&said(&sayings));
    let signature = signature(only(&dreamt));
    assert!(signature.value.contains("chalky") && !signature.value.contains("inky"), "{signature:?}");
    assert_eq!(signature.given_up.len(), 1, "{signature:?}");
}

#[test]
fn a_long_text_that_is_the_same_everywhere_comes_from_a_tool() {
    let words = format!(
        "{RULE} We like it that way, and you will like it as well, because the post is read by many people."
    );
    let people = ["ada", "bo", "cy", "di"];
    assert_none(&said(&by(&people, &words)));
    let own = ["one", "two", "three", "four"].map(|which| format!("{words} My case number {which}."));
    let sayings: Vec<(&str, &str)> = people.into_iter().zip(own.iter().map(String::as_str)).collect();
    assert_eq!(preferences(&dream(&said(&sayings))).len(), 1);
}

#[test]
fn other_languages_are_read_by_their_own_tables() {
    let dreamt = dream(&said(&[
        ("ada", "Bitte die Übersichtstabelle immer an den Anfang."),
        ("bo", "Die Übersichtstabelle gehört ganz nach oben."),
        ("cy", "Setz bitte die Übersichtstabelle an den Anfang."),
        ("di", "Die Übersichtstabelle bitte ans Ende."),
    ]));
    let claim = only(&dreamt);
    assert_eq!((signature(claim).attribute.as_str(), signature(claim).value.as_str()), ("position", "first"));
    assert_eq!((signature(claim).principals, signature(claim).dissent.len()), (3, 1));
}

#[test]
fn names_of_machines_are_kept_apart() {
    let mut sayings = by(&["ada", "bo", "cy", "di"], "For Python tests always use `pytest -q`.");
    sayings.push(("ed", "For Python tests always use `nose2`."));
    let claim = &dream(&said(&sayings));
    let claim = only(claim);
    assert_eq!(signature(claim).principals, 4, "{claim:#?}");
    assert_eq!(signature(claim).dissent.len(), 1);
    let rule = dream(&said(&by(&["ada", "bo", "cy"], "deploys go through rel.sh")));
    assert_eq!(only(&rule).title, "“deploys go through rel.sh”");
}

#[test]
fn the_order_of_sessions_changes_nothing() {
    let mut sessions = said(&[
        ("ada", "Please put the summary table first."),
        ("bo", "No, the summary table has to come first."),
        ("cy", "Start the document with the summary table."),
        ("di", "The summary table should come last."),
        ("ed", RULE),
    ]);
    let first = bytes(&dream(&sessions));
    sessions.reverse();
    assert_eq!(bytes(&dream(&sessions)), first);
    sessions.rotate_left(2);
    assert_eq!(bytes(&dream(&sessions)), first);
}

#[test]
fn a_session_that_was_resumed_says_everything_once() {
    let resumed = |same: bool| {
        sessions("resumed", 4, |session, at| {
            let session = session.principal("ada").user(RULE);
            let about = if same { 0 } else { at };
            (0..3).fold(session, |session, call| {
                session.ok("read", serde_json::json!({ "page": about * 10 + call }), "a page")
            })
        })
    };
    assert_none(&resumed(true));
    assert_eq!(preferences(&dream(&resumed(false))).len(), 1);
}

#[test]
fn one_wish_that_names_two_attributes_is_one_preference() {
    let dreamt = dream(&said(&by(&["ada", "bo", "cy"], "Always use short bullet points for feature flags.")));
    assert_eq!(only(&dreamt).title, "“Always use short bullet points for feature flags”");
}
