//! `Error::report`: what, why, where and how late, for a person.

use std::panic::Location;

use ctx_core::{Ctx, Error};

use crate::support::{AppError, advance, ms, outcome};

ctx_core::ctx_key! {
    struct UserIp(u32);
}

#[track_caller]
fn assert_says(err: &Error, words: &[&str]) {
    let report = err.report().to_string();
    for word in words {
        assert!(report.contains(word), "no `{word}` in:\n{report}");
    }
}

fn line(here: &Location<'_>) -> String {
    format!("{}:{}", here.file(), here.line())
}

#[test]
fn it_says_who_cancelled_where_and_why_down_to_the_last_source() {
    let (ctx, cancel) = Ctx::background().with_cancel();
    let source = Some(Box::new(AppError::new("disk full")));
    let cause = AppError {
        text: "handler failed",
        source,
    };
    let (here, ()) = (Location::caller(), cancel.cancel_with(cause));
    let err = outcome(&ctx);
    assert_says(
        &err,
        &[
            "context cancelled",
            "handler failed",
            "disk full",
            &line(here),
        ],
    );
    assert!(
        err.report().to_string().lines().count() > 1,
        "several lines for a person"
    );
}

#[tokio::test(start_paused = true)]
async fn it_says_which_deadline_was_set_where() {
    let root = Ctx::background();
    let (here, ctx) = (Location::caller(), root.with_timeout_cause(ms(300), "slow"));
    advance(300).await;
    assert_says(
        &outcome(&ctx),
        &["context deadline exceeded", "slow", &line(here)],
    );
}

#[test]
fn it_tells_who_dropped_a_canceller_what_to_write() {
    let root = Ctx::background();
    let (here, (ctx, _)) = (Location::caller(), root.with_cancel());
    assert_says(&outcome(&ctx), &["`_cancel`", "`_`", &line(here)]);
}

#[test]
fn it_says_which_value_was_missing_for_whom() {
    let ctx = Ctx::background();
    let (here, got) = (Location::caller(), ctx.get::<UserIp>());
    let err = got.map(|_| ()).expect_err("there is none");
    assert_says(&err, &["missing context value `UserIp`", &line(here)]);
}

#[tokio::test(start_paused = true)]
async fn it_says_how_late_the_deadline_was_noticed() {
    let ctx = Ctx::background().with_timeout(ms(300));
    advance(345).await;
    assert_says(&outcome(&ctx), &["45"]);
}

#[tokio::test(start_paused = true)]
async fn it_names_the_graces_from_the_end_of_which_it_counts() {
    let root = Ctx::background().with_timeout(ms(300));
    let ctx = root.with_grace(ms(20)).with_grace(ms(30));
    advance(345).await;
    assert!(!ctx.is_done());
    advance(8).await;
    let report = outcome(&ctx).report().to_string();
    let lines: Vec<_> = report.lines().skip(1).collect();
    assert!(
        lines[0].starts_with("  timeout of 300ms set at "),
        "{report}"
    );
    assert_eq!(
        lines[1..],
        ["  and a grace of 50ms after that", "  3.0ms ago"]
    );
    let report = outcome(&root).report().to_string();
    assert!(!report.contains("grace"), "{report}");
}
