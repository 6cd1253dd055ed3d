//! Deadlines that share one bell: a queue of our own, and one alarm of the runtime for the first of them.
//!
//! A request that is answered in time takes its deadline back long before it has passed. Tokio would put
//! each into its wheel and take it out again; and the first one in an empty wheel has the runtime's driver
//! woken by a system call. Here the bell stays set to a moment that is no later than the first deadline:
//! when it rings, whatever is due is woken, and it is set to what comes first then.
//!
//! Where time is paused, that would show: a runtime that has nothing to do moves its clock on to the next
//! timer. So where it was paused when the bell was set, that goes with the last deadline.
//!
//! Lock order: this queue, then the bell's own, which wakes under no lock. Wakers run and drop under none.
//! One does not keep to that: a bell wakes the queue itself on the spot, under its lock, if it is set to
//! what has just passed, or rings on another worker while it takes its waker. Those wake-ups are
//! overheard: it is marked as rung first, so it says that it will not ring.
//!
//! The models in `models/timers.rs` ring a bell of their own, which does as Tokio's.

use std::cell::Cell;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::sync::{Arc, Weak};
use std::task::{Wake, Waker};

use tokio::time::Instant;

use crate::moment::Moment;
use crate::sync::{AtomicBool, Mutex, MutexGuard, Ordering, lock_seen as lock};
use crate::timer_queue::{Key, TimerQueue};
use crate::waker::Wakers;

/// What rings once, at the moment that it is set to, and the clock that it goes by.
pub(crate) trait Bell: Sized + Send + 'static {
    /// Where it rings: a runtime.
    type Place: Copy + PartialEq + Send + Sync;

    fn now() -> Moment;

    /// Whether that clock stands still until something moves it.
    fn is_paused() -> bool;

    /// Sets `bell` to `at`, a new one where there is none, to wake `waker` then; whether it is still to ring.
    ///
    /// # Panics
    ///
    /// Where nothing can ring, or not any more.
    fn set(bell: &mut Option<Self>, at: Instant, waker: &Waker) -> bool;

    /// Whether it has rung since it was set.
    fn has_rung(&self) -> bool;
}

/// The deadlines that one thread waits for in one place.
pub(crate) struct Timers<B: Bell> {
    place: B::Place,
    state: Mutex<State<B>>,
    /// Nothing rings there any more.
    over: AtomicBool,
}

struct State<B> {
    queue: TimerQueue<Waker>,
    bell: Option<B>,
    /// When the bell rings: no later than the first in the queue.
    armed: Moment,
    /// Time stood still when the bell was set for something new.
    paused: bool,
}

/// A deadline in a queue, until it is dropped. Its waker is woken once at most; after the drop only by who
/// had found it due before.
pub(crate) struct Entry<B: Bell> {
    timers: Arc<Timers<B>>,
    key: Key,
}

#[cfg(not(ctx_loom))]
thread_local! {
    /// A bell is being set on this thread, under the lock of its queue.
    static ARMING: Cell<bool> = const { Cell::new(false) };
}

#[cfg(ctx_loom)]
loom::thread_local! {
    static ARMING: Cell<bool> = Cell::new(false);
}

/// Resets [`ARMING`], though the bell panics.
struct Arming;

impl Arming {
    fn begin() -> Arming {
        ARMING.with(|arming| arming.set(true));
        Arming
    }
}

impl Drop for Arming {
    fn drop(&mut self) {
        ARMING.with(|arming| arming.set(false));
    }
}

impl<B: Bell> Timers<B> {
    pub(crate) fn new(place: B::Place) -> Arc<Self> {
        Arc::new(Timers {
            place,
            state: Mutex::new(State {
                queue: TimerQueue::new(),
                bell: None,
                armed: Moment::NEVER,
                paused: false,
            }),
            over: AtomicBool::new(false),
        })
    }

    /// Whether what is put in here wakes in `place`.
    pub(crate) fn serves(&self, place: B::Place) -> bool {
        // ORDERING: Relaxed: who has been woken by the end of the runtime sees it, and who comes without
        // that is woken by nothing else either.
        self.place == place && !self.over.load(Ordering::Relaxed)
    }

    pub(crate) fn len(&self) -> usize {
        lock(&self.state).queue.len()
    }

    /// Wakes `waker` at `at`.
    ///
    /// # Panics
    ///
    /// If the runtime has no timers.
    #[inline]
    pub(crate) fn insert(self: Arc<Self>, at: Moment, waker: Waker) -> Entry<B> {
        let mut state = lock(&self.state);
        let key = state.queue.insert(at, waker);
        if at < state.armed {
            self.arm_anew(state, at);
        } else {
            drop(state);
        }
        Entry { timers: self, key }
    }

    /// Sees to it that the bell rings at `at`, which is the first in the queue. Apart from what nearly every insertion does.
    #[inline(never)]
    fn arm_anew(self: &Arc<Self>, mut state: MutexGuard<'_, State<B>>, at: Moment) {
        let mut due = Wakers::default();
        let arm = AssertUnwindSafe(|| self.arm(&mut state, at, &mut due));
        if let Err(panic) = catch_unwind(arm) {
            // It may have rung for the end of its runtime on this thread, where that is overheard.
            self.end(state, due);
            resume_unwind(panic);
        }
        drop(state);
        due.wake();
    }

    /// The same, under the lock.
    fn arm(self: &Arc<Self>, state: &mut State<B>, at: Moment, due: &mut Wakers) {
        self.set(state, at);
        state.paused = B::is_paused();
        if state.armed.is_never() {
            self.fire(state, due);
        }
    }

    /// Has the bell ring at `at`. If it has rung at once, `armed` says never.
    fn set(self: &Arc<Self>, state: &mut State<B>, at: Moment) {
        state.armed = Moment::NEVER;
        let Some(instant) = at.instant() else {
            state.bell = None;
            return;
        };
        let waker = Waker::from(Arc::new(Rung(Arc::downgrade(self))));
        let _arming = Arming::begin();
        if B::set(&mut state.bell, instant, &waker) {
            state.armed = at;
        }
    }

    /// Takes all that is due, and sets the bell to what comes next.
    fn fire(self: &Arc<Self>, state: &mut State<B>, due: &mut Wakers) {
        loop {
            let now = B::now();
            while let Some(waker) = state.queue.pop(now) {
                due.push(waker);
            }
            let next = state.queue.first();
            self.set(state, next);
            // A bell that rings at once rings for what has become due meanwhile.
            if next.is_never() || !state.armed.is_never() {
                return;
            }
        }
    }

    /// Wakes whoever is left, to find out that nothing rings here any more, as Tokio's own timers do.
    fn end(&self, mut state: MutexGuard<'_, State<B>>, mut due: Wakers) {
        // ORDERING: Relaxed: as in `serves`; the lock and the wakers order it for whoever is woken.
        self.over.store(true, Ordering::Relaxed);
        state.armed = Moment::NEVER;
        while let Some(waker) = state.queue.pop(Moment::NEVER) {
            due.push(waker);
        }
        let bell = state.bell.take();
        drop(state);
        drop(bell);
        due.wake();
    }
}

impl<B: Bell> Entry<B> {
    /// Whether it will wake in `place`.
    pub(crate) fn serves(&self, place: B::Place) -> bool {
        self.timers.serves(place)
    }
}

impl<B: Bell> Drop for Entry<B> {
    fn drop(&mut self) {
        let mut state = lock(&self.timers.state);
        let waker = state.queue.remove(self.key);
        let mut bell = None;
        if state.paused && state.queue.first().is_never() {
            state.armed = Moment::NEVER;
            bell = state.bell.take();
        }
        drop(state);
        drop((waker, bell));
    }
}

/// The waker of a bell. It keeps nothing alive.
struct Rung<B: Bell>(Weak<Timers<B>>);

impl<B: Bell> Wake for Rung<B> {
    fn wake(self: Arc<Self>) {
        if ARMING.with(Cell::get) {
            return;
        }
        let Some(timers) = self.0.upgrade() else {
            return;
        };
        let mut due = Wakers::default();
        let mut state = lock(&timers.state);
        let rung = state.bell.as_ref().is_some_and(B::has_rung);
        let early = B::now() < state.armed;
        let fire = AssertUnwindSafe(|| timers.fire(&mut state, &mut due));
        // Before its time a bell rings when its runtime is shut down, after which none can be set.
        if rung && early || !early && catch_unwind(fire).is_err() {
            return timers.end(state, due);
        }
        drop(state);
        due.wake();
    }
}
