//! Deadlines in a Tokio runtime: which [`Timers`] are whose, and their bell, a `Sleep`.

use std::cell::RefCell;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Waker};

use tokio::runtime::{self, Handle};
use tokio::task;
use tokio::time::{Instant, Sleep};

use crate::clock;
use crate::moment::Moment;
use crate::timers::{self, Bell};

pub(crate) type Timers = timers::Timers<Pin<Box<Sleep>>>;
pub(crate) type Entry = timers::Entry<Pin<Box<Sleep>>>;

thread_local! {
    /// Those that this thread used last.
    static HERE: RefCell<Option<Arc<Timers>>> = const { RefCell::new(None) };
}

/// Neither the task nor the thread tells which it is: one task may be polled in several.
fn runtime() -> Option<runtime::Id> {
    Some(Handle::try_current().ok()?.id())
}

/// The deadlines of this thread and runtime; none outside of any.
pub(crate) fn here() -> Option<Arc<Timers>> {
    let runtime = runtime()?;
    let find = |here: &RefCell<Option<Arc<Timers>>>| {
        let before = here.take();
        let (timers, old) = match before {
            Some(before) if before.serves(runtime) => (before, None),
            before => (Timers::new(runtime), before),
        };
        here.replace(Some(Arc::clone(&timers)));
        (timers, old)
    };
    match HERE.try_with(find) {
        Ok((timers, _old)) => Some(timers),
        // The thread is ending.
        Err(_) => Some(Timers::new(runtime)),
    }
}

/// Whether `entry` will wake where this is asked.
pub(crate) fn stands(entry: &Entry) -> bool {
    runtime().is_some_and(|runtime| entry.serves(runtime))
}

impl Bell for Pin<Box<Sleep>> {
    type Place = runtime::Id;

    fn now() -> Moment {
        clock::now()
    }

    fn is_paused() -> bool {
        clock::is_paused()
    }

    fn set(bell: &mut Option<Self>, at: Instant, waker: &Waker) -> bool {
        let sleep = match bell {
            Some(sleep) => {
                sleep.as_mut().reset(at);
                sleep
            }
            none => none.insert(Box::pin(tokio::time::sleep_until(at))),
        };
        // Outside of the task's budget: where that is used up, a sleep does not register.
        let mut sleep = task::coop::unconstrained(sleep.as_mut());
        let polled = Pin::new(&mut sleep).poll(&mut Context::from_waker(waker));
        polled.is_pending()
    }

    fn has_rung(&self) -> bool {
        self.is_elapsed()
    }
}

#[cfg(all(test, not(ctx_loom)))]
mod tests {
    use std::time::Duration;

    use super::*;

    #[tokio::test(start_paused = true)]
    async fn a_sleep_that_is_armed_for_what_is_past_does_not_wait_for_itself() {
        let minute = Duration::from_secs(60);
        let timers = here().expect("in a runtime");
        let start = clock::now();
        let far = timers
            .clone()
            .insert(start.after(10 * minute), Waker::noop().clone());
        // Tokio's driver has seen this moment, so a sleep until an earlier one fires when it is reset.
        tokio::time::sleep(2 * minute).await;
        let mut wakes = tokio_test::task::spawn(());
        let waker = wakes.enter(|cx, _| cx.waker().clone());
        let past = timers.insert(start.after(minute), waker);
        assert!(wakes.is_woken());
        drop((far, past));
    }
}
