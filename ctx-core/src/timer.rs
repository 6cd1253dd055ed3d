//! A timer that wakes a waker at a moment: Tokio's in a runtime, one thread of ours outside.

use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Waker};

use tokio::runtime::{self, Handle};
use tokio::task;
use tokio::time::Sleep;

use crate::moment::Moment;
use crate::waker::WakerId;
use crate::{clock, timer_thread};

/// Armed for one moment at a time.
pub(crate) struct Timer {
    at: Moment,
    waker: WakerId,
    driver: Driver,
}

enum Driver {
    None,
    Tokio(Home, Pin<Box<Sleep>>),
    Thread { _alarm: timer_thread::Alarm },
}

/// Whose timers a sleep is one of.
#[derive(Clone, Copy)]
struct Home {
    task: Option<task::Id>,
    runtime: runtime::Id,
}

impl Home {
    /// `None` outside of any runtime.
    fn here() -> Option<Home> {
        let runtime = Handle::try_current().ok()?.id();
        let task = task::try_id();
        Some(Home { task, runtime })
    }

    /// Whether this is still the runtime. Asking for the task first touches no counter that all threads share; a waker that
    /// polls, as that of `after_done`, does so in no task.
    fn is_here(self) -> bool {
        (self.task.is_some() && self.task == task::try_id())
            || Handle::try_current().is_ok_and(|handle| handle.id() == self.runtime)
    }
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
    /// Sees to it that `waker` is woken at `at`; true if that is past, and the caller has to.
    ///
    /// # Panics
    ///
    /// In a Tokio runtime that was built without `enable_time`.
    pub(crate) fn arm(&mut self, at: Moment, waker: &Waker) -> bool {
        let Some(instant) = clock::instant(at) else {
            self.at = at;
            self.driver = Driver::None;
            return false;
        };
        let usable = self.waker == WakerId::of(waker)
            && match &self.driver {
                Driver::None => false,
                Driver::Tokio(home, _) => home.is_here(),
                Driver::Thread { .. } => Handle::try_current().is_err(),
            };
        if usable && self.at == at {
            return false;
        }
        self.at = at;
        self.waker = WakerId::of(waker);
        match &mut self.driver {
            Driver::Tokio(_, sleep) if usable => {
                if sleep.deadline() != instant {
                    sleep.as_mut().reset(instant);
                }
            }
            driver => {
                *driver = match Home::here() {
                    Some(home) => Driver::Tokio(home, Box::pin(tokio::time::sleep_until(instant))),
                    None => Driver::Thread {
                        _alarm: timer_thread::Alarm::new(instant, waker.clone()),
                    },
                };
            }
        }
        let Driver::Tokio(_, sleep) = &mut self.driver else {
            return false;
        };
        // Outside of the task's budget: where that is used up, a sleep does not register.
        let mut sleep = task::coop::unconstrained(sleep.as_mut());
        Pin::new(&mut sleep)
            .poll(&mut Context::from_waker(waker))
            .is_ready()
    }
}
