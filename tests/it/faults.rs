//! What others do wrong: panics, blocking, drops at a bad time. The rest still works.

use std::{
    fmt, future,
    panic::{AssertUnwindSafe, catch_unwind},
    pin::Pin,
    sync::{Arc, mpsc},
    task::{Wake, Waker},
    thread,
};

use ctx_core::{Canceller, Ctx, Error};

use crate::support::{Drops, LONG, WakeCount, block_on, cause, outcome, poll_with};

struct PanicsWhenWoken;

impl Wake for PanicsWhenWoken {
    fn wake(self: Arc<Self>) {
        panic!("from a waker");
    }
}

#[test]
fn a_waker_that_panics_takes_no_wake_up_from_the_others() {
    let (ctx, cancel) = Ctx::background().with_cancel();
    let (child, _cancel_child) = ctx.with_cancel();
    let bad = Waker::from(Arc::new(PanicsWhenWoken));
    let (first, first_waker) = WakeCount::new();
    let (last, last_waker) = WakeCount::new();
    let (below, below_waker) = WakeCount::new();
    let (mut one, mut two, mut three, mut four) =
        (ctx.done(), ctx.done(), ctx.done(), child.done());
    assert!(poll_with(&mut one, &first_waker).is_pending());
    assert!(poll_with(&mut two, &bad).is_pending());
    assert!(poll_with(&mut three, &last_waker).is_pending());
    assert!(poll_with(&mut four, &below_waker).is_pending());

    // The panic may reach the canceller or not; the outcome and the wake-ups have to be there.
    let _ = catch_unwind(AssertUnwindSafe(|| cancel.cancel_with("over")));

    assert_eq!(cause(&outcome(&ctx)), "over");
    assert_eq!(cause(&outcome(&child)), "over");
    assert!(first.count() > 0 && last.count() > 0 && below.count() > 0);
    assert_eq!(
        cause(&outcome(&ctx.with_cancel().0)),
        "over",
        "it can still be derived from"
    );
    assert!(poll_with(&mut two, &last_waker).is_ready());
}

/// Uses a context when it is woken and when it is dropped: under a lock it would never return.
struct Meddles(Ctx, Canceller);

impl Meddles {
    fn meddle(&self) {
        let (child, _cancel) = self.0.with_cancel();
        let _ = tokio_test::task::spawn(child.done()).poll();
        let _ = self.0.is_done();
        self.1.cancel();
    }
}

impl Wake for Meddles {
    fn wake(self: Arc<Self>) {
        self.meddle();
    }
}

impl Drop for Meddles {
    fn drop(&mut self) {
        self.meddle();
    }
}

#[test]
fn wakers_are_woken_and_dropped_under_no_lock() {
    let (ctx, cancel) = Ctx::background().with_cancel();
    let meddler = || {
        Waker::from(Arc::new(Meddles(
            ctx.clone(),
            Ctx::background().with_cancel().1,
        )))
    };
    let (_, plain) = WakeCount::new();

    let mut replaced = ctx.done();
    assert!(poll_with(&mut replaced, &meddler()).is_pending());
    assert!(poll_with(&mut replaced, &plain).is_pending());

    let mut dropped = ctx.done();
    assert!(poll_with(&mut dropped, &meddler()).is_pending());
    drop(dropped);

    let mut woken = ctx.done();
    assert!(poll_with(&mut woken, &meddler()).is_pending());
    let canceller = Waker::from(Arc::new(Meddles(ctx.clone(), cancel.clone())));
    let mut cancels_again = ctx.done();
    assert!(poll_with(&mut cancels_again, &canceller).is_pending());
    cancel.cancel();
    assert!(poll_with(&mut woken, &plain).is_ready());
}

#[test]
fn a_value_that_uses_the_tree_while_it_is_dropped_is_dropped_under_no_lock() {
    struct Value(Meddles);
    impl Drop for Value {
        fn drop(&mut self) {
            self.0.meddle();
        }
    }
    ctx_core::ctx_key! { struct Held(Value); }

    let (root, cancel) = Ctx::background().with_cancel();
    let ctx = root.with_value(Held(Value(Meddles(root.clone(), cancel.clone()))));
    let (child, _cancel_child) = ctx.with_cancel();
    drop(ctx);
    assert!(!root.is_done());
    drop(child);
    assert!(root.is_done(), "its drop has cancelled");
}

#[test]
fn a_value_that_panics_while_it_is_dropped_leaves_the_tree_whole() {
    struct Panics;
    impl Drop for Panics {
        fn drop(&mut self) {
            panic!("from the drop of a value");
        }
    }
    ctx_core::ctx_key! { struct Held(Panics); }

    let (root, cancel) = Ctx::background().with_cancel();
    let held = root.with_value(Held(Panics)).with_cancel();
    assert!(catch_unwind(AssertUnwindSafe(|| drop(held))).is_err());
    let (child, _cancel_child) = root.with_cancel();
    let mut done = tokio_test::task::spawn(child.done());
    assert!(done.poll().is_pending());
    cancel.cancel();
    assert!(done.is_woken() && done.poll().is_ready());
}

#[test]
fn a_cause_that_panics_while_it_is_dropped_leaks_no_parent() {
    #[derive(Debug)]
    struct Panics {
        _held: Arc<()>,
        panics: bool,
    }
    impl fmt::Display for Panics {
        fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("it panics")
        }
    }
    impl std::error::Error for Panics {}
    impl Drop for Panics {
        fn drop(&mut self) {
            assert!(!self.panics, "from the drop of a cause");
        }
    }

    let held = Arc::new(());
    let cause = |panics| Panics {
        _held: Arc::clone(&held),
        panics,
    };
    let parent = Ctx::background().with_timeout_cause(LONG, cause(false));
    let given = parent.with_timeout_cause(LONG, cause(true));
    let (cancelled, cancel) = parent.with_cancel();
    cancel.cancel_with(cause(true));
    drop((parent, cancel));
    assert_eq!(Arc::strong_count(&held), 4);
    for (ctx, left) in [(cancelled, 3), (given, 1)] {
        assert!(catch_unwind(AssertUnwindSafe(|| drop(ctx))).is_err());
        assert_eq!(Arc::strong_count(&held), left);
    }
}

#[test]
fn a_cause_whose_display_panics_harms_only_who_prints_it() {
    #[derive(Debug)]
    struct Panics;
    impl fmt::Display for Panics {
        fn fmt(&self, _: &mut fmt::Formatter<'_>) -> fmt::Result {
            panic!("from the display of a cause")
        }
    }
    impl std::error::Error for Panics {}

    let (ctx, cancel) = Ctx::background().with_cancel();
    let (child, _cancel_child) = ctx.with_cancel();
    cancel.cancel_with(Panics);
    let err = outcome(&child);
    assert!(err.cause().expect("a cause").is::<Panics>());
    assert!(catch_unwind(AssertUnwindSafe(|| err.to_string())).is_err());
    assert!(outcome(&child).is_cancelled());
    assert!(child.check().is_err());
}

#[test]
fn a_cause_may_hold_the_context_it_ends() {
    #[derive(Debug)]
    struct Holds(#[expect(dead_code, reason = "held, never read")] Ctx);
    impl fmt::Display for Holds {
        fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("holds a context")
        }
    }
    impl std::error::Error for Holds {}

    let (ctx, cancel) = Ctx::background().with_cancel();
    let (child, cancel_child) = ctx.with_cancel();
    cancel_child.cancel_with(Holds(ctx));
    cancel.cancel();
    assert_eq!(cause(&outcome(&child)), "holds a context");
}

#[test]
fn a_second_cause_is_dropped_under_no_lock() {
    #[derive(Debug)]
    struct Drops(Ctx);
    impl fmt::Display for Drops {
        fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("derives when dropped")
        }
    }
    impl std::error::Error for Drops {}
    impl Drop for Drops {
        fn drop(&mut self) {
            assert!(self.0.with_cancel().0.is_done());
        }
    }
    let (ctx, cancel) = Ctx::background().with_cancel();
    cancel.cancel_with("first");
    cancel.cancel_with(Drops(ctx.clone()));
    assert_eq!(cause(&outcome(&ctx)), "first");
}

#[test]
fn a_body_that_cancels_when_it_is_dropped_keeps_the_first_outcome() {
    struct Cancels(Canceller);
    impl Drop for Cancels {
        fn drop(&mut self) {
            self.0.cancel_with("from the drop of the body");
        }
    }
    let (ctx, cancel) = Ctx::background().with_cancel();
    let held = Cancels(cancel.clone());
    let mut run = tokio_test::task::spawn(ctx.run(async {
        let _held = held;
        future::pending::<()>().await;
    }));
    assert!(run.poll().is_pending());
    cancel.cancel_with("first");
    assert!(run.poll().is_ready());
    assert_eq!(cause(&outcome(&ctx)), "first");
}

#[test]
fn a_body_that_panics_while_it_is_dropped_leaves_the_context_whole() {
    struct Panics;
    impl Drop for Panics {
        fn drop(&mut self) {
            panic!("from the drop of a body");
        }
    }
    let (ctx, cancel) = Ctx::background().with_cancel();
    let held = Panics;
    let mut run = Box::pin(ctx.run(async {
        let _held = held;
        future::pending::<()>().await;
    }));
    let (_, waker) = WakeCount::new();
    assert!(poll_with(&mut run, &waker).is_pending());
    cancel.cancel();
    assert!(catch_unwind(AssertUnwindSafe(|| poll_with(&mut run, &waker).is_ready())).is_err());
    assert!(Ctx::current().is_none());
    drop(run);
    assert!(ctx.is_done());
    assert!(block_on(ctx.run(async {})).is_err());
}

#[test]
fn a_runtime_that_is_shut_down_under_its_waiters_drops_them() {
    let drops = Drops::default();
    let (ctx, cancel) = Ctx::background().with_cancel();
    for workers in [1, 2] {
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(workers)
            .enable_all()
            .build()
            .expect("a runtime");
        let (started, has_started) = mpsc::channel();
        for n in 0..20 {
            let (guard, started) = (drops.guard(), started.clone());
            let ctx = if n % 2 == 0 {
                ctx.clone()
            } else {
                ctx.with_timeout(LONG)
            };
            runtime.spawn(async move {
                let _guard = guard;
                let mut done = std::pin::pin!(ctx.run(future::pending::<()>()));
                let _ = futures::poll!(&mut done);
                started.send(()).expect("the test waits");
                done.await
            });
        }
        has_started.iter().take(20).count();
        drop(runtime);
    }
    assert_eq!(drops.count(), 40);
    let mut done = ctx.done_owned();
    let (_, waker) = WakeCount::new();
    assert!(poll_with(&mut done, &waker).is_pending());
    cancel.cancel();
    assert!(poll_with(&mut done, &waker).is_ready());
}

#[test]
fn a_race_that_is_forgotten_does_not_hold_up_the_rest() {
    let (ctx, cancel) = Ctx::background().with_cancel();
    let (_, waker) = WakeCount::new();
    for _ in 0..3 {
        let mut forgotten = Box::pin(ctx.clone().run_owned(future::pending::<()>()));
        assert!(poll_with(&mut forgotten, &waker).is_pending());
        Box::leak(Box::new(forgotten));
    }
    let mut done = tokio_test::task::spawn(ctx.done());
    assert!(done.poll().is_pending());
    cancel.cancel();
    assert!(done.is_woken() && done.poll().is_ready());
}

#[test]
fn a_thread_that_dies_while_it_polls_leaves_the_context_whole() {
    let (ctx, cancel) = Ctx::background().with_cancel();
    let inner = ctx.clone();
    let died = thread::spawn(move || {
        let _: Result<(), Error> = block_on(inner.clone().run_owned(async move {
            let mut done = inner.done();
            let (_, waker) = WakeCount::new();
            assert!(poll_with(&mut done, &waker).is_pending());
            panic!("from a body");
        }));
    });
    assert!(died.join().is_err());
    let mut done = tokio_test::task::spawn(ctx.done());
    assert!(done.poll().is_pending());
    cancel.cancel();
    assert!(done.is_woken() && done.poll().is_ready());
}

#[tokio::test(start_paused = true)]
async fn a_race_may_be_polled_by_another_runtime_each_time() {
    // Far away, because the clocks of the other runtimes are not paused.
    let ctx = Ctx::background().with_timeout(LONG);
    let mut race: Pin<Box<dyn Future<Output = Result<(), Error>> + Send>> =
        Box::pin(ctx.run_owned(future::pending()));
    for _ in 0..3 {
        race = thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread()
                .enable_time()
                .build();
            runtime.expect("a runtime").block_on(async {
                let _ = futures::poll!(&mut race);
            });
            race
        })
        .join()
        .expect("no panic");
    }
    assert!(race.await.expect_err("cut off").is_deadline_exceeded());
}
