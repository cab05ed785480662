//! The metric code on hand-made sessions of known recall, precision and lift, each with a control that must
//! come out differently.

use std::collections::BTreeSet;

use somnium_bench::baseline::{Baseline, failing};
use somnium_bench::data::Loaded;
use somnium_bench::metric::lift;
use somnium_bench::metric::signatures::{Method, Tally, measure};
use somnium_bench::mining::{Published, Signature};
use somnium_bench::split::{Split, task_of};
use somnium_dream::{Class, Failure, Normalised, Quote, Span, Step, classify, mask};
use somnium_types::{Outcome, OutcomeSource, sha256_hex};

/// A session of `task` whose steps are (tool, what it says); a step that says nothing went well.
fn session(id: &str, task: &str, failed: Option<bool>, steps: &[(&str, &str)]) -> Normalised {
    let step = |(at, (tool, line)): (usize, &(&str, &str))| {
        let span = Span { event: at as u32, start: 0, end: 0, sha256: sha256_hex(b"") };
        let failure = (!line.is_empty()).then(|| Failure {
            class: classify(line).unwrap_or(Class::Other),
            message: classify(line).unwrap_or(Class::Other),
            line: (*line).to_owned(),
            masked: mask(line),
            span: span.clone(),
            external: false,
        });
        Step {
            call: at as u32,
            result: Some(at as u32),
            thread: 0,
            tool: (*tool).to_owned(),
            is_shell: false,
            programs: Vec::new(),
            args: Vec::new(),
            facts: Vec::new(),
            quote: Some(Quote { span, text: format!("{tool} {{}}") }),
            answer: None,
            fingerprint: at as u64,
            ok: failure.is_none(),
            failure: failure.map(Box::new),
            chars: 10,
            at: None,
            action: vec![(*tool).to_owned()],
        }
    };
    Normalised {
        id: id.into(),
        content_hash: sha256_hex(id.as_bytes()),
        agent: "tester".into(),
        principal: None,
        team: None,
        project: None,
        task: Some(task.into()),
        started_at: None,
        ended_at: None,
        outcome: failed.map(|failed| Outcome::new(!failed, OutcomeSource::Reward)),
        events: steps.len() as u32,
        steps: steps.iter().enumerate().map(step).collect(),
        turns: Vec::new(),
        exposed: Vec::new(),
        written: Vec::new(),
    }
}

fn template(tool: &str, line: &str) -> Signature {
    let class = classify(line).unwrap_or(Class::Other);
    Signature { tool: tool.to_owned(), class, program: None, template: Some(mask(line)) }
}

const TAKEN: &str = "berth 12 is already in use by somebody";
const LOST: &str = "buoy 7 not found in the register";

#[test]
fn recall_counts_steps_and_precision_counts_signatures() {
    let sessions = [
        session("a", "t1", None, &[("moor", TAKEN), ("moor", TAKEN), ("find", LOST)]),
        session("b", "t2", None, &[("moor", "berth 99 is already in use by somebody"), ("sail", TAKEN)]),
    ];
    let test = failing(&sessions.iter().collect::<Vec<_>>());
    let mined: BTreeSet<Signature> =
        [template("moor", TAKEN), template("find", "that harbour does not exist anywhere")].into();
    let tally = Tally::of(&mined, &test);
    // Three of five steps are moor's; `sail` says the same, but is another tool.
    assert_eq!(tally.recall(), Some(0.6));
    assert_eq!(tally.precision(), Some(0.5));
    let classes: BTreeSet<Signature> = mined.iter().map(Signature::class_level).collect();
    assert_eq!(
        Tally::of(&classes, &test).recall(),
        Some(0.8),
        "any message of the class counts at class level"
    );
    let nothing = Tally::of(&BTreeSet::new(), &test);
    assert_eq!((nothing.recall(), nothing.precision()), (Some(0.0), None));
}

#[test]
fn a_wildcard_matches_any_one_token_and_no_fewer() {
    let mined: BTreeSet<Signature> = [template("moor", TAKEN)].into();
    let recall = |line: &str| {
        let sessions = [session("a", "t1", None, &[("moor", line)])];
        Tally::of(&mined, &failing(&sessions.iter().collect::<Vec<_>>())).recall()
    };
    assert_eq!(recall("berth B9 is already in use by somebody"), Some(1.0));
    assert_eq!(recall("berth is already in use by somebody"), Some(0.0));
}

#[test]
fn baselines_mine_what_enough_sessions_share() {
    let line = |n: usize| format!("berth {n} is already in use by somebody");
    let fit: Vec<Normalised> = (0..3)
        .map(|n| {
            session(&format!("f{n}"), "t1", None, &[("moor", &line(n)), ("moor", "engine is too hot now")])
        })
        .collect();
    let test = [session("x", "t2", None, &[("moor", &line(9)), ("moor", "engine is too hot now")])];
    let (fit, test) = (failing(&fit.iter().collect::<Vec<_>>()), failing(&test.iter().collect::<Vec<_>>()));
    let judged = |baseline: Baseline, gate: usize| {
        let tally = Tally::of_names(&fit, &test, &baseline.name_steps(&fit, &test), gate);
        (tally.recall(), tally.precision())
    };
    // Raw lines differ in the berth's number; masks and trees see past it.
    assert_eq!(judged(Baseline::RawLine, 3), (Some(0.5), Some(1.0)));
    assert_eq!(judged(Baseline::MaskedLine, 3), (Some(1.0), Some(1.0)));
    assert_eq!(judged(Baseline::DrainTree, 3), (Some(1.0), Some(1.0)));
    assert_eq!(judged(Baseline::ToolClass, 3), (Some(1.0), Some(1.0)));
    for baseline in Baseline::ALL {
        assert_eq!(
            judged(baseline, 4),
            (Some(0.0), None),
            "{}: no four sessions share anything",
            baseline.name()
        );
    }
}

#[test]
fn halves_share_no_task_and_swap() {
    let sessions: Vec<Normalised> =
        (0..60).map(|n| session(&format!("s{n}"), &format!("t{}", n % 20), None, &[])).collect();
    for seed in 0..5 {
        let tasks = |half: &[&Normalised]| -> BTreeSet<String> {
            half.iter().map(|session| task_of(session).to_owned()).collect()
        };
        let (fit, test) = Split { seed, mined: true }.cut(&sessions);
        assert!(!fit.is_empty() && !test.is_empty());
        assert!(tasks(&fit).is_disjoint(&tasks(&test)));
        let (other_fit, _) = Split { seed, mined: false }.cut(&sessions);
        assert_eq!(tasks(&other_fit), tasks(&test));
    }
}

fn set(sessions: Vec<Normalised>) -> Loaded {
    Loaded { name: "made".to_owned(), sessions, reports: Vec::new() }
}

#[test]
fn the_engine_finds_what_recurs_everywhere_and_not_what_happens_once() {
    let recurring = (0..40).map(|n| {
        let line = format!("berth {n} is already in use by somebody");
        session(&format!("s{n}"), &format!("t{n}"), None, &[("moor", &line)])
    });
    let result = measure(&set(recurring.collect()), &Split::all(0..2)).unwrap();
    let tally = &result.tallies[&(Method::PublishedTemplate, 3)];
    assert_eq!((tally.recall(), tally.precision()), (Some(1.0), Some(1.0)));
    let raw = &result.tallies[&(Method::Baseline(Baseline::RawLine), 3)];
    assert_eq!((raw.recall(), raw.precision()), (Some(0.0), None));
    assert!(result.missed.is_empty());

    let words = ["mast", "sail", "rope", "hull", "keel", "deck", "bow", "stern", "helm", "oar"];
    let once = words.iter().enumerate().map(|(n, word)| {
        let tool = format!("tool_{word}");
        // No two say the same, and no table knows what it means.
        session(&format!("s{n}"), &format!("t{n}"), None, &[(&tool, &format!("{word} {word}ing {word}s"))])
    });
    let result = measure(&set(once.collect()), &Split::all(0..2)).unwrap();
    let tally = &result.tallies[&(Method::PublishedClass, 3)];
    assert_eq!((tally.recall(), tally.precision()), (Some(0.0), None));
    assert!(!result.missed.is_empty());
}

/// Forty sessions that call `moor`, half of which fail; of the first `bad` that fail and the first `good`
/// that do not, each shows the mistake.
fn judged(bad: usize, good: usize) -> Vec<Normalised> {
    (0..40)
        .map(|n| {
            let failed = n < 20;
            let shows = if failed { n < bad } else { n - 20 < good };
            let line = if shows { TAKEN } else { "" };
            session(&format!("s{n}"), &format!("t{n}"), Some(failed), &[("moor", line)])
        })
        .collect()
}

#[test]
fn a_mistake_of_failing_sessions_has_lift_and_an_even_one_has_none() {
    let claim = Published {
        id: "m-1".to_owned(),
        title: "moor".to_owned(),
        signature: template("moor", TAKEN),
        tools: BTreeSet::new(),
        outcome: None,
        silent: None,
    };
    let judge =
        |sessions: &[Normalised]| lift::judge("made", &[&claim], &sessions.iter().collect::<Vec<_>>());
    // 9 of 10 with the mistake fail, 20 of 40 in all.
    let telling = judge(&judged(9, 1));
    assert_eq!(telling.claims[0].lift, Some(1.8));
    assert!(telling.claims[0].q < 0.01);
    let pooled = lift::pooled(&[telling]);
    assert!((pooled.lift.unwrap() - 1.8).abs() < 1e-9 && pooled.p.unwrap() < 0.05);
    assert_eq!(pooled.strong, (1, 1));

    let even = judge(&judged(5, 5));
    assert_eq!(even.claims[0].lift, Some(1.0));
    assert!(even.claims[0].q > 0.5);
    assert_eq!(lift::pooled(&[even]).strong, (0, 1));

    let unseen = judge(&judged(0, 0));
    assert_eq!(unseen.claims[0].lift, None);
}
