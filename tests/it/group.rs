//! `Group`: tasks that stand or fall together, with their results.

use std::{
    future,
    num::NonZeroUsize,
    panic::AssertUnwindSafe,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
};

use ctx_core::{Ctx, Error, Group, SiblingFailed};
use futures::FutureExt;
use tokio::sync::oneshot;

use crate::support::{Drops, advance, cause, ms, outcome};

ctx_core::ctx_key! {
    struct User(&'static str);
}

#[derive(Debug, PartialEq)]
enum Failed {
    Own(&'static str),
    Stopped,
}

impl From<Error> for Failed {
    fn from(_: Error) -> Failed {
        Failed::Stopped
    }
}

fn new<T: Send + 'static>() -> Group<T, Failed> {
    Ctx::background().group()
}

#[tokio::test(start_paused = true)]
async fn join_returns_the_results_in_the_order_of_spawning() {
    let mut group = new();
    for n in [30, 10, 20] {
        group.spawn(|_ctx| async move {
            tokio::time::sleep(ms(n)).await;
            Ok(n)
        });
    }
    assert_eq!(group.join().await, Ok(vec![30, 10, 20]));
}

#[tokio::test(start_paused = true)]
async fn next_returns_the_results_as_they_come() {
    let mut group = new();
    for n in [30, 10, 20] {
        group.spawn(|_ctx| async move {
            tokio::time::sleep(ms(n)).await;
            Ok(n)
        });
    }
    let mut seen = Vec::new();
    while let Some(result) = group.next().await {
        seen.push(result.expect("none fails"));
    }
    assert_eq!(seen, [10, 20, 30]);
    assert!(group.next().await.is_none());
}

#[tokio::test(start_paused = true)]
async fn an_empty_group_has_nothing_to_wait_for() {
    let mut group = new::<()>();
    assert!(group.next().await.is_none());
    assert_eq!(group.join().await, Ok(vec![]));
}

#[tokio::test(start_paused = true)]
async fn a_group_takes_new_tasks_between_two_results() {
    let mut group = new();
    group.spawn(|_ctx| async { Ok(1) });
    assert_eq!(group.next().await, Some(Ok(1)));
    assert_eq!(group.next().await, None);
    group.spawn(|_ctx| async { Ok(2) });
    assert_eq!(group.next().await, Some(Ok(2)));
}

#[tokio::test(start_paused = true)]
async fn a_result_is_not_lost_when_next_is_dropped() {
    let mut group = new();
    let (send, receive) = oneshot::channel();
    group.spawn(|_ctx| async { Ok(receive.await.expect("sent")) });
    assert!(group.next().now_or_never().is_none());
    send.send(5).expect("it waits");
    assert_eq!(group.next().await, Some(Ok(5)));
}

#[tokio::test(start_paused = true)]
async fn tasks_get_the_context_of_the_group_as_argument_and_as_current() {
    let (parent, cancel) = Ctx::background().with_value(User("gopher")).with_cancel();
    let mut group: Group<_, Failed> = parent.group();
    assert!(group.ctx().value::<User>().is_some());
    group.spawn(|ctx| async move {
        let current = Ctx::current().expect("a context");
        let err = current.done().await;
        assert!(ctx.is_done());
        Ok((cause(&err), current.value::<User>().map(|user| user.0)))
    });
    tokio::task::yield_now().await;
    cancel.cancel_with("over");
    assert_eq!(
        group.join().await,
        Ok(vec![("over".to_string(), Some("gopher"))])
    );
}

#[tokio::test(start_paused = true)]
async fn the_first_error_cancels_the_siblings_and_is_what_join_returns() {
    let mut group = new::<()>();
    let ctx = group.ctx().clone();
    for n in [20, 10, 30] {
        group.spawn(move |ctx| async move {
            ctx.sleep(ms(n)).await?;
            Err(Failed::Own(if n == 10 { "first" } else { "later" }))
        });
    }
    assert_eq!(group.join().await, Err(Failed::Own("first")));
    let err = outcome(&ctx);
    assert!(err.is_cancelled());
    assert!(err.cause().expect("a cause").is::<SiblingFailed>());
}

#[tokio::test(start_paused = true)]
async fn an_error_cancels_at_once_though_nobody_joins() {
    let mut group = new::<()>();
    let ctx = group.ctx().clone();
    group.spawn(|_ctx| async { Err(Failed::Own("first")) });
    assert!(
        ctx.done()
            .await
            .cause()
            .expect("a cause")
            .is::<SiblingFailed>()
    );
    drop(group);
}

#[tokio::test(start_paused = true)]
async fn an_error_leaves_the_parent_alone() {
    let (parent, _cancel) = Ctx::background().with_cancel();
    let mut group: Group<(), Failed> = parent.group();
    group.spawn(|_ctx| async { Err(Failed::Own("first")) });
    assert!(group.join().await.is_err());
    assert!(!parent.is_done());
}

#[tokio::test(start_paused = true)]
async fn join_waits_until_all_have_ended() {
    let drops = Drops::default();
    let mut group = new::<()>();
    group.spawn(|_ctx| async { Err(Failed::Own("first")) });
    for n in 1..=3 {
        let guard = drops.guard();
        group.spawn(move |ctx| async move {
            let _guard = guard;
            ctx.done().await;
            // Its cleanup takes time, and nobody cuts it short.
            tokio::time::sleep(ms(n * 10)).await;
            Err(Failed::Stopped)
        });
    }
    assert_eq!(group.join().await, Err(Failed::Own("first")));
    assert_eq!(drops.count(), 3);
}

#[tokio::test(start_paused = true)]
async fn next_goes_on_after_an_error() {
    let mut group = new();
    group.spawn(|_ctx| async { Err(Failed::Own("first")) });
    group.spawn(|ctx| async move {
        ctx.done().await;
        Ok(5)
    });
    assert_eq!(group.next().await, Some(Err(Failed::Own("first"))));
    assert_eq!(group.next().await, Some(Ok(5)));
    assert_eq!(group.next().await, None);
}

#[tokio::test(start_paused = true)]
async fn a_done_parent_lets_the_tasks_stop_by_themselves() {
    let (parent, cancel) = Ctx::background().with_cancel();
    let mut group: Group<u8, Failed> = parent.group();
    group.spawn(|ctx| async move { ctx.run(future::pending()).await? });
    group.spawn(|_ctx| async {
        tokio::time::sleep(ms(10)).await;
        Ok(5)
    });
    tokio::task::yield_now().await;
    cancel.cancel();
    assert_eq!(group.join().await, Err(Failed::Stopped));
}

#[tokio::test(start_paused = true)]
async fn no_more_than_the_limit_run_at_once() {
    let (running, most) = (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicUsize::new(0)));
    let mut group = new().limit(NonZeroUsize::new(3).expect("not zero"));
    for n in 0..20 {
        let (running, most) = (running.clone(), most.clone());
        group.spawn(move |_ctx| async move {
            most.fetch_max(running.fetch_add(1, Ordering::SeqCst) + 1, Ordering::SeqCst);
            tokio::time::sleep(ms(n % 4)).await;
            tokio::task::yield_now().await;
            running.fetch_sub(1, Ordering::SeqCst);
            Ok(n)
        });
    }
    assert_eq!(group.join().await, Ok((0..20).collect()));
    assert_eq!(most.load(Ordering::SeqCst), 3);
}

#[tokio::test(start_paused = true)]
async fn spawning_above_the_limit_does_not_wait() {
    let mut group = new().limit(NonZeroUsize::MIN);
    let (send, receive) = oneshot::channel();
    group.spawn(|_ctx| async { receive.await.map_err(|_| Failed::Stopped) });
    group.spawn(|_ctx| async { Ok(2) });
    tokio::task::yield_now().await;
    send.send(1).expect("the first is running");
    assert_eq!(group.join().await, Ok(vec![1, 2]));
}

#[tokio::test(start_paused = true)]
async fn tasks_that_wait_for_their_turn_end_when_one_fails() {
    let mut group = new::<()>().limit(NonZeroUsize::MIN);
    group.spawn(|_ctx| async {
        tokio::time::sleep(ms(10)).await;
        Err(Failed::Own("first"))
    });
    for _ in 0..5 {
        group.spawn(|ctx| async move { Ok(ctx.check()?) });
    }
    assert_eq!(group.join().await, Err(Failed::Own("first")));
}

#[tokio::test(start_paused = true)]
async fn a_panic_cancels_and_resumes_in_join_after_the_siblings_have_ended() {
    let drops = Drops::default();
    let guard = drops.guard();
    let mut group = new::<()>();
    let ctx = group.ctx().clone();
    group.spawn(|ctx| async move {
        let _guard = guard;
        ctx.done().await;
        tokio::time::sleep(ms(10)).await;
        Ok(())
    });
    group.spawn(|_ctx| async { panic!("from a task") });
    let panic = AssertUnwindSafe(group.join())
        .catch_unwind()
        .await
        .expect_err("it panicked");
    assert_eq!(panic.downcast_ref::<&str>(), Some(&"from a task"));
    assert_eq!(drops.count(), 1);
    assert!(ctx.is_done());
}

#[tokio::test(start_paused = true)]
async fn a_panic_resumes_in_next_too() {
    let mut group = new::<()>();
    group.spawn(|_ctx| async { panic!("from a task") });
    let panic = AssertUnwindSafe(group.next())
        .catch_unwind()
        .await
        .expect_err("it panicked");
    assert_eq!(panic.downcast_ref::<&str>(), Some(&"from a task"));
}

#[tokio::test(start_paused = true)]
async fn a_panic_cancels_at_once_though_nobody_joins() {
    let mut group = new::<()>();
    let ctx = group.ctx().clone();
    group.spawn(|_ctx| async { panic!("from a task") });
    assert!(ctx.done().await.is_cancelled());
    drop(group);
}

#[tokio::test(start_paused = true)]
async fn dropping_a_group_cancels_and_aborts() {
    let drops = Drops::default();
    let guard = drops.guard();
    let (parent, _cancel) = Ctx::background().with_cancel();
    let mut group: Group<(), Failed> = parent.group();
    let ctx = group.ctx().clone();
    let (started, has_started) = oneshot::channel();
    group.spawn(|_ctx| async {
        let _guard = guard;
        started.send(()).expect("the test waits");
        future::pending().await
    });
    has_started.await.expect("started");
    drop(group);
    assert!(ctx.is_done() && !parent.is_done());
    assert_eq!(cause(&outcome(&ctx)), "its group has ended");
    advance(1).await;
    assert_eq!(
        drops.count(),
        1,
        "a task that does not look at its context is gone as well"
    );
}

#[tokio::test(start_paused = true)]
async fn dropping_a_join_cancels_and_aborts() {
    let drops = Drops::default();
    let guard = drops.guard();
    let mut group = new::<()>();
    let ctx = group.ctx().clone();
    group.spawn(|_ctx| async {
        let _guard = guard;
        future::pending().await
    });
    let mut join = tokio_test::task::spawn(group.join());
    assert!(join.poll().is_pending());
    tokio::task::yield_now().await;
    drop(join);
    assert!(ctx.is_done());
    advance(1).await;
    assert_eq!(drops.count(), 1);
}

#[tokio::test(start_paused = true)]
async fn the_context_of_a_group_ends_with_it() {
    let mut group = new();
    let ctx = group.ctx().clone();
    group.spawn(|_ctx| async { Ok(()) });
    assert!(!ctx.is_done());
    group.join().await.expect("none fails");
    assert!(ctx.is_done());
}

#[tokio::test(start_paused = true)]
async fn an_accept_loop_selects_between_new_tasks_and_ended_ones() {
    let (accept, mut accepted) = tokio::sync::mpsc::channel(1);
    tokio::spawn(async move {
        for n in 0..5_u64 {
            tokio::time::sleep(ms(3)).await;
            accept.send(n).await.expect("the loop runs");
        }
    });
    let mut group = new();
    let mut ended = Vec::new();
    let mut open = true;
    loop {
        tokio::select! {
            connection = accepted.recv(), if open => match connection {
                Some(n) => group.spawn(move |_ctx| async move {
                    tokio::time::sleep(ms(20 - 4 * n)).await;
                    Ok(n)
                }),
                None => open = false,
            },
            Some(result) = group.next() => ended.push(result.expect("none fails")),
            else => break,
        }
    }
    ended.sort_unstable();
    assert_eq!(ended, [0, 1, 2, 3, 4]);
}
