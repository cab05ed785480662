//! How many sessions start without a note, so that its effect can be told from what would have happened anyway.

use std::fmt;

use serde::{Deserialize, Serialize};
use somnium_types::Timestamp;

/// A share of all sessions, in ten-thousandths: whole numbers, so that everybody decides alike.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Share(u16);

/// What holds from some time on. The latest one is in force; the earlier ones say how sessions were dealt before.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct HoldBack {
    /// The share of sessions that start without a note, drawn for each note by itself. Zero holds nothing back.
    pub share: Share,
    /// Part of what is hashed: another one draws anew.
    pub salt: String,
    /// Since when.
    pub from: Timestamp,
}

impl Share {
    /// All sessions, in the unit of [`Share::parts`].
    pub const WHOLE: u16 = 10_000;

    /// Returns the share of so many percent; `None` outside 0 to 100.
    pub fn of_percent(percent: f64) -> Option<Self> {
        let parts = (percent * 100.0).round();
        let is_a_share = percent.is_finite() && (0.0..=f64::from(Self::WHOLE)).contains(&parts);
        // In range, and whole.
        is_a_share.then_some(Self(parts as u16))
    }

    /// Returns the share in ten-thousandths.
    pub fn parts(self) -> u16 {
        self.0.min(Self::WHOLE)
    }

    /// Returns the share as a number from 0 to 1.
    pub fn fraction(self) -> f64 {
        f64::from(self.parts()) / f64::from(Self::WHOLE)
    }
}

impl fmt::Display for Share {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}%", f64::from(self.parts()) / 100.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shares_are_read_and_shown_in_percent() {
        assert_eq!(Share::of_percent(10.0).unwrap().to_string(), "10%");
        assert_eq!(Share::of_percent(0.25).unwrap().to_string(), "0.25%");
        assert_eq!(Share::of_percent(100.0).unwrap().fraction(), 1.0);
        for wrong in [-0.1, 100.1, f64::NAN, f64::INFINITY] {
            assert_eq!(Share::of_percent(wrong), None);
        }
    }
}
