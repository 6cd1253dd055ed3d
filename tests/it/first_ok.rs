//! `first_ok` and `hedge`: several ways to one result.

use std::{
    future,
    pin::Pin,
    sync::{Arc, Mutex},
};

use ctx_core::{Ctx, Error};
use tokio::time::Instant;

use crate::support::{Drops, LONG, cause, ms};

type Attempt =
    Box<dyn FnOnce(Ctx) -> Pin<Box<dyn Future<Output = Result<u64, String>> + Send>> + Send>;

/// Takes `delay` milliseconds, then has the result, unless its context is done before.
fn attempt(delay: u64, result: Result<u64, &'static str>) -> Attempt {
    Box::new(move |ctx| {
        Box::pin(async move {
            ctx.sleep(ms(delay)).await.map_err(|err| err.to_string())?;
            result.map_err(Into::into)
        })
    })
}

/// An attempt that notes when it was started and what became of its context.
fn noted(start: Instant, log: &Arc<Mutex<Vec<u128>>>, inner: Attempt) -> Attempt {
    let log = log.clone();
    Box::new(move |ctx| {
        let work = inner(ctx);
        Box::pin(async move {
            log.lock()
                .expect("no panic")
                .push(start.elapsed().as_millis());
            work.await
        })
    })
}

#[tokio::test(start_paused = true)]
async fn the_first_success_is_returned() {
    let start = Instant::now();
    let tasks = [
        attempt(30, Ok(30)),
        attempt(10, Ok(10)),
        attempt(20, Ok(20)),
    ];
    assert_eq!(Ctx::background().first_ok(tasks).await, Ok(10));
    assert_eq!(start.elapsed(), ms(10));
}

#[tokio::test(start_paused = true)]
async fn failures_before_the_first_success_are_passed_over() {
    let tasks = [
        attempt(5, Err("a")),
        attempt(6, Err("b")),
        attempt(10, Ok(10)),
    ];
    assert_eq!(Ctx::background().first_ok(tasks).await, Ok(10));
}

#[tokio::test(start_paused = true)]
async fn all_errors_are_returned_when_none_succeeds() {
    let tasks = [
        attempt(3, Err("a")),
        attempt(1, Err("b")),
        attempt(2, Err("c")),
    ];
    let mut errors = Ctx::background()
        .first_ok(tasks)
        .await
        .expect_err("none succeeds");
    errors.sort_unstable();
    assert_eq!(errors, ["a", "b", "c"]);
}

#[tokio::test(start_paused = true)]
async fn nothing_to_try_is_a_failure_without_errors() {
    let none: [Attempt; 0] = [];
    assert_eq!(Ctx::background().first_ok(none).await, Err(vec![]));
    let none: [Attempt; 0] = [];
    assert_eq!(Ctx::background().hedge(ms(10), none).await, Err(vec![]));
}

#[tokio::test(start_paused = true)]
async fn the_first_success_cancels_the_rest_and_leaves_the_caller_alone() {
    let (parent, _cancel) = Ctx::background().with_cancel();
    let (send, receive) = tokio::sync::oneshot::channel();
    let slow: Attempt = Box::new(move |ctx| {
        // Seen from outside, in case the task itself is aborted.
        let watch = ctx.clone();
        tokio::spawn(async move { send.send(watch.done().await) });
        Box::pin(async move { future::pending().await })
    });
    let drops = Drops::default();
    let guard = drops.guard();
    let held: Attempt = Box::new(move |ctx| {
        Box::pin(async move {
            let _guard = guard;
            Err(ctx.done().await.to_string())
        })
    });
    assert_eq!(
        parent.first_ok([slow, attempt(10, Ok(1)), held]).await,
        Ok(1)
    );
    assert!(receive.await.expect("it was watched").is_cancelled());
    tokio::time::sleep(ms(1)).await;
    assert_eq!(drops.count(), 1);
    assert!(!parent.is_done());
}

#[tokio::test(start_paused = true)]
async fn the_tasks_follow_the_context_of_the_caller() {
    let ctx = Ctx::background().with_timeout(ms(10));
    let start = Instant::now();
    let errors = ctx
        .first_ok([attempt(1_000, Ok(1)), attempt(2_000, Ok(2))])
        .await;
    assert_eq!(
        errors,
        Err(vec!["context deadline exceeded".to_string(); 2])
    );
    assert_eq!(start.elapsed(), ms(10));
    let errors = Ctx::background()
        .with_timeout(ms(10))
        .hedge(ms(3), [attempt(1_000, Ok(1))])
        .await;
    assert_eq!(errors, Err(vec!["context deadline exceeded".to_string()]));
}

#[tokio::test(start_paused = true)]
async fn dropping_the_call_ends_what_it_started() {
    let drops = Drops::default();
    let tasks = [drops.guard(), drops.guard()].map(|guard| -> Attempt {
        Box::new(move |_ctx| {
            Box::pin(async move {
                let _guard = guard;
                future::pending().await
            })
        })
    });
    let ctx = Ctx::background();
    let mut call = tokio_test::task::spawn(ctx.first_ok(tasks));
    assert!(call.poll().is_pending());
    tokio::task::yield_now().await;
    drop(call);
    tokio::time::sleep(ms(1)).await;
    assert_eq!(drops.count(), 2);
}

#[tokio::test(start_paused = true)]
async fn hedge_starts_the_next_when_the_time_has_gone_by() {
    let (start, log) = (Instant::now(), Arc::default());
    let tasks = [LONG.as_millis() as u64, 1_000, 15]
        .map(|delay| noted(start, &log, attempt(delay, Ok(delay))));
    assert_eq!(Ctx::background().hedge(ms(10), tasks).await, Ok(15));
    assert_eq!(*log.lock().expect("no panic"), [0, 10, 20]);
    assert_eq!(start.elapsed(), ms(35));
}

#[tokio::test(start_paused = true)]
async fn hedge_starts_no_second_when_the_first_is_quick() {
    let (start, log) = (Instant::now(), Arc::default());
    let tasks = [5, 1].map(|delay| noted(start, &log, attempt(delay, Ok(delay))));
    assert_eq!(Ctx::background().hedge(ms(10), tasks).await, Ok(5));
    assert_eq!(*log.lock().expect("no panic"), [0]);
}

#[tokio::test(start_paused = true)]
async fn hedge_starts_the_next_at_once_when_one_has_failed() {
    let (start, log) = (Instant::now(), Arc::default());
    let tasks = [
        attempt(3, Err("a")),
        attempt(4, Err("b")),
        attempt(1, Ok(1)),
    ]
    .map(|task| noted(start, &log, task));
    assert_eq!(Ctx::background().hedge(ms(10), tasks).await, Ok(1));
    assert_eq!(*log.lock().expect("no panic"), [0, 3, 7]);
}

#[tokio::test(start_paused = true)]
async fn hedge_returns_every_error_when_none_succeeds() {
    let tasks = [
        attempt(3, Err("a")),
        attempt(30, Err("b")),
        attempt(1, Err("c")),
    ];
    let mut errors = Ctx::background()
        .hedge(ms(10), tasks)
        .await
        .expect_err("none succeeds");
    errors.sort_unstable();
    assert_eq!(errors, ["a", "b", "c"]);
}

#[tokio::test(start_paused = true)]
async fn an_early_attempt_may_still_win_after_later_ones_were_started() {
    let tasks = [attempt(25, Ok(1)), attempt(100, Ok(2)), attempt(100, Ok(3))];
    let start = Instant::now();
    assert_eq!(Ctx::background().hedge(ms(10), tasks).await, Ok(1));
    assert_eq!(start.elapsed(), ms(25));
}

#[tokio::test(start_paused = true)]
async fn attempts_know_their_context_and_its_cause() {
    let (parent, cancel) = Ctx::background().with_cancel();
    let task = move |ctx: Ctx| async move {
        let current = Ctx::current().expect("a context");
        cancel.cancel_with("over");
        assert!(current.is_done());
        Err::<(), Error>(ctx.done().await)
    };
    let errors = parent.first_ok([task]).await.expect_err("done");
    assert_eq!(errors.iter().map(cause).collect::<Vec<_>>(), ["over"]);
}

#[tokio::test(start_paused = true)]
async fn attempts_that_nobody_waits_for_any_more_are_told_so() {
    let (said, heard) = tokio::sync::oneshot::channel();
    let mut said = Some(said);
    let hangs = move |ctx: Ctx| {
        let said = said.take();
        async move {
            if let Some(said) = said {
                let _ = said.send(ctx.clone());
            }
            Err::<(), _>(ctx.done().await)
        }
    };
    let ctx = Ctx::background();
    let mut racing = tokio_test::task::spawn(ctx.first_ok([hangs]));
    assert!(racing.poll().is_pending());
    let theirs = heard.await.expect("the attempt has begun");
    drop(racing);
    let err = theirs.err().expect("cancelled with its attempts");
    assert_eq!(
        err.to_string(),
        "context cancelled: nobody waits for its attempts any more"
    );
    assert!(!err.report().to_string().contains("_cancel"));
}
