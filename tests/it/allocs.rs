//! How much memory derivation takes, and that all of it comes back.
//!
//! This binary counts the allocations and the live bytes of each thread.

mod residue;

use std::{
    alloc::{GlobalAlloc, Layout, System},
    cell::Cell,
    hint::black_box,
};

use ctx_core::Ctx;

use crate::support::LONG;

ctx_core::ctx_key! {
    struct Word(u64);
}

struct Counting;

thread_local! {
    static COUNT: Cell<usize> = const { Cell::new(0) };
    static LIVE: Cell<isize> = const { Cell::new(0) };
}

fn count(layout: Layout, sign: isize) {
    LIVE.set(LIVE.get() + sign * layout.size() as isize);
}

// SAFETY: every call goes to the system's allocator as it came; constant thread-locals without a
// destructor are all that is touched besides, and they allocate nothing.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        COUNT.set(COUNT.get() + 1);
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

/// How often `f` allocates, once it has been called before.
fn allocations<T>(f: impl Fn() -> T) -> usize {
    drop(black_box(f()));
    let before = COUNT.get();
    let result = black_box(f());
    let count = COUNT.get() - before;
    drop(result);
    count
}

#[tokio::test(start_paused = true)]
async fn derivation_allocates_little() {
    let (root, _cancel) = Ctx::background().with_cancel();
    let derived = root.with_value(Word(1)).with_timeout(LONG);
    let table = [
        ("background", allocations(Ctx::background), 0),
        ("clone", allocations(|| derived.clone()), 0),
        ("check", allocations(|| derived.check().is_ok()), 0),
        (
            "value",
            allocations(|| derived.value::<Word>().is_some()),
            0,
        ),
        ("deadline", allocations(|| derived.deadline()), 0),
        // All in the memory of those before.
        ("with_value", allocations(|| root.with_value(Word(1))), 0),
        ("with_cancel", allocations(|| root.with_cancel()), 0),
        ("with_timeout", allocations(|| root.with_timeout(LONG)), 0),
        (
            "a child and its child",
            allocations(|| root.with_cancel().0.with_timeout(LONG)),
            0,
        ),
        (
            "a cancellation",
            allocations(|| {
                let (ctx, cancel) = root.with_cancel();
                cancel.cancel();
                ctx.err()
            }),
            1,
        ),
        (
            "the error of a done context",
            {
                let (done, cancel) = root.with_cancel();
                cancel.cancel();
                allocations(|| done.err())
            },
            0,
        ),
    ];
    for (name, count, most) in table {
        assert!(count <= most, "{name}: {count} allocations, {most} at most");
    }
}

#[test]
fn a_context_or_a_value_is_one_allocation() {
    let before = COUNT.get();
    let contexts: Vec<_> = std::iter::repeat_with(|| Ctx::background().with_cancel())
        .take(1000)
        .collect();
    let values: Vec<_> = contexts
        .iter()
        .map(|(ctx, _)| ctx.with_value(Word(1)))
        .collect();
    let vectors = 20;
    assert!(COUNT.get() - before <= 2000 + vectors);
    drop((values, contexts));
}

#[test]
fn a_thread_keeps_little_of_what_it_drops() {
    let before = LIVE.get();
    drop(
        (0..1000)
            .map(|_| Ctx::background().with_cancel())
            .collect::<Vec<_>>(),
    );
    assert!(LIVE.get() - before < 16 * 1024);
}
