//! The dream benchmark: generators, loaders, baselines and the report.
//!
//! - [`fleet`] writes the sessions that ship with the project, under `examples/`.

#![warn(missing_docs)]

pub mod fleet;
