//! Texts that are nearly the same: what comparing all with all finds.

use std::collections::BTreeSet;

use proptest::prelude::*;
use somnium_dream::neardup::{Runs, pairs};

/// A fixed generator of numbers.
struct Numbers(u64);

impl Numbers {
    fn below(&mut self, end: u64) -> u64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % end
    }
}

/// Texts of which many are another one with some words changed.
fn texts(count: usize, seed: u64) -> Vec<String> {
    let mut numbers = Numbers(seed);
    let mut texts: Vec<Vec<u64>> = Vec::new();
    for _ in 0..count {
        let copied = numbers.below(texts.len() as u64 + 5) as usize;
        let mut words = match texts.get(copied) {
            Some(words) => words.clone(),
            None => {
                let length = 8 + numbers.below(90);
                (0..length).map(|_| numbers.below(3000)).collect()
            }
        };
        for _ in 0..numbers.below(4) {
            let at = numbers.below(words.len() as u64) as usize;
            words[at] = numbers.below(3000);
        }
        texts.push(words);
    }
    let say = |words: &Vec<u64>| words.iter().map(|word| format!("w{word}")).collect::<Vec<_>>().join(" ");
    texts.iter().map(say).collect()
}

/// The runs of five words of a text, as words.
fn runs_of(text: &str) -> BTreeSet<Vec<&str>> {
    let words: Vec<&str> = text.split_whitespace().collect();
    let length = words.len().clamp(1, 5);
    words.windows(length).map(<[_]>::to_vec).collect()
}

/// The share of common runs.
fn resemblance(a: &BTreeSet<Vec<&str>>, b: &BTreeSet<Vec<&str>>) -> f64 {
    let common = a.intersection(b).count();
    let all = a.len() + b.len() - common;
    if all == 0 { 0.0 } else { common as f64 / all as f64 }
}

#[test]
fn finds_what_comparing_all_with_all_finds() {
    for seed in 1..4 {
        let texts = texts(150, seed);
        let words: Vec<_> = texts.iter().map(|text| runs_of(text)).collect();
        let runs: Vec<Runs> = texts.iter().map(|text| Runs::of(text)).collect();
        let mut expected = Vec::new();
        for (at, text) in texts.iter().enumerate() {
            let repeats = |end: usize| texts[..end].contains(&texts[end]);
            for other in at + 1..texts.len() {
                let alike = resemblance(&words[at], &words[other]) >= 0.8;
                let equal_to_first = *text == texts[other] && !repeats(at);
                let both_first = !repeats(at) && !repeats(other);
                if alike && (equal_to_first || both_first) {
                    expected.push((u32::try_from(at).unwrap(), u32::try_from(other).unwrap()));
                }
            }
        }
        assert!(expected.len() > 40, "there is something to find");
        assert_eq!(pairs(&runs), expected, "seed {seed}");
    }
}

#[test]
fn small_texts() {
    let runs: Vec<Runs> =
        ["", "a b c", "", "a b c", "a b d", "a  b\tc ", "c b a"].iter().map(|text| Runs::of(text)).collect();
    assert_eq!(pairs(&runs), [(1, 3), (1, 5)]);
    assert_eq!(pairs(&[]), []);
}

#[test]
fn white_space_of_every_kind_parts_words() {
    let spaces: Vec<char> =
        (0..=0x3000_u32).filter_map(char::from_u32).filter(|c| c.is_whitespace()).collect();
    let plain = Runs::of("one two three four five six");
    for space in spaces {
        assert_eq!(Runs::of(&format!("one{space}two{space}three four five six")), plain, "{space:?}");
    }
    assert_ne!(Runs::of("one\u{1c}two three four five six"), plain);
}

proptest! {
    #[test]
    fn resembles_as_counted(a in "[ab ]{0,30}", b in "[ab ]{0,30}") {
        let alike = resemblance(&runs_of(&a), &runs_of(&b)) >= 0.8;
        prop_assert_eq!(Runs::of(&a).is_alike(&Runs::of(&b)), alike);
    }
}
