//! A `Canceller` is the only way to cancel, and cancels when it is gone.

use ctx_core::{CancellerDropped, Ctx};

use crate::support::{assert_same, cause, outcome};

#[test]
fn cancel_has_no_cause() {
    let (ctx, cancel) = Ctx::background().with_cancel();
    cancel.cancel();
    let err = outcome(&ctx);
    assert!(err.is_cancelled());
    assert!(err.cause().is_none());
}

#[test]
fn cancel_with_carries_its_cause() {
    let (ctx, cancel) = Ctx::background().with_cancel();
    cancel.cancel_with(std::io::Error::other("disk full"));
    let err = outcome(&ctx);
    assert!(err.is_cancelled());
    let io = err
        .cause()
        .and_then(|cause| cause.downcast_ref::<std::io::Error>());
    assert_eq!(
        io.expect("the cause itself, not its text").to_string(),
        "disk full"
    );
}

#[test]
fn only_the_first_cancel_counts() {
    let (ctx, cancel) = Ctx::background().with_cancel();
    cancel.cancel_with("first");
    let first = outcome(&ctx);
    cancel.cancel_with("second");
    cancel.cancel();
    drop(cancel);
    assert_eq!(cause(&outcome(&ctx)), "first");
    assert_same(&first, &outcome(&ctx));
}

#[test]
fn any_clone_cancels() {
    let (ctx, cancel) = Ctx::background().with_cancel();
    cancel.clone().cancel_with("a clone");
    assert_eq!(cause(&outcome(&ctx)), "a clone");
}

#[test]
fn dropping_the_last_clone_cancels_with_canceller_dropped() {
    let (ctx, cancel) = Ctx::background().with_cancel();
    let clone = cancel.clone();
    drop(cancel);
    assert!(!ctx.is_done(), "a clone is still there");
    drop(clone);
    let err = outcome(&ctx);
    assert!(err.is_cancelled());
    assert!(err.cause().expect("a cause").is::<CancellerDropped>());
}

#[test]
fn dropping_the_canceller_wakes_waiters() {
    let (ctx, cancel) = Ctx::background().with_cancel();
    let mut done = tokio_test::task::spawn(ctx.done());
    assert!(done.poll().is_pending());
    drop(cancel);
    assert!(done.is_woken());
    assert!(done.poll().is_ready());
}

#[test]
fn a_canceller_bound_to_an_underscore_cancels_at_once() {
    let (ctx, _) = Ctx::background().with_cancel();
    assert!(
        outcome(&ctx)
            .cause()
            .expect("a cause")
            .is::<CancellerDropped>()
    );
}

#[test]
fn detach_holds_for_all_clones() {
    let (ctx, cancel) = Ctx::background().with_cancel();
    let (one, two) = (cancel.clone(), cancel.clone());
    cancel.detach();
    drop(one);
    drop(two);
    assert!(!ctx.is_done());
}

#[test]
fn a_clone_made_before_detach_still_cancels_by_hand() {
    let (ctx, cancel) = Ctx::background().with_cancel();
    let clone = cancel.clone();
    cancel.detach();
    clone.cancel_with("by hand");
    assert_eq!(cause(&outcome(&ctx)), "by hand");
}

#[test]
fn a_detached_context_still_follows_its_parent() {
    let (parent, cancel_parent) = Ctx::background().with_cancel();
    let (child, cancel) = parent.with_cancel();
    cancel.detach();
    cancel_parent.cancel_with("parent");
    assert_eq!(cause(&outcome(&child)), "parent");
}

#[test]
fn detach_after_cancel_changes_nothing() {
    let (ctx, cancel) = Ctx::background().with_cancel();
    cancel.cancel_with("cancelled");
    cancel.detach();
    assert_eq!(cause(&outcome(&ctx)), "cancelled");
}

#[test]
fn dropping_every_context_before_its_canceller_harms_nobody() {
    let (parent, _cancel_parent) = Ctx::background().with_cancel();
    let (ctx, cancel) = parent.with_cancel();
    drop(ctx);
    cancel.cancel();
    drop(cancel);
    assert!(!parent.is_done());
}

#[test]
fn a_canceller_that_outlives_its_context_still_cancels_what_was_derived() {
    let (ctx, cancel) = Ctx::background().with_cancel();
    let (child, _cancel_child) = ctx.with_cancel();
    drop(ctx);
    cancel.cancel_with("late");
    assert_eq!(cause(&outcome(&child)), "late");
}
