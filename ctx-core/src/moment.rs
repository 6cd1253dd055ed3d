//! Points in time, or never. The tree orders them, and asks for no more.

use std::cmp::Ordering;
use std::time::Duration;

use tokio::time::Instant;

/// A point in time on Tokio's clock; or, later than every other, never.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Moment(Option<Instant>);

impl Moment {
    /// No deadline.
    pub(crate) const NEVER: Moment = Moment(None);

    #[inline]
    pub(crate) const fn at(instant: Instant) -> Moment {
        Moment(Some(instant))
    }

    /// `None` for never.
    #[inline]
    pub(crate) const fn instant(self) -> Option<Instant> {
        self.0
    }

    #[inline]
    pub(crate) const fn is_never(self) -> bool {
        self.0.is_none()
    }

    /// What is too far away for the clock is never.
    #[inline]
    pub(crate) fn after(self, span: Duration) -> Moment {
        Moment(self.0.and_then(|instant| instant.checked_add(span)))
    }

    /// The time from `earlier` to here; zero if that is not earlier.
    pub(crate) fn since(self, earlier: Moment) -> Duration {
        match (self.0, earlier.0) {
            (Some(this), Some(earlier)) => this.saturating_duration_since(earlier),
            (None, Some(_)) => Duration::MAX,
            (_, None) => Duration::ZERO,
        }
    }
}

impl Ord for Moment {
    #[inline]
    fn cmp(&self, other: &Self) -> Ordering {
        match (self.0, other.0) {
            (Some(this), Some(other)) => this.cmp(&other),
            (this, other) => this.is_none().cmp(&other.is_none()),
        }
    }
}

impl PartialOrd for Moment {
    #[inline]
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

/// For tests, which count.
#[cfg(test)]
impl Moment {
    fn zero() -> Instant {
        static ZERO: std::sync::OnceLock<Instant> = std::sync::OnceLock::new();
        *ZERO.get_or_init(Instant::now)
    }

    pub(crate) fn from_nanos(nanos: u64) -> Moment {
        Moment::at(Moment::zero() + Duration::from_nanos(nanos))
    }

    #[cfg(ctx_loom)]
    pub(crate) fn nanos(self) -> u128 {
        self.since(Moment::at(Moment::zero())).as_nanos()
    }
}
