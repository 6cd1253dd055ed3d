//! Trees and chains of many contexts, in many shapes.

use std::{sync::Barrier, thread};

use ctx_core::{Canceller, Ctx};

use crate::support::{LONG, advance, block_on, ms};

ctx_core::ctx_key! {
    struct First(usize);
    struct Second(usize);
    struct Third(usize);
}

#[test]
fn simultaneous_cancels_end_every_context() {
    for _ in 0..20 {
        let mut all = vec![Ctx::background().with_cancel()];
        for parent in 0.. {
            if all.len() >= 100 {
                break;
            }
            for _ in 0..4 {
                let child = all[parent].0.with_cancel();
                all.push(child);
            }
        }
        let (start, all) = (Barrier::new(5), &all);
        thread::scope(|scope| {
            for first in 0..4 {
                let start = &start;
                scope.spawn(move || {
                    start.wait();
                    // From the leaves up in one half of the threads, from the root down in the other.
                    for n in (0..all.len()).skip(first).step_by(4) {
                        let n = if first % 2 == 0 { n } else { all.len() - 1 - n };
                        all[n].1.cancel();
                    }
                });
            }
            start.wait();
            for (ctx, _) in all {
                block_on(ctx.done());
            }
        });
        assert!(all.iter().all(|(ctx, _)| ctx.is_done()));
    }
}

struct Layers {
    ctx: Ctx,
    cancellers: Vec<Canceller>,
    values: [Option<usize>; 3],
}

impl Layers {
    /// Thirty layers or more, chosen by `seed`, with at least one of each kind.
    fn new(seed: u64, timeout: std::time::Duration) -> Layers {
        let mut layers = Layers {
            ctx: Ctx::background(),
            cancellers: Vec::new(),
            values: [None; 3],
        };
        let (mut random, mut timers) = (seed * 2 + 1, 0);
        for n in 0.. {
            let enough = timers > 0 && !layers.cancellers.is_empty();
            if n >= 30 && enough && layers.values.iter().all(Option::is_some) {
                break;
            }
            // The multiplier of a common linear congruential generator; its high bits are good enough.
            random = random
                .wrapping_mul(6_364_136_223_846_793_005)
                .wrapping_add(1);
            match (random >> 33) % 5 {
                0 => {
                    let (ctx, canceller) = layers.ctx.with_cancel();
                    layers.ctx = ctx;
                    layers.cancellers.push(canceller);
                }
                1 => {
                    layers.ctx = layers.ctx.with_timeout(timeout);
                    timers += 1;
                }
                key => layers.value(key as usize - 2, n),
            }
        }
        layers
    }

    fn value(&mut self, key: usize, n: usize) {
        self.values[key] = Some(n);
        self.ctx = match key {
            0 => self.ctx.with_value(First(n)),
            1 => self.ctx.with_value(Second(n)),
            _ => self.ctx.with_value(Third(n)),
        };
    }

    #[track_caller]
    fn check_values(&self, seed: u64) {
        let found = [
            self.ctx.value::<First>().map(|value| value.0),
            self.ctx.value::<Second>().map(|value| value.0),
            self.ctx.value::<Third>().map(|value| value.0),
        ];
        assert_eq!(found, self.values, "seed {seed}");
    }
}

#[tokio::test(start_paused = true)]
async fn many_layers_can_be_cancelled_at_any_of_them() {
    for seed in 0..200 {
        let layers = Layers::new(seed, LONG);
        assert!(!layers.ctx.is_done(), "seed {seed}");
        layers.check_values(seed);
        layers.cancellers[seed as usize % layers.cancellers.len()].cancel();
        assert!(layers.ctx.is_done(), "seed {seed}");
        layers.check_values(seed);
    }
}

#[tokio::test(start_paused = true)]
async fn many_layers_time_out() {
    for seed in 0..200 {
        let layers = Layers::new(seed, ms(1));
        assert!(!layers.ctx.is_done(), "seed {seed}");
        layers.check_values(seed);
        if seed % 2 == 0 {
            assert!(
                layers.ctx.done().await.is_deadline_exceeded(),
                "seed {seed}"
            );
        } else {
            advance(1).await;
        }
        assert!(layers.ctx.is_done(), "seed {seed}");
        layers.check_values(seed);
    }
}
