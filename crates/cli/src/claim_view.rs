//! Claims as people read them: after a dream, and when one is explained.

use std::io;

use somnium_dream::{ClaimState, Health, OutcomeLift, ReportedClaim, Signature, Support};

use crate::screen::{Line, Screen};
use crate::words::{count, number};

/// Prints a claim as an item of a list: its title, its counts, its fix.
pub(crate) fn print_item(
    number: usize,
    claim: &ReportedClaim,
    new: bool,
    screen: &mut Screen,
) -> io::Result<()> {
    let mut head = Line::new().strong(&claim.title);
    if new {
        head = head.plain("  ").name("new");
    }
    screen.item(&format!("{number:>3}. "), head)?;
    screen.wrapped(5, Line::from(counts(&claim.support)).plain("; ").plain(state(claim.state)))?;
    if let Some(shown) = shown(&claim.health) {
        screen.wrapped(5, shown)?;
    }
    if let Some(fix) = fix(claim) {
        screen.wrapped(5, Line::from("worked next: ").plain(fix))?;
    }
    if let Some(outcome) = claim.outcome.as_ref().filter(|outcome| is_comparable(outcome)) {
        screen.wrapped(5, ended(outcome))?;
    }
    screen.wrapped(5, Line::new().faint(format!("{} in {}", claim.id, claim.path)))
}

/// Returns who saw it how often, in one line.
pub(crate) fn counts(support: &Support) -> String {
    let counted = [
        (support.sessions, "session"),
        (support.tasks, "task"),
        (support.days, "day"),
        (support.agents, "agent"),
        (support.principals, "person"),
    ];
    let parts: Vec<_> = counted.iter().filter(|(n, _)| *n > 0).map(|(n, noun)| count(*n, noun)).collect();
    let held_out = match support.heldout {
        0 => String::new(),
        n => {
            format!("; and in {} that {} not mined", count(n, "session"), if n == 1 { "was" } else { "were" })
        }
    };
    parts.join(", ") + &held_out
}

/// Returns how a note fared where it was shown; nothing where it never was.
pub(crate) fn shown(health: &Health) -> Option<String> {
    (health.exposures > 0).then(|| {
        format!(
            "shown in {}, followed in {}, gone against in {}",
            count(health.exposures, "session"),
            number(health.followed),
            number(health.violated)
        )
    })
}

/// Returns how far a claim has come, in words.
pub(crate) fn state(state: ClaimState) -> &'static str {
    match state {
        ClaimState::Candidate => "below the gate",
        ClaimState::Probation => "not yet confirmed",
        ClaimState::Note => "confirmed",
        ClaimState::LoadBearing => "load-bearing: confirmed, and it helps where it is shown",
        ClaimState::Condensed => "shortened: not seen lately",
        ClaimState::Archived => "archived",
        ClaimState::Conflict => "contradicted",
        ClaimState::Human => "owned by a person",
        ClaimState::Withdrawn => "withdrawn: nothing supports it any more",
    }
}

/// Returns what worked after a mistake, with its counts.
pub(crate) fn fix(claim: &ReportedClaim) -> Option<String> {
    let Signature::Mistake(mistake) = &claim.signature else { return None };
    let repair = mistake.repair.as_ref()?;
    let change = repair.change.trim_start_matches("→ ");
    Some(format!("{change} ({} of {})", number(repair.recovered), number(repair.of)))
}

/// Whether there is something to compare, by the rule of the notes: at least three judged sessions with the
/// pattern and three without, which did not all end alike. Which side fared better plays no part.
fn is_comparable(outcome: &OutcomeLift) -> bool {
    let failed = outcome.fail_with + outcome.fail_without;
    let judged = outcome.with + outcome.without;
    outcome.with >= 3 && outcome.without >= 3 && failed > 0 && failed < judged
}

/// Returns how sessions with and without a pattern ended.
pub(crate) fn ended(outcome: &OutcomeLift) -> String {
    format!(
        "sessions with it went wrong {} of {} times, the others {} of {}",
        number(outcome.fail_with),
        number(outcome.with),
        number(outcome.fail_without),
        number(outcome.without),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn outcomes_are_shown_in_both_directions_and_where_there_is_something_to_compare() {
        let comparable = |fail_with, with, fail_without, without| {
            let lift = if fail_with * without > fail_without * with { 2.0 } else { 0.5 };
            is_comparable(&OutcomeLift { fail_with, with, fail_without, without, lift, q: 1.0 })
        };
        assert!(comparable(3, 3, 0, 3), "worse with it");
        assert!(comparable(0, 3, 3, 3), "worse without it");
        assert!(!comparable(2, 2, 0, 9), "too few with it");
        assert!(!comparable(9, 9, 0, 2), "too few without it");
        assert!(!comparable(0, 5, 0, 5), "all good");
        assert!(!comparable(5, 5, 5, 5), "all bad");
    }
}
