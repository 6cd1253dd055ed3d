//! `shield`: from its first poll on it runs to its end.

use std::{future, panic::AssertUnwindSafe, thread};

use ctx_core::Ctx;
use futures::FutureExt;
use tokio::sync::oneshot::{self, error::TryRecvError};
use tokio_test::{assert_pending, assert_ready};

use crate::support::{Drops, ms};

ctx_core::ctx_key! {
    struct User(&'static str);
}

#[tokio::test(start_paused = true)]
async fn it_returns_what_its_future_returns() {
    let (ctx, _cancel) = Ctx::background().with_cancel();
    assert_eq!(ctx.shield(async { 5 }).await, 5);
}

#[tokio::test(start_paused = true)]
async fn it_runs_on_when_the_context_is_done() {
    let (ctx, cancel) = Ctx::background().with_cancel();
    let mut shield = tokio_test::task::spawn(ctx.shield(async {
        tokio::time::sleep(ms(10)).await;
        5
    }));
    assert_pending!(shield.poll());
    cancel.cancel();
    assert_eq!(shield.await, 5);
}

#[tokio::test(start_paused = true)]
async fn it_runs_on_a_done_context_too() {
    let ctx = Ctx::background().with_timeout(ms(0));
    assert_eq!(ctx.shield(async { 5 }).await, 5);
}

#[tokio::test(start_paused = true)]
async fn it_runs_to_its_end_when_the_caller_is_dropped() {
    let (ctx, _cancel) = Ctx::background().with_cancel();
    let (send, receive) = oneshot::channel();
    let mut shield = tokio_test::task::spawn(ctx.shield(async {
        tokio::time::sleep(ms(10)).await;
        send.send("committed").expect("the test waits");
    }));
    assert_pending!(shield.poll());
    drop(shield);
    assert_eq!(receive.await, Ok("committed"));
}

#[tokio::test(start_paused = true)]
async fn it_runs_to_its_end_when_the_race_around_it_is_cut_off() {
    let (ctx, cancel) = Ctx::background().with_cancel();
    let (send, receive) = oneshot::channel();
    let mut run = tokio_test::task::spawn(ctx.run(ctx.shield(async {
        tokio::time::sleep(ms(10)).await;
        send.send("committed").expect("the test waits");
    })));
    assert_pending!(run.poll());
    cancel.cancel();
    assert!(assert_ready!(run.poll()).is_err());
    assert_eq!(receive.await, Ok("committed"));
}

#[tokio::test(start_paused = true)]
async fn it_never_runs_when_it_is_never_polled() {
    let (drops, ctx) = (Drops::default(), Ctx::background());
    let (guard, (send, mut receive)) = (drops.guard(), oneshot::channel());
    drop(ctx.shield(async move {
        let _guard = guard;
        let _ = send.send("started");
    }));
    tokio::task::yield_now().await;
    assert_eq!(receive.try_recv(), Err(TryRecvError::Closed));
    assert_eq!(drops.count(), 1);
}

#[tokio::test(start_paused = true)]
async fn within_it_the_context_has_the_values_and_no_end() {
    let (ctx, cancel) = Ctx::background()
        .with_value(User("gopher"))
        .with_timeout(ms(10))
        .with_cancel();
    cancel.cancel();
    let (done, deadline, user) = ctx
        .shield(async {
            let ctx = Ctx::current().expect("a context");
            (
                ctx.is_done(),
                ctx.deadline(),
                ctx.value::<User>().map(|user| user.0),
            )
        })
        .await;
    assert_eq!((done, deadline, user), (false, None, Some("gopher")));
}

#[tokio::test(start_paused = true)]
async fn a_panic_resumes_in_the_caller() {
    let panics = Ctx::background().shield(async { panic!("from within") });
    let result: thread::Result<()> = AssertUnwindSafe(panics).catch_unwind().await;
    let panic = result.expect_err("it panicked");
    assert_eq!(panic.downcast_ref::<&str>(), Some(&"from within"));
}

#[tokio::test(start_paused = true)]
async fn a_future_that_never_ends_can_be_left_behind() {
    let (drops, ctx) = (Drops::default(), Ctx::background());
    let guard = drops.guard();
    let mut shield = tokio_test::task::spawn(ctx.shield(async move {
        let _guard = guard;
        future::pending::<()>().await;
    }));
    assert_pending!(shield.poll());
    drop(shield);
    tokio::task::yield_now().await;
    assert_eq!(drops.count(), 0, "it still runs");
}
