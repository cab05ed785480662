//! The dream benchmark: generators, loaders, baselines and the report.
//!
//! - [`fleet`] writes the sessions that ship with the project, under `examples/`.
//! - [`data`] finds and reads the sessions that are measured, [`split`] cuts them by task.
//! - [`mining`] runs the engine and reads what it mined, [`baseline`] is what others do.
//! - [`planted`] puts known patterns into copies of real sessions.
//! - [`instructions`] is the gate of `cargo bench`.
//! - [`live`] lets a real model work with and without what was dreamt.
//! - [`peers`] runs what people use instead beside our stages.
//! - [`metric`] has a module for each figure, [`report`] puts them in one table. What they mean:
//!   `docs/benchmark.md`.

#![warn(missing_docs)]

pub mod baseline;
pub mod chance;
pub mod data;
pub mod figure;
pub mod fleet;
pub mod instructions;
pub mod live;
pub mod metric;
pub mod mining;
pub mod notebook;
pub mod peers;
pub mod planted;
pub mod plot;
pub mod report;
pub mod split;
pub mod stream;
