//! What can be done under a context, each from its beginning to its end. Every await is a stage at which it may be abandoned.

use std::{
    future::{pending, poll_fn},
    num::NonZeroUsize,
    panic::{AssertUnwindSafe, resume_unwind},
    pin::Pin,
    task::Poll,
    time::Duration,
};

use ctx_core::{Ctx, Error, Group, cancellable};
use futures::{FutureExt, StreamExt, future::join};
use tokio::sync::oneshot;
use tokio_util::sync::CancellationToken;

use crate::waiter::FOREVER;

ctx_core::ctx_key! {
    struct Bytes([u8; 64]);
}

pub(crate) type Cycle = fn(Ctx) -> Pin<Box<dyn Future<Output = ()> + Send>>;

const SOON: Duration = Duration::from_micros(50);

macro_rules! cycles {
    ($($cycle:ident)*) => { &[$(|ctx| Box::pin($cycle(ctx))),*] };
}

/// Those that work outside of a runtime, too.
pub(crate) const ANYWHERE: &[Cycle] = cycles![
    dropped detached cancelled raced timed_out in_time asleep valued freed graced merged called called_at_its_deadline
    never_called stopped cut_off rolled_back
];

pub(crate) const IN_TOKIO: &[Cycle] = cycles![
    joined failed panicked limited spawned blocking replicated hedged shielded watched by_token to_token streamed
];

/// Gives way once.
async fn stage() {
    let mut polled = false;
    poll_fn(|cx| {
        if std::mem::replace(&mut polled, true) {
            return Poll::Ready(());
        }
        cx.waker().wake_by_ref();
        Poll::Pending
    })
    .await;
}

async fn dropped(ctx: Ctx) {
    let (child, cancel) = ctx.with_cancel();
    let second = cancel.clone();
    stage().await;
    drop(cancel);
    stage().await;
    drop(second);
    stage().await;
    assert!(child.is_done());
}

async fn detached(ctx: Ctx) {
    let (child, cancel) = ctx.with_cancel();
    cancel.detach();
    child.run(stage()).await.expect("nobody cancels");
}

async fn cancelled(ctx: Ctx) {
    let (child, cancel) = ctx.with_cancel();
    let (below, _cancel) = child.with_cancel();
    let cancels = async {
        stage().await;
        cancel.cancel_with("over");
    };
    let (err, ()) = join(below.done(), cancels).await;
    assert!(!err.report().to_string().is_empty());
}

async fn raced(ctx: Ctx) {
    let (child, cancel) = ctx.with_cancel();
    let race = child.run(child.run(ctx.run(pending::<()>())));
    let (cut, ()) = join(race, stage().map(|()| drop(cancel))).await;
    assert!(cut.and_then(|inner| inner).is_err());
}

async fn timed_out(ctx: Ctx) {
    let timed = ctx.with_timeout_cause(SOON, "slow");
    assert!(timed.run(pending::<()>()).await.is_err());
}

async fn in_time(ctx: Ctx) {
    let timed = ctx.with_timeout(FOREVER);
    timed
        .run(join(stage(), timed.run(stage())))
        .await
        .expect("in time")
        .1
        .expect("in time");
}

async fn asleep(ctx: Ctx) {
    ctx.sleep(SOON).await.expect("nobody cancels");
}

async fn valued(ctx: Ctx) {
    let (valued, _cancel) = ctx.with_value(Bytes([1; 64])).with_cancel();
    valued.run(stage()).await.expect("nobody cancels");
    assert!(valued.value::<Bytes>().is_some() && ctx.get::<Bytes>().is_err());
}

async fn freed(ctx: Ctx) {
    let freed = ctx
        .with_value(Bytes([1; 64]))
        .without_cancel()
        .with_timeout(SOON);
    freed.done_owned().await;
}

async fn graced(ctx: Ctx) {
    let (child, cancel) = ctx.with_cancel();
    let graced = child.with_grace(SOON).with_grace(SOON);
    join(graced.done(), stage().map(|()| cancel.cancel())).await;
}

async fn merged(ctx: Ctx) {
    let (other, cancel) = Ctx::background().with_timeout(FOREVER).with_cancel();
    let merged = ctx
        .with_value(Bytes([1; 64]))
        .merge(&other)
        .with_grace(Duration::ZERO);
    join(
        merged.run(pending::<()>()),
        stage().map(|()| cancel.cancel()),
    )
    .await
    .0
    .expect_err("cut off");
}

async fn called(ctx: Ctx) {
    let (child, cancel) = ctx.with_cancel();
    let (call, calls) = oneshot::channel();
    drop(child.after_done(|err| drop(call.send(err))));
    stage().await;
    cancel.cancel();
    assert!(calls.await.expect("called").is_cancelled());
}

async fn called_at_its_deadline(ctx: Ctx) {
    let (call, calls) = oneshot::channel();
    drop(
        ctx.with_timeout(SOON)
            .after_done(|err| drop(call.send(err))),
    );
    assert!(calls.await.expect("called").is_deadline_exceeded());
}

async fn never_called(ctx: Ctx) {
    let after = ctx.without_cancel().after_done(|_| ());
    stage().await;
    drop(after);
}

async fn stopped(ctx: Ctx) {
    // Abandoned, the callback is called when the canceller goes.
    let (child, _cancel) = ctx.with_timeout(FOREVER).with_cancel();
    let after = child.after_done(|_| ());
    stage().await;
    assert!(after.stop());
}

#[cancellable(timeout = "50us")]
async fn slow() -> Result<(), Error> {
    ctx.run(pending()).await
}

async fn cut_off(ctx: Ctx) {
    let err = slow(&ctx).await.expect_err("cut off");
    assert!(!err.trace().is_empty());
}

#[cancellable(grace = "10ms")]
async fn rolls_back() -> Result<(), Error> {
    ctx.done().await;
    stage().await;
    Ok(())
}

async fn rolled_back(ctx: Ctx) {
    let (child, cancel) = ctx.with_cancel();
    let race = child.run(async { rolls_back(&child).await });
    join(race, stage().map(|()| drop(cancel))).await.0.ok();
}

async fn joined(ctx: Ctx) {
    let mut group: Group<u64, Error> = ctx.group();
    for n in 0..3 {
        group.spawn(move |ctx| async move { ctx.run(stage()).await.map(|()| n) });
    }
    stage().await;
    assert_eq!(group.join().await.expect("none fails"), [0, 1, 2]);
}

async fn failed(ctx: Ctx) {
    let mut group: Group<(), Option<Error>> = ctx.group();
    for _ in 0..2 {
        group.spawn(|ctx| async move { Err(Some(ctx.done().await)) });
    }
    group.spawn(|_| async { Err(None) });
    stage().await;
    assert!(group.join().await.is_err_and(|err| err.is_none()));
}

async fn panicked(ctx: Ctx) {
    let mut group: Group<(), Error> = ctx.group();
    group.spawn(|ctx| async move { Err(ctx.done().await) });
    // Not `panic!`: the hook would tell of each.
    group.spawn(|_| async {
        stage()
            .map(|()| resume_unwind(Box::new("on purpose")))
            .await
    });
    let panicked = AssertUnwindSafe(group.join()).catch_unwind().await;
    assert!(panicked.is_err());
}

async fn limited(ctx: Ctx) {
    let mut group: Group<(), Error> = ctx.group().limit(NonZeroUsize::MIN);
    for _ in 0..3 {
        group.spawn(|ctx| async move { ctx.run(stage()).await });
    }
    group.next().await;
    // Two have not ended, one of them has not begun.
    drop(group);
}

async fn spawned(ctx: Ctx) {
    let (child, cancel) = ctx.with_cancel();
    let task = child.spawn(|ctx| async move { ctx.done().await });
    let racing = tokio::spawn(child.run_owned(pending::<()>()));
    stage().await;
    drop(cancel);
    task.await.expect("no panic");
    racing.await.expect("no panic").expect_err("cut off");
}

async fn blocking(ctx: Ctx) {
    let (child, cancel) = ctx.with_cancel();
    let task = child.spawn_blocking(|ctx| ctx.wait_blocking(FOREVER).is_some());
    stage().await;
    drop(cancel);
    assert!(task.await.expect("no panic"));
}

async fn replicated(ctx: Ctx) {
    let attempts = (0..3).map(|n| {
        move |ctx: Ctx| async move {
            match n {
                0 => Err(Some(ctx.done().await)),
                1 => Err(None),
                _ => Ok(ctx.run(stage()).await.is_ok()),
            }
        }
    });
    assert!(ctx.first_ok(attempts).await.expect("one succeeds"));
}

async fn hedged(ctx: Ctx) {
    let attempts = (0..3).map(|n| {
        move |ctx: Ctx| async move {
            match n {
                1 => Ok(ctx.run(stage()).await.is_ok()),
                _ => Err(ctx.done().await),
            }
        }
    });
    assert!(ctx.hedge(SOON, attempts).await.expect("one succeeds"));
}

async fn shielded(ctx: Ctx) {
    let (child, cancel) = ctx.with_cancel();
    let commit = child.shield(async { join(stage(), stage()).map(|_| stage()).await.await });
    join(child.run(commit), stage().map(|()| drop(cancel)))
        .await
        .0
        .ok();
}

async fn watched(ctx: Ctx) {
    let watched = ctx.with_cancel_on(stage().map(|()| "the lease was lost"));
    assert!(watched.done().await.cause().is_some());
}

async fn by_token(ctx: Ctx) {
    let token = CancellationToken::new();
    let child = ctx.with_token(&token);
    join(child.done(), stage().map(|()| token.cancel())).await;
}

async fn to_token(ctx: Ctx) {
    let (child, cancel) = ctx.with_cancel();
    let token = child.to_token();
    join(token.cancelled(), stage().map(|()| drop(cancel))).await;
}

async fn streamed(ctx: Ctx) {
    let (child, cancel) = ctx.with_cancel();
    let mut endless = Box::pin(child.until_done(futures::stream::repeat(()).then(|()| stage())));
    endless.next().await;
    drop(cancel);
    while endless.next().await.is_some() {}
}
