//! Cancellation goes down the tree, never up and never sideways.

use std::{sync::Barrier, thread};

use ctx_core::{Canceller, Ctx};

use crate::support::{LONG, WakeCount, advance, assert_same, cause, ms, outcome, poll_with};

ctx_core::ctx_key! {
    struct Level(usize);
}

#[test]
fn background_is_never_done_and_carries_nothing() {
    let ctx = Ctx::background();
    assert!(!ctx.is_done());
    assert!(ctx.err().is_none());
    assert!(ctx.check().is_ok());
    assert!(ctx.deadline().is_none());
    assert!(ctx.remaining().is_none());
    assert!(ctx.value::<Level>().is_none());
    assert!(tokio_test::task::spawn(ctx.done()).poll().is_pending());
}

#[test]
fn background_can_be_a_constant() {
    static ROOT: Ctx = Ctx::background();
    assert!(!ROOT.clone().is_done());
}

#[test]
fn todo_is_never_done_either() {
    let ctx = Ctx::todo();
    assert!(!ctx.is_done());
    assert!(ctx.deadline().is_none());
    assert!(tokio_test::task::spawn(ctx.done()).poll().is_pending());
}

#[test]
fn cancel_reaches_every_descendant_before_it_returns() {
    let (root, cancel) = Ctx::background().with_cancel();
    let (child, _cancel_child) = root.with_cancel();
    let value = child.with_value(Level(2));
    let timeout = value.with_timeout(LONG);
    let (leaf, _cancel_leaf) = timeout.with_cancel();
    let clone = leaf.clone();
    let all = [&root, &child, &value, &timeout, &leaf, &clone];
    assert!(all.iter().all(|ctx| !ctx.is_done()));

    cancel.cancel();

    for ctx in all {
        assert!(ctx.is_done());
        assert!(ctx.check().is_err());
        assert_same(&outcome(ctx), &outcome(&root));
        assert!(tokio_test::task::spawn(ctx.done()).poll().is_ready());
    }
}

/// Children are told in batches, whatever gaps there are.
#[test]
fn cancel_reaches_a_thousand_children_that_are_waited_for() {
    let (root, cancel) = Ctx::background().with_cancel();
    let (count, waker) = WakeCount::new();
    let wait = |(child, canceller): (Ctx, Canceller)| {
        let mut done = child.done_owned();
        assert!(poll_with(&mut done, &waker).is_pending());
        (done, child, canceller)
    };
    let all: Vec<_> = (0..1_000).map(|_| wait(root.with_cancel())).collect();
    let children: Vec<_> = (0..).zip(all).filter(|(n, _)| n % 7 > 0).collect();
    cancel.cancel_with("over");
    assert!(children.iter().all(|(_, (_, child, _))| child.is_done()));
    assert_eq!(count.count(), children.len());
}

#[test]
fn cancel_goes_neither_up_nor_sideways() {
    let (root, _cancel_root) = Ctx::background().with_cancel();
    let (middle, _cancel_middle) = root.with_cancel();
    let (left, cancel_left) = middle.with_cancel();
    let (right, _cancel_right) = middle.with_cancel();
    let under_left = left.with_value(Level(3));

    cancel_left.cancel();

    assert!(left.is_done() && under_left.is_done());
    assert!(!root.is_done() && !middle.is_done() && !right.is_done());
}

#[test]
fn a_child_cancelled_before_its_parent_keeps_its_own_outcome() {
    let (parent, cancel_parent) = Ctx::background().with_cancel();
    let (child, cancel_child) = parent.with_cancel();
    let grandchild = child.with_value(Level(2));

    cancel_child.cancel_with("child first");
    cancel_parent.cancel_with("parent second");

    assert_eq!(cause(&outcome(&child)), "child first");
    assert_eq!(cause(&outcome(&grandchild)), "child first");
    assert_eq!(cause(&outcome(&parent)), "parent second");
}

#[test]
fn a_child_cancelled_after_its_parent_has_the_outcome_of_the_parent() {
    let (parent, cancel_parent) = Ctx::background().with_cancel();
    let (child, cancel_child) = parent.with_cancel();

    cancel_parent.cancel_with("parent first");
    cancel_child.cancel_with("child second");

    assert_same(&outcome(&child), &outcome(&parent));
    assert_eq!(cause(&outcome(&child)), "parent first");
}

#[tokio::test(start_paused = true)]
async fn a_child_of_a_done_parent_is_done_with_the_outcome_of_the_parent() {
    let (parent, cancel) = Ctx::background().with_cancel();
    cancel.cancel_with("over");
    advance(5).await;

    let (cancelled, _cancel) = parent.with_cancel();
    let earlier = parent.with_timeout(ms(0));
    let past = parent.with_deadline(tokio::time::Instant::now() - ms(10));
    let value = parent.with_value(Level(1));
    for ctx in [cancelled, earlier, past, value] {
        assert!(ctx.is_done());
        assert_same(&outcome(&ctx), &outcome(&parent));
    }
}

#[test]
fn a_child_of_a_done_parent_is_that_parent_and_its_canceller_changes_nothing() {
    let (parent, cancel) = Ctx::background().with_cancel();
    cancel.cancel_with("over");
    let (child, cancel_child) = parent.with_cancel();
    assert_eq!(format!("{child}"), format!("{parent}"));
    let again = cancel_child.clone();
    again.cancel_with("again");
    again.detach();
    drop(cancel_child);
    assert_same(&outcome(&child), &outcome(&parent));
    let (other, _cancel) = Ctx::background().with_cancel();
    let (live, _cancel_live) = other.with_cancel();
    assert_ne!(format!("{live}"), format!("{other}"));
}

#[test]
fn a_context_outlives_the_handles_of_its_ancestors() {
    let (root, cancel) = Ctx::background().with_cancel();
    let middle = root.with_value(Level(1));
    let (leaf, _cancel_leaf) = middle.with_cancel();
    drop((root, middle));

    assert!(!leaf.is_done());
    assert_eq!(**leaf.get::<Level>().expect("a value of an ancestor"), 1);
    cancel.cancel();
    assert!(leaf.is_done());
}

#[test]
fn dropping_a_context_leaves_its_siblings_and_its_children_in_the_tree() {
    let (root, cancel) = Ctx::background().with_cancel();
    let (middle, cancel_middle) = root.with_cancel();
    cancel_middle.detach();
    let (left, _cancel_left) = middle.with_cancel();
    let (right, _cancel_right) = middle.with_cancel();
    drop(left);
    drop(middle);

    assert!(!right.is_done());
    cancel.cancel();
    assert!(right.is_done());
}

#[test]
fn a_waiter_below_a_cancelled_context_is_woken() {
    let (root, cancel) = Ctx::background().with_cancel();
    let leaf = root.with_value(Level(1)).with_cancel();
    let mut here = tokio_test::task::spawn(root.done());
    let mut below = tokio_test::task::spawn(leaf.0.done());
    assert!(here.poll().is_pending());
    assert!(below.poll().is_pending());

    cancel.cancel();

    assert!(here.is_woken() && below.is_woken());
    assert!(here.poll().is_ready() && below.poll().is_ready());
}

#[test]
fn a_waiter_beside_a_cancelled_context_is_not_woken() {
    let (root, _cancel_root) = Ctx::background().with_cancel();
    let (_left, cancel_left) = root.with_cancel();
    let (right, _cancel_right) = root.with_cancel();
    let mut beside = tokio_test::task::spawn(right.done());
    let mut above = tokio_test::task::spawn(root.done());
    assert!(beside.poll().is_pending());
    assert!(above.poll().is_pending());

    cancel_left.cancel();

    assert!(!beside.is_woken() && !above.is_woken());
}

#[test]
fn one_of_many_waiters_can_go_and_the_others_are_woken() {
    let (ctx, cancel) = Ctx::background().with_cancel();
    let mut waiters: Vec<_> = (0..9)
        .map(|_| tokio_test::task::spawn(ctx.done()))
        .collect();
    for waiter in &mut waiters {
        assert!(waiter.poll().is_pending());
    }
    for index in [8, 4, 0] {
        drop(waiters.remove(index));
    }

    cancel.cancel();

    assert!(waiters.iter().all(|waiter| waiter.is_woken()));
}

#[test]
fn contexts_made_while_the_parent_is_cancelled_are_done_once_cancel_has_returned() {
    for _ in 0..200 {
        let (root, cancel) = Ctx::background().with_cancel();
        let start = Barrier::new(2);
        let children = thread::scope(|scope| {
            let maker = scope.spawn(|| {
                start.wait();
                (0..20).map(|_| root.with_cancel()).collect::<Vec<_>>()
            });
            start.wait();
            cancel.cancel_with("over");
            maker.join().expect("the maker does not panic")
        });
        for (child, _cancel) in children {
            assert_eq!(cause(&outcome(&child)), "over");
        }
    }
}

#[test]
fn every_thread_sees_the_one_outcome_of_two_racing_cancels() {
    for _ in 0..200 {
        let (root, cancel) = Ctx::background().with_cancel();
        let (leaf, _cancel_leaf) = root.with_cancel();
        let start = Barrier::new(4);
        thread::scope(|scope| {
            for name in ["one", "two"] {
                let (start, cancel) = (&start, &cancel);
                scope.spawn(move || {
                    start.wait();
                    cancel.cancel_with(name);
                });
            }
            for ctx in [&root, &leaf] {
                let start = &start;
                scope.spawn(move || {
                    start.wait();
                    let first = loop {
                        if let Some(err) = ctx.err() {
                            break err;
                        }
                        thread::yield_now();
                    };
                    assert_same(&first, &outcome(ctx));
                });
            }
        });
        assert_same(&outcome(&root), &outcome(&leaf));
    }
}
