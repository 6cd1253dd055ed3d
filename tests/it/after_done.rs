//! `after_done`: at most once, never on the canceller's stack, where blocking is allowed.

use std::{
    panic,
    sync::{
        Arc, Barrier,
        atomic::{AtomicUsize, Ordering},
        mpsc,
    },
    thread,
    time::Duration,
};

use ctx_core::Ctx;
use tokio::sync::oneshot;

use crate::support::{Drops, advance, assert_same, cause, ms, outcome};

#[tokio::test(start_paused = true)]
async fn it_gets_the_outcome_which_the_context_reports_too() {
    let (ctx, cancel) = Ctx::background().with_cancel();
    let (send, receive) = oneshot::channel();
    let seen = ctx.clone();
    let _after = ctx.after_done(move |err| send.send((err, seen.err())).expect("the test waits"));
    cancel.cancel_with("over");
    let (given, seen) = receive.await.expect("called");
    assert_same(&given, &outcome(&ctx));
    assert_same(&given, &seen.expect("done before the call"));
}

#[tokio::test(start_paused = true)]
async fn it_is_called_when_an_ancestor_is_done() {
    let (parent, cancel) = Ctx::background().with_cancel();
    let (child, _cancel_child) = parent.with_timeout(ms(10)).with_cancel();
    let (send, receive) = oneshot::channel();
    let _after = child.after_done(|err| send.send(err).expect("the test waits"));
    cancel.cancel_with("parent");
    assert_eq!(cause(&receive.await.expect("called")), "parent");
}

#[tokio::test(start_paused = true)]
async fn it_is_called_at_the_deadline_with_nobody_else_waiting() {
    let start = tokio::time::Instant::now();
    let ctx = Ctx::background().with_timeout(ms(10));
    let (send, receive) = oneshot::channel();
    let _after = ctx.after_done(|err| send.send(err).expect("the test waits"));
    drop(ctx);
    assert!(receive.await.expect("called").is_deadline_exceeded());
    assert_eq!(start.elapsed(), ms(10));
}

#[tokio::test(start_paused = true)]
async fn it_is_called_when_a_grace_is_over_and_when_either_of_a_merge_is_done() {
    let (parent, cancel) = Ctx::background().with_cancel();
    let graced = parent.with_grace(ms(10));
    let merged = Ctx::background().with_timeout(ms(1000)).merge(&graced);
    let (send, receive) = oneshot::channel();
    let _after = merged.after_done(|err| send.send(err).expect("the test waits"));
    let start = tokio::time::Instant::now();
    cancel.cancel_with("over");
    assert_eq!(cause(&receive.await.expect("called")), "over");
    assert_eq!(start.elapsed(), ms(10));
}

#[tokio::test(start_paused = true)]
async fn dropping_the_handle_leaves_it_registered() {
    let (ctx, cancel) = Ctx::background().with_cancel();
    let (send, receive) = oneshot::channel();
    drop(ctx.after_done(|_| send.send(5).expect("the test waits")));
    cancel.cancel();
    assert_eq!(receive.await, Ok(5));
}

#[tokio::test(start_paused = true)]
async fn it_needs_no_handle_of_the_context() {
    let (ctx, cancel) = Ctx::background().with_cancel();
    let (send, receive) = oneshot::channel();
    let _after = ctx.after_done(|_| send.send(5).expect("the test waits"));
    drop(ctx);
    cancel.cancel();
    assert_eq!(receive.await, Ok(5));
}

#[tokio::test]
async fn it_never_runs_on_the_stack_of_the_canceller() {
    let (ctx, cancel) = Ctx::background().with_cancel();
    let (send, receive) = oneshot::channel();
    let _after = ctx.after_done(|_| send.send(thread::current().id()).expect("the test waits"));
    cancel.cancel();
    assert_ne!(receive.await.expect("called"), thread::current().id());
}

#[tokio::test]
async fn on_a_done_context_it_does_not_run_on_the_stack_of_the_caller() {
    let ctx = Ctx::background().with_timeout(ms(0));
    let (send, receive) = oneshot::channel();
    let after = ctx.after_done(|_| send.send(thread::current().id()).expect("the test waits"));
    assert!(!after.stop());
    assert_ne!(receive.await.expect("called"), thread::current().id());
}

#[tokio::test]
async fn it_may_block_and_others_go_on() {
    let (ctx, cancel) = Ctx::background().with_cancel();
    let (go, gate) = mpsc::channel::<()>();
    let (blocked_send, blocked) = oneshot::channel();
    let (free_send, free) = oneshot::channel();
    let _one = ctx.after_done(move |_| {
        gate.recv().expect("the test opens the gate");
        blocked_send.send(()).expect("the test waits");
    });
    let _two = ctx.after_done(move |_| free_send.send(()).expect("the test waits"));
    cancel.cancel();
    free.await.expect("called while the other blocks");
    go.send(()).expect("it is waiting");
    blocked.await.expect("called");
}

#[tokio::test(flavor = "current_thread")]
async fn it_may_block_on_a_future_in_the_runtime() {
    let (ctx, cancel) = Ctx::background().with_cancel();
    let handle = tokio::runtime::Handle::current();
    let (send, receive) = oneshot::channel();
    let _after = ctx.after_done(move |_| {
        handle.block_on(tokio::task::yield_now());
        send.send(()).expect("the test waits");
    });
    cancel.cancel();
    receive.await.expect("called");
}

#[test]
fn it_is_called_outside_a_runtime() {
    let (ctx, cancel) = Ctx::background().with_cancel();
    let (send, receive) = mpsc::channel();
    let _after = ctx.after_done(move |err| {
        send.send((err, thread::current().id()))
            .expect("the test waits")
    });
    cancel.cancel_with("over");
    let (err, thread) = receive
        .recv_timeout(Duration::from_secs(60))
        .expect("called");
    assert_eq!(cause(&err), "over");
    assert_ne!(thread, thread::current().id());
}

#[tokio::test(start_paused = true)]
async fn stop_drops_the_callback_and_what_it_holds() {
    let (drops, (ctx, cancel)) = (Drops::default(), Ctx::background().with_cancel());
    let guard = drops.guard();
    let after = ctx.after_done(move |_| drop(guard));
    assert!(after.stop());
    assert_eq!(drops.count(), 1);
    cancel.cancel();
}

#[tokio::test(start_paused = true)]
async fn stop_after_an_unnoticed_deadline_is_true_or_the_call_comes() {
    let ctx = Ctx::background().with_timeout(ms(10));
    let calls = Arc::new(AtomicUsize::new(0));
    let (count, (send, receive)) = (calls.clone(), oneshot::channel::<()>());
    let after = ctx.after_done(move |_| {
        count.fetch_add(1, Ordering::SeqCst);
        drop(send);
    });
    advance(20).await;
    let stopped = after.stop();
    // Either way the callback is dropped, called or not, and with it the sender.
    assert!(receive.await.is_err());
    assert_eq!(calls.load(Ordering::SeqCst), usize::from(!stopped));
}

#[test]
fn stop_and_cancel_at_once_call_it_exactly_when_stop_says_so() {
    for _ in 0..200 {
        let (ctx, cancel) = Ctx::background().with_cancel();
        let (send, receive) = mpsc::channel();
        let after = ctx.after_done(move |_| send.send(()).expect("the test waits"));
        let start = Barrier::new(2);
        let stopped = thread::scope(|scope| {
            scope.spawn(|| {
                start.wait();
                cancel.cancel();
            });
            start.wait();
            after.stop()
        });
        // Ends when the callback has been dropped, called or not.
        let calls = receive.iter().count();
        assert_eq!(calls, usize::from(!stopped));
    }
}

#[tokio::test(start_paused = true)]
async fn a_context_that_can_never_be_done_drops_the_callback_or_keeps_it_but_never_calls() {
    let called = Arc::new(AtomicUsize::new(0));
    let count = called.clone();
    let after = Ctx::background().after_done(move |_| {
        count.fetch_add(1, Ordering::SeqCst);
    });
    assert!(after.stop());
    assert_eq!(called.load(Ordering::SeqCst), 0);
}

#[test]
fn a_callback_that_panics_harms_nobody() {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .expect("a runtime");
    let hook = panic::take_hook();
    panic::set_hook(Box::new(move |info| {
        // The panic of this test is meant; all others are shown.
        if info.payload().downcast_ref::<&str>() != Some(&"meant to panic") {
            hook(info);
        }
    }));
    runtime.block_on(async {
        let (ctx, cancel) = Ctx::background().with_cancel();
        let (send, receive) = oneshot::channel();
        let _bad = ctx.after_done(|_| panic!("meant to panic"));
        let _good = ctx.after_done(|_| send.send(5).expect("the test waits"));
        let (child, _cancel_child) = ctx.with_cancel();
        let mut done = tokio_test::task::spawn(child.done());
        assert!(done.poll().is_pending());
        cancel.cancel();
        assert!(done.is_woken() && done.poll().is_ready());
        assert_eq!(receive.await, Ok(5));
        let (send, receive) = oneshot::channel();
        let _late = ctx.after_done(|_| send.send(6).expect("the test waits"));
        assert_eq!(receive.await, Ok(6));
    });
}

#[tokio::test(start_paused = true)]
async fn many_callbacks_are_each_called_once() {
    let (ctx, cancel) = Ctx::background().with_cancel();
    let (send, mut receive) = tokio::sync::mpsc::unbounded_channel();
    for n in 0..100 {
        let send = send.clone();
        let _after = ctx.after_done(move |_| send.send(n).expect("the test waits"));
    }
    drop(send);
    cancel.cancel();
    cancel.cancel();
    let mut called = Vec::new();
    while let Some(n) = receive.recv().await {
        called.push(n);
    }
    called.sort_unstable();
    assert_eq!(called, (0..100).collect::<Vec<_>>());
}

#[tokio::test(start_paused = true)]
async fn a_callback_may_derive_cancel_and_register_again() {
    let (ctx, cancel) = Ctx::background().with_cancel();
    let (other, cancel_other) = Ctx::background().with_cancel();
    let (send, receive) = oneshot::channel();
    let again = ctx.clone();
    let _after = ctx.after_done(move |_| {
        let (child, _cancel) = again.with_cancel();
        assert!(child.is_done());
        cancel_other.cancel_with("from a callback");
        drop(again.after_done(|err| send.send(err).expect("the test waits")));
    });
    cancel.cancel_with("over");
    assert_eq!(cause(&receive.await.expect("called")), "over");
    assert_eq!(cause(&outcome(&other)), "from a callback");
}

#[test]
fn a_runtime_that_is_shut_down_does_not_lose_the_callbacks_of_others() {
    let (ctx, cancel) = Ctx::background().with_cancel();
    let (send, receive) = mpsc::channel();
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .expect("a runtime");
    let inside = runtime.block_on(async {
        let send = send.clone();
        ctx.after_done(move |_| send.send("inside").expect("the test waits"))
    });
    let _outside = ctx.after_done(move |_| send.send("outside").expect("the test waits"));
    drop(runtime);
    cancel.cancel();
    // The one inside may be gone with its runtime. The channel ends when both are called or gone.
    let called: Vec<_> = receive.iter().collect();
    assert!(called.contains(&"outside"));
    drop(inside);
}

ctx_core::ctx_key! {
    /// Takes a callback back when it is dropped.
    struct StopsOnDrop(Arc<std::sync::Mutex<Option<ctx_core::AfterDone>>>);
}

impl Drop for StopsOnDrop {
    fn drop(&mut self) {
        let after = self.0.lock().expect("nobody panics").take();
        let _ = after.map(ctx_core::AfterDone::stop);
    }
}

#[test]
fn a_value_that_goes_with_the_context_may_stop_the_callback() {
    let (parent, cancel) = Ctx::background().with_cancel();
    let slot = Arc::default();
    let ctx = parent.with_value(StopsOnDrop(Arc::clone(&slot)));
    let (send, receive) = mpsc::channel();
    let after = ctx.after_done(move |err| send.send(err).expect("the test waits"));
    *slot.lock().expect("nobody panics") = Some(after);
    drop(ctx);
    // The callback's is the last reference to the value.
    cancel.cancel();
    // Taken back in time or called: it comes to an end.
    drop(receive.recv());
    assert!(slot.lock().expect("nobody panics").is_none());
}

#[test]
fn the_end_of_a_runtime_is_not_the_deadline_of_a_callback_that_waits_for_one() {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .expect("a runtime");
    let after = runtime.block_on(async {
        let ctx = Ctx::background().with_timeout(Duration::from_secs(3600));
        let task = ctx.spawn(|ctx| async move { ctx.after_done(|_| unreachable!("not done")) });
        task.await.expect("no panic")
    });
    // The runtime's timers wake all that wait for them.
    drop(runtime);
    assert!(after.stop());
}

#[test]
fn where_it_cannot_wait_it_panics_and_leaves_nothing_behind() {
    let without_time = tokio::runtime::Builder::new_current_thread()
        .build()
        .expect("a runtime");
    let _inside = without_time.enter();
    let ctx = Ctx::background().with_timeout(ms(10));
    let held = Arc::new(());
    let panicked = panic::catch_unwind(panic::AssertUnwindSafe(|| {
        let held = Arc::clone(&held);
        drop(ctx.after_done(move |_| drop(held)));
    }));
    assert!(panicked.is_err());
    assert_eq!(Arc::strong_count(&held), 1, "it is registered");
}
