//! What the dream engine does, seen from outside: sessions in, report and memory out.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod common;

mod again;
mod contrast;
mod digests;
mod failures;
mod gates;
mod habits;
mod hostile;
mod instructions;
mod order;
mod outcomes;
mod people;
mod poison;
mod preferences;
mod proposals;
mod reconcile;
mod repairs;
mod report;
mod review;
mod robustness;
mod secrets;
mod signatures;
mod states;
mod tally;
mod verdict;
mod workflows;
