//! `wait_blocking`: for threads that have no executor.

use std::{sync::Barrier, thread, time::Duration};

use ctx_core::Ctx;

use crate::support::{LONG, cause, ms};

#[test]
fn on_a_done_context_it_returns_at_once() {
    let (ctx, cancel) = Ctx::background().with_cancel();
    cancel.cancel_with("over");
    for at_most in [Duration::ZERO, LONG, Duration::MAX] {
        assert_eq!(cause(&ctx.wait_blocking(at_most).expect("done")), "over");
    }
}

#[test]
fn it_gives_up_when_its_time_is_over() {
    let (ctx, _cancel) = Ctx::background().with_cancel();
    assert!(ctx.wait_blocking(Duration::ZERO).is_none());
    assert!(ctx.wait_blocking(ms(1)).is_none());
    assert!(Ctx::background().wait_blocking(ms(1)).is_none());
    assert!(
        Ctx::background()
            .with_timeout(LONG)
            .wait_blocking(ms(1))
            .is_none()
    );
}

#[test]
fn it_is_woken_by_a_cancel_from_another_thread() {
    for at_most in [LONG, Duration::MAX] {
        for _ in 0..50 {
            let (parent, cancel) = Ctx::background().with_cancel();
            let (ctx, _cancel_child) = parent.with_cancel();
            let start = Barrier::new(2);
            thread::scope(|scope| {
                let waiter = scope.spawn(|| {
                    start.wait();
                    ctx.wait_blocking(at_most)
                });
                start.wait();
                cancel.cancel_with("over");
                let err = waiter.join().expect("no panic");
                assert_eq!(cause(&err.expect("done")), "over");
            });
        }
    }
}

#[test]
fn a_deadline_ends_the_wait() {
    let ctx = Ctx::background().with_timeout_cause(ms(1), "slow");
    assert_eq!(cause(&ctx.wait_blocking(LONG).expect("done")), "slow");
    let merged = Ctx::background()
        .with_timeout(LONG)
        .merge(&Ctx::background().with_timeout_cause(ms(1), "slow"));
    assert_eq!(
        cause(&merged.wait_blocking(Duration::MAX).expect("done")),
        "slow"
    );
}

#[test]
fn the_end_of_a_grace_ends_the_wait() {
    let (parent, cancel) = Ctx::background().with_cancel();
    let graced = parent.with_grace(ms(1));
    cancel.cancel_with("over");
    assert_eq!(cause(&graced.wait_blocking(LONG).expect("done")), "over");
}

#[test]
fn a_cancel_that_starts_a_grace_while_it_waits_is_noticed() {
    let (parent, cancel) = Ctx::background().with_cancel();
    let graced = parent.with_grace(ms(1));
    thread::scope(|scope| {
        let waiter = scope.spawn(|| graced.wait_blocking(LONG));
        cancel.cancel_with("over");
        let err = waiter.join().expect("no panic");
        assert_eq!(cause(&err.expect("done")), "over");
    });
}

#[tokio::test]
async fn a_blocking_task_can_wait_for_its_context() {
    let (ctx, cancel) = Ctx::background().with_cancel();
    let task = ctx.spawn_blocking(|ctx| ctx.wait_blocking(LONG));
    cancel.cancel_with("over");
    assert_eq!(cause(&task.await.expect("no panic").expect("done")), "over");
}

#[test]
fn many_threads_are_all_woken() {
    let (ctx, cancel) = Ctx::background().with_cancel();
    thread::scope(|scope| {
        let waiters: Vec<_> = (0..8)
            .map(|_| scope.spawn(|| ctx.wait_blocking(LONG)))
            .collect();
        cancel.cancel();
        assert!(
            waiters
                .into_iter()
                .all(|waiter| waiter.join().expect("no panic").is_some())
        );
    });
}
