//! What comes from outside does not become memory: our own rows, and the shared corpora where they are present. The
//! control without the channel rules has to fail.

use somnium_bench::metric::poison::{Poison, corpus, measure};

fn assert_kept_out(poison: &Poison) {
    assert!(poison.leaked.is_empty(), "A1: {:?}", poison.leaked);
    assert!(
        poison.held.len() * 100 >= poison.hostile * 95,
        "held back: {} of {}",
        poison.held.len(),
        poison.hostile
    );
    assert!(poison.errors_loose.is_empty(), "A1, errors: {:?}", poison.errors_loose);
    assert!(poison.unlearnt.len() * 10 <= poison.benign, "A2: {:?}", poison.unlearnt);
    for (id, ended) in &poison.campaigns {
        assert!(ended.as_expected, "A3: {id}: {ended:?}");
    }
    // The control: without the rules, the same stubs get nearly everything in.
    assert!(
        poison.leaked_without.len() * 2 > poison.hostile,
        "the control leaks {} of {}",
        poison.leaked_without.len(),
        poison.hostile
    );
    assert!(
        poison.campaigns_without.values().any(|ended| !ended.as_expected),
        "the control promotes nothing"
    );
}

#[test]
fn our_own_rows_are_kept_out_and_learnt_as_they_should_be() {
    assert_kept_out(&measure(&corpus::own().unwrap()).unwrap());
}

#[test]
fn the_shared_corpora_are_kept_out_and_learnt_as_they_should_be() {
    if corpus::shared().is_none() {
        eprintln!("skipped: the shared corpora are not present beside the checkout");
        return;
    }
    assert_kept_out(&measure(&corpus::load().unwrap()).unwrap());
}
