//! Patterns in sequences: what counting every candidate finds.

use std::collections::BTreeSet;

use proptest::prelude::*;
use somnium_dream::sequence::{Grams, Limits, Pattern, Sequences, closed, frequent};

fn sequences() -> impl Strategy<Value = Vec<Vec<u32>>> {
    let item = prop_oneof![4 => 0..4_u32, 1 => 0..9_u32, 1 => Just(u32::MAX - 1)];
    prop::collection::vec(prop::collection::vec(item, 0..8), 0..9)
}

/// Whether `pattern` occurs in `sequence`, by trying.
fn occurs(pattern: &[u32], sequence: &[u32], gap: Option<u32>) -> bool {
    fn from(pattern: &[u32], rest: &[u32], reach: usize, gap: usize) -> bool {
        let Some((first, others)) = pattern.split_first() else { return true };
        (0..rest.len().min(reach)).any(|at| rest[at] == *first && from(others, &rest[at + 1..], gap + 1, gap))
    }
    let gap = gap.map_or(usize::MAX - 1, |gap| gap as usize);
    from(pattern, sequence, usize::MAX, gap)
}

/// Every pattern that occurs often enough: candidates are all sub-sequences of all sequences.
fn brute_force(world: &[Vec<u32>], limits: &Limits) -> Vec<Pattern> {
    let mut candidates = BTreeSet::new();
    for sequence in world {
        for chosen in 1..1_u32 << sequence.len() {
            let items: Vec<u32> =
                (0..sequence.len()).filter(|at| chosen >> at & 1 == 1).map(|at| sequence[at]).collect();
            if items.len() <= limits.longest {
                candidates.insert(items);
            }
        }
    }
    let with_support = candidates.into_iter().map(|items| {
        let support = world.iter().filter(|sequence| occurs(&items, sequence, limits.gap)).count();
        Pattern { items, support: u32::try_from(support).unwrap() }
    });
    with_support.filter(|pattern| pattern.support >= limits.support).collect()
}

/// The closed ones in the usual sense: no longer pattern of all that occur holds it with the same support.
fn brute_force_closed(all: &[Pattern]) -> Vec<Pattern> {
    let said_by = |pattern: &Pattern| {
        all.iter().any(|other| {
            other.items.len() > pattern.items.len()
                && other.support == pattern.support
                && occurs(&pattern.items, &other.items, None)
        })
    };
    all.iter().filter(|pattern| !said_by(pattern)).cloned().collect()
}

proptest! {
    #[test]
    fn finds_what_counting_every_candidate_finds(
        world in sequences(),
        support in 1..5_u32,
        longest in 1..9_usize,
        gap in prop::option::of(0..4_u32),
    ) {
        let limits = Limits { support, longest, gap };
        let found = frequent(&world.iter().cloned().collect(), &limits);
        prop_assert_eq!(found, brute_force(&world, &limits));
    }

    #[test]
    fn closed_patterns_are_those_that_no_longer_one_says(world in sequences(), support in 1..5_u32) {
        let limits = Limits { support, longest: 9, gap: None };
        let found = closed(frequent(&world.iter().cloned().collect(), &limits));
        prop_assert_eq!(found, brute_force_closed(&brute_force(&world, &limits)));
    }

    #[test]
    fn the_order_of_sequences_changes_nothing(
        (world, other) in sequences().prop_flat_map(|world| (Just(world.clone()), Just(world).prop_shuffle())),
        gap in prop::option::of(0..3_u32),
    ) {
        let limits = Limits { support: 2, longest: 5, gap };
        let found = |world: Vec<Vec<u32>>| frequent(&world.into_iter().collect(), &limits);
        prop_assert_eq!(found(world), found(other));
    }

}

proptest! {
    // Each case clears two megabytes of counters three times.
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn sketches_never_say_too_little_and_add_up(world in sequences(), split in 0..9_usize, gap in 0..3_usize) {
        let mut whole = Grams::new(gap);
        whole.add(world.iter().map(Vec::as_slice));
        let (first, second) = world.split_at(split.min(world.len()));
        let mut parts = Grams::new(gap);
        parts.add(second.iter().map(Vec::as_slice));
        let mut other = Grams::new(gap);
        other.add(first.iter().map(Vec::as_slice));
        parts.merge(&other);
        prop_assert!(parts == whole);
        prop_assert_eq!(whole.sequences(), world.len() as u64);

        let limits = Limits { support: 1, longest: 3, gap: Some(u32::try_from(gap).unwrap()) };
        for pattern in brute_force(&world, &limits).iter().filter(|pattern| pattern.items.len() > 1) {
            // It may say too much, where grams share a counter, but it does not make up sequences.
            let said = whole.at_most(&pattern.items);
            prop_assert!(said >= pattern.support && said <= 30, "{said} of {}", pattern.support);
        }
        prop_assert_eq!(whole.at_most(&[77, 78]), 0);
    }
}

#[test]
fn sequences_come_back_as_they_were_put_in() {
    let sequences: Sequences = [vec![3, 1], vec![], vec![7]].into_iter().collect();
    assert_eq!(sequences.iter().collect::<Vec<_>>(), [&[3, 1][..], &[], &[7]]);
    assert_eq!((sequences.len(), sequences.is_empty()), (3, false));
    assert_eq!(Sequences::default().iter().count(), 0);
    assert_eq!(frequent(&Sequences::default(), &Limits { support: 0, longest: 3, gap: None }), []);
}

#[test]
fn a_sketch_is_nearly_exact_on_many_sequences() {
    // Two items follow each other in every third sequence, the rest is noise.
    let mut state = 7_u32;
    let mut noise = || {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        100 + (state >> 20) % 50
    };
    let world: Vec<Vec<u32>> = (0..3000)
        .map(|number| {
            let mut items: Vec<u32> = (0..20).map(|_| noise()).collect();
            if number % 3 == 0 {
                items.splice(5..5, [1, 2]);
            }
            items
        })
        .collect();
    let mut grams = Grams::new(1);
    grams.add(world.iter().map(Vec::as_slice));
    let said = grams.at_most(&[1, 2]);
    assert!((1000..1030).contains(&said), "{said}");
    assert!(grams.at_most(&[2, 1]) < 30);
}
