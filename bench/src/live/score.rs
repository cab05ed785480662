//! What the outcomes say: rates by arm, and tests in which a world is one unit, because its requests share a rule.

use std::collections::BTreeMap;

use super::trial::{Arm, Outcomes};
use crate::chance::bootstrap_ratio;
use crate::figure::{Figure, Goal, Unit};

/// The row of the list of figures.
const ID: &str = "M18";
/// The dreamt note's share of a perfect note's success.
const SHARE: Goal = Goal::AtLeast(0.80);
/// The chance that another world's note does as well.
const P: Goal = Goal::AtMost(0.01);
/// What a note may cost where the rule was met without it.
const HARM: Goal = Goal::AtLeast(0.0);
/// The seed of every bootstrap.
const SEED: u64 = 18;

/// Accepted first calls of one world, and requests, under one arm.
pub type Tally = (f64, f64);

/// Returns the tallies of an arm, world by world.
pub fn tallies(outcomes: &[Outcomes], arm: Arm) -> Vec<Tally> {
    let of = |outcomes: &Outcomes| {
        let accepted = outcomes.get(&arm).map(Vec::as_slice).unwrap_or_default();
        (accepted.iter().filter(|accepted| **accepted).count() as f64, accepted.len() as f64)
    };
    outcomes.iter().map(of).collect()
}

/// Returns the share of accepted first calls; `None` without requests.
pub fn rate(tallies: &[Tally]) -> Option<f64> {
    let (hits, total) = tallies.iter().fold((0.0, 0.0), |(a, b), (hits, total)| (a + hits, b + total));
    (total > 0.0).then(|| hits / total)
}

/// Returns the chance that the sum of `differences` is this large or larger when each of them has its sign by the toss
/// of a coin: the exact permutation test of paired units (Fisher, *The Design of Experiments*, 1935).
pub fn sign_flip_p(differences: &[i64]) -> f64 {
    let mut sums: BTreeMap<i64, f64> = BTreeMap::from([(0, 1.0)]);
    for difference in differences {
        let mut next: BTreeMap<i64, f64> = BTreeMap::new();
        for (sum, chance) in sums {
            for signed in [*difference, -*difference] {
                *next.entry(sum + signed).or_default() += chance / 2.0;
            }
        }
        sums = next;
    }
    let seen: i64 = differences.iter().sum();
    sums.range(seen..).map(|(_, chance)| chance).sum::<f64>().min(1.0)
}

/// Returns the number of requests that only the first arm got right, that only the second did, and the chance of such a
/// difference or a larger one by the toss of a coin (McNemar's test, exact and one-sided).
pub fn mcnemar(outcomes: &[Outcomes], first: Arm, second: Arm) -> (u64, u64, f64) {
    let (mut only_first, mut only_second) = (0, 0);
    for world in outcomes {
        let of = |arm: Arm| world.get(&arm).map(Vec::as_slice).unwrap_or_default();
        for (a, b) in of(first).iter().zip(of(second)) {
            only_first += u64::from(*a && !*b);
            only_second += u64::from(*b && !*a);
        }
    }
    // One coin a request that differs.
    let coins = vec![1; (only_first + only_second) as usize];
    let mut signed = coins;
    signed.iter_mut().take(only_second as usize).for_each(|sign| *sign = -1);
    (only_first, only_second, sign_flip_p(&signed))
}

/// Returns the difference of accepted calls under two arms, world by world.
pub fn differences(outcomes: &[Outcomes], first: Arm, second: Arm) -> Vec<i64> {
    let pairs = tallies(outcomes, first).into_iter().zip(tallies(outcomes, second));
    pairs.map(|((a, _), (b, _))| a as i64 - b as i64).collect()
}

/// Returns every figure: `hidden` are the worlds whose rule is not met by default, `met` the others.
pub fn figures(hidden: &[Outcomes], met: &[Outcomes], on: &str) -> Vec<Figure> {
    let mut figures = vec![share_of_perfect(hidden, on), above_other(hidden, on), harm(met, on)];
    figures.push(to_before(hidden, on));
    for (worlds, which) in [(hidden, "hidden rule"), (met, "rule met by default")] {
        for arm in Arm::ALL {
            let tallies = tallies(worlds, arm);
            if rate(&tallies).is_none() {
                continue; // Not judged there.
            }
            let name = format!("first calls accepted {}, {which}", arm.name());
            let (hits, total) = tallies.iter().fold((0.0, 0.0), |(a, b), (hits, all)| (a + hits, b + all));
            figures.push(
                Figure::new(ID, &name, on, Unit::Share, rate(&tallies))
                    .within(bootstrap_ratio(&tallies, SEED))
                    .note(format!("{hits:.0} of {total:.0} in {} worlds", tallies.len())),
            );
        }
    }
    figures
}

/// Accepted calls under two arms, world by world.
fn paired(outcomes: &[Outcomes], first: Arm, second: Arm) -> Vec<(f64, f64)> {
    let pairs = tallies(outcomes, first).into_iter().zip(tallies(outcomes, second));
    pairs.map(|((a, _), (b, _))| (a, b)).collect()
}

fn ratio(pairs: &[(f64, f64)]) -> Option<f64> {
    rate(pairs)
}

fn share_of_perfect(hidden: &[Outcomes], on: &str) -> Figure {
    let pairs = paired(hidden, Arm::Dreamt, Arm::Perfect);
    Figure::new(ID, "success with the dreamt note / with a perfect one", on, Unit::Ratio, ratio(&pairs))
        .within(bootstrap_ratio(&pairs, SEED))
        .goal(SHARE)
        .note("hidden rules; interval over worlds")
}

fn above_other(hidden: &[Outcomes], on: &str) -> Figure {
    let (more, fewer, p) = mcnemar(hidden, Arm::Dreamt, Arm::Other);
    let by_world = sign_flip_p(&differences(hidden, Arm::Dreamt, Arm::Other));
    let value = (more + fewer > 0).then_some(by_world);
    Figure::new(ID, "p that another world's note does as well", on, Unit::Share, value).goal(P).note(format!(
        "{by_world:.1e} by permutation over worlds; {more} requests better, {fewer} worse, McNemar {p:.1e}"
    ))
}

fn harm(met: &[Outcomes], on: &str) -> Figure {
    let (more, fewer, _) = mcnemar(met, Arm::Dreamt, Arm::Without);
    let difference = match (rate(&tallies(met, Arm::Dreamt)), rate(&tallies(met, Arm::Without))) {
        (Some(with), Some(without)) => Some(with - without),
        _ => None,
    };
    Figure::new(ID, "dreamt note less no note where the rule is met", on, Unit::Share, difference)
        .goal(HARM)
        .note(format!("{more} requests better, {fewer} worse"))
}

fn to_before(hidden: &[Outcomes], on: &str) -> Figure {
    let pairs = paired(hidden, Arm::Dreamt, Arm::Without);
    let before = rate(&tallies(hidden, Arm::Without)).unwrap_or_default();
    Figure::new(ID, "success with the dreamt note / without a note", on, Unit::Ratio, ratio(&pairs))
        .within(bootstrap_ratio(&pairs, SEED))
        .note(if before > 0.0 { "hidden rules" } else { "hidden rules; there was no success without a note" })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_permutation_test_has_known_answers() {
        // Ten units that all went one way: one of 2^10.
        assert!((sign_flip_p(&[1; 10]) - 1.0 / 1024.0).abs() < 1e-12);
        // Nothing differs: any sum is as large.
        assert!((sign_flip_p(&[0; 5]) - 1.0).abs() < 1e-12);
        // 3 - 1: sums are 4, 2, -2, -4, and two of four are at least 2.
        assert!((sign_flip_p(&[3, -1]) - 0.5).abs() < 1e-12);
        // The wrong way round is nearly certain.
        assert!(sign_flip_p(&[-1; 10]) > 0.999);
    }

    fn world(arms: &[(Arm, &[bool])]) -> Outcomes {
        arms.iter().map(|(arm, accepted)| (*arm, accepted.to_vec())).collect()
    }

    #[test]
    fn mcnemar_counts_what_differs() {
        let one =
            world(&[(Arm::Dreamt, &[true, true, true, false]), (Arm::Other, &[false, false, true, true])]);
        let (more, fewer, p) = mcnemar(&[one], Arm::Dreamt, Arm::Other);
        // Of three coins two or more heads: four of eight.
        assert_eq!((more, fewer), (2, 1));
        assert!((p - 0.5).abs() < 1e-12);
    }

    fn figure<'f>(figures: &'f [Figure], start: &str) -> &'f Figure {
        figures.iter().find(|figure| figure.name.starts_with(start)).unwrap()
    }

    #[test]
    fn notes_that_work_reach_the_goals_and_notes_that_do_not_miss_them() {
        let hidden = |dreamt: bool| -> Vec<Outcomes> {
            let worlds = 0..10;
            let arms = |_| {
                world(&[
                    (Arm::Without, &[false, false]),
                    (Arm::Dreamt, &[dreamt, dreamt]),
                    (Arm::Other, &[false, false]),
                    (Arm::Perfect, &[true, true]),
                    (Arm::Among, &[dreamt, false]),
                ])
            };
            worlds.map(arms).collect()
        };
        let met = vec![world(&[(Arm::Without, &[true]), (Arm::Dreamt, &[true])])];
        let good = figures(&hidden(true), &met, "test");
        assert!(good.iter().all(|figure| figure.met != Some(false)), "{good:#?}");
        assert_eq!(figure(&good, "success with the dreamt note / with a perfect").value, Some(1.0));
        let bad = figures(&hidden(false), &met, "test");
        assert_eq!(figure(&bad, "success with the dreamt note / with a perfect").met, Some(false));
        assert_eq!(figure(&bad, "p that").met, None);
        let harmed = vec![world(&[(Arm::Without, &[true]), (Arm::Dreamt, &[false])])];
        assert_eq!(figure(&figures(&hidden(true), &harmed, "test"), "dreamt note less").met, Some(false));
    }
}
