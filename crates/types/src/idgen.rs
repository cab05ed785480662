//! Fresh ids enter the program here and nowhere else.

use std::sync::atomic::{AtomicU64, Ordering};

use crate::sha256_hex;

/// Makes ids that were never used before.
pub trait IdGen: Send + Sync {
    /// Returns a fresh id: `prefix`, an underscore and 24 hexadecimal digits.
    fn fresh(&self, prefix: &str) -> String;
}

/// Ids from a seed and a counter: the same seed gives the same ids in the same order.
#[derive(Debug)]
pub struct SeededIdGen {
    seed: u64,
    next: AtomicU64,
}

impl SeededIdGen {
    /// Returns a generator that starts at the first id of `seed`.
    pub fn new(seed: u64) -> Self {
        Self { seed, next: AtomicU64::new(0) }
    }
}

impl IdGen for SeededIdGen {
    fn fresh(&self, prefix: &str) -> String {
        let n = self.next.fetch_add(1, Ordering::Relaxed);
        let hash = sha256_hex(format!("{}/{n}", self.seed).as_bytes());
        format!("{prefix}_{}", hash.prefix(24))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_seed_gives_the_same_ids_and_never_one_twice() {
        let (a, b) = (SeededIdGen::new(7), SeededIdGen::new(7));
        let first: Vec<_> = (0..100).map(|_| a.fresh("drm")).collect();
        assert_eq!(first, (0..100).map(|_| b.fresh("drm")).collect::<Vec<_>>());
        assert_eq!(first.iter().collect::<std::collections::BTreeSet<_>>().len(), 100);
        assert_ne!(first[0], SeededIdGen::new(8).fresh("drm"));
    }
}
