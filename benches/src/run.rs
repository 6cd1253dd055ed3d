//! Racing a future against its context.

use std::future::{Future, pending};
use std::hint::black_box;
use std::pin::Pin;

use ctx_core::{Canceller, Ctx, Error, cancellable};
use tokio::time::timeout;
use tokio_util::sync::CancellationToken;

use crate::drive::{Pend, finish, once, waker};
use crate::meter::{Side, each};
use crate::row::{Bound, Row, Sides, row};
use crate::timers::{HOUR, in_runtime, one_thread};

const PEER: &str = "run_until_cancelled";
const DEPTH: u32 = 16;

/// Lives as long as the process, as do futures that borrow it.
fn root() -> (&'static Ctx, &'static CancellationToken) {
    let (ctx, cancel): (Ctx, Canceller) = Ctx::background().with_cancel();
    cancel.detach();
    let token = CancellationToken::new();
    (Box::leak(Box::new(ctx)), Box::leak(Box::new(token)))
}

pub(crate) fn rows() -> Vec<Row> {
    vec![
        run("run, ready body", 0, Bound::Ratio(0.3)),
        run("run, one pending poll", 1, Bound::Ratio(0.6)),
        row(
            "run, each further pending poll",
            PEER,
            Bound::Ratio(0.25),
            || {
                let (ctx, token) = root();
                Sides::new(
                    again(ctx.run(pending::<()>())),
                    again(token.run_until_cancelled(pending::<()>())),
                )
                .over(again(pending::<()>()))
            },
        ),
        annotated(
            "annotated call, one pending poll, biased peer",
            "select!",
            biased,
        ),
        annotated(
            "annotated call, one pending poll",
            "select!, unbiased",
            fair,
        ),
        nested("16 nested annotated calls, one pending poll", 1, 0.25),
        nested("16 nested annotated calls, 100 pending polls", 100, 0.3),
        row(
            "16 nested annotated calls under a deadline, 100 pending polls",
            "timeout(run_until_cancelled)",
            Bound::Ratio(0.5),
            || {
                let (ctx, token) = root();
                let ctx: &Ctx = Box::leak(Box::new(ctx.with_timeout(HOUR)));
                let ours = whole(move || deep(ctx, DEPTH, black_box(100)));
                let peer = move || timeout(HOUR, deep_token(token, DEPTH, black_box(100)));
                Sides::new(
                    in_runtime(one_thread(), ours),
                    in_runtime(one_thread(), whole(peer)),
                )
                .over(whole(move || deep_plain(DEPTH, black_box(100))))
            },
        ),
    ]
}

/// Makes a future, polls it to its end, and drops it.
fn whole<F: Future>(make: impl Fn() -> F + 'static) -> Side {
    let waker = waker();
    each(move || finish(make(), &waker))
}

/// Polls one more time what is pending.
fn again(future: impl Future + 'static) -> Side {
    let waker = waker();
    let mut future = Box::pin(future);
    once(future.as_mut(), &waker);
    each(move || once(future.as_mut(), &waker))
}

fn run(name: &'static str, polls: u32, bound: Bound) -> Row {
    row(name, PEER, bound, move || {
        let (ctx, token) = root();
        Sides::new(
            whole(move || ctx.run(Pend(black_box(polls)))),
            whole(move || token.run_until_cancelled(Pend(black_box(polls)))),
        )
        .over(whole(move || Pend(black_box(polls))))
    })
}

#[cancellable]
async fn ours(polls: u32) -> Result<(), Error> {
    Pend(polls).await;
    Ok(())
}

async fn biased(token: &CancellationToken, polls: u32) -> Result<(), ()> {
    tokio::select! {
        biased;
        () = Pend(polls) => Ok(()),
        () = token.cancelled() => Err(()),
    }
}

async fn fair(token: &CancellationToken, polls: u32) -> Result<(), ()> {
    tokio::select! {
        () = token.cancelled() => Err(()),
        () = Pend(polls) => Ok(()),
    }
}

async fn plain(polls: u32) -> Result<(), ()> {
    Pend(polls).await;
    Ok(())
}

fn annotated<F>(
    name: &'static str,
    peer: &'static str,
    by_hand: impl Fn(&'static CancellationToken, u32) -> F + 'static,
) -> Row
where
    F: Future<Output = Result<(), ()>> + 'static,
{
    row(name, peer, Bound::Ratio(0.5), || {
        let (ctx, token) = root();
        Sides::new(
            whole(move || ours(ctx, black_box(1))),
            whole(move || by_hand(token, black_box(1))),
        )
        .over(whole(|| plain(black_box(1))))
    })
}

#[cancellable]
fn deep(
    ctx: &Ctx,
    depth: u32,
    polls: u32,
) -> Pin<Box<dyn Future<Output = Result<(), Error>> + '_>> {
    Box::pin(async move {
        if depth > 1 {
            deep(ctx, depth - 1, polls).await
        } else {
            Pend(polls).await;
            Ok(())
        }
    })
}

fn deep_token(
    token: &CancellationToken,
    depth: u32,
    polls: u32,
) -> Pin<Box<dyn Future<Output = Result<(), ()>> + '_>> {
    Box::pin(async move {
        let body = async move {
            if depth > 1 {
                deep_token(token, depth - 1, polls).await
            } else {
                Pend(polls).await;
                Ok(())
            }
        };
        token.run_until_cancelled(body).await.unwrap_or(Err(()))
    })
}

fn deep_plain(depth: u32, polls: u32) -> Pin<Box<dyn Future<Output = Result<(), ()>>>> {
    Box::pin(async move {
        if depth > 1 {
            deep_plain(depth - 1, polls).await
        } else {
            Pend(polls).await;
            Ok(())
        }
    })
}

fn nested(name: &'static str, polls: u32, bound: f64) -> Row {
    row(name, PEER, Bound::Ratio(bound), move || {
        let (ctx, token) = root();
        Sides::new(
            whole(move || deep(ctx, DEPTH, black_box(polls))),
            whole(move || deep_token(token, DEPTH, black_box(polls))),
        )
        .over(whole(move || deep_plain(DEPTH, black_box(polls))))
    })
}
