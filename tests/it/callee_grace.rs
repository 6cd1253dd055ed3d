//! `#[cancellable(grace)]`: once done, the body is polled on for so long, and races around it wait for it.

use std::{
    future::{self, Future},
    pin::Pin,
    task::Poll,
    time::Duration,
};

use ctx_core::{Ctx, Error, cancellable};
use futures::{FutureExt, StreamExt, stream::FuturesUnordered};
use tokio::time::{Instant, sleep};

use crate::support::{Drops, LONG, cause, ms};

/// Works until its context is done, then takes `cleanup` milliseconds to clean up.
#[cancellable(grace = "100ms")]
async fn drains(cleanup: u64) -> Result<&'static str, Error> {
    ctx.done().await;
    sleep(ms(cleanup)).await;
    Ok("drained")
}

#[cancellable]
async fn calls(cleanup: u64) -> Result<&'static str, Error> {
    drains(ctx, cleanup).await
}

/// A context that is cancelled in ten milliseconds.
fn soon() -> Ctx {
    let (ctx, cancel) = Ctx::background().with_cancel();
    tokio::spawn(async move {
        sleep(ms(10)).await;
        cancel.cancel_with("over");
    });
    ctx
}

async fn timed<F: Future>(fut: F) -> (F::Output, Duration) {
    let start = Instant::now();
    (fut.await, start.elapsed())
}

#[tokio::test(start_paused = true)]
async fn a_body_that_ends_within_its_grace_returns_its_result() {
    let (result, after) = timed(drains(&soon(), 30)).await;
    assert_eq!(result.expect("within the grace"), "drained");
    assert_eq!(after, ms(40));
}

#[tokio::test(start_paused = true)]
async fn a_body_that_takes_longer_is_cut_off_when_the_grace_is_over() {
    let (result, after) = timed(drains(&soon(), 300)).await;
    assert_eq!(cause(&result.expect_err("cut off")), "over");
    assert_eq!(after, ms(110));
}

#[tokio::test(start_paused = true)]
async fn a_body_that_takes_longer_is_dropped_when_the_grace_is_over() {
    #[cancellable(grace = ms(100))]
    async fn stuck(drops: Drops) -> Result<(), Error> {
        let _guard = drops.guard();
        future::pending().await
    }
    let drops = Drops::default();
    let ctx = soon();
    let mut call = tokio_test::task::spawn(timed(stuck(&ctx, drops.clone())));
    assert!(call.poll().is_pending());
    sleep(ms(60)).await;
    assert!(call.poll().is_pending());
    assert_eq!(drops.count(), 0);
    let (result, after) = call.await;
    assert!(result.is_err());
    assert_eq!((drops.count(), after), (1, ms(110)));
}

#[tokio::test(start_paused = true)]
async fn a_race_waits_for_a_callee_that_its_body_does_not_poll_any_more() {
    let (ctx, cancel) = Ctx::background().with_cancel();
    let mut callee = Box::pin(drains(&ctx, 30));
    let mut polled = false;
    let mut outer = tokio_test::task::spawn(ctx.run(future::poll_fn(|cx| {
        if !std::mem::replace(&mut polled, true) {
            assert!(callee.as_mut().poll(cx).is_pending());
        }
        Poll::<()>::Pending
    })));
    assert!(outer.poll().is_pending());
    cancel.cancel_with("over");
    assert!(outer.poll().is_pending());
    let (result, after) = timed(outer).await;
    assert_eq!(cause(&result.expect_err("cut off")), "over");
    assert_eq!(after, ms(100));
}

#[tokio::test(start_paused = true)]
async fn the_body_never_starts_on_a_context_that_is_done() {
    let ctx = Ctx::background().with_timeout(ms(0));
    let (result, after) = timed(drains(&ctx, 0)).await;
    assert!(result.expect_err("done").is_deadline_exceeded());
    assert_eq!(after, ms(0));
}

#[tokio::test(start_paused = true)]
async fn without_a_done_context_a_grace_changes_nothing() {
    #[cancellable(grace = "100ms")]
    async fn works() -> Result<u8, Error> {
        ctx.sleep(ms(5)).await?;
        Ok(1)
    }
    let (result, after) = timed(works(&Ctx::background())).await;
    assert_eq!((result.expect("not done"), after), (1, ms(5)));
}

#[tokio::test(start_paused = true)]
async fn the_grace_of_a_timeout_begins_at_the_timeout() {
    #[cancellable(timeout = "20ms", grace = "100ms")]
    async fn slow() -> Result<&'static str, Error> {
        ctx.done().await;
        sleep(ms(50)).await;
        Ok("rolled back")
    }
    let (result, after) = timed(slow(&Ctx::background())).await;
    assert_eq!(
        (result.expect("within the grace"), after),
        ("rolled back", ms(70))
    );
}

#[tokio::test(start_paused = true)]
async fn cleanup_within_the_grace_takes_a_context_of_its_own() {
    #[cancellable]
    async fn roll_back() -> Result<(), Error> {
        ctx.sleep(ms(30)).await
    }
    #[cancellable(grace = "100ms")]
    async fn transaction() -> Result<[bool; 3], Error> {
        ctx.done().await;
        Ok([
            roll_back(ctx).await.is_ok(),
            roll_back(&ctx.with_grace(ms(100))).await.is_ok(),
            roll_back(&ctx.without_cancel()).await.is_ok(),
        ])
    }
    let (result, after) = timed(transaction(&soon())).await;
    assert_eq!(result.expect("within the grace"), [false, true, true]);
    assert_eq!(after, ms(70));
}

#[tokio::test(start_paused = true)]
async fn a_caller_waits_for_a_callee_in_its_grace() {
    let (result, after) = timed(calls(&soon(), 30)).await;
    assert_eq!(
        (result.expect("within the grace"), after),
        ("drained", ms(40))
    );
    let (result, after) = timed(calls(&soon(), 300)).await;
    assert!(result.is_err());
    assert_eq!(after, ms(110), "at most for that grace");
}

#[tokio::test(start_paused = true)]
async fn every_caller_above_waits() {
    #[cancellable]
    async fn above() -> Result<&'static str, Error> {
        let inner = ctx.run(calls(ctx, 30)).await??;
        Ok(inner)
    }
    let ctx = soon();
    let (result, after) = timed(ctx.run(above(&ctx))).await;
    assert_eq!(result.expect("waited").expect("drained"), "drained");
    assert_eq!(after, ms(40));
}

#[tokio::test(start_paused = true)]
async fn once_the_callee_has_ended_the_caller_is_cut_off() {
    #[cancellable]
    async fn goes_on() -> Result<(), Error> {
        drains(ctx, 30).await?;
        sleep(LONG).await;
        Ok(())
    }
    let (result, after) = timed(goes_on(&soon())).await;
    assert_eq!(cause(&result.expect_err("cut off")), "over");
    assert_eq!(after, ms(40));
}

#[tokio::test(start_paused = true)]
async fn a_callee_that_is_dropped_in_its_grace_holds_up_nobody() {
    #[cancellable]
    async fn gives_up() -> Result<(), Error> {
        tokio::select! {
            result = drains(ctx, 90) => result.map(drop)?,
            () = sleep(ms(25)) => {}
        }
        sleep(LONG).await;
        Ok(())
    }
    let (result, after) = timed(gives_up(&soon())).await;
    assert!(result.is_err());
    assert_eq!(after, ms(25));
}

#[tokio::test(start_paused = true)]
async fn a_callee_is_waited_for_in_a_join() {
    #[cancellable]
    async fn joins() -> Result<[bool; 3], Error> {
        let (one, two, three) = tokio::join!(drains(ctx, 30), drains(ctx, 60), drains(ctx, 900));
        Ok([one.is_ok(), two.is_ok(), three.is_ok()])
    }
    let (result, after) = timed(joins(&soon())).await;
    assert_eq!(result.expect("the body was ready"), [true, true, false]);
    assert_eq!(after, ms(110));
}

#[tokio::test(start_paused = true)]
async fn a_callee_is_waited_for_beside_work_that_is_not() {
    #[cancellable]
    async fn joins() -> Result<(), Error> {
        let _ = tokio::join!(drains(ctx, 30), sleep(LONG));
        Ok(())
    }
    let (result, after) = timed(joins(&soon())).await;
    assert!(result.is_err(), "what is left is cut off");
    assert_eq!(after, ms(40));
}

#[tokio::test(start_paused = true)]
async fn a_callee_is_waited_for_in_a_select() {
    #[cancellable]
    async fn selects() -> Result<&'static str, Error> {
        tokio::select! {
            result = drains(ctx, 60) => result,
            result = calls(ctx, 30) => result,
            () = sleep(LONG) => Ok("slept"),
        }
    }
    let (result, after) = timed(selects(&soon())).await;
    assert_eq!(
        (result.expect("the first to drain"), after),
        ("drained", ms(40))
    );
}

#[tokio::test(start_paused = true)]
async fn callees_are_waited_for_in_futures_unordered() {
    #[cancellable]
    async fn collects() -> Result<Vec<bool>, Error> {
        let all: FuturesUnordered<_> = [20, 300, 40].map(|n| drains(ctx, n)).into_iter().collect();
        Ok(all.map(|result| result.is_ok()).collect().await)
    }
    let (result, after) = timed(collects(&soon())).await;
    assert_eq!(result.expect("the body was ready"), [true, true, false]);
    assert_eq!(after, ms(110));
}

#[tokio::test(start_paused = true)]
async fn a_boxed_callee_is_waited_for() {
    type Boxed<'a> = Pin<Box<dyn Future<Output = Result<&'static str, Error>> + Send + 'a>>;

    fn boxed(ctx: &Ctx) -> Boxed<'_> {
        Box::pin(drains(ctx, 30))
    }
    #[cancellable]
    async fn calls_boxed() -> Result<&'static str, Error> {
        boxed(ctx).boxed().await
    }
    let (result, after) = timed(calls_boxed(&soon())).await;
    assert_eq!((result.expect("drained"), after), ("drained", ms(40)));
}

#[tokio::test(start_paused = true)]
async fn a_callee_whose_own_timeout_was_first_is_waited_for_to_the_end_of_its_grace() {
    #[cancellable(timeout = "5ms", grace = "50ms")]
    async fn narrow() -> Result<(), Error> {
        future::pending().await
    }
    #[cancellable]
    async fn wide() -> Result<(), Error> {
        narrow(ctx).await
    }
    let (result, after) = timed(wide(&soon())).await;
    assert!(
        result.expect_err("cut off").is_deadline_exceeded(),
        "the body was ready with its error"
    );
    assert_eq!(after, ms(55));
}

#[tokio::test(start_paused = true)]
async fn a_callee_on_a_context_that_goes_on_holds_up_nobody() {
    #[cancellable]
    async fn caller() -> Result<(), Error> {
        drains(&ctx.without_cancel(), 0).await.map(drop)
    }
    let (result, after) = timed(caller(&soon())).await;
    assert_eq!(cause(&result.expect_err("cut off")), "over");
    assert_eq!(after, ms(10));
}

#[tokio::test(start_paused = true)]
async fn the_longest_of_the_graces_counts_while_its_callee_runs() {
    #[cancellable(grace = "20ms")]
    async fn short() -> Result<(), Error> {
        future::pending().await
    }
    #[cancellable]
    async fn both() -> Result<(bool, bool), Error> {
        let (short, long) = tokio::join!(short(ctx), drains(ctx, 60));
        Ok((short.is_ok(), long.is_ok()))
    }
    let (result, after) = timed(both(&soon())).await;
    assert_eq!(
        (result.expect("the body was ready"), after),
        ((false, true), ms(70))
    );
}

#[tokio::test(start_paused = true)]
async fn a_grace_within_a_grace_is_waited_for() {
    #[cancellable(grace = "30ms")]
    async fn outer() -> Result<&'static str, Error> {
        drains(ctx, 80).await
    }
    let (result, after) = timed(outer(&soon())).await;
    assert_eq!(result.expect("the callee's grace is longer"), "drained");
    assert_eq!(after, ms(90));
}

#[tokio::test(start_paused = true)]
async fn a_callee_in_its_grace_is_waited_for_though_another_task_polls_now() {
    let ctx = soon();
    let mut call = Box::pin(async move { calls(&ctx, 50).await });
    assert!((&mut call).now_or_never().is_none());
    sleep(ms(20)).await;
    let start = Instant::now();
    let result = tokio::spawn(call).await.expect("no panic");
    assert_eq!(result.expect("drained"), "drained");
    // It began to clean up when the new task first polled it.
    assert_eq!(start.elapsed(), ms(50));
}

#[cancellable(grace = "1s")]
async fn brief() -> Result<(), Error> {
    tokio::task::yield_now().await;
    Ok(())
}

#[tokio::test(start_paused = true)]
async fn a_caller_forgets_the_callees_that_have_ended() {
    let (root, _cancel) = Ctx::background().with_cancel();
    let calls = root.run(async {
        for _ in 0..100 {
            let (child, _cancel) = root.with_cancel();
            brief(&child).await.expect("nobody cancels");
        }
        // What the race still knows of a callee is kept, and its context with it.
        ctx_core::__private::listed(&root).1
    });
    assert!(calls.await.expect("nobody cancels") <= 1);
}
