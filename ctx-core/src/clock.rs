//! Tokio's clock as [`Moment`]s: the only place that reads the time.

use std::sync::OnceLock;
use std::time::Duration;

use tokio::time::Instant;

use crate::moment::{Moment, nanos};

/// A std instant: it never depends on the runtime (paused or not) that happens to ask first.
static EPOCH: OnceLock<std::time::Instant> = OnceLock::new();

fn epoch() -> Instant {
    Instant::from_std(*EPOCH.get_or_init(std::time::Instant::now))
}

#[inline]
pub(crate) fn now() -> Moment {
    moment(Instant::now())
}

/// Whether Tokio's clock does not go with the system's: a test has paused it, or moved it.
pub(crate) fn is_paused() -> bool {
    let before = std::time::Instant::now();
    let now = Instant::now().into_std();
    now < before || std::time::Instant::now() < now
}

/// Saturates: what is too far away to be counted is never.
#[inline]
pub(crate) fn moment(at: Instant) -> Moment {
    let epoch = epoch();
    match at.checked_duration_since(epoch) {
        Some(after) => Moment::from_nanos(nanos(after)),
        None => Moment::from_nanos(-nanos(epoch.duration_since(at))),
    }
}

/// `None` for never.
pub(crate) fn instant(at: Moment) -> Option<Instant> {
    if at.is_never() {
        return None;
    }
    let span = Duration::from_nanos(at.nanos().unsigned_abs());
    if at.nanos() >= 0 {
        epoch().checked_add(span)
    } else {
        epoch().checked_sub(span)
    }
}
