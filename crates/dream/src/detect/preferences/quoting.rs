//! Which of many wordings stands for all.

use std::collections::{BTreeMap, BTreeSet};

use somnium_types::SessionId;

use super::AGAINST;
use super::camps::{Matter, Settled};
use super::quorum::{Camp, Opinions};
use super::signals::Saying;
use crate::normalise::Quote;
use crate::validate;

/// Longest wording, in characters, and fewest words of one.
const MAX_WORDING: usize = 110;
const MIN_WORDS: usize = 3;
/// Most further wordings.
const MAX_ALSO: usize = 2;
/// Most places cited.
const MAX_CITED: usize = 8;

/// The words of a matter, and where they stand.
#[derive(Debug, Default)]
pub(super) struct Quoted {
    pub(super) wording: String,
    /// What is wanted, as the wording puts it.
    pub(super) value: String,
    pub(super) also: Vec<String>,
    pub(super) dissent: Option<(u64, String)>,
    pub(super) before: Option<(u64, String)>,
    pub(super) cited: Vec<(SessionId, Vec<Quote>)>,
}

/// Chooses the wordings.
pub(super) fn quote(matter: &Matter<'_>, settled: &Settled<'_>) -> Quoted {
    let mut cited = Cited::default();
    let best = ranked(matter, &settled.mined);
    let mut quoted = Quoted::default();
    let mut speakers = BTreeSet::new();
    let mut texts = BTreeSet::new();
    for saying in &best {
        let text = shown(saying);
        if quoted.also.len() >= MAX_ALSO || !speakers.insert(saying.who) || !texts.insert(text.to_lowercase())
        {
            continue;
        }
        cited.add(saying);
        match quoted.wording.is_empty() {
            true => {
                quoted.value = match settled.value.starts_with(AGAINST) {
                    true => format!("{AGAINST}{}", matter.refused(saying, &text)),
                    false => matter.wanted(saying, &text),
                };
                quoted.wording = text;
            }
            false => quoted.also.push(text),
        }
    }
    quoted.dissent = largest(matter, &settled.others, &mut cited);
    quoted.before = largest(matter, &settled.given_up, &mut cited);
    for saying in best {
        cited.add(saying);
    }
    quoted.cited = cited.0.into_iter().map(|(id, quotes)| (id, quotes.into_values().collect())).collect();
    quoted
}

/// Returns the beginning of what somebody said: not fit for a note, but the list of what was nearly learnt has
/// to say what it is about.
pub(super) fn fragment(settled: &Settled<'_>) -> String {
    settled.camp.sayings.first().map_or_else(String::new, |saying| {
        let text = shown(saying);
        text.chars().take(MAX_WORDING).collect()
    })
}

/// Returns the best wording of the largest camp, with its size.
fn largest(matter: &Matter<'_>, opinions: &Opinions<'_>, cited: &mut Cited) -> Option<(u64, String)> {
    let size = |camp: &Camp<'_>| camp.people().iter().filter(|who| !who.is_empty()).count();
    let (_, camp) = opinions.iter().max_by_key(|(value, camp)| (size(camp), std::cmp::Reverse(*value)))?;
    let best = ranked(matter, camp).into_iter().next()?;
    cited.add(best);
    (size(camp) > 0).then(|| (size(camp) as u64, shown(best)))
}

/// Returns the sayings that can be shown, the plainest first.
fn ranked<'s>(matter: &Matter<'_>, camp: &Camp<'s>) -> Vec<&'s Saying<'s>> {
    let mut fit: Vec<&Saying<'_>> = camp
        .sayings
        .iter()
        .copied()
        .filter(|saying| !saying.reading.leans && is_presentable(saying))
        .collect();
    fit.sort_by(|a, b| {
        let key = |saying: &Saying<'_>| {
            (burden(matter, saying), saying.quote.text.len(), saying.quote.text.clone())
        };
        (key(a), a.when()).cmp(&(key(b), b.when()))
    });
    fit
}

/// Whether words can stand on their own in a note.
fn is_presentable(saying: &Saying<'_>) -> bool {
    let text = shown(saying);
    let balanced = |open: char, close: char| text.matches(open).count() == text.matches(close).count();
    text.split(' ').count() >= MIN_WORDS
        && text.chars().count() <= MAX_WORDING
        && text.chars().next().is_some_and(char::is_alphabetic)
        && !text.ends_with([',', '-', '(', '…'])
        && !text.contains("[redacted:")
        && balanced('(', ')')
        && balanced('`', '`')
        && text.matches('`').count().is_multiple_of(2)
        && validate::may_quote(&text)
}

/// What makes a wording hard to read by itself: what else it speaks of, questions, "it", numbers.
fn burden(matter: &Matter<'_>, saying: &Saying<'_>) -> usize {
    let reading = &saying.reading;
    let text = saying.quote.text.trim();
    let all = reading.items.len() + reading.against.len();
    let about = matter
        .cluster
        .items
        .iter()
        .filter(|item| reading.items.contains(*item) || reading.against.contains(*item));
    let further = all - about.count().min(all);
    let asks = usize::from(text.ends_with('?') && reading.opening == 0);
    let has_digits = usize::from(text.contains(|c: char| c.is_ascii_digit()));
    let unclear = usize::from(text.contains('…') || text.contains("..") || text.contains(':'));
    let leads = usize::from(reading.verb.is_none());
    let passing =
        usize::from(saying.strength().is_none_or(|strength| strength == super::reading::Strength::Request));
    2 * further + 4 * asks + 4 * has_digits + 4 * unclear + leads + passing + usize::from(reading.once) * 4
}

/// Returns a clause as it is quoted.
fn shown(saying: &Saying<'_>) -> String {
    let text = saying.quote.text.split_whitespace().collect::<Vec<_>>().join(" ");
    let text = text.replace(['“', '”'], "\"");
    // "Could you please" belongs to the request, not to what is wanted.
    let start = match saying.reading.opening {
        0 => 0,
        words => text.match_indices(' ').nth(words - 1).map_or(0, |(at, _)| at + 1),
    };
    text[start..].trim_end_matches(['.', '!', '?', ',', ';', ':', ' ']).to_owned()
}

/// Places, by session and within it by where they stand.
#[derive(Default)]
struct Cited(BTreeMap<SessionId, BTreeMap<(u32, u32), Quote>>);

impl Cited {
    fn add(&mut self, saying: &Saying<'_>) {
        let all: usize = self.0.values().map(BTreeMap::len).sum();
        if all < MAX_CITED {
            let place = (saying.quote.span.event, saying.quote.span.start);
            self.0.entry(saying.session.id.clone()).or_default().insert(place, saying.quote.clone());
        }
    }
}
