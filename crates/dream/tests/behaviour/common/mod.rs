//! Small worlds: sessions in a few words, and a store that dreams add to.

mod dreaming;
mod proposing;
mod session;
mod world;

pub(crate) use dreaming::*;
pub(crate) use proposing::*;
pub(crate) use session::*;
pub(crate) use world::*;

use proptest::prelude::ProptestConfig;
use proptest::test_runner::RngSeed;

/// The same cases in every run, and nothing written into the checkout: the failing case is printed. The long
/// form (`SOMNIUM_LONG=20`) runs that many times as many.
pub(crate) fn proptest_config(cases: u32) -> ProptestConfig {
    let times = std::env::var("SOMNIUM_LONG").ok().and_then(|times| times.parse().ok()).unwrap_or(1);
    ProptestConfig {
        cases: cases.saturating_mul(times),
        rng_seed: RngSeed::Fixed(7),
        failure_persistence: None,
        max_shrink_iters: 400,
        ..ProptestConfig::default()
    }
}
