//! Seeded chance. Every draw goes through `next_u32` with arithmetic of our own, so that the bytes of the
//! examples do not depend on how a version of `rand` turns bits into ranges.

use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{Rng, SeedableRng};
use sha2::{Digest, Sha256};

/// A stream of chance, named by a seed and a label. Streams with different labels are independent: a change
/// in one session leaves the others as they are.
pub(crate) struct Dice(ChaCha8Rng);

impl Dice {
    pub(crate) fn new(seed: u64, label: &str) -> Self {
        let digest = Sha256::new().chain_update(seed.to_le_bytes()).chain_update(label).finalize();
        Self(ChaCha8Rng::from_seed(digest.into()))
    }

    /// Returns a number from 0 to `bound - 1`; 0 where `bound` is 0.
    pub(crate) fn below(&mut self, bound: usize) -> usize {
        let draw = u64::from(self.0.next_u32()) * (bound as u64);
        (draw >> 32) as usize
    }

    /// Returns a number from `low` to `high`, both included.
    pub(crate) fn between(&mut self, low: usize, high: usize) -> usize {
        low + self.below(high.saturating_sub(low) + 1)
    }

    /// Returns one entry of a table. Tables here are constants with at least one entry.
    pub(crate) fn pick<T: Copy>(&mut self, table: &[T]) -> T {
        table[self.below(table.len())]
    }

    /// Returns the table's entries in a random order (Fisher-Yates).
    pub(crate) fn shuffled<T: Copy>(&mut self, table: &[T]) -> Vec<T> {
        let mut entries = table.to_vec();
        for last in (1..entries.len()).rev() {
            entries.swap(last, self.below(last + 1));
        }
        entries
    }

    /// Returns `length` characters of `0-9a-f`.
    pub(crate) fn hex(&mut self, length: usize) -> String {
        (0..length).map(|_| char::from(b"0123456789abcdef"[self.below(16)])).collect()
    }

    /// Returns `prefix` and `length` letters and digits, as the hosted services number their objects.
    pub(crate) fn tag(&mut self, prefix: &str, length: usize) -> String {
        const ALPHABET: &[u8] = b"ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz23456789";
        let body: String = (0..length).map(|_| char::from(self.pick(ALPHABET))).collect();
        format!("{prefix}{body}")
    }

    /// Returns a random UUID of version 4.
    pub(crate) fn uuid(&mut self) -> String {
        let variant = self.pick(&["8", "9", "a", "b"]);
        format!("{}-{}-4{}-{variant}{}-{}", self.hex(8), self.hex(4), self.hex(3), self.hex(3), self.hex(12))
    }
}

/// A table dealt like a deck of cards: no entry comes twice before all have come once.
pub(crate) struct Deck<T: Copy + 'static> {
    table: &'static [T],
    dice: Dice,
    left: Vec<T>,
}

impl<T: Copy + 'static> Deck<T> {
    pub(crate) fn new(seed: u64, label: &str, table: &'static [T]) -> Self {
        Self { table, dice: Dice::new(seed, label), left: Vec::new() }
    }

    /// Returns the next entry, after a new shuffle where none is left.
    pub(crate) fn deal(&mut self) -> T {
        if self.left.is_empty() {
            self.left = self.dice.shuffled(self.table);
        }
        self.left.pop().unwrap_or(self.table[0])
    }

    /// Returns the next entry, or `None` once every entry has been dealt.
    pub(crate) fn deal_once(&mut self) -> Option<T> {
        if self.left.is_empty() && !self.table.is_empty() {
            self.left = self.dice.shuffled(self.table);
            self.table = &[];
        }
        self.left.pop()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_stream_depends_on_seed_and_label_only() {
        let draw = |seed, label| Dice::new(seed, label).hex(16);
        assert_eq!(draw(1, "a"), draw(1, "a"));
        assert_ne!(draw(1, "a"), draw(2, "a"));
        assert_ne!(draw(1, "a"), draw(1, "b"));
    }

    #[test]
    fn a_deck_deals_every_card_before_it_repeats_one() {
        let mut deck = Deck::new(3, "cards", &[1, 2, 3, 4]);
        let mut first: Vec<i32> = (0..4).map(|_| deck.deal()).collect();
        first.sort_unstable();
        assert_eq!(first, [1, 2, 3, 4]);

        let mut once = Deck::new(3, "cards", &[1, 2]);
        assert!(once.deal_once().is_some() && once.deal_once().is_some());
        assert_eq!(once.deal_once(), None);
    }
}
