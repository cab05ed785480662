//! What is to become of each entry, before anybody's ownership or any limit is looked at.

use std::collections::{BTreeMap, BTreeSet};

use somnium_memory::redact;

use super::evidence::{self, Word};
use super::found::Found;
use super::reference::{Reference, Use};
use super::report::{EntryOwner, FindingKind};
use super::series::{self, Bar, Verdict};
use crate::normalise::Normalised;
use crate::report::EvidenceRef;
use crate::validate;

/// Most places that are kept of one decision.
const MAX_PLACES: usize = 4;

/// What is to become of an entry.
#[derive(Clone, Debug)]
pub(super) struct Decision {
    pub(super) finding: FindingKind,
    pub(super) wish: Wish,
    pub(super) why: String,
    /// What `conflicts.md` asks.
    pub(super) question: String,
    pub(super) places: Vec<EvidenceRef>,
    /// Whether carrying it out takes something away that stands nowhere else.
    pub(super) loses: bool,
    /// Whether somebody says that a value changed, so that the old one cannot hold beside it.
    pub(super) switches: bool,
}

/// What should be done.
#[derive(Clone, Debug)]
pub(super) enum Wish {
    /// Another value in its place: from, to.
    Replace(usize, String),
    /// Away, because the thing is gone, or, with its number, because another entry says the same.
    Archive(Option<usize>),
    /// Nobody but a person can tell.
    Ask,
    /// Nothing yet.
    Wait,
}

/// What the sessions say about every entry.
pub(super) struct Heard {
    pub(super) decisions: Vec<Option<Decision>>,
    /// Entries that sessions bear out.
    pub(super) borne_out: BTreeSet<usize>,
}

/// Looks up what the sessions say.
pub(super) fn hear(found: &[Found], sessions: &[&Normalised], bar: Bar) -> Heard {
    let mut heard = Heard { decisions: vec![None; found.len()], borne_out: BTreeSet::new() };
    for ((number, slot), words) in evidence::about(found, sessions) {
        let Some(current) = found[number].reading.texts().get(slot).map(|text| (*text).to_owned()) else {
            continue;
        };
        if words.iter().filter(|word| word.says == current).count() > 1 {
            heard.borne_out.insert(number);
        }
        let decision = of_value(slot, &current, &words, bar);
        keep(&mut heard.decisions[number], decision);
    }
    for (found, decision) in found.iter().zip(&mut heard.decisions) {
        // Nobody has to know that a person's text is nearly questioned.
        let is_waiting = decision.as_ref().is_some_and(|decision| matches!(decision.wish, Wish::Wait));
        if is_waiting && found.owner == EntryOwner::Person {
            *decision = None;
        }
    }
    let named: BTreeSet<&Reference> = found.iter().flat_map(|found| &found.references).collect();
    let named: Vec<&Reference> = named.into_iter().collect();
    let uses = evidence::uses(&named, sessions);
    for (number, found) in found.iter().enumerate() {
        let worked = |reference: &Reference| {
            uses.get(reference).and_then(|uses| uses.last()).is_some_and(|last| last.says == Use::Worked)
        };
        if found.references.iter().any(worked) {
            heard.borne_out.insert(number);
        }
        keep(&mut heard.decisions[number], of_references(found, &uses, bar));
    }
    heard
}

/// What is surer stays: to do something before to ask before to wait.
fn keep(known: &mut Option<Decision>, new: Option<Decision>) {
    let rank = |decision: &Decision| match decision.wish {
        Wish::Archive(_) => 3,
        Wish::Replace(..) => 2,
        Wish::Ask => 1,
        Wish::Wait => 0,
    };
    if let Some(new) = new
        && known.as_ref().is_none_or(|known| rank(&new) > rank(known))
    {
        *known = Some(new);
    }
}

fn of_value(slot: usize, current: &str, words: &[Word<'_, String>], bar: Bar) -> Option<Decision> {
    let question = |values: &BTreeSet<&str>| {
        let values: Vec<String> = values.iter().map(|value| format!("`{value}`")).collect();
        format!("Which holds: {}?", values.join(" or "))
    };
    let mut values: BTreeSet<&str> = words.iter().map(|word| word.says.as_str()).collect();
    values.insert(current);
    if !values.iter().all(|value| is_plain(value)) {
        return None;
    }
    let (finding, wish, why) = match series::judge(current, words, bar) {
        Verdict::Holds => return None,
        Verdict::Other(value) => {
            let said = words.iter().rev().take_while(|word| word.says == value).count();
            let since = words.iter().rev().take_while(|word| word.says == value).last();
            let since = since
                .and_then(|word| word.session.day())
                .map_or_else(String::new, |day| format!(" since {day}"));
            let why = format!("the last {said} sessions that say it{since} say `{value}`");
            (FindingKind::Superseded, Wish::Replace(slot, value), why)
        }
        Verdict::TooFew(_, why) => (FindingKind::Superseded, Wish::Wait, why),
        Verdict::Disagree(why) => (FindingKind::Contradicted, Wish::Ask, why),
    };
    let switches =
        words.last().is_some_and(|last| words.iter().any(|word| word.switches && word.says == last.says));
    let (question, places) = (question(&values), latest(words));
    Some(Decision { finding, wish, why, question, places, loses: false, switches })
}

/// Returns the last place of each value, the newest first.
fn latest(words: &[Word<'_, String>]) -> Vec<EvidenceRef> {
    let mut seen: BTreeMap<&str, usize> = BTreeMap::new();
    let newest = words.iter().rev().filter(|word| {
        let count = seen.entry(&word.says).or_default();
        *count += 1;
        *count <= 2
    });
    newest.take(MAX_PLACES).map(|word| word.place.clone()).collect()
}

/// Whether a value can stand in a note: one line of plain characters, no address, no secret.
pub(super) fn is_plain(value: &str) -> bool {
    let plain = |c: char| c.is_alphanumeric() || " ._-/:@+=,%#~".contains(c);
    !value.is_empty() && value.chars().all(plain) && validate::may_quote(value) && redact::is_clean(value)
}

fn of_references(
    found: &Found,
    uses: &BTreeMap<Reference, Vec<Word<'_, Use>>>,
    bar: Bar,
) -> Option<Decision> {
    let gone = found.references.iter().find_map(|reference| {
        let failing = failing(uses.get(reference)?, bar)?;
        is_plain(&reference.shown()).then_some((reference, failing))
    });
    let (reference, failing) = gone?;
    let first = failing.first()?.session;
    // What else it names may still be there: then the note is not over.
    let lives = |other: &Reference| {
        other != reference
            && uses.get(other).is_some_and(|uses| {
                let later = |word: &Word<'_, Use>| {
                    (word.session.ended_at, &word.session.id) >= (first.ended_at, &first.id)
                };
                uses.iter().any(|word| word.says == Use::Worked && later(word))
            })
    };
    let also = found.references.iter().find(|other| lives(other));
    let name = reference.shown();
    let day = first.day().map_or_else(String::new, |day| format!(" since {day}"));
    let why = format!("`{name}` was not there in the last {} sessions that asked for it{day}", failing.len());
    let (wish, why) = match also {
        Some(also) => (Wish::Ask, format!("{why}; `{}` still is", also.shown())),
        None => (Wish::Archive(None), why),
    };
    let places = failing.iter().rev().take(MAX_PLACES).map(|word| word.place.clone()).collect();
    let question = format!("Is `{name}` gone?");
    Some(Decision { finding: FindingKind::Broken, wish, why, question, places, loses: true, switches: false })
}

/// Returns the sessions that missed a thing since anybody last had it, where they are enough. Where it was there
/// before, only those of the same projects count: elsewhere it may never have been.
fn failing<'w, 's>(words: &'w [Word<'s, Use>], bar: Bar) -> Option<Vec<&'w Word<'s, Use>>> {
    let homes: BTreeSet<_> =
        words.iter().filter(|word| word.says == Use::Worked).map(|word| &word.session.project).collect();
    let at_home = |word: &&Word<'_, Use>| homes.is_empty() || homes.contains(&word.session.project);
    let since = words.iter().rposition(|word| word.says == Use::Worked).map_or(0, |last| last + 1);
    let failing: Vec<&Word<'_, Use>> = words[since..].iter().filter(at_home).collect();
    bar.is_reached(&failing.iter().map(|word| (*word).clone()).collect::<Vec<_>>()).then_some(failing)
}
