//! Converged workflows: what is planted is found with its slots, and nothing is found where there is nothing.

use serde_json::json;
use somnium_dream::{
    ClaimKind, ClaimState, Dreamt, NullModel, Options, ReportedClaim, Signature, Trend, WorkflowSignature,
    normalise, null_sessions, workflows_found,
};
use somnium_types::Transcript;

use crate::common::*;

/// A stream of numbers that looks random and is the same everywhere.
struct Draw(u64);

impl Draw {
    fn below(&mut self, limit: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        ((self.0 >> 33) as usize) % limit
    }
}

const TOOLS: [&str; 8] = ["dust", "fetch", "fold", "knit", "oil", "paint", "sand", "weave"];

/// Random steps, none twice in a row.
fn noise(mut session: Session, draw: &mut Draw, count: usize) -> Session {
    let mut last = TOOLS.len();
    for _ in 0..count {
        let mut tool = draw.below(TOOLS.len());
        if tool == last {
            tool = (tool + 1) % TOOLS.len();
        }
        last = tool;
        session = session.ok(TOOLS[tool], json!({ "piece": draw.below(900) }), "done");
    }
    session
}

/// A loan: the card is looked up by the name that the person says, the book by the card, and both are booked.
fn loan(session: Session, at: usize) -> Session {
    let (card, book) = (format!("card-{}", 100 + at), format!("book-{}", 500 + at));
    session
        .ok("find_card", json!({ "name": format!("reader{at}") }), &json!({ "card_id": card }).to_string())
        .ok("list_requests", json!({ "card_id": card }), &json!({ "books": [book] }).to_string())
        .ok("check_shelf", json!({ "book_id": book }), &json!({ "shelf": at % 7 }).to_string())
        .ok("lend", json!({ "card_id": card, "book_id": book, "desk": "front" }), "lent")
}

/// Forty sessions of a library; in two of three a loan among other things, in the others its steps in any order.
fn library() -> Vec<Transcript> {
    let mut draw = Draw(11);
    let mut all = Vec::new();
    for at in 0..40_usize {
        let loans = !at.is_multiple_of(3);
        let wish = if loans { "I would borrow something" } else { "Tidy up" };
        let session = Session::new(format!("library-{at:02}"))
            .day(at as i64)
            .task(format!("job {}", at % 9))
            .agent(["ash", "elm", "fir"][at % 3])
            .user(&format!("{wish}, my name is reader{at}."));
        let session = noise(session, &mut draw, 3);
        let session = if loans { loan(session, at) } else { upside_down(session, at) };
        all.push(noise(session, &mut draw, 2).outcome(loans || at.is_multiple_of(2)).build());
    }
    all
}

/// The steps of a loan the wrong way round.
fn upside_down(session: Session, at: usize) -> Session {
    let input = json!({ "book_id": format!("book-{}", 500 + at) });
    let session = session.ok("lend", input.clone(), "lent").ok("check_shelf", input, "here");
    session.ok("list_requests", json!({}), "none").ok(
        "find_card",
        json!({ "name": format!("reader{at}") }),
        "none",
    )
}

fn workflows(dreamt: &Dreamt) -> Vec<(&ReportedClaim, &WorkflowSignature)> {
    let claims = dreamt.report.claims.iter().filter(|claim| claim.kind == ClaimKind::Workflow);
    claims
        .map(|claim| match &claim.signature {
            Signature::Workflow(signature) => (claim, signature),
            other => panic!("{other:?}"),
        })
        .collect()
}

#[test]
fn a_planted_order_becomes_a_playbook_with_its_slots() {
    let sessions = library();
    let dreamt = dream(&sessions);
    let [(claim, signature)] = workflows(&dreamt)[..] else { panic!("{:#?}", dreamt.report.claims) };
    let tools: Vec<&str> = signature.steps.iter().map(|step| step.tool.as_str()).collect();
    assert_eq!(tools, ["find_card", "list_requests", "check_shelf", "lend"]);
    let from = |step: usize, arg: &str| signature.steps[step].args[arg].from.as_str();
    assert_eq!(from(0, "name"), "user");
    assert_eq!(from(1, "card_id"), "find_card.card_id");
    assert_eq!(from(2, "book_id"), "list_requests.books[]");
    assert_eq!(from(3, "card_id"), "find_card.card_id");
    assert_eq!(signature.steps[3].args["desk"].value.as_deref(), Some("front"));
    assert!(signature.q_shuffle <= 0.05 && signature.q_markov <= 0.05, "{signature:?}");
    assert!(signature.words.iter().any(|word| word.word == "borrow"), "{:?}", signature.words);
    assert_eq!(signature.convergence.trend, Trend::Steady);
    assert!(claim.state >= ClaimState::Note && claim.path.starts_with("/playbooks/"), "{claim:?}");
    for part in
        ["When to use:", "Inputs:", "Steps:", "“borrow”", "1. `find_card`", "4. `lend`", "always `front`"]
    {
        assert!(claim.text.contains(part), "no {part:?} in\n{}", claim.text);
    }
    assert!(claim.text.lines().count() <= 150);
    assert_evidence(&dreamt, &sessions);
    assert_eq!(foreign_words(&dreamt), Default::default());
}

#[test]
fn random_walks_have_no_playbook() {
    for seed in 0..4 {
        let mut draw = Draw(seed);
        let walk = |at: usize, draw: &mut Draw| {
            let session =
                Session::new(format!("walk-{at:02}")).day(at as i64).task(format!("job {}", at % 9));
            noise(session.user("Do something."), draw, 14).outcome(at.is_multiple_of(2)).build()
        };
        let sessions: Vec<Transcript> = (0..40).map(|at| walk(at, &mut draw)).collect();
        assert!(workflows(&dream(&sessions)).is_empty(), "seed {seed}");
    }
}

#[test]
fn chance_in_the_place_of_the_order_leaves_nothing() {
    let options = Options::default();
    let sessions: Vec<_> = library().iter().map(|session| normalise(session, &options)).collect();
    let data = workflows_found(&sessions, &options);
    assert!(data.playbooks > 0);
    const DRAWS: usize = 20;
    for model in [NullModel::Shuffle, NullModel::Markov] {
        let found: Vec<_> = (0..DRAWS as u64)
            .map(|seed| workflows_found(&null_sessions(&sessions, model, seed, &options), &options))
            .collect();
        let patterns: usize = found.iter().map(|found| found.patterns).sum();
        let playbooks: usize = found.iter().map(|found| found.playbooks).sum();
        // A rate of at most 0.05 of what the data has.
        assert!(20 * patterns <= DRAWS * data.patterns, "{model:?}: {patterns} against {data:?}");
        assert!(
            20 * playbooks <= DRAWS * data.playbooks,
            "{model:?}: {playbooks} playbooks against {data:?}"
        );
    }
}

#[test]
fn what_one_agent_does_in_one_task_is_no_convergence() {
    let mut draw = Draw(5);
    let one = |at: usize| {
        let session = Session::new(format!("lone-{at:02}")).day(at as i64).task("the job").user("Go on.");
        let session = noise(session, &mut draw, 3);
        noise(loan(session, at), &mut draw, 2).build()
    };
    let sessions: Vec<Transcript> = (0..30).map(one).collect();
    assert!(workflows(&dream(&sessions)).is_empty());
}

#[test]
fn the_order_of_sessions_changes_no_byte() {
    let sessions = library();
    let want = bytes(&dream(&sessions));
    let mut other = sessions.clone();
    other.reverse();
    other.rotate_left(13);
    assert_eq!(bytes(&dream(&other)), want);
    let mut fewer = sessions;
    fewer.pop();
    assert_ne!(bytes(&dream(&fewer)), want, "the comparison sees differences");
}

#[test]
fn a_mistake_at_a_step_is_named_in_the_playbook() {
    let mut sessions = library();
    for at in 0..8 {
        let input = json!({ "card_id": at, "book_id": at });
        let session = Session::new(format!("shut-{at}")).day(at as i64 + 50).task(format!("late {at}"));
        sessions.push(session.error("lend", input, "the desk is shut after six").build());
    }
    let dreamt = dream(&sessions);
    let mistake = dreamt.report.claims.iter().find(|claim| claim.kind == ClaimKind::Mistake).unwrap();
    let [(claim, signature)] = workflows(&dreamt)[..] else { panic!("{:#?}", dreamt.report.claims) };
    assert_eq!(signature.pitfalls[0].claim, mistake.id);
    assert!(claim.text.contains(&format!("see `{}`", mistake.id)), "{}", claim.text);
}
