//! Deadlines: the earliest moment decides, whoever looks and whenever.

use std::{panic::Location, time::Duration};

use ctx_core::{Ctx, ErrorKind};
use tokio::time::Instant;

use crate::support::{LONG, advance, assert_origin, assert_same, cause, ms, outcome};

#[tokio::test(start_paused = true)]
async fn a_timeout_is_done_when_it_has_elapsed_and_not_before() {
    let ctx = Ctx::background().with_timeout(ms(10));
    advance(9).await;
    assert!(!ctx.is_done());
    advance(1).await;
    assert_eq!(outcome(&ctx).kind(), ErrorKind::DeadlineExceeded);
}

#[tokio::test(start_paused = true)]
async fn a_waiter_is_woken_at_the_deadline() {
    let start = Instant::now();
    let ctx = Ctx::background().with_timeout(ms(10));
    let err = ctx.done().await;
    assert!(err.is_deadline_exceeded());
    assert_eq!(start.elapsed(), ms(10));
    assert_same(&err, &outcome(&ctx));
}

#[tokio::test(start_paused = true)]
async fn a_waiter_on_a_descendant_is_woken_at_the_deadline_of_an_ancestor() {
    let start = Instant::now();
    let ctx = Ctx::background().with_timeout(ms(10));
    let (child, _cancel) = ctx.with_timeout(LONG).with_cancel();
    assert!(child.done().await.is_deadline_exceeded());
    assert_eq!(start.elapsed(), ms(10));
}

#[tokio::test(start_paused = true)]
async fn the_deadline_is_the_earliest_of_a_context_and_its_ancestors() {
    let now = Instant::now();
    let parent = Ctx::background().with_timeout(ms(20));
    assert_eq!(parent.deadline(), Some(now + ms(20)));
    assert_eq!(parent.with_timeout(ms(10)).deadline(), Some(now + ms(10)));
    assert_eq!(parent.with_timeout(ms(30)).deadline(), Some(now + ms(20)));
    assert_eq!(parent.with_cancel().0.deadline(), Some(now + ms(20)));
    let deep = parent.with_timeout(ms(10)).with_timeout(ms(30));
    assert_eq!(deep.deadline(), Some(now + ms(10)));
    assert_eq!(
        parent.deadline(),
        Some(now + ms(20)),
        "the parent is never changed"
    );
}

#[tokio::test(start_paused = true)]
async fn a_later_deadline_below_an_earlier_one_has_the_outcome_of_the_earlier() {
    let root = Ctx::background();
    let (here, parent) = (Location::caller(), root.with_timeout_cause(ms(10), "outer"));
    let child = parent.with_timeout_cause(ms(20), "inner");
    advance(50).await;
    assert_eq!(cause(&outcome(&child)), "outer");
    assert_origin(&outcome(&child), here);
}

#[tokio::test(start_paused = true)]
async fn the_earlier_of_two_deadlines_that_passed_unnoticed_decides() {
    let parent = Ctx::background().with_timeout_cause(ms(20), "outer");
    let child = parent.with_timeout_cause(ms(10), "inner");
    advance(50).await;
    assert_eq!(cause(&outcome(&parent)), "outer");
    assert_eq!(cause(&outcome(&child)), "inner");
}

#[tokio::test(start_paused = true)]
async fn a_deadline_that_passed_unnoticed_beats_a_later_cancel() {
    let (parent, cancel_parent) = Ctx::background().with_cancel();
    let timeout = parent.with_timeout_cause(ms(10), "slow");
    let (child, cancel_child) = timeout.with_cancel();
    advance(11).await;

    cancel_child.cancel_with("child");
    cancel_parent.cancel_with("parent");

    assert_eq!(cause(&outcome(&parent)), "parent");
    assert_eq!(cause(&outcome(&timeout)), "slow");
    assert_eq!(cause(&outcome(&child)), "slow");
}

#[tokio::test(start_paused = true)]
async fn the_deadline_of_an_ancestor_that_passed_unnoticed_beats_a_cancel_below_it() {
    let ctx = Ctx::background().with_timeout_cause(ms(10), "slow");
    let (middle, _cancel_middle) = ctx.with_cancel();
    let (leaf, cancel) = middle.with_cancel();
    advance(10).await;
    cancel.cancel_with("late");
    for ctx in [&leaf, &middle, &ctx] {
        assert_eq!(cause(&outcome(ctx)), "slow");
    }
}

#[tokio::test(start_paused = true)]
async fn on_a_tie_the_deadline_beats_the_cancel() {
    let (parent, cancel) = Ctx::background().with_cancel();
    let child = parent.with_timeout_cause(ms(10), "slow");
    advance(10).await;
    cancel.cancel_with("same moment");
    assert_eq!(cause(&outcome(&child)), "slow");
    assert_eq!(cause(&outcome(&parent)), "same moment");
}

#[tokio::test(start_paused = true)]
async fn on_a_tie_the_deadline_beats_the_cancel_though_somebody_waits() {
    let (parent, cancel) = Ctx::background().with_cancel();
    let child = parent.with_timeout_cause(ms(10), "slow");
    let below = child.with_cancel();
    let mut here = tokio_test::task::spawn(child.done());
    let mut there = tokio_test::task::spawn(below.0.done());
    assert!(here.poll().is_pending() && there.poll().is_pending());
    advance(10).await;
    cancel.cancel_with("same moment");
    assert_eq!(cause(&here.await), "slow");
    assert_eq!(cause(&there.await), "slow");
    assert_eq!(cause(&outcome(&child)), "slow");
}

#[tokio::test(start_paused = true)]
async fn a_cancel_before_the_deadline_beats_it_even_if_seen_after() {
    let (parent, cancel) = Ctx::background().with_cancel();
    let child = parent.with_timeout_cause(ms(10), "slow");
    advance(9).await;
    cancel.cancel_with("in time");
    advance(20).await;
    assert_eq!(cause(&outcome(&child)), "in time");
}

#[tokio::test(start_paused = true)]
async fn a_timeout_of_zero_is_done_at_once() {
    let ctx = Ctx::background().with_timeout(Duration::ZERO);
    assert!(outcome(&ctx).is_deadline_exceeded());
    assert!(tokio_test::task::spawn(ctx.done()).poll().is_ready());
}

#[tokio::test(start_paused = true)]
async fn a_deadline_in_the_past_is_done_at_once() {
    advance(100).await;
    let at = Instant::now() - ms(50);
    let ctx = Ctx::background().with_deadline(at);
    assert!(outcome(&ctx).is_deadline_exceeded());
    assert_eq!(ctx.deadline(), Some(at));
    assert_eq!(ctx.remaining(), Some(Duration::ZERO));
}

#[tokio::test(start_paused = true)]
async fn a_timeout_of_the_longest_duration_is_no_deadline() {
    let ctx = Ctx::background().with_timeout(Duration::MAX);
    assert_eq!(ctx.deadline(), None);
    assert_eq!(ctx.remaining(), None);
    assert!(!ctx.is_done());

    let now = Instant::now();
    let under = Ctx::background()
        .with_timeout(ms(10))
        .with_timeout(Duration::MAX);
    assert_eq!(
        under.deadline(),
        Some(now + ms(10)),
        "the deadline of the parent remains"
    );
}

#[tokio::test(start_paused = true)]
async fn a_waiter_under_the_longest_duration_can_still_be_cancelled() {
    let (parent, cancel) = Ctx::background().with_cancel();
    let ctx = parent.with_timeout(Duration::MAX);
    let mut done = tokio_test::task::spawn(ctx.done());
    assert!(done.poll().is_pending());
    cancel.cancel();
    assert!(done.is_woken());
    assert!(done.poll().is_ready());
}

#[tokio::test(start_paused = true)]
async fn a_deadline_centuries_away_is_waited_for() {
    let ctx = Ctx::background().with_timeout(Duration::from_secs(60 * 60 * 24 * 365 * 300));
    let (child, cancel) = ctx.with_cancel();
    let mut done = tokio_test::task::spawn(child.done());
    assert!(done.poll().is_pending());
    cancel.cancel();
    assert!(done.poll().is_ready());
}

#[tokio::test(start_paused = true)]
async fn remaining_falls_to_zero_and_stays_there() {
    let ctx = Ctx::background().with_timeout(ms(10));
    assert_eq!(ctx.remaining(), Some(ms(10)));
    advance(4).await;
    assert_eq!(ctx.remaining(), Some(ms(6)));
    advance(6).await;
    assert_eq!(ctx.remaining(), Some(Duration::ZERO));
    advance(6).await;
    assert_eq!(ctx.remaining(), Some(Duration::ZERO));
}

#[tokio::test(start_paused = true)]
async fn the_deadline_is_still_there_once_the_context_is_done() {
    let now = Instant::now();
    let (parent, cancel) = Ctx::background().with_cancel();
    let ctx = parent.with_timeout(ms(10));
    cancel.cancel();
    assert!(ctx.is_done());
    assert_eq!(ctx.deadline(), Some(now + ms(10)));
    advance(20).await;
    assert_eq!(ctx.deadline(), Some(now + ms(10)));
    assert!(outcome(&ctx).is_cancelled(), "the first outcome stays");
}

#[tokio::test(start_paused = true)]
async fn a_deadline_has_no_cause_unless_given_one() {
    let at = Instant::now() + ms(10);
    let plain = Ctx::background().with_deadline(at);
    let timeout = Ctx::background().with_timeout_cause(ms(10), "slow timeout");
    let deadline = Ctx::background().with_deadline_cause(at, "slow deadline");
    advance(10).await;
    assert!(outcome(&plain).cause().is_none());
    assert_eq!(cause(&outcome(&timeout)), "slow timeout");
    assert_eq!(cause(&outcome(&deadline)), "slow deadline");
}

#[tokio::test(start_paused = true)]
async fn the_cause_of_a_deadline_is_not_that_of_a_cancel() {
    let (parent, cancel) = Ctx::background().with_cancel();
    let ctx = parent.with_timeout_cause(ms(10), "slow");
    cancel.cancel();
    assert!(outcome(&ctx).is_cancelled());
    assert!(outcome(&ctx).cause().is_none());
}

#[tokio::test(start_paused = true)]
async fn the_deadlines_of_siblings_do_not_meet() {
    let (parent, _cancel) = Ctx::background().with_cancel();
    let short = parent.with_timeout(ms(10));
    let long = parent.with_timeout(ms(20));
    advance(15).await;
    assert!(short.is_done());
    assert!(!long.is_done() && !parent.is_done());
}

#[tokio::test(start_paused = true)]
async fn two_waiters_with_different_deadlines_are_woken_in_turn() {
    let start = Instant::now();
    let late = Ctx::background().with_timeout(ms(20));
    let early = late.with_timeout(ms(10));
    let (first, second) = tokio::join!(async { (early.done().await, start.elapsed()) }, async {
        (late.done().await, start.elapsed())
    },);
    assert_eq!((first.1, second.1), (ms(10), ms(20)));
}

#[tokio::test(start_paused = true)]
async fn a_cancel_wakes_a_waiter_that_has_a_timer() {
    let start = Instant::now();
    let (parent, cancel) = Ctx::background().with_cancel();
    let ctx = parent.with_timeout(LONG);
    let (err, ()) = tokio::join!(ctx.done(), async {
        tokio::time::sleep(ms(5)).await;
        cancel.cancel();
    });
    assert!(err.is_cancelled());
    assert_eq!(start.elapsed(), ms(5));
}

#[test]
fn a_deadline_can_be_set_outside_a_runtime() {
    let ctx = Ctx::background().with_deadline(Instant::now() - ms(1));
    assert!(ctx.is_done());
    assert!(!Ctx::background().with_timeout(LONG).is_done());
}
