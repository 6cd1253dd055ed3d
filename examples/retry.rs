//! Tries again while there is time, and asks whose time is up: that of one attempt, or the caller's.
//!
//! `cargo run --example retry`

use std::time::Duration;

use ctx_core::{Ctx, Error, cancellable};
use tokio::time::sleep;

const HOUR: Duration = Duration::from_secs(3600);

/// One attempt. Its time is its own: 20 ms, if the caller has that much.
#[cancellable(timeout = "20ms")]
async fn attempt(takes: Duration) -> Result<&'static str, Error> {
    sleep(takes).await;
    Ok("done")
}

/// Tries as long as the caller has time. `takes` is how long each attempt would take.
#[cancellable]
async fn with_retries(takes: &[Duration]) -> Result<(&'static str, usize), Error> {
    let mut pause = Duration::from_millis(1);
    for tried in 0.. {
        let takes = takes.get(tried).copied().unwrap_or(HOUR);
        match attempt(ctx, takes).await {
            Ok(outcome) => return Ok((outcome, tried + 1)),
            // The caller's time is up, or the caller has gone: there is nobody to try for.
            Err(error) if ctx.is_done() => return Err(error),
            Err(error) => println!("attempt {tried}: {error}; again in {pause:?}"),
        }
        ctx.sleep(pause).await?;
        pause *= 2;
    }
    unreachable!("one of the attempts returns")
}

#[tokio::main]
async fn main() -> Result<(), Error> {
    let ctx = Ctx::background();

    // Two attempts take too long, the third does not.
    let (outcome, attempts) = with_retries(&ctx, &[HOUR, HOUR, Duration::ZERO]).await?;
    assert_eq!((outcome, attempts), ("done", 3));

    // All take too long: the caller's own deadline ends it.
    let short = ctx.with_timeout_cause(Duration::from_millis(150), "the caller has 150 ms");
    let error = with_retries(&short, &[]).await.unwrap_err();
    assert!(error.is_deadline_exceeded());
    assert!(
        error.to_string().ends_with("the caller has 150 ms"),
        "{error}"
    );

    // The caller gives up in the middle.
    let (ctx, cancel) = ctx.with_cancel();
    let task = ctx.spawn(|ctx| async move { with_retries(&ctx, &[]).await });
    sleep(Duration::from_millis(50)).await;
    cancel.cancel();
    let error = task.await.expect("no panic").unwrap_err();
    assert!(error.is_cancelled());
    Ok(())
}
