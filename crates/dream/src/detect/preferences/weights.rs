//! How much a wish stands out: log-odds with an informative Dirichlet prior (Monroe, Colaresi and Quinn 2008).

use std::collections::BTreeMap;

use super::reading::Strength;

/// Most sessions of one person that count, so that one loud person cannot win.
pub(super) const PER_PERSON: usize = 3;
/// What stands out at this many standard deviations is no accident (two-sided p < 0.01).
pub(super) const Z: f64 = 2.58;
/// The prior weighs as much as this share of all clauses, and at most as much as so many of them.
const PRIOR_SHARE: f64 = 0.1;
const PRIOR: f64 = 500.0;
/// Clauses that everybody is taken to have said about something else, where a store is too small to tell.
const SILENCE: f64 = 50.0;

/// Returns what a wish counts for.
pub(super) fn weight(strength: Strength) -> f64 {
    match strength {
        Strength::Request => 1.0,
        Strength::Demand | Strength::Correction => 2.0,
        Strength::Standing => 3.0,
    }
}

/// Sums what was said, by person, no more than so many sessions of each: the strongest.
pub(super) fn capped<'a>(said: impl Iterator<Item = (&'a str, &'a str, Strength)>, cap: usize) -> f64 {
    let mut by_person: BTreeMap<&str, BTreeMap<&str, Strength>> = BTreeMap::new();
    for (who, session, strength) in said {
        let strongest = by_person.entry(who).or_default().entry(session).or_insert(strength);
        *strongest = strength.max(*strongest);
    }
    let person = |sessions: BTreeMap<&str, Strength>| -> f64 {
        let mut strengths: Vec<Strength> = sessions.into_values().collect();
        strengths.sort_unstable_by(|a, b| b.cmp(a));
        strengths.into_iter().take(cap).map(weight).sum()
    };
    by_person.into_values().map(person).sum()
}

/// How often something was said in some clauses, of how many.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Rate {
    pub(super) of_these: f64,
    pub(super) all: f64,
}

/// Returns by how many standard deviations something is said more often here than elsewhere. What all clauses
/// together say of it is the prior, so that rare words do not win by accident.
pub(super) fn z(here: Rate, elsewhere: Rate) -> f64 {
    let here = Rate { all: here.all.max(here.of_these), ..here };
    let elsewhere = Rate { all: elsewhere.all.max(SILENCE).max(elsewhere.of_these), ..elsewhere };
    let all = here.all + elsewhere.all;
    let strength = PRIOR.min(PRIOR_SHARE * all);
    let prior = strength * (here.of_these + elsewhere.of_these) / all;
    let odds = |rate: Rate| {
        let said = rate.of_these + prior;
        said / (rate.all + strength - said).max(1.0)
    };
    let (a, b) = (odds(here), odds(elsewhere));
    if a <= 0.0 || b <= 0.0 {
        return 0.0;
    }
    let variance = 1.0 / (here.of_these + prior) + 1.0 / (elsewhere.of_these + prior);
    (a.ln() - b.ln()) / variance.sqrt()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_loud_person_counts_three_times_at_most() {
        let sessions: Vec<String> = (0..9).map(|at| format!("s{at}")).collect();
        let loud = sessions.iter().map(|session| ("ann", session.as_str(), Strength::Request));
        assert_eq!(capped(loud, PER_PERSON), 3.0);
        let many = sessions.iter().map(|session| (session.as_str(), session.as_str(), Strength::Request));
        assert_eq!(capped(many, PER_PERSON), 9.0);
        let twice = [("ann", "s1", Strength::Request), ("ann", "s1", Strength::Standing)];
        assert_eq!(
            capped(twice.into_iter(), PER_PERSON),
            3.0,
            "one session counts once, by what was strongest"
        );
    }

    #[test]
    fn what_is_said_everywhere_does_not_stand_out() {
        let rate = |of_these: f64, all: f64| Rate { of_these, all };
        assert!(z(rate(12.0, 100.0), rate(0.0, 900.0)) > Z);
        assert!(z(rate(12.0, 100.0), rate(110.0, 900.0)).abs() < Z);
        assert!(z(rate(1.0, 100.0), rate(0.0, 900.0)) < Z);
        assert!(z(rate(6.0, 3.0), rate(0.0, 0.0)) > Z, "three people, in a store that holds nothing else");
    }
}
