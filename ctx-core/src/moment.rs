//! Points in time as plain numbers, so that the tree needs no clock.

use std::time::Duration;

/// Nanoseconds from an epoch that [`clock`](crate::clock) chooses; reaches about 292 years either way.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct Moment(i64);

impl Moment {
    /// Later than every other moment: no deadline.
    pub(crate) const NEVER: Moment = Moment(i64::MAX);

    pub(crate) const fn from_nanos(nanos: i64) -> Moment {
        Moment(nanos)
    }

    pub(crate) const fn nanos(self) -> i64 {
        self.0
    }

    pub(crate) fn is_never(self) -> bool {
        self == Moment::NEVER
    }

    /// Saturates at [`NEVER`](Self::NEVER).
    pub(crate) fn after(self, span: Duration) -> Moment {
        Moment(self.0.saturating_add(nanos(span)))
    }

    /// The time from `earlier` to here; zero if that is not earlier.
    pub(crate) fn since(self, earlier: Moment) -> Duration {
        Duration::from_nanos(u64::try_from(self.0.saturating_sub(earlier.0)).unwrap_or(0))
    }
}

/// Saturates. Counted in 64 bits, where `as_nanos` would take 128.
#[inline]
pub(crate) fn nanos(span: Duration) -> i64 {
    let secs = i64::try_from(span.as_secs()).ok();
    secs.and_then(|secs| secs.checked_mul(1_000_000_000))
        .and_then(|nanos| nanos.checked_add(i64::from(span.subsec_nanos())))
        .unwrap_or(i64::MAX)
}
