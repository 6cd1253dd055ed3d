//! A bell that does as Tokio's `Sleep` does, and the driver that rings it, which is an actor.
//!
//! Taken from there: a driver with a lock of its own, under which it marks as rung what is due, and takes the waker, to
//! wake it afterwards; a bell that is set to what the driver has passed, which wakes on the spot; a waker that is
//! registered before the mark is read, and woken on the registering thread if the driver wants it just then; the end of
//! the runtime, which is said first, then rings everything, and from then on panics who sets a bell.

use std::panic::resume_unwind;
use std::sync::Arc;
use std::task::Waker;

use loom::sync::Mutex;
use loom::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use tokio::time::Instant;

use super::{clock, set_clock};
use crate::moment::Moment;
use crate::timers::Bell;

pub(super) struct Tower<const PAUSED: bool>(Arc<Hung>);

struct Hung {
    rung: AtomicBool,
    waker: AtomicWaker,
}

struct Driver {
    passed: Moment,
    hung: Vec<(Moment, Arc<Hung>)>,
}

loom::lazy_static! {
    static ref DRIVER: Mutex<Driver> = Mutex::new(Driver {
        passed: Moment::from_nanos(0),
        hung: Vec::new(),
    });
    static ref SHUT_DOWN: AtomicBool = AtomicBool::new(false);
}

impl<const PAUSED: bool> Bell for Tower<PAUSED> {
    type Place = ();

    fn now() -> Moment {
        clock()
    }

    fn is_paused() -> bool {
        PAUSED
    }

    fn set(bell: &mut Option<Self>, at: Instant, waker: &Waker) -> bool {
        let new = || Tower(Arc::new(Hung::new()));
        let hung = &bell.get_or_insert_with(new).0;
        let old = DRIVER.lock().unwrap().hang(Moment::at(at), hung);
        old.into_iter().for_each(Waker::wake);
        if SHUT_DOWN.load(Ordering::SeqCst) {
            // Not `panic!`: the hook would tell of each.
            resume_unwind(Box::new("shut down"));
        }
        hung.waker.register(waker);
        !hung.rung.load(Ordering::Acquire)
    }

    fn has_rung(&self) -> bool {
        self.0.rung.load(Ordering::Relaxed)
    }
}

impl<const PAUSED: bool> Drop for Tower<PAUSED> {
    fn drop(&mut self) {
        DRIVER.lock().unwrap().take_down(&self.0);
    }
}

impl Driver {
    fn take_down(&mut self, hung: &Arc<Hung>) {
        self.hung.retain(|(_, other)| !Arc::ptr_eq(other, hung));
    }

    fn hang(&mut self, at: Moment, hung: &Arc<Hung>) -> Option<Waker> {
        self.take_down(hung);
        if SHUT_DOWN.load(Ordering::SeqCst) || at <= self.passed {
            return hung.ring();
        }
        hung.rung.store(false, Ordering::Relaxed);
        self.hung.push((at, Arc::clone(hung)));
        None
    }
}

impl Hung {
    fn new() -> Hung {
        Hung {
            rung: AtomicBool::new(false),
            waker: AtomicWaker {
                state: AtomicUsize::new(WAITING),
                waker: std::sync::Mutex::new(None),
            },
        }
    }

    /// Under the driver's lock.
    fn ring(&self) -> Option<Waker> {
        if self.rung.load(Ordering::Relaxed) {
            return None;
        }
        self.rung.store(true, Ordering::Release);
        self.waker.take()
    }
}

/// Time goes on to `nanos`, and the driver does what is to be done then.
pub(super) fn pass(nanos: u64) {
    set_clock(nanos);
    turn(Moment::from_nanos(nanos));
}

pub(super) fn shut_down() {
    SHUT_DOWN.store(true, Ordering::SeqCst);
    turn(Moment::NEVER);
}

fn turn(now: Moment) {
    let mut driver = DRIVER.lock().unwrap();
    driver.passed = driver.passed.max(now);
    let due: Vec<_> = driver.hung.extract_if(.., |(at, _)| *at <= now).collect();
    let wakers: Vec<_> = due.iter().filter_map(|(_, hung)| hung.ring()).collect();
    drop(driver);
    wakers.into_iter().for_each(Waker::wake);
}

/// How many bells are to ring yet.
pub(super) fn hung() -> usize {
    DRIVER.lock().unwrap().hung.len()
}

const WAITING: usize = 0;
const REGISTERING: usize = 1;
const WAKING: usize = 2;

/// Tokio's, state by state.
struct AtomicWaker {
    state: AtomicUsize,
    /// Whoever brought the state away from `WAITING` has it for himself.
    waker: std::sync::Mutex<Option<Waker>>,
}

impl AtomicWaker {
    fn register(&self, waker: &Waker) {
        let change = |from, to| {
            self.state
                .compare_exchange(from, to, Ordering::AcqRel, Ordering::Acquire)
        };
        if change(WAITING, REGISTERING).is_err() {
            return waker.wake_by_ref();
        }
        let old = self.waker.try_lock().unwrap().replace(waker.clone());
        if change(REGISTERING, WAITING).is_err() {
            let new = self.waker.try_lock().unwrap().take();
            self.state.swap(WAITING, Ordering::AcqRel);
            new.into_iter().for_each(Waker::wake);
        }
        drop(old);
    }

    fn take(&self) -> Option<Waker> {
        if self.state.fetch_or(WAKING, Ordering::AcqRel) != WAITING {
            return None;
        }
        let waker = self.waker.try_lock().unwrap().take();
        self.state.fetch_and(!WAKING, Ordering::Release);
        waker
    }
}
