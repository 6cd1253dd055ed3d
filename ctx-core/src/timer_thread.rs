//! Deadlines outside of a Tokio runtime: one thread, started when it is first needed.

use std::collections::BTreeMap;
use std::sync::{Condvar, Mutex, OnceLock};
use std::task::Waker;
use std::time::Instant;

use crate::sync::lock;

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

struct Driver {
    alarms: Mutex<Alarms>,
    sooner: Condvar,
}

fn driver() -> &'static Driver {
    static DRIVER: OnceLock<&'static Driver> = OnceLock::new();
    DRIVER.get_or_init(|| {
        let driver: &'static Driver = Box::leak(Box::new(Driver {
            alarms: Mutex::default(),
            sooner: Condvar::new(),
        }));
        std::thread::Builder::new()
            .name("ctx-timer".into())
            .spawn(|| driver.run())
            .expect("the system can start a thread");
        driver
    })
}

impl Driver {
    fn run(&self) {
        let mut alarms = lock(&self.alarms);
        loop {
            let now = Instant::now();
            let due = match alarms.pending.first_entry() {
                None => {
                    alarms = wait(self.sooner.wait(alarms));
                    continue;
                }
                Some(first) if first.key().0 <= now => first.remove(),
                Some(first) => {
                    let left = first.key().0 - now;
                    alarms = wait(self.sooner.wait_timeout(alarms, left)).0;
                    continue;
                }
            };
            // Foreign code runs under no lock, and its panic ends no thread of ours.
            drop(alarms);
            let _ = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| due.wake()));
            alarms = lock(&self.alarms);
        }
    }
}

fn wait<T>(result: Result<T, std::sync::PoisonError<T>>) -> T {
    result.unwrap_or_else(std::sync::PoisonError::into_inner)
}

impl Alarm {
    pub(crate) fn new(at: tokio::time::Instant, waker: Waker) -> Alarm {
        let driver = driver();
        let mut alarms = lock(&driver.alarms);
        alarms.made += 1;
        let key = (at.into_std(), alarms.made);
        alarms.pending.insert(key, waker);
        if alarms
            .pending
            .first_key_value()
            .is_some_and(|(first, _)| *first == key)
        {
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
