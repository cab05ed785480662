//! Patterns in sequences: which items follow each other in many of them.
//!
//! Items are numbers; what they stand for is the caller's business. Results never depend on the order in which
//! sequences are given, but for the numbers that [`Sequences`] hands out by position.

mod closed;
mod grams;
mod mine;

pub use closed::closed;
pub use grams::Grams;
pub use mine::{Limits, Pattern, frequent};

/// Ends a sequence: no item.
const END: u32 = u32::MAX;

/// Sequences of items, one behind the other.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Sequences {
    /// All items, [`END`] behind each sequence.
    items: Vec<u32>,
    /// Where each sequence begins.
    starts: Vec<u32>,
}

impl Sequences {
    /// Adds a sequence. Items must be less than [`u32::MAX`], and all of them together fewer: what is more is left
    /// out.
    pub fn push(&mut self, items: impl IntoIterator<Item = u32>) {
        let room = (END as usize).saturating_sub(self.items.len() + 1);
        self.starts.push(u32::try_from(self.items.len()).unwrap_or(END));
        self.items.extend(items.into_iter().filter(|item| *item != END).take(room));
        self.items.push(END);
    }

    /// Returns how many there are.
    pub fn len(&self) -> usize {
        self.starts.len()
    }

    /// Returns whether there is none.
    pub fn is_empty(&self) -> bool {
        self.starts.is_empty()
    }

    /// Returns the sequences in order.
    pub fn iter(&self) -> impl Iterator<Item = &[u32]> {
        let ends =
            self.starts.iter().skip(1).copied().chain([u32::try_from(self.items.len()).unwrap_or(END)]);
        self.starts.iter().zip(ends).map(|(start, end)| &self.items[*start as usize..end as usize - 1])
    }
}

impl<S: IntoIterator<Item = u32>> FromIterator<S> for Sequences {
    fn from_iter<T: IntoIterator<Item = S>>(all: T) -> Self {
        let mut sequences = Self::default();
        all.into_iter().for_each(|items| sequences.push(items));
        sequences
    }
}
