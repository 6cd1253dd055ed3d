//! A number of nanoseconds that is written before others can see what it belongs to.

use crate::sync::{AtomicU32, Ordering};

/// In two halves: not every machine has larger atomics.
pub(crate) struct Nanos([AtomicU32; 2]);

impl Nanos {
    pub(crate) fn new(nanos: u64) -> Self {
        Nanos(halves(nanos).map(AtomicU32::new))
    }

    /// Not while others may do so or read it.
    pub(crate) fn set(&self, nanos: u64) {
        for (half, value) in self.0.iter().zip(halves(nanos)) {
            // ORDERING: Relaxed: it is published with what it belongs to.
            half.store(value, Ordering::Relaxed);
        }
    }

    pub(crate) fn get(&self) -> u64 {
        // ORDERING: Relaxed: who reads it has acquired what it belongs to.
        let [low, high] = [0, 1].map(|half: usize| self.0[half].load(Ordering::Relaxed));
        u64::from(high) << 32 | u64::from(low)
    }
}

#[expect(
    clippy::cast_possible_truncation,
    reason = "the other half has the rest"
)]
fn halves(nanos: u64) -> [u32; 2] {
    [nanos as u32, (nanos >> 32) as u32]
}

#[cfg(all(test, not(ctx_loom)))]
mod tests {
    use super::*;

    #[test]
    fn both_halves_come_back() {
        let nanos = Nanos::new(u64::MAX);
        assert_eq!(nanos.get(), u64::MAX);
        nanos.set(0x0123_4567_89ab_cdef);
        assert_eq!(nanos.get(), 0x0123_4567_89ab_cdef);
    }
}
