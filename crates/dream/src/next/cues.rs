//! From a moment to the cues that it shows, and from counts by cue to what they say about each action.

use std::collections::HashMap;

use super::moment::{Action, LAST, Moment, OTHER, Vocabulary};
use super::published::Cue;

/// Kinds of cues.
pub(super) const KINDS: usize = Cue::ALL.len();
/// Weight of what is expected without a cue, in sightings; of a word more, because words say little each.
const PRIOR: f64 = 1.0;
const WORD_PRIOR: f64 = 3.0;
const CANDIDATE_PRIOR: f64 = 4.0;
/// What an action counts that was never seen.
const UNSEEN: f64 = 0.05;

/// Strings by number.
#[derive(Clone, Debug, Default)]
pub(super) struct Names {
    numbers: HashMap<String, u32>,
    texts: Vec<String>,
}

impl Names {
    /// Returns the number of a text, which is given one where it has none.
    pub(super) fn enter(&mut self, text: &str) -> u32 {
        if let Some(number) = self.numbers.get(text) {
            return *number;
        }
        let number = u32::try_from(self.texts.len()).unwrap_or(u32::MAX);
        self.texts.push(text.to_owned());
        self.numbers.insert(text.to_owned(), number);
        number
    }

    /// Returns the number of a text; one that no text has where it has none.
    pub(super) fn find(&self, text: &str) -> u32 {
        self.numbers.get(text).copied().unwrap_or(u32::MAX)
    }

    pub(super) fn text(&self, number: u32) -> &str {
        self.texts.get(number as usize).map_or("", String::as_str)
    }
}

/// One cue: its kind, and its parts as numbers of names.
pub(super) type Key = (Cue, Vec<u32>);

/// The cues of one moment.
pub(super) struct Cues {
    /// The last actions, from none to all that are known.
    pub(super) after: Vec<Key>,
    /// All others that speak of every action at once.
    pub(super) others: Vec<Key>,
    /// Those that speak of one action.
    pub(super) candidates: Vec<(Action, Key)>,
    /// What is said of the actions that did not follow the last one in this session, where others did.
    pub(super) elsewhere: Option<Key>,
}

/// Returns the cues of a moment; `number` gives the number of a name.
pub(super) fn cues(moment: &Moment, vocabulary: &Vocabulary, number: &mut dyn FnMut(&str) -> u32) -> Cues {
    let last: Vec<u32> = moment.last.iter().map(|action| number(vocabulary.name(*action))).collect();
    let [third, second, first] = [last[LAST - 3], last[LAST - 2], last[LAST - 1]];
    let after = (0..=LAST).map(|n| (Cue::After, last[last.len() - n..].to_vec())).collect();
    let ended = number(&moment.ended);
    let spoken = number(if moment.spoken { "spoken" } else { "" });
    let size = number(&moment.size.to_string());
    let mut others = vec![
        (Cue::Ended, vec![first, ended, spoken]),
        (Cue::EndedTwo, vec![second, first, ended, spoken]),
        (Cue::Skip, vec![third, first]),
        (Cue::Size, vec![first, size, ended]),
    ];
    for word in &moment.said {
        let word = number(&word.word);
        others.push((Cue::Said, vec![word]));
        others.push((Cue::SaidAfter, vec![word, first]));
    }
    for word in &moment.with {
        others.push((Cue::With, vec![first, number(word)]));
    }
    let mut candidates = Vec::new();
    for (action, left, named) in &moment.left {
        let parts = [vocabulary.name(*action), &left.to_string(), &u8::from(*named).to_string()];
        candidates.push((*action, (Cue::Inputs, parts.map(&mut *number).to_vec())));
    }
    let followed = &moment.followed;
    let all = followed.len().min(4).to_string();
    let mut distinct = followed.clone();
    distinct.sort_unstable();
    distinct.dedup();
    for action in distinct.into_iter().filter(|action| *action != OTHER) {
        let latest = u8::from(followed.last() == Some(&action)).to_string();
        let times = followed.iter().filter(|other| **other == action).count().min(3).to_string();
        let parts = [vocabulary.name(action), &latest, &times, &all];
        candidates.push((action, (Cue::Repeats, parts.map(&mut *number).to_vec())));
    }
    for (action, times) in moment.done.iter().filter(|(action, _)| *action != OTHER) {
        let parts = [vocabulary.name(*action), &(*times).min(3).to_string()];
        candidates.push((*action, (Cue::Done, parts.map(&mut *number).to_vec())));
    }
    let elsewhere =
        (!followed.is_empty()).then(|| (Cue::Repeats, ["*", "0", "0", &all].map(&mut *number).to_vec()));
    Cues { after, others, candidates, elsewhere }
}

/// What followed a cue.
#[derive(Clone, Debug, Default)]
pub(super) struct Seen {
    pub(super) n: f64,
    pub(super) next: Vec<(Action, f64)>,
}

impl Seen {
    fn of(&self, action: Action) -> f64 {
        self.next.iter().find(|(other, _)| *other == action).map_or(0.0, |(_, n)| *n)
    }
}

/// What the cues of a moment say: the logarithm of a probability for the first kind, of a ratio to what would be
/// expected without the cue for all others. By action, then by kind.
pub(super) fn features(
    cues: &Cues,
    actions: usize,
    seen: &dyn Fn(&Key) -> Option<Seen>,
    all: &Seen,
) -> Vec<[f64; KINDS]> {
    let spread = |seen: &Seen, prior: f64, without: &[f64]| -> Vec<f64> {
        let mut shares: Vec<f64> = without.iter().map(|share| prior * share / (seen.n + prior)).collect();
        for (action, n) in &seen.next {
            if let Some(share) = shares.get_mut(*action as usize) {
                *share += n / (seen.n + prior);
            }
        }
        shares
    };
    let total = all.n + UNSEEN * actions as f64;
    let alone: Vec<f64> = (0..actions).map(|action| (all.of(action as Action) + UNSEEN) / total).collect();
    let mut out = vec![[0.0; KINDS]; actions];
    let mut base = alone.clone();
    let mut behind_last = alone.clone();
    for (length, key) in cues.after.iter().enumerate().skip(1) {
        let Some(found) = seen(key).filter(|found| found.n > 0.0) else { break };
        // Witten and Bell: what is new is as likely as there were new things.
        base = spread(&found, found.next.len().max(1) as f64, &base);
        if length == 1 {
            behind_last = spread(&found, PRIOR, &alone);
        }
    }
    for (row, share) in out.iter_mut().zip(&base) {
        row[Cue::After as usize] = share.ln();
    }
    let mut counted = [0u32; KINDS];
    for key in &cues.others {
        let Some(found) = seen(key).filter(|found| found.n > 0.0) else { continue };
        let (without, prior) = match key.0 {
            Cue::Said => (&alone, WORD_PRIOR),
            Cue::SaidAfter | Cue::With => (&behind_last, WORD_PRIOR),
            _ => (&behind_last, PRIOR),
        };
        let kind = key.0 as usize;
        counted[kind] += 1;
        for ((row, share), without) in out.iter_mut().zip(spread(&found, prior, without)).zip(without) {
            row[kind] += (share / without).ln();
        }
    }
    // Words of one text say the same several times over.
    for kind in [Cue::Said, Cue::SaidAfter, Cue::With].map(|cue| cue as usize) {
        let times = f64::from(counted[kind]).sqrt();
        out.iter_mut().filter(|_| counted[kind] > 1).for_each(|row| row[kind] /= times);
    }
    let ratio = |found: &Seen, hits: f64, without: f64| {
        ((hits + CANDIDATE_PRIOR * without) / (found.n + CANDIDATE_PRIOR) / without).ln()
    };
    if let Some(found) = cues.elsewhere.as_ref().and_then(seen).filter(|found| found.n > 0.0) {
        let followed: Vec<usize> = cues
            .candidates
            .iter()
            .filter(|(_, key)| key.0 == Cue::Repeats)
            .map(|(action, _)| *action as usize)
            .collect();
        let without = 1.0 - followed.iter().filter_map(|action| alone.get(*action)).sum::<f64>();
        if without > 0.0 {
            let ratio = ratio(&found, found.next.iter().map(|(_, n)| n).sum(), without);
            for (action, row) in out.iter_mut().enumerate() {
                if !followed.contains(&action) {
                    row[Cue::Repeats as usize] = ratio;
                }
            }
        }
    }
    for (action, key) in &cues.candidates {
        let (Some(row), Some(without)) = (out.get_mut(*action as usize), alone.get(*action as usize)) else {
            continue;
        };
        if let Some(found) = seen(key).filter(|found| found.n > 0.0) {
            row[key.0 as usize] = ratio(&found, found.of(*action), *without);
        }
    }
    out
}
