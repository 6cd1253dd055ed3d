//! The deadlines of a thread share one timer of Tokio's: none is late for it, and none of it shows.

use std::{
    pin::pin,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    thread,
    time::Duration,
};

use ctx_core::Ctx;
use tokio::{
    runtime::{Builder, Runtime},
    task::{LocalSet, yield_now},
    time::{Instant, sleep},
};

use crate::support::{LONG, WakeCount, ms, poll_with};

/// On a paused clock, and how often its thread had nothing to do.
fn paused() -> (Runtime, Arc<AtomicUsize>) {
    let idle = Arc::new(AtomicUsize::new(0));
    let count = Arc::clone(&idle);
    let runtime = Builder::new_current_thread()
        .enable_time()
        .start_paused(true)
        .on_thread_park(move || {
            count.fetch_add(1, Ordering::SeqCst);
        })
        .build()
        .expect("a runtime");
    (runtime, idle)
}

/// Polls a wait for `after` once, and drops it.
async fn wait_in_vain(after: Duration) {
    let ctx = Ctx::background().with_timeout(after);
    assert!(futures::poll!(pin!(ctx.done())).is_pending());
}

#[test]
fn a_paused_clock_does_not_move_to_a_deadline_that_was_taken_back() {
    let (runtime, idle) = paused();
    let (send, receive) = tokio::sync::oneshot::channel();
    let other = thread::spawn(move || {
        while idle.load(Ordering::SeqCst) == 0 {
            thread::yield_now();
        }
        // A clock that moves on when there is nothing to do has done so by now.
        (0..1_000).for_each(|_| thread::yield_now());
        send.send(()).expect("awaited");
    });
    runtime.block_on(async {
        let start = Instant::now();
        wait_in_vain(ms(5)).await;
        receive.await.expect("sent");
        assert_eq!(start.elapsed(), Duration::ZERO);
    });
    other.join().expect("no panic");
}

#[tokio::test(start_paused = true)]
async fn each_is_woken_at_its_own_moment_in_whatever_order_they_come_and_go() {
    let start = Instant::now();
    let mut tasks = Vec::new();
    for after in [50, 10, 30, 10, 70, 20] {
        tasks.push(tokio::spawn(async move {
            let ctx = Ctx::background().with_timeout(ms(after));
            ctx.done().await;
            (start.elapsed(), ms(after))
        }));
        yield_now().await;
        // One that is earlier than all, and gone before.
        wait_in_vain(ms(1)).await;
    }
    for task in tasks {
        let (elapsed, after) = task.await.expect("no panic");
        assert_eq!(elapsed, after);
    }
}

#[tokio::test(start_paused = true)]
async fn one_that_changes_its_waker_is_woken_by_the_last() {
    let ctx = Ctx::background().with_timeout(ms(10));
    let mut done = Box::pin(ctx.done());
    let ((old, old_waker), (new, new_waker)) = (WakeCount::new(), WakeCount::new());
    assert!(poll_with(&mut done, &old_waker).is_pending());
    assert!(poll_with(&mut done, &new_waker).is_pending());
    sleep(ms(20)).await;
    assert_eq!((old.count(), new.count()), (0, 1));
}

#[test]
fn a_wait_that_was_polled_on_a_thread_which_has_ended_is_woken() {
    let (runtime, _) = paused();
    let ctx = Ctx::background().with_timeout(ms(10));
    let (count, waker) = WakeCount::new();
    let done = thread::scope(|scope| {
        let polled = scope.spawn(|| {
            let _inside = runtime.enter();
            let mut done = Box::pin(ctx.done());
            assert!(poll_with(&mut done, &waker).is_pending());
            done
        });
        polled.join().expect("no panic")
    });
    runtime.block_on(async { sleep(ms(20)).await });
    assert_eq!(count.count(), 1);
    drop(done);
}

#[test]
fn a_wait_moves_on_from_a_runtime_that_was_shut_down_to_another() {
    let ctx = Ctx::background().with_timeout(ms(10));
    let mut done = Box::pin(ctx.done());
    let (count, waker) = WakeCount::new();
    let (first, _) = paused();
    {
        let _inside = first.enter();
        assert!(poll_with(&mut done, &waker).is_pending());
    }
    drop(first);
    assert_eq!(count.count(), 1, "its timer is gone");
    let (second, _) = paused();
    let err = second.block_on(done);
    assert!(err.is_deadline_exceeded());
}

#[test]
fn two_runtimes_in_turn_on_one_thread_wake_each_their_own() {
    let (one, two) = (paused().0, paused().0);
    let wait = |runtime: &Runtime| {
        let (count, waker) = WakeCount::new();
        let ctx = Ctx::background().with_timeout(ms(10));
        let mut done = Box::pin(ctx.done_owned());
        let _inside = runtime.enter();
        assert!(poll_with(&mut done, &waker).is_pending());
        (count, done)
    };
    let waits: Vec<_> = [&one, &two, &one, &two].map(wait).into();
    let counts = || waits.iter().map(|wait| wait.0.count()).collect::<Vec<_>>();
    one.block_on(async { sleep(ms(20)).await });
    assert_eq!(counts(), [1, 0, 1, 0]);
    two.block_on(async { sleep(ms(20)).await });
    assert_eq!(counts(), [1, 1, 1, 1]);
}

#[test]
fn a_runtime_without_timers_says_so_and_the_next_one_is_not_harmed() {
    let without = Builder::new_current_thread().build().expect("a runtime");
    let ctx = Ctx::background().with_timeout(ms(10));
    let polled = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
        without.block_on(ctx.done());
    }));
    let said = polled.expect_err("no timers");
    let said = said
        .downcast_ref::<String>()
        .map(String::as_str)
        .or(said.downcast_ref::<&str>().copied());
    assert!(
        said.is_some_and(|said| said.contains("enable_time")),
        "{said:?}"
    );
    assert!(paused().0.block_on(ctx.done()).is_deadline_exceeded());
}

#[test]
fn a_wait_goes_where_its_task_is_polled_though_its_thread_is_the_same() {
    let (one, two) = (paused().0, paused().0);
    let local = LocalSet::new();
    let (moved, has_moved) = tokio::sync::oneshot::channel();
    let task = local.spawn_local(async move {
        // Keeps the first runtime's timer armed.
        let far = Ctx::background().with_timeout(LONG);
        let mut far = pin!(far.done());
        assert!(futures::poll!(&mut far).is_pending());
        has_moved.await.expect("sent");
        let near = Ctx::background().with_timeout(ms(5));
        tokio::select! {
            _ = near.done() => {}
            () = sleep(ms(50)) => panic!("the timer of another runtime"),
        }
    });
    one.block_on(local.run_until(yield_now()));
    moved.send(()).expect("awaited");
    two.block_on(local.run_until(task)).expect("no panic");
}

#[test]
fn a_wait_in_a_runtime_that_was_shut_down_panics_and_says_so() {
    let ctx = Ctx::background().with_timeout(ms(10));
    let mut done = Box::pin(ctx.done());
    let (count, waker) = WakeCount::new();
    let (runtime, _) = paused();
    let handle = runtime.handle().clone();
    let poll = |done: &mut std::pin::Pin<Box<ctx_core::Done<'_>>>| {
        let _inside = handle.enter();
        let poll = std::panic::AssertUnwindSafe(|| poll_with(done, &waker).is_pending());
        std::panic::catch_unwind(poll)
    };
    assert!(poll(&mut done).expect("no panic"));
    drop(runtime);
    assert_eq!(count.count(), 1, "to find out");
    let said = poll(&mut done).expect_err("no timers any more");
    let said = said.downcast_ref::<String>().expect("a message");
    assert!(said.contains("shut"), "{said}");
}
