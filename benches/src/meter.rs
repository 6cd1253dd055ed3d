//! One side of a row, and what takes its time.

use std::hint::black_box;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use crate::alloc::counted;

/// Does so many operations, and shows the meter those parts that count.
pub(crate) type Side = Box<dyn FnMut(&mut Meter, u64)>;

/// Adds up time, or allocations.
pub(crate) struct Meter {
    counts: bool,
    spent: Duration,
    allocations: u64,
}

impl Meter {
    /// Seconds for each of `times` operations.
    pub(crate) fn seconds(side: &mut Side, times: u64) -> f64 {
        let mut meter = Meter {
            counts: false,
            spent: Duration::ZERO,
            allocations: 0,
        };
        side(&mut meter, times);
        meter.spent.as_secs_f64() / times as f64
    }

    /// Allocations for each of `times` operations, if they happen here.
    pub(crate) fn allocations(side: &mut Side, times: u64) -> Option<f64> {
        let mut meter = Meter {
            counts: true,
            spent: Duration::ZERO,
            allocations: 0,
        };
        side(&mut meter, times);
        (meter.spent == Duration::ZERO).then(|| meter.allocations as f64 / times as f64)
    }

    /// Measures what `f` takes of this thread's CPU time, so that others on this machine do not count.
    pub(crate) fn time<R>(&mut self, f: impl FnOnce() -> R) -> R {
        self.by(cpu_time, f)
    }

    /// Measures how long `f` takes, on whatever threads it works.
    pub(crate) fn wall<R>(&mut self, f: impl FnOnce() -> R) -> R {
        let epoch = Instant::now();
        self.by(|| epoch.elapsed(), f)
    }

    fn by<R>(&mut self, clock: impl Fn() -> Duration, f: impl FnOnce() -> R) -> R {
        if self.counts {
            let (result, counted) = counted(f);
            self.allocations += counted.calls;
            return result;
        }
        let start = clock();
        let result = f();
        self.spent += clock() - start;
        result
    }

    /// Adds what was measured elsewhere.
    pub(crate) fn add(&mut self, spent: Duration) {
        self.spent += spent;
    }
}

/// The CPU time of this thread.
pub(crate) fn cpu_time() -> Duration {
    let mut time = libc::timespec {
        tv_sec: 0,
        tv_nsec: 0,
    };
    // SAFETY: the call writes to a place that is ours.
    unsafe { libc::clock_gettime(libc::CLOCK_THREAD_CPUTIME_ID, &raw mut time) };
    let nanos = time.tv_sec * 1_000_000_000 + time.tv_nsec;
    Duration::from_nanos(nanos.try_into().unwrap_or(0))
}

/// A side that does `op` over and over.
pub(crate) fn each<R>(mut op: impl FnMut() -> R + 'static) -> Side {
    Box::new(move |meter, times| {
        meter.time(|| {
            for _ in 0..times {
                black_box(op());
            }
        });
    })
}

/// A side on which two threads do `op`; an operation of both counts as one.
pub(crate) fn both<R>(op: impl Fn() -> R + Sync + 'static) -> Side {
    Box::new(move |meter, times| {
        let repeat = || {
            for _ in 0..times {
                black_box(op());
            }
        };
        if meter.counts {
            return meter.time(repeat);
        }
        let ready = AtomicUsize::new(0);
        let work = || {
            ready.fetch_add(1, Ordering::SeqCst);
            while ready.load(Ordering::SeqCst) < 2 {
                std::hint::spin_loop();
            }
            let start = Instant::now();
            repeat();
            start.elapsed()
        };
        thread::scope(|scope| {
            let other = scope.spawn(work);
            let mine = work();
            let other = other.join().expect("a benchmark does not panic");
            meter.add(mine.max(other));
        });
    })
}
