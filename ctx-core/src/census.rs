//! How many entries there are in lists and queues, for the test that none is left behind.

use crate::ctx::Ctx;
use crate::timer_thread;
use crate::tokio_timers;

/// The waiters and the children that are in the lists of `ctx`.
pub fn listed(ctx: &Ctx) -> (usize, usize) {
    ctx.node().map_or((0, 0), |node| node.listed_below())
}

/// Tells how many deadlines are waited for on this thread, in the runtime that it is in now.
pub fn deadlines_here() -> impl Fn() -> usize + Send + Sync {
    let timers = tokio_timers::here();
    move || timers.as_ref().map_or(0, |timers| timers.len())
}

/// How many deadlines are waited for outside of any runtime.
pub fn deadlines_outside() -> usize {
    timer_thread::driver().len()
}
