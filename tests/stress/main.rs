//! Everything at once, on real threads: no wake-up is lost, no outcome flips, nothing is called twice.
//!
//! Short by default. `CTX_STRESS=200` makes the storms so many times as long, `CTX_RACES=1000000` the races of two.

mod pair;
mod races;
mod storm;
mod waiter;

use std::{future::pending, sync::mpsc, thread, time::Duration};

use ctx_core::Ctx;
use storm::storm;
use waiter::FOREVER;

fn times() -> u64 {
    let given = std::env::var("CTX_STRESS").ok();
    given.and_then(|times| times.parse().ok()).unwrap_or(1)
}

#[test]
fn a_storm_on_one_tree_ends_when_its_root_does() {
    (0..100 * times()).for_each(|seed| storm(seed, 400));
}

#[test]
fn a_callback_is_called_once_or_stopped() {
    for round in 0..300 * times() {
        let (ctx, cancel) = Ctx::background().with_cancel();
        let (call, called) = mpsc::channel();
        let after = ctx.after_done(move |_| call.send(()).expect("the test waits"));
        let stopped = thread::scope(|scope| {
            scope.spawn(move || {
                (0..round % 64).for_each(|_| std::hint::spin_loop());
                cancel.cancel();
            });
            after.stop()
        });
        // The sender goes with the callback, called or not.
        assert_eq!(called.recv_timeout(FOREVER).is_err(), stopped);
        assert!(called.recv_timeout(FOREVER).is_err());
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn tasks_end_whatever_cuts_them_off() {
    for round in 0..50 * times() {
        let (root, cancel) = Ctx::background().with_cancel();
        let tasks: Vec<_> = (0..32)
            .map(|n| {
                root.spawn(move |ctx| async move {
                    let narrow = ctx.with_timeout(Duration::from_micros(n * 100 + round % 100));
                    let inner = narrow.run(async {
                        let (child, _cancel) = narrow.with_cancel();
                        child.run(narrow.run(pending::<()>())).await
                    });
                    // Which of the four was cut off is a matter of time.
                    let cut = ctx
                        .run(inner)
                        .await
                        .and_then(|one| one?)
                        .and_then(|two| two);
                    assert!(cut.is_err());
                    ctx.with_grace(Duration::from_micros(n)).done().await
                })
            })
            .collect();
        if round % 2 == 0 {
            tokio::task::yield_now().await;
        }
        cancel.cancel();
        for task in tasks {
            let ended = tokio::time::timeout(FOREVER, task).await;
            ended.expect("a task never ends").expect("no task panics");
        }
    }
}
