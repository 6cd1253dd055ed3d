//! What the tests of Go's package `context` state, stated here.
//!
//! | Go | here |
//! |---|---|
//! | TestBackground | `background_never_ends_and_prints_its_name` |
//! | TestTODO | `todo_never_ends_and_prints_its_name` |
//! | TestWithCancel | `with_cancel_reaches_what_was_derived_before_it_returns` |
//! | TestParentFinishesChild | `a_parent_finishes_its_children` |
//! | TestChildFinishesFirst | `a_child_finishes_first` |
//! | TestCancelRemoves | `cancelling_leaves_nothing_in_the_parent`, `stopping_leaves_nothing_in_the_parent` |
//! | TestCustomContextGoroutines | `deriving_spawns_nothing`; a foreign `Done` does not exist: `Ctx` is a type, no interface |
//! | TestDeadline | `deadlines_pass` |
//! | TestTimeout | `timeouts_pass` |
//! | TestCanceledTimeout | `a_timeout_can_be_cancelled` |
//! | TestValues | `values_are_found_by_their_key_and_shadowed` |
//! | TestAllocs | `derivation_allocates_little` |
//! | TestSimultaneousCancels | `simultaneous_cancels_end_every_context` |
//! | TestInterlockedCancels | `a_child_may_be_cancelled_by_who_waits_for_the_parent` |
//! | TestLayersCancel | `many_layers_can_be_cancelled_at_any_of_them` |
//! | TestLayersTimeout | `many_layers_time_out` |
//! | TestWithCancelCanceledParent | `a_child_of_a_cancelled_parent_is_done_with_its_cause` |
//! | TestWithCancelSimultaneouslyCanceledParent | `a_child_made_while_its_parent_is_cancelled_is_done_with_its_cause` |
//! | TestWithValueChecksKey | no such failure: what is no key does not compile (a case of `tests/ui`) |
//! | TestInvalidDerivedFail | no such failure: there is no nil context |
//! | TestDeadlineExceededSupportsTimeout | `a_deadline_is_a_timeout_to_io` |
//! | TestDeadlineExceededIsNetError | `a_deadline_is_a_timeout_to_io` |
//! | TestCause | `each_row_of_test_cause_holds` |
//! | TestCauseRace | `the_cause_is_there_as_soon_as_the_error_is` |
//! | TestWithoutCancel | `without_cancel_keeps_values_and_nothing_else` |
//! | TestCustomContextPropagation | no foreign contexts; two sources at once: `a_child_of_two_sources_has_the_cause_of_the_one_that_ended_it` |
//! | TestCustomContextCause | no foreign contexts; its four facts for our own: `a_child_has_its_own_cause_and_its_parent_none` |
//! | TestContextErrDoneRace | `done_is_ready_as_soon_as_the_error_is_there` |
//! | TestAfterFuncCalledAfterCancel | `after_done_is_called_after_cancel` |
//! | TestAfterFuncCalledAfterTimeout | `after_done_is_called_after_a_timeout` |
//! | TestAfterFuncCalledImmediately | `after_done_is_called_at_once_on_a_done_context` |
//! | TestAfterFuncNotCalledAfterStop | `after_done_is_not_called_after_stop`; a second stop does not compile |
//! | TestAfterFuncCalledAsynchronously | `cancel_does_not_wait_for_after_done` |
//! | TestCustomContextAfterFuncCancel | no foreign contexts: `a_parent_finishes_its_children` |
//! | TestCustomContextAfterFuncTimeout | no foreign contexts: `a_timeout_can_be_cancelled` |
//! | TestCustomContextAfterFuncAfterFunc | no foreign contexts: `after_done_is_called_after_cancel` |
//! | TestCustomContextAfterFuncUnregisterCancel | `cancelling_leaves_nothing_in_the_parent` |
//! | TestCustomContextAfterFuncUnregisterTimeout | `cancelling_leaves_nothing_in_the_parent` |
//! | TestCustomContextAfterFuncUnregisterAfterFunc | `stopping_leaves_nothing_in_the_parent` |
//! | ExampleWithCancel | `a_generator_stops_when_its_consumer_is_done` |
//! | ExampleWithDeadline | `deadlines_pass` |
//! | ExampleWithTimeout | `timeouts_pass` |
//! | ExampleWithValue | `values_are_found_by_their_key_and_shadowed` |
//! | ExampleAfterFunc_cond | `after_done_ends_waits_on_a_condition_variable` |
//! | ExampleAfterFunc_connection | `after_done_ends_a_blocking_read` |
//! | ExampleAfterFunc_merge | `a_child_of_two_sources_has_the_cause_of_the_one_that_ended_it` |

mod after_func;
mod cause;
mod layers;

use std::{future, io, thread};

use ctx_core::{Ctx, Error, ErrorKind};
use tokio::time::Instant;

use crate::support::{LONG, WakeCount, advance, block_on, cause, ms, outcome, poll_with};

ctx_core::ctx_key! {
    struct One(&'static str);
    struct Two(&'static str);
    struct Three(&'static str);
}

/// Every test that the table names is there.
#[test]
fn the_table_names_tests_that_exist() {
    let table = include_str!("go_context.rs");
    let source = [
        table,
        include_str!("allocs.rs"),
        include_str!("go_context/after_func.rs"),
        include_str!("go_context/cause.rs"),
        include_str!("go_context/layers.rs"),
    ]
    .concat();
    let rows = table
        .lines()
        .filter(|line| line.starts_with("//! | Test") || line.starts_with("//! | Example"));
    let mut named = 0;
    for row in rows {
        let words = row.split('`').skip(1).step_by(2);
        for name in words.filter(|word| word.contains('_') && !word.contains('/')) {
            assert!(source.contains(&format!("fn {name}(")), "{name} is missing");
            named += 1;
        }
    }
    assert!(named > 30);
}

fn is_pending(ctx: &Ctx) -> bool {
    tokio_test::task::spawn(ctx.done()).poll().is_pending()
}

#[test]
fn background_never_ends_and_prints_its_name() {
    assert!(is_pending(&Ctx::background()));
    assert_eq!(Ctx::background().to_string(), "background");
}

#[test]
fn todo_never_ends_and_prints_its_name() {
    assert!(is_pending(&Ctx::todo()));
    assert_eq!(Ctx::todo().to_string(), "todo");
}

#[test]
fn with_cancel_reaches_what_was_derived_before_it_returns() {
    let (first, cancel) = Ctx::background().with_cancel();
    assert_eq!(first.to_string(), "background.with_cancel");
    let (second, _cancel) = first.with_cancel();
    let all = [first.clone(), first, second];
    for ctx in &all {
        assert!(ctx.err().is_none() && is_pending(ctx));
    }
    cancel.cancel();
    for ctx in &all {
        assert!(!is_pending(ctx));
        assert_eq!(outcome(ctx).kind(), ErrorKind::Cancelled);
    }
}

#[tokio::test(start_paused = true)]
async fn a_parent_finishes_its_children() {
    let (parent, cancel) = Ctx::background().with_cancel();
    let (child, _cancel_child) = parent.with_cancel();
    let value = parent.with_value(One("value"));
    let timer = value.with_timeout(LONG);
    let all = [parent.clone(), child, value, timer];
    assert!(all.iter().all(is_pending));
    cancel.cancel();
    for ctx in &all {
        assert!(!is_pending(ctx));
        assert_eq!(outcome(ctx).kind(), ErrorKind::Cancelled);
    }
    let late = parent.with_value(One("late"));
    assert!(!is_pending(&late));
    assert_eq!(outcome(&late).kind(), ErrorKind::Cancelled);
}

#[test]
fn a_child_finishes_first() {
    let (cancellable, _cancel) = Ctx::background().with_cancel();
    for parent in [Ctx::background(), cancellable] {
        let (child, cancel) = parent.with_cancel();
        assert!(is_pending(&parent) && is_pending(&child));
        cancel.cancel();
        assert!(!is_pending(&child));
        assert_eq!(outcome(&child).kind(), ErrorKind::Cancelled);
        assert!(is_pending(&parent) && parent.err().is_none());
    }
}

/// The parent's list is private. What it would hold on to is the waker: it is gone with the child.
#[tokio::test(start_paused = true)]
async fn cancelling_leaves_nothing_in_the_parent() {
    let (parent, _cancel) = Ctx::background().with_cancel();
    let (count, waker) = WakeCount::new();
    let bare = std::sync::Arc::strong_count(&count);

    let (child, cancel) = parent.with_cancel();
    let mut done = child.done_owned();
    assert!(poll_with(&mut done, &waker).is_pending());
    assert!(std::sync::Arc::strong_count(&count) > bare);
    cancel.cancel();
    assert!(poll_with(&mut done, &waker).is_ready());
    drop(done);
    assert_eq!(
        std::sync::Arc::strong_count(&count),
        bare,
        "after a cancellation"
    );

    let (timeout, cancel) = parent.with_timeout(LONG).with_cancel();
    let mut done = timeout.done_owned();
    assert!(poll_with(&mut done, &waker).is_pending());
    cancel.cancel();
    assert!(poll_with(&mut done, &waker).is_ready());
    drop(done);
    assert_eq!(
        std::sync::Arc::strong_count(&count),
        bare,
        "after cancelling a timeout"
    );

    let mut abandoned = Box::pin(parent.run(future::pending::<()>()));
    assert!(poll_with(&mut abandoned, &waker).is_pending());
    drop(abandoned);
    assert_eq!(
        std::sync::Arc::strong_count(&count),
        bare,
        "after dropping a waiter"
    );
}

#[tokio::test(start_paused = true)]
async fn deriving_spawns_nothing() {
    let tasks = || {
        tokio::runtime::Handle::current()
            .metrics()
            .num_alive_tasks()
    };
    let before = tasks();
    let (root, cancel) = Ctx::background().with_cancel();
    let (child, _cancel_child) = root.with_timeout(LONG).with_cancel();
    let other = Ctx::background().with_timeout(LONG);
    let merged = child.merge(&other).with_grace(ms(10));
    let mut done = tokio_test::task::spawn(merged.done());
    assert!(done.poll().is_pending());
    assert_eq!(tasks(), before);
    cancel.cancel();
    let _late = child.with_cancel();
    assert_eq!(tasks(), before);
}

async fn assert_exceeds(ctx: Ctx, after: u64) {
    let start = Instant::now();
    let err = ctx.done().await;
    assert_eq!(err.kind(), ErrorKind::DeadlineExceeded);
    assert_eq!(err.to_string(), "context deadline exceeded");
    assert_eq!(outcome(&ctx).kind(), ErrorKind::DeadlineExceeded);
    assert_eq!(start.elapsed(), ms(after));
}

#[tokio::test(start_paused = true)]
async fn deadlines_pass() {
    let root = Ctx::background();
    assert!(
        root.with_deadline(Instant::now() + LONG)
            .to_string()
            .starts_with("background.with_deadline(")
    );
    assert_exceeds(root.with_deadline(Instant::now() + ms(1)), 1).await;
    let under = root.with_deadline(Instant::now() + ms(1));
    assert_exceeds(under.with_deadline(Instant::now() + LONG), 1).await;
    assert_exceeds(root.with_deadline(Instant::now() - ms(1)), 0).await;
    assert_exceeds(root.with_deadline(Instant::now()), 0).await;
}

#[tokio::test(start_paused = true)]
async fn timeouts_pass() {
    let root = Ctx::background();
    assert!(
        root.with_timeout(LONG)
            .to_string()
            .starts_with("background.with_timeout(")
    );
    assert_exceeds(root.with_timeout(ms(1)), 1).await;
    assert_exceeds(root.with_timeout(ms(1)).with_timeout(LONG), 1).await;
}

#[tokio::test(start_paused = true)]
async fn a_timeout_can_be_cancelled() {
    let (ctx, cancel) = Ctx::background()
        .with_timeout(ms(1000))
        .with_timeout(LONG)
        .with_cancel();
    cancel.cancel();
    assert!(!is_pending(&ctx));
    assert_eq!(outcome(&ctx).kind(), ErrorKind::Cancelled);
}

#[test]
fn values_are_found_by_their_key_and_shadowed() {
    #[track_caller]
    fn check(ctx: &Ctx, one: Option<&str>, two: Option<&str>, three: Option<&str>) {
        assert_eq!(ctx.value::<One>().map(|value| value.0), one);
        assert_eq!(ctx.value::<Two>().map(|value| value.0), two);
        assert_eq!(ctx.value::<Three>().map(|value| value.0), three);
    }
    let c0 = Ctx::background();
    check(&c0, None, None, None);
    let c1 = c0.with_value(One("c1"));
    check(&c1, Some("c1"), None, None);
    assert_eq!(c1.to_string(), "background.with_value(One)");
    let c2 = c1.with_value(Two("c2"));
    check(&c2, Some("c1"), Some("c2"), None);
    assert_eq!(c2.to_string(), "background.with_value(One).with_value(Two)");
    let c3 = c2.with_value(Three("c3"));
    check(&c3, Some("c1"), Some("c2"), Some("c3"));
    let c4 = c3.with_value(One("c4"));
    check(&c4, Some("c4"), Some("c2"), Some("c3"));
    check(&c3, Some("c1"), Some("c2"), Some("c3"));
}

#[test]
fn a_child_may_be_cancelled_by_who_waits_for_the_parent() {
    let (parent, cancel) = Ctx::background().with_cancel();
    let (child, cancel_child) = parent.with_cancel();
    thread::scope(|scope| {
        scope.spawn(|| {
            block_on(parent.done());
            cancel_child.cancel();
        });
        cancel.cancel();
        block_on(child.done());
    });
}

#[test]
fn a_child_of_a_cancelled_parent_is_done_with_its_cause() {
    let (parent, cancel) = Ctx::background().with_cancel();
    cancel.cancel_with("because");
    let (child, _cancel_child) = parent.with_cancel();
    assert!(!is_pending(&child));
    assert_eq!(outcome(&child).kind(), ErrorKind::Cancelled);
    assert_eq!(cause(&outcome(&child)), "because");
}

#[test]
fn a_child_made_while_its_parent_is_cancelled_is_done_with_its_cause() {
    for _ in 0..200 {
        let (parent, cancel) = Ctx::background().with_cancel();
        thread::scope(|scope| {
            scope.spawn(|| cancel.cancel_with("because"));
            let (child, _cancel_child) = parent.with_cancel();
            let err = block_on(child.done());
            assert_eq!(err.kind(), ErrorKind::Cancelled);
            assert_eq!(cause(&err), "because");
            assert_eq!(cause(&outcome(&child)), "because");
        });
    }
}

#[tokio::test(start_paused = true)]
async fn a_deadline_is_a_timeout_to_io() {
    let err = outcome(&Ctx::background().with_timeout(ms(0)));
    assert_eq!(io::Error::from(err).kind(), io::ErrorKind::TimedOut);
}

#[test]
fn the_cause_is_there_as_soon_as_the_error_is() {
    for _ in 0..200 {
        let (ctx, cancel) = Ctx::background().with_cancel();
        thread::scope(|scope| {
            scope.spawn(|| cancel.cancel_with("raced"));
            let err = loop {
                if let Some(err) = ctx.err() {
                    break err;
                }
                thread::yield_now();
            };
            assert_eq!(cause(&err), "raced");
        });
    }
}

#[test]
fn done_is_ready_as_soon_as_the_error_is_there() {
    for _ in 0..200 {
        let (ctx, cancel) = Ctx::background().with_cancel();
        thread::scope(|scope| {
            scope.spawn(|| cancel.cancel());
            let mut done = ctx.done();
            let (_, waker) = WakeCount::new();
            let _ = poll_with(&mut done, &waker);
            while ctx.err().is_none() {
                thread::yield_now();
            }
            assert!(poll_with(&mut done, &waker).is_ready());
        });
    }
}

#[tokio::test(start_paused = true)]
async fn without_cancel_keeps_values_and_nothing_else() {
    let (parent, cancel) = Ctx::background()
        .with_value(One("kept"))
        .with_timeout(ms(10))
        .with_cancel();
    let ctx = parent.without_cancel();
    cancel.cancel();
    advance(20).await;
    assert_eq!((ctx.deadline(), ctx.remaining()), (None, None));
    assert!(is_pending(&ctx) && ctx.err().is_none());
    assert_eq!(ctx.value::<One>().map(|value| value.0), Some("kept"));
}

#[tokio::test(start_paused = true)]
async fn a_generator_stops_when_its_consumer_is_done() {
    let (ctx, cancel) = Ctx::background().with_cancel();
    let (send, mut receive) = tokio::sync::mpsc::channel(1);
    let generator = ctx.spawn(|ctx| async move {
        for n in 1.. {
            ctx.run(send.send(n)).await?.expect("the consumer is there");
        }
        Ok::<(), Error>(())
    });
    let mut seen = Vec::new();
    while let Some(n) = receive.recv().await {
        seen.push(n);
        if n == 5 {
            break;
        }
    }
    cancel.cancel();
    assert_eq!(seen, [1, 2, 3, 4, 5]);
    assert!(
        generator
            .await
            .expect("no panic")
            .expect_err("stopped")
            .is_cancelled()
    );
}
