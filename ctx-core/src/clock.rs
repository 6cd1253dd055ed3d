//! Tokio's clock: the only place that reads the time.

use tokio::time::Instant;

use crate::moment::Moment;

#[inline]
pub(crate) fn now() -> Moment {
    Moment::at(Instant::now())
}

/// Whether Tokio's clock does not go with the system's: a test has paused it, or moved it.
pub(crate) fn is_paused() -> bool {
    let before = std::time::Instant::now();
    let now = Instant::now().into_std();
    now < before || std::time::Instant::now() < now
}
