//! Threads that do anything to one tree, each for itself and to what the others left.

use std::{sync::Mutex, thread, time::Duration};

use ctx_core::{Canceller, Ctx, Error};

use crate::waiter::{FOREVER, Waiter};

ctx_core::ctx_key! {
    struct Number(u64);
}

const THREADS: u64 = 4;
const HELD: usize = 24;

/// A xorshift: the same rounds on each run, for each thread its own.
pub(crate) struct Dice(u64);

impl Dice {
    pub(crate) fn new(seed: u64) -> Dice {
        Dice((seed + 1).wrapping_mul(0x9e37_79b9_7f4a_7c15))
    }

    pub(crate) fn below(&mut self, n: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0 % n
    }

    fn span(&mut self) -> Duration {
        Duration::from_micros(self.below(300))
    }
}

fn told(err: &Error) -> (String, u32) {
    (err.to_string(), err.origin().line())
}

/// What one thread holds.
struct Actor<'a> {
    dice: Dice,
    /// Where each leaves a context for the others to find.
    shared: &'a Mutex<Ctx>,
    held: Vec<Ctx>,
    cancellers: Vec<Canceller>,
    waiters: Vec<Waiter>,
    seen: Vec<(Ctx, (String, u32))>,
}

impl Actor<'_> {
    fn pick(&mut self) -> Ctx {
        let at = self.dice.below(self.held.len() as u64) as usize;
        self.held[at].clone()
    }

    fn hold(&mut self, ctx: Ctx) {
        if self.held.len() < HELD {
            self.held.push(ctx);
        } else {
            let at = 1 + self.dice.below(HELD as u64 - 1) as usize;
            self.held[at] = ctx;
        }
    }

    fn act(&mut self) {
        let ctx = self.pick();
        match self.dice.below(13) {
            0 | 1 => {
                let (child, canceller) = ctx.with_cancel();
                self.hold(child);
                self.cancellers.push(canceller);
            }
            2 => {
                let (child, canceller) = ctx.with_cancel();
                canceller.detach();
                self.hold(child);
            }
            3 => {
                let child = ctx.with_timeout(self.dice.span());
                self.hold(child);
            }
            4 => {
                let child = ctx.with_grace(self.dice.span());
                self.hold(child);
            }
            5 => {
                let other = self.pick();
                self.hold(ctx.merge(&other));
            }
            6 => self.hold(ctx.with_value(Number(self.dice.0))),
            7 => self.waiters.extend(Waiter::wait(&ctx)),
            8 => {
                if let Some(waiter) = self.waiters.pop() {
                    drop(waiter);
                }
            }
            9 => {
                if let Some(canceller) = self.cancellers.pop() {
                    canceller.cancel_with(format!("{}", self.dice.0));
                    let again = canceller.clone();
                    drop(canceller);
                    again.cancel();
                }
            }
            10 => {
                if !self.cancellers.is_empty() {
                    let at = self.dice.below(self.cancellers.len() as u64) as usize;
                    drop(self.cancellers.swap_remove(at));
                }
            }
            11 => {
                let left = std::mem::replace(
                    &mut *self.shared.lock().expect("nobody panics under it"),
                    ctx,
                );
                self.hold(left);
            }
            _ => {
                if let Some(err) = ctx.err() {
                    assert!(ctx.is_done());
                    self.seen.push((ctx, told(&err)));
                }
            }
        }
        if self.seen.len() > HELD {
            self.seen.drain(..).for_each(unchanged);
        }
    }
}

fn unchanged((ctx, before): (Ctx, (String, u32))) {
    let now = ctx.err().as_ref().map(told);
    assert_eq!(now.as_ref(), Some(&before), "an outcome has flipped");
}

/// `steps` of each thread under one root, which is cancelled while they are at it.
pub(crate) fn storm(seed: u64, steps: usize) {
    let (root, cancel) = Ctx::background().with_cancel();
    let shared = Mutex::new(root.clone());
    thread::scope(|scope| {
        let actors: Vec<_> = (0..THREADS)
            .map(|n| {
                let (root, shared) = (root.clone(), &shared);
                scope.spawn(move || {
                    let mut actor = Actor {
                        dice: Dice::new(seed * THREADS + n),
                        shared,
                        held: vec![root],
                        cancellers: Vec::new(),
                        waiters: Vec::new(),
                        seen: Vec::new(),
                    };
                    (0..steps).for_each(|_| actor.act());
                    actor.seen.drain(..).for_each(unchanged);
                    (actor.held, actor.waiters)
                })
            })
            .collect();
        if seed.is_multiple_of(2) {
            cancel.cancel_with("the end");
        }
        for actor in actors {
            let (held, waiters) = actor.join().expect("no actor panics");
            cancel.cancel_with("the end");
            for ctx in held {
                assert!(ctx.wait_blocking(FOREVER).is_some(), "{ctx:?} never ends");
            }
            waiters.into_iter().for_each(|waiter| drop(waiter.finish()));
        }
    });
}
