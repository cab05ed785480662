//! The common message of a mistake in the words of one place.

use crate::ledger::{Key, Seen};
use crate::normalise::{Token, WILDCARD, tokens};

/// From this many sessions on, what is the same in all of them counts as part of the message.
const CONSTANT: usize = 3;
/// Longest value that is shown for being the same everywhere, in bytes.
const MAX_CONSTANT: usize = 32;

/// Returns a template in the spelling of the first session that has it.
pub(super) fn message<'s>(key: &Key, seen: impl Iterator<Item = &'s Seen>) -> Option<Vec<String>> {
    let Key::Mistake { template, .. } = key;
    let template = template.as_ref()?;
    let (mut lines, mut varies): (Vec<Vec<Token>>, bool) = (Vec::new(), false);
    for seen in seen {
        varies |= seen.varies;
        lines.extend(
            seen.quotes.first().map(|quote| tokens(&quote.text)).filter(|line| line.len() == template.len()),
        );
    }
    let Some(first) = lines.first() else { return Some(template.clone()) };
    let shown = template.iter().zip(first).enumerate().map(|(at, (token, spelt))| {
        let same = !varies && lines.len() >= CONSTANT && lines.iter().all(|line| line[at].raw == spelt.raw);
        match token.contains(WILDCARD) {
            true if same && spelt.raw.len() <= MAX_CONSTANT => spelt.raw.clone(),
            true => token.clone(),
            false => spelt.masked.clone(),
        }
    });
    Some(shown.collect())
}
