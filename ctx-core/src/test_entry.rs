//! What `#[ctx_core::test]` comes down to.

use std::error::Error as StdError;
use std::fmt;
use std::future::Future;
use std::time::Duration;

use crate::ctx::Ctx;
use crate::task::Within;
use crate::tracker::Tracker;

/// Runs a test on a paused clock, under a context that is cancelled at its end.
///
/// # Panics
///
/// If a task that was spawned through the context is still running an hour, by the paused clock, after that.
#[track_caller]
pub fn run_test<F, Fut>(body: F) -> Fut::Output
where
    F: FnOnce(Ctx) -> Fut,
    Fut: Future,
{
    /// Longer than any grace in a test.
    const PATIENCE: Duration = Duration::from_secs(3600);

    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .start_paused(true)
        .build()
        .expect("the system can start a runtime");
    let tracker = Tracker::default();
    let (ctx, cancel) = tracker.watch(&Ctx::background()).with_cancel();
    let output = runtime.block_on(Within::new(ctx.clone(), body(ctx)));
    cancel.cancel_with(TestEnded);
    let ended = runtime.block_on(async { tokio::time::timeout(PATIENCE, tracker.idle()).await });
    // Not in an async block, so that the panic names the test's place.
    if ended.is_err() {
        let running: Vec<_> = tracker.running().iter().map(ToString::to_string).collect();
        panic!(
            "the test's context was cancelled, but tasks did not end: {}",
            running.join(", ")
        );
    }
    output
}

/// The cause with which the context of `#[ctx_core::test]` is cancelled at its end.
#[derive(Debug)]
struct TestEnded;

impl fmt::Display for TestEnded {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the test has ended")
    }
}

impl StdError for TestEnded {}
