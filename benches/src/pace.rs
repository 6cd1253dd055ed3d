//! How fast this core is right now.
//!
//! Where another machine's work shares the core, what is bound by instructions takes up to twice as long, and what waits
//! for atomic operations hardly longer. So a ratio of the two is not what it is on a core of one's own. The pace of a
//! loop of plain instructions tells.

use std::hint::black_box;

use crate::meter::cpu_time;

/// A pace this much slower than the best so far is not a core of one's own.
const SLOWER: f64 = 1.2;

/// Seconds that one loop takes at the best.
pub(crate) struct Pace(f64);

impl Pace {
    pub(crate) fn new() -> Pace {
        let mut pace = Pace(f64::INFINITY);
        for _ in 0..100 {
            pace.is_good();
        }
        pace
    }

    /// Whether it is as good as the best so far.
    pub(crate) fn is_good(&mut self) -> bool {
        // The quickest of three, lest an interrupt counts.
        let now = [(); 3]
            .map(|()| seconds())
            .into_iter()
            .fold(f64::INFINITY, f64::min);
        self.0 = self.0.min(now);
        now < SLOWER * self.0
    }
}

/// Of four chains of additions and shifts beside each other, which fill a core.
fn seconds() -> f64 {
    let start = cpu_time();
    let mut chains = black_box([1_u64, 2, 3, 4]);
    for round in 0..5_000 {
        for chain in &mut chains {
            *chain = chain.wrapping_add(round) ^ (*chain >> 7);
        }
    }
    black_box(chains);
    (cpu_time() - start).as_secs_f64()
}
