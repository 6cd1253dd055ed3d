//! `Ctx::sleep`: a sleep that ends early when the context is done.

use std::time::Duration;

use ctx_core::Ctx;
use tokio::time::Instant;
use tokio_test::{assert_pending, assert_ready};

use crate::support::{LONG, advance, assert_same, cause, ms, outcome};

#[tokio::test(start_paused = true)]
async fn a_sleep_that_is_not_disturbed_lasts_its_time() {
    let (start, (ctx, _cancel)) = (Instant::now(), Ctx::background().with_cancel());
    ctx.sleep(ms(10)).await.expect("not done");
    assert_eq!(start.elapsed(), ms(10));
}

#[tokio::test(start_paused = true)]
async fn a_sleep_ends_at_the_deadline_of_its_context() {
    let (start, ctx) = (Instant::now(), Ctx::background().with_timeout(ms(10)));
    let err = ctx.sleep(LONG).await.expect_err("done first");
    assert!(err.is_deadline_exceeded());
    assert_eq!(start.elapsed(), ms(10));
}

#[tokio::test(start_paused = true)]
async fn a_sleep_ends_when_its_context_is_cancelled() {
    let (ctx, cancel) = Ctx::background().with_cancel();
    let mut sleep = tokio_test::task::spawn(ctx.sleep(LONG));
    assert_pending!(sleep.poll());
    cancel.cancel_with("over");
    assert!(sleep.is_woken());
    let err = assert_ready!(sleep.poll()).expect_err("done");
    assert_same(&err, &outcome(&ctx));
}

#[tokio::test(start_paused = true)]
async fn done_wins_over_elapsed() {
    let ctx = Ctx::background().with_timeout(ms(10));
    assert!(ctx.sleep(ms(10)).await.is_err(), "both at the same moment");

    let (ctx, cancel) = Ctx::background().with_cancel();
    let mut sleep = tokio_test::task::spawn(ctx.sleep(ms(5)));
    assert_pending!(sleep.poll());
    advance(20).await;
    cancel.cancel_with("after it had elapsed, before anyone looked");
    assert!(assert_ready!(sleep.poll()).is_err());
}

#[tokio::test(start_paused = true)]
async fn a_sleep_on_a_done_context_does_not_sleep() {
    let (ctx, cancel) = Ctx::background().with_cancel();
    cancel.cancel_with("over");
    for duration in [Duration::ZERO, ms(10), Duration::MAX] {
        let mut sleep = tokio_test::task::spawn(ctx.sleep(duration));
        assert_eq!(
            cause(&assert_ready!(sleep.poll()).expect_err("done")),
            "over"
        );
    }
}

#[tokio::test(start_paused = true)]
async fn a_sleep_of_nothing_is_over_at_once() {
    let start = Instant::now();
    Ctx::background()
        .sleep(Duration::ZERO)
        .await
        .expect("not done");
    assert_eq!(start.elapsed(), Duration::ZERO);
}

#[tokio::test(start_paused = true)]
async fn the_longest_sleep_ends_with_its_context() {
    let (ctx, cancel) = Ctx::background().with_cancel();
    let mut sleep = tokio_test::task::spawn(ctx.sleep(Duration::MAX));
    assert_pending!(sleep.poll());
    cancel.cancel();
    assert!(assert_ready!(sleep.poll()).is_err());
}
