//! The engine's general miners against slow and obvious ones.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod near_duplicates;
mod sequences;
