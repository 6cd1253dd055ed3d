//! Futures that are polled too often, forgotten, or outlive their runtime; wakers that panic at any time. The rest still
//! works, and what may not be done says so.

use std::{
    future::{Future, pending},
    mem::ManuallyDrop,
    panic::{AssertUnwindSafe, catch_unwind},
    ptr,
    sync::{
        Arc, Mutex,
        atomic::{AtomicUsize, Ordering},
    },
    task::{RawWaker, RawWakerVTable, Wake, Waker},
    thread,
};

use ctx_core::{Ctx, Error, Group, cancellable};
use futures::{StreamExt, future::join_all, stream::FuturesUnordered};

use crate::support::{WakeCount, block_on, cause, ms, outcome, poll_with};

#[cancellable]
async fn annotated() -> Result<(), Error> {
    pending().await
}

fn is_over_when_it_is_over<F: Future>(race: F) {
    let (mut race, (_, waker)) = (Box::pin(race), WakeCount::new());
    assert!(poll_with(&mut race, &waker).is_ready());
    let again = catch_unwind(AssertUnwindSafe(|| poll_with(&mut race, &waker).is_ready()));
    let payload = again.expect_err("polled after its end");
    let text = payload.downcast_ref::<&str>().expect("a plain text");
    assert!(text.contains("polled after completion"), "{text}");
}

#[test]
fn every_race_that_is_polled_after_its_end_panics_and_says_so() {
    let (ctx, cancel) = Ctx::background().with_cancel();
    is_over_when_it_is_over(ctx.run(async {}));
    cancel.cancel();
    let cut_off = pending::<Result<(), Error>>;
    is_over_when_it_is_over(ctx.run(cut_off()));
    is_over_when_it_is_over(ctx.clone().run_owned(cut_off()));
    is_over_when_it_is_over(ctx.cancellable(cut_off()));
    is_over_when_it_is_over(annotated(&ctx));
    assert!(Ctx::current().is_none());
    assert!(block_on(ctx.run(async {})).is_err());
}

#[test]
fn a_canceller_that_is_forgotten_leaves_its_context_to_the_parent() {
    let (parent, cancel) = Ctx::background().with_cancel();
    let (child, forgotten) = parent.with_cancel();
    let _ = ManuallyDrop::new(forgotten);
    assert!(!child.is_done());
    cancel.cancel_with("over");
    assert_eq!(cause(&outcome(&child)), "over");
}

#[test]
fn futures_that_are_forgotten_while_they_wait_do_not_hold_up_the_rest() {
    let (ctx, cancel) = Ctx::background().with_timeout(ms(60_000)).with_cancel();
    let (count, waker) = WakeCount::new();
    let mut done = ManuallyDrop::new(ctx.done_owned());
    let mut race = ManuallyDrop::new(Box::pin(ctx.clone().run_owned(ctx.done_owned())));
    assert!(poll_with(&mut *done, &waker).is_pending());
    assert!(poll_with(&mut *race, &waker).is_pending());
    let _ = ManuallyDrop::new(ctx.after_done(|_| ()));
    let mut waits = tokio_test::task::spawn(ctx.done());
    assert!(waits.poll().is_pending());
    cancel.cancel();
    assert!(waits.is_woken() && waits.poll().is_ready());
    assert!(count.count() > 0, "they were woken, too");
}

#[tokio::test]
async fn a_group_that_is_forgotten_still_ends_with_its_parent() {
    let (ctx, cancel) = Ctx::background().with_cancel();
    let (ended, mut all_ended) = tokio::sync::mpsc::channel::<Error>(3);
    let mut group: Group<(), Error> = ctx.group();
    for _ in 0..3 {
        let ended = ended.clone();
        group.spawn(move |ctx| async move {
            ended.send(ctx.done().await).await.expect("the test waits");
            Ok(())
        });
    }
    let _ = ManuallyDrop::new(group);
    tokio::task::yield_now().await;
    assert!(all_ended.try_recv().is_err());
    cancel.cancel_with("over");
    for _ in 0..3 {
        assert_eq!(cause(&all_ended.recv().await.expect("it ends")), "over");
    }
    let mut next: Group<u32, Error> = Ctx::background().group();
    next.spawn(|_| async { Ok(1) });
    assert_eq!(next.join().await.expect("none fails"), [1]);
}

fn runtime() -> tokio::runtime::Runtime {
    tokio::runtime::Builder::new_current_thread()
        .enable_time()
        .build()
        .expect("a runtime")
}

#[test]
fn a_race_that_outlives_the_runtime_of_its_timer_ends_in_another_and_outside_of_any() {
    let start = || {
        let ctx = Ctx::background().with_timeout(ms(20));
        let mut race = Box::pin(ctx.run_owned(pending::<()>()));
        let first = runtime();
        first.block_on(async { assert!(futures::poll!(&mut race).is_pending()) });
        drop(first);
        race
    };
    let in_another = runtime().block_on(start());
    assert!(in_another.expect_err("cut off").is_deadline_exceeded());
    let outside = block_on(start());
    assert!(outside.expect_err("cut off").is_deadline_exceeded());
    let mut race = start();
    let (_, waker) = WakeCount::new();
    assert!(poll_with(&mut race, &waker).is_pending());
    let back_again = runtime().block_on(race);
    assert!(back_again.expect_err("cut off").is_deadline_exceeded());
}

#[test]
fn races_that_are_polled_in_every_way_at_once_all_end() {
    let (ctx, cancel) = Ctx::background().with_cancel();
    let within = |ctx: &Ctx| {
        let ctx = ctx.clone();
        async move { ctx.run(pending::<()>()).await.is_err() }
    };
    let mut unordered: FuturesUnordered<_> = (0..3).map(|_| within(&ctx)).collect();
    let body = async {
        let joined = join_all((0..3).map(|_| within(&ctx)));
        let selected = async {
            tokio::select! {
                cut = within(&ctx) => cut,
                cut = ctx.run(pending::<()>()) => cut.is_err(),
            }
        };
        let (joined, selected, first) = tokio::join!(joined, selected, unordered.next());
        (joined, selected, first)
    };
    let mut outer = Box::pin(ctx.run(body));
    // Another waker each time; only the last one counts.
    for _ in 0..3 {
        let (_, waker) = WakeCount::new();
        assert!(poll_with(&mut outer, &waker).is_pending());
    }
    let (count, waker) = WakeCount::new();
    assert!(poll_with(&mut outer, &waker).is_pending());
    cancel.cancel();
    assert!(count.count() > 0, "lost wake-up");
    let polled = poll_with(&mut outer, &waker);
    drop(outer);
    assert!(polled.is_ready());
    // What the outer race has dropped with its body leaves the others usable.
    let left = block_on(unordered.collect::<Vec<_>>());
    assert!(left.len() >= 2 && left.iter().all(|cut| *cut));
}

/// Panics when the last reference to it goes.
struct PanicsWhenDropped;

impl Wake for PanicsWhenDropped {
    fn wake(self: Arc<Self>) {}
}

impl Drop for PanicsWhenDropped {
    fn drop(&mut self) {
        panic!("from the drop of a waker");
    }
}

#[test]
fn a_waker_that_panics_when_it_is_dropped_poisons_nothing() {
    let (ctx, cancel) = Ctx::background().with_cancel();
    let (count, waker) = WakeCount::new();
    let mut other = ctx.done();
    assert!(poll_with(&mut other, &waker).is_pending());

    let mut dropped = ctx.done_owned();
    let mut replaced = ctx.done_owned();
    for done in [&mut dropped, &mut replaced] {
        let bad = ManuallyDrop::new(Waker::from(Arc::new(PanicsWhenDropped)));
        assert!(poll_with(done, &bad).is_pending());
        // So the one that is registered is the last.
        // SAFETY: it is not dropped again: it is in a `ManuallyDrop`.
        unsafe { Arc::decrement_strong_count(bad.data().cast::<PanicsWhenDropped>()) };
    }
    assert!(catch_unwind(AssertUnwindSafe(|| drop(dropped))).is_err());
    let swap = catch_unwind(AssertUnwindSafe(|| {
        poll_with(&mut replaced, &waker).is_pending()
    }));
    assert!(swap.is_err());

    let mut late = ctx.done();
    assert!(poll_with(&mut late, &waker).is_pending());
    cancel.cancel();
    assert!(count.count() >= 2, "the others were woken");
    assert!(poll_with(&mut other, &waker).is_ready() && poll_with(&mut late, &waker).is_ready());
}

/// A waker that panics when it is cloned.
fn panics_when_cloned() -> Waker {
    const TABLE: RawWakerVTable = RawWakerVTable::new(
        |_| panic!("from the clone of a waker"),
        |_| (),
        |_| (),
        |_| (),
    );
    // SAFETY: nothing is behind the pointer, and no function uses it.
    unsafe { Waker::from_raw(RawWaker::new(ptr::null(), &TABLE)) }
}

#[test]
fn a_waker_that_panics_when_it_is_cloned_poisons_nothing() {
    let (root, cancel) = Ctx::background().with_cancel();
    for ctx in [root.clone(), root.with_timeout(ms(60_000))] {
        let mut done = ctx.done();
        let bad = panics_when_cloned();
        let poll = catch_unwind(AssertUnwindSafe(|| poll_with(&mut done, &bad).is_pending()));
        assert!(poll.is_err());
        let mut race = Box::pin(ctx.run(ctx.run(pending::<()>())));
        let poll = catch_unwind(AssertUnwindSafe(|| poll_with(&mut race, &bad).is_pending()));
        assert!(poll.is_err());
        assert!(Ctx::current().is_none());

        let (count, waker) = WakeCount::new();
        assert!(poll_with(&mut done, &waker).is_pending());
        drop((done, race));
        let mut again = ctx.done();
        assert!(poll_with(&mut again, &waker).is_pending());
        if ctx.deadline().is_some() {
            cancel.cancel();
            assert!(count.count() > 0);
        }
    }
    assert!(root.is_done());
}

#[test]
fn a_thread_that_dies_with_a_lock_of_its_own_leaves_the_context_whole() {
    let (ctx, cancel) = Ctx::background().with_cancel();
    let (child, _cancel) = ctx.with_cancel();
    let calls = Arc::new((Mutex::new(()), AtomicUsize::new(0)));
    let (poisoned, theirs) = (calls.clone(), child.clone());
    let died = thread::spawn(move || {
        let _held = poisoned.0.lock().expect("not poisoned yet");
        let _waits = theirs.done();
        panic!("with a lock");
    });
    assert!(died.join().is_err() && calls.0.is_poisoned());
    let (call, called) = std::sync::mpsc::channel();
    let theirs = calls.clone();
    // Fails, because the lock is poisoned, and harms nobody by it.
    drop(child.after_done(move |_| drop(theirs.0.lock().expect("not poisoned"))));
    drop(child.after_done(move |_| {
        calls.1.fetch_add(1, Ordering::Relaxed);
        call.send(()).expect("the test waits");
    }));
    cancel.cancel();
    assert!(called.recv().is_ok());
    assert!(child.is_done());
}
