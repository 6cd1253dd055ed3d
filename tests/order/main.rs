//! Who decides: corners where two ends meet, and the one that came first has to be everybody's.

use std::time::Duration;

use ctx_core::{CancellerDropped, Ctx};
use tokio::time::{Instant, advance};

const SECOND: Duration = Duration::from_secs(1);

#[tokio::test(start_paused = true)]
async fn a_merge_takes_a_deadline_that_passed_unnoticed_before_the_other_parent_was_cancelled() {
    let (first, cancel) = Ctx::background().with_cancel();
    let second = Ctx::background().with_timeout(5 * SECOND);
    advance(10 * SECOND).await;
    cancel.cancel();
    let merge = first.merge(&second);
    assert!(merge.err().is_some_and(|err| err.is_deadline_exceeded()));
    let merge = second.merge(&first);
    assert!(merge.err().is_some_and(|err| err.is_deadline_exceeded()));
}

#[tokio::test(start_paused = true)]
async fn a_later_deadline_below_a_grace_does_not_decide_for_a_merge_that_is_tied() {
    let (root, cancel) = Ctx::background().with_cancel();
    let at = Instant::now() + 5 * SECOND;
    let first = root
        .with_grace(5 * SECOND)
        .with_deadline_cause(at + 5 * SECOND, "later");
    let second = Ctx::background().with_deadline_cause(at, "sooner");
    let merge = first.merge(&second);
    cancel.cancel();
    advance(20 * SECOND).await;
    let err = merge.err().expect("long past");
    assert!(
        err.is_cancelled()
            || err
                .cause()
                .is_some_and(|cause| cause.to_string() == "sooner"),
        "{err}"
    );
    assert!(first.err().is_some_and(|err| err.is_cancelled()));
}

#[test]
fn a_child_whose_canceller_was_dropped_keeps_that_when_its_parent_is_cancelled() {
    for depth in 1..20 {
        let (parent, cancel) = Ctx::background().with_cancel();
        let (mut ctx, mut above) = (parent, Vec::new());
        for _ in 0..depth {
            let (next, canceller) = ctx.with_cancel();
            above.push(canceller);
            ctx = next;
        }
        drop(above.pop());
        assert!(ctx.is_done());
        cancel.cancel_with("later");
        let err = ctx.err().expect("done");
        assert!(
            err.cause()
                .is_some_and(|cause| cause.is::<CancellerDropped>()),
            "{depth} levels deep: {err}"
        );
    }
}

#[test]
fn a_cancellation_visits_a_node_once_however_many_ways_lead_there() {
    let (root, cancel) = Ctx::background().with_cancel();
    let mut cancellers = Vec::new();
    let mut ctx = root;
    for _ in 0..40 {
        let (left, one) = ctx.with_cancel();
        let (right, other) = ctx.with_cancel();
        cancellers.extend([one, other]);
        ctx = left.merge(&right);
    }
    cancel.cancel();
    assert!(ctx.is_done());
}
