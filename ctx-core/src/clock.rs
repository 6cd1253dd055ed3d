//! The only place that reads the time. That is Tokio's; in a model, the model's.

use tokio::time::Instant;

#[cfg(all(test, ctx_loom))]
pub(crate) use crate::models::clock as now;
#[cfg(not(all(test, ctx_loom)))]
use crate::moment::Moment;

/// The time on Tokio's clock.
#[cfg(not(all(test, ctx_loom)))]
#[inline]
pub(crate) fn now() -> Moment {
    #[cfg(test)]
    READ.set(READ.get() + 1);
    Moment::at(Instant::now())
}

#[cfg(all(test, not(ctx_loom)))]
thread_local! {
    /// How often this thread has read the clock.
    pub(crate) static READ: std::cell::Cell<usize> = const { std::cell::Cell::new(0) };
}

/// Whether Tokio's clock does not go with the system's: a test has paused it, or moved it.
pub(crate) fn is_paused() -> bool {
    let before = std::time::Instant::now();
    let now = Instant::now().into_std();
    now < before || std::time::Instant::now() < now
}
