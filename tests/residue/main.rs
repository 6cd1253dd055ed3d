//! Nothing is left behind by threads that race each other: the live bytes of the whole process are what they were.
//!
//! One test in this binary, so that nothing else allocates meanwhile.

#[path = "../stress/storm.rs"]
mod storm;

use std::{
    alloc::{GlobalAlloc, Layout, System},
    sync::atomic::{AtomicIsize, Ordering},
    time::Instant,
};

use storm::{FOREVER, storm};

struct Counting;

static LIVE: AtomicIsize = AtomicIsize::new(0);

fn count(layout: Layout, sign: isize) {
    LIVE.fetch_add(sign * layout.size() as isize, Ordering::Relaxed);
}

// SAFETY: every call goes to the system's allocator as it came.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        count(layout, 1);
        // SAFETY: the caller's promise is passed on.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, pointer: *mut u8, layout: Layout) {
        count(layout, -1);
        // SAFETY: the caller's promise is passed on.
        unsafe { System.dealloc(pointer, layout) }
    }
}

#[global_allocator]
static ALLOCATOR: Counting = Counting;

#[test]
fn a_storm_leaves_no_byte_behind() {
    let times = std::env::var("CTX_STRESS").ok();
    let times: u64 = times.and_then(|times| times.parse().ok()).unwrap_or(1);
    (0..20).for_each(|seed| storm(seed, 400));
    let before = LIVE.load(Ordering::Relaxed);
    (0..100 * times).for_each(|seed| storm(seed, 400));
    // The timer's thread drops a waker after it has woken it.
    let start = Instant::now();
    let mut left = LIVE.load(Ordering::Relaxed) - before;
    while left > 0 && start.elapsed() < FOREVER {
        std::thread::yield_now();
        left = LIVE.load(Ordering::Relaxed) - before;
    }
    println!(
        "{before} bytes before, {left} more after {} storms",
        100 * times
    );
    assert!(left <= 0, "{left} bytes are left");
}
