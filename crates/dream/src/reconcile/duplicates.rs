//! Entries that say the same: to the letter, nearly, or in other words.

use std::collections::BTreeMap;

use somnium_memory::Sketch;

use super::decide::{Decision, Wish};
use super::found::Found;
use super::reading::{self, Reading};
use super::report::{EntryOwner, FindingKind};

/// From so many telling words and values on a text stands by itself, whatever the heading above it.
const SELF_CONTAINED: usize = 4;
/// Fewest telling words and values of what is compared by them alone.
const FEWEST: usize = 3;
/// Most entries with the same values that are compared pair by pair.
const MAX_COMPARED: usize = 2_000;

/// How equal texts are the same.
const LETTER: &str = "word for word";

/// An entry as it will read.
struct Candidate<'f> {
    number: usize,
    found: &'f Found,
    text: String,
    reading: Reading,
    sketch: Sketch,
}

/// Adds to `decisions` which entries of agents say what another entry says.
pub(super) fn find(found: &[Found], decisions: &mut [Option<Decision>]) {
    let mut buckets: BTreeMap<Vec<String>, Vec<Candidate<'_>>> = BTreeMap::new();
    for (number, found) in found.iter().enumerate() {
        if let Some(candidate) = candidate(number, found, decisions[number].as_ref()) {
            let mut values: Vec<String> =
                candidate.reading.texts().into_iter().map(str::to_lowercase).collect();
            values.sort();
            buckets.entry(values).or_default().push(candidate);
        }
    }
    for mut bucket in buckets.into_values() {
        bucket.truncate(MAX_COMPARED);
        // People's first, then what says it already, then what says most, then what stands first: that is what stays.
        bucket.sort_by_key(|one| {
            let is_agents = one.found.owner == EntryOwner::Agent;
            let is_replaced = one.text != one.found.entry.text;
            (is_agents, is_replaced, std::cmp::Reverse(one.reading.words.len()), one.number)
        });
        let mut kept: Vec<&Candidate<'_>> = Vec::new();
        for one in &bucket {
            let same = kept.iter().find_map(|kept| Some((kept.number, sameness(kept, one)?)));
            match same {
                Some((with, how)) if one.found.is_ours_to_change() => {
                    decisions[one.number] = Some(merged(with, how, decisions[one.number].take()));
                }
                _ => kept.push(one),
            }
        }
    }
}

/// What goes away or is asked about is not compared.
fn candidate<'f>(number: usize, found: &'f Found, decision: Option<&Decision>) -> Option<Candidate<'f>> {
    let text = match decision.map(|decision| &decision.wish) {
        Some(Wish::Archive(_) | Wish::Ask) => return None,
        Some(Wish::Replace(slot, value)) if found.is_ours_to_change() => replaced(found, *slot, value)?,
        _ => found.entry.text.clone(),
    };
    let (reading, sketch) = (reading::read(&text), Sketch::of(&text));
    Some(Candidate { number, found, text, reading, sketch })
}

/// Returns what an entry says with another value.
pub(super) fn replaced(found: &Found, slot: usize, value: &str) -> Option<String> {
    let range = found.reading.values.get(slot)?.range.clone();
    let text = &found.entry.text;
    Some([&text[..range.start], value, &text[range.end..]].concat())
}

/// Returns how two entries with the same values say the same.
fn sameness(a: &Candidate<'_>, b: &Candidate<'_>) -> Option<&'static str> {
    let plain = |text: &str| text.trim_end_matches(['.', '!', ';', ',']).to_lowercase();
    let alone = a.reading.words.len() + a.reading.values.len() >= SELF_CONTAINED;
    let same_place = a.found.context == b.found.context;
    if plain(&a.text) == plain(&b.text) && (same_place || alone) {
        return Some(LETTER);
    }
    if a.reading.denied != b.reading.denied || !a.found.shares_context(b.found) {
        return None;
    }
    if a.sketch.is_like(&b.sketch) {
        return Some("nearly word for word");
    }
    let said = a.reading.words.len() + a.reading.values.len();
    let same_words = a.reading.words == b.reading.words && !a.reading.values.is_empty() && said >= FEWEST;
    same_words.then_some("in other words")
}

fn merged(with: usize, how: &str, before: Option<Decision>) -> Decision {
    let why = format!("another entry says the same {how}");
    match before {
        // Two entries with two values, and nobody says that one replaced the other: both may hold.
        Some(before) if matches!(before.wish, Wish::Replace(..)) && !before.switches => {
            let why = format!("{}; the memory says both", before.why);
            Decision { finding: FindingKind::Contradicted, wish: Wish::Ask, why, ..before }
        }
        Some(before) if matches!(before.wish, Wish::Replace(..)) => {
            let why = format!("{}; another entry says so already", before.why);
            Decision { wish: Wish::Archive(Some(with)), why, ..before }
        }
        _ => Decision {
            finding: FindingKind::Duplicate,
            wish: Wish::Archive(Some(with)),
            why,
            question: String::new(),
            places: Vec::new(),
            loses: how != LETTER,
            switches: false,
        },
    }
}
