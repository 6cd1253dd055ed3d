//! Tasks and threads that carry a context.

use std::{
    cell::Cell,
    sync::{Arc, mpsc},
};

use ctx_core::Ctx;
use tokio::{sync::oneshot, task::JoinHandle};

use crate::support::{LONG, cause, ms};

ctx_core::ctx_key! {
    struct Request(u64);
}

#[tokio::test(start_paused = true)]
async fn the_closure_is_called_before_spawn_returns() {
    let called = Cell::new(false);
    let task = Ctx::background().spawn(|_ctx| {
        called.set(true);
        async { 5 }
    });
    assert!(called.get());
    assert_eq!(task.await.expect("no panic"), 5);
}

#[tokio::test(start_paused = true)]
async fn the_closure_may_borrow_what_the_task_does_not_keep() {
    let words = ["a".to_string()];
    let task = Ctx::background().spawn(|_ctx| {
        let first = words[0].clone();
        async move { first }
    });
    assert_eq!(task.await.expect("no panic"), words[0]);
}

#[tokio::test(start_paused = true)]
async fn the_task_gets_the_context_with_its_values_its_deadline_and_its_cancellation() {
    let (root, cancel) = Ctx::background().with_value(Request(7)).with_cancel();
    let root = root.with_timeout(LONG);
    let deadline = root.deadline();
    let task = root.spawn(|ctx| async move {
        assert_eq!(ctx.get::<Request>().expect("set").0, 7);
        assert_eq!(ctx.deadline(), deadline);
        ctx.done().await
    });
    tokio::task::yield_now().await;
    cancel.cancel_with("over");
    assert_eq!(cause(&task.await.expect("no panic")), "over");
}

#[tokio::test(start_paused = true)]
async fn a_task_that_does_not_ask_runs_on_when_the_context_is_done() {
    let (ctx, cancel) = Ctx::background().with_cancel();
    let (go, wait) = oneshot::channel();
    let task = ctx.spawn(|_ctx| async { wait.await.expect("told to go") });
    cancel.cancel();
    tokio::task::yield_now().await;
    assert!(!task.is_finished());
    go.send(5).expect("the task is waiting");
    assert_eq!(task.await.expect("no panic"), 5);
}

#[tokio::test(start_paused = true)]
async fn a_task_starts_on_a_done_context_too() {
    let ctx = Ctx::background().with_timeout(ms(0));
    let task = ctx.spawn(|ctx| async move { ctx.is_done() });
    assert!(task.await.expect("no panic"));
}

#[tokio::test(start_paused = true)]
async fn a_panic_in_the_task_is_in_its_handle() {
    let (ctx, _cancel) = Ctx::background().with_cancel();
    let task: JoinHandle<()> = ctx.spawn(|_ctx| async { panic!("from the task") });
    let err = task.await.expect_err("it panicked");
    assert!(err.is_panic());
    assert!(!ctx.is_done());
}

#[tokio::test(start_paused = true)]
async fn an_aborted_task_leaves_the_context_alone() {
    let (ctx, _cancel) = Ctx::background().with_cancel();
    let task = ctx.spawn(|ctx| async move { ctx.done().await });
    tokio::task::yield_now().await;
    task.abort();
    assert!(task.await.expect_err("aborted").is_cancelled());
    assert!(!ctx.is_done());
}

#[tokio::test]
async fn a_blocking_task_gets_the_context_on_a_thread_of_its_own() {
    let (ctx, cancel) = Ctx::background().with_value(Request(7)).with_cancel();
    let here = std::thread::current().id();
    let (send, receive) = mpsc::channel();
    let started = Arc::new(tokio::sync::Notify::new());
    let signal = started.clone();
    let task = ctx.spawn_blocking(move |ctx| {
        assert_ne!(std::thread::current().id(), here);
        assert!(!ctx.is_done());
        signal.notify_one();
        receive.recv().expect("told to go");
        (ctx.is_done(), ctx.get::<Request>().expect("set").0)
    });
    started.notified().await;
    cancel.cancel();
    send.send(()).expect("the thread is waiting");
    assert_eq!(task.await.expect("no panic"), (true, 7));
}

#[tokio::test]
async fn a_blocking_task_runs_on_a_done_context_too() {
    let (ctx, cancel) = Ctx::background().with_cancel();
    cancel.cancel();
    assert!(
        ctx.spawn_blocking(|ctx| ctx.is_done())
            .await
            .expect("no panic")
    );
}
