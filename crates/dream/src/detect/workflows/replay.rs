//! Stretches that one session repeats of another to the letter: a session that was resumed or forked carries the
//! start of the other one along. What was done once is seen once.

use std::collections::BTreeMap;

use super::mine::MAX_LENGTH;
use super::segment::Segment;
use super::symbol::Symbol;
use crate::normalise::Normalised;

/// Steps in a row, arguments and all, that nobody repeats by habit: more than any pattern has.
const RUN: usize = MAX_LENGTH + 1;

/// Returns for each segment which of its items a session with a smaller id has shown, too, in a run of [`RUN`].
pub(super) fn replayed(sessions: &[&Normalised], segments: &[Segment]) -> Vec<Vec<bool>> {
    let prints = |segment: &Segment| -> Vec<u64> {
        let steps = &sessions[segment.session].steps;
        let print = |at: usize| steps.get(at).map_or(0, |step| step.fingerprint);
        segment.items.iter().map(|item| item.step.map_or(0, print)).collect()
    };
    let prints: Vec<Vec<u64>> = segments.iter().map(prints).collect();
    let id = |at: usize| &sessions[segments[at].session].id;
    let mut first: BTreeMap<&[u64], usize> = BTreeMap::new();
    for (at, prints) in prints.iter().enumerate() {
        for run in prints.windows(RUN) {
            let of = first.entry(run).or_insert(at);
            *of = if id(at) < id(*of) { at } else { *of };
        }
    }
    let marked = prints.iter().enumerate().map(|(at, prints)| {
        let mut marks = vec![false; prints.len()];
        for (start, run) in prints.windows(RUN).enumerate() {
            if first.get(run).is_some_and(|of| id(*of) < id(at)) {
                marks[start..start + RUN].fill(true);
            }
        }
        marks
    });
    marked.collect()
}

/// Returns what is left of a segment, in pieces.
pub(super) fn fresh(items: &[Symbol], replayed: &[bool]) -> Vec<Vec<Symbol>> {
    let marked: Vec<(Symbol, bool)> = items.iter().copied().zip(replayed.iter().copied()).collect();
    let pieces = marked.split(|(_, replayed)| *replayed).filter(|piece| !piece.is_empty());
    pieces.map(|piece| piece.iter().map(|(symbol, _)| *symbol).collect()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_left_falls_apart_where_something_is_taken_out() {
        let replayed = [false, false, true, true, false];
        assert_eq!(fresh(&[2, 3, 4, 5, 6], &replayed), vec![vec![2, 3], vec![6]]);
        assert!(fresh(&[2, 3], &[true, true]).is_empty());
    }
}
