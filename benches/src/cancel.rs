//! Cancelling many.

use std::future::poll_fn;
use std::sync::{Arc, Barrier, Mutex};
use std::task::{Poll, Waker};
use std::thread;
use std::time::{Duration, Instant};

use ctx_core::{Canceller, Ctx};
use tokio::runtime::Runtime;
use tokio::task::{JoinSet, yield_now};
use tokio_util::sync::CancellationToken;

use crate::drive::{once, waker};
use crate::meter::Side;
use crate::row::{Bound, Row, Sides, row, sampled};
use crate::timers::one_thread;

const MILLION: usize = 1_000_000;
const PARKED: usize = 10_000;

pub(crate) fn rows() -> Vec<Row> {
    vec![
        children("cancel 1 child with a waiter", 1),
        children("cancel 1,000 children, each with a waiter", 1_000),
        children("cancel 1,000,000 children, each with a waiter", MILLION),
        row(
            "wake and join 10,000 parked waiters",
            "cancelled()",
            Bound::Ratio(0.9),
            || Sides::new(parked_contexts(one_thread()), parked_tokens(one_thread())),
        ),
        row(
            "for scale: wake and join 10,000 tasks that wait for nothing",
            "cancelled()",
            Bound::None,
            || Sides::new(parked_wakers(one_thread()), parked_tokens(one_thread())),
        ),
        sampled(
            "is_done while 1,000,000 are cancelled, 99 %",
            "is_cancelled",
            Bound::Ratio(0.1),
            || (slowest_is_done(), slowest_is_cancelled()),
        ),
    ]
}

fn children(name: &'static str, count: usize) -> Row {
    row(name, "tokens", Bound::Ratio(0.8), move || {
        Sides::new(
            prepared(
                count,
                move || {
                    let (root, cancel) = Ctx::background().with_cancel();
                    (context_waiters(&root, count), cancel)
                },
                |(_, cancel): &(_, Canceller)| cancel.cancel(),
            ),
            prepared(
                count,
                move || {
                    let root = CancellationToken::new();
                    (token_waiters(&root, count), root)
                },
                |(_, root)| root.cancel(),
            ),
        )
    })
}

/// Operations that use up what was made for them, which is not measured.
fn prepared<T>(size: usize, make: impl Fn() -> T + 'static, op: impl Fn(&T) + 'static) -> Side {
    let batch = (100 / size).max(1) as u64;
    Box::new(move |meter, times| {
        let mut left = times;
        while left > 0 {
            let now = left.min(batch);
            left -= now;
            let made: Vec<T> = (0..now).map(|_| make()).collect();
            meter.time(|| made.iter().for_each(&op));
        }
    })
}

/// Children of `root`, each with a waiter; whatever holds them.
fn context_waiters(root: &Ctx, count: usize) -> impl Sized + Send + use<> {
    let waker = waker();
    let child = |_| {
        let (child, cancel) = root.with_cancel();
        let mut done = Box::pin(child.done_owned());
        once(done.as_mut(), &waker);
        (done, cancel)
    };
    (0..count).map(child).collect::<Vec<_>>()
}

fn token_waiters(root: &CancellationToken, count: usize) -> impl Sized + Send + use<> {
    let waker = waker();
    let child = |_| {
        let mut done = Box::pin(root.child_token().cancelled_owned());
        once(done.as_mut(), &waker);
        done
    };
    (0..count).map(child).collect::<Vec<_>>()
}

/// Tasks that wait, woken by `cancel` and joined. Starting them is not measured.
macro_rules! parked {
    ($runtime:expr, $new:expr, $wait:expr, $cancel:expr) => {{
        let runtime: Runtime = $runtime;
        let side: Side = Box::new(move |meter, times| {
            for _ in 0..times {
                let made = $new;
                let mut tasks = JoinSet::new();
                runtime.block_on(async {
                    for _ in 0..PARKED {
                        tasks.spawn($wait(&made));
                    }
                    // The runtime polls some of them between two polls of this.
                    for _ in 0..PARKED {
                        yield_now().await;
                    }
                });
                meter.time(|| {
                    runtime.block_on(async {
                        $cancel(&made);
                        while tasks.join_next().await.is_some() {}
                    });
                });
            }
        });
        side
    }};
}

fn parked_contexts(runtime: Runtime) -> Side {
    parked!(
        runtime,
        Ctx::background().with_cancel(),
        |(ctx, _): &(Ctx, Canceller)| ctx.done_owned(),
        |(_, cancel): &(Ctx, Canceller)| cancel.cancel()
    )
}

fn parked_tokens(runtime: Runtime) -> Side {
    parked!(
        runtime,
        CancellationToken::new(),
        |token: &CancellationToken| token.clone().cancelled_owned(),
        |token: &CancellationToken| token.cancel()
    )
}

/// What any of them costs: each task leaves its waker in one list.
fn parked_wakers(runtime: Runtime) -> Side {
    type Parked = Arc<Mutex<Vec<Waker>>>;
    let wait = |parked: &Parked| {
        let parked = Arc::clone(parked);
        let mut waits = true;
        poll_fn(move |cx| {
            if std::mem::replace(&mut waits, false) {
                parked.lock().expect("whole").push(cx.waker().clone());
                return Poll::Pending;
            }
            Poll::Ready(())
        })
    };
    parked!(runtime, Parked::default(), wait, |parked: &Parked| {
        let wakers = std::mem::take(&mut *parked.lock().expect("whole"));
        wakers.into_iter().for_each(Waker::wake);
    })
}

fn slowest_is_done() -> f64 {
    let (root, cancel) = Ctx::background().with_cancel();
    let waiters = context_waiters(&root, MILLION);
    let slowest = slowest_while(|| cancel.cancel(), || root.is_done());
    drop(waiters);
    slowest
}

fn slowest_is_cancelled() -> f64 {
    let root = CancellationToken::new();
    let waiters = token_waiters(&root, MILLION);
    let slowest = slowest_while(|| root.cancel(), || root.is_cancelled());
    drop(waiters);
    slowest
}

/// Looks are counted as often as there are such spans in them: one that blocks holds up all that would have come meanwhile.
const SPAN: Duration = Duration::from_micros(1);

/// The 99th percentile, in seconds, of `look` at any moment at which `work` goes on on another thread.
fn slowest_while(work: impl FnOnce() + Send, look: impl Fn() -> bool) -> f64 {
    let start = Barrier::new(2);
    let mut looks = Vec::with_capacity(MILLION);
    thread::scope(|scope| {
        let worker = scope.spawn(|| {
            start.wait();
            work();
        });
        start.wait();
        while !worker.is_finished() {
            let before = Instant::now();
            std::hint::black_box(look());
            let mut left = before.elapsed();
            looks.push(left);
            while left > SPAN {
                left -= SPAN;
                looks.push(left);
            }
        }
    });
    looks.sort_unstable();
    let slowest = looks.get(looks.len() * 99 / 100);
    slowest.map_or(0.0, Duration::as_secs_f64)
}
