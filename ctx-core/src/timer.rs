//! A timer that wakes a waker at a moment: Tokio's in a runtime, one thread of ours outside.

use std::task::Waker;

use tokio::runtime::Handle;

use crate::moment::Moment;
use crate::timer_thread::Alarm;
use crate::tokio_timers;
use crate::waker::WakerId;

/// Armed for one moment and waker at a time.
pub(crate) struct Timer {
    at: Moment,
    waker: WakerId,
    driver: Driver,
}

enum Driver {
    None,
    Tokio(tokio_timers::Entry),
    Thread { _alarm: Alarm },
}

impl Default for Timer {
    fn default() -> Self {
        Timer {
            at: Moment::NEVER,
            waker: WakerId::NONE,
            driver: Driver::None,
        }
    }
}

impl Timer {
    /// Sees to it that `waker` is woken at `at`.
    ///
    /// # Panics
    ///
    /// In a Tokio runtime that was built without `enable_time`.
    pub(crate) fn arm(&mut self, at: Moment, waker: &Waker) {
        if self.at == at && self.waker == WakerId::of(waker) && self.stands() {
            return;
        }
        // The old one goes first: a queue with one entry at a time touches the same place each time.
        *self = Timer::default();
        if at.is_never() {
            return;
        }
        self.driver = match tokio_timers::here() {
            Some(timers) => Driver::Tokio(timers.insert(at, waker.clone())),
            None => match at.instant() {
                Some(at) => Driver::Thread {
                    _alarm: Alarm::new(at, waker.clone()),
                },
                None => return,
            },
        };
        self.at = at;
        self.waker = WakerId::of(waker);
    }

    /// Whether what was armed will wake where this is asked.
    fn stands(&self) -> bool {
        match &self.driver {
            Driver::None => self.at.is_never(),
            Driver::Tokio(entry) => tokio_timers::stands(entry),
            Driver::Thread { .. } => Handle::try_current().is_err(),
        }
    }
}
