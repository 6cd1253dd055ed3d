//! What an error says: kind, text, cause, and where it came from.

use std::{error::Error as _, io, panic::Location};

use ctx_core::{CancellerDropped, Ctx, Error, ErrorKind};
use tokio::time::Instant;

use crate::support::{AppError, advance, assert_origin, ms, outcome};

ctx_core::ctx_key! {
    struct UserIp(u32);
}

fn cancelled() -> Error {
    let (ctx, cancel) = Ctx::background().with_cancel();
    cancel.cancel();
    outcome(&ctx)
}

fn exceeded() -> Error {
    outcome(&Ctx::background().with_timeout(ms(0)))
}

fn missing() -> Error {
    Ctx::background()
        .get::<UserIp>()
        .map(|_| ())
        .expect_err("there is none")
}

#[tokio::test(start_paused = true)]
async fn each_kind_answers_to_its_own_name_alone() {
    let table = [
        (cancelled(), ErrorKind::Cancelled, [true, false, false]),
        (
            exceeded(),
            ErrorKind::DeadlineExceeded,
            [false, true, false],
        ),
        (missing(), ErrorKind::MissingValue, [false, false, true]),
    ];
    for (err, kind, is) in table {
        assert_eq!(err.kind(), kind);
        assert_eq!(
            [
                err.is_cancelled(),
                err.is_deadline_exceeded(),
                err.is_missing_value()
            ],
            is
        );
    }
}

#[tokio::test(start_paused = true)]
async fn the_texts_are_short_and_name_no_file() {
    let (ctx, cancel) = Ctx::background().with_cancel();
    cancel.cancel_with("client gone");
    let table = [
        (cancelled(), "context cancelled"),
        (exceeded(), "context deadline exceeded"),
        (missing(), "missing context value `UserIp`"),
        (outcome(&ctx), "context cancelled: client gone"),
        (
            outcome(&Ctx::background().with_timeout_cause(ms(0), "index too slow")),
            "context deadline exceeded: index too slow",
        ),
    ];
    for (err, text) in table {
        assert_eq!(err.to_string(), text);
    }
}

#[test]
fn the_source_is_the_cause() {
    let (ctx, cancel) = Ctx::background().with_cancel();
    cancel.cancel_with(AppError {
        text: "handler failed",
        source: Some(Box::new(AppError::new("disk full"))),
    });
    let err = outcome(&ctx);
    assert_eq!(err.to_string(), "context cancelled: handler failed");
    let source = err.source().expect("the cause");
    assert!(source.is::<AppError>());
    assert_eq!(
        source.source().expect("its own source").to_string(),
        "disk full"
    );
    assert!(err.cause().expect("the cause").is::<AppError>());
}

#[test]
fn an_error_without_a_cause_has_no_source() {
    assert!(cancelled().cause().is_none());
    assert!(cancelled().source().is_none());
}

#[tokio::test(start_paused = true)]
async fn io_errors_keep_the_kind_apart_and_the_error_inside() {
    let table = [
        (cancelled(), io::ErrorKind::Other),
        (exceeded(), io::ErrorKind::TimedOut),
        (missing(), io::ErrorKind::Other),
    ];
    for (err, kind) in table {
        let text = err.to_string();
        let io = io::Error::from(err.clone());
        assert_eq!(io.kind(), kind);
        assert_ne!(io.kind(), io::ErrorKind::Interrupted);
        assert_eq!(io.to_string(), text);
        let inner = io.get_ref().and_then(|inner| inner.downcast_ref::<Error>());
        assert_eq!(inner.expect("the error itself").kind(), err.kind());
    }
}

#[test]
fn the_origin_of_a_cancellation_is_the_cancel_call() {
    let (ctx, cancel) = Ctx::background().with_cancel();
    let (here, ()) = (Location::caller(), cancel.cancel());
    assert_origin(&outcome(&ctx), here);

    let (ctx, cancel) = Ctx::background().with_cancel();
    let (here, ()) = (Location::caller(), cancel.cancel_with("cause"));
    assert_origin(&outcome(&ctx), here);
}

#[test]
fn the_origin_after_a_dropped_canceller_is_the_with_cancel_call() {
    let root = Ctx::background();
    let (here, (ctx, cancel)) = (Location::caller(), root.with_cancel());
    drop(cancel.clone());
    drop(cancel);
    assert!(
        outcome(&ctx)
            .cause()
            .expect("a cause")
            .is::<CancellerDropped>()
    );
    assert_origin(&outcome(&ctx), here);
}

#[tokio::test(start_paused = true)]
async fn the_origin_of_a_deadline_is_where_it_was_set() {
    let (root, at) = (Ctx::background(), Instant::now());
    let table = [
        (Location::caller(), root.with_timeout(ms(0))),
        (Location::caller(), root.with_deadline(at)),
        (Location::caller(), root.with_timeout_cause(ms(0), "slow")),
        (Location::caller(), root.with_deadline_cause(at, "slow")),
    ];
    for (here, ctx) in table {
        assert_origin(&outcome(&ctx), here);
    }
}

#[tokio::test(start_paused = true)]
async fn an_inherited_outcome_keeps_the_origin_of_the_ancestor_that_decided() {
    let root = Ctx::background();
    let (here, timeout) = (Location::caller(), root.with_timeout(ms(10)));
    let (child, cancel) = timeout.with_cancel();
    advance(20).await;
    cancel.cancel();
    assert_origin(&outcome(&child), here);

    let (parent, cancel) = Ctx::background().with_cancel();
    let (child, _cancel_child) = parent.with_timeout(ms(10)).with_cancel();
    let (here, ()) = (Location::caller(), cancel.cancel());
    advance(20).await;
    assert_origin(&outcome(&child), here);
}

#[test]
fn the_origin_goes_through_a_fn_that_tracks_its_caller() {
    #[track_caller]
    fn stop(cancel: &ctx_core::Canceller) {
        cancel.cancel();
    }
    let (ctx, cancel) = Ctx::background().with_cancel();
    let (here, ()) = (Location::caller(), stop(&cancel));
    assert_origin(&outcome(&ctx), here);
}

#[test]
fn only_debug_shows_source_paths() {
    let err = cancelled();
    assert!(!err.to_string().contains(file!()));
    assert!(format!("{err:?}").contains(file!()));
}

#[test]
fn an_error_that_cut_nothing_off_has_no_trace() {
    assert!(cancelled().trace().is_empty());
    assert!(missing().trace().is_empty());
}

#[test]
fn every_way_of_asking_gives_the_same_error() {
    let (ctx, cancel) = Ctx::background().with_cancel();
    cancel.cancel_with("over");
    let err = outcome(&ctx);
    let others = [
        ctx.check().expect_err("done"),
        match tokio_test::task::spawn(ctx.done()).poll() {
            std::task::Poll::Ready(err) => err,
            std::task::Poll::Pending => unreachable!("done"),
        },
        ctx.clone().err().expect("done"),
        err.clone(),
    ];
    for other in others {
        crate::support::assert_same(&err, &other);
        assert!(
            std::ptr::addr_eq(
                err.cause().expect("a cause"),
                other.cause().expect("a cause")
            ),
            "the cause is shared, not copied"
        );
    }
}

#[test]
fn an_error_converts_with_the_question_mark() {
    fn boxed(ctx: &Ctx) -> Result<(), Box<dyn std::error::Error + Send + Sync>> {
        ctx.check()?;
        Ok(())
    }
    fn io(ctx: &Ctx) -> io::Result<()> {
        ctx.check()?;
        Ok(())
    }
    let (ctx, cancel) = Ctx::background().with_cancel();
    assert!(boxed(&ctx).is_ok() && io(&ctx).is_ok());
    cancel.cancel();
    assert!(boxed(&ctx).expect_err("done").is::<Error>());
    assert!(io(&ctx).is_err());
}
