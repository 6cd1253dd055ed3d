//! The deadlines of one thread in one Tokio runtime: a queue of our own, and one `Sleep` for the first of
//! them.
//!
//! A request that is answered in time takes its deadline back long before it has passed. Tokio would put
//! each into its wheel and take it out again; and the first one in an empty wheel has the runtime's driver
//! woken by a system call. Here the `Sleep` stays armed for a moment that is no later than the first
//! deadline: when it fires, whatever is due is woken, and it is armed for what comes first then.
//!
//! Where time is paused, that would show: a runtime that has nothing to do moves its clock on to the next
//! timer. So where it was paused when the `Sleep` was armed, that goes with the last deadline.
//!
//! Lock order: this queue, then Tokio's driver, which wakes under no lock. Wakers run and drop under none.
//! One does not keep to that: a `Sleep` wakes the queue itself on the spot, under its lock, if it is reset to
//! what has just passed, or fires on another worker while the poll registers its waker. Those wake-ups are
//! overheard: Tokio marks it as fired first, so the poll is ready.

use std::cell::{Cell, RefCell};
use std::future::Future;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::Pin;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, Weak};
use std::task::{Context, Wake, Waker};

use tokio::runtime::{self, Handle};
use tokio::task;
use tokio::time::Sleep;

use crate::clock;
use crate::moment::Moment;
use crate::sync::lock;
use crate::timer_queue::{Key, TimerQueue};
use crate::waker::Wakers;

pub(crate) struct Timers {
    runtime: runtime::Id,
    state: Mutex<State>,
    /// The runtime is shut down: nothing here is woken any more.
    over: AtomicBool,
}

struct State {
    queue: TimerQueue<Waker>,
    sleep: Option<Pin<Box<Sleep>>>,
    /// When the sleep fires: no later than the first in the queue.
    armed: Moment,
    /// Time stood still when the sleep was armed for something new.
    paused: bool,
}

/// A deadline in a queue, until it is dropped.
pub(crate) struct Entry {
    timers: Arc<Timers>,
    key: Key,
}

thread_local! {
    /// Those that this thread used last.
    static HERE: RefCell<Option<Arc<Timers>>> = const { RefCell::new(None) };
    /// A sleep is being armed on this thread, under the lock of its queue.
    static ARMING: Cell<bool> = const { Cell::new(false) };
}

/// Resets [`ARMING`], though Tokio panics.
struct Arming;

impl Arming {
    fn begin() -> Arming {
        ARMING.set(true);
        Arming
    }
}

impl Drop for Arming {
    fn drop(&mut self) {
        ARMING.set(false);
    }
}

impl Timers {
    /// Those of this thread and runtime; none outside of any.
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

    fn serves(&self, runtime: runtime::Id) -> bool {
        // ORDERING: Relaxed: who has been woken by the end of the runtime sees it, and who comes without
        // that is woken by nothing else either.
        self.runtime == runtime && !self.over.load(Ordering::Relaxed)
    }

    fn new(runtime: runtime::Id) -> Arc<Timers> {
        Arc::new(Timers {
            runtime,
            state: Mutex::new(State {
                queue: TimerQueue::new(),
                sleep: None,
                armed: Moment::NEVER,
                paused: false,
            }),
            over: AtomicBool::new(false),
        })
    }

    /// Wakes `waker` at `at`.
    ///
    /// # Panics
    ///
    /// If the runtime has no timers.
    pub(crate) fn insert(self: Arc<Self>, at: Moment, waker: Waker) -> Entry {
        let mut due = Wakers::default();
        let mut state = lock(&self.state);
        let sooner = at < state.armed;
        if sooner {
            self.rearm(&mut state, at);
            state.paused = clock::is_paused();
        }
        let key = state.queue.insert(at, waker);
        if sooner && state.armed.is_never() {
            self.fire(&mut state, &mut due);
        }
        drop(state);
        due.wake();
        Entry { timers: self, key }
    }

    /// Has the sleep fire at `at`. If it has fired at once, `armed` says never.
    fn rearm(self: &Arc<Self>, state: &mut State, at: Moment) {
        state.armed = Moment::NEVER;
        let Some(instant) = at.instant() else {
            state.sleep = None;
            return;
        };
        let _arming = Arming::begin();
        let sleep = match &mut state.sleep {
            Some(sleep) => {
                sleep.as_mut().reset(instant);
                sleep
            }
            none => none.insert(Box::pin(tokio::time::sleep_until(instant))),
        };
        let waker = Waker::from(Arc::new(Fired(Arc::downgrade(self))));
        // Outside of the task's budget: where that is used up, a sleep does not register.
        let mut sleep = task::coop::unconstrained(sleep.as_mut());
        let polled = Pin::new(&mut sleep).poll(&mut Context::from_waker(&waker));
        if polled.is_pending() {
            state.armed = at;
        }
    }

    /// Takes all that is due, and arms the sleep for what comes next.
    fn fire(self: &Arc<Self>, state: &mut State, due: &mut Wakers) {
        loop {
            let now = clock::now();
            while let Some(waker) = state.queue.pop(now) {
                due.push(waker);
            }
            let next = state.queue.first();
            self.rearm(state, next);
            // A sleep that fires at once fires for what has become due meanwhile.
            if next.is_never() || !state.armed.is_never() {
                return;
            }
        }
    }
}

impl Entry {
    /// Whether it will wake where this is asked.
    pub(crate) fn stands(&self) -> bool {
        runtime().is_some_and(|runtime| self.timers.serves(runtime))
    }
}

/// Neither the task nor the thread tells which it is: one task may be polled in several.
fn runtime() -> Option<runtime::Id> {
    Some(Handle::try_current().ok()?.id())
}

impl Drop for Entry {
    fn drop(&mut self) {
        let mut state = lock(&self.timers.state);
        let waker = state.queue.remove(self.key);
        let mut sleep = None;
        if state.paused && state.queue.first().is_never() {
            state.armed = Moment::NEVER;
            sleep = state.sleep.take();
        }
        drop(state);
        drop((waker, sleep));
    }
}

/// The waker of a sleep. It keeps nothing alive.
struct Fired(Weak<Timers>);

impl Wake for Fired {
    fn wake(self: Arc<Self>) {
        if ARMING.get() {
            return;
        }
        let Some(timers) = self.0.upgrade() else {
            return;
        };
        let mut due = Wakers::default();
        let mut state = lock(&timers.state);
        let fired = state.sleep.as_ref().is_some_and(|sleep| sleep.is_elapsed());
        let early = clock::now() < state.armed;
        let fire = AssertUnwindSafe(|| timers.fire(&mut state, &mut due));
        // Before its time a sleep fires when its runtime is shut down. Then there is no other to be had, and
        // whoever is left is woken to find that out, as by Tokio's own timers.
        let over = fired && early || !early && catch_unwind(fire).is_err();
        if over {
            // ORDERING: as in `serves`; the lock and the wakers below order it for whoever is woken.
            timers.over.store(true, Ordering::Relaxed);
            state.armed = Moment::NEVER;
            while let Some(waker) = state.queue.pop(Moment::NEVER) {
                due.push(waker);
            }
        }
        let sleep = if over { state.sleep.take() } else { None };
        drop(state);
        drop(sleep);
        due.wake();
    }
}

#[cfg(all(test, not(ctx_loom)))]
mod tests {
    use std::time::Duration;

    use super::*;

    #[tokio::test(start_paused = true)]
    async fn a_sleep_that_is_armed_for_what_is_past_does_not_wait_for_itself() {
        let minute = Duration::from_secs(60);
        let timers = Timers::here().expect("in a runtime");
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
