//! What is kept of a text so that another one that says nearly the same is known again, and the text is not.
//!
//! The smallest hashes of its pairs of words (Cohen and Kaplan, *Summarizing Data using Bottom-k Sketches*, PODC 2007):
//! the share that two sketches have in common estimates the resemblance of the texts. Numbers are left out, because
//! the same note says other counts every week.

use serde::{Deserialize, Serialize};
use somnium_types::sha256;

/// Hashes kept: the estimate is off by about a twelfth.
const KEPT: usize = 128;
/// From this share on two texts say the same. Of notes about different things the most alike share about a half: the
/// words that every note has.
const ALIKE: f64 = 0.8;
/// With fewer pairs of words nothing can be told.
const FEWEST: usize = 4;

/// A sketch of a text: sorted hashes.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Sketch(Vec<u32>);

impl Sketch {
    /// Sketches a text.
    pub fn of(text: &str) -> Self {
        let words: Vec<String> = text
            .split(|c: char| !c.is_alphanumeric() && c != '_')
            .filter(|word| word.chars().any(char::is_alphabetic))
            .map(str::to_lowercase)
            .collect();
        let pair = |pair: &[String]| {
            let digest = sha256(pair.join(" ").as_bytes());
            u32::from_le_bytes([digest[0], digest[1], digest[2], digest[3]])
        };
        let mut hashes: Vec<u32> = words.windows(2).map(pair).collect();
        hashes.sort_unstable();
        hashes.dedup();
        hashes.truncate(KEPT);
        Self(hashes)
    }

    /// Whether both texts say nearly the same.
    pub fn is_like(&self, other: &Self) -> bool {
        self.0.len() >= FEWEST && other.0.len() >= FEWEST && self.resemblance(other) >= ALIKE
    }

    /// Returns the estimated share of pairs of words that are common to both, of all that either has.
    pub fn resemblance(&self, other: &Self) -> f64 {
        let mut all: Vec<u32> = self.0.iter().chain(&other.0).copied().collect();
        all.sort_unstable();
        all.dedup();
        all.truncate(KEPT);
        if all.is_empty() {
            return 0.0;
        }
        let has = |sketch: &Self, hash: &u32| sketch.0.binary_search(hash).is_ok();
        let common = all.iter().filter(|hash| has(self, hash) && has(other, hash)).count();
        common as f64 / all.len() as f64
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOTE: &str = "When `file` says “command not found”, use `od -c` instead: that worked 4 of the 5 times it was \
                        tried. Seen 15 times in 9 sessions.";

    #[test]
    fn other_counts_are_the_same_note_and_other_words_another() {
        let counts = NOTE.replace("15", "40").replace('9', "31");
        assert!(Sketch::of(NOTE).is_like(&Sketch::of(&counts)));
        let other = "When `jq` says “command not found”, install it with `apt-get` first: that worked 2 of the 2 times \
                     it was tried. Seen 7 times in 3 sessions.";
        assert!(!Sketch::of(NOTE).is_like(&Sketch::of(other)));
        assert!(!Sketch::of("").is_like(&Sketch::of("")));
    }

    #[test]
    fn the_estimate_is_near_the_truth_for_long_texts() {
        let words: Vec<String> = (0..3_000).map(|n| format!("w{}x", n * 7919 % 10_007)).collect();
        let (whole, part) = (words.join(" "), words[..2_000].join(" "));
        let estimate = Sketch::of(&whole).resemblance(&Sketch::of(&part));
        assert!((estimate - 2.0 / 3.0).abs() < 0.15, "{estimate}");
        assert_eq!(Sketch::of(&whole).0.len(), KEPT);
    }
}
