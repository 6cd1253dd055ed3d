//! Racing a body against a context: when it starts, when it wins, when it is dropped.

use std::{
    future::{self, Future, poll_fn},
    mem::ManuallyDrop,
    panic::{AssertUnwindSafe, catch_unwind},
    pin::pin,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    task::Poll,
    thread,
};

use ctx_core::{Ctx, Error};
use tokio::{sync::oneshot, time::Instant};
use tokio_test::{assert_pending, assert_ready};

use crate::support::{
    Drops, LONG, WakeCount, advance, assert_same, block_on, cause, ms, outcome, poll_with,
};

#[test]
fn a_body_that_is_ready_is_returned() {
    let (ctx, _cancel) = Ctx::background().with_cancel();
    let mut run = tokio_test::task::spawn(ctx.run(future::ready(5)));
    assert_eq!(assert_ready!(run.poll()).expect("not done"), 5);
}

#[test]
fn nothing_happens_before_the_first_poll() {
    let (ctx, cancel) = Ctx::background().with_cancel();
    let mut started = false;
    let mut run = tokio_test::task::spawn(ctx.run(async { started = true }));
    cancel.cancel_with("before the first poll");
    assert_eq!(
        cause(&assert_ready!(run.poll()).expect_err("done")),
        "before the first poll"
    );
    drop(run);
    assert!(!started);
}

#[test]
fn the_body_never_starts_on_a_context_that_is_done() {
    let (ctx, cancel) = Ctx::background().with_cancel();
    cancel.cancel();
    let (drops, mut started) = (Drops::default(), false);
    let guard = drops.guard();
    let mut run = tokio_test::task::spawn(ctx.run(async {
        started = true;
        drop(guard);
    }));
    let err = assert_ready!(run.poll()).expect_err("done");
    assert_same(&err, &outcome(&ctx));
    assert_eq!(drops.count(), 1, "what it captured is dropped");
    drop(run);
    assert!(!started);
}

#[test]
fn a_result_that_is_ready_is_never_thrown_away() {
    let (ctx, cancel) = Ctx::background().with_cancel();
    let (send, receive) = oneshot::channel();
    let mut run = tokio_test::task::spawn(ctx.run(receive));
    assert_pending!(run.poll());
    cancel.cancel();
    send.send(5).expect("the body is still there");
    assert_eq!(assert_ready!(run.poll()).expect("polled first"), Ok(5));
}

#[test]
fn a_body_that_cancels_its_own_context_and_returns_wins() {
    let (ctx, cancel) = Ctx::background().with_cancel();
    let mut run = tokio_test::task::spawn(ctx.run(async { cancel.cancel() }));
    assert_ready!(run.poll()).expect("it was ready");
}

#[test]
fn a_body_that_cancels_its_own_context_and_waits_is_cut_off_in_the_same_poll() {
    let (ctx, cancel) = Ctx::background().with_cancel();
    let mut run = tokio_test::task::spawn(ctx.run(async {
        cancel.cancel();
        future::pending::<()>().await;
    }));
    assert!(assert_ready!(run.poll()).is_err());
}

#[test]
fn the_body_is_dropped_when_it_is_cut_off() {
    let (ctx, cancel) = Ctx::background().with_cancel();
    let drops = Drops::default();
    let guard = drops.guard();
    let mut run = tokio_test::task::spawn(ctx.run(async move {
        let _guard = guard;
        future::pending::<()>().await;
    }));
    assert_pending!(run.poll());
    cancel.cancel_with("over");
    assert_eq!(
        drops.count(),
        0,
        "cancel does not drop bodies, their task does"
    );
    assert!(run.is_woken());
    assert_eq!(cause(&assert_ready!(run.poll()).expect_err("done")), "over");
    assert_eq!(drops.count(), 1, "dropped before the result is returned");
}

#[test]
fn dropping_the_race_drops_the_body() {
    let (ctx, cancel) = Ctx::background().with_cancel();
    let drops = Drops::default();
    let guard = drops.guard();
    let mut run = tokio_test::task::spawn(ctx.run(async move {
        let _guard = guard;
        future::pending::<()>().await;
    }));
    assert_pending!(run.poll());
    drop(run);
    assert_eq!(drops.count(), 1);
    cancel.cancel();
}

#[test]
fn the_body_is_woken_and_polled_like_any_future() {
    let (ctx, _cancel) = Ctx::background().with_cancel();
    let (send, receive) = oneshot::channel();
    let mut run = tokio_test::task::spawn(ctx.run(receive));
    assert_pending!(run.poll());
    assert!(!run.is_woken());
    send.send(1).expect("the body is still there");
    assert!(run.is_woken());
    assert_eq!(assert_ready!(run.poll()).expect("not done"), Ok(1));
}

#[tokio::test(start_paused = true)]
async fn the_deadline_cuts_the_body_off() {
    let start = Instant::now();
    let ctx = Ctx::background().with_timeout(ms(10));
    let err = ctx
        .run(tokio::time::sleep(LONG))
        .await
        .expect_err("cut off");
    assert!(err.is_deadline_exceeded());
    assert_eq!(start.elapsed(), ms(10));
}

#[tokio::test(start_paused = true)]
async fn a_body_that_ends_at_the_deadline_wins() {
    let ctx = Ctx::background().with_timeout(ms(10));
    ctx.run(tokio::time::sleep(ms(10)))
        .await
        .expect("ready at the same moment");
}

#[tokio::test(start_paused = true)]
async fn a_deadline_that_passes_while_the_body_computes_cuts_off_its_next_wait() {
    let ctx = Ctx::background().with_timeout(ms(10));
    let err = ctx
        .run(async {
            advance(20).await;
            future::pending::<()>().await;
        })
        .await
        .expect_err("cut off");
    assert!(err.is_deadline_exceeded());
}

#[test]
fn the_error_is_there_before_any_waiter_returns_it() {
    for _ in 0..200 {
        let (ctx, cancel) = Ctx::background().with_cancel();
        let (leaf, _cancel_leaf) = ctx.with_cancel();
        thread::scope(|scope| {
            scope.spawn(|| {
                let err = block_on(leaf.done());
                assert_same(&err, &outcome(&leaf));
            });
            scope.spawn(|| {
                let err = block_on(leaf.run(future::pending::<()>())).expect_err("done");
                assert_same(&err, &outcome(&leaf));
            });
            scope.spawn(|| {
                let err = block_on(ctx.done());
                assert_same(&err, &outcome(&ctx));
            });
            cancel.cancel();
        });
    }
}

#[test]
fn done_is_ready_again_when_polled_again() {
    let (ctx, cancel) = Ctx::background().with_cancel();
    let mut done = tokio_test::task::spawn(ctx.done());
    assert_pending!(done.poll());
    cancel.cancel_with("over");
    for _ in 0..3 {
        assert_eq!(cause(&assert_ready!(done.poll())), "over");
    }
}

#[test]
fn done_does_not_wake_without_a_reason() {
    let (ctx, _cancel) = Ctx::background().with_cancel();
    let mut done = tokio_test::task::spawn(ctx.done());
    for _ in 0..3 {
        assert_pending!(done.poll());
        assert!(!done.is_woken());
    }
}

#[test]
fn the_last_waker_that_polled_is_woken() {
    let (ctx, cancel) = Ctx::background().with_cancel();
    let (_, first) = WakeCount::new();
    let (count, second) = WakeCount::new();

    let mut done = ctx.done();
    assert!(poll_with(&mut done, &first).is_pending());
    assert!(poll_with(&mut done, &second).is_pending());
    let mut run = Box::pin(ctx.run(future::pending::<()>()));
    assert!(poll_with(&mut run, &first).is_pending());
    assert!(poll_with(&mut run, &second).is_pending());
    let before = count.count();

    cancel.cancel();

    assert!(count.count() > before);
    assert!(poll_with(&mut done, &second).is_ready());
    assert!(poll_with(&mut run, &second).is_ready());
}

#[test]
fn both_waiters_of_one_context_with_wakers_of_their_own_are_woken() {
    let (ctx, cancel) = Ctx::background().with_cancel();
    let (one, waker_one) = WakeCount::new();
    let (two, waker_two) = WakeCount::new();
    let mut done = ctx.done();
    let mut run = Box::pin(ctx.run(future::pending::<()>()));
    assert!(poll_with(&mut done, &waker_one).is_pending());
    assert!(poll_with(&mut run, &waker_two).is_pending());
    cancel.cancel();
    assert!(one.count() > 0 && two.count() > 0);
}

#[test]
fn the_waker_of_a_future_that_is_never_dropped_goes_with_the_context() {
    let (ctx, cancel) = Ctx::background().with_cancel();
    let (count, waker) = WakeCount::new();
    let mut done = ManuallyDrop::new(ctx.done());
    assert!(poll_with(&mut *done, &waker).is_pending());
    cancel.detach();
    drop(waker);
    assert_eq!(Arc::strong_count(&count), 2);
    drop(ctx);
    assert_eq!((Arc::strong_count(&count), count.count()), (1, 0));
}

#[test]
fn races_of_a_parent_and_a_child_nest() {
    let (parent, cancel_parent) = Ctx::background().with_cancel();
    let (child, cancel_child) = parent.with_cancel();
    let mut run = tokio_test::task::spawn(parent.run(async {
        let inner = child.run(future::pending::<()>()).await;
        let err = inner.expect_err("only the child is done");
        assert_eq!(cause(&err), "child");
        future::pending::<()>().await;
    }));
    assert_pending!(run.poll());
    cancel_child.cancel_with("child");
    assert!(run.is_woken());
    assert_pending!(run.poll());
    cancel_parent.cancel_with("parent");
    assert!(run.is_woken());
    assert_eq!(
        cause(&assert_ready!(run.poll()).expect_err("cut off")),
        "parent"
    );
}

#[test]
fn an_inner_race_of_the_same_context_reports_before_the_outer_cuts_off() {
    let (ctx, cancel) = Ctx::background().with_cancel();
    let mut run = tokio_test::task::spawn(ctx.run(async {
        ctx.run(future::pending::<()>())
            .await
            .map_err(|err| cause(&err))
    }));
    assert_pending!(run.poll());
    cancel.cancel_with("over");
    // The outer body is polled first, and it is ready: with the error of the inner race.
    assert_eq!(
        assert_ready!(run.poll()).expect("ready"),
        Err("over".into())
    );
}

#[tokio::test(start_paused = true)]
async fn run_owned_needs_no_context_around_it() {
    let (ctx, cancel) = Ctx::background().with_cancel();
    let task = tokio::spawn(ctx.run_owned(future::pending::<()>()));
    tokio::task::yield_now().await;
    cancel.cancel_with("over");
    let err = task.await.expect("no panic").expect_err("cut off");
    assert_eq!(cause(&err), "over");
}

#[test]
fn run_owned_keeps_the_rules_of_run() {
    let (ctx, cancel) = Ctx::background().with_cancel();
    let mut ready = tokio_test::task::spawn(ctx.clone().run_owned(poll_fn(|_| {
        cancel.cancel();
        Poll::Ready(1)
    })));
    assert_eq!(assert_ready!(ready.poll()).expect("ready"), 1);
    let polls = AtomicUsize::new(0);
    let mut never = tokio_test::task::spawn(ctx.run_owned(poll_fn(|_| {
        polls.fetch_add(1, Ordering::SeqCst);
        Poll::Ready(())
    })));
    assert!(assert_ready!(never.poll()).is_err());
    assert_eq!(polls.load(Ordering::SeqCst), 0);
}

#[derive(Debug)]
enum SearchError {
    Stopped(Error),
    NoHits,
}

impl From<Error> for SearchError {
    fn from(err: Error) -> SearchError {
        SearchError::Stopped(err)
    }
}

#[test]
fn cancellable_returns_the_output_of_the_body_as_it_is() {
    let (ctx, _cancel) = Ctx::background().with_cancel();
    let mut found = tokio_test::task::spawn(ctx.cancellable(async { Ok::<_, SearchError>(3) }));
    assert!(matches!(assert_ready!(found.poll()), Ok(3)));
    let mut none =
        tokio_test::task::spawn(ctx.cancellable(async { Err::<(), _>(SearchError::NoHits) }));
    assert!(matches!(
        assert_ready!(none.poll()),
        Err(SearchError::NoHits)
    ));
}

#[test]
fn cancellable_converts_the_error_when_it_cuts_off() {
    let (ctx, cancel) = Ctx::background().with_cancel();
    let mut search =
        tokio_test::task::spawn(ctx.cancellable(future::pending::<Result<u8, SearchError>>()));
    let mut unit = tokio_test::task::spawn(ctx.cancellable(future::pending::<()>()));
    assert_pending!(search.poll());
    assert_pending!(unit.poll());
    cancel.cancel_with("over");
    let Err(SearchError::Stopped(err)) = assert_ready!(search.poll()) else {
        panic!("it was cut off");
    };
    assert_eq!(cause(&err), "over");
    assert_ready!(unit.poll());
}

#[test]
fn a_body_that_panics_passes_its_panic_on_and_is_not_polled_again() {
    let (ctx, cancel) = Ctx::background().with_cancel();
    let mut run = Box::pin(ctx.run(async { panic!("from the body") }));
    let (_, waker) = WakeCount::new();
    let panic = catch_unwind(AssertUnwindSafe(|| {
        let _: Poll<Result<(), Error>> = poll_with(&mut run, &waker);
    }))
    .expect_err("the panic of the body");
    assert_eq!(panic.downcast_ref::<&str>(), Some(&"from the body"));
    drop(run);

    // The context is none the worse for it.
    let mut after = tokio_test::task::spawn(ctx.run(future::pending::<()>()));
    assert_pending!(after.poll());
    cancel.cancel();
    assert!(after.is_woken());
    assert!(assert_ready!(after.poll()).is_err());
}

#[test]
fn a_race_polled_after_its_end_panics() {
    let (ctx, cancel) = Ctx::background().with_cancel();
    cancel.cancel();
    let (_, waker) = WakeCount::new();
    let mut run = pin!(ctx.run(future::pending::<()>()));
    assert!(poll_with(&mut run, &waker).is_ready());
    assert!(catch_unwind(AssertUnwindSafe(|| poll_with(&mut run, &waker).is_ready())).is_err());
}

#[test]
fn a_race_on_background_is_only_the_body() {
    let ctx = Ctx::background();
    let mut run = tokio_test::task::spawn(ctx.run(future::ready(1)));
    assert_eq!(assert_ready!(run.poll()).expect("never done"), 1);
    let mut never = tokio_test::task::spawn(ctx.run(future::pending::<()>()));
    assert_pending!(never.poll());
}

#[tokio::test]
async fn a_race_can_move_between_tasks() {
    fn assert_moves<F: Future + Send>(fut: F) -> F {
        fut
    }
    let (ctx, cancel) = Ctx::background().with_cancel();
    let (count, waker) = WakeCount::new();
    let mut run = Box::pin(assert_moves(ctx.run_owned(future::pending::<()>())));
    assert!(poll_with(&mut run, &waker).is_pending());
    let task = tokio::spawn(run);
    tokio::task::yield_now().await;
    cancel.cancel();
    assert!(task.await.expect("no panic").is_err());
    let _ = count.count();
}
