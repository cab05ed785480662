//! What usually comes next: tables that a dream publishes beside its playbooks, and the predictor that reads them.
//!
//! ```text
//! sessions → moments (what was known when the agent acted, and what it did)
//!          → counts by cue (the last actions, how they ended, what was just said, …) → rows, trust   [learn]
//! rows, trust + a session so far → the next action                                                   [predict]
//! ```
//!
//! A cue is something known at that moment. Each published row says what followed it, with counts that a person can
//! check; the trust in each kind of cue is one number, fitted on tasks whose counts were left out.

mod cues;
mod fit;
mod learn;
mod moment;
mod predict;
mod published;
mod rows;
mod words;

pub(crate) use learn::learn;
pub use moment::{ANSWER, Taken, actions};
pub use predict::Predictor;
pub use published::{ActionCount, Cue, Inputs, NextActions, Row, Trust};

#[cfg(test)]
mod tests;
