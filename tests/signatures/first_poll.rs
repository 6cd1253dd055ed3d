//! What happens when: nothing at the call; then done, values, the durations, body.

use std::time::Duration;

use ctx_core::{Ctx, Error, cancellable, ctx_key};
use tokio::time::Instant;
use tokio_test::{assert_pending, assert_ready, task};

use crate::support::{Log, Outcome};

ctx_key! {
    struct Name(String);
}

fn said<T>(log: &Log, what: &str, value: T) -> T {
    log.say(what);
    value
}

#[cancellable(timeout = said(log, "timeout", Duration::from_secs(1)))]
async fn in_order(log: &Log, #[value] name: Option<&Name>) -> Outcome {
    log.say(name.map_or("no value", |_| "value"));
    std::future::pending().await
}

#[cancellable(timeout = said(log, "timeout", Duration::from_secs(1)))]
async fn needs_name(log: &Log, #[value] _name: &Name) -> Outcome {
    log.say("body");
    Ok(())
}

#[cancellable(timeout = said(log, "timeout", after), grace = said(log, "grace", Duration::from_secs(1)))]
async fn narrowed(log: &Log, after: Duration) -> Outcome {
    log.say("body");
    ctx.done().await;
    Ok(())
}

/// Implemented for `Ctx` alone, and for no reference to it.
trait Left {
    fn left(&self) -> Duration;
}

impl Left for Ctx {
    fn left(&self) -> Duration {
        self.remaining().expect("it has a deadline")
    }
}

fn half<T: Left>(of: &T) -> Duration {
    of.left() / 2
}

#[cancellable(timeout = half(&ctx), grace = half(&ctx))]
async fn in_half(ctx: Ctx) -> Outcome<Duration> {
    let left = ctx.left();
    ctx.done().await;
    ctx.with_grace(Duration::MAX).done().await;
    Ok(left)
}

#[cancellable]
async fn ready(log: &Log) -> Outcome<&'static str> {
    log.say("body");
    Ok("ready")
}

#[cancellable(or = |err| { LATE.with(|log| log.say("or")); drop(err); "cut" })]
async fn or_after_the_body(held: crate::support::Noisy) -> &'static str {
    std::future::pending::<()>().await;
    held.name
}

thread_local! {
    static LATE: Log = Log::default();
}

#[tokio::test(start_paused = true)]
async fn nothing_happens_at_the_call() {
    let log = Log::default();
    let ctx = Ctx::background();
    drop(in_order(&ctx, &log));
    drop(needs_name(&ctx, &log));
    drop(narrowed(&ctx, &log, Duration::ZERO));
    assert!(log.take().is_empty());
}

#[tokio::test(start_paused = true)]
async fn a_context_that_is_done_comes_before_a_missing_value() {
    let log = Log::default();
    let (ctx, cancel) = Ctx::background().with_cancel();
    assert!(needs_name(&ctx, &log).await.unwrap_err().is_missing_value());
    cancel.cancel();
    assert!(needs_name(&ctx, &log).await.unwrap_err().is_cancelled());
    assert!(log.take().is_empty());
}

#[tokio::test(start_paused = true)]
async fn values_come_before_the_timeout_and_both_before_the_body() {
    let log = Log::default();
    let ctx = Ctx::background().with_value(Name("ann".into()));
    let mut future = task::spawn(in_order(&ctx, &log));
    assert_pending!(future.poll());
    assert_eq!(log.take(), ["timeout", "value"]);
    let err: Error = future.await.unwrap_err();
    assert!(err.is_deadline_exceeded());
}

/// The race around it has the same context, and may be left to see to the call.
#[tokio::test(start_paused = true)]
async fn within_another_call_a_missing_value_and_a_timeout_take_effect_in_the_first_poll() {
    let log = Log::default();
    let (ctx, _cancel) = Ctx::background().with_cancel();
    let mut outer = task::spawn(ctx.run(needs_name(&ctx, &log)));
    let outcome = assert_ready!(outer.poll()).expect("not done");
    assert!(outcome.unwrap_err().is_missing_value());
    let ctx = ctx.with_value(Name("ann".into()));
    let mut outer = task::spawn(ctx.run(in_order(&ctx, &log)));
    assert_pending!(outer.poll());
    assert_eq!(log.take(), ["timeout", "value"]);
    let mut outer = task::spawn(ctx.run(narrowed(&ctx, &log, Duration::ZERO)));
    let outcome = assert_ready!(outer.poll()).expect("not done");
    assert!(outcome.unwrap_err().is_deadline_exceeded());
}

#[tokio::test(start_paused = true)]
async fn an_owned_context_is_owned_in_its_durations_too_and_is_not_narrowed_there() {
    let start = Instant::now();
    let ctx = Ctx::background().with_timeout(Duration::from_secs(8));
    let mut cut = task::spawn(in_half(ctx.clone()));
    assert_pending!(cut.poll());
    let err = cut.await.unwrap_err();
    assert!(err.is_deadline_exceeded());
    // Both are half of the eight seconds.
    assert_eq!(start.elapsed(), Duration::from_secs(8));
}

#[tokio::test(start_paused = true)]
async fn a_timeout_of_zero_never_starts_the_body() {
    let log = Log::default();
    let ctx = Ctx::background();
    assert!(
        narrowed(&ctx, &log, Duration::ZERO)
            .await
            .unwrap_err()
            .is_deadline_exceeded()
    );
    assert!(!log.take().contains(&"body".to_owned()));
    assert!(
        narrowed(&ctx, &log, Duration::from_secs(1)).await.is_ok(),
        "in its grace"
    );
    assert_eq!(log.take().last().unwrap(), "body");
}

#[test]
fn a_result_that_is_ready_is_not_thrown_away() {
    let log = Log::default();
    let ctx = Ctx::background();
    let mut future = task::spawn(ready(&ctx, &log));
    assert_eq!(assert_ready!(future.poll()).unwrap(), "ready");
}

#[test]
fn or_is_evaluated_when_the_body_is_gone() {
    let log = LATE.with(Log::clone);
    let (ctx, cancel) = Ctx::background().with_cancel();
    let mut future = task::spawn(or_after_the_body(&ctx, log.noisy("held")));
    assert_pending!(future.poll());
    cancel.cancel();
    assert_eq!(assert_ready!(future.poll()), "cut");
    assert_eq!(log.take(), ["drop held", "or"]);
}
