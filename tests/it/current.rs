//! `Ctx::current()`: the context whose body is being polled right now, and no other.

use std::{
    future,
    panic::{AssertUnwindSafe, catch_unwind},
    thread,
};

use ctx_core::Ctx;
use tokio_test::{assert_pending, assert_ready};

use crate::support::{WakeCount, block_on, ms, poll_with};

ctx_core::ctx_key! {
    struct Mark(u32);
}

fn marked(n: u32) -> Ctx {
    let (ctx, cancel) = Ctx::background().with_value(Mark(n)).with_cancel();
    cancel.detach();
    ctx
}

/// The mark of the current context; zero where it has none, `None` where there is no context.
fn current() -> Option<u32> {
    Some(Ctx::current()?.value::<Mark>().map_or(0, |mark| mark.0))
}

#[test]
fn there_is_none_outside_a_body() {
    assert_eq!(current(), None);
    let ctx = marked(1);
    let _unpolled = ctx.run(future::pending::<()>());
    assert_eq!(current(), None);
}

#[test]
fn a_body_sees_its_context_while_it_is_polled_and_only_then() {
    let ctx = marked(1);
    let mut run = tokio_test::task::spawn(ctx.run(async {
        let first = current();
        tokio::task::yield_now().await;
        (first, current())
    }));
    assert_pending!(run.poll());
    assert_eq!(current(), None);
    assert_eq!(
        assert_ready!(run.poll()).expect("not done"),
        (Some(1), Some(1))
    );
    assert_eq!(current(), None);
}

#[test]
fn every_way_to_race_sets_it() {
    let ctx = marked(1);
    assert_eq!(
        block_on(ctx.run(async { current() })).expect("not done"),
        Some(1)
    );
    assert_eq!(
        block_on(ctx.clone().run_owned(async { current() })).expect("not done"),
        Some(1)
    );
    let mut seen = None;
    block_on(ctx.cancellable(async { seen = current() }));
    assert_eq!(seen, Some(1));
}

#[test]
fn the_innermost_body_counts_and_the_outer_one_is_back_after_it() {
    let (outer, inner) = (marked(1), marked(2));
    let seen = block_on(outer.run(async {
        let before = current();
        let within = inner.run(async { current() }).await.expect("not done");
        (before, within, current())
    }));
    assert_eq!(seen.expect("not done"), (Some(1), Some(2), Some(1)));
}

#[test]
fn each_arm_of_a_join_sees_its_own() {
    let (outer, left, right) = (marked(1), marked(2), marked(3));
    let seen = block_on(outer.run(async {
        let look = || async {
            let first = current();
            tokio::task::yield_now().await;
            (first, current())
        };
        tokio::join!(left.run(look()), right.run(look()), look())
    }));
    let (left, right, bare) = seen.expect("not done");
    assert_eq!(left.expect("not done"), (Some(2), Some(2)));
    assert_eq!(right.expect("not done"), (Some(3), Some(3)));
    assert_eq!(bare, (Some(1), Some(1)));
}

#[test]
fn a_body_on_background_has_background() {
    assert_eq!(
        block_on(Ctx::background().run(async { current() })).expect("never done"),
        Some(0)
    );
    let ctx = marked(1);
    let seen = block_on(ctx.run(async { Ctx::background().run(async { current() }).await }));
    assert_eq!(
        seen.expect("not done").expect("never done"),
        Some(0),
        "not that of the outer body"
    );
}

#[test]
fn a_nested_executor_sees_the_body_it_runs_in() {
    let (outer, inner) = (marked(1), marked(2));
    let seen = block_on(outer.run(async {
        let bare = block_on(async { current() });
        let raced = block_on(inner.run(async { current() })).expect("not done");
        (bare, raced, current())
    }));
    assert_eq!(seen.expect("not done"), (Some(1), Some(2), Some(1)));
}

#[tokio::test(flavor = "current_thread")]
async fn a_local_set_within_a_body_sees_it() {
    let ctx = marked(1);
    let seen = ctx
        .run(async {
            let local = tokio::task::LocalSet::new();
            local
                .run_until(async { tokio::task::spawn_local(async { current() }).await })
                .await
        })
        .await;
    assert_eq!(seen.expect("not done").expect("no panic"), Some(1));
}

#[test]
fn a_panic_in_the_body_takes_its_context_off() {
    let (outer, inner) = (marked(1), marked(2));
    let (_, waker) = WakeCount::new();
    let seen = block_on(outer.run(async {
        let mut run = Box::pin(inner.run(async {
            assert_eq!(current(), Some(2));
            panic!("from the body");
        }));
        let panicked = catch_unwind(AssertUnwindSafe(|| {
            let _: std::task::Poll<Result<(), _>> = poll_with(&mut run, &waker);
        }));
        assert!(panicked.is_err());
        current()
    }));
    assert_eq!(seen.expect("not done"), Some(1));
    assert_eq!(current(), None);
}

#[test]
fn another_thread_sees_nothing_of_it() {
    let ctx = marked(1);
    let seen = block_on(ctx.run(async { thread::spawn(current).join() }));
    assert_eq!(seen.expect("not done").expect("no panic"), None);
}

#[tokio::test(start_paused = true)]
async fn a_spawned_task_has_its_context_and_a_bare_one_has_none() {
    let ctx = marked(1);
    let task = ctx.spawn(|_ctx| async {
        let first = current();
        tokio::task::yield_now().await;
        (first, current())
    });
    assert_eq!(task.await.expect("no panic"), (Some(1), Some(1)));
    let bare = ctx
        .run(async { tokio::spawn(async { current() }).await })
        .await;
    assert_eq!(bare.expect("not done").expect("no panic"), None);
}

#[tokio::test]
async fn a_blocking_task_has_its_context_and_its_thread_forgets_it() {
    let ctx = marked(1);
    assert_eq!(
        ctx.spawn_blocking(|_ctx| current())
            .await
            .expect("no panic"),
        Some(1)
    );
    let after = tokio::task::spawn_blocking(current).await;
    assert_eq!(
        after.expect("no panic"),
        None,
        "the pool uses the thread again"
    );
}

#[tokio::test(start_paused = true)]
async fn a_body_in_its_grace_still_sees_its_context() {
    let (ctx, cancel) = Ctx::background().with_value(Mark(1)).with_cancel();
    let graced = ctx.with_grace(ms(10));
    let mut run = tokio_test::task::spawn(graced.run(async {
        tokio::task::yield_now().await;
        current()
    }));
    assert_pending!(run.poll());
    cancel.cancel();
    assert_eq!(assert_ready!(run.poll()).expect("in its grace"), Some(1));
}

#[test]
fn what_is_dropped_with_a_body_that_is_cut_off_does_no_harm() {
    struct Looks;
    impl Drop for Looks {
        fn drop(&mut self) {
            let _ = current();
        }
    }
    let (ctx, cancel) = Ctx::background().with_value(Mark(1)).with_cancel();
    let mut run = tokio_test::task::spawn(ctx.run(async {
        let _looks = Looks;
        future::pending::<()>().await;
    }));
    assert_pending!(run.poll());
    cancel.cancel();
    assert!(assert_ready!(run.poll()).is_err());
    assert_eq!(current(), None);
}
