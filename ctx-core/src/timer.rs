//! A timer that wakes a waker at a moment: Tokio's in a runtime, one thread of ours outside.

use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Waker};

use tokio::runtime::{self, Handle};
use tokio::task;
use tokio::time::Sleep;

use crate::moment::Moment;
use crate::{clock, timer_thread};

/// Armed for one moment at a time.
pub(crate) struct Timer {
    at: Moment,
    driver: Driver,
}

enum Driver {
    None,
    Tokio(Home, Pin<Box<Sleep>>),
    Thread { _alarm: timer_thread::Alarm },
}

/// Whose timers a sleep is one of.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Home {
    /// Those of this task's runtime. Asking for the task touches no counter that all threads share.
    Task(task::Id),
    Runtime(runtime::Id),
}

impl Home {
    /// `None` outside of any runtime.
    fn here() -> Option<Home> {
        if let Some(task) = task::try_id() {
            return Some(Home::Task(task));
        }
        Handle::try_current()
            .ok()
            .map(|handle| Home::Runtime(handle.id()))
    }
}

impl Default for Timer {
    fn default() -> Self {
        Timer {
            at: Moment::NEVER,
            driver: Driver::None,
        }
    }
}

impl Timer {
    /// Sees to it that `waker` is woken at `at`; true if that is past, and the caller has to. `fresh` says that it is another waker than before.
    ///
    /// # Panics
    ///
    /// In a Tokio runtime that was built without `enable_time`.
    pub(crate) fn arm(&mut self, at: Moment, waker: &Waker, fresh: bool) -> bool {
        let Some(instant) = clock::instant(at) else {
            self.at = at;
            self.driver = Driver::None;
            return false;
        };
        let home = Home::here();
        let same = self.at == at
            && !fresh
            && match (&self.driver, home) {
                (Driver::Tokio(made_in, _), Some(now_in)) => *made_in == now_in,
                (Driver::Thread { .. }, None) => true,
                _ => false,
            };
        if same {
            return false;
        }
        self.at = at;
        match (&mut self.driver, home) {
            (Driver::Tokio(made_in, sleep), Some(now_in)) if *made_in == now_in && !fresh => {
                if sleep.deadline() != instant {
                    sleep.as_mut().reset(instant);
                }
            }
            (driver, Some(now_in)) => {
                let sleep = tokio::time::sleep_until(instant);
                *driver = Driver::Tokio(now_in, Box::pin(sleep));
            }
            (driver, None) => {
                let _alarm = timer_thread::Alarm::new(instant, waker.clone());
                *driver = Driver::Thread { _alarm };
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
