//! Deadlines outside of a Tokio runtime: one thread, started when it is first needed.

use std::collections::BTreeMap;
use std::task::Waker;
use std::time::Instant;

use crate::sync::{Condvar, Mutex, lock_seen as lock, seen};
use crate::waker::wake;

/// Wakes at its instant unless it is dropped before.
pub(crate) struct Alarm {
    key: (Instant, u64),
}

#[derive(Default)]
struct Alarms {
    /// By instant, and by number where instants are equal.
    pending: BTreeMap<(Instant, u64), Waker>,
    made: u64,
}

pub(crate) struct Driver {
    alarms: Mutex<Alarms>,
    sooner: Condvar,
}

#[cfg(not(ctx_loom))]
pub(crate) fn driver() -> &'static Driver {
    static DRIVER: std::sync::OnceLock<&'static Driver> = std::sync::OnceLock::new();
    DRIVER.get_or_init(|| {
        let driver: &'static Driver = Box::leak(Box::new(Driver::new()));
        std::thread::Builder::new()
            .name("ctx-timer".into())
            .spawn(|| driver.run(|| true))
            .expect("the system can start a thread");
        driver
    })
}

/// One for each interleaving, and no thread: a model has it run where time is to pass.
#[cfg(ctx_loom)]
pub(crate) fn driver() -> &'static Driver {
    loom::lazy_static! {
        static ref DRIVER: Driver = Driver::new();
    }
    &DRIVER
}

impl Driver {
    fn new() -> Driver {
        Driver {
            alarms: Mutex::new(Alarms::default()),
            sooner: Condvar::new(),
        }
    }

    pub(crate) fn len(&self) -> usize {
        lock(&self.alarms).pending.len()
    }

    /// Wakes whoever is due, and sleeps in between, while `goes_on` says so.
    pub(crate) fn run(&self, goes_on: impl Fn() -> bool) {
        let mut alarms = lock(&self.alarms);
        while goes_on() {
            let now = Instant::now();
            let due = match alarms.pending.first_entry() {
                None => {
                    alarms = seen(self.sooner.wait(alarms));
                    continue;
                }
                Some(first) if first.key().0 <= now => first.remove(),
                Some(first) => {
                    let left = first.key().0 - now;
                    alarms = seen(self.sooner.wait_timeout(alarms, left)).0;
                    continue;
                }
            };
            // Foreign code runs under no lock, and its panic ends no thread of ours.
            drop(alarms);
            wake(due);
            alarms = lock(&self.alarms);
        }
    }
}

impl Alarm {
    pub(crate) fn new(at: tokio::time::Instant, waker: Waker) -> Alarm {
        let driver = driver();
        let mut alarms = lock(&driver.alarms);
        alarms.made += 1;
        let key = (at.into_std(), alarms.made);
        alarms.pending.insert(key, waker);
        // The thread sleeps until the first of those that were there.
        let first = alarms.pending.first_key_value();
        if first.is_some_and(|(first, _)| *first == key) {
            driver.sooner.notify_one();
        }
        Alarm { key }
    }
}

impl Drop for Alarm {
    fn drop(&mut self) {
        let waker = lock(&driver().alarms).pending.remove(&self.key);
        drop(waker);
    }
}
