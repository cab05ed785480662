//! What the dream engine does, seen from outside: sessions in, report and memory out.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod common;

mod again;
mod gates;
mod hostile;
mod order;
mod outcomes;
mod people;
mod repairs;
mod secrets;
mod signatures;
