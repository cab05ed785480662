//! Which patterns say all there is to say: closed ones.

use std::collections::HashMap;

use super::Pattern;

/// Leaves out every pattern that is part of a pattern with one item more, anywhere, and the same support.
///
/// `patterns` are all that are frequent, as [`frequent`](super::frequent) returns them. Without a bound on gaps
/// these are the closed patterns in the usual sense: whatever contains a pattern contains one that is longer by one,
/// and support never grows with length. (With `longest`, patterns of that length stand for what goes on.)
pub fn closed(patterns: Vec<Pattern>) -> Vec<Pattern> {
    let known: HashMap<&[u32], usize> =
        patterns.iter().enumerate().map(|(at, pattern)| (pattern.items.as_slice(), at)).collect();
    let mut open = vec![false; patterns.len()];
    let mut shorter = Vec::new();
    for pattern in &patterns {
        for left_out in 0..pattern.items.len() {
            // Of equal neighbours each gives the same.
            if left_out > 0 && pattern.items[left_out] == pattern.items[left_out - 1] {
                continue;
            }
            shorter.clear();
            shorter.extend_from_slice(&pattern.items[..left_out]);
            shorter.extend_from_slice(&pattern.items[left_out + 1..]);
            if let Some(at) = known.get(shorter.as_slice()) {
                open[*at] |= patterns[*at].support == pattern.support;
            }
        }
    }
    patterns.into_iter().zip(open).filter(|(_, open)| !open).map(|(pattern, _)| pattern).collect()
}
