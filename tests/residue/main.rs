//! Nothing is left behind: the live bytes of the whole process are what they were, and so are its tasks and the entries
//! in the lists of what lives on.
//!
//! One test in this binary, so that nothing else allocates meanwhile. Short by default; CONTRIBUTING has the command for a
//! million cycles. That it notices was tried: with waiters that do not leave their list, it finds more bytes after than before.

mod cycles;
mod run;
#[path = "../stress/storm.rs"]
mod storm;
#[path = "../stress/waiter.rs"]
mod waiter;

use std::{
    alloc::{GlobalAlloc, Layout, System},
    sync::atomic::{AtomicIsize, AtomicUsize, Ordering},
    thread,
};

use ctx_core::{__private::listed, Ctx};
use parking_lot::{Condvar, Mutex};
use run::{Ran, run};
use storm::storm;
use waiter::{FOREVER, Waiter, in_time};

struct Counting;

static LIVE: AtomicIsize = AtomicIsize::new(0);
static COUNT: AtomicUsize = AtomicUsize::new(0);

fn count(layout: Layout, sign: isize) {
    LIVE.fetch_add(sign * layout.size() as isize, Ordering::Relaxed);
}

// SAFETY: every call goes to the system's allocator as it came.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        count(layout, 1);
        COUNT.fetch_add(1, Ordering::Relaxed);
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

/// What `work` has leaked, once all that it started is over. What it needs once it has to have got before.
fn leaked<T>(work: impl FnOnce() -> T) -> (T, isize) {
    let before = LIVE.load(Ordering::Relaxed);
    let result = work();
    // A thread frees what belongs to it after it was last heard of.
    let _ = in_time(|| LIVE.load(Ordering::Relaxed) == before);
    (result, LIVE.load(Ordering::Relaxed) - before)
}

/// Tokio's locks have a table of the threads that wait for one. It grows with their number and is kept until the process
/// ends, so it is made as large here as it can become.
fn fill_the_table_of_parked_threads() {
    const THREADS: usize = 600;
    let (parked, go, all) = (Mutex::new(0), Condvar::new(), Condvar::new());
    thread::scope(|scope| {
        for _ in 0..THREADS {
            scope.spawn(|| {
                let mut parked = parked.lock();
                *parked += 1;
                all.notify_one();
                go.wait_while(&mut parked, |parked| *parked > 0);
            });
        }
        let mut parked = parked.lock();
        all.wait_while(&mut parked, |parked| *parked < THREADS);
        *parked = 0;
        go.notify_all();
    });
}

/// Contexts that outlive all cycles, and the lists of which all of them use.
fn live() -> Vec<Ctx> {
    let detached = |parent: &Ctx| {
        let (child, cancel) = parent.with_cancel();
        cancel.detach();
        child
    };
    let root = detached(&Ctx::background());
    let timed = root.with_timeout(60 * FOREVER);
    let deep = (0..20).fold(timed.clone(), |ctx, _| detached(&ctx));
    let graced = detached(&timed.with_grace(FOREVER));
    let merged = detached(&deep.merge(&detached(&Ctx::background())));
    vec![root, timed, deep, graced, merged]
}

/// The waiters and the children in the lists of them all.
fn entries_of(live: &[Ctx]) -> (usize, usize) {
    let lists = live.iter().map(listed);
    lists.fold((0, 0), |sum, one| (sum.0 + one.0, sum.1 + one.1))
}

/// A list keeps some room for those to come, but gives back much room once it is empty. After this it is empty if
/// nothing was left in it.
fn fill_and_empty(live: &[Ctx]) {
    for ctx in live {
        let children = || (0..1_000).map(|_| ctx.with_grace(FOREVER));
        let waiters = (0..1_000).map(|_| Waiter::wait(ctx));
        drop((children().collect::<Vec<_>>(), waiters.collect::<Vec<_>>()));
    }
}

#[test]
fn neither_cycles_nor_storms_leave_a_byte_a_task_or_an_entry_behind() {
    fill_the_table_of_parked_threads();
    let live = live();
    let cycles = std::env::var("CTX_CYCLES").ok();
    let cycles = cycles
        .and_then(|cycles| cycles.parse().ok())
        .unwrap_or(20_000);
    run(&live, 20_000);
    fill_and_empty(&live);
    let entries = entries_of(&live);
    let before = LIVE.load(Ordering::Relaxed);
    let allocations = COUNT.load(Ordering::Relaxed);
    let (ran, left) = leaked(|| {
        let ran = run(&live, cycles);
        fill_and_empty(&live);
        ran
    });
    let allocations = COUNT.load(Ordering::Relaxed) - allocations;
    let Ran {
        ended,
        abandoned,
        kinds,
        fewest,
        tasks,
        deadlines,
        queues,
    } = ran;
    println!(
        "{cycles} cycles of {kinds} kinds, each {fewest} times at least; {ended} came to their end"
    );
    println!("and {abandoned} were abandoned on their way, with {allocations} allocations:");
    println!(
        "{before} bytes before, {} after; tasks left: {tasks}",
        before + left
    );
    let (waiters, children) = entries;
    let (waiters_now, children_now) = entries_of(&live);
    println!(
        "in the lists of what lives on {waiters} waiters and {children} children before, {waiters_now} and {children_now} after;"
    );
    println!("deadlines left in {queues} queues, and outside: {deadlines}");
    assert_eq!((left, tasks, deadlines), (0, 0, 0));
    assert_eq!((waiters_now, children_now), entries);
    assert!(queues > 2, "each thread of the runtime has one");
    assert!(ended > cycles / 10 && abandoned > cycles / 10 && fewest > 0);
    assert!(live.iter().all(|ctx| !ctx.is_done()));

    let storms = cycles as u64 / 200;
    (0..20).for_each(|seed| storm(seed, 400));
    let ((), left) = leaked(|| (0..storms).for_each(|seed| storm(seed, 400)));
    println!("{storms} storms: {left} bytes more than before");
    assert_eq!(left, 0);
}
