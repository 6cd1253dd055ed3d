//! What is built on registrations: races one inside the other, and callbacks.

use std::future::{Future, pending, poll_fn};
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use loom::sync::Notify;
use loom::thread::spawn;

use super::{Woken, explore};
use crate::Ctx;
use crate::census::listed;
use crate::cut_off::AsResult;
use crate::prologue::grace;
use crate::race::{Unsited, race};

fn poll<F: Future>(fut: Pin<&mut F>, waker: &Waker) -> Poll<F::Output> {
    fut.poll(&mut Context::from_waker(waker))
}

/// Whether `fut` is pending after two polls, or is over after the first.
fn poll_twice<F: Future>(fut: &mut Pin<Box<F>>, wakers: [&Waker; 2]) -> bool {
    wakers
        .iter()
        .all(|waker| poll(fut.as_mut(), waker).is_pending())
}

/// Excludes a lost wake-up of races that share one registration, and one for each of them.
#[test]
fn races_in_each_other_are_polled_during_a_cancellation() {
    explore(2, || {
        let (ctx, cancel) = Ctx::background().with_cancel();
        let one = spawn(move || cancel.cancel());
        let two = spawn(move || {
            let (woken, waker) = Woken::waker();
            let mut outer = Box::pin(
                ctx.clone()
                    .run_owned(async move { ctx.run(ctx.run(pending::<()>())).await }),
            );
            let pending = poll_twice(&mut outer, [&waker, &waker]);
            (pending, woken, outer)
        });
        one.join().unwrap();
        let (pending, woken, _outer) = two.join().unwrap();
        assert!(!pending || woken.times() > 0, "lost wake-up");
        assert!(woken.times() <= 1, "they share one registration");
    });
}

/// Excludes a lost wake-up of an inner future that outlives the outer one whose registration it shares.
#[test]
fn an_inner_future_outlives_its_outer_one_during_a_cancellation() {
    explore(3, || {
        let (ctx, cancel) = Ctx::background().with_cancel();
        let one = spawn(move || cancel.cancel());
        let two = spawn(move || {
            let (woken, waker) = Woken::waker();
            let mut done = ctx.done_owned();
            let polled = {
                let outer = ctx.run(poll_fn(|cx| {
                    Poll::Ready(Pin::new(&mut done).poll(cx).is_pending())
                }));
                poll(pin!(outer), &waker)
            };
            (polled, woken, done)
        });
        one.join().unwrap();
        let (polled, woken, _done) = two.join().unwrap();
        if matches!(polled, Poll::Ready(Ok(true))) {
            assert!(woken.times() > 0, "lost wake-up");
        }
    });
}

/// Excludes that the waker of the latest poll is not woken, where an inner future keeps the registration with the
/// older one.
#[test]
fn a_race_is_polled_with_another_waker_during_a_cancellation() {
    explore(2, || {
        let (ctx, cancel) = Ctx::background().with_cancel();
        let one = spawn(move || cancel.cancel());
        let two = spawn(move || {
            let (_, old) = Woken::waker();
            let (woken, new) = Woken::waker();
            let mut done = ctx.done_owned();
            let mut polled = false;
            let mut outer = Box::pin(ctx.run_owned(poll_fn(move |cx| {
                if !std::mem::replace(&mut polled, true) {
                    let _ = Pin::new(&mut done).poll(cx);
                }
                Poll::<()>::Pending
            })));
            let pending = poll_twice(&mut outer, [&old, &new]);
            (pending, woken, outer)
        });
        one.join().unwrap();
        let (pending, woken, _outer) = two.join().unwrap();
        assert!(!pending || woken.times() > 0, "lost wake-up");
    });
}

/// Excludes that a race cuts off a callee that is in its grace, whichever of them sees the end first.
#[test]
fn a_callee_in_its_grace_is_polled_during_a_cancellation() {
    explore(1, || {
        let (ctx, cancel) = Ctx::background().with_cancel();
        let one = spawn(move || cancel.cancel());
        let two = spawn(move || {
            let (_, waker) = Woken::waker();
            let started = Arc::new(AtomicUsize::new(0));
            let mut outer = Box::pin(ctx.clone().run_owned({
                let started = Arc::clone(&started);
                async move {
                    let body = async move {
                        grace(Duration::from_secs(3600));
                        started.store(1, Ordering::Relaxed);
                        pending::<()>().await;
                    };
                    race(&ctx, Unsited, AsResult, body).await.ok();
                }
            }));
            let pending = poll_twice(&mut outer, [&waker, &waker]);
            let started = started.load(Ordering::Relaxed) == 1;
            assert_eq!(pending, started, "cut off in its grace");
        });
        one.join().unwrap();
        two.join().unwrap();
    });
}

/// Excludes a callback that is called twice or, though nobody stopped it, never.
#[test]
fn a_callback_is_left_during_a_cancellation() {
    explore(2, || {
        let (ctx, cancel) = Ctx::background().with_cancel();
        let called = Arc::new(Notify::new());
        let times = Arc::new(AtomicUsize::new(0));
        let one = spawn(move || cancel.cancel());
        let two = spawn({
            let (called, times) = (Arc::clone(&called), Arc::clone(&times));
            move || {
                let after = ctx.after_done(move |_| {
                    assert_eq!(times.fetch_add(1, Ordering::Relaxed), 0, "called twice");
                    called.notify();
                });
                drop(after);
            }
        });
        one.join().unwrap();
        two.join().unwrap();
        called.wait();
        assert_eq!(times.load(Ordering::Relaxed), 1);
    });
}

/// Excludes a `stop` that says it prevented a call which is made all the same, and one that did not and is not made.
#[test]
fn a_callback_is_stopped_during_a_cancellation() {
    explore(4, || {
        let (ctx, cancel) = Ctx::background().with_cancel();
        let called = Arc::new(Notify::new());
        let stopped = Arc::new(AtomicUsize::new(0));
        let after = ctx.after_done({
            let (called, stopped) = (Arc::clone(&called), Arc::clone(&stopped));
            move |_| {
                assert_eq!(stopped.load(Ordering::Relaxed), 0, "called though stopped");
                called.notify();
            }
        });
        let one = spawn(move || cancel.cancel());
        let two = spawn(move || {
            let prevented = after.stop();
            stopped.store(usize::from(prevented), Ordering::Relaxed);
            prevented
        });
        one.join().unwrap();
        if !two.join().unwrap() {
            called.wait();
        }
    });
}

/// Excludes that a callback which is stopped while its context wakes it to look again is left in the list.
#[test]
fn a_callback_is_stopped_while_a_grace_begins() {
    explore(4, || {
        let (parent, cancel) = Ctx::background().with_cancel();
        let ctx = parent.with_grace(Duration::from_secs(3600));
        let held = Arc::new(());
        let after = ctx.after_done({
            let held = Arc::clone(&held);
            move |_| drop(held)
        });
        let one = spawn(move || cancel.cancel());
        let two = spawn(move || after.stop());
        one.join().unwrap();
        assert!(two.join().unwrap(), "the grace has not ended");
        assert_eq!((listed(&ctx).0, Arc::strong_count(&held)), (0, 1));
    });
}
