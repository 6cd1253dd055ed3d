//! To and from what else can be cancelled: tokens, futures, streams.

use std::{future, time::Duration};

use ctx_core::{Ctx, TokenCancelled};
use futures::{StreamExt, stream};
use tokio::{runtime::Handle, sync::oneshot, task::yield_now};
use tokio_test::{assert_pending, assert_ready};
use tokio_util::sync::CancellationToken;

use crate::support::{Drops, LONG, advance, cause, ms, outcome};

ctx_core::ctx_key! {
    struct User(&'static str);
}

/// Lets every task that can go on do so.
async fn settle() {
    for _ in 0..10 {
        yield_now().await;
    }
}

fn tasks() -> usize {
    Handle::current().metrics().num_alive_tasks()
}

#[tokio::test(start_paused = true)]
async fn a_token_cancels_a_context_and_says_so() {
    let token = CancellationToken::new();
    let ctx = Ctx::background()
        .with_value(User("gopher"))
        .with_token(&token);
    assert!(!ctx.is_done() && ctx.value::<User>().is_some());
    token.cancel();
    let err = ctx.done().await;
    assert!(err.is_cancelled());
    assert!(err.cause().expect("a cause").is::<TokenCancelled>());
}

#[tokio::test(start_paused = true)]
async fn a_token_that_is_cancelled_already_makes_a_context_that_is_done() {
    let token = CancellationToken::new();
    token.cancel();
    assert!(Ctx::background().with_token(&token).is_done());
}

#[tokio::test(start_paused = true)]
async fn a_context_cancels_no_token_it_came_from() {
    let token = CancellationToken::new();
    let (parent, cancel) = Ctx::background().with_cancel();
    let ctx = parent.with_token(&token);
    cancel.cancel_with("parent");
    assert_eq!(cause(&outcome(&ctx)), "parent");
    settle().await;
    assert!(!token.is_cancelled());
}

#[tokio::test(start_paused = true)]
async fn a_context_cancels_the_token_that_came_from_it() {
    let (ctx, cancel) = Ctx::background().with_cancel();
    let token = ctx.to_token();
    assert!(!token.is_cancelled());
    cancel.cancel();
    token.cancelled().await;

    let token = Ctx::background().with_timeout(ms(10)).to_token();
    let start = tokio::time::Instant::now();
    token.cancelled().await;
    assert_eq!(start.elapsed(), ms(10));
}

#[tokio::test(start_paused = true)]
async fn a_done_context_makes_a_cancelled_token() {
    let token = Ctx::background().with_timeout(ms(0)).to_token();
    settle().await;
    assert!(token.is_cancelled());
}

#[tokio::test(start_paused = true)]
async fn a_context_follows_a_future_with_its_output_as_the_cause() {
    let (lost, lease) = oneshot::channel::<()>();
    let ctx = Ctx::background().with_cancel_on(async move {
        let _ = lease.await;
        "lease lost"
    });
    settle().await;
    assert!(!ctx.is_done());
    drop(lost);
    let err = ctx.done().await;
    assert!(err.is_cancelled());
    assert_eq!(cause(&err), "lease lost");
}

#[tokio::test(start_paused = true)]
async fn the_first_of_a_parent_and_a_future_decides() {
    let (parent, cancel) = Ctx::background().with_cancel();
    let ctx = parent.with_cancel_on(async {
        tokio::time::sleep(ms(10)).await;
        "future"
    });
    cancel.cancel_with("parent");
    advance(20).await;
    settle().await;
    assert_eq!(cause(&outcome(&ctx)), "parent");
}

#[tokio::test(start_paused = true)]
async fn what_watches_ends_with_the_context_or_its_last_handle() {
    let (drops, before) = (Drops::default(), tasks());
    let (parent, cancel) = Ctx::background().with_cancel();
    let watched = || {
        let guard = drops.guard();
        async {
            let _guard = guard;
            future::pending::<&str>().await
        }
    };
    let dropped = parent.with_cancel_on(watched());
    let kept = parent.with_cancel_on(watched());
    let below = parent.with_cancel_on(watched()).with_value(User("below"));
    let token = parent.with_token(&CancellationToken::new());
    settle().await;
    assert_eq!(drops.count(), 0);

    drop((dropped, token));
    settle().await;
    assert_eq!(drops.count(), 1, "nobody has that context any more");

    cancel.cancel();
    settle().await;
    assert_eq!(drops.count(), 3, "they are done");
    assert!(kept.is_done() && below.is_done());
    assert_eq!(tasks(), before);
}

#[tokio::test(start_paused = true)]
async fn a_watched_future_that_panics_harms_nobody() {
    let ctx = Ctx::background().with_cancel_on(async {
        if tasks() > 0 {
            panic!("from a watched future");
        }
        "never"
    });
    settle().await;
    let (child, cancel) = ctx.with_cancel();
    cancel.cancel_with("child");
    assert!(child.is_done());
}

#[tokio::test(start_paused = true)]
async fn a_stream_ends_when_its_context_is_done_even_if_it_is_always_ready() {
    let (ctx, cancel) = Ctx::background().with_cancel();
    let mut numbers = ctx.until_done(stream::iter(0..));
    assert_eq!(
        (numbers.next().await, numbers.next().await),
        (Some(0), Some(1))
    );
    cancel.cancel();
    assert_eq!(numbers.next().await, None);
    assert_eq!(numbers.next().await, None);
}

#[tokio::test(start_paused = true)]
async fn a_stream_that_waits_is_woken_when_its_context_is_done() {
    let (ctx, cancel) = Ctx::background().with_cancel();
    let mut plain = tokio_test::task::spawn(ctx.until_done(stream::pending::<u8>()));
    let mut tried = tokio_test::task::spawn(ctx.try_until_done(stream::pending::<u8>()));
    assert_pending!(plain.poll_next());
    assert_pending!(tried.poll_next());
    cancel.cancel_with("over");
    assert!(plain.is_woken() && tried.is_woken());
    assert_eq!(assert_ready!(plain.poll_next()), None);
    let err = assert_ready!(tried.poll_next())
        .expect("one item more")
        .expect_err("why it ended");
    assert_eq!(cause(&err), "over");
    assert!(assert_ready!(tried.poll_next()).is_none());
}

#[tokio::test(start_paused = true)]
async fn a_stream_that_ends_by_itself_has_no_error() {
    let ctx = Ctx::background().with_timeout(LONG);
    assert_eq!(
        ctx.until_done(stream::iter([1, 2]))
            .collect::<Vec<_>>()
            .await,
        [1, 2]
    );
    let tried: Vec<_> = ctx.try_until_done(stream::iter([1, 2])).collect().await;
    assert!(tried.iter().all(Result::is_ok) && tried.len() == 2);
}

#[tokio::test(start_paused = true)]
async fn a_deadline_ends_a_stream() {
    let ctx = Ctx::background().with_timeout(ms(25));
    let ticks = stream::unfold((), |()| async {
        tokio::time::sleep(Duration::from_millis(10)).await;
        Some(((), ()))
    });
    assert_eq!(ctx.until_done(ticks).count().await, 2);
}
