//! `merge`: done when either is, with the values of both.

use std::{panic::Location, sync::Arc, thread};

use ctx_core::{Canceller, Ctx};
use tokio::time::Instant;

use crate::support::{
    LONG, WakeCount, advance, assert_origin, assert_same, block_on, cause, ms, outcome, poll_with,
};

ctx_core::ctx_key! {
    struct User(&'static str);
    struct Tenant(&'static str);
}

fn two() -> ((Ctx, Canceller), (Ctx, Canceller)) {
    (
        Ctx::background().with_cancel(),
        Ctx::background().with_cancel(),
    )
}

#[test]
fn a_merged_context_is_done_when_either_is() {
    let ((one, cancel), (two, _cancel_two)) = two();
    let merged = one.merge(&two);
    assert!(!merged.is_done());
    cancel.cancel_with("one");
    assert_same(&outcome(&merged), &outcome(&one));
    assert!(!two.is_done());
}

#[test]
fn it_follows_the_other_as_well_as_self() {
    let ((one, _cancel_one), (two, cancel)) = two();
    let merged = one.merge(&two);
    let (here, ()) = (Location::caller(), cancel.cancel_with("two"));
    assert_eq!(cause(&outcome(&merged)), "two");
    assert_origin(&outcome(&merged), here);
    assert!(!one.is_done());
}

#[test]
fn a_waiter_is_woken_by_either() {
    for first in [true, false] {
        let ((one, cancel_one), (two, cancel_two)) = two();
        let (merged, _cancel) = one.merge(&two).with_cancel();
        let mut done = tokio_test::task::spawn(merged.done());
        assert!(done.poll().is_pending());
        if first {
            cancel_one.cancel()
        } else {
            cancel_two.cancel()
        }
        assert!(done.is_woken());
        assert!(done.poll().is_ready());
    }
}

#[tokio::test(start_paused = true)]
async fn the_first_of_the_two_decides_for_good() {
    let ((one, cancel_one), (two, cancel_two)) = two();
    let merged = one.merge(&two);
    cancel_two.cancel_with("two");
    advance(1).await;
    cancel_one.cancel_with("one");
    assert_eq!(cause(&outcome(&merged)), "two");
}

#[tokio::test(start_paused = true)]
async fn the_earlier_moment_decides_though_nobody_looked() {
    let slow = Ctx::background().with_timeout_cause(ms(10), "slow");
    let (other, cancel) = Ctx::background().with_cancel();
    let (left, right) = (slow.merge(&other), other.merge(&slow));
    advance(15).await;
    cancel.cancel_with("late");
    advance(5).await;
    assert_eq!(cause(&outcome(&left)), "slow");
    assert_eq!(cause(&outcome(&right)), "slow");
}

#[tokio::test(start_paused = true)]
async fn on_a_tie_self_decides() {
    let one = Ctx::background().with_timeout_cause(ms(10), "one");
    let two = Ctx::background().with_timeout_cause(ms(10), "two");
    let (left, right) = (one.merge(&two), two.merge(&one));
    advance(20).await;
    assert_eq!(cause(&outcome(&left)), "one");
    assert_eq!(cause(&outcome(&right)), "two");
}

#[tokio::test(start_paused = true)]
async fn the_deadline_is_the_earlier_one() {
    let start = Instant::now();
    let (short, long) = (
        Ctx::background().with_timeout(ms(10)),
        Ctx::background().with_timeout(ms(20)),
    );
    assert_eq!(short.merge(&long).deadline(), Some(start + ms(10)));
    assert_eq!(long.merge(&short).deadline(), Some(start + ms(10)));
    assert_eq!(
        Ctx::background().merge(&long).deadline(),
        Some(start + ms(20))
    );
    assert_eq!(
        long.merge(&Ctx::background()).deadline(),
        Some(start + ms(20))
    );
}

#[tokio::test]
async fn merges_and_graces_take_no_task() {
    let ((one, _cancel), (two, cancel)) = two();
    let graced = one.with_timeout(LONG).merge(&two).with_grace(ms(0));
    let mut waits = tokio_test::task::spawn(graced.done());
    assert!(waits.poll().is_pending());
    let tasks = tokio::runtime::Handle::current()
        .metrics()
        .num_alive_tasks();
    assert_eq!(tasks, 0);
    cancel.cancel();
    assert!(waits.is_woken() && waits.poll().is_ready());
}

#[tokio::test(start_paused = true)]
async fn a_waiter_is_woken_at_the_earlier_deadline_whichever_side_has_it() {
    for swap in [true, false] {
        let (short, long) = (
            Ctx::background().with_timeout(ms(10)),
            Ctx::background().with_timeout(LONG),
        );
        let merged = if swap {
            long.merge(&short)
        } else {
            short.merge(&long)
        };
        let start = Instant::now();
        assert!(merged.done().await.is_deadline_exceeded());
        assert_eq!(start.elapsed(), ms(10));
    }
}

#[test]
fn values_are_those_of_self_then_of_the_other() {
    let one = Ctx::background().with_value(User("one"));
    let two = Ctx::background()
        .with_value(Tenant("two"))
        .with_value(User("two"));
    let merged = one.merge(&two);
    assert_eq!(merged.value::<User>().map(|user| user.0), Some("one"));
    assert_eq!(merged.value::<Tenant>().map(|tenant| tenant.0), Some("two"));
    let below = merged.with_value(Tenant("below"));
    assert_eq!(
        below.value::<Tenant>().map(|tenant| tenant.0),
        Some("below")
    );
    let swapped = two.merge(&one);
    assert_eq!(swapped.value::<User>().map(|user| user.0), Some("two"));
}

#[test]
fn merging_with_a_done_context_is_done() {
    let ((one, _cancel_one), (two, cancel)) = two();
    cancel.cancel_with("two");
    assert_eq!(cause(&outcome(&one.merge(&two))), "two");
    assert_eq!(cause(&outcome(&two.merge(&one))), "two");
}

#[tokio::test(start_paused = true)]
async fn merging_two_done_contexts_takes_the_earlier() {
    let ((one, cancel_one), (two, cancel_two)) = two();
    cancel_two.cancel_with("two");
    advance(5).await;
    cancel_one.cancel_with("one");
    advance(5).await;
    assert_eq!(cause(&outcome(&one.merge(&two))), "two");
    assert_eq!(cause(&outcome(&two.merge(&one))), "two");
}

#[tokio::test(start_paused = true)]
async fn of_two_done_contexts_the_earlier_decides_whichever_was_looked_at() {
    for looked_at in 0..4 {
        let early = Ctx::background().with_timeout_cause(ms(0), "early");
        advance(10).await;
        let late = Ctx::background().with_timeout_cause(ms(0), "late");
        if looked_at & 1 != 0 {
            assert!(early.is_done());
        }
        if looked_at & 2 != 0 {
            assert!(late.is_done());
        }
        assert_eq!(cause(&outcome(&late.merge(&early))), "early", "{looked_at}");
        assert_eq!(cause(&outcome(&early.merge(&late))), "early", "{looked_at}");
    }
}

#[test]
fn merging_with_background_or_with_oneself_changes_nothing() {
    let (ctx, cancel) = Ctx::background().with_value(User("gopher")).with_cancel();
    let merged = [
        Ctx::background().merge(&ctx),
        ctx.merge(&Ctx::background()),
        ctx.merge(&ctx),
        ctx.merge(&ctx.clone()),
    ];
    assert!(merged.iter().all(|ctx| !ctx.is_done()));
    assert!(merged.iter().all(|ctx| ctx.value::<User>().is_some()));
    cancel.cancel_with("over");
    for merged in merged {
        assert_eq!(cause(&outcome(&merged)), "over");
    }
}

#[test]
fn merging_a_context_with_its_own_descendant_follows_both() {
    let (parent, cancel_parent) = Ctx::background().with_cancel();
    let (child, cancel_child) = parent.with_cancel();
    let (down, up) = (parent.merge(&child), child.merge(&parent));
    cancel_child.cancel_with("child");
    cancel_parent.cancel_with("parent");
    assert_eq!(cause(&outcome(&down)), "child");
    assert_eq!(cause(&outcome(&up)), "child");
}

#[tokio::test(start_paused = true)]
async fn merges_of_merges_and_of_graces_keep_the_rules() {
    let start = Instant::now();
    let ((one, cancel_one), (two, _cancel_two)) = two();
    let (three, cancel_three) = Ctx::background().with_cancel();
    let all = one.merge(&two).merge(&three);
    let graced = one.with_grace(ms(10)).merge(&three);
    let outer = one.merge(&three).with_grace(ms(10));

    cancel_one.cancel_with("one");
    assert_eq!(cause(&outcome(&all)), "one");
    assert!(!graced.is_done() && !outer.is_done());
    assert_eq!(graced.deadline(), Some(start + ms(10)));
    assert_eq!(outer.deadline(), Some(start + ms(10)));

    advance(5).await;
    cancel_three.cancel_with("three");
    assert_eq!(
        cause(&outcome(&graced)),
        "three",
        "in the grace of one, three was first"
    );
    assert!(!outer.is_done());
    assert_eq!(cause(&outer.done().await), "one");
    assert_eq!(start.elapsed(), ms(10));
}

#[tokio::test(start_paused = true)]
async fn of_two_graces_that_have_begun_the_one_that_is_over_first_decides() {
    let start = Instant::now();
    for (first, second) in [(10, 30), (30, 10)] {
        let ((one, cancel_one), (two, cancel_two)) = two();
        let merged = one.with_grace(ms(first)).merge(&two.with_grace(ms(second)));
        let (below, _cancel) = merged.with_cancel();
        let mut done = tokio_test::task::spawn(below.done());
        assert!(done.poll().is_pending());
        let begun = Instant::now();
        cancel_one.cancel_with("one");
        cancel_two.cancel_with("two");
        assert_eq!(merged.deadline(), Some(begun + ms(10)));
        assert_eq!(below.deadline(), Some(begun + ms(10)));
        let expected = if first < second { "one" } else { "two" };
        assert_eq!(cause(&done.await), expected);
        assert_eq!(begun.elapsed(), ms(10));
        assert_eq!(cause(&outcome(&merged)), expected);
    }
    assert_eq!(start.elapsed(), ms(20));
}

#[tokio::test(start_paused = true)]
async fn a_waiter_on_a_merge_with_a_graced_side_is_woken_when_the_grace_is_over() {
    let ((one, cancel_one), (two, _cancel_two)) = two();
    let merged = two.merge(&one.with_grace(ms(10)));
    let task = tokio::spawn(async move {
        let err = merged.done().await;
        (err, Instant::now())
    });
    tokio::task::yield_now().await;
    let start = Instant::now();
    cancel_one.cancel_with("one");
    let (err, at) = task.await.expect("no panic");
    assert_eq!(cause(&err), "one");
    assert_eq!(at - start, ms(10));
}

#[test]
fn a_merged_context_outlives_the_handles_of_both() {
    let ((one, cancel_one), (two, cancel_two)) = two();
    let (merged, _cancel) = one.merge(&two).with_cancel();
    drop((one, two));
    cancel_two.cancel_with("two");
    assert_eq!(cause(&outcome(&merged)), "two");
    cancel_one.cancel_with("one");
    assert_eq!(cause(&outcome(&merged)), "two");
}

#[test]
fn an_abandoned_waiter_on_a_merge_leaves_no_waker_in_either() {
    let ((one, cancel_one), (two, _cancel_two)) = two();
    let (count, waker) = WakeCount::new();
    let bare = Arc::strong_count(&count);
    let (merged, _cancel) = one.merge(&two).with_cancel();
    let mut done = merged.done();
    assert!(poll_with(&mut done, &waker).is_pending());
    drop(done);
    assert_eq!(Arc::strong_count(&count), bare, "after dropping the waiter");

    let mut done = merged.done_owned();
    assert!(poll_with(&mut done, &waker).is_pending());
    cancel_one.cancel();
    assert!(poll_with(&mut done, &waker).is_ready());
    drop(done);
    assert_eq!(
        Arc::strong_count(&count),
        bare,
        "nothing left in the one that is not done"
    );
}

#[test]
fn a_context_merged_while_one_side_is_cancelled_is_done_with_it() {
    for _ in 0..200 {
        let ((one, _cancel_one), (two, cancel_two)) = two();
        thread::scope(|scope| {
            scope.spawn(|| cancel_two.cancel_with("two"));
            let (merged, _cancel) = one.merge(&two).with_cancel();
            assert_eq!(cause(&block_on(merged.done())), "two");
        });
    }
}

#[test]
fn contexts_merged_while_one_side_is_cancelled_are_done_once_cancel_has_returned() {
    for _ in 0..200 {
        let ((one, _cancel_one), (two, cancel_two)) = two();
        let merged = thread::scope(|scope| {
            let maker = scope.spawn(|| (0..20).map(|_| one.merge(&two)).collect::<Vec<_>>());
            cancel_two.cancel_with("two");
            maker.join().expect("no panic")
        });
        assert!(merged.iter().all(|ctx| cause(&outcome(ctx)) == "two"));
    }
}

#[test]
fn both_sides_cancelled_at_once_give_one_outcome_to_all() {
    for _ in 0..200 {
        let ((one, cancel_one), (two, cancel_two)) = two();
        let merged = one.merge(&two);
        let (below, _cancel) = merged.with_cancel();
        thread::scope(|scope| {
            scope.spawn(|| cancel_one.cancel_with("one"));
            scope.spawn(|| cancel_two.cancel_with("two"));
            let err = block_on(below.done());
            assert_same(&err, &outcome(&below));
            assert_same(&err, &outcome(&merged));
        });
        assert_same(&outcome(&below), &outcome(&merged));
    }
}
