//! The rankings of M14: the engine's is the one of its index, and a budget is kept.

use std::path::Path;

use somnium_bench::data::{find, load};
use somnium_bench::metric::value::{BUDGETS, Line, Ranking, cut, order, pool};
use somnium_bench::mining::dream_of;
use somnium_dream::{Normalised, Options};

fn line(tokens: usize, seen: u64, loaded: (u64, u64, u64)) -> Line {
    Line { tokens, claim: None, last: None, seen, loaded }
}

#[test]
fn what_does_not_fit_is_passed_over_and_the_budget_is_kept() {
    let pool = [line(30, 1, (0, 0, 0)), line(50, 2, (0, 0, 0)), line(20, 3, (0, 0, 0))];
    let kept = |order: &[usize], budget| cut(&pool, order, budget).into_iter().collect::<Vec<_>>();
    assert_eq!(kept(&[0, 1, 2], 60), [0, 2]);
    assert_eq!(kept(&[1, 0, 2], 60), [1]);
    assert_eq!(kept(&[0, 1, 2], 100), [0, 1, 2]);
    assert!(kept(&[0, 1, 2], 19).is_empty());
}

#[test]
fn each_ranking_takes_first_what_it_is_named_for() {
    let pool = [line(1, 5, (9, 1, 8)), line(1, 9, (3, 3, 0)), line(1, 7, (5, 2, 2))];
    assert_eq!(order(&pool, Ranking::Engine, 1), [0, 1, 2]);
    assert_eq!(order(&pool, Ranking::Frequent, 1), [1, 2, 0]);
    assert_eq!(order(&pool, Ranking::Usage, 1), [0, 2, 1]);
    assert_eq!(order(&pool, Ranking::Helpful, 1), [1, 2, 0]);
    let random = |seed| order(&pool, Ranking::Random, seed);
    assert_eq!(random(3), random(3));
    assert!((0..20).any(|seed| random(seed) != random(seed + 1)));
}

#[test]
fn the_engines_ranking_is_the_one_of_its_index_at_every_budget() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../examples/sessions");
    let sets = find(Some(&folder)).expect("the examples are there").sets;
    let sessions: Vec<Normalised> = sets.iter().flat_map(|set| load(set).sessions).collect();
    let sessions: Vec<&Normalised> = sessions.iter().collect();
    let dreamt = |index_tokens: u32| {
        dream_of(&sessions, &Options { index_tokens, ..Options::default() }).expect("the engine dreams")
    };
    let all = dreamt(u32::MAX);
    let pool = pool(&all, &sessions).expect("the ledger is known");
    let lines: Vec<String> = all.memory.index_text().unwrap_or_default().lines().map(str::to_owned).collect();
    assert!(pool.len() > 3 && pool.len() == lines.len());
    for budget in BUDGETS {
        let ours: Vec<&String> =
            cut(&pool, &order(&pool, Ranking::Engine, 0), budget).into_iter().map(|at| &lines[at]).collect();
        let small = dreamt(budget as u32).memory.index_text().unwrap_or_default();
        assert_eq!(ours, small.lines().collect::<Vec<_>>(), "at {budget} tokens");
    }
}
