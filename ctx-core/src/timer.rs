//! A timer that wakes a waker at a moment: Tokio's in a runtime, one thread of ours outside.

use std::task::Waker;

use tokio::runtime::Handle;

use crate::moment::Moment;
use crate::timer_thread::Alarm;
use crate::tokio_timers;
use crate::waker::WakerId;

/// Armed for one moment and waker at a time.
#[derive(Default)]
pub(crate) struct Timer(Option<Armed>);

struct Armed {
    at: Moment,
    waker: WakerId,
    driver: Driver,
}

enum Driver {
    Tokio(tokio_timers::Entry),
    Thread { _alarm: Alarm },
}

impl Timer {
    /// Sees to it that `waker` is woken at `at`.
    ///
    /// # Panics
    ///
    /// In a Tokio runtime that was built without `enable_time`.
    pub(crate) fn arm(&mut self, at: Moment, waker: &Waker) {
        if let Some(armed) = &self.0 {
            if armed.at == at && armed.waker == WakerId::of(waker) && armed.driver.stands() {
                return;
            }
            // The old one goes first: a queue with one entry at a time touches the same place each time.
            self.0 = None;
        }
        let Some(instant) = at.instant() else {
            return;
        };
        let driver = match tokio_timers::here() {
            Some(timers) => Driver::Tokio(timers.insert(at, waker.clone())),
            None => Driver::Thread {
                _alarm: Alarm::new(instant, waker.clone()),
            },
        };
        self.0 = Some(Armed {
            at,
            waker: WakerId::of(waker),
            driver,
        });
    }
}

impl Driver {
    /// Whether what was armed will wake where this is asked.
    fn stands(&self) -> bool {
        match self {
            Driver::Tokio(entry) => tokio_timers::stands(entry),
            Driver::Thread { .. } => Handle::try_current().is_err(),
        }
    }
}
