//! Everything but tasks works without a runtime: on a plain thread, under another executor.

use std::{
    future,
    panic::{AssertUnwindSafe, catch_unwind},
    thread,
    time::Duration,
};

use ctx_core::Ctx;

use crate::support::{LONG, block_on, cause, ms, outcome};

#[test]
fn a_deadline_wakes_a_plain_thread() {
    let ctx = Ctx::background().with_timeout_cause(ms(1), "slow");
    assert_eq!(cause(&block_on(ctx.done())), "slow");
    let ctx = Ctx::background().with_timeout_cause(ms(1), "slow");
    let err = block_on(ctx.run(future::pending::<()>())).expect_err("cut off");
    assert_eq!(cause(&err), "slow");
}

#[test]
fn deadlines_that_are_waited_for_out_of_order_all_pass() {
    let contexts: Vec<_> = [5, 1, 3, 2, 4]
        .map(|n| Ctx::background().with_timeout(ms(n)))
        .into();
    thread::scope(|scope| {
        for ctx in &contexts {
            scope.spawn(|| assert!(block_on(ctx.done()).is_deadline_exceeded()));
        }
    });
}

#[test]
fn an_abandoned_deadline_far_away_does_not_hold_up_a_near_one() {
    let far = Ctx::background().with_timeout(LONG);
    let mut waiting = tokio_test::task::spawn(far.done());
    assert!(waiting.poll().is_pending());
    let near = Ctx::background().with_timeout(ms(1));
    assert!(block_on(near.done()).is_deadline_exceeded());
    drop(waiting);
    let near = Ctx::background().with_timeout(ms(1));
    assert!(block_on(near.done()).is_deadline_exceeded());
}

#[test]
fn a_grace_is_over_on_a_plain_thread_too() {
    let (parent, cancel) = Ctx::background().with_cancel();
    let graced = parent.with_grace(ms(1));
    thread::scope(|scope| {
        let waiter = scope.spawn(|| block_on(graced.done()));
        cancel.cancel_with("over");
        assert_eq!(cause(&waiter.join().expect("no panic")), "over");
    });
}

#[test]
fn another_executor_drives_it() {
    let (ctx, cancel) = Ctx::background().with_timeout(LONG).with_cancel();
    let result = futures::executor::block_on(ctx.run(async {
        let cancels = async { cancel.cancel_with("over") };
        futures::future::join(ctx.run(future::pending::<()>()), cancels).await
    }));
    assert_eq!(cause(&result.map(|_| ()).expect_err("cut off")), "over");
}

#[test]
fn a_context_moves_between_runtimes_and_threads() {
    let ctx = Ctx::background().with_timeout(ms(5));
    let mut done = ctx.done_owned();
    for _ in 0..2 {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .expect("a runtime");
        runtime.block_on(async {
            let waker = futures::task::noop_waker();
            let _ = crate::support::poll_with(&mut done, &waker);
        });
    }
    // The runtimes in which it was polled are gone, their timers with them.
    assert!(block_on(done).is_deadline_exceeded());
    assert!(outcome(&ctx).is_deadline_exceeded());
}

#[test]
fn a_runtime_without_time_panics_at_a_deadline_and_says_so() {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .build()
        .expect("a runtime");
    let panic = catch_unwind(AssertUnwindSafe(|| {
        runtime.block_on(async { Ctx::background().with_timeout(ms(1)).done().await })
    }))
    .expect_err("timers are disabled");
    let text = panic.downcast_ref::<String>().map(String::as_str);
    let text = text
        .or_else(|| panic.downcast_ref::<&str>().copied())
        .expect("a text");
    assert!(text.contains("enable_time"), "{text}");
}

#[test]
fn a_runtime_without_time_is_enough_where_there_is_no_deadline() {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .build()
        .expect("a runtime");
    runtime.block_on(async {
        let (ctx, cancel) = Ctx::background().with_timeout(Duration::MAX).with_cancel();
        let task = ctx.spawn(|ctx| async move { ctx.run(future::pending::<()>()).await });
        tokio::task::yield_now().await;
        cancel.cancel();
        assert!(task.await.expect("no panic").is_err());
    });
}

#[test]
fn a_sleep_lasts_or_is_cut_off() {
    let (ctx, cancel) = Ctx::background().with_cancel();
    block_on(ctx.sleep(ms(1))).expect("not done");
    thread::scope(|scope| {
        let sleeper = scope.spawn(|| block_on(ctx.sleep(LONG)));
        cancel.cancel_with("over");
        let err = sleeper.join().expect("no panic").expect_err("cut off");
        assert_eq!(cause(&err), "over");
    });
}
