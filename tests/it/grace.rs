//! `with_grace`: done some time after its parent is, with the outcome of its parent.

use std::{panic::Location, time::Duration};

use ctx_core::Ctx;
use tokio::time::Instant;
use tokio_test::{assert_pending, assert_ready};

use crate::support::{
    LONG, WakeCount, advance, assert_origin, assert_same, cause, ms, outcome, poll_with,
};

ctx_core::ctx_key! {
    struct User(&'static str);
}

#[tokio::test(start_paused = true)]
async fn a_graced_context_is_done_a_grace_after_its_parent() {
    let (parent, cancel) = Ctx::background().with_cancel();
    let graced = parent.with_grace(ms(10));
    cancel.cancel_with("over");
    assert!(parent.is_done() && !graced.is_done());
    advance(9).await;
    assert!(!graced.is_done());
    advance(1).await;
    assert_same(&outcome(&graced), &outcome(&parent));
}

#[tokio::test(start_paused = true)]
async fn the_outcome_is_that_of_the_parent_kind_cause_and_origin() {
    let (parent, cancel) = Ctx::background().with_cancel();
    let graced = parent.with_grace(ms(10));
    let (here, ()) = (Location::caller(), cancel.cancel_with("over"));
    advance(50).await;
    let err = outcome(&graced);
    assert!(err.is_cancelled(), "a grace that is over is no deadline");
    assert_eq!(cause(&err), "over");
    assert_origin(&err, here);
}

#[tokio::test(start_paused = true)]
async fn a_waiter_is_woken_when_the_grace_is_over() {
    let (parent, cancel) = Ctx::background().with_cancel();
    let graced = parent.with_grace(ms(10));
    let (start, err) = (Instant::now(), async {
        tokio::time::sleep(ms(5)).await;
        cancel.cancel_with("over");
        std::future::pending::<()>().await;
    });
    let err = tokio::select! {
        err = graced.done() => err,
        () = err => unreachable!("it waits for ever"),
    };
    assert_eq!(cause(&err), "over");
    assert_eq!(start.elapsed(), ms(15));
}

#[tokio::test(start_paused = true)]
async fn a_waiter_that_comes_within_the_grace_is_woken_at_its_end() {
    let (parent, cancel) = Ctx::background().with_cancel();
    let graced = parent.with_grace(ms(10));
    cancel.cancel();
    advance(4).await;
    let start = Instant::now();
    graced.done().await;
    assert_eq!(start.elapsed(), ms(6));
}

#[tokio::test(start_paused = true)]
async fn a_waiter_that_looked_when_the_grace_began_is_woken_by_what_ends_it_early() {
    let (parent, cancel) = Ctx::background().with_cancel();
    let (child, cancel_child) = parent.with_grace(LONG).with_cancel();
    let mut done = child.done();
    let (count, waker) = WakeCount::new();
    assert_pending!(poll_with(&mut done, &waker));
    cancel.cancel();
    assert_eq!(count.count(), 1, "its moment is known now");
    assert_pending!(poll_with(&mut done, &waker));
    cancel_child.cancel_with("sooner");
    assert_eq!(count.count(), 2);
    assert_eq!(
        cause(&assert_ready!(poll_with(&mut done, &waker))),
        "sooner"
    );
}

#[tokio::test(start_paused = true)]
async fn once_the_grace_has_begun_a_cancel_within_it_still_reaches_all_below() {
    let (parent, cancel) = Ctx::background().with_cancel();
    let (middle, cancel_middle) = parent.with_grace(LONG).with_cancel();
    let (leaf, _cancel_leaf) = middle.with_cancel();
    let mut done = leaf.done();
    let (count, waker) = WakeCount::new();
    assert_pending!(poll_with(&mut done, &waker));
    cancel.cancel();
    assert_pending!(poll_with(&mut done, &waker));
    cancel_middle.cancel_with("sooner");
    assert!(middle.is_done() && leaf.is_done());
    assert_eq!((count.count(), &*cause(&outcome(&leaf))), (2, "sooner"));
}

#[tokio::test(start_paused = true)]
async fn the_deadline_is_that_of_the_parent_and_the_grace() {
    let start = Instant::now();
    let parent = Ctx::background().with_timeout(ms(20));
    let graced = parent.with_grace(ms(10));
    assert_eq!(graced.deadline(), Some(start + ms(30)));
    assert_eq!(graced.done().await.kind(), outcome(&parent).kind());
    assert_eq!(start.elapsed(), ms(30));
    assert_eq!(graced.deadline(), Some(start + ms(30)));
}

#[tokio::test(start_paused = true)]
async fn once_the_parent_is_done_the_deadline_is_its_moment_and_the_grace() {
    let start = Instant::now();
    let (parent, cancel) = Ctx::background().with_timeout(ms(20)).with_cancel();
    let graced = parent.with_grace(ms(10));
    let below = graced.with_value(User("below"));
    advance(5).await;
    cancel.cancel();
    assert_eq!(
        graced.deadline(),
        Some(start + ms(15)),
        "known when cancel returns"
    );
    assert_eq!(below.deadline(), Some(start + ms(15)));
    assert_eq!(graced.remaining(), Some(ms(10)));
    advance(30).await;
    assert_eq!(graced.deadline(), Some(start + ms(15)));
}

#[tokio::test(start_paused = true)]
async fn without_a_deadline_above_there_is_none_until_the_parent_is_done() {
    let (parent, cancel) = Ctx::background().with_cancel();
    let graced = parent.with_grace(ms(10));
    assert_eq!(graced.deadline(), None);
    cancel.cancel();
    assert_eq!(graced.deadline(), Some(Instant::now() + ms(10)));
}

#[tokio::test(start_paused = true)]
async fn the_grace_is_counted_from_the_moment_of_the_parent_not_from_the_call() {
    let (parent, cancel) = Ctx::background().with_cancel();
    cancel.cancel_with("over");
    advance(4).await;
    let graced = parent.with_grace(ms(10));
    assert_eq!(graced.remaining(), Some(ms(6)));
    advance(6).await;
    assert_eq!(cause(&outcome(&graced)), "over");
    assert!(
        parent.with_grace(ms(10)).is_done(),
        "it was over before it was made"
    );
    assert!(!parent.with_grace(ms(11)).is_done());
}

#[tokio::test(start_paused = true)]
async fn a_deadline_that_passed_unnoticed_starts_the_grace_at_the_deadline() {
    let parent = Ctx::background().with_timeout_cause(ms(10), "slow");
    let graced = parent.with_grace(ms(10));
    advance(15).await;
    assert!(!graced.is_done());
    assert_eq!(graced.remaining(), Some(ms(5)));
    advance(5).await;
    assert_eq!(cause(&outcome(&graced)), "slow");
}

#[tokio::test(start_paused = true)]
async fn graces_add_up() {
    let start = Instant::now();
    let (parent, cancel) = Ctx::background().with_cancel();
    let twice = parent
        .with_grace(ms(10))
        .with_value(User("between"))
        .with_grace(ms(5));
    cancel.cancel_with("over");
    assert_eq!(twice.deadline(), Some(start + ms(15)));
    assert_eq!(cause(&twice.done().await), "over");
    assert_eq!(start.elapsed(), ms(15));
}

#[tokio::test(start_paused = true)]
async fn a_grace_of_nothing_is_done_with_its_parent() {
    let (parent, cancel) = Ctx::background().with_cancel();
    let graced = parent.with_grace(Duration::ZERO);
    assert!(!graced.is_done());
    cancel.cancel_with("over");
    assert_eq!(cause(&outcome(&graced)), "over");
}

#[tokio::test(start_paused = true)]
async fn the_longest_grace_never_ends() {
    let (parent, cancel) = Ctx::background().with_timeout(ms(10)).with_cancel();
    let graced = parent.with_grace(Duration::MAX);
    assert_eq!(graced.deadline(), None);
    cancel.cancel();
    advance(1_000_000).await;
    assert!(!graced.is_done());
    assert_eq!(graced.deadline(), None);
}

#[tokio::test(start_paused = true)]
async fn what_is_below_a_grace_can_be_cancelled_and_timed_on_its_own() {
    let (parent, cancel_parent) = Ctx::background().with_cancel();
    let graced = parent.with_grace(ms(10));
    let (child, cancel_child) = graced.with_cancel();
    let timeout = graced.with_timeout_cause(ms(5), "cleanup too slow");
    cancel_parent.cancel_with("parent");
    assert!(!child.is_done() && !timeout.is_done());

    cancel_child.cancel_with("child");
    assert_eq!(cause(&outcome(&child)), "child");
    advance(20).await;
    assert_eq!(cause(&outcome(&timeout)), "cleanup too slow");
    assert_eq!(cause(&outcome(&graced)), "parent");
    assert_eq!(cause(&outcome(&child)), "child");
}

#[tokio::test(start_paused = true)]
async fn a_grace_that_was_over_unnoticed_beats_a_later_cancel_below_it() {
    let (parent, cancel_parent) = Ctx::background().with_cancel();
    let (child, cancel_child) = parent.with_grace(ms(10)).with_cancel();
    cancel_parent.cancel_with("parent");
    advance(11).await;
    cancel_child.cancel_with("late");
    assert_eq!(cause(&outcome(&child)), "parent");
}

#[tokio::test(start_paused = true)]
async fn a_child_of_a_graced_context_takes_the_earlier_deadline() {
    let start = Instant::now();
    let graced = Ctx::background().with_timeout(ms(20)).with_grace(ms(10));
    assert_eq!(graced.with_timeout(ms(25)).deadline(), Some(start + ms(25)));
    assert_eq!(graced.with_timeout(ms(35)).deadline(), Some(start + ms(30)));
}

#[tokio::test(start_paused = true)]
async fn values_pass_through_a_grace() {
    let ctx = Ctx::background()
        .with_value(User("gopher"))
        .with_grace(ms(10));
    assert_eq!(ctx.value::<User>().map(|user| user.0), Some("gopher"));
}

#[tokio::test(start_paused = true)]
async fn a_grace_of_background_is_never_done() {
    let graced = Ctx::background().with_grace(ms(10));
    advance(100).await;
    assert!(!graced.is_done());
    assert_eq!(graced.deadline(), None);
    assert_pending!(tokio_test::task::spawn(graced.done()).poll());
}

#[tokio::test(start_paused = true)]
async fn draining_runs_under_the_grace_and_is_cut_off_at_its_end() {
    let (parent, cancel) = Ctx::background().with_cancel();
    let graced = parent.with_grace(ms(10));
    let mut drain = tokio_test::task::spawn(graced.run(async {
        tokio::time::sleep(ms(5)).await;
        "drained"
    }));
    assert_pending!(drain.poll());
    cancel.cancel();
    assert_pending!(drain.poll());
    advance(5).await;
    assert_eq!(
        assert_ready!(drain.poll()).expect("within the grace"),
        "drained"
    );

    let start = Instant::now();
    graced
        .run(tokio::time::sleep(LONG))
        .await
        .expect_err("cut off");
    assert_eq!(start.elapsed(), ms(5));
}

#[tokio::test(start_paused = true)]
async fn an_abandoned_waiter_on_a_grace_leaves_no_waker_behind() {
    let (parent, cancel) = Ctx::background().with_cancel();
    let graced = parent.with_grace(ms(10));
    let (count, waker) = WakeCount::new();
    let bare = std::sync::Arc::strong_count(&count);
    let mut done = graced.done();
    assert!(poll_with(&mut done, &waker).is_pending());
    drop(done);
    assert_eq!(
        std::sync::Arc::strong_count(&count),
        bare,
        "before the parent was done"
    );

    cancel.cancel();
    let mut done = graced.done();
    assert!(poll_with(&mut done, &waker).is_pending());
    drop(done);
    assert_eq!(
        std::sync::Arc::strong_count(&count),
        bare,
        "within the grace"
    );
}

#[tokio::test(start_paused = true)]
async fn a_grace_is_not_counted_from_a_deadline_that_never_counted() {
    let start = Instant::now();
    let (parent, cancel) = Ctx::background().with_cancel();
    advance(100).await;
    cancel.cancel_with("over");
    // The parent decides, though this deadline lies before its end.
    let child = parent.with_deadline(start + ms(50));
    assert_eq!(cause(&outcome(&child)), "over");
    let graced = child.with_grace(ms(10));
    assert_eq!(graced.deadline(), Some(start + ms(110)));
    let mut done = tokio_test::task::spawn(graced.done());
    assert!(done.poll().is_pending());
    assert!(!done.is_woken(), "its timer is set for what is past");
    advance(10).await;
    assert!(done.is_woken() && done.poll().is_ready());
    assert_eq!(cause(&outcome(&graced)), "over");
}
