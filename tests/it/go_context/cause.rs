//! Every row of Go's TestCause. Where Go reports its error as the cause, there is none here.

use ctx_core::{Canceller, Ctx, ErrorKind};

use crate::support::{LONG, cause, ms, outcome};

const CANCELLED: Option<ErrorKind> = Some(ErrorKind::Cancelled);
const EXCEEDED: Option<ErrorKind> = Some(ErrorKind::DeadlineExceeded);

struct Row {
    name: &'static str,
    ctx: fn() -> Ctx,
    kind: Option<ErrorKind>,
    cause: &'static str,
}

const fn row(
    name: &'static str,
    ctx: fn() -> Ctx,
    kind: Option<ErrorKind>,
    cause: &'static str,
) -> Row {
    Row {
        name,
        ctx,
        kind,
        cause,
    }
}

fn new() -> (Ctx, Canceller) {
    Ctx::background().with_cancel()
}

/// A parent and its child, each with its canceller.
fn pair() -> (Canceller, Ctx, Canceller) {
    let (parent, cancel_parent) = new();
    let (child, cancel_child) = parent.with_cancel();
    (cancel_parent, child, cancel_child)
}

/// What stands for Go's custom context: done by its own canceller or by its parent.
fn custom(parent: &Ctx) -> (Ctx, Canceller) {
    let (own, cancel) = new();
    (parent.merge(&own), cancel)
}

const TABLE: &[Row] = &[
    row("Background", Ctx::background, None, "-"),
    row("TODO", Ctx::todo, None, "-"),
    row(
        "WithCancel",
        || {
            let (ctx, cancel) = new();
            cancel.cancel();
            ctx
        },
        CANCELLED,
        "-",
    ),
    row(
        "WithCancelCause",
        || {
            let (ctx, cancel) = new();
            cancel.cancel_with("parent");
            ctx
        },
        CANCELLED,
        "parent",
    ),
    // A nil cause cannot be passed; `cancel` is what it means.
    row(
        "WithCancelCause nil",
        || {
            let (ctx, cancel) = new();
            cancel.cancel();
            ctx
        },
        CANCELLED,
        "-",
    ),
    row(
        "WithCancelCause: parent cause before child",
        || {
            let (parent, ctx, child) = pair();
            parent.cancel_with("parent");
            child.cancel_with("child");
            ctx
        },
        CANCELLED,
        "parent",
    ),
    row(
        "WithCancelCause: parent cause after child",
        || {
            let (parent, ctx, child) = pair();
            child.cancel_with("child");
            parent.cancel_with("parent");
            ctx
        },
        CANCELLED,
        "child",
    ),
    row(
        "WithCancelCause: parent cause before nil",
        || {
            let (parent, ctx, child) = pair();
            parent.cancel_with("parent");
            child.cancel();
            ctx
        },
        CANCELLED,
        "parent",
    ),
    row(
        "WithCancelCause: parent cause after nil",
        || {
            let (parent, ctx, child) = pair();
            child.cancel();
            parent.cancel_with("parent");
            ctx
        },
        CANCELLED,
        "-",
    ),
    row(
        "WithCancelCause: child cause after nil",
        || {
            let (parent, ctx, child) = pair();
            parent.cancel();
            child.cancel_with("child");
            ctx
        },
        CANCELLED,
        "-",
    ),
    row(
        "WithCancelCause: child cause before nil",
        || {
            let (parent, ctx, child) = pair();
            child.cancel_with("child");
            parent.cancel();
            ctx
        },
        CANCELLED,
        "child",
    ),
    row(
        "WithTimeout",
        || {
            let (ctx, cancel) = Ctx::background().with_timeout(ms(0)).with_cancel();
            cancel.cancel();
            ctx
        },
        EXCEEDED,
        "-",
    ),
    row(
        "WithTimeout canceled",
        || {
            let (ctx, cancel) = Ctx::background().with_timeout(LONG).with_cancel();
            cancel.cancel();
            ctx
        },
        CANCELLED,
        "-",
    ),
    row(
        "WithTimeoutCause",
        || {
            let root = Ctx::background();
            let (ctx, cancel) = root.with_timeout_cause(ms(0), "too slow").with_cancel();
            cancel.cancel();
            ctx
        },
        EXCEEDED,
        "too slow",
    ),
    row(
        "WithTimeoutCause canceled",
        || {
            let root = Ctx::background();
            let (ctx, cancel) = root.with_timeout_cause(LONG, "too slow").with_cancel();
            cancel.cancel();
            ctx
        },
        CANCELLED,
        "-",
    ),
    row(
        "WithTimeoutCause stacked",
        || {
            let (parent, cancel) = new();
            let ctx = parent.with_timeout_cause(ms(0), "too slow");
            cancel.cancel_with("finished early");
            ctx
        },
        EXCEEDED,
        "too slow",
    ),
    row(
        "WithTimeoutCause stacked canceled",
        || {
            let (parent, cancel) = new();
            let ctx = parent.with_timeout_cause(LONG, "too slow");
            cancel.cancel_with("finished early");
            ctx
        },
        CANCELLED,
        "finished early",
    ),
    row(
        "WithoutCancel",
        || Ctx::background().without_cancel(),
        None,
        "-",
    ),
    row(
        "WithoutCancel canceled",
        || {
            let (parent, cancel) = new();
            let ctx = parent.without_cancel();
            cancel.cancel_with("finished early");
            ctx
        },
        None,
        "-",
    ),
    row(
        "WithoutCancel timeout",
        || {
            let root = Ctx::background();
            let (parent, cancel) = root.with_timeout_cause(ms(0), "too slow").with_cancel();
            let ctx = parent.without_cancel();
            cancel.cancel();
            ctx
        },
        None,
        "-",
    ),
    row(
        "parent of custom context not canceled",
        || {
            let (parent, cancel_parent) = new();
            cancel_parent.detach();
            let (ctx, cancel) = custom(&parent);
            cancel.cancel();
            ctx
        },
        CANCELLED,
        "-",
    ),
    row(
        "parent of custom context is canceled before",
        || {
            let (parent, cancel_parent) = new();
            let (ctx, cancel) = custom(&parent);
            cancel_parent.cancel_with("parent");
            assert!(ctx.is_done());
            cancel.cancel();
            ctx
        },
        CANCELLED,
        "parent",
    ),
    // Go reports the cause of the parent here, and says that it should not.
    row(
        "parent of custom context is canceled after",
        || {
            let (parent, cancel_parent) = new();
            let (ctx, cancel) = custom(&parent);
            cancel.cancel();
            assert!(ctx.is_done());
            cancel_parent.cancel_with("parent");
            ctx
        },
        CANCELLED,
        "-",
    ),
];

#[tokio::test(start_paused = true)]
async fn each_row_of_test_cause_holds() {
    for row in TABLE {
        let err = (row.ctx)().err();
        assert_eq!(err.as_ref().map(|err| err.kind()), row.kind, "{}", row.name);
        assert_eq!(
            err.as_ref().map_or("-".into(), cause),
            row.cause,
            "{}",
            row.name
        );
    }
}

#[test]
fn a_child_has_its_own_cause_and_its_parent_none() {
    let (parent, cancel_parent) = new();
    let (child, cancel_child) = parent.with_cancel();
    cancel_child.cancel_with("child");
    assert_eq!(cause(&outcome(&child)), "child");
    assert!(parent.err().is_none());
    cancel_parent.cancel();
    assert_eq!(cause(&outcome(&child)), "child");
    assert!(outcome(&parent).cause().is_none());
}

#[test]
fn a_child_of_two_sources_has_the_cause_of_the_one_that_ended_it() {
    let ((one, _cancel_one), (two, cancel_two)) = (new(), new());
    let (child, _cancel) = one.merge(&two).with_cancel();
    cancel_two.cancel_with("two");
    assert_eq!(outcome(&child).kind(), ErrorKind::Cancelled);
    assert_eq!(cause(&outcome(&child)), "two");
    assert!(!one.is_done());
}
