//! What `#[ctx_core::test]` makes of a fn; in which shapes it does is in `tests/signatures`.

use std::time::Duration;

use ctx_core::{Ctx, Error, Group, cancellable};
use tokio::time::{Instant, sleep};

use crate::support::{LONG, ms};

/// Drains for a while, once it is told to stop.
#[cancellable(grace = "10s")]
async fn drain() -> Result<(), Error> {
    let err = ctx.done().await;
    sleep(Duration::from_secs(5)).await;
    Err(err)
}

#[ctx_core::test]
async fn an_hour_is_slept_at_once() {
    let (start, real) = (Instant::now(), std::time::Instant::now());
    ctx.sleep(LONG).await.expect("not cancelled");
    assert_eq!(start.elapsed(), LONG);
    assert!(real.elapsed() < LONG / 2);
}

#[ctx_core::test]
async fn the_context_has_no_deadline_and_is_the_current_one() {
    assert!(!ctx.is_done());
    assert_eq!(ctx.deadline(), None);
    let current = Ctx::current().expect("within a body");
    assert_eq!(current.to_string(), ctx.to_string());
}

#[ctx_core::test]
async fn a_test_may_return_a_result() -> Result<(), Error> {
    ctx.sleep(ms(1)).await?;
    ctx.check()
}

#[ctx_core::test]
#[should_panic(expected = "did not end: the task spawned at ")]
async fn a_task_that_ignores_its_context_fails_the_test() {
    ctx.spawn(|_| std::future::pending::<()>());
}

#[ctx_core::test]
#[should_panic(expected = "did not end: 3 tasks spawned at ")]
async fn tasks_of_one_place_are_counted() {
    for _ in 0..3 {
        ctx.spawn(|_| std::future::pending::<()>());
    }
}

#[ctx_core::test]
#[should_panic(expected = "did not end: the task spawned at ")]
async fn a_task_of_a_task_counts_too() {
    ctx.spawn(|ctx| async move {
        let err = ctx.done().await;
        ctx.with_value(Reason(err))
            .spawn(|_| std::future::pending::<()>());
    });
}

ctx_core::ctx_key! {
    struct Reason(Error);
}

#[ctx_core::test]
#[should_panic(expected = "it/entry.rs")]
async fn a_shielded_future_counts_and_its_place_is_that_of_the_call() {
    let mut shielded = tokio_test::task::spawn(ctx.shield(std::future::pending::<()>()));
    assert!(shielded.poll().is_pending());
}

#[ctx_core::test]
#[should_panic(expected = "did not end: the task spawned at ")]
async fn a_task_of_a_group_that_somebody_keeps_counts() {
    let mut group: Group<(), Error> = ctx.group();
    group.spawn(|_| std::future::pending());
    // Not dropped, which would abort the task.
    tokio::spawn(group.join());
}

#[ctx_core::test]
async fn tasks_of_a_group_that_is_dropped_have_ended() {
    let mut group: Group<(), Error> = ctx.group();
    group.spawn(|_| std::future::pending());
}

#[ctx_core::test]
async fn a_task_that_stops_by_its_context_passes() {
    ctx.spawn(|ctx| async move { ctx.done().await });
    ctx.spawn(|ctx| ctx.run_owned(std::future::pending::<()>()));
    ctx.spawn_blocking(|ctx| ctx.wait_blocking(LONG));
}

#[ctx_core::test]
async fn a_task_with_a_grace_passes() {
    ctx.spawn(|ctx| async move { drain(&ctx).await });
    tokio::task::yield_now().await;
}

/// Without the attribute, whose test could not look at its end.
#[test]
fn the_context_is_cancelled_at_the_end_and_says_so() {
    let ctx = ctx_core::__private::run_test(|ctx| async { ctx });
    let err = ctx.err().expect("cancelled");
    assert_eq!(err.to_string(), "context cancelled: the test has ended");
    assert!(
        err.origin().file().ends_with("entry.rs"),
        "{}",
        err.origin()
    );
}

#[test]
fn an_error_fails_the_test() {
    let result = ctx_core::__private::run_test(|_| async { Err::<(), _>("no hits") });
    assert_eq!(result, Err("no hits"));
}

#[ctx_core::test]
#[should_panic(expected = "out of the body")]
async fn a_panic_of_the_body_is_the_failure_whatever_still_runs() {
    ctx.spawn(|_| std::future::pending::<()>());
    panic!("out of the body");
}

#[ctx_core::test]
async fn a_callback_that_was_never_called_does_not_count() {
    let (never, cancel) = ctx.without_cancel().with_cancel();
    drop(never.after_done(|_| ()));
    cancel.detach();
}
