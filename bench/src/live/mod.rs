//! M18: does what a dream wrote help a real model?
//!
//! In each [`world`] an agent does one bounded job through one tool, whose house [`rule`] is told by nothing but the
//! errors of the tool. A model [`works`](learn::work) on a few requests; what happened is written as sessions, and the
//! engine dreams of them. Then requests that nobody has seen are [judged](trial) by their first call, with and without
//! notes. Whoever answers is behind [`model::Model`]: a server ([`client`]), replies of an earlier run ([`raw`]), or a
//! script in tests.

pub mod client;
pub mod job;
pub mod learn;
pub mod model;
pub mod raw;
pub mod rule;
pub mod run;
pub mod score;
pub mod trial;
pub mod value;
pub mod wording;
pub mod world;
