//! Deadlines.

use std::future::{Future, pending};
use std::pin::pin;
use std::time::Duration;

use ctx_core::Ctx;
use tokio::runtime::{Builder, Runtime};
use tokio::task::yield_now;
use tokio::time::{sleep, timeout};
use tokio_util::sync::CancellationToken;

use crate::drive::{once, waker};
use crate::meter::{Meter, Side, each};
use crate::row::{Bound, Row, Sides, row};

const PEER: &str = "timeout(run_until_cancelled)";
pub(crate) const HOUR: Duration = Duration::from_secs(3600);
const TASKS: u64 = 64;
const CROWD: u64 = 400_000;

pub(crate) fn rows() -> Vec<Row> {
    vec![
        tasks(
            "with_timeout + run, 64 tasks, current-thread",
            one_thread,
            |meter, work| meter.time(work),
        ),
        tasks(
            "with_timeout + run, 64 tasks, two workers",
            two_workers,
            |meter, work| meter.wall(work),
        ),
        row(
            "with_timeout + run, each further pending poll",
            PEER,
            Bound::Ratio(0.9),
            || {
                let ours = Ctx::background()
                    .with_timeout(HOUR)
                    .run_owned(pending::<()>());
                let token = CancellationToken::new();
                let peer =
                    async move { timeout(HOUR, token.run_until_cancelled(pending::<()>())).await };
                Sides::new(again(ours), again(peer)).over(again(pending::<()>()))
            },
        ),
        row(
            "one more among 400,000 timeouts",
            "sleep",
            Bound::Ratio(1.1),
            || Sides::new(crowded_contexts(), crowded_sleeps()),
        ),
    ]
}

pub(crate) fn one_thread() -> Runtime {
    let mut builder = Builder::new_current_thread();
    builder.enable_all().build().expect("a runtime")
}

pub(crate) fn two_workers() -> Runtime {
    let mut builder = Builder::new_multi_thread();
    let builder = builder.worker_threads(2).enable_all();
    builder.build().expect("a runtime")
}

/// How a runtime of one thread, or of several, is measured.
pub(crate) type Clock = fn(&mut Meter, &mut dyn FnMut());

fn tasks(name: &'static str, runtime: fn() -> Runtime, clock: Clock) -> Row {
    row(name, PEER, Bound::Ratio(0.9), move || {
        let (ctx, cancel) = Ctx::background().with_cancel();
        cancel.detach();
        let token = CancellationToken::new();
        let ours = spread_over_tasks(runtime(), clock, move || {
            let ctx = ctx.clone();
            async move { drop(ctx.with_timeout(HOUR).run(yield_now()).await) }
        });
        let peer = spread_over_tasks(runtime(), clock, move || {
            let token = token.clone();
            async move {
                let child = token.child_token();
                drop(timeout(HOUR, child.run_until_cancelled(yield_now())).await);
            }
        });
        Sides::new(ours, peer).over(spread_over_tasks(runtime(), clock, yield_now))
    })
}

/// The operations done by 64 tasks.
fn spread_over_tasks<F>(
    runtime: Runtime,
    clock: Clock,
    op: impl Fn() -> F + Clone + Send + 'static,
) -> Side
where
    F: Future<Output = ()> + Send,
{
    Box::new(move |meter, times| {
        clock(meter, &mut || {
            runtime.block_on(async {
                let tasks: Vec<_> = (0..TASKS)
                    .map(|task| {
                        let op = op.clone();
                        let share = (times + task) / TASKS;
                        tokio::spawn(async move {
                            for _ in 0..share {
                                op().await;
                            }
                        })
                    })
                    .collect();
                for task in tasks {
                    task.await.expect("a benchmark does not panic");
                }
            });
        });
    })
}

/// Up to an hour, as if they had come one after the other, all with the same timeout.
fn later(index: u64) -> Duration {
    HOUR - Duration::from_millis(index * 3_500 / 400)
}

fn crowded_contexts() -> Side {
    let (runtime, waker) = (one_thread(), waker());
    let (root, cancel) = Ctx::background().with_cancel();
    cancel.detach();
    let crowd: Vec<_> = {
        let _inside = runtime.enter();
        let waiting = |index| {
            let mut done = Box::pin(root.with_timeout(later(index)).done_owned());
            once(done.as_mut(), &waker);
            done
        };
        (0..CROWD).map(waiting).collect()
    };
    let one_more = move || {
        let _crowd = &crowd;
        let ctx = root.with_timeout(HOUR);
        once(pin!(ctx.done()), &waker)
    };
    in_runtime(runtime, each(one_more))
}

fn crowded_sleeps() -> Side {
    let (runtime, waker) = (one_thread(), waker());
    let crowd: Vec<_> = {
        let _inside = runtime.enter();
        let waiting = |index| {
            let mut sleep = Box::pin(sleep(later(index)));
            once(sleep.as_mut(), &waker);
            sleep
        };
        (0..CROWD).map(waiting).collect()
    };
    let one_more = move || {
        let _crowd = &crowd;
        once(pin!(sleep(HOUR)), &waker)
    };
    in_runtime(runtime, each(one_more))
}

/// Polls one more time what is pending.
fn again<F: Future + 'static>(future: F) -> Side {
    let (runtime, waker) = (one_thread(), waker());
    let mut future = Box::pin(future);
    in_runtime(runtime, each(move || once(future.as_mut(), &waker)))
}

pub(crate) fn in_runtime(runtime: Runtime, mut side: Side) -> Side {
    Box::new(move |meter, times| {
        let _inside = runtime.enter();
        side(meter, times);
    })
}
