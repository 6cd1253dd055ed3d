//! Points in time, or never. The tree orders them, and asks for no more.

use std::cmp::Ordering;
use std::sync::OnceLock;
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

    /// `self <= now`, for less where `now` is a real moment: two that are never need not be told apart.
    #[inline]
    pub(crate) fn is_past(self, now: Moment) -> bool {
        match (self.0, now.0) {
            (Some(this), Some(now)) => this <= now,
            _ => false,
        }
    }

    /// What is too far away for the clock is never.
    #[inline]
    pub(crate) fn after(self, span: Duration) -> Moment {
        Moment(self.0.and_then(|instant| instant.checked_add(span)))
    }

    /// As a number of nanoseconds; none for never, nor for what is 292 years away.
    #[inline]
    pub(crate) fn to_nanos(self) -> Option<u64> {
        let (instant, zero) = (self.0?, zero());
        let (span, is_before) = match instant.checked_duration_since(zero) {
            Some(after) => (after, false),
            None => (zero.duration_since(instant), true),
        };
        let nanos = span.as_secs().checked_mul(1_000_000_000)? + u64::from(span.subsec_nanos());
        let nanos = i64::try_from(nanos).ok()?;
        Some(if is_before { -nanos } else { nanos }.cast_unsigned())
    }

    /// What [`to_nanos`](Self::to_nanos) made a number of.
    pub(crate) fn from_nanos(nanos: u64) -> Moment {
        let (zero, nanos) = (zero(), nanos.cast_signed());
        let span = Duration::from_nanos(nanos.unsigned_abs());
        Moment(if nanos < 0 {
            zero.checked_sub(span)
        } else {
            zero.checked_add(span)
        })
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

/// What numbers count from: any moment does, as long as it stays the same.
#[inline]
fn zero() -> Instant {
    static ZERO: OnceLock<Instant> = OnceLock::new();
    *ZERO.get_or_init(Instant::now)
}

#[cfg(all(test, not(ctx_loom)))]
mod tests {
    use super::*;

    #[test]
    fn a_moment_comes_back_from_its_number_whichever_way_it_lies() {
        let year = Duration::from_secs(31_557_600);
        let before = zero().checked_sub(Duration::from_nanos(7));
        for moment in [
            Moment::at(zero()),
            Moment::at(zero()).after(Duration::from_nanos(1)),
            Moment::at(zero()).after(290 * year),
            Moment(before),
        ] {
            let nanos = moment.to_nanos().expect("it is near enough");
            assert_eq!(Moment::from_nanos(nanos), moment);
        }
        assert_eq!(Moment::NEVER.to_nanos(), None);
        assert_eq!(Moment::at(zero()).after(300 * year).to_nanos(), None);
    }
}
